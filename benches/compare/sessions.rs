//! Many sessions: visited in turn, made and freed, their memory, and two threads.

use crate::Peers;
use crate::support::libsrtp::Libsrtp;
use crate::support::measure::{Slice, Times, timed};
use crate::support::ours::Ours;
use crate::support::packets::{INBOUND_SSRC, OUTBOUND_SSRC, ROOM, Stream};
use crate::support::{Peer, machine};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};
use voxseal::suite::CryptoSuite::AesCm128HmacSha1_80 as SUITE;

const PAYLOAD: usize = 160;
const SLICE: usize = 64;

/// Measures and prints.
pub fn print(peers: &Peers, budget: Duration, quick: bool) {
    let (many, some) = if quick { (200, 100) } else { (10_000, 1000) };
    println!("\n{SUITE}, {PAYLOAD} bytes, protect:");
    // All are made before any is freed, so that everybody's lie as they were made.
    let (ours_for_a, ours_for_b) = (Visits::new(many, ours), Visits::new(some, ours));
    let linked_ones = Visits::new(many, || Libsrtp::new(peers.linked, SUITE));
    let installed_ones = peers.installed.map(|api| Visits::new(some, || Libsrtp::new(api, SUITE)));
    memory(peers);
    in_turn("A", ours_for_a, linked_ones, budget * 2);
    if let Some(installed_ones) = installed_ones {
        in_turn("B", ours_for_b, installed_ones, budget * 2);
    }
    life(peers, budget);
    for (name, make) in [("ours", ours_boxed as Make), ("A", linked)] {
        let (one, two) = (threads(peers, make, 1, budget), threads(peers, make, 2, budget));
        println!(
            "- threads, {name}: one {:.2}, two {:.2} million packets/s, {:.2}×",
            one / 1e6,
            two / 1e6,
            two / one
        );
    }
}

type Make = fn(&Peers) -> Box<dyn Peer + Send>;

fn ours() -> Ours {
    Ours::new(SUITE)
}

fn ours_boxed(_: &Peers) -> Box<dyn Peer + Send> {
    Box::new(ours())
}

fn linked(peers: &Peers) -> Box<dyn Peer + Send> {
    Box::new(Libsrtp::new(peers.linked, SUITE))
}

/// Each packet in the next of many sessions: as they were made, when they lie at even distances and the CPU fetches the next ones
/// ahead, and in an order that it does not foresee.
fn in_turn(name: &str, mut ours: Visits<Ours>, mut theirs: Visits<Libsrtp>, budget: Duration) {
    let count = ours.sessions.len();
    let report = |order: &str, operation: &str, slices: &mut [Slice<'_>; 2]| {
        let times = Times::take(budget, slices);
        println!(
            "- {count} sessions {order}, {operation}: ours {:.0} ns, {name} {:.0} ns: quiet {:.2}×, paired {:.2}×",
            times.quiet(0),
            times.quiet(1),
            times.quiet(1) / times.quiet(0),
            times.paired(1),
        );
    };
    for order in ["in turn", "in random order"] {
        if order == "in random order" {
            ours.shuffle();
            theirs.shuffle();
        }
        report(order, "protect", &mut [ours.protect(), theirs.protect()]);
        report(order, "unprotect", &mut [ours.unprotect(), theirs.unprotect()]);
    }
}

/// Many sessions that have a stream each way, and their packets. A peer's handles lie side by side: what is fetched for a packet
/// is the session's own.
struct Visits<P> {
    sessions: Vec<P>,
    plain: Stream,
    sender: (Ours, Stream),
}

impl<P: Peer> Visits<P> {
    fn new(count: usize, make: impl Fn() -> P) -> Visits<P> {
        let (mut plain, mut sender) = (Stream::new(OUTBOUND_SSRC, PAYLOAD), sender());
        let arrived = arrived(&mut sender);
        let sessions = (0..count).map(|_| in_call(make(), &arrived)).collect();
        // The sessions have seen the first packet of either stream.
        plain.next();
        Visits { sessions, plain, sender }
    }

    /// The same order for all peers.
    fn shuffle(&mut self) {
        let mut numbered: Vec<_> = self.sessions.drain(..).enumerate().collect();
        numbered.sort_by_key(|(number, _)| BuildHasherDefault::<DefaultHasher>::new().hash_one(number));
        self.sessions.extend(numbered.into_iter().map(|(_, session)| session));
    }

    fn protect(&mut self) -> Slice<'_> {
        let mut out = [0; ROOM];
        in_rounds(
            &mut self.sessions,
            || self.plain.next().to_vec(),
            move |session, packet| session.protect(packet, &mut out),
        )
    }

    /// All sessions have one key, so that each of them can open the same packet once.
    fn unprotect(&mut self) -> Slice<'_> {
        let mut buffer = [0; ROOM];
        in_rounds(
            &mut self.sessions,
            || arrived(&mut self.sender),
            move |session, packet| {
                let buffer = &mut buffer[..packet.len()];
                buffer.copy_from_slice(packet);
                session.unprotect(buffer)
            },
        )
    }
}

