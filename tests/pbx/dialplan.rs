//! `SRTP()` in the dialplan: what it says of secure, clear and refused calls, and what is set with it for the calls
//! that a channel makes.

use crate::items::{telling, told};
use std::thread;
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::Media;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::{Attribute, Sdp};
use voxseal_rig::sip::{Dialog, Message};
use voxseal_rig::wait::PATIENCE;

const LONG: &str = "AES_CM_128_HMAC_SHA1_80";
const SHORT: &str = "AES_CM_128_HMAC_SHA1_32";
const GCM: &str = "AEAD_AES_128_GCM";
const GCM_256: &str = "AEAD_AES_256_GCM";

const DIALPLAN: &str = "
; secure calls get an echo, others a cause of their own
exten => branch,1,Verbose(0,EARLY state=${SRTP(state)})
 same => n,Answer()
 same => n,Verbose(0,LATE state=${SRTP(state)} secure=${SRTP(secure)} suite=${SRTP(suite)} reason=${SRTP(reason)})
 same => n,Goto(branch-${SRTP(state)},1)
exten => branch-secure,1,Echo()
exten => branch-clear,1,Hangup(57)
exten => branch-refused,1,Hangup(88)

; every item of an answered call
exten => items,1,Answer()
 same => n,Verbose(0,ITEM verdict=${SRTP(verdict,audio)}|)
 same => n,Verbose(0,ITEM verdict.1=${SRTP(verdict.1)}|)
 same => n,Verbose(0,ITEM verdict.2=${SRTP(verdict.2)}|)
@ITEMS@ same => n,Verbose(0,ITEM video=${SRTP(state,video)}|)
 same => n,Echo()

; with the suites for the other leg
exten => _offer-X.,1,Set(SRTP(offer)=AEAD_AES_256_GCM:AES_CM_128_HMAC_SHA1_32)
 same => n,Dial(PJSIP/sdes/sip:callee@@IP@:${EXTEN:6}\\;transport=tls,20)
exten => _var-X.,1,Set(__SRTP_SUITES=AEAD_AES_128_GCM)
 same => n,Dial(PJSIP/sdes/sip:callee@@IP@:${EXTEN:4}\\;transport=tls,20)
exten => _pre-X.,1,Dial(PJSIP/sdes/sip:callee@@IP@:${EXTEN:4}\\;transport=tls,20,b(predial^s^1))
exten => _bad-X.,1,Set(_SRTP_SUITES=AES_CM_129_HMAC_SHA1_80)
 same => n,Dial(PJSIP/sdes/sip:callee@@IP@:${EXTEN:4}\\;transport=tls,20)
 same => n,Verbose(0,DIALSTATUS ${DIALSTATUS})
 same => n,Hangup(38)

; what is not understood
exten => wrong,1,Answer()
 same => n,Set(SRTP(offer)=AES_CM_129_HMAC_SHA1_80)
 same => n,Set(SRTP(colour)=blue)
 same => n,Set(SRTP(rekey)=later)
 same => n,Set(SRTP(hangup_if_clear)=maybe)
 same => n,Verbose(0,GOT ${SRTP(colour)}${SRTP(suite,smell)}${SRTP(suite,audio,xrtp)}${SRTP(verdict.0)})
 same => n,Hangup()

exten => picky,1,Answer()
 same => n,Set(SRTP(hangup_if_clear)=yes)
 same => n,Echo()

[predial]
exten => s,1,Set(SRTP(offer)=AES_CM_128_HMAC_SHA1_32)
 same => n,Return()
";

/// Items with a value, in the order of the documentation.
const ITEMS: [&str; 22] = [
    "secure",
    "secure_call",
    "state",
    "keying",
    "suite",
    "suite_in",
    "tag",
    "profile",
    "reason",
    "since",
    "mki_in",
    "lifetime_in",
    "lifetime_remaining",
    "failures",
    "auth_failures",
    "replays",
    "refused",
    "signalling",
    "transport",
    "tls_version",
    "tls_cipher",
    "peer_cn",
];

fn pbx(name: &str) -> Pbx {
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion().with_optional_endpoint();
    let config = config.with("modules.conf", "load=app_stack.so\nload=res_pjsip_rfc3326.so\n");
    let dialplan = DIALPLAN.replace("@ITEMS@", &telling(&ITEMS));
    Pbx::start(config.with("extensions.conf", &dialplan)).unwrap()
}

fn offer(tag: u32, suite: &str) -> Offer {
    Offer::named(tag, suite).unwrap()
}

