//! Verdicts on TLS connections: facts in, verdict with a reason out.
//!
//! [`decide`] holds the [`Facts`] of a finished handshake against a [`Policy`],
//! of which a transport has one, with rules for each direction. What is not
//! known is denied. Names follow RFC 5922 §7, purposes RFC 5924; wildcards, which
//! RFC 5922 §7.2 forbids, can be allowed.
//!
//! [`Transport`] has what handshakes are made with, [`Limits`] and [`Handshake`] what
//! they may cost, [`choose`] which certificate answers a name, [`Peer`] whom a
//! certificate identifies.
//!
//! This room verifies no signature and builds no chain: OpenSSL does, and what it
//! found is among the facts. It reads no clock, socket or file.

mod chain;
mod dates;
mod decide;
mod facts;
mod identity;
mod limits;
mod name;
mod options;
mod peer;
mod policy;
mod punycode;
mod purpose;
mod records;
mod selection;
mod time;
mod transport;
mod verdict;

#[cfg(feature = "tls")]
pub(crate) use chain::foremost;
#[cfg(feature = "tls")]
pub(crate) use dates::{expired, not_yet_valid};
pub use decide::decide;
pub use facts::{Certificate, Chain, Cipher, Facts, Name, PeerRole, Version};
pub use limits::{Handshake, Limits};
pub use peer::{Claim, Found, Peer};
pub use policy::{DEFAULT_MIN_CIPHER_BITS, Direction, Eku, Policy, Rules, Verify};
pub use records::Records;
pub use selection::choose;
pub use time::Utc;
pub use transport::{Handshakes, Transport};
pub use verdict::{Outcome, Verdict};
