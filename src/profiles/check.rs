//! What no line of a settings file can say about itself alone.

use super::options::LIKE;
use super::section::Section;
use super::sentence::{Refused, near_miss, quote};
use super::set::{GENERAL, Profiles};

/// The most sections that one profile may be made of.
const MAX_DEPTH: usize = 32;

impl Profiles {
    /// Checks the file as a whole: each `like` names a profile and leads to an
    /// end, and the rules of `[general]` and of each profile in the file go
    /// together.
    ///
    /// # Errors
    /// [`Refused`], with the section's name.
    pub fn check(&self) -> Result<(), Refused> {
        self.general_rules().check().map_err(|refused| refused.in_section(GENERAL))?;
        for section in &self.own {
            self.check_profile(section).map_err(|refused| refused.in_section(&section.name))?;
        }
        Ok(())
    }

    fn check_profile(&self, section: &Section) -> Result<(), Refused> {
        let lineage = self.lineage(&section.name)?;
        let mut rules = self.general_rules();
        lineage.iter().rev().for_each(|section| section.apply(&mut rules));
        rules.check()
    }

    /// The sections that make up a profile, the last word first: its own in the
    /// file, its shipped one, then those of the profile that it is like. The
    /// file's `like` counts before the shipped one.
    pub(super) fn lineage(&self, name: &str) -> Result<Vec<&Section>, Refused> {
        let mut lineage: Vec<&Section> = Vec::new();
        let mut next = Some(name);
        while let Some(name) = next {
            if lineage.iter().any(|before| before.is(name)) {
                return Err(circle(&lineage, name));
            }
            if lineage.len() > MAX_DEPTH {
                let cause = "one profile is like another for too many steps; name the last of them directly";
                return Err(Refused::new(LIKE, cause));
            }
            let start = lineage.len();
            lineage.extend(self.sections(name));
            let Some(found) = lineage.get(start..).filter(|found| !found.is_empty()) else {
                return Err(self.unknown(name));
            };
            next = found.iter().find_map(|section| section.like.as_deref());
        }
        Ok(lineage)
    }

    fn unknown(&self, name: &str) -> Refused {
        if name.eq_ignore_ascii_case(GENERAL) {
            return Refused::new(LIKE, "[general] holds for every profile already; leave this line out");
        }
        let hint = near_miss(name, self.names());
        let cause =
            format!("there is no profile {}{hint}; name one of the file or a shipped one", quote(name));
        Refused::new(LIKE, cause)
    }
}

fn circle(lineage: &[&Section], name: &str) -> Refused {
    let mut names: Vec<&str> = Vec::new();
    for section in lineage {
        // The two sections of one profile are neighbours.
        if names.last().is_none_or(|last| !section.is(last)) {
            names.push(&section.name);
        }
    }
    let more = if names.len() > 4 { " like ..." } else { "" };
    let way = names.iter().take(4).copied().collect::<Vec<_>>().join(" like ");
    let cause = format!("{way}{more} like {name} goes in a circle; leave one of these lines out");
    Refused::new(LIKE, cause)
}
