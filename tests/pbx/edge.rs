//! Kamailio in front of the PBX: it has TLS with the phone and reaches the PBX over UDP. SRTP goes past it.

use crate::policy_site::{Outcome, logged, outcome, start, wait_for_lines};
use std::fs;
use std::time::Duration;
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::Caller;
use voxseal_rig::kamailio::Kamailio;
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::Pbx;
use voxseal_rig::sip::Ua;

/// A PBX with these settings behind a proxy.
fn behind_an_edge(name: &str, settings: &str) -> Option<(Pbx, Kamailio)> {
    if Kamailio::skipped_without().unwrap() {
        return None;
    }
    let pbx = start(name, settings, "")?;
    let edge = Kamailio::before(&pbx).unwrap();
    Some((pbx, edge))
}

/// Starts a PBX with these settings behind a proxy, and makes a call with keys through it.
fn called_through_the_edge(name: &str, settings: &str) -> Option<(Pbx, Outcome)> {
    let (pbx, edge) = behind_an_edge(name, settings)?;
    let ua = Ua::connect("127.0.0.1", edge.ports.tls(), &pbx.file("etc/ca.pem"), "mandatory").unwrap();
    let found = outcome(&pbx, &mut Caller { ua }, "RTP/SAVP", true);
    let found = found.map_err(|error| format!("{error}; Kamailio says {}", edge.log())).unwrap();
    pbx.wait_until_idle().unwrap();
    Some((pbx, found))
}

#[test]
fn keys_through_a_trusted_edge_are_taken_and_the_media_is_encrypted() {
    let settings = "[general]\nrequire_secure_signalling = yes\ntrusted_proxy = 127.0.0.1\n";
    let Some((pbx, found)) = called_through_the_edge("edge", settings) else { return };
    assert_eq!(found, Outcome::Encrypted);
    assert_eq!(logged(&pbx, &["crypto lines"]), 0);
    pbx.stop().unwrap();
}

#[test]
fn keys_through_an_edge_that_nobody_trusts_are_refused() {
    let settings = "[general]\nrequire_secure_signalling = yes\ntrusted_proxy = 192.0.2.1\n";
    let Some((pbx, found)) = called_through_the_edge("no-edge", settings) else { return };
    let refused = matches!(&found, Outcome::Refused(warning) if warning.contains("TLS or WSS only"));
    assert!(refused, "{found:?}");
    wait_for_lines(&pbx, &["endpoint mandatory: INVITE from 127.0.0.1 over UDP refused", "trusted_proxy"], 1)
        .unwrap();
    pbx.stop().unwrap();
}

/// Has the PBX call a phone that is connected to a proxy before it, by way of that proxy; the call goes to the echo.
fn call_through_the_edge(name: &str, settings: &str) -> Option<(Pbx, Kamailio, Callee)> {
    let (pbx, edge) = behind_an_edge(name, settings)?;
    let phone = Ua::connect("127.0.0.1", edge.ports.tls(), &pbx.file("etc/ca.pem"), "phone").unwrap();
    let file = pbx.file("etc/pjsip.conf");
    let proxy = format!("sip:127.0.0.1:{}\\;transport=udp\\;lr", edge.ports.udp());
    let behind = format!("[behind](open)\ntransport=udp\n@srtp_policy=mandatory\noutbound_proxy={proxy}\n");
    fs::write(&file, fs::read_to_string(&file).unwrap() + &behind).unwrap();
    pbx.cli("module reload res_pjsip.so").unwrap();
    let uri = format!("sip:phone@127.0.0.1:{}\\;transport=tls", phone.port());
    pbx.cli(&format!("channel originate PJSIP/behind/{uri} extension echo@tests")).unwrap();
    Some((pbx, edge, Callee { ua: phone }))
}

#[test]
fn our_keys_leave_by_a_trusted_edge_and_the_phone_behind_it_is_heard() {
    let settings = "[general]\nrequire_secure_signalling = yes\ntrusted_proxy = 127.0.0.1\n";
    let Some((pbx, edge, mut phone)) = call_through_the_edge("to-edge", settings) else { return };
    let mut media = phone.answer().unwrap_or_else(|error| panic!("{error}; Kamailio says {}", edge.log()));
    let sent = media.wait_for_first_echo().unwrap();
    assert!(media.echoed(&random_payload().unwrap(), &sent).unwrap());
    let shown = pbx.cli("srtp show sessions").unwrap();
    assert!(shown.contains(" audio secure ") && shown.contains(" both"), "{shown}");
    pbx.cli("channel request hangup all").unwrap();
    phone.wait_for_bye().unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn our_keys_do_not_leave_by_an_edge_that_nobody_trusts() {
    let settings = "[general]\nrequire_secure_signalling = yes\n";
    let Some((pbx, _edge, mut phone)) = call_through_the_edge("to-no-edge", settings) else { return };
    wait_for_lines(&pbx, &["endpoint behind: nothing was sent to 127.0.0.1 over UDP", "trusted_proxy"], 1)
        .unwrap();
    pbx.wait_until_idle().unwrap();
    assert!(phone.ua.receive(Duration::from_millis(1)).unwrap().is_none(), "the phone was called");
    pbx.stop().unwrap();
}
