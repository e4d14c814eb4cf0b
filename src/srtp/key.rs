//! A master key with the session keys derived from it, and how much it was used.

use super::policy::{Encryption, PolicyKey, SoftLimit};
use super::{Millis, PacketKind};
use crate::crypto::{DerivationRate, Transform};
use crate::error::Error;
use crate::secret::MasterKey;
use crate::suite::CryptoSuite;
use core::mem;
use core::sync::atomic::{AtomicU64, Ordering};

/// One master key of one direction, ready for packets.
pub(super) struct Key {
    master_key: MasterKey,
    pub transform: Transform,
    derivation_rate: DerivationRate,
    pub encryption: Encryption,
    /// What packets under this key carry as MKI; empty for nothing.
    pub mki: Box<[u8]>,
    /// When it was applied first.
    pub since: Millis,
    srtp: Usage,
    srtcp: Usage,
}

impl Key {
    pub(super) fn new(policy: &PolicyKey, now: Millis) -> Key {
        Key {
            master_key: policy.master_key.duplicate(),
            transform: transform(policy),
            derivation_rate: policy.derivation_rate,
            encryption: policy.encryption,
            mki: policy.mki.clone(),
            since: now,
            srtp: Usage { limit: policy.lifetime.srtp, used: 0 },
            srtcp: Usage { limit: policy.lifetime.srtcp, used: 0 },
        }
    }

    /// Takes over all that a policy says of the same master key. What was used
    /// stays used. Gives suite and transform from before if there are others now.
    pub(super) fn update(
        &mut self,
        policy: &PolicyKey,
        soft_limit: SoftLimit,
    ) -> Option<(CryptoSuite, Transform)> {
        let mut former = None;
        if self.suite() != policy.master_key.suite() || self.derivation_rate != policy.derivation_rate {
            former = Some((self.suite(), mem::replace(&mut self.transform, transform(policy))));
            self.master_key = policy.master_key.duplicate();
            self.derivation_rate = policy.derivation_rate;
        }
        self.encryption = policy.encryption;
        if self.mki != policy.mki {
            self.mki = policy.mki.clone();
        }
        self.srtp.limit = policy.lifetime.srtp;
        self.srtcp.limit = policy.lifetime.srtcp;
        if self.has_reached(soft_limit) {
            SOFT_LIMITS_REACHED.fetch_add(1, Ordering::Relaxed);
        }
        former
    }

    pub(super) fn suite(&self) -> CryptoSuite {
        self.master_key.suite()
    }

    /// The same key for a suite that differs in the tag's length at most, so both
    /// have one keystream: an index used under one is used under the other.
    pub(super) fn shares_keystream_with(&self, other: &MasterKey) -> bool {
        let (mine, theirs) = (self.suite().params(), other.suite().params());
        mine.transform == theirs.transform && self.master_key.same_bytes(other)
    }

    /// Eight bytes that tell keys apart and give nothing of the key away: the
    /// tag of an empty packet, which is never sent.
    ///
    /// # Errors
    /// [`Error::ProviderFailed`]
    pub(super) fn fingerprint(&self) -> Result<[u8; 8], Error> {
        let mut packet = [0; 8];
        self.transform.seal_rtcp(&mut packet, 0).map(|tag| tag.fingerprint())
    }

    /// Whether a fingerprint is this key's. It takes as long as an RTCP packet, so
    /// it is made only when there is one to compare it with.
    ///
    /// # Errors
    /// [`Error::ProviderFailed`]: nobody knows whether the key was used before.
    pub(super) fn is_among(&self, fingerprints: &[[u8; 8]]) -> Result<bool, Error> {
        Ok(!fingerprints.is_empty() && fingerprints.contains(&self.fingerprint()?))
    }

    /// Where the encrypted portion of an RTP packet begins; at its end when nothing
    /// is encrypted.
    pub(super) fn clear_len(&self, header_len: usize, packet_len: usize) -> usize {
        if self.encryption.srtp { header_len } else { packet_len }
    }

    /// How much of the lifetime of one kind of packet is used.
    pub(super) fn usage(&self, kind: PacketKind) -> Usage {
        match kind {
            PacketKind::Rtp => self.srtp,
            PacketKind::Rtcp => self.srtcp,
        }
    }

    /// Counts one more packet.
    pub(super) fn count(&mut self, kind: PacketKind, soft_limit: SoftLimit) {
        let usage = match kind {
            PacketKind::Rtp => &mut self.srtp,
            PacketKind::Rtcp => &mut self.srtcp,
        };
        usage.used += 1;
        if usage.used == soft_limit.of(usage.limit) {
            SOFT_LIMITS_REACHED.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether it is time for another key: either lifetime is used up to the soft limit.
    pub(super) fn has_reached(&self, soft_limit: SoftLimit) -> bool {
        [self.srtp, self.srtcp].iter().any(|usage| usage.used >= soft_limit.of(usage.limit))
    }
}

fn transform(policy: &PolicyKey) -> Transform {
    Transform::derive(&policy.master_key).renewing(policy.derivation_rate, &policy.master_key)
}

static SOFT_LIMITS_REACHED: AtomicU64 = AtomicU64::new(0);

/// How many times a key of this process has come to its soft limit. Who watches
/// many sessions need look at them only when this number has changed.
pub fn soft_limits_reached() -> u64 {
    SOFT_LIMITS_REACHED.load(Ordering::Relaxed)
}

/// A lifetime in packets, and what is used of it (RFC 3711 §9.2).
#[derive(Clone, Copy)]
pub(super) struct Usage {
    limit: u64,
    used: u64,
}

impl Usage {
    /// Whether one more packet is allowed.
    pub(super) fn check(self) -> Result<(), Error> {
        if self.used < self.limit { Ok(()) } else { Err(Error::LifetimeExhausted) }
    }

    /// Packets that are left.
    pub(super) fn remaining(self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}
