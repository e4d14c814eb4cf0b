//! Verdicts on facts made by hand: the tables of `tests/vectors/tls_*.txt`, and what they have no column for.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "tls/identify.rs"]
mod identify;
#[path = "tls/support.rs"]
mod support;
#[path = "tls/tables.rs"]
mod tables;

use support::policy;
use voxseal::error::Error;
use voxseal::tls::*;

const NOW: i64 = 1_790_000_000;
const DAY: i64 = 86_400;
const SERVER: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT: &str = "1.3.6.1.5.5.7.3.2";

/// A SHA-256 fingerprint: 0, 1, 2 and so on.
fn bytes_of_fingerprint() -> Vec<u8> {
    (0..32).collect()
}

fn good_certificate() -> Certificate {
    Certificate {
        names: vec![Name::Dns(b"pbx.sip.test".to_vec())],
        ekus: Some(vec![SERVER.to_owned(), CLIENT.to_owned()]),
        validity: Some((NOW - DAY, NOW + DAY)),
    }
}

fn good() -> Facts {
    Facts {
        direction: Direction::Outbound,
        peer: PeerRole::Server,
        version: Version::TLS_1_3,
        cipher: Cipher { name: "TLS_AES_256_GCM_SHA384".to_owned(), bits: 256 },
        chain: Chain { results: vec![0], complete: true },
        certificate: Some(good_certificate()),
        now: Some(NOW),
        expected_name: Some("pbx.sip.test".to_owned()),
        resumed: false,
    }
}

fn inbound(facts: Facts) -> Facts {
    Facts { direction: Direction::Inbound, peer: PeerRole::Client, ..facts }
}

fn with_certificate(change: impl FnOnce(&mut Certificate)) -> Facts {
    let mut facts = good();
    change(facts.certificate.as_mut().unwrap());
    facts
}

fn with_results(results: &[i32], complete: bool) -> Facts {
    Facts { chain: Chain { results: results.to_vec(), complete }, ..good() }
}

/// The facts about a certificate of the truth table.
fn facts_of(certificate: &str) -> Facts {
    match certificate {
        "good" => good(),
        "wrong-ca" => with_results(&[20, 21], true),
        "expired" => Facts {
            chain: Chain { results: vec![10], complete: true },
            ..with_certificate(|certificate| certificate.validity = Some((NOW - 2 * DAY, NOW - DAY)))
        },
        "not-yet-valid" => Facts {
            chain: Chain { results: vec![9], complete: true },
            ..with_certificate(|certificate| certificate.validity = Some((NOW + DAY, NOW + 2 * DAY)))
        },
        "wrong-name" => {
            with_certificate(|certificate| certificate.names = vec![Name::Dns(b"other.test".to_vec())])
        }
        "client-only" => with_certificate(|certificate| certificate.ekus = Some(vec![CLIENT.to_owned()])),
        "server-only" => with_certificate(|certificate| certificate.ekus = Some(vec![SERVER.to_owned()])),
        "none" => Facts { certificate: None, chain: Chain::default(), ..good() },
        other => panic!("{other}"),
    }
}

/// The rule that facts break under the default policy and these options.
fn broken(options: &[(&str, &str)], facts: &Facts) -> Option<Error> {
    let verdict = decide(&policy(options), facts);
    assert_eq!(verdict.rule.is_none(), verdict.outcome == Outcome::Accept);
    verdict.rule
}

#[test]
fn old_versions_are_refused_whatever_is_verified() {
    for (min, allowed) in [("1.0", 0x0301), ("1.1", 0x0302), ("1.2", 0x0303), ("1.3", 0x0304)] {
        for version in [0, 2, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x0305, 0xfeff, u32::MAX] {
            let facts = Facts { version: Version(version), ..good() };
            let good = (allowed..=0x0304).contains(&version);
            let options = [("min_version", min), ("verify", "none")];
            assert_eq!(broken(&options, &facts), (!good).then_some(Error::TlsVersion), "{min} {version:#x}");
        }
    }
}

