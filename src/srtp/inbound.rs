//! The inbound direction: remote keys, and one stream per SSRC under each.
//!
//! Nothing that the network sends changes any state before it is authenticated,
//! and no packet resets anything (RFC 3711 §3.3, §3.3.2).

use super::header::{RTCP_HEADER_LEN, RtpHeader, rtcp_ssrc};
use super::key::Key;
use super::policy::{Policy, SessionConfig, SsrcRule};
use super::streams::Streams;
use super::window::Window;
use super::{MAX_PACKET_LEN, MAX_TRAILER_LEN, PacketKind, index, trailer};
use crate::crypto::Authenticated;
use crate::error::Error;
use crate::suite::CryptoSuite;

/// Most keys in use at a time.
const MAX_KEYS: usize = 64;
/// Packets of a new key until the one before it is dropped. What was in flight
/// when the keys changed can still be opened.
const OVERLAP_PACKETS: u32 = 1024;

/// Counters of the inbound direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InboundStats {
    /// SRTP and SRTCP packets authenticated and opened.
    pub unprotected: u64,
    /// Packets whose tag did not fit.
    pub auth_failures: u64,
    /// Duplicates, and packets older than the replay window.
    pub replays: u64,
    /// Packets refused for any other reason.
    pub refused: u64,
    /// Times that the peer's ROC was found ahead of ours.
    pub roc_recoveries: u64,
    /// Times that a stream's SRTCP tags turned out to be 32 bits, or 80 again.
    pub srtcp_tag_changes: u64,
}

/// Remote keys and the streams they open.
pub struct Inbound {
    keys: Vec<InboundKey>,
    config: SessionConfig,
    stats: InboundStats,
}

struct InboundKey {
    rules: Vec<SsrcRule>,
    key: Key,
    streams: Streams<Stream>,
    /// Set once another key has taken this one's place: packets that are left.
    overlap: Option<u32>,
    /// Counts the trials, so that each tries the next possibility.
    trials: u32,
}

struct Stream {
    rtp: Window,
    rtcp: Window,
    /// The peer puts 32-bit tags on SRTCP, as some do with the `_32` suites.
    short_srtcp_tag: bool,
}

impl Stream {
    fn new(config: SessionConfig) -> Stream {
        Stream { rtp: config.rtp_window(), rtcp: config.rtcp_window(), short_srtcp_tag: false }
    }
}

impl Inbound {
    pub(super) fn new(config: SessionConfig) -> Inbound {
        Inbound { keys: Vec::new(), config, stats: InboundStats::default() }
    }

    /// Gives the policy's key to its SSRC rule. The same key and suite again
    /// changes nothing; a new key starts at ROC 0 and the one before stays
    /// usable for a bounded overlap; the same key with another tag length keeps
    /// its indexes and what was replayed stays replayed.
    ///
    /// # Errors
    /// [`Error::TooManyKeys`] past a bound.
    pub fn apply(&mut self, policy: &Policy) -> Result<(), Error> {
        let master_key = &policy.master_key;
        let entry = match self.keys.iter().position(|known| known.key.shares_keystream_with(master_key)) {
            Some(position) => {
                let mut entry = self.keys.remove(position);
                if !entry.key.is(master_key) {
                    entry.key = Key::new(master_key);
                }
                if entry.overlap.take().is_some() {
                    entry.rules.clear();
                }
                entry
            }
            None if self.keys.len() >= MAX_KEYS => return Err(Error::TooManyKeys),
            None => InboundKey {
                rules: Vec::new(),
                key: Key::new(master_key),
                streams: Streams::new(),
                overlap: None,
                trials: 0,
            },
        };
        self.bind(policy.ssrc, entry);
        Ok(())
    }

    /// Opens the packet in place and returns the length of the plain one
    /// (RFC 3711 §3.3, §3.4).
    ///
    /// # Errors
    /// [`Error::AuthFailed`], [`Error::Replayed`], [`Error::TooOld`] and what
    /// malformed packets and missing keys give. On an error the packet and all
    /// state are as they were, the counters aside.
    pub fn unprotect(&mut self, kind: PacketKind, packet: &mut [u8]) -> Result<usize, Error> {
        let result = self.try_keys(kind, packet);
        match result {
            Ok(_) => self.stats.unprotected += 1,
            Err(Error::AuthFailed) => self.stats.auth_failures += 1,
            Err(Error::Replayed | Error::TooOld) => self.stats.replays += 1,
            Err(_) => self.stats.refused += 1,
        }
        result
    }

