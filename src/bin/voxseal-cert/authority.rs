//! An authority: its certificate and its key.

use crate::args::Ca;
use crate::fault::{Fault, Result};
use crate::files::{Outputs, certificates_of};
use crate::{issue, keys, show};
use openssl::pkey::{PKey, Private};
use openssl::x509::{X509, X509VerifyResult};
use std::path::Path;

/// Who signs.
pub struct Authority {
    pub certificate: X509,
    /// Those above it.
    above: Vec<X509>,
    pub key: PKey<Private>,
}

impl Authority {
    /// What is sent after a certificate that this authority issued: all but the root, which everybody has.
    pub fn chain(&self) -> Vec<X509> {
        let all = [&self.certificate].into_iter().chain(&self.above);
        all.filter(|certificate| certificate.issued(certificate) != X509VerifyResult::OK).cloned().collect()
    }
}

/// The authority in these files.
pub fn load(certificate: &Path, key: &Path) -> Result<Authority> {
    if !certificate.exists() {
        return Err(Fault::of(format_args!(
            "{}: there is no authority; make one with \"voxseal-cert ca\", or name it with --ca",
            certificate.display()
        )));
    }
    let mut above = certificates_of(certificate)?;
    let own = above.remove(0);
    let key_file = key;
    let key = keys::read(key_file)?;
    if !own.public_key()?.public_eq(&key) {
        return Err(Fault::of(format_args!(
            "{}: this is not the key of the authority in {}; name the right one with --ca-key",
            key_file.display(),
            certificate.display()
        )));
    }
    if !show::is_authority(&own) {
        return Err(Fault::of(format_args!(
            "{}: this certificate is no authority's and can issue none; name the authority's with --ca",
            certificate.display()
        )));
    }
    Ok(Authority { certificate: own, above, key })
}

/// The verb `ca`.
pub fn create(ca: &Ca) -> Result<()> {
    let target = &ca.target;
    let outputs = Outputs::new(&target.dir.join("ca"), target.owner, target.force)?.without_combined();
    let key = keys::generate(target.key_type)?;
    let default = target.org.as_ref().map_or_else(|| "voxseal CA".to_owned(), |org| format!("{org} CA"));
    let subject = issue::subject(Some(ca.cn.clone().unwrap_or(default)), target.org.as_deref())?;
    let certificate = issue::authority(&subject, &key, issue::days(ca.days), Some(0))?;
    outputs.write(&certificate, &[], &key)?;
    outputs.report(&certificate);
    Ok(())
}

/// `gentls_cert remove`: the authority's two files.
pub fn remove(folder: &Path) -> Result<()> {
    for name in ["ca.crt", "ca.key"] {
        let path = folder.join(name);
        std::fs::remove_file(&path)
            .map_err(|error| Fault::of(format_args!("{}: it cannot be removed ({error})", path.display())))?;
        println!("removed {}", path.display());
    }
    Ok(())
}
