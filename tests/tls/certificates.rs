//! Certificates made for the tests, on real keys.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Name};

pub const DAY: i64 = 86_400;

pub fn now() -> i64 {
    voxseal::tls_openssl::now().unwrap()
}

pub struct Made {
    pub certificate: X509,
    pub key: PKey<Private>,
}

/// What a certificate is to be; the rest is good.
pub struct Wish<'a> {
    pub name: &'a str,
    pub authority: bool,
    pub server: bool,
    pub client: bool,
    pub extra_usage: Option<&'a str>,
    pub dates: (i64, i64),
}

impl<'a> Wish<'a> {
    pub fn named(name: &'a str) -> Wish<'a> {
        let dates = (now() - DAY, now() + DAY);
        Wish { name, authority: false, server: true, client: true, extra_usage: None, dates }
    }
}

pub fn ec_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

pub fn root(name: &str) -> Made {
    issue(&Wish { authority: true, ..Wish::named(name) }, None)
}

/// A certificate on a fresh key.
pub fn issue(wish: &Wish, issuer: Option<&Made>) -> Made {
    issue_for(wish, issuer, ec_key())
}

pub fn issue_for(wish: &Wish, issuer: Option<&Made>, key: PKey<Private>) -> Made {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, wish.name).unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(100, openssl::bn::MsbOption::MAYBE_ZERO, false).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(issuer.map_or(&name, |issuer| issuer.certificate.subject_name())).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(wish.dates.0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(wish.dates.1).unwrap()).unwrap();
    if wish.authority {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    } else {
        let mut usage = ExtendedKeyUsage::new();
        if wish.server {
            usage.server_auth();
        }
        if wish.client {
            usage.client_auth();
        }
        if let Some(extra) = wish.extra_usage {
            usage.other(extra);
        }
        builder.append_extension(usage.build().unwrap()).unwrap();
        let alternatives =
            SubjectAlternativeName::new().dns(wish.name).build(&builder.x509v3_context(None, None));
        builder.append_extension(alternatives.unwrap()).unwrap();
    }
    let signer = issuer.map_or(&key, |issuer| &issuer.key);
    builder.sign(signer, MessageDigest::sha256()).unwrap();
    Made { certificate: builder.build(), key }
}
