//! Which certificates a server shows to a client that asks for a name
//! (RFC 6066 §3).

use super::facts::Name;
use super::identity::{dns_name, sip_domain};
use super::name::{Cover, Host, Pattern};

/// The certificates that may be shown to who asks for `server_name`, by their
/// places: those for that very name, else those for a wildcard above it, else the
/// first one. With the first one come those that share a name with it, so that
/// certificates on keys of several kinds stand side by side.
pub fn choose<'a>(certificates: &[&'a [Name]], server_name: Option<&str>) -> Vec<usize> {
    let covering = |wanted| {
        let covers = |names: &[Name]| server_name.is_some_and(|asked| cover(names, asked) == Some(wanted));
        places(certificates, covers)
    };
    let exact = covering(Cover::Covers);
    let found = if exact.is_empty() { covering(Cover::ByWildcard) } else { exact };
    if !found.is_empty() {
        return found;
    }
    let first: Vec<&'a [u8]> = certificates.first().copied().map(asked_for_as).unwrap_or_default();
    let mut found = places(certificates, |names| asked_for_as(names).iter().any(|name| first.contains(name)));
    if found.first() != Some(&0) && !certificates.is_empty() {
        found.insert(0, 0);
    }
    found
}

fn places(certificates: &[&[Name]], fits: impl Fn(&[Name]) -> bool) -> Vec<usize> {
    certificates.iter().enumerate().filter(|(_, names)| fits(names)).map(|(place, _)| place).collect()
}

/// All that a certificate may be asked for by: unlike what it proves, the DNS names
/// count beside its SIP URIs, since clients ask for either.
fn asked_for_as(names: &[Name]) -> Vec<&[u8]> {
    let by_common_name = names.iter().all(|name| matches!(name, Name::CommonName(_)));
    names.iter().filter_map(|name| sip_domain(name).or_else(|| dns_name(name, by_common_name))).collect()
}

/// How the certificate stands to the name: covers it, or by a wildcard.
fn cover(names: &[Name], asked: &str) -> Option<Cover> {
    let Some(Host::Domain(domain)) = Host::read(asked) else { return None };
    let covers: Vec<Cover> = asked_for_as(names)
        .into_iter()
        .filter_map(Pattern::read)
        .map(|pattern| pattern.cover(&domain))
        .collect();
    [Cover::Covers, Cover::ByWildcard].into_iter().find(|cover| covers.contains(cover))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dns(names: &[&str]) -> Vec<Name> {
        names.iter().map(|name| Name::Dns(name.as_bytes().to_vec())).collect()
    }

    #[test]
    fn the_name_itself_comes_before_wildcards_and_these_before_the_first() {
        let all = [dns(&["a.test"]), dns(&["*.b.test"]), dns(&["c.b.test"]), dns(&["A.TEST", "d.test"])];
        let all: Vec<&[Name]> = all.iter().map(Vec::as_slice).collect();
        for (asked, expected) in [
            (Some("a.test"), &[0, 3][..]),
            (Some("D.test."), &[3]),
            (Some("c.b.test"), &[2]),
            (Some("x.b.test"), &[1]),
            (Some("x.y.b.test"), &[0]),
            (Some("\0"), &[0]),
            (Some("192.0.2.1"), &[0]),
            (None, &[0]),
        ] {
            assert_eq!(choose(&all, asked), expected, "{asked:?}");
        }
        assert!(choose(&[], Some("a.test")).is_empty());
    }

    #[test]
    fn certificates_that_share_a_name_with_the_first_stand_beside_it() {
        let all = [dns(&["a.test"]), dns(&["b.test"]), dns(&["a.test", "b.test"]), Vec::new()];
        let all: Vec<&[Name]> = all.iter().map(Vec::as_slice).collect();
        assert_eq!(choose(&all, None), [0, 2]);
        assert_eq!(choose(&[&[], &[]], None), [0]);
    }
}
