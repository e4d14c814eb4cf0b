//! The tables of verdicts: `tests/vectors/tls_*.txt`.

use crate::support::{VERIFY, policy, rows, table, with_rule};
use crate::{CLIENT, SERVER, facts_of, inbound, with_certificate};
use voxseal::error::Error;
use voxseal::tls::*;

#[test]
fn truth_table() {
    let (columns, rows) = table(VERIFY);
    assert_eq!((columns.len(), rows.len()), (10, 8));
    for row in rows {
        for (certificate, expected) in columns.iter().zip(&row).skip(2) {
            let facts = facts_of(certificate);
            let facts = if row[0] == "inbound" { inbound(facts) } else { facts };
            let verdict = decide(&policy(&[("verify", row[1])]), &facts);
            assert_eq!(
                with_rule(&verdict),
                *expected,
                "{} {} {certificate}: {}",
                row[0],
                row[1],
                verdict.reason
            );
        }
    }
}

/// `\xNN` is that byte.
fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

fn name(text: &str) -> Name {
    match text.split_once(':') {
        Some(("dns", name)) => Name::Dns(bytes(name)),
        Some(("uri", name)) => Name::Uri(bytes(name)),
        Some(("cn", name)) => Name::CommonName(bytes(name)),
        Some(("ip", name)) => Name::Ip(match name.parse().unwrap() {
            core::net::IpAddr::V4(ip) => ip.octets().to_vec(),
            core::net::IpAddr::V6(ip) => ip.octets().to_vec(),
        }),
        _ => Name::Other,
    }
}

/// "cn:Voice sip.test" has a space of its own.
pub fn names(text: &str) -> Vec<Name> {
    let mut names: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let starts =
            ["dns:", "uri:", "cn:", "ip:"].iter().any(|kind| word.starts_with(kind)) || word == "other";
        match names.last_mut() {
            Some(last) if !starts => *last += &format!(" {word}"),
            _ => names.push(word.to_owned()),
        }
    }
    names.iter().map(|text| name(text)).collect()
}

#[test]
fn names_matrix() {
    let rows = rows(include_str!("../vectors/tls_names.txt"));
    assert!(rows.len() > 80);
    for row in rows {
        let mut facts = with_certificate(|certificate| {
            certificate.names = names(row.get(3).copied().unwrap_or_default());
        });
        facts.expected_name = Some(row[2].to_owned());
        for (wildcards, expected) in [("no", row[0]), ("yes", row[1])] {
            let verdict = decide(&policy(&[("wildcards", wildcards)]), &facts);
            let rule = (expected == "no").then_some(Error::TlsName);
            assert_eq!(verdict.rule, rule, "{row:?}, wildcards {wildcards}: {}", verdict.reason);
            assert!(!verdict.reason.contains(char::is_control), "{}", verdict.reason);
        }
    }
}

#[test]
fn eku_matrix() {
    let (columns, rows) = table(include_str!("../vectors/tls_eku.txt"));
    for row in rows {
        let usage = |name: &str| {
            let usage = match name {
                "server" => SERVER,
                "client" => CLIENT,
                "sip" => "1.3.6.1.5.5.7.3.20",
                "any" => "2.5.29.37.0",
                "mail" => "1.3.6.1.5.5.7.3.4",
                other => panic!("{other}"),
            };
            usage.to_owned()
        };
        let ekus = match row[0] {
            "absent" => None,
            "empty" => Some(Vec::new()),
            usages => Some(usages.split(',').map(usage).collect()),
        };
        for (column, expected) in columns.iter().zip(&row).skip(1) {
            let (role, eku) = column.split_once(':').unwrap();
            let mut facts = with_certificate(|certificate| certificate.ekus.clone_from(&ekus));
            facts.peer = if role == "client" { PeerRole::Client } else { PeerRole::Server };
            let verdict = decide(&policy(&[("eku", eku)]), &facts);
            let outcome = with_rule(&verdict);
            assert_eq!(outcome.split(':').next(), Some(*expected), "{row:?} {column}: {}", verdict.reason);
            assert_eq!(verdict.rule, (*expected != "accept").then_some(Error::TlsPurpose));
        }
    }
}
