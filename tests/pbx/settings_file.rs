//! `voxseal.conf` as a file: read at start and at reload, and refused as a whole when it has errors.

use crate::settings_site::{GCM, LONG, SETTINGS, SHORT, offered_to, start};
use std::fs;
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::Caller;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::Sdp;
use voxseal_rig::wait::PATIENCE;

#[test]
fn a_file_with_errors_is_refused_at_start_with_every_line_and_its_reason() {
    let config = PbxConfig::new("bad-file", Module::Ours).unwrap();
    let text = "[general]\nsuites = default\nmin_life_time = 5\n[mine]\nlike = stock\norder = nobody\n";
    let pbx = Pbx::start(config.with("voxseal.conf", text)).unwrap();
    for line in ["voxseal.conf:3: ", "voxseal.conf:6: "] {
        let found = pbx.wait_for_log(line, PATIENCE).unwrap();
        assert!(found.len() > found.find(line).unwrap() + line.len() + 10, "no reason in: {found}");
    }
    pbx.wait_for_log("voxseal is not loaded, voxseal.conf has errors", PATIENCE).unwrap();
    assert!(!pbx.runs("res_srtp.so").unwrap());

    fs::write(
        pbx.file("etc/voxseal.conf"),
        text.replace("min_life_time", "min_lifetime").replace("nobody", "ours"),
    )
    .unwrap();
    pbx.cli("module load res_srtp.so").unwrap();
    assert!(pbx.runs("res_srtp.so").unwrap());
    pbx.stop().unwrap();
}

#[test]
fn a_reload_takes_a_good_file_and_keeps_the_old_settings_when_it_is_bad() {
    let Some(pbx) = start("reload", SETTINGS) else { return };
    assert_eq!(offered_to(&pbx, "mine"), [SHORT]);
    let reload = |text: &str| {
        fs::write(pbx.file("etc/voxseal.conf"), text).unwrap();
        pbx.cli("module reload res_srtp.so").unwrap();
    };
    reload("[mine]\nsuites = AEAD_AES_128_GCM\nkeys = many\n");
    pbx.wait_for_log("voxseal.conf:3: ", PATIENCE).unwrap();
    pbx.wait_for_log("the settings from before stay", PATIENCE).unwrap();
    assert_eq!(offered_to(&pbx, "mine"), [SHORT]);

    // Every line is good and the whole is not.
    reload("[mine]\nlike = nobody\n");
    pbx.wait_for_log("nobody", PATIENCE).unwrap();
    assert_eq!(offered_to(&pbx, "mine"), [SHORT]);

    reload("[mine]\nsuites = AEAD_AES_128_GCM\n");
    pbx.wait_for_log("voxseal.conf was read", PATIENCE).unwrap();
    assert_eq!(offered_to(&pbx, "mine"), [GCM]);

    fs::remove_file(pbx.file("etc/voxseal.conf")).unwrap();
    pbx.cli("module reload res_srtp.so").unwrap();
    // A missing file is the defaults, and what was in it is not there any more.
    let callee = Callee::connect(&pbx).unwrap();
    let mut phone = Caller::connect_as(&pbx, "plain").unwrap();
    let clear = Sdp { profile: "RTP/AVP", ..Sdp::new(40_000, &[]) }.write();
    let (_, answer) = phone.ua.invite(&format!("call-mine-{}", callee.ua.port()), &clear).unwrap();
    assert!(matches!(answer.status(), Some(400..=699)), "{}", answer.head);
    pbx.wait_for_log("endpoint mine: @srtp_profile=mine", PATIENCE).unwrap();
    assert_eq!(offered_to(&pbx, "order"), [GCM, LONG]);
    pbx.stop().unwrap();
}
