//! We serve, `openssl s_client` connects.

use crate::certificates::{Wish, issue, root};
use crate::folder::{Folder, files, trust};
use crate::peer::s_client;
use crate::pump::echo;
use crate::{context, policy, rsa_certificate};
use std::path::Path;
use std::process::Command;
use voxseal::error::Error;

fn shown(text: &str, words: &[&str]) {
    words.iter().for_each(|word| assert!(text.contains(word), "no \"{word}\" in:\n{text}"));
}

fn text_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn two_names_two_certificates_on_two_kinds_of_keys() {
    let folder = Folder::new("sni");
    let top = root("Root");
    let ca = folder.certificate("ca.pem", &top);
    let a = issue(&Wish::named("a.test"), Some(&top));
    let a_rsa = rsa_certificate("a.test", &top);
    let b = issue(&Wish::named("b.test"), Some(&top));
    let paths =
        [("a", &a), ("a-rsa", &a_rsa), ("b", &b)].map(|(name, made)| folder.identity(name, made, &[]));
    let context =
        context(|wanted| wanted.inbound.identities = paths.iter().map(|path| files(path)).collect());
    let rsa_only = ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"];
    let cases: [(&str, &[&str], &str, &str); 6] = [
        ("a.test", &["-tls1_3"], "CN = a.test", "ECDSA"),
        ("a.test", &["-tls1_3", "-sigalgs", "RSA-PSS+SHA256"], "CN = a.test", "RSA-PSS"),
        ("a.test", &rsa_only, "CN = a.test", "RSA"),
        ("b.test", &["-tls1_2"], "CN = b.test", "ECDSA"),
        ("B.Test", &[], "CN = b.test", "ECDSA"),
        ("other.test", &[], "CN = a.test", "ECDSA"),
    ];
    let (address, ended) = echo(&context, cases.len());
    for (name, args, subject, signature) in cases {
        let ask = ["-servername", name, "-CAfile", text_of(&ca), "-verify_return_error"];
        let text = s_client(address, &[&ask, args].concat());
        let signed = format!("Peer signature type: {signature}");
        shown(&text, &[subject, &signed, "Verify return code: 0 (ok)", "hello there\n"]);
        let ended = ended.recv().unwrap();
        assert_eq!(ended.error, Error::TlsClosed, "{ended:?}");
        assert_eq!(ended.server_name.as_deref(), Some(name));
        assert_eq!(ended.received, b"hello there\n");
    }
}

#[test]
fn the_whole_chain_is_sent() {
    let folder = Folder::new("chain");
    let top = root("Root");
    let middle = issue(&Wish { authority: true, ..Wish::named("Middle") }, Some(&top));
    let leaf = issue(&Wish::named("pbx.test"), Some(&middle));
    let ca = folder.certificate("ca.pem", &top);
    let path = folder.identity("leaf.pem", &leaf, &[&middle]);
    let context = context(|wanted| wanted.inbound.identities.push(files(&path)));
    // A second hello, after one for a group that we do not have, changes nothing.
    let groups: [&[&str]; 2] = [&[], &["-groups", "P-521:X25519"]];
    context.wanted().unwrap().transport.set("groups", "X25519").unwrap();
    context.load(crate::certificates::now()).unwrap();
    let (address, _ended) = echo(&context, groups.len());
    for args in groups {
        let verify = ["-CAfile", text_of(&ca), "-verify_return_error", "-showcerts"];
        let text = s_client(address, &[&verify, args].concat());
        shown(&text, &["Verify return code: 0 (ok)", "hello there\n", "Server Temp Key: X25519"]);
        assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2, "{text}");
    }
}

#[test]
fn versions_are_a_range() {
    let folder = Folder::new("versions");
    let path = folder.identity("pbx.pem", &issue(&Wish::named("pbx.test"), Some(&root("Root"))), &[]);
    let context = context(|wanted| wanted.inbound.identities.push(files(&path)));
    let old = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
    let cases: [(&[&str], &str, u32); 4] = [
        (&["-tls1_2"], "New, TLSv1.2", 0x0303),
        (&["-tls1_3"], "New, TLSv1.3", 0x0304),
        (&old, "alert protocol version", 0),
        (&["-tls1", "-cipher", "ALL:@SECLEVEL=0"], "alert protocol version", 0),
    ];
    let (address, reports) = echo(&context, cases.len());
    for (args, word, version) in cases {
        shown(&s_client(address, args), &[word]);
        let ended = reports.recv().unwrap();
        assert_eq!(ended.version, version);
        if version == 0 {
            assert_eq!((ended.error, ended.alerts.as_slice()), (Error::TlsHandshake, &[(true, 70)][..]));
        }
    }
    context.wanted().unwrap().transport.set("max_version", "1.2").unwrap();
    context.load(crate::certificates::now()).unwrap();
    let (address, _ended) = echo(&context, 2);
    shown(&s_client(address, &["-tls1_3"]), &["alert protocol version"]);
    shown(&s_client(address, &[]), &["New, TLSv1.2"]);
}

