//! Audio and video bundled on one transport (RFC 9143). The host then protects both with the keys of the first section,
//! and writes that section's line in the others too: whatever the peer wrote there, no other key is in use.

use std::time::Instant;
use voxseal_rig::bundle::{Bundle, Tracks, announced_ssrc};
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::{Media, random_payload};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::report::{SessionEnd, sessions_ended, wait_for_session_end};
use voxseal_rig::sdp::{Attribute, address_of, sections};
use voxseal_rig::sip::{Dialog, Message};
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::wait::PATIENCE;

use crate::streams::{AudioVideo, both};

const S80: &str = "AES_CM_128_HMAC_SHA1_80";
const GCM: &str = "AEAD_AES_128_GCM";

const ENDPOINTS: &str = "
[bundle](leg)
media_encryption=sdes
allow=vp8
bundle=yes
rtcp_mux=yes
aors=sdes
";

/// `both-PORT` calls who is connected from this port, with audio and video.
const DIAL: &str = "
exten => _both-X.,1,Dial(PJSIP/bundle/sip:callee@@IP@:${EXTEN:5}\\;transport=tls,20)
";

pub fn start(name: &str) -> Pbx {
    let config = PbxConfig::new(name, Module::Ours).unwrap();
    Pbx::start(config.with("pjsip.conf", ENDPOINTS).with("extensions.conf", DIAL)).unwrap()
}

pub fn offer(suite: &str) -> Offer {
    Offer::named(1, suite).unwrap()
}

/// What the PBX says of a bundle: its one key, the same line in both sections, and the SSRC of each.
#[derive(Debug, PartialEq, Eq)]
struct Theirs {
    key: Vec<u8>,
    ssrcs: [u32; 2],
}

fn theirs(answer: &Message, offer: &Offer) -> Theirs {
    assert_eq!(answer.status(), Some(200), "{}", answer.head);
    assert!(answer.body.contains("a=group:BUNDLE a v\r\n"), "{}", answer.body);
    let sections = sections(&answer.body);
    assert_eq!(sections.len(), 2, "{}", answer.body);
    let [audio, video] = [0, 1].map(|nth| Attribute::only_one_of(sections[nth]).unwrap());
    assert!(offer.line.starts_with(&format!("{} ", audio.start)), "{} was not offered", audio.start);
    assert_eq!((audio.start, &audio.key_salt), (video.start, &video.key_salt), "two keys on one transport");
    assert_eq!(address_of("audio", &answer.body).unwrap(), address_of("video", &answer.body).unwrap());
    let ssrcs = [0, 1].map(|nth| announced_ssrc(sections[nth]).unwrap());
    assert_ne!(ssrcs[0], ssrcs[1]);
    Theirs { key: audio.key_for(offer.suite).unwrap(), ssrcs }
}

/// A call to an echo with audio and video over one port.
struct Call {
    caller: Caller,
    dialog: Dialog,
    bundle: Bundle,
    theirs: Theirs,
}

impl Call {
    /// Offers this line in both sections, or another one in the second.
    fn begin(pbx: &Pbx, offer: &Offer, second: Option<&Offer>) -> Call {
        let mut caller = Caller::connect_as(pbx, "bundle").unwrap();
        let (media, tracks) = (Media::bind().unwrap(), Tracks::new().unwrap());
        let lines = [&offer.line[..], &second.unwrap_or(offer).line];
        let sdp = tracks.describe(1, media.port, lines);
        let (dialog, answer) = caller.ua.invite("echo", &sdp).unwrap();
        let theirs = theirs(&answer, offer);
        let to = address_of("audio", &answer.body).unwrap();
        let media = media.secure(offer.suite, &offer.key_salt, &theirs.key, to).unwrap();
        Call { caller, dialog, bundle: Bundle::new(media, tracks), theirs }
    }

    /// Until both come back.
    fn first_echoes(&mut self) -> Vec<Vec<u8>> {
        let sent = self.bundle.wait_for_first_echo(0).unwrap();
        [sent, self.bundle.wait_for_first_echo(1).unwrap()].concat()
    }

