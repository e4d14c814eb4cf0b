//! What holds for any attribute and for any bytes.

use crate::support::{fresh, line_80, process, snapshot};
use proptest::prelude::*;
use voxseal::sdes::{
    self, AttrTag, CryptoAttribute, FecOrder, KeyParam, Lifetime, Mki, Negotiation, SessionParam, Settings,
    SuiteSpelling,
};
use voxseal::secret::MasterKey;
use voxseal::suite::CryptoSuite;

type Raw = (u32, usize, bool, Vec<([u8; 46], Option<u64>)>, Option<(usize, u8)>, u16);

fn raw_attribute() -> impl Strategy<Value = Raw> {
    let key = (prop::array::uniform(1..=u8::MAX), prop::option::of(0..=1u64 << 48));
    let mki = prop::option::of((1..=128usize, any::<u8>()));
    (0..=AttrTag::MAX, 0..8usize, any::<bool>(), prop::collection::vec(key, 1..5), mki, any::<u16>())
}

fn attribute((tag, suite, old, mut keys, mki, bits): Raw) -> CryptoAttribute {
    let suite = CryptoSuite::all().nth(suite).unwrap();
    let old = old && suite.params().old_name.is_some();
    if mki.is_none() {
        keys.truncate(1);
    }
    let keys = keys.iter().zip(1..).map(|((bytes, lifetime), number)| KeyParam {
        master_key: MasterKey::new(suite, &bytes[..suite.key_salt_len()]).unwrap(),
        // Small numbers stand for exponents, so that both spellings occur.
        lifetime: lifetime.and_then(|packets| match packets {
            0..=48 => Lifetime::power_of_two(packets.try_into().unwrap()),
            packets if packets.is_multiple_of(2) => Lifetime::power_of_two((packets % 49) as u8),
            packets => Lifetime::decimal(packets),
        }),
        mki: mki.and_then(|(len, fill)| {
            let mut bytes = vec![fill; len];
            bytes[len - 1] = number;
            Mki::new(&bytes)
        }),
    });
    CryptoAttribute {
        attr_tag: AttrTag::new(tag).unwrap(),
        suite,
        spelling: if old { SuiteSpelling::Old } else { SuiteSpelling::Registered },
        keys: keys.collect(),
        session_params: session_params(suite, bits),
    }
}

fn session_params(suite: CryptoSuite, bits: u16) -> Vec<SessionParam> {
    let fec_key = MasterKey::new(suite, &vec![9; suite.key_salt_len()]).unwrap();
    let all = [
        SessionParam::Kdr((bits % 25) as u8),
        SessionParam::UnencryptedSrtp,
        SessionParam::UnencryptedSrtcp,
        SessionParam::UnauthenticatedSrtp,
        SessionParam::Wsh(64 + u32::from(bits)),
        SessionParam::IgnoredExtension("X=1".into()),
        SessionParam::Unknown("Y=2".to_owned().into()),
        SessionParam::FecOrder(if bits.is_multiple_of(2) { FecOrder::FecSrtp } else { FecOrder::SrtpFec }),
        SessionParam::FecKey(vec![KeyParam::bare(fec_key)]),
    ];
    let chosen = |position: usize| bits & (1 << position) != 0 || (position == 7 && bits & (1 << 8) != 0);
    all.into_iter().enumerate().filter(|(position, _)| chosen(*position)).map(|(_, param)| param).collect()
}

/// Negotiations in each of their states.
fn states() -> Vec<Negotiation> {
    let settings = Settings::default;
    let suites = [CryptoSuite::AesCm128HmacSha1_80, CryptoSuite::AeadAes256Gcm];
    let mut states = Vec::new();
    for (offers, processes, commits) in [
        (false, false, false),
        (true, false, false),
        (false, true, false),
        (true, true, false),
        (false, true, true),
    ] {
        let mut negotiation = Negotiation::new(settings());
        if offers {
            negotiation.offer(&suites, &mut fresh).unwrap();
        }
        if processes {
            process(&mut negotiation, line_80(1).as_bytes()).unwrap();
        }
        if commits {
            negotiation.commit();
        }
        states.push(negotiation);
    }
    states
}

/// Feeds a line to a negotiation in each state; a refusal must change nothing.
fn feed(line: &[u8]) {
    for mut negotiation in states() {
        let before = snapshot(&negotiation);
        if let Err(refusal) = process(&mut negotiation, line) {
            assert_eq!(snapshot(&negotiation), before, "{refusal}");
            let sentence = refusal.to_string();
            assert!(sentence.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{sentence}");
        }
    }
}

proptest! {
    #[test]
    fn writing_and_parsing_gives_an_equal_attribute(raw in raw_attribute()) {
        let written = attribute(raw);
        let text = written.write();
        let read = sdes::parse(text.as_bytes()).map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
        prop_assert_eq!(read.write(), text.clone());
        prop_assert_eq!(
            (read.attr_tag, read.suite, read.spelling),
            (written.attr_tag, written.suite, written.spelling)
        );
        prop_assert!(read.keys.len() == written.keys.len());
        prop_assert!(read.keys.iter().zip(&written.keys).all(|(one, two)| one.same_as(two)));
        prop_assert_eq!(read.session_params.len(), written.session_params.len());
        feed(text.as_bytes());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        feed(&bytes);
    }

    #[test]
    fn arbitrary_words_in_place_of_each_field_never_panic(
        fields in prop::collection::vec("[ -~]{0,60}", 0..6),
        keep in 0..4usize,
    ) {
        let good = line_80(1);
        let start = good.split(' ').take(keep).map(str::to_owned);
        feed(start.chain(fields).collect::<Vec<_>>().join(" ").as_bytes());
    }

    #[test]
    fn one_changed_byte_is_accepted_or_changes_nothing(
        raw in raw_attribute(),
        position in any::<prop::sample::Index>(),
        value in any::<u8>(),
    ) {
        let text = attribute(raw).write();
        let mut bytes = text.as_bytes().to_vec();
        let position = position.index(bytes.len());
        bytes[position] = value;
        feed(&bytes);
        feed(&bytes[..position]);
    }
}
