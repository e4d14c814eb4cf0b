//! Kamailio in front of the PBX: it has TLS with the phone and reaches the PBX over UDP. SRTP goes past it.

use crate::policy_site::{Outcome, logged, outcome, start, wait_for_lines};
use voxseal_rig::caller::Caller;
use voxseal_rig::kamailio::Kamailio;
use voxseal_rig::pbx::Pbx;
use voxseal_rig::sip::Ua;

/// Starts a PBX with these settings behind a proxy, and makes a call with keys through it.
fn called_through_the_edge(name: &str, settings: &str) -> Option<(Pbx, Outcome)> {
    if !Kamailio::is_there().unwrap() {
        eprintln!("skipped: there is no kamailio beside the PBX");
        return None;
    }
    let pbx = start(name, settings, "")?;
    let edge = Kamailio::before(&pbx).unwrap();
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
