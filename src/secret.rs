//! Master keys: the only type that carries one, wiped when dropped.
//!
//! There is no `Debug`, `Clone` by derive or `PartialEq` here, so a key cannot
//! slip into a log; comparison is constant-time.

use crate::error::Error;
use crate::suite::{CryptoSuite, MAX_KEY_SALT_LEN};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A master key and master salt of the lengths that its suite demands
/// (RFC 3711 §3.2.1).
pub struct MasterKey {
    // On the heap: whoever moves a `MasterKey` would leave the bytes behind.
    bytes: Box<[u8; MAX_KEY_SALT_LEN]>,
    suite: CryptoSuite,
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl MasterKey {
    /// Takes master key and salt, one after the other, as `inline:` carries them.
    ///
    /// # Errors
    /// [`Error::KeyLength`] unless the length is the suite's, and
    /// [`Error::KeyAllZero`] for a master key (or key and salt) of zeros only.
    pub fn new(suite: CryptoSuite, key_and_salt: &[u8]) -> Result<MasterKey, Error> {
        let mut bytes = Box::new([0; MAX_KEY_SALT_LEN]);
        let Some(target) = bytes.get_mut(..suite.key_salt_len()) else {
            return Err(Error::KeyLength);
        };
        if target.len() != key_and_salt.len() {
            return Err(Error::KeyLength);
        }
        target.copy_from_slice(key_and_salt);
        let master_key = MasterKey { bytes, suite };
        if master_key.key().iter().fold(0, |all, byte| all | byte) == 0 {
            return Err(Error::KeyAllZero);
        }
        Ok(master_key)
    }

    /// A fresh key: `fill` writes random bytes over the whole of its argument.
    ///
    /// # Errors
    /// What `fill` returns; [`Error::KeyAllZero`] when it wrote zeros.
    pub fn generate(
        suite: CryptoSuite,
        fill: &mut dyn FnMut(&mut [u8]) -> Result<(), Error>,
    ) -> Result<MasterKey, Error> {
        let mut bytes = zeroize::Zeroizing::new([0; MAX_KEY_SALT_LEN]);
        let random = bytes.get_mut(..suite.key_salt_len()).ok_or(Error::KeyLength)?;
        fill(random)?;
        MasterKey::new(suite, random)
    }

    /// The suite this key is for.
    pub fn suite(&self) -> CryptoSuite {
        self.suite
    }

    /// The master key.
    #[expect(clippy::indexing_slicing, reason = "the buffer holds the longest key of the table")]
    pub fn key(&self) -> &[u8] {
        &self.bytes[..self.suite.params().key_len]
    }

    /// The master salt.
    #[expect(clippy::indexing_slicing, reason = "the buffer holds the longest key of the table")]
    pub fn salt(&self) -> &[u8] {
        &self.bytes[self.suite.params().key_len..self.suite.key_salt_len()]
    }

    /// Key and salt in one, as `inline:` carries them.
    #[expect(clippy::indexing_slicing, reason = "the buffer holds the longest key of the table")]
    pub fn key_and_salt(&self) -> &[u8] {
        &self.bytes[..self.suite.key_salt_len()]
    }

    /// Whether both are the same key, whatever their suites, in constant time.
    pub fn same_bytes(&self, other: &MasterKey) -> bool {
        self.key_and_salt().ct_eq(other.key_and_salt()).into()
    }

    /// A second copy, wiped like the first. Not `Clone`, so that copies are
    /// seen where they are made.
    pub fn duplicate(&self) -> MasterKey {
        let mut bytes = Box::new([0; MAX_KEY_SALT_LEN]);
        bytes.copy_from_slice(self.bytes.as_slice());
        MasterKey { bytes, suite: self.suite }
    }
}

/// Runs `work`, then wipes the stack below the caller, where it may have left
/// copies of keys: of what is moved, only the last place is wiped when dropped.
pub(crate) fn leaving_no_trace<R>(work: impl FnOnce() -> R) -> R {
    // Neither call may be inlined, so that both use the same stretch of stack.
    let result = run(work);
    wipe_stack();
    result
}

#[inline(never)]
fn run<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[inline(never)]
fn wipe_stack() {
    // As the optimiser is told that somebody may read them, the zeros are written.
    core::hint::black_box(&mut [0u64; STRETCH]);
}

/// Words of stack that are wiped: more than key derivation takes, which without
/// optimisation is four times as much (`tests/secrets` tells).
const STRETCH: usize = if cfg!(debug_assertions) { 4096 } else { 1024 };

#[cfg(test)]
mod tests {
    use super::*;

    const SUITE: CryptoSuite = CryptoSuite::AesCm128HmacSha1_80;

    #[test]
    fn wrong_length_is_refused() {
        for len in [0, 1, 16, 29, 31, 46, 64] {
            assert!(matches!(MasterKey::new(SUITE, &vec![1; len]), Err(Error::KeyLength)), "{len}");
        }
    }

    #[test]
    fn all_zero_key_is_refused_even_with_a_salt() {
        assert!(matches!(MasterKey::new(SUITE, &[0; 30]), Err(Error::KeyAllZero)));
        let mut salted = [0; 30];
        salted[20] = 1;
        assert!(matches!(MasterKey::new(SUITE, &salted), Err(Error::KeyAllZero)));
    }

    #[test]
    fn key_and_salt_are_cut_at_the_suites_lengths() {
        let bytes: Vec<u8> = (1..=44).collect();
        let key = MasterKey::new(CryptoSuite::AeadAes256Gcm, &bytes).unwrap();
        assert_eq!((key.key(), key.salt()), (&bytes[..32], &bytes[32..]));
        assert!(key.same_bytes(&key.duplicate()));
    }
}
