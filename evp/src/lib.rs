//! What SRTP needs of OpenSSL's EVP interface, as safe types: each is keyed
//! once and used for many packets, without a key set up anew.
//!
//! - [`AesEcb`]: blocks of AES, many with one call.
//! - [`AesGcm`]: AES-GCM (NIST SP 800-38D) with IVs of 12 and tags of 16 bytes.
//! - [`HmacSha1`]: HMAC-SHA1 (RFC 2104), all of it OpenSSL's own.
//!
//! Algorithms are taken from OpenSSL's default library context, so what the
//! machine's or the process's OpenSSL configuration says (FIPS, for one) holds.
//! This crate knows no packet, and is the only one that calls OpenSSL for them:
//! the crate `openssl` is under Apache-2.0 alone, which a program under GPL-2.0
//! cannot take in.

mod context;
mod ecb;
mod gcm;
mod hmac;

pub use ecb::AesEcb;
pub use gcm::AesGcm;
pub use hmac::HmacSha1;

/// The bytes of a block of AES.
pub const BLOCK_LEN: usize = 16;

/// OpenSSL refused a step. What it noted in this thread's error queue is gone,
/// as whoever looks there next would take it for an error of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

impl core::fmt::Display for Failed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("OpenSSL refused an operation: look at its configuration and version")
    }
}

impl core::error::Error for Failed {}
