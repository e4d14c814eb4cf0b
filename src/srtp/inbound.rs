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
}

struct Stream {
    rtp: Window,
    rtcp: Window,
}

impl Stream {
    fn new(config: SessionConfig) -> Stream {
        Stream { rtp: config.rtp_window(), rtcp: config.rtcp_window() }
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
    /// The first key's reason stands when none fits.
    fn try_keys(&mut self, kind: PacketKind, packet: &mut [u8]) -> Result<usize, Error> {
        if packet.len() > MAX_PACKET_LEN + MAX_TRAILER_LEN {
            return Err(Error::PacketTooLong);
        }
        let ssrc = match kind {
            PacketKind::Rtp => RtpHeader::read(packet)?.ssrc,
            PacketKind::Rtcp => rtcp_ssrc(packet)?,
        };
        let mut reason = None;
        for rank in Rank::ALL {
            for entry in self.keys.iter_mut().filter(|entry| entry.rank(ssrc) == Some(rank)) {
                match entry.unprotect(kind, packet, self.config) {
                    Ok(len) => {
                        self.count_overlap(rank);
                        return Ok(len);
                    }
                    Err(error) => reason = reason.or(Some(error)),
                }
            }
        }
        Err(reason.unwrap_or(Error::NoKey))
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
    ) -> Result<usize, Error> {
        match kind {
            PacketKind::Rtp => self.unprotect_rtp(packet, config),
            PacketKind::Rtcp => self.unprotect_rtcp(packet, config),
        }
    }

    fn unprotect_rtp(&mut self, packet: &mut [u8], config: SessionConfig) -> Result<usize, Error> {
        let header = RtpHeader::read(packet)?;
        let window = self.known(header.ssrc)?.map(|stream| &stream.rtp);
        let index = index::estimate(window.and_then(Window::highest), header.seq).ok_or(Error::TooOld)?;
        window.map_or(Ok(()), |window| window.check(index))?;
        let (body, tag) = trailer::split_rtp(self.key.suite(), packet)?;
        if body.len() < header.len {
            return Err(Error::PacketMalformed);
        }
        let proof = self.key.transform.open_rtp(body, header.len, index, tag)?;
        self.authenticated(header.ssrc, config, proof)?.rtp.commit(index);
        Ok(body.len())
    }

    fn unprotect_rtcp(&mut self, packet: &mut [u8], config: SessionConfig) -> Result<usize, Error> {
        let ssrc = rtcp_ssrc(packet)?;
        let parts = trailer::split_rtcp(self.key.suite(), packet)?;
        if parts.body.len() < RTCP_HEADER_LEN {
            return Err(Error::PacketMalformed);
        }
        if parts.word & trailer::E_FLAG == 0 {
            return Err(Error::NotEncrypted);
        }
        let index = u64::from(parts.word & !trailer::E_FLAG);
        self.known(ssrc)?.map_or(Ok(()), |stream| stream.rtcp.check(index))?;
        let proof = self.key.transform.open_rtcp(parts.body, parts.word, parts.tag)?;
        self.authenticated(ssrc, config, proof)?.rtcp.commit(index);
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
