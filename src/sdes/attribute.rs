//! The typed form of one crypto attribute (RFC 4568 §4, §9.1).
//!
//! No type here holds a value that the grammar forbids, save that `keys` of a
//! [`CryptoAttribute`] built by hand may be empty.

use super::{Lifetime, Mki, SessionParam};
use crate::secret::MasterKey;
use crate::suite::CryptoSuite;
use core::fmt;

/// One `a=crypto` line.
///
/// Holds keys, hence neither `Debug` nor `Clone` nor `PartialEq`.
pub struct CryptoAttribute {
    /// Names the attribute among those of its media line (RFC 4568 §4.1).
    pub attr_tag: AttrTag,
    /// The crypto-suite (§6.2).
    pub suite: CryptoSuite,
    /// Which of its names the suite was written with.
    pub spelling: SuiteSpelling,
    /// The keys, one or more (§6.1).
    pub keys: Vec<KeyParam>,
    /// The session parameters, in the order of the line (§6.3).
    pub session_params: Vec<SessionParam>,
}

/// The number of a crypto attribute: 1 to 9 digits without leading zeros
/// (RFC 4568 §4.1), so writing it gives the very bytes that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttrTag(u32);

impl AttrTag {
    /// The largest tag: nine digits.
    pub const MAX: u32 = 999_999_999;

    /// The tag with this number, unless it has more than nine digits.
    pub fn new(number: u32) -> Option<AttrTag> {
        (number <= AttrTag::MAX).then_some(AttrTag(number))
    }

    /// The tag that `text` spells.
    pub(super) fn parse(text: &str) -> Option<AttrTag> {
        AttrTag::new(u32::try_from(decimal(text)?).ok()?)
    }

    /// The tag as a number.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for AttrTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which name of a suite was used. An answer repeats the offer's suite (RFC
/// 4568 §5.1.2), and a peer that knows only the old name must find it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SuiteSpelling {
    /// The registered name.
    #[default]
    Registered,
    /// The name of a draft, such as `AES_CM_256_HMAC_SHA1_80`.
    Old,
}

impl SuiteSpelling {
    /// The suite's name in this spelling.
    pub fn name(self, suite: CryptoSuite) -> &'static str {
        match self {
            SuiteSpelling::Registered => suite.name(),
            SuiteSpelling::Old => suite.params().old_name.unwrap_or(suite.name()),
        }
    }
}

/// One `inline:` key with what belongs to it (RFC 4568 §6.1).
pub struct KeyParam {
    /// Master key and master salt.
    pub master_key: MasterKey,
    /// The most packets this key may protect; the suite's maximum if `None`.
    pub lifetime: Option<Lifetime>,
    /// The master key identifier that packets carry; none if `None`.
    pub mki: Option<Mki>,
}

impl KeyParam {
    /// A key with default lifetime and no MKI.
    pub fn bare(master_key: MasterKey) -> KeyParam {
        KeyParam { master_key, lifetime: None, mki: None }
    }

    /// Whether both say the same. The same bytes for another suite do not.
    pub fn same_as(&self, other: &KeyParam) -> bool {
        self.master_key.suite() == other.master_key.suite()
            && self.master_key.same_bytes(&other.master_key)
            && self.lifetime == other.lifetime
            && self.mki == other.mki
    }

    /// A second copy, wiped like the first.
    pub fn duplicate(&self) -> KeyParam {
        KeyParam { master_key: self.master_key.duplicate(), lifetime: self.lifetime, mki: self.mki.clone() }
    }
}

/// A decimal number as every field of RFC 4568 wants it: digits only, no
/// leading zeros ("0" itself is none).
pub(super) fn decimal(text: &str) -> Option<u64> {
    let padded = text.len() > 1 && text.starts_with('0');
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    // All-digit text fails to parse only when empty or above u64::MAX.
    if padded || !digits { None } else { text.parse().ok() }
}
