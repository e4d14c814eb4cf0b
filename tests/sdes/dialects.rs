//! What settings make of offers and answers: order, lifetimes, MKIs, numbering, new keys.

use crate::support::{GRANDSTREAM_KEY, ZOIPER_KEY, fresh, line, line_80, process, snapshot};
use voxseal::error::Error;
use voxseal::sdes::{Answer, DEFAULT_OFFER, Lifetime, MAX_VERDICTS, Negotiation, Order, Outcome, Settings};
use voxseal::suite::CryptoSuite::{self, *};

const S80: &str = "AES_CM_128_HMAC_SHA1_80";
const S32: &str = "AES_CM_128_HMAC_SHA1_32";
const GCM: &str = "AEAD_AES_128_GCM";
const GCM_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ";

pub fn with(settings: Settings) -> Negotiation {
    Negotiation::new(settings)
}

pub fn offerer(settings: Settings) -> Negotiation {
    let mut negotiation = with(settings);
    let suites = negotiation.settings().offer.clone();
    negotiation.offer(&suites, &mut fresh).unwrap();
    negotiation
}

pub fn take(negotiation: &mut Negotiation, line: &str) -> String {
    assert_eq!(process(negotiation, line.as_bytes()), Ok(Outcome::Pending), "{line}");
    negotiation.commit();
    negotiation.line(0).unwrap().to_string()
}

fn key_of(line: &str) -> &str {
    line.split_once("inline:").unwrap().1.split('|').next().unwrap()
}

fn said(line: &str) -> &str {
    line.split_once('|').map_or("", |(_, said)| said)
}

fn lifetime(exponent: u8) -> Option<Lifetime> {
    Lifetime::power_of_two(exponent)
}

#[test]
fn four_suites_are_offered_when_nothing_is_set_and_say_nothing_else() {
    let lines = snapshot(&offerer(Settings::default()));
    let bare = |(n, suite): (usize, &CryptoSuite)| format!("{} {suite} inline:", n + 1);
    for (line, start) in lines.iter().zip(DEFAULT_OFFER.iter().enumerate().map(bare)) {
        assert!(line.starts_with(&start) && !line.contains('|'), "{line}");
    }
}

#[test]
fn preferred_suite_comes_first_and_the_others_keep_their_order() {
    let mut negotiation = with(Settings::default());
    negotiation.prefer(AeadAes256Gcm).unwrap();
    let order = [AeadAes256Gcm, AesCm128HmacSha1_80, AesCm128HmacSha1_32, AeadAes128Gcm];
    assert_eq!(negotiation.settings().offer, order);
    assert_eq!(negotiation.prefer(Aes192CmHmacSha1_80), Err(Error::SuiteNotAllowed));
    assert_eq!(negotiation.settings().offer, order);
}

#[test]
fn order_ours_takes_the_line_whose_suite_we_prefer_both_times() {
    let offer = vec![AeadAes128Gcm, AesCm128HmacSha1_80];
    let lines = [line(1, S32, ZOIPER_KEY), line(2, S80, ZOIPER_KEY), line(3, GCM, GCM_KEY)];
    let settings = Settings { offer, order: Order::Ours, ..Settings::default() };
    let mut negotiation = with(settings.clone());
    for outcome in [Outcome::Pending, Outcome::Unchanged] {
        negotiation.survey(lines.iter().map(|line| line.as_bytes()));
        for passed in &lines[..2] {
            let refusal = process(&mut negotiation, passed.as_bytes()).unwrap_err();
            assert_eq!(refusal.error, Error::NotPreferred);
            assert!(
                refusal.to_string().ends_with(
                    "line 3 (AEAD_AES_128_GCM) of the same offer is preferred here (order = ours)"
                ),
                "{refusal}"
            );
        }
        assert_eq!(process(&mut negotiation, lines[2].as_bytes()), Ok(outcome));
        negotiation.commit();
    }
    // Without a survey, and in our own offer's answer, the first usable line is taken.
    assert!(take(&mut with(settings.clone()), &lines[0]).starts_with("1 "));
    let mut asked = offerer(settings);
    asked.survey(lines.iter().map(|line| line.as_bytes()));
    assert!(take(&mut asked, &line(2, S80, ZOIPER_KEY)).starts_with("2 "));
}

#[test]
fn survey_does_not_prefer_a_line_that_cannot_be_used_nor_the_second_of_two_alike() {
    let settings = Settings { offer: vec![AeadAes128Gcm], order: Order::Ours, ..Settings::default() };
    let lines = [
        line(4, S80, ZOIPER_KEY),
        line(2, GCM, "short"),
        format!("{}|2^3", line(3, GCM, GCM_KEY)),
        line_80(7),
    ];
    let mut negotiation = with(settings);
    negotiation.survey(lines.iter().map(|line| line.as_bytes()));
    assert!(take(&mut negotiation, &lines[0]).starts_with("4 "));
}

