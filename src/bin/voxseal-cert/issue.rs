//! Certificates: what stands in them, and the signature.

use crate::authority::Authority;
use crate::fault::{Fault, Result};
use crate::names::SubjectName;
use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKeyRef, Private};
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Name, X509NameRef, X509Ref};
use voxseal::tls_openssl::{certificate_facts, now};

/// RFC 5280's upper bound of a common name.
const MAX_COMMON_NAME_LEN: usize = 64;
/// The bits of a serial number, all of them random.
const SERIAL_BITS: i32 = 128;
/// Clocks of phones are not all right: certificates are valid from a little before they were made.
const LEEWAY_SECONDS: i64 = 300;
const DAY_SECONDS: i64 = 86_400;

/// What a certificate may be used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    Server,
    ServerAndClient,
    Client,
    /// That of the certificate which is renewed, as object identifiers.
    AsBefore(Vec<String>),
}

impl Purpose {
    pub fn server(also_client: bool) -> Purpose {
        if also_client { Purpose::ServerAndClient } else { Purpose::Server }
    }

    pub fn default_name(&self) -> &'static str {
        if *self == Purpose::Client { "client" } else { "asterisk" }
    }

    fn usages(&self) -> Option<ExtendedKeyUsage> {
        let mut usages = ExtendedKeyUsage::new();
        match self {
            Purpose::Server => usages.server_auth(),
            Purpose::ServerAndClient => usages.server_auth().client_auth(),
            Purpose::Client => usages.client_auth(),
            Purpose::AsBefore(identifiers) if identifiers.is_empty() => return None,
            Purpose::AsBefore(identifiers) => {
                identifiers.iter().fold(&mut usages, |usages, identifier| usages.other(identifier))
            }
        };
        Some(usages)
    }
}

/// What a certificate is to say.
pub struct Wish<'a> {
    pub subject: &'a X509NameRef,
    pub names: &'a [SubjectName],
    pub purpose: Purpose,
    pub seconds: i64,
}

pub fn days(days: u32) -> i64 {
    i64::from(days).saturating_mul(DAY_SECONDS)
}

pub fn subject(common_name: Option<String>, organisation: Option<&str>) -> Result<X509Name> {
    let mut name = X509Name::builder()?;
    if let Some(organisation) = organisation {
        name.append_entry_by_nid(Nid::ORGANIZATIONNAME, organisation)?;
    }
    if let Some(common_name) = common_name {
        if common_name.chars().count() > MAX_COMMON_NAME_LEN {
            return Err(Fault::of(format_args!(
                "the common name is longer than {MAX_COMMON_NAME_LEN} characters; give a shorter one with --cn"
            )));
        }
        name.append_entry_by_nid(Nid::COMMONNAME, &common_name)?;
    }
    Ok(name.build())
}

/// A certificate for this key from an authority, within the authority's own dates.
pub fn certificate(wish: &Wish, key: &PKeyRef<Private>, authority: &Authority) -> Result<X509> {
    let (first, last) = validity(&authority.certificate)?;
    let start = clock()?.saturating_sub(LEEWAY_SECONDS).max(first);
    let end = clock()?.saturating_add(wish.seconds).min(last);
    if end <= clock()? {
        return Err(Fault::of(
            "the authority has expired; renew it with \"voxseal-cert renew\" and its ca.crt, then run this again",
        ));
    }
    let issuer = authority.certificate.subject_name();
    let mut builder = begin(wish.subject, issuer, key, (start, end))?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    let mut usage = KeyUsage::new();
    usage.critical().digital_signature();
    if key.id() == Id::RSA {
        usage.key_encipherment();
    }
    builder.append_extension(usage.build()?)?;
    if let Some(usages) = wish.purpose.usages() {
        builder.append_extension(usages.build()?)?;
    }
    if !wish.names.is_empty() {
        let names = alternative_names(wish.names);
        let names = names.build(&builder.x509v3_context(Some(&authority.certificate), None))?;
        builder.append_extension(names)?;
    }
    append_identifiers(&mut builder, Some(&authority.certificate))?;
    builder.sign(&authority.key, MessageDigest::sha256())?;
    Ok(builder.build())
}

/// An authority's own certificate; so many authorities may stand below it.
pub fn authority(
    subject: &X509NameRef,
    key: &PKeyRef<Private>,
    seconds: i64,
    path_length: Option<u32>,
) -> Result<X509> {
    let now = clock()?;
    let dates = (now.saturating_sub(LEEWAY_SECONDS), now.saturating_add(seconds));
    let mut builder = begin(subject, subject, key, dates)?;
    let mut constraints = BasicConstraints::new();
    constraints.critical().ca();
    if let Some(length) = path_length {
        constraints.pathlen(length);
    }
    builder.append_extension(constraints.build()?)?;
    builder.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build()?)?;
    append_identifiers(&mut builder, None)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}

/// The first and last second of a certificate's validity.
pub fn validity(certificate: &X509Ref) -> Result<(i64, i64)> {
    certificate_facts(certificate)
        .validity
        .ok_or_else(|| Fault::of("the certificate has no readable dates; it must be issued anew"))
}

pub fn clock() -> Result<i64> {
    now().ok_or_else(|| Fault::of("this machine's clock is before 1970; set it, then run this again"))
}

fn begin(
    subject: &X509NameRef,
    issuer: &X509NameRef,
    key: &PKeyRef<Private>,
    (start, end): (i64, i64),
) -> Result<X509Builder> {
    let mut serial = BigNum::new()?;
    serial.rand(SERIAL_BITS, MsbOption::MAYBE_ZERO, false)?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(serial.to_asn1_integer()?.as_ref())?;
    builder.set_subject_name(subject)?;
    builder.set_issuer_name(issuer)?;
    builder.set_pubkey(key)?;
    builder.set_not_before(Asn1Time::from_unix(start)?.as_ref())?;
    builder.set_not_after(Asn1Time::from_unix(end)?.as_ref())?;
    Ok(builder)
}

fn alternative_names(names: &[SubjectName]) -> SubjectAlternativeName {
    let mut alternatives = SubjectAlternativeName::new();
    for name in names {
        match name {
            SubjectName::Dns(domain) => alternatives.dns(domain),
            SubjectName::Ip(address) => alternatives.ip(&address.to_string()),
            SubjectName::Uri(uri) => alternatives.uri(uri),
            SubjectName::Email(address) => alternatives.email(address),
        };
    }
    alternatives
}

fn append_identifiers(builder: &mut X509Builder, issuer: Option<&X509Ref>) -> Result<()> {
    let own = SubjectKeyIdentifier::new().build(&builder.x509v3_context(issuer, None))?;
    builder.append_extension(own)?;
    if issuer.is_some() {
        let above =
            AuthorityKeyIdentifier::new().keyid(false).build(&builder.x509v3_context(issuer, None))?;
        builder.append_extension(above)?;
    }
    Ok(())
}
