//! Calls of the C ABI in any order, also on what was freed: best under AddressSanitizer.
//! Run: `cargo +nightly fuzz run abi_calls fuzz/corpus/abi_calls fuzz/seeds/abi_calls`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| voxseal::fuzzing::abi_calls(data));
