//! Whom a certificate is for (RFC 5922 §7.1), and whether that is the one who is
//! expected (§7.2).

use super::facts::{Certificate, Name};
use super::name::{Cover, Host, Pattern, address};
use super::policy::Rules;
use super::verdict::{Fault, show};
use crate::error::Error;

const MAX_SHOWN: usize = 4;

/// The certificate is for the expected name, or where none is expected, for one
/// of the list. Gives back the name that it is for.
pub(super) fn check_name<'a>(
    rules: &'a Rules,
    certificate: &Certificate,
    expected: Option<&'a str>,
) -> Result<&'a str, Fault> {
    match expected {
        Some(expected) => covers(certificate, expected, rules.wildcards).map(|()| expected),
        None if rules.allow.is_empty() => Err(Fault::new(
            Error::TlsName,
            "the name that the peer should have is not known; the host must tell the SIP domain, or the settings list names in allow (verify)",
        )),
        None => check_allowed(rules, certificate),
    }
}

/// The certificate is for one of the names of the list.
pub(super) fn check_allowed<'a>(rules: &'a Rules, certificate: &Certificate) -> Result<&'a str, Fault> {
    let allowed =
        |name: &&String| is_named(certificate, name) || covers(certificate, name, rules.wildcards).is_ok();
    rules.allow.iter().find(allowed).map(String::as_str).ok_or_else(|| {
        let cause = format!(
            "the certificate is for {}, and no name of the list covers that; add one if the peer may connect (allow)",
            shown(certificate)
        );
        Fault::new(Error::TlsNotAllowed, cause)
    })
}

/// A wildcard in the list stands for the same wildcard in a certificate.
fn is_named(certificate: &Certificate, entry: &str) -> bool {
    let wanted = Pattern::read(entry.as_bytes()).filter(|pattern| matches!(pattern, Pattern::Below(_)));
    let has =
        |wanted: Pattern| domains(certificate).iter().any(|name| Pattern::read(name) == Some(wanted.clone()));
    wanted.is_some_and(has) && nul(certificate).is_none()
}

pub(super) fn covers(certificate: &Certificate, expected: &str, wildcards: bool) -> Result<(), Fault> {
    if let Some(name) = nul(certificate) {
        let cause = format!(
            "the certificate's name {} has a NUL byte in it; nobody honest issues that (names)",
            show(name)
        );
        return Err(Fault::new(Error::TlsName, cause));
    }
    match Host::read(expected) {
        Some(Host::Domain(domain)) => covers_domain(certificate, &domain, wildcards),
        Some(Host::Ip(wanted)) => {
            let is_wanted = |name: &Name| matches!(name, Name::Ip(bytes) if address(bytes) == Some(wanted));
            if certificate.names.iter().any(is_wanted) {
                return Ok(());
            }
            let cause = format!(
                "the certificate is for {}, not for the address {wanted}; an address must stand in it as an IP name, or ask for the peer by its domain (names)",
                shown(certificate)
            );
            Err(Fault::new(Error::TlsName, cause))
        }
        None => {
            let cause = format!(
                "the expected name {} is neither a domain nor an IP address; correct the URI or the setting that it is from (names)",
                show(expected.as_bytes())
            );
            Err(Fault::new(Error::TlsName, cause))
        }
    }
}

fn covers_domain(certificate: &Certificate, domain: &str, wildcards: bool) -> Result<(), Fault> {
    let patterns: Vec<Pattern> = domains(certificate).iter().filter_map(|name| Pattern::read(name)).collect();
    let covers: Vec<Cover> = patterns.iter().map(|pattern| pattern.cover(domain)).collect();
    let any = |cover| covers.contains(&cover);
    if any(Cover::Covers) || (wildcards && any(Cover::ByWildcard)) {
        return Ok(());
    }
    let certificate_for = format!("the certificate is for {}", shown(certificate));
    let cause = if any(Cover::ByWildcard) {
        format!(
            "{certificate_for}, and wildcards are off as RFC 5922 §7.2 demands; to let it cover {domain}, set wildcards to yes (wildcards)"
        )
    } else if any(Cover::TooDeep) {
        format!(
            "{certificate_for}, which does not cover {domain}: a wildcard stands for one label only (wildcards)"
        )
    } else if any(Cover::Parent) {
        format!(
            "{certificate_for}, which does not cover {domain}: a wildcard stands for one label, not for none (wildcards)"
        )
    } else {
        format!(
            "{certificate_for}, which does not cover {domain}; the certificate must name the SIP domain that was asked for (names)"
        )
    };
    Err(Fault::new(Error::TlsName, cause))
}

/// The domains that a certificate is for: those of its SIP URIs, else its DNS
/// names, else, without any alternative name, its common name.
fn domains(certificate: &Certificate) -> Vec<&[u8]> {
    let names = &certificate.names;
    let uris: Vec<&[u8]> = names.iter().filter_map(sip_domain).collect();
    if !uris.is_empty() {
        return uris;
    }
    let by_common_name = !has_alternative_names(certificate);
    names.iter().filter_map(|name| dns_name(name, by_common_name)).collect()
}

pub(super) fn dns_name(name: &Name, by_common_name: bool) -> Option<&[u8]> {
    match name {
        Name::Dns(text) => Some(text),
        Name::CommonName(text) if by_common_name => Some(text),
        _ => None,
    }
}

fn has_alternative_names(certificate: &Certificate) -> bool {
    certificate.names.iter().any(|name| !matches!(name, Name::CommonName(_)))
}

/// The domain of a `sip:` URI without a user.
pub(super) fn sip_domain(name: &Name) -> Option<&[u8]> {
    let Name::Uri(uri) = name else { return None };
    let (scheme, rest) = uri.split_at_checked(4)?;
    if !scheme.eq_ignore_ascii_case(b"sip:") || rest.contains(&b'@') {
        return None;
    }
    let host = rest.split(|byte| b":;?".contains(byte)).next()?;
    // A URI has no wildcards.
    matches!(Pattern::read(host), Some(Pattern::Exact(_))).then_some(host)
}

/// A name with a NUL byte, at which other software would end it.
pub(super) fn nul(certificate: &Certificate) -> Option<&[u8]> {
    certificate.names.iter().find_map(|name| match name {
        Name::Dns(text) | Name::Uri(text) | Name::CommonName(text) => {
            text.contains(&0).then_some(text.as_slice())
        }
        Name::Ip(_) | Name::Other => None,
    })
}

/// The names that count, for a sentence.
pub(super) fn shown(certificate: &Certificate) -> String {
    let mut names: Vec<String> = domains(certificate).into_iter().map(show).collect();
    names.extend(certificate.names.iter().filter_map(|name| match name {
        Name::Ip(bytes) => address(bytes).map(|ip| ip.to_string()),
        _ => None,
    }));
    let more = names.len().saturating_sub(MAX_SHOWN);
    names.truncate(MAX_SHOWN);
    match (names.is_empty(), more) {
        (true, _) => "no SIP domain".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}
