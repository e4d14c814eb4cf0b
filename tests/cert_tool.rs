//! `voxseal-cert`, held against OpenSSL's own command and real handshakes (feature `cert`).
#![cfg(feature = "cert")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "cert/renewal.rs"]
mod renewal;

use std::os::unix::fs::{MetadataExt, symlink};
use voxseal_rig::tool::Tool;

fn tool(name: &str) -> Tool {
    Tool::at(env!("CARGO_BIN_EXE_voxseal-cert"), name).unwrap()
}

fn with_authority(name: &str) -> Tool {
    let tool = tool(name);
    tool.make("ca --org Example").unwrap();
    tool
}

fn contains(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no \"{word}\" in {text}");
    }
}

#[test]
fn certificates_are_what_openssl_expects() {
    let tool = with_authority("cert-good");
    tool.make("server --alt DNS:pbx.test,IP:127.0.0.1 --alt URI:sip:pbx.test --alt IP:2001:db8::1").unwrap();
    tool.make("client --alt URI:sip:alice@pbx.test --key-type rsa2048").unwrap();
    let verify = |words: &str| tool.openssl(&format!("verify -x509_strict -CAfile ca.crt {words}"));
    verify("-purpose sslserver -verify_hostname pbx.test asterisk.crt").unwrap();
    verify("-purpose sslserver -verify_ip 2001:db8::1 asterisk.crt").unwrap();
    verify("-purpose sslclient client.crt").unwrap();
    for other in ["-purpose sslclient asterisk.crt", "-purpose sslserver client.crt"] {
        verify(other).unwrap_err();
    }
    verify("-verify_hostname other.test asterisk.crt").unwrap_err();
    let text = tool.openssl("x509 -in asterisk.crt -noout -text").unwrap();
    contains(
        &text,
        &[
            "ecdsa-with-SHA256",
            "prime256v1",
            "DNS:pbx.test, IP Address:127.0.0.1, URI:sip:pbx.test, IP Address:2001:DB8:0:0:0:0:0:1",
            "CA:FALSE",
            "TLS Web Server Authentication",
        ],
    );
    assert!(!text.contains("Client Authentication"), "{text}");
    let text = tool.openssl("x509 -in client.crt -noout -text").unwrap();
    contains(
        &text,
        &["TLS Web Client Authentication", "(2048 bit)", "Key Encipherment", "CN = sip:alice@pbx.test"],
    );
    contains(
        &tool.openssl("x509 -in ca.crt -noout -text").unwrap(),
        &["CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign", "O = Example, CN = Example CA"],
    );
    tool.make("server --also-client --output both --alt DNS:pbx.test").unwrap();
    verify("-purpose sslserver both.crt").unwrap();
    verify("-purpose sslclient both.crt").unwrap();
}

#[test]
fn handshakes_succeed_with_the_files() {
    let tool = with_authority("cert-tls");
    tool.make("server --alt DNS:pbx.test").unwrap();
    tool.make("client --alt DNS:phone.test").unwrap();
    let client = |server: &voxseal_rig::tool::Server, words: &str| {
        tool.openssl(&format!(
            "s_client -connect 127.0.0.1:{} -CAfile ca.crt -verify_return_error -verify_hostname {words}",
            server.port
        ))
    };
    // One file with both, as FreeSWITCH wants it, and two, as Asterisk's PJSIP does; clients prove who they are.
    for files in ["-cert asterisk.pem", "-cert asterisk.crt -key asterisk.key"] {
        let words = format!("{files} -CAfile ca.crt -Verify 1 -verify_return_error");
        let server = tool.openssl_server(&words).unwrap();
        let out = client(&server, "pbx.test -cert client.pem").unwrap();
        contains(&out, &["Verification: OK", "Verified peername: pbx.test"]);
    }
    let server = tool.openssl_server("-cert asterisk.pem").unwrap();
    client(&server, "other.test").unwrap_err();
}

