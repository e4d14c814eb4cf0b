//! Whether certificates and a key go together.

use super::unix_time;
use crate::error::Error;
use crate::tls::{expired, not_yet_valid};
use core::fmt;
use openssl::pkey::{Id, PKey, PKeyRef, Private};
use openssl::x509::{X509, X509NameRef, X509Ref, X509VerifyResult};

const MIN_RSA_BITS: u32 = 2048;
const MIN_EC_BITS: u32 = 256;

/// What a side of TLS shows, and the key that proves it.
pub struct Identity {
    /// The certificate.
    pub certificate: X509,
    /// Those above it, to be sent with it.
    pub chain: Vec<X509>,
    /// Its key.
    pub key: PKey<Private>,
}

/// Why files cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unloadable {
    /// The kind of fault, of 400 to 412.
    pub error: Error,
    sentence: String,
}

impl Unloadable {
    pub(super) fn new(error: Error, sentence: String) -> Unloadable {
        Unloadable { error, sentence }
    }
}

impl fmt::Display for Unloadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl core::error::Error for Unloadable {}

/// Checks what was found in `files`; dates only when there is a time.
pub(super) fn identity(
    files: &str,
    mut certificates: Vec<X509>,
    key: PKey<Private>,
    roots: &[X509],
    now: Option<i64>,
) -> Result<Identity, Unloadable> {
    let fault = |error, cause: String| Unloadable::new(error, format!("{files}: {cause}"));
    let refuse = |error, cause| Err(fault(error, cause));
    let Some(certificate) = certificates.first() else {
        let cause = "there is no certificate; add it, as PEM, to the file".to_owned();
        return refuse(Error::TlsNoCertificate, cause);
    };
    if !is_of(certificate, &key) {
        let subject = subject(certificate);
        return match certificates.iter().find(|certificate| is_of(certificate, &key)) {
            Some(own) => {
                let own = self::subject(own);
                let cause = format!(
                    "the key is that of {own}, but {subject} comes first; put the key's certificate first"
                );
                refuse(Error::TlsChainOrder, cause)
            }
            None => {
                let cause = format!(
                    "the key is not that of the certificate of {subject}; take the two that were made together"
                );
                refuse(Error::TlsKeyMismatch, cause)
            }
        };
    }
    if let Some(weakness) = weakness(&key) {
        return refuse(Error::TlsWeakKey, format!("{weakness}; make a new key and have it certified"));
    }
    check_order(&certificates, roots).map_err(|(error, cause)| fault(error, cause))?;
    for (certificate, now) in certificates.iter().zip(now.into_iter().cycle()) {
        check_dates(certificate, now).map_err(|(error, cause)| fault(error, cause))?;
    }
    let certificate = certificates.remove(0);
    Ok(Identity { certificate, chain: certificates, key })
}

type Cause = (Error, String);

fn is_of(certificate: &X509Ref, key: &PKey<Private>) -> bool {
    certificate.public_key().is_ok_and(|public| public.public_eq(key))
}

fn weakness(key: &PKeyRef<Private>) -> Option<String> {
    let bits = key.bits();
    match key.id() {
        Id::RSA | Id::RSA_PSS if bits < MIN_RSA_BITS => {
            Some(format!("the RSA key has {bits} bits and {MIN_RSA_BITS} are the least"))
        }
        Id::EC if bits < MIN_EC_BITS => {
            Some(format!("the elliptic key has {bits} bits and {MIN_EC_BITS} are the least"))
        }
        Id::RSA | Id::RSA_PSS | Id::EC | Id::ED25519 | Id::ED448 => None,
        _ => Some("the key is of a kind that is not used any more".to_owned()),
    }
}

fn issued(issuer: &X509Ref, certificate: &X509Ref) -> bool {
    issuer.issued(certificate) == X509VerifyResult::OK
        && issuer.public_key().is_ok_and(|key| certificate.verify(&key).unwrap_or(false))
}

/// Each certificate is followed by its issuer's, up to a root, which need not be
/// there.
fn check_order(certificates: &[X509], roots: &[X509]) -> Result<(), Cause> {
    for (at, certificate) in certificates.iter().enumerate() {
        let Some(next) = certificates.get(at + 1) else { break };
        if issued(next, certificate) {
            continue;
        }
        let subject = subject(certificate);
        let issuer = shown(certificate.issuer_name());
        if certificates.iter().any(|other| issued(other, certificate)) {
            let cause = format!(
                "the certificate of {subject} is not followed by that of its issuer {issuer}; put them in order"
            );
            return Err((Error::TlsChainOrder, cause));
        }
        return Err((Error::TlsChainIncomplete, missing(&subject, &issuer)));
    }
    let Some(last) = certificates.last().filter(|_| !roots.is_empty()) else { return Ok(()) };
    if roots.iter().any(|root| issued(root, last)) {
        return Ok(());
    }
    Err((Error::TlsChainIncomplete, missing(&subject(last), &shown(last.issuer_name()))))
}

fn missing(subject: &str, issuer: &str) -> String {
    format!("the certificate of {issuer}, which issued that of {subject}, is missing; add it after that one")
}

fn check_dates(certificate: &X509Ref, now: i64) -> Result<(), Cause> {
    let subject = format!("the certificate of {}", subject(certificate));
    let dates = unix_time(certificate.not_before()).zip(unix_time(certificate.not_after()));
    let Some((from, to)) = dates else {
        let cause = format!("{subject} has no readable dates; it must be issued anew");
        return Err((Error::TlsFileMalformed, cause));
    };
    if now < from {
        return Err((Error::TlsNotYetValid, not_yet_valid(&subject, from, now)));
    }
    if now > to {
        return Err((Error::TlsExpired, expired(&subject, to, now)));
    }
    Ok(())
}

fn subject(certificate: &X509Ref) -> String {
    shown(certificate.subject_name())
}

/// The last part of a name, which is mostly the common name.
fn shown(name: &X509NameRef) -> String {
    let last =
        name.entries().last().map(|entry| String::from_utf8_lossy(entry.data().as_slice()).into_owned());
    let last = last.unwrap_or_else(|| "nobody".to_owned());
    last.chars().take(100).collect::<String>().escape_debug().to_string()
}
