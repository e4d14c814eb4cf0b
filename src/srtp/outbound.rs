//! The outbound direction: local keys, and one stream per SSRC under each.
//!
//! The rule that all else serves: a key, SSRC and index that were used for one
//! packet are never used for another one.

use super::header::{RtpHeader, rtcp_ssrc};
use super::history::History;
use super::key::Key;
use super::policy::{Policy, SsrcRule};
use super::streams::Streams;
use super::window::Window;
use super::{MAX_PACKET_LEN, PacketKind, index, trailer};
use crate::error::Error;
use crate::suite::{CryptoSuite, MAX_SRTCP_LIFETIME};
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
    /// The one applied last comes last.
    keys: Vec<OutboundKey>,
    /// What remains of keys replaced long ago: enough to know them again.
    retired: Vec<[u8; 8]>,
    stats: OutboundStats,
}

struct OutboundKey {
    rules: Vec<SsrcRule>,
    key: Key,
    streams: Streams<Stream>,
}

struct Stream {
    used: Window,
    history: History,
    /// The next SRTCP index (RFC 3711 §3.4).
    srtcp_index: u32,
}

impl Stream {
    fn new() -> Stream {
        Stream { used: Window::new(History::LEN), history: History::new(), srtcp_index: 0 }
    }
}

impl Outbound {
    pub(super) fn new() -> Outbound {
        Outbound { keys: Vec::new(), retired: Vec::new(), stats: OutboundStats::default() }
    }

    /// Gives the policy's key to its SSRC rule, in place of the one before. The
    /// same key and suite again changes nothing; a new key starts at ROC 0; the
    /// same key with another tag length keeps its indexes.
    ///
    /// # Errors
    /// [`Error::KeyReused`] for a key that was replaced so long ago that its used
    /// indexes are forgotten. [`Error::TooManyKeys`] past a bound.
    pub fn apply(&mut self, policy: &Policy) -> Result<(), Error> {
        let master_key = &policy.master_key;
        let entry = match self.keys.iter().position(|known| known.key.shares_keystream_with(master_key)) {
            Some(position) => {
                let mut entry = self.keys.remove(position);
                if !entry.key.is(master_key) {
                    entry.key = Key::new(master_key);
                }
                entry
            }
            None => self.new_entry(Key::new(master_key))?,
        };
        self.keys.push(entry);
        self.bind(policy.ssrc);
        Ok(())
    }

    /// The SSRC `from` is called `to` from now on; a key that was meant for
    /// `from` alone goes with it. The indexes used under either are kept.
    pub fn rename_ssrc(&mut self, from: u32, to: u32) {
        for rule in self.keys.iter_mut().flat_map(|entry| &mut entry.rules) {
            if *rule == SsrcRule::Specific(from) {
                *rule = SsrcRule::Specific(to);
            }
        }
    }

    /// Writes the protected packet into `out` and returns its length (RFC 3711
    /// §3.3, §3.4). A repeated RTP packet gives the identical bytes again.
    ///
    /// # Errors
    /// [`Error::IndexReused`] when another packet had this index, and what
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

    /// The suite of the key applied last.
    pub fn suite(&self) -> Option<CryptoSuite> {
        self.keys.last().map(|entry| entry.key.suite())
    }

    fn protect_rtp(&mut self, packet: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let header = RtpHeader::read(packet)?;
        let entry = self.entry(header.ssrc)?;
        let (key, stream) = (&entry.key, entry.streams.get_or_insert(header.ssrc, Stream::new)?);
        let index = index::estimate(stream.used.highest(), header.seq).ok_or(Error::TooOld)?;
        let fresh = match stream.used.check(index) {
            Ok(()) => true,
            Err(Error::Replayed) => false,
            Err(error) => return Err(error),
        };
        let body = copy(packet, out)?;
        let tag = key.transform.seal_rtp(body, header.len, index)?;
        let len = trailer::append(key.suite(), out, packet.len(), tag.as_ref(), None)?;
        if fresh {
            stream.used.commit(index);
        }
        let highest = stream.used.highest().unwrap_or(index);
        if fresh {
            stream.history.record(highest, index, tag.fingerprint());
        } else if !stream.history.is_repeat(highest, index, tag.fingerprint()) {
            return Err(Error::IndexReused);
        }
        Ok(len)
    }

    fn protect_rtcp(&mut self, packet: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let ssrc = rtcp_ssrc(packet)?;
        let entry = self.entry(ssrc)?;
        let (key, stream) = (&entry.key, entry.streams.get_or_insert(ssrc, Stream::new)?);
        if u64::from(stream.srtcp_index) >= MAX_SRTCP_LIFETIME {
            return Err(Error::LifetimeExhausted);
        }
        let word = trailer::E_FLAG | stream.srtcp_index;
        let body = copy(packet, out)?;
        let tag = key.transform.seal_rtcp(body, word)?;
        let len = trailer::append(key.suite(), out, packet.len(), tag.as_ref(), Some(word))?;
        stream.srtcp_index += 1;
        Ok(len)
    }

    /// The key for `ssrc`: its own, else the one for any, else the local key
    /// applied last. An unknown SSRC is never sent in clear.
    fn entry(&mut self, ssrc: u32) -> Result<&mut OutboundKey, Error> {
        let with_rule = |rule| self.keys.iter().position(|entry| entry.rules.contains(&rule));
        let position = with_rule(SsrcRule::Specific(ssrc))
            .or_else(|| with_rule(SsrcRule::Any))
            .unwrap_or(self.keys.len().saturating_sub(1));
        self.keys.get_mut(position).ok_or(Error::NoKey)
    }

    fn new_entry(&self, key: Key) -> Result<OutboundKey, Error> {
        if self.retired.contains(&key.fingerprint()) {
            return Err(Error::KeyReused);
        }
        if self.keys.len() >= MAX_KEYS || self.retired.len() >= MAX_RETIRED {
            return Err(Error::TooManyKeys);
        }
        Ok(OutboundKey { rules: Vec::new(), key, streams: Streams::new() })
    }

    /// Moves `rule` to the last key. Of the keys without a rule the latest few
    /// stay, so that one that returns goes on from its last index (a fork that
    /// answers again); the others are wiped and only known again.
    fn bind(&mut self, rule: SsrcRule) {
        for entry in &mut self.keys {
            entry.rules.retain(|known| *known != rule);
        }
        if let Some(entry) = self.keys.last_mut() {
            entry.rules.push(rule);
        }
        let replaced = |entry: &OutboundKey| entry.rules.is_empty();
        while self.keys.iter().filter(|entry| replaced(entry)).count() > MAX_REPLACED {
            if let Some(oldest) = self.keys.iter().position(replaced) {
                self.retired.push(self.keys.remove(oldest).key.fingerprint());
            }
        }
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
