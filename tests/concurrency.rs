//! Sessions under many threads: no wrong plaintext, no index used twice, only
//! the errors that are documented, and no panic. Every loop is bounded by a count.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where the crate may not"
)]

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use voxseal::error::Error;
use voxseal::secret::MasterKey;
use voxseal::srtp::{
    Direction, MAX_TRAILER_LEN, Millis, PacketKind, Policy, SessionConfig, SessionId, SessionTable, SsrcRule,
};
use voxseal::suite::CryptoSuite::{self, AeadAes128Gcm, AesCm128HmacSha1_80};

const SSRC: u32 = 0x0102_0304;

fn policy(direction: Direction, suite: CryptoSuite, number: u32) -> Policy {
    let mut bytes = vec![7; suite.key_salt_len()];
    bytes[..4].copy_from_slice(&(number + 1).to_be_bytes());
    Policy::new(direction, SsrcRule::Any, MasterKey::new(suite, &bytes).unwrap())
}

/// A session that protects with one key and opens with another.
fn session(table: &SessionTable, suite: CryptoSuite, local: u32, remote: u32) -> SessionId {
    let id = table.insert(SessionConfig::default()).unwrap();
    table.apply(id, &policy(Direction::Outbound, suite, local), Millis(0)).unwrap();
    table.apply(id, &policy(Direction::Inbound, suite, remote), Millis(0)).unwrap();
    id
}

fn rtp(ssrc: u32, seq: u16, payload: u64) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(seq.to_be_bytes());
    packet.extend([0; 4]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend(payload.to_be_bytes());
    packet
}

fn rtcp(ssrc: u32, payload: u64) -> Vec<u8> {
    let mut packet = vec![0x80, 200, 0, 3];
    packet.extend(ssrc.to_be_bytes());
    packet.extend(payload.to_be_bytes());
    packet
}

fn protect(table: &SessionTable, id: SessionId, kind: PacketKind, plain: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; plain.len() + MAX_TRAILER_LEN];
    let len = table.outbound(id, |outbound| outbound.protect(kind, plain, &mut out))?;
    out.truncate(len);
    Ok(out)
}

fn unprotect(table: &SessionTable, id: SessionId, kind: PacketKind, sealed: &[u8]) -> Result<Vec<u8>, Error> {
    let mut packet = sealed.to_vec();
    let len = table.inbound(id, |inbound| inbound.unprotect(kind, &mut packet, || Millis(0)))?;
    packet.truncate(len);
    Ok(packet)
}

