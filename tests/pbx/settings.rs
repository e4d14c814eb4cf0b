//! Settings: `voxseal.conf` and what endpoints and devices get of it, as offers and answers on the wire show.
//!
//! Which endpoint a call is with is known by `res_pjsip_voxseal.so`. Where pjproject's headers are out of reach these
//! tests say that they are skipped; on a PBX that `make pbx` prepared they fail.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use voxseal_rig::build::make_into;
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::libsrtp::RigSuite;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::places::{companion_is_out_of_reach, pbx_dir};
use voxseal_rig::sdp::{Attribute, Sdp};
use voxseal_rig::sip::Message;
use voxseal_rig::wait::{PATIENCE, wait_for};

const LONG: &str = "AES_CM_128_HMAC_SHA1_80";
const SHORT: &str = "AES_CM_128_HMAC_SHA1_32";
const GCM: &str = "AEAD_AES_128_GCM";
const GCM_256: &str = "AEAD_AES_256_GCM";

/// Endpoints that differ in their settings alone. `call-A-X` calls whoever is connected from port X as endpoint A, and
/// `fork-A-X-B-Y` two at once.
const ENDPOINTS: &str = "
[one](leg)
media_encryption=sdes
@srtp_profile=aastra

[mine](leg)
media_encryption=sdes
@srtp_profile=mine

[order](leg)
media_encryption=sdes
@srtp_suites=AEAD_AES_128_GCM,AES_CM_128_HMAC_SHA1_80

[both](leg)
media_encryption=sdes
@srtp_profile=aastra
@srtp_suites=AES_CM_128_HMAC_SHA1_32

[device](leg)
media_encryption=sdes
aors=device
[device]
type=aor
max_contacts=1

[lost](leg)
media_encryption=sdes
@srtp_profile=aastro

[wrong](leg)
media_encryption=sdes
@srtp_suites=AES_CM_128_HMAC_SHA1_81
";

const EXTENSIONS: &str = "
exten => _call-.,1,Set(to=${EXTEN:5})
 same => n,Dial(PJSIP/${CUT(to,-,1)}/sip:callee@@IP@:${CUT(to,-,2)}\\;transport=tls,20)
exten => device,1,Dial(PJSIP/device,20)
exten => _fork-.,1,Set(to=${EXTEN:5})
 same => n,Set(first=PJSIP/${CUT(to,-,1)}/sip:callee@@IP@:${CUT(to,-,2)}\\;transport=tls)
 same => n,Dial(${first}&PJSIP/${CUT(to,-,3)}/sip:callee@@IP@:${CUT(to,-,4)}\\;transport=tls,20)
";

const SETTINGS: &str = "
[mine]
suites = AES_CM_128_HMAC_SHA1_32
accept = AEAD_AES_256_GCM, AES_CM_128_HMAC_SHA1_32

[rig]
user_agent = Rig Phone *
accept = AES_CM_128_HMAC_SHA1_32
suites = AES_CM_128_HMAC_SHA1_32
";

/// A PBX with these settings and our two modules; `None` where the second cannot be had.
fn start(name: &str, settings: &str) -> Option<Pbx> {
    if companion_is_out_of_reach().unwrap() {
        eprintln!("skipped: PJPROJECT_INCLUDE was not set when the PBX was prepared");
        return None;
    }
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion();
    let config = config.with("voxseal.conf", settings).with("pjsip.conf", ENDPOINTS);
    let config = config.with("extensions.conf", EXTENSIONS).with("modules.conf", "load=func_cut.so\n");
    Some(Pbx::start(config).unwrap())
}

fn is_running(pbx: &Pbx, module: &str) -> bool {
    let text = pbx.cli(&format!("module show like {module}")).unwrap();
    text.lines()
        .any(|line| line.starts_with(module) && line.contains(" Running") && !line.contains("Not Running"))
}

/// The suites of the PBX's offer, in their order.
fn suites_of(invite: &Message) -> Vec<&'static str> {
    let lines = Attribute::all_of(&invite.body).unwrap();
    lines.iter().map(|line| line.tag_and_suite().unwrap().1.name).collect()
}

