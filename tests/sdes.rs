//! Crypto attributes (RFC 4568) from the outside: the vector files, the
//! sentences of refusals, negotiations, and what holds for any input.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests state their expectations by unwrapping, like the tests"
)]

#[path = "sdes/dialects.rs"]
mod dialects;
#[path = "sdes/mid_call.rs"]
mod mid_call;
#[path = "sdes/negotiation.rs"]
mod negotiation;
#[path = "vectors/notation.rs"]
mod notation;
#[path = "sdes/parameters.rs"]
mod parameters;
#[path = "sdes/properties.rs"]
mod properties;
#[path = "sdes/support.rs"]
mod support;

use notation::unescape;
use support::{ZOIPER_KEY, data_lines, fresh, process};
use voxseal::error::Error;
use voxseal::sdes::{self, MAX_LINE_LEN, MkiSupport, Negotiation, Settings};
use voxseal::suite::CryptoSuite;

const GOOD: &str = include_str!("vectors/sdes_good.txt");
const BAD: &str = include_str!("vectors/sdes_bad.txt");

fn bad_lines() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    data_lines(BAD).map(|line| {
        let (error, line) = line.split_once('\t').unwrap();
        (error, unescape(line))
    })
}

#[test]
fn good_lines_are_read_and_written_back() {
    let lines: Vec<&str> = data_lines(GOOD).collect();
    assert!(lines.len() >= 70, "{}", lines.len());
    for (position, line) in lines.iter().enumerate() {
        if line.starts_with("= ") {
            continue;
        }
        let canonical = lines.get(position + 1).and_then(|next| next.strip_prefix("= ")).unwrap_or(line);
        let attribute = sdes::parse(&unescape(line)).unwrap_or_else(|refusal| panic!("{line}: {refusal}"));
        assert_eq!(attribute.write().as_str(), canonical);
    }
}

#[test]
fn bad_lines_are_refused_with_their_error_and_change_nothing() {
    let mut count = 0;
    for (error, line) in bad_lines() {
        let mut negotiation = Negotiation::new(Settings::default());
        let refusal = process(&mut negotiation, &line).err();
        let shown = String::from_utf8_lossy(&line[..line.len().min(200)]);
        let refusal = refusal.unwrap_or_else(|| panic!("accepted: {shown}"));
        assert_eq!(format!("{:?}", refusal.error), error, "{shown}");
        assert_eq!(negotiation.lines(), 0, "{shown}");
        assert!(negotiation.pending().is_none() && negotiation.current().is_none(), "{shown}");
        count += 1;
    }
    assert!(count >= 60, "{count}");
}

