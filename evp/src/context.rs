//! A cipher's context: owned, keyed, and with OpenSSL's results as `Result`s.

use crate::Failed;
use core::ffi::c_int;
use core::ptr::{NonNull, null, null_mut};
use openssl_sys as ffi;

/// Memory of OpenSSL's with a key schedule in it, which it wipes when freed.
pub(crate) struct Context(NonNull<ffi::EVP_CIPHER_CTX>);

// SAFETY: OpenSSL ties a context to no thread; two at a time are kept out by `&mut`.
unsafe impl Send for Context {}

impl Context {
    /// Keyed for encryption; `cipher` wants a key of this length.
    pub(crate) fn new<const LEN: usize>(cipher: Cipher<LEN>, key: &[u8; LEN]) -> Result<Context, Failed> {
        // SAFETY: the function has no precondition.
        let context = NonNull::new(unsafe { ffi::EVP_CIPHER_CTX_new() }).ok_or_else(failure)?;
        let context = Context(context);
        // SAFETY: a live context, a cipher that is never freed, and as many bytes of key as it reads. No IV is read
        // from a null pointer, and no engine is used.
        let done = unsafe {
            ffi::EVP_EncryptInit_ex(context.pointer(), cipher.pointer(), null_mut(), key.as_ptr(), null())
        };
        check(done)?;
        Ok(context)
    }

    pub(crate) fn pointer(&self) -> *mut ffi::EVP_CIPHER_CTX {
        self.0.as_ptr()
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: it is live, and nobody has it after this.
        unsafe { ffi::EVP_CIPHER_CTX_free(self.pointer()) }
    }
}

/// One of OpenSSL's ciphers, whose keys have `KEY_LEN` bytes.
pub(crate) struct Cipher<const KEY_LEN: usize>(*const ffi::EVP_CIPHER);

impl<const KEY_LEN: usize> Cipher<KEY_LEN> {
    fn pointer(&self) -> *const ffi::EVP_CIPHER {
        self.0
    }
}

/// A function per cipher, where its key's length is right by its type.
macro_rules! ciphers {
    ($($name:ident: $key_len:literal = $function:ident;)*) => {
        $(pub(crate) fn $name() -> Cipher<$key_len> {
            // SAFETY: the function has no precondition; what it returns is static.
            Cipher(unsafe { ffi::$function() })
        })*
    };
}

ciphers! {
    aes_128_ecb: 16 = EVP_aes_128_ecb;
    aes_192_ecb: 24 = EVP_aes_192_ecb;
    aes_256_ecb: 32 = EVP_aes_256_ecb;
    aes_128_gcm: 16 = EVP_aes_128_gcm;
    aes_256_gcm: 32 = EVP_aes_256_gcm;
}

/// OpenSSL returns 1 when it did what it was asked to.
pub(crate) fn check(done: c_int) -> Result<(), Failed> {
    if done == 1 { Ok(()) } else { Err(failure()) }
}

/// Empties this thread's error queue.
#[cold]
pub(crate) fn failure() -> Failed {
    // SAFETY: the function has no precondition.
    unsafe { ffi::ERR_clear_error() }
    Failed
}

/// A length as OpenSSL takes it.
pub(crate) fn length(bytes: &[u8]) -> Result<c_int, Failed> {
    c_int::try_from(bytes.len()).map_err(|_| Failed)
}
