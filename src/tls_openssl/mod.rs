//! The edge of [`crate::tls`]: what OpenSSL and the file system know (feature
//! `tls`).
//!
//! - [`Files`]: certificate, key and chain from PEM files, each fault a sentence.
//! - [`Verifier`] and [`facts_of`]: a finished handshake as facts for a verdict.
//! - [`Context`] and [`Connection`]: a TLS transport without sockets, whose
//!   connections carry nothing before their verdict.
//! - [`describe`]: certificates as text.
//!
//! Files are read here, and [`now`] reads the clock; what is decided about them is
//! decided from arguments.

mod connection;
mod context;
mod der;
mod describe;
mod event;
mod facts;
mod files;
mod live;
mod notes;
mod pem;
mod setup;
mod trust;
mod wire;

pub use connection::{Connection, State};
pub use context::{Context, Resume, Side, Wanted};
pub use describe::{describe, describe_certificate, describe_pem, fingerprint, shown_names, subject};
pub use event::{Event, alert_name};
pub use facts::{Verifier, certificate_facts, facts_of};
pub use files::{Files, KeyAccess};
pub use setup::{Identity, Unloadable};
pub use trust::Trust;

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use std::time::{SystemTime, UNIX_EPOCH};

/// The time, in seconds since 1970; `None` when the clock is before that.
pub fn now() -> Option<i64> {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(elapsed.as_secs()).ok()
}

/// A date of a certificate, in seconds since 1970.
fn unix_time(time: &Asn1TimeRef) -> Option<i64> {
    let elapsed = Asn1Time::from_unix(0).ok()?.diff(time).ok()?;
    Some(i64::from(elapsed.days) * 86_400 + i64::from(elapsed.secs))
}
