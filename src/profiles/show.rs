//! Settings as people read them on a console of 80 columns.

use super::rules::Rules;
use super::set::Profiles;
use core::fmt::Write;

const COLUMNS: usize = 80;

impl Rules {
    /// Every option and its value, in two columns.
    pub fn show(&self) -> String {
        let lines: Vec<(&str, String)> = self.lines().collect();
        table(lines.iter().map(|(name, value)| (*name, value.as_str())))
    }
}

impl Profiles {
    /// Every profile, what it is for and the User-Agents that choose it, in two columns.
    pub fn show(&self) -> String {
        let summaries: Vec<_> = self.names().filter_map(|name| self.summary(name)).collect();
        let rows: Vec<(&str, String)> = summaries
            .iter()
            .map(|summary| {
                let agents = match summary.user_agents.as_slice() {
                    [] => String::new(),
                    agents => format!(" [{}]", agents.join(", ")),
                };
                (summary.name, format!("{}{agents}", summary.description))
            })
            .collect();
        table(rows.iter().map(|(name, text)| (*name, text.as_str())))
    }
}

/// Two columns, the second one broken between words. A line ends with a line feed.
fn table<'a>(rows: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> String {
    let longest = rows.clone().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let width = longest.min(30);
    let mut text = String::new();
    for (name, value) in rows {
        let mut name = name;
        for line in broken(value, COLUMNS.saturating_sub(width + 3)) {
            let _ = writeln!(text, "{}", format!("{name:<width$}  {line}").trim_end());
            name = "";
        }
    }
    text
}

/// `text` in lines of at most `width` characters; a word that is longer has a line of its own.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned_and_fit_the_console() {
        let (rules, profiles) = (Rules::default().show(), Profiles::new().show());
        let width = Rules::default().lines().map(|(name, _)| name.len()).max().unwrap();
        assert!(rules.contains(&format!("{:width$}  theirs\n", "order")), "{rules}");
        for line in rules.lines().chain(profiles.lines()) {
            assert!(line.chars().count() < COLUMNS, "{line}");
        }
        assert_eq!(
            profiles.lines().filter(|line| !line.starts_with(' ')).count(),
            Profiles::new().names().count()
        );
        assert!(profiles.contains("[Aastra *]"), "{profiles}");
    }

    #[test]
    fn words_are_never_broken() {
        assert_eq!(broken("a bb cc", 4), ["a bb", "cc"]);
        assert_eq!(broken("aaaaaa b", 4), ["aaaaaa", "b"]);
        assert_eq!(broken("", 4), [""]);
    }
}
