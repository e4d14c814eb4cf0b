//! A master key with the session keys derived from it.

use crate::crypto::Transform;
use crate::secret::MasterKey;
use crate::suite::CryptoSuite;

/// One master key of one direction, ready for packets.
pub(super) struct Key {
    master_key: MasterKey,
    pub transform: Transform,
}

impl Key {
    pub(super) fn new(master_key: &MasterKey) -> Key {
        Key { master_key: master_key.duplicate(), transform: Transform::derive(master_key) }
    }

    pub(super) fn suite(&self) -> CryptoSuite {
        self.master_key.suite()
    }

    /// The same key for the same suite: nothing to change.
    pub(super) fn is(&self, other: &MasterKey) -> bool {
        self.suite() == other.suite() && self.master_key.same_bytes(other)
    }

    /// The same key for a suite that differs in the tag's length at most, so both
    /// have one keystream: an index used under one is used under the other.
    pub(super) fn shares_keystream_with(&self, other: &MasterKey) -> bool {
        let (mine, theirs) = (self.suite().params(), other.suite().params());
        mine.transform == theirs.transform && self.master_key.same_bytes(other)
    }

    /// Eight bytes that tell keys apart and give nothing of the key away: the
    /// tag of an empty packet, which is never sent.
    pub(super) fn fingerprint(&self) -> [u8; 8] {
        let mut packet = [0; 8];
        self.transform.seal_rtcp(&mut packet, 0).map(|tag| tag.fingerprint()).unwrap_or_default()
    }
}
