//! What both sides agreed on.

use super::{AttrTag, CryptoAttribute, KeyParam, SessionParam, SuiteSpelling, Weakenings};
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
    /// The peer derives its session keys anew every 2^n packets; 0 for never
    /// (§6.3.1). Ours are derived once.
    pub kdr: u8,
    /// What neither side encrypts (§6.3.2); our line says it too.
    pub weakenings: Weakenings,
}

impl Selection {
    pub(super) fn new(attribute: CryptoAttribute, local: Vec<KeyParam>) -> Selection {
        let CryptoAttribute { attr_tag, suite, spelling, keys: remote, session_params } = attribute;
        let (mut window_hint, mut kdr, mut weakenings) = (None, 0, Weakenings::default());
        for param in &session_params {
            match param {
                SessionParam::Wsh(size) => window_hint = Some(*size),
                SessionParam::Kdr(exponent) => kdr = *exponent,
                SessionParam::UnencryptedSrtp => weakenings.unencrypted_srtp = true,
                SessionParam::UnencryptedSrtcp => weakenings.unencrypted_srtcp = true,
                _ => {}
            }
        }
        Selection { attr_tag, suite, spelling, local, remote, window_hint, kdr, weakenings }
    }

    /// Whether both lead to the same keys in the same places.
    pub(super) fn same_as(&self, other: &Selection) -> bool {
        self.attr_tag == other.attr_tag
            && self.suite == other.suite
            && self.spelling == other.spelling
            && self.window_hint == other.window_hint
            && self.kdr == other.kdr
            && self.weakenings == other.weakenings
            && same_keys(&self.local, &other.local)
            && same_keys(&self.remote, &other.remote)
    }

    /// Our line for it, with these keys. It repeats the parameters that are
    /// negotiated (RFC 4568 §5.1.2); the peer's declarations are its own.
    pub(super) fn line(&self, keys: &[KeyParam]) -> CryptoAttribute {
        let keys = keys.iter().map(KeyParam::duplicate).collect();
        let mut line = our_line(self.attr_tag, self.suite, self.spelling, keys);
        if self.weakenings.unencrypted_srtp {
            line.session_params.push(SessionParam::UnencryptedSrtp);
        }
        if self.weakenings.unencrypted_srtcp {
            line.session_params.push(SessionParam::UnencryptedSrtcp);
        }
        line
    }
}

pub(super) fn same_keys(one: &[KeyParam], two: &[KeyParam]) -> bool {
    one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.same_as(two))
}

/// A line of ours. It has no session parameters of its own: peers have been seen
/// to fail on them.
pub(super) fn our_line(
    attr_tag: AttrTag,
    suite: CryptoSuite,
    spelling: SuiteSpelling,
    keys: Vec<KeyParam>,
) -> CryptoAttribute {
    CryptoAttribute { attr_tag, suite, spelling, keys, session_params: Vec::new() }
}
