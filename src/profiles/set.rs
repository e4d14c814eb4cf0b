//! All profiles: those of the file over those that are shipped.

use super::options::option;
use super::pattern::Pattern;
use super::policy::Policy;
use super::rules::{Primitives, Rules, Session};
use super::section::Section;
use super::sentence::Refused;
use super::shipped::shipped;
use super::variables;
use crate::error::Error;
use crate::sdes;

/// The name of the section that holds for every profile.
pub const GENERAL: &str = "general";
/// The most profiles in one file.
pub const MAX_PROFILES: usize = 1000;

/// What a settings file says, over what is shipped.
#[derive(Clone)]
pub struct Profiles {
    general: Option<Section>,
    pub(super) own: Vec<Section>,
}

/// The rules for one peer, under the name of their profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    name: String,
    rules: Rules,
}

/// What a list of profiles shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileSummary<'a> {
    /// Its name.
    pub name: &'a str,
    /// Why it is there; may be empty.
    pub description: &'a str,
    /// Its User-Agent patterns, those of the file first.
    pub user_agents: Vec<&'a str>,
}

impl Default for Profiles {
    fn default() -> Profiles {
        Profiles::new()
    }
}

impl Profiles {
    /// The defaults and the shipped profiles.
    pub fn new() -> Profiles {
        Profiles { general: None, own: Vec::new() }
    }

    /// Takes one line of the file. A section with the name of a shipped profile
    /// changes that profile. On an error nothing changes.
    ///
    /// # Errors
    /// [`Refused`], without the section's name: the caller knows the line.
    pub fn set(&mut self, section: &str, name: &str, value: &str) -> Result<(), Refused> {
        if section.eq_ignore_ascii_case(GENERAL) {
            let mut general = self.general.clone().map_or_else(|| Section::new(GENERAL), Ok)?;
            general.set_rule(name, value)?;
            self.general = Some(general);
            return Ok(());
        }
        if let Some(known) = self.own.iter_mut().find(|own| own.is(section)) {
            return known.set(name, value);
        }
        let mut new = Section::new(section)?;
        new.set(name, value)?;
        if self.own.len() == MAX_PROFILES {
            return Err(Refused::new(
                section,
                format!("there are more than {MAX_PROFILES} profiles; merge some"),
            ));
        }
        self.own.push(new);
        Ok(())
    }

