//! Whom a client's certificate identifies: of those who claim names in it, the one
//! who claims this one.
//!
//! Stricter than a verdict. A connection that is used all the same, with a warning
//! or under `verify = none`, identifies nobody, and no wildcard covers anybody's name.

use super::decide::decide;
use super::facts::{Certificate, Facts, Name, PeerRole};
use super::identity::{covers, nul};
use super::name::Host;
use super::policy::{Direction, Policy, Verify};
use super::verdict::{Outcome, show};

const FINGERPRINT_LEN: usize = 32;

/// Who a peer has proved to be.
#[derive(Clone, Debug)]
pub struct Peer {
    certificate: Certificate,
    fingerprint: [u8; FINGERPRINT_LEN],
    validity: (i64, i64),
}

/// Somebody who is identified by certificates.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// Who it is, for sentences.
    pub holder: &'a str,
    /// Names and SHA-256 fingerprints of the certificates, separated by commas:
    /// `sip:alice@example.org`, `pbx.example.org`, `192.0.2.1`, `9A:00:…`.
    pub certificates: &'a str,
}

/// Who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The place of the one claim that fits; none when nobody's or several do.
    pub place: Option<usize>,
    /// What an administrator should know: two claim the same, or a claim cannot be read.
    pub reason: Option<String>,
}

impl Peer {
    /// What the certificate of a peer that connected proves; `None` when it proves
    /// nothing: there is none, or the verdict on it is anything but to accept it.
    /// `fingerprint` is the SHA-256 of the certificate.
    pub fn of(policy: &Policy, facts: &Facts, fingerprint: &[u8]) -> Option<Peer> {
        let verified = facts.direction == Direction::Inbound
            && facts.peer == PeerRole::Client
            && policy.rules(facts.direction).verify != Verify::None
            && decide(policy, facts).outcome == Outcome::Accept;
        let certificate = facts.certificate.as_ref().filter(|_| verified)?;
        if nul(certificate).is_some() {
            return None;
        }
        Some(Peer {
            certificate: certificate.clone(),
            fingerprint: fingerprint.try_into().ok()?,
            validity: certificate.validity?,
        })
    }

    /// Who of these the peer is, at this time.
    pub fn find(&self, claims: &[Claim<'_>], now: i64) -> Found {
        if now < self.validity.0 || now > self.validity.1 {
            return Found { place: None, reason: None };
        }
        let fits = |claim: &Claim<'_>| items(claim).filter_map(Item::read).any(|item| self.is(&item));
        let mut fitting = claims.iter().enumerate().filter(|(_, claim)| fits(claim));
        match (fitting.next(), fitting.next()) {
            (Some((_, first)), Some((_, second))) => {
                Found { place: None, reason: Some(self.claimed_twice(first, second)) }
            }
            (first, _) => Found { place: first.map(|(place, _)| place), reason: unreadable(claims) },
        }
    }

    fn is(&self, item: &Item) -> bool {
        match item {
            Item::Fingerprint(fingerprint) => *fingerprint == self.fingerprint,
            Item::User(uri) => self.certificate.names.iter().any(
                |name| matches!(name, Name::Uri(bytes) if UserUri::read_bytes(bytes).as_ref() == Some(uri)),
            ),
            Item::Host(host) => covers(&self.certificate, host, false).is_ok(),
        }
    }

    fn claimed_twice(&self, first: &Claim<'_>, second: &Claim<'_>) -> String {
        format!(
            "the certificate {} identifies nobody, as both {} and {} claim it; leave it to one of them",
            colons(&self.fingerprint),
            show(first.holder.as_bytes()),
            show(second.holder.as_bytes())
        )
    }
}

fn items<'a>(claim: &Claim<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    claim.certificates.split(',').map(str::trim)
}

fn unreadable(claims: &[Claim<'_>]) -> Option<String> {
    let bad = |claim: &Claim<'_>| items(claim).find(|item| Item::read(item).is_none()).map(str::to_owned);
    claims.iter().find_map(|claim| bad(claim).map(|item| (claim, item))).map(|(claim, item)| {
        format!(
            "\"{}\" of {} is no name of a certificate; write a URI as sip:alice@example.org, a domain, an IP address or a SHA-256 fingerprint",
            show(item.as_bytes()),
            show(claim.holder.as_bytes())
        )
    })
}

/// One item of a claim.
enum Item {
    User(UserUri),
    Host(String),
    Fingerprint([u8; FINGERPRINT_LEN]),
}

impl Item {
    fn read(text: &str) -> Option<Item> {
        if let Some(fingerprint) = read_fingerprint(text) {
            return Some(Item::Fingerprint(fingerprint));
        }
        if text.contains('@') {
            return UserUri::read(text).map(Item::User);
        }
        let host = scheme(text).unwrap_or(text);
        Host::read(host).map(|_| Item::Host(host.to_owned()))
    }
}

/// The URI of a user: nothing but scheme, user and host. The host counts in any
/// case, the user as it is written (RFC 3261 §19.1.4), and a `sips:` URI stands for the
/// same user as a `sip:` one.
#[derive(PartialEq, Eq)]
struct UserUri {
    user: String,
    host: Host,
}

impl UserUri {
    fn read(text: &str) -> Option<UserUri> {
        let (user, host) = scheme(text)?.split_once('@')?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.!~*'()&=+$?/%#".contains(c);
        if user.is_empty() || !user.chars().all(fits) {
            return None;
        }
        Some(UserUri { user: user.to_owned(), host: Host::read(host)? })
    }

    fn read_bytes(bytes: &[u8]) -> Option<UserUri> {
        UserUri::read(core::str::from_utf8(bytes).ok()?)
    }
}

/// What follows `sip:` or `sips:`.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    ["sip", "sips"].iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some(rest)
}

/// 64 hexadecimal digits, with or without colons between the bytes.
fn read_fingerprint(text: &str) -> Option<[u8; FINGERPRINT_LEN]> {
    let pairs: Vec<&[u8]> = if text.contains(':') {
        text.as_bytes().split(|byte| *byte == b':').collect()
    } else {
        text.as_bytes().chunks(2).collect()
    };
    let bytes: Option<Vec<u8>> = pairs.into_iter().map(read_byte).collect();
    bytes?.try_into().ok()
}

fn read_byte(pair: &[u8]) -> Option<u8> {
    let digits = core::str::from_utf8(pair).ok()?;
    let are_hex = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    are_hex.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

fn colons(fingerprint: &[u8]) -> String {
    let pairs: Vec<String> = fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}
