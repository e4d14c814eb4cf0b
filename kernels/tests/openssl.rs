//! Every length of a packet, in every alignment, against OpenSSL.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where the crate may not")]

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::{Cipher, Crypter, Mode, encrypt_aead};
use voxseal_kernels::{AES_128, AES_192, AES_256, AesCm, AesGcm};

/// Beyond an Ethernet frame, so that each step of each loop comes with each rest.
const LENGTHS: std::ops::RangeInclusive<usize> = 0..=2100;
const AUTH_KEY: [u8; 20] = *b"0123456789abcdefghij";
/// Its low bits are about to carry over from one byte to the next.
const COUNTER: u128 = 0x0102_0304_0506_0708_090a_0b0c_0000_00fb;

/// Bytes without a pattern that blocks could share.
fn bytes(len: usize, seed: usize) -> Vec<u8> {
    let mut state = seed as u32 ^ 0x9e37_79b9;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}

/// Where the encrypted portion may begin: RTP, RTP with CSRCs and extensions,
/// RTCP, nothing clear, nothing encrypted, anywhere.
fn clear_lens(len: usize) -> impl Iterator<Item = usize> {
    [12, 8, 0, len, 28, len * 7 % 61, len % 16].into_iter().map(move |clear| clear.min(len))
}

/// Lets `work` have the packet in a place whose address ends in every number in
/// turn, and returns what it made of it. Nothing around it may change.
fn at_any_address<R>(packet: &[u8], work: impl FnOnce(&mut [u8]) -> R) -> (Vec<u8>, R) {
    let (before, behind) = (packet.len() * 5 % 31, 40);
    let mut room = vec![0xa5; before + packet.len() + behind];
    room[before..][..packet.len()].copy_from_slice(packet);
    let result = work(&mut room[before..][..packet.len()]);
    let (head, rest) = room.split_at(before);
    let (sealed, tail) = rest.split_at(packet.len());
    assert!(head.iter().chain(tail).all(|byte| *byte == 0xa5), "wrote outside of {} bytes", packet.len());
    (sealed.to_vec(), result)
}

fn hmac(parts: [&[u8]; 2]) -> Vec<u8> {
    let key = PKey::hmac(&AUTH_KEY).unwrap();
    let mut signer = Signer::new(MessageDigest::sha1(), &key).unwrap();
    parts.iter().for_each(|part| signer.update(part).unwrap());
    signer.sign_to_vec().unwrap()
}

fn ctr(cipher: Cipher, key: &[u8], counter: u128, data: &[u8]) -> Vec<u8> {
    let mut crypter = Crypter::new(cipher, Mode::Encrypt, key, Some(&counter.to_be_bytes())).unwrap();
    let mut out = vec![0; data.len() + 16];
    let len = crypter.update(data, &mut out).unwrap();
    out.truncate(len);
    out
}

fn cm_agrees<const K: usize>(cipher: Cipher) {
    let key = bytes(cipher.key_len(), K);
    let Some(ours) = AesCm::<K>::new(&key, &AUTH_KEY) else { return absent() };
    for len in LENGTHS {
        let (plain, suffix) = (bytes(len, len), (len as u32).to_be_bytes());
        for clear_len in clear_lens(len) {
            let (clear, secret) = plain.split_at(clear_len);
            let expected = [clear, &ctr(cipher, &key, COUNTER, secret)].concat();
            let (sealed, mac) =
                at_any_address(&plain, |packet| ours.seal(packet, clear_len, COUNTER, suffix));
            assert!(sealed == expected, "{len} bytes, {clear_len} of them clear");
            assert_eq!(mac[..], hmac([&sealed, &suffix]), "{len} bytes, {clear_len} of them clear");
            let (copied, same) =
                at_any_address(&vec![0; len], |out| ours.seal_into(&plain, out, clear_len, COUNTER, suffix));
            assert!(copied == sealed && same == mac, "{len} bytes, {clear_len} of them clear");
            let (opened, same) = at_any_address(&sealed, |packet| {
                let mac = ours.mac(packet, suffix);
                ours.crypt(&mut packet[clear_len..], COUNTER);
                mac
            });
            assert!(opened == plain && same == mac, "{len} bytes, {clear_len} of them clear");
        }
    }
}

