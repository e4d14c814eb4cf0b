//! Settings: `voxseal.conf` and what endpoints and devices get of it, as offers and answers on the wire show.

use crate::settings_site::{GCM, GCM_256, LONG, SETTINGS, SHORT, answered, offered_at, offered_to, start};
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::sdp::Sdp;
use voxseal_rig::wait::PATIENCE;

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
    let offer = Offer::named(1, GCM_256).unwrap();
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
    let ours = Offer::named(1, LONG).unwrap();
    let (_, answer) = lost.offer("echo", &[ours.line.as_bytes()]).unwrap();
    assert_eq!(answer.status(), Some(488), "{}", answer.head);
    pbx.wait_for_log("correct @srtp_profile=aastro in pjsip.conf", PATIENCE).unwrap();

    let default = offered_to(&pbx, "sdes");
    assert_eq!(offered_to(&pbx, "wrong"), default);
    let warning = pbx.wait_for_log("endpoint wrong: @srtp_suites=AES_CM_128_HMAC_SHA1_81", PATIENCE).unwrap();
    assert!(warning.contains("WARNING"), "{warning}");
    pbx.stop().unwrap();
}
