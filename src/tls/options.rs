//! Policies in words: the options of a transport.

use super::facts::Version;
use super::name::{Host, Pattern};
use super::policy::{Eku, Policy, Rules, Verify};
use super::verdict::show;

/// The most names of an `allow` list.
const MAX_ALLOW: usize = 1000;
const MAX_CIPHER_BITS: u32 = 256;

const VERIFY: [(&str, Verify); 4] = [
    ("none", Verify::None),
    ("optional", Verify::Optional),
    ("require", Verify::Require),
    ("require+name", Verify::RequireName),
];
const EKU: [(&str, Eku); 3] =
    [("strict", Eku::Strict), ("server-as-client", Eku::ServerAsClient), ("any", Eku::Any)];
pub(super) const VERSIONS: [(&str, Version); 4] = [
    ("1.0", Version::TLS_1_0),
    ("1.1", Version::TLS_1_1),
    ("1.2", Version::TLS_1_2),
    ("1.3", Version::TLS_1_3),
];
pub(super) const YES_OR_NO: [(&str, bool); 8] = [
    ("yes", true),
    ("no", false),
    ("true", true),
    ("false", false),
    ("on", true),
    ("off", false),
    ("1", true),
    ("0", false),
];

impl Policy {
    /// Changes one option: `verify`, `wildcards`, `eku`, `min_version`,
    /// `min_cipher_bits`, `allow` or `dates`, for both directions, or with
    /// `inbound_` or `outbound_` before it, for one. On an error, a sentence with
    /// cause and remedy, nothing changed.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let lower = name.trim().to_ascii_lowercase();
        let change = |rules: &mut Rules, option: &str| set(rules, name, option, value.trim());
        if let Some(option) = lower.strip_prefix("inbound_") {
            return change(&mut self.inbound, option);
        }
        if let Some(option) = lower.strip_prefix("outbound_") {
            return change(&mut self.outbound, option);
        }
        change(&mut self.inbound, &lower)?;
        change(&mut self.outbound, &lower)
    }
}

fn set(rules: &mut Rules, name: &str, option: &str, value: &str) -> Result<(), String> {
    let refused =
        |values: &str| format!("{}: \"{}\" is not {values}", show(name.as_bytes()), show(value.as_bytes()));
    match option {
        "verify" => {
            rules.verify =
                word(value, &VERIFY).ok_or_else(|| refused("none, optional, require or require+name"))?;
        }
        "wildcards" => rules.wildcards = word(value, &YES_OR_NO).ok_or_else(|| refused("yes or no"))?,
        "eku" => rules.eku = word(value, &EKU).ok_or_else(|| refused("strict, server-as-client or any"))?,
        "min_version" => {
            rules.min_version = word(value, &VERSIONS).ok_or_else(|| refused("1.0, 1.1, 1.2 or 1.3"))?;
        }
        "min_cipher_bits" => {
            let bits = Some(value).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            let bits = bits.and_then(|text| text.parse().ok()).filter(|bits| *bits <= MAX_CIPHER_BITS);
            rules.min_cipher_bits = bits.ok_or_else(|| refused("a number of bits from 0 to 256"))?;
        }
        "allow" => {
            rules.allow = names(value).ok_or_else(|| {
                refused("any, or at most 1000 domains and IP addresses, separated by commas")
            })?
        }
        "dates" => rules.dates = word(value, &YES_OR_NO).ok_or_else(|| refused("yes or no"))?,
        _ => {
            return Err(format!(
                "\"{}\": there is no such option; there are verify, wildcards, eku, min_version, min_cipher_bits, allow and dates, also with inbound_ or outbound_ before them",
                show(name.as_bytes())
            ));
        }
    }
    Ok(())
}

pub(super) fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, meaning)| *meaning)
}

/// A list of names; `any` is the empty one, that allows all.
fn names(text: &str) -> Option<Vec<String>> {
    if text.eq_ignore_ascii_case("any") {
        return Some(Vec::new());
    }
    let is_name = |name: &str| Host::read(name).is_some() || Pattern::read(name.as_bytes()).is_some();
    let names: Option<Vec<String>> =
        text.split(',').map(str::trim).map(|name| is_name(name).then(|| name.to_owned())).collect();
    names.filter(|names| names.len() <= MAX_ALLOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_without_a_direction_holds_for_both() {
        let mut policy = Policy::default();
        policy.set("wildcards", "yes").unwrap();
        policy.set("inbound_verify", "Require+Name").unwrap();
        policy.set("OUTBOUND_MIN_VERSION", " 1.3 ").unwrap();
        policy.set("allow", "sip.test, *.pbx.test, 192.0.2.1, [2001:db8::1]").unwrap();
        policy.set("inbound_allow", "any").unwrap();
        assert!(policy.inbound.wildcards && policy.outbound.wildcards);
        assert_eq!(policy.inbound.verify, Verify::RequireName);
        assert_eq!(policy.outbound.min_version, Version::TLS_1_3);
        assert_eq!(policy.inbound.min_version, Version::TLS_1_2);
        assert_eq!((policy.inbound.allow.len(), policy.outbound.allow.len()), (0, 4));
    }

    #[test]
    fn what_is_not_understood_is_refused_with_a_sentence_and_changes_nothing() {
        let mut policy = Policy::default();
        let before = format!("{policy:?}");
        for (name, value, sentence) in [
            ("verify", "yes", "verify: \"yes\" is not none, optional, require or require+name"),
            ("inbound_eku", "", "inbound_eku: \"\" is not strict, server-as-client or any"),
            ("min_version", "3", "min_version: \"3\" is not 1.0, 1.1, 1.2 or 1.3"),
            ("min_cipher_bits", "-1", "min_cipher_bits: \"-1\" is not a number of bits from 0 to 256"),
            ("min_cipher_bits", "257", "min_cipher_bits: \"257\" is not a number of bits from 0 to 256"),
            ("dates", "maybe\n", "dates: \"maybe\" is not yes or no"),
        ] {
            assert_eq!(policy.set(name, value).unwrap_err(), sentence);
        }
        for list in ["", "a b", "sip.test,", "*", "*.test", "300.1.1.1", "pbx.*.test"] {
            assert!(policy.set("allow", list).is_err(), "{list}");
        }
        assert!(
            policy.set("both_verify\n", "none").unwrap_err().starts_with("\"both_verify\\n\": there is no")
        );
        assert_eq!(format!("{policy:?}"), before);
    }
}
