//! GHASH (NIST SP 800-38D §6.4) by way of POLYVAL, its mirror image (RFC 8452
//! appendix A): up to eight blocks are multiplied, each with its own power of
//! the key, before one reduction.

use super::lanes::{Block, first_bytes, load, load_pair, load_part, reversed, reversed_pair, store};
use core::arch::x86_64::*;
use zeroize::Zeroize;

/// Blocks to one reduction.
const GROUP: usize = 8;

/// A GHASH key: its eighth power first, itself last.
pub(super) struct Powers([Block; GROUP]);

impl Drop for Powers {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Powers {
    /// `h` is the encryption of the zero block.
    #[target_feature(enable = "pclmulqdq,avx2")]
    pub(super) fn new(h: __m128i) -> Powers {
        let key = doubled(reversed(h));
        let (mut powers, mut power) = (Powers([[0; 16]; GROUP]), key);
        for place in powers.0.iter_mut().rev() {
            store(place, power);
            let mut product = Product::zero();
            product.add(power, key);
            power = product.reduced();
        }
        powers
    }

    /// What GCM authenticates: the clear bytes with up to four bytes behind them,
    /// then the encrypted bytes, both filled up with zeros to whole blocks, then
    /// their lengths.
    #[inline]
    #[target_feature(enable = "pclmulqdq,vpclmulqdq,avx2")]
    pub(super) fn hash(&self, packet: &[u8], clear_len: usize, trailer: &[u8]) -> __m128i {
        let (clear, secret) = packet.split_at_checked(clear_len).unwrap_or((packet, &[]));
        let aad_len = clear.len() + trailer.len();
        let count = aad_len.div_ceil(16) + secret.len().div_ceil(16) + 1;
        let mut hash = Hash::new(self, count);
        let (blocks, tail) = clear.as_chunks();
        hash.blocks(blocks);
        hash.tail(packet, blocks.len() * 16, tail, trailer);
        let (blocks, tail) = secret.as_chunks();
        hash.blocks(blocks);
        hash.tail(packet, clear.len() + blocks.len() * 16, tail, &[]);
        let bits = |len: usize| (len as i64) * 8;
        hash.block(_mm_set_epi64x(bits(aad_len), bits(secret.len())));
        hash.hash
    }
}

/// A hash under way.
struct Hash<'a> {
    powers: &'a [Block; GROUP],
    /// What came before the group that is being multiplied.
    hash: __m128i,
    product: Product,
    /// The group's blocks that are still to come.
    left: usize,
}

