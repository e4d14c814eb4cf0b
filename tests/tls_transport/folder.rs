//! Files for the peers and for us.

use crate::certificates::Made;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use voxseal::tls_openssl::{Files, Trust};

/// A folder that goes with the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("voxseal-transport-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, parts: &[&[u8]]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, parts.concat()).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// The certificate, those above it and the key, in one file.
    pub fn identity(&self, name: &str, made: &Made, above: &[&Made]) -> PathBuf {
        let mut text = made.certificate.to_pem().unwrap();
        above.iter().for_each(|made| text.extend(made.certificate.to_pem().unwrap()));
        text.extend(made.key.private_key_to_pem_pkcs8().unwrap());
        self.write(name, &[&text])
    }

    pub fn certificate(&self, name: &str, made: &Made) -> PathBuf {
        self.write(name, &[&made.certificate.to_pem().unwrap()])
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

pub fn files(path: &Path) -> Files {
    Files { certificates: vec![path.to_owned()], ..Files::default() }
}

pub fn trust(path: &Path) -> Trust {
    Trust { authorities: vec![path.to_owned()], ..Trust::default() }
}
