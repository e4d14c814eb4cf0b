//! Session keys that are derived anew every 2^n packets (RFC 3711 §4.3.1).

use super::Authenticated;
use super::keyed::{Boxed, Keyed, Mac};
use super::portions::Portions;
use crate::error::Error;
use crate::secret::{MasterKey, leaving_no_trace};
use std::sync::{Mutex, PoisonError};

/// How often session keys are derived anew (RFC 3711 §4.3.1, KDR of RFC 4568
/// §6.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DerivationRate {
    exponent: u8,
}

impl DerivationRate {
    /// Keys are derived once: rate 0.
    pub const NEVER: DerivationRate = DerivationRate { exponent: 0 };

    /// Every 2^n packets, n being 1 to 24; 0 stands for never.
    pub fn power_of_two(exponent: u8) -> Option<DerivationRate> {
        (exponent <= 24).then_some(DerivationRate { exponent })
    }
}

/// Session keys of whichever `r` a packet asks for. Behind the trait that keys
/// have anyway, so keys that are derived once pay nothing for it.
pub(super) struct Renewal<F> {
    master_key: MasterKey,
    exponent: u8,
    derive: Derive<F>,
    /// Those for r = 0.
    first: Keys<F>,
    /// The latest first, each with its `r`, for SRTP and SRTCP alike: both kinds
    /// of keys are in each. Nobody waits here: a session's packets of one
    /// direction come one by one.
    recent: Mutex<Vec<(u64, Keys<F>)>>,
}

type Keys<F> = Box<dyn Keyed<F>>;

type Derive<F> = fn(&MasterKey, u64) -> Boxed<F>;

/// Derived keys that are kept: each stream has its own index, and a late packet
/// may need the keys before the latest.
const MAX_RECENT: usize = 4;

impl<F: Into<Error> + 'static> Renewal<F> {
    pub(super) fn boxed(
        rate: DerivationRate,
        key: &MasterKey,
        first: Box<dyn Keyed<F>>,
        derive: Derive<F>,
    ) -> Box<dyn Keyed<F>> {
        let recent = Mutex::new(Vec::with_capacity(MAX_RECENT));
        Box::new(Renewal { master_key: key.duplicate(), exponent: rate.exponent, derive, first, recent })
    }

    /// Does `work` with the keys for `index`. They are kept only once a packet
    /// fitted them, so garbage costs a derivation and drives no good keys out.
    fn with_keys<R, E>(
        &self,
        index: u64,
        failed: impl FnOnce(F) -> E,
        work: impl FnOnce(&dyn Keyed<F>) -> Result<R, E>,
    ) -> Result<R, E> {
        let r = index >> self.exponent;
        if r == 0 {
            return work(&*self.first);
        }
        // Each change of the list is one step, so a panic leaves it whole.
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let place = recent.iter().position(|(known, _)| *known == r);
        if let Some((_, keys)) = place.and_then(|place| recent.get(place)) {
            let result = work(&**keys)?;
            if let Some(before) = place.and_then(|place| recent.get_mut(..=place)) {
                before.rotate_right(1);
            }
            return Ok(result);
        }
        let keys = leaving_no_trace(|| (self.derive)(&self.master_key, r)).map_err(failed)?;
        let result = work(&*keys)?;
        recent.truncate(MAX_RECENT - 1);
        recent.insert(0, (r, keys));
        Ok(result)
    }
}

impl<F: Into<Error> + 'static> Keyed<F> for Renewal<F> {
    fn seal(&self, packet: &mut [u8], portions: &Portions) -> Result<Mac, F> {
        self.with_keys(portions.index, |failure| failure, |keys| keys.seal(packet, portions))
    }

    fn open(&self, packet: &mut [u8], portions: &Portions, tag: &[u8]) -> Result<Authenticated, Error> {
        self.with_keys(portions.index, Into::into, |keys| keys.open(packet, portions, tag))
    }
}
