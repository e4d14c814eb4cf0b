//! AES in counter mode, keystream straight onto the data (RFC 3711 §4.1.1,
//! NIST SP 800-38A §6.5).

use aes::Block;
use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::typenum::Unsigned;
use aes::cipher::{
    BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, ParBlocks,
};

/// XORs the keystream that begins at `counter` onto `data`. The caller keeps
/// the counter's low bits far enough from wrapping.
pub(super) fn apply<C: BlockCipherEncrypt<BlockSize = U16>>(cipher: &C, counter: u128, data: &mut [u8]) {
    cipher.encrypt_with_backend(Apply { counter, data });
}

/// One block of keystream.
pub(super) fn block<C: BlockCipherEncrypt<BlockSize = U16>>(cipher: &C, counter: u128) -> u128 {
    let mut block = Array(counter.to_be_bytes());
    cipher.encrypt_block(&mut block);
    u128::from_be_bytes(block.0)
}

/// The loop over the blocks, as a closure that the cipher runs inside the code
/// it has compiled for this CPU's instructions, so block after block needs no
/// call and no choice.
struct Apply<'a> {
    counter: u128,
    data: &'a mut [u8],
}

impl BlockSizeUser for Apply<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Apply<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        apply_with(backend, self.counter, self.data);
    }
}

/// [`apply`] for code that already runs inside the cipher.
#[inline(always)]
pub(super) fn apply_with<B>(backend: &B, counter: u128, data: &mut [u8])
where
    B: BlockCipherEncBackend<BlockSize = U16>,
{
    let mut counter = Counter::new(counter);
    let (blocks, tail) = data.as_chunks_mut();
    let mut batches = blocks.chunks_exact_mut(B::ParBlocksSize::USIZE);
    for batch in &mut batches {
        let mut stream = ParBlocks::<B>::from_fn(|_| counter.next());
        backend.encrypt_par_blocks_inplace(&mut stream);
        for (block, stream) in batch.iter_mut().zip(&stream) {
            xor(block, stream);
        }
    }
    let rest = batches.into_remainder();
    if B::ParBlocksSize::USIZE <= SOFTWARE_LANES {
        // Here one block costs as much as a batch, so the last ones go together.
        let mut stream = ParBlocks::<B>::from_fn(|_| counter.next());
        backend.encrypt_par_blocks_inplace(&mut stream);
        rest.iter_mut().zip(&stream).for_each(|(block, stream)| xor(block, stream));
        let stream = stream.iter().skip(rest.len()).flatten();
        tail.iter_mut().zip(stream).for_each(|(byte, key)| *byte ^= key);
        return;
    }
    for block in rest {
        let mut stream = counter.next();
        backend.encrypt_block_inplace(&mut stream);
        xor(block, &stream);
    }
    if !tail.is_empty() {
        let mut stream = counter.next();
        backend.encrypt_block_inplace(&mut stream);
        tail.iter_mut().zip(&stream).for_each(|(byte, key)| *byte ^= key);
    }
}

/// Most blocks that AES without the CPU's AES instructions does at a time;
/// with them it is eight or more.
const SOFTWARE_LANES: usize = 4;

/// The counter block, kept as the four words that are fed to the cipher. Only
/// the last one counts: no packet is long enough to carry beyond it.
struct Counter {
    fixed: u128,
    count: u32,
}

impl Counter {
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "takes the low word")]
    fn new(counter: u128) -> Counter {
        Counter { fixed: (counter & !0xffff_ffff).swap_bytes(), count: counter as u32 }
    }

    #[inline(always)]
    fn next(&mut self) -> Block {
        let block = self.fixed | u128::from(self.count.swap_bytes()) << 96;
        self.count = self.count.wrapping_add(1);
        Array(block.to_le_bytes())
    }
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "both are 16 bytes")]
fn xor(data: &mut [u8; 16], stream: &Block) {
    *data = core::array::from_fn(|at| data[at] ^ stream[at]);
}
