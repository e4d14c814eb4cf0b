//! AES in counter mode (NIST SP 800-38A §6.5), sixteen blocks at a time.

use super::aes::RoundKeys;
use super::lanes::{load, load_pair, store, store_pair, xor_words};
use core::arch::x86_64::*;

impl<const K: usize> RoundKeys<K> {
    /// XORs the keystream that begins at `counter` onto `data`. Only the low 32
    /// bits count.
    // Not inlined: the compiler clears the upper halves of the registers where
    // this ends. With these dirty, SHA instructions take many times as long on
    // some CPUs.
    #[inline(never)]
    #[target_feature(enable = "aes,avx2,vaes")]
    pub(super) fn apply(&self, counter: u128, data: &mut [u8]) {
        let mut counter = Counter::new(counter);
        let (pairs, tail) = data.as_chunks_mut::<32>();
        let (groups, pairs) = pairs.as_chunks_mut();
        groups.iter_mut().for_each(|group: &mut [_; 8]| self.batch(&mut counter, group));
        let (groups, pairs) = pairs.as_chunks_mut();
        groups.iter_mut().for_each(|group: &mut [_; 4]| self.batch(&mut counter, group));
        let (groups, pairs) = pairs.as_chunks_mut();
        groups.iter_mut().for_each(|group: &mut [_; 2]| self.batch(&mut counter, group));
        pairs.iter_mut().for_each(|pair| self.batch(&mut counter, core::array::from_mut(pair)));
        if !tail.is_empty() {
            let [stream] = self.encrypt_pairs([counter.next()]);
            xor_part_of_pair(tail, stream);
        }
    }

    #[inline]
    #[target_feature(enable = "aes,avx2,vaes")]
    fn batch<const N: usize>(&self, counter: &mut Counter, data: &mut [[u8; 32]; N]) {
        let mut counters = [_mm256_setzero_si256(); N];
        counters.iter_mut().for_each(|pair| *pair = counter.next());
        let stream = self.encrypt_pairs(counters);
        for (pair, stream) in data.iter_mut().zip(stream) {
            store_pair(pair, _mm256_xor_si256(load_pair(pair), stream));
        }
    }
}

/// Two counter blocks, their last words in the CPU's own order of bytes.
struct Counter(__m256i);

impl Counter {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(counter: u128) -> Counter {
        let block = _mm256_broadcastsi128_si256(load(&counter.to_be_bytes()));
        let block = last_words_reversed(block);
        Counter(_mm256_add_epi32(block, _mm256_set_epi32(1, 0, 0, 0, 0, 0, 0, 0)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn next(&mut self) -> __m256i {
        let pair = last_words_reversed(self.0);
        self.0 = _mm256_add_epi32(self.0, _mm256_set_epi32(2, 0, 0, 0, 2, 0, 0, 0));
        pair
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn last_words_reversed(pair: __m256i) -> __m256i {
    let order = _mm_set_epi8(12, 13, 14, 15, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    _mm256_shuffle_epi8(pair, _mm256_broadcastsi128_si256(order))
}

/// XORs onto less than 32 bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn xor_part_of_pair(data: &mut [u8], stream: __m256i) {
    let (blocks, tail) = data.as_chunks_mut();
    let mut stream_of_tail = _mm256_castsi256_si128(stream);
    if let [block] = blocks {
        store(block, _mm_xor_si128(load(block), stream_of_tail));
        stream_of_tail = _mm256_extracti128_si256::<1>(stream);
    }
    xor_words(tail, stream_of_tail);
}
