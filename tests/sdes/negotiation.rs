//! Offers and answers as hosts and peers really exchange them.

use crate::support::{GRANDSTREAM_KEY, ZOIPER_KEY, fresh, line, line_80, process, snapshot};
use voxseal::error::Error;
use voxseal::sdes::{Negotiation, Outcome, Settings};
use voxseal::suite::CryptoSuite::{self, *};

const S80: &str = "AES_CM_128_HMAC_SHA1_80";
const S32: &str = "AES_CM_128_HMAC_SHA1_32";

fn answerer() -> Negotiation {
    Negotiation::new(Settings::default())
}

fn offerer(suites: &[CryptoSuite]) -> Negotiation {
    let mut negotiation = answerer();
    negotiation.offer(suites, &mut fresh).unwrap();
    negotiation
}

/// Processes and commits; the text of our only line then.
fn agree(negotiation: &mut Negotiation, line: &str) -> String {
    assert_eq!(process(negotiation, line.as_bytes()), Ok(Outcome::Pending), "{line}");
    negotiation.commit();
    ours(negotiation)
}

fn ours(negotiation: &Negotiation) -> String {
    assert_eq!(negotiation.lines(), 1);
    assert!(negotiation.line(1).is_none());
    negotiation.line(0).unwrap().to_string()
}

fn key_of(line: &str) -> &str {
    line.split_once("inline:").unwrap().1
}

#[test]
fn device_offers_are_answered_with_their_tag_and_suite() {
    for (offer, start) in [
        (format!("{}|2^32", line(1, S80, GRANDSTREAM_KEY)), "1 AES_CM_128_HMAC_SHA1_80 inline:"),
        (line(1, S80, ZOIPER_KEY), "1 AES_CM_128_HMAC_SHA1_80 inline:"),
        (line(999_999_999, S32, ZOIPER_KEY), "999999999 AES_CM_128_HMAC_SHA1_32 inline:"),
        (format!("{}|2^31 WSH=128 KDR=0 -FOO", line_80(2)), "2 AES_CM_128_HMAC_SHA1_80 inline:"),
    ] {
        let answer = agree(&mut answerer(), &offer);
        assert!(answer.starts_with(start), "{answer}");
        assert!(!answer.contains('|') && answer.split(' ').count() == 3, "{answer}");
        assert_ne!(key_of(&answer), key_of(&offer));
    }
}

#[test]
fn answer_repeats_the_old_spelling_of_the_offer() {
    let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ";
    let answer = agree(&mut answerer(), &line(5, "AES_CM_256_HMAC_SHA1_80", key));
    assert!(answer.starts_with("5 AES_CM_256_HMAC_SHA1_80 inline:"), "{answer}");
}

#[test]
fn offer_that_is_processed_twice_gives_the_same_answer() {
    let mut negotiation = answerer();
    assert_eq!(process(&mut negotiation, line_80(1).as_bytes()), Ok(Outcome::Pending));
    let first = snapshot(&negotiation);
    assert_eq!(process(&mut negotiation, line_80(1).as_bytes()), Ok(Outcome::Pending));
    assert_eq!(snapshot(&negotiation), first);
    negotiation.commit();
    assert_eq!(process(&mut negotiation, line_80(1).as_bytes()), Ok(Outcome::Unchanged));
    assert!(negotiation.pending().is_none());
    assert_eq!(ours(&negotiation), first[0]);
}

#[test]
fn first_usable_line_of_an_offer_wins_both_times() {
    let settings = Settings { accept: vec![AesCm128HmacSha1_80], ..Settings::default() };
    let mut negotiation = Negotiation::new(settings);
    for outcome in [Outcome::Pending, Outcome::Unchanged] {
        let refused = process(&mut negotiation, line(1, S32, ZOIPER_KEY).as_bytes()).unwrap_err();
        assert_eq!(refused.error, Error::SuiteNotAllowed);
        assert_eq!(process(&mut negotiation, line_80(2).as_bytes()), Ok(outcome));
        negotiation.commit();
    }
    assert!(ours(&negotiation).starts_with("2 "));
}

