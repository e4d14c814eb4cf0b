//! Other people's devices as data: what each system offers and answers, what it cannot stand, how its media behave.
//!
//! One file per system in `tests/dialects/systems`. [`Dialect`] is what a file says; [`Intolerance`] judges our SDP as
//! the system would; [`Dialect::answer`] answers as it does; [`Voice`] is its media, by libsrtp; [`phone::Phone`] puts all
//! of this into a call with the PBX of [`site::start`].

mod answer;
mod intolerance;
mod lines;
pub mod phone;
pub mod site;
mod voice;

pub use answer::{Agreed, random_key};
pub use intolerance::Intolerance;
pub use lines::{CryptoLine, MediaLine, audio, media_lines, with_lines};
pub use voice::Voice;

use crate::Result;
use crate::places::repository;
use serde::Deserialize;
use std::fs;

/// What is known of one system.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// The system.
    pub name: String,
    /// Rows of the table of systems that the facts come from.
    pub rows: Vec<String>,
    /// What was reported of it.
    pub facts: String,
    /// What was not reported and is chosen here.
    #[serde(default)]
    pub assumed: String,
    /// The profile of ours that is meant for it.
    pub profile: String,
    /// Options of that profile that an administrator has to change for it.
    #[serde(default)]
    pub settings: Vec<(String, String)>,
    /// What it cannot stand in our SDP.
    pub cannot_stand: Vec<Intolerance>,
    /// What it offers.
    pub offer: Offer,
    /// Single lines that it may offer, too.
    #[serde(default)]
    pub more_offers: Vec<OtherOffer>,
    /// How it answers.
    pub answer: Answer,
    /// How its media behave.
    #[serde(default)]
    pub media: Habits,
}

/// What a system offers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Its SDP; `@PORT@`, `@VERSION@` and `@DIRECTION@` are filled in.
    pub sdp: String,
    /// What we make of it: `5 SUITE`, `none` or `refused: why`.
    pub expect: String,
}

/// One more line that a system may offer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherOffer {
    /// The value of the crypto attribute.
    pub line: String,
    /// What we make of it.
    pub expect: String,
}

/// How a system answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Suites that it takes, most preferred first. None: it answers without crypto.
    pub takes: Vec<String>,
    /// Whose order decides.
    pub order: Order,
    /// The lifetime in its answers: `2^31`, `mirror`, or nothing.
    #[serde(default)]
    pub lifetime: String,
    /// The MKI in its answers: `1:1`, `mirror`, or nothing.
    #[serde(default)]
    pub mki: String,
    /// The tag in its answers; 0 for the one that was offered.
    #[serde(default)]
    pub tag: u32,
    /// What we make of it: a suite, `none` or `refused: why`.
    pub expect: String,
}

/// Whose order of suites decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The offer's.
    Theirs,
    /// The system's.
    Own,
}

/// How a system's media behave where they do not follow from the SDP.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Habits {
    /// 32-bit tags on SRTCP with the `_32` suites.
    pub short_srtcp_tags: bool,
    /// Packets carry no MKI although the SDP says one.
    pub leaves_out_mki: bool,
    /// New keys begin with all state thrown away, that of our direction, too.
    pub resets_roc: bool,
    /// The SSRC changes in mid-call.
    pub changes_ssrc: bool,
}

impl Dialect {
    /// All systems, by name.
    pub fn all() -> Result<Vec<Dialect>> {
        let folder = repository().join("tests/dialects/systems");
        let mut files: Vec<_> = fs::read_dir(folder)?.collect::<std::io::Result<_>>()?;
        files.sort_by_key(|file| file.file_name());
        files
            .iter()
            .map(|file| {
                let path = file.path();
                let dialect: Dialect = toml::from_str(&fs::read_to_string(&path)?)
                    .map_err(|error| format!("{}: {error}", path.display()))?;
                if path.file_stem() != Some(dialect.name.as_ref()) {
                    return Err(format!("{} is the file of {}", path.display(), dialect.name).into());
                }
                Ok(dialect)
            })
            .collect()
    }

    /// The system of this name.
    pub fn named(name: &str) -> Result<Dialect> {
        let found = Dialect::all()?.into_iter().find(|dialect| dialect.name == name);
        found.ok_or_else(|| format!("there is no system {name}").into())
    }

    /// Its offer, with media at this port of loopback.
    pub fn offer(&self, port: u16, version: u32, direction: &str) -> String {
        let text = self.offer.sdp.trim_start().replace('\n', "\r\n");
        text.replace("@PORT@", &port.to_string())
            .replace("@VERSION@", &version.to_string())
            .replace("@DIRECTION@", direction)
    }

    /// What an SDP of ours does to it, in words. Nothing for one that it can stand.
    pub fn complaints(&self, sdp: &str) -> Result<Vec<String>> {
        let lines = media_lines(sdp)?;
        Ok(self.cannot_stand.iter().filter_map(|one| one.complaint(&lines)).collect())
    }
}
