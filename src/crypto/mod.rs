//! Arithmetic: seals and opens one packet for one suite.
//!
//! RFC 3711 §4 (AES-CM with HMAC-SHA1), RFC 6188 (192 and 256 bit keys) and
//! RFC 7714 (AES-GCM). What comes in is a whole packet whose parts the caller
//! already knows; which index it has, whether it was seen before and where tag
//! and MKI lie on the wire is the business of [`crate::srtp`].
//!
//! - `kdf`: master key to session keys (RFC 3711 §4.3).
//! - `cm`, `gcm`: the two transforms, each generic over the AES key size.
//! - `ctr`, `hmac`, `ghash`: their parts.
//! - `portions`: which bytes are encrypted, which authenticated, and the IV.

mod cm;
mod ctr;
mod gcm;
mod ghash;
mod hmac;
mod kdf;
mod portions;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

use crate::error::Error;
use crate::secret::{MasterKey, leaving_no_trace};
use crate::suite::{SuiteParams, TransformKind};
use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use cm::Cm;
use gcm::Gcm;
use kdf::SessionKeys;
use portions::Portions;
use subtle::ConstantTimeEq;

/// A message authentication code before it is cut to the tag's length: 20
/// bytes of HMAC-SHA1, or 16 of GMAC and four zeros.
type Mac = [u8; 20];

/// The session keys of one master key, for RTP and RTCP (RFC 3711 §4.3), in
/// the form in which packets are sealed and opened.
pub struct Transform {
    // Boxed behind a trait: one dispatch per packet, and a suite with short
    // keys takes no room for the longest.
    keys: Box<dyn Keyed>,
    params: &'static SuiteParams,
}

impl Transform {
    /// Derives the session keys of `key`, with key derivation rate 0
    /// (RFC 3711 §4.3.1).
    pub fn derive(key: &MasterKey) -> Transform {
        let params = key.suite().params();
        let keys = leaving_no_trace(|| {
            let (rtp, rtcp) = (SessionKeys::rtp(key, 0), SessionKeys::rtcp(key, 0));
            keyed(params, &rtp, rtcp)
        });
        Transform { keys, params }
    }

    /// Encrypts the payload of an RTP packet where it lies and returns the
    /// tag. `packet` is header and payload; `index` is the packet index,
    /// 2^16·ROC + SEQ (RFC 3711 §3.3.1).
    ///
    /// # Errors
    /// [`Error::PacketMalformed`] unless 12 ≤ `header_len` ≤ the packet's
    /// length, [`Error::PacketTooLong`] above the cipher's limit,
    /// [`Error::LifetimeExhausted`] for an index of 2^48 or more. The packet is
    /// then as it was.
    pub fn seal_rtp(&self, packet: &mut [u8], header_len: usize, index: u64) -> Result<Tag, Error> {
        let portions = Portions::rtp(packet, header_len, index)?;
        Ok(Tag::new(self.keys.seal(packet, &portions), self.params.srtp_tag_len))
    }

    /// Checks the tag of an SRTP packet and, when it fits, decrypts the payload
    /// where it lies. `packet` carries neither tag nor MKI.
    ///
    /// # Errors
    /// [`Error::AuthFailed`] when the tag does not fit or has not the suite's
    /// length, and those of [`Transform::seal_rtp`]. The packet is then as it
    /// was.
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
    /// the cipher's limit. The packet is then as it was.
    pub fn seal_rtcp(&self, packet: &mut [u8], trailer: u32) -> Result<Tag, Error> {
        let portions = Portions::rtcp(packet, trailer)?;
        Ok(Tag::new(self.keys.seal(packet, &portions), self.params.srtcp_tag_len))
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
        let [a, b, c, d, e, f, g, h, ..] = self.bytes;
        [a, b, c, d, e, f, g, h]
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

/// One transform with the session keys of one kind of packet.
trait Sealer: Send + Sync + 'static {
    fn new(keys: &SessionKeys) -> Self;

    /// Encrypts in place and returns the MAC.
    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Mac;

    /// The MAC that a received packet should have.
    fn mac(&self, packet: &[u8], portions: &Portions) -> Mac;

    /// Decrypts in place.
    fn decrypt(&self, packet: &mut [u8], portions: &Portions);
}

/// Both kinds of packet under one master key. RTP keys are expanded once; RTCP
/// keys, used every few seconds, only when a packet comes: it halves what a
/// session holds.
struct Pair<S> {
    rtp: S,
    rtcp: SessionKeys,
}

trait Keyed: Send + Sync {
    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Mac;
    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error>;
}

impl<S: Sealer> Keyed for Pair<S> {
    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Mac {
        match portions.trailer {
            None => self.rtp.seal(packet, portions),
            Some(_) => leaving_no_trace(|| S::new(&self.rtcp).seal(packet, portions)),
        }
    }

    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error> {
        match portions.trailer {
            None => open(&self.rtp, packet, portions, tag),
            Some(_) => leaving_no_trace(|| open(&S::new(&self.rtcp), packet, portions, tag)),
        }
    }
}

/// Checks, then decrypts: nothing is written before the tag fits.
fn open<S: Sealer>(
    sealer: &S,
    packet: &mut [u8],
    portions: &Portions,
    tag: &[u8],
) -> Result<Authenticated, Error> {
    let mac = sealer.mac(packet, portions);
    let fits: bool = difference(&mac, tag).is_some_and(|difference| difference.ct_eq(&0).into());
    if !fits {
        return Err(Error::AuthFailed);
    }
    sealer.decrypt(packet, portions);
    Ok(Authenticated(()))
}

/// In what bits the tag differs from the beginning of the MAC; `None` for a tag
/// of no suite's length. In whole words: a comparison byte by byte costs more
/// than the cipher.
fn difference(mac: &Mac, tag: &[u8]) -> Option<u64> {
    let half = |at: usize| Some(word(mac, at)? ^ word(tag, at)?);
    match tag.len() {
        4 => {
            let (ours, theirs) = (mac.first_chunk::<4>()?, tag.first_chunk::<4>()?);
            Some((u32::from_ne_bytes(*ours) ^ u32::from_ne_bytes(*theirs)).into())
        }
        // The second word overlaps the first one.
        10 => Some(half(0)? | half(2)?),
        16 => Some(half(0)? | half(8)?),
        _ => None,
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|word| u64::from_ne_bytes(*word))
}

fn check_tag_len(tag: &[u8], expected: usize) -> Result<(), Error> {
    if tag.len() == expected { Ok(()) } else { Err(Error::AuthFailed) }
}

fn keyed(params: &SuiteParams, rtp: &SessionKeys, rtcp: SessionKeys) -> Box<dyn Keyed> {
    fn pair<S: Sealer>(rtp: &SessionKeys, rtcp: SessionKeys) -> Box<dyn Keyed> {
        Box::new(Pair { rtp: S::new(rtp), rtcp })
    }
    match (params.transform, params.key_len) {
        (TransformKind::AesCmHmacSha1, 16) => pair::<Cm<Aes128Enc>>(rtp, rtcp),
        (TransformKind::AesCmHmacSha1, 24) => pair::<Cm<Aes192Enc>>(rtp, rtcp),
        (TransformKind::AesCmHmacSha1, _) => pair::<Cm<Aes256Enc>>(rtp, rtcp),
        (TransformKind::AesGcm, 16) => pair::<Gcm<Aes128Enc>>(rtp, rtcp),
        (TransformKind::AesGcm, _) => pair::<Gcm<Aes256Enc>>(rtp, rtcp),
    }
}
