//! AES-CM with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1; RFC 6188 for long keys).

use super::hmac::HmacSha1;
use super::kdf::{self, SessionKeys};
use super::keyed::{Mac, check};
use super::portions::Portions;
use super::sealer::{Made, Sealer};
use super::{Authenticated, ctr};
use crate::error::Error;
use aes::cipher::{BlockCipherEncrypt, KeyInit, consts::U16};
use core::convert::Infallible;
use zeroize::Zeroize;

/// The transform with its session keys.
pub(super) struct Cm<C> {
    cipher: C,
    hmac: HmacSha1,
    /// Already multiplied by 2^16.
    salt: u128,
}

impl<C> Drop for Cm<C> {
    fn drop(&mut self) {
        self.salt.zeroize();
    }
}

impl<C: BlockCipherEncrypt<BlockSize = U16>> Cm<C> {
    /// Encrypts or decrypts: counter mode is its own inverse.
    fn crypt(&self, packet: &mut [u8], portions: &Portions) {
        let secret = packet.get_mut(portions.clear_len..).unwrap_or_default();
        if !secret.is_empty() {
            ctr::apply(&self.cipher, portions.cm_counter(self.salt), secret);
        }
    }
}

impl<C> Made for Cm<C>
where
    C: KeyInit + BlockCipherEncrypt<BlockSize = U16> + Send + Sync + 'static,
{
    fn new(keys: &SessionKeys) -> Result<Cm<C>, Infallible> {
        Ok(Cm {
            cipher: kdf::cipher(&keys.enc_key),
            hmac: HmacSha1::new(&keys.auth_key),
            salt: kdf::left_aligned(&keys.salt),
        })
    }
}

impl<C> Sealer for Cm<C>
where
    C: KeyInit + BlockCipherEncrypt<BlockSize = U16> + Send + Sync + 'static,
{
    type Failure = Infallible;

    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, Infallible> {
        self.crypt(packet, portions);
        Ok(self.hmac.mac(packet, portions.trailer_or_roc()))
    }

    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error> {
        let authenticated = check(&self.hmac.mac(packet, portions.trailer_or_roc()), tag)?;
        self.crypt(packet, portions);
        Ok(authenticated)
    }
}
