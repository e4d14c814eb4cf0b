//! The fuzz targets' bodies over the named seeds and over mutations of these:
//! the same every time, on any toolchain. `VOXSEAL_FUZZ_RUNS` sets how many
//! mutations of each seed; `VOXSEAL_FUZZ_SEED` makes them others.
#![cfg(feature = "fuzzing")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where the crate may not"
)]

#[path = "simulation/random.rs"]
#[allow(dead_code, reason = "shared with the simulation")]
mod random;

use random::Random;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::{env, fs};
use voxseal::fuzzing::{Body, TARGETS};

/// A number below `bound`.
fn below(random: &mut Random, bound: usize) -> usize {
    random.below(bound as u64) as usize
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The files of a target's folder, sorted.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fuzz_folder().join("seeds").join(target);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut seeds: Vec<_> = files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    seeds.sort();
    seeds
}

/// Runs a body and tells the bytes that break it.
fn run(target: &str, body: Body, data: &[u8], origin: &str) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| body(data))) {
        let hex: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
        eprintln!("{target}: {origin}, these bytes: {hex}");
        resume_unwind(panic);
    }
}

/// A few changes: bytes flipped, replaced, inserted, removed, repeated, and
/// pieces of other seeds.
fn mutate(seed: &[u8], others: &[(String, Vec<u8>)], random: &mut Random) -> Vec<u8> {
    let mut data = seed.to_vec();
    for _ in 0..=below(random, 6) {
        let at = below(random, data.len() + 1);
        let piece_end = at + below(random, data.len() - at + 1).min(40);
        match below(random, 7) {
            0 | 1 if at < data.len() => data[at] ^= 1 << below(random, 8),
            2 if at < data.len() => data[at] = below(random, 256) as u8,
            3 => data.insert(at, below(random, 256) as u8),
            4 => drop(data.drain(at..piece_end)),
            5 => {
                let piece = data[at..piece_end].to_vec();
                data.splice(at..at, piece);
            }
            _ => {
                let (_, other) = &others[below(random, others.len())];
                let from = below(random, other.len() + 1);
                data.splice(at..at, other[from..].iter().take(60).copied());
            }
        }
    }
    data.truncate(4096);
    data
}

fn smoke(target: &str) {
    let (_, body) = TARGETS.into_iter().find(|(name, _)| *name == target).unwrap();
    let (seeds, runs) = (seeds(target), number("VOXSEAL_FUZZ_RUNS", 2_000));
    assert!((1..=12).contains(&seeds.len()), "a dozen named seeds at most");
    let mut random = Random::new(number("VOXSEAL_FUZZ_SEED", 1));
    for (name, seed) in &seeds {
        run(target, body, seed, &format!("seed {name}"));
        for number in 0..runs {
            let data = mutate(seed, &seeds, &mut random);
            run(target, body, &data, &format!("mutation {number} of seed {name}"));
        }
    }
}

#[test]
fn srtp_in_holds_on_seeds_and_mutations() {
    smoke("srtp_in");
}

#[test]
fn srtcp_in_holds_on_seeds_and_mutations() {
    smoke("srtcp_in");
}

#[test]
fn crypto_attribute_holds_on_seeds_and_mutations() {
    smoke("crypto_attribute");
}

#[test]
fn abi_calls_hold_on_seeds_and_mutations() {
    smoke("abi_calls");
}

#[test]
fn tls_in_holds_on_seeds_and_mutations() {
    smoke("tls_in");
}

#[test]
fn every_body_has_its_target_and_its_seeds() {
    for (target, _) in TARGETS {
        let file = fuzz_folder().join(format!("fuzz_targets/{target}.rs"));
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(&format!("voxseal::fuzzing::{target}(data)")), "{target}");
        assert!(!seeds(target).is_empty());
    }
}
