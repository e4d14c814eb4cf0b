//! What managers are told, seen by a client of the manager interface that is not ours, and metrics as Prometheus would
//! scrape them. No key is in any of it.

use crate::ami_client::Client;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::{Attribute, Sdp};
use voxseal_rig::wait::{PATIENCE, wait_for};

const LONG: &str = "AES_CM_128_HMAC_SHA1_80";

const ENDPOINTS: &str = "
[keysudp](leg)
transport=udp
media_encryption=sdes
";

/// Does not answer what calls it.
const DIALPLAN: &str = "
exten => ring,1,Ringing()
 same => n,Wait(60)
";

fn pbx(name: &str) -> (Pbx, Client) {
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion().with_udp();
    let config = config
        .with_manager("read=all\nwrite=all\nwritetimeout=5000")
        .with("modules.conf", "load=res_security_log.so\nload=res_prometheus.so\n")
        .with("pjsip.conf", ENDPOINTS)
        .with("extensions.conf", DIALPLAN)
        .with("logger.conf", "security => security\n")
        .with("http.conf", "[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=@HTTPPORT@\n")
        .with("prometheus.conf", "[general]\nenabled=yes\ncore_metrics_enabled=no\nuri=metrics\n");
    let pbx = Pbx::start(config).unwrap();
    let client = Client::connect(pbx.config().ports.manager());
    (pbx, client)
}

fn offer(tag: u32) -> Offer {
    Offer::named(tag, LONG).unwrap()
}

/// What a scraper gets.
fn scrape(port: u16) -> String {
    let mut http = TcpStream::connect(("127.0.0.1", port)).unwrap();
    http.set_read_timeout(Some(PATIENCE)).unwrap();
    http.write_all(b"GET /metrics HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    http.read_to_string(&mut text).unwrap();
    text
}

fn metric(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).trim().parse().unwrap()
}

