//! AES-GCM (RFC 7714; NIST SP 800-38D) with tags of 16 bytes.

use super::ghash::{Ghash, Running};
use super::kdf::{self, SessionKeys};
use super::keyed::{Mac, check, padded};
use super::portions::Portions;
use super::sealer::{Made, Sealer};
use super::{Authenticated, ctr};
use crate::error::Error;
use aes::Block;
use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, KeyInit};
use core::convert::Infallible;
use zeroize::Zeroize;

/// The transform with its session keys.
pub(super) struct Gcm<C> {
    cipher: C,
    ghash: Ghash,
    /// Twelve bytes, already moved left to make room for the block counter.
    salt: u128,
}

impl<C> Drop for Gcm<C> {
    fn drop(&mut self) {
        self.salt.zeroize();
    }
}

impl<C> Made for Gcm<C>
where
    C: KeyInit + BlockCipherEncrypt<BlockSize = U16> + Send + Sync + 'static,
{
    fn new(keys: &SessionKeys) -> Result<Gcm<C>, Infallible> {
        let cipher = kdf::cipher(&keys.enc_key);
        let ghash = Ghash::new(ctr::block(&cipher, 0));
        Ok(Gcm { cipher, ghash, salt: kdf::left_aligned(&keys.salt) })
    }
}

impl<C> Sealer for Gcm<C>
where
    C: KeyInit + BlockCipherEncrypt<BlockSize = U16> + Send + Sync + 'static,
{
    type Failure = Infallible;

    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, Infallible> {
        let (mut ghash, mut mask) = (self.ghash.start(), Block::default());
        let counter = portions.gcm_counter(self.salt);
        let pass = SealPass { ghash: &mut ghash, counter, packet, portions, mask: &mut mask };
        self.cipher.encrypt_with_backend(pass);
        Ok(masked(ghash.finish(), &mask))
    }

    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error> {
        let authenticated = check(&self.mac(packet, portions), tag)?;
        let secret = packet.get_mut(portions.clear_len..).unwrap_or_default();
        if !secret.is_empty() {
            ctr::apply(&self.cipher, portions.gcm_counter(self.salt) + 1, secret);
        }
        Ok(authenticated)
    }
}

impl<C: BlockCipherEncrypt<BlockSize = U16>> Gcm<C> {
    /// The MAC that a received packet should have.
    fn mac(&self, packet: &[u8], portions: &Portions) -> Mac {
        let (mut ghash, mut mask) = (self.ghash.start(), Block::default());
        let counter = portions.gcm_counter(self.salt);
        let pass = MacPass { ghash: &mut ghash, counter, packet, portions, mask: &mut mask };
        self.cipher.encrypt_with_backend(pass);
        masked(ghash.finish(), &mask)
    }
}

/// Encryption, tag mask and GHASH in one go inside the cipher, so that a short
/// packet's GHASH too is compiled for this CPU's instructions. What needs none
/// of them, setting the hash up and reading it, stays outside: copying it there
/// in the widest registers stalls.
struct SealPass<'a> {
    ghash: &'a mut Running,
    counter: u128,
    packet: &'a mut [u8],
    portions: &'a Portions,
    mask: &'a mut Block,
}

/// Tag mask and GHASH alone.
struct MacPass<'a> {
    ghash: &'a mut Running,
    counter: u128,
    packet: &'a [u8],
    portions: &'a Portions,
    mask: &'a mut Block,
}

impl BlockSizeUser for SealPass<'_> {
    type BlockSize = U16;
}

impl BlockSizeUser for MacPass<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for SealPass<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let SealPass { ghash, counter, packet, portions, mask } = self;
        let secret = packet.get_mut(portions.clear_len..).unwrap_or_default();
        ctr::apply_with(backend, counter + 1, secret);
        MacPass { ghash, counter, packet, portions, mask }.call(backend);
    }
}

impl BlockCipherEncClosure for MacPass<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        *self.mask = Array(self.counter.to_be_bytes());
        backend.encrypt_block_inplace(self.mask);
        self.ghash.packet(self.packet, self.portions);
    }
}

fn masked(hash: u128, mask: &Block) -> Mac {
    padded((hash ^ u128::from_be_bytes(mask.0)).to_be_bytes())
}