    /// The names of all profiles without `general`: those of the file in its
    /// order, then the other shipped ones.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let shipped = shipped().iter().filter(|shipped| !self.own.iter().any(|own| own.is(&shipped.name)));
        self.own.iter().chain(shipped).map(|section| &*section.name)
    }

    /// The profile with this name; without a name the one with the longest
    /// User-Agent pattern that fits, those of the file before those shipped; else
    /// [`GENERAL`]. `*` and `?` do not count for the length, and of equally long
    /// patterns the first wins.
    ///
    /// # Errors
    /// [`Error::UnknownProfile`] for a name that is none.
    pub fn find(&self, name: Option<&str>, user_agent: Option<&[u8]>) -> Result<Profile, Error> {
        match name.or_else(|| self.name_for(user_agent?)) {
            Some(name) if !name.eq_ignore_ascii_case(GENERAL) => self.resolve(name),
            _ => Ok(Profile { name: GENERAL.to_owned(), rules: self.general_rules() }),
        }
    }

    /// Whose primitives seal and open packets.
    pub fn primitives(&self) -> Primitives {
        self.general_rules().primitives()
    }

    fn name_for(&self, user_agent: &[u8]) -> Option<&str> {
        let own = self.own.iter().collect::<Vec<_>>();
        let shipped = shipped().iter().filter(|section| self.shipped_patterns_count(section)).collect();
        longest_match(own, user_agent).or_else(|| longest_match(shipped, user_agent))
    }

    fn shipped_patterns_count(&self, shipped: &Section) -> bool {
        !self.own.iter().any(|own| own.is(&shipped.name) && own.drops_shipped_patterns)
    }

    fn resolve(&self, name: &str) -> Result<Profile, Error> {
        let lineage = self.lineage(name).map_err(|_| Error::UnknownProfile)?;
        let mut rules = self.general_rules();
        lineage.iter().rev().for_each(|section| section.apply(&mut rules));
        let name = lineage.first().map_or(name, |section| &section.name);
        Ok(Profile { name: name.to_owned(), rules })
    }

    pub(super) fn general_rules(&self) -> Rules {
        let mut rules = Rules::default();
        self.general.iter().for_each(|general| general.apply(&mut rules));
        rules
    }

    /// The profile's section in the file and its shipped one.
    pub(super) fn sections(&self, name: &str) -> impl Iterator<Item = &Section> {
        let own = self.own.iter().find(|own| own.is(name));
        let shipped = shipped().iter().find(|shipped| shipped.is(name));
        own.into_iter().chain(shipped)
    }

    /// What a profile is and is called by.
    pub fn summary(&self, name: &str) -> Option<ProfileSummary<'_>> {
        let sections: Vec<&Section> = self.sections(name).collect();
        let first = sections.first()?;
        let counts = |section: &&&Section| core::ptr::eq(**section, *first) || !first.drops_shipped_patterns;
        Some(ProfileSummary {
            name: &first.name,
            description: sections
                .iter()
                .find_map(|section| section.description.as_deref())
                .unwrap_or_default(),
            user_agents: sections
                .iter()
                .filter(counts)
                .flat_map(|section| section.patterns.iter().map(Pattern::text))
                .collect(),
        })
    }
}

/// The name of the section with the longest pattern that fits, the first of
/// equals; `*` and `?` do not count.
fn longest_match<'a>(sections: Vec<&'a Section>, user_agent: &[u8]) -> Option<&'a str> {
    let patterns =
        sections.iter().flat_map(|section| section.patterns.iter().map(move |pattern| (section, pattern)));
    let mut best: Option<(usize, &str)> = None;
    for (section, pattern) in patterns {
        let len = pattern.exactness();
        if best.is_none_or(|(longest, _)| len > longest) && pattern.matches(user_agent) {
            best = Some((len, &section.name));
        }
    }
    best.map(|(_, name)| name)
}

impl Profile {
    /// The profile's name, as the file or the shipped table spells it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The rules for crypto attributes.
    pub fn sdes(&self) -> sdes::Settings {
        self.rules.sdes()
    }

    /// The rules for packets.
    pub fn session(&self) -> Session {
        self.rules.session()
    }

    /// The rules for signalling and for media in clear.
    pub fn policy(&self) -> &Policy {
        self.rules.policy()
    }

    /// Changes one option on this copy. On an error nothing changes.
    ///
    /// # Errors
    /// [`Refused`], also when the option does not go with the others.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Refused> {
        let option = option(name)?;
        if option.of_profiles_alone() {
            let cause = "this belongs in the section of a profile in voxseal.conf; name that profile here";
            return Err(Refused::new(option.name, cause));
        }
        if option.of_general_alone() {
            let cause = "this holds for all calls; it belongs in [general] of voxseal.conf";
            return Err(Refused::new(option.name, cause));
        }
        let mut rules = self.rules.clone();
        option.read(value.trim())?(&mut rules);
        rules.check()?;
        self.rules = rules;
        Ok(())
    }

    /// Follows a channel variable, one of [`VARIABLES`](super::VARIABLES), on this
    /// copy, and gives what to say about its spelling. On an error nothing changes.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn set_variable(&mut self, name: &str, value: &str) -> Result<Option<String>, Refused> {
        let wish = variables::read(name, value)?;
        let mut changed = self.clone();
        for (option, value) in &wish.options {
            changed.set(option, value)?;
        }
        *self = changed;
        Ok(wish.notice)
    }
}
