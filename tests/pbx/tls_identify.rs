//! Client certificates of a real TLS connection say which endpoint a request comes from.

use crate::tls_peers::{authority, connect, set, stranger};
use voxseal_rig::identity::{Identity, Wanted};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sip::{Message, Ua};
use voxseal_rig::wait::PATIENCE;

const ON: &str = "[tls]\nidentify_by_certificate = yes\n";

const ORDER: &str = "[global](+)\nendpoint_identifier_order=voxseal_certificate,username,ip\n";

/// Nobody gets to alice, bob and guarded by what stands in From: identify_by=ip, and there is no address.
const ENDPOINTS: &str = "
[alice](leg)
context=by-alice
identify_by=ip
@tls_identity=sip:alice@sip.test, alice.sip.test

[bob](leg)
context=by-bob
identify_by=ip
@tls_identity=bob.sip.test

[first](leg)
identify_by=ip
@tls_identity=shared.sip.test
[second](leg)
identify_by=ip
@tls_identity=other.sip.test, shared.sip.test

[guarded](leg)
context=by-alice
identify_by=ip
@tls_identity=guarded.sip.test
auth=guard
[guard]
type=auth
auth_type=userpass
username=guarded
password=never-said
realm=guarded.sip.test

[open](leg)
transport=udp
context=by-open
";

const DIALPLAN: &str = "
[by-alice]
exten => who,1,Hangup(17)
[by-bob]
exten => who,1,Hangup(22)
[by-open]
exten => who,1,Hangup(34)
";

/// What the call to `who` is answered with.
const ALICE: u16 = 486;
const BOB: u16 = 410;
const OPEN: u16 = 503;
/// A challenge for nobody's password: no endpoint.
const NOBODY: u16 = 401;

fn pbx(name: &str, order: &str, settings: &str) -> Pbx {
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion().with_udp();
    let config = config.with("pjsip.conf", &format!("{order}{ENDPOINTS}")).with("extensions.conf", DIALPLAN);
    Pbx::start(config.with("voxseal.conf", settings)).unwrap()
}

/// Asks who this is, as somebody whom From does not tell.
fn answer(pbx: &Pbx, identity: Option<&Identity>) -> Message {
    let mut ua = connect(pbx, identity, None).unwrap();
    ask(&mut ua)
}

fn ask(ua: &mut Ua) -> Message {
    ua.invite("who", b"").unwrap().1
}

fn who(pbx: &Pbx, identity: Option<&Identity>) -> u16 {
    answer(pbx, identity).status().unwrap()
}

fn issued(authority: &Identity, names: &[&str]) -> Identity {
    authority.issue(&Wanted::named(names)).unwrap()
}

/// From says `sdes`, who is nobody in these tests: the endpoint has no extension `who`.
const BY_FROM: u16 = 404;

#[test]
fn a_certificate_s_name_is_an_endpoint() {
    let pbx = pbx("by-cert", ORDER, ON);
    assert!(pbx.cli("pjsip show identifiers").unwrap().contains("voxseal_certificate"));
    let authority = authority(&pbx);
    for (names, expected) in [
        (&["alice.sip.test"][..], ALICE),
        (&["URI:sip:alice@sip.test"], ALICE),
        (&["unknown.sip.test", "bob.sip.test"], BOB),
        (&["unknown.sip.test"], BY_FROM),
        (&["*.sip.test"], BY_FROM),
        (&["alice.sip.test, DNS:bob.sip.test"], BY_FROM),
        (&["unknown.sip.test, DNS:bob.sip.test"], BY_FROM),
        (&["URI:sip:x@sip.test,sip:alice@sip.test"], BY_FROM),
        (&["shared.sip.test"], BY_FROM),
        // Two endpoints claim this certificate by two names of it.
        (&["alice.sip.test", "bob.sip.test"], BY_FROM),
    ] {
        let identity = issued(&authority, names);
        let told = identity.certificate.subject_alt_names().unwrap();
        assert_eq!(told.len(), names.len(), "a comma does not make two names of one");
        assert_eq!(who(&pbx, Some(&identity)), expected, "{names:?}");
    }
    assert_eq!(who(&pbx, None), BY_FROM, "a client without a certificate");
    let warning = "as both ";
    let told = |pbx: &Pbx| pbx.log().lines().filter(|line| line.contains(warning)).count();
    voxseal_rig::wait::wait_for(warning, PATIENCE, || Ok((told(&pbx) >= 2).then_some(()))).unwrap();
    assert_eq!(told(&pbx), 2, "{}", pbx.log());
    pbx.stop().unwrap();
}

#[test]
fn what_two_endpoints_claim_is_warned_of_once() {
    let pbx = pbx("twice", ORDER, ON);
    let shared = issued(&authority(&pbx), &["shared.sip.test"]);
    assert_eq!([(); 3].map(|()| who(&pbx, Some(&shared))), [BY_FROM; 3]);
    pbx.wait_for_log("identifies nobody", PATIENCE).unwrap();
    let lines: Vec<String> =
        pbx.log().lines().filter(|line| line.contains("identifies nobody")).map(str::to_owned).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("@tls_identity in pjsip.conf: the certificate ") && lines[0].contains("first"));
    pbx.stop().unwrap();
}