#[test]
fn refusals_are_one_printable_sentence_without_any_part_of_a_key() {
    for (_, line) in bad_lines() {
        let mut negotiation = Negotiation::new(Settings::default());
        let sentence = process(&mut negotiation, &line).unwrap_err().to_string();
        assert!(sentence.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{sentence}");
        assert!(sentence.starts_with("crypto line ") && !sentence.ends_with('.'), "{sentence}");
        assert!(sentence.len() < 300, "{sentence}");
        // Eight characters in a row that the line has behind an "inline".
        let text = String::from_utf8_lossy(&line).into_owned();
        let key_text = text.find(ZOIPER_KEY.get(..10).unwrap()).map_or("", |start| &text[start..]);
        let mut windows = key_text.as_bytes().windows(8).take(33);
        assert!(!windows.any(|part| sentence.contains(&*String::from_utf8_lossy(part))), "{sentence}");
    }
}

fn sentence(settings: Settings, line: &str) -> String {
    process(&mut Negotiation::new(settings), line.as_bytes()).unwrap_err().to_string()
}

#[test]
fn sentences_say_cause_and_remedy() {
    let key = ZOIPER_KEY;
    let half = &key[..20];
    let zeros = "A".repeat(40);
    let suite = "AES_CM_128_HMAC_SHA1_80";
    for (line, expected) in [
        (String::new(), "crypto line refused: the line is empty".into()),
        (
            format!("123456789012 {suite} inline:{key}"),
            "crypto line refused: the tag is not a number of 1 to 9 digits without leading zeros".into(),
        ),
        (
            format!("3 F8_128_HMAC_SHA1_80 inline:{key}"),
            format!("crypto line 3 refused: crypto-suite F8_128_HMAC_SHA1_80 is not supported; the peer must offer another one, such as {suite}"),
        ),
        (
            format!("1 {suite} inline:{half}"),
            format!("crypto line 1 refused: key and salt are 15 bytes long, {suite} needs 30"),
        ),
        (
            format!("1 {suite} inline:{zeros}"),
            "crypto line 1 refused: the master key is all zeros; the peer must send a random one".into(),
        ),
        (
            format!("2 {suite} inline:{key}|2^16"),
            "crypto line 2 refused: lifetime 2^16 is below the minimum 2^20 (min_lifetime)".into(),
        ),
        (
            format!("1 {suite} inline:{key} UNENCRYPTED_SRTP"),
            "crypto line 1 refused: UNENCRYPTED_SRTP would leave the media readable; switch encryption on at the peer".into(),
        ),
        (
            format!("1 {suite} inline:{key} UNENCRYPTED_SRTCP"),
            "crypto line 1 refused: UNENCRYPTED_SRTCP would leave RTCP readable; switch RTCP encryption on at the peer".into(),
        ),
        (
            format!("1 {suite} inline:{key} UNAUTHENTICATED_SRTP"),
            "crypto line 1 refused: UNAUTHENTICATED_SRTP would let anyone forge and replay media, which no setting allows; switch authentication on at the peer".into(),
        ),
        (
            format!("1 {suite} inline:{key} FEC_ORDER=FEC_SRTP"),
            "crypto line 1 refused: FEC_ORDER: forward error correction is not supported".into(),
        ),
        (
            format!("1 {suite} inline:{key} FEC_KEY=inline:{key} FEC_ORDER=SRTP_FEC"),
            "crypto line 1 refused: FEC_KEY: forward error correction is not supported".into(),
        ),
        (
            format!("1 {suite} inline:{key} FOO=1"),
            "crypto line 1 refused: session parameter FOO is not known, and only those with a dash may be ignored".into(),
        ),
        (
            // A misplaced key is not quoted.
            format!("1 {suite} inline:{key} {}", key.replace('/', "x")),
            "crypto line 1 refused: session parameter is not known, and only those with a dash may be ignored".into(),
        ),
        (
            format!("7 {suite} inline:{key}\0"),
            "crypto line 7 refused: byte 74 is 0x00; only printable ASCII is allowed".into(),
        ),
        (
            format!("7 {}", "x".repeat(5000)),
            format!("crypto line 7 refused: it is 5002 bytes long, more than the {MAX_LINE_LEN} that are read"),
        ),
    ] {
        assert_eq!(sentence(Settings::default(), &line), expected);
    }
}

#[test]
fn settings_decide_on_suites_lifetimes_and_mki() {
    let suites = vec![CryptoSuite::AesCm128HmacSha1_32, CryptoSuite::AeadAes128Gcm];
    assert_eq!(
        sentence(Settings { accept: suites, ..Settings::default() }, &support::line_80(4)),
        "crypto line 4 refused: crypto-suite AES_CM_128_HMAC_SHA1_80 is not allowed here; \
         allowed: AES_CM_128_HMAC_SHA1_32, AEAD_AES_128_GCM"
    );
    let odd = Settings { min_lifetime: 1_900_000, ..Settings::default() };
    assert_eq!(
        sentence(odd, &format!("{}|1048577", support::line_80(1))),
        "crypto line 1 refused: lifetime 1048577 is below the minimum 1900000 (min_lifetime)"
    );
    assert_eq!(
        sentence(
            Settings { mki: MkiSupport::Refuse, ..Settings::default() },
            &format!("{}|1:4", support::line_80(2))
        ),
        "crypto line 2 refused: its key has an MKI, which is not allowed here; switch MKI off on the peer"
    );
    let minimum = format!("{}|2^20", support::line_80(1));
    assert!(process(&mut Negotiation::new(Settings::default()), minimum.as_bytes()).is_ok());
    let any = Settings { min_lifetime: 0, ..Settings::default() };
    let mut negotiation = Negotiation::new(any);
    process(&mut negotiation, format!("{}|1|7:2", support::line_80(1)).as_bytes()).unwrap();
    let remote = &negotiation.pending().unwrap().remote;
    assert_eq!(remote[0].mki.as_ref().unwrap().bytes(), [0, 7]);
    assert_eq!(remote[0].lifetime.unwrap().packets(), 1);
    assert!(
        negotiation.line(0).unwrap().ends_with("|1:2"),
        "an answer mirrors the MKI and omits the lifetime"
    );
}

#[test]
fn random_source_that_fails_refuses_the_line() {
    let mut negotiation = Negotiation::new(Settings::default());
    let refusal =
        negotiation.process(support::line_80(1).as_bytes(), &mut |_| Err(Error::Random)).unwrap_err();
    assert_eq!(refusal.error, Error::Random);
    assert!(negotiation.pending().is_none());
    let suites = [CryptoSuite::AesCm128HmacSha1_80];
    assert_eq!(negotiation.offer(&suites, &mut |_| Err(Error::Random)), Err(Error::Random));
    assert_eq!(negotiation.offer(&suites, &mut |_| Ok(())), Err(Error::KeyAllZero));
    assert_eq!(negotiation.lines(), 0);
    assert_eq!(negotiation.offer(&suites, &mut fresh), Ok(()));
}
