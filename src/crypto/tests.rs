//! Seal and open against slow code that follows the RFCs byte by byte, at every
//! length around the block sizes.

use super::cm::Cm;
use super::gcm::Gcm;
use super::kdf::{Labels, RTCP, RTP, SessionKeys};
use super::keyed::{Keyed, Pair, pair};
use super::portions::Portions;
use super::{Authenticated, Provider, Tag, Transform};
use crate::error::Error;
use crate::secret::MasterKey;
use crate::suite::{CryptoSuite, TransformKind};
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use core::convert::Infallible;
use sha1::{Digest, Sha1};
use voxseal_kernels::AES_256;

const INDEX: u64 = 0x1234_5678_9abc;
const SSRC: [u8; 4] = [0xde, 0xc0, 0xde, 0x01];
const ENCRYPTED: u32 = 0x8000_0207;
const CLEAR: u32 = 0x0000_0207;

fn master_key(suite: CryptoSuite) -> MasterKey {
    let bytes: Vec<u8> = (0..suite.key_salt_len()).map(|at| (at * 37 + 11) as u8).collect();
    MasterKey::new(suite, &bytes).unwrap()
}

fn packet(len: usize, ssrc_at: usize) -> Vec<u8> {
    let mut packet: Vec<u8> = (0..len).map(|at| (at * 11 + len) as u8).collect();
    packet[ssrc_at..ssrc_at + 4].copy_from_slice(&SSRC);
    packet
}

fn aes(key: &[u8], block: [u8; 16]) -> [u8; 16] {
    let mut block = Array(block);
    match key.len() {
        16 => aes::Aes128::new_from_slice(key).unwrap().encrypt_block(&mut block),
        24 => aes::Aes192::new_from_slice(key).unwrap().encrypt_block(&mut block),
        _ => aes::Aes256::new_from_slice(key).unwrap().encrypt_block(&mut block),
    }
    block.0
}

fn hmac_sha1(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |byte: u8| (0..64).map(|at| byte ^ key.get(at).unwrap_or(&0)).collect::<Vec<u8>>();
    let inner = Sha1::digest([&pad(0x36), message].concat());
    Sha1::digest([&pad(0x5c)[..], &inner].concat()).to_vec()
}

/// Multiplication in GCM's field bit by bit (SP 800-38D §6.3).
fn times(x: u128, y: u128) -> u128 {
    let (mut product, mut v) = (0, y);
    for bit in (0..128).rev() {
        product ^= if x >> bit & 1 == 1 { v } else { 0 };
        v = v >> 1 ^ if v & 1 == 1 { 0xe1 << 120 } else { 0 };
    }
    product
}

fn ghash(h: u128, clear: &[u8], secret: &[u8]) -> u128 {
    let mut hash = 0;
    for part in [clear, secret] {
        for chunk in part.chunks(16) {
            let mut block = [0; 16];
            block[..chunk.len()].copy_from_slice(chunk);
            hash = times(hash ^ u128::from_be_bytes(block), h);
        }
    }
    let lengths = ((clear.len() as u128 * 8) << 64) | (secret.len() as u128 * 8);
    times(hash ^ lengths, h)
}

/// One packet as the RFCs would have it.
struct Slow<'a> {
    suite: CryptoSuite,
    keys: &'a SessionKeys,
    /// The bytes that go into the IV behind the SSRC.
    index: [u8; 6],
    /// The bytes that are authenticated behind the packet.
    behind: &'a [u8],
    clear_len: usize,
}

impl Slow<'_> {
    fn seal(&self, packet: &mut [u8]) -> Vec<u8> {
        let key = &self.keys.enc_key[..self.suite.params().key_len];
        let gcm = self.suite.params().transform == TransformKind::AesGcm;
        let mut iv = [0; 16];
        let ssrc_at = if gcm { 2 } else { 4 };
        iv[ssrc_at..ssrc_at + 4].copy_from_slice(&SSRC);
        iv[ssrc_at + 4..ssrc_at + 10].copy_from_slice(&self.index);
        iv.iter_mut().zip(self.keys.salt).for_each(|(byte, salt)| *byte ^= salt);
        let counter = |block: usize| (u128::from_be_bytes(iv) + block as u128).to_be_bytes();
        let first = if gcm { 2 } else { 0 };
        for (block, chunk) in packet[self.clear_len..].chunks_mut(16).enumerate() {
            let stream = aes(key, counter(first + block));
            chunk.iter_mut().zip(stream).for_each(|(byte, key)| *byte ^= key);
        }
        if !gcm {
            return hmac_sha1(&self.keys.auth_key, &[packet, self.behind].concat());
        }
        let (clear, secret) = packet.split_at(self.clear_len);
        let h = u128::from_be_bytes(aes(key, [0; 16]));
        let hash = ghash(h, &[clear, self.behind].concat(), secret);
        (hash ^ u128::from_be_bytes(aes(key, counter(1)))).to_be_bytes().to_vec()
    }
}