#[test]
fn ciphers_suites_and_groups_are_those_of_the_settings() {
    let folder = Folder::new("ciphers");
    let path = folder.identity("pbx.pem", &issue(&Wish::named("pbx.test"), Some(&root("Root"))), &[]);
    let context = context(|wanted| {
        wanted.inbound.identities.push(files(&path));
        wanted.transport.set("ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384").unwrap();
        wanted.transport.set("suites", "TLS_CHACHA20_POLY1305_SHA256").unwrap();
        wanted.transport.set("groups", "P-384").unwrap();
    });
    let (address, _ended) = echo(&context, 3);
    shown(&s_client(address, &["-tls1_2"]), &["Cipher is ECDHE-ECDSA-AES256-GCM-SHA384", "secp384r1"]);
    shown(&s_client(address, &[]), &["Cipher is TLS_CHACHA20_POLY1305_SHA256", "secp384r1"]);
    shown(
        &s_client(address, &["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"]),
        &["handshake failure"],
    );
    for (option, value) in [("ciphers", "NONE-SUCH"), ("suites", "NONE-SUCH"), ("groups", "NONE-SUCH")] {
        let wanted = context.wanted().unwrap().clone();
        context.wanted().unwrap().transport.set(option, value).unwrap();
        let fault = context.load(crate::certificates::now()).unwrap_err();
        assert_eq!(fault.error, Error::SettingRefused);
        assert!(fault.to_string().starts_with(&format!("{option}: OpenSSL does not know")), "{fault}");
        *context.wanted().unwrap() = wanted;
    }
}

#[test]
fn sessions_are_resumed_by_ticket_and_by_number_or_not_at_all() {
    let folder = Folder::new("sessions");
    let path = folder.identity("pbx.pem", &issue(&Wish::named("pbx.test"), Some(&root("Root"))), &[]);
    for (sessions, tickets, resumed, has_ticket) in
        [("yes", "yes", 5, true), ("yes", "no", 5, false), ("no", "yes", 0, false)]
    {
        let context = context(|wanted| {
            wanted.inbound.identities.push(files(&path));
            wanted.transport.set("inbound_sessions", sessions).unwrap();
            wanted.transport.set("inbound_tickets", tickets).unwrap();
        });
        let (address, reports) = echo(&context, 6);
        let text = s_client(address, &["-tls1_2", "-reconnect"]);
        assert_eq!(text.matches("Reused, TLSv1.2").count(), resumed, "{text}");
        assert_eq!(text.contains("TLS session ticket:"), has_ticket, "{text}");
        let ours = (0..6).filter(|_| reports.recv().unwrap().resumed).count();
        assert_eq!(ours, resumed);

        let (address, reports) = echo(&context, 2);
        let session = folder.path("session.pem");
        let first = s_client(address, &["-tls1_3", "-sess_out", text_of(&session)]);
        shown(&first, &["New, TLSv1.3"]);
        assert!(!reports.recv().unwrap().resumed);
        if session.exists() {
            let second = s_client(address, &["-tls1_3", "-sess_in", text_of(&session)]);
            shown(&second, &[if resumed > 0 { "Reused, TLSv1.3" } else { "New, TLSv1.3" }]);
            assert_eq!(reports.recv().unwrap().resumed, resumed > 0);
            std::fs::remove_file(&session).unwrap();
        } else {
            assert_eq!(resumed, 0, "no session was given");
        }
    }
}

