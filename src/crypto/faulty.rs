//! Transforms with a fault, for tests of what a fault leads to.

use super::keyed::{Keyed, Keys, Mac};
use super::portions::Portions;
use super::{Authenticated, Transform};
use crate::error::Error;
use crate::suite::CryptoSuite;
use core::convert::Infallible;

impl Transform {
    /// What is left of a transform whose derivation failed.
    #[cfg(feature = "openssl")]
    pub(crate) fn failed(suite: CryptoSuite) -> Transform {
        Transform { keys: Keys::failed(Error::ProviderFailed), params: suite.params() }
    }

    /// One with a fault of ours, of the worst kind: it seals nothing and panics.
    pub(crate) fn panicking(suite: CryptoSuite) -> Transform {
        Transform { keys: Keys::RustCrypto(Box::new(Panicking)), params: suite.params() }
    }
}

struct Panicking;

impl Keyed<Infallible> for Panicking {
    fn seal(&self, _: &mut [u8], _: &Portions) -> Result<Mac, Infallible> {
        panic!("on purpose")
    }

    fn open(&self, _: &mut [u8], _: &Portions, _: &[u8]) -> Result<Authenticated, Error> {
        panic!("on purpose")
    }
}
