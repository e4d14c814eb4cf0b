//! Whose AES, SHA-1 and GHASH seal and open packets: one choice for the whole
//! process, made before the first key.
//!
//! The rules of the RFCs are this room's with either provider: what is encrypted
//! and authenticated, IVs and key derivation. HMAC around SHA-1 is ours or OpenSSL's.

use super::Transform;
use crate::error::Error;
use crate::secret::MasterKey;
use crate::suite::CryptoSuite;
use std::sync::OnceLock;

/// Where the primitives come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The crates `aes`, `sha1` and `polyval`, and `voxseal-kernels` on CPUs with the
    /// instructions for it: the default, always built in.
    RustCrypto,
    /// OpenSSL by its EVP interface, with whatever provider OpenSSL's own
    /// configuration names.
    #[cfg(feature = "openssl")]
    OpenSsl,
}

static CHOSEN: OnceLock<Provider> = OnceLock::new();

/// Chooses the provider of this process. The first key that is derived without
/// a choice chooses the default; the same choice again is fine.
///
/// # Errors
/// [`Error::ProviderUnavailable`] for one that fails with a suite,
/// [`Error::BadState`] when another one is in use already.
pub fn select(provider: Provider) -> Result<(), Error> {
    check(provider)?;
    if *CHOSEN.get_or_init(|| provider) == provider { Ok(()) } else { Err(Error::BadState) }
}

/// The provider in use, or the default as long as none is.
pub fn provider() -> Provider {
    CHOSEN.get().copied().unwrap_or(Provider::DEFAULT)
}

/// The provider in use, from now on for good.
pub(super) fn settled() -> Provider {
    *CHOSEN.get_or_init(|| Provider::DEFAULT)
}

impl Provider {
    /// Every provider that is built in.
    pub const ALL: &[Provider] = &[
        Provider::RustCrypto,
        #[cfg(feature = "openssl")]
        Provider::OpenSsl,
    ];

    const DEFAULT: Provider = Provider::RustCrypto;

    /// Its name in settings and in the C ABI.
    pub fn name(self) -> &'static str {
        match self {
            Provider::RustCrypto => "rustcrypto",
            #[cfg(feature = "openssl")]
            Provider::OpenSsl => OPENSSL,
        }
    }

    /// The provider of this name, in any case.
    ///
    /// # Errors
    /// [`Error::ProviderUnavailable`] for one that is not built in,
    /// [`Error::BadArgument`] for no provider's name.
    pub fn from_name(name: &str) -> Result<Provider, Error> {
        let known = Provider::ALL.iter().find(|provider| provider.name().eq_ignore_ascii_case(name));
        let absent = || {
            if name.eq_ignore_ascii_case(OPENSSL) { Error::ProviderUnavailable } else { Error::BadArgument }
        };
        known.copied().ok_or_else(absent)
    }
}

/// Known by name whether it is built in or not.
const OPENSSL: &str = "openssl";

/// Whether every suite gives what it gives with the default. OpenSSL may be
/// configured so that it lacks SHA-1 or a key size, and that must not be found
/// out by a call.
fn check(provider: Provider) -> Result<(), Error> {
    let works = provider == Provider::DEFAULT
        || CryptoSuite::all().all(|suite| {
            let sealed = sealed(provider, suite);
            sealed.is_ok() && sealed == sealed_by_default(suite)
        });
    if works { Ok(()) } else { Err(Error::ProviderUnavailable) }
}

fn sealed_by_default(suite: CryptoSuite) -> Result<Sealed, Error> {
    sealed(Provider::DEFAULT, suite)
}

/// A packet of either kind, sealed.
#[derive(PartialEq, Eq)]
struct Sealed {
    packets: [[u8; LEN]; 2],
    fingerprints: [[u8; 8]; 2],
}

/// More than one block of AES and of SHA-1, and no whole number of either.
const LEN: usize = 101;

fn sealed(provider: Provider, suite: CryptoSuite) -> Result<Sealed, Error> {
    let key: Vec<u8> = (1..).take(suite.key_salt_len()).collect();
    let transform = Transform::derive_with(provider, &MasterKey::new(suite, &key)?)?;
    let [mut rtp, mut rtcp] = [[0x80; LEN]; 2];
    let rtp_tag = transform.seal_rtp(&mut rtp, 12, 1)?;
    let rtcp_tag = transform.seal_rtcp(&mut rtcp, 1 << 31 | 1)?;
    let _ = transform.open_rtp(&mut rtp.clone(), 12, 1, &rtp_tag)?;
    Ok(Sealed { packets: [rtp, rtcp], fingerprints: [rtp_tag.fingerprint(), rtcp_tag.fingerprint()] })
}
