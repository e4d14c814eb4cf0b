//! What a session costs in memory: nothing per packet, little per call, and
//! nothing for what an attacker sends. A counting allocator is the witness.
#![allow(unsafe_code, reason = "a global allocator is unsafe by nature; this one only counts")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where the crate may not"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use voxseal::error::Error;
use voxseal::sdes::{Negotiation, Settings};
use voxseal::secret::MasterKey;
use voxseal::srtp::{
    Direction, MAX_TRAILER_LEN, Millis, PacketKind, Policy, SessionConfig, SessionId, SessionTable, SsrcRule,
};
use voxseal::suite::CryptoSuite;

struct Counting;

thread_local! {
    /// Of this thread alone: the test harness allocates when it likes.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static LIVE_BYTES: Cell<i64> = const { Cell::new(0) };
    static MOST_LIVE_BYTES: Cell<i64> = const { Cell::new(0) };
}

fn count(allocations: u64, bytes: i64) {
    ALLOCATIONS.set(ALLOCATIONS.get() + allocations);
    LIVE_BYTES.set(LIVE_BYTES.get() + bytes);
    MOST_LIVE_BYTES.set(MOST_LIVE_BYTES.get().max(LIVE_BYTES.get()));
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as i64);
        // SAFETY: by this function's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        count(0, -(layout.size() as i64));
        // SAFETY: by this function's contract.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(1, new_size as i64 - layout.size() as i64);
        // SAFETY: by this function's contract.
        unsafe { System.realloc(ptr, layout, new_size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What happened while `work` ran.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    allocations: u64,
    /// What it holds more than before.
    bytes: i64,
}

const NOTHING: Cost = Cost { allocations: 0, bytes: 0 };

fn cost_of<R>(work: impl FnOnce() -> R) -> (R, Cost) {
    let (allocations, bytes) = (ALLOCATIONS.get(), LIVE_BYTES.get());
    let result = work();
    (result, Cost { allocations: ALLOCATIONS.get() - allocations, bytes: LIVE_BYTES.get() - bytes })
}

/// The most bytes that were held at any time while `work` ran.
fn most_held<R>(work: impl FnOnce() -> R) -> (R, i64) {
    let before = LIVE_BYTES.get();
    MOST_LIVE_BYTES.set(before);
    let result = work();
    (result, MOST_LIVE_BYTES.get() - before)
}

static TABLE: SessionTable = SessionTable::new();
const SSRC: u32 = 0x0102_0304;
const PAYLOAD: usize = 160;

fn policy(direction: Direction, suite: CryptoSuite, seed: u32) -> Policy {
    let mut bytes: Vec<u8> = (0..suite.key_salt_len() as u8).collect();
    bytes[..4].copy_from_slice(&(seed + 1).to_be_bytes());
    Policy::new(direction, SsrcRule::Any, MasterKey::new(suite, &bytes).unwrap())
}

/// A session that opens what it seals.
fn session(suite: CryptoSuite) -> SessionId {
    let id = TABLE.insert(SessionConfig::default()).unwrap();
    for direction in [Direction::Outbound, Direction::Inbound] {
        TABLE.apply(id, &policy(direction, suite, 0), Millis(0)).unwrap();
    }
    id
}

/// A packet with all that is around it on the stack.
struct Buffer {
    plain: [u8; 12 + PAYLOAD],
    sealed: [u8; 12 + PAYLOAD + MAX_TRAILER_LEN],
}

impl Buffer {
    fn new() -> Buffer {
        Buffer { plain: [0x80; 12 + PAYLOAD], sealed: [0; 12 + PAYLOAD + MAX_TRAILER_LEN] }
    }

    fn write(&mut self, kind: PacketKind, ssrc: u32, seq: u16) {
        let ssrc_at = if kind == PacketKind::Rtp { 8 } else { 4 };
        self.plain[2..4].copy_from_slice(&seq.to_be_bytes());
        self.plain[ssrc_at..ssrc_at + 4].copy_from_slice(&ssrc.to_be_bytes());
    }

    fn protect(&mut self, id: SessionId, kind: PacketKind) -> Result<usize, Error> {
        TABLE.outbound(id, |outbound| outbound.protect(kind, &self.plain, &mut self.sealed))
    }

    fn unprotect(&mut self, id: SessionId, kind: PacketKind, len: usize) -> Result<usize, Error> {
        let packet = &mut self.sealed[..len];
        TABLE.inbound(id, |inbound| inbound.unprotect(kind, packet, || Millis(0)))
    }

    fn round_trip(&mut self, id: SessionId, kind: PacketKind, ssrc: u32, seq: u16) {
        self.write(kind, ssrc, seq);
        let len = self.protect(id, kind).unwrap();
        assert_eq!(self.unprotect(id, kind, len), Ok(self.plain.len()));
        assert_eq!(self.sealed[..self.plain.len()], self.plain);
    }
}

const KINDS: [PacketKind; 2] = [PacketKind::Rtp, PacketKind::Rtcp];

#[test]
fn packets_of_known_streams_allocate_nothing() {
    for suite in CryptoSuite::all() {
        let (id, mut buffer) = (session(suite), Buffer::new());
        let ssrcs = [SSRC, 1, u32::MAX];
        ssrcs.iter().for_each(|ssrc| buffer.round_trip(id, PacketKind::Rtp, *ssrc, 65_000));
        let ((), cost) = cost_of(|| {
            for step in 1..1_000u16 {
                for ssrc in ssrcs {
                    KINDS.iter().for_each(|kind| {
                        buffer.round_trip(id, *kind, ssrc, 65_000u16.wrapping_add(step));
                    });
                }
            }
        });
        assert_eq!(cost, NOTHING, "{suite}");
        TABLE.remove(id).unwrap();
    }
}

#[test]
fn refused_packets_allocate_nothing() {
    for suite in CryptoSuite::all() {
        let (id, mut buffer) = (session(suite), Buffer::new());
        buffer.round_trip(id, PacketKind::Rtp, SSRC, 0);
        let ((), cost) = cost_of(|| {
            for seq in 1..1_000 {
                buffer.write(PacketKind::Rtp, SSRC, seq);
                let len = buffer.protect(id, PacketKind::Rtp).unwrap();
                buffer.sealed[20] ^= 1;
                assert_eq!(buffer.unprotect(id, PacketKind::Rtp, len), Err(Error::AuthFailed));
                assert!(buffer.unprotect(id, PacketKind::Rtp, 11).is_err(), "cut short");
                buffer.sealed[20] ^= 1;
                let again = buffer.sealed;
                buffer.unprotect(id, PacketKind::Rtp, len).unwrap();
                buffer.sealed = again;
                assert_eq!(buffer.unprotect(id, PacketKind::Rtp, len), Err(Error::Replayed));
            }
        });
        assert_eq!(cost, NOTHING, "{suite}");
        TABLE.remove(id).unwrap();
    }
}

#[test]
fn a_hundred_thousand_forged_ssrcs_cost_no_memory() {
    let (id, mut buffer) = (session(CryptoSuite::AesCm128HmacSha1_80), Buffer::new());
    buffer.round_trip(id, PacketKind::Rtp, SSRC, 0);
    buffer.round_trip(id, PacketKind::Rtcp, SSRC, 0);
    let ((), cost) = cost_of(|| {
        for number in 0..100_000u32 {
            for (kind, ssrc_at) in [(PacketKind::Rtp, 8), (PacketKind::Rtcp, 4)] {
                buffer.write(kind, SSRC, 1);
                buffer.sealed[..12 + PAYLOAD].copy_from_slice(&buffer.plain);
                let ssrc = number.wrapping_mul(0x9e37_79b9) | 1 << 31;
                buffer.sealed[ssrc_at..ssrc_at + 4].copy_from_slice(&ssrc.to_be_bytes());
                assert!(buffer.unprotect(id, kind, 12 + PAYLOAD).is_err());
            }
        }
    });
    assert_eq!(cost, NOTHING);
    let streams = TABLE.inbound(id, |inbound| Ok(inbound.streams().count()));
    assert_eq!(streams, Ok(1));
    TABLE.remove(id).unwrap();
}

/// Heap bytes that one session may hold with one stream each way, a few more
/// than measured on x86-64: 756 to 884 with AES-CM, 916 and 1044 with AES-GCM.
/// The session's place in the table (see below) comes on top.
fn most_bytes(suite: CryptoSuite) -> i64 {
    match suite {
        CryptoSuite::AesCm128HmacSha1_80 | CryptoSuite::AesCm128HmacSha1_32 => 2048 - SLOT,
        _ => 2240 - SLOT,
    }
}

/// Bytes of a place in the table.
const SLOT: i64 = 1152;

#[test]
fn a_session_with_one_stream_each_way_is_small_and_gives_everything_back() {
    // The table makes slots for 256 sessions at a time and keeps them.
    let (warm, mut buffer) = (session(CryptoSuite::AesCm128HmacSha1_80), Buffer::new());
    TABLE.remove(warm).unwrap();
    for suite in CryptoSuite::all() {
        let (id, cost) = cost_of(|| {
            let id = session(suite);
            for seq in 0..10 {
                KINDS.iter().for_each(|kind| buffer.round_trip(id, *kind, SSRC, seq));
            }
            id
        });
        println!("{suite}: {} bytes in {} allocations", cost.bytes, cost.allocations);
        assert!(cost.bytes <= most_bytes(suite), "{suite}: {cost:?}");
        let (removed, after) = cost_of(|| TABLE.remove(id));
        assert_eq!((removed, after.bytes), (Ok(()), -cost.bytes), "{suite}: all of it comes back");
    }
}

#[test]
fn a_place_in_the_table_is_small() {
    const SESSIONS: i64 = 256;
    let table = Box::new(SessionTable::new());
    let (id, cost) = cost_of(|| table.insert(SessionConfig::default()).unwrap());
    let (removed, freed) = cost_of(|| table.remove(id));
    let slot = (cost.bytes + freed.bytes) / SESSIONS;
    println!("{slot} bytes for each place in the table");
    assert!(removed == Ok(()) && slot <= SLOT, "{slot}");
}

#[test]
fn a_session_that_rekeys_without_end_stays_bounded() {
    let suite = CryptoSuite::AesCm128HmacSha1_80;
    let (id, mut buffer) = (session(suite), Buffer::new());
    let ((), cost) = cost_of(|| {
        for number in 1..1_000 {
            for direction in [Direction::Outbound, Direction::Inbound] {
                TABLE.apply(id, &policy(direction, suite, number), Millis(0)).unwrap();
            }
            buffer.round_trip(id, PacketKind::Rtp, SSRC, number as u16);
        }
    });
    println!("{} bytes after 999 rekeyings", cost.bytes);
    assert!(cost.bytes <= 999 * 16 + 16_384, "{cost:?}: more than a fingerprint for each old key");
    TABLE.remove(id).unwrap();
}

#[test]
fn a_stream_that_retransmits_holds_one_long_history_and_no_more() {
    let (id, mut buffer) = (session(CryptoSuite::AesCm128HmacSha1_80), Buffer::new());
    let retransmit = |buffer: &mut Buffer, seq| {
        buffer.round_trip(id, PacketKind::Rtp, SSRC, seq);
        buffer.protect(id, PacketKind::Rtp).unwrap();
    };
    let ((), first) = cost_of(|| retransmit(&mut buffer, 0));
    assert!(first.bytes <= 16_384, "{first:?}");
    let ((), later) = cost_of(|| (1..1_000).for_each(|seq| retransmit(&mut buffer, seq)));
    assert_eq!(later, NOTHING);
    TABLE.remove(id).unwrap();
}

/// More than any line needs: 16 keys and 16 parameters from 4096 bytes.
const MOST_BYTES_OF_A_LINE: i64 = 16 * 1024;

#[test]
fn hostile_crypto_lines_allocate_within_a_bound() {
    let key = "WpjkRMJa2SxB/MF0MKkdLG5R/VRHWLr7NgD6C7dy";
    let suite = "1 AES_CM_128_HMAC_SHA1_80";
    let numbered = |n: usize| format!("inline:{}|2^48|{}:128", key, "9".repeat(100 + n));
    let many_keys: Vec<String> = (0..100).map(numbered).collect();
    let lines = [
        "A".repeat(100_000),
        format!("{suite} inline:{}", "A".repeat(100_000)),
        format!("{suite} inline:{}", "A".repeat(4000)),
        format!("{suite} {}", many_keys.join(";")),
        format!("{suite} {}", ";".repeat(4000)),
        format!("{suite} inline:{key} {}", "-X ".repeat(1300)),
        format!("{suite} inline:{key} {}", "FEC_KEY=".repeat(500)),
        format!("{suite} inline:{key}|{}:128", "9".repeat(4000)),
        format!("{suite} {}{suite}", " ".repeat(4000)),
    ];
    for line in &lines {
        let mut negotiation = Negotiation::new(Settings::default());
        let process = || negotiation.process(line.as_bytes(), &mut |_| Err(Error::Random)).is_err();
        let (refused, held) = most_held(process);
        assert!(refused);
        assert!(held <= MOST_BYTES_OF_A_LINE, "{held} bytes for {}", &line[..40]);
    }
}
