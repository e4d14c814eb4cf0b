//! Certificates of a listening PBX that change, break and end, while it runs and calls are up.

use crate::manager::Manager;
use openssl::hash::MessageDigest;
use std::fs;
use std::path::Path;
use voxseal_rig::caller::Offer;
use voxseal_rig::identity::{Identity, Wanted};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::scenarios::{echo_call, still_echoes};
use voxseal_rig::sip::Ua;
use voxseal_rig::tls_server::TlsServer;
use voxseal_rig::wait::{PATIENCE, wait_for};

const S80: &str = "AES_CM_128_HMAC_SHA1_80";
const SETTINGS: &str = "[tls]\nenforce = no\nwatch = 1\n";

fn start(name: &str) -> Pbx {
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion();
    Pbx::start(config.with("voxseal.conf", SETTINGS)).unwrap()
}

/// A certificate for the PBX that lasts so many days.
fn issue(pbx: &Pbx, days: i64) -> Identity {
    let names = ["IP:127.0.0.1", "localhost"];
    let wanted = Wanted { days: (-1, days), ..Wanted::named(&names) };
    Identity::of_pbx(&pbx.file("etc")).unwrap().issue(&wanted).unwrap()
}

fn put(pbx: &Pbx, identity: &Identity) {
    identity.write(&pbx.file("etc/server.crt"), &pbx.file("etc/server.key")).unwrap();
}

fn fingerprint(certificate: &openssl::x509::X509Ref) -> Vec<u8> {
    certificate.digest(MessageDigest::sha256()).unwrap().to_vec()
}

/// What a new connection is shown.
fn served(pbx: &Pbx) -> voxseal_rig::Result<Vec<u8>> {
    let config = pbx.config();
    let ua = Ua::connect(config.ip(), config.ports.tls(), &pbx.file("etc/ca.pem"), "sdes")?;
    let certificate = ua.tls().and_then(|tls| tls.peer_certificate()).ok_or("no certificate")?;
    Ok(fingerprint(&certificate))
}

fn wait_until_served(pbx: &Pbx, identity: &Identity) {
    let wanted = fingerprint(&identity.certificate);
    // While the listener is opened anew nobody gets in for a moment.
    wait_for("the new certificate", PATIENCE, || {
        Ok((served(pbx).ok().as_ref() == Some(&wanted)).then_some(()))
    })
    .unwrap();
}

fn assert_served(pbx: &Pbx, identity: &Identity, when: &str) {
    assert_eq!(served(pbx).unwrap(), fingerprint(&identity.certificate), "{when}");
}

fn replace(file: &Path, text: &str) {
    let new = file.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, file).unwrap();
}

#[test]
fn a_new_certificate_is_served_under_a_live_call_and_a_broken_one_is_not() {
    let pbx = start("swapped");
    let (mut caller, mut call) = echo_call(&pbx, Offer::named(1, S80).unwrap()).unwrap();
    let second = issue(&pbx, 90);
    put(&pbx, &second);
    wait_until_served(&pbx, &second);
    pbx.wait_for_log("is served from now on", PATIENCE).unwrap();
    still_echoes(&mut call.media).unwrap();

    // A key that is not the certificate's, no certificate at all, and one that has expired.
    let [other, expired] = [issue(&pbx, 90), issue(&pbx, -1)];
    replace(&pbx.file("etc/server.key"), &pem_of(&other));
    pbx.wait_for_log("server.key is not that of the certificate in", PATIENCE).unwrap();
    assert_served(&pbx, &second, "with the key of another certificate");
    replace(&pbx.file("etc/server.crt"), "no certificate\n");
    pbx.wait_for_log("server.crt has no certificate in it that can be read", PATIENCE).unwrap();
    assert_served(&pbx, &second, "with no certificate");
    put(&pbx, &expired);
    pbx.wait_for_log("or one that it comes with, has expired; renew it", PATIENCE).unwrap();
    assert_served(&pbx, &second, "with an expired certificate");

    // The host reads the files for each connection that it makes, and when it is told to read all anew.
    replace(&pbx.file("etc/server.crt"), "no certificate\n");
    let server = TlsServer::bind("127.0.0.1").unwrap();
    let uri = format!("PJSIP/sdes/sip:callee@127.0.0.1:{}\\;transport=tls", server.port().unwrap());
    pbx.cli(&format!("channel originate {uri} extension echo@tests")).unwrap();
    let mut callee = server.accept(&pbx, &second, "callee").unwrap();
    let invite = callee.wait_for_request("INVITE").unwrap();
    callee.reply(&invite, "486 Busy Here", "rig", b"").unwrap();
    fs::remove_file(pbx.file("etc/server.key")).unwrap();
    pbx.cli("module reload res_pjsip.so").unwrap();
    assert_served(&pbx, &second, "after a reload without a key");

    let last = issue(&pbx, 90);
    put(&pbx, &last);
    wait_until_served(&pbx, &last);
    still_echoes(&mut call.media).unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

fn pem_of(identity: &Identity) -> String {
    String::from_utf8(identity.key.private_key_to_pem_pkcs8().unwrap()).unwrap()
}

#[test]
fn certificates_under_new_names_are_served_after_a_reload_of_pjsip() {
    let pbx = start("renamed");
    let (mut caller, mut call) = echo_call(&pbx, Offer::named(1, S80).unwrap()).unwrap();
    let renamed = issue(&pbx, 90);
    renamed.write(&pbx.file("etc/other.crt"), &pbx.file("etc/other.key")).unwrap();
    let file = pbx.file("etc/pjsip.conf");
    let before = fs::read_to_string(&file).unwrap();
    let after = before.replace("/server.crt", "/other.crt").replace("/server.key", "/other.key");
    assert_ne!(before, after);
    fs::write(file, after).unwrap();
    pbx.cli("module reload res_pjsip.so").unwrap();
    wait_until_served(&pbx, &renamed);
    still_echoes(&mut call.media).unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn the_end_of_a_certificate_is_told_before_it_comes_once_for_each_number_of_days() {
    let config = PbxConfig::new("ending", Module::Ours).unwrap().with_companion().with_manager("read=system");
    let settings = format!("{SETTINGS}expiry_warnings = 7, 30\n");
    let pbx = Pbx::start(config.with("voxseal.conf", &settings)).unwrap();
    let mut manager = Manager::log_in(&pbx);
    let warnings = |days: i64| {
        pbx.log()
            .lines()
            .filter(|line| line.contains("ends at ") && line.contains(&format!("in {days} days")))
            .count()
    };
    let own = || Ok((warnings(1) + warnings(2) >= 1).then_some(()));
    wait_for("a warning of the rig's own certificate, which lasts two days", PATIENCE, own).unwrap();
    assert_eq!(warnings(1) + warnings(2), 1);
    // Those that it does not concern come first, so that the looks between are seen to have said nothing.
    for (days, told) in [(90, None), (20, Some(20)), (40, None), (5, Some(5))] {
        let identity = issue(&pbx, days);
        put(&pbx, &identity);
        wait_until_served(&pbx, &identity);
        if let Some(left) = told {
            manager.line_with("Event: TLSCertificateExpiring");
            assert_eq!(manager.line_with("Transport: "), "Transport: tls");
            assert_eq!(manager.line_with("DaysLeft: "), format!("DaysLeft: {left}"));
            assert_eq!(warnings(left), 1);
        }
    }
    let all = pbx.log().lines().filter(|line| line.contains(": renew it")).count();
    assert_eq!(all, 3, "{}", pbx.log());
    pbx.stop().unwrap();
}
