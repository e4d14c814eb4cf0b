//! A PBX of one's own: own folder, own configuration, own ports, own module folder, and the stock `res_srtp.so` or
//! ours.

mod config;
mod folder;

pub use config::{Module, PbxConfig};

use crate::Result;
use crate::places::{cert_tool, fresh_folder, pbx_dir};
use crate::wait::{PATIENCE, wait_for};
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A running PBX. It dies with this value; its folder is kept unless it was ended by [`Pbx::stop`].
#[derive(Debug)]
pub struct Pbx {
    config: PbxConfig,
    folder: PathBuf,
    program: PathBuf,
    child: Mutex<Child>,
}

impl Pbx {
    /// Starts a PBX and waits until it is fully booted.
    pub fn start(config: PbxConfig) -> Result<Pbx> {
        let tree = pbx_dir()?;
        let folder = fresh_folder(&config.name)?;
        folder::furnish(&folder, &config, &tree)?;
        let program = tree.join("bin/asterisk");
        let child = spawn(&config, &program, &folder)?;
        let pbx = Pbx { config, folder, program, child: Mutex::new(child) };
        pbx.wait_until_booted()?;
        Ok(pbx)
    }

    fn wait_until_booted(&self) -> Result<()> {
        wait_for("the PBX to boot", PATIENCE, || {
            if !self.alive() {
                return Err(format!("the PBX ended while starting: {}", self.output()).into());
            }
            Ok(self.cli("core waitfullybooted").is_ok_and(|text| text.contains("fully booted")).then_some(()))
        })
    }

    /// Runs a command on the PBX's console and gives what it prints. A PBX that hangs is an error.
    pub fn cli(&self, command: &str) -> Result<String> {
        let conf = self.folder.join("etc/asterisk.conf");
        let mut console = Command::new("timeout");
        console.args(["--kill-after=5", "120"]).arg(&self.program).arg("-C").arg(conf);
        let run = console.args(["-rx", command]).output()?;
        if run.status.success() {
            return Ok(String::from_utf8_lossy(&run.stdout).into_owned());
        }
        Err(format!("{}: console command `{command}` failed, {}", self.config.name, run.status).into())
    }

    /// The whole log, with all that was said until now: the PBX writes it in a thread of its own, one line after the
    /// other, so this has it say something and waits until that is there.
    pub fn log(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (name, nth) = ("RIG_LOG_READ", NEXT.fetch_add(1, Ordering::Relaxed));
        if self.cli(&format!("dialplan set global {name} {nth}")).is_ok() {
            let _ = self.wait_for_log(&format!("'{name}' to '{nth}'"), PATIENCE);
        }
        self.log_so_far()
    }

    /// What is in the log already, for those who ask again and again.
    pub fn log_so_far(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.join("log/full")).unwrap_or_default()).into_owned()
    }

    /// Waits until a line with this text is in the log, and gives the first such line.
    pub fn wait_for_log(&self, text: &str, at_most: Duration) -> Result<String> {
        wait_for(&format!("the log line \"{text}\""), at_most, || {
            Ok(self.log_so_far().lines().find(|line| line.contains(text)).map(str::to_owned))
        })
    }

    /// How many channels are up.
    pub fn channels(&self) -> Result<u32> {
        channels_in(&self.cli("core show channels count")?)
    }

    /// Waits until no call is up.
    pub fn wait_until_idle(&self) -> Result<()> {
        wait_for("the calls to end", PATIENCE, || Ok((self.channels()? == 0).then_some(())))
    }

    /// Waits until a call is up.
    pub fn wait_until_busy(&self) -> Result<()> {
        wait_for("a call", PATIENCE, || Ok((self.channels()? > 0).then_some(())))
    }

    /// Whether this module is loaded and runs; one that declined is listed, too, as "Not Running".
    pub fn runs(&self, module: &str) -> Result<bool> {
        let text = self.cli(&format!("module show like {module}"))?;
        let mut lines = text.lines().filter(|line| line.starts_with(module));
        Ok(lines.any(|line| line.contains(" Running") && !line.contains("Not Running")))
    }

    /// Whether the process lives.
    pub fn alive(&self) -> bool {
        self.child.lock().is_ok_and(|mut child| matches!(child.try_wait(), Ok(None)))
    }

    /// Whether the PBX runs our SRTP module.
    pub fn has_our_module(&self) -> bool {
        self.config.module == Module::Ours
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.lock().map_or(0, |child| child.id())
    }

    /// The ports of its media.
    pub fn media_ports(&self) -> RangeInclusive<u16> {
        self.config.ports.rtp_start()..=self.config.ports.rtp_end()
    }

    /// The configuration it was started with.
    pub fn config(&self) -> &PbxConfig {
        &self.config
    }

    /// A file in its folder, such as `etc/ca.pem` or `spool/rx.wav`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Checks that it still lives, ends it and removes its folder.
    pub fn stop(self) -> Result<()> {
        if !self.alive() {
            return Err(format!("{} died: {}", self.config.name, self.output()).into());
        }
        if let Ok(mut child) = self.child.lock() {
            child.kill()?;
            child.wait()?;
        }
        fs::remove_dir_all(&self.folder)?;
        Ok(())
    }

    fn output(&self) -> String {
        fs::read_to_string(self.folder.join("output")).unwrap_or_default().trim().to_owned()
    }
}

impl Drop for Pbx {
    fn drop(&mut self) {
        if let Ok(mut child) = self.child.lock() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if self.folder.exists() {
            eprintln!("{}: folder kept: {}", self.config.name, self.folder.display());
        }
    }
}

/// How many channels are up by what `core show channels count` prints.
pub fn channels_in(shown: &str) -> Result<u32> {
    let count = shown.lines().find_map(|line| line.split_once(" active channel")?.0.parse().ok());
    count.ok_or_else(|| format!("no count of channels in \"{shown}\"").into())
}

/// Where the PBX finds programs: the command for certificates is one of them, as when it is installed.
fn path_with_our_command() -> Result<OsString> {
    let ours = cert_tool()?.parent().map(Path::to_owned);
    let path = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths(ours.into_iter().chain(env::split_paths(&path)))?)
}

fn spawn(config: &PbxConfig, program: &Path, folder: &Path) -> Result<Child> {
    let mut command = match &config.net {
        Some(net) => net.command(program),
        None => Command::new(program),
    };
    let output = File::create(folder.join("output"))?;
    command.arg("-C").arg(folder.join("etc/asterisk.conf")).args(["-f", "-n"]);
    command
        .env("PATH", path_with_our_command()?)
        .envs(config.environment.iter().map(|(name, file)| (name, folder.join("etc").join(file))))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    Ok(command.spawn()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_counted_and_not_those_that_end_in_a_nought_taken_for_none() {
        assert_eq!(channels_in("0 active channels\n0 active calls\n12 calls processed\n").unwrap(), 0);
        assert_eq!(channels_in("1 active channel\n1 active call\n").unwrap(), 1);
        assert_eq!(channels_in("20 active channels\n10 active calls\n").unwrap(), 20);
        assert!(channels_in("").is_err());
    }
}