/// What an endpoint is answered that offers these lines in RTP/AVP.
fn avp(pbx: &Pbx, endpoint: &str, extension: &str, lines: &[&str]) -> (Caller, Dialog, Message) {
    let mut caller = Caller::connect_as(pbx, endpoint).unwrap();
    let media = Media::bind().unwrap();
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    let sdp = Sdp { profile: "RTP/AVP", ..Sdp::new(media.port, &lines) };
    let (dialog, answer) = caller.ua.invite(extension, &sdp.write()).unwrap();
    (caller, dialog, answer)
}

#[test]
fn a_dialplan_branches_on_secure_clear_and_refused_calls() {
    let pbx = pbx("dialplan-branch");
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut call = caller.call("branch", &[offer(1, GCM)]).unwrap();
    call.media.wait_for_first_echo().unwrap();
    assert!(pbx.log().contains("EARLY state=secure"), "{}", pbx.log());
    let late = format!("LATE state=secure secure=both suite={GCM} reason=");
    pbx.wait_for_log(&late, PATIENCE).unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();

    let (mut caller, _, answer) = avp(&pbx, "plain", "branch", &[]);
    assert_eq!(answer.status(), Some(200));
    let bye = caller.ua.wait_for_request("BYE").unwrap();
    assert!(bye.head.contains("cause=57"), "{}", bye.head);
    pbx.wait_for_log("LATE state=clear secure=signalling suite= reason=", PATIENCE).unwrap();

    let bad = offer(1, LONG).line + "|2^16";
    let (mut caller, _, answer) = avp(&pbx, "optional", "branch", &[&bad]);
    assert_eq!(answer.status(), Some(200));
    let bye = caller.ua.wait_for_request("BYE").unwrap();
    assert!(bye.head.contains("cause=88"), "{}", bye.head);
    pbx.wait_for_log("EARLY state=refused", PATIENCE).unwrap();
    let reason = "crypto line 1 refused: lifetime 2^16 is below the minimum 2^20 (min_lifetime)";
    let late = format!("LATE state=refused secure=signalling suite= reason={reason}");
    pbx.wait_for_log(&late, PATIENCE).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn every_item_says_what_was_negotiated() {
    let pbx = pbx("dialplan-items");
    let mut caller = Caller::connect(&pbx).unwrap();
    let weak = offer(4, LONG).line + "|2^16";
    let mut good = offer(5, LONG);
    good.line += "|2^31|1:2";
    let media = Media::bind().unwrap();
    let sdp = Sdp::new(media.port, &[weak.as_bytes(), good.line.as_bytes()]).write();
    let (mut dialog, answer) = caller.ua.invite("items", &sdp).unwrap();
    assert_eq!(answer.status(), Some(200));
    pbx.wait_for_log("ITEM video=", PATIENCE).unwrap();
    let log = pbx.log();
    let item = |name: &str| told(&log, name);
    let refused = "crypto line 4 refused: lifetime 2^16 is below the minimum 2^20 (min_lifetime)";
    let taken = format!("crypto line 5 taken: {LONG}, lifetime 2^31, MKI of 2 bytes");
    for (name, expected) in [
        ("verdict.1", refused),
        ("secure", "both"),
        ("secure_call", "both"),
        ("state", "secure"),
        ("keying", "SDES"),
        ("suite", LONG),
        ("suite_in", LONG),
        ("tag", "5"),
        ("profile", "general"),
        ("reason", ""),
        ("mki_in", "0001"),
        ("lifetime_in", "2147483648"),
        ("failures", "0"),
        ("auth_failures", "0"),
        ("replays", "0"),
        ("refused", "0"),
        ("signalling", "tls"),
        ("transport", "TLS"),
        ("video", "clear"),
    ] {
        assert_eq!(item(name), expected, "{name}");
    }
    assert!(item("verdict.2").starts_with(&taken), "{}", item("verdict.2"));
    assert_eq!(item("verdict"), format!("{refused}\n{}", item("verdict.2")));
    let left: u64 = item("lifetime_remaining").parse().unwrap();
    assert!(left <= 1 << 48 && left > (1 << 48) - 1000, "{left}");
    assert!(item("since").starts_with("20"), "{}", item("since"));
    caller.ua.bye(&mut dialog).unwrap();
    pbx.stop().unwrap();
}

/// The suites that a callee is offered when somebody calls this extension.
fn offered(pbx: &Pbx, extension: &str) -> Vec<String> {
    let mut callee = Callee::connect(pbx).unwrap();
    let extension = format!("{extension}-{}", callee.ua.port());
    let offered = thread::spawn(move || {
        let invite = callee.ua.wait_for_request("INVITE").unwrap();
        let lines = Attribute::all_of(&invite.body).unwrap();
        let suites = lines.iter().map(|line| line.tag_and_suite().unwrap().1.name.to_owned()).collect();
        callee.answer_line(&invite, 0).unwrap();
        callee.wait_for_bye().unwrap();
        suites
    });
    let mut caller = Caller::connect(pbx).unwrap();
    let mut call = caller.call(&extension, &[offer(1, LONG)]).unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();
    offered.join().unwrap()
}

#[test]
fn the_offer_to_the_other_leg_is_set_per_call() {
    let pbx = pbx("dialplan-offer");
    assert_eq!(offered(&pbx, "offer"), [GCM_256, SHORT]);
    assert_eq!(offered(&pbx, "var"), [GCM]);
    assert_eq!(offered(&pbx, "pre"), [SHORT]);
    // None of that is left for the next call.
    assert_eq!(offered(&pbx, "to"), [LONG, SHORT, GCM_256, GCM]);
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn a_variable_that_cannot_be_followed_keeps_the_call_from_being_made() {
    let pbx = pbx("dialplan-bad");
    let mut callee = Callee::connect(&pbx).unwrap();
    let mut caller = Caller::connect(&pbx).unwrap();
    let extension = format!("bad-{}", callee.ua.port());
    let (_, answer) = caller.offer(&extension, &[offer(1, LONG).line.as_bytes()]).unwrap();
    assert!(matches!(answer.status(), Some(400..=699)), "{}", answer.head);
    let line =
        pbx.wait_for_log("the call is not made, because the channel variable SRTP_SUITES", PATIENCE).unwrap();
    assert!(line.contains("(did you mean \"AES_CM_128_HMAC_SHA1_80\"?)"), "{line}");
    pbx.wait_for_log("DIALSTATUS ", PATIENCE).unwrap();
    pbx.wait_until_idle().unwrap();
    // Nothing was sent: the next request is that of a call without the variable.
    let placed = thread::spawn({
        let extension = callee.extension();
        let mut caller = Caller::connect(&pbx).unwrap();
        move || caller.call(&extension, &[offer(1, LONG)]).map(|call| (caller, call))
    });
    let invite = callee.ua.wait_for_request("INVITE").unwrap();
    assert_eq!(Attribute::all_of(&invite.body).unwrap().len(), 4);
    callee.answer_line(&invite, 0).unwrap();
    let (mut caller, mut call) = placed.join().unwrap().unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn unknown_items_and_values_are_errors_with_a_remedy() {
    let pbx = pbx("dialplan-wrong");
    let mut caller = Caller::connect(&pbx).unwrap();
    let call = caller.call("wrong", &[offer(1, LONG)]).unwrap();
    caller.ua.wait_for_request("BYE").unwrap();
    drop(call);
    for expected in [
        "SRTP(offer)=AES_CM_129_HMAC_SHA1_80 is not taken: suites: \"AES_CM_129_HMAC_SHA1_80\" is not a crypto-suite (did you mean",
        "SRTP(colour) cannot be set: offer, policy, require, rekey and hangup_if_clear can",
        "SRTP(rekey)=later is not done: the only value is now",
        "SRTP(hangup_if_clear)=maybe is not taken: the value is yes or no",
        "SRTP(colour): there is no such item",
        "SRTP(suite,smell): \"smell\" is not audio, video or text",
        "SRTP(suite,audio,xrtp): \"xrtp\" is not rtp or rtcp",
        "SRTP(verdict.0): there is no such item",
    ] {
        pbx.wait_for_log(expected, PATIENCE).unwrap();
    }
    pbx.stop().unwrap();
}

#[test]
fn a_call_in_clear_is_ended_where_the_dialplan_says_so_and_a_secure_one_is_not() {
    let pbx = pbx("dialplan-picky");
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut call = caller.call("picky", &[offer(1, LONG)]).unwrap();
    call.media.wait_for_first_echo().unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();
    let (mut caller, _, answer) = avp(&pbx, "plain", "picky", &[]);
    assert_eq!(answer.status(), Some(200));
    caller.ua.wait_for_request("BYE").unwrap();
    pbx.wait_for_log("ended, because its media is not encrypted and SRTP(hangup_if_clear) is set", PATIENCE)
        .unwrap();
    pbx.stop().unwrap();
}
