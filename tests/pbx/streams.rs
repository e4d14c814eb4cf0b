//! Calls with audio and video: each m= section has crypto attributes and keys of its own (RFC 4568 §4).

use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::{Media, SecureMedia, random_payload};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::{Attribute, Stream, address_of, sections, write_streams};
use voxseal_rig::sip::{Dialog, Message};
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::wait::{PATIENCE, wait_for};

const S80: &str = "AES_CM_128_HMAC_SHA1_80";
const GCM: &str = "AEAD_AES_128_GCM";

const ENDPOINTS: &str = "
[video](leg)
media_encryption=sdes
allow=vp8
";

fn start(name: &str) -> Pbx {
    Pbx::start(PbxConfig::new(name, Module::Ours).unwrap().with("pjsip.conf", ENDPOINTS)).unwrap()
}

fn offer(tag: u32, suite: &str) -> Offer {
    Offer::named(tag, suite).unwrap()
}

/// The key of the PBX in the only line of a section, which must accept this offer.
fn key_in(section: &str, offer: &Offer) -> Vec<u8> {
    let line = Attribute::only_one_of(section).unwrap();
    assert!(offer.line.starts_with(&format!("{} ", line.start)), "{} was not offered", line.start);
    line.key_for(offer.suite).unwrap()
}

/// Audio and video of one call, on a transport each.
pub struct AudioVideo {
    pub dialog: Dialog,
    pub audio: SecureMedia,
    pub video: SecureMedia,
    pub keys: [Vec<u8>; 2],
}

impl AudioVideo {
    pub fn call(caller: &mut Caller, audio: &Offer, video: &Offer) -> AudioVideo {
        AudioVideo::call_to(caller, "echo", audio, video)
    }

    pub fn call_to(caller: &mut Caller, extension: &str, audio: &Offer, video: &Offer) -> AudioVideo {
        let (at_audio, at_video) = (Media::bind().unwrap(), Media::bind().unwrap());
        let sdp = both(1, (at_audio.port, &audio.line), (at_video.port, &video.line));
        let (dialog, answer) = caller.ua.invite(extension, &sdp).unwrap();
        let keys = keys_in(&answer, audio, video);
        let address = |kind| address_of(kind, &answer.body).unwrap();
        let audio = at_audio.secure(audio.suite, &audio.key_salt, &keys[0], address("audio")).unwrap();
        let mut video = at_video.secure(video.suite, &video.key_salt, &keys[1], address("video")).unwrap();
        video.payload_type = 100;
        AudioVideo { dialog, audio, video, keys }
    }

    pub fn first_echoes(&mut self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        for media in [&mut self.audio, &mut self.video] {
            let mut sent = media.wait_for_first_echo().unwrap();
            let payload = random_payload().unwrap();
            assert!(media.echoed(&payload, &sent).unwrap());
            sent.push(payload);
            all.extend(sent);
        }
        all
    }

    /// Both streams in turn; what was sent.
    pub fn echoes(&mut self) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        for _ in 0..20 {
            for (kind, media) in [("audio", &mut self.audio), ("video", &mut self.video)] {
                let payload = random_payload().unwrap();
                assert!(media.echoed(&payload, &[vec![]]).unwrap(), "{kind} does not come back");
                sent.push(payload);
            }
        }
        sent
    }
}

pub fn both(version: u32, audio: (u16, &str), video: (u16, &str)) -> Vec<u8> {
    let lines = [[audio.1.as_bytes()], [video.1.as_bytes()]];
    write_streams(version, "", &[Stream::audio(audio.0, &lines[0]), Stream::video(video.0, &lines[1])])
}

fn keys_in(answer: &Message, audio: &Offer, video: &Offer) -> [Vec<u8>; 2] {
    assert_eq!(answer.status(), Some(200), "{}", answer.head);
    let sections = sections(&answer.body);
    assert_eq!(sections.len(), 2, "{}", answer.body);
    [key_in(sections[0], audio), key_in(sections[1], video)]
}

#[test]
fn audio_and_video_have_a_line_and_a_key_each() {
    let pbx = start("av");
    let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
    let mut caller = Caller::connect_as(&pbx, "video").unwrap();
    // Tags count within a section: the same one, and suites that differ.
    let mut call = AudioVideo::call(&mut caller, &offer(1, S80), &offer(1, GCM));
    assert_ne!(call.keys[0][..], call.keys[1][..call.keys[0].len().min(call.keys[1].len())]);
    let mut sent = call.first_echoes();
    sent.extend(call.echoes());
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    sniffer.stop().unwrap().assert_never_clear(&sent, 80).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn reinvite_with_a_new_key_for_video_leaves_audio_alone() {
    let pbx = start("avkey");
    let mut caller = Caller::connect_as(&pbx, "video").unwrap();
    let (audio, video) = (offer(1, S80), offer(1, S80));
    let mut call = AudioVideo::call(&mut caller, &audio, &video);
    call.first_echoes();
    let old_audio = call.audio.send(&random_payload().unwrap()).unwrap();
    call.audio.receive(PATIENCE).unwrap().unwrap();

    let fresh = offer(1, S80);
    let (audio_port, video_port) = (call.audio.port(), call.video.port());
    let sdp = both(2, (audio_port, &audio.line), (video_port, &fresh.line));
    let answer = caller.ua.reinvite(&mut call.dialog, &sdp).unwrap();
    let keys = keys_in(&answer, &audio, &fresh);
    // The PBX keeps its own keys where the caller's alone is new.
    assert_eq!(keys, call.keys);
    call.video.use_local_key(fresh.suite, &fresh.key_salt).unwrap();
    // What the audio session has heard before is a replay still.
    call.audio.send_raw(&old_audio).unwrap();
    call.echoes();
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn one_section_without_a_usable_line_refuses_the_call_and_the_log_says_why() {
    let pbx = start("avbad");
    let mut caller = Caller::connect_as(&pbx, "video").unwrap();
    let good = offer(1, S80);
    let bad = "1 AES_CM_128_HMAC_SHA1_80 inline:c2hvcnQ=";
    for (nth, (audio, video)) in
        [(good.line.as_str(), bad), (bad, good.line.as_str())].into_iter().enumerate()
    {
        let (_, answer) = caller.ua.invite("echo", &both(1, (40_000, audio), (40_002, video))).unwrap();
        assert_eq!(answer.status(), Some(488), "{}", answer.head);
        wait_for("the reason", PATIENCE, || {
            let reasons = pbx.log().matches("crypto line 1 refused: key and salt are 5 bytes long").count();
            Ok((reasons == nth + 1).then_some(()))
        })
        .unwrap();
    }
    let mut call = AudioVideo::call(&mut caller, &good, &offer(1, GCM));
    call.first_echoes();
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}
