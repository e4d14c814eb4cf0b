//! Policies and the PBX's own offers: to whom it calls, on the legs of one call, and after a transfer.

use crate::policy_site::{REQUIRED, caller, logged, offer, start, wait_for_lines};
use crate::transfer::heard;
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::Caller;
use voxseal_rig::pbx::Pbx;
use voxseal_rig::sdp::{Attribute, Sdp};
use voxseal_rig::sip::Message;
use voxseal_rig::sniff::Sniffer;

/// Has an endpoint called, and gives the INVITE; the answer is up to `answer`, after which the caller hangs up.
fn called(pbx: &Pbx, endpoint: &str, transport: &str, answer: impl FnOnce(&mut Callee, &Message)) -> Message {
    let mut callee = if transport == "tls" { Callee::connect(pbx) } else { Callee::by_udp(pbx) }.unwrap();
    let extension = format!("call-{endpoint}-{}-{transport}", callee.ua.port());
    let mut phone = Caller::connect_as(pbx, "plain").unwrap();
    let sdp = Sdp { profile: "RTP/AVP", ..Sdp::new(40_000, &[]) }.write();
    std::thread::scope(|scope| {
        let calling = scope.spawn(|| {
            let (mut dialog, _) = phone.ua.invite(&extension, &sdp).unwrap();
            // The PBX may have ended it before.
            let _ = phone.ua.bye(&mut dialog);
        });
        let invite = callee.ua.wait_for_request("INVITE").unwrap();
        answer(&mut callee, &invite);
        calling.join().unwrap();
        invite
    })
}

/// Profile and number of crypto lines of an offer.
fn shape(invite: &Message) -> (&'static str, bool) {
    let profile = if invite.body.contains(" RTP/SAVP ") { "RTP/SAVP" } else { "RTP/AVP" };
    (profile, !Attribute::all_of(&invite.body).unwrap().is_empty())
}

fn answer_with(profile: &'static str, crypto: bool) -> impl FnOnce(&mut Callee, &Message) {
    move |callee, invite| {
        let ours = offer();
        let lines: &[&[u8]] = if crypto { &[ours.line.as_bytes()] } else { &[] };
        callee.ua.accept_with(invite, &Sdp { profile, ..Sdp::new(40_002, lines) }.write()).unwrap();
        callee.ua.wait_for_request("ACK").unwrap();
        callee.wait_for_bye().unwrap();
    }
}

