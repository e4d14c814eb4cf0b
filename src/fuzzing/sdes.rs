//! One line of the peer's SDP.

use super::key_bytes;
use crate::error::Error;
use crate::sdes::{Negotiation, Outcome, Refusal, Settings, parse};
use crate::suite::CryptoSuite;

/// The bytes are a crypto attribute: read, written again, taken as an offer and
/// as an answer.
pub fn crypto_attribute(data: &[u8]) {
    match parse(data) {
        Ok(attribute) => {
            let text = attribute.write();
            let again = parse(text.as_bytes()).expect("what we write we read");
            assert!(*again.write() == **text, "written, read and written it differs");
            assert!(again.attr_tag == attribute.attr_tag && again.suite == attribute.suite);
            assert!(again.keys.len() == attribute.keys.len());
            assert!(again.keys.iter().zip(&attribute.keys).all(|(one, other)| one.same_as(other)));
        }
        Err(refusal) => check(&refusal, data),
    }
    as_offer(data);
    as_answer(data);
}

fn fill(out: &mut [u8]) -> Result<(), Error> {
    out.copy_from_slice(&key_bytes(9, out.len()));
    Ok(())
}

fn as_offer(line: &[u8]) {
    let mut negotiation = Negotiation::new(Settings::default());
    match negotiation.process(line, &mut fill) {
        Ok(outcome) => {
            assert!(outcome == Outcome::Pending && negotiation.lines() == 1);
            let answer = negotiation.line(0);
            let again = negotiation.process(line, &mut fill);
            assert!(again == Ok(Outcome::Pending) && negotiation.line(0) == answer, "twice is as once");
            negotiation.commit();
            assert!(negotiation.process(line, &mut fill) == Ok(Outcome::Unchanged));
        }
        Err(refusal) => {
            check(&refusal, line);
            assert!(negotiation.lines() == 0 && negotiation.pending().is_none());
        }
    }
}

fn as_answer(line: &[u8]) {
    let mut negotiation = Negotiation::new(Settings::default());
    let suites: Vec<CryptoSuite> = CryptoSuite::all().collect();
    let offered = negotiation.offer(&suites, &mut fill).is_ok();
    let lines = negotiation.lines();
    match negotiation.process(line, &mut fill) {
        Ok(_) => {
            let selection = negotiation.pending().expect("an answer that is taken waits");
            assert!(offered, "taken as an offer");
            assert!(
                suites.get((selection.attr_tag.number() as usize).wrapping_sub(1)) == Some(&selection.suite)
            );
            negotiation.discard();
            assert!(negotiation.lines() == lines);
        }
        Err(refusal) => {
            check(&refusal, line);
            assert!(negotiation.lines() == lines && negotiation.pending().is_none());
        }
    }
}

/// The sentence can stand in a log: one short line without a key.
fn check(refusal: &Refusal, line: &[u8]) {
    let text = refusal.to_string();
    assert!(text.len() < 400 && !text.contains(char::is_control), "{text:?}");
    let key = line.windows(7).position(|part| part.eq_ignore_ascii_case(b"inline:"));
    let key = key.and_then(|at| line.get(at + 7..at + 7 + 16));
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'+' || *byte == b'/';
    let key = key.filter(|key| key.iter().all(digit) && key.iter().any(u8::is_ascii_lowercase));
    let key = key.filter(|key| key.iter().any(u8::is_ascii_uppercase));
    let shown = key.and_then(|key| core::str::from_utf8(key).ok()).is_some_and(|key| text.contains(key));
    assert!(!shown, "a key in a log: {text}");
}
