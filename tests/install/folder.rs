//! A PBX in a folder, whose files no package owns: the stock module is kept under another name.

use crate::files::{assert_same, files_in};
use crate::pbx::{
    Asterisk, OURS, STOCK, assert_refuses_under_a_call, assert_secure_calls, good, wait_for_module,
};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use voxseal_rig::Result;
use voxseal_rig::caller::Caller;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::places::{pbx_dir, repository};

impl Asterisk for Pbx {
    fn cli(&self, command: &str) -> Result<String> {
        Pbx::cli(self, command)
    }

    fn caller(&self) -> Result<Caller> {
        Caller::connect(self)
    }
}

/// What a running PBX writes.
const OF_THE_PBX: [&str; 6] = ["/log", "/run", "/lib", "/spool", "/cache", "/output"];

/// `make` with the folder's places.
fn make(pbx: &Pbx, target: &str) -> Command {
    let place = |name: &str| pbx.file(name).display().to_string();
    let mut command = Command::new("make");
    command.current_dir(repository()).args(["--no-print-directory", target]).args([
        format!("prefix={}", place("usr")),
        format!("astetcdir={}", place("etc")),
        format!("astmoddir={}", place("modules")),
        format!("astdatadir={}", place("share")),
        format!(
            "asterisk={} -C {}",
            pbx_dir().unwrap().join("bin/asterisk").display(),
            place("etc/asterisk.conf")
        ),
    ]);
    // The settings of a `make` that runs this test are not for this one.
    command.env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
    command
}

#[test]
fn a_pbx_in_a_folder_gets_ours_and_its_own_back() {
    let pbx = Pbx::start(PbxConfig::new("install", Module::Stock).unwrap()).unwrap();
    let before = files_in(&pbx.file(""), &OF_THE_PBX);
    let restart = |module| {
        pbx.cli("core restart gracefully").unwrap();
        wait_for_module(&pbx, module);
    };
    assert_secure_calls(&pbx, false);

    let early = make(&pbx, "enable").output().unwrap();
    assert!(String::from_utf8_lossy(&early.stderr).contains("run \"make install\""), "{early:?}");
    good(&mut make(&pbx, "install"));
    assert_secure_calls(&pbx, false);
    assert_refuses_under_a_call(&pbx, || make(&pbx, "enable").output().unwrap());
    let program = |path: &std::path::Path| format!("asterisk_program={}", path.display());
    let other = make(&pbx, "enable").arg(program("/bin/true".as_ref())).output().unwrap();
    let refusal = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(
        refusal.contains("/bin/true would not load our module, as it has no ")
            && refusal.contains("ast_rtp_"),
        "{refusal}"
    );
    let real = pbx_dir().unwrap().join("tree/usr/sbin/asterisk");
    let said = good(make(&pbx, "enable").arg(program(&real)));
    for sentence in
        ["core restart gracefully", "srtp show stats", "\"make disable\" puts back what was there"]
    {
        assert!(said.contains(sentence), "{said}");
    }
    assert!(good(&mut make(&pbx, "enable")).contains("in place already"));
    restart(OURS);
    assert_secure_calls(&pbx, true);

    // A changed configuration is the administrator's.
    let configuration = pbx.file("etc/voxseal.conf");
    fs::write(&configuration, "[general]\nmin_lifetime = 2^10\n").unwrap();
    assert!(good(&mut make(&pbx, "install")).contains("was changed and stays as it is"));
    assert!(fs::read_to_string(&configuration).unwrap().contains("2^10"));

    let early = make(&pbx, "uninstall").output().unwrap();
    assert!(String::from_utf8_lossy(&early.stderr).contains("run \"make disable\""), "{early:?}");
    assert_refuses_under_a_call(&pbx, || make(&pbx, "disable").output().unwrap());
    good(&mut make(&pbx, "disable"));
    restart(STOCK);
    assert_secure_calls(&pbx, false);
    assert!(good(&mut make(&pbx, "uninstall")).contains("was changed and stays"));
    fs::remove_file(&configuration).unwrap();
    assert_same(&before, &files_in(&pbx.file(""), &OF_THE_PBX), "after uninstalling");
    pbx.stop().unwrap();
}

/// S2: without libsrtp, into an empty folder, with the file lists of a package; and away again.
#[test]
fn an_empty_folder_is_empty_again() {
    let folder = voxseal_rig::places::fresh_folder("destdir").unwrap();
    let make = |target: &str| {
        let mut command = Command::new("make");
        command.current_dir(repository()).args(["--no-print-directory", target, "prefix=/usr"]);
        command.arg(format!("DESTDIR={}", folder.display())).env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
        good(&mut command)
    };
    make("install");
    let installed = files_in(&folder, &[]);
    for path in [
        "/usr/lib/libvoxseal.so.1",
        "/usr/lib/pkgconfig/voxseal.pc",
        "/usr/lib/voxseal/res_srtp.so",
        "/usr/include/voxseal.h",
        "/usr/bin/voxseal-cert",
        "/usr/share/man/man1/voxseal-cert.1",
        "/usr/share/man/man5/voxseal.conf.5",
        "/etc/asterisk/voxseal.conf",
    ] {
        assert!(installed.contains_key(path), "{path} is missing: {installed:?}");
    }
    assert_versioned(&folder.join("usr/lib/libvoxseal.so.1"));
    // What an earlier installation had goes with the next.
    let old = "/usr/lib/voxseal/res_old.so";
    fs::write(folder.join(&old[1..]), "").unwrap();
    let manifest = folder.join("usr/lib/voxseal/installed");
    fs::write(&manifest, fs::read_to_string(&manifest).unwrap() + &format!("file {old}\n")).unwrap();
    make("install");
    assert_eq!(files_in(&folder, &[]), installed);
    make("uninstall");
    assert_eq!(files_in(&folder, &[]), Default::default());
    fs::remove_dir_all(&folder).unwrap();
}

/// Each function of the C ABI has the version of its first release, and nothing else is exported.
fn assert_versioned(library: &Path) {
    let symbols =
        good(Command::new("nm").args(["-D", "--defined-only", "--with-symbol-versions"]).arg(library));
    let functions: BTreeSet<&str> = symbols.lines().filter_map(|line| line.split(" T ").nth(1)).collect();
    let listed = fs::read_to_string(repository().join("tests/abi/exports.txt")).unwrap();
    let expected: Vec<String> = listed.lines().map(|name| format!("{name}@@VOXSEAL_1")).collect();
    assert_eq!(functions, expected.iter().map(String::as_str).collect());
}