/// Has an endpoint called by a caller in clear, who hangs up after the answer, and gives the suites it was offered.
fn offered_to(pbx: &Pbx, endpoint: &str) -> Vec<&'static str> {
    let mut callee = Callee::connect(pbx).unwrap();
    let extension = format!("call-{endpoint}-{}", callee.ua.port());
    offered_at(pbx, "plain", None, &extension, &mut [&mut callee]).remove(0)
}

/// Calls an extension as an endpoint, which offers this much, and gives the suites that each callee is offered. The
/// first callee answers.
fn offered_at(
    pbx: &Pbx,
    caller: &str,
    offer: Option<&Offer>,
    extension: &str,
    callees: &mut [&mut Callee],
) -> Vec<Vec<&'static str>> {
    let mut caller = Caller::connect_as(pbx, caller).unwrap();
    let lines: Vec<&[u8]> = offer.iter().map(|offer| offer.line.as_bytes()).collect();
    let profile = if lines.is_empty() { "RTP/AVP" } else { "RTP/SAVP" };
    let sdp = Sdp { profile, ..Sdp::new(40_000, &lines) }.write();
    std::thread::scope(|scope| {
        let calling = scope.spawn(|| {
            let (mut dialog, answer) = caller.ua.invite(extension, &sdp).unwrap();
            assert_eq!(answer.status(), Some(200));
            caller.ua.bye(&mut dialog).unwrap();
        });
        let invites: Vec<Message> =
            callees.iter_mut().map(|callee| callee.ua.wait_for_request("INVITE").unwrap()).collect();
        let offered = Attribute::first_of(&invites[0].body).unwrap();
        let (tag, suite) = offered.tag_and_suite().unwrap();
        let ours = Offer::new(tag, suite).unwrap();
        let answer = Sdp::new(40_002, &[ours.line.as_bytes()]).write();
        callees[0].ua.accept_with(&invites[0], &answer).unwrap();
        callees[0].ua.wait_for_request("ACK").unwrap();
        callees[0].wait_for_bye().unwrap();
        calling.join().unwrap();
        invites.iter().map(suites_of).collect()
    })
}

/// The suite of the PBX's answer to these; `None` when it refuses them.
fn answered(pbx: &Pbx, endpoint: &str, user_agent: &str, suites: &[&str]) -> Option<&'static str> {
    let mut caller = Caller::connect_as(pbx, endpoint).unwrap();
    caller.ua.user_agent = user_agent.into();
    let offers: Vec<Offer> = (1..)
        .zip(suites)
        .map(|(tag, name)| Offer::new(tag, RigSuite::named(name).unwrap()).unwrap())
        .collect();
    let lines: Vec<&[u8]> = offers.iter().map(|offer| offer.line.as_bytes()).collect();
    let (mut dialog, answer) = caller.offer("echo", &lines).unwrap();
    if answer.status() != Some(200) {
        return None;
    }
    let (tag, suite) = Attribute::only_one_of(&answer.body).unwrap().tag_and_suite().unwrap();
    assert_eq!(suites[tag as usize - 1], suite.name, "the tag is of another line");
    caller.ua.bye(&mut dialog).unwrap();
    Some(suite.name)
}

#[test]
fn an_endpoint_is_offered_what_its_profile_and_its_suites_say_and_the_others_the_default() {
    let Some(pbx) = start("endpoints", SETTINGS) else { return };
    let default = offered_to(&pbx, "sdes");
    assert_eq!(default.first(), Some(&LONG));
    assert_eq!(offered_to(&pbx, "one"), [LONG]);
    assert_eq!(offered_to(&pbx, "mine"), [SHORT]);
    assert_eq!(offered_to(&pbx, "order"), [GCM, LONG]);
    assert_eq!(offered_to(&pbx, "both"), [SHORT]);
    assert_eq!(offered_to(&pbx, "sdes"), default);
    pbx.stop().unwrap();
}