#[test]
fn offer_has_a_line_and_a_key_for_each_suite() {
    let suites: Vec<CryptoSuite> = CryptoSuite::all().collect();
    let negotiation = offerer(&suites);
    assert_eq!(negotiation.lines(), suites.len());
    let lines = snapshot(&negotiation);
    for (n, suite) in suites.iter().enumerate() {
        assert!(lines[n].starts_with(&format!("{} {suite} inline:", n + 1)), "{}", lines[n]);
        assert!(!lines[..n].iter().any(|other| key_of(other) == key_of(&lines[n])));
    }
    assert!(negotiation.line(suites.len()).is_none());
}

#[test]
fn offer_without_suites_or_with_one_twice_or_a_second_offer_is_refused() {
    let mut negotiation =
        Negotiation::new(Settings { accept: vec![AesCm128HmacSha1_80], ..Settings::default() });
    for (suites, error) in [
        (vec![], Error::BadArgument),
        (vec![AesCm128HmacSha1_80; 2], Error::BadArgument),
        (vec![AesCm128HmacSha1_80, AeadAes256Gcm], Error::SuiteNotAllowed),
    ] {
        assert_eq!(negotiation.offer(&suites, &mut fresh), Err(error));
        assert_eq!(negotiation.lines(), 0);
    }
    negotiation.offer(&[AesCm128HmacSha1_80], &mut fresh).unwrap();
    let before = snapshot(&negotiation);
    assert_eq!(negotiation.offer(&[AesCm128HmacSha1_80], &mut fresh), Err(Error::BadState));
    assert_eq!(snapshot(&negotiation), before);
}

#[test]
fn answer_picks_the_key_of_the_offered_line() {
    let mut negotiation = offerer(&[AesCm128HmacSha1_80, AesCm128HmacSha1_32]);
    let offered = negotiation.line(1).unwrap().to_string();
    assert_eq!(agree(&mut negotiation, &line(2, S32, ZOIPER_KEY)), offered);
    assert_eq!(negotiation.current().unwrap().suite, AesCm128HmacSha1_32);
}

#[test]
fn answer_with_a_foreign_tag_or_suite_is_refused() {
    let mut negotiation = offerer(&[AesCm128HmacSha1_80, AesCm128HmacSha1_32]);
    let before = snapshot(&negotiation);
    for (answer, error, sentence) in [
        (
            line_80(3),
            Error::AnswerTag,
            "crypto line 3 refused: its tag was not offered; the answer must repeat one of 1, 2",
        ),
        (
            line_80(2),
            Error::AnswerSuite,
            "crypto line 2 refused: the answer says AES_CM_128_HMAC_SHA1_80 where AES_CM_128_HMAC_SHA1_32 \
             was offered under this tag",
        ),
    ] {
        let refusal = process(&mut negotiation, answer.as_bytes()).unwrap_err();
        assert_eq!((refusal.error, refusal.to_string().as_str()), (error, sentence));
        assert_eq!(snapshot(&negotiation), before);
    }
}

#[test]
fn fork_may_answer_another_line() {
    let mut negotiation = offerer(&[AesCm128HmacSha1_80, AesCm128HmacSha1_32]);
    let offered = snapshot(&negotiation);
    assert_eq!(agree(&mut negotiation, &line_80(1)), offered[0]);
    assert_eq!(agree(&mut negotiation, &line(2, S32, GRANDSTREAM_KEY)), offered[1]);
    assert_eq!(agree(&mut negotiation, &line_80(1)), offered[0], "the first fork answers again");
    assert_eq!(
        agree(&mut negotiation, &line(1, S80, GRANDSTREAM_KEY)),
        offered[0],
        "a fork on the same line"
    );
}

#[test]
fn offered_keys_do_not_come_back_after_a_later_exchange() {
    let mut negotiation = offerer(&[AesCm128HmacSha1_80]);
    let first = agree(&mut negotiation, &line_80(1));
    let second = agree(&mut negotiation, &line(1, S32, ZOIPER_KEY));
    let third = agree(&mut negotiation, &line_80(1));
    assert!(key_of(&first) != key_of(&second) && key_of(&first) != key_of(&third));
}

