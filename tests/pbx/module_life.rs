//! Loading and unloading our module in a living PBX.

use std::fs;
use std::path::{Path, PathBuf};
use voxseal_rig::build::make_into;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::libsrtp::RigSuite;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::places::repository;
use voxseal_rig::scenarios::suite_to_echo;
use voxseal_rig::wait::PATIENCE;

fn common_suite() -> RigSuite {
    RigSuite::named("AES_CM_128_HMAC_SHA1_80").unwrap()
}

#[test]
fn the_module_stays_while_a_call_is_up_and_goes_and_comes_back_after() {
    let pbx = Pbx::start(PbxConfig::new("life", Module::Ours).unwrap()).unwrap();
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut call = caller.call("echo", &[Offer::new(1, common_suite()).unwrap()]).unwrap();

    pbx.cli("module unload res_srtp.so").unwrap();
    assert!(pbx.runs("res_srtp.so").unwrap(), "unloaded under a call");

    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    // A session may live a moment longer than its call: ask until it is gone.
    voxseal_rig::wait::wait_for("the module to unload", PATIENCE, || {
        pbx.cli("module unload res_srtp.so")?;
        Ok((!pbx.runs("res_srtp.so").unwrap()).then_some(()))
    })
    .unwrap();

    pbx.cli("module load res_srtp.so").unwrap();
    assert!(pbx.runs("res_srtp.so").unwrap());
    suite_to_echo(&pbx, common_suite(), 20).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn the_companion_stays_for_a_call_that_is_older_than_it_and_that_it_has_seen() {
    let companion = "res_pjsip_voxseal.so";
    let config = PbxConfig::new("life-older", Module::Ours).unwrap().with_companion().with_udp();
    let pbx = Pbx::start(config).unwrap();
    pbx.cli(&format!("module unload {companion}")).unwrap();
    assert!(!pbx.runs(companion).unwrap());
    let mut caller = Caller::by_udp(&pbx, "sdes").unwrap();
    let mut call = caller.call("echo", &[Offer::new(1, common_suite()).unwrap()]).unwrap();
    pbx.cli(&format!("module load {companion}")).unwrap();
    // Keys in clear are warned of once, which is kept with the call.
    caller.renegotiate(&mut call, Offer::new(1, common_suite()).unwrap(), "sendrecv").unwrap();
    pbx.wait_for_log("endpoint sdes, call with ", PATIENCE).unwrap();
    pbx.cli(&format!("module unload {companion}")).unwrap();
    assert!(pbx.runs(companion).unwrap(), "unloaded under a call that it keeps something of");

    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    // Over UDP the call's transactions outlast it.
    voxseal_rig::wait::wait_for("the companion to unload", PATIENCE, || {
        pbx.cli(&format!("module unload {companion}"))?;
        Ok((!pbx.runs(companion).unwrap()).then_some(()))
    })
    .unwrap();
    pbx.stop().unwrap();
}

#[test]
fn ours_declines_with_a_sentence_when_the_stock_module_is_running_and_the_stock_one_works_on() {
    let pbx = Pbx::start(PbxConfig::new("declines", Module::NoneLoaded).unwrap()).unwrap();
    pbx.cli("module load res_stock_srtp.so").unwrap();
    assert!(pbx.runs("res_stock_srtp.so").unwrap());

    pbx.cli("module load res_srtp.so").unwrap();
    assert!(!pbx.runs("res_srtp.so").unwrap(), "two SRTP modules are loaded");
    pbx.wait_for_log("voxseal is not loaded, ", PATIENCE).unwrap();
    suite_to_echo(&pbx, common_suite(), 20).unwrap();
    pbx.stop().unwrap();
}

/// A module whose C part was compiled for another ABI version than its Rust part has.
fn module_of_another_abi(folder: &Path) -> PathBuf {
    let header = fs::read_to_string(repository().join("include/voxseal.h")).unwrap();
    let (before, after) = header.split_once("#define VOXSEAL_ABI_VERSION ").unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    fs::write(folder.join("voxseal.h"), format!("{before}#define VOXSEAL_ABI_VERSION 9999\n{after}"))
        .unwrap();
    make_into(folder, &["module", &format!("VOXSEAL_INCLUDE={}", folder.display())]).unwrap();
    folder.join("res_srtp.so")
}

#[test]
fn ours_declines_with_a_sentence_when_its_parts_are_of_different_versions_and_the_pbx_lives() {
    let pbx = Pbx::start(PbxConfig::new("abi", Module::NoneLoaded).unwrap()).unwrap();
    let place = pbx.file("modules/res_srtp.so");
    fs::remove_file(&place).unwrap();
    fs::copy(module_of_another_abi(&pbx.file("lib")), &place).unwrap();

    pbx.cli("module load res_srtp.so").unwrap();
    assert!(!pbx.runs("res_srtp.so").unwrap());
    pbx.wait_for_log("voxseal is not loaded, its parts are of different voxseal versions", PATIENCE).unwrap();
    assert!(pbx.alive());
    pbx.stop().unwrap();
}

#[test]
fn ours_serves_a_pbx_that_has_no_pjsip_and_the_companion_stays_away() {
    let config = PbxConfig::new("without", Module::Ours).unwrap().with_companion();
    let config = config.with("voxseal.conf", "[tls]\nmin_version = 1.3\n");
    let pbx = Pbx::start(config.with("modules.conf", "noload=res_pjsip.so\n")).unwrap();
    assert!(pbx.runs("res_srtp.so").unwrap());
    for absent in ["res_pjsip.so", "res_pjsip_voxseal.so"] {
        assert!(!pbx.runs(absent).unwrap(), "{absent}");
    }
    pbx.stop().unwrap();
}