    /// Both tracks in turn, every byte, under the SSRCs that the PBX announced; what was sent.
    fn echoes(&mut self, rounds: u32) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        for _ in 0..rounds {
            for track in [0, 1] {
                let payload = random_payload().unwrap();
                let echo = self.bundle.echoed(track, &payload).unwrap();
                let ssrc = echo.ok_or("a track does not come back").unwrap().ssrc;
                assert_eq!(ssrc, self.theirs.ssrcs[track], "track {track} under another SSRC");
                sent.push(payload);
            }
        }
        sent
    }

    /// Until the PBX has reported on what it heard: SRTCP under the same key and on the same port.
    fn until_reported(&mut self) -> Vec<Vec<u8>> {
        let (before, mut sent) = (self.bundle.reports, Vec::new());
        let deadline = Instant::now() + PATIENCE;
        while self.bundle.reports == before {
            assert!(Instant::now() < deadline, "the PBX does not report");
            sent.extend(self.echoes(1));
        }
        sent
    }

    /// Between two reports, see `wait_for_session_end`.
    fn end(mut self, pbx: &Pbx) -> SessionEnd {
        self.until_reported();
        pbx.cli("core show uptime").unwrap();
        self.caller.ua.bye(&mut self.dialog).unwrap();
        pbx.wait_until_idle().unwrap();
        let ended = wait_for_session_end(pbx, 1).unwrap().unwrap();
        assert_eq!(sessions_ended(pbx).len(), 1, "a bundle has one session");
        ended
    }
}

#[test]
fn bundled_audio_and_video_are_carried_both_ways_by_the_one_key_of_their_transport_and_never_in_clear() {
    let pbx = start("bundle");
    let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
    let mut call = Call::begin(&pbx, &offer(S80), None);
    let mut sent = call.first_echoes();
    sent.extend(call.echoes(40));
    let port = call.bundle.port();
    let ended = call.end(&pbx);
    assert_eq!(ended.refused, 0, "{ended:?}");
    assert!(ended.protected >= 80 && ended.unprotected >= 80, "{ended:?}");
    let wire = sniffer.stop().unwrap();
    wire.assert_never_clear(&sent, 160).unwrap();
    assert!(wire.datagrams.iter().all(|one| one.from == port || one.to == port), "media beside the bundle");
    pbx.stop().unwrap();
}

#[test]
fn reinvite_with_a_new_key_changes_it_for_both_tracks_and_what_was_heard_stays_heard() {
    let pbx = start("bundlekey");
    let first = offer(S80);
    let mut call = Call::begin(&pbx, &first, None);
    call.first_echoes();
    let heard = [0, 1].map(|track| call.bundle.send(track, &random_payload().unwrap()).unwrap());
    call.echoes(5);

    let fresh = offer(S80);
    let sdp = call.bundle.tracks().describe(2, call.bundle.port(), [&fresh.line, &fresh.line]);
    let answer = call.caller.ua.reinvite(&mut call.dialog, &sdp).unwrap();
    // The PBX keeps its own key where the caller's alone is new.
    assert_eq!(theirs(&answer, &fresh), call.theirs);
    let late = [0, 1].map(|track| call.bundle.send(track, &random_payload().unwrap()).unwrap());
    call.bundle.use_local_key(fresh.suite, &fresh.key_salt).unwrap();
    call.echoes(5);
    // Under the key before, which is still around: heard already, before the change or after it.
    for packet in heard.iter().chain(&late) {
        call.bundle.send_raw(packet).unwrap();
    }
    call.echoes(20);
    let ended = call.end(&pbx);
    assert_eq!((ended.refused, ended.attacked()), (4, 4), "{ended:?}");
    pbx.stop().unwrap();
}

#[test]
fn a_key_that_stands_in_the_second_section_alone_opens_nothing() {
    let pbx = start("bundletwo");
    let (first, second) = (offer(S80), offer(S80));
    let mut call = Call::begin(&pbx, &first, Some(&second));
    call.first_echoes();
    // As a peer would send that thinks each section has its own key.
    call.bundle.use_local_key(second.suite, &second.key_salt).unwrap();
    for _ in 0..20 {
        call.bundle.send(1, &random_payload().unwrap()).unwrap();
    }
    call.bundle.use_local_key(first.suite, &first.key_salt).unwrap();
    call.echoes(20);
    let ended = call.end(&pbx);
    assert_eq!((ended.refused, ended.unauthentic), (20, 20), "{ended:?}");
    pbx.stop().unwrap();
}

