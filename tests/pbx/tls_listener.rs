//! A listener that cannot be opened again at once: the address of the PBX is away just when a new certificate is to be served.

use openssl::hash::MessageDigest;
use openssl::ssl::SslVersion;
use std::path::Path;
use std::thread;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::identity::{Identity, Wanted};
use voxseal_rig::net::Net;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::wait::{PATIENCE, wait_for};

use crate::tls_peers::connect;

const SETTINGS: &str = "[tls]\nwatch = 1\nmin_version = 1.3\n";

/// Gives the address of everybody in the network to its interface, or takes it away.
fn address(net: &Net, what: &str) {
    let address = format!("{}/24", Net::IP);
    let words = ["addr", what, &address, "dev", Net::INTERFACE];
    let output = net.command(Path::new("ip")).args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Whether a new connection is shown this certificate.
fn is_served(pbx: &Pbx, identity: &Identity) -> bool {
    let digest =
        |certificate: &openssl::x509::X509Ref| certificate.digest(MessageDigest::sha256()).unwrap().to_vec();
    let shown = connect(pbx, None, None).ok().and_then(|ua| ua.tls()?.peer_certificate());
    shown.is_some_and(|shown| digest(&shown) == digest(&identity.certificate))
}

/// In the network of the PBX.
fn a_certificate_comes_while_the_address_is_away(net: &Net, pbx: &Pbx) {
    net.enter().unwrap();
    let names = [&format!("IP:{}", Net::IP)[..], "localhost"];
    let fresh = Identity::of_pbx(&pbx.file("etc")).unwrap().issue(&Wanted::named(&names)).unwrap();
    address(net, "del");
    fresh.write(&pbx.file("etc/server.crt"), &pbx.file("etc/server.key")).unwrap();
    let told = "transport tls: its listener could not be opened again";
    pbx.wait_for_log(told, PATIENCE).unwrap();
    assert!(connect(pbx, None, None).is_err(), "there is nobody to connect to");
    let served = "the new certificate for CN = somebody is served from now on";
    assert!(!pbx.log().contains(served), "nobody is served");

    address(net, "add");
    wait_for("the listener", PATIENCE, || Ok(is_served(pbx, &fresh).then_some(()))).unwrap();
    pbx.wait_for_log(served, PATIENCE).unwrap();
    assert!(connect(pbx, None, Some(SslVersion::TLS1_2)).is_err(), "its rules do not hold any more");
    let mut caller = Caller { ua: connect(pbx, None, None).unwrap() };
    let offer = Offer::named(1, "AES_CM_128_HMAC_SHA1_80").unwrap();
    let (mut dialog, answer) = caller.offer("echo", &[offer.line.as_bytes()]).unwrap();
    assert_eq!(answer.status(), Some(200), "{}", answer.head);
    caller.ua.bye(&mut dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    // It was told once for each time that it was tried, and is not tried any more.
    let tried = pbx.log().matches(told).count();
    assert!((1..=4).contains(&tried), "{tried}");
}

#[test]
fn a_listener_that_could_not_be_opened_is_tried_again_with_its_rules_and_the_new_certificate() {
    let net = Net::new().unwrap();
    let config = PbxConfig::new("listener", Module::Ours).unwrap().with_companion();
    let config = PbxConfig { net: Some(net.clone()), ..config.with("voxseal.conf", SETTINGS) };
    let pbx = Pbx::start(config).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| a_certificate_comes_while_the_address_is_away(&net, &pbx)).join().unwrap()
    });
    pbx.stop().unwrap();
}
