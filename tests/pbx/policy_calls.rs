//! Policies over the whole of a call: offers to us, re-INVITEs, proxies, and mistakes in the settings.

use crate::policy_site::{
    Outcome, REQUIRED, S80, caller, logged, offer, offer_again, outcome, refusal, start, wait_for_lines,
};
use voxseal_rig::media::random_payload;
use voxseal_rig::sdp::{Attribute, Sdp, Stream, write_streams};
use voxseal_rig::wait::{PATIENCE, wait_for};

#[test]
fn keys_in_clear_are_warned_of_once_for_each_call_and_the_call_works() {
    let Some(pbx) = start("warned", "", "") else { return };
    let mut phone = caller(&pbx, "UDP", "optional");
    let warning = ["endpoint optional, call with 127.0.0.1 over UDP: crypto lines travel in clear"];
    for calls in 1..=2 {
        assert_eq!(outcome(&pbx, &mut phone, "RTP/SAVP", true).unwrap(), Outcome::Encrypted);
        wait_for_lines(&pbx, &warning, calls).unwrap();
    }
    let (mut dialog, answer) = phone.offer("echo", &[offer().line.as_bytes()]).unwrap();
    assert_eq!(answer.status(), Some(200));
    assert_eq!(
        offer_again(&mut phone, &mut dialog, 40_000, "RTP/SAVP", &[offer().line.as_bytes()]).status(),
        Some(200)
    );
    phone.ua.bye(&mut dialog).unwrap();
    assert_eq!(
        outcome(&pbx, &mut caller(&pbx, "TLS", "optional"), "RTP/SAVP", true).unwrap(),
        Outcome::Encrypted
    );
    assert_eq!(outcome(&pbx, &mut phone, "RTP/AVP", false).unwrap(), Outcome::Clear);
    pbx.wait_until_idle().unwrap();
    assert_eq!(logged(&pbx, &["crypto lines travel in clear"]), 3, "one for each call with keys in clear");
    pbx.stop().unwrap();
}

#[test]
fn endpoint_says_no_and_its_keys_travel_in_clear_without_a_word() {
    let own = "[lenient](open)\n@srtp_policy=optional\n@require_secure_signalling=no\n";
    let Some(pbx) = start("lenient", REQUIRED, own) else { return };
    assert_eq!(
        outcome(&pbx, &mut caller(&pbx, "UDP", "lenient"), "RTP/SAVP", true).unwrap(),
        Outcome::Encrypted
    );
    assert_eq!(logged(&pbx, &["crypto lines"]), 0);
    pbx.stop().unwrap();
}

#[test]
fn who_comes_through_a_trusted_proxy_may_have_keys() {
    let own = "[behind](open)\n@srtp_policy=mandatory\n@srtp_profile=edge\n";
    let settings = format!("{REQUIRED}[edge]\ntrusted_proxy = 192.0.2.1, 127.0.0.0/8\n");
    let Some(pbx) = start("trusted", &settings, own) else { return };
    assert_eq!(
        outcome(&pbx, &mut caller(&pbx, "UDP", "behind"), "RTP/SAVP", true).unwrap(),
        Outcome::Encrypted
    );
    let found = outcome(&pbx, &mut caller(&pbx, "UDP", "mandatory"), "RTP/SAVP", true).unwrap();
    assert!(found.is_refused_for("TLS or WSS only"), "{found:?}");
    assert_eq!(logged(&pbx, &["endpoint behind"]), 0);
    pbx.stop().unwrap();
}

