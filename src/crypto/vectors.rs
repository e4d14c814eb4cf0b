//! The vectors of the RFCs, which set session keys and look at what lies
//! between master key and packet. Packets from master keys on are tested
//! outside the crate, by the same reader.

#[path = "../../tests/vectors/reader.rs"]
mod reader;

use super::hmac::HmacSha1;
use super::kdf::SessionKeys;
use super::portions::Portions;
use super::{Sealer, Transform, cm::Cm, keyed};
use crate::secret::MasterKey;
use crate::suite::CryptoSuite;
use aes::{Aes128Enc, Aes192Enc, Aes256Enc};

const RFC_2202: &str = include_str!("../../tests/vectors/rfc2202.txt");
const RFC_3711: &str = include_str!("../../tests/vectors/rfc3711.txt");
const RFC_6188: &str = include_str!("../../tests/vectors/rfc6188.txt");
const RFC_7714: &str = include_str!("../../tests/vectors/rfc7714.txt");

fn session_keys(enc_key: &[u8], salt: &[u8]) -> SessionKeys {
    let mut keys = SessionKeys { enc_key: [0; 32], auth_key: [0; 20], salt: [0; 14] };
    keys.enc_key[..enc_key.len()].copy_from_slice(enc_key);
    keys.salt[..salt.len()].copy_from_slice(salt);
    keys
}

#[test]
fn hmac_from_midstates_is_rfc_2202s() {
    let blocks = reader::blocks(RFC_2202);
    assert_eq!(blocks.len(), 4);
    for block in blocks {
        let (message, suffix) = block.bytes("Message").split_last_chunk().unwrap();
        let key = block.bytes("AuthKey").try_into().unwrap();
        assert_eq!(HmacSha1::new(key).mac(message, *suffix), block.bytes("Mac"), "{}", block.title);
    }
}

#[test]
fn keystream_is_rfc_3711s_and_rfc_6188s() {
    let blocks = reader::blocks(RFC_3711).into_iter().chain(reader::blocks(RFC_6188));
    let mut count = 0;
    for block in blocks.filter(|block| block.get("Keystream").is_some()) {
        let (key, expected) = (block.bytes("EncKey"), block.bytes("Keystream"));
        let skipped = block.number("FirstBlock") as usize * 16;
        let keys = session_keys(key, block.bytes("SessionSalt"));
        let portions = Portions { clear_len: 0, ssrc: 0, index: 0, trailer: None };
        let mut text = vec![0; skipped + expected.len()];
        match key.len() {
            16 => Cm::<Aes128Enc>::new(&keys).decrypt(&mut text, &portions),
            24 => Cm::<Aes192Enc>::new(&keys).decrypt(&mut text, &portions),
            _ => Cm::<Aes256Enc>::new(&keys).decrypt(&mut text, &portions),
        }
        assert_eq!(text[skipped..], *expected, "{}", block.title);
        count += 1;
    }
    assert_eq!(count, 6);
}

#[test]
fn session_keys_are_rfc_3711s_and_rfc_6188s_and_follow_every_bit() {
    let blocks = reader::blocks(RFC_3711).into_iter().chain(reader::blocks(RFC_6188));
    let mut count = 0;
    for block in blocks.filter(|block| block.get("MasterKey").is_some()) {
        let (key, salt) = (block.bytes("MasterKey"), block.bytes("MasterSalt"));
        let suite = match key.len() {
            16 => CryptoSuite::AesCm128HmacSha1_80,
            24 => CryptoSuite::Aes192CmHmacSha1_80,
            _ => CryptoSuite::Aes256CmHmacSha1_80,
        };
        let derive = |bytes: &[u8]| SessionKeys::rtp(&MasterKey::new(suite, bytes).unwrap(), 0);
        let mut bytes = [key, salt].concat();
        let keys = derive(&bytes);
        assert_eq!(keys.enc_key[..key.len()], *block.bytes("EncKey"), "{}", block.title);
        assert_eq!(keys.auth_key, block.bytes("AuthKey"), "{}", block.title);
        assert_eq!(keys.salt, block.bytes("SessionSalt"), "{}", block.title);
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            let other = derive(&bytes);
            assert_ne!(other.enc_key, keys.enc_key, "{bit}");
            assert_ne!(other.auth_key, keys.auth_key, "{bit}");
            assert_ne!(other.salt, keys.salt, "{bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn aead_packets_are_rfc_7714s_and_no_bit_may_differ() {
    let blocks = reader::blocks(RFC_7714);
    assert_eq!(blocks.len(), 8);
    for block in blocks {
        let (enc_key, salt) = (block.bytes("EncKey"), block.bytes("SessionSalt"));
        let suite = if enc_key.len() == 16 { CryptoSuite::AeadAes128Gcm } else { CryptoSuite::AeadAes256Gcm };
        reader::prove(&block, &[enc_key, salt].concat(), |key| {
            let (enc_key, salt) = key.split_at(enc_key.len());
            let params = suite.params();
            let keys = keyed(params, &session_keys(enc_key, salt), session_keys(enc_key, salt));
            Transform { keys, params }
        });
    }
}