    /// Counters since the session began.
    pub fn stats(&self) -> InboundStats {
        self.stats
    }

    /// The suite of the key applied last.
    pub fn suite(&self) -> Option<CryptoSuite> {
        self.keys.last().map(|entry| entry.key.suite())
    }

    /// Tries the keys that may have protected this packet, the likeliest first.
    /// When none fits, one less likely reading of the packet is tried as well,
    /// so that garbage costs one authentication more than it must and not two.
    /// The first key's reason stands when nothing fits.
    fn try_keys(&mut self, kind: PacketKind, packet: &mut [u8]) -> Result<usize, Error> {
        if packet.len() > MAX_PACKET_LEN + MAX_TRAILER_LEN {
            return Err(Error::PacketTooLong);
        }
        let ssrc = match kind {
            PacketKind::Rtp => RtpHeader::read(packet)?.ssrc,
            PacketKind::Rtcp => rtcp_ssrc(packet)?,
        };
        let mut first = None;
        let mut tried = 0;
        for rank in Rank::ALL {
            for (position, entry) in self.keys.iter_mut().enumerate() {
                if entry.rank(ssrc) != Some(rank) {
                    continue;
                }
                match entry.unprotect(kind, packet, self.config, Reading::Usual) {
                    Ok(len) => {
                        self.count_overlap(rank);
                        return Ok(len);
                    }
                    Err(error) => first = first.or(Some((position, error))),
                }
                tried += 1;
            }
        }
        let (position, error) = first.ok_or(Error::NoKey)?;
        let may_be_misread = match kind {
            PacketKind::Rtp => matches!(error, Error::AuthFailed | Error::Replayed | Error::TooOld),
            // A tag of another length puts every field behind the body elsewhere.
            PacketKind::Rtcp => true,
        };
        if tried > 1 || !may_be_misread {
            return Err(error);
        }
        self.try_another_reading(kind, packet, position).map_err(|_| error)
    }

    /// Takes the packet for one of a peer that is ahead of us or has its own
    /// idea of SRTCP tags. Each refused packet tries the next possibility.
    fn try_another_reading(
        &mut self,
        kind: PacketKind,
        packet: &mut [u8],
        position: usize,
    ) -> Result<usize, Error> {
        let entry = self.keys.get_mut(position).ok_or(Error::NoKey)?;
        let trial = Reading::Trial(entry.trials);
        if kind == PacketKind::Rtp {
            entry.trials = entry.trials.wrapping_add(1);
        }
        let len = entry.unprotect(kind, packet, self.config, trial)?;
        match kind {
            PacketKind::Rtp => self.stats.roc_recoveries += 1,
            PacketKind::Rtcp => self.stats.srtcp_tag_changes += 1,
        }
        Ok(len)
    }

    /// Every packet under a current key brings the end of the overlap nearer.
    fn count_overlap(&mut self, rank: Rank) {
        if rank == Rank::Overlap || self.keys.iter().all(|entry| entry.overlap.is_none()) {
            return;
        }
        self.keys.retain_mut(|entry| match &mut entry.overlap {
            Some(left) => {
                *left = left.saturating_sub(1);
                *left > 0
            }
            None => true,
        });
    }

    /// Adds `entry` for `rule`. A key that loses its last rule stays for the
    /// overlap, the latest such key alone.
    fn bind(&mut self, rule: SsrcRule, mut entry: InboundKey) {
        let takes_over = |known: &InboundKey| {
            known.overlap.is_none() && known.rules == [rule] && !entry.rules.contains(&rule)
        };
        if self.keys.iter().any(takes_over) {
            self.keys.retain(|known| known.overlap.is_none());
        }
        for known in self.keys.iter_mut().filter(|known| known.overlap.is_none()) {
            if known.rules == [rule] {
                known.overlap = Some(OVERLAP_PACKETS);
            } else {
                known.rules.retain(|known| *known != rule);
            }
        }
        if !entry.rules.contains(&rule) {
            entry.rules.push(rule);
        }
        self.keys.push(entry);
    }
}

/// How a packet is read.
#[derive(Clone, Copy)]
enum Reading {
    /// By what is known of the stream.
    Usual,
    /// RTP: with a ROC ahead of ours (a late join, a long hold). RTCP: with the
    /// other tag length of a `_32` suite. Only authentication confirms it.
    Trial(u32),
}

