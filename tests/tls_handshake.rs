//! The truth table of `tests/vectors/tls_verify.txt` with real certificates and
//! real handshakes, and what only those can show (feature `tls`).
#![cfg(feature = "tls")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "tls/certificates.rs"]
mod certificates;
#[path = "tls/support.rs"]
mod support;

use certificates::{DAY, Made, Wish, issue, now, root};
use openssl::ssl::{ShutdownState, Ssl, SslContext, SslContextBuilder, SslMethod, SslVersion};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use support::{VERIFY, policy, table, with_rule};
use voxseal::tls::{Direction, Facts, Outcome, Verdict, decide};
use voxseal::tls_openssl::{Verifier, facts_of};

const NAME: &str = "pbx.sip.test";

struct Authorities {
    trusted: Made,
    other: Made,
}

impl Authorities {
    fn new() -> Authorities {
        Authorities { trusted: root("Test root"), other: root("Other root") }
    }

    /// A certificate of the truth table.
    fn certificate(&self, kind: &str) -> Option<Made> {
        let good = Wish::named(NAME);
        let wish = match kind {
            "good" | "wrong-ca" => good,
            "expired" => Wish { dates: (now() - 2 * DAY, now() - DAY), ..good },
            "not-yet-valid" => Wish { dates: (now() + DAY, now() + 2 * DAY), ..good },
            "wrong-name" => Wish::named("other.test"),
            "client-only" => Wish { server: false, ..good },
            "server-only" => Wish { client: false, ..good },
            "sip-only" => {
                Wish { server: false, client: false, extra_usage: Some("1.3.6.1.5.5.7.3.20"), ..good }
            }
            "wildcard" => Wish::named("*.sip.test"),
            "none" => return None,
            other => panic!("{other}"),
        };
        Some(issue(&wish, Some(if kind == "wrong-ca" { &self.other } else { &self.trusted })))
    }

    /// What the side that holds the peer to the policy knows after a handshake.
    fn facts(&self, direction: Direction, peer: Option<&Made>, version: SslVersion) -> Facts {
        let own = self.certificate("good");
        let mut ours = context(own.as_ref(), version);
        ours.cert_store_mut().add_cert(self.trusted.certificate.clone()).unwrap();
        let (ours, theirs) = (ours.build(), context(peer, version).build());
        let verifier = Verifier::default();
        let mut ssl = Ssl::new(&ours).unwrap();
        verifier.watch(&mut ssl);
        let (here, there) = UnixStream::pair().unwrap();
        let other_side = std::thread::spawn(move || {
            let ssl = Ssl::new(&theirs).unwrap();
            let mut stream =
                if direction == Direction::Inbound { ssl.connect(there) } else { ssl.accept(there) }.unwrap();
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            stream.write_all(&byte).unwrap();
        });
        let mut stream =
            if direction == Direction::Inbound { ssl.accept(here) } else { ssl.connect(here) }.unwrap();
        stream.write_all(b"x").unwrap();
        stream.read_exact(&mut [0]).unwrap();
        other_side.join().unwrap();
        facts_of(stream.ssl(), &verifier, direction, Some(NAME), Some(now()))
    }
}

/// One that shows this certificate. A server without one needs ciphers that have
/// no use for it.
fn context(own: Option<&Made>, version: SslVersion) -> SslContextBuilder {
    let mut context = SslContext::builder(SslMethod::tls()).unwrap();
    context.set_min_proto_version(Some(version)).unwrap();
    context.set_max_proto_version(Some(version)).unwrap();
    context.set_cipher_list("ECDHE:AECDH-AES256-SHA:@SECLEVEL=0").unwrap();
    if let Some(own) = own {
        context.set_certificate(&own.certificate).unwrap();
        context.set_private_key(&own.key).unwrap();
    }
    context
}

#[test]
fn truth_table_with_real_handshakes() {
    let authorities = Authorities::new();
    let (columns, rows) = table(VERIFY);
    for kind in columns.iter().skip(2) {
        let peer = authorities.certificate(kind);
        for (direction, word) in [(Direction::Inbound, "inbound"), (Direction::Outbound, "outbound")] {
            for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
                let anonymous_server = peer.is_none() && direction == Direction::Outbound;
                if anonymous_server && version == SslVersion::TLS1_3 {
                    continue; // TLS 1.3 has no such thing.
                }
                let facts = authorities.facts(direction, peer.as_ref(), version);
                for row in rows.iter().filter(|row| row[0] == word) {
                    let column = columns.iter().position(|column| column == kind).unwrap();
                    // The cipher of a server without a certificate is a fault of its own.
                    let bits = if anonymous_server { "0" } else { "128" };
                    let rules = policy(&[("verify", row[1]), ("min_cipher_bits", bits)]);
                    let verdict = decide(&rules, &facts);
                    let cell = format!("{word} {} {kind} {version:?}: {}", row[1], verdict.reason);
                    assert_eq!(with_rule(&verdict), row[column], "{cell}\n{facts:?}");
                }
                if anonymous_server {
                    let verdict = decide(&policy(&[("verify", "none")]), &facts);
                    assert_eq!(with_rule(&verdict), "refuse:TlsCipher");
                }
            }
        }
    }
}

