//! Packets from the network. A forged packet cannot be made to authenticate by
//! chance, so packets are protected first and damaged then.

use super::{Input, key_bytes};
use crate::secret::MasterKey;
use crate::srtp::{
    Direction, Lifetime, MAX_TRAILER_LEN, Millis, PacketKind, Policy, PolicyKey, SessionConfig, SessionId,
    SessionTable, SsrcRule,
};
use crate::suite::CryptoSuite;

/// The bytes say what happens to the packets of one SRTP session: protected,
/// delivered, damaged, made up, with keys that change on the way.
pub fn srtp_in(data: &[u8]) {
    run(PacketKind::Rtp, data);
}

/// The same for SRTCP.
pub fn srtcp_in(data: &[u8]) {
    run(PacketKind::Rtcp, data);
}

static TABLE: SessionTable = SessionTable::new();
/// Packets that are kept to be delivered later.
const KEPT: usize = 16;

/// A packet that was protected.
struct Sent {
    plain: Vec<u8>,
    sealed: Vec<u8>,
    received: bool,
}

/// A session that sends to itself.
struct World {
    id: SessionId,
    kind: PacketKind,
    suite: CryptoSuite,
    key: u8,
    mki_len: usize,
    now: Millis,
    sent: Vec<Sent>,
    /// Calls of unprotect.
    arrived: u64,
}

fn run(kind: PacketKind, data: &[u8]) {
    let mut input = Input(data);
    // The numbers of the suites are 1 to 8.
    let suite = CryptoSuite::from_number(1 + u16::from(input.byte() & 7)).expect("suites 1 to 8");
    let settings = input.byte();
    // Seven doublings of the smallest window stay below the largest, 32768.
    let window = 64 << (settings & 7);
    let config = SessionConfig::default()
        .with_windows(window, window)
        .expect("64 to 8192")
        .answering_short_srtcp_tags(settings & 8 != 0);
    let mki_len = [0, 0, 1, 4, 128, 3, 0, 2].get(usize::from(settings >> 5)).copied().unwrap_or(0);
    // A run takes away its session at its end: there are no more than threads that fuzz.
    let id = TABLE.insert(config).expect("room in the table");
    let (key, now, sent) = (0, Millis(0), Vec::new());
    let mut world = World { id, kind, suite, key, mki_len, now, sent, arrived: 0 };
    world.apply(Direction::Outbound);
    world.apply(Direction::Inbound);
    while !input.is_empty() {
        world.step(&mut input);
    }
    world.end();
}

impl World {
    fn step(&mut self, input: &mut Input<'_>) {
        match input.byte() % 10 {
            0..3 => self.send(input),
            3 => self.deliver(input),
            4..7 => self.deliver_damaged(input),
            7 => self.deliver_made_up(input),
            8 => self.protect_anything(input),
            _ => self.change_key(input),
        }
    }

    fn apply(&self, direction: Direction) {
        // As many bytes as were asked for, and those are the suite's.
        let master_key = MasterKey::new(self.suite, &key_bytes(self.key, self.suite.key_salt_len()));
        let master_key = master_key.expect("the suite's length");
        let (mki, lifetime) = (vec![self.key; self.mki_len].into_boxed_slice(), Lifetime::default());
        let key = PolicyKey { mki, lifetime, ..PolicyKey::new(master_key) };
        // One key needs no MKI, and has one of at most 128 bytes.
        let policy = Policy::with_keys(direction, SsrcRule::Any, vec![key]).expect("one key");
        // There are at most 41 keys, and none comes back once another has followed it.
        TABLE.apply(self.id, &policy, self.now).expect("a few fresh keys");
    }

    /// Time passes, and one direction or both get a new key.
    fn change_key(&mut self, input: &mut Input<'_>) {
        let choice = input.byte();
        self.now = Millis(self.now.0 + u64::from(choice) * 256);
        if self.key < 40 {
            self.key += 1;
            self.apply(Direction::Outbound);
        }
        if choice & 1 == 0 {
            self.apply(Direction::Inbound);
        }
    }

