//! Settings of a TLS transport in words: what handshakes are made with.

use super::facts::Version;
use super::limits::Limits;
use super::options::{VERSIONS, YES_OR_NO, word};
use super::policy::Direction;
use super::verdict::show;

/// The strongest first, with forward secrecy before without; phones of the last
/// decade have at least the latter.
const CIPHERS: &str = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:AESGCM:AES:!aNULL:!eNULL:!PSK:!SRP:!DSS:!aECDH";
const MAX_LIST_LEN: usize = 2000;
const MAX_MILLIS: u64 = 600_000;
/// The least that a hello and an ordinary chain of certificates need.
const MIN_BYTES: u64 = 4096;
const MAX_BYTES: u64 = 1 << 20;
const MAX_HALF_OPEN: u64 = 1_000_000;

/// Settings of a TLS transport.
#[derive(Clone, Debug, Default)]
pub struct Transport {
    /// For peers that connect to us.
    pub inbound: Handshakes,
    /// For peers that we connect to.
    pub outbound: Handshakes,
    /// What a handshake may cost.
    pub limits: Limits,
}

/// What handshakes of one direction are made with.
#[derive(Clone, Debug)]
pub struct Handshakes {
    /// The oldest version.
    pub min_version: Version,
    /// The newest version.
    pub max_version: Version,
    /// Ciphers of TLS 1.2 and older, in OpenSSL's syntax.
    pub ciphers: String,
    /// Cipher suites of TLS 1.3; `None` leaves OpenSSL's.
    pub suites: Option<String>,
    /// Groups for the exchange of keys; `None` leaves OpenSSL's.
    pub groups: Option<String>,
    /// Whether sessions are kept, to be resumed.
    pub sessions: bool,
    /// Whether a server puts sessions into tickets that the client keeps (RFC 5077,
    /// RFC 8446 §4.6.1), and a client asks for them.
    pub tickets: bool,
}

impl Default for Handshakes {
    fn default() -> Handshakes {
        Handshakes {
            min_version: Version::TLS_1_2,
            max_version: Version::TLS_1_3,
            ciphers: CIPHERS.to_owned(),
            suites: None,
            groups: None,
            sessions: true,
            tickets: true,
        }
    }
}

impl Transport {
    /// What handshakes of this direction are made with.
    pub fn handshakes(&self, direction: Direction) -> &Handshakes {
        match direction {
            Direction::Inbound => &self.inbound,
            Direction::Outbound => &self.outbound,
        }
    }

    /// Changes one setting: `min_version`, `max_version`, `ciphers`, `suites`,
    /// `groups`, `sessions` or `tickets`, also with `inbound_` or `outbound_` before
    /// it, or `handshake_millis`, `handshake_bytes` or `half_open`. On an error, a
    /// sentence with cause and remedy, nothing changed.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let (lower, value) = (name.trim().to_ascii_lowercase(), value.trim());
        let limit = |least, most| {
            number(value, least, most)
                .ok_or_else(|| refused(name, value, &format!("a number from {least} to {most}")))
        };
        match lower.as_str() {
            "handshake_millis" => self.limits.millis = limit(1, MAX_MILLIS)?,
            "handshake_bytes" => self.limits.bytes = size(limit(MIN_BYTES, MAX_BYTES)?),
            "half_open" => self.limits.half_open = size(limit(1, MAX_HALF_OPEN)?),
            _ => {
                if let Some(option) = lower.strip_prefix("inbound_") {
                    return self.inbound.set(name, option, value);
                }
                if let Some(option) = lower.strip_prefix("outbound_") {
                    return self.outbound.set(name, option, value);
                }
                self.inbound.set(name, &lower, value)?;
                self.outbound.set(name, &lower, value)?;
            }
        }
        Ok(())
    }
}

impl Handshakes {
    fn set(&mut self, name: &str, option: &str, value: &str) -> Result<(), String> {
        let version = || word(value, &VERSIONS).ok_or_else(|| refused(name, value, "1.0, 1.1, 1.2 or 1.3"));
        let yes = || word(value, &YES_OR_NO).ok_or_else(|| refused(name, value, "yes or no"));
        let list = || {
            is_list(value).then(|| value.to_owned()).ok_or_else(|| refused(name, value, "a list of names"))
        };
        let or_default = || if value.eq_ignore_ascii_case("default") { Ok(None) } else { list().map(Some) };
        match option {
            "min_version" => self.min_version = version()?,
            "max_version" => self.max_version = version()?,
            "ciphers" => self.ciphers = or_default()?.unwrap_or_else(|| CIPHERS.to_owned()),
            "suites" => self.suites = or_default()?,
            "groups" => self.groups = or_default()?,
            "sessions" => self.sessions = yes()?,
            "tickets" => self.tickets = yes()?,
            _ => {
                return Err(format!(
                    "\"{}\": there is no such option; there are min_version, max_version, ciphers, suites, groups, sessions and tickets, also with inbound_ or outbound_ before them, and handshake_millis, handshake_bytes and half_open",
                    show(name.as_bytes())
                ));
            }
        }
        Ok(())
    }
}

fn refused(name: &str, value: &str, values: &str) -> String {
    format!("{}: \"{}\" is not {values}", show(name.as_bytes()), show(value.as_bytes()))
}

fn number(text: &str, least: u64, most: u64) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten()?;
    (least..=most).contains(&number).then_some(number)
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// What may be handed to OpenSSL, which knows the names.
fn is_list(text: &str) -> bool {
    (1..=MAX_LIST_LEN).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_without_a_direction_holds_for_both() {
        let mut transport = Transport::default();
        transport.set("min_version", "1.3").unwrap();
        transport.set("Inbound_Tickets", "no").unwrap();
        transport.set("outbound_suites", "TLS_AES_128_GCM_SHA256").unwrap();
        transport.set("outbound_suites", "default").unwrap();
        transport.set("groups", "X25519:P-256").unwrap();
        transport.set("half_open", "7").unwrap();
        assert_eq!(transport.inbound.min_version, Version::TLS_1_3);
        assert_eq!(transport.outbound.min_version, Version::TLS_1_3);
        assert!(!transport.inbound.tickets && transport.outbound.tickets);
        assert_eq!(transport.outbound.suites, None);
        assert_eq!(transport.outbound.groups.as_deref(), Some("X25519:P-256"));
        assert_eq!(transport.limits.half_open, 7);
    }

    #[test]
    fn what_is_not_understood_is_refused_with_a_sentence_and_changes_nothing() {
        let mut transport = Transport::default();
        let before = format!("{transport:?}");
        for (name, value, sentence) in [
            ("max_version", "2", "max_version: \"2\" is not 1.0, 1.1, 1.2 or 1.3"),
            ("inbound_sessions", "", "inbound_sessions: \"\" is not yes or no"),
            ("ciphers", "a b", "ciphers: \"a b\" is not a list of names"),
            ("half_open", "0", "half_open: \"0\" is not a number from 1 to 1000000"),
            ("handshake_bytes", "+5000", "handshake_bytes: \"+5000\" is not a number from 4096 to 1048576"),
            ("handshake_millis", "", "handshake_millis: \"\" is not a number from 1 to 600000"),
        ] {
            assert_eq!(transport.set(name, value).unwrap_err(), sentence);
        }
        assert!(transport.set("inbound_half_open", "1").unwrap_err().contains("there is no such option"));
        assert_eq!(format!("{transport:?}"), before);
    }
}
