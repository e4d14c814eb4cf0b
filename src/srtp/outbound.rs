//! The outbound direction: local keys, and one stream per SSRC under each.
//!
//! The rule that all else serves: a key, SSRC and index that were used for one
//! packet are never used for another one.

use super::header::{RtpHeader, rtcp_ssrc};
use super::history::History;
use super::key::Key;
use super::policy::{Policy, SessionConfig, SsrcRule};
use super::snapshot::{KeySnapshot, StreamSnapshot};
use super::streams::Streams;
use super::window::Window;
use super::{MAX_PACKET_LEN, Millis, PacketKind, PeerHabits, index, trailer};
use crate::error::Error;
use crate::suite::{CryptoSuite, MAX_SRTCP_LIFETIME};
use smallvec::SmallVec;
use std::sync::Arc;
use zeroize::Zeroize;

/// Most keys in use at a time.
const MAX_KEYS: usize = 64;
/// Replaced keys that a session keeps, with the indexes used under them.
const MAX_REPLACED: usize = 4;
/// Most keys that one session may have gone through.
const MAX_RETIRED: usize = 4096;

/// Counters of the outbound direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboundStats {
    /// SRTP and SRTCP packets protected, retransmissions included.
    pub protected: u64,
    /// Packets that were refused, for whatever reason.
    pub refused: u64,
}

/// Local keys and the streams they protect.
pub struct Outbound {
    /// The one in use comes last.
    keys: SmallVec<[OutboundKey; 1]>,
    /// What remains of keys replaced long ago: enough to know them again.
    retired: Vec<[u8; 8]>,
    stats: OutboundStats,
    config: SessionConfig,
    peer: Arc<PeerHabits>,
}

struct OutboundKey {
    /// SSRC rules whose packets this key protects.
    active: SmallVec<[SsrcRule; 1]>,
    /// SSRC rules for which it was announced, to be selected by its MKI.
    standby: SmallVec<[SsrcRule; 1]>,
    key: Key,
    streams: Streams<Stream>,
}

struct Stream {
    used: Window<16>,
    history: History,
    /// The next SRTCP index (RFC 3711 §3.4).
    srtcp_index: u32,
    packets: u64,
    bytes: u64,
}

impl Stream {
    fn new() -> Stream {
        let (used, history) = (Window::new(History::LEN), History::new());
        Stream { used, history, srtcp_index: 0, packets: 0, bytes: 0 }
    }
}

impl Outbound {
    pub(super) fn new(config: SessionConfig, peer: Arc<PeerHabits>) -> Outbound {
        Outbound { keys: SmallVec::new(), retired: Vec::new(), stats: OutboundStats::default(), config, peer }
    }

    /// Gives the policy's keys to its SSRC rule, in place of those before. The
    /// same key and suite again changes nothing; a new key starts at ROC 0; the
    /// same key with another tag length keeps its indexes.
    ///
    /// # Errors
    /// [`Error::KeyReused`] for a key that was replaced so long ago that its used
    /// indexes are forgotten. [`Error::TooManyKeys`] past a bound. Nothing has
    /// changed then.
    pub fn apply(&mut self, policy: &Policy, now: Millis) -> Result<(), Error> {
        if self.holds(policy) {
            self.update(policy);
            return Ok(());
        }
        let mut fresh = SmallVec::<[OutboundKey; 1]>::new();
        for wanted in policy.keys() {
            if !self.keys.iter().any(|known| known.key.shares_keystream_with(&wanted.master_key)) {
                let key = Key::new(wanted, now);
                if self.retired.contains(&key.fingerprint()) {
                    return Err(Error::KeyReused);
                }
                let (active, standby) = (SmallVec::new(), SmallVec::new());
                fresh.push(OutboundKey { active, standby, key, streams: Streams::new() });
            }
        }
        if self.keys.len() + fresh.len() > MAX_KEYS || self.retired.len() + fresh.len() > MAX_RETIRED {
            return Err(Error::TooManyKeys);
        }
        self.keys.extend(fresh);
        self.update(policy);
        self.bind(policy);
        self.retire();
        Ok(())
    }

