//! A sender, and what its protecting session must do: the log of all that was
//! sent under each key and SSRC.

use super::keys::Line;
use super::model::{KeyNumber, Truth};
use super::random::Random;
use std::collections::{HashMap, VecDeque};
use voxseal::error::Error;
use voxseal::srtp::{Direction, MAX_TRAILER_LEN, Millis, PacketKind, SessionId, SessionTable};

/// Indexes that a sender may go back, as far as the library promises.
const WINDOW: u64 = 1024;
/// Indexes that it remembers before the first repeated one.
const SHORT_HISTORY: u64 = 16;

/// From this distance on, 16 bits do not tell whether an index is behind or ahead.
const AMBIGUOUS: u64 = 1 << 15;
/// Place of a byte of the RTP header that no index depends on.
const TIMESTAMP: usize = 4;

struct Sent {
    index: u64,
    plain: Vec<u8>,
    sealed: Vec<u8>,
}

#[derive(Default)]
struct Stream {
    next: u64,
    highest: u64,
    started: bool,
    log: VecDeque<Sent>,
    /// Indexes that were left out, to be sent late.
    held: Vec<u64>,
    /// From this index on a repeat must give the same bytes, since the first
    /// repeated one.
    long_from: Option<u64>,
    srtcp_index: u32,
}

/// A packet on its way.
pub type Sealed = (Vec<u8>, Truth);

/// One sender: SSRC and key in use, and its session.
pub struct Sender {
    pub session: SessionId,
    line: Line,
    pub key: KeyNumber,
    pub ssrc: u32,
    streams: HashMap<(KeyNumber, u32), Stream>,
}

impl Sender {
    pub fn new(session: SessionId, line: Line, ssrc: u32) -> Sender {
        Sender { session, line, key: 0, ssrc, streams: HashMap::new() }
    }

    pub fn apply(&mut self, table: &SessionTable, key: KeyNumber) {
        let policy = self.line.policy(Direction::Outbound, key);
        table.apply(self.session, &policy, Millis(0)).expect("a fresh key is taken");
        let next = self.streams.get(&(self.key, self.ssrc)).map_or(u64::from(key), |stream| stream.next);
        self.key = key;
        self.stream().next = next & 0xffff;
    }

    /// Goes on as another SSRC, new or used before.
    pub fn change_ssrc(&mut self, table: &SessionTable, ssrc: u32, first: u16) {
        let renamed = table.outbound(self.session, |outbound| {
            outbound.rename_ssrc(self.ssrc, ssrc);
            Ok(())
        });
        renamed.expect("the session is there");
        self.ssrc = ssrc;
        if !self.stream().started {
            self.stream().next = u64::from(first);
        }
    }

    /// The next index of the stream.
    pub fn next_index(&mut self) -> u64 {
        self.stream().next
    }

    /// Leaves indexes out, as a pause does whose packets count but are not sent.
    pub fn skip(&mut self, indexes: u64) {
        let stream = self.stream();
        stream.next = (stream.next + indexes).min(stream.highest + AMBIGUOUS - 1);
        if !stream.started {
            stream.next &= 0xffff;
        }
    }

    /// Keeps one index back for later.
    pub fn hold_back(&mut self) {
        let stream = self.stream();
        if !stream.started {
            return;
        }
        stream.held.push(stream.next);
        stream.next += 1;
    }

    /// The next packet, or one that was held back.
    pub fn send(&mut self, table: &SessionTable, random: &mut Random) -> Option<Sealed> {
        let stream = self.stream();
        let oldest = stream.highest.saturating_sub(AMBIGUOUS - 1);
        stream.held.retain(|index| *index >= oldest);
        let late = if random.chance(1, 8) { stream.held.pop() } else { None };
        let index = late.unwrap_or(stream.next);
        let too_old = stream.started && index + WINDOW <= stream.highest;
        if late.is_none() {
            stream.next += 1;
        }
        let plain = rtp(self.ssrc, index as u16, random);
        let sealed = match (self.protect(table, PacketKind::Rtp, &plain), too_old) {
            (Ok(sealed), false) => sealed,
            (Err(Error::TooOld), true) => return None,
            (result, _) => panic!("index {index}, too old {too_old}: {result:?}"),
        };
        let stream = self.stream();
        stream.started = true;
        stream.highest = stream.highest.max(index);
        if stream.log.len() == 1500 {
            stream.log.pop_front();
        }
        stream.log.push_back(Sent { index, plain: plain.clone(), sealed: sealed.clone() });
        Some((sealed, self.truth(PacketKind::Rtp, index, plain)))
    }

