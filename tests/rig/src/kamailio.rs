//! A Kamailio that ends TLS before a PBX.

use crate::Result;
use crate::net::Ports;
use crate::pbx::Pbx;
use crate::places::{fresh_folder, is_somebody_elses_pbx, pbx_dir};
use crate::skip::skipped;
use crate::wait::{PATIENCE, wait_for};
use std::fs::{self, File};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A running proxy. It ends with this value.
pub struct Kamailio {
    /// Where phones reach it over TLS.
    pub ports: Ports,
    child: Child,
    folder: PathBuf,
}

impl Kamailio {
    /// Whether a test is skipped as there is none beside the PBX. Where somebody else's Asterisk is used none need be
    /// installed; beside the PBX of `make pbx`'s own its absence is an error.
    pub fn skipped_without() -> Result<bool> {
        let program = pbx_dir()?.join("bin/kamailio");
        if program.exists() {
            return Ok(false);
        }
        if !is_somebody_elses_pbx()? {
            let stamp = pbx_dir()?.join("stamp");
            let remedy = format!("delete {} and run `make pbx` again", stamp.display());
            return Err(format!("there is no {}: {remedy}", program.display()).into());
        }
        skipped("no kamailio was installed when the PBX was prepared");
        Ok(true)
    }

    /// Starts one before a PBX, with the PBX's certificate, and waits until it takes connections.
    pub fn before(pbx: &Pbx) -> Result<Kamailio> {
        let (tree, folder, ports) = (pbx_dir()?, fresh_folder("kamailio")?, Ports::reserve()?);
        let config = include_str!("../conf/kamailio.cfg")
            .replace("@TLSPORT@", &ports.tls().to_string())
            .replace("@UDPPORT@", &ports.udp().to_string())
            .replace("@PBXPORT@", &pbx.config().ports.udp().to_string())
            .replace("@CERTS@", &pbx.file("etc").display().to_string());
        fs::write(folder.join("kamailio.cfg"), config)?;
        let log = File::create(folder.join("log"))?;
        let child = Command::new(tree.join("bin/kamailio"))
            .args(["-DD", "-E", "-m", "32", "-M", "4", "-L"])
            .arg(tree.join("kamailio"))
            .args(["-f", "kamailio.cfg", "-Y"])
            .arg(&folder)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut proxy = Kamailio { ports, child, folder };
        proxy.wait_until_it_listens()?;
        Ok(proxy)
    }

    fn wait_until_it_listens(&mut self) -> Result<()> {
        wait_for("Kamailio to start", PATIENCE, || {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("Kamailio ended with {status}: {}", self.log()).into());
            }
            Ok(TcpStream::connect(("127.0.0.1", self.ports.tls())).is_ok().then_some(()))
        })
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Kamailio {
    /// Its own processes are ended by the first of them, which must be asked to.
    fn drop(&mut self) {
        // A shell has `kill` built in; the program is not on every machine.
        let _ = Command::new("sh").args(["-c", &format!("kill {}", self.child.id())]).status();
        let ended = wait_for("Kamailio to end", PATIENCE, || Ok(self.child.try_wait()?));
        if ended.is_err() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if std::thread::panicking() {
            eprintln!("kamailio: folder kept: {}", self.folder.display());
        } else {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
