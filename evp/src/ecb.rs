//! Blocks of AES.

use crate::context::{Context, aes_128_ecb, aes_192_ecb, aes_256_ecb, check, length};
use crate::{BLOCK_LEN, Failed};
use openssl_sys as ffi;

/// AES in ECB mode, for encryption: what other modes are made of.
pub struct AesEcb(Context);

impl AesEcb {
    /// With a key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`Failed`], also for a key of another length.
    pub fn new(key: &[u8]) -> Result<AesEcb, Failed> {
        let context = if let Ok(key) = key.try_into() {
            Context::new(aes_128_ecb(), key)
        } else if let Ok(key) = key.try_into() {
            Context::new(aes_192_ecb(), key)
        } else {
            Context::new(aes_256_ecb(), key.try_into().map_err(|_| Failed)?)
        }?;
        // SAFETY: a live context that has a cipher.
        check(unsafe { ffi::EVP_CIPHER_CTX_set_padding(context.pointer(), 0) })?;
        Ok(AesEcb(context))
    }

    /// Encrypts the blocks where they lie.
    ///
    /// # Errors
    /// [`Failed`]: the blocks are then no longer what they were.
    pub fn encrypt(&mut self, blocks: &mut [[u8; BLOCK_LEN]]) -> Result<(), Failed> {
        let bytes = blocks.as_flattened_mut();
        let (len, mut written) = (length(bytes)?, 0);
        let bytes = bytes.as_mut_ptr();
        // SAFETY: a live context with a key. `bytes` is valid for reads and writes of `len` bytes, and may be input
        // and output at once. As only whole blocks come in and padding is off, as much comes out and nothing is kept.
        check(unsafe { ffi::EVP_EncryptUpdate(self.0.pointer(), bytes, &raw mut written, bytes, len) })?;
        if written == len { Ok(()) } else { Err(Failed) }
    }
}
