//! Whom a direction trusts: authorities and revocation lists.

use super::files::{Place, certificates, contents, unreadable};
use super::setup::Unloadable;
use crate::error::Error;
use openssl::ssl::SslFiletype;
use openssl::x509::store::{X509Lookup, X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;
use std::path::{Path, PathBuf};

/// The most files of a folder.
const MAX_FILES: usize = 10_000;

/// Whom to trust; nobody by default.
#[derive(Clone, Default)]
pub struct Trust {
    /// Authorities, in PEM files or folders of these.
    pub authorities: Vec<PathBuf>,
    /// PEM text of authorities that is in memory.
    pub pem: Vec<Vec<u8>>,
    /// PEM files of revocation lists. With any, there must be one for each authority
    /// of a chain (RFC 5280 §6.3).
    pub revocations: Vec<PathBuf>,
}

impl Trust {
    pub(super) fn store(&self) -> Result<X509Store, Unloadable> {
        let mut store = X509StoreBuilder::new().map_err(|_| failed())?;
        for path in &self.authorities {
            add_path(&mut store, path)?;
        }
        for text in &self.pem {
            add_all(&mut store, Place::Memory, text)?;
        }
        for path in &self.revocations {
            add_revocations(&mut store, path)?;
        }
        if !self.revocations.is_empty() {
            let flags = X509VerifyFlags::CRL_CHECK | X509VerifyFlags::CRL_CHECK_ALL;
            store.set_flags(flags).map_err(|_| failed())?;
        }
        Ok(store.build())
    }
}

fn add_path(store: &mut X509StoreBuilder, path: &Path) -> Result<(), Unloadable> {
    let place = Place::File(path);
    if !path.is_dir() {
        return add_all(store, place, &contents(path)?);
    }
    let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.is_file());
    files.sort();
    let mut count = 0;
    for file in files.iter().take(MAX_FILES) {
        count += add(store, Place::File(file), &contents(file)?)?;
    }
    if count == 0 { Err(nobody(place)) } else { Ok(()) }
}

fn add_all(store: &mut X509StoreBuilder, place: Place, text: &[u8]) -> Result<(), Unloadable> {
    if add(store, place, text)? == 0 { Err(nobody(place)) } else { Ok(()) }
}

/// Adds the certificates of a text and tells how many there are.
fn add(store: &mut X509StoreBuilder, place: Place, text: &[u8]) -> Result<usize, Unloadable> {
    let certificates = certificates(place, text)?;
    let count = certificates.len();
    for certificate in certificates {
        store.add_cert(certificate).map_err(|_| failed())?;
    }
    Ok(count)
}

fn add_revocations(store: &mut X509StoreBuilder, path: &Path) -> Result<(), Unloadable> {
    contents(path)?;
    if path.to_str().is_none() {
        return Err(Unloadable::new(Error::TlsFileUnreadable, unspeakable(path)));
    }
    let lookup = store.add_lookup(X509Lookup::file()).map_err(|_| failed())?;
    match lookup.load_crl_file(path, SslFiletype::PEM) {
        Ok(count) if count > 0 => Ok(()),
        _ => {
            let cause = format!(
                "{}: there is no revocation list that can be read; fetch it anew, and convert it to PEM",
                Place::File(path).shown()
            );
            Err(Unloadable::new(Error::TlsFileMalformed, cause))
        }
    }
}

fn unspeakable(path: &Path) -> String {
    format!("{}: OpenSSL takes only paths in UTF-8; give the file another name", Place::File(path).shown())
}

fn nobody(place: Place) -> Unloadable {
    let cause =
        format!("{}: there is no certificate to trust; add those of the authorities, as PEM", place.shown());
    Unloadable::new(Error::TlsNoCertificate, cause)
}

pub(super) fn failed() -> Unloadable {
    let cause = "OpenSSL has no memory, or does not work here; look at its installation".to_owned();
    Unloadable::new(Error::ProviderFailed, cause)
}
