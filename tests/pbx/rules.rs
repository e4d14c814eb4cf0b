//! Rules of what may leave and what may come in, whatever the network does: forged, repeated and renamed packets.

use std::collections::HashMap;
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Call, Caller, Offer};
use voxseal_rig::media::{Media, SecureMedia, random_payload, rtp_packet};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::report::wait_for_session_end;
use voxseal_rig::scenarios::{self, end_between_reports, wait_between_reports};
use voxseal_rig::sdp::{Sdp, media_address};
use voxseal_rig::sniff::{Capture, Sniffer};
use voxseal_rig::wait::PATIENCE;

/// A call to an echo that echoes already. The suites of the tests differ, so that all kinds come up.
fn echo_call(pbx: &Pbx, suite: &str) -> (Caller, Call) {
    scenarios::echo_call(pbx, Offer::named(1, suite).unwrap()).unwrap()
}

/// One more packet and its echo; echoes of `earlier` packets may come first. What the PBX got before has been dealt
/// with then, as it reads one packet after the other.
fn echo_again(media: &mut SecureMedia, earlier: &[Vec<u8>]) -> Vec<u8> {
    let payload = random_payload().unwrap();
    let earlier = if earlier.is_empty() { &[vec![]] } else { earlier };
    assert!(media.echoed(&payload, earlier).unwrap(), "a good packet did not come back");
    payload
}

/// Echoes until the last of them is `last`, in order.
fn echoes_until(media: &mut SecureMedia, last: &[u8]) -> Vec<Vec<u8>> {
    let mut echoes = Vec::new();
    while echoes.last().is_none_or(|echo: &Vec<u8>| echo != last) {
        echoes.push(media.receive(PATIENCE).unwrap().ok_or("a good packet did not come back").unwrap());
    }
    echoes
}

#[test]
fn forged_packets_are_never_echoed_and_change_nothing_and_are_counted() {
    let pbx = Pbx::start(PbxConfig::new("forged", Module::Ours).unwrap()).unwrap();
    let (caller, mut call) = echo_call(&pbx, "AEAD_AES_128_GCM");
    const ROUNDS: u64 = 20;
    for _ in 0..ROUNDS {
        let payload = random_payload().unwrap();
        let seen = call.media.send(&payload).unwrap();
        let sequence = call.media.sequence;
        // The sequence number that was just seen, one far ahead, the next one, and the next one of another SSRC.
        let forge = |sequence: u16, ssrc: u8| {
            let mut packet = seen.clone();
            packet[2..4].copy_from_slice(&sequence.to_be_bytes());
            packet[8] ^= ssrc;
            packet[100] ^= 0x55;
            packet
        };
        for (sequence, ssrc) in [
            (sequence.wrapping_sub(1), 0),
            (sequence.wrapping_add(20_000), 0),
            (sequence, 0),
            (sequence, 0x80),
        ] {
            call.media.send_raw(&forge(sequence, ssrc)).unwrap();
        }
        let last = random_payload().unwrap();
        call.media.send(&last).unwrap();
        assert_eq!(echoes_until(&mut call.media, &last), [payload, last.clone()]);
    }
    let ended = end_between_reports(&pbx, 1, caller, call).unwrap();
    assert_eq!((ended.replayed, ended.unauthentic), (ROUNDS, 3 * ROUNDS), "{ended:?}");
    assert_eq!(ended.refused, 4 * ROUNDS);
    assert!(pbx.alive());
    pbx.stop().unwrap();
}

/// Packets in a row that fit the buffer of the PBX's socket, even if it reads none of them meanwhile.
const AT_A_TIME: usize = 20;

#[test]
fn replayed_packets_are_not_echoed_twice_and_are_counted() {
    let pbx = Pbx::start(PbxConfig::new("replayed", Module::Ours).unwrap()).unwrap();
    let (caller, mut call) = echo_call(&pbx, "AES_CM_128_HMAC_SHA1_80");
    let mut copies = Vec::new();
    for _ in 0..100 / AT_A_TIME {
        let mut payloads = Vec::new();
        for _ in 0..AT_A_TIME {
            let payload = random_payload().unwrap();
            let packet = call.media.send(&payload).unwrap();
            call.media.send_raw(&packet).unwrap();
            copies.push(packet);
            payloads.push(payload);
        }
        assert_eq!(echoes_until(&mut call.media, &payloads[AT_A_TIME - 1]), payloads);
    }
    for some in copies.chunks(AT_A_TIME) {
        for copy in some {
            call.media.send_raw(copy).unwrap();
        }
        let last = random_payload().unwrap();
        call.media.send(&last).unwrap();
        assert_eq!(echoes_until(&mut call.media, &last), std::slice::from_ref(&last));
    }
    let ended = end_between_reports(&pbx, 1, caller, call).unwrap();
    assert_eq!((ended.replayed, ended.refused), (200, 200), "{ended:?}");
    pbx.stop().unwrap();
}

