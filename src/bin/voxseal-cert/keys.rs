//! Private keys: made and read, never shown.

use crate::fault::{Fault, Result};
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, PKeyRef, Private};
use openssl::rsa::Rsa;
use std::path::Path;
use zeroize::Zeroizing;

/// The kind of a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum KeyType {
    /// ECDSA on the curve P-256
    P256,
    /// ECDSA on the curve P-384
    P384,
    /// RSA with 2048 bits, for old phones
    Rsa2048,
    /// RSA with 3072 bits
    Rsa3072,
    /// RSA with 4096 bits
    Rsa4096,
}

pub fn generate(kind: KeyType) -> Result<PKey<Private>> {
    let elliptic =
        |curve| Ok(PKey::from_ec_key(EcKey::generate(EcGroup::from_curve_name(curve)?.as_ref())?)?);
    let rsa = |bits| Ok(PKey::from_rsa(Rsa::generate(bits)?)?);
    match kind {
        KeyType::P256 => elliptic(Nid::X9_62_PRIME256V1),
        KeyType::P384 => elliptic(Nid::SECP384R1),
        KeyType::Rsa2048 => rsa(2048),
        KeyType::Rsa3072 => rsa(3072),
        KeyType::Rsa4096 => rsa(4096),
    }
}

/// A new key of the same kind; what is too weak today becomes the next stronger one.
pub fn generate_like(key: &PKeyRef<Private>) -> Result<PKey<Private>> {
    generate(match (key.id(), key.bits()) {
        (Id::RSA, ..=2048) => KeyType::Rsa2048,
        (Id::RSA, ..=3072) => KeyType::Rsa3072,
        (Id::RSA, _) => KeyType::Rsa4096,
        (_, ..=256) => KeyType::P256,
        _ => KeyType::P384,
    })
}

/// Whether there is a private key in the file.
pub fn is_in(path: &Path) -> bool {
    let marker = b"PRIVATE KEY-----";
    let text = std::fs::read(path).map(Zeroizing::new).unwrap_or_default();
    text.windows(marker.len()).any(|window| window == marker)
}

/// The private key in a PEM file.
pub fn read(path: &Path) -> Result<PKey<Private>> {
    let pem = std::fs::read(path).map(Zeroizing::new).map_err(|error| {
        Fault::of(format_args!(
            "{}: the key cannot be read ({error}); name the right file, or run this as its owner",
            path.display()
        ))
    })?;
    // An empty passphrase, so that OpenSSL never asks a terminal for one.
    PKey::private_key_from_pem_passphrase(&pem, b"").map_err(|_| {
        Fault::of(format_args!(
            "{}: there is no private key that can be read without a passphrase; name the file that has it",
            path.display()
        ))
    })
}

pub fn pem(key: &PKeyRef<Private>) -> Result<Zeroizing<Vec<u8>>> {
    Ok(Zeroizing::new(key.private_key_to_pem_pkcs8()?))
}
