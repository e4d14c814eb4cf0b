//! Session keys that are derived anew (RFC 3711 §4.3.1), against a peer written
//! here with OpenSSL's ciphers alone.

use super::*;
use crate::crypto::DerivationRate;
use crate::suite::TransformKind;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use openssl::symm::{Cipher, Crypter, Mode, encrypt_aead};

/// AES-CM by hand (RFC 3711 §4.1.1): AES-ECB of one counter after the other.
fn keystream(key: &[u8], iv: u128, len: usize) -> Vec<u8> {
    let cipher = match key.len() {
        16 => Cipher::aes_128_ecb(),
        24 => Cipher::aes_192_ecb(),
        _ => Cipher::aes_256_ecb(),
    };
    let mut ecb = Crypter::new(cipher, Mode::Encrypt, key, None).unwrap();
    ecb.pad(false);
    let counters: Vec<u8> = (0..len.div_ceil(16)).flat_map(|at| (iv + at as u128).to_be_bytes()).collect();
    let mut stream = vec![0; counters.len() + 16];
    let written = ecb.update(&counters, &mut stream).unwrap();
    assert_eq!(written, counters.len());
    stream.truncate(len);
    stream
}

/// A salt as a number of 112 bits; one of 96 has zeros on its right.
fn salt_number(salt: &[u8]) -> u128 {
    salt.iter().chain(&[0; 2]).take(14).fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// The peer that derives its keys anew for each packet.
pub(super) struct Peer {
    suite: CryptoSuite,
    master: Vec<u8>,
    exponent: u8,
}

impl Peer {
    pub(super) fn new(suite: CryptoSuite, exponent: u8) -> Peer {
        Peer { suite, master: master_key(suite, 1).key_and_salt().to_vec(), exponent }
    }

    /// RFC 3711 §4.3.1 and §4.3.3: x = (label || r) XOR salt, and the IV is x * 2^16.
    fn derive(&self, label: u8, index: u64, len: usize) -> Vec<u8> {
        let (key, salt) = self.master.split_at(self.suite.params().key_len);
        let key_id = u128::from(label) << 48 | u128::from(index / (1 << self.exponent));
        keystream(key, (salt_number(salt) ^ key_id) << 16, len)
    }

    fn seal(
        &self,
        first_label: u8,
        index: u64,
        plain: &[u8],
        clear_len: usize,
        behind: &[u8],
    ) -> [Vec<u8>; 2] {
        let params = self.suite.params();
        let key = self.derive(first_label, index, params.key_len);
        let salt = salt_number(&self.derive(first_label + 2, index, params.salt_len));
        let (clear, secret) = plain.split_at(clear_len);
        let nonce = u128::from(SSRC) << 48 | u128::from(index);
        if params.transform == TransformKind::AesGcm {
            let cipher = if params.key_len == 16 { Cipher::aes_128_gcm() } else { Cipher::aes_256_gcm() };
            let iv = ((salt ^ nonce << 16) << 16).to_be_bytes();
            let (mut tag, clear_and_behind) = (vec![0; 16], [clear, behind].concat());
            let secret = encrypt_aead(cipher, &key, Some(&iv[..12]), &clear_and_behind, secret, &mut tag);
            return [[clear, &secret.unwrap()].concat(), tag];
        }
        let stream = keystream(&key, (salt ^ nonce) << 16, secret.len());
        let secret: Vec<u8> = secret.iter().zip(stream).map(|(byte, key)| byte ^ key).collect();
        let sealed = [clear, &secret].concat();
        let auth_key = PKey::hmac(&self.derive(first_label + 1, index, 20)).unwrap();
        let mut hmac = Signer::new(MessageDigest::sha1(), &auth_key).unwrap();
        hmac.update(&sealed).unwrap();
        hmac.update(behind).unwrap();
        [sealed, hmac.sign_to_vec().unwrap()]
    }

    /// With the first `clear_len` bytes not encrypted.
    pub(super) fn rtp(&self, index: u64, plain: &[u8], clear_len: usize) -> Vec<u8> {
        let gcm = self.suite.params().transform == TransformKind::AesGcm;
        let roc = ((index >> 16) as u32).to_be_bytes();
        let [mut sealed, tag] = self.seal(0, index, plain, clear_len, if gcm { &[] } else { &roc });
        sealed.extend(&tag[..self.suite.params().srtp_tag_len]);
        sealed
    }

    /// As `rtp`; the E flag is set when anything is encrypted.
    pub(super) fn rtcp(&self, index: u32, plain: &[u8], clear_len: usize) -> Vec<u8> {
        let e_flag = u32::from(clear_len < plain.len()) << 31;
        let word = (e_flag | index).to_be_bytes();
        let [mut sealed, tag] = self.seal(3, index.into(), plain, clear_len, &word);
        let tag = &tag[..self.suite.params().srtcp_tag_len];
        let gcm = self.suite.params().transform == TransformKind::AesGcm;
        sealed.extend(if gcm { [tag, &word].concat() } else { [&word, tag].concat() });
        sealed
    }
}

fn renewed(direction: Direction, suite: CryptoSuite, exponent: u8) -> Policy {
    let derivation_rate = DerivationRate::power_of_two(exponent).unwrap();
    let key = PolicyKey { derivation_rate, ..PolicyKey::new(master_key(suite, 1)) };
    Policy::with_keys(direction, SsrcRule::Any, vec![key]).unwrap()
}

fn renewing_sender(suite: CryptoSuite, exponent: u8) -> Outbound {
    let mut outbound = no_sender();
    outbound.apply(&renewed(Direction::Outbound, suite, exponent), START).unwrap();
    outbound
}

fn renewing_receiver(suite: CryptoSuite, exponent: u8) -> Inbound {
    let mut inbound = no_receiver(SessionConfig::default());
    inbound.apply(&renewed(Direction::Inbound, suite, exponent), START).unwrap();
    inbound
}

fn plain(index: u64) -> Vec<u8> {
    rtp(SSRC, index as u16, &[index as u8; 37])
}

#[test]
fn both_kinds_are_what_the_rfc_says_across_many_boundaries() {
    for suite in CryptoSuite::all() {
        for exponent in [1, 2, 5, 16, 24] {
            let peer = Peer::new(suite, exponent);
            let (mut outbound, mut inbound) =
                (renewing_sender(suite, exponent), renewing_receiver(suite, exponent));
            // Every boundary near the start, and those at and beyond a wrap.
            for index in (0..70_u64).chain((30_000..200_000).step_by(29_999)).chain(210_000..210_040) {
                let sealed = protect(&mut outbound, PacketKind::Rtp, &plain(index)).unwrap();
                assert_eq!(sealed, peer.rtp(index, &plain(index), 12), "{suite} 2^{exponent} index {index}");
                assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap(), plain(index));
            }
            for index in 0..70 {
                let plain = rtcp(SSRC, &[index as u8; 20]);
                let sealed = protect(&mut outbound, PacketKind::Rtcp, &plain).unwrap();
                assert_eq!(sealed, peer.rtcp(index, &plain, 8), "{suite} 2^{exponent} index {index}");
                assert_eq!(unprotect(&mut inbound, PacketKind::Rtcp, &sealed).unwrap(), plain);
            }
        }
    }
}

