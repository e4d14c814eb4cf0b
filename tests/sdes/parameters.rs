//! Session parameters (RFC 4568 §6.3): what is declared, negotiated, ignored and refused.

use crate::support::{GRANDSTREAM_KEY, ZOIPER_KEY, fresh, line, line_80, process, snapshot};
use voxseal::error::Error;
use voxseal::sdes::{Negotiation, Outcome, Settings, Weakenings};

const S80: &str = "AES_CM_128_HMAC_SHA1_80";
const BOTH: Weakenings = Weakenings { unencrypted_srtp: true, unencrypted_srtcp: true };

fn allowing(allow: Weakenings) -> Negotiation {
    Negotiation::new(Settings { allow, ..Settings::default() })
}

fn take(negotiation: &mut Negotiation, line: &str) {
    assert_eq!(process(negotiation, line.as_bytes()), Ok(Outcome::Pending), "{line}");
    negotiation.commit();
}

#[test]
fn kdr_is_the_peers_declaration_and_not_repeated() {
    for exponent in 0..=24 {
        let mut negotiation = Negotiation::new(Settings::default());
        let offered = format!("{}|2^31 KDR={exponent}", line_80(1));
        take(&mut negotiation, &offered);
        assert_eq!(negotiation.current().unwrap().kdr, exponent);
        assert!(!negotiation.line(0).unwrap().contains("KDR"));
        assert_eq!(process(&mut negotiation, offered.as_bytes()), Ok(Outcome::Unchanged));
        let said = negotiation.verdicts()[0].contains(&format!("anew every 2^{exponent} packets"));
        assert_eq!(said, exponent > 0, "{:?}", negotiation.verdicts());
    }
}

#[test]
fn other_kdr_or_none_is_a_change() {
    let mut negotiation = Negotiation::new(Settings::default());
    take(&mut negotiation, &line_80(1));
    for param in [" KDR=3", " KDR=4", ""] {
        take(&mut negotiation, &(line_80(1) + param));
    }
    assert_eq!(process(&mut negotiation, (line_80(1) + " KDR=0").as_bytes()), Ok(Outcome::Unchanged));
}

#[test]
fn kdr_in_an_answer_is_taken() {
    let mut negotiation = Negotiation::new(Settings::default());
    let suites = negotiation.settings().offer.clone();
    negotiation.offer(&suites, &mut fresh).unwrap();
    assert!((0..negotiation.lines()).all(|n| !negotiation.line(n).unwrap().contains(" KDR")));
    take(&mut negotiation, &(line_80(1) + " KDR=24"));
    assert_eq!(negotiation.current().unwrap().kdr, 24);
}

#[test]
fn unencrypted_is_taken_only_where_allowed_by_name() {
    let params = ["UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP"];
    for (srtp, srtcp) in [(false, false), (true, false), (false, true), (true, true)] {
        let allow = Weakenings { unencrypted_srtp: srtp, unencrypted_srtcp: srtcp };
        for (number, wanted) in [(0, &params[..1]), (1, &params[1..]), (2, &params[..])] {
            let admitted = (srtp || number == 1) && (srtcp || number == 0);
            let mut negotiation = allowing(allow);
            let offered = format!("{} {}", line_80(1), wanted.join(" "));
            let result = process(&mut negotiation, offered.as_bytes());
            if admitted {
                assert_eq!(result, Ok(Outcome::Pending));
            } else {
                assert_eq!(result.unwrap_err().error, Error::ParameterRefused);
                assert_eq!(negotiation.lines(), 0);
            }
        }
        // It is never asked for, and never put upon a peer that does not ask.
        let mut negotiation = allowing(allow);
        take(&mut negotiation, &line_80(1));
        assert_eq!(negotiation.current().unwrap().weakenings, Weakenings::default());
        assert!(!negotiation.line(0).unwrap().contains("UNENC"));
    }
}

#[test]
fn answer_repeats_what_is_not_encrypted_and_later_lines_too() {
    let mut negotiation = allowing(BOTH);
    let offered = line_80(1) + " unencrypted_srtcp WSH=128 UNENCRYPTED_SRTP KDR=5 -FOO";
    take(&mut negotiation, &offered);
    let answer = negotiation.line(0).unwrap();
    assert!(answer.ends_with(" UNENCRYPTED_SRTP UNENCRYPTED_SRTCP"), "only what is negotiated is repeated");
    assert_eq!(negotiation.current().unwrap().weakenings, BOTH);
    assert!(negotiation.verdicts()[0].contains("SRTP NOT ENCRYPTED"));
    assert_eq!(process(&mut negotiation, offered.as_bytes()), Ok(Outcome::Unchanged));
    negotiation.rekey(&mut fresh).unwrap();
    let renewed = negotiation.line(0).unwrap();
    assert!(renewed.ends_with(" UNENCRYPTED_SRTP UNENCRYPTED_SRTCP") && renewed != answer);
    // The peer that asks for encryption again gets it.
    take(&mut negotiation, &line(1, S80, GRANDSTREAM_KEY));
    assert!(!negotiation.line(0).unwrap().contains("UNENC"));
}

#[test]
fn answer_may_not_take_away_encryption_that_was_offered() {
    let mut negotiation = allowing(BOTH);
    let suites = negotiation.settings().offer.clone();
    negotiation.offer(&suites, &mut fresh).unwrap();
    let before = snapshot(&negotiation);
    for param in ["UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP"] {
        let refusal = process(&mut negotiation, format!("{} {param}", line_80(1)).as_bytes()).unwrap_err();
        assert_eq!(refusal.error, Error::ParameterRefused);
        let cause = format!(
            "crypto line 1 refused: the answer says {param}, which was not offered; switch encryption on at the peer"
        );
        assert_eq!(refusal.to_string(), cause);
        assert_eq!(snapshot(&negotiation), before);
    }
    take(&mut negotiation, &line_80(1));
}

#[test]
fn no_setting_allows_what_is_not_authenticated() {
    for suite in ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] {
        let mut negotiation = allowing(BOTH);
        let offered = line(1, suite, ZOIPER_KEY) + " UNAUTHENTICATED_SRTP";
        let refusal = process(&mut negotiation, offered.as_bytes()).unwrap_err();
        assert_eq!(refusal.error, Error::ParameterRefused);
        assert_eq!(negotiation.lines(), 0);
    }
}

#[test]
fn unknown_parameters_void_the_line_unless_a_dash_says_that_they_may_be_ignored() {
    for (params, usable) in
        [("-FOO", true), ("-FOO=1 -UNENCRYPTED_SRTP", true), ("FOO", false), ("-FOO BAR=2", false)]
    {
        let mut negotiation = Negotiation::new(Settings::default());
        let result = process(&mut negotiation, format!("{} {params}", line_80(1)).as_bytes());
        assert_eq!(result.is_ok(), usable, "{params}");
        let weakenings = negotiation.pending().map(|pending| pending.weakenings);
        assert_eq!(weakenings, usable.then(Weakenings::default));
    }
}