#[test]
fn lifetime_of_an_answer_is_omitted_mirrored_or_our_own() {
    for (answer, ours, theirs, expected) in [
        (Answer::Omit, lifetime(24), "|2^31", ""),
        (Answer::Mirror, lifetime(24), "|1900000", "1900000"),
        (Answer::Mirror, lifetime(24), "", ""),
        (Answer::Own, lifetime(24), "|2^31", "2^24"),
        (Answer::Own, None, "|2^31", ""),
    ] {
        let settings = Settings { lifetime: ours, lifetime_in_answer: answer, ..Settings::default() };
        let answered = take(&mut with(settings), &format!("{}{theirs}", line_80(1)));
        assert_eq!(said(&answered), expected, "{answer:?} {theirs}");
    }
}

#[test]
fn mki_of_an_answer_is_omitted_mirrored_or_our_own_and_never_added_by_mirroring() {
    for (answer, mki_len, theirs, expected) in [
        (Answer::Omit, 2, "|1:1", ""),
        (Answer::Mirror, 2, "|2^31|7:1", "1:1"),
        (Answer::Mirror, 2, "|9:4", "1:4"),
        (Answer::Mirror, 2, "", ""),
        (Answer::Own, 2, "", "1:2"),
    ] {
        let settings = Settings { mki_len, mki_in_answer: answer, ..Settings::default() };
        let answered = take(&mut with(settings), &format!("{}{theirs}", line_80(1)));
        assert_eq!(said(&answered), expected, "{answer:?} {theirs}");
    }
}

#[test]
fn offer_says_lifetime_and_mki_with_several_keys_where_the_settings_say_so() {
    let settings = Settings {
        offer: vec![AesCm128HmacSha1_80, AeadAes128Gcm],
        lifetime: lifetime(31),
        lifetime_in_offer: true,
        mki_len: 1,
        keys: 2,
        ..Settings::default()
    };
    let negotiation = offerer(settings.clone());
    for (n, mkis) in [["1:1", "2:1"], ["3:1", "4:1"]].into_iter().enumerate() {
        let line = negotiation.line(n).unwrap();
        let keys: Vec<&str> = line.split_once(' ').unwrap().1.split(';').collect();
        assert!(keys.iter().zip(mkis).all(|(key, mki)| key.ends_with(&format!("|2^31|{mki}"))), "{line:?}");
        assert_eq!(keys.len(), 2);
    }
    let quiet = offerer(Settings { lifetime_in_offer: false, mki_len: 0, ..settings });
    assert!(!quiet.line(0).unwrap().contains(['|', ';']));
}

#[test]
fn the_same_offer_with_other_words_keeps_our_key_and_follows_the_words() {
    let settings = Settings { lifetime_in_answer: Answer::Mirror, ..Settings::default() };
    let mut negotiation = with(settings);
    let bare = take(&mut negotiation, &line_80(1));
    let long = take(&mut negotiation, &format!("{}|2^31|1:1", line_80(1)));
    let again = take(&mut negotiation, &line_80(1));
    assert_eq!([said(&bare), said(&long), said(&again)], ["", "2^31|1:1", ""]);
    assert!([&long, &again].iter().all(|line| key_of(line) == key_of(&bare)));
}

#[test]
fn renumbered_answer_is_taken_by_its_suite_only_where_the_settings_say_so() {
    let answer = line(9, S32, ZOIPER_KEY);
    let settings = Settings { renumbered_tags: true, ..Settings::default() };
    let mut tolerant = offerer(settings.clone());
    let offered = tolerant.line(1).unwrap().to_string();
    let ours = take(&mut tolerant, &answer);
    assert_eq!((key_of(&ours), &ours[..2]), (key_of(&offered), "9 "));
    assert_eq!(process(&mut tolerant, answer.as_bytes()), Ok(Outcome::Unchanged), "a repeated answer");

    let mut swapped = offerer(settings.clone());
    let offered = swapped.line(1).unwrap().to_string();
    assert_eq!(
        key_of(&take(&mut swapped, &line(1, S32, ZOIPER_KEY))),
        key_of(&offered),
        "tag of another line"
    );

    let mut strict = offerer(Settings::default());
    assert_eq!(process(&mut strict, answer.as_bytes()).unwrap_err().error, Error::AnswerTag);
    let never_offered = line(9, "AES_192_CM_HMAC_SHA1_80", &"AQEB".repeat(13)[..51]);
    assert!(process(&mut offerer(settings), never_offered.as_bytes()).is_err());
}

