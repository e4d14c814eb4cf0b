//! Reads one crypto attribute (RFC 4568 §9).
//!
//! Takes what follows `a=crypto:`, or the whole line. Where the text leaves
//! room, this is what is read:
//!
//! - Suites, `inline` and parameter names in any case: §4 says that the fields
//!   are case-insensitive. The attribute's name is not, nor is base64.
//! - Any run of spaces and tabs between fields (§9.1: `1*WSP`), also before the
//!   first and after the last one.
//! - Base64 with its padding complete or absent.
//!
//! Refused: every byte that is not printable ASCII or a blank, leading zeros
//! (§4.1, §6.1, §6.3), and whatever exceeds the bounds below.

use super::key_param::parse_key_params;
use super::refusal::quotable;
use super::session_param::check_together;
use super::{AttrTag, CryptoAttribute, Refusal, SessionParam, SuiteSpelling};
use crate::error::Error;
use crate::suite::CryptoSuite;

/// The longest line that is read.
pub const MAX_LINE_LEN: usize = 4096;
/// The most keys of one line.
pub const MAX_KEYS: usize = 16;
/// The most session parameters of one line.
pub const MAX_SESSION_PARAMS: usize = 16;

/// Reads one crypto attribute.
///
/// # Errors
/// A [`Refusal`] with an error of the 200s, [`Error::KeyLength`] or
/// [`Error::KeyAllZero`].
pub fn parse(line: &[u8]) -> Result<CryptoAttribute, Refusal> {
    let value = [b"a=crypto:".as_slice(), b"crypto:"].iter().find_map(|name| line.strip_prefix(*name));
    let value = value.unwrap_or(line);
    parse_value(value).map_err(|refusal| refusal.with_tag(peek_tag(value)))
}

/// The tag of a line that may be refused for anything behind it.
fn peek_tag(value: &[u8]) -> Option<AttrTag> {
    let first = value.split(|byte| is_blank(*byte)).find(|field| !field.is_empty())?;
    AttrTag::parse(core::str::from_utf8(first).ok()?)
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn parse_value(value: &[u8]) -> Result<CryptoAttribute, Refusal> {
    let text = printable(value)?;
    let mut fields = text.split([' ', '\t']).filter(|field| !field.is_empty());
    let tag = fields.next().ok_or_else(|| syntax("the line is empty"))?;
    let attr_tag = AttrTag::parse(tag).ok_or_else(|| {
        Refusal::new(Error::AttributeTag, "the tag is not a number of 1 to 9 digits without leading zeros")
    })?;
    let suite = fields.next().ok_or_else(|| syntax("there is no crypto-suite after the tag"))?;
    let (suite, spelling) = parse_suite(suite)?;
    let keys = fields.next().ok_or_else(|| {
        Refusal::new(
            Error::KeyEncoding,
            "there is no key after the crypto-suite; expected inline: and the key",
        )
    })?;
    let keys = parse_key_params(keys, suite)?;
    let mut session_params = Vec::new();
    for field in fields {
        if session_params.len() == MAX_SESSION_PARAMS {
            let cause =
                format!("it holds more session parameters than the {MAX_SESSION_PARAMS} that are read");
            return Err(Refusal::new(Error::AttributeTooLong, cause));
        }
        session_params.push(SessionParam::parse(field, suite)?);
    }
    check_together(&session_params)?;
    Ok(CryptoAttribute { attr_tag, suite, spelling, keys, session_params })
}

/// The line as text, if it is short enough and printable.
fn printable(value: &[u8]) -> Result<&str, Refusal> {
    if value.len() > MAX_LINE_LEN {
        let cause = format!("it is {} bytes long, more than the {MAX_LINE_LEN} that are read", value.len());
        return Err(Refusal::new(Error::AttributeTooLong, cause));
    }
    let foreign = value.iter().enumerate().find(|(_, byte)| !byte.is_ascii_graphic() && !is_blank(**byte));
    if let Some((position, byte)) = foreign {
        let cause = format!("byte {} is 0x{byte:02x}; only printable ASCII is allowed", position + 1);
        return Err(syntax(&cause));
    }
    core::str::from_utf8(value).map_err(|_| syntax("only printable ASCII is allowed"))
}

fn syntax(cause: &str) -> Refusal {
    Refusal::new(Error::AttributeSyntax, cause)
}

fn parse_suite(name: &str) -> Result<(CryptoSuite, SuiteSpelling), Refusal> {
    if let Some(suite) = CryptoSuite::from_name(name) {
        let registered = name.eq_ignore_ascii_case(suite.name());
        return Ok((suite, if registered { SuiteSpelling::Registered } else { SuiteSpelling::Old }));
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(syntax("the crypto-suite is not a name of letters, digits and underscores"));
    }
    let suite = quotable(name).map_or("the crypto-suite".to_owned(), |name| format!("crypto-suite {name}"));
    let usual = CryptoSuite::AesCm128HmacSha1_80;
    Err(Refusal::new(
        Error::UnknownSuite,
        format!("{suite} is not supported; the peer must offer another one, such as {usual}"),
    ))
}
