//! A PBX of one's own: own folder, own configuration, own ports, own module folder, and the stock `res_srtp.so` or ours.

mod config;

pub use config::{Module, PbxConfig};

use crate::places::{cert_tool, fresh_folder, our_companion, our_module, pbx_dir, repository};
use crate::wait::{PATIENCE, wait_for};
use crate::{Result, certs};
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::ops::RangeInclusive;
use std::os::unix::fs::symlink;
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

const TEMPLATES: &[(&str, &str)] = &[
    ("acl.conf", include_str!("../conf/acl.conf")),
    ("asterisk.conf", include_str!("../conf/asterisk.conf")),
    ("ccss.conf", include_str!("../conf/ccss.conf")),
    ("cdr.conf", include_str!("../conf/cdr.conf")),
    ("cel.conf", include_str!("../conf/cel.conf")),
    ("extensions.conf", include_str!("../conf/extensions.conf")),
    ("features.conf", include_str!("../conf/features.conf")),
    ("indications.conf", include_str!("../conf/indications.conf")),
    ("logger.conf", include_str!("../conf/logger.conf")),
    ("manager.conf", include_str!("../conf/manager.conf")),
    ("modules.conf", include_str!("../conf/modules.conf")),
    ("pjproject.conf", include_str!("../conf/pjproject.conf")),
    ("pjsip.conf", include_str!("../conf/pjsip.conf")),
    ("rtp.conf", include_str!("../conf/rtp.conf")),
    ("udptl.conf", include_str!("../conf/udptl.conf")),
];

impl Pbx {
    /// Starts a PBX and waits until it is fully booted.
    pub fn start(config: PbxConfig) -> Result<Pbx> {
        let tree = pbx_dir()?;
        let folder = fresh_folder(&config.name)?;
        for name in ["etc", "modules", "lib", "data", "spool", "run", "log", "cache"] {
            fs::create_dir_all(folder.join(name))?;
        }
        link_documentation(&tree, &folder.join("data/documentation"))?;
        link_modules(&tree, &folder.join("modules"), config.module)?;
        if config.companion {
            symlink(our_companion()?, folder.join("modules/res_pjsip_voxseal.so"))?;
        }
        certs::write_to(&folder.join("etc"), config.ip())?;
        for (name, text) in TEMPLATES {
            fs::write(folder.join("etc").join(name), fill(text, &config, &folder, &tree))?;
        }
        for (name, text) in &config.additions {
            let file = folder.join("etc").join(name);
            let before = fs::read_to_string(&file).unwrap_or_default();
            fs::write(file, before + &fill(text, &config, &folder, &tree))?;
        }
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

fn link_modules(tree: &Path, folder: &Path, module: Module) -> Result<()> {
    let stock = tree.join("modules").canonicalize()?;
    for entry in fs::read_dir(&stock)? {
        let entry = entry?;
        if entry.file_name() != "res_srtp.so" {
            symlink(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    let (ours, stock) = (folder.join("res_srtp.so"), stock.join("res_srtp.so"));
    match module {
        Module::Stock => symlink(stock, ours)?,
        Module::Ours => symlink(our_module()?, ours)?,
        Module::NoneLoaded => {
            symlink(our_module()?, ours)?;
            symlink(stock, folder.join("res_stock_srtp.so"))?;
        }
    }
    Ok(())
}

/// The PBX's own documentation, and that of our module where it belongs.
fn link_documentation(tree: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("thirdparty"))?;
    for entry in fs::read_dir(tree.join("data/documentation").canonicalize()?)? {
        let entry = entry?;
        if entry.file_name() != "thirdparty" {
            symlink(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    for entry in fs::read_dir(repository().join("c_shim/documentation"))? {
        let entry = entry?;
        symlink(entry.path(), folder.join("thirdparty").join(entry.file_name()))?;
    }
    Ok(())
}

fn fill(text: &str, config: &PbxConfig, folder: &Path, tree: &Path) -> String {
    let load = match (config.module, config.companion) {
        (Module::NoneLoaded, _) => "",
        (_, false) => "load=res_srtp.so",
        (_, true) => "load=res_srtp.so\nload=res_pjsip_voxseal.so",
    };
    text.replace("@DIR@", &folder.display().to_string())
        .replace("@PBX@", &tree.display().to_string())
        .replace("@IP@", config.ip())
        .replace("@TLSPORT@", &config.ports.tls().to_string())
        .replace("@UDPPORT@", &config.ports.udp().to_string())
        .replace("@HTTPPORT@", &config.ports.http().to_string())
        .replace("@HTTPSPORT@", &config.ports.https().to_string())
        .replace("@MANAGERPORT@", &config.ports.manager().to_string())
        .replace("@FARPORT@", &config.far.unwrap_or(config.ports).tls().to_string())
        .replace("@RTPSTART@", &config.ports.rtp_start().to_string())
        .replace("@RTPEND@", &config.ports.rtp_end().to_string())
        .replace("@TONE@", &config.tone.to_string())
        .replace("@SRTP@", load)
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
