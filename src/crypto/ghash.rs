//! GHASH (NIST SP 800-38D §6.4) by way of POLYVAL, its mirror image
//! (RFC 8452 appendix A).

use super::portions::Portions;
use aes::cipher::array::Array;
use polyval::hazmat::FieldElement;
use polyval::universal_hash::{UhfBackend, UniversalHash};
use polyval::{Block, ParBlocks, Polyval};

/// Blocks that POLYVAL multiplies at a time.
const LANES: usize = 4;

/// A GHASH key.
pub(super) struct Ghash {
    /// Never fed: cloned for each message.
    fresh: Polyval,
}

impl Ghash {
    /// `h` is the encryption of the zero block.
    pub(super) fn new(h: u128) -> Ghash {
        // `from` reads little-endian, which is the byte reversal of RFC 8452.
        let key = FieldElement::from(h).mulx();
        Ghash { fresh: Polyval::new(&Block::from(key)) }
    }

    /// A hash of nothing yet.
    #[inline(never)]
    pub(super) fn start(&self) -> Running {
        Running { polyval: self.fresh.clone() }
    }
}

/// The hash of one message.
pub(super) struct Running {
    polyval: Polyval,
}

impl Running {
    /// Takes in what GCM authenticates: the clear bytes with the trailer behind
    /// them, then the encrypted bytes, both padded to whole blocks, then their
    /// lengths.
    #[inline(always)]
    pub(super) fn packet(&mut self, packet: &[u8], portions: &Portions) {
        let (clear, secret) = packet.split_at_checked(portions.clear_len).unwrap_or((packet, &[]));
        let trailer = portions.trailer.map(u32::to_be_bytes);
        let trailer = trailer.as_ref().map_or(&[][..], |trailer| trailer.as_slice());
        let clear_len = clear.len() + trailer.len();
        let count = clear_len.div_ceil(16) + secret.len().div_ceil(16) + 1;
        let mut feed = Feed::new(&mut self.polyval, count);
        let (blocks, tail) = clear.as_chunks();
        feed.blocks(blocks);
        match packet.get(blocks.len() * 16..).and_then(|rest| rest.first_chunk()) {
            // An RTP header's last block: the packet goes on behind it, so it
            // is read whole and what is not header taken out.
            Some(block) if trailer.is_empty() && !tail.is_empty() => feed.push(&first(block, tail.len())),
            _ => feed.tail(tail, trailer),
        }
        let (blocks, tail) = secret.as_chunks();
        feed.blocks(blocks);
        feed.tail(tail, &[]);
        feed.push(&(((clear_len as u128 * 8) << 64) | (secret.len() as u128 * 8)).to_be_bytes());
    }

    /// The hash.
    pub(super) fn finish(self) -> u128 {
        u128::from_le_bytes(self.polyval.finalize().0)
    }
}

/// Gathers blocks until there are enough for one step of POLYVAL.
struct Feed<'a> {
    polyval: &'a mut Polyval,
    waiting: ParBlocks,
    filled: usize,
}

impl<'a> Feed<'a> {
    /// Blocks of zeros in front do not change the hash, so with the right
    /// number of them all steps are full ones.
    #[inline(always)]
    fn new(polyval: &'a mut Polyval, count: usize) -> Feed<'a> {
        Feed { polyval, waiting: ParBlocks::default(), filled: count.wrapping_neg() % LANES }
    }

    #[inline(always)]
    fn blocks(&mut self, blocks: &[[u8; 16]]) {
        let until_full = LANES.wrapping_sub(self.filled) % LANES;
        let (before, blocks) = blocks.split_at_checked(until_full).unwrap_or((blocks, &[]));
        before.iter().for_each(|block| self.push(block));
        let (groups, after) = blocks.as_chunks::<LANES>();
        if !groups.is_empty() {
            steps(self.polyval, groups);
        }
        after.iter().for_each(|block| self.push(block));
    }

    /// Less than a block and up to four bytes more, filled up with zeros: no
    /// block, one or two.
    #[inline(always)]
    fn tail(&mut self, tail: &[u8], behind: &[u8]) {
        let len = tail.len() + behind.len();
        let mut bytes = tail.iter().chain(behind);
        for _ in 0..len.div_ceil(16) {
            let mut block = [0; 16];
            block.iter_mut().zip(&mut bytes).for_each(|(to, from)| *to = *from);
            self.push(&block);
        }
    }

    #[inline(always)]
    fn push(&mut self, block: &[u8; 16]) {
        if let Some(slot) = self.waiting.get_mut(self.filled) {
            slot.0 = reversed(block);
        }
        self.filled += 1;
        if self.filled == LANES {
            self.filled = 0;
            self.polyval.proc_par_blocks(&self.waiting);
        }
    }
}

/// The loop of long packets is compiled by itself. As part of the cipher's code
/// the same loop took up to twice as long, depending on what stood around it.
#[inline(never)]
fn steps(polyval: &mut Polyval, groups: &[[[u8; 16]; LANES]]) {
    for group in groups {
        polyval.proc_par_blocks(&group.each_ref().map(|block| Array(reversed(block))).into());
    }
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "both are 16 bytes")]
fn reversed(block: &[u8; 16]) -> [u8; 16] {
    core::array::from_fn(|at| block[15 - at])
}

/// The first `len` bytes, then zeros. By a mask: a choice for each byte would be
/// compiled to a branch for each.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "all are 16 bytes")]
fn first(block: &[u8; 16], len: usize) -> [u8; 16] {
    const KEPT_THEN_NOT: [[u8; 16]; 2] = [[0xff; 16], [0; 16]];
    let mask = KEPT_THEN_NOT.as_flattened().get(16_usize.saturating_sub(len)..);
    let mask = mask.and_then(|mask| mask.first_chunk::<16>()).unwrap_or(&[0; 16]);
    core::array::from_fn(|at| block[at] & mask[at])
}
