//! The transforms with OpenSSL's primitives, by its EVP interface. Key
//! schedules are made once per key; a packet needs none.
//!
//! OpenSSL may fail where our own arithmetic cannot, so here every step says so.

use super::Authenticated;
use super::kdf::{self, Labels, SessionKeys};
use super::keyed::{Mac, check, padded};
use super::portions::Portions;
use super::sealer::{Made, Sealer};
use crate::error::Error;
use crate::secret::MasterKey;
use std::sync::{Mutex, MutexGuard};
use voxseal_evp::{AesEcb, AesGcm, BLOCK_LEN, Failed, HmacSha1};
use zeroize::Zeroize;

/// Blocks of keystream made at a time: enough for a packet of a usual network.
const BATCH: usize = 96;

/// AES in counter mode (RFC 3711 §4.1.1), with one call of ECB for many counter
/// blocks: setting an IV for each packet takes OpenSSL longer than encrypting it.
pub(super) struct Keystream {
    ecb: AesEcb,
}

impl Keystream {
    /// A key of 16, 24 or 32 bytes.
    pub(super) fn new(key: &[u8]) -> Result<Keystream, Error> {
        Ok(Keystream { ecb: AesEcb::new(key)? })
    }

    /// XORs the keystream that begins at `counter` onto `data`.
    pub(super) fn apply(&mut self, counter: u128, data: &mut [u8]) -> Result<(), Error> {
        let mut counters = counter..;
        for data in data.chunks_mut(BATCH * BLOCK_LEN) {
            let mut stream = [[0; BLOCK_LEN]; BATCH];
            let used = data.len().div_ceil(BLOCK_LEN);
            let stream = stream.get_mut(..used).unwrap_or_default();
            for (block, counter) in stream.iter_mut().zip(&mut counters) {
                *block = counter.to_be_bytes();
            }
            self.ecb.encrypt(stream)?;
            data.iter_mut().zip(stream.as_flattened()).for_each(|(byte, key)| *byte ^= *key);
        }
        Ok(())
    }
}

/// The session keys of one kind of packet (RFC 3711 §4.3).
pub(super) fn session_keys(key: &MasterKey, labels: &Labels, r: u64) -> Result<SessionKeys, Error> {
    let mut keystream = Keystream::new(key.key())?;
    kdf::derive_with(key, labels, r, |counter, out| keystream.apply(counter, out))
}

/// AES-CM with HMAC-SHA1.
pub(super) struct Cm {
    contexts: Mutex<Contexts>,
    /// Already multiplied by 2^16.
    salt: u128,
}

struct Contexts {
    keystream: Keystream,
    hmac: HmacSha1,
}

impl Drop for Cm {
    fn drop(&mut self) {
        self.salt.zeroize();
    }
}

impl Cm {
    /// Encrypts or decrypts: counter mode is its own inverse.
    fn crypt(&self, keystream: &mut Keystream, packet: &mut [u8], portions: &Portions) -> Result<(), Error> {
        let secret = packet.get_mut(portions.clear_len..).unwrap_or_default();
        keystream.apply(portions.cm_counter(self.salt), secret)
    }
}

impl Made for Cm {
    fn new(keys: &SessionKeys) -> Result<Cm, Error> {
        let contexts =
            Contexts { keystream: Keystream::new(keys.enc_key())?, hmac: HmacSha1::new(&keys.auth_key)? };
        Ok(Cm { contexts: Mutex::new(contexts), salt: kdf::left_aligned(&keys.salt) })
    }
}

impl Sealer for Cm {
    type Failure = Error;

    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, Error> {
        let Contexts { keystream, hmac } = &mut *lock(&self.contexts)?;
        self.crypt(keystream, packet, portions)?;
        Ok(hmac.mac([packet, &portions.trailer_or_roc()])?)
    }

    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error> {
        let Contexts { keystream, hmac } = &mut *lock(&self.contexts)?;
        let authenticated = check(&hmac.mac([packet, &portions.trailer_or_roc()])?, tag)?;
        self.crypt(keystream, packet, portions)?;
        Ok(authenticated)
    }
}

/// AES-GCM with tags of 16 bytes.
pub(super) struct Gcm {
    context: Mutex<AesGcm>,
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
        let [iv @ .., _, _, _, _] = portions.gcm_counter(self.salt).to_be_bytes();
        iv
    }
}

impl Made for Gcm {
    fn new(keys: &SessionKeys) -> Result<Gcm, Error> {
        Ok(Gcm { context: Mutex::new(AesGcm::new(keys.enc_key())?), salt: kdf::left_aligned(&keys.salt) })
    }
}

impl Sealer for Gcm {
    type Failure = Error;

    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, Error> {
        let trailer = trailer(portions);
        let (clear, secret) = split(packet, portions)?;
        let tag = lock(&self.context)?.seal(
            &self.iv(portions),
            [clear, trailer.as_ref().map_or(&[], <[u8; 4]>::as_slice)],
            secret,
        )?;
        Ok(padded(tag))
    }

    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error> {
        let trailer = trailer(portions);
        let (clear, secret) = split(packet, portions)?;
        let tag = tag.try_into().map_err(|_| Error::AuthFailed)?;
        let clear = [clear, trailer.as_ref().map_or(&[], <[u8; 4]>::as_slice)];
        let fits = lock(&self.context)?.open(&self.iv(portions), clear, secret, tag)?;
        if fits { Ok(Authenticated(())) } else { Err(Error::AuthFailed) }
    }
}

/// What is authenticated only, and what is encrypted too.
fn split<'a>(packet: &'a mut [u8], portions: &Portions) -> Result<(&'a [u8], &'a mut [u8]), Error> {
    let (clear, secret) = packet.split_at_mut_checked(portions.clear_len).ok_or(Error::PacketMalformed)?;
    Ok((clear, secret))
}

/// What is authenticated behind it: four bytes on SRTCP, nothing on SRTP.
fn trailer(portions: &Portions) -> Option<[u8; 4]> {
    portions.trailer.map(u32::to_be_bytes)
}

/// Nobody waits here: a session's packets of one direction come one by one.
fn lock<T>(context: &Mutex<T>) -> Result<MutexGuard<'_, T>, Error> {
    context.lock().map_err(|_| Error::Poisoned)
}

impl From<Failed> for Error {
    fn from(_: Failed) -> Error {
        Error::ProviderFailed
    }
}
