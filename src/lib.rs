//! SRTP sessions (RFC 3711, 6188, 7714) and SDES negotiation (RFC 4568) for
//! PBXs, with a plain C ABI.
//!
//! Rooms, and which way they depend on each other:
//!
//! - [`sdes`]: words. One `a=crypto` line in, a typed attribute out; then the choice.
//! - [`srtp`]: packets. Sessions, streams, packet index, replay, rekeying.
//! - [`profiles`]: settings. Text of a settings file in, the rules for one peer out.
//! - [`crypto`]: arithmetic. Seals and opens one packet for one suite.
//! - [`tls`]: verdicts on TLS connections. Facts in, verdict with a reason out.
//! - `tls_openssl`: files and handshakes, by OpenSSL, for [`tls`] (feature `tls`).
//! - [`ffi`]: the door for C, and the only room where `unsafe` is allowed.
//! - [`suite`], [`secret`], [`error`]: leaves, used by all.
//!
//! `sdes` and `srtp` do not know each other; they meet in
//! [`suite::CryptoSuite`] and [`secret::MasterKey`]. Neither they nor
//! `tls` read a clock, a socket or a random source: what they need arrives as an argument.

#[cfg(not(panic = "unwind"))]
compile_error!("voxseal needs panic = \"unwind\": a bug may cost one call leg, never the whole PBX");

pub mod crypto;
pub mod error;
pub mod ffi;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod profiles;
pub mod sdes;
pub mod secret;
pub mod srtp;
pub mod suite;
pub mod tls;
#[cfg(feature = "tls")]
pub mod tls_openssl;
