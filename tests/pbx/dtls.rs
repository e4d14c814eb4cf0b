//! DTLS-SRTP as WebRTC has it (ICE, BUNDLE, one port) goes through the same module, with keys from elsewhere.

use std::collections::HashSet;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::libsrtp::RigSuite;
use voxseal_rig::net::Net;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::report::{sessions_ended, wait_for_session_end};
use voxseal_rig::scenarios::{Keying, pbx_to_pbx, wait_between_reports};
use voxseal_rig::sniff::{Capture, Sniffer};

use crate::streams::AudioVideo;

/// Video too on all legs, and a caller's leg with SDES.
const ENDPOINTS: &str = "
[dtls](+)
allow=vp8
[fardtls](+)
allow=vp8
[video](leg)
media_encryption=sdes
allow=vp8
";

/// Keys of DTLS come after the answer: a call that is to end when it is in clear waits for them.
const DIAL: &str = "
exten => far,1,Set(_SRTP_HANGUP_IF_CLEAR=yes)
 same => n,Dial(PJSIP/echo@fardtls,20)
";

#[test]
fn a_call_with_dtls_srtp_still_works_whoever_calls() {
    let reports = pbx_to_pbx(Module::Ours, Keying::Dtls).unwrap();
    assert_eq!(reports.len(), 2);
}

/// Our PBX and a stock one, in a network of their own: ICE wants an address that is not loopback.
fn two_pbxs(net: &Net) -> (Pbx, Pbx) {
    let config = |name, module| PbxConfig {
        net: Some(net.clone()),
        ..PbxConfig::new(name, module).unwrap().with("pjsip.conf", ENDPOINTS).with("extensions.conf", DIAL)
    };
    let (mut ours, mut stock) =
        (config("bundled", Module::Ours).with_companion(), config("bundler", Module::Stock));
    (ours.far, stock.far) = (Some(stock.ports), Some(ours.ports));
    (Pbx::start(ours).unwrap(), Pbx::start(stock).unwrap())
}

/// A caller with SDES on one PBX, an echo on the other, DTLS-SRTP between them. What the caller sent comes back, byte for
/// byte; the wire between the PBXs.
fn through(net: &Net, near: &Pbx, far: &Pbx) -> Capture {
    net.enter().unwrap();
    let sniffer = Sniffer::start(Some(net), &[near.media_ports(), far.media_ports()]).unwrap();
    let mut caller = Caller::connect_as(near, "video").unwrap();
    let suite = RigSuite::named("AES_CM_128_HMAC_SHA1_80").unwrap();
    let [audio, video] = [(); 2].map(|()| Offer::new(1, suite).unwrap());
    let mut call = AudioVideo::call_to(&mut caller, "far", &audio, &video);
    let mut sent = call.first_echoes();
    sent.extend(call.echoes());
    wait_between_reports(near, &mut call.audio).unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();
    for pbx in [near, far] {
        pbx.wait_until_idle().unwrap();
    }
    let wire = sniffer.stop().unwrap();
    wire.assert_never_clear(&sent, 160).unwrap();
    wire
}

/// Between the PBXs two streams each way, all of them over one port at each end.
fn assert_bundled(wire: &Capture, near: &Pbx, far: &Pbx) {
    let (near, far) = (near.media_ports(), far.media_ports());
    let between = |from: u16, to: u16| near.contains(&from) && far.contains(&to);
    let is_rtp =
        |payload: &[u8]| payload.len() > 12 && payload[0] >> 6 == 2 && !(192..=223).contains(&payload[1]);
    let rtp = wire.datagrams.iter().filter(|one| is_rtp(&one.payload));
    let (mut ports, mut ssrcs) = (HashSet::new(), HashSet::new());
    for one in rtp {
        if between(one.from, one.to) || between(one.to, one.from) {
            ports.insert((one.from.min(one.to), one.from.max(one.to)));
            ssrcs.insert((between(one.from, one.to), one.payload[8..12].to_vec()));
        }
    }
    assert_eq!(ports.len(), 1, "{ports:?}");
    assert_eq!(ssrcs.len(), 4, "{ssrcs:?}");
}

#[test]
fn audio_and_video_bundled_over_dtls_srtp_are_carried_both_ways_whoever_calls_and_never_in_clear() {
    let net = Net::new().unwrap();
    let (ours, stock) = two_pbxs(&net);
    // With SDES our PBX has a session for each section; a bundle has one.
    for (near, far, sessions) in [(&ours, &stock, 3), (&stock, &ours, 1)] {
        let before = sessions_ended(&ours).len();
        let wire = std::thread::scope(|scope| scope.spawn(|| through(&net, near, far)).join().unwrap());
        assert_bundled(&wire, near, far);
        wait_for_session_end(&ours, before + sessions).unwrap();
        let ended = &sessions_ended(&ours)[before..];
        assert_eq!(ended.len(), sessions, "{ended:?}");
        assert!(ended.iter().all(|ended| ended.refused == 0), "{ended:?}");
        let both = ended.iter().filter(|ended| ended.protected >= 40 && ended.unprotected >= 40).count();
        assert!(both >= 1, "no session carried both streams: {ended:?}");
    }
    ours.stop().unwrap();
    stock.stop().unwrap();
}
