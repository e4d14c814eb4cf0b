//! What the dialplan asks of the legs that it calls: encryption or none, TLS or nothing, in our spelling and in those that
//! people bring along.

use crate::manager::Manager;
use std::net::UdpSocket;
use std::thread;
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::Media;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::{Attribute, Sdp};
use voxseal_rig::sip::Message;
use voxseal_rig::wait::PATIENCE;

const LONG: &str = "AES_CM_128_HMAC_SHA1_80";
const GCM: &str = "AEAD_AES_128_GCM";

const ENDPOINTS: &str = "
[video](leg)
allow=vp8
media_encryption=sdes
media_encryption_optimistic=yes

[udpsdes](leg)
transport=udp
media_encryption=sdes

[udpplain](leg)
transport=udp
";

/// Each extension sets something, then calls whoever listens on the port behind it.
const DIALPLAN: &str = "
exten => _a-X.,1,Set(SRTP(policy)=mandatory)
 same => n,Goto(dial-o-${EXTEN:2},1)
exten => _b-X.,1,Dial(PJSIP/plain/sip:callee@@IP@:${EXTEN:2}\\;transport=tls,20,b(predial^mandatory^1))
exten => _c-X.,1,Dial(PJSIP/sdes/sip:callee@@IP@:${EXTEN:2}\\;transport=tls,20,b(predial^forbidden^1))
exten => _d-X.,1,Set(SRTP(policy)=mandatory)
 same => n,Dial(PJSIP/plain/sip:callee@@IP@:${EXTEN:2}\\;transport=tls,20)
 same => n,Hangup(38)
exten => _e-X.,1,Set(_rtp_secure_media=mandatory:AEAD_AES_128_GCM)
 same => n,Goto(dial-o-${EXTEN:2},1)
exten => _f-X.,1,Set(_SIPSRTP=optional)
 same => n,Goto(dial-o-${EXTEN:2},1)
exten => _g-X.,1,Dial(PJSIP/optional/sip:callee@@IP@:${EXTEN:2}\\;transport=tls\\;secure=true,20)
exten => _h-X.,1,Set(SRTP(hangup_if_clear)=yes)
 same => n,Goto(dial-o-${EXTEN:2},1)
exten => _i-X.,1,Set(SRTP(require)=tls)
 same => n,Dial(PJSIP/sdes/sip:callee@@IP@:${EXTEN:2}\\;transport=tls,20)
exten => _u-X.,1,Set(SRTP(require)=tls)
 same => n,Dial(PJSIP/udpsdes/sip:callee@@IP@:${EXTEN:2},5)
 same => n,Hangup(38)
exten => _v-X.,1,Set(SRTP(require)=tls)
 same => n,Dial(PJSIP/udpplain/sip:callee@@IP@:${EXTEN:2},5)
 same => n,Hangup(38)
exten => _dial-o-.,1,Dial(PJSIP/optional/sip:callee@@IP@:${EXTEN:7}\\;transport=tls,20)

[predial]
exten => mandatory,1,Set(SRTP(policy)=mandatory)
 same => n,Return()
exten => forbidden,1,Set(SRTP(policy)=forbidden)
 same => n,Return()
";

fn site(name: &str) -> PbxConfig {
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion().with_udp();
    config.with_optional_endpoint().with("pjsip.conf", ENDPOINTS)
}

fn pbx(name: &str) -> Pbx {
    let config = site(name).with("modules.conf", "load=app_stack.so\n");
    Pbx::start(config.with("extensions.conf", DIALPLAN)).unwrap()
}

/// A PBX, and a function that has it call PJSIP/... as a manager does, with a variable on the called channel.
fn managed(name: &str) -> (Pbx, impl FnMut(&str, &Callee, &str)) {
    let pbx = Pbx::start(site(name).with_manager("read=none\nwrite=all")).unwrap();
    let mut manager = Manager::log_in(&pbx);
    let originate = move |endpoint: &str, callee: &Callee, variable: &str| {
        let uri = format!("sip:callee@127.0.0.1:{};transport=tls", callee.ua.port());
        let lines = format!(
            "Channel: PJSIP/{endpoint}/{uri}\r\nContext: tests\r\nExten: echo\r\nPriority: 1\r\n\
             Codecs: ulaw,vp8\r\nVariable: {variable}\r\nAsync: true\r\n"
        );
        manager.act("Originate", &lines);
        manager.line_with("Originate successfully queued");
    };
    (pbx, originate)
}