    /// Protects with the key of this MKI from now on, one of several that a
    /// policy announced; with several policies, with that of each.
    ///
    /// # Errors
    /// [`Error::UnknownMki`] when no key in use has it.
    pub fn select_mki(&mut self, mki: &[u8]) -> Result<(), Error> {
        let wanted = |entry: &OutboundKey| *entry.key.mki == *mki && !mki.is_empty() && entry.in_use();
        if !self.keys.iter().any(wanted) {
            return Err(Error::UnknownMki);
        }
        for _ in 0..self.keys.len() {
            let mut entry = self.keys.remove(0);
            if wanted(&entry) {
                let rules = core::mem::take(&mut entry.standby);
                for other in &mut self.keys {
                    let (left, kept): (Vec<_>, Vec<_>) =
                        other.active.iter().partition(|rule| rules.contains(rule));
                    other.active = kept.into();
                    other.standby.extend(left);
                }
                entry.active.extend(rules);
            }
            self.keys.push(entry);
        }
        self.keys.sort_by_key(wanted);
        Ok(())
    }

    /// The SSRC `from` is called `to` from now on; a key that was meant for
    /// `from` alone goes with it. The indexes used under either are kept.
    pub fn rename_ssrc(&mut self, from: u32, to: u32) {
        for rule in self.keys.iter_mut().flat_map(|entry| entry.active.iter_mut().chain(&mut entry.standby)) {
            if *rule == SsrcRule::Specific(from) {
                *rule = SsrcRule::Specific(to);
            }
        }
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
        match result {
            Ok(_) => self.stats.protected += 1,
            Err(_) => {
                self.stats.refused += 1;
                wipe(out, packet.len());
            }
        }
        result
    }

    /// Counters since the session began.
    pub fn stats(&self) -> OutboundStats {
        self.stats
    }

    /// The suite of the key in use.
    pub fn suite(&self) -> Option<CryptoSuite> {
        self.keys.last().map(|entry| entry.key.suite())
    }

