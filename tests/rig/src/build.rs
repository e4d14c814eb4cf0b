//! Modules that are built otherwise than `make module` builds them.

use crate::Result;
use crate::places::{pbx_dir, repository};
use std::path::Path;
use std::process::Command;

/// Runs `make` with these words, against the headers of the PBX and with the modules going to this folder, and gives
/// what it prints.
pub fn make_into(folder: &Path, words: &[&str]) -> Result<String> {
    let output = Command::new("make")
        .args(words)
        .arg(format!("SHIM_OUT={}", folder.display()))
        .arg(format!("ASTERISK_INCLUDE={}", pbx_dir()?.join("include").display()))
        // The settings of a `make` that runs this test are not for this one.
        .env_remove("MAKEFLAGS")
        .current_dir(repository())
        .output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("make {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr)).into())
}
