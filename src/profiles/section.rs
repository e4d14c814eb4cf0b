//! One section of a settings file.

use super::options::{Change, DESCRIPTION, LIKE, USER_AGENT, option};
use super::pattern::Pattern;
use super::rules::Rules;
use super::sentence::{Refused, quote};

/// The longest name of a profile, in bytes.
pub const MAX_NAME_LEN: usize = 64;
/// The most User-Agent patterns of one section.
pub const MAX_PATTERNS: usize = 64;
const MAX_DESCRIPTION_LEN: usize = 500;

/// What one section says; every value was read already.
#[derive(Clone)]
pub(super) struct Section {
    pub(super) name: Box<str>,
    pub(super) like: Option<Box<str>>,
    pub(super) description: Option<Box<str>>,
    pub(super) patterns: Vec<Pattern>,
    /// `user_agent = none`: the patterns of the shipped profile do not count.
    pub(super) drops_shipped_patterns: bool,
    changes: Vec<(&'static str, Change)>,
}

impl Section {
    /// The empty section `[name]`.
    pub(super) fn new(name: &str) -> Result<Section, Refused> {
        // What Asterisk could not read as a name again, and what would break a log.
        let odd = |letter: char| letter.is_control() || matches!(letter, '[' | ']' | '(' | ')' | '"' | ';');
        if name.is_empty() || name.len() > MAX_NAME_LEN || name.contains(odd) || name.trim() != name {
            let cause = format!(
                "this is not a name for a profile; take 1 to {MAX_NAME_LEN} letters, digits, dashes and underscores"
            );
            return Err(Refused::new(&quote(name), cause));
        }
        Ok(Section {
            name: name.into(),
            like: None,
            description: None,
            patterns: Vec::new(),
            drops_shipped_patterns: false,
            changes: Vec::new(),
        })
    }

    /// Takes a line of `[general]`, or of a call's own settings.
    pub(super) fn set_rule(&mut self, name: &str, value: &str) -> Result<(), Refused> {
        let option = option(name)?;
        if option.of_profiles_alone() {
            return Err(Refused::new(option.name, "this belongs in the section of a profile; move it there"));
        }
        let change = option.read(value.trim())?;
        self.changes.retain(|(name, _)| *name != option.name);
        self.changes.push((option.name, change));
        Ok(())
    }

    /// Takes a line of a profile's section.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), Refused> {
        let value = value.trim();
        let option = option(name)?;
        match option.name {
            LIKE => self.like = Some(Section::new(value).map_err(|_| no_name(value))?.name),
            USER_AGENT if value.eq_ignore_ascii_case("none") => {
                self.patterns.clear();
                self.drops_shipped_patterns = true;
            }
            USER_AGENT => self.add_pattern(value)?,
            DESCRIPTION if value.len() > MAX_DESCRIPTION_LEN => {
                let cause = format!("the text is longer than {MAX_DESCRIPTION_LEN} bytes; make it shorter");
                return Err(Refused::new(DESCRIPTION, cause));
            }
            DESCRIPTION => self.description = Some(value.into()),
            rule if option.of_general_alone() => {
                return Err(Refused::new(rule, "this holds for all calls; move it to [general]"));
            }
            rule => self.set_rule(rule, value)?,
        }
        Ok(())
    }

    fn add_pattern(&mut self, value: &str) -> Result<(), Refused> {
        let pattern = Pattern::new(value).map_err(|cause| Refused::new(USER_AGENT, cause))?;
        if self.patterns.len() == MAX_PATTERNS {
            let cause = format!("a profile has at most {MAX_PATTERNS} patterns; make some wider with *");
            return Err(Refused::new(USER_AGENT, cause));
        }
        self.patterns.push(pattern);
        Ok(())
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(super) fn apply(&self, rules: &mut Rules) {
        self.changes.iter().for_each(|(_, change)| change(rules));
    }
}

fn no_name(value: &str) -> Refused {
    Refused::new(LIKE, format!("{} is not the name of a profile", quote(value)))
}
