//! Whether a certificate is within its dates.

use super::chain::{EXPIRED, NOT_YET_VALID};
use super::facts::{Certificate, Facts};
use super::policy::Rules;
use super::time::Utc;
use super::verdict::Fault;
use crate::error::Error;

/// The certificate and those above it are within their dates.
pub(super) fn check(rules: &Rules, facts: &Facts, certificate: &Certificate) -> Result<(), Fault> {
    own_dates(facts, certificate)
        .and_then(|()| dates_above(facts))
        .map_err(|fault| fault.overlooked_if(!rules.dates))
}

fn own_dates(facts: &Facts, certificate: &Certificate) -> Result<(), Fault> {
    let (Some(now), Some((from, to))) = (facts.now, certificate.validity) else {
        return Err(Fault::new(
            Error::TlsExpired,
            "the certificate's dates or the time are not known; the host must tell them (dates)",
        ));
    };
    if now < from {
        return Err(Fault::new(
            Error::TlsNotYetValid,
            not_yet_valid("the certificate", from, now) + " (dates)",
        ));
    }
    if now > to {
        return Err(Fault::new(Error::TlsExpired, expired("the certificate", to, now) + " (dates)"));
    }
    Ok(())
}

/// What the verifier says, when the certificate's own dates do not.
fn dates_above(facts: &Facts) -> Result<(), Fault> {
    let found = |code| facts.chain.results.contains(&code);
    if found(NOT_YET_VALID) {
        return Err(Fault::new(
            Error::TlsNotYetValid,
            "a certificate of the chain is not yet valid; check this machine's clock (dates)",
        ));
    }
    if found(EXPIRED) {
        return Err(Fault::new(
            Error::TlsExpired,
            "a certificate of the chain has expired; the peer must send the new one of that authority, or check this machine's clock (dates)",
        ));
    }
    Ok(())
}

/// The cause and the remedy, for `what`.
pub(crate) fn not_yet_valid(what: &str, from: i64, now: i64) -> String {
    let (from, now) = (Utc(from), Utc(now));
    format!("{what} is not valid before {from} and it is {now} here; check this machine's clock, or wait")
}

/// The cause and the remedy, for `what`.
pub(crate) fn expired(what: &str, to: i64, now: i64) -> String {
    let (to, now) = (Utc(to), Utc(now));
    format!(
        "{what} expired at {to} and it is {now} here; it must be renewed, or this machine's clock is wrong"
    )
}
