//! Certificates of any kind, good ones and bad ones, from the authority of a PBX or from strangers.

use crate::Result;
use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name, X509NameBuilder, X509NameRef, X509VerifyResult};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

const DAY: i64 = 86_400;

/// A certificate with its key, of an authority or of somebody that it issued one to.
#[derive(Clone)]
pub struct Identity {
    /// The certificate.
    pub certificate: X509,
    /// Its key.
    pub key: PKey<Private>,
    /// The authorities between it and the root, which are sent along: the nearest first.
    pub above: Vec<X509>,
}

/// What a certificate is to say.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The common name.
    pub common: &'a str,
    /// DNS names, `IP:` addresses and `URI:`s.
    pub names: &'a [&'a str],
    /// Extended key usages: `server`, `client` or an object identifier.
    pub usages: &'a [&'a str],
    /// The days from now on which it begins and ends to be valid.
    pub days: (i64, i64),
}

impl<'a> Wanted<'a> {
    /// A certificate for these names, from yesterday for two days on.
    pub fn named(names: &'a [&'a str]) -> Wanted<'a> {
        Wanted { common: "somebody", names, usages: &[], days: (-1, 2) }
    }
}

impl Identity {
    /// A new authority.
    pub fn authority(common: &str) -> Result<Identity> {
        let (key, name) = (key()?, name(common)?);
        let mut builder = builder(&name, &name, &key, (-1, 365))?;
        builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
        builder.sign(&key, MessageDigest::sha256())?;
        Ok(Identity { certificate: builder.build(), key, above: Vec::new() })
    }

    /// An authority below this one.
    pub fn intermediate(&self, common: &str) -> Result<Identity> {
        let (key, name) = (key()?, name(common)?);
        let mut builder = builder(&name, self.certificate.subject_name(), &key, (-1, 365))?;
        builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
        builder.sign(&self.key, MessageDigest::sha256())?;
        Ok(Identity { certificate: builder.build(), key, above: self.chain() })
    }

    /// The same certificate, which comes without the authorities between it and the root.
    pub fn alone(&self) -> Identity {
        Identity { above: Vec::new(), ..self.clone() }
    }

    /// What whoever has a certificate of this authority sends along: nothing of a root's, which the other side has.
    fn chain(&self) -> Vec<X509> {
        let is_root = self.certificate.issued(&self.certificate) == X509VerifyResult::OK;
        let own = (!is_root).then(|| self.certificate.clone());
        own.into_iter().chain(self.above.iter().cloned()).collect()
    }

    /// The authority of a PBX, which trusts it.
    pub fn of_pbx(folder: &Path) -> Result<Identity> {
        let certificate = X509::from_pem(&fs::read(folder.join("ca.pem"))?)?;
        let key = PKey::private_key_from_pem(&fs::read(folder.join("ca.key"))?)?;
        Ok(Identity { certificate, key, above: Vec::new() })
    }

    /// A certificate of this authority.
    pub fn issue(&self, wanted: &Wanted) -> Result<Identity> {
        let key = key()?;
        let subject = name(wanted.common)?;
        let mut builder = builder(&subject, self.certificate.subject_name(), &key, wanted.days)?;
        if !wanted.names.is_empty() {
            let mut names = SubjectAlternativeName::new();
            for name in wanted.names {
                match name.split_once(':') {
                    Some(("IP", ip)) => names.ip(ip),
                    Some(("URI", uri)) => names.uri(uri),
                    _ => names.dns(name),
                };
            }
            let names = names.build(&builder.x509v3_context(Some(&self.certificate), None))?;
            builder.append_extension(names)?;
        }
        if !wanted.usages.is_empty() {
            let mut usages = ExtendedKeyUsage::new();
            for usage in wanted.usages {
                match *usage {
                    "server" => usages.server_auth(),
                    "client" => usages.client_auth(),
                    other => usages.other(other),
                };
            }
            builder.append_extension(usages.build()?)?;
        }
        builder.sign(&self.key, MessageDigest::sha256())?;
        Ok(Identity { certificate: builder.build(), key, above: self.chain() })
    }

    /// A list of certificates that this authority has revoked, in PEM (RFC 5280 §5).
    pub fn revoke(&self, revoked: &[&Identity]) -> Result<String> {
        const ECDSA_WITH_SHA256: [u8; 12] =
            [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
        let time = |text: &str| der(0x17, &[text.as_bytes()]);
        let (since, until) = (time("240101000000Z"), time("491231235959Z"));
        let mut entries = Vec::new();
        for identity in revoked {
            let serial = identity.certificate.serial_number().to_bn()?.to_vec();
            // A first bit of 1 would make it negative.
            let serial = der(0x02, &[&[0][..usize::from(serial[0] >= 0x80)], &serial]);
            entries.push(der(0x30, &[&serial, &since]));
        }
        let issuer = self.certificate.subject_name().to_der()?;
        let entries = if entries.is_empty() { Vec::new() } else { der(0x30, &[&entries.concat()]) };
        let list = der(0x30, &[&der(0x02, &[&[1]]), &ECDSA_WITH_SHA256, &issuer, &since, &until, &entries]);
        let signature = Signer::new(MessageDigest::sha256(), &self.key)?.sign_oneshot_to_vec(&list)?;
        let signed = der(0x30, &[&list, &ECDSA_WITH_SHA256, &der(0x03, &[&[0], &signature])]);
        let encoded = openssl::base64::encode_block(&signed);
        let lines: Vec<&str> =
            encoded.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        Ok(format!("-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n", lines.join("\n")))
    }

    /// Writes certificate, with what is above it, and key into these files. Each appears as a whole, as a good tool does it.
    pub fn write(&self, certificate: &Path, key: &Path) -> Result<()> {
        let mut chain = self.certificate.to_pem()?;
        for authority in &self.above {
            chain.extend(authority.to_pem()?);
        }
        for (file, pem) in [(certificate, chain), (key, self.key.private_key_to_pem_pkcs8()?)] {
            let new = file.with_extension("new");
            fs::write(&new, pem)?;
            fs::rename(new, file)?;
        }
        Ok(())
    }
}

/// One element in DER, up to 65535 bytes.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [high, low] = (content.len() as u16).to_be_bytes();
    let head = match content.len() {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, content].concat()
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

fn builder(
    subject: &X509NameRef,
    issuer: &X509NameRef,
    key: &PKey<Private>,
    days: (i64, i64),
) -> Result<X509Builder> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs() as i64;
    let mut serial = BigNum::new()?;
    serial.rand(120, MsbOption::MAYBE_ZERO, false)?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(serial.to_asn1_integer()?.as_ref())?;
    builder.set_subject_name(subject)?;
    builder.set_issuer_name(issuer)?;
    builder.set_pubkey(key)?;
    builder.set_not_before(Asn1Time::from_unix(now + days.0 * DAY)?.as_ref())?;
    // And an hour, so that so many whole days are left for as long as a test runs.
    builder.set_not_after(Asn1Time::from_unix(now + days.1 * DAY + 3600)?.as_ref())?;
    Ok(builder)
}
