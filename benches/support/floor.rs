//! RustCrypto's primitives alone on the same bytes: AES blocks, SHA-1's or POLYVAL's block function, one copy of the packet. No
//! session, no lock, no stream, no window, no header but the twelve fixed bytes. It writes what the engine writes.

use super::{Peer, key};
use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::typenum::Unsigned;
use aes::cipher::{
    BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, KeyInit, ParBlocks,
};
use polyval::Polyval;
use polyval::hazmat::FieldElement;
use polyval::universal_hash::UniversalHash;
use sha1::block_api::compress;
use voxseal::suite::{CryptoSuite, TransformKind};

pub const HEADER_LEN: usize = 12;
const SHA1_START: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// The primitives with the session keys of the benches' master key.
pub struct Floor<C> {
    cipher: C,
    salt: u128,
    auth: Auth,
    outbound: Counter,
    inbound: Counter,
}

/// The index of packets that come in order.
#[derive(Default)]
pub struct Counter {
    roc: u32,
    seq: u16,
}

impl Counter {
    pub fn index(&mut self, packet: &[u8]) -> u64 {
        let seq = u16::from_be_bytes([packet[2], packet[3]]);
        self.roc += u32::from(seq < self.seq);
        self.seq = seq;
        u64::from(self.roc) << 16 | u64::from(seq)
    }
}

enum Auth {
    Hmac { inner: [u32; 5], outer: [u32; 5] },
    Ghash(Box<Polyval>),
}

/// Session keys of the benches' master key.
pub struct Session {
    pub enc_key: Vec<u8>,
    pub auth_key: [u8; 20],
    pub salt: u128,
    pub is_gcm: bool,
}

impl Session {
    /// `C` has the master key's length.
    pub fn derive<C: KeyInit + BlockCipherEncrypt<BlockSize = U16>>(suite: CryptoSuite) -> Session {
        let (params, key) = (suite.params(), key(suite));
        let (key, salt) = key.split_at(params.key_len);
        let mut master_salt = [0; 16];
        master_salt[..salt.len()].copy_from_slice(salt);
        let master = C::new_from_slice(key).unwrap();
        // RFC 3711 §4.3.1 with key derivation rate 0.
        let derive = |label: u128, out: &mut [u8]| {
            let block = u128::from_be_bytes(master_salt) ^ label << 64;
            master.encrypt_with_backend(Ctr { counter: block, data: out });
        };
        let (mut enc_key, mut auth_key, mut session_salt) = ([0; 32], [0; 20], [0; 16]);
        derive(0, &mut enc_key[..params.key_len]);
        derive(1, &mut auth_key);
        derive(2, &mut session_salt[..params.salt_len]);
        Session {
            enc_key: enc_key[..params.key_len].to_vec(),
            auth_key,
            salt: u128::from_be_bytes(session_salt),
            is_gcm: params.transform == TransformKind::AesGcm,
        }
    }
}

impl<C: KeyInit + BlockCipherEncrypt<BlockSize = U16>> Floor<C> {
    pub fn new(suite: CryptoSuite) -> Floor<C> {
        let Session { enc_key, auth_key, salt, is_gcm } = Session::derive::<C>(suite);
        let cipher = C::new_from_slice(&enc_key).unwrap();
        let auth = match is_gcm {
            false => Auth::Hmac { inner: padded(&auth_key, 0x36), outer: padded(&auth_key, 0x5c) },
            true => {
                let mut block = Array([0; 16]);
                cipher.encrypt_block(&mut block);
                let key = FieldElement::from(u128::from_be_bytes(block.0)).mulx();
                Auth::Ghash(Box::new(Polyval::new(&polyval::Block::from(key))))
            }
        };
        Floor { cipher, salt, auth, outbound: Counter::default(), inbound: Counter::default() }
    }

    /// Sums `packet` without its tag.
    fn tag(&self, packet: &[u8], index: u64) -> [u8; 20] {
        match &self.auth {
            Auth::Hmac { inner, outer } => hmac(*inner, *outer, packet, (index >> 16) as u32),
            Auth::Ghash(key) => {
                let mut mask = Array((self.salt ^ nonce(packet, index) << 32 | 1).to_be_bytes());
                self.cipher.encrypt_block(&mut mask);
                let mut tag = [0; 20];
                let hash = ghash(key, packet);
                tag.iter_mut().zip(hash.iter().zip(mask)).for_each(|(to, (hash, mask))| *to = hash ^ mask);
                tag
            }
        }
    }

    fn keystream(&self, packet: &mut [u8], index: u64) {
        let counter = match &self.auth {
            Auth::Hmac { .. } => self.salt ^ nonce(packet, index) << 16,
            Auth::Ghash(_) => self.salt ^ nonce(packet, index) << 32 | 2,
        };
        self.cipher.encrypt_with_backend(Ctr { counter, data: &mut packet[HEADER_LEN..] });
    }

