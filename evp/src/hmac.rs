//! HMAC-SHA1.

use crate::Failed;
use crate::context::{check, failure};
use core::ffi::{CStr, c_char};
use core::ptr::{NonNull, null, null_mut};
use openssl_sys as ffi;

const LEN: usize = 20;

unsafe extern "C" {
    /// Of OpenSSL's `<openssl/params.h>`, and not in `openssl-sys`.
    fn OSSL_PARAM_construct_utf8_string(
        key: *const c_char,
        buf: *mut c_char,
        bsize: usize,
    ) -> ffi::OSSL_PARAM;
}

/// OpenSSL's HMAC with SHA-1, under one key. Between two messages it is started
/// again from the key's two states, which takes no longer than copies of them.
pub struct HmacSha1(NonNull<ffi::EVP_MAC_CTX>);

// SAFETY: OpenSSL ties a context to no thread; two at a time are kept out by `&mut`.
unsafe impl Send for HmacSha1 {}

impl HmacSha1 {
    /// With a key of the hash's own length, as all suites have it.
    ///
    /// # Errors
    /// [`Failed`]
    pub fn new(key: &[u8; LEN]) -> Result<HmacSha1, Failed> {
        let hmac = HmacSha1::without_key()?;
        const NAME: &CStr = c"digest";
        const DIGEST: &CStr = c"SHA1";
        // SAFETY: static strings; a length of 0 says that the second ends with NUL. It is only read.
        let digest =
            unsafe { OSSL_PARAM_construct_utf8_string(NAME.as_ptr(), DIGEST.as_ptr().cast_mut(), 0) };
        // SAFETY: the function has no precondition.
        let parameters = [digest, unsafe { ffi::OSSL_PARAM_construct_end() }];
        // SAFETY: a live context, as many bytes of key as the length says, and parameters up to the one that ends
        // them; all are copied.
        check(unsafe { ffi::EVP_MAC_init(hmac.pointer(), key.as_ptr(), key.len(), parameters.as_ptr()) })?;
        Ok(hmac)
    }

    fn without_key() -> Result<HmacSha1, Failed> {
        // SAFETY: the default library context, a string that ends with NUL, the default properties.
        let algorithm = unsafe { ffi::EVP_MAC_fetch(null_mut(), c"HMAC".as_ptr(), null()) };
        // SAFETY: NULL, for which it fails, or from the line above.
        let context = NonNull::new(unsafe { ffi::EVP_MAC_CTX_new(algorithm) });
        // SAFETY: NULL, which is fine, or ours to give back: the context has a reference of its own.
        unsafe { ffi::EVP_MAC_free(algorithm) };
        context.map(HmacSha1).ok_or_else(failure)
    }

    /// The MAC over the parts, one after the other.
    ///
    /// # Errors
    /// [`Failed`]
    pub fn mac(&mut self, parts: [&[u8]; 2]) -> Result<[u8; LEN], Failed> {
        // SAFETY: a live context. Without a key it starts again with the one that it has.
        check(unsafe { ffi::EVP_MAC_init(self.pointer(), null(), 0, null()) })?;
        for part in parts {
            // SAFETY: a live, started context and a part that is valid for reads of its length.
            check(unsafe { ffi::EVP_MAC_update(self.pointer(), part.as_ptr(), part.len()) })?;
        }
        let (mut mac, mut written) = ([0; LEN], 0);
        // SAFETY: a live, started context; the output is valid for writes of the length that comes last.
        check(unsafe { ffi::EVP_MAC_final(self.pointer(), mac.as_mut_ptr(), &raw mut written, LEN) })?;
        if written == LEN { Ok(mac) } else { Err(Failed) }
    }

    fn pointer(&self) -> *mut ffi::EVP_MAC_CTX {
        self.0.as_ptr()
    }
}

impl Drop for HmacSha1 {
    fn drop(&mut self) {
        // SAFETY: it is live, and nobody has it after this.
        unsafe { ffi::EVP_MAC_CTX_free(self.pointer()) }
    }
}
