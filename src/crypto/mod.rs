//! Arithmetic: seals and opens one packet for one suite.
//!
//! RFC 3711 §4 (AES-CM with HMAC-SHA1), RFC 6188 (192 and 256 bit keys) and
//! RFC 7714 (AES-GCM). What comes in is a whole packet whose parts the caller
//! already knows; which index it has, whether it was seen before and where tag
//! and MKI lie on the wire is the business of [`crate::srtp`].
//!
//! - `kdf`: master key to session keys (RFC 3711 §4.3).
//! - `keyed`: session keys with the transform and the provider they are for.
//! - `sealer`: what a transform does, and which one a CPU can have.
//! - `renewal`: session keys that are derived anew at a rate.
//! - `cm`, `gcm`: the two transforms, each generic over the AES key size.
//! - `ctr`, `hmac`, `ghash`: their parts.
//! - `kernel`: both transforms in one piece, for CPUs with the instructions.
//! - `portions`: which bytes are encrypted, which authenticated, and the IV.
//! - `provider`: whose primitives are used; `evp`: the transforms with OpenSSL's.

mod cm;
mod ctr;
#[cfg(feature = "openssl")]
mod evp;
#[cfg(test)]
mod faulty;
mod gcm;
mod ghash;
mod hmac;
mod kdf;
mod kernel;
mod keyed;
mod portions;
mod provider;
mod renewal;
mod sealer;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

#[cfg(test)]
pub(crate) use keyed::CHECKED_TAGS;
pub use provider::{Provider, provider, select};
pub use renewal::DerivationRate;

use crate::error::Error;
use crate::secret::{MasterKey, leaving_no_trace};
use crate::suite::SuiteParams;
use keyed::{Keys, Mac};
use portions::Portions;

/// The session keys of one master key, for RTP and RTCP (RFC 3711 §4.3), in
/// the form in which packets are sealed and opened.
pub struct Transform {
    keys: Keys,
    params: &'static SuiteParams,
}

impl Transform {
    /// Derives the session keys of `key`, with key derivation rate 0
    /// (RFC 3711 §4.3.1), for the provider that [`select`] chose. Should that
    /// fail, every packet is refused with [`Error::ProviderFailed`].
    pub fn derive(key: &MasterKey) -> Transform {
        let keys = leaving_no_trace(|| Keys::or_failed(provider::settled(), key));
        Transform { keys, params: key.suite().params() }
    }

    /// As [`Transform::derive`], for any provider that is built in.
    ///
    /// # Errors
    /// [`Error::ProviderFailed`]
    pub fn derive_with(provider: Provider, key: &MasterKey) -> Result<Transform, Error> {
        let keys = leaving_no_trace(|| Keys::new(provider, key))?;
        Ok(Transform { keys, params: key.suite().params() })
    }

    /// Derives the session keys of `key`, the one that it was made from, anew at
    /// this rate. It keeps a copy of the master key then.
    pub fn renewing(self, rate: DerivationRate, key: &MasterKey) -> Transform {
        Transform { keys: self.keys.renewing(rate, key), ..self }
    }

    /// Encrypts the payload of an RTP packet where it lies and returns the
    /// tag. `packet` is header and payload; `index` is the packet index,
    /// 2^16·ROC + SEQ (RFC 3711 §3.3.1). With `header_len` the packet's length,
    /// all is authenticated and nothing encrypted.
    ///
    /// # Errors
    /// [`Error::PacketMalformed`] unless 12 ≤ `header_len` ≤ the packet's
    /// length, [`Error::PacketTooLong`] above the cipher's limit,
    /// [`Error::LifetimeExhausted`] for an index of 2^48 or more. The packet is
    /// then as it was. After [`Error::ProviderFailed`] it is not: wipe it.
    pub fn seal_rtp(&self, packet: &mut [u8], header_len: usize, index: u64) -> Result<Tag, Error> {
        let portions = Portions::rtp(packet, header_len, index)?;
        self.keys.seal(packet, &portions, self.params.srtp_tag_len)
    }

