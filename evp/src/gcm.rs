//! AES-GCM.

use crate::Failed;
use crate::context::{Context, aes_128_gcm, aes_256_gcm, check, length};
use core::ptr::{null, null_mut};
use openssl_sys as ffi;

const IV_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// AES-GCM with an IV of 12 bytes for each message and tags of 16.
pub struct AesGcm(Context);

impl AesGcm {
    /// With a key of 16 or 32 bytes.
    ///
    /// # Errors
    /// [`Failed`], also for a key of another length.
    pub fn new(key: &[u8]) -> Result<AesGcm, Failed> {
        let context = if let Ok(key) = key.try_into() {
            Context::new(aes_128_gcm(), key)
        } else {
            Context::new(aes_256_gcm(), key.try_into().map_err(|_| Failed)?)
        };
        context.map(AesGcm)
    }

    /// Encrypts `text` where it lies, and returns the tag over the parts of
    /// `clear` and over it.
    ///
    /// # Errors
    /// [`Failed`]: the text is then no longer what it was.
    pub fn seal(
        &mut self,
        iv: &[u8; IV_LEN],
        clear: [&[u8]; 2],
        text: &mut [u8],
    ) -> Result<[u8; TAG_LEN], Failed> {
        self.encrypt(iv, clear, text)?;
        check(self.finish())?;
        let mut tag = [0; TAG_LEN];
        // SAFETY: a live context that has sealed a message; the last argument is valid for a write of as many bytes
        // as the one before it says.
        check(unsafe {
            let (what, len) = (ffi::EVP_CTRL_GCM_GET_TAG, TAG_LEN as _);
            ffi::EVP_CIPHER_CTX_ctrl(self.0.pointer(), what, len, tag.as_mut_ptr().cast())
        })?;
        Ok(tag)
    }

    /// Decrypts `text` where it lies, and tells whether the tag fits; if it does
    /// not, the text is as it was.
    ///
    /// OpenSSL decrypts before it has seen the tag. When that does not fit, the
    /// same keystream once more makes the text what it was.
    ///
    /// # Errors
    /// [`Failed`]: the text is then no longer what it was.
    pub fn open(
        &mut self,
        iv: &[u8; IV_LEN],
        clear: [&[u8]; 2],
        text: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<bool, Failed> {
        // SAFETY: a live context with a key, that stays; as many bytes of IV as GCM reads when nobody set a length.
        check(unsafe { ffi::EVP_DecryptInit_ex(self.0.pointer(), null(), null_mut(), null(), iv.as_ptr()) })?;
        self.process(clear, text)?;
        // SAFETY: a live context that decrypts. The last argument is valid for reads of as many bytes as the one
        // before it says, and is only read.
        check(unsafe {
            let (what, len) = (ffi::EVP_CTRL_GCM_SET_TAG, TAG_LEN as _);
            ffi::EVP_CIPHER_CTX_ctrl(self.0.pointer(), what, len, tag.as_ptr().cast_mut().cast())
        })?;
        if check(self.finish()).is_ok() {
            return Ok(true);
        }
        self.encrypt(iv, clear, text)?;
        Ok(false)
    }

    fn encrypt(&mut self, iv: &[u8; IV_LEN], clear: [&[u8]; 2], text: &mut [u8]) -> Result<(), Failed> {
        // SAFETY: a live context with a key, that stays; as many bytes of IV as GCM reads when nobody set a length.
        check(unsafe { ffi::EVP_EncryptInit_ex(self.0.pointer(), null(), null_mut(), null(), iv.as_ptr()) })?;
        self.process(clear, text)
    }

    /// Takes in what is authenticated only, then encrypts or decrypts the rest.
    fn process(&mut self, clear: [&[u8]; 2], text: &mut [u8]) -> Result<(), Failed> {
        for part in clear.into_iter().filter(|part| !part.is_empty()) {
            let (len, mut taken) = (length(part)?, 0);
            // SAFETY: a live context with key and IV; the input is valid for reads of `len` bytes. Without an output
            // nothing is written but `taken`.
            check(unsafe {
                ffi::EVP_CipherUpdate(self.0.pointer(), null_mut(), &raw mut taken, part.as_ptr(), len)
            })?;
        }
        if text.is_empty() {
            return Ok(());
        }
        let (len, mut written) = (length(text)?, 0);
        let text = text.as_mut_ptr();
        // SAFETY: as above. `text` is valid for reads and writes of `len` bytes and may be input and output at once;
        // in GCM as much comes out as goes in.
        check(unsafe { ffi::EVP_CipherUpdate(self.0.pointer(), text, &raw mut written, text, len) })?;
        if written == len { Ok(()) } else { Err(Failed) }
    }

    /// Computes the tag, or compares it.
    fn finish(&mut self) -> core::ffi::c_int {
        // More than GCM writes at this point, which is nothing.
        let (mut rest, mut written) = ([0; TAG_LEN], 0);
        // SAFETY: a live context; the output is valid for a block, the most that any cipher writes here.
        unsafe { ffi::EVP_CipherFinal(self.0.pointer(), rest.as_mut_ptr(), &raw mut written) }
    }
}
