//! Crypto-suites by number and by name.

use super::pointer::{Out, bytes};
use super::{entry, voxseal_status};
use crate::error::Error;
use crate::suite::CryptoSuite;
use core::ffi::{CStr, c_char};
use core::ptr;

/// Number of a crypto-suite: one of the constants below. 0 is none.
pub type voxseal_suite = u16;

/// RFC 4568 §6.2.1
pub const VOXSEAL_AES_CM_128_HMAC_SHA1_80: voxseal_suite = 1;
/// RFC 4568 §6.2.2: 32-bit tags on SRTP, 80-bit tags on SRTCP
pub const VOXSEAL_AES_CM_128_HMAC_SHA1_32: voxseal_suite = 2;
/// RFC 6188 §7
pub const VOXSEAL_AES_192_CM_HMAC_SHA1_80: voxseal_suite = 3;
/// RFC 6188 §7
pub const VOXSEAL_AES_192_CM_HMAC_SHA1_32: voxseal_suite = 4;
/// RFC 6188 §7
pub const VOXSEAL_AES_256_CM_HMAC_SHA1_80: voxseal_suite = 5;
/// RFC 6188 §7
pub const VOXSEAL_AES_256_CM_HMAC_SHA1_32: voxseal_suite = 6;
/// RFC 7714 §14.2
pub const VOXSEAL_AEAD_AES_128_GCM: voxseal_suite = 7;
/// RFC 7714 §14.2
pub const VOXSEAL_AEAD_AES_256_GCM: voxseal_suite = 8;

/// The registered name of a suite: static; NULL when there is no such suite.
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn voxseal_suite_name(suite: voxseal_suite) -> *const c_char {
    CryptoSuite::from_number(suite).map_or(ptr::null(), |suite| c_name(suite).as_ptr())
}

/// Finds a suite by its registered name or by an old spelling such as
/// `AES_CM_256_HMAC_SHA1_80`, in any case. `name` needs no NUL. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_UNKNOWN_SUITE`.
///
/// # Safety
/// `name` is valid for reads of `name_len` bytes, `suite_out` for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_suite_find(
    name: *const c_char,
    name_len: usize,
    suite_out: *mut voxseal_suite,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(suite_out) }?;
        // SAFETY: by this function's contract.
        let name = unsafe { bytes(name.cast(), name_len) }?;
        let suite = core::str::from_utf8(name).ok().and_then(CryptoSuite::from_name);
        out.set(suite.ok_or(Error::UnknownSuite)? as voxseal_suite);
        Ok(())
    })
}

fn c_name(suite: CryptoSuite) -> &'static CStr {
    match suite {
        CryptoSuite::AesCm128HmacSha1_80 => c"AES_CM_128_HMAC_SHA1_80",
        CryptoSuite::AesCm128HmacSha1_32 => c"AES_CM_128_HMAC_SHA1_32",
        CryptoSuite::Aes192CmHmacSha1_80 => c"AES_192_CM_HMAC_SHA1_80",
        CryptoSuite::Aes192CmHmacSha1_32 => c"AES_192_CM_HMAC_SHA1_32",
        CryptoSuite::Aes256CmHmacSha1_80 => c"AES_256_CM_HMAC_SHA1_80",
        CryptoSuite::Aes256CmHmacSha1_32 => c"AES_256_CM_HMAC_SHA1_32",
        CryptoSuite::AeadAes128Gcm => c"AEAD_AES_128_GCM",
        CryptoSuite::AeadAes256Gcm => c"AEAD_AES_256_GCM",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_names_are_those_of_the_table() {
        for suite in CryptoSuite::all() {
            assert_eq!(c_name(suite).to_str().unwrap(), suite.name());
        }
    }
}
