//! The same for RTCP, whose index stands in the packet.
//! Run: `cargo +nightly fuzz run srtcp_in fuzz/corpus/srtcp_in fuzz/seeds/srtcp_in`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| voxseal::fuzzing::srtcp_in(data));
