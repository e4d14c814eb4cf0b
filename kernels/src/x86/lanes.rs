//! Registers from and to memory, and bytes moved within them: the only place
//! with pointers.

use core::arch::x86_64::*;

/// A block of AES, a quarter of a block of SHA-1.
pub(super) type Block = [u8; 16];

/// Sixteen bytes in order of their addresses.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(super) fn load(bytes: &Block) -> __m128i {
    // SAFETY: a reference to 16 bytes; the load asks for no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

/// The way back.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(super) fn store(bytes: &mut Block, value: __m128i) {
    // SAFETY: a reference to 16 bytes; the store asks for no alignment.
    unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), value) }
}

/// Two blocks.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_pair(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: a reference to 32 bytes; the load asks for no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

/// The way back.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store_pair(bytes: &mut [u8; 32], value: __m256i) {
    // SAFETY: a reference to 32 bytes; the store asks for no alignment.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), value) }
}

/// The bytes in reverse order.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(super) fn reversed(block: __m128i) -> __m128i {
    _mm_shuffle_epi8(block, reversal())
}

/// The bytes of each block in reverse order.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn reversed_pair(pair: __m256i) -> __m256i {
    _mm256_shuffle_epi8(pair, _mm256_broadcastsi128_si256(reversal()))
}

#[inline]
#[target_feature(enable = "sse4.1")]
fn reversal() -> __m128i {
    _mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f)
}

/// The bytes moved `by` places to higher addresses, zeros moved in.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(super) fn moved_up(value: __m128i, by: usize) -> __m128i {
    _mm_shuffle_epi8(value, load(shuffle(16_usize.wrapping_sub(by))))
}

/// The bytes moved `by` places to lower addresses, zeros moved in.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(super) fn moved_down(value: __m128i, by: usize) -> __m128i {
    _mm_shuffle_epi8(value, load(shuffle(16 + by)))
}

/// The bytes moved to the place that `at` is from `from`, as far as they fall
/// into the block that begins at `from`.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(super) fn moved_to(at: usize, value: __m128i, from: usize) -> __m128i {
    _mm_shuffle_epi8(value, load(shuffle((16 + from).saturating_sub(at).min(32))))
}

/// The first `len` bytes, then zeros.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(super) fn first_bytes(value: __m128i, len: usize) -> __m128i {
    let positions = _mm_set_epi64x(0x0f0e_0d0c_0b0a_0908, 0x0706_0504_0302_0100);
    let len = _mm_set1_epi8(len.min(16) as i8);
    _mm_and_si128(value, _mm_cmpgt_epi8(len, positions))
}

/// Sixteen bytes of `bytes` from `from` on, with zeros where there are none. A last
/// part is read together with the bytes before it: a copy of a length that only
/// the packet knows takes its time.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(super) fn load_part(bytes: &[u8], from: usize) -> __m128i {
    let Some(rest) = bytes.get(from..) else { return _mm_setzero_si128() };
    match (rest.first_chunk(), bytes.last_chunk()) {
        (Some(whole), _) => load(whole),
        (None, Some(last)) => moved_down(load(last), 16 - rest.len()),
        (None, None) => {
            let mut block = [0; 16];
            block.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
            load(&block)
        }
    }
}

/// The way back; what lies beyond the end of `bytes` is not written.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(super) fn store_part(bytes: &mut [u8], from: usize, value: __m128i) {
    let bytes = bytes.get_mut(from..).unwrap_or_default();
    match bytes.first_chunk_mut() {
        Some(whole) => store(whole, value),
        None => in_words(bytes, |_, word| word, value),
    }
}

/// XORs onto less than 16 bytes, in words: none of them is read together with what
/// was written just before.
#[inline]
#[target_feature(enable = "sse4.1")]
pub(super) fn xor_words(bytes: &mut [u8], value: __m128i) {
    in_words(bytes, |word, others| word ^ others, value);
}

/// Makes less than 16 bytes anew, in words of eight, four and one.
#[inline]
#[target_feature(enable = "sse4.1")]
fn in_words(bytes: &mut [u8], made: impl Fn(u64, u64) -> u64, value: __m128i) {
    let mut rest = number(value);
    let (eights, bytes) = bytes.as_chunks_mut();
    if let [place] = eights {
        *place = made(u64::from_le_bytes(*place), rest as u64).to_le_bytes();
        rest >>= 64;
    }
    let (fours, bytes) = bytes.as_chunks_mut();
    if let [place] = fours {
        *place = (made(u32::from_le_bytes(*place).into(), rest as u64) as u32).to_le_bytes();
        rest >>= 32;
    }
    for place in bytes.iter_mut().take(3) {
        *place = made((*place).into(), rest as u64) as u8;
        rest >>= 8;
    }
}

#[inline]
#[target_feature(enable = "sse4.1")]
fn number(value: __m128i) -> u128 {
    let half = |half: i64| u128::from(half.cast_unsigned());
    half(_mm_extract_epi64::<1>(value)) << 64 | half(_mm_cvtsi128_si64(value))
}

/// Indexes that a byte shuffle takes: those of its own bytes in the middle and
/// zeros around them.
static SHUFFLES: [u8; 48] = *b"\
    \x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\
    \x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\
    \x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80";

#[inline]
fn shuffle(from: usize) -> &'static Block {
    SHUFFLES.get(from..).and_then(|indexes| indexes.first_chunk()).unwrap_or(&[0x80; 16])
}

const CACHE_LINE: usize = 64;

#[inline(always)]
pub(crate) fn read_ahead<T>(place: &T) {
    let start = core::ptr::from_ref(place).cast::<i8>();
    for offset in (0..size_of::<T>()).step_by(CACHE_LINE) {
        // SAFETY: every x86-64 has this instruction, which reads nothing and never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(offset)) };
    }
}
