//! Lifetimes from end to end: the PBX renews its key before its end, by itself and without a gap; at the end of a key
//! that nobody renews it falls silent instead of going on.

use crate::manager::Manager;
use crate::mki::reinvite;
use std::time::{Duration, Instant};
use voxseal_rig::caller::{Call, Caller, Offer};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::{Attribute, Sdp};
use voxseal_rig::sip::Message;
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::tone::heard_in_ulaw;
use voxseal_rig::wait::{PATIENCE, wait_for};

/// Packets that a key of the PBX may protect: 5 seconds of voice.
const LIFETIME: u64 = 256;
const CONF: &str = "[general]\nlifetime = 256\n";

/// A PBX that asks for a new key when half of the lifetime is left: 2.5 seconds for the answer, on a busy machine, too.
fn pbx(name: &str) -> Pbx {
    let config = PbxConfig::new(name, Module::Ours).unwrap();
    let settings = format!("{CONF}soft_limit = 50%\n");
    Pbx::start(config.with("voxseal.conf", &settings).with_companion()).unwrap()
}

fn call_the_tone(pbx: &Pbx, suite: &str) -> (Caller, Call) {
    let mut caller = Caller::connect(pbx).unwrap();
    let offer = Offer::named(1, suite).unwrap();
    let call = caller.call("tone", &[offer]).unwrap();
    (caller, call)
}

/// What has come of the PBX's media.
#[derive(Default)]
struct Heard {
    sequences: Vec<u16>,
    audio: Vec<u8>,
}

impl Heard {
    /// Takes the next packet; a packet that no key opens is an error. `false` when none came in time.
    fn take(&mut self, call: &mut Call, at_most: Duration) -> bool {
        let Some(mut packet) = call.media.receive_protected(at_most).unwrap() else { return false };
        call.media.unprotect(&mut packet).unwrap();
        self.sequences.push(u16::from_be_bytes([packet[2], packet[3]]));
        self.audio.extend_from_slice(&packet[12..]);
        true
    }

    /// Takes all that has come, so that a busy machine does not fall behind the tone.
    fn catch_up(&mut self, call: &mut Call) {
        while self.take(call, Duration::ZERO) {}
    }

    /// Takes all packets of a key that nobody renews: no more may come.
    fn take_a_lifetime(&mut self, call: &mut Call) {
        while (self.sequences.len() as u64) < LIFETIME {
            assert!(self.take(call, PATIENCE), "the tone stopped after {} packets", self.sequences.len());
        }
        assert!(!self.take(call, Duration::from_secs(1)), "a packet after the end of its key");
    }
}

/// Says yes to a re-INVITE of the PBX, our key and media as before, and expects the PBX's new key.
fn accept_new_key(caller: &mut Caller, call: &mut Call, invite: &Message) {
    let offered = Attribute::only_one_of(&invite.body).unwrap();
    let key = offered.key_for(call.suite).unwrap();
    assert_eq!(offered.start, format!("1 {}", call.suite.name));
    assert_ne!(key, call.remote, "the PBX asks for a new key and brings the old one");
    call.dialog.sdp_version += 1;
    let lines = [call.offer.line.as_bytes()];
    let sdp = Sdp { version: call.dialog.sdp_version, ..Sdp::new(call.media.port(), &lines) };
    call.media.expect_remote_key(call.suite, &key).unwrap();
    call.remote = key;
    caller.ua.accept_with(invite, &sdp.write()).unwrap();
}

#[test]
fn pbx_renews_its_key_three_times_by_itself_while_the_tone_goes_on() {
    for suite in ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"] {
        let pbx = pbx("lifetime");
        let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
        let (mut caller, mut call) = call_the_tone(&pbx, suite);
        let (mut heard, mut renewed) = (Heard::default(), 0);
        let deadline = Instant::now() + 2 * PATIENCE;
        while heard.sequences.len() < 3 * LIFETIME as usize + 50 {
            assert!(Instant::now() < deadline, "{renewed} new keys, {} packets", heard.sequences.len());
            assert!(heard.take(&mut call, PATIENCE), "the tone stopped after {renewed} new keys");
            heard.catch_up(&mut call);
            if let Some(invite) = reinvite(&mut caller) {
                accept_new_key(&mut caller, &mut call, &invite);
                renewed += 1;
            }
        }
        assert!(renewed >= 3, "{renewed} new keys in {} packets", heard.sequences.len());
        let gaps = heard.sequences.windows(2).filter(|two| two[1].wrapping_sub(two[0]) != 1).count();
        assert_eq!(gaps, 0, "packets are missing");
        // Every half second for itself: in the first one the tone begins.
        for half_second in heard.audio.chunks_exact(4000).skip(1) {
            let tone = heard_in_ulaw(half_second, pbx.config().tone);
            assert!(tone.is_clear(), "{tone}");
        }
        let on_wire = sniffer.stop().unwrap().heard_on_the_wire(pbx.media_ports(), pbx.config().tone);
        assert!(on_wire.share < 0.2 && on_wire.seconds > 10.0, "on the wire: {on_wire}");
        caller.ua.bye(&mut call.dialog).unwrap();
        pbx.wait_until_idle().unwrap();
        pbx.stop().unwrap();
    }
}

