//! What voxseal's tests and its demo stand on: PBXs in private folders, a phone that is not ours, a SIP caller made
//! for hostile input, SRTP by libsrtp, a look at the wire, and an ear for tones.
//!
//! Nothing here knows voxseal from the inside: what is tested is the module in the PBX, from outside. Nothing sleeps
//! for a fixed time: every wait is for a condition and has a deadline.

pub mod baresip;
pub mod build;
pub mod bundle;
pub mod callee;
pub mod caller;
pub mod certs;
pub mod dialect;
pub mod identity;
pub mod kamailio;
pub mod libsrtp;
pub mod link;
pub mod media;
pub mod net;
pub mod pbx;
pub mod places;
pub mod report;
pub mod scenarios;
pub mod sdp;
pub mod sip;
pub mod sipp;
pub mod skip;
pub mod sniff;
pub mod tls_server;
pub mod tone;
pub mod tool;
pub mod wait;
pub mod watch;

/// What went wrong, in a sentence.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
/// Result of everything in the rig.
pub type Result<T> = std::result::Result<T, Error>;