fn verdict(kind: &str, direction: Direction, options: &[(&str, &str)]) -> Verdict {
    let authorities = Authorities::new();
    let peer = authorities.certificate(kind);
    decide(&policy(options), &authorities.facts(direction, peer.as_ref(), SslVersion::TLS1_3))
}

#[test]
fn a_certificate_for_sip_domains_serves_both_roles() {
    for direction in [Direction::Inbound, Direction::Outbound] {
        let verdict = verdict("sip-only", direction, &[("verify", "require+name")]);
        assert_eq!(with_rule(&verdict), "accept", "{}", verdict.reason);
    }
}

#[test]
fn a_servers_certificate_may_serve_a_client() {
    let options = [("verify", "require"), ("eku", "server-as-client")];
    assert_eq!(verdict("server-only", Direction::Inbound, &options).outcome, Outcome::Accept);
    assert_eq!(with_rule(&verdict("client-only", Direction::Outbound, &options)), "refuse:TlsPurpose");
    let any = verdict("client-only", Direction::Outbound, &[("eku", "any")]);
    assert_eq!(with_rule(&any), "warn:TlsPurpose", "{}", any.reason);
}

#[test]
fn wildcards_and_dates_are_switchable() {
    assert_eq!(with_rule(&verdict("wildcard", Direction::Outbound, &[])), "refuse:TlsName");
    assert_eq!(with_rule(&verdict("wildcard", Direction::Outbound, &[("wildcards", "yes")])), "accept");
    assert_eq!(with_rule(&verdict("expired", Direction::Outbound, &[("dates", "no")])), "warn:TlsExpired");
    assert_eq!(
        with_rule(&verdict("wrong-ca", Direction::Outbound, &[("dates", "no")])),
        "refuse:TlsUntrusted"
    );
}

/// A session with an untrusted server is resumed: OpenSSL verifies nothing then,
/// and what it remembers still counts.
#[test]
fn a_resumed_session_is_as_good_as_its_first_handshake() {
    let authorities = Authorities::new();
    for (kind, expected) in
        [("good", "accept"), ("wrong-ca", "refuse:TlsUntrusted"), ("wrong-name", "refuse:TlsName")]
    {
        let peer = authorities.certificate(kind);
        let theirs = context(peer.as_ref(), SslVersion::TLS1_2).build();
        let mut ours = context(None, SslVersion::TLS1_2);
        ours.cert_store_mut().add_cert(authorities.trusted.certificate.clone()).unwrap();
        let ours = ours.build();
        let mut session: Option<openssl::ssl::SslSession> = None;
        for resumed in [false, true] {
            let verifier = Verifier::default();
            let mut ssl = Ssl::new(&ours).unwrap();
            verifier.watch(&mut ssl);
            if let Some(session) = &session {
                #[expect(unsafe_code, reason = "the binding cannot know that the contexts are one")]
                // SAFETY: the session comes from a connection of the same context.
                unsafe {
                    ssl.set_session(session).unwrap();
                }
            }
            let (here, there) = UnixStream::pair().unwrap();
            let theirs = theirs.clone();
            let other_side =
                std::thread::spawn(move || drop(Ssl::new(&theirs).unwrap().accept(there).unwrap()));
            let mut stream = ssl.connect(here).unwrap();
            other_side.join().unwrap();
            let facts = facts_of(stream.ssl(), &verifier, Direction::Outbound, Some(NAME), Some(now()));
            assert_eq!(facts.resumed, resumed, "{kind}");
            let verdict = decide(&policy(&[]), &facts);
            assert_eq!(with_rule(&verdict), expected, "{kind}, resumed {resumed}: {}", verdict.reason);
            // A connection that ends otherwise takes its session with it.
            stream.set_shutdown(ShutdownState::SENT | ShutdownState::RECEIVED);
            session = stream.ssl().session().map(ToOwned::to_owned);
        }
    }
}