#[test]
fn weak_and_unknown_ciphers_are_refused() {
    for (name, bits, taken) in [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", 128, true),
        ("TLS_CHACHA20_POLY1305_SHA256", 256, true),
        ("DES-CBC3-SHA", 112, false),
        ("ECDHE-RSA-RC4-SHA", 128, false),
        ("NULL-SHA256", 256, false),
        ("TLS_DH_anon_WITH_AES_256_CBC_SHA", 256, false),
        ("ADH-AES256-GCM-SHA384", 256, false),
        ("EXP-RC4-MD5", 128, false),
        ("", 256, false),
    ] {
        let facts = Facts { cipher: Cipher { name: name.to_owned(), bits }, ..good() };
        assert_eq!(broken(&[], &facts), (!taken).then_some(Error::TlsCipher), "{name}");
        assert_eq!(broken(&[("min_cipher_bits", "0")], &facts), None, "{name}");
    }
    let facts = Facts { cipher: Cipher { name: "AES128-SHA".to_owned(), bits: 128 }, ..good() };
    assert_eq!(broken(&[("min_cipher_bits", "256")], &facts), Some(Error::TlsCipher));
}

#[test]
fn what_is_not_known_is_denied() {
    assert_eq!(broken(&[], &with_results(&[], true)), Some(Error::TlsUntrusted));
    assert_eq!(broken(&[], &Facts { now: None, ..good() }), Some(Error::TlsExpired));
    assert_eq!(broken(&[], &with_certificate(|it| it.validity = None)), Some(Error::TlsExpired));
    assert_eq!(broken(&[], &Facts { expected_name: None, ..good() }), Some(Error::TlsName));
    for code in (1..=120).chain([-1, 7_777, i32::MIN, i32::MAX]) {
        for complete in [false, true] {
            let rule = broken(&[], &with_results(&[0, code], complete));
            // Names are this library's own to judge, once the rest was looked at.
            let own = (62..=64).contains(&code) && complete;
            assert_eq!(rule.is_none(), own, "{code}");
        }
    }
}

#[test]
fn a_fault_is_overlooked_only_when_the_verifier_went_on() {
    let cases: [(&[(&str, &str)], i32); 4] =
        [(&[("dates", "no")], 10), (&[("dates", "no")], 9), (&[("eku", "any")], 26), (&[], 62)];
    for (options, code) in cases {
        let complete = decide(&policy(options), &with_results(&[code], true));
        assert_ne!(complete.outcome, Outcome::Refuse, "{code}");
        assert_eq!(broken(options, &with_results(&[code], false)), Some(Error::TlsUntrusted), "{code}");
        assert_eq!(broken(options, &with_results(&[code, 7], true)), Some(Error::TlsUntrusted), "{code}");
    }
    // A certificate for SIP domains, of which OpenSSL knows nothing.
    let sip = |complete| Facts {
        chain: Chain { results: vec![26], complete },
        ..with_certificate(|certificate| certificate.ekus = Some(vec!["1.3.6.1.5.5.7.3.20".to_owned()]))
    };
    assert_eq!(broken(&[], &sip(true)), None);
    assert_eq!(broken(&[], &sip(false)), Some(Error::TlsPurpose));
    // The certificate's own usages do not explain the fault: an authority's are at fault.
    assert_eq!(broken(&[], &with_results(&[26], true)), Some(Error::TlsPurpose));
}

#[test]
fn dates_may_be_overlooked_with_a_warning() {
    for certificate in ["expired", "not-yet-valid"] {
        let verdict = decide(&policy(&[("dates", "no")]), &facts_of(certificate));
        assert_eq!(verdict.outcome, Outcome::AcceptWithWarning, "{}", verdict.reason);
    }
    for (now, taken) in [(NOW - DAY - 1, false), (NOW - DAY, true), (NOW + DAY, true), (NOW + DAY + 1, false)]
    {
        assert_eq!(broken(&[], &Facts { now: Some(now), ..good() }).is_none(), taken, "{now}");
    }
}