/// The session keys of one kind of packet, from either provider.
pub(super) fn session_keys(provider: Provider, key: &MasterKey, labels: &Labels, r: u64) -> SessionKeys {
    match provider {
        Provider::RustCrypto => SessionKeys::derive(key, labels, r),
        #[cfg(feature = "openssl")]
        Provider::OpenSsl => super::evp::session_keys(key, labels, r).unwrap(),
    }
}

/// Every provider that is built in, with every suite.
fn all() -> impl Iterator<Item = (Provider, CryptoSuite)> {
    let providers = Provider::ALL.iter().copied();
    providers.flat_map(|provider| CryptoSuite::all().map(move |suite| (provider, suite)))
}

fn compare(
    (provider, suite): (Provider, CryptoSuite),
    mut packet: Vec<u8>,
    header_len: Option<usize>,
    trailer: u32,
) {
    let (key, plain) = (master_key(suite), packet.clone());
    let transform = Transform::derive_with(provider, &key).unwrap();
    let gcm = suite.params().transform == TransformKind::AesGcm;
    let (roc, behind) = (((INDEX >> 16) as u32).to_be_bytes(), trailer.to_be_bytes());
    let (keys, slow) = match header_len {
        Some(_) => (session_keys(provider, &key, &RTP, 0), if gcm { &[][..] } else { &roc[..] }),
        None => (session_keys(provider, &key, &RTCP, 0), &behind[..]),
    };
    let index = if header_len.is_some() { INDEX } else { u64::from(trailer & 0x7fff_ffff) };
    let clear_len = header_len.unwrap_or(if trailer == CLEAR { plain.len() } else { 8 });
    let index = index.to_be_bytes()[2..].try_into().unwrap();
    let mut expected = plain.clone();
    let mac = Slow { suite, keys: &keys, index, behind: slow, clear_len }.seal(&mut expected);
    let seal = |packet: &mut [u8]| -> Result<Tag, Error> {
        match header_len {
            Some(header_len) => transform.seal_rtp(packet, header_len, INDEX),
            None => transform.seal_rtcp(packet, trailer),
        }
    };
    let open = |packet: &mut [u8], tag: &[u8]| -> Result<Authenticated, Error> {
        match header_len {
            Some(header_len) => transform.open_rtp(packet, header_len, INDEX, tag),
            None => transform.open_rtcp(packet, trailer, tag),
        }
    };
    let tag = seal(&mut packet).unwrap();
    assert_eq!(packet, expected, "{provider:?} {suite} {} {header_len:?}", plain.len());
    let params = suite.params();
    let tag_len = if header_len.is_some() { params.srtp_tag_len } else { params.srtcp_tag_len };
    assert_eq!(*tag, mac[..tag_len], "{provider:?} {suite} {} {header_len:?}", plain.len());
    assert_eq!(tag.fingerprint(), mac[..8]);
    let mut bent = tag.to_vec();
    bent[tag_len - 1] ^= 0x80;
    assert_eq!(open(&mut packet, &bent).err(), Some(Error::AuthFailed));
    assert_eq!(packet, expected, "a refused packet was written to");
    assert!(open(&mut packet, &tag).is_ok());
    assert_eq!(packet, plain);
}

#[test]
fn rtp_of_every_length_is_what_the_rfcs_say() {
    for suite in all() {
        for payload_len in (0..=300).chain([1023, 1024, 1025, 1200, 2100]) {
            compare(suite, packet(12 + payload_len, 8), Some(12), 0);
        }
        for header_len in 12..100 {
            compare(suite, packet(120, 8), Some(header_len), 0);
        }
    }
}

#[test]
fn rtcp_of_every_length_is_what_the_rfcs_say() {
    for suite in all() {
        for len in 8..=300 {
            compare(suite, packet(len, 4), None, ENCRYPTED);
            compare(suite, packet(len, 4), None, CLEAR);
        }
    }
}

#[test]
fn impossible_packets_are_refused_and_left_alone() {
    for (provider, suite) in all() {
        let transform = Transform::derive_with(provider, &master_key(suite)).unwrap();
        for (len, header_len) in [(0, 0), (0, 12), (11, 11), (12, 11), (12, 13), (40, 41), (40, usize::MAX)] {
            let mut packet = vec![7; len];
            let sealed = transform.seal_rtp(&mut packet, header_len, 1);
            assert_eq!(sealed.err(), Some(Error::PacketMalformed), "{len} {header_len}");
            let opened = transform.open_rtp(&mut packet, header_len, 1, &[0; 10]);
            assert_eq!(opened.err(), Some(Error::PacketMalformed), "{len} {header_len}");
            assert_eq!(packet, vec![7; len]);
        }
        for len in 0..8 {
            let mut packet = vec![7; len];
            assert_eq!(transform.seal_rtcp(&mut packet, ENCRYPTED).err(), Some(Error::PacketMalformed));
            assert_eq!(transform.seal_rtcp(&mut packet, CLEAR).err(), Some(Error::PacketMalformed));
        }
        let mut long = vec![7; (1 << 20) + 1];
        assert_eq!(transform.seal_rtp(&mut long, 12, 1).err(), Some(Error::PacketTooLong));
        assert_eq!(transform.seal_rtcp(&mut long, ENCRYPTED).err(), Some(Error::PacketTooLong));
        let mut packet = vec![7; 40];
        assert_eq!(transform.seal_rtp(&mut packet, 12, 1 << 48).err(), Some(Error::LifetimeExhausted));
        assert_eq!(packet, [7; 40]);
    }
}