#[test]
fn a_certificate_that_was_not_verified_is_nobody() {
    let wanted = Wanted::named(&["alice.sip.test"]);
    // As an administrator may have it who only tries the rules, or gives up on them.
    for verify in ["enforce = no\n", "inbound_verify = none\n"] {
        let pbx = pbx("unverified", ORDER, &format!("{ON}{verify}"));
        let (authority, stranger) = (authority(&pbx), stranger());
        let good = who(&pbx, Some(&authority.issue(&wanted).unwrap()));
        assert_eq!(good, if verify.contains("none") { BY_FROM } else { ALICE }, "{verify}");
        let expired = Wanted { days: (-9, -1), ..wanted.clone() };
        let server = Wanted { usages: &["server"], ..wanted.clone() };
        for bad in [stranger.issue(&wanted), authority.issue(&expired), authority.issue(&server)] {
            assert_eq!(who(&pbx, Some(&bad.unwrap())), BY_FROM, "{verify}");
        }
        pbx.stop().unwrap();
    }
    // Where verification holds they have no connection at all; what is overlooked with a warning identifies nobody.
    let pbx = pbx("overlooked", ORDER, &format!("{ON}dates = no\neku = any\n"));
    let authority = authority(&pbx);
    let expired = Wanted { days: (-9, -1), ..wanted.clone() };
    let server = Wanted { usages: &["server"], ..wanted.clone() };
    for bad in [&expired, &server] {
        assert_eq!(who(&pbx, Some(&authority.issue(bad).unwrap())), BY_FROM);
    }
    assert_eq!(who(&pbx, Some(&authority.issue(&wanted).unwrap())), ALICE);
    let refused = connect(&pbx, Some(&stranger().issue(&wanted).unwrap()), None)
        .and_then(|mut ua| ua.invite("who", b"").map(|_| ()));
    assert!(refused.is_err());
    pbx.stop().unwrap();
}

#[test]
fn nobody_is_alice_by_saying_so() {
    let pbx = pbx("pretenders", ORDER, ON);
    let config = pbx.config();
    let alice = issued(&authority(&pbx), &["alice.sip.test"]);
    // A connection of alice's own is open meanwhile.
    let mut real = connect(&pbx, Some(&alice), None).unwrap();
    assert_eq!(ask(&mut real).status(), Some(ALICE));
    for name in ["alice", "bob"] {
        let mut ua = Ua::by_udp(config.ip(), config.ports.udp(), name).unwrap();
        assert_eq!(ask(&mut ua).status(), Some(NOBODY), "{name} by UDP");
        let ca = pbx.file("etc/ca.pem");
        let mut ua = Ua::connect(config.ip(), config.ports.tls(), &ca, name).unwrap();
        assert_eq!(ask(&mut ua).status(), Some(NOBODY), "{name} by TLS without a certificate");
        let mut ua =
            Ua::connect_with(config.ip(), config.ports.tls(), &ca, name, Some(&alice), None).unwrap();
        assert_eq!(ask(&mut ua).status(), Some(ALICE), "{name} with alice's certificate");
    }
    let mut ua = Ua::by_udp(config.ip(), config.ports.udp(), "open").unwrap();
    assert_eq!(ask(&mut ua).status(), Some(OPEN), "others are identified as before");
    assert_eq!(ask(&mut real).status(), Some(ALICE));
    pbx.stop().unwrap();
}

#[test]
fn who_is_identified_is_still_asked_for_the_password() {
    let pbx = pbx("challenged", ORDER, ON);
    let answer = answer(&pbx, Some(&issued(&authority(&pbx), &["guarded.sip.test"])));
    assert_eq!(answer.status(), Some(401));
    let challenge = answer.header("WWW-Authenticate").unwrap();
    assert!(challenge.contains("realm=\"guarded.sip.test\""), "{challenge}");
    pbx.stop().unwrap();
}

#[test]
fn the_switch_counts_for_connections_that_are_there() {
    let pbx = pbx("switched", ORDER, "[tls]\n");
    let alice = issued(&authority(&pbx), &["alice.sip.test"]);
    let mut ua = connect(&pbx, Some(&alice), None).unwrap();
    for (settings, expected) in [
        ("[tls]\n", BY_FROM),
        (ON, ALICE),
        ("[tls]\nidentify_by_certificate = no\n", BY_FROM),
        ("[tls]\n[tls:tls]\nidentify_by_certificate = yes\n", ALICE),
        ("", BY_FROM),
    ] {
        set(&pbx, settings);
        assert_eq!(ask(&mut ua).status(), Some(expected), "{settings}");
    }
    assert!(!pbx.log().contains("identify_by_certificate is on, but"));
    set(&pbx, "[tls]\nidentify_by_certificate = maybe\n");
    pbx.wait_for_log("identify_by_certificate: \"maybe\" is not yes or no", PATIENCE).unwrap();
    // Names are claimed anew without a restart.
    set(&pbx, ON);
    let file = pbx.file("etc/pjsip.conf");
    let other = std::fs::read_to_string(&file).unwrap().replace("alice.sip.test", "nobody.sip.test");
    std::fs::write(&file, other.replace("@tls_identity=bob.sip.test", "@tls_identity=alice.sip.test"))
        .unwrap();
    pbx.cli("module reload res_pjsip.so").unwrap();
    voxseal_rig::wait::wait_for("bob's certificate", PATIENCE, || {
        Ok((ask(&mut ua).status() == Some(BOB)).then_some(()))
    })
    .unwrap();
    pbx.stop().unwrap();
}

#[test]
fn an_order_that_leaves_it_out_is_warned_of() {
    let pbx = pbx("order", "", ON);
    pbx.wait_for_log("identify_by_certificate is on, but comes after all", PATIENCE).unwrap();
    // It is asked all the same, after the others.
    let alice = issued(&authority(&pbx), &["alice.sip.test"]);
    assert_eq!(who(&pbx, Some(&alice)), BY_FROM);
    let config = pbx.config();
    let ca = pbx.file("etc/ca.pem");
    let mut ua =
        Ua::connect_with(config.ip(), config.ports.tls(), &ca, "nobody", Some(&alice), None).unwrap();
    assert_eq!(ask(&mut ua).status(), Some(ALICE));
    pbx.stop().unwrap();
}
