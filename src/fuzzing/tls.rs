//! A TLS peer that sends anything at all, to our server and to our client.

use super::Input;
use crate::error::Error;
use crate::tls::{Direction, Policy};
use crate::tls_openssl::{Connection, Context, Files, Side, State, Wanted};
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::X509;
use std::sync::OnceLock;
use zeroize::Zeroizing;

const NOW_MS: u64 = 1_800_000_000_000;
const HANDSHAKE_BYTES: usize = 4096;

/// The first byte says who we are; pieces of the rest come from the peer, each with
/// its length before it. What must hold: no connection that has heard nothing but
/// noise is established, nothing is read from it, and bytes and places stay bounded.
pub fn tls_in(data: &[u8]) {
    let mut input = Input(data);
    let context = context();
    let direction = if input.byte() & 1 == 0 { Direction::Inbound } else { Direction::Outbound };
    let connection = context.connection(direction, Some("a.test"), NOW_MS);
    // A promise: each connection gives its place back, so that one of many is free.
    feed(&mut connection.expect("there is always a place"), &mut input);
    assert_eq!(context.half_open(), 0, "a place was not given back");
}

fn feed(connection: &mut Connection, input: &mut Input) {
    let mut out = [0; 512];
    let mut fed = 0;
    while !input.is_empty() {
        let len = usize::from(input.word() % 600);
        let piece = input.bytes(len);
        fed += piece.len();
        let result = connection.feed(piece, NOW_MS);
        while connection.take(&mut out) > 0 {}
        drop(connection.take_events());
        assert_ne!(connection.state(), State::Established, "noise is no handshake");
        assert!(connection.read(&mut out).is_err(), "nothing can be read");
        assert!(connection.write(b"x").is_err(), "nothing can be written");
        match result {
            Ok(()) => assert!(fed <= HANDSHAKE_BYTES, "more than a handshake may have"),
            Err(error) => assert!(connection.feed(piece, NOW_MS) == Err(error), "it goes on after {error:?}"),
        }
    }
    let ended = connection.end();
    assert!(ended.is_err_and(|error| error != Error::Poisoned));
}

fn context() -> &'static Context {
    static CONTEXT: OnceLock<Context> = OnceLock::new();
    CONTEXT.get_or_init(|| {
        // P-256 and SHA-256 are in every OpenSSL; without them there is nothing to try.
        let pem = Zeroizing::new(identity().expect("OpenSSL makes a certificate"));
        let identity = Files { pem: vec![pem], any_dates: true, ..Files::default() };
        let side = Side { identities: vec![identity], ..Side::default() };
        let mut wanted = Wanted { policy: Policy::default(), inbound: side, ..Wanted::default() };
        wanted.transport.limits.bytes = HANDSHAKE_BYTES;
        let context = Context::new(wanted, None);
        // It goes with its key, and its dates do not count.
        context.load(0).expect("the certificate is good");
        context
    })
}

/// A fresh key and its certificate, as PEM.
fn identity() -> Result<Vec<u8>, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let key = PKey::from_ec_key(EcKey::generate(&group)?)?;
    let mut certificate = X509::builder()?;
    certificate.set_pubkey(&key)?;
    certificate.set_not_before(Asn1Time::days_from_now(0)?.as_ref())?;
    certificate.set_not_after(Asn1Time::days_from_now(1)?.as_ref())?;
    certificate.sign(&key, MessageDigest::sha256())?;
    Ok([certificate.build().to_pem()?, key.private_key_to_pem_pkcs8()?].concat())
}
