//! m= sections that Asterisk declines by itself, beside audio that it takes: real-time text, of which it has none over PJSIP,
//! and a second audio section, with which phones say "or in clear". They carry no media, so they refuse no call.

use crate::policy_site::{caller, refusal, start, wait_for_lines};
use voxseal_rig::caller::Offer;
use voxseal_rig::media::{Media, random_payload};
use voxseal_rig::pbx::Pbx;
use voxseal_rig::sdp::{Attribute, Stream, media_address, sections, write_streams};

/// Beside those of every site: what the host's own settings demand, and one that takes two audio streams.
const ENDPOINTS: &str = "
[host](open)
media_encryption=sdes
[two](open)
@srtp_policy=mandatory
max_audio_streams=2
";

fn offer() -> Offer {
    Offer::named(1, "AES_CM_128_HMAC_SHA1_80").unwrap()
}

/// Real-time text (RFC 4103).
fn text<'a>(profile: &'a str, lines: &'a [&'a [u8]]) -> Stream<'a> {
    let audio = Stream::audio(40_006, lines);
    Stream { kind: "text", profile, payload_type: 98, format: "t140/1000", more: "", ..audio }
}

/// Calls with audio on RTP/SAVP and this section behind it: the audio is encrypted both ways, and the other one declined.
fn is_declined_beside_secure_audio(pbx: &Pbx, endpoint: &str, other: Stream) {
    let mut caller = caller(pbx, "TLS", endpoint);
    let (ours, media) = (offer(), Media::bind().unwrap());
    let lines = [ours.line.as_bytes()];
    let sdp = write_streams(1, "", &[Stream::audio(media.port, &lines), other]);
    let (mut dialog, answer) = caller.ua.invite("echo", &sdp).unwrap();
    assert_eq!(answer.status(), Some(200), "{endpoint}: {}", answer.head);
    let answered = sections(&answer.body);
    assert!(answered[1].starts_with(&format!("m={} 0 ", other.kind)), "{endpoint}: {}", answer.body);
    assert!(!answered[1].contains("crypto"), "{}", answer.body);
    let key = Attribute::only_one_of(answered[0]).unwrap().key_for(ours.suite).unwrap();
    let to = media_address(&answer.body).unwrap();
    let mut media = media.secure(ours.suite, &ours.key_salt, &key, to).unwrap();
    let sent = media.wait_for_first_echo().unwrap();
    assert!(media.echoed(&random_payload().unwrap(), &sent).unwrap());
    // It is no stream of the call.
    let sessions = pbx.cli("srtp show sessions").unwrap();
    assert!(sessions.ends_with("1 media stream\n") && sessions.contains(" both"), "{sessions}");
    caller.ua.bye(&mut dialog).unwrap();
    pbx.wait_until_idle().unwrap();
}

#[test]
fn real_time_text_is_declined_whatever_keys_it_has_and_the_audio_beside_it_is_encrypted() {
    let Some(pbx) = start("text", "", ENDPOINTS) else { return };
    let line = offer().line;
    let lines = [line.as_bytes()];
    for endpoint in ["host", "optional", "mandatory"] {
        for text in
            [text("RTP/SAVP", &lines), text("RTP/AVP", &lines), text("RTP/AVP", &[]), text("RTP/SAVP", &[])]
        {
            is_declined_beside_secure_audio(&pbx, endpoint, text);
        }
    }
    pbx.stop().unwrap();
}

#[test]
fn a_second_audio_section_in_clear_is_declined_where_one_is_taken_and_refuses_the_call_where_two_are() {
    let Some(pbx) = start("sections", "", ENDPOINTS) else { return };
    let clear = Stream { profile: "RTP/AVP", ..Stream::audio(40_004, &[]) };
    for endpoint in ["host", "optional", "mandatory"] {
        is_declined_beside_secure_audio(&pbx, endpoint, clear);
    }
    let line = offer().line;
    let lines = [line.as_bytes()];
    let secure = Stream::audio(40_002, &lines);
    // The other way round the one in clear is the one that would be taken.
    for (endpoint, streams) in [("mandatory", [clear, secure]), ("two", [secure, clear])] {
        let sdp = write_streams(1, "", &streams);
        let (_, answer) = caller(&pbx, "TLS", endpoint).ua.invite("echo", &sdp).unwrap();
        assert_eq!(answer.status(), Some(488), "{endpoint}: {}", answer.head);
        wait_for_lines(&pbx, &[&format!("endpoint {endpoint}: INVITE"), "media must be encrypted here"], 1)
            .unwrap();
    }
    pbx.stop().unwrap();
}

#[test]
fn a_section_without_a_common_format_leaves_its_place_to_one_in_clear_which_is_judged() {
    let Some(pbx) = start("formats", "", ENDPOINTS) else { return };
    let line = offer().line;
    let lines = [line.as_bytes()];
    let foreign = Stream { payload_type: 97, format: "G7221/16000", ..Stream::audio(40_002, &lines) };
    let clear = Stream { profile: "RTP/AVP", ..Stream::audio(40_004, &[]) };
    let sdp = write_streams(1, "", &[foreign, clear]);
    let (_, answer) = caller(&pbx, "TLS", "mandatory").ua.invite("echo", &sdp).unwrap();
    assert!(refusal(&answer).is_ok(), "{}", answer.head);
    // Who may be in clear is answered so: Asterisk declines the first and takes the second.
    let mut open = caller(&pbx, "TLS", "optional");
    let (mut dialog, answer) = open.ua.invite("echo", &sdp).unwrap();
    let answered = sections(&answer.body);
    assert!(
        answered[0].starts_with("m=audio 0 ") && !answered[1].starts_with("m=audio 0 "),
        "{}",
        answer.body
    );
    open.ua.bye(&mut dialog).unwrap();
    // But no encrypted call gets there.
    let mut call = open.call("echo", &[offer()]).unwrap();
    let sent = call.media.wait_for_first_echo().unwrap();
    let sdp = write_streams(2, "", &[foreign, clear]);
    let answer = open.ua.reinvite(&mut call.dialog, &sdp).unwrap();
    assert!(refusal(&answer).is_ok(), "{}", answer.head);
    let payload = random_payload().unwrap();
    assert!(call.media.echoed(&payload, &sent).unwrap(), "the call goes on encrypted");
    open.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}