    /// The key in use and what is left of it.
    pub fn key(&self) -> Option<KeySnapshot<'_>> {
        self.keys.last().map(|entry| entry.key.snapshot())
    }

    /// The streams, those of the key in use last.
    pub fn streams(&self) -> impl Iterator<Item = StreamSnapshot> {
        self.keys.iter().flat_map(|entry| {
            entry.streams.iter().map(|(ssrc, stream)| StreamSnapshot {
                ssrc,
                suite: entry.key.suite(),
                index: stream.used.highest(),
                packets: stream.packets,
                bytes: stream.bytes,
                short_srtcp_tag: false,
            })
        })
    }

    fn protect_rtp(&mut self, packet: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let header = RtpHeader::read(packet)?;
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
        let body = copy(packet, out)?;
        let tag = key.transform.seal_rtp(body, header.len, index)?;
        let len = trailer::append(key.suite(), out, packet.len(), &tag, None, &key.mki)?;
        if fresh {
            stream.used.commit(index);
            stream.history.record(stream.used.highest().unwrap_or(index), index, tag.fingerprint());
            key.count(PacketKind::Rtp);
        } else {
            let highest = stream.used.highest().unwrap_or(index);
            if !stream.history.is_repeat(highest, index, tag.fingerprint()) {
                return Err(Error::IndexReused);
            }
        }
        stream.packets += 1;
        stream.bytes += packet.len() as u64;
        Ok(len)
    }

    fn protect_rtcp(&mut self, packet: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let ssrc = rtcp_ssrc(packet)?;
        let short_tag = self.config.answers_short_srtcp_tags() && self.peer.sends_short_srtcp_tags();
        let OutboundKey { key, streams, .. } = self.entry(ssrc)?;
        let stream = streams.get_or_insert(ssrc, Stream::new)?;
        key.usage(PacketKind::Rtcp).check()?;
        if u64::from(stream.srtcp_index) >= MAX_SRTCP_LIFETIME {
            return Err(Error::LifetimeExhausted);
        }
        let word = trailer::E_FLAG | stream.srtcp_index;
        let body = copy(packet, out)?;
        let tag = key.transform.seal_rtcp(body, word)?;
        let tag_len = if short_tag { key.suite().params().srtp_tag_len } else { tag.len() };
        let tag = tag.get(..tag_len).unwrap_or(&tag);
        let len = trailer::append(key.suite(), out, packet.len(), tag, Some(word), &key.mki)?;
        stream.srtcp_index += 1;
        key.count(PacketKind::Rtcp);
        Ok(len)
    }

    /// The key for `ssrc`: its own, else the one for any, else the local key in
    /// use. An unknown SSRC is never sent in clear.
    fn entry(&mut self, ssrc: u32) -> Result<&mut OutboundKey, Error> {
        let with_rule = |rule| self.keys.iter().position(|entry| entry.active.contains(&rule));
        let position = with_rule(SsrcRule::Specific(ssrc))
            .or_else(|| with_rule(SsrcRule::Any))
            .unwrap_or(self.keys.len().saturating_sub(1));
        self.keys.get_mut(position).ok_or(Error::NoKey)
    }

    /// Whether the policy's rule has these keys and no other.
    fn holds(&self, policy: &Policy) -> bool {
        let rule = policy.ssrc();
        let with_rule =
            || self.keys.iter().filter(|entry| entry.active.contains(&rule) || entry.standby.contains(&rule));
        let wanted = policy.keys();
        with_rule().count() == wanted.len()
            && with_rule()
                .all(|entry| wanted.iter().any(|key| entry.key.shares_keystream_with(&key.master_key)))
    }

    /// Takes over suites, MKIs and lifetimes; which key protects stays as it is.
    fn update(&mut self, policy: &Policy) {
        for wanted in policy.keys() {
            for entry in &mut self.keys {
                if entry.key.shares_keystream_with(&wanted.master_key) {
                    entry.key.update(wanted);
                }
            }
        }
    }

    /// Moves the policy's rule to its keys: the first of them protects and comes
    /// last in the list.
    fn bind(&mut self, policy: &Policy) {
        let rule = policy.ssrc();
        for entry in &mut self.keys {
            entry.active.retain(|known| *known != rule);
            entry.standby.retain(|known| *known != rule);
        }
        for (number, wanted) in policy.keys().iter().enumerate().rev() {
            let found =
                self.keys.iter().position(|known| known.key.shares_keystream_with(&wanted.master_key));
            let Some(position) = found else { continue };
            let mut entry = self.keys.remove(position);
            if number == 0 {
                entry.active.push(rule)
            } else {
                entry.standby.push(rule)
            }
            self.keys.push(entry);
        }
    }

    /// Of the keys without a rule the latest few stay, so that one that returns
    /// goes on from its last index (a fork that answers again); the others are
    /// wiped and only known again.
    fn retire(&mut self) {
        while self.keys.iter().filter(|entry| !entry.in_use()).count() > MAX_REPLACED {
            if let Some(oldest) = self.keys.iter().position(|entry| !entry.in_use()) {
                self.retired.push(self.keys.remove(oldest).key.fingerprint());
            }
        }
    }
}

impl OutboundKey {
    fn in_use(&self) -> bool {
        !self.active.is_empty() || !self.standby.is_empty()
    }
}

/// Copies the packet to the start of `out` and returns it there.
fn copy<'a>(packet: &[u8], out: &'a mut [u8]) -> Result<&'a mut [u8], Error> {
    if packet.len() > MAX_PACKET_LEN {
        return Err(Error::PacketTooLong);
    }
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
