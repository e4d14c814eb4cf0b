//! Session parameters (RFC 4568 §6.3): read here, judged by the settings.

use super::attribute::decimal;
use super::key_param::parse_key_params;
use super::{KeyParam, Refusal};
use crate::error::Error;
use crate::suite::CryptoSuite;
use zeroize::Zeroizing;

/// One session parameter. May hold keys, hence no `Debug`.
pub enum SessionParam {
    /// `KDR=n`: session keys are derived anew every 2^n packets; 0 means never
    /// (§6.3.1 lists 1 to 24, the grammar 0 to 24).
    Kdr(u8),
    /// `UNENCRYPTED_SRTP` (§6.3.2)
    UnencryptedSrtp,
    /// `UNENCRYPTED_SRTCP` (§6.3.2)
    UnencryptedSrtcp,
    /// `UNAUTHENTICATED_SRTP` (§6.3.3)
    UnauthenticatedSrtp,
    /// `FEC_ORDER=order` (§6.3.4)
    FecOrder(FecOrder),
    /// `FEC_KEY=key-params` (§6.3.5)
    FecKey(Vec<KeyParam>),
    /// `WSH=n`: a hint for the size of the replay window, 64 or more (§6.3.6).
    Wsh(u32),
    /// `-name`: an extension that may be ignored (§6.3.7); without the dash.
    IgnoredExtension(String),
    /// Anything else. Wiped, because in a garbled line it may be a key.
    Unknown(Zeroizing<String>),
}

/// Which comes first, error correction or SRTP (RFC 4568 §6.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FecOrder {
    /// The sender applies error correction first.
    FecSrtp,
    /// The sender applies SRTP first.
    SrtpFec,
}

impl SessionParam {
    /// The parameter's name in the grammar, if it has one there.
    pub fn name(&self) -> Option<&'static str> {
        Some(match self {
            SessionParam::Kdr(_) => "KDR",
            SessionParam::UnencryptedSrtp => "UNENCRYPTED_SRTP",
            SessionParam::UnencryptedSrtcp => "UNENCRYPTED_SRTCP",
            SessionParam::UnauthenticatedSrtp => "UNAUTHENTICATED_SRTP",
            SessionParam::FecOrder(_) => "FEC_ORDER",
            SessionParam::FecKey(_) => "FEC_KEY",
            SessionParam::Wsh(_) => "WSH",
            SessionParam::IgnoredExtension(_) | SessionParam::Unknown(_) => return None,
        })
    }

    /// Reads one parameter of a line with this suite.
    pub(super) fn parse(field: &str, suite: CryptoSuite) -> Result<SessionParam, Refusal> {
        if let Some(name) = field.strip_prefix('-') {
            return parse_extension(name);
        }
        let (name, value) = match field.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (field, None),
        };
        // Names are case-insensitive (§4), and copying them to change their
        // case would leave a misplaced key in memory.
        let known = NAMES.iter().copied().find(|known| name.eq_ignore_ascii_case(known));
        match (known, value) {
            (Some("KDR"), Some(value)) => parse_kdr(value),
            (Some("UNENCRYPTED_SRTP"), None) => Ok(SessionParam::UnencryptedSrtp),
            (Some("UNENCRYPTED_SRTCP"), None) => Ok(SessionParam::UnencryptedSrtcp),
            (Some("UNAUTHENTICATED_SRTP"), None) => Ok(SessionParam::UnauthenticatedSrtp),
            (Some("FEC_ORDER"), Some(value)) => parse_fec_order(value),
            (Some("FEC_KEY"), Some(value)) => Ok(SessionParam::FecKey(parse_key_params(value, suite)?)),
            (Some("WSH"), Some(value)) => parse_wsh(value),
            (Some(name), Some(_)) => Err(malformed(format!("{name} takes no value"))),
            (Some(name), None) => Err(malformed(format!("{name} has no value"))),
            (None, _) => Ok(SessionParam::Unknown(Zeroizing::new(field.to_owned()))),
        }
    }
}

const NAMES: [&str; 7] =
    ["KDR", "UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP", "FEC_ORDER", "FEC_KEY", "WSH"];

fn malformed(cause: impl Into<String>) -> Refusal {
    Refusal::new(Error::SessionParameter, cause)
}

fn parse_kdr(value: &str) -> Result<SessionParam, Refusal> {
    let rate = decimal(value).and_then(|rate| u8::try_from(rate).ok()).filter(|rate| *rate <= 24);
    rate.map(SessionParam::Kdr)
        .ok_or_else(|| malformed("KDR is not a number from 0 to 24 without leading zeros"))
}

fn parse_wsh(value: &str) -> Result<SessionParam, Refusal> {
    let size = decimal(value).and_then(|size| u32::try_from(size).ok()).filter(|size| *size >= 64);
    size.map(SessionParam::Wsh).ok_or_else(|| {
        malformed(format!("WSH is not a number from 64 to {} without leading zeros", u32::MAX))
    })
}

fn parse_fec_order(value: &str) -> Result<SessionParam, Refusal> {
    if value.eq_ignore_ascii_case("FEC_SRTP") {
        Ok(SessionParam::FecOrder(FecOrder::FecSrtp))
    } else if value.eq_ignore_ascii_case("SRTP_FEC") {
        Ok(SessionParam::FecOrder(FecOrder::SrtpFec))
    } else {
        Err(malformed("FEC_ORDER is neither FEC_SRTP nor SRTP_FEC"))
    }
}

fn parse_extension(name: &str) -> Result<SessionParam, Refusal> {
    if name.is_empty() || name.starts_with('-') {
        return Err(malformed("an extension has no name after its dash"));
    }
    Ok(SessionParam::IgnoredExtension(name.to_owned()))
}

/// Whether the parameters of one line go together: none twice, and a FEC key
/// only with an order.
pub(super) fn check_together(params: &[SessionParam]) -> Result<(), Refusal> {
    let mut seen = Vec::new();
    for name in params.iter().filter_map(SessionParam::name) {
        if seen.contains(&name) {
            return Err(malformed(format!("{name} occurs twice")));
        }
        seen.push(name);
    }
    if seen.contains(&"FEC_KEY") && !seen.contains(&"FEC_ORDER") {
        return Err(malformed("FEC_KEY without FEC_ORDER"));
    }
    Ok(())
}
