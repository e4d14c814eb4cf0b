//! A certificate authority and a server certificate, made afresh for each PBX by `voxseal-cert`.

use crate::Result;
use crate::places::cert_tool;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// Writes `ca.crt`, `server.crt`, `server.key` and `server.pem` (certificate and key) for this address into a folder.
pub fn write_to(folder: &Path, ip: &str) -> Result<()> {
    run(&["ca", "--days", "2"], folder)?;
    let names = format!("IP:{ip},DNS:localhost");
    run(&["server", "--also-client", "--output", "server", "--alt", &names, "--days", "2"], folder)?;
    // The names under which configurations of the tests know them as well.
    symlink("ca.crt", folder.join("ca.pem"))?;
    symlink("server.pem", folder.join("both.pem"))?;
    Ok(())
}

fn run(words: &[&str], folder: &Path) -> Result<()> {
    let output = Command::new(cert_tool()?).args(words).arg("--dir").arg(folder).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("voxseal-cert {}: {}", words.join(" "), said.trim()).into())
}
