//! A TLS peer that sends anything at all: no handshake comes of it, nothing can be read, bytes and places stay bounded.
//! Run: `cargo +nightly fuzz run tls_in fuzz/corpus/tls_in fuzz/seeds/tls_in`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| voxseal::fuzzing::tls_in(data));
