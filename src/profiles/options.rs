//! The table of options: name, values, meaning, and how a value is read and shown.

use super::policy::{MediaPolicy, Requirement};
use super::rules::{Primitives, Rules, spell};
use super::sentence::{Refused, near_miss, quote};
use super::values::{self, Fault, Read, number, show_word, word, yes_or_no};
use crate::sdes::{Answer, MAX_MKI_LEN, MAX_OWN_KEYS, MkiSupport, Order};
use crate::suite::CryptoSuite;
use std::sync::Arc;

/// One option of a settings file.
pub struct ConfigOption {
    /// Its name.
    pub name: &'static str,
    /// Its values, in words: "… is not" this.
    pub values: &'static str,
    /// What it decides.
    pub meaning: &'static str,
    read: fn(&str) -> Read<Change>,
    show: fn(&Rules) -> Option<String>,
}

/// A value that was read: what it does to the rules.
pub(super) type Change = Arc<dyn Fn(&mut Rules) + Send + Sync>;

impl ConfigOption {
    /// Its value in `rules`; `None` for those that only a profile's section has.
    pub fn show(&self, rules: &Rules) -> Option<String> {
        (self.show)(rules)
    }

    /// Whether it stands in the sections of profiles alone, not in `[general]`.
    pub fn of_profiles_alone(&self) -> bool {
        self.show(&Rules::default()).is_none()
    }

    /// Whether it stands in `[general]` alone, as it holds for all calls at once.
    pub fn of_general_alone(&self) -> bool {
        OF_GENERAL.iter().any(|option| option.name == self.name)
    }

    /// Reads a value.
    pub(super) fn read(&self, value: &str) -> Result<Change, Refused> {
        (self.read)(value).map_err(|fault| match fault {
            Fault::NoSuchValue => Refused::new(self.name, format!("{} is not {}", quote(value), self.values)),
            Fault::Because(cause) => Refused::new(self.name, cause),
        })
    }
}

/// Every option, in the order of the documentation.
pub fn options() -> impl Iterator<Item = &'static ConfigOption> {
    OPTIONS.iter().chain(&OF_GENERAL).chain(&OF_PROFILES)
}

/// The option with this name, in any case.
pub(super) fn option(name: &str) -> Result<&'static ConfigOption, Refused> {
    options().find(|option| option.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        let hint = near_miss(name, options().map(|option| option.name));
        Refused::new(&quote(name), format!("there is no such option{hint}; docs/settings.md lists them all"))
    })
}

fn change(change: impl Fn(&mut Rules) + Send + Sync + 'static) -> Read<Change> {
    Ok(Arc::new(change))
}

const ORDERS: [(&str, Order); 2] = [("theirs", Order::Theirs), ("ours", Order::Ours)];
const ANSWERS: [(&str, Answer); 3] =
    [("omit", Answer::Omit), ("mirror", Answer::Mirror), ("own", Answer::Own)];
const MKIS: [(&str, MkiSupport); 2] = [("accept", MkiSupport::Accept), ("refuse", MkiSupport::Refuse)];
const ACCEPT: [(&str, bool); 2] = [("refuse", false), ("accept", true)];
const YES: [(&str, bool); 2] = [("no", false), ("yes", true)];
const REQUIREMENTS: [(&str, Requirement); 3] =
    [("no", Requirement::No), ("warn", Requirement::Warn), ("yes", Requirement::Yes)];
const MEDIA_POLICIES: [(&str, MediaPolicy); 4] = [
    ("host", MediaPolicy::Host),
    ("forbidden", MediaPolicy::Forbidden),
    ("optional", MediaPolicy::Optional),
    ("mandatory", MediaPolicy::Mandatory),
];
const SHORT_TAGS: [(&str, bool); 2] = [("no", false), ("answer", true)];

