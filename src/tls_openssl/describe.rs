//! Certificates as text for people.

use super::facts::{certificate_facts, names};
use super::files::{Place, certificates, contents};
use super::setup::Unloadable;
use crate::error::Error;
use crate::tls::{Name, Utc};
use core::fmt::Write;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::x509::{X509, X509NameRef, X509Ref};
use std::net::IpAddr;
use std::path::Path;

const USAGES: [(&str, &str); 3] = [
    ("1.3.6.1.5.5.7.3.1", "TLS server"),
    ("1.3.6.1.5.5.7.3.2", "TLS client"),
    ("1.3.6.1.5.5.7.3.20", "SIP domain"),
];

/// Every certificate of a PEM file, one after the other with a blank line between:
/// subject, issuer, names, usages, dates, key, serial number and fingerprint.
pub fn describe(path: &Path) -> Result<String, Unloadable> {
    describe_text(Place::File(path), &contents(path)?)
}

/// The same for PEM text that is in memory.
pub fn describe_pem(text: &[u8]) -> Result<String, Unloadable> {
    describe_text(Place::Memory, text)
}

fn describe_text(place: Place, text: &[u8]) -> Result<String, Unloadable> {
    let described: Vec<String> = certificates(place, text)?.iter().map(describe_certificate).collect();
    if described.is_empty() {
        let cause = format!("{}: there is no certificate; name the PEM file that it is in", place.shown());
        return Err(Unloadable::new(Error::TlsNoCertificate, cause));
    }
    Ok(described.join("\n"))
}

/// One certificate, a line for each thing. No control character is in it but the
/// ends of lines.
pub fn describe_certificate(certificate: &X509) -> String {
    let facts = certificate_facts(certificate);
    let date = |date: Option<i64>| date.map_or_else(|| "unreadable".to_owned(), |date| Utc(date).to_string());
    let (from, until) = facts.validity.unzip();
    let lines = [
        ("subject", whole_name(certificate.subject_name())),
        ("issuer", whole_name(certificate.issuer_name())),
        ("names", shown_names(certificate)),
        ("usages", usages(facts.ekus)),
        ("valid from", date(from)),
        ("valid until", date(until)),
        ("key", key(certificate)),
        ("serial", serial(certificate)),
        ("sha-256", fingerprint(certificate)),
    ];
    lines.into_iter().fold(String::new(), |mut text, (what, value)| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{what:12}{value}");
        text
    })
}

/// The SHA-256 fingerprint, in the form in which others print it.
pub fn fingerprint(certificate: &X509Ref) -> String {
    let digest = certificate.digest(MessageDigest::sha256());
    digest.map_or_else(|_| "unreadable".to_owned(), |digest| hex(&digest))
}

/// The subject as "CN=pbx.example.org, O=Example".
pub fn subject(certificate: &X509Ref) -> String {
    whole_name(certificate.subject_name())
}

/// The subject alternative names as "DNS pbx.example.org, IP 192.0.2.1".
pub fn shown_names(certificate: &X509Ref) -> String {
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).escape_debug().to_string();
    let all = names(certificate).into_iter().filter_map(|name| match name {
        Name::Dns(text) => Some(format!("DNS {}", show(&text))),
        Name::Uri(text) => Some(format!("URI {}", show(&text))),
        Name::Ip(bytes) => Some(format!("IP {}", address(&bytes))),
        Name::Other | Name::CommonName(_) => None,
    });
    let all: Vec<String> = all.collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

fn address(bytes: &[u8]) -> String {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let v6 = <[u8; 16]>::try_from(bytes).map(IpAddr::from);
    v4.or(v6).map_or_else(|_| hex(bytes), |address| address.to_string())
}

fn whole_name(name: &X509NameRef) -> String {
    let parts = name.entries().map(|entry| {
        let kind = entry.object().nid().short_name().unwrap_or("?");
        let value = String::from_utf8_lossy(entry.data().as_slice()).into_owned();
        format!("{kind}={}", value.escape_debug())
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { "nobody".to_owned() } else { parts.join(", ") }
}

fn usages(ekus: Option<Vec<String>>) -> String {
    let Some(ekus) = ekus else { return "any".to_owned() };
    let named = |oid: &String| {
        let known = USAGES.iter().find(|(number, _)| number == oid);
        known.map_or_else(|| oid.clone(), |(_, name)| (*name).to_owned())
    };
    ekus.iter().map(named).collect::<Vec<_>>().join(", ")
}

fn key(certificate: &X509Ref) -> String {
    let Ok(key) = certificate.public_key() else { return "unreadable".to_owned() };
    let curve = key.ec_key().ok().and_then(|key| key.group().curve_name());
    let kind = match key.id() {
        Id::RSA => "RSA",
        Id::RSA_PSS => "RSA-PSS",
        Id::EC => curve.unwrap_or(Nid::UNDEF).short_name().unwrap_or("EC"),
        Id::ED25519 => "Ed25519",
        Id::ED448 => "Ed448",
        _ => "another kind",
    };
    format!("{kind}, {} bits", key.bits())
}

fn serial(certificate: &X509Ref) -> String {
    let number = certificate.serial_number().to_bn();
    number.map_or_else(|_| "unreadable".to_owned(), |number| hex(&number.to_vec()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}
