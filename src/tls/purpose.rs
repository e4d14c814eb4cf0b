//! What a certificate may be used for (RFC 5280 §4.2.1.12, RFC 5924).

use super::chain::INVALID_PURPOSE;
use super::facts::{Certificate, Facts, PeerRole};
use super::policy::{Eku, Rules};
use super::verdict::{Fault, show};
use crate::error::Error;

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
/// RFC 5924 §3: the certificate speaks for a SIP domain, in either role.
const SIP_DOMAIN: &str = "1.3.6.1.5.5.7.3.20";
const ANY: &str = "2.5.29.37.0";

/// The certificate may be used by a peer in this role. One without extended key
/// usages may be used for anything.
pub(super) fn check(rules: &Rules, facts: &Facts, certificate: &Certificate) -> Result<(), Fault> {
    let role_usage = match facts.peer {
        PeerRole::Client => CLIENT_AUTH,
        PeerRole::Server => SERVER_AUTH,
    };
    let Some(usages) = &certificate.ekus else { return verifier_agrees(rules, facts) };
    let has = |usage: &str| usages.iter().any(|known| known == usage);
    if has(role_usage) {
        return verifier_agrees(rules, facts);
    }
    // OpenSSL does not know what the next two mean, and says so with its fault.
    let serves = has(SIP_DOMAIN) || (rules.eku == Eku::ServerAsClient && has(SERVER_AUTH));
    if serves && (facts.chain.complete || !facts.chain.results.contains(&INVALID_PURPOSE)) {
        return Ok(());
    }
    let names: Vec<String> = usages.iter().map(|usage| usage_name(usage)).collect();
    let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let remedy = match facts.peer {
        _ if serves => "the host must let its verifier go on to the end",
        PeerRole::Client if has(SERVER_AUTH) => {
            "the peer needs one for clients, or set eku to server-as-client"
        }
        _ => "the peer needs another certificate, or set eku to any",
    };
    let sentence =
        format!("the certificate is for {names}, and the peer is a TLS {}; {remedy} (eku)", facts.peer);
    Err(Fault::new(Error::TlsPurpose, sentence).overlooked_if(rules.eku == Eku::Any))
}

/// The verifier finds no fault with the purpose that the certificate's own usages
/// do not explain.
fn verifier_agrees(rules: &Rules, facts: &Facts) -> Result<(), Fault> {
    if !facts.chain.results.contains(&INVALID_PURPOSE) {
        return Ok(());
    }
    let sentence = format!(
        "a certificate of the chain may not be used for a TLS {}; the peer needs another one, or set eku to any (eku)",
        facts.peer
    );
    Err(Fault::new(Error::TlsPurpose, sentence).overlooked_if(rules.eku == Eku::Any))
}

fn usage_name(usage: &str) -> String {
    match usage {
        SERVER_AUTH => "servers".to_owned(),
        CLIENT_AUTH => "clients".to_owned(),
        SIP_DOMAIN => "SIP domains".to_owned(),
        ANY => "any purpose".to_owned(),
        other => show(other.as_bytes()),
    }
}
