//! HMAC-SHA1 (RFC 2104, FIPS 180-4) from the hash's state after each pad. From
//! the message's last block to the MAC nothing leaves the registers.

use super::lanes::{load_part, moved_to, reversed, store};
use core::arch::x86_64::*;
use zeroize::Zeroize;

/// An HMAC key: the state of SHA-1 after the inner and after the outer pad.
pub(super) struct Hmac {
    inner: Words,
    outer: Words,
}

type Words = [u32; 5];

impl Drop for Hmac {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

/// FIPS 180-4 §5.3.1.
const START: Words = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// Bits of an outer message: its pad and one hash.
const OUTER_BITS: i32 = (64 + 20) * 8;

impl Hmac {
    #[target_feature(enable = "sha,sse4.1")]
    pub(super) fn new(key: &[u8; 20]) -> Hmac {
        Hmac { inner: padded(key, 0x36), outer: padded(key, 0x5c) }
    }

    /// The MAC over `message` followed by the four bytes of `suffix`.
    // Not inlined, and without the feature `avx`: where this runs, no register's
    // upper half is in use.
    #[inline(never)]
    #[target_feature(enable = "sha,sse4.1")]
    pub(super) fn mac(&self, message: &[u8], suffix: [u8; 4]) -> [u8; 20] {
        let (blocks, tail) = message.as_chunks::<64>();
        let mut inner = self.inner();
        for block in blocks {
            let part = |from| load_part(block, from);
            inner.block([part(0), part(16), part(32), part(48)]);
        }
        let part = |from| load_part(message, blocks.len() * 64 + from);
        inner.tail([part(0), part(16), part(32), part(48)], tail.len(), message.len(), suffix);
        self.finish(inner)
    }

    /// The hash of a message that is yet to come.
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    pub(super) fn inner(&self) -> State {
        State::new(&self.inner)
    }

    /// The MAC of the message that `inner` has taken in, its tail included.
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    pub(super) fn finish(&self, inner: State) -> [u8; 20] {
        let mut state = State::new(&self.outer);
        let end = _mm_set_epi32(0, 1 << 31, 0, 0);
        let zero = _mm_setzero_si128();
        state.compress([inner.abcd, _mm_or_si128(inner.e, end), zero, _mm_set_epi32(0, 0, 0, OUTER_BITS)]);
        state.bytes()
    }
}

/// The state of SHA-1 as the instructions take it: the first word in the highest
/// lane, the fifth there in a register of its own.
pub(super) struct State {
    abcd: __m128i,
    e: __m128i,
}

/// Sixteen words of a message, the first in the highest lane of the first.
type Message = [__m128i; 4];

impl State {
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    fn new(words: &Words) -> State {
        let [a, b, c, d, e] = words.map(u32::cast_signed);
        State { abcd: _mm_set_epi32(a, b, c, d), e: _mm_set_epi32(e, 0, 0, 0) }
    }

    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    fn words(&self) -> Words {
        let (abcd, e) = (self.abcd, self.e);
        let words = [
            _mm_extract_epi32::<3>(abcd),
            _mm_extract_epi32::<2>(abcd),
            _mm_extract_epi32::<1>(abcd),
            _mm_extract_epi32::<0>(abcd),
            _mm_extract_epi32::<3>(e),
        ];
        words.map(i32::cast_unsigned)
    }

    /// The hash.
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    fn bytes(&self) -> [u8; 20] {
        let mut bytes = [0; 20];
        if let Some((first, last)) = bytes.split_first_chunk_mut() {
            store(first, reversed(self.abcd));
            last.copy_from_slice(&_mm_extract_epi32::<3>(self.e).to_be_bytes());
        }
        bytes
    }

    /// Takes in 64 bytes, in the order of their addresses.
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    pub(super) fn block(&mut self, block: [__m128i; 4]) {
        let [a, b, c, d] = block;
        self.compress([reversed(a), reversed(b), reversed(c), reversed(d)]);
    }

    /// Takes in what follows the message's whole blocks: its tail, zeros behind it,
    /// then the suffix, SHA-1's padding and the length of all. One block, or two.
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    pub(super) fn tail(&mut self, tail: [__m128i; 4], tail_len: usize, len: usize, suffix: [u8; 4]) {
        let end = _mm_set_epi64x(0, 0x80 << 32 | i64::from(u32::from_le_bytes(suffix)));
        let ended = |part, from| reversed(_mm_or_si128(part, moved_to(tail_len, end, from)));
        let [a, b, c, d] = tail;
        let [a, b, c, d] = [ended(a, 0), ended(b, 16), ended(c, 32), ended(d, 48)];
        let zero = _mm_setzero_si128();
        let bits = _mm_set_epi64x(0, (64 + len as i64 + 4) * 8);
        if tail_len + 4 + 1 + 8 > 64 {
            self.compress([a, b, c, d]);
            self.compress([ended(zero, 64), zero, zero, bits]);
        } else {
            self.compress([a, b, c, _mm_or_si128(d, bits)]);
        }
    }

    /// Takes in one block (FIPS 180-4 §6.1.2). Each step is four rounds, and each
    /// waits for the one before: whatever else there is to do runs beside it.
    #[inline]
    #[target_feature(enable = "sha,sse4.1")]
    fn compress(&mut self, message: Message) {
        let [mut w0, mut w1, mut w2, mut w3] = message;
        let (mut old, mut new) = (self.abcd, _mm_add_epi32(self.e, w0));
        new = _mm_sha1rnds4_epu32::<0>(old, new);
        macro_rules! rounds {
            ($function:literal: $($w:ident),*) => {$(
                let e = _mm_sha1nexte_epu32(old, $w);
                old = new;
                new = _mm_sha1rnds4_epu32::<$function>(new, e);
            )*};
        }
        macro_rules! expanded {
            ($function:literal: $($a:ident $b:ident $c:ident $d:ident),*) => {$(
                $a = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32($a, $b), $c), $d);
                rounds!($function: $a);
            )*};
        }
        rounds!(0: w1, w2, w3);
        expanded!(0: w0 w1 w2 w3);
        expanded!(1: w1 w2 w3 w0, w2 w3 w0 w1, w3 w0 w1 w2, w0 w1 w2 w3, w1 w2 w3 w0);
        expanded!(2: w2 w3 w0 w1, w3 w0 w1 w2, w0 w1 w2 w3, w1 w2 w3 w0, w2 w3 w0 w1);
        expanded!(3: w3 w0 w1 w2, w0 w1 w2 w3, w1 w2 w3 w0, w2 w3 w0 w1, w3 w0 w1 w2);
        self.e = _mm_sha1nexte_epu32(old, self.e);
        self.abcd = _mm_add_epi32(self.abcd, new);
    }
}

#[target_feature(enable = "sha,sse4.1")]
fn padded(key: &[u8; 20], pad: u8) -> Words {
    let mut block = [pad; 64];
    block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
    let mut state = State::new(&START);
    state.block([load_part(&block, 0), load_part(&block, 16), load_part(&block, 32), load_part(&block, 48)]);
    block.zeroize();
    state.words()
}