#[test]
fn a_peer_that_changes_its_ssrc_in_mid_call_goes_on_being_heard() {
    let pbx = Pbx::start(PbxConfig::new("ssrc", Module::Ours).unwrap()).unwrap();
    let (caller, mut call) = echo_call(&pbx, "AES_256_CM_HMAC_SHA1_80");
    for (ssrc, sequence) in [(0x1234_5678, 60_000), (0x9abc_def0, 3), (7, 40_000)] {
        (call.media.ssrc, call.media.sequence) = (ssrc, sequence);
        for _ in 0..20 {
            echo_again(&mut call.media, &[]);
        }
    }
    assert_eq!(end_between_reports(&pbx, 1, caller, call).unwrap().refused, 0);
    pbx.stop().unwrap();
}

#[test]
fn a_packet_duplicated_on_a_plain_leg_leaves_the_srtp_leg_neither_in_clear_nor_as_another_ciphertext() {
    let pbx = Pbx::start(PbxConfig::new("duplicate", Module::Ours).unwrap()).unwrap();
    let mut callee = Callee::connect(&pbx).unwrap();
    let extension = callee.extension();
    let answering = std::thread::spawn(move || callee.answer().map(|media| (callee, media)));
    let mut caller = Caller::connect_as(&pbx, "plain").unwrap();
    let plain = Media::bind().unwrap();
    let sdp = Sdp { profile: "RTP/AVP", ..Sdp::new(plain.port, &[]) };
    let (mut dialog, answer) = caller.ua.invite(&extension, &sdp.write()).unwrap();
    assert_eq!(answer.status(), Some(200));
    let to = media_address(&answer.body).unwrap();
    let (mut callee, mut media) = answering.join().unwrap().unwrap();

    let say = |sequence: u16, payload: &[u8]| {
        let packet = rtp_packet(sequence, u32::from(sequence) * 160, 0x0a0b_0c0d, payload);
        plain.send_raw(&packet, to).unwrap();
    };
    // Asterisk gives a repetition the number before its next one, which before 0 is none that a packet can have.
    for sequence in 1.. {
        let payload = random_payload().unwrap();
        say(sequence, &payload);
        if hears(&mut media, &payload) < 65_000 {
            break;
        }
    }
    let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
    let mut payloads = Vec::new();
    for sequence in 1000..1200 {
        let payload = random_payload().unwrap();
        // The same packet three times, and another one under its sequence number.
        let other = random_payload().unwrap();
        for said in [&payload, &payload, &other, &payload] {
            say(sequence, said);
        }
        payloads.extend([payload, other]);
        // Whatever comes of it: the SRTP leg gets this payload, and nothing that libsrtp calls forged.
        hears(&mut media, &payloads[payloads.len() - 2]);
    }
    // Once another one has come, all before it have been dealt with.
    let last = random_payload().unwrap();
    say(1200, &last);
    hears(&mut media, &last);
    payloads.push(last);
    let wire = sniffer.stop().unwrap().towards(media.port());
    wire.assert_never_clear(&payloads, 200).unwrap();
    assert_one_ciphertext_for_each_index(&wire);

    wait_between_reports(&pbx, &mut media).unwrap();
    caller.ua.bye(&mut dialog).unwrap();
    callee.wait_for_bye().unwrap();
    let ended = wait_for_session_end(&pbx, 1).unwrap().unwrap();
    // The PBX keeps the sequence numbers, so all three copies left and the packet of another content did not.
    assert!(ended.protected >= 600 && ended.refused == 200, "{ended:?}");
    pbx.stop().unwrap();
}

/// Waits for a payload, and gives the sequence number that it comes under. A packet that libsrtp has had before is the
/// repetition that is allowed.
fn hears(media: &mut SecureMedia, payload: &[u8]) -> u16 {
    loop {
        let mut packet =
            media.receive_protected(PATIENCE).unwrap().ok_or("the SRTP leg hears nothing").unwrap();
        match media.unprotect(&mut packet) {
            Ok(()) if packet[12..] == *payload => return u16::from_be_bytes([packet[2], packet[3]]),
            Ok(()) => {}
            Err(error) => assert!(error.to_string().contains("replayed"), "{error}"),
        }
    }
}

fn assert_one_ciphertext_for_each_index(wire: &Capture) {
    let mut seen: HashMap<[u8; 10], &[u8]> = HashMap::new();
    for datagram in &wire.datagrams {
        let mut index = [0; 10];
        index.copy_from_slice(&datagram.payload[2..12]);
        index[2..6].fill(0);
        let first = *seen.entry(index).or_insert(&datagram.payload);
        assert!(first == datagram.payload, "two ciphertexts under one SSRC and sequence number");
    }
}