#[test]
fn late_packets_open_on_the_other_side_of_boundaries_and_only_once() {
    for suite in CryptoSuite::all() {
        let (peer, mut inbound) = (Peer::new(suite, 3), renewing_receiver(suite, 3));
        // Backwards in stretches of 40 packets, five boundaries each.
        for start in (0..400_u64).step_by(40) {
            for index in (start..start + 40).rev() {
                let sealed = peer.rtp(index, &plain(index), 12);
                assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap(), plain(index));
                assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &sealed), Err(Error::Replayed));
            }
            let plain = rtcp(SSRC, &[7; 20]);
            for index in (start as u32..start as u32 + 40).rev() {
                unprotect(&mut inbound, PacketKind::Rtcp, &peer.rtcp(index, &plain, 8)).unwrap();
            }
        }
    }
}

#[test]
fn garbage_beyond_a_boundary_changes_nothing() {
    let suite = AesCm128HmacSha1_80;
    let (peer, mut inbound) = (Peer::new(suite, 1), renewing_receiver(suite, 1));
    for index in 0..200 {
        let mut forged = peer.rtp(index + 9, &plain(index + 9), 12);
        forged[20] ^= 1;
        assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &forged), Err(Error::AuthFailed));
        unprotect(&mut inbound, PacketKind::Rtp, &peer.rtp(index, &plain(index), 12)).unwrap();
    }
    assert_eq!(inbound.stats().auth_failures, 200);
}

#[test]
fn peer_that_is_rocs_ahead_is_found() {
    for suite in CryptoSuite::all() {
        let (peer, mut inbound) = (Peer::new(suite, 4), renewing_receiver(suite, 4));
        let open = |inbound: &mut Inbound, index| {
            unprotect(inbound, PacketKind::Rtp, &peer.rtp(index, &plain(index), 12)).is_ok()
        };
        assert!(open(&mut inbound, 5));
        assert!((0x3_0007..0x3_0207).any(|index| open(&mut inbound, index)), "{suite}");
        assert_eq!(inbound.stats().roc_recoveries, 1);
    }
}

#[test]
fn another_rate_for_the_same_key_takes_effect_and_keeps_the_indexes() {
    let suite = AesCm128HmacSha1_80;
    let mut inbound = renewing_receiver(suite, 2);
    for (exponent, start) in [(2, 90_u64), (0, 200), (5, 300)] {
        inbound.apply(&renewed(Direction::Inbound, suite, exponent), START).unwrap();
        let peer = Peer::new(suite, if exponent == 0 { 63 } else { exponent });
        for index in start..start + 9 {
            let sealed = peer.rtp(index, &plain(index), 12);
            unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap();
            assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &sealed), Err(Error::Replayed));
        }
        let first = Peer::new(suite, 2);
        let before = first.rtp(90, &plain(90), 12);
        assert!(unprotect(&mut inbound, PacketKind::Rtp, &before) == Err(Error::Replayed), "still known");
    }
}

#[test]
fn mkis_switch_between_keys_that_are_derived_anew() {
    let keys = |direction| {
        let keys = [1_u8, 2].map(|number| PolicyKey {
            mki: [number].into(),
            derivation_rate: DerivationRate::power_of_two(1).unwrap(),
            ..PolicyKey::new(master_key(AeadAes256Gcm, number))
        });
        Policy::with_keys(direction, SsrcRule::Any, keys.into()).unwrap()
    };
    let (mut outbound, mut inbound) = (no_sender(), no_receiver(SessionConfig::default()));
    outbound.apply(&keys(Direction::Outbound), START).unwrap();
    inbound.apply(&keys(Direction::Inbound), START).unwrap();
    for seq in 0..40_u16 {
        outbound.select_mki(&[1 + (seq / 7 % 2) as u8]).unwrap();
        unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, seq)).unwrap();
    }
}

#[test]
fn repeated_packet_gives_the_same_bytes_after_its_keys_were_replaced() {
    let mut outbound = renewing_sender(AesCm128HmacSha1_80, 1);
    let first: Vec<_> = (0..16).map(|seq| send_rtp(&mut outbound, seq)).collect();
    for (seq, sealed) in first.iter().enumerate() {
        assert_eq!(send_rtp(&mut outbound, seq as u16), *sealed);
    }
}
