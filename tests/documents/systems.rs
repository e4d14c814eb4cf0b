//! The page of systems, from the fixtures and the shipped profiles.

use voxseal::profiles::{Profiles, entries, shipped_text};
use voxseal_rig::dialect::{Dialect, Intolerance};

const HEAD: &str = "\
# Phones, providers and PBXs

What is known of each system, and what voxseal does about it. Each is a test that calls every other one
(`tests/dialects`). Facts are as reported at the time; firmware has moved on. This page is written by `tests/documents`, from
`tests/dialects/systems` and the shipped profiles.

A profile that has a User-Agent is chosen by it, where `res_pjsip_voxseal.so` is loaded; each can be named at the endpoint:

```ini pjsip.conf
[phone]
type = endpoint
context = phones
allow = !all,ulaw
media_encryption = sdes
@srtp_profile = grandstream
```

How secure a call must be is the endpoint's matter: `media_encryption`, and `media_encryption_optimistic` for systems that may
have no SRTP. [settings.md](../settings.md) has every option of profiles.
";

pub fn page() -> String {
    let mut systems = Dialect::all().unwrap();
    systems.sort_by(|one, other| one.name.cmp(&other.name));
    systems.iter().fold(HEAD.to_owned(), |page, system| page + &section(system))
}

fn section(system: &Dialect) -> String {
    let profiles = Profiles::new();
    let summary = profiles.summary(&system.profile).unwrap();
    let agents = code(summary.user_agents.iter().map(|pattern| (*pattern).to_owned()));
    let chosen = if agents.is_empty() { "by name".to_owned() } else { format!("by {agents}") };
    let lines = entries(shipped_text()).filter(|entry| entry.section == system.profile);
    let sets = code(
        lines
            .filter(|entry| !["description", "user_agent"].contains(&entry.name))
            .map(|entry| format!("{} = {}", entry.name, entry.value)),
    );
    let changed = code(system.settings.iter().map(|(name, value)| format!("{name} = {value}")));
    let rows = [
        ("profile", format!("`{}`, chosen {chosen}", system.profile)),
        ("it sets", if sets.is_empty() { "nothing".to_owned() } else { sets }),
        ("to be set besides", changed),
        ("its offer", sentence(&system.offer.expect)),
        ("its answer", sentence(&system.answer.expect)),
        ("cannot stand", intolerances(&system.cannot_stand)),
    ];
    let table: String = rows
        .iter()
        .filter(|(_, what)| !what.is_empty())
        .map(|(name, what)| format!("| {name} | {} |\n", what.replace('|', "\\|")))
        .collect();
    format!("\n## {}\n\n{}\n\n| | |\n|---|---|\n{table}", system.name, one_line(&system.facts))
}

/// What comes of a line: a tag and a suite, nothing, or a refusal.
fn sentence(expected: &str) -> String {
    match expected {
        "none" => "has no crypto line: the call is in clear, or refused".to_owned(),
        other if other.starts_with("refused") => other.to_owned(),
        other => match other.split_once(' ') {
            Some((tag, suite)) => format!("line {tag} is taken, `{suite}`"),
            None => format!("is taken, `{other}`"),
        },
    }
}

fn intolerances(all: &[Intolerance]) -> String {
    let word = |one: &Intolerance| match one {
        Intolerance::SeveralLines => "several lines",
        Intolerance::LeadsWith32 => "a first line with a 32-bit tag",
        Intolerance::Lifetime => "a lifetime",
        Intolerance::Mki => "an MKI",
        Intolerance::NoMki => "a line without an MKI",
        Intolerance::SessionParams => "session parameters",
        Intolerance::AeadNames => "the name of an AEAD suite",
        Intolerance::TagNot1 => "a first tag other than 1",
        Intolerance::NotAvp => "a transport other than RTP/AVP",
        Intolerance::NotSavp => "a transport other than RTP/SAVP",
        Intolerance::DtlsAttributes => "attributes of DTLS-SRTP",
        Intolerance::TwoMLines => "two m= lines",
        Intolerance::WrongKeyLength => "a key of the wrong length",
    };
    all.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn code(texts: impl Iterator<Item = String>) -> String {
    texts.map(|text| format!("`{text}`")).collect::<Vec<_>>().join("; ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
