//! One a=crypto line: read, written and negotiated.
//! Run: `cargo +nightly fuzz run crypto_attribute fuzz/corpus/crypto_attribute fuzz/seeds/crypto_attribute`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| voxseal::fuzzing::crypto_attribute(data));
