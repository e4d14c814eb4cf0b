//! HMAC-SHA1 (RFC 2104) with the key's two blocks hashed beforehand, so that a
//! packet costs its own blocks and one more.

use super::keyed::Mac;
use sha1::block_api::compress;
use zeroize::Zeroize;

const BLOCK_LEN: usize = 64;
/// FIPS 180-4 §5.3.1.
const SHA1_START: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// An HMAC key: the state of SHA-1 after the inner and after the outer pad.
pub(super) struct HmacSha1 {
    inner: [u32; 5],
    outer: [u32; 5],
}

impl Drop for HmacSha1 {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

impl HmacSha1 {
    /// A key of at most 64 bytes; SRTP's has 20 (RFC 3711 §5.2).
    pub(super) fn new(key: &[u8; 20]) -> HmacSha1 {
        HmacSha1 { inner: padded(key, 0x36), outer: padded(key, 0x5c) }
    }

    /// The MAC over `message` followed by the four bytes of `suffix`.
    pub(super) fn mac(&self, message: &[u8], suffix: [u8; 4]) -> Mac {
        let (blocks, tail) = message.as_chunks();
        let mut last = [[0; BLOCK_LEN]; 2];
        let last = fill_last(&mut last, tail, suffix, message.len());
        let mut state = self.inner;
        compress(&mut state, blocks);
        compress(&mut state, last);
        self.finish(state)
    }

    fn finish(&self, inner: [u32; 5]) -> Mac {
        // Written word by word so that the compiler makes whole registers of
        // it: the hash waits for this block.
        let [a, b, c, d, e] = inner;
        let bits = (BLOCK_LEN as u32 + 20) * 8;
        let words = [a, b, c, d, e, 1 << 31, 0, 0, 0, 0, 0, 0, 0, 0, 0, bits];
        let mut block = [0; BLOCK_LEN];
        for (to, word) in block.as_chunks_mut().0.iter_mut().zip(words) {
            *to = word.to_be_bytes();
        }
        let mut state = self.outer;
        compress(&mut state, &[block]);
        bytes_of(state)
    }
}

/// Fills what follows the message's whole blocks: its tail, the suffix, SHA-1's
/// padding and the length of all with the inner pad. One block, or two.
#[expect(clippy::indexing_slicing, reason = "tail is shorter than a block, so all fits in two")]
fn fill_last<'a>(
    last: &'a mut [[u8; BLOCK_LEN]; 2],
    tail: &[u8],
    suffix: [u8; 4],
    message_len: usize,
) -> &'a [[u8; BLOCK_LEN]] {
    let used = if tail.len() + 4 + 1 + 8 > BLOCK_LEN { 2 } else { 1 };
    let bytes = last.as_flattened_mut();
    bytes[..tail.len()].copy_from_slice(tail);
    bytes[tail.len()..][..4].copy_from_slice(&suffix);
    bytes[tail.len() + 4] = 0x80;
    let bits = (BLOCK_LEN + message_len + 4) as u64 * 8;
    bytes[used * BLOCK_LEN - 8..][..8].copy_from_slice(&bits.to_be_bytes());
    &last[..used]
}

fn padded(key: &[u8], pad: u8) -> [u32; 5] {
    let mut block = [pad; BLOCK_LEN];
    for (byte, key) in block.iter_mut().zip(key) {
        *byte ^= key;
    }
    let mut state = SHA1_START;
    compress(&mut state, &[block]);
    block.zeroize();
    state
}

fn bytes_of(state: [u32; 5]) -> Mac {
    let mut bytes = [0; 20];
    for (to, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
        *to = word.to_be_bytes();
    }
    bytes
}
