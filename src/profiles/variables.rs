//! Channel variables that say how one call is to be secured: ours, and those that
//! people bring along from chan_sip and from FreeSWITCH.
//!
//! A variable is another spelling of options (docs/dialplan.md). What is not
//! understood is refused, so that a slip of the pen never leaves a call in clear.

use super::sentence::{Refused, near_miss, quote};

/// What a variable asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Wish {
    /// Options and their values, to be set in this order.
    pub options: Vec<(&'static str, String)>,
    /// What to say to whoever uses a spelling from elsewhere.
    pub notice: Option<String>,
}

/// The names of all variables, without the underscores that let a called channel
/// inherit them. Later ones have the last word.
pub const VARIABLES: [&str; 6] =
    ["rtp_secure_media", "SIP_SRTP_SDES", "SIPSRTP", "SRTP_SUITES", "SRTP_POLICY", "SRTP_REQUIRE_TLS"];

const SUITES: &str = "suites";
const POLICY: &str = "media_policy";
const REQUIRE_TLS: &str = "require_secure_signalling";

/// Reads a variable; an empty value asks for nothing.
pub(super) fn read(name: &str, value: &str) -> Result<Wish, Refused> {
    let known = VARIABLES.into_iter().find(|known| known.eq_ignore_ascii_case(name.trim_start_matches('_')));
    let name = known.ok_or_else(|| {
        let hint = near_miss(name, VARIABLES);
        Refused::new(
            &quote(name),
            format!("there is no such variable{hint}; docs/dialplan.md lists them all"),
        )
    })?;
    let value = value.trim();
    if value.is_empty() {
        return Ok(Wish { options: Vec::new(), notice: None });
    }
    match name {
        "SRTP_SUITES" => Ok(ours(SUITES, suites(value))),
        "SRTP_POLICY" => {
            let words = [("forbidden", "forbidden"), ("optional", "optional"), ("mandatory", "mandatory")];
            Ok(ours(POLICY, word(name, value, &words, "forbidden, optional or mandatory")?.to_owned()))
        }
        "SRTP_REQUIRE_TLS" => Ok(ours(REQUIRE_TLS, word(name, value, &TLS, "yes, tls or no")?.to_owned())),
        "rtp_secure_media" => from_freeswitch(name, value),
        _ => from_chan_sip(name, value),
    }
}

const TLS: [(&str, &str); 7] = [
    ("tls", "yes"),
    ("yes", "yes"),
    ("true", "yes"),
    ("1", "yes"),
    ("no", "no"),
    ("false", "no"),
    ("0", "no"),
];

fn ours(option: &'static str, value: String) -> Wish {
    Wish { options: vec![(option, value)], notice: None }
}

/// `mandatory`, `optional` or `forbidden`, each of the first two with suites
/// behind it; or suites alone, which is to say mandatory.
fn from_freeswitch(name: &str, value: &str) -> Result<Wish, Refused> {
    let (first, rest) = value.split_once(':').unwrap_or((value, ""));
    let words = [
        ("mandatory", "mandatory"),
        ("true", "mandatory"),
        ("optional", "optional"),
        ("forbidden", "forbidden"),
        ("false", "forbidden"),
    ];
    let policy = word(name, first, &words, "mandatory, optional or forbidden, and suites behind a colon")?;
    let mut options = Vec::new();
    if value.contains(':') {
        if policy == "forbidden" {
            return Err(Refused::new(name, "suites have no meaning where SRTP is forbidden; leave them out"));
        }
        options.push((SUITES, suites(rest)));
    }
    options.push((POLICY, policy.to_owned()));
    Ok(Wish { notice: Some(notice(name, &options)), options })
}

fn from_chan_sip(name: &str, value: &str) -> Result<Wish, Refused> {
    let words = [
        ("optional", "optional"),
        ("mandatory", "mandatory"),
        ("require", "mandatory"),
        ("required", "mandatory"),
        ("yes", "mandatory"),
        ("true", "mandatory"),
        ("1", "mandatory"),
        ("no", "forbidden"),
        ("false", "forbidden"),
        ("0", "forbidden"),
    ];
    let policy = word(name, value, &words, "optional, mandatory or no")?;
    let options = vec![(POLICY, policy.to_owned())];
    Ok(Wish { notice: Some(notice(name, &options)), options })
}