    fn send(&mut self, input: &mut Input<'_>) {
        let plain = self.packet(input);
        self.protect(plain);
    }

    /// Bytes that may be no packet at all.
    fn protect_anything(&mut self, input: &mut Input<'_>) {
        let len = usize::from(input.byte());
        self.protect(input.bytes(len).to_vec());
    }

    fn packet(&self, input: &mut Input<'_>) -> Vec<u8> {
        let (first, seq, ssrc) = (input.byte(), input.word(), input.byte() & 3);
        let mut packet = vec![0x80 | first & 0x1f, 0];
        packet.extend(seq.to_be_bytes());
        if self.kind == PacketKind::Rtp {
            packet.extend([0; 4]);
        }
        packet.extend([1, 2, 3, ssrc]);
        let len = usize::from(input.byte());
        packet.extend_from_slice(input.bytes(len));
        packet
    }

    fn protect(&mut self, plain: Vec<u8>) {
        let mut out = vec![0xee; plain.len() + MAX_TRAILER_LEN];
        let result = TABLE.outbound(self.id, |outbound| outbound.protect(self.kind, &plain, &mut out));
        let Ok(len) = result else {
            assert!(out.iter().all(|byte| *byte == 0), "a refused packet leaves something behind");
            return;
        };
        out.truncate(len);
        let repeated = self.sent.iter().any(|sent| sent.sealed == out);
        if self.sent.len() < KEPT && !repeated {
            self.sent.push(Sent { plain, sealed: out, received: false });
        }
    }

    fn deliver(&mut self, input: &mut Input<'_>) {
        if let Some(choice) = self.choose(input) {
            let packet = self.sent.get(choice).map(|sent| sent.sealed.clone()).unwrap_or_default();
            self.receive(packet, Some(choice));
        }
    }

    fn deliver_damaged(&mut self, input: &mut Input<'_>) {
        let Some(choice) = self.choose(input) else { return };
        let mut packet = self.sent.get(choice).map(|sent| sent.sealed.clone()).unwrap_or_default();
        let at = usize::from(input.word()) % packet.len();
        match input.byte() % 5 {
            0 | 1 => packet.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << (at % 8)),
            2 => packet.truncate(at),
            3 => packet.insert(at, input.byte()),
            _ => packet.extend_from_slice(input.bytes(at % 8)),
        }
        self.receive(packet, Some(choice));
    }

    fn deliver_made_up(&mut self, input: &mut Input<'_>) {
        let len = usize::from(input.byte());
        self.receive(input.bytes(len).to_vec(), None);
    }

    fn choose(&self, input: &mut Input<'_>) -> Option<usize> {
        usize::from(input.byte()).checked_rem(self.sent.len())
    }

    /// Whatever was done to it, a packet that is taken is the one that was sent,
    /// and it is taken once: at most its MKI or the length of its tag differ.
    fn receive(&mut self, mut packet: Vec<u8>, origin: Option<usize>) {
        self.arrived += 1;
        let (before, now) = (packet.clone(), self.now);
        let result = TABLE.inbound(self.id, |inbound| inbound.unprotect(self.kind, &mut packet, || now));
        let Ok(len) = result else {
            assert!(packet == before, "a refused packet has changed");
            return;
        };
        let sent = origin
            .and_then(|origin| self.sent.get_mut(origin))
            .filter(|sent| packet.get(..len).is_some_and(|opened| opened == sent.plain));
        let sent = sent.expect("a packet is taken that was never sent");
        assert!(!sent.received, "a packet is taken twice");
        sent.received = true;
    }

    fn end(self) {
        // The session is this run's own until the last line but one.
        let stats = TABLE.inbound(self.id, |inbound| Ok(inbound.stats())).expect("it is there");
        let counted = stats.unprotected + stats.auth_failures + stats.replays + stats.late + stats.refused;
        assert!(counted == self.arrived, "{stats:?} of {}", self.arrived);
        TABLE.remove(self.id).expect("it is there");
        assert!(TABLE.remove(self.id).is_err(), "a session is freed twice");
    }
}