#[test]
fn serials_are_random() {
    let tool = with_authority("cert-serial");
    let mut serials = Vec::new();
    for _ in 0..8 {
        tool.make("server --alt DNS:pbx.test --force").unwrap();
        let serial = tool.openssl("x509 -in asterisk.crt -noout -serial").unwrap();
        serials.push(serial.trim().trim_start_matches("serial=").to_owned());
    }
    // 128 bits: of eight, one with more than 120 is as good as certain, and none has more.
    assert!(serials.iter().all(|serial| serial.len() <= 32), "{serials:?}");
    assert!(serials.iter().any(|serial| serial.len() > 30), "{serials:?}");
    serials.sort();
    serials.dedup();
    assert_eq!(serials.len(), 8);
}

#[test]
fn rights_and_owners_are_as_said() {
    let tool = with_authority("cert-rights");
    assert_eq!(tool.mode("ca.key").unwrap(), 0o600);
    tool.make("server --alt DNS:pbx.test").unwrap();
    for (file, mode) in [("asterisk.crt", 0o644), ("asterisk.key", 0o600), ("asterisk.pem", 0o640)] {
        assert_eq!(tool.mode(file).unwrap(), mode, "{file}");
    }
    let said = tool.run("server --alt DNS:pbx.test --force --owner nobody:nogroup").unwrap();
    if said.code == 0 {
        let found = std::fs::metadata(tool.file("asterisk.pem")).unwrap();
        assert_eq!((found.uid(), found.gid()), (65_534, 65_534));
        // A renewal by root leaves the PBX its files.
        tool.make("renew asterisk.crt --new-key").unwrap();
        assert_eq!(std::fs::metadata(tool.file("asterisk.key")).unwrap().uid(), 65_534);
        assert_eq!(tool.mode("asterisk.key").unwrap(), 0o600);
    } else {
        contains(&said.err, &["run this as root, or leave --owner out"]);
    }
    tool.run("server --alt DNS:pbx.test --owner nobody-of-this-name").unwrap().good().unwrap_err();
}

#[test]
fn nothing_is_replaced_unasked() {
    let tool = with_authority("cert-keep");
    let key = tool.read("ca.key").unwrap();
    tool.run("ca").unwrap().faults(&["ca.key: it is there already"]).unwrap();
    tool.make("server --alt DNS:pbx.test").unwrap();
    tool.run("server --alt DNS:pbx.test").unwrap().faults(&["asterisk.key: it is there already"]).unwrap();
    assert_eq!(tool.read("ca.key").unwrap(), key);
    tool.run("server --dir none --alt DNS:pbx.test")
        .unwrap()
        .faults(&["none: there is no such folder"])
        .unwrap();
    let names = std::fs::read_dir(tool.folder()).unwrap().count();
    assert_eq!(names, 5, "something was left behind");
}

#[test]
fn names_are_demanded_and_read_strictly() {
    let tool = with_authority("cert-names");
    let none = tool.run("server --cn pbx.test").unwrap();
    assert_eq!(none.code, 2);
    contains(&none.err, &["--alt <NAME>"]);
    for (name, words) in [
        ("pbx.test", "its kind before it"),
        ("DNS:127.0.0.1", "write IP:127.0.0.1"),
        ("DNS:a..b", "no domain"),
        ("IP:pbx.test", "no IP address"),
        ("URI:pbx", "no URI"),
    ] {
        let said = tool.run(&format!("server --alt {name}")).unwrap();
        assert_eq!(said.code, 2, "{name}");
        contains(&said.err, &[words]);
    }
    assert!(!tool.file("asterisk.key").exists());
}

#[test]
fn dates_end_with_the_authority() {
    let tool = tool("cert-dates");
    tool.make("ca --days 3").unwrap();
    tool.make("server --alt DNS:pbx.test --days 900").unwrap();
    let end = |file: &str| tool.openssl(&format!("x509 -in {file} -noout -enddate")).unwrap();
    assert_eq!(end("asterisk.crt"), end("ca.crt"));
}

