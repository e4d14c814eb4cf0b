//! What was sent under the latest indexes, so that a retransmission can be told
//! from another packet under a used index.
//!
//! Protection is deterministic: the same packet under the same key and index
//! gives the same authentication tag. So eight bytes of the tag stand for the
//! packet. A stream begins with a short ring and gets the long one with its
//! first repeated index: only streams that retransmit pay for it.

use smallvec::SmallVec;

/// Packets that every stream remembers.
const SHORT: usize = 16;
/// Packets that a stream remembers after its first repeated index.
const LONG: usize = 1024;

/// Fingerprints of the latest packets of one outbound stream.
pub(super) struct History {
    /// Ring; its length is a power of two.
    ring: SmallVec<[[u8; 8]; SHORT]>,
    /// Indexes from this one on have been recorded.
    known_from: u64,
}

impl History {
    /// The most packets a history covers.
    pub(super) const LEN: u32 = LONG as u32;

    pub(super) fn new() -> History {
        History { ring: SmallVec::from_elem([0; 8], SHORT), known_from: 0 }
    }

    /// Remembers what was sent under `index`, unless the ring has moved past it.
    #[inline(always)]
    pub(super) fn record(&mut self, highest: u64, index: u64, fingerprint: [u8; 8]) {
        if highest - index.min(highest) < self.ring.len() as u64 {
            let slot = self.slot(index);
            if let Some(slot) = self.ring.get_mut(slot) {
                *slot = fingerprint;
            }
        }
    }

    /// Whether this packet is the one that was sent under `index`, an index that
    /// the caller knows to be used. An index that is no longer remembered counts
    /// as another packet.
    pub(super) fn is_repeat(&mut self, highest: u64, index: u64, fingerprint: [u8; 8]) -> bool {
        let remembered = highest - index.min(highest) < self.ring.len() as u64 && index >= self.known_from;
        let same = remembered && self.ring.get(self.slot(index)) == Some(&fingerprint);
        self.grow(highest);
        same
    }

    fn grow(&mut self, highest: u64) {
        if self.ring.len() == LONG {
            return;
        }
        let mut ring = SmallVec::from_elem([0; 8], LONG);
        let oldest = highest.saturating_sub(SHORT as u64 - 1);
        for index in oldest..=highest {
            let old = self.ring.get(self.slot(index)).copied().unwrap_or_default();
            if let Some(slot) = ring.get_mut(index as usize & (LONG - 1)) {
                *slot = old;
            }
        }
        self.ring = ring;
        self.known_from = oldest;
    }

    fn slot(&self, index: u64) -> usize {
        index as usize & (self.ring.len() - 1)
    }
}
