//! The transforms by `voxseal-kernels`, for CPUs that have the instructions. They
//! give what [`super::cm`] and [`super::gcm`] give, in less time (docs/performance.md).

use super::Authenticated;
use super::kdf::{self, SessionKeys};
use super::keyed::{Mac, check, padded};
use super::portions::Portions;
use super::sealer::{Sealer, Wanted};
use crate::error::Error;
use core::convert::Infallible;
use voxseal_kernels::{AesCm, AesGcm};
use zeroize::Zeroize;

/// AES-CM with HMAC-SHA1.
pub(super) struct Cm<const K: usize> {
    keys: AesCm<K>,
    /// Already multiplied by 2^16.
    salt: u128,
}

impl<const K: usize> Drop for Cm<K> {
    fn drop(&mut self) {
        self.salt.zeroize();
    }
}

impl<const K: usize> Wanted for Cm<K> {
    fn new(keys: &SessionKeys) -> Option<Cm<K>> {
        Some(Cm { keys: AesCm::new(keys.enc_key(), &keys.auth_key)?, salt: kdf::left_aligned(&keys.salt) })
    }
}

impl<const K: usize> Sealer for Cm<K> {
    type Failure = Infallible;

    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, Infallible> {
        let counter = portions.cm_counter(self.salt);
        Ok(self.keys.seal(packet, portions.clear_len, counter, portions.trailer_or_roc()))
    }

    fn seal_into(&self, packet: &[u8], out: &mut [u8], portions: &Portions) -> Result<Mac, Infallible> {
        let counter = portions.cm_counter(self.salt);
        Ok(self.keys.seal_into(packet, out, portions.clear_len, counter, portions.trailer_or_roc()))
    }

    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error> {
        let authenticated = check(&self.keys.mac(packet, portions.trailer_or_roc()), tag)?;
        let secret = packet.get_mut(portions.clear_len..).unwrap_or_default();
        self.keys.crypt(secret, portions.cm_counter(self.salt));
        Ok(authenticated)
    }
}

/// AES-GCM.
pub(super) struct Gcm<const K: usize> {
    keys: AesGcm<K>,
    /// Twelve bytes, already moved left to make room for the block counter.
    salt: u128,
}

impl<const K: usize> Drop for Gcm<K> {
    fn drop(&mut self) {
        self.salt.zeroize();
    }
}

impl<const K: usize> Wanted for Gcm<K> {
    fn new(keys: &SessionKeys) -> Option<Gcm<K>> {
        Some(Gcm { keys: AesGcm::new(keys.enc_key())?, salt: kdf::left_aligned(&keys.salt) })
    }
}

impl<const K: usize> Sealer for Gcm<K> {
    type Failure = Infallible;

    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, Infallible> {
        let (counter, trailer) = (portions.gcm_counter(self.salt), portions.trailer.map(u32::to_be_bytes));
        let trailer = trailer.as_ref().map_or(&[][..], |trailer| trailer.as_slice());
        Ok(padded(self.keys.seal(packet, portions.clear_len, counter, trailer)))
    }

    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error> {
        let (counter, trailer) = (portions.gcm_counter(self.salt), portions.trailer.map(u32::to_be_bytes));
        let trailer = trailer.as_ref().map_or(&[][..], |trailer| trailer.as_slice());
        let mac = self.keys.mac(packet, portions.clear_len, counter, trailer);
        let authenticated = check(&padded(mac), tag)?;
        self.keys.crypt(packet.get_mut(portions.clear_len..).unwrap_or_default(), counter);
        Ok(authenticated)
    }
}
