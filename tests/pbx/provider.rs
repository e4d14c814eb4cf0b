//! Whose cryptography protects packets: `provider` in `voxseal.conf`, chosen when the module is loaded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use voxseal_rig::build::make_into;
use voxseal_rig::libsrtp::RigSuite;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::scenarios::{every_suite_to_echo, suite_to_echo};
use voxseal_rig::wait::PATIENCE;

const OPENSSL: &str = "[general]\nprovider = openssl\n";

fn started(name: &str, settings: &str) -> Pbx {
    Pbx::start(PbxConfig::new(name, Module::Ours).unwrap().with("voxseal.conf", settings)).unwrap()
}

/// As the console shows it.
fn provider(pbx: &Pbx) -> String {
    let text = pbx.cli("srtp show stats").unwrap();
    let (_, rest) = text.split_once("primitives by ").unwrap_or_else(|| panic!("no provider in: {text}"));
    rest.lines().next().unwrap_or_default().to_owned()
}

fn serves(pbx: &Pbx) -> bool {
    pbx.cli("srtp show stats").unwrap().contains("sessions in all")
}

fn one_suite() -> RigSuite {
    RigSuite::named("AES_CM_128_HMAC_SHA1_80").unwrap()
}

#[test]
fn openssl_carries_every_suite_byte_for_byte_and_the_console_and_the_log_name_it() {
    let pbx = started("openssl", OPENSSL);
    pbx.wait_for_log(", with the cryptography of openssl", PATIENCE).unwrap();
    assert_eq!(provider(&pbx), "openssl");
    let settings = pbx.cli("srtp show settings").unwrap();
    let line = settings.lines().find(|line| line.starts_with("provider ")).unwrap_or_default();
    assert!(line.ends_with(" openssl"), "{settings}");
    every_suite_to_echo(&pbx).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn a_reload_with_another_provider_is_refused_and_loading_the_module_again_takes_it() {
    let pbx = started("providers", "[general]\nkeys = 1\n");
    assert_eq!(provider(&pbx), "rustcrypto");
    fs::write(pbx.file("etc/voxseal.conf"), "[general]\nprovider = openssl\norder = ours\n").unwrap();
    pbx.cli("module reload res_srtp.so").unwrap();
    let said = "provider: rustcrypto is in use until the module is unloaded: ";
    pbx.wait_for_log(said, PATIENCE).unwrap();
    assert_eq!(provider(&pbx), "rustcrypto");
    let settings = pbx.cli("srtp show settings").unwrap();
    assert!(!settings.contains("ours"), "the refused file counts: {settings}");
    suite_to_echo(&pbx, one_suite(), 20).unwrap();
    pbx.wait_until_idle().unwrap();

    // A session may live a moment longer than its call: ask until it is gone.
    voxseal_rig::wait::wait_for("the module to unload", PATIENCE, || {
        pbx.cli("module unload res_srtp.so")?;
        Ok((!serves(&pbx)).then_some(()))
    })
    .unwrap();
    pbx.cli("module load res_srtp.so").unwrap();
    assert_eq!(provider(&pbx), "openssl");
    suite_to_echo(&pbx, one_suite(), 20).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn a_provider_that_cannot_be_had_keeps_the_module_from_loading_and_nothing_takes_its_place() {
    let pbx = started("no-provider", "[general]\nprovider = nss\n");
    pbx.wait_for_log("voxseal.conf:2: provider: \"nss\" is not rustcrypto or openssl", PATIENCE).unwrap();
    pbx.wait_for_log("voxseal is not loaded, voxseal.conf has errors", PATIENCE).unwrap();
    assert!(!serves(&pbx));
    assert!(suite_to_echo(&pbx, one_suite(), 20).is_err());

    fs::write(pbx.file("etc/voxseal.conf"), OPENSSL).unwrap();
    pbx.cli("module load res_srtp.so").unwrap();
    assert_eq!(provider(&pbx), "openssl");
    pbx.stop().unwrap();
}

/// OpenSSL as a site might have it that demands FIPS and has not installed the module for it.
const WITHOUT_ALGORITHMS: &str = "openssl_conf = start
[start]
alg_section = algorithms
[algorithms]
default_properties = fips=yes
";

#[test]
fn an_openssl_that_lacks_an_algorithm_keeps_the_module_from_loading_and_the_default_does_without_it() {
    let config = PbxConfig::new("no-fips", Module::Ours).unwrap().with("voxseal.conf", OPENSSL);
    let pbx = Pbx::start(config.with_openssl_configuration(WITHOUT_ALGORITHMS)).unwrap();
    let said = pbx
        .wait_for_log("voxseal.conf: provider: a trial of each crypto-suite by openssl went wrong", PATIENCE);
    assert!(said.unwrap().contains("look at its configuration, openssl.cnf, or set provider = rustcrypto"));
    pbx.wait_for_log("voxseal is not loaded, voxseal.conf has errors", PATIENCE).unwrap();
    assert!(!serves(&pbx));

    fs::write(pbx.file("etc/voxseal.conf"), "[general]\nprovider = rustcrypto\n").unwrap();
    pbx.cli("module load res_srtp.so").unwrap();
    assert_eq!(provider(&pbx), "rustcrypto");
    pbx.stop().unwrap();
}

/// A module as it is built where OpenSSL's headers are not.
fn module_without_openssl(folder: &Path) -> PathBuf {
    let words = ["module", "OPENSSL_PROVIDER=no", "MODULE_TARGET=target/module-without-openssl"];
    assert!(make_into(folder, &words).unwrap().contains("module: without OpenSSL's cryptography"));
    folder.join("res_srtp.so")
}

#[test]
fn a_module_that_was_built_without_openssl_says_so_and_does_not_load_where_it_is_demanded() {
    let config = PbxConfig::new("without-openssl", Module::NoneLoaded).unwrap().with("voxseal.conf", OPENSSL);
    let pbx = Pbx::start(config).unwrap();
    let place = pbx.file("modules/res_srtp.so");
    fs::remove_file(&place).unwrap();
    let module = module_without_openssl(&pbx.file("lib"));
    let needed = Command::new("readelf").arg("-d").arg(&module).output().unwrap();
    assert!(!String::from_utf8_lossy(&needed.stdout).contains("libcrypto"));
    fs::copy(module, &place).unwrap();

    pbx.cli("module load res_srtp.so").unwrap();
    pbx.wait_for_log("voxseal.conf: provider: openssl is not built into this module: ", PATIENCE).unwrap();
    assert!(!serves(&pbx));

    fs::write(pbx.file("etc/voxseal.conf"), "[general]\nprovider = rustcrypto\n").unwrap();
    pbx.cli("module load res_srtp.so").unwrap();
    assert_eq!(provider(&pbx), "rustcrypto");
    pbx.stop().unwrap();
}
