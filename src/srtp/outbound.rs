//! The outbound direction: local keys, and one stream per SSRC under each.
//!
//! The rule that all else serves: a key, SSRC and index that were used for one
//! packet are never used for another one.

use super::counts::{Mishaps, Outcomes, Traffic};
use super::header::{RtpHeader, rtcp_ssrc};
use super::history::History;
use super::key::Key;
use super::policy::{SessionConfig, SsrcRule};
use super::snapshot::{KeySnapshot, StreamSnapshot};
use super::streams::Streams;
use super::window::Window;
use super::{MAX_PACKET_LEN, PacketKind, PeerHabits, index, trailer};
use crate::error::Error;
use crate::suite::{CryptoSuite, MAX_SRTCP_LIFETIME};
use smallvec::SmallVec;
use std::sync::Arc;
use zeroize::Zeroize;

/// Counters of the outbound direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboundStats {
    /// SRTP and SRTCP packets protected, retransmissions included.
    pub protected: u64,
    /// Packets that were refused, for whatever reason.
    pub refused: u64,
}

impl OutboundStats {
    fn count(&mut self, result: &Result<usize, Error>) {
        *if result.is_ok() { &mut self.protected } else { &mut self.refused } += 1;
    }
}

/// Local keys and the streams they protect.
//
// Its parts keep their order: counters, which a packet touches last, lie beside what it
// touches first, and what it does not touch comes last. With many sessions all of it is
// fetched for each packet, and counters elsewhere only when the packet is done.
#[repr(C)]
pub struct Outbound {
    pub(super) config: SessionConfig,
    stats: OutboundStats,
    /// The one in use comes last.
    pub(super) keys: SmallVec<[OutboundKey; 1]>,
    /// What remains of keys replaced long ago: enough to know them again.
    pub(super) retired: Vec<[u8; 8]>,
    /// Those of its packets that were SRTCP: protected and refused.
    srtcp_outcomes: Outcomes<2>,
    peer: Arc<PeerHabits>,
}

// In the order of `Outbound`'s fields.
#[repr(C)]
pub(super) struct OutboundKey {
    /// SSRC rules whose packets this key protects.
    pub active: SmallVec<[SsrcRule; 1]>,
    pub key: Key,
    pub streams: Streams<Stream>,
    /// SSRC rules for which it was announced, to be selected by its MKI.
    pub standby: SmallVec<[SsrcRule; 1]>,
}

// In the order of `Outbound`'s fields.
#[repr(C)]
pub(super) struct Stream {
    traffic: Traffic,
    used: Window<16>,
    history: History,
    /// The next SRTCP index (RFC 3711 §3.4).
    srtcp_index: u32,
}

impl Stream {
    pub(super) fn new() -> Stream {
        let (used, history) = (Window::new(History::LEN), History::new());
        Stream { used, history, srtcp_index: 0, traffic: Traffic::default() }
    }

    fn is_used(&self) -> bool {
        self.used.highest().is_some() || self.srtcp_index > 0
    }

    /// Counts all indexes up to those of another stream as passed, the highest as used.
    pub(super) fn continue_from(&mut self, before: &Stream) {
        if let Some(highest) = before.used.highest().filter(|_| before.used.highest() > self.used.highest()) {
            self.used.commit(highest);
        }
        self.srtcp_index = self.srtcp_index.max(before.srtcp_index);
    }
}

impl Outbound {
    pub(super) fn new(config: SessionConfig, peer: Arc<PeerHabits>) -> Outbound {
        let (stats, srtcp_outcomes) = (OutboundStats::default(), Outcomes::new());
        Outbound { keys: SmallVec::new(), retired: Vec::new(), stats, srtcp_outcomes, config, peer }
    }

    /// Writes the protected packet into `out` and returns its length (RFC 3711
    /// §3.3, §3.4). A repeated RTP packet gives the identical bytes again.
    ///
    /// # Errors
    /// [`Error::IndexReused`] when another packet had this index,
    /// [`Error::LifetimeExhausted`] when the key may protect no more, and what
    /// malformed packets, missing keys and small buffers give. On an error `out`
    /// holds nothing of the packet.
    pub fn protect(&mut self, kind: PacketKind, packet: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let result = match kind {
            PacketKind::Rtp => self.protect_rtp(packet, out),
            PacketKind::Rtcp => self.protect_rtcp(packet, out),
        };
        self.stats.count(&result);
        if kind == PacketKind::Rtcp {
            self.srtcp_outcomes.count(usize::from(result.is_err()));
        }
        if result.is_err() {
            wipe(out, packet.len());
            self.forget_unused_streams();
        }
        result
    }

    /// Counters since the session began.
    pub fn stats(&self) -> OutboundStats {
        self.stats
    }

    /// The packets among them that were SRTCP.
    pub fn srtcp_stats(&self) -> OutboundStats {
        let [protected, refused] = self.srtcp_outcomes.numbers();
        OutboundStats { protected, refused }
    }

    /// The suite of the key in use.
    pub fn suite(&self) -> Option<CryptoSuite> {
        self.keys.last().map(|entry| entry.key.suite())
    }

