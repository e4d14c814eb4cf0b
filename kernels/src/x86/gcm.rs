//! AES-GCM (NIST SP 800-38D) with tags of 16 bytes.

use super::aes::RoundKeys;
use super::ghash::Powers;
use super::lanes::{load, reversed, store};
use core::arch::x86_64::*;

/// Session keys of AES-GCM; `K` round keys.
pub(crate) struct AesGcm<const K: usize> {
    keys: RoundKeys<K>,
    powers: Powers,
}

impl<const K: usize> AesGcm<K> {
    pub(crate) fn new(key: &[u8]) -> Option<AesGcm<K>> {
        super::has_gcm().then(|| {
            // SAFETY: the CPU has the instructions, as was just asked.
            unsafe { Self::made(key) }
        })
    }

    #[target_feature(enable = "aes,avx2,vaes,pclmulqdq")]
    fn made(key: &[u8]) -> AesGcm<K> {
        let keys = RoundKeys::new(key);
        let powers = Powers::new(keys.encrypt(_mm_setzero_si128()));
        AesGcm { keys, powers }
    }

    #[inline]
    pub(crate) fn seal(
        &self,
        packet: &mut [u8],
        clear_len: usize,
        counter: u128,
        trailer: &[u8],
    ) -> [u8; 16] {
        // SAFETY: `new` made this, so the CPU has the instructions.
        unsafe { self.seal_here(packet, clear_len, counter, trailer) }
    }

    #[inline]
    pub(crate) fn mac(&self, packet: &[u8], clear_len: usize, counter: u128, trailer: &[u8]) -> [u8; 16] {
        // SAFETY: `new` made this, so the CPU has the instructions.
        unsafe { self.mac_here(packet, clear_len, counter, trailer) }
    }

    #[inline]
    pub(crate) fn crypt(&self, data: &mut [u8], counter: u128) {
        // SAFETY: `new` made this, so the CPU has the instructions.
        unsafe { self.keys.apply(counter + 1, data) }
    }

    #[target_feature(enable = "aes,avx2,vaes,pclmulqdq,vpclmulqdq")]
    fn seal_here(&self, packet: &mut [u8], clear_len: usize, counter: u128, trailer: &[u8]) -> [u8; 16] {
        self.keys.apply(counter + 1, packet.get_mut(clear_len..).unwrap_or_default());
        self.mac_here(packet, clear_len, counter, trailer)
    }

    #[target_feature(enable = "aes,avx2,vaes,pclmulqdq,vpclmulqdq")]
    fn mac_here(&self, packet: &[u8], clear_len: usize, counter: u128, trailer: &[u8]) -> [u8; 16] {
        let mask = self.keys.encrypt(load(&counter.to_be_bytes()));
        let mut mac = [0; 16];
        let hash = self.powers.hash(packet, clear_len, trailer);
        store(&mut mac, _mm_xor_si128(mask, reversed(hash)));
        mac
    }
}
