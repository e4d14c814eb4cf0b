//! New keys in mid-call: what a re-INVITE changes takes effect, and what it leaves alone goes on.

use voxseal_rig::caller::{Call, Caller, Offer};
use voxseal_rig::libsrtp::RigSuite;
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::scenarios::{echo_call, end_between_reports};
use voxseal_rig::wait::PATIENCE;

fn suite(name: &str) -> RigSuite {
    RigSuite::named(name).unwrap()
}

/// How far sequence numbers jump at a time. The PBX repeats gaps in what it receives, up to 100 packets, in what it sends.
const GAP: u16 = 89;

/// Whether a gap would carry this sequence number of the PBX past its end. Asterisk then counts one packet less and gives the
/// next one the same number, which the module refuses to protect: that echo would be missing.
fn is_near_its_end(sequence: u16) -> bool {
    sequence.checked_add(GAP + 10).is_none()
}

/// A call to an echo in which the ROC of both directions has moved.
fn call_past_a_wrap(pbx: &Pbx, name: &str) -> (Caller, Call) {
    let (caller, mut call) = echo_call(pbx, Offer::named(1, name).unwrap()).unwrap();
    let mut last = [call.media.sequence, echo(pbx, &mut call).sequence];
    let (mut wrapped, mut packets) = ([false; 2], 0);
    while wrapped != [true; 2] || is_near_its_end(last[1]) {
        let gap = if is_near_its_end(last[1]) { 0 } else { GAP };
        call.media.sequence = call.media.sequence.wrapping_add(gap);
        let next = [call.media.sequence, echo(pbx, &mut call).sequence];
        wrapped = [0, 1].map(|way| wrapped[way] || next[way] < last[way]);
        (last, packets) = (next, packets + 1);
        assert!(packets < 2000, "a sequence number has not wrapped: {last:?}");
    }
    (caller, call)
}

/// The PBX's packet that brings an echo.
struct Echo {
    len: usize,
    sequence: u16,
}

/// Says what the PBX has counted of the call.
fn no_echo(pbx: &Pbx) -> ! {
    let channels = pbx.cli("core show channels concise").unwrap();
    let channel = channels.split('!').next().unwrap_or_default();
    panic!("no echo: {}", pbx.cli(&format!("srtp show session {channel}")).unwrap())
}

/// Sends a packet and gets its echo as the next packet of the PBX.
fn echo(pbx: &Pbx, call: &mut Call) -> Echo {
    let payload = random_payload().unwrap();
    call.media.send(&payload).unwrap();
    let mut packet = call.media.receive_protected(PATIENCE).unwrap().unwrap_or_else(|| no_echo(pbx));
    let echo = Echo { len: packet.len(), sequence: u16::from_be_bytes([packet[2], packet[3]]) };
    call.media.unprotect(&mut packet).unwrap();
    assert_eq!(packet[12..], payload);
    echo
}

/// Payloads with their packets as the keys of now protect them, to be sent when there are others.
fn late_packets(call: &mut Call) -> Vec<[Vec<u8>; 2]> {
    let payloads = (0..5).map(|_| random_payload().unwrap());
    payloads.map(|payload| [payload.clone(), call.media.protect(&payload).unwrap()]).collect()
}

fn none_is_lost(pbx: &Pbx, call: &mut Call, late: &[[Vec<u8>; 2]]) {
    for [payload, packet] in late {
        call.media.send_raw(packet).unwrap();
        assert_eq!(call.media.receive(PATIENCE).unwrap().as_ref(), Some(payload), "a late packet is lost");
        echo(pbx, call);
    }
}

#[test]
fn a_peer_that_changes_only_its_key_leaves_our_key_and_roc_alone_and_both_its_keys_open_for_a_while() {
    let pbx = Pbx::start(PbxConfig::new("rekey", Module::Ours).unwrap()).unwrap();
    for (nth, name) in ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"].into_iter().enumerate() {
        let (mut caller, mut call) = call_past_a_wrap(&pbx, name);
        let ours = call.remote.clone();
        let late = late_packets(&mut call);
        let offer = Offer::new(1, suite(name)).unwrap();
        caller.renegotiate(&mut call, offer, "sendrecv").unwrap();
        assert_eq!(call.remote, ours, "the PBX changed its key, too");
        // libsrtp's inbound session was not touched: the PBX's key and ROC have to be the same. The caller's new key
        // begins at ROC 0, and works from its first packet.
        echo(&pbx, &mut call);
        none_is_lost(&pbx, &mut call, &late);
        let ended = end_between_reports(&pbx, nth + 1, caller, call).unwrap();
        assert_eq!(ended.refused, 0, "{ended:?}");
    }
    pbx.stop().unwrap();
}

#[test]
fn hold_and_resume_with_the_same_keys_keep_roc_and_replay_state() {
    let pbx = Pbx::start(PbxConfig::new("hold", Module::Ours).unwrap()).unwrap();
    let (mut caller, mut call) = call_past_a_wrap(&pbx, "AEAD_AES_128_GCM");
    let ours = call.remote.clone();
    let copies: Vec<Vec<u8>> = (0..20)
        .map(|_| {
            let payload = random_payload().unwrap();
            let packet = call.media.send(&payload).unwrap();
            assert_eq!(call.media.receive(PATIENCE).unwrap(), Some(payload));
            packet
        })
        .collect();
    for direction in ["sendonly", "sendrecv"] {
        let same = call.offer.clone();
        caller.renegotiate(&mut call, same, direction).unwrap();
        assert_eq!(call.remote, ours, "the PBX changed its key");
        for copy in &copies {
            call.media.send_raw(copy).unwrap();
        }
    }
    // None of libsrtp's sessions was touched. Replayed packets would come before this one.
    echo(&pbx, &mut call);
    let ended = end_between_reports(&pbx, 1, caller, call).unwrap();
    assert_eq!((ended.replayed, ended.refused), (40, 40), "{ended:?}");
    pbx.stop().unwrap();
}

#[test]
fn the_same_key_with_another_suite_takes_effect() {
    let pbx = Pbx::start(PbxConfig::new("suite", Module::Ours).unwrap()).unwrap();
    let long = Offer::named(1, "AES_CM_128_HMAC_SHA1_80").unwrap();
    let short = Offer::with_key(1, suite("AES_CM_128_HMAC_SHA1_32"), long.key_salt.clone());
    let (mut caller, mut call) = echo_call(&pbx, long.clone()).unwrap();
    assert_eq!(echo(&pbx, &mut call).len, 12 + 160 + 10);

    let late = late_packets(&mut call);
    caller.renegotiate(&mut call, short, "sendrecv").unwrap();
    assert_eq!(call.suite.name, "AES_CM_128_HMAC_SHA1_32");
    for _ in 0..20 {
        assert_eq!(echo(&pbx, &mut call).len, 12 + 160 + 4);
    }
    none_is_lost(&pbx, &mut call, &late);
    let late = late_packets(&mut call);
    caller.renegotiate(&mut call, long, "sendrecv").unwrap();
    assert_eq!(echo(&pbx, &mut call).len, 12 + 160 + 10);
    none_is_lost(&pbx, &mut call, &late);
    let ended = end_between_reports(&pbx, 1, caller, call).unwrap();
    assert_eq!(ended.refused, 0, "{ended:?}");
    assert_eq!(ended.in_suite, "AES_CM_128_HMAC_SHA1_80");
    pbx.stop().unwrap();
}
