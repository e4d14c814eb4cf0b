//! What a transform does with one packet, and which transform a CPU can have.

use super::Authenticated;
use super::kdf::SessionKeys;
use super::keyed::Mac;
use super::portions::Portions;
use crate::error::Error;
use core::convert::Infallible;

/// One transform with the session keys of one kind of packet.
pub(super) trait Sealer: Send + Sync + Sized + 'static {
    /// How the primitives may fail.
    type Failure: Into<Error>;

    /// Encrypts in place and returns the MAC.
    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, Self::Failure>;

    /// Encrypts into `out`, which is as long, and returns the MAC.
    fn seal_into(&self, packet: &[u8], out: &mut [u8], portions: &Portions) -> Result<Mac, Self::Failure> {
        out.copy_from_slice(packet);
        self.seal(out, portions)
    }

    /// Decrypts in place when the tag fits; else the packet is as it was.
    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error>;
}

/// A transform that is there on every CPU.
pub(super) trait Made: Sealer {
    fn new(keys: &SessionKeys) -> Result<Self, Self::Failure>;
}

/// A transform that takes instructions which not every CPU has.
pub(super) trait Wanted: Sealer<Failure = Infallible> {
    fn new(keys: &SessionKeys) -> Option<Self>;
}

/// The wanted transform, or the one that is there on every CPU.
pub(super) enum Either<W, M> {
    Wanted(W),
    Made(M),
}

impl<W: Wanted, M: Made<Failure = Infallible>> Made for Either<W, M> {
    fn new(keys: &SessionKeys) -> Result<Either<W, M>, Infallible> {
        W::new(keys).map_or_else(|| M::new(keys).map(Either::Made), |wanted| Ok(Either::Wanted(wanted)))
    }
}

impl<W: Wanted, M: Made<Failure = Infallible>> Sealer for Either<W, M> {
    type Failure = Infallible;

    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, Infallible> {
        match self {
            Either::Wanted(wanted) => wanted.seal(packet, portions),
            Either::Made(made) => made.seal(packet, portions),
        }
    }

    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error> {
        match self {
            Either::Wanted(wanted) => wanted.open(packet, portions, tag),
            Either::Made(made) => made.open(packet, portions, tag),
        }
    }
}
