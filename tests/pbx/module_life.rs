//! Loading and unloading our module in a living PBX.

use std::time::Duration;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::libsrtp::RigSuite;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::scenarios::suite_to_echo;

fn common_suite() -> RigSuite {
    RigSuite::named("AES_CM_128_HMAC_SHA1_80").unwrap()
}

/// A module that declined is listed too, as "Not Running".
fn is_running(pbx: &Pbx, module: &str) -> bool {
    let text = pbx.cli(&format!("module show like {module}")).unwrap();
    text.lines()
        .any(|line| line.starts_with(module) && line.contains(" Running") && !line.contains("Not Running"))
}

#[test]
fn the_module_stays_while_a_call_is_up_and_goes_and_comes_back_after() {
    let pbx = Pbx::start(PbxConfig::new("life", Module::Ours).unwrap()).unwrap();
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut call = caller.call("echo", &[Offer::new(1, common_suite()).unwrap()]).unwrap();

    pbx.cli("module unload res_srtp.so").unwrap();
    assert!(is_running(&pbx, "res_srtp.so"), "unloaded under a call");

    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    // A session may live a moment longer than its call: ask until it is gone.
    voxseal_rig::wait::wait_for("the module to unload", Duration::from_secs(10), || {
        pbx.cli("module unload res_srtp.so")?;
        Ok((!is_running(&pbx, "res_srtp.so")).then_some(()))
    })
    .unwrap();

    pbx.cli("module load res_srtp.so").unwrap();
    assert!(is_running(&pbx, "res_srtp.so"));
    suite_to_echo(&pbx, common_suite(), 20).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn ours_declines_with_a_sentence_when_the_stock_module_is_running_and_the_stock_one_works_on() {
    let pbx = Pbx::start(PbxConfig::new("declines", Module::NoneLoaded).unwrap()).unwrap();
    pbx.cli("module load res_stock_srtp.so").unwrap();
    assert!(is_running(&pbx, "res_stock_srtp.so"));

    pbx.cli("module load res_srtp.so").unwrap();
    assert!(!is_running(&pbx, "res_srtp.so"), "two SRTP modules are loaded");
    pbx.wait_for_log("voxseal is not loaded, ", Duration::from_secs(5)).unwrap();
    suite_to_echo(&pbx, common_suite(), 20).unwrap();
    pbx.stop().unwrap();
}
