//! The three files of a certificate: `.crt`, `.key`, and `.pem` with both.

use crate::fault::{Fault, Result};
use crate::owner::Owner;
use crate::{keys, show};
use openssl::pkey::{PKeyRef, Private};
use openssl::x509::{X509, X509Ref};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const CERTIFICATE_MODE: u32 = 0o644;
const KEY_MODE: u32 = 0o600;
/// Its group is that of a daemon which does not run as the owner.
const COMBINED_MODE: u32 = 0o640;

/// Where results go. Nothing is written before all of it is there.
pub struct Outputs {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    combined: Option<PathBuf>,
    owner: Option<Owner>,
    force: bool,
}

impl Outputs {
    /// The files with this path and the ends of their kinds. Files that are there are kept, unless `force` says otherwise.
    pub fn new(base: &Path, owner: Option<Owner>, force: bool) -> Result<Outputs> {
        let folder = folder_of(base);
        if !folder.is_dir() {
            return Err(Fault::of(format_args!(
                "{}: there is no such folder; make it, then run this again",
                folder.display()
            )));
        }
        let file = |end| {
            let mut path = base.as_os_str().to_owned();
            path.push(end);
            Some(PathBuf::from(path))
        };
        Ok(Outputs { certificate: file(".crt"), key: file(".key"), combined: file(".pem"), owner, force })
    }

    /// An authority's key is in no other file than its own.
    pub fn without_combined(mut self) -> Outputs {
        self.combined = None;
        self
    }

    /// Those of the files that are there already, to be replaced; owners and modes stay.
    pub fn in_place(base: &Path) -> Result<Outputs> {
        let mut outputs = Outputs::new(base, None, true)?;
        for file in [&mut outputs.certificate, &mut outputs.key, &mut outputs.combined] {
            *file = file.take().filter(|path| path.exists());
        }
        // A `.pem` with certificates alone gets no key: it may be what phones are given.
        outputs.combined = outputs.combined.take().filter(|path| keys::is_in(path));
        Ok(outputs)
    }

    pub fn has(&self, file: &Path) -> bool {
        [&self.certificate, &self.key, &self.combined].into_iter().flatten().any(|path| path == file)
    }

    /// The file with the certificate, and the one with the key.
    pub fn sources(&self) -> (Option<&Path>, Option<&Path>) {
        let combined = self.combined.as_deref();
        (self.certificate.as_deref().or(combined), self.key.as_deref().or(combined))
    }

    pub fn write(&self, certificate: &X509Ref, chain: &[X509], key: &PKeyRef<Private>) -> Result<()> {
        let mut certificates = certificate.to_pem()?;
        for above in chain {
            certificates.extend(above.to_pem()?);
        }
        let key = keys::pem(key)?;
        let combined = Zeroizing::new([certificates.as_slice(), key.as_slice()].concat());
        let parts: [(&Option<PathBuf>, &[u8], u32); 3] = [
            (&self.key, &key, KEY_MODE),
            (&self.combined, &combined, COMBINED_MODE),
            (&self.certificate, &certificates, CERTIFICATE_MODE),
        ];
        let parts = parts.iter().filter_map(|(path, bytes, mode)| Some((path.as_deref()?, *bytes, *mode)));
        if let Some((path, ..)) = parts.clone().find(|(path, ..)| !self.force && path.exists()) {
            return Err(Fault::of(format_args!(
                "{}: it is there already; choose another name, or replace it with --force",
                path.display()
            )));
        }
        let mut staged = Vec::new();
        for (path, bytes, mode) in parts {
            staged.push(Staged::write(path, bytes, mode, self.owner)?);
        }
        staged.into_iter().try_for_each(Staged::put_in_place)
    }

    /// Says what was written, and until when it can be used.
    pub fn report(&self, certificate: &X509Ref) {
        for path in [&self.certificate, &self.key, &self.combined].into_iter().flatten() {
            println!("wrote {}", path.display());
        }
        println!("{}", show::dates(certificate));
    }
}

/// A file that has all its content, but not yet its name; it goes away if it never gets it.
struct Staged {
    temporary: PathBuf,
    path: PathBuf,
    done: bool,
}

impl Staged {
    fn write(path: &Path, bytes: &[u8], mode: u32, owner: Option<Owner>) -> Result<Staged> {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(format!(".new-{}", std::process::id()));
        let temporary = PathBuf::from(temporary);
        let failed = |error: std::io::Error| {
            Fault::of(format_args!(
                "{}: it cannot be written ({error}); choose another folder, or change its owner or mode",
                path.display()
            ))
        };
        let before = fs::metadata(path).ok();
        let mode = before.as_ref().map_or(mode, |found| found.permissions().mode() & mode);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(KEY_MODE)
            .open(&temporary)
            .map_err(failed)?;
        let staged = Staged { temporary, path: path.to_owned(), done: false };
        if let Some(owner) = owner.or(before.as_ref().map(Owner::of)) {
            owner.give(&file, path)?;
        }
        file.set_permissions(fs::Permissions::from_mode(mode)).map_err(failed)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(staged)
    }

    fn put_in_place(mut self) -> Result<()> {
        fs::rename(&self.temporary, &self.path).map_err(|error| {
            Fault::of(format_args!("{}: it cannot be replaced ({error})", self.path.display()))
        })?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// The folder that a path is in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The certificates of a PEM file, at least one.
pub fn certificates_of(path: &Path) -> Result<Vec<X509>> {
    let pem = fs::read(path).map(Zeroizing::new).map_err(|error| {
        Fault::of(format_args!(
            "{}: it cannot be read ({error}); correct the path, or run this as its owner",
            path.display()
        ))
    })?;
    let certificates = X509::stack_from_pem(&pem).unwrap_or_default();
    if certificates.is_empty() {
        return Err(Fault::of(format_args!(
            "{}: there is no certificate in it; name a PEM file with one",
            path.display()
        )));
    }
    Ok(certificates)
}
