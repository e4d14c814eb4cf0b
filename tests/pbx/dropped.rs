//! A peer that leaves out its crypto lines in the middle of a secure call: whatever its endpoint allows, nothing is sent
//! or taken in clear, and the log says why the sides no longer hear each other.

use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::{Media, SecureMedia, random_payload, rtp_packet};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::report::wait_for_session_end;
use voxseal_rig::scenarios::wait_between_reports;
use voxseal_rig::sdp::{Attribute, Sdp, media_address};
use voxseal_rig::sip::Dialog;
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::wait::PATIENCE;

const S80: &str = "AES_CM_128_HMAC_SHA1_80";

/// A secure call to an echo, on plain `RTP/AVP` where encryption is optional.
struct Call {
    pbx: Pbx,
    caller: Caller,
    dialog: Dialog,
    media: SecureMedia,
    offer: Offer,
    profile: &'static str,
    sniffer: Sniffer,
    /// Payloads of all packets of ours.
    sent: Vec<Vec<u8>>,
}

impl Call {
    fn begin(name: &str, endpoint: &str, profile: &'static str) -> Call {
        let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion_in_reach().unwrap();
        let pbx = Pbx::start(config.with_optional_endpoint()).unwrap();
        let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
        let mut caller = Caller::connect_as(&pbx, endpoint).unwrap();
        let offer = Offer::named(1, S80).unwrap();
        let media = Media::bind().unwrap();
        let sdp = Sdp { profile, ..Sdp::new(media.port, &[offer.line.as_bytes()]) }.write();
        let (dialog, answer) = caller.ua.invite("echo", &sdp).unwrap();
        let key = Attribute::only_one_of(&answer.body).unwrap().key_for(offer.suite).unwrap();
        let to = media_address(&answer.body).unwrap();
        let media = media.secure(offer.suite, &offer.key_salt, &key, to).unwrap();
        let mut call = Call { pbx, caller, dialog, media, offer, profile, sniffer, sent: Vec::new() };
        call.sent = call.media.wait_for_first_echo().unwrap();
        call.echoes();
        call
    }

    /// Packets under the keys that were agreed come back under them.
    fn echoes(&mut self) {
        for _ in 0..10 {
            let payload = random_payload().unwrap();
            assert!(self.media.echoed(&payload, &self.sent).unwrap(), "no media both ways");
            self.sent.push(payload);
        }
    }

    /// What a peer would send that thinks the call is plain now. None of it may come back, not even encrypted.
    fn sends_in_clear(&mut self) {
        for sequence in 0..20_u16 {
            let payload = random_payload().unwrap();
            let timestamp = 160 * u32::from(sequence);
            self.media.send_raw(&rtp_packet(sequence, timestamp, 0x00c1_ea12, &payload)).unwrap();
        }
        // An echo that is none of ours is an error there.
        self.echoes();
    }

    fn describe(&mut self, lines: &[&[u8]]) -> Vec<u8> {
        self.dialog.sdp_version += 1;
        let (version, profile) = (self.dialog.sdp_version, self.profile);
        Sdp { version, profile, ..Sdp::new(self.media.port(), lines) }.write()
    }

    fn end(mut self, refused: u64) {
        wait_between_reports(&self.pbx, &mut self.media).unwrap();
        self.caller.ua.bye(&mut self.dialog).unwrap();
        self.ended(refused, 40);
    }

    fn ended(self, refused: u64, at_least: usize) {
        self.pbx.wait_until_idle().unwrap();
        let ended = wait_for_session_end(&self.pbx, 1).unwrap().unwrap();
        assert_eq!(ended.refused, refused, "{ended:?}");
        // Packets that were sent in clear are not among them.
        self.sniffer.stop().unwrap().assert_never_clear(&self.sent, at_least).unwrap();
        self.pbx.stop().unwrap();
    }
}

const REASON: &str = "the call is encrypted, and a new description must not end that";

/// An offer without keys is refused, and the call goes on under those it has.
fn is_refused(call: &mut Call) {
    let bare = call.describe(&[]);
    let answer = call.caller.ua.reinvite(&mut call.dialog, &bare).unwrap();
    assert_eq!(answer.status(), Some(488), "{}", answer.head);
    if call.pbx.config().companion {
        call.pbx.wait_for_log(REASON, PATIENCE).unwrap();
        assert!(answer.header("Warning").unwrap().contains(REASON), "{}", answer.head);
    }
    call.echoes();
    call.sends_in_clear();
}

#[test]
fn crypto_dropped_where_it_is_optional_is_refused_and_the_call_goes_on() {
    let mut call = Call::begin("dropopt", "optional", "RTP/AVP");
    if !call.pbx.config().companion {
        // Nobody sees SIP: the host agrees, but no function of its takes keys away from a stream.
        let bare = call.describe(&[]);
        let answer = call.caller.ua.reinvite(&mut call.dialog, &bare).unwrap();
        assert!(answer.status() == Some(200) && !answer.body.contains("a=crypto"), "{}", answer.body);
        call.echoes();
        call.sends_in_clear();
        return call.end(20);
    }
    is_refused(&mut call);
    let line = call.offer.line.clone();
    let again = call.describe(&[line.as_bytes()]);
    let answer = call.caller.ua.reinvite(&mut call.dialog, &again).unwrap();
    assert!(answer.body.contains("a=crypto:1 "), "{}", answer.body);
    call.echoes();
    call.end(20);
}

#[test]
fn crypto_dropped_where_it_is_demanded_is_refused_and_the_call_goes_on() {
    let mut call = Call::begin("dropdem", "sdes", "RTP/SAVP");
    is_refused(&mut call);
    call.end(20);
}

#[test]
fn crypto_dropped_in_the_answer_to_an_offer_that_was_asked_for_leads_to_no_media_in_clear() {
    for (name, endpoint, profile) in [("dropask", "optional", "RTP/AVP"), ("dropasks", "sdes", "RTP/SAVP")] {
        let mut call = Call::begin(name, endpoint, profile);
        let bare = call.describe(&[]);
        let offer = call.caller.ua.ask_for_offer(&mut call.dialog, |_| bare).unwrap();
        let offered = Attribute::only_one_of(&offer.body).unwrap();
        assert_eq!(offered.start, format!("1 {S80}"), "{}", offer.body);
        if call.pbx.config().companion {
            // Nobody can refuse an ACK, and nobody is to sit in silence.
            let bye = call.caller.ua.wait_for_request("BYE").unwrap();
            call.caller.ua.accept(&bye).unwrap();
            call.ended(0, 20);
        } else {
            call.echoes();
            call.sends_in_clear();
            call.end(20);
        }
    }
}