#[test]
fn clients_prove_who_they_are_by_the_inbound_trust() {
    let folder = Folder::new("clients");
    let (top, for_clients) = (root("Root"), root("Root of clients"));
    let ca = folder.certificate("ca.pem", &top);
    let clients_ca = folder.certificate("clients.pem", &for_clients);
    let path = folder.identity("pbx.pem", &issue(&Wish::named("pbx.test"), Some(&top)), &[]);
    let good = folder.identity("good.pem", &issue(&Wish::named("phone.test"), Some(&for_clients)), &[]);
    let other = folder.identity("other.pem", &issue(&Wish::named("phone.test"), Some(&top)), &[]);
    let context = context(|wanted| {
        wanted.policy = policy(&[("inbound_verify", "require"), ("inbound_allow", "phone.test")]);
        wanted.inbound.identities.push(files(&path));
        wanted.inbound.trust = trust(&clients_ca);
        wanted.outbound.trust = trust(&ca);
    });
    for version in ["-tls1_2", "-tls1_3"] {
        let (address, reports) = echo(&context, 3);
        let with = |path| ["-cert", text_of(path), "-key", text_of(path), version];
        let text = s_client(address, &with(&good));
        let ended = reports.recv().unwrap();
        assert_eq!(ended.error, Error::TlsClosed, "{ended:?}");
        shown(&text, &["hello there\n"]);
        for (args, error) in
            [(&with(&other)[..], Error::TlsUntrusted), (&[version][..], Error::TlsNoPeerCertificate)]
        {
            let text = s_client(address, args);
            assert!(!text.contains("hello there\n"), "{text}");
            let ended = reports.recv().unwrap();
            assert_eq!(ended.error, error, "{ended:?}");
            assert!(ended.received.is_empty(), "a refused connection gave plaintext");
        }
    }
}

/// A CRL by OpenSSL's own `ca`, in which this serial number is revoked.
fn revoke(folder: &Folder, issuer: &Path, serial: &str) -> std::path::PathBuf {
    let index = folder.write(
        "index.txt",
        &[format!("R\t400101000000Z\t260101000000Z\t{serial}\tunknown\t/CN=x\n").as_bytes()],
    );
    let config = format!(
        "[ca]\ndefault_ca=d\n[d]\ndatabase={}\ndefault_md=sha256\ndefault_crl_days=1\n",
        index.display()
    );
    let config = folder.write("ca.conf", &[config.as_bytes()]);
    let crl = folder.path("crl.pem");
    let made = Command::new("openssl")
        .args(["ca", "-gencrl", "-config"])
        .arg(&config)
        .arg("-cert")
        .arg(issuer)
        .arg("-keyfile")
        .arg(issuer)
        .arg("-out")
        .arg(&crl)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    crl
}

#[test]
fn revoked_certificates_are_refused() {
    let folder = Folder::new("crl");
    let top = root("Root");
    let ca = folder.identity("ca.pem", &top, &[]);
    let (good, bad) =
        (issue(&Wish::named("good.test"), Some(&top)), issue(&Wish::named("bad.test"), Some(&top)));
    let serial = bad.certificate.serial_number().to_bn().unwrap().to_hex_str().unwrap().to_string();
    let crl = revoke(&folder, &ca, &serial);
    let path = folder.identity("pbx.pem", &issue(&Wish::named("pbx.test"), Some(&top)), &[]);
    let good = folder.identity("good.pem", &good, &[]);
    let bad = folder.identity("bad.pem", &bad, &[]);
    let context = context(|wanted| {
        wanted.policy = policy(&[("inbound_verify", "require")]);
        wanted.inbound.identities.push(files(&path));
        wanted.inbound.trust = trust(&ca);
    });
    let with = |path| ["-cert", text_of(path), "-key", text_of(path)];
    let (address, reports) = echo(&context, 1);
    shown(&s_client(address, &with(&bad)), &["hello there\n"]);
    assert_eq!(reports.recv().unwrap().error, Error::TlsClosed, "nobody knows of the revocation yet");

    context.wanted().unwrap().inbound.trust.revocations.push(crl);
    context.load(crate::certificates::now()).unwrap();
    let (address, reports) = echo(&context, 2);
    shown(&s_client(address, &with(&good)), &["hello there\n"]);
    assert_eq!(reports.recv().unwrap().error, Error::TlsClosed);
    let text = s_client(address, &with(&bad));
    assert!(!text.contains("hello there\n"), "{text}");
    let ended = reports.recv().unwrap();
    assert_eq!(ended.error, Error::TlsRevoked);
    assert!(ended.reason.unwrap().contains("was revoked"));
}

#[test]
fn alerts_of_the_client_are_told() {
    let folder = Folder::new("alerts");
    let path = folder.identity("pbx.pem", &issue(&Wish::named("pbx.test"), Some(&root("Root"))), &[]);
    let other = folder.certificate("other.pem", &root("Other root"));
    let context = context(|wanted| wanted.inbound.identities.push(files(&path)));
    let (address, reports) = echo(&context, 2);
    for version in ["-tls1_2", "-tls1_3"] {
        s_client(address, &[version, "-CAfile", text_of(&other), "-verify_return_error"]);
        let ended = reports.recv().unwrap();
        assert_eq!((ended.error, ended.alerts.as_slice()), (Error::TlsPeerAlert, &[(false, 48)][..]));
    }
}