#[test]
fn session_keys_of_rtp_and_rtcp_and_of_each_derivation_differ() {
    for (provider, suite) in all() {
        let key = master_key(suite);
        let all = [(0, 0), (1, 0), (0, 1), (1, 1), (0, 1 << 32)]
            .map(|(rtcp, r)| session_keys(provider, &key, if rtcp == 1 { &RTCP } else { &RTP }, r));
        for (at, keys) in all.iter().enumerate() {
            for other in &all[..at] {
                assert!(keys.enc_key != other.enc_key && keys.auth_key != other.auth_key);
                assert_ne!(keys.salt, other.salt);
            }
        }
    }
}

/// On a CPU without the instructions both are the same.
#[test]
fn the_kernels_give_what_the_transforms_of_any_cpu_give() {
    for (suite, made) in [
        (CryptoSuite::AesCm128HmacSha1_80, pair::<Cm<Aes128Enc>> as Expand),
        (CryptoSuite::Aes192CmHmacSha1_32, pair::<Cm<Aes192Enc>>),
        (CryptoSuite::Aes256CmHmacSha1_80, pair::<Cm<Aes256Enc>>),
        (CryptoSuite::AeadAes128Gcm, pair::<Gcm<Aes128Enc>>),
        (CryptoSuite::AeadAes256Gcm, pair::<Gcm<Aes256Enc>>),
    ] {
        let key = master_key(suite);
        let derived = |labels| SessionKeys::derive(&key, labels, 0);
        let Ok(portable) = made(&derived(&RTP), derived(&RTCP));
        let transform = Transform::derive_with(Provider::RustCrypto, &key).unwrap();
        for (len, index) in (12..400).zip(0x1_ffff_fff0..) {
            let (mut ours, mut theirs) = (packet(len, 8), packet(len, 8));
            let portions = Portions::rtp(&ours, 12, index).unwrap();
            let Ok(mac) = portable.seal(&mut theirs, &portions);
            let tag = transform.seal_rtp(&mut ours, 12, index).unwrap();
            assert_eq!((&ours, &mac[..tag.len()]), (&theirs, &*tag), "{suite} {len}");
            let mut copied = vec![0; len];
            let again = transform.seal_rtp_into(&packet(len, 8), &mut copied, 12, index).unwrap();
            assert!(copied == ours && *again == *tag, "{suite} {len}");
            let _ = portable.open(&mut ours, &portions, &tag).unwrap();
            let _ = transform.open_rtp(&mut theirs, 12, index, &tag).unwrap();
            assert!(ours == packet(len, 8) && ours == theirs, "{suite} {len}");
            let portions = Portions::rtcp(&ours, 1 << 31 | 5).unwrap();
            let Ok(mac) = portable.seal(&mut theirs, &portions);
            let tag = transform.seal_rtcp(&mut ours, 1 << 31 | 5).unwrap();
            assert_eq!((&ours, &mac[..tag.len()]), (&theirs, &*tag), "{suite} {len}");
        }
    }
}

type Expand = fn(&SessionKeys, SessionKeys) -> Result<Box<dyn Keyed<Infallible>>, Infallible>;

#[test]
fn a_transform_can_be_shared_between_threads_and_is_small() {
    fn shared<T: Send + Sync>() {}
    shared::<Transform>();
    assert!(size_of::<Pair<Cm<Aes128Enc>>>() < 900);
    assert!(size_of::<Pair<Gcm<Aes128Enc>>>() < 900);
    assert!(size_of::<Pair<super::kernel::Cm<AES_256>>>() < 500);
    assert!(size_of::<Pair<super::kernel::Gcm<AES_256>>>() < 500);
}

#[cfg(feature = "openssl")]
#[test]
fn a_forged_packet_leaves_nothing_in_openssls_error_queue() {
    use openssl::error::ErrorStack;
    for suite in CryptoSuite::all() {
        let transform = Transform::derive_with(Provider::OpenSsl, &master_key(suite)).unwrap();
        let mut packet = packet(60, 8);
        let tag = transform.seal_rtp(&mut packet, 12, 1).unwrap();
        packet[30] ^= 1;
        assert_eq!(transform.open_rtp(&mut packet, 12, 1, &tag).err(), Some(Error::AuthFailed));
        assert!(ErrorStack::get().errors().is_empty(), "{suite}");
    }
}
