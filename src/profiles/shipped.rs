//! The shipped profiles: `shipped.conf`, read by the code that reads settings of
//! the file.

use super::section::Section;
use super::text::{Entry, entries};
use std::sync::LazyLock;

/// The shipped profiles as text, for people.
pub fn shipped_text() -> &'static str {
    include_str!("shipped.conf")
}

/// The shipped profiles, in the order of the text.
pub(super) fn shipped() -> &'static [Section] {
    static SHIPPED: LazyLock<Vec<Section>> = LazyLock::new(|| {
        let mut sections: Vec<Section> = Vec::new();
        // A test sees to it that no line is refused.
        entries(shipped_text()).for_each(|entry| _ = add(&mut sections, entry));
        sections
    });
    &SHIPPED
}

fn add(sections: &mut Vec<Section>, entry: Entry<'_>) -> Result<(), super::Refused> {
    if sections.last().is_none_or(|last| !last.is(entry.section)) {
        sections.push(Section::new(entry.section)?);
    }
    sections.last_mut().map_or(Ok(()), |section| section.set(entry.name, entry.value))
}
