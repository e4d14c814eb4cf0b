//! Ours alone, for regressions: `cargo bench --bench packets`, then again after a change.
//!
//! - `Protect/*`, `Unprotect/*`: what a packet costs a call that is up. Worse here: ciphers, copies, look-ups, locks.
//! - `Setup/*`: what a call costs once. Worse here: key derivation and the session table.
//! - `Provider/*`: one transform by each provider that is built in (`--features openssl`), without a session around it.
//! - `Floor/*`: the primitives alone. Worse here too: not us but the machine, or a dependency.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench stops where the crate may not"
)]

mod support;

use aes::Aes128Enc;
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, measurement::WallTime};
use std::hint::black_box;
use std::time::Duration;
use support::floor::Floor;
use support::ours::Ours;
use support::packets::{Arrivals, INBOUND_SSRC, OUTBOUND_SSRC, ROOM, Stream};
use support::{Peer, key};
use voxseal::crypto::{Provider, Transform};
use voxseal::secret::MasterKey;
use voxseal::suite::CryptoSuite::{self, *};

const SUITES: [CryptoSuite; 3] = [AesCm128HmacSha1_80, AeadAes128Gcm, Aes256CmHmacSha1_80];
const PAYLOADS: [usize; 3] = [20, 160, 1200];

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    protect(&mut criterion);
    unprotect(&mut criterion);
    provider(&mut criterion);
    floor(&mut criterion);
    setup(&mut criterion);
    criterion.final_summary();
}

fn protect(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Protect");
    for suite in SUITES {
        for payload in PAYLOADS {
            protect_one(&mut group, suite.name(), payload, &mut Ours::new(suite));
        }
    }
}

fn protect_one(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, payload: usize, peer: &mut dyn Peer) {
    let (mut stream, mut out) = (Stream::new(OUTBOUND_SSRC, payload), [0; ROOM]);
    group.throughput(Throughput::Elements(1));
    group.bench_function(BenchmarkId::new(name, payload), |bencher| {
        bencher.iter(|| black_box(peer.protect(stream.next(), &mut out)));
    });
}

fn provider(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Provider");
    group.throughput(Throughput::Elements(1));
    for (suite, provider) in
        SUITES.into_iter().flat_map(|suite| Provider::ALL.iter().map(move |by| (suite, *by)))
    {
        for payload in PAYLOADS {
            let transform =
                Transform::derive_with(provider, &MasterKey::new(suite, &key(suite)).unwrap()).unwrap();
            let (mut packet, mut index) = (vec![0x80; 12 + payload], 0);
            let id = BenchmarkId::new(format!("{}/{}", suite.name(), provider.name()), payload);
            group.bench_function(id, |bencher| {
                bencher.iter(|| {
                    index += 1;
                    black_box(transform.seal_rtp(&mut packet, 12, index).unwrap());
                });
            });
        }
    }
}

/// Each packet can be opened once, so they come in batches that are sealed outside of the timed part.
fn unprotect(criterion: &mut Criterion) {
    const BATCH: usize = 64;
    let mut group = criterion.benchmark_group("Unprotect");
    group.throughput(Throughput::Elements(BATCH as u64));
    for suite in SUITES {
        for payload in PAYLOADS {
            let mut arrivals = Arrivals::new(Ours::with_ssrc(suite, 0), payload, BATCH);
            let mut receiver = Ours::new(suite);
            group.bench_function(BenchmarkId::new(suite.name(), payload), |bencher| {
                bencher.iter_batched(
                    || arrivals.next().map(|packet| packet.to_vec()).collect::<Vec<_>>(),
                    |mut packets| {
                        for packet in &mut packets {
                            black_box(receiver.unprotect(packet));
                        }
                        packets
                    },
                    BatchSize::PerIteration,
                );
            });
        }
    }
}

fn floor(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Floor");
    for suite in [AesCm128HmacSha1_80, AeadAes128Gcm] {
        for payload in PAYLOADS {
            protect_one(&mut group, suite.name(), payload, &mut Floor::<Aes128Enc>::new(suite));
        }
    }
}

fn setup(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Setup");
    for suite in SUITES {
        let master_key = MasterKey::new(suite, &key(suite)).unwrap();
        group.bench_function(BenchmarkId::new("derive", suite.name()), |bencher| {
            bencher.iter(|| Transform::derive(black_box(&master_key)));
        });
        group.bench_function(BenchmarkId::new("session", suite.name()), |bencher| {
            bencher.iter(|| Ours::new(black_box(suite)));
        });
    }
    let mut arrivals = Arrivals::new(Ours::with_ssrc(AesCm128HmacSha1_80, 0), 160, 1);
    let first = arrivals.next().next().unwrap().to_vec();
    assert_eq!(first[8..12], INBOUND_SSRC.to_be_bytes());
    group.bench_function("first packet each way", |bencher| {
        bencher.iter_batched(
            || (Ours::new(AesCm128HmacSha1_80), first.clone()),
            |(mut session, mut packet)| {
                let mut out = [0; ROOM];
                session.protect(Stream::new(OUTBOUND_SSRC, 160).next(), &mut out);
                session.unprotect(&mut packet);
                session
            },
            BatchSize::SmallInput,
        );
    });
}
