//! AES: the key schedule, and the rounds over one block or several at a time
//! (FIPS 197).

use super::lanes::{Block, load};
use core::arch::x86_64::*;
use zeroize::Zeroize;

/// Round keys: 11, 13 or 15 of them, by the length of the key.
pub(super) struct RoundKeys<const K: usize>([Block; K]);

impl<const K: usize> Drop for RoundKeys<K> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const K: usize> RoundKeys<K> {
    /// The schedule of a key of 4 · (K - 7) bytes (FIPS 197 §5.2); of a shorter
    /// one, that of the key with zeros behind it.
    #[target_feature(enable = "aes,avx2")]
    pub(super) fn new(key: &[u8]) -> RoundKeys<K> {
        let mut keys = RoundKeys([[0; 16]; K]);
        let words = keys.0.as_flattened_mut().as_chunks_mut::<4>().0;
        let key_words = K - 7;
        let mut constant = 1_u8;
        for at in 0..words.len() {
            let word = if at < key_words {
                key.get(at * 4..)
                    .and_then(|key| key.first_chunk())
                    .map_or(0, |word| u32::from_le_bytes(*word))
            } else {
                let mut word = word_at(words, at - 1);
                if at.is_multiple_of(key_words) {
                    word = substituted(word).rotate_right(8) ^ u32::from(constant);
                    constant = (constant << 1) ^ ((constant >> 7) * 0x1b);
                } else if key_words > 6 && at % key_words == 4 {
                    word = substituted(word);
                }
                word ^ word_at(words, at - key_words)
            };
            if let Some(place) = words.get_mut(at) {
                *place = word.to_le_bytes();
            }
        }
        keys
    }

    /// Encrypts one block.
    #[inline]
    #[target_feature(enable = "aes,sse4.1")]
    pub(super) fn encrypt(&self, block: __m128i) -> __m128i {
        let [first, rest @ ..] = self.0.as_slice() else { return block };
        let Some((last, middle)) = rest.split_last() else { return block };
        let mut block = _mm_xor_si128(block, load(first));
        for key in middle {
            block = _mm_aesenc_si128(block, load(key));
        }
        _mm_aesenclast_si128(block, load(last))
    }

    /// Encrypts four blocks.
    #[inline]
    #[target_feature(enable = "aes,sse4.1")]
    pub(super) fn encrypt_four(&self, mut blocks: [__m128i; 4]) -> [__m128i; 4] {
        let [first, rest @ ..] = self.0.as_slice() else { return blocks };
        let Some((last, middle)) = rest.split_last() else { return blocks };
        let key = load(first);
        blocks.iter_mut().for_each(|block| *block = _mm_xor_si128(*block, key));
        for key in middle {
            let key = load(key);
            blocks.iter_mut().for_each(|block| *block = _mm_aesenc_si128(*block, key));
        }
        let key = load(last);
        blocks.iter_mut().for_each(|block| *block = _mm_aesenclast_si128(*block, key));
        blocks
    }

    /// Encrypts 2 · N blocks.
    #[inline]
    #[target_feature(enable = "aes,avx2,vaes")]
    pub(super) fn encrypt_pairs<const N: usize>(&self, mut pairs: [__m256i; N]) -> [__m256i; N] {
        let [first, rest @ ..] = self.0.as_slice() else { return pairs };
        let Some((last, middle)) = rest.split_last() else { return pairs };
        let key = twice(first);
        pairs.iter_mut().for_each(|pair| *pair = _mm256_xor_si256(*pair, key));
        for key in middle {
            let key = twice(key);
            pairs.iter_mut().for_each(|pair| *pair = _mm256_aesenc_epi128(*pair, key));
        }
        let key = twice(last);
        pairs.iter_mut().for_each(|pair| *pair = _mm256_aesenclast_epi128(*pair, key));
        pairs
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn twice(key: &Block) -> __m256i {
    _mm256_broadcastsi128_si256(load(key))
}

fn word_at(words: &[[u8; 4]], at: usize) -> u32 {
    words.get(at).map_or(0, |word| u32::from_le_bytes(*word))
}

/// The S-box on each byte, in an instruction, so that no table is looked up at
/// an address made of the key.
#[target_feature(enable = "aes,avx2")]
fn substituted(word: u32) -> u32 {
    let all = _mm_set1_epi32(word.cast_signed());
    _mm_cvtsi128_si32(_mm_aeskeygenassist_si128::<0>(all)).cast_unsigned()
}
