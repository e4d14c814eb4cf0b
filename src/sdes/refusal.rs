//! Why a crypto attribute was refused, in one sentence for a log.

use super::AttrTag;
use crate::error::Error;
use core::fmt;

/// A refused crypto attribute: the error, and cause and remedy in words.
///
/// The sentence never holds key material, and of the peer's bytes only names
/// that cannot be a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of refusal.
    pub error: Error,
    /// The attribute's tag, if it could be read.
    pub attr_tag: Option<AttrTag>,
    cause: String,
}

impl Refusal {
    /// A refusal whose sentence goes on with `cause`.
    pub(super) fn new(error: Error, cause: impl Into<String>) -> Refusal {
        Refusal { error, attr_tag: None, cause: cause.into() }
    }

    /// The same for the attribute with this tag.
    pub(super) fn with_tag(mut self, attr_tag: Option<AttrTag>) -> Refusal {
        self.attr_tag = attr_tag;
        self
    }

    /// Cause and remedy alone, without "crypto line 1 refused".
    pub fn cause(&self) -> &str {
        &self.cause
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attr_tag {
            Some(attr_tag) => write!(f, "crypto line {attr_tag} refused: {}", self.cause),
            None => write!(f, "crypto line refused: {}", self.cause),
        }
    }
}

impl core::error::Error for Refusal {}

const MAX_QUOTE_LEN: usize = 40;

/// `name`, cut at 40 characters, if it may stand in a log.
///
/// In a garbled line a key can stand where a name belongs. Names of suites and
/// parameters are letters of one case, digits, `_` and `-`; a random key that
/// looks like that does not occur.
pub(super) fn quotable(name: &str) -> Option<String> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    let lower = name.bytes().any(|byte| byte.is_ascii_lowercase());
    let upper = name.bytes().any(|byte| byte.is_ascii_uppercase());
    if name.is_empty() || !plain || (lower && upper) {
        return None;
    }
    Some(match name.get(..MAX_QUOTE_LEN) {
        Some(start) if name.len() > MAX_QUOTE_LEN => format!("{start}..."),
        _ => name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_cut_but_nothing_that_may_be_a_key() {
        assert_eq!(quotable("F8_128_HMAC_SHA1_80").as_deref(), Some("F8_128_HMAC_SHA1_80"));
        assert_eq!(quotable(&"X".repeat(41)), Some(format!("{}...", "X".repeat(40))));
        for key in ["", "inline:WpjkRMJa2SxB", "WpjkRMJa2SxBMF0MKkdLG5R", "A+B", "A\0", "Ä"] {
            assert_eq!(quotable(key), None, "{key}");
        }
    }
}
