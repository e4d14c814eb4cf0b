//! Why a setting was refused, in one sentence with cause and remedy.

use core::fmt;

/// The sentence, for a log: no end of line and no control character in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(String);

impl Refused {
    /// `option: cause`
    pub(super) fn new(option: &str, cause: impl fmt::Display) -> Refused {
        Refused(format!("{option}: {cause}"))
    }

    /// The same with the name of the section before it.
    pub(super) fn in_section(self, section: &str) -> Refused {
        Refused(format!("[{section}] {}", self.0))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Refused {}

const MAX_QUOTE_LEN: usize = 40;

/// `text` in quotation marks, cut at 40 characters, with nothing that could
/// break a line of a log.
pub(super) fn quote(text: &str) -> String {
    let start: String = text.chars().take(MAX_QUOTE_LEN).collect();
    let dots = if start.len() < text.len() { "..." } else { "" };
    format!("\"{}{dots}\"", start.escape_debug())
}

/// ` (did you mean "…"?)` when one of the names is nearly what was written.
pub(super) fn near_miss<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let written = plain(written);
    // Short names are all alike, and long texts are no names.
    if !(4..=64).contains(&written.len()) {
        return String::new();
    }
    names
        .into_iter()
        .map(|name| (distance(&written, &plain(name)), name))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map_or(String::new(), |(_, name)| format!(" (did you mean \"{name}\"?)"))
}

/// Lower case, without what is easily written in another way.
fn plain(name: &str) -> Vec<char> {
    name.chars()
        .take(65)
        .filter(|letter| !matches!(letter, '_' | '-' | ' '))
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// How many letters must be put in, taken out or changed to make `a` into `b`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (number, letter) in a.iter().enumerate() {
        let mut diagonal = number;
        let mut left = number + 1;
        for (other, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let changed = diagonal + usize::from(letter != other);
            diagonal = *cell;
            *cell = changed.min(diagonal + 1).min(left + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = number + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_letters() {
        let count = |a: &str, b: &str| distance(&plain(a), &plain(b));
        assert_eq!(count("", "abc"), 3);
        assert_eq!(count("abc", ""), 3);
        assert_eq!(count("suites", "suites"), 0);
        assert_eq!(count("suite", "suites"), 1);
        assert_eq!(count("kitten", "sitting"), 3);
    }

    #[test]
    fn near_misses_are_named_and_nothing_else() {
        let names = ["min_lifetime", "lifetime", "suites"];
        assert_eq!(near_miss("Min-Lifetme", names), " (did you mean \"min_lifetime\"?)");
        assert_eq!(near_miss("colour", names), "");
        assert_eq!(near_miss("", names), "");
        assert_eq!(near_miss(&"x".repeat(100_000), names), "");
    }

    #[test]
    fn quotes_are_short_and_on_one_line() {
        assert_eq!(quote("2^99"), "\"2^99\"");
        assert_eq!(quote("a\nb\0\u{1b}\""), r#""a\nb\0\u{1b}\"""#);
        assert_eq!(quote(&"ä".repeat(41)), format!("\"{}...\"", "ä".repeat(40)));
    }
}
