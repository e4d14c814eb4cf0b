//! Our client and our server in one process, without sockets.

use crate::certificates::{Wish, issue, root};
use crate::context;
use crate::folder::{Folder, files, trust};
use crate::pump::now_ms;
use std::sync::Arc;
use voxseal::error::Error;
use voxseal::tls::Direction;
use voxseal::tls_openssl::{Connection, Context, Event, State};

const NAME: &str = "pbx.test";

/// Both ends of one connection.
pub struct Pair {
    pub context: Arc<Context>,
    pub client: Connection,
    pub server: Connection,
    pub folder: Folder,
}

impl Pair {
    /// One whose hello lies ready, with these settings of the transport.
    pub fn new(name: &str, settings: &[(&str, &str)]) -> Pair {
        let folder = Folder::new(name);
        let top = root("Root");
        let ca = folder.certificate("ca.pem", &top);
        let path = folder.identity("pbx.pem", &issue(&Wish::named(NAME), Some(&top)), &[]);
        let context = context(|wanted| {
            wanted.inbound.identities.push(files(&path));
            wanted.outbound.trust = trust(&ca);
            settings.iter().for_each(|(name, value)| wanted.transport.set(name, value).unwrap());
        });
        let client = context.connection(Direction::Outbound, Some(NAME), now_ms()).unwrap();
        let server = context.connection(Direction::Inbound, None, now_ms()).unwrap();
        Pair { context, client, server, folder }
    }

    pub fn established(name: &str, settings: &[(&str, &str)]) -> Pair {
        let mut pair = Pair::new(name, settings);
        exchange(&mut pair.client, &mut pair.server);
        assert_eq!((pair.client.state(), pair.server.state()), (State::Established, State::Established));
        pair
    }
}

/// All that an end has to send.
pub fn taken(end: &mut Connection) -> Vec<u8> {
    let mut all = Vec::new();
    let mut piece = [0; 1000];
    loop {
        match end.take(&mut piece) {
            0 => return all,
            count => all.extend_from_slice(&piece[..count]),
        }
    }
}

/// Carries bytes both ways until there are none; ends that have ended take no more.
pub fn exchange(a: &mut Connection, b: &mut Connection) {
    loop {
        let (from_a, from_b) = (taken(a), taken(b));
        if from_a.is_empty() && from_b.is_empty() {
            return;
        }
        let _ = b.feed(&from_a, now_ms());
        let _ = a.feed(&from_b, now_ms());
    }
}

fn read_all(end: &mut Connection) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    let mut piece = [0; 5000];
    loop {
        match end.read(&mut piece)? {
            0 => return Ok(all),
            count => all.extend_from_slice(&piece[..count]),
        }
    }
}

#[test]
fn plaintext_goes_both_ways_byte_by_byte_too() {
    for version in ["1.2", "1.3"] {
        let mut pair = Pair::new("both-ways", &[("max_version", version)]);
        assert_eq!(pair.client.write(b"early"), Err(Error::TlsNotEstablished));
        assert_eq!(pair.server.read(&mut [0]), Err(Error::TlsNotEstablished));
        while pair.client.state() == State::Handshaking || pair.server.state() == State::Handshaking {
            for byte in taken(&mut pair.client) {
                pair.server.feed(&[byte], now_ms()).unwrap();
            }
            for byte in taken(&mut pair.server) {
                pair.client.feed(&[byte], now_ms()).unwrap();
            }
        }
        let text: Vec<u8> = (0..100_000u32).map(|at| at as u8).collect();
        pair.client.write(&text).unwrap();
        exchange(&mut pair.client, &mut pair.server);
        assert_eq!(read_all(&mut pair.server), Ok(text.clone()));
        pair.server.write(&text).unwrap();
        exchange(&mut pair.client, &mut pair.server);
        assert_eq!(read_all(&mut pair.client), Ok(text));
        let facts = pair.client.facts().unwrap();
        assert_eq!(facts.version.to_string(), format!("TLS {version}"));
    }
}