#[test]
fn managers_see_a_call_from_negotiation_to_a_new_key_and_metrics_count_it() {
    let (pbx, mut client) = pbx("ami");
    let http = pbx.config().ports.http();
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut call = caller.call("echo", &[offer(3)]).unwrap();
    call.media.wait_for_first_echo().unwrap();
    let negotiated = client.event("SRTPNegotiated", &["PJSIP/sdes-00000000"]);
    for part in
        [r#""Endpoint": "sdes""#, r#""Media": "audio""#, r#""Tag": "3""#, r#""Profile": "general""#, LONG]
    {
        assert!(negotiated.contains(part), "{negotiated}");
    }
    client.wait(&["VarSet", "SRTP_SUMMARY", "both"]);

    let sessions = client.act(r#"{"Action": "SRTPSessions", "ActionID": "list-1"}"#);
    for part in [
        r#""Event": "SRTPSession""#,
        r#""Channel": "PJSIP/sdes-00000000""#,
        r#""State": "secure""#,
        r#""Secure": "both""#,
        r#""SuiteIn": "AES_CM_128_HMAC_SHA1_80""#,
        r#""Event": "SRTPSessionsComplete""#,
        r#""ListItems": "1""#,
        r#""ActionID": "list-1""#,
    ] {
        assert!(sessions.contains(part), "no {part} in {sessions}");
    }
    let one = client.act(r#"{"Action": "SRTPSession", "Channel": "PJSIP/sdes-00000000"}"#);
    assert!(one.contains(r#""Event": "SRTPSessionComplete""#) && one.contains(r#""ROC": "0""#), "{one}");
    let none = client.act(r#"{"Action": "SRTPSession", "Channel": "nobody"}"#);
    assert!(none.contains(r#""Response": "Error""#) && none.contains("There is no such channel"), "{none}");

    let rekey = client.act(r#"{"Action": "SRTPRekey", "Channel": "PJSIP/sdes-00000000"}"#);
    assert!(rekey.contains(r#""Response": "Success""#), "{rekey}");
    let invite = caller.ua.wait_for_request("INVITE").unwrap();
    let fresh = Attribute::only_one_of(&invite.body).unwrap();
    assert!(fresh.key_salt != call.remote, "the PBX brings the old key");
    call.dialog.sdp_version += 1;
    let lines = [call.offer.line.as_bytes()];
    let sdp = Sdp { version: call.dialog.sdp_version, ..Sdp::new(call.media.port(), &lines) };
    caller.ua.accept_with(&invite, &sdp.write()).unwrap();
    client.event("SRTPRekey", &["PJSIP/sdes-00000000", r#""Tag": "3""#]);
    assert_eq!(client.count("SRTPNegotiated"), 1, "each agreement is told once");

    // Forged packets: at 16 of them managers are told.
    let mut packet = call.media.protect(&random_payload().unwrap()).unwrap();
    *packet.last_mut().unwrap() ^= 1;
    for _ in 0..20 {
        call.media.send_raw(&packet).unwrap();
    }
    let failures = client.event("SRTPAuthFailures", &["PJSIP/sdes-00000000"]);
    // As many as there are by then.
    let told = (16..=20).any(|count| failures.contains(&format!(r#""AuthFailures": "{count}""#)));
    assert!(told, "{failures}");

    // Those after the sixteenth may be on their way still.
    let all_refused = "\nvoxseal_packets_refused_total{reason=\"authentication\"} 20\n";
    let counted = || Ok(Some(scrape(http)).filter(|text| text.contains(all_refused)));
    let text = wait_for("metrics of all forged packets", PATIENCE, counted).unwrap();
    for (name, expected) in [
        ("voxseal_sessions", 1),
        ("voxseal_sessions_total", 1),
        ("voxseal_negotiations_total", 1),
        ("voxseal_rekeys_total", 1),
        ("voxseal_refusals_total", 0),
        ("voxseal_packets_refused_total{reason=\"authentication\"}", 20),
        ("voxseal_tls_connections_total", 1),
    ] {
        assert_eq!(metric(&text, name), expected, "{name}");
    }
    assert!(metric(&text, "voxseal_packets_unprotected_total") > 0);
    // The report may be under the new key, which is not in use here: it only has to come.
    call.media.forget_reports().unwrap();
    let _ = call.media.receive_rtcp(PATIENCE);
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    // A session may live a moment longer than its call.
    let none = || Ok(Some(scrape(http)).filter(|text| text.contains("\nvoxseal_sessions 0\n")));
    wait_for("the session's end in the metrics", PATIENCE, none).unwrap();
    // Loaded anew within a second, and with its settings read anew, it has them once.
    for change in [
        ["module unload res_prometheus.so", "module load res_prometheus.so"],
        ["module reload res_prometheus.so"; 2],
    ] {
        for command in change {
            pbx.cli(command).unwrap();
        }
        let again = || Ok(Some(scrape(http)).filter(|text| text.contains("\nvoxseal_sessions 0")));
        let text = wait_for("metrics again", PATIENCE, again).unwrap();
        assert_eq!(text.matches("\nvoxseal_sessions 0").count(), 1, "{text}");
    }

    let output = client.seen.join("\n") + &text + &pbx.log();
    for key in [&call.offer.key_salt, &call.remote, &fresh.key_salt] {
        assert!(!output.contains(&openssl::base64::encode_block(key)), "a key is shown");
    }
    drop(client);
    pbx.stop().unwrap();
}

#[test]
fn managers_and_the_security_log_see_refused_lines() {
    let (pbx, mut client) = pbx("ami-refused");
    let mut caller = Caller::connect(&pbx).unwrap();
    let line = offer(1).line + "|2^16";
    let (_, answer) = caller.offer("echo", &[line.as_bytes()]).unwrap();
    assert_eq!(answer.status(), Some(488));
    let refused = client.event("SRTPRefused", &[r#""Endpoint": "sdes""#]);
    assert!(refused.contains("crypto line 1 refused: lifetime 2^16 is below the minimum 2^20"), "{refused}");
    let security = client.event("RequestNotAllowed", &[r#""Service": "SRTP""#]);
    let source = format!("IPV4/TLS/127.0.0.1/{}", caller.ua.port());
    assert!(
        security.contains(&source),
        "the event names another address than the message came from: {security}"
    );
    assert!(security.contains(r#""AccountID": "sdes""#) && security.contains("lifetime 2^16"), "{security}");
    wait_for("the security log", PATIENCE, || {
        Ok(fs::read_to_string(pbx.file("log/security"))
            .unwrap_or_default()
            .contains("Service=\"SRTP\"")
            .then_some(()))
    })
    .unwrap();
    assert_eq!(client.count("SRTPRefused"), 1, "each line is told once");
    let log = pbx.log() + &client.seen.join("\n");
    let key = line.split("inline:").nth(1).unwrap().split('|').next().unwrap().to_owned();
    assert!(!log.contains(&key), "a key is shown");
    drop(client);
    pbx.stop().unwrap();
}

#[test]
fn managers_and_the_security_log_see_keys_that_travelled_in_clear() {
    let (pbx, mut client) = pbx("ami-clear");
    let mut caller = Caller::by_udp(&pbx, "keysudp").unwrap();
    let mut call = caller.call("echo", &[offer(1)]).unwrap();
    call.media.wait_for_first_echo().unwrap();
    let told = client.event("SRTPInsecureSignalling", &["PJSIP/keysudp-00000000", r#""Transport": "UDP""#]);
    assert!(told.contains(r#""Endpoint": "keysudp""#), "{told}");
    let source = format!("IPV4/UDP/127.0.0.1/{}", caller.ua.port());
    client.event("InvalidTransport", &[r#""Service": "SRTP""#, r#""AttemptedTransport": "UDP""#, &source]);
    client.wait(&["VarSet", "SRTP_SUMMARY", r#""Value": "media""#]);
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    drop(client);
    pbx.stop().unwrap();
}

#[test]
fn the_security_log_sees_keys_in_clear_of_a_call_that_is_answered_after_others_came_in() {
    let (pbx, mut client) = pbx("ami-ringing");
    let mut caller = Caller::by_udp(&pbx, "keysudp").unwrap();
    let source = format!("IPV4/UDP/127.0.0.1/{}", caller.ua.port());
    let placed = thread::spawn(move || (caller.call("ring", &[offer(1)]).unwrap(), caller));
    client.event("Newexten", &["PJSIP/keysudp-00000000", r#""Application": "Wait""#]);
    // Whatever thread answers the first one has worked for one of these since.
    for _ in 0..8 {
        let mut other = Caller::connect(&pbx).unwrap();
        let mut call = other.call("echo", &[offer(1)]).unwrap();
        other.ua.bye(&mut call.dialog).unwrap();
    }
    pbx.cli("channel redirect PJSIP/keysudp-00000000 tests,echo,1").unwrap();
    let (mut call, mut caller) = placed.join().unwrap();
    client.event("InvalidTransport", &[r#""Service": "SRTP""#, r#""AttemptedTransport": "UDP""#, &source]);
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    drop(client);
    pbx.stop().unwrap();
}
