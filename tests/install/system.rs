//! A Debian with its own Asterisk, in a folder to chroot into: dpkg owns the stock module, which is diverted.

use crate::blocks::blocks;
use crate::files::{assert_same, files_in};
use crate::pbx::{
    Asterisk, OURS, STOCK, assert_refuses_under_a_call, assert_secure_calls, good, wait_for_module,
};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use voxseal_rig::Result;
use voxseal_rig::caller::Caller;
use voxseal_rig::net::Ports;
use voxseal_rig::places::repository;
use voxseal_rig::sip::Ua;
use voxseal_rig::skip::skipped;
use voxseal_rig::wait::{PATIENCE, wait_for};

/// What running programs and dpkg itself write, and where our sources lie.
const OF_THE_SYSTEM: [&str; 13] = [
    "/dev",
    "/etc/ld.so.cache",
    "/proc",
    "/run",
    "/src",
    "/sys",
    "/tmp",
    "/var/cache",
    "/var/lib/asterisk",
    "/var/lib/dpkg",
    "/var/log",
    "/var/spool",
    "/root",
];

const PJSIP: &str = "
[tls]
type=transport
protocol=tls
bind=127.0.0.1:@PORT@
cert_file=/etc/asterisk/keys/asterisk.crt
priv_key_file=/etc/asterisk/keys/asterisk.key
method=tlsv1_2

[sdes]
type=endpoint
transport=tls
context=tests
disallow=all
allow=ulaw
media_encryption=sdes
direct_media=no
";
const EXTENSIONS: &str = "[tests]\nexten => echo,1,Answer()\n same => n,Echo()\n";

/// The system and its running PBX.
struct System {
    root: PathBuf,
    ports: Ports,
    child: Child,
}

impl System {
    /// A fresh copy of the prepared system, with this test's SIP configuration; or why there is none.
    fn start() -> std::result::Result<System, String> {
        let base = repository().join("target/system/base");
        fs::create_dir_all(base.parent().unwrap()).unwrap();
        let output = Command::new(repository().join("scripts/system")).arg(&base).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => {}
            Some(77) => return Err(said.trim().to_owned()),
            _ => panic!("{said}"),
        }
        let root = base.with_file_name(format!("copy-{}", std::process::id()));
        good(Command::new("cp").arg("-a").arg(&base).arg(&root));
        let ports = Ports::reserve().unwrap();
        configure(&root, ports);
        copy_sources(&root.join("src"));
        let child = run(&root);
        let system = System { root, ports, child };
        wait_for_module(&system, STOCK);
        Ok(system)
    }

    /// A command inside.
    fn inside(&self, words: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.root).args(words).env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    fn make(&self, target: &str) -> Command {
        self.inside(&["make", "--no-print-directory", "-C", "/src", target])
    }

    /// Runs what docs/guides/install.md says under this heading, as an administrator would.
    fn follow(&self, heading: &str) {
        let blocks = blocks("docs/guides/install.md");
        let text: String = blocks
            .filter(|block| block.tag == "sh system" && block.heading == heading)
            .map(|block| block.text)
            .collect();
        assert!(!text.is_empty(), "the guide says nothing under {heading}");
        good(&mut self.inside(&["sh", "-exc", &format!("cd /src\n{text}")]));
    }

    /// Ends the PBX, without a call to wait for, and starts it again.
    fn restart(&mut self, module: &str) {
        self.cli("core stop gracefully").unwrap();
        wait_for("the PBX to stop", PATIENCE, || Ok(self.child.try_wait()?)).unwrap();
        self.child = run(&self.root);
        wait_for_module(self, module);
    }

    fn files(&self) -> crate::files::Files {
        files_in(&self.root, &OF_THE_SYSTEM)
    }
}