static OPTIONS: [ConfigOption; 22] = [
    ConfigOption {
        name: "suites",
        values: "default or names of crypto-suites, separated by commas",
        meaning: "What our offers carry, most preferred first: a line and a key for each. What `accept` leaves out is not offered.",
        read: |text| {
            values::offer(text).and_then(|suites| change(move |rules| rules.sdes.offer.clone_from(&suites)))
        },
        show: |rules| Some(values::show_suites(&rules.sdes.offer)),
    },
    ConfigOption {
        name: "accept",
        values: "all or names of crypto-suites, separated by commas",
        meaning: "The suites that lines of the peer may have.",
        read: |text| {
            values::accept(text).and_then(|suites| change(move |rules| rules.sdes.accept.clone_from(&suites)))
        },
        show: |rules| {
            let all = CryptoSuite::all().all(|suite| rules.sdes.accept.contains(&suite));
            Some(if all { "all".to_owned() } else { values::show_suites(&rules.sdes.accept) })
        },
    },
    ConfigOption {
        name: "order",
        values: "theirs or ours",
        meaning: "Among the lines of an offer: `theirs` takes the first that can be used, `ours` the one whose suite comes first in `suites`.",
        read: |text| word(text, &ORDERS).and_then(|order| change(move |rules| rules.sdes.order = order)),
        show: |rules| Some(show_word(rules.sdes.order, &ORDERS)),
    },
    ConfigOption {
        name: "min_lifetime",
        values: "0, a number of packets or 2^0 to 2^48",
        meaning: "Lines whose lifetime is shorter are refused; 0 accepts any. 2^20 packets are nearly six hours of voice.",
        read: |text| {
            let packets = if text == "0" { 0 } else { values::lifetime(text)?.packets() };
            change(move |rules| rules.sdes.min_lifetime = packets)
        },
        show: |rules| Some(spell(rules.sdes.min_lifetime)),
    },
    ConfigOption {
        name: "lifetime",
        values: "none, a number of packets or 2^0 to 2^48",
        meaning: "The most packets that a key of ours protects, said or not; a new key is negotiated in time. `none` is the most that the standard allows.",
        read: |text| {
            let none = text.eq_ignore_ascii_case("none");
            let lifetime = if none { None } else { Some(values::lifetime(text)?) };
            change(move |rules| rules.sdes.lifetime = lifetime)
        },
        show: |rules| Some(rules.sdes.lifetime.map_or("none".to_owned(), |lifetime| lifetime.to_string())),
    },
    ConfigOption {
        name: "soft_limit",
        values: "a percentage from 0.1 to 99",
        meaning: "How much of a key's lifetime is used when a new key is negotiated, or the next one of `keys` taken.",
        read: |text| {
            values::percentage(text, 1..=990)
                .and_then(|limit| change(move |rules| rules.session.soft_limit_thousandths = limit))
        },
        show: |rules| Some(values::show_percentage(rules.session.soft_limit_thousandths)),
    },
    ConfigOption {
        name: "lifetime_in_offer",
        values: "yes or no",
        meaning: "Whether the lines of our offers say `lifetime`.",
        read: |text| {
            yes_or_no(text).and_then(|said| change(move |rules| rules.sdes.lifetime_in_offer = said))
        },
        show: |rules| Some(show_word(rules.sdes.lifetime_in_offer, &YES)),
    },
    ConfigOption {
        name: "lifetime_in_answer",
        values: "omit, mirror or own",
        meaning: "What our answers say about the lifetime of our key: nothing, what the line that is answered says, or `lifetime`. Later lines of the call say the same of a key that we offered.",
        read: |text| {
            word(text, &ANSWERS)
                .and_then(|answer| change(move |rules| rules.sdes.lifetime_in_answer = answer))
        },
        show: |rules| Some(show_word(rules.sdes.lifetime_in_answer, &ANSWERS)),
    },
    ConfigOption {
        name: "mki",
        values: "accept or refuse",
        meaning: "Whether lines whose keys have an MKI are taken.",
        read: |text| word(text, &MKIS).and_then(|mki| change(move |rules| rules.sdes.mki = mki)),
        show: |rules| Some(show_word(rules.sdes.mki, &MKIS)),
    },
    ConfigOption {
        name: "mki_length",
        values: "a number of bytes from 0 to 128",
        meaning: "The length of the MKI that the lines of our offers have; 0 is no MKI.",
        read: |text| {
            number(text, 0..=MAX_MKI_LEN).and_then(|len| change(move |rules| rules.sdes.mki_len = len))
        },
        show: |rules| Some(rules.sdes.mki_len.to_string()),
    },
    ConfigOption {
        name: "mki_in_answer",
        values: "omit, mirror or own",
        meaning: "What our answers do about an MKI: have none, have one where the line that is answered has one, or as `mki_length` says. A key that we offered keeps what the offer said.",
        read: |text| {
            word(text, &ANSWERS).and_then(|answer| change(move |rules| rules.sdes.mki_in_answer = answer))
        },
        show: |rules| Some(show_word(rules.sdes.mki_in_answer, &ANSWERS)),
    },
    ConfigOption {
        name: "keys",
        values: "a number from 1 to 8",
        meaning: "Keys on each line of ours that has an MKI; the next one is used when the lifetime of the one before is nearly over.",
        read: |text| {
            number(text, 1..=MAX_OWN_KEYS).and_then(|keys| change(move |rules| rules.sdes.keys = keys))
        },
        show: |rules| Some(rules.sdes.keys.to_string()),
    },
    ConfigOption {
        name: "renumbered_tags",
        values: "accept or refuse",
        meaning: "Whether an answer whose tag was not offered is taken by its suite, for peers that number lines anew.",
        read: |text| {
            word(text, &ACCEPT).and_then(|taken| change(move |rules| rules.sdes.renumbered_tags = taken))
        },
        show: |rules| Some(show_word(rules.sdes.renumbered_tags, &ACCEPT)),
    },
    ConfigOption {
        name: "allow",
        values: "none, or one or both of UNENCRYPTED_SRTP and UNENCRYPTED_SRTCP, separated by a comma",
        meaning: "Session parameters that take encryption away and are accepted all the same. Each one allowed makes calls less secure.",
        read: |text| values::weakenings(text).and_then(|allow| change(move |rules| rules.sdes.allow = allow)),
        show: |rules| Some(values::show_weakenings(rules.sdes.allow)),
    },
    ConfigOption {
        name: "rtp_window",
        values: "a number of packets from 64 to 32768",
        meaning: "The replay window of SRTP: how late a packet may come and still be taken.",
        read: |text| {
            number(text, 64..=32_768)
                .and_then(|window| change(move |rules| rules.session.rtp_window = window))
        },
        show: |rules| Some(rules.session.rtp_window.to_string()),
    },
    ConfigOption {
        name: "rtcp_window",
        values: "a number of packets from 64 to 32768",
        meaning: "The replay window of SRTCP.",
        read: |text| {
            number(text, 64..=32_768)
                .and_then(|window| change(move |rules| rules.session.rtcp_window = window))
        },
        show: |rules| Some(rules.session.rtcp_window.to_string()),
    },
    ConfigOption {
        name: "overlap_packets",
        values: "a number of packets from 1 to 1000000",
        meaning: "After a new key of the peer, or another tag length of the same: packets under it until those as before are refused, unless `overlap_time` is over first.",
        read: |text| {
            number(text, 1..=1_000_000)
                .and_then(|packets| change(move |rules| rules.session.overlap_packets = packets))
        },
        show: |rules| Some(rules.session.overlap_packets.to_string()),
    },
    ConfigOption {
        name: "overlap_time",
        values: "a number of milliseconds from 1 to 600000",
        meaning: "After a new key of the peer, or another tag length of the same: milliseconds until packets as before are refused.",
        read: |text| {
            number(text, 1..=600_000)
                .and_then(|millis| change(move |rules| rules.session.overlap_millis = millis))
        },
        show: |rules| Some(rules.session.overlap_millis.to_string()),
    },
    ConfigOption {
        name: "short_srtcp_tags",
        values: "no or answer",
        meaning: "`answer`: once the peer sends 32-bit SRTCP tags with a `_32` suite, so do we. `no`: always the 80 bits of the standard.",
        read: |text| {
            word(text, &SHORT_TAGS)
                .and_then(|answer| change(move |rules| rules.session.answer_short_srtcp_tags = answer))
        },
        show: |rules| Some(show_word(rules.session.answer_short_srtcp_tags, &SHORT_TAGS)),
    },
    ConfigOption {
        name: "require_secure_signalling",
        values: "no, warn or yes",
        meaning: "Whether crypto lines may travel over signalling that is not secure: `yes` refuses them in both directions, `warn` has the log say so. TLS and WSS are secure, and so is what a `trusted_proxy` sends.",
        read: |text| {
            word(text, &REQUIREMENTS)
                .and_then(|required| change(move |rules| rules.policy.require_secure_signalling = required))
        },
        show: |rules| Some(show_word(rules.policy.require_secure_signalling, &REQUIREMENTS)),
    },
    ConfigOption {
        name: "trusted_proxy",
        values: "none or addresses and networks, separated by commas",
        meaning: "Proxies and load balancers that end TLS before us, on a network of ours: signalling from and to them counts as secure.",
        read: |text| {
            values::networks(text)
                .and_then(|networks| change(move |rules| rules.policy.trusted_proxy.clone_from(&networks)))
        },
        show: |rules| Some(values::show_networks(&rules.policy.trusted_proxy)),
    },
    ConfigOption {
        name: "media_policy",
        values: "host, forbidden, optional or mandatory",
        meaning: "Whether media is encrypted: never, when both sides can, or always. It counts in place of `media_encryption` and `media_encryption_optimistic` in pjsip.conf, except that DTLS stays DTLS; `host` leaves it to them.",
        read: |text| {
            word(text, &MEDIA_POLICIES).and_then(|policy| change(move |rules| rules.policy.media = policy))
        },
        show: |rules| Some(show_word(rules.policy.media, &MEDIA_POLICIES)),
    },
];

