//! Whom certificates identify: the table of `tests/vectors/tls_identify.txt`, and what it has no column for.

use super::support::{policy, rows};
use super::tables::names;
use super::{DAY, NOW, bytes_of_fingerprint, facts_of, good, inbound, with_results};
use voxseal::tls::*;

fn client(names: Vec<Name>) -> Facts {
    let mut facts = inbound(good());
    facts.certificate.as_mut().unwrap().names = names;
    facts.expected_name = None;
    facts
}

fn peer(options: &[(&str, &str)], facts: &Facts) -> Option<Peer> {
    Peer::of(&policy(options), facts, &bytes_of_fingerprint())
}

fn claim<'a>(holder: &'a str, certificates: &'a str) -> Claim<'a> {
    Claim { holder, certificates }
}

#[test]
fn claims_and_names() {
    let rows = rows(include_str!("../vectors/tls_identify.txt"));
    assert!(rows.len() > 50);
    for row in rows {
        let facts = client(names(row.get(2).copied().unwrap_or_default()));
        for options in [[("wildcards", "no")], [("wildcards", "yes")]] {
            let found = peer(&options, &facts).and_then(|peer| {
                let found = peer.find(&[claim("other", "nobody.test"), claim("alice", row[1])], NOW);
                assert!(!found.reason.unwrap_or_default().contains(char::is_control));
                found.place
            });
            assert_eq!(found, (row[0] == "yes").then_some(1), "{row:?}");
        }
    }
}

#[test]
fn only_a_client_that_was_verified_without_a_warning_is_somebody() {
    let sure = |options: &[(&str, &str)], facts: &Facts| peer(options, facts).is_some();
    for certificate in ["good", "wrong-ca", "expired", "not-yet-valid", "server-only", "none"] {
        for verify in ["none", "optional", "require"] {
            let facts = inbound(facts_of(certificate));
            let expected = certificate == "good" && verify != "none";
            assert_eq!(sure(&[("verify", verify)], &facts), expected, "{certificate} {verify}");
        }
    }
    assert!(!sure(&[("dates", "no")], &inbound(facts_of("expired"))), "its dates were overlooked");
    assert!(!sure(&[("eku", "any")], &inbound(facts_of("server-only"))), "its purpose was overlooked");
    assert!(sure(&[("eku", "server-as-client")], &inbound(facts_of("server-only"))));
    assert!(!sure(&[], &good()), "a server that we connected to calls nobody");
    assert!(!sure(&[], &Facts { peer: PeerRole::Client, ..good() }));
    assert!(!sure(&[], &inbound(with_results(&[], false))), "nobody verified");
    assert!(!sure(&[("verify", "require+name"), ("allow", "other.test")], &inbound(good())));
    let none = Facts { certificate: None, ..inbound(good()) };
    assert!(!sure(&[], &none));
}

#[test]
fn a_certificate_without_dates_or_a_whole_fingerprint_is_nobody() {
    let mut facts = client(names("dns:pbx.sip.test"));
    assert!(Peer::of(&policy(&[]), &facts, &bytes_of_fingerprint()[1..]).is_none());
    assert!(Peer::of(&policy(&[]), &facts, &[]).is_none());
    facts.certificate.as_mut().unwrap().validity = None;
    assert!(peer(&[], &facts).is_none());
}

#[test]
fn a_certificate_that_ends_while_the_connection_lives_identifies_nobody_any_more() {
    let peer = peer(&[], &client(names("dns:pbx.sip.test"))).unwrap();
    for (now, found) in [(NOW, true), (NOW + DAY, true), (NOW + DAY + 1, false), (NOW - DAY - 1, false)] {
        assert_eq!(peer.find(&[claim("pbx", "pbx.sip.test")], now).place.is_some(), found, "{now}");
    }
}

#[test]
fn what_two_claim_is_nobodys_and_said() {
    let peer = peer(&[], &client(names("dns:pbx.sip.test uri:sip:alice@sip.test"))).unwrap();
    let found = peer.find(
        &[
            claim("one", "pbx.sip.test, sip:alice@sip.test"),
            claim("other", "x.test"),
            claim("two", "sip:alice@sip.test"),
        ],
        NOW,
    );
    assert_eq!(found.place, None);
    let reason = found.reason.unwrap();
    assert!(reason.contains("1C:1D:1E:1F identifies nobody, as both one and two claim it"), "{reason}");
    // One who claims it by two names is still one.
    let found = peer.find(&[claim("one", "pbx.sip.test, sip:alice@sip.test")], NOW);
    assert_eq!(found, Found { place: Some(0), reason: None });
    assert_eq!(peer.find(&[], NOW), Found { place: None, reason: None });
}

#[test]
fn a_claim_that_cannot_be_read_is_told_and_harms_nobody_else() {
    let peer = peer(&[], &client(names("dns:pbx.sip.test"))).unwrap();
    let found = peer.find(&[claim("bad", "sip:al ice@\n"), claim("pbx", "pbx.sip.test")], NOW);
    assert_eq!(found.place, Some(1));
    assert!(found.reason.unwrap().starts_with("\"sip:al ice@\" of bad is no name of a certificate"));
}
