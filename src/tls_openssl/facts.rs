//! A finished handshake as facts.

use super::der::extended_key_usages;
use super::unix_time;
use crate::tls::foremost;
use crate::tls::{Certificate, Chain, Cipher, Direction, Facts, Name, PeerRole, Version};
use openssl::nid::Nid;
use openssl::ssl::{SslRef, SslVerifyMode};
use openssl::x509::{X509Ref, X509VerifyResult};
use std::sync::{Arc, Mutex};

/// Collects every fault that OpenSSL finds in the peer's chain. It lets the
/// handshake go on, so the verdict must follow before a byte of it is used.
///
/// Nothing is verified when a session is resumed: what the session remembers is
/// taken for what a verifier of its first handshake has left there, so that one
/// must watch every connection of a context whose sessions are resumed.
#[derive(Clone, Default)]
pub struct Verifier(Arc<Mutex<Vec<X509VerifyResult>>>);

impl Verifier {
    /// Sets it up for one connection, before its handshake. A server asks the
    /// client for a certificate, and goes on without one.
    pub fn watch(&self, ssl: &mut SslRef) {
        let faults = Arc::clone(&self.0);
        ssl.set_verify_callback(SslVerifyMode::PEER, move |good, context| {
            if good {
                return true;
            }
            // A fault that cannot be noted down ends the handshake.
            let Ok(mut faults) = faults.lock() else { return false };
            let latest = context.error();
            faults.push(latest);
            context.set_error(remembered(&faults));
            true
        });
    }

    fn chain(&self, ssl: &SslRef) -> Chain {
        let last = ssl.verify_result().as_raw();
        match self.0.lock() {
            _ if ssl.session_reused() => Chain { results: vec![last], complete: true },
            Ok(faults) if faults.is_empty() => Chain { results: vec![last], complete: true },
            Ok(faults) => Chain { results: codes(&faults), complete: true },
            Err(_) => Chain::default(),
        }
    }
}

/// The one fault that a session has room for, and with it a resumed connection. Several
/// kinds that a rule may overlook become one that none does.
fn remembered(faults: &[X509VerifyResult]) -> X509VerifyResult {
    let foremost = foremost(&codes(faults));
    let known = faults.iter().find(|fault| Some(fault.as_raw()) == foremost);
    known.copied().unwrap_or(X509VerifyResult::APPLICATION_VERIFICATION)
}

fn codes(faults: &[X509VerifyResult]) -> Vec<i32> {
    faults.iter().map(X509VerifyResult::as_raw).collect()
}

/// The facts of a connection whose handshake is over.
pub fn facts_of(
    ssl: &SslRef,
    verifier: &Verifier,
    direction: Direction,
    expected_name: Option<&str>,
    now: Option<i64>,
) -> Facts {
    let cipher = ssl.current_cipher().map(|cipher| Cipher {
        name: cipher.name().to_owned(),
        bits: u32::try_from(cipher.bits().secret).unwrap_or_default(),
    });
    Facts {
        direction,
        peer: if ssl.is_server() { PeerRole::Client } else { PeerRole::Server },
        version: version(ssl),
        cipher: cipher.unwrap_or_default(),
        chain: verifier.chain(ssl),
        certificate: ssl.peer_certificate().map(|certificate| certificate_facts(&certificate)),
        now,
        expected_name: expected_name.map(str::to_owned),
        resumed: ssl.session_reused(),
    }
}

fn version(ssl: &SslRef) -> Version {
    match ssl.version_str() {
        "SSLv3" => Version(0x0300),
        "TLSv1" => Version::TLS_1_0,
        "TLSv1.1" => Version::TLS_1_1,
        "TLSv1.2" => Version::TLS_1_2,
        "TLSv1.3" => Version::TLS_1_3,
        _ => Version(0),
    }
}

/// What a certificate says about itself.
pub fn certificate_facts(certificate: &X509Ref) -> Certificate {
    let validity = unix_time(certificate.not_before()).zip(unix_time(certificate.not_after()));
    // A certificate that cannot be written out again is for nothing.
    let ekus = certificate.to_der().map_or_else(|_| Some(Vec::new()), |der| extended_key_usages(&der));
    Certificate { names: names(certificate), ekus, validity }
}

pub(super) fn names(certificate: &X509Ref) -> Vec<Name> {
    let mut names = Vec::new();
    if let Some(alternatives) = certificate.subject_alt_names() {
        // The extension counts also when there is no name in it.
        names.push(Name::Other);
        names.extend(alternatives.iter().map(|name| {
            let dns = name.dnsname().map(|text| Name::Dns(text.into()));
            let uri = || name.uri().map(|text| Name::Uri(text.into()));
            let ip = || name.ipaddress().map(|bytes| Name::Ip(bytes.into()));
            dns.or_else(uri).or_else(ip).unwrap_or(Name::Other)
        }));
    }
    let common = certificate.subject_name().entries_by_nid(Nid::COMMONNAME).last();
    names.extend(common.map(|entry| Name::CommonName(entry.data().as_slice().into())));
    names
}
