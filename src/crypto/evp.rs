//! The transforms with OpenSSL's primitives, by its EVP interface. Key
//! schedules are made once per key; a packet needs none.
//!
//! OpenSSL may fail where our own arithmetic cannot, so here every step says so.
//! Each failure also empties this thread's error queue, which the host's TLS
//! would stumble over.

use super::Authenticated;
use super::kdf::{self, Labels, SessionKeys};
use super::keyed::{Mac, check};
use super::portions::Portions;
use super::sealer::{Made, Sealer};
use crate::error::Error;
use crate::secret::MasterKey;
use openssl::cipher::{Cipher, CipherRef};
use openssl::cipher_ctx::{CipherCtx, CipherCtxRef};
use openssl::error::ErrorStack;
use openssl::hash::{Hasher, MessageDigest};
use std::sync::{Mutex, MutexGuard};
use zeroize::{Zeroize, Zeroizing};

const BLOCK_LEN: usize = 16;
/// Blocks of keystream made at a time: enough for a packet of a usual network.
const BATCH: usize = 96;
const GCM_TAG_LEN: usize = 16;

/// AES in counter mode (RFC 3711 §4.1.1), with one call of ECB for many counter
/// blocks: setting an IV for each packet takes OpenSSL longer than encrypting it.
pub(super) struct Keystream {
    ecb: CipherCtx,
}

impl Keystream {
    /// A key of 16, 24 or 32 bytes.
    pub(super) fn new(key: &[u8]) -> Result<Keystream, Error> {
        let cipher = match key.len() {
            16 => Cipher::aes_128_ecb(),
            24 => Cipher::aes_192_ecb(),
            _ => Cipher::aes_256_ecb(),
        };
        let mut ecb = context(cipher, key)?;
        ecb.set_padding(false);
        Ok(Keystream { ecb })
    }

    /// XORs the keystream that begins at `counter` onto `data`.
    pub(super) fn apply(&mut self, counter: u128, data: &mut [u8]) -> Result<(), Error> {
        let mut counters = counter..;
        for data in data.chunks_mut(BATCH * BLOCK_LEN) {
            // One block more than is filled: `cipher_update_inplace` demands it.
            let mut stream = [[0; BLOCK_LEN]; BATCH + 1];
            let used = data.len().div_ceil(BLOCK_LEN);
            for (block, counter) in stream.iter_mut().take(used).zip(&mut counters) {
                *block = counter.to_be_bytes();
            }
            let stream = stream.as_flattened_mut();
            self.ecb.cipher_update_inplace(stream, used * BLOCK_LEN).map_err(failed)?;
            data.iter_mut().zip(stream).for_each(|(byte, key)| *byte ^= *key);
        }
        Ok(())
    }
}

/// The session keys of one kind of packet (RFC 3711 §4.3).
pub(super) fn session_keys(key: &MasterKey, labels: &Labels, r: u64) -> Result<SessionKeys, Error> {
    let mut keystream = Keystream::new(key.key())?;
    kdf::derive_with(key, labels, r, |counter, out| keystream.apply(counter, out))
}

/// HMAC-SHA1 (RFC 2104) from the hash's state after each pad. OpenSSL's own
/// HMAC, as far as the safe interface reaches it, sets the key up anew for each
/// packet, which takes longer than all the rest.
pub(super) struct HmacSha1 {
    inner: Hasher,
    outer: Hasher,
}

impl HmacSha1 {
    pub(super) fn new(key: &[u8; 20]) -> Result<HmacSha1, Error> {
        Ok(HmacSha1 { inner: padded(key, 0x36)?, outer: padded(key, 0x5c)? })
    }

    /// The MAC over `message` followed by the four bytes of `suffix`.
    pub(super) fn mac(&self, message: &[u8], suffix: [u8; 4]) -> Result<Mac, Error> {
        let mut inner = self.inner.clone();
        inner.update(message).map_err(failed)?;
        inner.update(&suffix).map_err(failed)?;
        let digest = inner.finish().map_err(failed)?;
        let mut outer = self.outer.clone();
        outer.update(&digest).map_err(failed)?;
        let digest = outer.finish().map_err(failed)?;
        digest.first_chunk().copied().ok_or(Error::ProviderFailed)
    }
}

fn padded(key: &[u8; 20], pad: u8) -> Result<Hasher, Error> {
    let mut block = Zeroizing::new([pad; 64]);
    block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
    let mut hasher = Hasher::new(MessageDigest::sha1()).map_err(failed)?;
    hasher.update(block.as_slice()).map_err(failed)?;
    Ok(hasher)
}

/// AES-CM with HMAC-SHA1.
pub(super) struct Cm {
    keystream: Mutex<Keystream>,
    hmac: HmacSha1,
    /// Already multiplied by 2^16.
    salt: u128,
}