const PROVIDERS: [(&str, Primitives); 2] =
    [("rustcrypto", Primitives::RustCrypto), ("openssl", Primitives::OpenSsl)];

static OF_GENERAL: [ConfigOption; 1] = [ConfigOption {
    name: "provider",
    values: "rustcrypto or openssl",
    meaning: "Whose cryptography protects packets; `openssl` is for sites that must use it, and is slower. Chosen when the module is loaded: a reload with another value is refused.",
    read: |text| word(text, &PROVIDERS).and_then(|provider| change(move |rules| rules.primitives = provider)),
    show: |rules| Some(show_word(rules.primitives, &PROVIDERS)),
}];

/// Names of the options that only the section of a profile has.
pub(super) const LIKE: &str = "like";
pub(super) const USER_AGENT: &str = "user_agent";
pub(super) const DESCRIPTION: &str = "description";

/// These say what a profile is, not a rule: [`super::section`] reads them.
static OF_PROFILES: [ConfigOption; 3] = [
    of_profiles(
        LIKE,
        "the name of another profile",
        "Another profile, own or shipped, that this one starts from.",
    ),
    of_profiles(
        USER_AGENT,
        "none or a pattern",
        "A pattern for the User-Agent of peers that get this profile: `*` is any characters, `?` is one; in any case. May be given several times; `none` drops those before it and the shipped ones.",
    ),
    of_profiles(DESCRIPTION, "a text", "A sentence for people."),
];

