//! What must not be found: all that follows from one crypto attribute's key, as
//! it may lie in memory. Derived here anew (RFC 3711 §4.3), in the process that
//! looks.

use aes::cipher::{Block, BlockCipherEncrypt, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use polyval::hazmat::FieldElement;
use voxseal::suite::{CryptoSuite, TransformKind};

pub struct Needle {
    pub what: String,
    pub bytes: Vec<u8>,
}

/// The secrets of `1 SUITE inline:KEY`.
pub fn of_line(suite: CryptoSuite, line: &str) -> Vec<Needle> {
    let text = line.split_once("inline:").unwrap().1;
    let text = text.split(['|', ' ']).next().unwrap();
    let key_and_salt = STANDARD.decode(text).unwrap();
    let (key, salt) = key_and_salt.split_at(suite.params().key_len);
    let mut needles = vec![
        needle("inline text", &text.as_bytes()[..20]),
        needle("master key", &key[..16]),
        needle("master salt", salt),
        needle("master salt, reversed", &reversed(salt)),
    ];
    for (kind, first_label) in [("SRTP", 0u8), ("SRTCP", 3)] {
        let derive = |label, len| derive(key, salt, first_label + label, len);
        let (enc_key, auth_key, salt) = (derive(0, key.len()), derive(1, 20), derive(2, salt.len()));
        let of_kind = |what: &str| format!("{kind} {what}");
        needles.extend([
            needle(&of_kind("enc_key"), &enc_key[..16]),
            needle(&of_kind("salt"), &salt),
            needle(&of_kind("salt, reversed"), &reversed(&salt)),
        ]);
        match suite.params().transform {
            TransformKind::AesCmHmacSha1 => {
                needles.push(needle(&of_kind("auth_key"), &auth_key));
                for (pad, what) in [(0x36, "inner hash"), (0x5c, "outer hash")] {
                    needles.push(needle(&of_kind(what), &padded_hash(&auth_key, pad)));
                }
            }
            TransformKind::AesGcm => {
                let h = aes(&enc_key, &[0; 16]);
                needles.push(needle(&of_kind("hash key"), &h));
                needles.push(needle(&of_kind("hash key, reversed"), &reversed(&h)));
                // POLYVAL's form of it (RFC 8452, appendix A).
                let polyval_key = FieldElement::from(u128::from_be_bytes(h)).mulx();
                needles.push(needle(&of_kind("POLYVAL key"), &polyval::Block::from(polyval_key)));
            }
        }
    }
    needles
}

fn needle(what: &str, bytes: &[u8]) -> Needle {
    Needle { what: what.to_owned(), bytes: bytes.to_vec() }
}

fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

fn derive(key: &[u8], salt: &[u8], label: u8, len: usize) -> Vec<u8> {
    let mut x = [0; 16];
    x[..salt.len()].copy_from_slice(salt);
    x[7] ^= label;
    let blocks = (0..len.div_ceil(16)).flat_map(|number| {
        x[15] = number as u8;
        aes(key, &x)
    });
    blocks.take(len).collect()
}

fn aes(key: &[u8], block: &[u8; 16]) -> [u8; 16] {
    fn with<C: KeyInit + BlockCipherEncrypt>(key: &[u8], block: &[u8; 16]) -> [u8; 16] {
        let mut out = Block::<C>::default();
        out.copy_from_slice(block);
        C::new_from_slice(key).unwrap().encrypt_block(&mut out);
        out.as_slice().try_into().unwrap()
    }
    match key.len() {
        16 => with::<aes::Aes128Enc>(key, block),
        24 => with::<aes::Aes192Enc>(key, block),
        _ => with::<aes::Aes256Enc>(key, block),
    }
}

/// SHA-1's state after HMAC's inner or outer pad, as words in memory.
fn padded_hash(auth_key: &[u8], pad: u8) -> Vec<u8> {
    let mut block = [pad; 64];
    block.iter_mut().zip(auth_key).for_each(|(byte, key)| *byte ^= key);
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0_u32];
    sha1::block_api::compress(&mut state, &[block]);
    state.iter().flat_map(|word| word.to_ne_bytes()).collect()
}