/// Runs `work` on as many threads, all starting together, and gives what each
/// returned.
fn on_threads<R: Send>(threads: u32, work: impl Fn(u32) -> R + Sync) -> Vec<R> {
    let start = Barrier::new(threads as usize);
    thread::scope(|scope| {
        let run = |number| {
            start.wait();
            work(number)
        };
        let running: Vec<_> = (0..threads).map(|number| scope.spawn(move || run(number))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "the other threads have stopped");
        thread::yield_now();
    }
}

#[test]
fn many_sessions_on_many_threads_do_not_meet() {
    let table = SessionTable::new();
    on_threads(8, |thread| {
        let keys = [2 * thread, 2 * thread + 1];
        let a = session(&table, AesCm128HmacSha1_80, keys[0], keys[1]);
        let b = session(&table, AesCm128HmacSha1_80, keys[1], keys[0]);
        for number in 0..1_500u64 {
            for (from, to) in [(a, b), (b, a)] {
                let plain = rtp(SSRC, number as u16, number);
                let sealed = protect(&table, from, PacketKind::Rtp, &plain).unwrap();
                assert_eq!(unprotect(&table, to, PacketKind::Rtp, &sealed), Ok(plain));
            }
        }
    });
}

#[test]
fn sessions_that_come_and_go_on_many_threads_never_share_a_number() {
    let table = SessionTable::new();
    let ids = on_threads(6, |thread| {
        let mut ids = Vec::new();
        let mut last: Option<SessionId> = None;
        for round in 0..400 {
            let id = session(&table, AesCm128HmacSha1_80, thread, thread);
            let plain = rtp(SSRC, round, u64::from(thread));
            let sealed = protect(&table, id, PacketKind::Rtp, &plain).unwrap();
            assert_eq!(unprotect(&table, id, PacketKind::Rtp, &sealed), Ok(plain.clone()));
            if let Some(last) = last.replace(id) {
                assert_eq!(protect(&table, last, PacketKind::Rtp, &plain), Err(Error::BadHandle));
                assert_eq!(table.remove(last), Err(Error::BadHandle));
            }
            ids.push(id);
            table.remove(id).unwrap();
        }
        ids
    });
    let ids: Vec<SessionId> = ids.into_iter().flatten().collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
}

#[test]
fn two_threads_that_send_under_one_index_cannot_both() {
    let table = SessionTable::new();
    let id = session(&table, AeadAes128Gcm, 1, 1);
    let sent = on_threads(4, |thread| {
        let mut sent = Vec::new();
        for number in 0..3_000u64 {
            // The same indexes, and another payload on each thread.
            let plain = rtp(SSRC + (number % 2) as u32, number as u16, u64::from(thread));
            match protect(&table, id, PacketKind::Rtp, &plain) {
                Ok(sealed) => sent.push((plain, sealed)),
                Err(Error::IndexReused | Error::TooOld) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        sent
    });
    let sent: Vec<_> = sent.into_iter().flatten().collect();
    let indexes: HashSet<_> = sent.iter().map(|(plain, _)| plain[..12].to_vec()).collect();
    assert_eq!(indexes.len(), sent.len(), "an index was used for two packets");
    assert!(sent.len() >= 3_000, "one of the threads sends each");
}

#[test]
fn srtcp_indexes_are_unique_whoever_sends() {
    let table = SessionTable::new();
    let id = session(&table, AeadAes128Gcm, 1, 1);
    let words = on_threads(4, |thread| {
        let send = |number| protect(&table, id, PacketKind::Rtcp, &rtcp(SSRC, number)).unwrap();
        let word = |sealed: Vec<u8>| u32::from_be_bytes(*sealed.last_chunk().unwrap());
        (0..1_000).map(|number| word(send(number << 8 | u64::from(thread)))).collect::<Vec<u32>>()
    });
    let mut words: Vec<u32> = words.into_iter().flatten().collect();
    words.sort_unstable();
    assert!(words.into_iter().eq((0..4_000).map(|index| 1 << 31 | index)));
}

#[test]
fn a_packet_that_arrives_on_two_threads_is_accepted_once() {
    let table = SessionTable::new();
    let (from, to) = (session(&table, AesCm128HmacSha1_80, 1, 2), session(&table, AesCm128HmacSha1_80, 2, 1));
    let send = |seq| protect(&table, from, PacketKind::Rtp, &rtp(SSRC, seq, 5)).unwrap();
    let sealed: Vec<_> = (0..3_000).map(send).collect();
    let accepted = on_threads(3, |_| {
        let receive = |packet: &Vec<u8>| match unprotect(&table, to, PacketKind::Rtp, packet) {
            Ok(plain) => Some(plain),
            // A thread that lags behind is late with what the others have had.
            Err(Error::Replayed | Error::TooOld) => None,
            Err(error) => panic!("{error:?}"),
        };
        sealed.iter().filter_map(receive).collect::<Vec<_>>()
    });
    let accepted: Vec<_> = accepted.into_iter().flatten().collect();
    assert_eq!(accepted.iter().collect::<HashSet<_>>().len(), accepted.len());
    assert_eq!(accepted.len(), sealed.len(), "whoever is first with a packet gets it");
}

const KEYS: u32 = 12;

/// Protects while the keys change; gives every packet sent with its plain form.
fn send_while(table: &SessionTable, id: SessionId, thread: u32, sent: &AtomicU32) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut packets = Vec::new();
    for number in 0..2_000u64 {
        let plain = rtp(SSRC + (number % 3) as u32, number as u16, number << 8 | u64::from(thread));
        match protect(table, id, PacketKind::Rtp, &plain) {
            Ok(sealed) => packets.push((plain, sealed)),
            Err(Error::IndexReused | Error::TooOld) => {}
            Err(error) => panic!("{error:?}"),
        }
        sent.fetch_add(1, Ordering::Relaxed);
    }
    packets
}

#[test]
fn rekeying_and_renaming_under_way_never_uses_a_key_ssrc_and_index_twice() {
    let table = SessionTable::new();
    let (id, sent, senders) = (session(&table, AeadAes128Gcm, 0, 0), AtomicU32::new(0), 3);
    let packets = on_threads(senders + 1, |thread| {
        if thread < senders {
            return send_while(&table, id, thread, &sent);
        }
        // Some keys come back: they must go on from their used indexes.
        for change in 1..4 * KEYS {
            wait_until(|| sent.load(Ordering::Relaxed) >= change * 100);
            let key = if change % 3 == 0 { change / 4 - change / 4 % 2 } else { change / 4 };
            match table.apply(id, &policy(Direction::Outbound, AeadAes128Gcm, key), Millis(0)) {
                Ok(()) | Err(Error::KeyReused) => {}
                Err(error) => panic!("{error:?}"),
            }
            let renamed = table.outbound(id, |outbound| {
                outbound.rename_ssrc(SSRC + change % 3, SSRC + (change + 1) % 3);
                Ok(())
            });
            assert_eq!(renamed, Ok(()));
        }
        Vec::new()
    });
    let receivers: Vec<_> = (0..KEYS).map(|key| session(&table, AeadAes128Gcm, 0, key)).collect();
    let mut used = HashMap::new();
    let mut packets: Vec<_> = packets.into_iter().flatten().collect();
    packets.sort_unstable();
    for (plain, sealed) in packets {
        // A second packet under a key, SSRC and index would be a replay to its
        // receiver, and garbage to the others.
        let opened = |key: &u32| {
            unprotect(&table, receivers[*key as usize], PacketKind::Rtp, &sealed).as_ref() == Ok(&plain)
        };
        let key = (0..KEYS).find(opened).expect("an index of a key was used twice");
        assert_eq!(used.insert((key, plain[..12].to_vec()), plain.clone()), None);
    }
    assert!(used.len() >= 1_000, "{}", used.len());
}

/// Sends to a session that ends in the meantime; gives what should not have
/// happened.
fn send_until_freed(
    table: &SessionTable,
    id: SessionId,
    (round, ssrc): (u32, u32),
    sent: &AtomicU32,
) -> Vec<String> {
    let (own, mut faults) = (SessionTable::new(), Vec::new());
    let reference = session(&own, AesCm128HmacSha1_80, round, round);
    for seq in 0..40 {
        let plain = rtp(ssrc, seq, u64::from(round));
        let expected = protect(&own, reference, PacketKind::Rtp, &plain).unwrap();
        let sealed = protect(table, id, PacketKind::Rtp, &plain);
        if sealed != Err(Error::BadHandle) && sealed.as_ref() != Ok(&expected) {
            faults.push(format!("round {round}: sealed as {sealed:?}"));
        }
        let opened = unprotect(table, id, PacketKind::Rtp, &expected);
        if opened != Err(Error::BadHandle) && opened != Ok(plain) {
            faults.push(format!("round {round}: opened as {opened:?}"));
        }
        sent.fetch_add(1, Ordering::Relaxed);
    }
    faults
}

#[test]
fn packets_that_race_with_the_end_of_their_session_are_good_or_refused() {
    let (table, suite, rounds) = (SessionTable::new(), AesCm128HmacSha1_80, 150);
    let mut id = session(&table, suite, 0, 0);
    for round in 0..rounds {
        let (next, sent) = (Mutex::new(id), AtomicU32::new(0));
        let faults = on_threads(3, |thread| {
            if thread > 0 {
                return send_until_freed(&table, id, (round, SSRC + thread), &sent);
            }
            wait_until(|| sent.load(Ordering::Relaxed) >= round % 60);
            assert_eq!(table.remove(id), Ok(()));
            // In the same place of the table, with other keys, while packets still come.
            *next.lock().unwrap() = session(&table, suite, round + 1, round + 1);
            Vec::new()
        });
        assert_eq!(faults.concat(), Vec::<String>::new());
        let before = id;
        id = next.into_inner().unwrap();
        assert_eq!(protect(&table, before, PacketKind::Rtp, &rtp(SSRC, 0, 0)), Err(Error::BadHandle));
    }
}