#[test]
fn a_list_names_who_may_connect() {
    let unnamed = Facts { expected_name: None, ..good() };
    for (list, taken) in [
        ("pbx.sip.test", true),
        ("other.test, PBX.sip.test.", true),
        ("any", true),
        ("sip.test", false),
        ("*.sip.test", false),
        ("192.0.2.1", false),
    ] {
        let rule = (!taken).then_some(Error::TlsNotAllowed);
        assert_eq!(broken(&[("allow", list)], &good()), rule, "{list}");
        assert_eq!(broken(&[("allow", list), ("verify", "require")], &good()), rule, "{list}");
        let rule = if list == "any" { Some(Error::TlsName) } else { rule };
        assert_eq!(broken(&[("allow", list)], &unnamed), rule, "{list}");
    }
    let wildcard = Facts {
        expected_name: None,
        ..with_certificate(|certificate| certificate.names = vec![Name::Dns(b"*.sip.test".to_vec())])
    };
    assert_eq!(broken(&[("allow", "*.sip.test")], &wildcard), None);
    assert_eq!(broken(&[("allow", "a.sip.test")], &wildcard), Some(Error::TlsNotAllowed));
    assert_eq!(broken(&[("allow", "a.sip.test"), ("wildcards", "yes")], &wildcard), None);
    // The list does not stand in for the name that is expected.
    let other = Facts { expected_name: Some("other.test".to_owned()), ..good() };
    assert_eq!(broken(&[("allow", "pbx.sip.test")], &other), Some(Error::TlsName));
}

#[test]
fn a_request_over_the_peers_connection_holds_it_to_the_rules_of_its_direction() {
    // The peer connected to us as a client; the request goes out over that connection.
    let mut facts = Facts { peer: PeerRole::Client, ..good() };
    assert_eq!(broken(&[], &facts), None);
    facts.certificate = None;
    assert_eq!(broken(&[], &facts), Some(Error::TlsNoPeerCertificate));
}

#[test]
fn reasons_name_cause_remedy_and_option() {
    let expect = |options: &[(&str, &str)], facts: &Facts, reason: &str| {
        assert_eq!(decide(&policy(options), facts).reason, reason);
    };
    let wildcard = |expected: &str| Facts {
        expected_name: Some(expected.to_owned()),
        ..with_certificate(|certificate| certificate.names = vec![Name::Dns(b"*.sip.test".to_vec())])
    };
    expect(
        &[("wildcards", "yes")],
        &wildcard("a.b.sip.test"),
        "the certificate is for *.sip.test, which does not cover a.b.sip.test: a wildcard stands for one label only (wildcards)",
    );
    expect(
        &[],
        &wildcard("a.sip.test"),
        "the certificate is for *.sip.test, and wildcards are off as RFC 5922 §7.2 demands; to let it cover a.sip.test, set wildcards to yes (wildcards)",
    );
    expect(
        &[],
        &facts_of("expired"),
        "the certificate expired at 2026-09-20 14:13:20 UTC and it is 2026-09-21 14:13:20 UTC here; it must be renewed, or this machine's clock is wrong (dates)",
    );
    expect(
        &[],
        &facts_of("client-only"),
        "the certificate is for clients, and the peer is a TLS server; the peer needs another certificate, or set eku to any (eku)",
    );
    expect(
        &[],
        &Facts { expected_name: Some("192.0.2.7".to_owned()), ..good() },
        "the certificate is for pbx.sip.test, not for the address 192.0.2.7; an address must stand in it as an IP name, or ask for the peer by its domain (names)",
    );
    expect(&[], &good(), "TLS 1.3 with TLS_AES_256_GCM_SHA384, with a good certificate for pbx.sip.test");
    let resumed = inbound(Facts { certificate: None, resumed: true, ..good() });
    let verdict = decide(&policy(&[("verify", "require")]), &resumed);
    assert!(verdict.reason.contains("the session was resumed without it"), "{}", verdict.reason);
}

#[test]
fn names_of_the_peer_cannot_break_a_log() {
    let hostile = vec![Name::Dns(b"a\n[ERROR] \x1b[2J".to_vec()), Name::Dns(vec![b'x'; 100_000])];
    let facts = with_certificate(|certificate| certificate.names = hostile);
    let reason = decide(&Policy::default(), &facts).reason;
    assert!(!reason.contains(char::is_control) && reason.len() < 1_000, "{reason}");
}
