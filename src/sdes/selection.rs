//! What both sides agreed on.

use super::{AttrTag, CryptoAttribute, KeyParam, SessionParam, SuiteSpelling};
use crate::suite::CryptoSuite;

/// What is agreed for both directions: an attribute that was admitted, with
/// keys of our own.
pub struct Selection {
    /// The tag of the accepted attribute.
    pub attr_tag: AttrTag,
    /// The suite, the same in both directions (RFC 4568 §5.1.2).
    pub suite: CryptoSuite,
    /// How the peer spelled the suite; our answer repeats it.
    pub spelling: SuiteSpelling,
    /// The local keys, which protect outbound packets; the first is used first.
    pub local: Vec<KeyParam>,
    /// The remote keys, which open inbound packets; several are told apart by MKI.
    pub remote: Vec<KeyParam>,
    /// The replay window size that the peer suggests (§6.3.6).
    pub window_hint: Option<u32>,
}

impl Selection {
    pub(super) fn new(attribute: CryptoAttribute, local: Vec<KeyParam>) -> Selection {
        let CryptoAttribute { attr_tag, suite, spelling, keys: remote, session_params } = attribute;
        let window_hint = session_params.iter().find_map(|param| match param {
            SessionParam::Wsh(size) => Some(*size),
            _ => None,
        });
        Selection { attr_tag, suite, spelling, local, remote, window_hint }
    }

    /// Whether both lead to the same keys in the same places.
    pub(super) fn same_as(&self, other: &Selection) -> bool {
        self.attr_tag == other.attr_tag
            && self.suite == other.suite
            && self.spelling == other.spelling
            && self.window_hint == other.window_hint
            && same_keys(&self.local, &other.local)
            && same_keys(&self.remote, &other.remote)
    }

    /// Our line for it, with these keys.
    pub(super) fn line(&self, keys: &[KeyParam]) -> CryptoAttribute {
        our_line(self.attr_tag, self.suite, self.spelling, keys.iter().map(KeyParam::duplicate).collect())
    }
}

pub(super) fn same_keys(one: &[KeyParam], two: &[KeyParam]) -> bool {
    one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.same_as(two))
}

/// A line of ours. It has no session parameters: peers have been seen to fail on them.
pub(super) fn our_line(
    attr_tag: AttrTag,
    suite: CryptoSuite,
    spelling: SuiteSpelling,
    keys: Vec<KeyParam>,
) -> CryptoAttribute {
    CryptoAttribute { attr_tag, suite, spelling, keys, session_params: Vec::new() }
}
