//! What stands in certificates.

use crate::fault::Result;
use crate::files::certificates_of;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKeyRef, Public};
use openssl::x509::{X509NameRef, X509Ref};
use std::net::IpAddr;
use std::path::PathBuf;
use voxseal::tls::{Certificate, Name, Utc};
use voxseal::tls_openssl::certificate_facts;

const USAGES: [(&str, &str); 4] = [
    ("1.3.6.1.5.5.7.3.1", "server"),
    ("1.3.6.1.5.5.7.3.2", "client"),
    ("1.3.6.1.5.5.7.3.20", "SIP domain"),
    ("2.5.29.37.0", "any"),
];

/// The verb `show`.
pub fn show(files: &[PathBuf]) -> Result<()> {
    for file in files {
        for (nth, certificate) in certificates_of(file)?.iter().enumerate() {
            println!("{}, certificate {}", file.display(), nth.saturating_add(1));
            print!("{}", describe(certificate)?);
        }
    }
    Ok(())
}

fn describe(certificate: &X509Ref) -> Result<String> {
    let facts = certificate_facts(certificate);
    let serial = certificate.serial_number().to_bn()?.to_hex_str()?.to_lowercase();
    let lines = [
        ("subject", distinguished(certificate.subject_name())),
        ("issuer", distinguished(certificate.issuer_name())),
        ("names", names(&facts)),
        ("for", usages(&facts, is_authority(certificate))),
        ("valid", dates(certificate)),
        ("key", key(certificate.public_key()?.as_ref())),
        ("serial", serial),
        ("SHA-256", fingerprint(certificate)?),
    ];
    Ok(lines.iter().fold(String::new(), |text, (what, value)| text + &format!("  {what:9}{value}\n")))
}

/// Both dates, as one of the lines.
pub fn dates(certificate: &X509Ref) -> String {
    match certificate_facts(certificate).validity {
        Some((from, to)) => format!("from {} to {}", Utc(from), Utc(to)),
        None => "dates that cannot be read".to_owned(),
    }
}

/// OpenSSL's binding does not say it otherwise than as text.
pub fn is_authority(certificate: &X509Ref) -> bool {
    let text = certificate.to_text().unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().skip_while(|line| !line.trim().starts_with("X509v3 Basic Constraints:"));
    lines.nth(1).is_some_and(|line| line.trim().starts_with("CA:TRUE"))
}

fn distinguished(name: &X509NameRef) -> String {
    let entry = |entry: &openssl::x509::X509NameEntryRef| {
        let kind = entry.object().nid().short_name().unwrap_or("?").to_owned();
        format!("{kind}={}", visible(entry.data().as_slice()))
    };
    let entries: Vec<String> = name.entries().map(entry).collect();
    if entries.is_empty() { "nobody".to_owned() } else { entries.join(", ") }
}

fn names(facts: &Certificate) -> String {
    let names: Vec<String> = facts.names.iter().filter_map(name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn name(name: &Name) -> Option<String> {
    match name {
        Name::Dns(text) => Some(format!("DNS:{}", visible(text))),
        Name::Uri(text) => Some(format!("URI:{}", visible(text))),
        Name::Ip(bytes) => {
            let v4 = <[u8; 4]>::try_from(bytes.as_slice()).map(IpAddr::from);
            let address = v4.or(<[u8; 16]>::try_from(bytes.as_slice()).map(IpAddr::from));
            Some(address.map_or_else(|_| "IP:?".to_owned(), |address| format!("IP:{address}")))
        }
        Name::Other | Name::CommonName(_) => None,
    }
}

fn usages(facts: &Certificate, is_authority: bool) -> String {
    let own = match &facts.ekus {
        None if is_authority => "issuing certificates".to_owned(),
        None => "anything".to_owned(),
        Some(identifiers) => {
            let known = |identifier: &String| {
                let found = USAGES.iter().find(|(known, _)| known == identifier);
                found.map_or_else(|| identifier.clone(), |(_, name)| (*name).to_owned())
            };
            identifiers.iter().map(known).collect::<Vec<_>>().join(", ")
        }
    };
    if is_authority && facts.ekus.is_some() { format!("issuing certificates, {own}") } else { own }
}

fn key(key: &PKeyRef<Public>) -> String {
    let bits = key.bits();
    match key.id() {
        Id::RSA => format!("RSA, {bits} bits"),
        Id::EC => format!("ECDSA, {bits} bits"),
        _ => format!("{bits} bits"),
    }
}

/// As OpenSSL writes it.
fn fingerprint(certificate: &X509Ref) -> Result<String> {
    let digest = certificate.digest(MessageDigest::sha256())?;
    Ok(digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":"))
}

fn visible(text: &[u8]) -> String {
    String::from_utf8_lossy(text).escape_debug().to_string()
}