const fn of_profiles(name: &'static str, values: &'static str, meaning: &'static str) -> ConfigOption {
    ConfigOption { name, values, meaning, read: |_| Err(Fault::NoSuchValue), show: |_| None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdes::{Lifetime, Weakenings};

    fn set(rules: &mut Rules, name: &str, value: &str) -> Result<(), String> {
        option(name).and_then(|option| option.read(value)).map_err(|refused| refused.to_string())?(rules);
        Ok(())
    }

    fn refusal(name: &str, value: &str) -> String {
        set(&mut Rules::default(), name, value).unwrap_err()
    }

    #[test]
    fn what_is_shown_can_be_read_and_is_the_same() {
        let mut rules = Rules::default();
        for (name, value) in [
            ("suites", "AEAD_AES_128_GCM, AES_CM_128_HMAC_SHA1_80"),
            ("accept", "AEAD_AES_128_GCM"),
            ("provider", "openssl"),
            ("order", "ours"),
            ("min_lifetime", "1900000"),
            ("lifetime", "2^31"),
            ("soft_limit", "62.5%"),
            ("lifetime_in_offer", "yes"),
            ("lifetime_in_answer", "mirror"),
            ("mki", "refuse"),
            ("mki_length", "128"),
            ("mki_in_answer", "own"),
            ("keys", "8"),
            ("renumbered_tags", "accept"),
            ("allow", "UNENCRYPTED_SRTP, UNENCRYPTED_SRTCP"),
            ("rtp_window", "64"),
            ("rtcp_window", "32768"),
            ("overlap_packets", "1"),
            ("overlap_time", "600000"),
            ("short_srtcp_tags", "answer"),
            ("require_secure_signalling", "yes"),
            ("trusted_proxy", "192.0.2.0/24, 2001:db8::1"),
            ("media_policy", "mandatory"),
        ] {
            let before = option(name).unwrap().show(&rules);
            set(&mut rules, name, value).unwrap();
            assert_eq!(option(name).unwrap().show(&rules).as_deref(), Some(value), "{name}");
            assert_ne!(before.as_deref(), Some(value), "{name}: the default is no test");
        }
        assert_eq!(
            rules.changes_from(&Rules::default()).len(),
            OPTIONS.len() + OF_GENERAL.len(),
            "every option was set"
        );
        let mut again = Rules::default();
        for (name, value) in rules.lines() {
            set(&mut again, name, &value).unwrap();
        }
        assert_eq!(again, rules);
        for (name, value) in Rules::default().lines() {
            set(&mut again, name, &value).unwrap();
        }
        assert_eq!(again, Rules::default());
    }

    #[test]
    fn suites_are_named_in_any_case_and_spelling() {
        let mut rules = Rules::default();
        set(&mut rules, "Suites", "aead_aes_256_gcm ,AES_CM_256_HMAC_SHA1_80").unwrap();
        assert_eq!(rules.sdes.offer, [CryptoSuite::AeadAes256Gcm, CryptoSuite::Aes256CmHmacSha1_80]);
        set(&mut rules, "suites", "DEFAULT").unwrap();
        assert_eq!(rules, Rules::default());
    }

    #[test]
    fn numbers_have_their_spellings() {
        let mut rules = Rules::default();
        set(&mut rules, "min_lifetime", "0").unwrap();
        assert_eq!(rules.sdes.min_lifetime, 0);
        set(&mut rules, "min_lifetime", "2^0").unwrap();
        assert_eq!(rules.sdes.min_lifetime, 1);
        set(&mut rules, "lifetime", "1048576").unwrap();
        assert_eq!(rules.sdes.lifetime, Lifetime::decimal(1 << 20), "not as a power of two");
        set(&mut rules, "lifetime", "None").unwrap();
        assert_eq!(rules.sdes.lifetime, None);
    }

    #[test]
    fn percentages_have_one_decimal_at_most() {
        let mut rules = Rules::default();
        for (text, thousandths) in [("50", 500), ("90%", 900), ("87.5 %", 875), ("0.1", 1), ("99.0", 990)] {
            set(&mut rules, "soft_limit", text).unwrap();
            assert_eq!(rules.session.soft_limit_thousandths, thousandths, "{text}");
        }
        for text in ["", "%", "0", "99.1", "100", "50.05", "5.", ".5", "-1", "7/8", "1e1", "50%%", "65536.5"]
        {
            refusal("soft_limit", text);
        }
        assert_eq!(refusal("soft_limit", "100"), "soft_limit: \"100\" is not a percentage from 0.1 to 99");
    }

    #[test]
    fn yes_and_no_are_spelled_as_in_asterisk() {
        let mut rules = Rules::default();
        for (yes, no) in [("yes", "no"), ("TRUE", "False"), ("y", "n"), ("t", "f"), ("1", "0"), ("on", "OFF")]
        {
            set(&mut rules, "lifetime_in_offer", yes).unwrap();
            assert!(rules.sdes.lifetime_in_offer);
            set(&mut rules, "lifetime_in_offer", no).unwrap();
            assert!(!rules.sdes.lifetime_in_offer);
        }
    }

    #[test]
    fn protection_is_given_up_only_by_name() {
        let mut rules = Rules::default();
        set(&mut rules, "allow", "unencrypted_srtcp").unwrap();
        assert_eq!(rules.sdes.allow, Weakenings { unencrypted_srtcp: true, ..Weakenings::default() });
        for value in [
            "",
            "all",
            "yes",
            "none,UNENCRYPTED_SRTP",
            "UNENCRYPTED_SRTP,",
            "UNENCRYPTED",
            "UNAUTHENTICATED_SRTP",
        ] {
            refusal("allow", value);
        }
    }

    #[test]
    fn refusals_name_option_value_and_remedy() {
        let minimum = "min_lifetime: \"2^99\" is not 0, a number of packets or 2^0 to 2^48";
        assert_eq!(refusal("min_lifetime", "2^99"), minimum);
        assert_eq!(refusal("ORDER", "their"), "order: \"their\" is not theirs or ours");
        let near = refusal("min_life_tme", "0");
        assert!(
            near.starts_with("\"min_life_tme\": there is no such option (did you mean \"min_lifetime\"?);")
        );
        let suite = refusal("suites", "AES_CM_128_HMAC_SHA1_8");
        assert!(suite.contains("(did you mean \"AES_CM_128_HMAC_SHA1_80\"?)"), "{suite}");
        let twice = refusal("accept", "AES_256_CM_HMAC_SHA1_80,AES_CM_256_HMAC_SHA1_80");
        assert_eq!(twice, "accept: AES_256_CM_HMAC_SHA1_80 is there twice; leave one out");
    }

    #[test]
    fn values_out_of_bounds_are_refused() {
        for (name, values) in [
            ("suites", &["", ",", "all", "default,AEAD_AES_128_GCM", "AEAD_AES_128_GCM,"][..]),
            ("accept", &["", "default", "none"]),
            ("min_lifetime", &["", "-1", "+1", "00", "01", "2^", "2^49", "2^020", "281474976710657", "2^-1"]),
            ("lifetime", &["0", "2^49", "all", "18446744073709551616"]),
            ("mki_length", &["-1", "129", "1 ", "0x1"]),
            ("keys", &["0", "9", "256"]),
            ("rtp_window", &["63", "32769", "4294967360"]),
            ("rtcp_window", &["0", "65536"]),
            ("overlap_packets", &["0", "1000001"]),
            ("overlap_time", &["0", "600001", "1s"]),
            ("lifetime_in_offer", &["", "maybe", "2"]),
            ("require_secure_signalling", &["", "true", "on", "refuse"]),
            ("trusted_proxy", &["", "pbx", "192.0.2.1,", "none,192.0.2.1", "192.0.2.1/24", "0.0.0.0/0"]),
            ("media_policy", &["", "disabled", "required"]),
            ("like", &["x"]),
        ] {
            for value in values {
                refusal(name, value);
            }
        }
    }
}