#[test]
fn a_caller_that_does_not_bundle_gets_a_transport_and_a_key_for_each_section() {
    let pbx = start("unbundled");
    let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
    let mut caller = Caller::connect_as(&pbx, "bundle").unwrap();
    let mut call = AudioVideo::call(&mut caller, &offer(S80), &offer(GCM));
    assert_ne!(call.audio.remote_address(), call.video.remote_address());
    let mut sent = call.first_echoes();
    sent.extend(call.echoes());
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    wait_for_session_end(&pbx, 2).unwrap();
    assert!(sessions_ended(&pbx).iter().all(|ended| ended.refused == 0), "{:?}", sessions_ended(&pbx));
    sniffer.stop().unwrap().assert_never_clear(&sent, 80).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn reinvite_that_leaves_the_bundle_sends_nothing_in_clear_and_audio_goes_on() {
    let pbx = start("bundleleft");
    let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
    let (audio, video) = (offer(S80), offer(S80));
    let mut call = Call::begin(&pbx, &audio, None);
    let mut sent = call.first_echoes();
    sent.extend(call.echoes(5));
    let apart = Media::bind().unwrap();
    let sdp = both(2, (call.bundle.port(), &audio.line), (apart.port, &video.line));
    let answer = call.caller.ua.reinvite(&mut call.dialog, &sdp).unwrap();
    let parts = sections(&answer.body);
    let keys = [0, 1].map(|nth| Attribute::only_one_of(parts[nth]).unwrap().key_for(audio.suite).unwrap());
    assert_eq!(keys[0], call.theirs.key, "a new key for audio without need");
    assert_ne!(keys[0], keys[1], "one key on two transports");
    // The host goes on sending video over the bundle, whatever its answer says.
    for _ in 0..20 {
        let payload = random_payload().unwrap();
        assert!(call.bundle.echoed(0, &payload).unwrap().is_some());
        sent.push(payload);
        let payload = random_payload().unwrap();
        call.bundle.send(1, &payload).unwrap();
        sent.push(payload);
    }
    call.caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    sniffer.stop().unwrap().assert_never_clear(&sent, 80).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn video_alone_of_a_bundle_has_its_own_key_when_audio_is_declined() {
    let pbx = start("bundlevid");
    let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
    let (audio, video) = (offer(S80), offer(GCM));
    let mut caller = Caller::connect_as(&pbx, "bundle").unwrap();
    let (media, tracks) = (Media::bind().unwrap(), Tracks::new().unwrap());
    let sdp = String::from_utf8(tracks.describe(1, media.port, [&audio.line, &video.line])).unwrap();
    // A codec that the endpoint does not have.
    let sdp = sdp.replacen("RTP/SAVP 0\r\na=rtpmap:0 PCMU", "RTP/SAVP 9\r\na=rtpmap:9 G722", 1);
    let (mut dialog, answer) = caller.ua.invite("echo", sdp.as_bytes()).unwrap();
    assert!(answer.body.contains("a=group:BUNDLE v\r\n") && answer.body.contains("m=audio 0 "));
    let theirs = Attribute::only_one_of(&answer.body).unwrap();
    assert_eq!(theirs.start, format!("1 {GCM}"));
    let (key, to) = (theirs.key_for(video.suite).unwrap(), address_of("video", &answer.body).unwrap());
    let media = media.secure(video.suite, &video.key_salt, &key, to).unwrap();
    let mut bundle = Bundle::new(media, tracks);
    let mut sent = bundle.wait_for_first_echo(1).unwrap();
    for _ in 0..20 {
        let payload = random_payload().unwrap();
        assert!(bundle.echoed(1, &payload).unwrap().is_some());
        sent.push(payload);
    }
    caller.ua.bye(&mut dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    sniffer.stop().unwrap().assert_never_clear(&sent, 40).unwrap();
    pbx.stop().unwrap();
}