impl Hash<'_> {
    /// The first group is the one that is not full.
    #[inline]
    #[target_feature(enable = "pclmulqdq,avx2")]
    fn new(powers: &Powers, count: usize) -> Hash<'_> {
        let left = (count - 1) % GROUP + 1;
        Hash { powers: &powers.0, hash: _mm_setzero_si128(), product: Product::zero(), left }
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq,vpclmulqdq,avx2")]
    fn blocks(&mut self, blocks: &[Block]) {
        let until_full = self.left % GROUP;
        let (before, blocks) = blocks.split_at_checked(until_full).unwrap_or((blocks, &[]));
        before.iter().for_each(|block| self.block(reversed(load(block))));
        let (groups, after) = blocks.as_chunks();
        groups.iter().for_each(|group| self.group(group));
        after.iter().for_each(|block| self.block(reversed(load(block))));
    }

    /// The bytes of less than a block, which begin at `from`, and up to four more.
    #[inline]
    #[target_feature(enable = "pclmulqdq,avx2")]
    fn tail(&mut self, packet: &[u8], from: usize, tail: &[u8], behind: &[u8]) {
        let len = tail.len() + behind.len();
        if len == 0 {
            return;
        }
        if behind.is_empty() {
            self.block(reversed(first_bytes(load_part(packet, from), len)));
            return;
        }
        let mut bytes = tail.iter().chain(behind);
        for _ in 0..len.div_ceil(16) {
            let mut block = [0; 16];
            block.iter_mut().zip(&mut bytes).for_each(|(to, from)| *to = *from);
            self.block(reversed(load(&block)));
        }
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq,avx2")]
    fn block(&mut self, block: __m128i) {
        let power = self.powers.get(GROUP - self.left).unwrap_or(&[0; 16]);
        self.product.add(_mm_xor_si128(block, self.hash), load(power));
        self.hash = _mm_setzero_si128();
        self.left -= 1;
        if self.left == 0 {
            self.hash = self.product.reduced();
            self.product = Product::zero();
            self.left = GROUP;
        }
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq,vpclmulqdq,avx2")]
    fn group(&mut self, group: &[Block; GROUP]) {
        let mut before = _mm256_zextsi128_si256(self.hash);
        let mut sum = Pairs::zero();
        let (blocks, powers) = (group.as_flattened().as_chunks().0, self.powers.as_flattened().as_chunks().0);
        for (pair, power) in blocks.iter().zip(powers) {
            sum.add(_mm256_xor_si256(reversed_pair(load_pair(pair)), before), load_pair(power));
            before = _mm256_setzero_si256();
        }
        self.hash = sum.folded().reduced();
    }
}

/// Sums of products of 256 bits, before the reduction.
struct Product {
    low: __m128i,
    middle: __m128i,
    high: __m128i,
}

impl Product {
    #[inline]
    #[target_feature(enable = "pclmulqdq,avx2")]
    fn zero() -> Product {
        let zero = _mm_setzero_si128();
        Product { low: zero, middle: zero, high: zero }
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq,avx2")]
    fn add(&mut self, a: __m128i, b: __m128i) {
        let crossed = _mm_xor_si128(_mm_clmulepi64_si128::<0x01>(a, b), _mm_clmulepi64_si128::<0x10>(a, b));
        self.low = _mm_xor_si128(self.low, _mm_clmulepi64_si128::<0x00>(a, b));
        self.high = _mm_xor_si128(self.high, _mm_clmulepi64_si128::<0x11>(a, b));
        self.middle = _mm_xor_si128(self.middle, crossed);
    }

    /// Modulo x^128 + x^127 + x^126 + x^121 + 1, times x^-128.
    #[inline]
    #[target_feature(enable = "pclmulqdq,avx2")]
    fn reduced(&self) -> __m128i {
        let low = _mm_xor_si128(self.low, _mm_slli_si128::<8>(self.middle));
        let high = _mm_xor_si128(self.high, _mm_srli_si128::<8>(self.middle));
        let half = folded_once(folded_once(low));
        _mm_xor_si128(high, half)
    }
}

#[inline]
#[target_feature(enable = "pclmulqdq,avx2")]
fn folded_once(low: __m128i) -> __m128i {
    let swapped = _mm_shuffle_epi32::<0b01_00_11_10>(low);
    _mm_xor_si128(swapped, _mm_clmulepi64_si128::<0x00>(low, _mm_set_epi64x(0, TAPS)))
}

/// x^127 + x^126 + x^121, as the higher half of a block.
const TAPS: i64 = (0xc2_u64 << 56).cast_signed();

/// [`Product`] of two blocks at a time.
struct Pairs {
    low: __m256i,
    middle: __m256i,
    high: __m256i,
}

impl Pairs {
    #[inline]
    #[target_feature(enable = "vpclmulqdq,avx2")]
    fn zero() -> Pairs {
        let zero = _mm256_setzero_si256();
        Pairs { low: zero, middle: zero, high: zero }
    }

    #[inline]
    #[target_feature(enable = "vpclmulqdq,avx2")]
    fn add(&mut self, a: __m256i, b: __m256i) {
        let crossed =
            _mm256_xor_si256(_mm256_clmulepi64_epi128::<0x01>(a, b), _mm256_clmulepi64_epi128::<0x10>(a, b));
        self.low = _mm256_xor_si256(self.low, _mm256_clmulepi64_epi128::<0x00>(a, b));
        self.high = _mm256_xor_si256(self.high, _mm256_clmulepi64_epi128::<0x11>(a, b));
        self.middle = _mm256_xor_si256(self.middle, crossed);
    }

    #[inline]
    #[target_feature(enable = "vpclmulqdq,avx2")]
    fn folded(&self) -> Product {
        let both = |pair| _mm_xor_si128(_mm256_castsi256_si128(pair), _mm256_extracti128_si256::<1>(pair));
        Product { low: both(self.low), middle: both(self.middle), high: both(self.high) }
    }
}

/// Times x.
#[target_feature(enable = "avx2")]
fn doubled(value: __m128i) -> __m128i {
    let carries = _mm_srli_epi64::<63>(value);
    let moved = _mm_or_si128(_mm_slli_epi64::<1>(value), _mm_slli_si128::<8>(carries));
    // All ones where the bit that fell out is one.
    let fallen = _mm_sub_epi64(_mm_setzero_si128(), _mm_unpackhi_epi64(carries, carries));
    _mm_xor_si128(moved, _mm_and_si128(fallen, _mm_set_epi64x(TAPS, 1)))
}
