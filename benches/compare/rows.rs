//! One hot session: protect and unprotect by suite and payload.

use crate::Peers;
use crate::support::floor::{Floor, Session};
use crate::support::kernels::{Kernels, Order};
use crate::support::libsrtp::Libsrtp;
use crate::support::measure::{Slice, Times, timed};
use crate::support::ours::Ours;
use crate::support::packets::{Arrivals, OUTBOUND_SSRC, ROOM, Stream};
use crate::support::{Peer, machine};
use aes::{Aes128Enc, Aes256Enc};
use std::time::Duration;
use voxseal::suite::CryptoSuite::{self, *};

const SUITES: [CryptoSuite; 3] = [AesCm128HmacSha1_80, AeadAes128Gcm, Aes256CmHmacSha1_80];
const PAYLOADS: [usize; 3] = [20, 160, 1200];
/// Packets in a slice: ours takes a few microseconds for them.
const SLICE: usize = 24;

/// Measures all rows and prints them as a table.
pub fn print(peers: &Peers, budget: Duration) {
    println!(
        "\n| suite, operation, payload | ours ns | ÷ kernels | ÷ kernels in turn | ÷ RustCrypto | A ns | A quiet | A paired | B ns | B quiet | B paired |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for suite in SUITES {
        for (operation, slice) in [("protect", protect as Operation), ("unprotect", unprotect)] {
            for payload in PAYLOADS {
                let times = row(peers, suite, payload, slice, budget);
                println!("| {suite} {operation} {payload} | {times} |");
            }
        }
    }
    println!("Allocations per packet of ours: {}", allocations_per_packet());
}

/// Peers: ours, RustCrypto's primitives, A, B if it is installed, the kernels if this CPU has their instructions, overlapping and
/// in turn.
fn cast(peers: &Peers, suite: CryptoSuite) -> Vec<Box<dyn Peer>> {
    let (floor, session): (Box<dyn Peer>, _) = match suite {
        Aes256CmHmacSha1_80 => {
            (Box::new(Floor::<Aes256Enc>::new(suite)), Session::derive::<Aes256Enc>(suite))
        }
        _ => (Box::new(Floor::<Aes128Enc>::new(suite)), Session::derive::<Aes128Enc>(suite)),
    };
    let mut cast: Vec<Box<dyn Peer>> = vec![Box::new(Ours::new(suite)), floor];
    for api in [Some(peers.linked), peers.installed].into_iter().flatten() {
        cast.push(Box::new(Libsrtp::new(api, suite)));
    }
    for order in [Order::Overlapping, Order::InTurn] {
        cast.extend(Kernels::new(&session, order).map(|kernels| Box::new(kernels) as Box<dyn Peer>));
    }
    cast
}

type Operation = fn(Box<dyn Peer>, CryptoSuite, usize) -> Slice<'static>;

fn row(peers: &Peers, suite: CryptoSuite, payload: usize, operation: Operation, budget: Duration) -> String {
    check_identical(cast(peers, suite), suite, payload);
    let mut slices: Vec<Slice<'_>> =
        cast(peers, suite).into_iter().map(|peer| operation(peer, suite, payload)).collect();
    let times = Times::take(budget, &mut slices);
    let ours = times.quiet(0);
    let installed = if peers.installed.is_some() { 4 } else { 3 };
    let by = |peer| format!("{:.2}", ours / times.quiet(peer));
    let by_kernels = |peer| if peer < slices.len() { by(peer) } else { "–".into() };
    let mut cells = vec![format!("{ours:.0}"), by_kernels(installed), by_kernels(installed + 1), by(1)];
    for peer in 2..4 {
        if peer < installed {
            let theirs = times.quiet(peer);
            cells.push(format!("{theirs:.0} | {:.2}× | {:.2}×", theirs / ours, times.paired(peer)));
        } else {
            cells.push("not installed | – | –".into());
        }
    }
    cells.join(" | ")
}

/// Every peer seals the same bytes and opens them again, also across the slices' borders.
fn check_identical(mut cast: Vec<Box<dyn Peer>>, suite: CryptoSuite, payload: usize) {
    let mut stream = Stream::new(OUTBOUND_SSRC, payload);
    for _ in 0..SLICE * 3 {
        let plain = stream.next();
        let (mut expected, mut sealed) = ([0; ROOM], [0; ROOM]);
        let len = cast[0].protect(plain, &mut expected);
        for peer in &mut cast[1..] {
            assert_eq!(peer.protect(plain, &mut sealed), len);
            assert!(sealed[..len] == expected[..len], "{suite} {payload}: the bytes differ");
        }
    }
    let mut arrivals = Arrivals::new(Ours::with_ssrc(suite, 0), payload, SLICE);
    for packet in arrivals.next() {
        let expected = {
            let mut packet = packet.to_vec();
            let len = cast[0].unprotect(&mut packet);
            packet.truncate(len);
            packet
        };
        for peer in &mut cast[1..] {
            let mut packet = packet.to_vec();
            let len = peer.unprotect(&mut packet);
            assert!(packet[..len] == expected, "{suite} {payload}: the plain packets differ");
        }
    }
}

fn protect(mut peer: Box<dyn Peer>, _: CryptoSuite, payload: usize) -> Slice<'static> {
    let mut stream = Stream::new(OUTBOUND_SSRC, payload);
    let mut out = [0; ROOM];
    Box::new(move || {
        timed(SLICE, || {
            for _ in 0..SLICE {
                std::hint::black_box(peer.protect(stream.next(), &mut out));
            }
        })
    })
}

/// The packets are made outside of the timed part: each can be opened once.
fn unprotect(mut peer: Box<dyn Peer>, suite: CryptoSuite, payload: usize) -> Slice<'static> {
    let mut arrivals = Arrivals::new(Ours::with_ssrc(suite, 0), payload, SLICE);
    Box::new(move || {
        let packets = arrivals.next();
        timed(SLICE, || {
            for packet in packets {
                std::hint::black_box(peer.unprotect(packet));
            }
        })
    })
}

fn allocations_per_packet() -> f64 {
    const COUNT: usize = 10_000;
    let (mut ours, mut out) = (Ours::new(SUITES[0]), [0; ROOM]);
    let mut stream = Stream::new(OUTBOUND_SSRC, 160);
    ours.protect(stream.next(), &mut out);
    let before = machine::allocations();
    for _ in 0..COUNT {
        ours.protect(stream.next(), &mut out);
    }
    (machine::allocations() - before) as f64 / COUNT as f64
}
