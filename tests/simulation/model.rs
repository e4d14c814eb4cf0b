//! What a receiver must do, told as simply as it can be: the set of what it has
//! accepted, and the rules of RFC 3711 §3.3 on top. Shares no code with the
//! library, and knows the true index of every packet, which the library has to
//! guess.

use std::collections::{HashMap, HashSet};
use voxseal::srtp::PacketKind;

/// Replay windows of the default configuration.
const RTP_WINDOW: u64 = 1024;
const RTCP_WINDOW: u64 = 128;
/// A replaced key's end in the default configuration.
const OVERLAP_PACKETS: u64 = 1024;
const OVERLAP_MILLIS: u64 = 30_000;
/// Packets of one stream after which a ROC ahead must have been found. Chance
/// decides which trial meets which packet while others fail too.
const PATIENCE: u32 = 600;
/// How far ahead a ROC is looked for.
const ROCS_AHEAD: u64 = 15;

/// Number of a master key; the key's bytes follow from it.
pub type KeyNumber = u32;

/// What a packet that was really sent is.
#[derive(Clone, Debug)]
pub struct Truth {
    pub kind: PacketKind,
    pub key: KeyNumber,
    pub ssrc: u32,
    pub index: u64,
    pub plain: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    MustAccept,
    MustRefuse,
    /// The ROC is further ahead than seq tells: found by trial, or not yet.
    MayAccept,
}

#[derive(Default)]
struct Stream {
    highest: Option<u64>,
    accepted: HashSet<u64>,
    refused_ahead: u32,
}

struct Overlap {
    key: KeyNumber,
    packets: u64,
    since: u64,
}

/// One receiving session.
#[derive(Default)]
pub struct Receiver {
    current: Option<KeyNumber>,
    overlap: Option<Overlap>,
    streams: HashMap<(bool, KeyNumber, u32), Stream>,
}

impl Receiver {
    pub fn apply(&mut self, key: KeyNumber, now: u64) {
        if self.current == Some(key) {
            return;
        }
        self.overlap = self.current.map(|key| Overlap { key, packets: 0, since: now });
        self.current = Some(key);
    }

    /// Whether any key is left of which `key` could be one.
    fn is_usable(&self, key: KeyNumber, now: u64) -> bool {
        let in_overlap = |overlap: &Overlap| {
            overlap.key == key && overlap.packets < OVERLAP_PACKETS && now < overlap.since + OVERLAP_MILLIS
        };
        self.current == Some(key) || self.overlap.as_ref().is_some_and(in_overlap)
    }

    pub fn verdict(&self, truth: &Truth, now: u64) -> Verdict {
        if !self.is_usable(truth.key, now) {
            return Verdict::MustRefuse;
        }
        let window = if truth.kind == PacketKind::Rtp { RTP_WINDOW } else { RTCP_WINDOW };
        let stream = self.streams.get(&place(truth));
        match stream.and_then(|stream| stream.highest) {
            None if truth.kind == PacketKind::Rtp && truth.index >= 1 << 16 => Verdict::MayAccept,
            None => Verdict::MustAccept,
            Some(highest) if truth.index + window <= highest => Verdict::MustRefuse,
            Some(highest) if truth.index <= highest => {
                let known = stream.is_some_and(|stream| stream.accepted.contains(&truth.index));
                if known { Verdict::MustRefuse } else { Verdict::MustAccept }
            }
            Some(highest) if truth.kind == PacketKind::Rtp && truth.index >= highest + (1 << 15) => {
                Verdict::MayAccept
            }
            Some(_) => Verdict::MustAccept,
        }
    }

    /// A packet whose ROC is ahead was refused.
    ///
    /// # Panics
    /// When that happened too often to this stream.
    pub fn refused_ahead(&mut self, truth: &Truth) {
        let stream = self.streams.entry(place(truth)).or_default();
        let ahead = (truth.index >> 16).saturating_sub(stream.highest.unwrap_or(0) >> 16);
        if ahead <= ROCS_AHEAD && self.current == Some(truth.key) {
            stream.refused_ahead += 1;
            let deaf = stream.refused_ahead > PATIENCE;
            assert!(!deaf, "the ROC ahead is not found: {}", self.describe(truth));
        }
    }

    pub fn accepted(&mut self, truth: &Truth) {
        let stream = self.streams.entry(place(truth)).or_default();
        assert!(stream.accepted.insert(truth.index), "accepted twice: {truth:?}");
        stream.refused_ahead = 0;
        let highest = stream.highest.map_or(truth.index, |highest| highest.max(truth.index));
        stream.highest = Some(highest);
        if stream.accepted.len() > 4 * RTP_WINDOW as usize {
            stream.accepted.retain(|index| index + RTP_WINDOW > highest);
        }
        if let Some(overlap) = self.overlap.as_mut().filter(|_| self.current == Some(truth.key)) {
            overlap.packets += 1;
        }
    }

    /// What is known of a packet's stream, for a failure's message.
    pub fn describe(&self, truth: &Truth) -> String {
        let stream = self.streams.get(&place(truth));
        let overlap = self.overlap.as_ref().map(|overlap| (overlap.key, overlap.packets, overlap.since));
        let highest = stream.and_then(|stream| stream.highest);
        format!("{truth:?}, key {:?}, before it {overlap:?}, highest index {highest:?}", self.current)
    }

    /// The highest index that was accepted of a stream.
    pub fn highest(&self, key: KeyNumber, ssrc: u32) -> Option<u64> {
        self.streams.get(&(true, key, ssrc)).and_then(|stream| stream.highest)
    }
}

fn place(truth: &Truth) -> (bool, KeyNumber, u32) {
    (truth.kind == PacketKind::Rtp, truth.key, truth.ssrc)
}
