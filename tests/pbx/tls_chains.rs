//! Certificates of an authority between them and the root, in both directions and on both sides, with and without it.

use crate::tls_peers::{connect, is_called, is_let_in, is_served, root, set, show, start};
use std::fs;
use std::process::{Command, Stdio};
use voxseal_rig::identity::{Identity, Wanted};
use voxseal_rig::pbx::Pbx;
use voxseal_rig::wait::{PATIENCE, wait_for};

const NAME: &str = "pbx.sip.test";
/// A certificate of an authority between it and this root.
fn below(root: &Identity) -> Identity {
    let between = root.intermediate("an authority in between").unwrap();
    between.issue(&Wanted::named(&["IP:127.0.0.1", NAME])).unwrap()
}

const MISSING: &str = "an intermediate certificate that the peer should send is missing";

#[test]
fn peers_are_known_by_the_root_when_they_send_what_is_between() {
    let pbx = start("chains", "");
    let peer = below(&root(&pbx));
    assert!(is_served(&pbx, Some(&peer)), "a client that sends it");
    assert!(is_called(&pbx, NAME, &peer), "a server that sends it");
    assert!(!pbx.log().contains(MISSING));
    assert!(!is_served(&pbx, Some(&peer.alone())), "a client that does not");
    assert!(!is_called(&pbx, NAME, &peer.alone()), "a server that does not");
    for direction in ["from", "to"] {
        wait_for(direction, PATIENCE, || {
            let told = |line: &str| {
                line.contains(&format!("the TLS connection {direction} ")) && line.contains(MISSING)
            };
            Ok(pbx.log().lines().any(told).then_some(()))
        })
        .unwrap();
        let lines: Vec<String> = pbx
            .log()
            .lines()
            .filter(|line| {
                line.contains(&format!("the TLS connection {direction} ")) && line.contains(MISSING)
            })
            .map(str::to_owned)
            .collect();
        assert_eq!(lines.len(), 1, "{direction}: {lines:?}");
    }
    pbx.stop().unwrap();
}

#[test]
fn the_pbx_sends_what_is_between_to_clients_and_servers() {
    let pbx = start("own-chain", "");
    let root = root(&pbx);
    let own = below(&root);
    // Clients of these tests trust what is here.
    root.write(&pbx.file("etc/ca.pem"), &pbx.file("etc/root.key")).unwrap();
    show(&pbx, &own);
    assert!(is_served(&pbx, None), "a client that knows the root alone");
    assert!(is_let_in(&pbx, &root), "a server that knows the root alone");
    show(&pbx, &own.alone());
    assert!(connect(&pbx, None, None).is_err(), "the client cannot know the PBX");
    assert!(!is_let_in(&pbx, &root), "the server cannot know the PBX");
    show(&pbx, &own);
    assert!(is_served(&pbx, None));
    pbx.wait_for_log("is served from now on", PATIENCE).unwrap();
    pbx.stop().unwrap();
}

/// OpenSSL's own client as this peer, which keeps its session in a file or goes on with that one.
fn client(pbx: &Pbx, version: &str, session: &str) -> Command {
    let (config, etc) = (pbx.config(), |name: &str| pbx.file(&format!("etc/{name}")));
    let mut command = Command::new("openssl");
    command.args([
        "s_client",
        "-connect",
        &format!("{}:{}", config.ip(), config.ports.tls()),
        version,
        session,
    ]);
    command.arg(etc("session")).arg("-cert").arg(etc("peer.pem")).arg("-key").arg(etc("peer.key"));
    command.arg("-cert_chain").arg(etc("peer.pem"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

fn connections(pbx: &Pbx, counts: &str) {
    wait_for(counts, PATIENCE, || Ok(pbx.cli("tls show transports")?.contains(counts).then_some(())))
        .unwrap();
}

#[test]
fn a_session_that_is_resumed_is_verified_anew_with_its_chain() {
    for version in ["-tls1_2", "-tls1_3"] {
        let pbx = start("resumed", "");
        let trusted = root(&pbx);
        below(&trusted).write(&pbx.file("etc/peer.pem"), &pbx.file("etc/peer.key")).unwrap();
        let require =
            |ca: &str| format!("[tls]\ninbound_verify = require\nca_file = {}\n", pbx.file(ca).display());
        set(&pbx, &require("etc/root.pem"));
        let mut first = client(&pbx, version, "-sess_out").spawn().unwrap();
        wait_for("a session", PATIENCE, || {
            let session = fs::read_to_string(pbx.file("etc/session")).unwrap_or_default();
            Ok(session.contains("-----END").then_some(()))
        })
        .unwrap();
        drop(first.stdin.take());
        first.wait().unwrap();
        connections(&pbx, "1 connections without and 0 with a warning, 0 refused");
        let again = || {
            let output = client(&pbx, version, "-sess_in").stdin(Stdio::null()).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(said.contains("Reused, TLSv1."), "{version}: {said}");
        };
        again();
        connections(&pbx, "2 connections without and 0 with a warning, 0 refused");
        // Whoever is trusted no more is not let in by an old session.
        set(&pbx, &require("etc/ca.crt"));
        again();
        connections(&pbx, "2 connections without and 0 with a warning, 1 refused");
        pbx.stop().unwrap();
    }
}