    /// Protects a packet that was sent before: same bytes under the same index,
    /// or nothing.
    pub fn repeat(&mut self, table: &SessionTable, random: &mut Random) {
        let stream = self.stream();
        // Further back, the sequence number names an index ahead.
        let oldest = stream.highest.saturating_sub(AMBIGUOUS - 1);
        stream.log.retain(|sent| sent.index >= oldest);
        if stream.log.is_empty() {
            return;
        }
        let place = random.below(stream.log.len() as u64) as usize;
        let back = random.below(40).min(stream.log.len() as u64 - 1) as usize;
        let place = if random.chance(1, 2) { place } else { stream.log.len() - 1 - back };
        let Sent { index, plain, sealed } = &stream.log[place];
        let (index, plain, sealed) = (*index, plain.clone(), sealed.clone());
        let age = stream.highest - index;
        let remembered = age < SHORT_HISTORY || stream.long_from.is_some_and(|from| index >= from);
        let repeated = self.protect(table, PacketKind::Rtp, &plain);
        match &repeated {
            Ok(again) => assert_eq!(*again, sealed, "index {index} sealed in two ways"),
            Err(Error::TooOld) => assert!(age >= WINDOW, "index {index}, age {age}"),
            Err(Error::IndexReused) => assert!(!remembered, "index {index}, age {age}: forgotten"),
            Err(error) => panic!("index {index}: {error:?}"),
        }
        let mut other = plain;
        let place = if other.len() > 12 && random.chance(1, 2) { other.len() - 1 } else { TIMESTAMP };
        other[place] ^= 1 << random.below(8);
        let reused = self.protect(table, PacketKind::Rtp, &other);
        assert!(matches!(reused, Err(Error::IndexReused | Error::TooOld)), "index {index}: {reused:?}");
        let stream = self.stream();
        if age < WINDOW && stream.long_from.is_none() {
            stream.long_from = Some(stream.highest.saturating_sub(SHORT_HISTORY - 1));
        }
    }

    pub fn send_rtcp(&mut self, table: &SessionTable, random: &mut Random) -> Sealed {
        let words = 1 + random.below(12) as usize;
        let mut plain = vec![0x80, 200, 0, 1 + words as u8];
        plain.extend(self.ssrc.to_be_bytes());
        plain.extend(random.bytes(words * 4));
        let sealed = self.protect(table, PacketKind::Rtcp, &plain).expect("RTCP is sent");
        // The word stands before MKI and tag, with GCM between tag and MKI (RFC 3711 §3.4, RFC 7714 §9.2).
        let tag_len = if self.line.suite.name().contains("GCM") { 0 } else { 10 };
        let behind = tag_len + self.line.mki_len;
        let word = sealed[..sealed.len() - behind].last_chunk().map(|word| u32::from_be_bytes(*word));
        let stream = self.stream();
        assert_eq!(word, Some(1 << 31 | stream.srtcp_index), "SRTCP indexes go up by one");
        stream.srtcp_index += 1;
        let index = u64::from(stream.srtcp_index - 1);
        (sealed, self.truth(PacketKind::Rtcp, index, plain))
    }

    fn protect(&self, table: &SessionTable, kind: PacketKind, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = vec![0xa5; plain.len() + MAX_TRAILER_LEN];
        let result = table.outbound(self.session, |outbound| outbound.protect(kind, plain, &mut out));
        if result.is_err() {
            assert!(out.iter().all(|byte| *byte == 0), "a refused packet leaves nothing behind");
        }
        out.truncate(result?);
        Ok(out)
    }

    fn truth(&self, kind: PacketKind, index: u64, plain: Vec<u8>) -> Truth {
        Truth { kind, key: self.key, ssrc: self.ssrc, index, plain }
    }

    fn stream(&mut self) -> &mut Stream {
        self.streams.entry((self.key, self.ssrc)).or_default()
    }
}

/// An RTP packet with a random payload, at times with CSRCs and an extension.
fn rtp(ssrc: u32, seq: u16, random: &mut Random) -> Vec<u8> {
    let bits = random.next();
    let (csrcs, extended) = if bits & 7 == 0 { (bits >> 8 & 3, bits >> 10 & 1 == 1) } else { (0, false) };
    let mut packet = vec![0x80 | csrcs as u8 | u8::from(extended) << 4, bits as u8 >> 1];
    packet.extend(seq.to_be_bytes());
    packet.extend(random.bytes(4));
    packet.extend(ssrc.to_be_bytes());
    packet.extend(random.bytes(csrcs as usize * 4));
    if extended {
        packet.extend([0xbe, 0xde, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8]);
    }
    packet.extend(random.bytes((bits >> 16) as usize % 56));
    packet
}
