//! Key derivation: AES counter mode under the master key (RFC 3711 §4.3), with
//! the master key's own length (RFC 6188 §3, RFC 7714 §11).

use super::ctr;
use crate::secret::MasterKey;
use aes::cipher::{BlockCipherEncrypt, KeyInit, consts::U16};
use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use zeroize::Zeroize;

/// Key derivation labels of one kind of packet (RFC 3711 §4.3.1, §4.3.2).
struct Labels {
    enc_key: u8,
    auth_key: u8,
    salt: u8,
}

const RTP: Labels = Labels { enc_key: 0, auth_key: 1, salt: 2 };
const RTCP: Labels = Labels { enc_key: 3, auth_key: 4, salt: 5 };

/// The session keys of one kind of packet. Encryption key and salt are as long
/// as the master's, the rest of their fields is zeros; the transforms without
/// an authentication key leave it alone.
pub(super) struct SessionKeys {
    pub(super) enc_key: [u8; 32],
    pub(super) auth_key: [u8; 20],
    pub(super) salt: [u8; 14],
}

impl Drop for SessionKeys {
    fn drop(&mut self) {
        self.enc_key.zeroize();
        self.auth_key.zeroize();
        self.salt.zeroize();
    }
}

impl SessionKeys {
    /// SRTP session keys; `r` is the index divided by the key derivation rate,
    /// 0 for rate 0.
    pub(super) fn rtp(key: &MasterKey, r: u64) -> SessionKeys {
        SessionKeys::derive(key, &RTP, r)
    }

    /// SRTCP session keys, as [`SessionKeys::rtp`].
    pub(super) fn rtcp(key: &MasterKey, r: u64) -> SessionKeys {
        SessionKeys::derive(key, &RTCP, r)
    }

    fn derive(key: &MasterKey, labels: &Labels, r: u64) -> SessionKeys {
        match key.key().len() {
            16 => derive_with::<Aes128Enc>(key, labels, r),
            24 => derive_with::<Aes192Enc>(key, labels, r),
            _ => derive_with::<Aes256Enc>(key, labels, r),
        }
    }
}

fn derive_with<C>(key: &MasterKey, labels: &Labels, r: u64) -> SessionKeys
where
    C: KeyInit + BlockCipherEncrypt<BlockSize = U16>,
{
    let prf = Prf { cipher: cipher::<C>(key.key()), salt: left_aligned(key.salt()) };
    let mut keys = SessionKeys { enc_key: [0; 32], auth_key: [0; 20], salt: [0; 14] };
    prf.fill(labels.enc_key, r, keys.enc_key.get_mut(..key.key().len()).unwrap_or_default());
    prf.fill(labels.auth_key, r, &mut keys.auth_key);
    prf.fill(labels.salt, r, keys.salt.get_mut(..key.salt().len()).unwrap_or_default());
    keys
}

/// The AES key schedule of the first bytes of `key`, as many as the cipher
/// wants.
pub(super) fn cipher<C: KeyInit>(key: &[u8]) -> C {
    let mut exact = aes::cipher::Key::<C>::default();
    for (to, from) in exact.iter_mut().zip(key) {
        *to = *from;
    }
    let cipher = C::new(&exact);
    exact.as_mut_slice().zeroize();
    cipher
}

/// A salt as the number that is XORed with label, index and SSRC: 14 bytes,
/// a shorter one with zeros on its right (RFC 7714's 12 bytes).
pub(super) fn left_aligned(salt: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(salt) {
        *to = *from;
    }
    u128::from_be_bytes(bytes)
}

struct Prf<C> {
    cipher: C,
    /// Already multiplied by 2^16 (RFC 3711 §4.3.3).
    salt: u128,
}

impl<C: BlockCipherEncrypt<BlockSize = U16>> Prf<C> {
    /// Writes as many bytes of this label's key as `out` holds, which must be zeros.
    fn fill(&self, label: u8, r: u64, out: &mut [u8]) {
        let key_id = u128::from(label) << 48 | u128::from(r);
        ctr::apply(&self.cipher, self.salt ^ key_id << 16, out);
    }
}

impl<C> Drop for Prf<C> {
    fn drop(&mut self) {
        self.salt.zeroize();
    }
}
