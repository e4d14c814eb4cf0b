//! The inbound direction: which remote key a packet is read with.
//!
//! Nothing that the network sends changes any state before it is authenticated,
//! and no packet resets anything (RFC 3711 §3.3, §3.3.2).

use super::counts::{Outcomes, count_refused};
use super::header::Header;
use super::inbound_key::InboundKey;
use super::index::ROCS_AHEAD;
use super::policy::SessionConfig;
use super::reading::{Reading, may_be_misread};
use super::snapshot::{KeySnapshot, StreamSnapshot};
use super::{MAX_PACKET_LEN, MAX_TRAILER_LEN, Millis, PacketKind, PeerHabits};
use crate::error::Error;
use crate::suite::CryptoSuite;
use smallvec::SmallVec;
use std::sync::Arc;

/// Counters of the inbound direction. Those of 32 bits stop at their largest number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InboundStats {
    /// SRTP and SRTCP packets authenticated and opened.
    pub unprotected: u64,
    /// Packets whose tag did not fit.
    pub auth_failures: u64,
    /// Packets received before.
    pub replays: u64,
    /// Packets older than the replay window.
    pub late: u64,
    /// Packets refused for any other reason.
    pub refused: u64,
    /// Times that the peer's ROC was found ahead of ours.
    pub roc_recoveries: u32,
    /// Times that a stream's SRTCP tags turned out to be 32 bits, or 80 again.
    pub srtcp_tag_changes: u32,
    /// Times that the peer's MKI field turned out to have another length than
    /// announced or known.
    pub mki_changes: u32,
}

impl InboundStats {
    fn count(&mut self, result: &Result<usize, Error>) {
        let counter = match result {
            Ok(_) => &mut self.unprotected,
            Err(Error::AuthFailed) => &mut self.auth_failures,
            Err(Error::Replayed) => &mut self.replays,
            Err(Error::TooOld) => &mut self.late,
            Err(_) => &mut self.refused,
        };
        *counter += 1;
    }

    /// Counts a packet that another reading than the usual one has opened.
    fn count_reading(&mut self, reading: Reading) {
        let counter = match reading {
            Reading::Usual | Reading::Former => return,
            Reading::Ahead(_) => &mut self.roc_recoveries,
            Reading::OtherSrtcpTag => &mut self.srtcp_tag_changes,
            Reading::OtherMki(_) => &mut self.mki_changes,
        };
        *counter = counter.saturating_add(1);
    }
}

fn outcome(result: &Result<usize, Error>) -> usize {
    match result {
        Ok(_) => 0,
        Err(Error::AuthFailed) => 1,
        Err(Error::Replayed) => 2,
        Err(Error::TooOld) => 3,
        Err(_) => 4,
    }
}

/// Remote keys and the streams they open.
pub struct Inbound {
    pub(super) keys: SmallVec<[InboundKey; 1]>,
    /// Whether a replaced key or suite is still usable.
    pub(super) overlapping: bool,
    /// What remains of keys dropped long ago: enough to know them again.
    pub(super) retired: Vec<[u8; 8]>,
    pub(super) config: SessionConfig,
    stats: InboundStats,
    /// Those of its packets that were SRTCP, by [`outcome`].
    srtcp_outcomes: Outcomes<5>,
    peer: Arc<PeerHabits>,
    /// Counts the readings of RTCP that were tried, so that each packet tries the
    /// next.
    rtcp_trials: u32,
}

impl Inbound {
    pub(super) fn new(config: SessionConfig, peer: Arc<PeerHabits>) -> Inbound {
        let (stats, srtcp_outcomes) = (InboundStats::default(), Outcomes::new());
        Inbound {
            keys: SmallVec::new(),
            overlapping: false,
            retired: Vec::new(),
            config,
            stats,
            srtcp_outcomes,
            peer,
            rtcp_trials: 0,
        }
    }

    /// Opens the packet in place and returns the length of the plain one
    /// (RFC 3711 §3.3, §3.4). `now` is asked only while a replaced key or suite is
    /// around.
    ///
    /// # Errors
    /// [`Error::AuthFailed`], [`Error::Replayed`], [`Error::TooOld`],
    /// [`Error::UnknownMki`], [`Error::LifetimeExhausted`] and what malformed
    /// packets and missing keys give. On an error the packet and all state are as
    /// they were, the counters aside.
    pub fn unprotect(
        &mut self,
        kind: PacketKind,
        packet: &mut [u8],
        now: impl FnOnce() -> Millis,
    ) -> Result<usize, Error> {
        if self.overlapping {
            self.end_overlaps(now());
        }
        let result = self.read(kind, packet);
        self.stats.count(&result);
        if kind == PacketKind::Rtcp {
            self.srtcp_outcomes.count(outcome(&result));
        }
        result
    }

    /// Counters since the session began.
    pub fn stats(&self) -> InboundStats {
        self.stats
    }

    /// The packets among them that were SRTCP.
    pub fn srtcp_stats(&self) -> InboundStats {
        let [unprotected, auth_failures, replays, late, refused] = self.srtcp_outcomes.numbers();
        let srtcp_tag_changes = self.stats.srtcp_tag_changes;
        let before = InboundStats::default();
        InboundStats { unprotected, auth_failures, replays, late, refused, srtcp_tag_changes, ..before }
    }

    /// The suite of the key in use, that for any SSRC before others.
    pub fn suite(&self) -> Option<CryptoSuite> {
        self.latest().map(|entry| entry.key.suite())
    }