#[test]
fn our_offers_are_as_the_policy_says_and_an_answer_without_keys_is_taken_where_it_may_be() {
    let Some(pbx) = start("offering", REQUIRED, "") else { return };
    for (endpoint, offered, crypto_back) in [
        ("forbidden", ("RTP/AVP", false), false),
        ("optional", ("RTP/AVP", true), true),
        ("optional", ("RTP/AVP", true), false),
        ("mandatory", ("RTP/SAVP", true), true),
    ] {
        let invite = called(&pbx, endpoint, "tls", answer_with(offered.0, crypto_back));
        assert_eq!(shape(&invite), offered, "{endpoint}");
        assert_eq!(logged(&pbx, &["ended, endpoint"]), 0, "{endpoint}");
    }
    // Without a key of theirs there is no call, and nobody sits in silence.
    for profile in ["RTP/SAVP", "RTP/AVP"] {
        let invite = called(&pbx, "mandatory", "tls", answer_with(profile, false));
        assert_eq!(shape(&invite), ("RTP/SAVP", true));
    }
    wait_for_lines(&pbx, &["ended, endpoint mandatory: media must be encrypted here"], 2).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn offers_with_keys_never_leave_in_clear_and_the_call_fails_with_a_cause() {
    let Some(pbx) = start("leaving", REQUIRED, "") else { return };
    let callee = Callee::by_udp(&pbx).unwrap();
    let port: u16 = callee.ua.port().parse().unwrap();
    let sniffer = Sniffer::start(None, &[port..=port]).unwrap();
    for endpoint in ["mandatory", "optional"] {
        let extension = format!("call-{endpoint}-{port}-udp");
        let mut phone = Caller::connect_as(&pbx, "plain").unwrap();
        let sdp = Sdp { profile: "RTP/AVP", ..Sdp::new(40_000, &[]) };
        let (_, answer) = phone.ua.invite(&extension, &sdp.write()).unwrap();
        assert_eq!(answer.status(), Some(488), "{}", answer.head);
        let line =
            format!("endpoint {endpoint}: nothing was sent to 127.0.0.1 over UDP and the call is ended");
        wait_for_lines(&pbx, &[&line, "crypto lines may travel over TLS or WSS only", "trusted_proxy"], 1)
            .unwrap();
        wait_for_lines(&pbx, &[&format!("result {extension}: "), " 58"], 1).unwrap();
    }
    assert_eq!(sniffer.stop().unwrap().datagrams.len(), 0, "something was sent");
    // Without keys the same way is open, and with a secure way keys are.
    called(&pbx, "forbidden", "udp", answer_with("RTP/AVP", false));
    called(&pbx, "mandatory", "tls", answer_with("RTP/SAVP", true));
    pbx.stop().unwrap();
}

#[test]
fn offers_with_keys_leave_in_clear_where_secure_signalling_is_not_required_and_the_log_says_so_unless_it_is_told_not_to()
 {
    for (name, settings, warnings) in
        [("leaving-warned", "", 1), ("leaving-clear", "[general]\nrequire_secure_signalling = no\n", 0)]
    {
        let Some(pbx) = start(name, settings, "") else { return };
        let invite = called(&pbx, "mandatory", "udp", answer_with("RTP/SAVP", true));
        assert_eq!(shape(&invite), ("RTP/SAVP", true));
        pbx.wait_until_idle().unwrap();
        let warning = ["endpoint mandatory, call with 127.0.0.1 over UDP: crypto lines travel in clear"];
        assert_eq!(logged(&pbx, &warning), warnings, "{settings}");
        pbx.stop().unwrap();
    }
}

#[test]
fn policy_of_one_leg_says_nothing_about_the_other() {
    let Some(pbx) = start("legs", "", "") else { return };
    for (from, to, expected) in
        [("mandatory", "forbidden", ("RTP/AVP", false)), ("forbidden", "mandatory", ("RTP/SAVP", true))]
    {
        let mut callee = Callee::connect(&pbx).unwrap();
        let extension = format!("call-{to}-{}-tls", callee.ua.port());
        let mut phone = caller(&pbx, "TLS", from);
        std::thread::scope(|scope| {
            let calling = scope.spawn(|| {
                let ours = offer();
                let (profile, lines): (_, &[&[u8]]) = if from == "mandatory" {
                    ("RTP/SAVP", &[ours.line.as_bytes()])
                } else {
                    ("RTP/AVP", &[])
                };
                let sdp = Sdp { profile, ..Sdp::new(40_000, lines) }.write();
                let (mut dialog, answer) = phone.ua.invite(&extension, &sdp).unwrap();
                assert_eq!(answer.status(), Some(200));
                assert_eq!(answer.body.contains("a=crypto:"), from == "mandatory");
                phone.ua.bye(&mut dialog).unwrap();
            });
            let invite = callee.ua.wait_for_request("INVITE").unwrap();
            assert_eq!(shape(&invite), expected);
            answer_with(expected.0, expected.1)(&mut callee, &invite);
            calling.join().unwrap();
        });
    }
    pbx.stop().unwrap();
}

#[test]
fn transfer_calls_the_new_party_as_its_own_policy_says() {
    let Some(pbx) = start("transfer", REQUIRED, "") else { return };
    let mut target = Callee::connect(&pbx).unwrap();
    let mut referrer = Callee::connect(&pbx).unwrap();
    let extension = format!("call-optional-{}-tls", referrer.ua.port());
    let mut phone = caller(&pbx, "TLS", "mandatory");
    let (call, (invite, mut at_referrer)) = std::thread::scope(|scope| {
        let called = scope.spawn(|| {
            let invite = referrer.ua.wait_for_request("INVITE").unwrap();
            let media = referrer.answer_line(&invite, 0).unwrap();
            (invite, media)
        });
        (phone.call(&extension, &[offer()]).unwrap(), called.join().unwrap())
    });
    let mut at_phone = call.media;
    heard(&mut at_phone, &mut at_referrer);
    let mut dialog = referrer.ua.dialog_of(&invite).unwrap();
    referrer.ua.refer(&mut dialog, &format!("call-mandatory-{}-tls", target.ua.port())).unwrap();
    let invite = target.ua.wait_for_request("INVITE").unwrap();
    assert_eq!(shape(&invite), ("RTP/SAVP", true));
    let mut at_target = target.answer_line(&invite, 0).unwrap();
    let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
    let sent = heard(&mut at_phone, &mut at_target);
    sniffer.stop().unwrap().assert_never_clear(&sent, sent.len() + 1).unwrap();
    pbx.cli("channel request hangup all").unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}
