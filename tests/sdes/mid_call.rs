//! What is said of our keys in mid-call, when nobody says whether a line is an offer or an answer.

use crate::dialects::{offerer, take, with};
use crate::support::{GRANDSTREAM_KEY, line, line_80, process};
use voxseal::sdes::{Answer, Outcome, Settings};

#[test]
fn what_our_offer_said_of_its_keys_stays_while_the_peer_says_the_same_of_its_own() {
    for (mki_len, keys, theirs) in [(0, 1, "|1:1"), (1, 1, ""), (1, 2, ""), (1, 2, "|7:4"), (0, 1, "|2^31")] {
        for answer in [Answer::Omit, Answer::Mirror, Answer::Own] {
            let settings = Settings {
                mki_len,
                keys,
                mki_in_answer: answer,
                lifetime_in_answer: answer,
                ..Settings::default()
            };
            let mut negotiation = offerer(settings);
            let offered = negotiation.line(0).unwrap().to_string();
            let theirs = format!("{}{theirs}", line_80(1));
            assert_eq!(take(&mut negotiation, &theirs), offered, "{answer:?}");
            // Answered once more in the call, or offered by the peer.
            let outcome = process(&mut negotiation, theirs.as_bytes());
            assert_eq!(outcome, Ok(Outcome::Unchanged), "{answer:?}, {offered}, {theirs}");
        }
    }
}

#[test]
fn several_keys_keep_their_mkis_when_the_peer_gives_up_its_own() {
    let settings = Settings { mki_len: 1, keys: 2, mki_in_answer: Answer::Mirror, ..Settings::default() };
    for mut negotiation in [with(settings.clone()), offerer(settings)] {
        let ours = take(&mut negotiation, &format!("{}|7:1", line_80(1)));
        assert_eq!(ours.matches(":1").count(), 2, "{ours}");
        assert_eq!(take(&mut negotiation, &line_80(1)), ours);
    }
}

#[test]
fn a_fork_gets_the_keys_as_they_were_offered_to_it() {
    let settings = Settings { mki_len: 1, ..Settings::default() };
    let mut negotiation = offerer(settings);
    let offered = [0, 1].map(|n| negotiation.line(n).unwrap().to_string());
    assert_eq!(take(&mut negotiation, &line_80(1)), offered[0]);
    assert_eq!(take(&mut negotiation, &line(2, "AES_CM_128_HMAC_SHA1_32", GRANDSTREAM_KEY)), offered[1]);
    assert_eq!(take(&mut negotiation, &line_80(1)), offered[0]);
}

#[test]
fn a_fork_on_the_same_line_whose_own_key_has_an_mki_gets_what_was_offered() {
    for (mki_len, first, fork) in [(0, "", "|1:1"), (1, "|1:1", "")] {
        let mut negotiation = offerer(Settings { mki_len, ..Settings::default() });
        let offered = negotiation.line(0).unwrap().to_string();
        assert_eq!(take(&mut negotiation, &format!("{}{first}", line_80(1))), offered);
        let fork = format!("{}{fork}", line(1, "AES_CM_128_HMAC_SHA1_80", GRANDSTREAM_KEY));
        assert_eq!(take(&mut negotiation, &fork), offered);
    }
}
