//! RTP that is protected, delivered, damaged or made up: nothing that was not sent may come out, nothing twice.
//! Run: `cargo +nightly fuzz run srtp_in fuzz/corpus/srtp_in fuzz/seeds/srtp_in`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| voxseal::fuzzing::srtp_in(data));