#[test]
fn the_end_is_orderly_or_told() {
    let mut pair = Pair::established("ends", &[]);
    pair.client.write(b"last words").unwrap();
    pair.client.close();
    assert_eq!(pair.client.write(b"more"), Err(Error::TlsClosed));
    exchange(&mut pair.client, &mut pair.server);
    let mut text = [0; 20];
    assert_eq!(pair.server.read(&mut text), Ok(10));
    assert_eq!(pair.server.read(&mut text), Err(Error::TlsClosed));
    assert_eq!(pair.server.state(), State::Closed);

    let mut pair = Pair::established("cut", &[]);
    pair.client.write(b"last words").unwrap();
    exchange(&mut pair.client, &mut pair.server);
    pair.server.end().unwrap();
    assert_eq!(pair.server.read(&mut text), Ok(10));
    assert_eq!(pair.server.read(&mut text), Err(Error::TlsTruncated));
    assert_eq!(pair.server.state(), State::Failed(Error::TlsTruncated));

    let mut pair = Pair::new("cut-early", &[]);
    assert_eq!(pair.server.end(), Err(Error::TlsTruncated));
    assert_eq!(pair.context.half_open(), 0);
}

#[test]
fn a_damaged_record_ends_the_connection() {
    let mut pair = Pair::established("damaged", &[]);
    pair.client.write(b"hello").unwrap();
    let mut bytes = taken(&mut pair.client);
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(pair.server.feed(&bytes, now_ms()), Err(Error::TlsRecord));
    assert_eq!(pair.server.read(&mut [0; 9]), Err(Error::TlsRecord));
    // The alert that tells the client is encrypted.
    let alert = taken(&mut pair.server);
    assert_eq!(pair.client.feed(&alert, now_ms()), Err(Error::TlsPeerAlert));
    let events = pair.client.take_events();
    assert!(events.iter().any(|event| matches!(event, Event::Alert { sent: false, number: 20 })));
}

#[test]
fn nothing_waits_without_bounds() {
    let mut pair = Pair::established("bounds", &[]);
    let piece = [7; 20_000];
    while pair.client.write(&piece).is_ok() {}
    assert_eq!(pair.client.write(&piece), Err(Error::TlsBacklog));
    assert!(pair.client.unsent() < 1 << 19);
    let first = taken(&mut pair.client);
    pair.client.write(&piece).unwrap();
    let second = taken(&mut pair.client);
    pair.server.feed(&first, now_ms()).unwrap();
    assert_eq!(pair.server.feed(&second, now_ms()), Err(Error::TlsBacklog));
    let before = read_all(&mut pair.server).unwrap();
    pair.server.feed(&second, now_ms()).unwrap();
    assert_eq!(read_all(&mut pair.server), Ok(piece.to_vec()));
    assert!(before.len() >= 12 * piece.len() && before.iter().all(|byte| *byte == 7));
}

#[test]
fn keys_are_noted_only_when_wanted() {
    fn keys(end: &mut Connection) -> usize {
        end.take_events()
            .iter()
            .filter(|event| matches!(event, Event::Key(line) if line.contains("SECRET")))
            .count()
    }
    let mut pair = Pair::established("keys", &[]);
    assert_eq!((keys(&mut pair.client), keys(&mut pair.server)), (0, 0));
    pair.context.log_keys(true);
    let mut client = pair.context.connection(Direction::Outbound, Some(NAME), now_ms()).unwrap();
    let mut server = pair.context.connection(Direction::Inbound, None, now_ms()).unwrap();
    exchange(&mut client, &mut server);
    assert!(keys(&mut client) >= 4 && keys(&mut server) >= 4);
}

#[test]
fn what_comes_before_the_verdict_is_never_handed_out() {
    let mut pair = Pair::new("refused", &[]);
    let mut policy = voxseal::tls::Policy::default();
    policy.set("inbound_verify", "require").unwrap();
    pair.context.wanted().unwrap().policy = policy;
    pair.context.load(crate::certificates::now()).unwrap();
    let mut server = pair.context.connection(Direction::Inbound, None, now_ms()).unwrap();
    server.feed(&taken(&mut pair.client), now_ms()).unwrap();
    pair.client.feed(&taken(&mut server), now_ms()).unwrap();
    // The client is done and its text goes out with the last message of its handshake.
    pair.client.write(b"too early").unwrap();
    let refused = server.feed(&taken(&mut pair.client), now_ms());
    assert_eq!(refused, Err(Error::TlsNoPeerCertificate));
    assert_eq!(server.read(&mut [0; 20]), Err(Error::TlsNoPeerCertificate));
    assert_eq!(server.write(b"x"), Err(Error::TlsNoPeerCertificate));
    assert_eq!(server.feed(b"x", now_ms()), Err(Error::TlsNoPeerCertificate));
    assert_eq!(pair.client.feed(&taken(&mut server), now_ms()), Err(Error::TlsClosed));
    assert!(pair.folder.path("ca.pem").exists());
}
