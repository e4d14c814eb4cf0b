//! Reads the tables of `tests/vectors/tls_*.txt`.

use voxseal::tls::{Outcome, Policy, Verdict};

pub const VERIFY: &str = include_str!("../vectors/tls_verify.txt");

/// A table: the names of its columns, then its rows.
pub fn table(text: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let mut rows = rows(text);
    (rows.remove(0), rows)
}

pub fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect()
}

/// A verdict as the tables write it, with the rule that was broken.
pub fn with_rule(verdict: &Verdict) -> String {
    let outcome = match verdict.outcome {
        Outcome::Accept => "accept",
        Outcome::AcceptWithWarning => "warn",
        Outcome::Refuse => "refuse",
    };
    verdict.rule.map_or(outcome.to_owned(), |rule| format!("{outcome}:{rule:?}"))
}

/// The rules with this verification in both directions.
pub fn policy(options: &[(&str, &str)]) -> Policy {
    let mut policy = Policy::default();
    for (name, value) in options {
        policy.set(name, value).unwrap();
    }
    policy
}