/// A callee whose connection the PBX knows, for it has answered there. A manager's call may else be faster than the end of
/// the handshake at the PBX, which then looks for another way to the callee.
fn known_callee(pbx: &Pbx) -> Callee {
    let mut callee = Callee::connect(pbx).unwrap();
    let local = format!("127.0.0.1:{}", callee.ua.port());
    let options = format!(
        "OPTIONS sip:{local} SIP/2.0\r\nVia: SIP/2.0/TLS {local};branch=z9hG4bK-known-{local};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:callee@{local}>;tag=rig\r\nTo: <sip:{local}>\r\nCall-ID: known-{local}\r\nCSeq: 1 OPTIONS\r\n\
         Content-Length: 0\r\n\r\n"
    );
    callee.ua.send(options.as_bytes()).unwrap();
    let answer = callee.ua.receive(PATIENCE).unwrap().unwrap();
    assert!(answer.status().is_some(), "{}", answer.head);
    callee
}

fn offer() -> Offer {
    Offer::named(1, LONG).unwrap()
}

/// What the callee does with the INVITE that it gets.
#[derive(Clone, Copy, PartialEq)]
enum Answer {
    FirstLine,
    InClear,
}

/// The INVITE that a callee gets from this extension, whatever becomes of the call.
fn called(pbx: &Pbx, extension: &str, answer: Answer) -> Message {
    let mut callee = Callee::connect(pbx).unwrap();
    let extension = format!("{extension}-{}", callee.ua.port());
    let mut caller = Caller::connect(pbx).unwrap();
    let placed = thread::spawn(move || caller.call(&extension, &[offer()]).map(|call| (caller, call)));
    let invite = callee.ua.wait_for_request("INVITE").unwrap();
    if answer == Answer::FirstLine {
        callee.answer_line(&invite, 0).unwrap();
    } else {
        let media = Media::bind().unwrap();
        let sdp = Sdp { profile: "RTP/AVP", ..Sdp::new(media.port, &[]) };
        callee.ua.accept_with(&invite, &sdp.write()).unwrap();
        callee.ua.wait_for_request("ACK").unwrap();
    }
    match placed.join().unwrap() {
        Ok((mut caller, mut call)) => caller.ua.bye(&mut call.dialog).unwrap(),
        // The leg was ended before the caller was answered.
        Err(error) => assert!(answer == Answer::InClear, "{error}"),
    }
    callee.wait_for_bye().unwrap();
    pbx.wait_until_idle().unwrap();
    invite
}

fn suites(invite: &Message) -> Vec<&'static str> {
    Attribute::all_of(&invite.body).unwrap().iter().map(|line| line.tag_and_suite().unwrap().1.name).collect()
}

fn body(invite: &Message) -> String {
    invite.body.clone()
}