#[test]
fn an_authority_that_is_none_is_refused() {
    let tool = with_authority("cert-authority");
    tool.make("server --alt DNS:pbx.test").unwrap();
    let words = "server --output two --alt DNS:two.test";
    let said = tool.run(&format!("{words} --ca asterisk.crt")).unwrap();
    said.faults(&["this certificate is no authority's"]).unwrap();
    let said = tool.run(&format!("{words} --ca-key asterisk.key")).unwrap();
    said.faults(&["not the key of the authority in"]).unwrap();
    tool.run(&format!("{words} --ca none.crt"))
        .unwrap()
        .faults(&["there is no authority; make one"])
        .unwrap();
}

#[test]
fn show_says_what_openssl_says() {
    let tool = with_authority("cert-show");
    tool.make("server --alt DNS:pbx.test,IP:127.0.0.1").unwrap();
    let shown = tool.make("show asterisk.pem ca.crt").unwrap().out;
    let openssl = tool.openssl("x509 -in asterisk.crt -noout -fingerprint -sha256").unwrap();
    let value = |line: &str| line.split_once('=').unwrap().1.to_owned();
    let lines: Vec<String> = openssl.lines().map(value).collect();
    contains(
        &shown,
        &[
            &lines[0],
            "DNS pbx.test, IP 127.0.0.1",
            "CN=pbx.test",
            "TLS server\n",
            "it issues certificates",
            "prime256v1, 256 bits",
        ],
    );
    let dates = tool.openssl("x509 -in asterisk.crt -noout -dates -dateopt iso_8601").unwrap();
    for line in dates.lines() {
        contains(&shown, &[value(line).trim_end_matches('Z')]);
    }
    tool.run("show asterisk.key").unwrap().faults(&["there is no certificate in it"]).unwrap();
}

#[test]
fn keys_are_never_printed() {
    let tool = with_authority("cert-secret");
    let mut said = tool.make("server --alt DNS:pbx.test").unwrap();
    for words in [
        "client --alt DNS:phone.test",
        "show asterisk.pem ca.crt",
        "check asterisk.pem",
        "renew asterisk.crt",
        "show ca.key",
        "check --name no.test ca.key asterisk.key asterisk.pem",
        "-C old.test -d . -o old -c ca.crt -k ca.key",
    ] {
        let next = tool.run(words).unwrap();
        said.out += &next.out;
        said.out += &next.err;
    }
    assert!(!said.out.contains("PRIVATE"), "{}", said.out);
    for key in ["ca.key", "asterisk.key", "client.key", "old.key"] {
        let key = tool.read(key).unwrap();
        let secret = key.lines().nth(1).unwrap();
        assert!(!said.out.contains(&secret[..16]), "a key in {}", said.out);
    }
}

#[test]
fn links_named_like_the_old_script_know_its_flags() {
    let tool = with_authority("cert-link");
    symlink(env!("CARGO_BIN_EXE_voxseal-cert"), tool.file("ast_tls_cert")).unwrap();
    let old = Tool::at(tool.file("ast_tls_cert").to_str().unwrap(), "cert-link-2").unwrap();
    let said = old.run("-m client -C phone.test").unwrap().good().unwrap();
    contains(&said.err, &["voxseal-cert client", "DNS:phone.test"]);
    let said = old.run("-f openssl.cnf -C phone.test").unwrap();
    said.faults(&["-f is not one of the old flags"]).unwrap();
}

/// Each option of `--help` is in the manual page, and the other way round.
#[test]
fn the_manual_page_has_every_option() {
    let tool = tool("cert-manual");
    let manual = include_str!("../docs/man/voxseal-cert.1").replace("\\-", "-").replace("\\", "");
    let mut options = std::collections::BTreeSet::new();
    for verb in ["ca", "server", "client", "renew", "show", "check"] {
        let help = tool.make(&format!("{verb} --help")).unwrap().out;
        contains(&manual, &[&format!(".SS {verb}")]);
        let words = help.split(|char: char| !(char.is_ascii_alphanumeric() || char == '-'));
        options.extend(words.filter(|word| word.starts_with("--") && word.len() > 2).map(str::to_owned));
    }
    let documented: std::collections::BTreeSet<String> = manual
        .split(|char: char| !(char.is_ascii_alphanumeric() || char == '-'))
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .map(str::to_owned)
        .collect();
    options.insert("--version".into());
    options.insert("--yes".into());
    assert_eq!(documented, options);
}
