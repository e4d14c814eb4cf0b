//! A simulated network between two sessions, against a model that knows the
//! truth: which packet was sealed under which key, SSRC and index.
//!
//! Loss, bursts, reordering, doubles, forgeries, replays, wraps, holds, SSRC
//! changes, rekeying with packets on their way, MKIs, and ends that restart. The same
//! seed gives the same world. `VOXSEAL_SIM_SEED` and `VOXSEAL_SIM_STEPS` run
//! other worlds, and longer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where the crate may not"
)]

mod keys;
mod model;
mod network;
mod random;
mod sender;
mod world;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use voxseal::srtp::{Direction, Millis, PacketKind, SessionConfig, SessionTable};
use voxseal::suite::CryptoSuite;
use world::World;

/// Worlds of each suite, and the steps of each.
const WORLDS: u64 = 4;
const STEPS: u64 = 50_000;

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Runs worlds of one suite; says which one fails, and when.
fn simulate(suite: CryptoSuite) {
    let (first, steps) = (number("VOXSEAL_SIM_SEED", 1), number("VOXSEAL_SIM_STEPS", STEPS));
    for seed in first..first + WORLDS {
        let mut world = World::new(suite, seed);
        let run = catch_unwind(AssertUnwindSafe(|| {
            for _ in 0..steps {
                world.advance();
            }
        }));
        if let Err(panic) = run {
            eprintln!("{suite}: seed {seed}, step {}", world.step());
            resume_unwind(panic);
        }
        println!("{suite}: seed {seed}: {:?}", world.tally);
        let tally = &world.tally;
        assert!(tally.accepted > steps && tally.replays_refused > 0 && tally.forgeries_refused > 0);
        assert!(tally.rocs_found > 0 && tally.rekeys > 0 && tally.wraps > 10);
    }
}

#[test]
fn aes_cm_128_80_agrees_with_the_model_over_a_bad_network() {
    simulate(CryptoSuite::AesCm128HmacSha1_80);
}

#[test]
fn aes_cm_128_32_agrees_with_the_model_over_a_bad_network() {
    simulate(CryptoSuite::AesCm128HmacSha1_32);
}

#[test]
fn aes_192_cm_80_agrees_with_the_model_over_a_bad_network() {
    simulate(CryptoSuite::Aes192CmHmacSha1_80);
}

#[test]
fn aes_192_cm_32_agrees_with_the_model_over_a_bad_network() {
    simulate(CryptoSuite::Aes192CmHmacSha1_32);
}

#[test]
fn aes_256_cm_32_agrees_with_the_model_over_a_bad_network() {
    simulate(CryptoSuite::Aes256CmHmacSha1_32);
}

#[test]
fn aes_256_cm_80_agrees_with_the_model_over_a_bad_network() {
    simulate(CryptoSuite::Aes256CmHmacSha1_80);
}

#[test]
fn aead_aes_128_gcm_agrees_with_the_model_over_a_bad_network() {
    simulate(CryptoSuite::AeadAes128Gcm);
}

#[test]
fn aead_aes_256_gcm_agrees_with_the_model_over_a_bad_network() {
    simulate(CryptoSuite::AeadAes256Gcm);
}

/// Both packets of every pair fail at first; only one of them is genuine.
#[test]
fn a_roc_ahead_is_found_between_any_pattern_of_garbage() {
    let suite = CryptoSuite::AesCm128HmacSha1_80;
    for garbage in 1..=3 {
        let table = SessionTable::new();
        let [from, to] = [0, 1].map(|_| table.insert(SessionConfig::default()).unwrap());
        let line = keys::Line { suite, mki_len: 0 };
        table.apply(from, &line.policy(Direction::Outbound, 1), Millis(0)).unwrap();
        table.apply(to, &line.policy(Direction::Inbound, 1), Millis(0)).unwrap();
        let unprotect = |packet: &mut [u8]| {
            table.inbound(to, |inbound| inbound.unprotect(PacketKind::Rtp, packet, || Millis(0)))
        };
        let heard = (0..200u32).map(|number| 65_500 + number).any(|index| {
            let mut plain = vec![0x80, 0, (index >> 8) as u8, index as u8];
            plain.resize(60, 1);
            let mut sealed = [0; 100];
            let seal = |out: &mut [u8]| {
                table.outbound(from, |outbound| outbound.protect(PacketKind::Rtp, &plain, out))
            };
            let len = seal(&mut sealed).unwrap();
            let mut forged = sealed;
            forged[8] ^= 1;
            (0..garbage).for_each(|_| assert!(unprotect(&mut forged[..len]).is_err()));
            // The receiver was not there before the wrap.
            index > 65_600 && unprotect(&mut sealed[..len]).is_ok()
        });
        assert!(heard, "{garbage} forged packets before each genuine one");
    }
}
