//! Verdicts on TLS connections: facts in, verdict with a reason out.
//!
//! [`decide`] holds the [`Facts`] of a finished handshake against a [`Policy`],
//! of which a transport has one, with rules for each direction. What is not
//! known is denied. Names follow RFC 5922 §7, purposes RFC 5924; wildcards, which
//! RFC 5922 §7.2 forbids, can be allowed.
//!
//! This room verifies no signature and builds no chain: OpenSSL does, and what it
//! found is among the facts. It reads no clock, socket or file.

mod chain;
mod dates;
mod decide;
mod facts;
mod identity;
mod name;
mod options;
mod policy;
mod punycode;
mod purpose;
mod time;
mod verdict;

#[cfg(feature = "tls")]
pub(crate) use dates::{expired, not_yet_valid};
pub use decide::decide;
pub use facts::{Certificate, Chain, Cipher, Facts, Name, PeerRole, Version};
pub use policy::{DEFAULT_MIN_CIPHER_BITS, Direction, Eku, Policy, Rules, Verify};
pub use time::Utc;
pub use verdict::{Outcome, Verdict};
