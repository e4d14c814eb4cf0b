//! User-Agent patterns: `*` for any characters, `?` for one, in any case.

use super::sentence::quote;
use std::collections::BTreeMap;

/// The longest pattern, in bytes.
pub const MAX_PATTERN_LEN: usize = 120;
/// What is looked at of a User-Agent, in bytes; a longer one is cut.
pub const MAX_USER_AGENT_LEN: usize = 512;

/// A pattern as an automaton: state n says that what came before the n-th
/// character fits. A byte moves all states at once, so that a match takes as many
/// steps as the User-Agent has bytes, whatever both look like.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: Box<str>,
    /// For each byte that the pattern names: the states that it leads to.
    named: BTreeMap<u8, u128>,
    /// The states that any other byte leads to, by a `?`.
    any: u128,
    /// The states that every byte leaves as they are, by a `*`.
    stays: u128,
    /// The state of a whole match.
    end: u128,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Pattern, String> {
        if text.is_empty() || text.len() > MAX_PATTERN_LEN {
            return Err(format!("{} is not a pattern of 1 to {MAX_PATTERN_LEN} bytes", quote(text)));
        }
        let (mut state, mut any, mut stays) = (1u128, 0, 0);
        let mut letters = Vec::new();
        for byte in text.bytes() {
            if byte == b'*' {
                stays |= state;
                continue;
            }
            // At most 120 times: the state stays within its 128 bits.
            state <<= 1;
            match byte {
                b'?' => any |= state,
                _ => letters.push((byte.to_ascii_lowercase(), state)),
            }
        }
        let mut named = BTreeMap::new();
        for (letter, state) in letters {
            *named.entry(letter).or_insert(any) |= state;
        }
        Ok(Pattern { text: text.into(), named, any, stays, end: state })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// How exact it is: its characters aside from `*` and `?`.
    pub(super) fn exactness(&self) -> usize {
        self.text.bytes().filter(|byte| !matches!(byte, b'*' | b'?')).count()
    }

    pub(super) fn matches(&self, user_agent: &[u8]) -> bool {
        let mut states = 1u128;
        for byte in user_agent.iter().take(MAX_USER_AGENT_LEN) {
            let reachable = self.named.get(&byte.to_ascii_lowercase()).copied().unwrap_or(self.any);
            states = (states << 1) & reachable | states & self.stays;
            if states == 0 {
                return false;
            }
        }
        states & self.end != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, user_agent: impl AsRef<[u8]>) -> bool {
        Pattern::new(pattern).unwrap().matches(user_agent.as_ref())
    }

    #[test]
    fn stars_and_question_marks_stand_for_characters() {
        for (pattern, user_agent) in [
            ("Aastra *", "Aastra 57i/3.2.0.70"),
            ("aastra *", "AASTRA "),
            ("*", ""),
            ("**", "x"),
            ("*57i*", "Aastra 57i/3"),
            ("A*a*a", "Aastra"),
            ("Z ?.* rv*", "Z 5.6.4 rv2.10.20.5"),
            ("???", "abc"),
            ("abc", "ABC"),
        ] {
            assert!(matches(pattern, user_agent), "{pattern} {user_agent}");
        }
        for (pattern, user_agent) in [
            ("Aastra *", "Aastra"),
            ("Aastra *", " Aastra 57i"),
            ("?", ""),
            ("???", "ab"),
            ("???", "abcd"),
            ("abc", "abcd"),
            ("*57i", "Aastra 57i/3"),
            ("a*b*c", "acb"),
            ("a", ""),
        ] {
            assert!(!matches(pattern, user_agent), "{pattern} {user_agent}");
        }
    }

    /// What the automaton must agree with.
    fn plain_match(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            ([b'*', rest @ ..], _) => (0..=text.len()).any(|skip| plain_match(rest, &text[skip..])),
            ([b'?', pattern @ ..], [_, text @ ..]) => plain_match(pattern, text),
            ([one, pattern @ ..], [other, text @ ..]) => one == other && plain_match(pattern, text),
            _ => false,
        }
    }

    #[test]
    fn every_short_pattern_agrees_with_a_plain_matcher() {
        let words = |letters: &[u8], longest: usize| {
            let mut words: Vec<Vec<u8>> = vec![vec![]];
            let mut last = words.clone();
            for _ in 0..longest {
                last = last
                    .iter()
                    .flat_map(|word| letters.iter().map(move |letter| [&word[..], &[*letter]].concat()))
                    .collect();
                words.extend(last.iter().cloned());
            }
            words
        };
        let texts = words(b"ab", 5);
        for pattern in words(b"ab?*", 4).iter().filter(|pattern| !pattern.is_empty()) {
            let automaton = Pattern::new(core::str::from_utf8(pattern).unwrap()).unwrap();
            for text in &texts {
                assert_eq!(automaton.matches(text), plain_match(pattern, text), "{pattern:?} {text:?}");
            }
        }
    }

    #[test]
    fn lengths_are_bounded() {
        assert!(Pattern::new("").is_err());
        assert!(Pattern::new(&"?".repeat(MAX_PATTERN_LEN)).unwrap().matches(&[0xff; MAX_PATTERN_LEN]));
        assert!(Pattern::new(&"?".repeat(MAX_PATTERN_LEN + 1)).is_err());
    }

    #[test]
    fn hostile_user_agents_are_harmless() {
        let worst = format!("{}b", "*a".repeat(59));
        assert!(!matches(&worst, vec![b'a'; 100_000]));
        assert!(matches("*", vec![0xff; 100_000]));
        assert!(matches("A*z", b"a\0\xff\xfe\r\nz"));
        assert!(!matches("*z", [vec![b'a'; 100_000], vec![b'z']].concat()), "cut before its end");
    }
}
