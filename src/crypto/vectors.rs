//! The vectors of the RFCs, which set session keys and look at what lies
//! between master key and packet. Packets from master keys on are tested
//! outside the crate, by the same reader.

#[path = "../../tests/vectors/reader.rs"]
mod reader;

use super::hmac::HmacSha1;
use super::kdf::{RTP, SessionKeys};
use super::keyed::{self, Keys, Mac};
use super::portions::Portions;
use super::{Provider, Transform, tests};
use crate::secret::MasterKey;
use crate::suite::CryptoSuite;

const RFC_2202: &str = include_str!("../../tests/vectors/rfc2202.txt");
const RFC_3711: &str = include_str!("../../tests/vectors/rfc3711.txt");
const RFC_6188: &str = include_str!("../../tests/vectors/rfc6188.txt");
const RFC_7714: &str = include_str!("../../tests/vectors/rfc7714.txt");

fn session_keys(enc_key: &[u8], salt: &[u8]) -> SessionKeys {
    let mut keys = SessionKeys { enc_key: [0; 32], key_len: enc_key.len(), auth_key: [0; 20], salt: [0; 14] };
    keys.enc_key[..enc_key.len()].copy_from_slice(enc_key);
    keys.salt[..salt.len()].copy_from_slice(salt);
    keys
}

/// A transform with these session keys for either kind of packet.
fn with_session_keys(provider: Provider, suite: CryptoSuite, enc_key: &[u8], salt: &[u8]) -> Keys {
    let (rtp, rtcp) = (session_keys(enc_key, salt), session_keys(enc_key, salt));
    match provider {
        Provider::RustCrypto => {
            let Ok(keys) = keyed::rust_crypto(suite.params(), &rtp, rtcp);
            Keys::RustCrypto(keys)
        }
        #[cfg(feature = "openssl")]
        Provider::OpenSsl => Keys::OpenSsl(keyed::open_ssl(suite.params(), &rtp, rtcp).unwrap()),
    }
}

fn cm_suite(key_len: usize) -> CryptoSuite {
    match key_len {
        16 => CryptoSuite::AesCm128HmacSha1_80,
        24 => CryptoSuite::Aes192CmHmacSha1_80,
        _ => CryptoSuite::Aes256CmHmacSha1_80,
    }
}

fn mac(provider: Provider, key: &[u8; 20], message: &[u8], suffix: [u8; 4]) -> Mac {
    match provider {
        Provider::RustCrypto => HmacSha1::new(key).mac(message, suffix),
        #[cfg(feature = "openssl")]
        Provider::OpenSsl => voxseal_evp::HmacSha1::new(key).unwrap().mac([message, &suffix]).unwrap(),
    }
}

#[test]
fn hmac_from_midstates_is_rfc_2202s() {
    let blocks = reader::blocks(RFC_2202);
    assert_eq!(blocks.len(), 4);
    for block in blocks {
        let (message, suffix) = block.bytes("Message").split_last_chunk().unwrap();
        let key = block.bytes("AuthKey").try_into().unwrap();
        for provider in Provider::ALL.iter().copied() {
            let mac = mac(provider, key, message, *suffix);
            assert_eq!(mac, block.bytes("Mac"), "{provider:?} {}", block.title);
        }
    }
}

#[test]
fn keystream_is_rfc_3711s_and_rfc_6188s() {
    let blocks = reader::blocks(RFC_3711).into_iter().chain(reader::blocks(RFC_6188));
    let mut count = 0;
    for block in blocks.filter(|block| block.get("Keystream").is_some()) {
        let (key, expected) = (block.bytes("EncKey"), block.bytes("Keystream"));
        let skipped = block.number("FirstBlock") as usize * 16;
        let portions = Portions { clear_len: 0, ssrc: 0, index: 0, trailer: None };
        for provider in Provider::ALL.iter().copied() {
            let keys = with_session_keys(provider, cm_suite(key.len()), key, block.bytes("SessionSalt"));
            let mut text = vec![0; skipped + expected.len()];
            let _ = keys.seal(&mut text, &portions, 10).unwrap();
            assert_eq!(text[skipped..], *expected, "{provider:?} {}", block.title);
        }
        count += 1;
    }
    assert_eq!(count, 6);
}

#[test]
fn session_keys_are_rfc_3711s_and_rfc_6188s_and_follow_every_bit() {
    let blocks = reader::blocks(RFC_3711).into_iter().chain(reader::blocks(RFC_6188));
    let mut count = 0;
    for block in blocks.filter(|block| block.get("MasterKey").is_some()) {
        Provider::ALL.iter().for_each(|provider| prove_derivation(*provider, &block));
        count += 1;
    }
    assert_eq!(count, 3);
}

fn prove_derivation(provider: Provider, block: &reader::Block) {
    let (key, salt) = (block.bytes("MasterKey"), block.bytes("MasterSalt"));
    let suite = cm_suite(key.len());
    let derive =
        |bytes: &[u8]| tests::session_keys(provider, &MasterKey::new(suite, bytes).unwrap(), &RTP, 0);
    let mut bytes = [key, salt].concat();
    let keys = derive(&bytes);
    assert_eq!(keys.enc_key[..key.len()], *block.bytes("EncKey"), "{provider:?} {}", block.title);
    assert_eq!(keys.auth_key, block.bytes("AuthKey"), "{provider:?} {}", block.title);
    assert_eq!(keys.salt, block.bytes("SessionSalt"), "{provider:?} {}", block.title);
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let other = derive(&bytes);
        assert_ne!(other.enc_key, keys.enc_key, "{bit}");
        assert_ne!(other.auth_key, keys.auth_key, "{bit}");
        assert_ne!(other.salt, keys.salt, "{bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn aead_packets_are_rfc_7714s_and_no_bit_may_differ() {
    let blocks = reader::blocks(RFC_7714);
    assert_eq!(blocks.len(), 8);
    for block in blocks {
        let (enc_key, salt) = (block.bytes("EncKey"), block.bytes("SessionSalt"));
        let suite = if enc_key.len() == 16 { CryptoSuite::AeadAes128Gcm } else { CryptoSuite::AeadAes256Gcm };
        for provider in Provider::ALL.iter().copied() {
            reader::prove(&block, &[enc_key, salt].concat(), |key| {
                let (enc_key, salt) = key.split_at(enc_key.len());
                let keys = with_session_keys(provider, suite, enc_key, salt);
                Transform { keys, params: suite.params() }
            });
        }
    }
}
