//! The one table of crypto-suites: names, key lengths, tag lengths, limits.
//!
//! RFC 4568 §6.2 (AES_CM_128), RFC 6188 §7 (AES_192_CM, AES_256_CM) and
//! RFC 7714 §14 (AEAD). All lengths are bytes.

use core::fmt;

/// A crypto-suite of the IANA "SRTP Crypto Suite Registrations" registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
#[allow(non_camel_case_types, reason = "the names of the registry")]
pub enum CryptoSuite {
    /// RFC 4568 §6.2.1
    AesCm128HmacSha1_80 = 1,
    /// RFC 4568 §6.2.2
    AesCm128HmacSha1_32 = 2,
    /// RFC 6188 §7
    Aes192CmHmacSha1_80 = 3,
    /// RFC 6188 §7
    Aes192CmHmacSha1_32 = 4,
    /// RFC 6188 §7
    Aes256CmHmacSha1_80 = 5,
    /// RFC 6188 §7
    Aes256CmHmacSha1_32 = 6,
    /// RFC 7714 §14.2
    AeadAes128Gcm = 7,
    /// RFC 7714 §14.2
    AeadAes256Gcm = 8,
}

/// The transform a suite uses (RFC 3711 §4, RFC 7714).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransformKind {
    /// AES counter mode with HMAC-SHA1.
    AesCmHmacSha1,
    /// AES-GCM, encryption and authentication in one.
    AesGcm,
}

/// What there is to know about one suite; lengths in bytes.
#[derive(Debug)]
pub struct SuiteParams {
    /// The suite this row describes.
    pub suite: CryptoSuite,
    /// Registered name.
    pub name: &'static str,
    /// Another spelling seen in the field, accepted on input and repeated in the answer to it.
    pub old_name: Option<&'static str>,
    /// Transform.
    pub transform: TransformKind,
    /// Length of the master key.
    pub key_len: usize,
    /// Length of the master salt.
    pub salt_len: usize,
    /// Length of the authentication tag on SRTP.
    pub srtp_tag_len: usize,
    /// Length of the authentication tag on SRTCP: 10 for the `_32` suites too
    /// (RFC 4568 §6.2.2, RFC 6188 §7).
    pub srtcp_tag_len: usize,
}

/// Most SRTP packets one master key may protect (RFC 3711 §9.2).
pub const MAX_SRTP_LIFETIME: u64 = 1 << 48;
/// Most SRTCP packets one master key may protect (RFC 3711 §9.2).
pub const MAX_SRTCP_LIFETIME: u64 = 1 << 31;
/// The longest master key and salt of any suite, together.
pub const MAX_KEY_SALT_LEN: usize = 32 + 14;
/// The longest authentication tag of any suite.
pub const MAX_TAG_LEN: usize = 16;

const fn cm(
    suite: CryptoSuite,
    name: &'static str,
    old_name: Option<&'static str>,
    key_len: usize,
    srtp_tag_len: usize,
) -> SuiteParams {
    let transform = TransformKind::AesCmHmacSha1;
    SuiteParams { suite, name, old_name, transform, key_len, salt_len: 14, srtp_tag_len, srtcp_tag_len: 10 }
}

const fn gcm(suite: CryptoSuite, name: &'static str, key_len: usize) -> SuiteParams {
    let transform = TransformKind::AesGcm;
    SuiteParams {
        suite,
        name,
        old_name: None,
        transform,
        key_len,
        salt_len: 12,
        srtp_tag_len: 16,
        srtcp_tag_len: 16,
    }
}

use CryptoSuite::*;
static SUITES: [SuiteParams; 8] = [
    cm(AesCm128HmacSha1_80, "AES_CM_128_HMAC_SHA1_80", None, 16, 10),
    cm(AesCm128HmacSha1_32, "AES_CM_128_HMAC_SHA1_32", None, 16, 4),
    cm(Aes192CmHmacSha1_80, "AES_192_CM_HMAC_SHA1_80", Some("AES_CM_192_HMAC_SHA1_80"), 24, 10),
    cm(Aes192CmHmacSha1_32, "AES_192_CM_HMAC_SHA1_32", Some("AES_CM_192_HMAC_SHA1_32"), 24, 4),
    cm(Aes256CmHmacSha1_80, "AES_256_CM_HMAC_SHA1_80", Some("AES_CM_256_HMAC_SHA1_80"), 32, 10),
    cm(Aes256CmHmacSha1_32, "AES_256_CM_HMAC_SHA1_32", Some("AES_CM_256_HMAC_SHA1_32"), 32, 4),
    gcm(AeadAes128Gcm, "AEAD_AES_128_GCM", 16),
    gcm(AeadAes256Gcm, "AEAD_AES_256_GCM", 32),
];

impl CryptoSuite {
    /// Every suite, in the order of the table.
    pub fn all() -> impl Iterator<Item = CryptoSuite> {
        SUITES.iter().map(|row| row.suite)
    }

    /// The suite's row of the table.
    #[expect(clippy::indexing_slicing, reason = "row n - 1 is suite n: a test walks all of them")]
    pub fn params(self) -> &'static SuiteParams {
        &SUITES[self as usize - 1]
    }

    /// The registered name.
    pub fn name(self) -> &'static str {
        self.params().name
    }

    /// The suite with this registered or old name. Case does not matter (RFC 4568 §4).
    pub fn from_name(name: &str) -> Option<CryptoSuite> {
        SUITES
            .iter()
            .find(|row| {
                row.name.eq_ignore_ascii_case(name)
                    || row.old_name.is_some_and(|old| old.eq_ignore_ascii_case(name))
            })
            .map(|row| row.suite)
    }

    /// The suite with this number of the C ABI.
    pub fn from_number(number: u16) -> Option<CryptoSuite> {
        CryptoSuite::all().find(|suite| *suite as u16 == number)
    }

    /// Length of master key and master salt together: what `inline:` carries.
    pub fn key_salt_len(self) -> usize {
        self.params().key_len + self.params().salt_len
    }
}

impl fmt::Display for CryptoSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_finds_its_own_row() {
        for suite in CryptoSuite::all() {
            assert_eq!(suite.params().suite, suite);
            assert_eq!(CryptoSuite::from_name(suite.name()), Some(suite));
            assert_eq!(CryptoSuite::from_number(suite as u16), Some(suite));
            assert!(suite.key_salt_len() <= MAX_KEY_SALT_LEN);
        }
    }

    #[test]
    fn thirty_two_bit_suites_send_eighty_bits_on_srtcp() {
        for suite in [AesCm128HmacSha1_32, Aes192CmHmacSha1_32, Aes256CmHmacSha1_32] {
            assert_eq!((suite.params().srtp_tag_len, suite.params().srtcp_tag_len), (4, 10));
        }
    }

    #[test]
    fn old_spelling_and_any_case_name_the_same_suite() {
        assert_eq!(CryptoSuite::from_name("AES_CM_256_HMAC_SHA1_80"), Some(Aes256CmHmacSha1_80));
        assert_eq!(CryptoSuite::from_name("aes_cm_128_hmac_sha1_80"), Some(AesCm128HmacSha1_80));
        assert_eq!(CryptoSuite::from_name("F8_128_HMAC_SHA1_80"), None);
    }
}