fn notice(name: &str, options: &[(&'static str, String)]) -> String {
    let ours = options.iter().map(|(option, value)| match *option {
        SUITES => format!("SRTP_SUITES={}", value.replace(',', ":")),
        _ => format!("SRTP_POLICY={value}"),
    });
    format!("{name} is read as {}; write that instead", ours.collect::<Vec<_>>().join(" and "))
}

/// Names of suites with colons or commas between them, as the option has them.
fn suites(value: &str) -> String {
    value.replace(':', ",")
}

fn word<'a>(name: &str, value: &str, words: &[(&str, &'a str)], values: &str) -> Result<&'a str, Refused> {
    let known = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(value));
    known
        .map(|(_, meaning)| *meaning)
        .ok_or_else(|| Refused::new(name, format!("{} is not {values}", quote(value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(name: &str, value: &str) -> String {
        let options = read(name, value).unwrap().options;
        options.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_spelling_asks_for_these_options() {
        for (name, value, expected) in [
            ("SRTP_SUITES", "AEAD_AES_256_GCM:AEAD_AES_128_GCM", "suites=AEAD_AES_256_GCM,AEAD_AES_128_GCM"),
            ("__SRTP_SUITES", " AEAD_AES_256_GCM ", "suites=AEAD_AES_256_GCM"),
            ("SRTP_SUITES", "default", "suites=default"),
            ("SRTP_SUITES", "", ""),
            ("_SRTP_POLICY", "Mandatory", "media_policy=mandatory"),
            ("SRTP_POLICY", "optional", "media_policy=optional"),
            ("SRTP_POLICY", "forbidden", "media_policy=forbidden"),
            ("SRTP_REQUIRE_TLS", "tls", "require_secure_signalling=yes"),
            ("SRTP_REQUIRE_TLS", "1", "require_secure_signalling=yes"),
            ("SRTP_REQUIRE_TLS", "no", "require_secure_signalling=no"),
            ("SIP_SRTP_SDES", "optional", "media_policy=optional"),
            ("_SIP_SRTP_SDES", "1", "media_policy=mandatory"),
            ("_SIPSRTP", "require", "media_policy=mandatory"),
            ("_SIPSRTP", "no", "media_policy=forbidden"),
            ("rtp_secure_media", "true", "media_policy=mandatory"),
            ("rtp_secure_media", "false", "media_policy=forbidden"),
            ("rtp_secure_media", "forbidden", "media_policy=forbidden"),
            ("rtp_secure_media", "optional", "media_policy=optional"),
            (
                "rtp_secure_media",
                "mandatory:AES_CM_256_HMAC_SHA1_80:AES_CM_128_HMAC_SHA1_80",
                "suites=AES_CM_256_HMAC_SHA1_80,AES_CM_128_HMAC_SHA1_80 media_policy=mandatory",
            ),
        ] {
            assert_eq!(options(name, value), expected, "{name}={value}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_cause_and_remedy() {
        for (name, value, expected) in [
            ("SRTP_POLICY", "always", "SRTP_POLICY: \"always\" is not forbidden, optional or mandatory"),
            ("SRTP_REQUIRE_TLS", "maybe", "SRTP_REQUIRE_TLS: \"maybe\" is not yes, tls or no"),
            ("SIPSRTP", "perhaps", "SIPSRTP: \"perhaps\" is not optional, mandatory or no"),
            (
                "rtp_secure_media",
                "invalid:AEAD_AES_128_GCM",
                "rtp_secure_media: \"invalid\" is not mandatory, optional or forbidden, and suites behind a colon",
            ),
            (
                "rtp_secure_media",
                "forbidden:AEAD_AES_128_GCM",
                "rtp_secure_media: suites have no meaning where SRTP is forbidden; leave them out",
            ),
            (
                "SRTP_POLICE",
                "optional",
                "\"SRTP_POLICE\": there is no such variable (did you mean \"SRTP_POLICY\"?); docs/dialplan.md lists them all",
            ),
        ] {
            assert_eq!(read(name, value).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn spellings_from_elsewhere_are_noticed_and_ours_are_not() {
        let notice = |name, value| read(name, value).unwrap().notice;
        assert_eq!(
            notice("rtp_secure_media", "mandatory:AEAD_AES_256_GCM:AEAD_AES_128_GCM").as_deref(),
            Some(
                "rtp_secure_media is read as SRTP_SUITES=AEAD_AES_256_GCM:AEAD_AES_128_GCM and \
                 SRTP_POLICY=mandatory; write that instead"
            )
        );
        assert_eq!(
            notice("_SIPSRTP", "optional").as_deref(),
            Some("SIPSRTP is read as SRTP_POLICY=optional; write that instead")
        );
        assert_eq!(notice("SRTP_POLICY", "optional"), None);
    }
}
