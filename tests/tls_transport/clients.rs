//! We connect, `openssl s_server` serves.

use crate::certificates::{Wish, issue, root};
use crate::folder::{Folder, files, trust};
use crate::peer::Server;
use crate::pump::say;
use crate::{context, policy};
use voxseal::error::Error;

#[test]
fn a_client_takes_the_right_server_and_resumes_its_session() {
    let folder = Folder::new("client");
    let top = root("Root");
    let ca = folder.certificate("ca.pem", &top);
    let path = folder.identity("pbx.pem", &issue(&Wish::named("pbx.test"), Some(&top)), &[]);
    for (version, number) in [("-tls1_2", 0x0303), ("-tls1_3", 0x0304)] {
        let server = Server::start(&path, &[version]);
        let context = context(|wanted| wanted.outbound.trust = trust(&ca));
        for round in 0..4 {
            let ended = say(&context, server.address, "PBX.test", b"hello\n");
            assert_eq!(ended.error, Error::TlsClosed, "{ended:?}");
            assert_eq!(ended.received, b"olleh\n");
            assert_eq!((ended.version, ended.resumed), (number, round > 0), "round {round}");
        }
        // Another name has no session, and is refused.
        let ended = say(&context, server.address, "other.test", b"hello\n");
        assert_eq!((ended.error, ended.resumed), (Error::TlsName, false));
        assert!(ended.received.is_empty());
        // Nothing is resumed across a load.
        context.load(crate::certificates::now()).unwrap();
        assert!(!say(&context, server.address, "pbx.test", b"hello\n").resumed);
        context.wanted().unwrap().transport.set("outbound_sessions", "no").unwrap();
        context.load(crate::certificates::now()).unwrap();
        for _ in 0..2 {
            assert!(!say(&context, server.address, "pbx.test", b"hello\n").resumed);
        }
    }
}

#[test]
fn trust_is_of_the_direction_and_may_be_a_folder_or_memory() {
    let folder = Folder::new("trust");
    let top = root("Root");
    let path = folder.identity("pbx.pem", &issue(&Wish::named("pbx.test"), Some(&top)), &[]);
    let server = Server::start(&path, &[]);
    let store = Folder::new("store");
    let ca = store.certificate("ca.pem", &top);
    store.certificate("other.pem", &root("Other root"));
    let mine = trust(&ca);
    let by_folder = trust(&store.path(""));
    let mut by_memory = trust(&store.path("other.pem"));
    by_memory.pem.push(top.certificate.to_pem().unwrap());
    for good in [mine.clone(), by_folder, by_memory] {
        let context = context(|wanted| wanted.outbound.trust = good);
        assert_eq!(say(&context, server.address, "pbx.test", b"hello\n").error, Error::TlsClosed);
    }
    let context = context(|wanted| wanted.inbound.trust = mine);
    assert_eq!(say(&context, server.address, "pbx.test", b"hello\n").error, Error::TlsUntrusted);
}

#[test]
fn a_client_shows_its_certificate_when_it_is_asked() {
    let folder = Folder::new("shows");
    let top = root("Root");
    let ca = folder.certificate("ca.pem", &top);
    let path = folder.identity("pbx.pem", &issue(&Wish::named("pbx.test"), Some(&top)), &[]);
    let own = folder.identity("own.pem", &issue(&Wish::named("phone.test"), Some(&top)), &[]);
    let ca_text = ca.to_str().unwrap();
    for version in ["-tls1_2", "-tls1_3"] {
        let server =
            Server::start(&path, &[version, "-Verify", "3", "-CAfile", ca_text, "-verify_return_error"]);
        let with = context(|wanted| {
            wanted.outbound.trust = trust(&ca);
            wanted.outbound.identities.push(files(&own));
        });
        assert_eq!(say(&with, server.address, "pbx.test", b"hello\n").received, b"olleh\n");
        let without = context(|wanted| wanted.outbound.trust = trust(&ca));
        let ended = say(&without, server.address, "pbx.test", b"hello\n");
        assert_eq!(ended.error, Error::TlsPeerAlert, "{ended:?}");
    }
}

#[test]
fn a_server_below_the_policy_is_refused_and_told_nothing() {
    let folder = Folder::new("below");
    let top = root("Root");
    let ca = folder.certificate("ca.pem", &top);
    let path = folder.identity("pbx.pem", &issue(&Wish::named("pbx.test"), Some(&top)), &[]);
    let server = Server::start(&path, &["-tls1_2"]);
    let context = context(|wanted| {
        wanted.policy = policy(&[("outbound_min_version", "1.3")]);
        wanted.outbound.trust = trust(&ca);
    });
    let ended = say(&context, server.address, "pbx.test", b"hello\n");
    assert_eq!((ended.error, ended.received.as_slice()), (Error::TlsVersion, &b""[..]));
}
