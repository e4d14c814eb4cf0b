//! The verdict.

use super::facts::{Certificate, Cipher, Facts, PeerRole};
use super::identity::{check_allowed, check_name, shown};
use super::policy::{Policy, Rules, Verify};
use super::verdict::{Fault, Outcome, Verdict, show};
use super::{chain, dates, purpose};
use crate::error::Error;

/// Holds a connection against a policy. The rules come in the order in which a
/// person would look for the fault; the first that is broken is the reason.
pub fn decide(policy: &Policy, facts: &Facts) -> Verdict {
    let rules = policy.rules(facts.direction);
    let faults = connection_fault(rules, facts).into_iter().chain(peer_faults(rules, facts));
    let mut warning = None;
    for fault in faults {
        if !fault.overlooked {
            return verdict(Outcome::Refuse, fault);
        }
        warning.get_or_insert(fault);
    }
    warning.map_or_else(|| accepted(rules, facts), |fault| verdict(Outcome::AcceptWithWarning, fault))
}

fn verdict(outcome: Outcome, fault: Fault) -> Verdict {
    Verdict { outcome, rule: Some(fault.rule), reason: fault.sentence }
}

fn accepted(rules: &Rules, facts: &Facts) -> Verdict {
    let cipher = show(facts.cipher.name.as_bytes());
    let peer = match (&facts.certificate, rules.verify) {
        (None, _) => "without a certificate".to_owned(),
        (Some(certificate), Verify::None) => {
            format!("the certificate for {} was not held against a name", shown(certificate))
        }
        (Some(certificate), _) => format!("with a good certificate for {}", shown(certificate)),
    };
    let resumed = if facts.resumed { ", resumed" } else { "" };
    let reason = format!("{} with {cipher}{resumed}, {peer}", facts.version);
    Verdict { outcome: Outcome::Accept, rule: None, reason }
}

/// The version and the cipher count whatever is verified.
fn connection_fault(rules: &Rules, facts: &Facts) -> Option<Fault> {
    let rank = facts.version.rank();
    if rank.is_none() || rank < rules.min_version.rank() {
        let (version, least) = (facts.version, rules.min_version);
        let sentence = format!(
            "the connection has {version}, and {least} is the least that is known and allowed; the peer must be set up for a newer one (min_version)"
        );
        return Some(Fault::new(Error::TlsVersion, sentence));
    }
    weakness(rules, &facts.cipher).map(|cause| {
        let name = show(facts.cipher.name.as_bytes());
        let sentence =
            format!("the cipher {name} {cause}; take it out of the lists of both sides (min_cipher_bits)");
        Fault::new(Error::TlsCipher, sentence)
    })
}

/// Words in the names of ciphers that protect nothing or are broken, whatever
/// their key's length.
const BROKEN: [&str; 8] = ["NULL", "ANON", "ADH", "AECDH", "EXP", "EXPORT", "RC4", "RC2"];

fn weakness(rules: &Rules, cipher: &Cipher) -> Option<String> {
    let name = cipher.name.to_ascii_uppercase();
    if rules.min_cipher_bits == 0 {
        return None;
    }
    if name.is_empty() {
        return Some("is not known".to_owned());
    }
    if name.split(['-', '_']).any(|word| BROKEN.contains(&word)) {
        return Some("does not protect a call".to_owned());
    }
    let (bits, least) = (cipher.bits, rules.min_cipher_bits);
    (bits < least).then(|| format!("has {bits} bits of strength and the least is {least}"))
}

/// What is wrong with the peer's certificate, or with its absence.
fn peer_faults(rules: &Rules, facts: &Facts) -> Vec<Fault> {
    let mut faults: Vec<Fault> = match &facts.certificate {
        None => no_certificate(rules, facts).into_iter().collect(),
        Some(certificate) => certificate_faults(rules, facts, certificate),
    };
    if rules.verify == Verify::None {
        for fault in &mut faults {
            fault.overlooked = true;
            fault.sentence.push_str(", overlooked as verify is none");
        }
    }
    faults
}

fn certificate_faults(rules: &Rules, facts: &Facts, certificate: &Certificate) -> Vec<Fault> {
    let name = match rules.verify {
        Verify::RequireName => check_name(rules, certificate, facts.expected_name.as_deref()).map(|_| ()),
        Verify::None | Verify::Optional | Verify::Require => Ok(()),
    };
    let allowed = if rules.allow.is_empty() { Ok(()) } else { check_allowed(rules, certificate).map(|_| ()) };
    let results = [
        chain::check(rules, &facts.chain),
        dates::check(rules, facts, certificate),
        purpose::check(rules, facts, certificate),
        name,
        allowed,
    ];
    results.into_iter().filter_map(Result::err).collect()
}

/// A server that shows no certificate could be anybody, also where clients need
/// none.
fn no_certificate(rules: &Rules, facts: &Facts) -> Option<Fault> {
    if facts.peer == PeerRole::Client && matches!(rules.verify, Verify::None | Verify::Optional) {
        return None;
    }
    let remedy = match facts.peer {
        PeerRole::Client if facts.resumed => {
            "the session was resumed without it; the host must keep the facts of the first handshake, or resume none"
        }
        PeerRole::Client => "give the peer one, and have the handshake ask for it",
        PeerRole::Server => "the peer needs one, and the connection a cipher that uses it",
    };
    Some(Fault::new(
        Error::TlsNoPeerCertificate,
        format_args!("the peer showed no certificate; {remedy} (verify)"),
    ))
}