#[test]
fn rekey_offers_a_fresh_key_that_counts_once_the_peer_answers() {
    for mut negotiation in [with(Settings::default()), offerer(Settings::default())] {
        assert_eq!(negotiation.rekey(&mut fresh), Err(Error::BadState), "nothing is agreed");
        let before = take(&mut negotiation, &line_80(1));
        let local = |negotiation: &Negotiation| snapshot(negotiation).pop().unwrap();
        let agreed = local(&negotiation);
        negotiation.rekey(&mut fresh).unwrap();
        let renewed = negotiation.line(0).unwrap().to_string();
        negotiation.rekey(&mut fresh).unwrap();
        assert_eq!(negotiation.line(0).unwrap().as_str(), renewed, "asked twice");
        assert_eq!(local(&negotiation), agreed, "the old key stays in use until the answer");
        assert!(renewed[..26] == before[..26] && key_of(&renewed) != key_of(&before));
        // The peer answers with its own key as it was.
        assert_eq!(take(&mut negotiation, &line_80(1)), renewed);
        assert_eq!(process(&mut negotiation, line_80(1).as_bytes()), Ok(Outcome::Unchanged));
        assert_eq!(negotiation.line(0).unwrap().as_str(), renewed);
    }
}

#[test]
fn rekey_that_crosses_an_offer_of_the_peer_is_answered_with_the_fresh_key() {
    let mut negotiation = with(Settings::default());
    take(&mut negotiation, &line_80(1));
    negotiation.rekey(&mut fresh).unwrap();
    let renewed = negotiation.line(0).unwrap().to_string();
    assert_eq!(take(&mut negotiation, &line(1, S80, GRANDSTREAM_KEY)), renewed);
    // Another suite makes the renewed key pointless.
    negotiation.rekey(&mut fresh).unwrap();
    let other = take(&mut negotiation, &line(1, S32, ZOIPER_KEY));
    assert_eq!(negotiation.line(0).unwrap().as_str(), other);
}

#[test]
fn rekey_gives_new_numbers_to_keys_with_mki() {
    let settings = Settings { mki_len: 1, keys: 2, mki_in_answer: Answer::Own, ..Settings::default() };
    let mut negotiation = with(settings);
    let first = take(&mut negotiation, &line_80(1));
    negotiation.rekey(&mut fresh).unwrap();
    let second = take(&mut negotiation, &line_80(1));
    assert!(first.contains("|1:1;") && first.ends_with("|2:1"), "{first}");
    assert!(second.contains("|3:1;") && second.ends_with("|4:1"), "{second}");
}

#[test]
fn a_renewed_key_that_comes_back_is_a_reflection() {
    let mut negotiation = with(Settings::default());
    take(&mut negotiation, &line_80(1));
    negotiation.rekey(&mut fresh).unwrap();
    let ours = negotiation.line(0).unwrap().to_string();
    assert_eq!(process(&mut negotiation, ours.as_bytes()).unwrap_err().error, Error::KeyReflected);
}

#[test]
fn other_rules_are_followed_until_something_was_said() {
    let mut negotiation = with(Settings::default());
    let rules = Settings { offer: vec![AesCm128HmacSha1_32], ..Settings::default() };
    negotiation.use_settings(rules.clone()).unwrap();
    assert_eq!(negotiation.settings(), &rules);
    negotiation.offer(&rules.offer, &mut fresh).unwrap();
    assert_eq!(negotiation.use_settings(Settings::default()), Err(Error::BadState));
}

#[test]
fn every_line_gets_a_verdict_and_the_next_offer_starts_anew() {
    let mut negotiation = with(Settings::default());
    let lines = [line(1, "F8_128_HMAC_SHA1_80", ZOIPER_KEY), format!("{}|2^31|1:1", line_80(2))];
    for ending in ["", ", as agreed before"] {
        for line in &lines {
            _ = process(&mut negotiation, line.as_bytes());
        }
        negotiation.commit();
        let [refused, taken] = negotiation.verdicts() else { panic!("{:?}", negotiation.verdicts()) };
        assert!(refused.starts_with("crypto line 1 refused: crypto-suite F8_128_HMAC_SHA1_80"), "{refused}");
        let expected = format!("crypto line 2 taken: {S80}, lifetime 2^31, MKI of 1 byte{ending}");
        assert_eq!(taken, &expected);
    }
    for n in 0..2 * MAX_VERDICTS {
        assert!(process(&mut negotiation, format!("{n} NONE inline:x").as_bytes()).is_err());
    }
    assert_eq!(negotiation.verdicts().len(), MAX_VERDICTS);
    assert!(negotiation.verdicts().last().unwrap().starts_with("crypto line 63 "));
}