#[test]
fn pbx_renews_its_key_earlier_where_the_soft_limit_says_so() {
    let config = PbxConfig::new("softlimit", Module::Ours).unwrap().with_companion();
    let pbx =
        Pbx::start(config.with("voxseal.conf", "[general]\nlifetime = 1000\nsoft_limit = 5%\n")).unwrap();
    let (mut caller, mut call) = call_the_tone(&pbx, "AES_CM_128_HMAC_SHA1_80");
    let mut heard = Heard::default();
    let invite = loop {
        assert!(heard.take(&mut call, PATIENCE), "the tone stopped");
        heard.catch_up(&mut call);
        // By default it would be at 875.
        assert!(heard.sequences.len() < 800, "no new key");
        if let Some(invite) = reinvite(&mut caller) {
            break invite;
        }
    };
    // What was sent before it.
    heard.catch_up(&mut call);
    assert!(heard.sequences.len() >= 50, "a new key after {} packets", heard.sequences.len());
    accept_new_key(&mut caller, &mut call, &invite);
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn without_the_companion_the_log_says_once_for_each_call_that_nobody_renews_the_key() {
    let pbx =
        Pbx::start(PbxConfig::new("helpless", Module::Ours).unwrap().with("voxseal.conf", CONF)).unwrap();
    for nth in 1..=2 {
        let (mut caller, mut call) = call_the_tone(&pbx, "AES_CM_128_HMAC_SHA1_80");
        let mut heard = Heard::default();
        heard.take_a_lifetime(&mut call);
        // It goes on asking for a key every four seconds.
        let asked = || pbx.log().matches("a re-INVITE offers a new one").count();
        let before = asked();
        wait_for("two more attempts", PATIENCE, || Ok((asked() >= before + 2).then_some(()))).unwrap();
        assert_eq!(pbx.log().matches("no re-INVITE for a new SRTP key can be sent").count(), nth);
        caller.ua.bye(&mut call.dialog).unwrap();
        pbx.wait_until_idle().unwrap();
    }
    pbx.stop().unwrap();
}

#[test]
fn pbx_falls_silent_at_the_end_of_a_key_that_the_peer_does_not_let_it_renew() {
    let config = PbxConfig::new("silent", Module::Ours).unwrap().with_manager("read=call\nwrite=call");
    let pbx = Pbx::start(config.with("voxseal.conf", CONF).with_companion()).unwrap();
    let mut manager = Manager::log_in(&pbx);
    let (mut caller, mut call) = call_the_tone(&pbx, "AES_CM_128_HMAC_SHA1_32");
    let mut heard = Heard::default();
    // Re-INVITEs are left without an answer.
    heard.take_a_lifetime(&mut call);
    pbx.wait_for_log("the local SRTP key has reached its lifetime and there is no new one", PATIENCE)
        .unwrap();
    for event in ["Event: SRTPLifetimeSoft", "Event: SRTPLifetimeReached"] {
        assert_eq!(manager.line_with(event), event);
    }
    let variable = || {
        let channel = pbx.cli("core show channel PJSIP/sdes-00000000")?;
        Ok(channel.contains("SRTP_LIFETIME_REACHED=1").then_some(()))
    };
    wait_for("the variable", PATIENCE, variable).unwrap();
    // The call goes on once the peer agrees to a new key.
    let deadline = Instant::now() + PATIENCE;
    while heard.sequences.len() as u64 == LIFETIME {
        assert!(Instant::now() < deadline, "the PBX does not ask for a new key any more");
        if let Some(invite) = reinvite(&mut caller) {
            accept_new_key(&mut caller, &mut call, &invite);
        }
        heard.take(&mut call, Duration::from_millis(20));
    }
    pbx.cli("channel request hangup all").unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}