/// How likely a key is to have protected a packet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    Specific,
    Any,
    Overlap,
}

impl Rank {
    const ALL: [Rank; 3] = [Rank::Specific, Rank::Any, Rank::Overlap];
}

impl InboundKey {
    /// `None` when the key is not for this SSRC.
    fn rank(&self, ssrc: u32) -> Option<Rank> {
        let specific = self.rules.contains(&SsrcRule::Specific(ssrc));
        if !specific && !self.rules.contains(&SsrcRule::Any) {
            return None;
        }
        Some(match (self.overlap, specific) {
            (Some(_), _) => Rank::Overlap,
            (None, true) => Rank::Specific,
            (None, false) => Rank::Any,
        })
    }

    fn unprotect(
        &mut self,
        kind: PacketKind,
        packet: &mut [u8],
        config: SessionConfig,
        reading: Reading,
    ) -> Result<usize, Error> {
        match kind {
            PacketKind::Rtp => self.unprotect_rtp(packet, config, reading),
            PacketKind::Rtcp => self.unprotect_rtcp(packet, config, reading),
        }
    }

    fn unprotect_rtp(
        &mut self,
        packet: &mut [u8],
        config: SessionConfig,
        reading: Reading,
    ) -> Result<usize, Error> {
        let header = RtpHeader::read(packet)?;
        let window = self.known(header.ssrc)?.map(|stream| &stream.rtp);
        let highest = window.and_then(Window::highest);
        let index = match reading {
            Reading::Usual => index::estimate(highest, header.seq),
            Reading::Trial(trial) => index::ahead(highest, header.seq, trial),
        };
        let index = index.ok_or(Error::TooOld)?;
        window.map_or(Ok(()), |window| window.check(index))?;
        let (body, tag) = trailer::split_rtp(self.key.suite(), packet)?;
        if body.len() < header.len {
            return Err(Error::PacketMalformed);
        }
        let proof = self.key.transform.open_rtp(body, header.len, index, tag)?;
        self.authenticated(header.ssrc, config, proof)?.rtp.commit(index);
        Ok(body.len())
    }

    fn unprotect_rtcp(
        &mut self,
        packet: &mut [u8],
        config: SessionConfig,
        reading: Reading,
    ) -> Result<usize, Error> {
        let ssrc = rtcp_ssrc(packet)?;
        let known_short = self.known(ssrc)?.is_some_and(|stream| stream.short_srtcp_tag);
        let short = known_short != matches!(reading, Reading::Trial(_));
        let params = self.key.suite().params();
        if matches!(reading, Reading::Trial(_)) && params.srtp_tag_len == params.srtcp_tag_len {
            return Err(Error::AuthFailed);
        }
        let tag_len = if short { params.srtp_tag_len } else { params.srtcp_tag_len };
        let parts = trailer::split_rtcp(self.key.suite(), packet, tag_len)?;
        if parts.body.len() < RTCP_HEADER_LEN {
            return Err(Error::PacketMalformed);
        }
        if parts.word & trailer::E_FLAG == 0 {
            return Err(Error::NotEncrypted);
        }
        let index = u64::from(parts.word & !trailer::E_FLAG);
        self.known(ssrc)?.map_or(Ok(()), |stream| stream.rtcp.check(index))?;
        let proof = self.key.transform.open_rtcp(parts.body, parts.word, parts.tag)?;
        let stream = self.authenticated(ssrc, config, proof)?;
        stream.rtcp.commit(index);
        stream.short_srtcp_tag = short;
        Ok(parts.body.len())
    }

    /// The stream as far as it is known, which an unauthenticated packet may not
    /// change; an error when it is not known and there is no room for another.
    fn known(&self, ssrc: u32) -> Result<Option<&Stream>, Error> {
        let stream = self.streams.get(ssrc);
        if stream.is_none() {
            self.streams.room()?;
        }
        Ok(stream)
    }

    /// The stream, to be written; the proof says that the packet may do so.
    fn authenticated(
        &mut self,
        ssrc: u32,
        config: SessionConfig,
        _proof: Authenticated,
    ) -> Result<&mut Stream, Error> {
        self.streams.get_or_insert(ssrc, || Stream::new(config))
    }
}
