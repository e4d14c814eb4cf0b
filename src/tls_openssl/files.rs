//! Certificates and keys from files.

use super::pem::{Block, Kind, blocks};
use super::setup::{Identity, Unloadable, identity};
use crate::error::Error;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What no file of certificates is longer than.
const MAX_FILE_LEN: u64 = 1 << 20;

/// Where a certificate, its key and its chain are: in one file or in several, in
/// this order. Each may hold several of them.
#[derive(Clone, Default)]
pub struct Files {
    /// The certificate, then those that issued it.
    pub certificates: Vec<PathBuf>,
    /// The key, if it is in a file of its own; one of those above may be named once more.
    pub key: Option<PathBuf>,
    /// PEM text that is in memory and comes after the files.
    pub pem: Vec<Zeroizing<Vec<u8>>>,
    /// What encrypts the key.
    pub passphrase: Option<Zeroizing<Vec<u8>>>,
    /// Who may be able to read the file that the key is in.
    pub key_access: KeyAccess,
    /// Roots, of which one must have issued the last certificate; none: it is not
    /// looked at who did.
    pub roots: Vec<PathBuf>,
    /// A certificate that has expired or is not yet valid is taken all the same.
    pub any_dates: bool,
}

/// Who may be able to read a private key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyAccess {
    /// Its owner alone: mode 0600 or 0400.
    #[default]
    Owner,
    /// Its group as well: mode 0640.
    Group,
    /// Anybody.
    Anyone,
}

impl KeyAccess {
    fn forbidden(self) -> u32 {
        match self {
            KeyAccess::Owner => 0o077,
            KeyAccess::Group => 0o037,
            KeyAccess::Anyone => 0,
        }
    }
}

impl Files {
    /// Reads the files and checks that what is in them can be used at `now`, in
    /// seconds since 1970.
    pub fn load(&self, now: i64) -> Result<Identity, Unloadable> {
        let mut certificates = Vec::new();
        let mut keys = Vec::new();
        let files: Vec<&PathBuf> = self.certificates.iter().chain(self.key_file()).collect();
        for path in &files {
            self.read(Place::File(path), &contents(path)?, &mut certificates, &mut keys)?;
        }
        for text in &self.pem {
            self.read(Place::Memory, text, &mut certificates, &mut keys)?;
        }
        let mut roots = Vec::new();
        for path in &self.roots {
            self.read(Place::File(path), &contents(path)?, &mut roots, &mut Vec::new())?;
        }
        let paths = files.iter().map(|path| Place::File(path).shown());
        let memory = self.pem.first().map(|_| Place::Memory.shown());
        let all = paths.chain(memory).collect::<Vec<_>>().join(", ");
        let key = match keys.len() {
            0 => return Err(no_key(&all)),
            1 => keys.pop().ok_or_else(|| no_key(&all))?,
            count => {
                let cause = format!("{all}: there are {count} private keys; leave the certificate's own");
                return Err(Unloadable::new(Error::TlsFileMalformed, cause));
            }
        };
        identity(&all, certificates, key, &roots, (!self.any_dates).then_some(now))
    }

    /// The file of the key, unless it is read for its certificates.
    fn key_file(&self) -> Option<&PathBuf> {
        let number = |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
        self.key.as_ref().filter(|key| {
            let key = number(key);
            key.is_none() || self.certificates.iter().all(|file| number(file) != key)
        })
    }

    fn read(
        &self,
        place: Place,
        text: &[u8],
        certificates: &mut Vec<X509>,
        keys: &mut Vec<PKey<Private>>,
    ) -> Result<(), Unloadable> {
        let damaged = || damaged(place);
        for block in blocks(text).ok_or_else(damaged)? {
            match block.kind {
                Kind::Certificate | Kind::TrustedCertificate => {
                    certificates.extend(certificate(place, &block)?)
                }
                Kind::Key => {
                    self.check_access(place)?;
                    // An empty passphrase, so that OpenSSL never asks a terminal for one.
                    let key = PKey::private_key_from_pem_passphrase(block.pem, b"");
                    keys.push(key.map_err(|_| damaged())?);
                }
                Kind::EncryptedKey => {
                    self.check_access(place)?;
                    keys.push(self.decrypt(place, block.pem)?);
                }
            }
        }
        Ok(())
    }