#[test]
fn calls_at_the_same_time_get_their_own_endpoints_settings() {
    let Some(pbx) = start("parallel", SETTINGS) else { return };
    let default = offered_to(&pbx, "sdes");
    let expected =
        [("one", vec![LONG]), ("order", vec![GCM, LONG]), ("mine", vec![SHORT]), ("sdes", default)];
    for _ in 0..4 {
        std::thread::scope(|scope| {
            for (endpoint, suites) in &expected {
                let pbx = &pbx;
                scope.spawn(move || assert_eq!(&offered_to(pbx, endpoint), suites, "{endpoint}"));
                // Incoming calls share serializers and threads with these.
                scope.spawn(move || assert_eq!(answered(pbx, "mine", "", &[LONG, SHORT]), Some(SHORT)));
                scope.spawn(move || assert_eq!(answered(pbx, "sdes", "", &[LONG, SHORT]), Some(LONG)));
            }
        });
    }
    pbx.stop().unwrap();
}

#[test]
fn each_branch_of_a_fork_is_offered_what_its_own_endpoint_says() {
    let Some(pbx) = start("fork", SETTINGS) else { return };
    let (mut first, mut second) = (Callee::connect(&pbx).unwrap(), Callee::connect(&pbx).unwrap());
    let extension = format!("fork-one-{}-order-{}", first.ua.port(), second.ua.port());
    let offered = offered_at(&pbx, "plain", None, &extension, &mut [&mut first, &mut second]);
    assert_eq!(offered, [vec![LONG], vec![GCM, LONG]]);
    pbx.stop().unwrap();
}

#[test]
fn the_two_legs_of_a_call_follow_their_own_endpoints() {
    let Some(pbx) = start("legs", SETTINGS) else { return };
    let mut callee = Callee::connect(&pbx).unwrap();
    let extension = format!("call-one-{}", callee.ua.port());
    // The caller's profile takes this suite, and the callee's offers another.
    let offer = Offer::new(1, RigSuite::named(GCM_256).unwrap()).unwrap();
    assert_eq!(offered_at(&pbx, "mine", Some(&offer), &extension, &mut [&mut callee]), [[LONG]]);
    assert_eq!(answered(&pbx, "mine", "", &[GCM]), None, "a suite that the profile does not take");
    pbx.stop().unwrap();
}

#[test]
fn a_caller_gets_the_profile_for_its_user_agent_unless_its_endpoint_names_one() {
    let Some(pbx) = start("agent", SETTINGS) else { return };
    let offer = [LONG, GCM_256, SHORT];
    assert_eq!(answered(&pbx, "sdes", "Rig Phone 1.0", &offer), Some(SHORT));
    assert_eq!(answered(&pbx, "sdes", "Another Phone", &offer), Some(LONG));
    assert_eq!(answered(&pbx, "sdes", "", &offer), Some(LONG));
    assert_eq!(answered(&pbx, "mine", "Rig Phone 1.0", &offer), Some(GCM_256));
    pbx.stop().unwrap();
}

#[test]
fn our_order_of_suites_decides_when_the_profile_says_so() {
    let Some(pbx) =
        start("ours", "[mine]\norder = ours\nsuites = AEAD_AES_128_GCM, AES_CM_128_HMAC_SHA1_32\n")
    else {
        return;
    };
    assert_eq!(answered(&pbx, "mine", "", &[LONG, SHORT, GCM]), Some(GCM));
    assert_eq!(answered(&pbx, "mine", "", &[LONG, SHORT]), Some(SHORT));
    assert_eq!(answered(&pbx, "sdes", "", &[LONG, SHORT, GCM]), Some(LONG));
    pbx.stop().unwrap();
}

#[test]
fn a_device_that_registered_is_called_with_the_profile_for_its_user_agent() {
    let Some(pbx) = start("registered", SETTINGS) else { return };
    pbx.cli("module load res_pjsip_registrar.so").unwrap();
    let mut device = Callee::connect(&pbx).unwrap();
    let contact = format!("sip:callee@127.0.0.1:{};transport=tls", device.ua.port());
    device.ua.user_agent = "Rig Phone 1.0".into();
    device.ua.register("device", &contact).unwrap();
    let offered = offered_at(&pbx, "plain", None, "device", &mut [&mut device]);
    assert_eq!(offered, [[SHORT]]);
    pbx.stop().unwrap();
}