    /// The key in use, that for any SSRC before others, and what is left of it.
    pub fn key(&self) -> Option<KeySnapshot<'_>> {
        self.latest().map(|entry| entry.key.snapshot(self.config.soft_limit()))
    }

    /// The streams of all keys in use.
    pub fn streams(&self) -> impl Iterator<Item = StreamSnapshot> {
        self.keys.iter().filter(|entry| !entry.rules.is_empty()).flat_map(|entry| {
            entry.streams.iter().map(|(ssrc, stream)| StreamSnapshot {
                ssrc,
                suite: entry.key.suite(),
                index: stream.rtp.highest(),
                traffic: stream.traffic,
                mishaps: stream.mishaps,
                short_srtcp_tag: stream.short_srtcp_tag,
            })
        })
    }

    #[inline(always)]
    fn read(&mut self, kind: PacketKind, packet: &mut [u8]) -> Result<usize, Error> {
        if packet.len() > MAX_PACKET_LEN + MAX_TRAILER_LEN {
            return Err(Error::PacketTooLong);
        }
        let header = Header::read(kind, packet)?;
        let result = self.try_keys(header, packet);
        if let Err(error) = result {
            count_refused(&mut self.keys, header, error);
        }
        result
    }

    /// Tries the keys that may have protected this packet, the likeliest first.
    /// When none fits, one less likely reading of the packet is tried as well,
    /// unless two current keys were tried already: garbage costs one
    /// authentication more than it must at the most. A replaced key or suite does
    /// not count, else a peer whose seq wraps while it changes keys would stay
    /// unheard until the overlap ends. The first reason stands when nothing fits.
    #[inline(always)]
    fn try_keys(&mut self, header: Header, packet: &mut [u8]) -> Result<usize, Error> {
        let (mut first, mut failures, mut candidates) = (None, 0, 0);
        let begun = self.begun(header.ssrc());
        for entry in self.keys.iter_mut().filter(|entry| entry.fits(header.ssrc())) {
            let current = entry.overlap.is_none();
            // A replaced key is of another line, which has indexes of its own.
            let begun = begun.filter(|_| current);
            match entry.unprotect(header, packet, self.config, Reading::Usual, begun) {
                Ok(len) => {
                    if let (true, Header::Rtcp(ssrc)) = (current, header) {
                        self.peer.set_short_srtcp_tags(entry.sends_short_srtcp_tags(ssrc));
                    }
                    if current && self.overlapping {
                        self.count_overlap();
                    }
                    return Ok(len);
                }
                Err(error) => {
                    if let Ok(len) = entry.unprotect_former(header, packet, self.config, error, begun) {
                        return Ok(len);
                    }
                    first = first.or(Some(error));
                    failures += u32::from(current && error == Error::AuthFailed);
                    candidates += u32::from(current);
                }
            }
        }
        let error = first.ok_or(Error::NoKey)?;
        if failures > 1 || candidates == 0 || !may_be_misread(error) {
            return Err(error);
        }
        self.try_another_reading(header, packet, candidates).map_err(|_| error)
    }

    /// How far a stream has come under any of several keys that are told apart by MKI.
    #[inline(always)]
    fn begun(&self, ssrc: u32) -> Option<u64> {
        let keys = self.keys.get(..).filter(|keys| keys.len() > 1)?;
        keys.iter().filter_map(|entry| entry.progress(ssrc)).max()
    }

    /// Reads the packet in one other way, under one of the `candidates` keys that
    /// are current for its SSRC. Its own seq says which way, so that a stream goes
    /// round all of them whatever else arrives: a count of all packets would fall
    /// into step with garbage between them.
    fn try_another_reading(
        &mut self,
        header: Header,
        packet: &mut [u8],
        candidates: u32,
    ) -> Result<usize, Error> {
        let ssrc = header.ssrc();
        let trial = match header {
            Header::Rtp(header) => u32::from(header.seq),
            Header::Rtcp(_) => {
                let trial = self.rtcp_trials;
                self.rtcp_trials = trial.wrapping_add(1);
                trial
            }
        };
        let (chosen, round) = (trial % candidates, trial / candidates);
        let reading = match (round % 4, header) {
            // The next ROC is the likeliest, as the peer's seq wraps in a pause.
            (0, Header::Rtp(_)) => Reading::Ahead(0),
            (2, Header::Rtp(_)) => Reading::Ahead(1 + round / 4 % (ROCS_AHEAD - 1)),
            (0 | 2, Header::Rtcp(_)) => Reading::OtherSrtcpTag,
            _ => Reading::OtherMki(round / 2),
        };
        let begun = self.begun(ssrc);
        let mut current = self.keys.iter_mut().filter(|entry| entry.overlap.is_none() && entry.fits(ssrc));
        let entry = current.nth(chosen as usize).ok_or(Error::NoKey)?;
        let len = entry.unprotect(header, packet, self.config, reading, begun)?;
        self.stats.count_reading(reading);
        if reading == Reading::OtherSrtcpTag {
            self.peer.set_short_srtcp_tags(entry.sends_short_srtcp_tags(ssrc));
        }
        Ok(len)
    }

    fn latest(&self) -> Option<&InboundKey> {
        self.keys.iter().rev().find(|entry| entry.overlap.is_none() && !entry.rules.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_of_readings_stop_at_their_largest_number() {
        let full = InboundStats {
            roc_recoveries: u32::MAX,
            srtcp_tag_changes: u32::MAX,
            mki_changes: u32::MAX,
            ..InboundStats::default()
        };
        let mut stats = full;
        for reading in [Reading::Usual, Reading::Ahead(0), Reading::OtherSrtcpTag, Reading::OtherMki(0)] {
            stats.count_reading(reading);
        }
        assert_eq!(stats, full);
    }
}
