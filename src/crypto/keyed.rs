//! Session keys ready for packets: the transform of their suite, with the
//! primitives of one provider.

use super::cm::Cm;
#[cfg(feature = "openssl")]
use super::evp;
use super::gcm::Gcm;
use super::kdf::{RTCP, RTP, SessionKeys};
use super::kernel;
use super::portions::Portions;
use super::renewal::Renewal;
use super::sealer::{Either, Made, Sealer, Wanted};
use super::{Authenticated, DerivationRate, Provider, Tag};
use crate::error::Error;
use crate::secret::{MasterKey, leaving_no_trace};
use crate::suite::{SuiteParams, TransformKind};
use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use core::convert::Infallible;
use core::marker::PhantomData;
use subtle::ConstantTimeEq;
use voxseal_kernels::{AES_128, AES_192, AES_256};

/// A message authentication code before it is cut to the tag's length: 20
/// bytes of HMAC-SHA1, or 16 of GMAC and four zeros.
pub(super) type Mac = [u8; 20];

/// A tag of AES-GCM as a MAC.
pub(super) fn padded(tag: [u8; 16]) -> Mac {
    let mut mac = [0; 20];
    mac.iter_mut().zip(tag).for_each(|(to, from)| *to = from);
    mac
}

/// The session keys of one master key.
//
// Boxed behind a trait: one dispatch per packet, and a suite with short keys
// takes no room for the longest. Our own arithmetic cannot fail, and its type
// says so: a failure to hand on would cost a packet's MAC one more copy.
pub(super) enum Keys {
    RustCrypto(Box<dyn Keyed<Infallible>>),
    #[cfg(feature = "openssl")]
    OpenSsl(Box<dyn Keyed<Error>>),
}

impl Keys {
    pub(super) fn new(provider: Provider, key: &MasterKey) -> Result<Keys, Error> {
        match provider {
            Provider::RustCrypto => Ok(Keys::rust_crypto(key)),
            #[cfg(feature = "openssl")]
            Provider::OpenSsl => Ok(Keys::OpenSsl(derive_open_ssl(key, 0)?)),
        }
    }

    /// Keys that refuse every packet should the derivation fail.
    pub(super) fn or_failed(provider: Provider, key: &MasterKey) -> Keys {
        match provider {
            Provider::RustCrypto => Keys::rust_crypto(key),
            #[cfg(feature = "openssl")]
            Provider::OpenSsl => derive_open_ssl(key, 0).map_or_else(Keys::failed, Keys::OpenSsl),
        }
    }

    #[cfg(feature = "openssl")]
    pub(super) fn failed(error: Error) -> Keys {
        Keys::OpenSsl(Box::new(Failed(error)))
    }

    fn rust_crypto(key: &MasterKey) -> Keys {
        let Ok(keys) = derive_rust_crypto(key, 0);
        Keys::RustCrypto(keys)
    }

    /// The same for `r` = 0, and others for each `r` that `key` and this rate lead to.
    pub(super) fn renewing(self, rate: DerivationRate, key: &MasterKey) -> Keys {
        if rate == DerivationRate::NEVER {
            return self;
        }
        match self {
            Keys::RustCrypto(first) => Keys::RustCrypto(Renewal::boxed(rate, key, first, derive_rust_crypto)),
            #[cfg(feature = "openssl")]
            Keys::OpenSsl(first) => Keys::OpenSsl(Renewal::boxed(rate, key, first, derive_open_ssl)),
        }
    }

    #[inline(always)]
    pub(super) fn seal(&self, packet: &mut [u8], portions: &Portions, tag_len: usize) -> Result<Tag, Error> {
        match self {
            Keys::RustCrypto(keys) => {
                let Ok(mac) = keys.seal(packet, portions);
                Ok(Tag::new(mac, tag_len))
            }
            #[cfg(feature = "openssl")]
            Keys::OpenSsl(keys) => Ok(Tag::new(keys.seal(packet, portions)?, tag_len)),
        }
    }

    #[inline(always)]
    pub(super) fn seal_into(
        &self,
        packet: &[u8],
        out: &mut [u8],
        portions: &Portions,
        tag_len: usize,
    ) -> Result<Tag, Error> {
        match self {
            Keys::RustCrypto(keys) => {
                let Ok(mac) = keys.seal_into(packet, out, portions);
                Ok(Tag::new(mac, tag_len))
            }
            #[cfg(feature = "openssl")]
            Keys::OpenSsl(keys) => Ok(Tag::new(keys.seal_into(packet, out, portions)?, tag_len)),
        }
    }

    #[inline(always)]
    pub(super) fn open(
        &self,
        packet: &mut [u8],
        portions: &Portions,
        tag: &[u8],
    ) -> Result<Authenticated, Error> {
        match self {
            Keys::RustCrypto(keys) => keys.open(packet, portions, tag),
            #[cfg(feature = "openssl")]
            Keys::OpenSsl(keys) => keys.open(packet, portions, tag),
        }
    }
}

/// `r` is the index divided by the key derivation rate, 0 for rate 0.
fn derive_rust_crypto(key: &MasterKey, r: u64) -> Boxed<Infallible> {
    let (rtp, rtcp) = (SessionKeys::derive(key, &RTP, r), SessionKeys::derive(key, &RTCP, r));
    rust_crypto(key.suite().params(), &rtp, rtcp)
}

