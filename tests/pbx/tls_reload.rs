//! Transports that a reload of pjsip.conf opens anew (`allow_reload=yes`), under rules and with peers connected.

use crate::tls_peers::{authority, connect, is_served, set, stranger};
use openssl::ssl::SslVersion;
use std::fs;
use std::thread;
use voxseal_rig::callee::Callee;
use voxseal_rig::identity::Wanted;
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sip::Ua;
use voxseal_rig::wait::{PATIENCE, wait_for};

const PEERS: &str = "\n[tls](+)\nallow_reload=yes\n[phone](leg)\nmedia_encryption=sdes\naors=phone\n[phone]\ntype=aor\n\
                     max_contacts=1\nremove_existing=yes\n";
const RULES: &str =
    "[tls]\nenforce = no\n[tls:tls]\nenforce = yes\ninbound_verify = require\nmin_version = 1.3\n";

fn start(name: &str) -> Pbx {
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion();
    let config = config.with("pjsip.conf", PEERS).with("voxseal.conf", RULES);
    Pbx::start(config.with("modules.conf", "load=res_pjsip_registrar.so\n")).unwrap()
}

/// Another listener at the same address: the host makes one for whatever changes.
fn replace_listener(pbx: &Pbx, nth: u32) {
    let file = pbx.file("etc/pjsip.conf");
    let before = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{before}\n[tls](+)\ntcp_keepalive_idle_time={}\n", 40 + nth)).unwrap();
    pbx.cli("module reload res_pjsip.so").unwrap();
}

fn rules_hold(pbx: &Pbx) {
    let good = authority(pbx).issue(&Wanted::named(&["phone.sip.test"])).unwrap();
    let bad = stranger().issue(&Wanted::named(&["phone.sip.test"])).unwrap();
    // Until the new listener has been given the rules, it knows no TLS 1.3 and nobody is served.
    let served = || Ok(is_served(pbx, Some(&good)).then_some(()));
    wait_for("the listener under its rules", PATIENCE, served).unwrap();
    assert!(!is_served(pbx, Some(&bad)) && !is_served(pbx, None));
    assert!(connect(pbx, Some(&good), Some(SslVersion::TLS1_2)).is_err(), "the rules allow TLS 1.3 alone");
}

#[test]
fn rules_hold_and_peers_are_called_after_their_listener_was_replaced() {
    let pbx = start("replaced");
    let (config, ca) = (pbx.config(), pbx.file("etc/ca.pem"));
    let identity = authority(&pbx).issue(&Wanted::named(&["phone.sip.test"])).unwrap();
    let ua = Ua::connect_with(config.ip(), config.ports.tls(), &ca, "callee", Some(&identity), None).unwrap();
    let mut phone = Callee { ua };
    let contact = format!("sip:phone@127.0.0.1:{};transport=tls", phone.ua.port());
    phone.ua.register("phone", &contact).unwrap();
    rules_hold(&pbx);
    for nth in 0..4 {
        replace_listener(&pbx, nth);
        rules_hold(&pbx);
        // The connection is of a listener that is gone.
        pbx.cli("channel originate PJSIP/phone extension echo@tests").unwrap();
        let mut media = phone.answer().unwrap();
        let sent = media.wait_for_first_echo().unwrap();
        assert!(media.echoed(&random_payload().unwrap(), &sent).unwrap());
        pbx.cli("channel request hangup all").unwrap();
        phone.wait_for_bye().unwrap();
        pbx.wait_until_idle().unwrap();
    }
    // It is the certificate from before, of whose end the log has warned.
    assert_eq!(pbx.log().matches("days: renew it").count(), 1, "{}", pbx.log());
    assert!(!pbx.log().contains("the new certificate"), "{}", pbx.log());
    pbx.stop().unwrap();
}

/// What is in its pjsip.conf from now on.
fn configure(pbx: &Pbx, text: &str) {
    fs::write(pbx.file("etc/pjsip.conf"), text).unwrap();
    pbx.cli("module reload res_pjsip.so").unwrap();
}

#[test]
fn a_listener_whose_transport_was_taken_out_of_the_settings_is_served_on_and_given_back() {
    let config = PbxConfig::new("taken-out", Module::Ours).unwrap().with_companion();
    let pbx = Pbx::start(config.with("voxseal.conf", "[tls]\nenforce = no\nwatch = 1\n")).unwrap();
    let before = fs::read_to_string(pbx.file("etc/pjsip.conf")).unwrap();
    let (head, rest) = before.split_once("[tls]\n").unwrap();
    configure(&pbx, &format!("{head}{}", &rest[rest.find("\n[").unwrap()..]));
    assert!(!pbx.cli("pjsip show transports").unwrap().contains("tls"));
    // The host has it until it is started anew.
    let renewed = authority(&pbx).issue(&Wanted::named(&["IP:127.0.0.1", "localhost"])).unwrap();
    renewed.write(&pbx.file("etc/server.crt"), &pbx.file("etc/server.key")).unwrap();
    let shown = || connect(&pbx, None, None).ok().and_then(|ua| ua.tls()?.peer_certificate());
    let is_renewed = || Ok((shown().as_ref() == Some(&renewed.certificate)).then_some(()));
    wait_for("the new certificate", PATIENCE, is_renewed).unwrap();
    pbx.cli("module unload res_pjsip_voxseal.so").unwrap();
    assert!(!pbx.cli("module show like res_pjsip_voxseal").unwrap().contains(" Running"));
    // Nothing of what is gone is in it: a handshake that fails would be told there.
    assert!(connect(&pbx, None, Some(SslVersion::TLS1_1)).is_err());
    assert!(connect(&pbx, None, None).is_ok());
    pbx.stop().unwrap();
}

#[test]
fn listeners_that_are_replaced_while_they_get_other_settings_have_them_in_the_end() {
    let more = |nth| format!("[tls{nth}](tls)\nbind=127.0.0.{nth}:@TLSPORT@\n");
    let config = PbxConfig::new("at-once", Module::Ours).unwrap().with_companion().with("pjsip.conf", PEERS);
    let config = config.with("pjsip.conf", &(2..8).map(more).collect::<String>()).with("voxseal.conf", RULES);
    let pbx = Pbx::start(config).unwrap();
    let before = fs::read_to_string(pbx.file("etc/pjsip.conf")).unwrap();
    let names = ["tls", "tls2", "tls3", "tls4", "tls5", "tls6", "tls7"];
    let replaced =
        |nth| names.map(|name| format!("\n[{name}](+)\ntcp_keepalive_idle_time={}\n", 40 + nth)).concat();
    thread::scope(|both| {
        let reloads = both.spawn(|| {
            for nth in 0..10 {
                configure(&pbx, &format!("{before}{}", replaced(nth)));
            }
        });
        for nth in 0.. {
            set(&pbx, &format!("{RULES}[tls]\nhandshake_timeout = {}\n", 30 + nth % 2));
            if reloads.is_finished() {
                break;
            }
        }
    });
    set(&pbx, RULES);
    rules_hold(&pbx);
    assert!(!pbx.log().contains("could not be opened again"), "{}", pbx.log());
    pbx.stop().unwrap();
}
