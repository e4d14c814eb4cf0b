//! The check of an installation; tests/install has the rest.

use std::fs;
use std::process::Command;
use voxseal_rig::Result;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::places::{fresh_folder, our_module, repository};

/// S2: what `make install` puts into an empty folder needs no libsrtp, and Asterisk says that it runs.
pub fn without_libsrtp() -> Result<()> {
    let folder = fresh_folder("s2")?;
    let installation = Command::new(repository().join("scripts/install"))
        .envs([("DESTDIR", folder.as_os_str()), ("prefix", "/usr".as_ref())])
        .output()?;
    if !installation.status.success() {
        return Err(String::from_utf8_lossy(&installation.stderr).into());
    }
    let installed = fs::read(folder.join("usr/lib/voxseal/res_srtp.so"))?;
    if installed != fs::read(our_module()?)? {
        return Err("another module was installed than make built".into());
    }
    let needed = Command::new("readelf").args(["-d"]).arg(our_module()?).output()?;
    if String::from_utf8_lossy(&needed.stdout).contains("libsrtp") {
        return Err("the module needs libsrtp".into());
    }
    fs::remove_dir_all(folder)?;
    let pbx = Pbx::start(PbxConfig::new("s2", Module::Ours)?)?;
    let shown = pbx.cli("module show like res_srtp.so")?;
    pbx.stop()?;
    if shown.contains("Running") && !shown.contains("Not Running") { Ok(()) } else { Err(shown.into()) }
}
