//! What becomes of a connection, and why.

use crate::error::Error;
use core::fmt;

/// The answer of [`super::decide`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict {
    /// What becomes of the connection.
    pub outcome: Outcome,
    /// The rule that the connection breaks; `None` when it is accepted without a warning.
    pub rule: Option<Error>,
    /// One sentence without a full stop: cause, remedy, and in parentheses the
    /// option. No control character of the peer's is in it.
    pub reason: String,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is used.
    Accept,
    /// It is used, and the reason belongs into the log.
    AcceptWithWarning,
    /// It is ended.
    Refuse,
}

/// A rule that is broken.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) rule: Error,
    pub(super) sentence: String,
    /// The policy overlooks it.
    pub(super) overlooked: bool,
}

impl Fault {
    pub(super) fn new(rule: Error, sentence: impl fmt::Display) -> Fault {
        Fault { rule, sentence: sentence.to_string(), overlooked: false }
    }

    pub(super) fn overlooked_if(self, overlooked: bool) -> Fault {
        Fault { overlooked, ..self }
    }
}

const MAX_QUOTE_LEN: usize = 100;

/// Text of the peer's or of the settings as it may stand in a log: cut, and
/// without control characters.
pub(super) fn show(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let start: String = text.chars().take(MAX_QUOTE_LEN).collect();
    let dots = if start.len() < text.len() { "..." } else { "" };
    format!("{}{dots}", start.escape_debug())
}