impl Drop for Cm {
    fn drop(&mut self) {
        self.salt.zeroize();
    }
}

impl Cm {
    /// Encrypts or decrypts: counter mode is its own inverse.
    fn crypt(&self, packet: &mut [u8], portions: &Portions) -> Result<(), Error> {
        let secret = packet.get_mut(portions.clear_len..).unwrap_or_default();
        lock(&self.keystream)?.apply(self.salt ^ portions.nonce() << 16, secret)
    }
}

impl Made for Cm {
    fn new(keys: &SessionKeys) -> Result<Cm, Error> {
        Ok(Cm {
            keystream: Mutex::new(Keystream::new(keys.enc_key())?),
            hmac: HmacSha1::new(&keys.auth_key)?,
            salt: kdf::left_aligned(&keys.salt),
        })
    }
}

impl Sealer for Cm {
    type Failure = Error;

    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, Error> {
        self.crypt(packet, portions)?;
        self.hmac.mac(packet, portions.trailer_or_roc())
    }

    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error> {
        let authenticated = check(&self.hmac.mac(packet, portions.trailer_or_roc())?, tag)?;
        self.crypt(packet, portions)?;
        Ok(authenticated)
    }
}

/// AES-GCM with tags of 16 bytes.
pub(super) struct Gcm {
    context: Mutex<CipherCtx>,
    /// Twelve bytes, already moved left to make room for the block counter.
    salt: u128,
}

impl Drop for Gcm {
    fn drop(&mut self) {
        self.salt.zeroize();
    }
}

impl Gcm {
    /// SP 800-38D §7.1 with an IV of 12 bytes, RFC 7714 §8.1 and §9.1.
    fn iv(&self, portions: &Portions) -> [u8; 12] {
        let [iv @ .., _, _, _, _] = (self.salt ^ portions.nonce() << 32).to_be_bytes();
        iv
    }
}

impl Made for Gcm {
    fn new(keys: &SessionKeys) -> Result<Gcm, Error> {
        let key = keys.enc_key();
        let cipher = if key.len() == 16 { Cipher::aes_128_gcm() } else { Cipher::aes_256_gcm() };
        Ok(Gcm { context: Mutex::new(context(cipher, key)?), salt: kdf::left_aligned(&keys.salt) })
    }
}

impl Sealer for Gcm {
    type Failure = Error;

    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, Error> {
        let mut context = lock(&self.context)?;
        context.encrypt_init(None, None, Some(&self.iv(portions))).map_err(failed)?;
        crypt(&mut context, packet, portions)?;
        context.cipher_final(&mut []).map_err(failed)?;
        let mut mac = [0; 20];
        let tag = mac.get_mut(..GCM_TAG_LEN).unwrap_or_default();
        context.tag(tag).map_err(failed)?;
        Ok(mac)
    }

    /// OpenSSL decrypts before it has seen the tag. When that does not fit, the
    /// same keystream once more makes the packet what it was.
    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error> {
        let (mut context, iv) = (lock(&self.context)?, self.iv(portions));
        context.decrypt_init(None, None, Some(&iv)).map_err(failed)?;
        crypt(&mut context, packet, portions)?;
        context.set_tag(tag).map_err(failed)?;
        if context.cipher_final(&mut []).is_ok() {
            return Ok(Authenticated(()));
        }
        context.encrypt_init(None, None, Some(&iv)).map_err(failed)?;
        crypt(&mut context, packet, portions)?;
        Err(Error::AuthFailed)
    }
}

/// Takes in what is authenticated only, then encrypts or decrypts the rest.
fn crypt(context: &mut CipherCtxRef, packet: &mut [u8], portions: &Portions) -> Result<(), Error> {
    let (clear, secret) = packet.split_at_mut_checked(portions.clear_len).ok_or(Error::PacketMalformed)?;
    context.cipher_update(clear, None).map_err(failed)?;
    if let Some(trailer) = portions.trailer {
        context.cipher_update(&trailer.to_be_bytes(), None).map_err(failed)?;
    }
    if !secret.is_empty() {
        context.cipher_update_inplace(secret, secret.len()).map_err(failed)?;
    }
    Ok(())
}

/// A context with the key set; encryption, which GCM needs for either direction.
fn context(cipher: &CipherRef, key: &[u8]) -> Result<CipherCtx, Error> {
    let mut context = CipherCtx::new().map_err(failed)?;
    context.encrypt_init(Some(cipher), Some(key), None).map_err(failed)?;
    Ok(context)
}

/// Nobody waits here: a session's packets of one direction come one by one.
fn lock<T>(context: &Mutex<T>) -> Result<MutexGuard<'_, T>, Error> {
    context.lock().map_err(|_| Error::Poisoned)
}

fn failed(_: ErrorStack) -> Error {
    Error::ProviderFailed
}
