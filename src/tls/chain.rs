//! What OpenSSL's verification of the chain found, by its `X509_V_…` codes.

use super::facts::Chain;
use super::policy::{Eku, Rules};
use super::verdict::Fault;
use crate::error::Error;

pub(super) const OK: i32 = 0;
pub(super) const NOT_YET_VALID: i32 = 9;
pub(super) const EXPIRED: i32 = 10;
pub(super) const INVALID_PURPOSE: i32 = 26;
/// Host name, mail address and IP address mismatch.
const NAMES: [i32; 3] = [62, 63, 64];

/// The chain leads to an authority that we trust, every signature in it holds,
/// and nothing in it was revoked. Dates, purposes and names have their own rules,
/// when the verifier has looked at all else.
pub(super) fn check(rules: &Rules, chain: &Chain) -> Result<(), Fault> {
    if chain.results.is_empty() {
        return Err(Fault::new(
            Error::TlsUntrusted,
            "nobody verified the certificate's chain; the host must have OpenSSL do it (verify)",
        ));
    }
    chain.results.iter().filter(|code| !is_left_to_others(**code)).try_for_each(|code| Err(fault(*code)))?;
    let overlooked = chain.results.iter().find(|code| is_overlooked(rules, **code));
    match overlooked {
        Some(code) if !chain.complete => Err(Fault::new(
            Error::TlsUntrusted,
            format_args!(
                "the verifier stopped at fault {code} and may have seen no signature; the host must let it go on to the end (verify)"
            ),
        )),
        _ => Ok(()),
    }
}

fn is_left_to_others(code: i32) -> bool {
    [OK, NOT_YET_VALID, EXPIRED, INVALID_PURPOSE].contains(&code) || NAMES.contains(&code)
}

/// The one of these faults that speaks for all of them: one that nothing overlooks,
/// else the only kind that there is. `None` when several kinds are left to other rules.
#[cfg(any(feature = "tls", test))]
pub(crate) fn foremost(faults: &[i32]) -> Option<i32> {
    let hard = faults.iter().find(|code| !is_left_to_others(**code));
    hard.or_else(|| faults.first().filter(|first| faults.iter().all(|code| code == *first))).copied()
}

/// Faults after which the rest of the chain must have been looked at, because the
/// rule that they are left to may accept them.
fn is_overlooked(rules: &Rules, code: i32) -> bool {
    match code {
        NOT_YET_VALID | EXPIRED => !rules.dates,
        INVALID_PURPOSE => rules.eku != Eku::Strict,
        code => NAMES.contains(&code),
    }
}

/// A fault that no rule overlooks.
fn fault(code: i32) -> Fault {
    let (rule, sentence) = match code {
        2 | 20 | 21 => (
            Error::TlsUntrusted,
            "no authority that we trust issued the certificate: an intermediate certificate that the peer should send is missing, or its root in our trust store",
        ),
        18 => (
            Error::TlsUntrusted,
            "the certificate is self-signed and not in our trust store; add it there, or have an authority issue one",
        ),
        19 => (
            Error::TlsUntrusted,
            "the chain ends in a root that is not in our trust store; add the root there if the peer is to be trusted",
        ),
        27 | 28 => {
            (Error::TlsUntrusted, "our trust store does not trust this authority for TLS; change the store")
        }
        22 | 25 => {
            (Error::TlsUntrusted, "the chain is longer than it may be; the peer needs another certificate")
        }
        24 | 79 => (
            Error::TlsUntrusted,
            "a certificate of the chain is no authority and issued another one; the peer needs another certificate",
        ),
        47..=52 => (
            Error::TlsUntrusted,
            "an authority of the chain may not issue certificates for this name; the peer needs another certificate",
        ),
        7 => (Error::TlsUntrusted, "a signature in the chain is wrong; the peer needs another certificate"),
        66..=68 => (
            Error::TlsUntrusted,
            "a key or digest in the chain is too weak; the peer needs a new certificate",
        ),
        23 => (Error::TlsRevoked, "a certificate of the chain was revoked; the peer needs a new one"),
        3 => (
            Error::TlsRevoked,
            "there is no revocation list of the certificate's authority; add its CRL file",
        ),
        12 => (Error::TlsRevoked, "the revocation list has expired; fetch the CRL file anew"),
        11 => (Error::TlsRevoked, "the revocation list is not yet valid; check this machine's clock"),
        4 | 5 | 8 | 15 | 16 | 33 | 35 | 36 | 44 | 54 => {
            (Error::TlsRevoked, "the revocation list cannot be used; check the CRL file and who signed it")
        }
        _ => (
            Error::TlsUntrusted,
            "the chain could not be verified; look the code up in OpenSSL's X509_V list",
        ),
    };
    Fault::new(rule, format_args!("{sentence} (verify, OpenSSL code {code})"))
}

#[cfg(test)]
mod tests {
    use super::foremost;

    #[test]
    fn one_fault_speaks_for_all_when_it_hides_none_that_a_rule_may_overlook() {
        assert_eq!(foremost(&[]), None);
        assert_eq!(foremost(&[10, 10]), Some(10));
        assert_eq!(foremost(&[26, 10]), None);
        assert_eq!(foremost(&[26, 20, 10, 21]), Some(20));
    }
}
