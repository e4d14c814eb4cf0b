//! Packets exchanged with libsrtp, both ways, for every suite: what we seal it opens and what it seals we open, the
//! bytes are the same, and of the same hostile stream both accept the same packets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where the crate may not"
)]

use std::ops::Range;
use voxseal::error::Error;
use voxseal::secret::MasterKey;
use voxseal::srtp::{
    Direction, Encryption, MAX_TRAILER_LEN, Millis, PacketKind, Policy, PolicyKey, SessionConfig, SessionId,
    SessionTable, SsrcRule,
};
use voxseal::suite::CryptoSuite;
use voxseal_rig::libsrtp::{self, Kind, Libsrtp, RigSuite};

/// libsrtp's default, and what the stock module leaves it at.
const WINDOW: u32 = 128;
const NOW: Millis = Millis(0);
const SSRCS: [u32; 3] = [0x0102_0304, 1, 0xffff_ffff];

static TABLE: SessionTable = SessionTable::new();

/// A session of ours with one key for both directions.
struct Ours(SessionId);

impl Drop for Ours {
    fn drop(&mut self) {
        let _ = TABLE.remove(self.0);
    }
}

impl Ours {
    fn new(suite: CryptoSuite, rules: &[SsrcRule]) -> Ours {
        Ours::with(suite, rules, Encryption::default())
    }

    fn with(suite: CryptoSuite, rules: &[SsrcRule], encryption: Encryption) -> Ours {
        let id = TABLE.insert(SessionConfig::default().with_windows(WINDOW, WINDOW).unwrap()).unwrap();
        for direction in [Direction::Outbound, Direction::Inbound] {
            for ssrc in rules {
                let master_key = MasterKey::new(suite, &key(suite)).unwrap();
                let key = PolicyKey { encryption, ..PolicyKey::new(master_key) };
                let policy = Policy::with_keys(direction, *ssrc, vec![key]).unwrap();
                TABLE.apply(id, &policy, NOW).unwrap();
            }
        }
        Ours(id)
    }

    fn protect(&self, kind: PacketKind, packet: &[u8]) -> Vec<u8> {
        let mut out = vec![0; packet.len() + MAX_TRAILER_LEN];
        let len = TABLE.outbound(self.0, |outbound| outbound.protect(kind, packet, &mut out)).unwrap();
        out.truncate(len);
        out
    }

    fn unprotect(&self, kind: PacketKind, packet: &[u8]) -> Result<Vec<u8>, Error> {
        let mut packet = packet.to_vec();
        let len = TABLE.inbound(self.0, |inbound| inbound.unprotect(kind, &mut packet, || NOW))?;
        packet.truncate(len);
        Ok(packet)
    }
}

/// The peer: libsrtp with the same key, one session for each direction.
struct Peer {
    outbound: Libsrtp,
    inbound: Libsrtp,
}

impl Peer {
    fn new(suite: CryptoSuite) -> Peer {
        Peer::with(suite, &[])
    }

    fn with(suite: CryptoSuite, unencrypted: &[Kind]) -> Peer {
        let row = RigSuite::named(suite.name()).unwrap().unencrypted(unencrypted);
        let session = |direction| Libsrtp::new(row, &key(suite), direction).unwrap();
        Peer {
            outbound: session(libsrtp::Direction::Outbound),
            inbound: session(libsrtp::Direction::Inbound),
        }
    }

    fn protect(&mut self, kind: PacketKind, packet: &[u8]) -> Vec<u8> {
        let mut packet = packet.to_vec();
        self.outbound.protect(theirs(kind), &mut packet).unwrap();
        packet
    }

    /// The plain packet, or libsrtp's status as our error.
    fn unprotect(&mut self, kind: PacketKind, packet: &[u8]) -> Result<Vec<u8>, Error> {
        let mut packet = packet.to_vec();
        let len = packet.len();
        let opened = self.inbound.run_in(false, theirs(kind), &mut packet, len);
        let len = opened.map_err(|status| match status {
            7 => Error::AuthFailed,
            9 => Error::Replayed,
            10 => Error::TooOld,
            other => panic!("libsrtp's status {other}"),
        })?;
        packet.truncate(len);
        Ok(packet)
    }
}

fn theirs(kind: PacketKind) -> Kind {
    match kind {
        PacketKind::Rtp => Kind::Rtp,
        PacketKind::Rtcp => Kind::Rtcp,
    }
}

fn key(suite: CryptoSuite) -> Vec<u8> {
    (0..suite.key_salt_len() as u8).map(|at| at.wrapping_mul(41) ^ 0x5c).collect()
}

