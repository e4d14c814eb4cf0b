//! What can be seen of a session from outside; never a key.

use super::counts::{Mishaps, Traffic};
use super::key::Key;
use super::policy::SoftLimit;
use super::{Millis, PacketKind};
use crate::suite::CryptoSuite;

/// A master key and what is left of it.
#[derive(Clone, Copy, Debug)]
pub struct KeySnapshot<'a> {
    /// Its suite.
    pub suite: CryptoSuite,
    /// The identifier that its packets carry; empty for none.
    pub mki: &'a [u8],
    /// When it was applied first.
    pub since: Millis,
    /// SRTP packets that are left of its lifetime.
    pub srtp_remaining: u64,
    /// SRTCP packets that are left of its lifetime.
    pub srtcp_remaining: u64,
    /// Either lifetime is used up to the soft limit: it is time for another key.
    pub soft_limit_reached: bool,
}

/// One SSRC under one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamSnapshot {
    /// The SSRC.
    pub ssrc: u32,
    /// The suite of its key.
    pub suite: CryptoSuite,
    /// The highest packet index, 2^16·ROC + SEQ; `None` before the first packet.
    pub index: Option<u64>,
    /// What it has seen.
    pub traffic: Traffic,
    /// What went wrong with it; nothing for an outbound one.
    pub mishaps: Mishaps,
    /// The peer puts 32-bit tags on SRTCP (inbound, `_32` suites).
    pub short_srtcp_tag: bool,
}

impl Key {
    pub(super) fn snapshot(&self, soft_limit: SoftLimit) -> KeySnapshot<'_> {
        let (srtp, srtcp) = (self.usage(PacketKind::Rtp), self.usage(PacketKind::Rtcp));
        KeySnapshot {
            suite: self.suite(),
            mki: &self.mki,
            since: self.since,
            srtp_remaining: srtp.remaining(),
            srtcp_remaining: srtcp.remaining(),
            soft_limit_reached: self.has_reached(soft_limit),
        }
    }
}