    fn decrypt(&self, place: Place, pem: &[u8]) -> Result<PKey<Private>, Unloadable> {
        let cause = |what| format!("{}: the private key is encrypted and {what}", place.shown());
        let Some(passphrase) = &self.passphrase else {
            return Err(Unloadable::new(Error::TlsPassphrase, cause("there is no passphrase; set it")));
        };
        PKey::private_key_from_pem_passphrase(pem, passphrase).map_err(|_| {
            Unloadable::new(
                Error::TlsPassphrase,
                cause("the passphrase does not open it; correct the passphrase"),
            )
        })
    }

    fn check_access(&self, place: Place) -> Result<(), Unloadable> {
        let Place::File(path) = place else { return Ok(()) };
        let found = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if found.mode() & self.key_access.forbidden() == 0 {
            return Ok(());
        }
        let cause = format!(
            "{}: others than its owner can use this private key, its mode is {:04o} and its owner user {} of group {}; run chmod 600 on it, or set key access to allow it",
            show(path),
            found.mode() & 0o7777,
            found.uid(),
            found.gid()
        );
        Err(Unloadable::new(Error::TlsKeyExposed, cause))
    }
}

/// Where a text is from.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    File(&'a Path),
    Memory,
}

impl Place<'_> {
    pub(super) fn shown(self) -> String {
        match self {
            Place::File(path) => show(path),
            Place::Memory => "PEM in memory".to_owned(),
        }
    }
}

/// The certificates of a text, in its order.
pub(super) fn certificates(place: Place, text: &[u8]) -> Result<Vec<X509>, Unloadable> {
    let blocks = blocks(text).ok_or_else(|| damaged(place))?;
    blocks.iter().filter_map(|block| certificate(place, block).transpose()).collect()
}

/// The certificate of a block, unless it is one of a key. With trust settings it is
/// refused, as they may say that it is not to be trusted.
fn certificate(place: Place, block: &Block<'_>) -> Result<Option<X509>, Unloadable> {
    match block.kind {
        Kind::Certificate => X509::from_pem(block.pem).map(Some).map_err(|_| damaged(place)),
        Kind::TrustedCertificate => {
            let cause = format!(
                "{}: a certificate has trust settings of OpenSSL's own with it (TRUSTED CERTIFICATE), which do not count here; write it without them, by openssl x509",
                place.shown()
            );
            Err(Unloadable::new(Error::TlsFileMalformed, cause))
        }
        Kind::Key | Kind::EncryptedKey => Ok(None),
    }
}

pub(super) fn damaged(place: Place) -> Unloadable {
    let cause = format!("{}: a block of the file is damaged; write it anew from its source", place.shown());
    Unloadable::new(Error::TlsFileMalformed, cause)
}

/// The file, wiped from memory after use: there may be a key in it.
pub(super) fn contents(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unloadable> {
    let found = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !found.is_file() || found.len() > MAX_FILE_LEN {
        let cause = format!("{}: this is not a file of at most 1 MiB; name the PEM file", show(path));
        return Err(Unloadable::new(Error::TlsFileUnreadable, cause));
    }
    fs::read(path).map(Zeroizing::new).map_err(|error| unreadable(path, &error))
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Unloadable {
    if error.kind() == ErrorKind::NotFound {
        let cause = format!("{}: there is no such file; correct the path or put it there", show(path));
        return Unloadable::new(Error::TlsFileMissing, cause);
    }
    let owner = fs::metadata(path).map_or_else(
        |_| "a folder on the way to it is closed".to_owned(),
        |found| {
            let mode = found.mode() & 0o7777;
            format!("its mode is {mode:04o} and its owner user {} of group {}", found.uid(), found.gid())
        },
    );
    let cause = format!(
        "{}: this user may not read the file, {owner} ({}); change its owner or mode",
        show(path),
        error.kind()
    );
    Unloadable::new(Error::TlsFileUnreadable, cause)
}

fn no_key(all: &str) -> Unloadable {
    let cause = format!("{all}: there is no private key; add it to the file, or name the file that it is in");
    Unloadable::new(Error::TlsNoKey, cause)
}

fn show(path: &Path) -> String {
    path.to_string_lossy().escape_debug().to_string()
}
