//! Peers that never finish, send too much, or send anything at all.

use crate::memory::{Pair, exchange, taken};
use crate::pump::now_ms;
use voxseal::error::Error;
use voxseal::tls::Direction;
use voxseal::tls_openssl::{Connection, State};

#[test]
fn half_open_handshakes_are_bounded_and_places_come_back() {
    let mut pair = Pair::new("half-open", &[("half_open", "50")]);
    let hello = taken(&mut pair.client);
    let mut held: Vec<Connection> = Vec::new();
    let mut refused = 0;
    for _ in 0..10_000 {
        match pair.context.connection(Direction::Inbound, None, now_ms()) {
            Ok(mut connection) => {
                connection.feed(&hello, now_ms()).unwrap();
                held.push(connection);
            }
            Err(error) => {
                assert_eq!(error, Error::TlsHalfOpen);
                refused += 1;
            }
        }
    }
    assert_eq!((held.len(), refused), (49, 9_951), "the pair's own server is the fiftieth");
    assert_eq!(pair.context.half_open(), 50);
    // One that finishes gives its place back, as does one that is dropped or fails.
    pair.server.feed(&hello, now_ms()).unwrap();
    exchange(&mut pair.client, &mut pair.server);
    assert_eq!((pair.server.state(), pair.context.half_open()), (State::Established, 49));
    held.pop();
    assert!(held[0].feed(b"no TLS at all", now_ms()).is_err());
    held[1].close();
    assert_eq!(pair.context.half_open(), 46);
    drop(held);
    assert_eq!(pair.context.half_open(), 0);
}

#[test]
fn a_handshake_has_a_deadline() {
    let mut pair = Pair::new("deadline", &[("handshake_millis", "500")]);
    let deadline = pair.server.deadline_ms().unwrap();
    assert_eq!(pair.server.check_time(deadline - 1), Ok(()));
    assert_eq!(pair.server.check_time(deadline), Err(Error::TlsHandshakeTimeout));
    assert_eq!(pair.server.feed(&taken(&mut pair.client), now_ms()), Err(Error::TlsHandshakeTimeout));
    assert_eq!((pair.server.deadline_ms(), pair.context.half_open()), (None, 0));

    // After its end there is none.
    let mut pair = Pair::established("no-deadline", &[("handshake_millis", "60000")]);
    assert_eq!(pair.server.check_time(u64::MAX), Ok(()));
}

#[test]
fn bytes_before_the_end_of_a_handshake_are_bounded() {
    let mut pair = Pair::new("bytes", &[("handshake_bytes", "4096")]);
    // A hello that says it is 65,535 bytes long, in many records.
    let mut start = vec![22, 3, 1, 1, 0, 1, 0, 255, 255, 3, 3];
    start.resize(5 + 256, 0);
    let more = [&[22, 3, 1, 1, 0][..], &[0; 256]].concat();
    let mut sent = start.len();
    let mut fed = pair.server.feed(&start, now_ms());
    while fed.is_ok() {
        fed = pair.server.feed(&more, now_ms());
        sent += more.len();
        assert!(sent < 10_000);
    }
    assert!(sent > 4096);
    assert_eq!(fed, Err(Error::TlsHandshakeTooLong));

    // A client that says much right after its handshake is no such peer.
    let mut pair = Pair::new("much", &[("handshake_bytes", "4096")]);
    pair.server.feed(&taken(&mut pair.client), now_ms()).unwrap();
    pair.client.feed(&taken(&mut pair.server), now_ms()).unwrap();
    pair.client.write(&[1; 50_000]).unwrap();
    pair.server.feed(&taken(&mut pair.client), now_ms()).unwrap();
    assert_eq!(pair.server.state(), State::Established);
}

#[test]
fn hellos_cut_anywhere_and_damaged_anywhere_do_no_harm() {
    let mut pair = Pair::new("cut-hello", &[]);
    let hello = taken(&mut pair.client);
    let fresh = || pair.context.connection(Direction::Inbound, None, now_ms()).unwrap();
    for len in 0..hello.len() {
        let mut server = fresh();
        server.feed(&hello[..len], now_ms()).unwrap();
        assert_eq!((server.state(), server.end()), (State::Handshaking, Err(Error::TlsTruncated)));
    }
    for at in 0..hello.len() {
        let mut damaged = hello.clone();
        damaged[at] ^= 0xff;
        let mut server = fresh();
        let _ = server.feed(&damaged, now_ms());
        assert_ne!(server.state(), State::Established);
    }
}

#[test]
fn old_protocols_and_noise_are_refused() {
    let ssl2 = [&[0x80, 0x2e, 1, 0, 2, 0, 21, 0, 0, 0, 16][..], &[1, 0, 0x80].repeat(7), &[5; 16]].concat();
    let ssl3 = [&[22, 3, 0, 0, 45, 1, 0, 0, 41, 3, 0][..], &[7; 32], &[0, 0, 2, 0, 10, 1, 0]].concat();
    let sip = b"REGISTER sip:pbx.test SIP/2.0\r\n\r\n";
    let noise: Vec<u8> = (0..3000u32).map(|at| ((at * 7919) >> 3) as u8).collect();
    for bytes in [&ssl2[..], &ssl3, sip, &noise] {
        let mut pair = Pair::new("noise", &[]);
        assert_eq!(pair.server.feed(bytes, now_ms()), Err(Error::TlsHandshake), "{bytes:02x?}");
        assert_eq!(pair.client.feed(bytes, now_ms()), Err(Error::TlsHandshake), "{bytes:02x?}");
        assert_eq!(pair.context.half_open(), 0);
    }
}
