//! The PBX calls with audio and video and offers to bundle them: whoever is called has a transport and a key for each, or
//! the first section's for both.

use std::time::Duration;
use voxseal_rig::Result;
use voxseal_rig::bundle::{Bundle, Tracks};
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::{Media, random_payload};
use voxseal_rig::pbx::Pbx;
use voxseal_rig::report::{sessions_ended, wait_for_session_end};
use voxseal_rig::scenarios::wait_between_reports;
use voxseal_rig::sdp::{Attribute, Stream, address_of, sections, write_streams};
use voxseal_rig::sip::Message;
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::wait::{PATIENCE, between_packets, wait_for};

use crate::bundle::{offer, start};
use crate::streams::AudioVideo;

const S80: &str = "AES_CM_128_HMAC_SHA1_80";
const GCM: &str = "AEAD_AES_128_GCM";

/// A caller with audio and video, and a callee who gets them on the transports that it wants.
struct Through {
    caller: Caller,
    callee: Callee,
    call: AudioVideo,
    sniffer: Sniffer,
}

impl Through {
    /// The answer to the PBX's offer, and what the callee has of it.
    fn begin<T: Send>(pbx: &Pbx, answer: impl FnOnce(&Message) -> (Vec<u8>, T) + Send) -> (Through, T) {
        let mut callee = Callee::connect(pbx).unwrap();
        let extension = format!("both-{}", callee.ua.port());
        let mut caller = Caller::connect_as(pbx, "bundle").unwrap();
        let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
        let (call, its) = std::thread::scope(|scope| {
            let called = scope.spawn(|| {
                let invite = callee.ua.wait_for_request("INVITE").unwrap();
                let (sdp, its) = answer(&invite);
                callee.ua.accept_with(&invite, &sdp).unwrap();
                callee.ua.wait_for_request("ACK").unwrap();
                its
            });
            let call = AudioVideo::call_to(&mut caller, &extension, &offer(S80), &offer(GCM));
            (call, called.join().unwrap())
        });
        (Through { caller, callee, call, sniffer }, its)
    }

    /// Both tracks until they are heard; `hears` says whether this payload came in time.
    fn carry(&mut self, mut hears: impl FnMut(usize, &[u8], Duration) -> bool) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        for track in [0, 1] {
            for _ in 0..20 {
                let before = sent.len();
                wait_for("the callee to hear a track", PATIENCE, || {
                    let payload = random_payload()?;
                    let media = if track == 0 { &mut self.call.audio } else { &mut self.call.video };
                    media.send(&payload)?;
                    sent.push(payload.clone());
                    Ok(hears(track, &payload, between_packets(sent.len() - before)).then_some(()))
                })
                .unwrap();
            }
        }
        sent
    }

    /// Both tracks in turn, the other way.
    fn hear(&mut self, mut send: impl FnMut(usize, &[u8]) -> Result<()>) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        for track in [0, 1].repeat(20) {
            let payload = random_payload().unwrap();
            send(track, &payload).unwrap();
            let media = if track == 0 { &mut self.call.audio } else { &mut self.call.video };
            assert_eq!(
                media.receive(PATIENCE).unwrap().as_ref(),
                Some(&payload),
                "track {track} is not heard"
            );
            sent.push(payload);
        }
        sent
    }

    fn end(mut self, pbx: &Pbx, sent: &[Vec<u8>], sessions: usize) {
        wait_between_reports(pbx, &mut self.call.audio).unwrap();
        self.caller.ua.bye(&mut self.call.dialog).unwrap();
        self.callee.wait_for_bye().unwrap();
        pbx.wait_until_idle().unwrap();
        wait_for_session_end(pbx, sessions).unwrap();
        let ended = sessions_ended(pbx);
        assert!(ended.len() == sessions && ended.iter().all(|ended| ended.refused == 0), "{ended:?}");
        self.sniffer.stop().unwrap().assert_never_clear(sent, sent.len()).unwrap();
    }
}

/// The first line of each section of the PBX's offer, each with a key of its own.
fn first_lines<'a>(parts: &[&'a str]) -> [Attribute<'a>; 2] {
    let lines = [0, 1].map(|nth| Attribute::first_of(parts[nth]).unwrap());
    assert_ne!(lines[0].key_salt, lines[1].key_salt, "two transports are offered with one key");
    lines
}

#[test]
fn a_callee_that_bundles_is_heard_and_hears_under_the_first_sections_key() {
    let pbx = start("bundleout");
    let (mut through, mut bundle) = Through::begin(&pbx, |invite| {
        let parts = sections(&invite.body);
        let [audio, _] = first_lines(&parts);
        let (tag, suite) = audio.tag_and_suite().unwrap();
        let ours = Offer::new(tag, suite).unwrap();
        let (media, tracks) = (Media::bind().unwrap(), Tracks::answering(&parts).unwrap());
        let sdp = tracks.describe(1, media.port, [&ours.line, &ours.line]);
        let (key, to) = (audio.key_for(suite).unwrap(), address_of("audio", &invite.body).unwrap());
        let media = media.secure(suite, &ours.key_salt, &key, to).unwrap();
        (sdp, Bundle::new(media, tracks))
    });
    let mut sent = through.carry(|track, payload, patience| {
        while let Some(heard) = bundle.receive(patience).unwrap() {
            if heard.payload == payload {
                assert_eq!(heard.track, track);
                return true;
            }
        }
        false
    });
    sent.extend(through.hear(|track, payload| bundle.send(track, payload).map(drop)));
    through.end(&pbx, &sent, 3);
    pbx.stop().unwrap();
}

#[test]
fn a_callee_that_does_not_bundle_gets_each_section_under_its_own_key() {
    let pbx = start("bundlenot");
    let (mut through, mut media) = Through::begin(&pbx, |invite| {
        let parts = sections(&invite.body);
        let tracks = Tracks::answering(&parts).unwrap();
        let lines = first_lines(&parts);
        let suites = [0, 1].map(|nth| lines[nth].tag_and_suite().unwrap());
        let ours = suites.map(|(tag, suite)| Offer::new(tag, suite).unwrap());
        let media = [(); 2].map(|()| Media::bind().unwrap());
        let texts = [[ours[0].line.as_bytes()], [ours[1].line.as_bytes()]];
        let video =
            Stream { payload_type: tracks.payload_types[1], ..Stream::video(media[1].port, &texts[1]) };
        let sdp = write_streams(1, "", &[Stream::audio(media[0].port, &texts[0]), video]);
        let mut nth = 0..;
        let secured = media.map(|media| {
            let nth = nth.next().unwrap();
            let to = address_of(["audio", "video"][nth], &invite.body).unwrap();
            let (suite, key) = (suites[nth].1, lines[nth].key_for(suites[nth].1).unwrap());
            let mut media = media.secure(suite, &ours[nth].key_salt, &key, to).unwrap();
            media.payload_type = tracks.payload_types[nth];
            media
        });
        (sdp, secured)
    });
    let mut sent = through.carry(|track, payload, patience| {
        while let Some(heard) = media[track].receive(patience).unwrap() {
            if heard == payload {
                return true;
            }
        }
        false
    });
    sent.extend(through.hear(|track, payload| media[track].send(payload).map(drop)));
    through.end(&pbx, &sent, 4);
    pbx.stop().unwrap();
}
