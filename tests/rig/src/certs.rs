//! A certificate authority and a server certificate, made afresh for each PBX.

use crate::Result;
use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name, X509NameBuilder};
use std::fs;
use std::path::Path;

/// Writes `ca.pem`, `server.pem`, `server.key` and `both.pem` (key and certificate) for this address into a folder.
pub fn write_to(folder: &Path, ip: &str) -> Result<()> {
    let ca_key = key()?;
    let ca_name = name("voxseal test CA")?;
    let mut ca = builder(&ca_name, &ca_name, &ca_key)?;
    ca.append_extension(BasicConstraints::new().critical().ca().build()?)?;
    ca.sign(&ca_key, MessageDigest::sha256())?;
    let ca = ca.build();

    let server_key = key()?;
    let mut server = builder(&name(ip)?, &ca_name, &server_key)?;
    let names = SubjectAlternativeName::new()
        .ip(ip)
        .dns("localhost")
        .build(&server.x509v3_context(Some(&ca), None))?;
    server.append_extension(names)?;
    server.sign(&ca_key, MessageDigest::sha256())?;
    let server: X509 = server.build();

    let key_pem = server_key.private_key_to_pem_pkcs8()?;
    let server_pem = server.to_pem()?;
    fs::write(folder.join("ca.pem"), ca.to_pem()?)?;
    fs::write(folder.join("server.pem"), &server_pem)?;
    fs::write(folder.join("server.key"), &key_pem)?;
    fs::write(folder.join("both.pem"), [key_pem, server_pem].concat())?;
    Ok(())
}

fn key() -> Result<PKey<Private>> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    Ok(PKey::from_ec_key(EcKey::generate(&group)?)?)
}

fn name(common: &str) -> Result<X509Name> {
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_nid(Nid::COMMONNAME, common)?;
    Ok(name.build())
}

fn builder(subject: &X509Name, issuer: &X509Name, key: &PKey<Private>) -> Result<X509Builder> {
    let mut serial = BigNum::new()?;
    serial.rand(120, MsbOption::MAYBE_ZERO, false)?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(serial.to_asn1_integer()?.as_ref())?;
    builder.set_subject_name(subject)?;
    builder.set_issuer_name(issuer)?;
    builder.set_pubkey(key)?;
    builder.set_not_before(Asn1Time::days_from_now(0)?.as_ref())?;
    builder.set_not_after(Asn1Time::days_from_now(2)?.as_ref())?;
    Ok(builder)
}
