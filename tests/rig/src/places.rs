//! Where things are: the repository, the PBX of `make pbx`, the module of `make module`, folders for one run.

use crate::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap_or_default()
}

/// Where `make pbx` put the PBX: `$PBX_DIR` or `target/pbx`.
pub fn pbx_dir() -> Result<PathBuf> {
    let dir = std::env::var_os("PBX_DIR").map_or_else(|| repository().join("target/pbx"), PathBuf::from);
    if dir.join("bin/asterisk").exists() && dir.join("stamp").exists() {
        return Ok(dir);
    }
    Err(format!("there is no PBX in {}: run `make pbx` first, or set PBX_DIR", dir.display()).into())
}

/// Where `make module` put our module: `$VOXSEAL_MODULE` or `target/asterisk/res_srtp.so`.
pub fn our_module() -> Result<PathBuf> {
    made("module", "VOXSEAL_MODULE", "target/asterisk/res_srtp.so")
}

/// Our module for settings per endpoint, which `make module` puts beside [`our_module`].
pub fn our_companion() -> Result<PathBuf> {
    let file = our_module()?.with_file_name("res_pjsip_voxseal.so");
    if file.exists() {
        return Ok(file);
    }
    let pbx = pbx_dir()?;
    let headers = pbx.join("include-pj");
    let remedy = match headers.exists() {
        true => "run `make module` again".into(),
        false => format!(
            "{} is missing: delete {} and run `make pbx` and `make module` again",
            headers.display(),
            pbx.join("stamp").display()
        ),
    };
    Err(format!("there is no module {}: {remedy}", file.display()).into())
}

/// Where `make cert` put our command for certificates: `$VOXSEAL_CERT` or `target/cert/release/voxseal-cert`.
pub fn cert_tool() -> Result<PathBuf> {
    made("cert", "VOXSEAL_CERT", "target/cert/release/voxseal-cert")
}

/// What `make` has made for this target, at the path in this environment variable or at this place in the repository.
fn made(target: &str, variable: &str, place: &str) -> Result<PathBuf> {
    let file = std::env::var_os(variable).map_or_else(|| repository().join(place), PathBuf::from);
    if file.exists() {
        return Ok(file);
    }
    Err(format!("there is no {}: run `make {target}` first", file.display()).into())
}

/// Whether [`our_companion`] cannot be had here: the Asterisk is one that somebody installed (`ASTERISK_PREFIX`), and
/// nobody said where its pjproject's headers are. On a PBX of `make pbx`'s own, its absence is an error.
pub fn companion_is_out_of_reach() -> Result<bool> {
    Ok(is_somebody_elses_pbx()? && !pbx_dir()?.join("include-pj").exists())
}

/// Whether the Asterisk is one that somebody installed (`ASTERISK_PREFIX`), and not of `make pbx`'s own.
pub fn is_somebody_elses_pbx() -> Result<bool> {
    Ok(!pbx_dir()?.join("tree").exists())
}

/// A folder under `target/rig` that did not exist. Its path must be short enough for a Unix socket in it.
pub fn fresh_folder(name: &str) -> Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let nth = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = repository().join(format!("target/rig/{name}-{}-{nth}", std::process::id()));
    if folder.as_os_str().len() > 85 {
        return Err(format!("the path {} is too long for the PBX's socket", folder.display()).into());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