impl Asterisk for System {
    fn cli(&self, command: &str) -> Result<String> {
        let output = self.inside(&["asterisk", "-rx", command]).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn caller(&self) -> Result<Caller> {
        let authority = self.root.join("etc/asterisk/keys/ca.crt");
        Ok(Caller { ua: Ua::connect("127.0.0.1", self.ports.tls(), &authority, "sdes")? })
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.root.join("var/log/asterisk/messages.log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().rev().take(30).collect();
            eprintln!("the end of the PBX's log, the last line first:\n{}", lines.join("\n"));
        }
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn run(root: &Path) -> Child {
    let output = File::create(root.join("tmp/output")).unwrap();
    Command::new("chroot")
        .arg(root)
        .args(["asterisk", "-f", "-n"])
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output)
        .spawn()
        .unwrap()
}

fn configure(root: &Path, ports: Ports) {
    let etc = root.join("etc/asterisk");
    let write = |name: &str, text: &str| fs::write(etc.join(name), text).unwrap();
    write("pjsip.conf", &PJSIP.replace("@PORT@", &ports.tls().to_string()));
    write("extensions.conf", EXTENSIONS);
    write("rtp.conf", &format!("[general]\nrtpstart={}\nrtpend={}\n", ports.rtp_start(), ports.rtp_end()));
    // Nothing else of the default configuration may take a port of this machine.
    write(
        "modules.conf",
        "[modules]\nautoload=yes\nnoload=chan_iax2.so\nnoload=chan_unistim.so\nnoload=pbx_dundi.so\n",
    );
    let keys = etc.join("keys");
    fs::create_dir_all(&keys).unwrap();
    let tool = voxseal_rig::places::cert_tool().unwrap();
    for words in [&["ca"][..], &["server", "--alt", "IP:127.0.0.1"]] {
        good(Command::new(&tool).args(words).arg("--dir").arg(&keys));
    }
}

/// What `make install` needs, as it lies here once all is built.
fn copy_sources(to: &Path) {
    let from = repository();
    let files = "Makefile Cargo.toml CHANGELOG.md include scripts c_shim docs target/lib \
        target/release/libvoxseal.a target/cert/release/voxseal-cert target/asterisk/res_srtp.so \
        target/asterisk/res_pjsip_voxseal.so";
    for file in files.split_whitespace() {
        let (from, to) = (from.join(file), to.join(file));
        if from.exists() {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            good(Command::new("cp").arg("-RL").arg(from).arg(to));
        }
    }
}

#[test]
fn a_debian_with_its_own_asterisk_gets_ours_and_its_own_back() {
    let mut system = match System::start() {
        Ok(system) => system,
        Err(reason) => return skipped(&reason),
    };
    let before = system.files();
    by_make(&mut system);
    assert_same(&before, &system.files(), "after make uninstall");
    by_packages(&mut system);
    assert_same(&before, &system.files(), "after purging the packages");
}

fn by_make(system: &mut System) {
    system.follow("Install");
    assert_refuses_under_a_call(system, || system.make("enable").output().unwrap());
    system.follow("Enable");
    let diverted = good(&mut system.inside(&["dpkg-divert", "--list", "*/res_srtp.so"]));
    assert!(diverted.contains("res_srtp.so.stock"), "{diverted}");
    wait_for_module(system, OURS);
    assert_secure_calls(system, true);
    // The companion, which Asterisk loads by itself, as all that lies there.
    let companion = system.cli("module show like res_pjsip_voxseal").unwrap();
    assert!(companion.contains("Running") && !companion.contains("Not Running"), "{companion}");
    let function = system.cli("core show function SRTP").unwrap();
    assert!(function.contains("How secure the call on this channel is"), "{function}");
    system.follow("Roll back");
    wait_for_module(system, STOCK);
    assert_secure_calls(system, false);
    system.follow("Uninstall");
}

fn by_packages(system: &mut System) {
    good(Command::new(repository().join("scripts/deb")).current_dir(repository()));
    let to = system.root.join("src/deb");
    good(Command::new("cp").arg("-R").arg(repository().join("target/deb")).arg(to));
    good(&mut system.inside(&["sh", "-c", "dpkg --install /src/deb/*.deb"]));
    system.restart(OURS);
    assert_secure_calls(system, true);
    good(&mut system.inside(&["sh", "-c", "echo '; mine' >>/etc/asterisk/voxseal.conf"]));
    good(&mut system.inside(&["sh", "-c", "dpkg --install /src/deb/*.deb </dev/null"]));
    let kept = fs::read_to_string(system.root.join("etc/asterisk/voxseal.conf")).unwrap();
    assert!(kept.ends_with("; mine\n"), "an upgrade took a changed configuration away");
    good(&mut system.inside(&["voxseal-cert", "--version"]));
    good(&mut system.inside(&["sh", "-c", "dpkg --remove asterisk-voxseal"]));
    system.restart(STOCK);
    assert_secure_calls(system, false);
    let all = "dpkg --purge asterisk-voxseal voxseal-cert libvoxseal-dev libvoxseal1";
    good(&mut system.inside(&["sh", "-c", all]));
}