    fn tag_len(&self) -> usize {
        if matches!(self.auth, Auth::Hmac { .. }) { 10 } else { 16 }
    }
}

impl<C: KeyInit + BlockCipherEncrypt<BlockSize = U16>> Peer for Floor<C> {
    fn protect(&mut self, plain: &[u8], out: &mut [u8]) -> usize {
        let len = plain.len();
        out[..len].copy_from_slice(plain);
        let index = self.outbound.index(plain);
        self.keystream(&mut out[..len], index);
        let (tag, tag_len) = (self.tag(&out[..len], index), self.tag_len());
        out[len..len + tag_len].copy_from_slice(&tag[..tag_len]);
        len + tag_len
    }

    fn unprotect(&mut self, packet: &mut [u8]) -> usize {
        let len = packet.len() - self.tag_len();
        let (body, tag) = packet.split_at_mut(len);
        let index = self.inbound.index(body);
        assert_eq!(self.tag(body, index)[..tag.len()], *tag);
        self.keystream(body, index);
        len
    }
}

/// SSRC · 2^48 XOR index.
pub fn nonce(packet: &[u8], index: u64) -> u128 {
    let ssrc = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
    u128::from(ssrc) << 48 | u128::from(index)
}

struct Ctr<'a> {
    counter: u128,
    data: &'a mut [u8],
}

impl BlockSizeUser for Ctr<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Ctr<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(mut self, backend: &B) {
        let mut batches = self.data.chunks_exact_mut(16 * B::ParBlocksSize::USIZE);
        for batch in &mut batches {
            let mut stream = ParBlocks::<B>::default();
            for block in &mut stream {
                block.0 = self.counter.to_be_bytes();
                self.counter += 1;
            }
            backend.encrypt_par_blocks_inplace(&mut stream);
            for (data, stream) in batch.as_chunks_mut::<16>().0.iter_mut().zip(&stream) {
                *data = (u128::from_ne_bytes(*data) ^ u128::from_ne_bytes(stream.0)).to_ne_bytes();
            }
        }
        for data in batches.into_remainder().chunks_mut(16) {
            let mut stream = Array(self.counter.to_be_bytes());
            self.counter += 1;
            backend.encrypt_block_inplace(&mut stream);
            data.iter_mut().zip(&stream).for_each(|(data, stream)| *data ^= stream);
        }
    }
}

fn hmac(mut state: [u32; 5], mut outer: [u32; 5], message: &[u8], roc: u32) -> [u8; 20] {
    let (blocks, tail) = message.as_chunks::<64>();
    compress(&mut state, blocks);
    let mut last = [[0; 64]; 2];
    let used = if tail.len() > 64 - 13 { 2 } else { 1 };
    let bytes = last.as_flattened_mut();
    bytes[..tail.len()].copy_from_slice(tail);
    bytes[tail.len()..tail.len() + 4].copy_from_slice(&roc.to_be_bytes());
    bytes[tail.len() + 4] = 0x80;
    let bits = (64 + message.len() as u64 + 4) * 8;
    bytes[used * 64 - 8..used * 64].copy_from_slice(&bits.to_be_bytes());
    compress(&mut state, &last[..used]);
    let mut block = [0; 64];
    block[..20].copy_from_slice(&bytes_of(state));
    block[20] = 0x80;
    block[56..].copy_from_slice(&(84_u64 * 8).to_be_bytes());
    compress(&mut outer, &[block]);
    bytes_of(outer)
}

fn padded(key: &[u8; 20], pad: u8) -> [u32; 5] {
    let (mut block, mut state) = ([pad; 64], SHA1_START);
    block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
    compress(&mut state, &[block]);
    state
}

fn bytes_of(state: [u32; 5]) -> [u8; 20] {
    let mut bytes = [0; 20];
    bytes.as_chunks_mut().0.iter_mut().zip(state).for_each(|(to, word)| *to = word.to_be_bytes());
    bytes
}

fn ghash(key: &Polyval, packet: &[u8]) -> [u8; 16] {
    let mut blocks = [polyval::Block::default(); 100];
    let secret = &packet[HEADER_LEN..];
    let count = 2 + secret.len().div_ceil(16);
    let parts = [&packet[..HEADER_LEN]].into_iter().chain(secret.chunks(16));
    for (to, part) in blocks.iter_mut().zip(parts) {
        to[16 - part.len()..].iter_mut().rev().zip(part).for_each(|(to, from)| *to = *from);
    }
    let lengths = (HEADER_LEN as u128 * 8) << 64 | (secret.len() as u128 * 8);
    blocks[count - 1] = Array(lengths.to_le_bytes());
    let mut polyval = key.clone();
    polyval.update(&blocks[..count]);
    let mut hash = polyval.finalize().0;
    hash.reverse();
    hash
}