/// An RTP packet; `shape` chooses among headers with and without CSRCs and header extension.
fn rtp(ssrc: u32, seq: u16, shape: usize, payload_len: usize) -> Vec<u8> {
    let (csrcs, extension) = [(0, None), (2, None), (0, Some(1)), (15, Some(3)), (1, Some(0))][shape % 5];
    let mut packet = vec![0x80 | csrcs | u8::from(extension.is_some()) << 4, 0x80 | 96];
    packet.extend(seq.to_be_bytes());
    packet.extend((u32::from(seq) * 160).to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    (0..csrcs).for_each(|csrc| packet.extend([0xc0, 0, 0, csrc]));
    if let Some(words) = extension {
        packet.extend([0xbe, 0xde, 0, words]);
        packet.extend((0..words * 4).map(|at| if at == 0 { 0x10 } else { at }));
    }
    packet.extend((0..payload_len).map(|at| (at * 7) as u8 ^ seq as u8));
    packet
}

/// A compound of one RTCP packet: `body_len` bytes after the sender's SSRC.
fn rtcp(ssrc: u32, body_len: usize) -> Vec<u8> {
    let mut packet = vec![0x80, 201];
    packet.extend((1 + body_len as u16 / 4).to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend((0..body_len).map(|at| at as u8));
    packet
}

/// Seals `plain` on both sides and opens each other's.
fn exchange(ours: &Ours, peer: &mut Peer, kind: PacketKind, plain: &[u8], what: &str) {
    let (sealed, theirs) = (ours.protect(kind, plain), peer.protect(kind, plain));
    assert!(sealed == theirs, "{what}: the bytes differ");
    assert!(ours.unprotect(kind, &theirs).as_deref() == Ok(plain), "{what}: we do not open theirs");
    assert!(peer.unprotect(kind, &sealed).as_deref() == Ok(plain), "{what}: they do not open ours");
}

/// Ours begins SRTCP at index 0 (RFC 3711 §3.4), libsrtp at 1: one packet of ours in advance.
fn align_srtcp(ours: &Ours, ssrc: u32) {
    ours.protect(PacketKind::Rtcp, &rtcp(ssrc, 0));
}

fn rules() -> [Vec<SsrcRule>; 2] {
    [vec![SsrcRule::Any], SSRCS.map(SsrcRule::Specific).to_vec()]
}

#[test]
fn rtp_is_the_same_on_both_sides_across_two_sequence_wraps() {
    for suite in CryptoSuite::all() {
        for rules in rules() {
            let (ours, mut peer) = (Ours::new(suite, &rules), Peer::new(suite));
            // In steps, so that the second wrap (ROC 2) costs little; a step is far below 2^15.
            for (step, index) in (65_400_u32..65_650).chain((70_000..131_000).step_by(1999)).enumerate() {
                let ssrc = SSRCS[step % SSRCS.len()];
                let plain = rtp(ssrc, index as u16, step, step * 31 % 700);
                exchange(&ours, &mut peer, PacketKind::Rtp, &plain, &format!("{suite} index {index}"));
            }
            for index in 131_000_u32..131_100 {
                let plain = rtp(SSRCS[index as usize % 3], index as u16, 0, 160);
                exchange(&ours, &mut peer, PacketKind::Rtp, &plain, &format!("{suite} index {index}"));
            }
        }
    }
}

#[test]
fn rtp_payloads_of_0_to_1400_bytes_are_the_same_on_both_sides() {
    for suite in CryptoSuite::all() {
        let (ours, mut peer) = (Ours::new(suite, &rules()[0]), Peer::new(suite));
        for len in 0..=1400 {
            let plain = rtp(SSRCS[0], 40_000 + len as u16, len, len);
            exchange(&ours, &mut peer, PacketKind::Rtp, &plain, &format!("{suite} payload {len}"));
        }
    }
}

#[test]
fn rtcp_of_8_to_1400_bytes_is_the_same_on_both_sides() {
    for suite in CryptoSuite::all() {
        for rules in rules() {
            let (ours, mut peer) = (Ours::new(suite, &rules), Peer::new(suite));
            SSRCS.iter().for_each(|ssrc| align_srtcp(&ours, *ssrc));
            for len in (0..=1392).step_by(4) {
                let plain = rtcp(SSRCS[len / 4 % SSRCS.len()], len);
                exchange(&ours, &mut peer, PacketKind::Rtcp, &plain, &format!("{suite} rtcp {len}"));
            }
        }
    }
}

#[test]
fn unencrypted_packets_of_either_kind_are_the_same_on_both_sides() {
    for suite in CryptoSuite::all() {
        for unencrypted in [&[Kind::Rtp][..], &[Kind::Rtcp], &[Kind::Rtp, Kind::Rtcp]] {
            // libsrtp encrypts SRTP with AES-GCM whatever it is told; src/srtp/tests has that case.
            if suite.name().starts_with("AEAD") && unencrypted.contains(&Kind::Rtp) {
                continue;
            }
            let encrypted = |kind| !unencrypted.contains(&kind);
            let encryption = Encryption { srtp: encrypted(Kind::Rtp), srtcp: encrypted(Kind::Rtcp) };
            let ours = Ours::with(suite, &rules()[0], encryption);
            let mut peer = Peer::with(suite, unencrypted);
            let what = format!("{suite} without encryption of {} kinds", unencrypted.len());
            for index in 65_500_u32..65_600 {
                let plain = rtp(SSRCS[0], index as u16, index as usize, index as usize % 200);
                exchange(&ours, &mut peer, PacketKind::Rtp, &plain, &what);
            }
            align_srtcp(&ours, SSRCS[0]);
            for len in (0..=200).step_by(4) {
                exchange(&ours, &mut peer, PacketKind::Rtcp, &rtcp(SSRCS[0], len), &what);
            }
        }
    }
}

/// A small generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// What a bad network makes of `sent`: late by up to 300 packets, lost, doubled, and one bit off.
///
/// The bit is in the bytes of `forged`, which leave header and SRTCP word alone: a packet that claims another index is
/// another question.
fn mangle(sent: &[Vec<u8>], forged: Range<u64>, dice: &mut Dice) -> Vec<Vec<u8>> {
    let mut arrivals: Vec<(usize, Vec<u8>)> = Vec::new();
    for (at, packet) in sent.iter().enumerate() {
        for _ in 0..[0, 1, 1, 1, 1, 1, 2, 3][dice.roll(8) as usize] {
            let late = [0, 2, 2, 20, 150, 300][dice.roll(6) as usize];
            let mut packet = packet.clone();
            if dice.roll(10) == 0 {
                let byte = forged.start + dice.roll(forged.end - forged.start);
                packet[byte as usize] ^= 1 << dice.roll(8);
            }
            arrivals.push((at + dice.roll(late + 1) as usize, packet));
        }
    }
    arrivals.sort_by_key(|(at, _)| *at);
    arrivals.into_iter().map(|(_, packet)| packet).collect()
}

/// Both get the same arrivals and must say the same of each.
fn compare_verdicts(suite: CryptoSuite, kind: PacketKind, sent: &[Vec<u8>], seed: u64) {
    let forged = match kind {
        PacketKind::Rtp => 12..sent[0].len() as u64,
        PacketKind::Rtcp => 8..32,
    };
    let (ours, mut peer) = (Ours::new(suite, &[SsrcRule::Any]), Peer::new(suite));
    let mut seen = [0; 4];
    for (at, packet) in mangle(sent, forged, &mut Dice(seed)).iter().enumerate() {
        let (mine, theirs) = (ours.unprotect(kind, packet), peer.unprotect(kind, packet));
        assert_eq!(mine, theirs, "{suite} {kind:?} seed {seed} arrival {at}");
        seen[match mine {
            Ok(_) => 0,
            Err(Error::AuthFailed) => 1,
            Err(Error::Replayed) => 2,
            Err(Error::TooOld) => 3,
            Err(other) => panic!("{other}"),
        }] += 1;
    }
    assert!(seen.iter().all(|count| *count > 0), "a verdict that never came: {seen:?}");
}

#[test]
fn reordered_doubled_and_forged_rtp_gets_the_same_verdicts_across_a_wrap() {
    for suite in CryptoSuite::all() {
        for seed in 1..=3 {
            let sender = Ours::new(suite, &[SsrcRule::Any]);
            let sent: Vec<_> = (65_000_u32..66_200)
                .map(|index| sender.protect(PacketKind::Rtp, &rtp(SSRCS[0], index as u16, 0, 20)))
                .collect();
            compare_verdicts(suite, PacketKind::Rtp, &sent, seed);
        }
    }
}

#[test]
fn reordered_doubled_and_forged_rtcp_gets_the_same_verdicts() {
    for suite in CryptoSuite::all() {
        let sender = Ours::new(suite, &[SsrcRule::Any]);
        let sent: Vec<_> = (0..800).map(|_| sender.protect(PacketKind::Rtcp, &rtcp(SSRCS[0], 24))).collect();
        compare_verdicts(suite, PacketKind::Rtcp, &sent, 5);
    }
}
