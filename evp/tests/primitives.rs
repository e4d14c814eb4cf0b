//! Published vectors, use again under one key, and refusals.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use voxseal_evp::{AesEcb, AesGcm, Failed, HmacSha1};

fn hex<const LEN: usize>(text: &str) -> [u8; LEN] {
    core::array::from_fn(|at| u8::from_str_radix(&text[2 * at..][..2], 16).unwrap())
}

/// FIPS 197, appendix C: one text under keys that count up.
#[test]
fn aes_encrypts_as_published_and_again_the_same() {
    let text = hex("00112233445566778899aabbccddeeff");
    for (key_len, expected) in [
        (16, "69c4e0d86a7b0430d8cdb78070b4c55a"),
        (24, "dda97ca4864cdfe06eaf70a0ec0d7191"),
        (32, "8ea2b7ca516745bfeafc49904b496089"),
    ] {
        let key: Vec<u8> = (0..key_len).collect();
        let mut aes = AesEcb::new(&key).unwrap();
        for count in [1, 2, 97] {
            let mut blocks = vec![text; count];
            aes.encrypt(&mut blocks).unwrap();
            assert!(blocks.iter().all(|block| *block == hex(expected)), "{key_len} bytes of key");
        }
        assert_eq!(aes.encrypt(&mut []), Ok(()));
    }
}

#[test]
fn keys_of_other_lengths_are_refused() {
    for len in (0..66).filter(|len| ![16, 24, 32].contains(len)) {
        assert_eq!(AesEcb::new(&vec![1; len]).err(), Some(Failed), "ECB, {len}");
        assert_eq!(AesGcm::new(&vec![1; len]).err(), Some(Failed), "GCM, {len}");
    }
    assert_eq!(AesGcm::new(&[1; 24]).err(), Some(Failed));
}

/// Test case 4 of the GCM specification (McGrew and Viega).
#[test]
fn gcm_seals_as_published_and_opens_and_leaves_what_does_not_fit_as_it_was() {
    const PLAIN: &str = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
    const SEALED: &str = "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091";
    let clear = hex::<20>("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let clear = [&clear[..7], &clear[7..]];
    let (iv, tag) = (hex("cafebabefacedbaddecaf888"), hex::<16>("5bc94fbc3221a5db94fae95ae7121a47"));
    let mut gcm = AesGcm::new(&hex::<16>("feffe9928665731c6d6a8f9467308308")).unwrap();
    for _ in 0..3 {
        let mut text = hex::<60>(PLAIN);
        assert_eq!(gcm.seal(&iv, clear, &mut text), Ok(tag));
        assert_eq!(text, hex(SEALED));
        for byte in 0..16 {
            let mut wrong = tag;
            wrong[byte] ^= 1;
            assert_eq!(gcm.open(&iv, clear, &mut text, &wrong), Ok(false));
            assert_eq!(text, hex(SEALED));
        }
        assert_eq!(gcm.open(&iv, [clear[1], clear[0]], &mut text, &tag), Ok(false));
        assert_eq!(gcm.open(&iv, clear, &mut text, &tag), Ok(true));
        assert_eq!(text, hex(PLAIN));
    }
}

#[test]
fn gcm_authenticates_what_is_all_clear() {
    let mut gcm = AesGcm::new(&[7; 32]).unwrap();
    let tag = gcm.seal(&[1; 12], [b"all of it", &[]], &mut []).unwrap();
    assert_eq!(gcm.open(&[1; 12], [b"all of", b" it"], &mut [], &tag), Ok(true));
    assert_eq!(gcm.open(&[1; 12], [b"all of", b" that"], &mut [], &tag), Ok(false));
    assert_eq!(gcm.open(&[2; 12], [b"all of", b" it"], &mut [], &tag), Ok(false));
}

/// RFC 2202, test case 1.
#[test]
fn hmac_is_as_published_and_starts_again_under_its_key() {
    let mut hmac = HmacSha1::new(&[0x0b; 20]).unwrap();
    let expected = hex("b617318655057264e28bc0b6fb378c8ef146be00");
    for parts in [[&b"Hi There"[..], b""], [b"Hi ", b"There"], [b"", b"Hi There"]] {
        assert_eq!(hmac.mac(parts), Ok(expected));
        assert_ne!(hmac.mac([b"Hi", b"There"]), Ok(expected));
    }
}

#[test]
fn contexts_go_from_thread_to_thread() {
    let mut gcm = AesGcm::new(&[7; 16]).unwrap();
    let mut hmac = HmacSha1::new(&[7; 20]).unwrap();
    let here = (gcm.seal(&[1; 12], [b"", b""], &mut [1]), hmac.mac([b"", b"x"]));
    let there = std::thread::spawn(move || (gcm.seal(&[1; 12], [b"", b""], &mut [1]), hmac.mac([b"x", b""])));
    assert_eq!(there.join().unwrap(), here);
}