    /// As [`Transform::seal_rtp`], from `packet` to the beginning of `out`.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`] when the packet is longer than `out`, and those of
    /// [`Transform::seal_rtp`]. Nothing is written then, [`Error::ProviderFailed`]
    /// aside.
    #[inline(always)]
    pub fn seal_rtp_into(
        &self,
        packet: &[u8],
        out: &mut [u8],
        header_len: usize,
        index: u64,
    ) -> Result<Tag, Error> {
        let portions = Portions::rtp(packet, header_len, index)?;
        let out = out.get_mut(..packet.len()).ok_or(Error::BufferTooSmall)?;
        self.keys.seal_into(packet, out, &portions, self.params.srtp_tag_len)
    }

    /// Checks the tag of an SRTP packet and, when it fits, decrypts the payload
    /// where it lies. `packet` carries neither tag nor MKI.
    ///
    /// # Errors
    /// [`Error::AuthFailed`] when the tag does not fit or has not the suite's
    /// length, and those of [`Transform::seal_rtp`]. The packet is then as it
    /// was.
    #[inline(always)]
    pub fn open_rtp(
        &self,
        packet: &mut [u8],
        header_len: usize,
        index: u64,
        tag: &[u8],
    ) -> Result<Authenticated, Error> {
        let portions = Portions::rtp(packet, header_len, index)?;
        check_tag_len(tag, self.params.srtp_tag_len)?;
        self.keys.open(packet, &portions, tag)
    }

    /// Encrypts an RTCP packet where it lies, all but its first 8 bytes, and
    /// returns the tag. `trailer` is E flag and SRTCP index as they stand on
    /// the wire; without the E flag nothing is encrypted (RFC 3711 §3.4,
    /// RFC 7714 §9).
    ///
    /// # Errors
    /// [`Error::PacketMalformed`] below 8 bytes, [`Error::PacketTooLong`] above
    /// the cipher's limit, [`Error::ProviderFailed`] as [`Transform::seal_rtp`].
    /// The packet is else as it was.
    pub fn seal_rtcp(&self, packet: &mut [u8], trailer: u32) -> Result<Tag, Error> {
        let portions = Portions::rtcp(packet, trailer)?;
        self.keys.seal(packet, &portions, self.params.srtcp_tag_len)
    }

    /// Checks the tag of an SRTCP packet and, when it fits and `trailer` has
    /// the E flag, decrypts all but its first 8 bytes. `packet` carries neither
    /// trailer nor MKI nor tag. With the `_32` suites, a tag of 32 bits is
    /// checked as well as one of 80: some peers send it on SRTCP too.
    ///
    /// # Errors
    /// [`Error::AuthFailed`] when the tag does not fit or has not the suite's
    /// length, and those of [`Transform::seal_rtcp`]. The packet is then as it
    /// was.
    pub fn open_rtcp(&self, packet: &mut [u8], trailer: u32, tag: &[u8]) -> Result<Authenticated, Error> {
        let portions = Portions::rtcp(packet, trailer)?;
        check_tag_len(tag, self.params.srtcp_tag_len)
            .or_else(|_| check_tag_len(tag, self.params.srtp_tag_len))?;
        self.keys.open(packet, &portions, tag)
    }
}

/// The authentication tag of one packet.
// Aligned so that it is copied in whole words.
#[repr(C, align(8))]
pub struct Tag {
    bytes: Mac,
    len: u8,
}

impl Tag {
    #[expect(clippy::cast_possible_truncation, reason = "a tag length of the suite table, at most 16")]
    fn new(bytes: Mac, len: usize) -> Tag {
        Tag { bytes, len: len as u8 }
    }

    /// The first 8 bytes of the MAC, whatever the tag's length: with one key
    /// and one index, two packets of the same fingerprint are the same packet.
    pub fn fingerprint(&self) -> [u8; 8] {
        self.bytes.first_chunk().copied().unwrap_or_default()
    }
}

impl core::ops::Deref for Tag {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&self.bytes)
    }
}

impl AsRef<[u8]> for Tag {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// Proof that a packet's tag was checked and fits. Only this room can make
/// one, so code that demands it cannot run before the check (RFC 3711 §3.3).
#[must_use]
#[derive(Debug)]
pub struct Authenticated(());

fn check_tag_len(tag: &[u8], expected: usize) -> Result<(), Error> {
    if tag.len() == expected { Ok(()) } else { Err(Error::AuthFailed) }
}