#[cfg(feature = "openssl")]
fn derive_open_ssl(key: &MasterKey, r: u64) -> Boxed<Error> {
    let rtp = evp::session_keys(key, &RTP, r)?;
    open_ssl(key.suite().params(), &rtp, evp::session_keys(key, &RTCP, r)?)
}

pub(super) type Boxed<F> = Result<Box<dyn Keyed<F>>, F>;

pub(super) fn rust_crypto(params: &SuiteParams, rtp: &SessionKeys, rtcp: SessionKeys) -> Boxed<Infallible> {
    match (params.transform, params.key_len) {
        (TransformKind::AesCmHmacSha1, 16) => best::<kernel::Cm<AES_128>, Cm<Aes128Enc>>(rtp, rtcp),
        (TransformKind::AesCmHmacSha1, 24) => best::<kernel::Cm<AES_192>, Cm<Aes192Enc>>(rtp, rtcp),
        (TransformKind::AesCmHmacSha1, _) => best::<kernel::Cm<AES_256>, Cm<Aes256Enc>>(rtp, rtcp),
        (TransformKind::AesGcm, 16) => best::<kernel::Gcm<AES_128>, Gcm<Aes128Enc>>(rtp, rtcp),
        (TransformKind::AesGcm, _) => best::<kernel::Gcm<AES_256>, Gcm<Aes256Enc>>(rtp, rtcp),
    }
}

/// The kernel if this CPU has the instructions: chosen here, once for each key.
fn best<W: Wanted, M: Made<Failure = Infallible>>(rtp: &SessionKeys, rtcp: SessionKeys) -> Boxed<Infallible> {
    match W::new(rtp) {
        Some(rtp) => Ok(Box::new(Pair { rtp, rtcp, of_rtcp: PhantomData::<fn() -> Either<W, M>> })),
        None => pair::<M>(rtp, rtcp),
    }
}

#[cfg(feature = "openssl")]
pub(super) fn open_ssl(params: &SuiteParams, rtp: &SessionKeys, rtcp: SessionKeys) -> Boxed<Error> {
    match params.transform {
        TransformKind::AesCmHmacSha1 => pair::<evp::Cm>(rtp, rtcp),
        TransformKind::AesGcm => pair::<evp::Gcm>(rtp, rtcp),
    }
}

pub(super) fn pair<M: Made>(rtp: &SessionKeys, rtcp: SessionKeys) -> Boxed<M::Failure> {
    Ok(Box::new(Pair { rtp: M::new(rtp)?, rtcp, of_rtcp: PhantomData::<fn() -> M> }))
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Error {
        match never {}
    }
}

/// Both kinds of packet under one master key. RTP keys are expanded once; RTCP
/// keys, used every few seconds, only when a packet comes: it halves what a
/// session holds.
// Not aligned to cache lines: what fills it up would come with the keys from the stack, where a
// master key has lain, and nobody would wipe it.
pub(super) struct Pair<S, M = S> {
    rtp: S,
    rtcp: SessionKeys,
    /// What they are expanded to.
    of_rtcp: PhantomData<fn() -> M>,
}

pub(super) trait Keyed<F>: Send + Sync {
    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, F>;
    fn seal_into(&self, packet: &[u8], out: &mut [u8], portions: &Portions) -> Result<Mac, F> {
        out.copy_from_slice(packet);
        self.seal(out, portions)
    }
    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error>;
}

impl<S: Sealer, M: Made<Failure = S::Failure>> Keyed<S::Failure> for Pair<S, M> {
    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, S::Failure> {
        match portions.trailer {
            None => self.rtp.seal(packet, portions),
            Some(_) => leaving_no_trace(|| M::new(&self.rtcp)?.seal(packet, portions)),
        }
    }

    fn seal_into(&self, packet: &[u8], out: &mut [u8], portions: &Portions) -> Result<Mac, S::Failure> {
        match portions.trailer {
            None => self.rtp.seal_into(packet, out, portions),
            Some(_) => leaving_no_trace(|| M::new(&self.rtcp)?.seal_into(packet, out, portions)),
        }
    }

    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error> {
        match portions.trailer {
            None => self.rtp.open(packet, portions, tag),
            Some(_) => {
                leaving_no_trace(|| M::new(&self.rtcp).map_err(Into::into)?.open(packet, portions, tag))
            }
        }
    }
}

/// Keys that could not be derived.
#[cfg(feature = "openssl")]
struct Failed(Error);

#[cfg(feature = "openssl")]
impl Keyed<Error> for Failed {
    fn seal(&self, _: &mut [u8], _: &Portions) -> Result<Mac, Error> {
        Err(self.0)
    }

    fn open(&self, _: &mut [u8], _: &Portions, _: &[u8]) -> Result<Authenticated, Error> {
        Err(self.0)
    }
}

#[cfg(test)]
thread_local! {
    /// Tags that were checked on this thread, for tests of what garbage costs.
    pub(crate) static CHECKED_TAGS: core::cell::Cell<u32> = const { core::cell::Cell::new(0) };
}

/// Whether a received tag is the beginning of the MAC, in constant time.
pub(super) fn check(mac: &Mac, tag: &[u8]) -> Result<Authenticated, Error> {
    #[cfg(test)]
    CHECKED_TAGS.set(CHECKED_TAGS.get() + 1);
    let fits: bool = difference(mac, tag).is_some_and(|difference| difference.ct_eq(&0).into());
    if fits { Ok(Authenticated(())) } else { Err(Error::AuthFailed) }
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
