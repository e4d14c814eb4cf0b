//! What the benches share: the peers, their packets, and how slices are timed.
#![allow(
    dead_code,
    unsafe_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench stops where the crate may not, and calls C as a caller from C would"
)]

pub mod floor;
pub mod kernels;
pub mod libsrtp;
pub mod machine;
pub mod measure;
pub mod ours;
pub mod packets;

use voxseal::suite::CryptoSuite;

/// One that protects and unprotects RTP packets, with [`key`] for both directions.
pub trait Peer {
    /// Writes the protected packet into `out` and returns its length. `plain` stays as it is: a PBX sends one frame
    /// to several listeners, so libsrtp's callers copy first as well.
    fn protect(&mut self, plain: &[u8], out: &mut [u8]) -> usize;

    /// Opens a packet where it lies and returns the plain packet's length.
    fn unprotect(&mut self, packet: &mut [u8]) -> usize;
}

/// Master key and salt of every bench.
pub fn key(suite: CryptoSuite) -> Vec<u8> {
    (0..suite.key_salt_len() as u8).map(|at| at.wrapping_mul(29) ^ 0x33).collect()
}