#[test]
fn fingerprint_is_no_substitute_for_keys_where_dtls_is_not_spoken_however_rtp_is_spelt() {
    let Some(pbx) = start("fingerprint", "", "") else { return };
    let mut phone = caller(&pbx, "TLS", "optional");
    let (mut dialog, answer) = phone.offer("echo", &[offer().line.as_bytes()]).unwrap();
    assert_eq!(answer.status(), Some(200));
    let fingerprint = format!("a=fingerprint:sha-256 {}\r\n", ["AB"; 32].join(":"));
    for (profile, more) in [("RTP/AVP", fingerprint.as_str()), ("rtp/avp", "")] {
        dialog.sdp_version += 1;
        let stream = Stream { profile, ..Stream::audio(40_000, &[]) };
        let sdp = write_streams(dialog.sdp_version, more, &[stream]);
        assert_eq!(phone.ua.reinvite(&mut dialog, &sdp).unwrap().status(), Some(488), "{profile} {more}");
    }
    phone.ua.bye(&mut dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn mistake_in_an_endpoints_policy_refuses_its_calls_and_names_the_line() {
    let own = "[mistaken](open)\n@srtp_policy=mandatry\n";
    let Some(pbx) = start("mistaken", "", own) else { return };
    let found = outcome(&pbx, &mut caller(&pbx, "TLS", "mistaken"), "RTP/AVP", false).unwrap();
    assert!(found.is_refused_for("the settings here have an error"), "{found:?}");
    let remedy = "correct @srtp_policy in pjsip.conf (media_policy: \"mandatry\" is not host, forbidden, optional or mandatory)";
    wait_for_lines(&pbx, &["endpoint mistaken: ", remedy], 1).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn who_is_not_authenticated_learns_nothing_of_the_policy() {
    let own = "[locked](open)\n@srtp_policy=mandatory\nauth=locked\n[locked]\ntype=auth\nauth_type=userpass\nusername=locked\npassword=x\n";
    let Some(pbx) = start("locked", REQUIRED, own) else { return };
    let (_, answer) = caller(&pbx, "UDP", "locked").offer("echo", &[offer().line.as_bytes()]).unwrap();
    assert_eq!((answer.status(), answer.header("Warning")), (Some(401), None));
    assert_eq!(logged(&pbx, &["endpoint locked"]), 0);
    pbx.stop().unwrap();
}

#[test]
fn invite_without_a_description_gets_no_keys_in_clear() {
    let Some(pbx) = start("offerless", REQUIRED, "") else { return };
    for endpoint in ["mandatory", "optional"] {
        let (_, answer) = caller(&pbx, "UDP", endpoint).ua.invite("echo", b"").unwrap();
        assert!(refusal(&answer).unwrap().is_refused_for("TLS or WSS only"));
    }
    // A call in clear that is up is not offered keys in clear either.
    let mut phone = caller(&pbx, "UDP", "optional");
    let sdp = Sdp { profile: "RTP/AVP", ..Sdp::new(40_000, &[]) };
    let (mut dialog, answer) = phone.ua.invite("echo", &sdp.write()).unwrap();
    assert_eq!(answer.status(), Some(200));
    let answer = phone.ua.reinvite(&mut dialog, b"").unwrap();
    assert!(refusal(&answer).unwrap().is_refused_for("TLS or WSS only"));
    phone.ua.bye(&mut dialog).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn call_that_is_encrypted_stays_so_under_every_policy() {
    let host = "[host](open)\nmedia_encryption=sdes\nmedia_encryption_optimistic=yes\n";
    let Some(pbx) = start("stays", REQUIRED, host) else { return };
    for endpoint in ["optional", "mandatory", "host"] {
        let mut phone = caller(&pbx, "TLS", endpoint);
        let mut call = phone.call("echo", &[offer()]).unwrap();
        let sent = call.media.wait_for_first_echo().unwrap();
        assert!(call.media.echoed(&random_payload().unwrap(), &sent).unwrap());
        let port = call.media.port();
        for profile in ["RTP/AVP", "RTP/SAVP"] {
            let answer = offer_again(&mut phone, &mut call.dialog, port, profile, &[]);
            let found = refusal(&answer).unwrap();
            assert!(found.is_refused_for("a new description must not end that"), "{endpoint}: {found:?}");
        }
        // Without SDP the PBX describes itself as before, and an answer without keys ends the call.
        let (version, ours) = (call.dialog.sdp_version + 1, call.offer.line.clone());
        let answer = |_: &_| Sdp { version, ..Sdp::new(port, &[ours.as_bytes()]) }.write();
        let theirs = phone.ua.ask_for_offer(&mut call.dialog, answer).unwrap();
        assert_eq!(Attribute::only_one_of(&theirs.body).unwrap().start, format!("1 {S80}"));
        assert!(call.media.echoed(&random_payload().unwrap(), &[vec![]]).unwrap(), "{endpoint}: no media");
        let dropped = |_: &_| Sdp { version: version + 1, profile: "RTP/AVP", ..Sdp::new(port, &[]) }.write();
        phone.ua.ask_for_offer(&mut call.dialog, dropped).unwrap();
        let bye = phone.ua.wait_for_request("BYE").unwrap();
        phone.ua.accept(&bye).unwrap();
        wait_for_lines(&pbx, &[&format!("endpoint {endpoint}: ACK from"), "must not end that"], 1).unwrap();
    }
    pbx.stop().unwrap();
}

#[test]
fn endpoint_whose_policy_differs_from_the_hosts_settings_is_still_that_endpoint() {
    let Some(pbx) = start("itself", "", "") else { return };
    let mut phone = caller(&pbx, "TLS", "mandatory");
    let mut call = phone.call("echo", &[offer()]).unwrap();
    // The host tells itself of a call in the background.
    let in_use = |wanted| {
        let state = || {
            let shown = pbx.cli("pjsip show endpoint mandatory")?;
            Ok((shown.contains("In use") == wanted).then_some(()))
        };
        wait_for("the state of the endpoint", PATIENCE, state).unwrap();
    };
    in_use(true);
    assert!(pbx.cli("core show channels concise").unwrap().starts_with("PJSIP/mandatory-"));
    phone.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    in_use(false);
    assert_eq!(logged(&pbx, &["WARNING", "res_pjsip"]) + logged(&pbx, &["ERROR"]), 0, "{}", pbx.log());
    pbx.stop().unwrap();
}
