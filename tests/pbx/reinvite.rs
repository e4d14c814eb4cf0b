//! What happens to a secure call after its first offer and answer: renegotiation from either side, forks.

use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Call, Caller, Offer};
use voxseal_rig::media::{Media, random_payload};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::scenarios::{echo_call, still_echoes};
use voxseal_rig::sdp::{Attribute, Sdp, media_address};
use voxseal_rig::wait::PATIENCE;

const S80: &str = "AES_CM_128_HMAC_SHA1_80";

fn offer(tag: u32, suite: &str) -> Offer {
    Offer::named(tag, suite).unwrap()
}

fn end(pbx: &Pbx, mut caller: Caller, mut call: Call) {
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
}

#[test]
fn reinvite_without_an_offer_is_answered_with_the_line_agreed_on_and_the_call_stays_secure() {
    let pbx = Pbx::start(PbxConfig::new("offerless", Module::Ours).unwrap()).unwrap();
    let (mut caller, mut call) = echo_call(&pbx, offer(1, S80)).unwrap();
    call.dialog.sdp_version += 1;
    let (version, port) = (call.dialog.sdp_version, call.media.port());
    let ours = call.offer.line.clone();
    let answer = |_: &_| Sdp { version, ..Sdp::new(port, &[ours.as_bytes()]) }.write();
    let theirs = caller.ua.ask_for_offer(&mut call.dialog, answer).unwrap();
    let offered = Attribute::only_one_of(&theirs.body).unwrap();
    assert_eq!(offered.start, format!("1 {S80}"));
    assert_eq!(offered.key_for(call.suite).unwrap(), call.remote, "a new key without need");
    assert!(theirs.body.contains(" RTP/SAVP "), "{}", theirs.body);
    still_echoes(&mut call.media).unwrap();
    end(&pbx, caller, call);
    pbx.stop().unwrap();
}

#[test]
fn reinvite_that_drops_encryption_is_refused_and_the_call_goes_on_encrypted() {
    let pbx = Pbx::start(PbxConfig::new("dropped", Module::Ours).unwrap()).unwrap();
    let (mut caller, mut call) = echo_call(&pbx, offer(1, S80)).unwrap();
    for profile in ["RTP/SAVP", "RTP/AVP"] {
        call.dialog.sdp_version += 1;
        let sdp = Sdp { version: call.dialog.sdp_version, profile, ..Sdp::new(call.media.port(), &[]) };
        let answer = caller.ua.reinvite(&mut call.dialog, &sdp.write()).unwrap();
        assert_eq!(answer.status(), Some(488), "{profile} without a crypto line: {}", answer.head);
        still_echoes(&mut call.media).unwrap();
    }
    end(&pbx, caller, call);
    pbx.stop().unwrap();
}

#[test]
fn new_port_with_a_new_key_begins_at_roc_zero_and_carries_media_both_ways() {
    let pbx = Pbx::start(PbxConfig::new("moved", Module::Ours).unwrap()).unwrap();
    let (mut caller, mut call) = echo_call(&pbx, offer(1, S80)).unwrap();
    let moved = Media::bind().unwrap();
    let fresh = offer(1, "AEAD_AES_128_GCM");
    let remote = caller.offer_again(&mut call.dialog, moved.port, &fresh, "sendrecv").unwrap();
    assert_ne!(remote, call.remote);
    let mut media = moved.secure(fresh.suite, &fresh.key_salt, &remote, call.media.remote_address()).unwrap();
    let sent = media.wait_for_first_echo().unwrap();
    assert!(media.echoed(&random_payload().unwrap(), &sent).unwrap());
    end(&pbx, caller, call);
    pbx.stop().unwrap();
}

#[test]
fn another_ssrc_in_mid_call_is_heard_without_a_word_of_signalling() {
    let pbx = Pbx::start(PbxConfig::new("ssrc", Module::Ours).unwrap()).unwrap();
    let (caller, mut call) = echo_call(&pbx, offer(1, S80)).unwrap();
    for _ in 0..3 {
        call.media.ssrc = call.media.ssrc.wrapping_add(0x0101_0101);
        call.media.sequence = 40_000;
        let sent = call.media.wait_for_first_echo().unwrap();
        assert!(call.media.echoed(&random_payload().unwrap(), &sent).unwrap());
    }
    end(&pbx, caller, call);
    pbx.stop().unwrap();
}

#[test]
fn forks_answer_with_different_lines_and_early_media_is_secure_already() {
    let pbx = Pbx::start(PbxConfig::new("forks", Module::Ours).unwrap()).unwrap();
    let mut callee = Callee::connect(&pbx).unwrap();
    callee.be_called(&pbx, "tone").unwrap();
    let invite = callee.ua.wait_for_request("INVITE").unwrap();
    let lines = Attribute::all_of(&invite.body).unwrap();
    let to = media_address(&invite.body).unwrap();
    // One phone rings with an announcement of its own, another one answers, with another line of the offer.
    let mut keys = Vec::new();
    for (fork, place) in [("ringing", 1), ("answering", 2)] {
        let (tag, suite) = lines[place].tag_and_suite().unwrap();
        let (ours, media) = (Offer::new(tag, suite).unwrap(), Media::bind().unwrap());
        let sdp = Sdp::new(media.port, &[ours.line.as_bytes()]).write();
        let theirs = lines[place].key_for(suite).unwrap();
        keys.push(media.secure(suite, &ours.key_salt, &theirs, to).unwrap());
        let status = if fork == "ringing" { "183 Session Progress" } else { "200 OK" };
        callee.ua.reply(&invite, status, fork, &sdp).unwrap();
        pbx.wait_for_log(&format!("SDES agreed: tag {}", lines[place].start), PATIENCE).unwrap();
    }
    callee.ua.wait_for_request("ACK").unwrap();
    let answered = &mut keys[1];
    for _ in 0..20 {
        assert!(answered.receive(PATIENCE).unwrap().is_some(), "the fork that answered hears nothing");
        answered.send(&random_payload().unwrap()).unwrap();
    }
    pbx.cli("channel request hangup all").unwrap();
    pbx.wait_until_idle().unwrap();
    assert!(!pbx.log().contains("authentication failed"), "a packet of the fork that answered was refused");
    pbx.stop().unwrap();
}