/// Runs a packet through all sessions, one after another, and then the next packet.
fn in_rounds<'a, P: Peer>(
    sessions: &'a mut [P],
    mut next_packet: impl FnMut() -> Vec<u8> + 'a,
    mut run: impl FnMut(&mut P, &[u8]) -> usize + 'a,
) -> Slice<'a> {
    let (mut packet, mut next) = (next_packet(), 0);
    Box::new(move || {
        timed(SLICE, || {
            for _ in 0..SLICE {
                if next == sessions.len() {
                    next = 0;
                    packet = next_packet();
                }
                black_box(run(&mut sessions[next], &packet));
                next += 1;
            }
        })
    })
}

/// A session's life without packets: made, a key for each direction, freed.
fn life(peers: &Peers, budget: Duration) {
    const COUNT: usize = 4;
    let apis = [Some(peers.linked), peers.installed];
    let mut slices: Vec<Slice<'_>> =
        vec![Box::new(|| timed(COUNT, || (0..COUNT).for_each(|_| drop(black_box(Ours::new(SUITE))))))];
    for api in apis.into_iter().flatten() {
        let life =
            move || timed(COUNT, || (0..COUNT).for_each(|_| drop(black_box(Libsrtp::new(api, SUITE)))));
        slices.push(Box::new(life));
    }
    let times = Times::take(budget, &mut slices);
    let cells: Vec<_> = ["ours", "A", "B"]
        .iter()
        .zip(0..slices.len())
        .map(|(name, at)| format!("{name} {:.2} µs", times.quiet(at) / 1000.0))
        .collect();
    println!("- session made with a key each way, and freed: {}", cells.join(", "));
}

/// Heap of a session with one stream each way, and of ours its place in the table, as all places are taken.
fn memory(peers: &Peers) {
    let ours = weigh(|| Ours::new(SUITE));
    let theirs = weigh(|| Libsrtp::new(peers.linked, SUITE));
    println!("- heap of a session with one stream each way: ours {ours} B, A {theirs} B");
}

fn weigh<P: Peer>(make: impl Fn() -> P) -> usize {
    const COUNT: usize = 1024;
    let arrived = arrived(&mut sender());
    let mut sessions = Vec::with_capacity(COUNT);
    let before = machine::heap_in_use();
    for _ in 0..COUNT {
        sessions.push(in_call(make(), &arrived));
    }
    (machine::heap_in_use() - before) / COUNT
}

/// The other end of any session's inbound direction.
fn sender() -> (Ours, Stream) {
    (Ours::with_ssrc(SUITE, 0), Stream::new(INBOUND_SSRC, PAYLOAD))
}

/// Its next packet.
fn arrived((sender, stream): &mut (Ours, Stream)) -> Vec<u8> {
    let mut packet = vec![0; ROOM];
    let len = sender.protect(stream.next(), &mut packet);
    packet.truncate(len);
    packet
}

/// The session with a stream each way, as that of any call: it has carried a packet of each.
fn in_call<P: Peer>(mut session: P, arrived: &[u8]) -> P {
    let (mut out, mut packet) = ([0; ROOM], [0; ROOM]);
    session.protect(Stream::new(OUTBOUND_SSRC, PAYLOAD).next(), &mut out);
    packet[..arrived.len()].copy_from_slice(arrived);
    session.unprotect(&mut packet[..arrived.len()]);
    session
}

/// Packets per second of `count` threads, each with its own session; the best of several tries.
fn threads(peers: &Peers, make: Make, count: usize, budget: Duration) -> f64 {
    const TRIES: u32 = 12;
    (0..TRIES).map(|_| attempt(peers, make, count, budget / TRIES)).fold(0.0, f64::max)
}

fn attempt(peers: &Peers, make: Make, count: usize, budget: Duration) -> f64 {
    let start = Barrier::new(count);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|_| {
                let (mut session, start) = (make(peers), &start);
                scope.spawn(move || {
                    let (mut stream, mut out) = (Stream::new(OUTBOUND_SSRC, PAYLOAD), [0; ROOM]);
                    start.wait();
                    let (begin, mut packets) = (Instant::now(), 0_u32);
                    while begin.elapsed() < budget || packets == 0 {
                        for _ in 0..SLICE {
                            black_box(session.protect(stream.next(), &mut out));
                        }
                        packets += SLICE as u32;
                    }
                    f64::from(packets) / begin.elapsed().as_secs_f64()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}
