//! The transforms of SRTP, AES-CM with HMAC-SHA1 (RFC 3711 §4) and AES-GCM
//! (RFC 7714), each as one piece of code for x86-64 CPUs with VAES, SHA and
//! VPCLMULQDQ instructions.
//!
//! It is for packets: keys are set up once, packets are short, nothing is
//! allocated. Which bytes are clear, what the counter is and whether a tag fits
//! is the caller's business. Whether the CPU has the instructions is asked when
//! a key is made, never for a packet; where it lacks them, `new` gives `None`
//! and the caller takes portable code.
//!
//! No table is looked up at an address made of a secret, and no branch depends
//! on one. What a key holds is wiped when it is dropped; `new` returns it by
//! value, so a caller that moves it wipes the stack.
//!
//! `unsafe` is in two kinds of places: loads, stores and prefetches
//! (`x86::lanes`), and calls of code for instructions that were found.

#[cfg(not(all(target_arch = "x86_64", not(miri), not(voxseal_kernels = "off"))))]
mod absent;
#[cfg(all(target_arch = "x86_64", not(miri), not(voxseal_kernels = "off")))]
mod x86;

#[cfg(not(all(target_arch = "x86_64", not(miri), not(voxseal_kernels = "off"))))]
use absent as found;
#[cfg(all(target_arch = "x86_64", not(miri), not(voxseal_kernels = "off")))]
use x86 as found;

/// Round keys of AES with keys of 128 bits.
pub const AES_128: usize = 11;
/// Round keys of AES with keys of 192 bits.
pub const AES_192: usize = 13;
/// Round keys of AES with keys of 256 bits.
pub const AES_256: usize = 15;

/// Session keys of AES in counter mode with HMAC-SHA1; `K` is one of
/// [`AES_128`], [`AES_192`] and [`AES_256`].
pub struct AesCm<const K: usize>(found::AesCm<K>);

impl<const K: usize> AesCm<K> {
    /// `None` where instructions are lacking, and for an encryption key of
    /// another length.
    pub fn new(enc_key: &[u8], auth_key: &[u8; 20]) -> Option<AesCm<K>> {
        is_key_len::<K>(enc_key.len()).then(|| found::AesCm::new(enc_key, auth_key))?.map(AesCm)
    }

    /// Encrypts `packet` from `clear_len` on, where it lies, and returns the MAC
    /// of all of it and `suffix`. The keystream begins with the encryption of
    /// `counter`, whose low 32 bits count and must not overflow.
    #[inline]
    pub fn seal(&self, packet: &mut [u8], clear_len: usize, counter: u128, suffix: [u8; 4]) -> [u8; 20] {
        self.0.seal(packet, clear_len, counter, suffix)
    }

    /// As [`AesCm::seal`], from `packet` to `out`, which is as long. With a header
    /// of less than 16 bytes it is faster, as the hash need not wait for what was
    /// written just before.
    ///
    /// Of a shorter `out` no more is written than it holds; of a longer one up to 15
    /// bytes behind the packet may become zeros. The MAC is then of no use.
    #[inline]
    pub fn seal_into(
        &self,
        packet: &[u8],
        out: &mut [u8],
        clear_len: usize,
        counter: u128,
        suffix: [u8; 4],
    ) -> [u8; 20] {
        self.0.seal_into(packet, out, clear_len, counter, suffix)
    }

    /// The MAC of `packet` and `suffix`.
    #[inline]
    pub fn mac(&self, packet: &[u8], suffix: [u8; 4]) -> [u8; 20] {
        self.0.mac(packet, suffix)
    }

    /// Encrypts or decrypts `data`, which is the same.
    #[inline]
    pub fn crypt(&self, data: &mut [u8], counter: u128) {
        self.0.crypt(data, counter);
    }
}

/// Session keys of AES-GCM; `K` is [`AES_128`], [`AES_192`] or [`AES_256`].
pub struct AesGcm<const K: usize>(found::AesGcm<K>);

impl<const K: usize> AesGcm<K> {
    /// `None` where instructions are lacking, and for a key of another length.
    pub fn new(key: &[u8]) -> Option<AesGcm<K>> {
        is_key_len::<K>(key.len()).then(|| found::AesGcm::new(key))?.map(AesGcm)
    }

    /// Encrypts `packet` from `clear_len` on, where it lies, and returns the tag.
    /// `counter` is the block of the tag's mask, twelve bytes of IV and the number
    /// 1 (SP 800-38D §7.1); `trailer` is authenticated with the clear bytes,
    /// behind them.
    #[inline]
    pub fn seal(&self, packet: &mut [u8], clear_len: usize, counter: u128, trailer: &[u8]) -> [u8; 16] {
        self.0.seal(packet, clear_len, counter, trailer)
    }

    /// The tag that an encrypted packet should have.
    #[inline]
    pub fn mac(&self, packet: &[u8], clear_len: usize, counter: u128, trailer: &[u8]) -> [u8; 16] {
        self.0.mac(packet, clear_len, counter, trailer)
    }

    /// Encrypts or decrypts `data`, all that follows the clear bytes; `counter`
    /// is that of the tag's mask.
    #[inline]
    pub fn crypt(&self, data: &mut [u8], counter: u128) {
        self.0.crypt(data, counter);
    }
}

/// Fetches what lies at `place` into the caches, if it is not there, and does not
/// wait for it.
#[inline(always)]
pub fn read_ahead<T>(place: &T) {
    found::read_ahead(place);
}

fn is_key_len<const K: usize>(len: usize) -> bool {
    const { assert!(K == AES_128 || K == AES_192 || K == AES_256) };
    len == (K - 7) * 4
}
