//! Key derivation: AES counter mode under the master key (RFC 3711 §4.3), with
//! the master key's own length (RFC 6188 §3, RFC 7714 §11).

use super::ctr;
use crate::secret::MasterKey;
use aes::cipher::{BlockCipherEncrypt, KeyInit, consts::U16};
use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use core::convert::Infallible;
use zeroize::{Zeroize, Zeroizing};

/// Key derivation labels of one kind of packet.
pub(super) struct Labels {
    enc_key: u8,
    auth_key: u8,
    salt: u8,
}

/// Labels of SRTP (RFC 3711 §4.3.1).
pub(super) const RTP: Labels = Labels { enc_key: 0, auth_key: 1, salt: 2 };
/// Labels of SRTCP (RFC 3711 §4.3.2).
pub(super) const RTCP: Labels = Labels { enc_key: 3, auth_key: 4, salt: 5 };

/// The session keys of one kind of packet. Encryption key and salt are as long
/// as the master's, the rest of their fields is zeros; the transforms without
/// an authentication key leave it alone.
pub(super) struct SessionKeys {
    pub(super) enc_key: [u8; 32],
    /// How much of it the suite uses.
    pub(super) key_len: usize,
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
    /// The session keys of one kind of packet; `r` is the index divided by the
    /// key derivation rate, 0 for rate 0.
    pub(super) fn derive(key: &MasterKey, labels: &Labels, r: u64) -> SessionKeys {
        match key.key().len() {
            16 => derive_by::<Aes128Enc>(key, labels, r),
            24 => derive_by::<Aes192Enc>(key, labels, r),
            _ => derive_by::<Aes256Enc>(key, labels, r),
        }
    }

    /// The key without the zeros behind it.
    pub(super) fn enc_key(&self) -> &[u8] {
        self.enc_key.get(..self.key_len).unwrap_or(&self.enc_key)
    }
}

fn derive_by<C>(key: &MasterKey, labels: &Labels, r: u64) -> SessionKeys
where
    C: KeyInit + BlockCipherEncrypt<BlockSize = U16>,
{
    let cipher = cipher::<C>(key.key());
    let Ok(keys) = derive_with(key, labels, r, |counter, out| -> Result<(), Infallible> {
        ctr::apply(&cipher, counter, out);
        Ok(())
    });
    keys
}

/// The keys of all labels. `keystream` XORs the master key's keystream from a
/// counter on onto its argument, here zeros.
pub(super) fn derive_with<F>(
    key: &MasterKey,
    labels: &Labels,
    r: u64,
    mut keystream: impl FnMut(u128, &mut [u8]) -> Result<(), F>,
) -> Result<SessionKeys, F> {
    // Already multiplied by 2^16 (RFC 3711 §4.3.3).
    let salt = Zeroizing::new(left_aligned(key.salt()));
    let mut fill = |label: u8, out: &mut [u8]| {
        let key_id = u128::from(label) << 48 | u128::from(r);
        keystream(*salt ^ key_id << 16, out)
    };
    let key_len = key.key().len();
    let mut keys = SessionKeys { enc_key: [0; 32], key_len, auth_key: [0; 20], salt: [0; 14] };
    fill(labels.enc_key, keys.enc_key.get_mut(..key_len).unwrap_or_default())?;
    fill(labels.auth_key, &mut keys.auth_key)?;
    fill(labels.salt, keys.salt.get_mut(..key.salt().len()).unwrap_or_default())?;
    Ok(keys)
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