    /// The key in use and what is left of it.
    pub fn key(&self) -> Option<KeySnapshot<'_>> {
        self.keys.last().map(|entry| entry.key.snapshot(self.config.soft_limit()))
    }

    /// The streams, those of the key in use last.
    pub fn streams(&self) -> impl Iterator<Item = StreamSnapshot> {
        self.keys.iter().flat_map(|entry| {
            entry.streams.iter().map(|(ssrc, stream)| StreamSnapshot {
                ssrc,
                suite: entry.key.suite(),
                index: stream.used.highest(),
                traffic: stream.traffic,
                mishaps: Mishaps::default(),
                short_srtcp_tag: false,
            })
        })
    }

    #[inline(always)]
    fn protect_rtp(&mut self, packet: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let (header, soft_limit) = (RtpHeader::read(packet)?, self.config.soft_limit());
        let OutboundKey { key, streams, .. } = self.entry(header.ssrc)?;
        let stream = streams.get_or_insert(header.ssrc, Stream::new)?;
        let index = index::estimate(stream.used.highest(), header.seq).ok_or(Error::TooOld)?;
        let fresh = match stream.used.check(index) {
            Ok(()) => true,
            Err(Error::Replayed) => false,
            Err(error) => return Err(error),
        };
        if fresh {
            key.usage(PacketKind::Rtp).check()?;
        }
        check_len(packet)?;
        let clear_len = key.clear_len(header.len, packet.len());
        let tag = key.transform.seal_rtp_into(packet, out, clear_len, index)?;
        let len = trailer::append(key.suite(), out, packet.len(), &tag, None, &key.mki)?;
        if fresh {
            stream.used.commit(index);
            stream.history.record(stream.used.highest().unwrap_or(index), index, tag.fingerprint());
            key.count(PacketKind::Rtp, soft_limit);
        } else {
            let highest = stream.used.highest().unwrap_or(index);
            if !stream.history.is_repeat(highest, index, tag.fingerprint()) {
                return Err(Error::IndexReused);
            }
        }
        stream.traffic.count(packet.len());
        Ok(len)
    }

    fn protect_rtcp(&mut self, packet: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let (ssrc, soft_limit) = (rtcp_ssrc(packet)?, self.config.soft_limit());
        let short_tag = self.config.answers_short_srtcp_tags() && self.peer.sends_short_srtcp_tags();
        let OutboundKey { key, streams, .. } = self.entry(ssrc)?;
        let stream = streams.get_or_insert(ssrc, Stream::new)?;
        key.usage(PacketKind::Rtcp).check()?;
        if u64::from(stream.srtcp_index) >= MAX_SRTCP_LIFETIME {
            return Err(Error::LifetimeExhausted);
        }
        let e_flag = if key.encryption.srtcp { trailer::E_FLAG } else { 0 };
        let word = e_flag | stream.srtcp_index;
        let body = copy(packet, out)?;
        let tag = key.transform.seal_rtcp(body, word)?;
        let tag_len = if short_tag { key.suite().params().srtp_tag_len } else { tag.len() };
        let tag = tag.get(..tag_len).unwrap_or(&tag);
        let len = trailer::append(key.suite(), out, packet.len(), tag, Some(word), &key.mki)?;
        stream.srtcp_index += 1;
        key.count(PacketKind::Rtcp, soft_limit);
        Ok(len)
    }

    /// A refused packet makes no stream.
    #[cold]
    fn forget_unused_streams(&mut self) {
        self.keys.iter_mut().for_each(|entry| entry.streams.retain(Stream::is_used));
    }

    /// The key for `ssrc`: its own, else the one for any, else the local key in
    /// use. An unknown SSRC is never sent in clear.
    #[inline(always)]
    fn entry(&mut self, ssrc: u32) -> Result<&mut OutboundKey, Error> {
        let with_rule = |rule| self.keys.iter().position(|entry| entry.active.contains(&rule));
        let position = with_rule(SsrcRule::Specific(ssrc))
            .or_else(|| with_rule(SsrcRule::Any))
            .unwrap_or(self.keys.len().saturating_sub(1));
        self.keys.get_mut(position).ok_or(Error::NoKey)
    }
}

fn check_len(packet: &[u8]) -> Result<(), Error> {
    if packet.len() > MAX_PACKET_LEN { Err(Error::PacketTooLong) } else { Ok(()) }
}

/// Copies the packet to the start of `out` and returns it there.
fn copy<'a>(packet: &[u8], out: &'a mut [u8]) -> Result<&'a mut [u8], Error> {
    check_len(packet)?;
    let body = out.get_mut(..packet.len()).ok_or(Error::BufferTooSmall)?;
    body.copy_from_slice(packet);
    Ok(body)
}

/// A refused packet leaves nothing behind, neither clear nor sealed.
fn wipe(out: &mut [u8], len: usize) {
    let len = out.len().min(len + super::MAX_TRAILER_LEN);
    if let Some(out) = out.get_mut(..len) {
        out.zeroize();
    }
}
