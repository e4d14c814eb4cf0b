//! Reads settings that are part of the library, and samples in tests. Settings
//! files of a PBX are read by the PBX.

/// One line of a settings text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The section it stands in; "" before the first.
    pub section: &'a str,
    /// Left of the equals sign.
    pub name: &'a str,
    /// Right of it.
    pub value: &'a str,
}

/// The lines `name = value` of a text with `[section]` lines and `;` comments. A
/// line without an equals sign has an empty value.
pub fn entries(text: &str) -> impl Iterator<Item = Entry<'_>> {
    let mut section = "";
    text.lines().filter_map(move |line| {
        let line = line.split(';').next().unwrap_or_default().trim();
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            section = name.trim();
            return None;
        }
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        // Asterisk's `=>` means the same.
        let value = value.strip_prefix('>').unwrap_or(value);
        (!line.is_empty()).then(|| Entry { section, name: name.trim(), value: value.trim() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_sections_and_both_equals_signs() {
        let text = "; a = b\n[one](x)\na=1 ; why\n\n b => 2\n[two]\nalone\n";
        let found: Vec<_> = entries(text).map(|entry| (entry.section, entry.name, entry.value)).collect();
        assert_eq!(found, [("one", "a", "1"), ("one", "b", "2"), ("two", "alone", "")]);
    }
}
