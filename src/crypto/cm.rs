//! AES-CM with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1; RFC 6188 for long keys).

use super::hmac::HmacSha1;
use super::kdf::{self, SessionKeys};
use super::portions::Portions;
use super::{Mac, Sealer, ctr};
use aes::cipher::{BlockCipherEncrypt, KeyInit, consts::U16};
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

impl<C> Sealer for Cm<C>
where
    C: KeyInit + BlockCipherEncrypt<BlockSize = U16> + Send + Sync + 'static,
{
    fn new(keys: &SessionKeys) -> Cm<C> {
        Cm {
            cipher: kdf::cipher(&keys.enc_key),
            hmac: HmacSha1::new(&keys.auth_key),
            salt: kdf::left_aligned(&keys.salt),
        }
    }

    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Mac {
        self.decrypt(packet, portions);
        self.mac(packet, portions)
    }

    fn mac(&self, packet: &[u8], portions: &Portions) -> Mac {
        self.hmac.mac(packet, portions.trailer_or_roc())
    }

    /// Encrypts as well: counter mode is its own inverse.
    fn decrypt(&self, packet: &mut [u8], portions: &Portions) {
        let secret = packet.get_mut(portions.clear_len..).unwrap_or_default();
        if !secret.is_empty() {
            ctr::apply(&self.cipher, self.salt ^ portions.nonce() << 16, secret);
        }
    }
}