#[test]
fn peer_only_rekey_keeps_our_key() {
    for mut negotiation in [answerer(), offerer(&[AesCm128HmacSha1_80])] {
        let before = agree(&mut negotiation, &line_80(1));
        assert_eq!(agree(&mut negotiation, &line(1, S80, GRANDSTREAM_KEY)), before);
        let remote = &negotiation.current().unwrap().remote;
        assert!(remote[0].master_key.key_and_salt().starts_with(&[0x3f, 0x39]), "the new key");
    }
}

#[test]
fn same_key_with_another_suite_is_a_change_with_a_fresh_key() {
    let mut negotiation = answerer();
    let before = agree(&mut negotiation, &line(2, S80, ZOIPER_KEY));
    let after = agree(&mut negotiation, &line(1, S32, ZOIPER_KEY));
    assert!(after.starts_with("1 AES_CM_128_HMAC_SHA1_32 "), "{after}");
    assert_ne!(key_of(&before), key_of(&after));
    assert_eq!(agree(&mut negotiation, &line(1, S80, ZOIPER_KEY)).len(), before.len());
}

#[test]
fn changed_lifetime_or_spelling_is_a_change_that_keeps_our_key() {
    let mut negotiation = answerer();
    let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ";
    let offer = line(1, "AES_256_CM_HMAC_SHA1_80", key);
    let answers = [
        agree(&mut negotiation, &offer),
        agree(&mut negotiation, &format!("{offer}|2^20")),
        agree(&mut negotiation, &line(1, "AES_CM_256_HMAC_SHA1_80", key)),
    ];
    assert!(answers.iter().all(|answer| key_of(answer) == key_of(&answers[0])));
    assert!(answers[2].starts_with("1 AES_CM_256_HMAC_SHA1_80 "), "{}", answers[2]);
}

#[test]
fn another_tag_for_the_same_suite_keeps_our_key() {
    let mut negotiation = answerer();
    let before = agree(&mut negotiation, &line_80(1));
    let after = agree(&mut negotiation, &line_80(4));
    assert!(after.starts_with("4 "), "{after}");
    assert_eq!(key_of(&before), key_of(&after));
}

#[test]
fn our_own_key_sent_back_is_refused() {
    let mut negotiation = offerer(&[AesCm128HmacSha1_80, AesCm128HmacSha1_32]);
    let offered = snapshot(&negotiation);
    let other = format!("1 {S80} inline:{}", key_of(&offered[1]));
    for answer in [&offered[0], &offered[1], &other] {
        let refusal = process(&mut negotiation, answer.as_bytes()).unwrap_err();
        assert_eq!(refusal.error, Error::KeyReflected);
    }
    assert_eq!(snapshot(&negotiation), offered);
    agree(&mut negotiation, &line_80(1));
    assert_eq!(process(&mut negotiation, offered[0].as_bytes()).unwrap_err().error, Error::KeyReflected);
}

#[test]
fn pending_selection_is_replaced_dropped_or_kept_by_what_comes_next() {
    let mut negotiation = answerer();
    let agreed = agree(&mut negotiation, &line_80(1));
    let (changed, again) = (line(1, S32, ZOIPER_KEY), line_80(1));
    assert_eq!(process(&mut negotiation, changed.as_bytes()), Ok(Outcome::Pending));
    let pending = snapshot(&negotiation);
    assert!(process(&mut negotiation, b"1").is_err());
    assert_eq!(snapshot(&negotiation), pending, "a refused line keeps it");
    assert_eq!(process(&mut negotiation, again.as_bytes()), Ok(Outcome::Unchanged));
    assert_eq!(ours(&negotiation), agreed, "what is agreed drops it");
    assert_eq!(process(&mut negotiation, changed.as_bytes()), Ok(Outcome::Pending));
    negotiation.discard();
    assert_eq!(ours(&negotiation), agreed);
    negotiation.commit();
    assert_eq!(ours(&negotiation), agreed, "nothing to commit");
}
