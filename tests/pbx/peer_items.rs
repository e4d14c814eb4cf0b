//! What the dialplan knows of the peer at the other end of TLS, and of the packets and keys of the call.

use crate::items::{self, telling};
use crate::tls_peers::{authority, connect, stranger};
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::identity::{Identity, Wanted};
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};

/// The echo ends with `#`, and what is known by then is told.
const ITEMS: [&str; 14] = [
    "tls_version",
    "tls_cipher",
    "tls_verdict",
    "peer_cn",
    "peer_san",
    "peer_fingerprint",
    "packets",
    "packets_in",
    "ssrc",
    "ssrc_in",
    "roc",
    "roc_in",
    "lifetime",
    "mki",
];

fn pbx(name: &str) -> Pbx {
    let items = telling(&ITEMS);
    let dialplan = format!("exten => peer,1,Answer()\n same => n,Echo()\nexten => h,1,NoOp()\n{items}");
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion();
    Pbx::start(config.with("extensions.conf", &dialplan)).unwrap()
}

/// Calls with this certificate, says something, hangs up, and gives what the dialplan then knew.
fn told(pbx: &Pbx, identity: Option<&Identity>, packets: usize) -> impl Fn(&str) -> String + use<> {
    let before = pbx.log().len();
    let mut caller = Caller { ua: connect(pbx, identity, None).unwrap() };
    let offer = Offer::named(1, "AES_CM_128_HMAC_SHA1_80").unwrap();
    let mut call = caller.call("peer", &[offer]).unwrap();
    let sent = call.media.wait_for_first_echo().unwrap();
    for _ in 0..packets {
        assert!(call.media.echoed(&random_payload().unwrap(), &sent).unwrap());
    }
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    let ssrc = format!("{:08x}", call.media.ssrc);
    let log = pbx.log()[before..].to_owned();
    move |name: &str| {
        let value = items::told(&log, name);
        if value == ssrc { "ours".into() } else { value.to_owned() }
    }
}

/// As `openssl x509 -fingerprint -sha256` has it.
fn fingerprint(identity: &Identity) -> String {
    let digest = identity.certificate.digest(openssl::hash::MessageDigest::sha256()).unwrap();
    digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

#[test]
fn dialplan_knows_the_peer_s_certificate_and_what_its_rules_say_of_it() {
    let pbx = pbx("peer-items");
    let names = ["phone.sip.test", "IP:192.0.2.7", "URI:sip:alice@sip.test"];
    let known = authority(&pbx).issue(&Wanted::named(&names)).unwrap();
    let item = told(&pbx, Some(&known), 0);
    for (name, expected) in [
        ("tls_version", "TLSv1.2"),
        ("peer_cn", "somebody"),
        ("peer_san", "DNS:phone.sip.test, IP:192.0.2.7, URI:sip:alice@sip.test"),
        ("peer_fingerprint", &fingerprint(&known)),
    ] {
        assert_eq!(item(name), expected, "{name}");
    }
    let good = item("tls_verdict");
    assert!(
        good.starts_with("TLS 1.2 with ") && good.contains("a good certificate for phone.sip.test"),
        "{good}"
    );
    // Nothing is enforced here, so who is not known is told of.
    let unknown = stranger().issue(&Wanted::named(&["stranger.sip.test"])).unwrap();
    let item = told(&pbx, Some(&unknown), 0);
    assert_eq!(item("peer_san"), "DNS:stranger.sip.test");
    assert!(item("tls_verdict").contains("no authority that we trust"), "{}", item("tls_verdict"));
    let item = told(&pbx, None, 0);
    for name in ["peer_cn", "peer_san", "peer_fingerprint"] {
        assert_eq!(item(name), "", "{name} of a client without a certificate");
    }
    pbx.stop().unwrap();
}

#[test]
fn dialplan_knows_at_the_end_of_a_call_what_was_sent_and_received() {
    let pbx = pbx("call-items");
    let item = told(&pbx, None, 25);
    let number =
        |name: &str| item(name).parse::<u64>().unwrap_or_else(|_| panic!("{name} is {}", item(name)));
    assert!(
        number("packets") >= 25 && number("packets_in") >= 26,
        "{} {}",
        number("packets"),
        number("packets_in")
    );
    assert_eq!((number("roc"), number("roc_in")), (0, 0));
    assert_eq!(item("ssrc_in"), "ours");
    assert!(item("ssrc").len() == 8 && item("ssrc") != "ours", "{}", item("ssrc"));
    assert_eq!((number("lifetime"), item("mki").as_str()), (1 << 48, ""));
    pbx.stop().unwrap();
}
