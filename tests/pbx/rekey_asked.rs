//! A new key because somebody asks for it, on the console or in the dialplan: the call goes on under it, and where it cannot be
//! had it is said why.

use voxseal_rig::caller::{Call, Caller, Offer};
use voxseal_rig::media::{Media, random_payload};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::{Attribute, Sdp};

const DIALPLAN: &str = "
exten => ask,1,Answer()
 same => n,Set(SRTP(rekey)=now)
 same => n,Echo()
";

fn call(pbx: &Pbx, extension: &str) -> (Caller, Call) {
    let mut caller = Caller::connect(pbx).unwrap();
    let offer = Offer::named(1, "AES_CM_128_HMAC_SHA1_80").unwrap();
    let call = caller.call(extension, &[offer]).unwrap();
    (caller, call)
}

/// The PBX offers another key of its own, and after the answer the echo is under that.
fn gets_a_new_key(caller: &mut Caller, call: &mut Call) {
    let invite = caller.ua.wait_for_request("INVITE").unwrap();
    let fresh = Attribute::only_one_of(&invite.body).unwrap().key_for(call.suite).unwrap();
    assert_ne!(fresh, call.remote, "the PBX brings the old key");
    call.dialog.sdp_version += 1;
    let lines = [call.offer.line.as_bytes()];
    let sdp = Sdp { version: call.dialog.sdp_version, ..Sdp::new(call.media.port(), &lines) };
    caller.ua.accept_with(&invite, &sdp.write()).unwrap();
    caller.ua.wait_for_request("ACK").unwrap();
    call.media.use_remote_key(call.suite, &fresh).unwrap();
    let sent = call.media.wait_for_first_echo().unwrap();
    assert!(call.media.echoed(&random_payload().unwrap(), &sent).unwrap());
}

fn end(pbx: &Pbx, mut caller: Caller, mut call: Call) {
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
}

#[test]
fn console_and_dialplan_bring_a_new_key_and_the_call_goes_on_under_it() {
    let config = PbxConfig::new("asked", Module::Ours).unwrap().with_companion();
    let pbx = Pbx::start(config.with("extensions.conf", DIALPLAN)).unwrap();
    let (mut caller, mut by_console) = call(&pbx, "echo");
    by_console.media.wait_for_first_echo().unwrap();
    let shown = pbx.cli("srtp rekey PJSIP/sdes-00000000").unwrap();
    assert!(shown.contains("PJSIP/sdes-00000000"), "{shown}");
    gets_a_new_key(&mut caller, &mut by_console);
    end(&pbx, caller, by_console);

    let (mut caller, mut by_dialplan) = call(&pbx, "ask");
    gets_a_new_key(&mut caller, &mut by_dialplan);
    end(&pbx, caller, by_dialplan);
    pbx.stop().unwrap();
}

#[test]
fn where_there_is_no_new_key_it_is_said_why() {
    let pbx = Pbx::start(PbxConfig::new("not-asked", Module::Ours).unwrap().with_companion()).unwrap();
    assert!(pbx.cli("srtp rekey nobody").unwrap().contains("there is no such channel"));
    let mut caller = Caller::connect_as(&pbx, "plain").unwrap();
    let media = Media::bind().unwrap();
    let sdp = Sdp { profile: "RTP/AVP", ..Sdp::new(media.port, &[]) };
    let (mut dialog, answer) = caller.ua.invite("echo", &sdp.write()).unwrap();
    assert_eq!(answer.status(), Some(200));
    let shown = pbx.cli("srtp rekey PJSIP/plain-00000000").unwrap();
    assert!(shown.contains("SDES"), "{shown}");
    caller.ua.bye(&mut dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();

    // The re-INVITE is the companion's.
    let pbx = Pbx::start(PbxConfig::new("alone", Module::Ours).unwrap()).unwrap();
    let (caller, call) = call(&pbx, "echo");
    let shown = pbx.cli("srtp rekey PJSIP/sdes-00000000").unwrap();
    assert!(shown.contains("res_pjsip_voxseal"), "{shown}");
    end(&pbx, caller, call);
    pbx.stop().unwrap();
}
