//! `res_pjsip_voxseal.so`: when it is there, and when it stays away.

use crate::settings_site::{GCM, LONG, SETTINGS, offered_to, start};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use voxseal_rig::build::make_into;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::places::pbx_dir;
use voxseal_rig::wait::{PATIENCE, wait_for};

#[test]
fn the_companion_comes_and_goes_and_does_not_load_beside_another_srtp_module() {
    let Some(pbx) = start("companion", SETTINGS) else { return };
    pbx.cli("module unload res_srtp.so").unwrap();
    assert!(pbx.runs("res_srtp.so").unwrap(), "unloaded under its companion");
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut call = caller.call("echo", &[Offer::named(1, GCM).unwrap()]).unwrap();
    pbx.cli("module unload res_pjsip_voxseal.so").unwrap();
    assert!(pbx.runs("res_pjsip_voxseal.so").unwrap(), "unloaded under a call");
    caller.ua.bye(&mut call.dialog).unwrap();
    wait_for("the companion to unload", PATIENCE, || {
        pbx.cli("module unload res_pjsip_voxseal.so")?;
        Ok((!pbx.runs("res_pjsip_voxseal.so").unwrap()).then_some(()))
    })
    .unwrap();
    assert!(!pbx.runs("res_pjsip_voxseal.so").unwrap());
    let default = offered_to(&pbx, "sdes");
    assert_eq!(offered_to(&pbx, "one"), default, "who knows the endpoint?");
    pbx.cli("module load res_pjsip_voxseal.so").unwrap();
    assert_eq!(offered_to(&pbx, "one"), [LONG]);
    pbx.stop().unwrap();

    let stock = Pbx::start(PbxConfig::new("stock", Module::Stock).unwrap().with_companion()).unwrap();
    stock.wait_for_log("res_pjsip_voxseal is not loaded, ", PATIENCE).unwrap();
    assert!(!stock.runs("res_pjsip_voxseal.so").unwrap());
    assert!(stock.runs("res_srtp.so").unwrap());
    stock.stop().unwrap();
}

/// Our companion, compiled with headers that say another version of pjproject.
fn companion_for_another_pjproject(folder: &Path) -> PathBuf {
    let headers = folder.join("include-pj");
    let ours = pbx_dir().unwrap().join("include-pj");
    assert!(Command::new("cp").arg("-R").arg(&ours).arg(&headers).status().unwrap().success());
    let config = headers.join("pj/config.h");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("#define PJ_VERSION_NUM_MAJOR ", "#define PJ_VERSION_NUM_MAJOR 9"))
        .unwrap();
    let module = folder.join("res_pjsip_voxseal.so");
    let target = module.to_str().unwrap();
    make_into(folder, &[target, &format!("PJPROJECT_INCLUDE={}", headers.display())]).unwrap();
    module
}

#[test]
fn the_companion_declines_when_it_was_built_for_another_pjproject() {
    let Some(pbx) = start("pjproject", SETTINGS) else { return };
    pbx.cli("module unload res_pjsip_voxseal.so").unwrap();
    let place = pbx.file("modules/res_pjsip_voxseal.so");
    fs::remove_file(&place).unwrap();
    fs::copy(companion_for_another_pjproject(&pbx.file("lib")), &place).unwrap();
    pbx.cli("module load res_pjsip_voxseal.so").unwrap();
    assert!(!pbx.runs("res_pjsip_voxseal.so").unwrap());
    let text = "res_pjsip_voxseal is not loaded, it was built for another version of pjproject";
    pbx.wait_for_log(text, PATIENCE).unwrap();
    assert_eq!(offered_to(&pbx, "order"), offered_to(&pbx, "sdes"));
    pbx.stop().unwrap();
}

#[test]
fn what_is_asked_of_calls_without_the_companion_is_an_error_in_the_log() {
    let dialplan = "
exten => ask,1,Answer()
 same => n,Set(SRTP(require)=tls)
 same => n,Set(SRTP(hangup_if_clear)=yes)
 same => n,Echo()
";
    let config = PbxConfig::new("unasked", Module::Ours).unwrap().with("extensions.conf", dialplan);
    let pbx = Pbx::start(config).unwrap();
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut call = caller.call("ask", &[Offer::named(1, LONG).unwrap()]).unwrap();
    for text in
        ["SRTP(require)=tls holds for no call", "SRTP(hangup_if_clear)=yes holds for no call that it makes"]
    {
        let line = pbx.wait_for_log(text, PATIENCE).unwrap();
        assert!(line.contains(": load res_pjsip_voxseal.so"), "{line}");
    }
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.stop().unwrap();
}