#[test]
fn mandatory_ends_a_leg_that_is_answered_in_clear_and_leaves_an_encrypted_one_alone() {
    let pbx = pbx("wish-mandatory");
    called(&pbx, "a", Answer::FirstLine);
    assert!(!pbx.log().contains(": ended, endpoint optional"), "{}", pbx.log());
    called(&pbx, "a", Answer::InClear);
    pbx.wait_for_log(": ended, endpoint optional", PATIENCE).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn a_pre_dial_handler_decides_what_is_offered_whatever_the_endpoint_says() {
    let pbx = pbx("wish-predial");
    let invite = called(&pbx, "b", Answer::FirstLine);
    assert!(body(&invite).contains("RTP/SAVP ") && suites(&invite).len() == 4, "{}", body(&invite));
    let invite = called(&pbx, "c", Answer::InClear);
    assert!(body(&invite).contains("RTP/AVP ") && !body(&invite).contains("crypto"), "{}", body(&invite));
    // The endpoints are as they were.
    assert_eq!(suites(&called(&pbx, "to", Answer::FirstLine)).len(), 4);
    pbx.stop().unwrap();
}

#[test]
fn a_policy_that_comes_too_late_for_an_endpoint_keeps_the_call_from_being_made() {
    let pbx = pbx("wish-late");
    let callee = Callee::connect(&pbx).unwrap();
    let mut caller = Caller::connect(&pbx).unwrap();
    let (_, answer) = caller.offer(&format!("d-{}", callee.ua.port()), &[offer().line.as_bytes()]).unwrap();
    assert!(matches!(answer.status(), Some(400..=699)), "{}", answer.head);
    let line = pbx.wait_for_log("because SRTP_POLICY=mandatory cannot be followed", PATIENCE).unwrap();
    assert!(line.contains("set SRTP(policy) in a pre-dial handler"), "{line}");
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn spellings_from_elsewhere_are_followed_with_a_notice() {
    let pbx = pbx("wish-migrants");
    assert_eq!(suites(&called(&pbx, "e", Answer::FirstLine)), [GCM]);
    pbx.wait_for_log(
        "rtp_secure_media is read as SRTP_SUITES=AEAD_AES_128_GCM and SRTP_POLICY=mandatory",
        PATIENCE,
    )
    .unwrap();
    called(&pbx, "e", Answer::InClear);
    pbx.wait_for_log(": ended, endpoint optional", PATIENCE).unwrap();
    let ended = pbx.log().matches(": ended, endpoint optional").count();
    called(&pbx, "f", Answer::FirstLine);
    called(&pbx, "f", Answer::InClear);
    assert_eq!(pbx.log().matches(": ended, endpoint optional").count(), ended, "optional media was ended");
    pbx.wait_for_log("SIPSRTP is read as SRTP_POLICY=optional; write that instead", PATIENCE).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn secure_true_on_the_uri_demands_encryption_and_tls() {
    let pbx = pbx("wish-uri");
    called(&pbx, "g", Answer::FirstLine);
    called(&pbx, "g", Answer::InClear);
    pbx.wait_for_log(": ended, endpoint optional", PATIENCE).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn hangup_if_clear_ends_the_called_leg_when_it_is_answered_in_clear() {
    let pbx = pbx("wish-hangup");
    called(&pbx, "h", Answer::FirstLine);
    assert!(!pbx.log().contains(": ended, endpoint optional"));
    called(&pbx, "h", Answer::InClear);
    pbx.wait_for_log(": ended, endpoint optional", PATIENCE).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn a_manager_sets_wishes_on_the_channel_that_it_has_called() {
    let (pbx, mut originate) = managed("wish-originate");
    let mut callee = known_callee(&pbx);
    for (endpoint, variable) in [("plain", "SRTP(policy)=mandatory"), ("sdes", "SRTP(hangup_if_clear)=yes")] {
        originate(endpoint, &callee, variable);
        let invite = callee.ua.wait_for_request("INVITE").unwrap();
        assert!(body(&invite).contains("RTP/SAVP "), "{}", body(&invite));
        let mut media = callee.answer_line(&invite, 0).unwrap();
        media.wait_for_first_echo().unwrap();
        let mut dialog = callee.ua.dialog_of(&invite).unwrap();
        callee.ua.bye(&mut dialog).unwrap();
        pbx.wait_until_idle().unwrap();
    }
    assert!(!pbx.log().contains(": ended, "), "{}", pbx.log());
    pbx.stop().unwrap();
}

#[test]
fn an_answer_in_clear_ends_the_call_where_it_comes_early_and_where_only_one_stream_is_in_clear() {
    let (pbx, mut originate) = managed("wish-clear");
    let mut callee = known_callee(&pbx);
    let (audio, video) = (Media::bind().unwrap(), Media::bind().unwrap());
    let clear = Sdp { profile: "RTP/AVP", ..Sdp::new(audio.port, &[]) };
    for endpoint in ["optional", "sdes"] {
        originate(endpoint, &callee, "SRTP(hangup_if_clear)=yes");
        let invite = callee.ua.wait_for_request("INVITE").unwrap();
        callee.ua.reply(&invite, "183 Session Progress", "early", &clear.write()).unwrap();
        let cancel = callee.ua.wait_for_request("CANCEL").unwrap();
        callee.ua.accept(&cancel).unwrap();
        callee.ua.reply(&invite, "487 Request Terminated", "early", b"").unwrap();
        pbx.wait_until_idle().unwrap();
        assert_eq!(pbx.log().matches(&format!(": ended, endpoint {endpoint}")).count(), 1);
    }
    originate("video", &callee, "SRTP(hangup_if_clear)=yes");
    let invite = callee.ua.wait_for_request("INVITE").unwrap();
    assert!(body(&invite).contains("m=video"), "{}", body(&invite));
    let ours = offer();
    let lines = [ours.line.as_bytes()];
    let secured = Sdp { profile: "RTP/AVP", ..Sdp::new(audio.port, &lines) };
    let mut answer = secured.write();
    answer.extend(format!("m=video {} RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\n", video.port).into_bytes());
    callee.ua.accept_with(&invite, &answer).unwrap();
    callee.ua.wait_for_request("ACK").unwrap();
    callee.wait_for_bye().unwrap();
    pbx.wait_for_log(": ended, endpoint video", PATIENCE).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn tls_is_required_of_the_other_leg_and_nothing_goes_out_without_it() {
    let pbx = pbx("wish-tls");
    called(&pbx, "i", Answer::FirstLine);
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.set_nonblocking(true).unwrap();
    for extension in ["u", "v"] {
        let mut caller = Caller::connect(&pbx).unwrap();
        let extension = format!("{extension}-{}", udp.local_addr().unwrap().port());
        let (_, answer) = caller.offer(&extension, &[offer().line.as_bytes()]).unwrap();
        assert!(matches!(answer.status(), Some(400..=699)), "{}", answer.head);
        pbx.wait_until_idle().unwrap();
        assert!(udp.recv(&mut [0; 100]).is_err(), "something was sent in clear");
    }
    for endpoint in ["udpsdes", "udpplain"] {
        pbx.wait_for_log(&format!("endpoint {endpoint}: nothing was sent to 127.0.0.1 over UDP"), PATIENCE)
            .unwrap();
    }
    pbx.stop().unwrap();
}
