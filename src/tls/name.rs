//! Names of hosts, and whether one in a certificate covers one that is asked for.

use super::punycode::a_label;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const MAX_NAME_LEN: usize = 253;
const MAX_LABEL_LEN: usize = 63;

/// A host as it is compared: lower case, A-labels, no dot at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Domain(String),
    Ip(IpAddr),
}

impl Host {
    /// Reads a host as settings and URIs write it; `None` when it is neither a
    /// domain nor an address. An IPv6 address may stand in brackets.
    pub(super) fn read(text: &str) -> Option<Host> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Some(Host::Ip(ip.to_canonical()));
        }
        domain(text).map(Host::Domain)
    }
}

/// The address that an `iPAddress` holds.
pub(super) fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| IpAddr::V4(Ipv4Addr::from(bytes)));
    let v6 = <[u8; 16]>::try_from(bytes).map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes)));
    v4.or(v6).ok().map(|ip| ip.to_canonical())
}

/// A domain in the form in which domains are compared.
fn domain(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text).to_lowercase();
    if text.len() > 4 * MAX_NAME_LEN {
        return None;
    }
    let labels: Option<Vec<String>> =
        text.split('.').map(|label| a_label(label).filter(|label| is_label(label))).collect();
    let labels = labels?;
    // A number at the end is an address in some spelling, never a domain.
    if labels.last().is_none_or(|last| is_number(last)) {
        return None;
    }
    Some(labels.join(".")).filter(|name| name.len() <= MAX_NAME_LEN)
}

fn is_label(label: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_LABEL_LEN).contains(&label.len()) && label.bytes().all(fits)
}

fn is_number(label: &str) -> bool {
    let hex = label.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hex || label.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name in a certificate: a domain, or a wildcard in the place of its left-most
/// label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    Exact(String),
    /// `*.` and this parent.
    Below(String),
}

/// How a pattern stands to a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    Covers,
    /// It would, were wildcards allowed.
    ByWildcard,
    /// The wildcard would have to stand for more than one label.
    TooDeep,
    /// The domain is the wildcard's parent itself.
    Parent,
    Other,
}

impl Pattern {
    /// `None` when it is neither a domain nor a wildcard that may cover one.
    pub(super) fn read(bytes: &[u8]) -> Option<Pattern> {
        let text = core::str::from_utf8(bytes).ok()?;
        match text.strip_prefix("*.") {
            // A wildcard below a top level would cover everybody's domains.
            Some(parent) => domain(parent).filter(|parent| parent.contains('.')).map(Pattern::Below),
            None => domain(text).map(Pattern::Exact),
        }
    }

    pub(super) fn cover(&self, domain: &str) -> Cover {
        match self {
            Pattern::Exact(name) if name == domain => Cover::Covers,
            Pattern::Exact(_) => Cover::Other,
            Pattern::Below(parent) if parent == domain => Cover::Parent,
            Pattern::Below(parent) => {
                match domain.strip_suffix(parent.as_str()).and_then(|head| head.strip_suffix('.')) {
                    None => Cover::Other,
                    Some(head) if head.contains('.') => Cover::TooDeep,
                    Some(_) => Cover::ByWildcard,
                }
            }
        }
    }
}
