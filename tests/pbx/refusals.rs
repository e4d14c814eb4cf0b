//! Offers that must be refused, sent as real INVITEs: the caller gets 488, the log says why, the PBX lives on.

use crate::notation::unescape;
use std::time::Duration;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::libsrtp::RigSuite;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::scenarios::suite_to_echo;
use voxseal_rig::wait::PATIENCE;

/// What our module's log line for a refused attribute contains, before the reason.
const REFUSED: &str = " refused: ";

/// The log lines of refused attributes.
fn refusals(pbx: &Pbx) -> Vec<String> {
    let log = pbx.log();
    log.lines()
        .filter(|line| line.contains("crypto line") && line.contains(REFUSED))
        .map(str::to_owned)
        .collect()
}

/// Past this a SIP message does not fit the PBX's buffer, and its transport may drop the connection instead.
const MOST_BYTES: usize = 30_000;

#[test]
fn every_bad_attribute_gets_488_and_a_reason_and_the_next_call_works() {
    let pbx = Pbx::start(PbxConfig::new("refusals", Module::Ours).unwrap()).unwrap();
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut wrong = Vec::new();
    let mut expected_reasons = 0;
    for (number, line) in bad_attributes() {
        // Other control characters than a tab are not SDP: the PBX may refuse the message before it looks at keys.
        let plain = line.len() <= MOST_BYTES && line.iter().all(|byte| *byte >= 0x20 && *byte < 0x7f);
        // To what is not plain there may be no answer.
        caller.ua.patience = if plain { PATIENCE } else { Duration::from_secs(1) };
        expected_reasons += usize::from(plain);
        match caller.offer("echo", &[&line]) {
            // The PBX cuts a value at a zero byte, and what is left may be good.
            Ok((mut dialog, answer)) if answer.status() == Some(200) && line.contains(&0) => {
                caller.ua.bye(&mut dialog).unwrap();
            }
            Ok((_, answer)) => match answer.status() {
                Some(488) => {}
                Some(400..=699) if !plain => {}
                status => wrong.push(format!("line {number}: answered with {status:?}")),
            },
            Err(error) if plain => wrong.push(format!("line {number}: {error}")),
            Err(_) => {}
        }
        assert!(pbx.alive(), "the PBX died of line {number} of sdes_bad.txt");
        if !plain {
            caller = Caller::connect(&pbx).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let reasons = refusals(&pbx).len();
    assert!(reasons >= expected_reasons, "{reasons} reasons in the log for {expected_reasons} refusals");
    suite_to_echo(&pbx, RigSuite::named("AES_CM_128_HMAC_SHA1_80").unwrap(), 20).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn a_refusal_says_why_and_shows_no_key() {
    let pbx = Pbx::start(PbxConfig::new("reason", Module::Ours).unwrap()).unwrap();
    let mut caller = Caller::connect(&pbx).unwrap();
    let half_key = b"1 AES_CM_128_HMAC_SHA1_80 inline:WpjkRMJa2SxB/MF0MKkd";
    let (_, answer) = caller.offer("echo", &[half_key]).unwrap();
    assert_eq!(answer.status(), Some(488));
    pbx.wait_for_log("crypto line", PATIENCE).unwrap();
    let line = refusals(&pbx).pop().unwrap();
    let (_, reason) = line.split_once(REFUSED).unwrap();
    assert!(reason.len() > 10, "no reason in: {line}");
    assert!(!pbx.log().contains("WpjkRMJa2SxB"), "the log shows a key");
    pbx.stop().unwrap();
}

#[test]
fn a_refused_line_before_one_that_is_taken_is_logged_once_though_the_host_reads_the_offer_twice() {
    let pbx = Pbx::start(PbxConfig::new("once", Module::Ours).unwrap()).unwrap();
    let mut caller = Caller::connect(&pbx).unwrap();
    let good = Offer::named(2, "AES_CM_128_HMAC_SHA1_80").unwrap();
    let bad: &[u8] = b"1 AES_CM_128_HMAC_SHA1_80 inline:c2hvcnQ=";
    let (mut dialog, answer) = caller.offer("echo", &[bad, good.line.as_bytes()]).unwrap();
    assert_eq!(answer.status(), Some(200));
    // Both readings have been done once the call has ended.
    caller.ua.bye(&mut dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    assert_eq!(refusals(&pbx).len(), 1, "{:?}", refusals(&pbx));
    // Another call, another line in the log.
    let (mut dialog, _) = caller.offer("echo", &[bad, good.line.as_bytes()]).unwrap();
    caller.ua.bye(&mut dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    assert_eq!(refusals(&pbx).len(), 2, "{:?}", refusals(&pbx));
    pbx.stop().unwrap();
}

#[test]
fn an_offer_without_keys_is_refused() {
    let pbx = Pbx::start(PbxConfig::new("no-keys", Module::Ours).unwrap()).unwrap();
    let mut caller = Caller::connect(&pbx).unwrap();
    assert_eq!(caller.offer("echo", &[]).unwrap().1.status(), Some(488));
    pbx.stop().unwrap();
}

/// The lines of `tests/vectors/sdes_bad.txt` with their numbers: an error, a tab, an attribute value in which `\xNN`
/// is a byte and `{A*100}` is a repeat.
fn bad_attributes() -> Vec<(usize, Vec<u8>)> {
    let text = include_str!("../vectors/sdes_bad.txt");
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.is_empty());
    lines.map(|(nth, line)| (nth + 1, unescape(line.split_once('\t').unwrap().1))).collect()
}
