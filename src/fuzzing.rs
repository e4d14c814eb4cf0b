//! The bodies of the fuzz targets, in the crate so that they compile with it and
//! cannot rot. `fuzz/fuzz_targets` calls them under cargo-fuzz; `make fuzz-smoke`
//! runs them over the seeds and mutations of these, on any toolchain.
//!
//! A body takes any bytes and returns, or it panics: then the bytes are a bug. An
//! `expect` says what is promised and tried there; where it is the body's own
//! arrangement that can be relied on, a comment beside it says why.

#![allow(clippy::expect_used, clippy::panic, reason = "a broken promise stops a fuzzer by a panic")]

mod packets;
mod sdes;
mod tls;

pub use crate::ffi::abi_calls;
pub use packets::{srtcp_in, srtp_in};
pub use sdes::crypto_attribute;
pub use tls::tls_in;

/// A fuzz target's body.
pub type Body = fn(&[u8]);

/// Every body by the name of its target.
pub const TARGETS: [(&str, Body); 5] = [
    ("srtp_in", srtp_in),
    ("srtcp_in", srtcp_in),
    ("crypto_attribute", crypto_attribute),
    ("abi_calls", abi_calls),
    ("tls_in", tls_in),
];

/// Takes a fuzzer's bytes one after the other. Past the end it gives zeros.
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or(0)
    }

    pub(crate) fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// As many bytes, or as there are.
    pub(crate) fn bytes(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at_checked(len).unwrap_or((self.0, &[]));
        self.0 = rest;
        taken
    }
}

/// Key bytes that differ with their number.
pub(crate) fn key_bytes(number: u8, len: usize) -> Vec<u8> {
    (0..len).map(|at| (at as u8).wrapping_mul(29) ^ number ^ 0x3c).collect()
}
