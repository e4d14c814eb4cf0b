//! What stays usable for a while once something else has taken its place.

use super::Millis;
use super::policy::Overlap;
use crate::crypto::Transform;
use crate::suite::CryptoSuite;

/// What is left of the time of a replaced key or suite.
pub(super) struct OverlapLeft {
    packets: u32,
    until: Millis,
}

impl OverlapLeft {
    pub(super) fn begin(overlap: Overlap, now: Millis) -> OverlapLeft {
        let until = Millis(now.0.saturating_add(overlap.millis.into()));
        OverlapLeft { packets: overlap.packets, until }
    }

    /// Counts a packet under what has taken the place.
    pub(super) fn count(&mut self) {
        self.packets = self.packets.saturating_sub(1);
    }

    pub(super) fn is_over(&self, now: Millis) -> bool {
        self.packets == 0 || now >= self.until
    }
}

/// How a key's packets were until a policy brought it with another tag length or
/// derivation rate.
pub(super) struct Former {
    pub suite: CryptoSuite,
    pub transform: Transform,
    pub left: OverlapLeft,
}
