//! Values of options, read strictly: what is not understood is refused.

use super::network::Network;
use super::sentence::{near_miss, quote};
use crate::sdes::{DEFAULT_OFFER, Lifetime, Weakenings};
use crate::suite::CryptoSuite;
use core::str::FromStr;

/// Why a value is refused.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is none of those that the option's row names.
    NoSuchValue,
    /// This sentence says it better.
    Because(String),
}

pub(super) type Read<T> = Result<T, Fault>;

/// One of these words, in any case.
pub(super) fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Read<T> {
    let known = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    known.map(|(_, meaning)| *meaning).ok_or(Fault::NoSuchValue)
}

/// The word for a value.
pub(super) fn show_word<T: Copy + PartialEq>(value: T, words: &[(&'static str, T)]) -> String {
    words.iter().find(|(_, meaning)| *meaning == value).map_or("", |(word, _)| *word).to_owned()
}

/// Yes or no in any of the spellings that Asterisk knows.
pub(super) fn yes_or_no(text: &str) -> Read<bool> {
    let yes = ["yes", "true", "y", "t", "1", "on"].map(|word| (word, true));
    let no = ["no", "false", "n", "f", "0", "off"].map(|word| (word, false));
    word(text, &yes).or_else(|_| word(text, &no))
}

/// Digits alone, without a sign or leading zeros.
fn decimal<N: FromStr>(text: &str) -> Read<N> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if text.len() > 20 || !digits || leading_zero {
        return Err(Fault::NoSuchValue);
    }
    text.parse().map_err(|_| Fault::NoSuchValue)
}

/// A decimal number within bounds.
pub(super) fn number<N: FromStr + PartialOrd>(text: &str, bounds: core::ops::RangeInclusive<N>) -> Read<N> {
    decimal(text)
        .and_then(|number| if bounds.contains(&number) { Ok(number) } else { Err(Fault::NoSuchValue) })
}

/// A percentage with one decimal at most, `87.5` or `90%`, in thousandths.
pub(super) fn percentage(text: &str, bounds: core::ops::RangeInclusive<u16>) -> Read<u16> {
    let text = text.strip_suffix('%').unwrap_or(text).trim_end();
    let (whole, tenths) = text.split_once('.').unwrap_or((text, "0"));
    let (whole, tenths): (u16, u16) = (number(whole, 0..=100)?, number(tenths, 0..=9)?);
    let thousandths = whole * 10 + tenths;
    if bounds.contains(&thousandths) { Ok(thousandths) } else { Err(Fault::NoSuchValue) }
}

pub(super) fn show_percentage(thousandths: u16) -> String {
    match (thousandths / 10, thousandths % 10) {
        (whole, 0) => format!("{whole}%"),
        (whole, tenths) => format!("{whole}.{tenths}%"),
    }
}

/// A number of packets, `2^20` or `1048576`.
pub(super) fn lifetime(text: &str) -> Read<Lifetime> {
    let lifetime = match text.strip_prefix("2^") {
        Some(exponent) => Lifetime::power_of_two(decimal(exponent)?),
        None => Lifetime::decimal(decimal(text)?),
    };
    lifetime.ok_or(Fault::NoSuchValue)
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

/// Suites by name, separated by commas, none twice.
pub(super) fn suites(text: &str) -> Read<Vec<CryptoSuite>> {
    let mut suites = Vec::new();
    for name in list(text) {
        let suite = CryptoSuite::from_name(name).ok_or_else(|| Fault::Because(unknown_suite(name)))?;
        if suites.contains(&suite) {
            return Err(Fault::Because(format!("{suite} is there twice; leave one out")));
        }
        suites.push(suite);
    }
    Ok(suites)
}

fn unknown_suite(name: &str) -> String {
    if name.is_empty() {
        return "the name of a suite is missing; names are separated by one comma".to_owned();
    }
    let names: Vec<&str> = CryptoSuite::all().map(CryptoSuite::name).collect();
    let hint = near_miss(name, names.iter().copied());
    format!("{} is not a crypto-suite{hint}; there are {}", quote(name), names.join(", "))
}

/// What is offered: names in their order, or `default`.
pub(super) fn offer(text: &str) -> Read<Vec<CryptoSuite>> {
    word(text, &[("default", ())]).map(|()| DEFAULT_OFFER.to_vec()).or_else(|_| suites(text))
}

/// What is accepted: names, or `all`.
pub(super) fn accept(text: &str) -> Read<Vec<CryptoSuite>> {
    word(text, &[("all", ())]).map(|()| CryptoSuite::all().collect()).or_else(|_| suites(text))
}

/// `none`, or names of session parameters.
pub(super) fn weakenings(text: &str) -> Read<Weakenings> {
    let mut allowed = Weakenings::default();
    if text.eq_ignore_ascii_case("none") {
        return Ok(allowed);
    }
    for name in list(text) {
        match name.to_ascii_uppercase().as_str() {
            "UNENCRYPTED_SRTP" => allowed.unencrypted_srtp = true,
            "UNENCRYPTED_SRTCP" => allowed.unencrypted_srtcp = true,
            _ => return Err(Fault::NoSuchValue),
        }
    }
    Ok(allowed)
}

pub(super) fn show_weakenings(allowed: Weakenings) -> String {
    let names =
        [(allowed.unencrypted_srtp, "UNENCRYPTED_SRTP"), (allowed.unencrypted_srtcp, "UNENCRYPTED_SRTCP")];
    let names: Vec<&str> = names.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// `none`, or addresses and networks.
pub(super) fn networks(text: &str) -> Read<Vec<Network>> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(Vec::new());
    }
    list(text).map(|network| Network::read(network).map_err(Fault::Because)).collect()
}

pub(super) fn show_networks(networks: &[Network]) -> String {
    let texts: Vec<String> = networks.iter().map(Network::to_string).collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}

pub(super) fn show_suites(suites: &[CryptoSuite]) -> String {
    suites.iter().map(|suite| suite.name()).collect::<Vec<_>>().join(", ")
}
