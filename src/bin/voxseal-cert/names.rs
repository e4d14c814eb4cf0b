//! Subject alternative names as they are written on the command line.

use std::net::IpAddr;
use std::str::FromStr;

const MAX_NAME_LEN: usize = 253;
const MAX_LABEL_LEN: usize = 63;

/// One name that a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectName {
    Dns(String),
    Ip(IpAddr),
    Uri(String),
    /// Of certificates that are renewed.
    Email(String),
}

impl SubjectName {
    /// The name without its kind.
    pub fn bare(&self) -> String {
        match self {
            SubjectName::Dns(text) | SubjectName::Uri(text) | SubjectName::Email(text) => text.clone(),
            SubjectName::Ip(address) => address.to_string(),
        }
    }
}

impl FromStr for SubjectName {
    type Err = String;

    fn from_str(text: &str) -> Result<SubjectName, String> {
        let (kind, value) = text.split_once(':').unwrap_or((text, ""));
        match kind.to_ascii_uppercase().as_str() {
            "DNS" => domain(value).map(SubjectName::Dns),
            "IP" => match value.trim_matches(['[', ']']).parse() {
                Ok(address) => Ok(SubjectName::Ip(address)),
                Err(_) => Err("this is no IP address; a domain is written DNS:pbx.example.com".to_owned()),
            },
            "URI" => uri(value).map(SubjectName::Uri),
            _ => {
                Err("a name has its kind before it: DNS:pbx.example.com, IP:192.0.2.1 or URI:sip:example.com"
                    .to_owned())
            }
        }
    }
}

/// The name in a certificate that a common name of old flags stands for.
pub fn from_common_name(text: &str) -> Result<SubjectName, String> {
    match text.parse() {
        Ok(address) => Ok(SubjectName::Ip(address)),
        Err(_) => domain(text).map(SubjectName::Dns),
    }
}

fn domain(text: &str) -> Result<String, String> {
    let labels: Vec<&str> = text.strip_prefix("*.").unwrap_or(text).split('.').collect();
    let fits = |label: &&str| {
        (1..=MAX_LABEL_LEN).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if text.parse::<IpAddr>().is_ok() {
        return Err(format!("this is an address, not a domain; write IP:{text}"));
    }
    if text.len() <= MAX_NAME_LEN && labels.iter().all(fits) {
        return Ok(text.to_ascii_lowercase());
    }
    Err("this is no domain; it has letters, digits, hyphens and dots, other letters in their xn-- form"
        .to_owned())
}

fn uri(text: &str) -> Result<String, String> {
    let scheme = text.split_once(':').map(|(scheme, rest)| (scheme.is_empty(), rest.is_empty()));
    if scheme == Some((false, false)) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text.to_owned());
    }
    Err("this is no URI; for SIP one is written URI:sip:example.com".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_kind() {
        let dns = |text: &str| Ok(SubjectName::Dns(text.to_owned()));
        assert_eq!("DNS:PBX.example.com".parse::<SubjectName>(), dns("pbx.example.com"));
        assert_eq!("dns:*.example.com".parse::<SubjectName>(), dns("*.example.com"));
        assert!("IP:2001:db8::1".parse::<SubjectName>().is_ok());
        assert!("URI:sip:example.com".parse::<SubjectName>().is_ok());
        for bad in [
            "pbx.example.com",
            "DNS:",
            "DNS:a..b",
            "DNS:192.0.2.1",
            "DNS:a b",
            "DNS:x.*.y",
            "IP:pbx",
            "URI:sip",
            "URI:sip:a\n",
        ] {
            assert!(bad.parse::<SubjectName>().is_err(), "{bad}");
        }
        assert_eq!(from_common_name("pbx"), dns("pbx"));
        assert!(from_common_name("Malcolm Reynolds").is_err());
    }
}