#[test]
fn an_unknown_profile_refuses_calls_in_both_directions_and_wrong_suites_are_warned_of() {
    let Some(pbx) = start("lost", SETTINGS) else { return };
    let callee = Callee::connect(&pbx).unwrap();
    let mut phone = Caller::connect_as(&pbx, "plain").unwrap();
    let clear = Sdp { profile: "RTP/AVP", ..Sdp::new(40_000, &[]) }.write();
    let (_, answer) = phone.ua.invite(&format!("call-lost-{}", callee.ua.port()), &clear).unwrap();
    assert!(matches!(answer.status(), Some(400..=699)), "{}", answer.head);
    let warning = pbx.wait_for_log("endpoint lost: @srtp_profile=aastro", PATIENCE).unwrap();
    assert!(warning.contains("WARNING") && warning.contains("its calls are refused"), "{warning}");

    let mut lost = Caller::connect_as(&pbx, "lost").unwrap();
    let ours = Offer::new(1, RigSuite::named(LONG).unwrap()).unwrap();
    let (_, answer) = lost.offer("echo", &[ours.line.as_bytes()]).unwrap();
    assert_eq!(answer.status(), Some(488), "{}", answer.head);
    pbx.wait_for_log("correct @srtp_profile=aastro in pjsip.conf", PATIENCE).unwrap();

    let default = offered_to(&pbx, "sdes");
    assert_eq!(offered_to(&pbx, "wrong"), default);
    let warning = pbx.wait_for_log("endpoint wrong: @srtp_suites=AES_CM_128_HMAC_SHA1_81", PATIENCE).unwrap();
    assert!(warning.contains("WARNING"), "{warning}");
    pbx.stop().unwrap();
}

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
    assert!(!is_running(&pbx, "res_srtp.so"));

    fs::write(
        pbx.file("etc/voxseal.conf"),
        text.replace("min_life_time", "min_lifetime").replace("nobody", "ours"),
    )
    .unwrap();
    pbx.cli("module load res_srtp.so").unwrap();
    assert!(is_running(&pbx, "res_srtp.so"));
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

#[test]
fn the_companion_comes_and_goes_and_does_not_load_beside_another_srtp_module() {
    let Some(pbx) = start("companion", SETTINGS) else { return };
    pbx.cli("module unload res_srtp.so").unwrap();
    assert!(is_running(&pbx, "res_srtp.so"), "unloaded under its companion");
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut call = caller.call("echo", &[Offer::new(1, RigSuite::named(GCM).unwrap()).unwrap()]).unwrap();
    pbx.cli("module unload res_pjsip_voxseal.so").unwrap();
    assert!(is_running(&pbx, "res_pjsip_voxseal.so"), "unloaded under a call");
    caller.ua.bye(&mut call.dialog).unwrap();
    wait_for("the companion to unload", PATIENCE, || {
        pbx.cli("module unload res_pjsip_voxseal.so")?;
        Ok((!is_running(&pbx, "res_pjsip_voxseal.so")).then_some(()))
    })
    .unwrap();
    assert!(!is_running(&pbx, "res_pjsip_voxseal.so"));
    let default = offered_to(&pbx, "sdes");
    assert_eq!(offered_to(&pbx, "one"), default, "who knows the endpoint?");
    pbx.cli("module load res_pjsip_voxseal.so").unwrap();
    assert_eq!(offered_to(&pbx, "one"), [LONG]);
    pbx.stop().unwrap();

    let stock = Pbx::start(PbxConfig::new("stock", Module::Stock).unwrap().with_companion()).unwrap();
    stock.wait_for_log("res_pjsip_voxseal is not loaded, ", PATIENCE).unwrap();
    assert!(!is_running(&stock, "res_pjsip_voxseal.so"));
    assert!(is_running(&stock, "res_srtp.so"));
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
    assert!(!is_running(&pbx, "res_pjsip_voxseal.so"));
    let text = "res_pjsip_voxseal is not loaded, it was built for another version of pjproject";
    pbx.wait_for_log(text, PATIENCE).unwrap();
    assert_eq!(offered_to(&pbx, "order"), offered_to(&pbx, "sdes"));
    pbx.stop().unwrap();
}