fn gcm_agrees<const K: usize>(cipher: Cipher) {
    let key = bytes(cipher.key_len(), K);
    let Some(ours) = AesGcm::<K>::new(&key) else { return absent() };
    let counter = COUNTER & !0xffff_ffff | 1;
    let iv = &counter.to_be_bytes()[..12];
    for len in LENGTHS {
        let plain = bytes(len, len);
        for (number, clear_len) in clear_lens(len).enumerate() {
            let trailer = &bytes(4, len)[..number % 2 * 4];
            let (clear, secret) = plain.split_at(clear_len);
            let mut tag = [0; 16];
            let aad = [clear, trailer].concat();
            let secret = encrypt_aead(cipher, &key, Some(iv), &aad, secret, &mut tag).unwrap();
            let (sealed, mac) =
                at_any_address(&plain, |packet| ours.seal(packet, clear_len, counter, trailer));
            assert!(sealed == [clear, &secret].concat(), "{len} bytes, {clear_len} of them clear");
            assert_eq!(mac, tag, "{len} bytes, {clear_len} of them clear");
            let (opened, same) = at_any_address(&sealed, |packet| {
                let mac = ours.mac(packet, clear_len, counter, trailer);
                ours.crypt(&mut packet[clear_len..], counter);
                mac
            });
            assert!(opened == plain && same == mac, "{len} bytes, {clear_len} of them clear");
        }
    }
}

/// Nothing to test.
fn absent() {
    println!("this CPU lacks the instructions, or the kernels are off");
}

/// Run by `scripts/test-fallbacks`, where it shows that the cfg does what it says.
#[test]
#[ignore = "holds without the kernels only"]
fn absent_kernels() {
    assert!(AesCm::<AES_128>::new(&[1; 16], &AUTH_KEY).is_none());
    assert!(AesCm::<AES_192>::new(&[1; 24], &AUTH_KEY).is_none());
    assert!(AesGcm::<AES_256>::new(&[1; 32]).is_none());
}

#[test]
fn aes_cm_agrees_with_openssl_at_every_length() {
    cm_agrees::<AES_128>(Cipher::aes_128_ctr());
    cm_agrees::<AES_192>(Cipher::aes_192_ctr());
    cm_agrees::<AES_256>(Cipher::aes_256_ctr());
}

#[test]
fn aes_gcm_agrees_with_openssl_at_every_length() {
    gcm_agrees::<AES_128>(Cipher::aes_128_gcm());
    gcm_agrees::<AES_192>(Cipher::aes_192_gcm());
    gcm_agrees::<AES_256>(Cipher::aes_256_gcm());
}

#[test]
fn each_bit_of_packet_and_suffix_changes_the_mac() {
    let (Some(cm), Some(gcm)) =
        (AesCm::<AES_128>::new(&[1; 16], &AUTH_KEY), AesGcm::<AES_128>::new(&[1; 16]))
    else {
        return absent();
    };
    for len in [13, 32, 51, 52, 64, 139, 172, 300] {
        let (mut packet, mut suffix) = (bytes(len, 1), [1, 2, 3, 4]);
        let clear_len = 12;
        let good = (cm.mac(&packet, suffix), gcm.mac(&packet, clear_len, COUNTER, &suffix));
        for bit in 0..len * 8 {
            packet[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(cm.mac(&packet, suffix), good.0, "bit {bit} of {len} bytes");
            assert_ne!(gcm.mac(&packet, clear_len, COUNTER, &suffix), good.1, "bit {bit} of {len} bytes");
            packet[bit / 8] ^= 1 << (bit % 8);
        }
        for bit in 0..32 {
            suffix[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(cm.mac(&packet, suffix), good.0, "bit {bit} behind {len} bytes");
            assert_ne!(gcm.mac(&packet, clear_len, COUNTER, &suffix), good.1, "bit {bit} behind {len} bytes");
            suffix[bit / 8] ^= 1 << (bit % 8);
        }
        assert_ne!(gcm.mac(&packet, clear_len + 1, COUNTER, &suffix), good.1);
        assert_ne!(gcm.mac(&packet, clear_len, COUNTER ^ 1 << 40, &suffix), good.1);
    }
}

#[test]
fn keys_of_other_lengths_make_nothing() {
    for len in [0, 15, 17, 24, 32] {
        assert!(AesCm::<AES_128>::new(&vec![1; len], &AUTH_KEY).is_none(), "{len}");
        assert!(AesGcm::<AES_128>::new(&vec![1; len]).is_none(), "{len}");
    }
}
