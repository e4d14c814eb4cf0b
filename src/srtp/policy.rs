//! What a session is told: keys, suites and SSRC rule of one direction.

use super::Direction;
use super::window::{MAX_WINDOW, MIN_WINDOW};
use crate::crypto::DerivationRate;
use crate::error::Error;
use crate::secret::MasterKey;
use crate::suite::{MAX_SRTCP_LIFETIME, MAX_SRTP_LIFETIME};

/// For which SSRCs a key is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SsrcRule {
    /// Any SSRC of the direction (libsrtp's "wildcard").
    Any,
    /// This SSRC alone.
    Specific(u32),
}

/// The longest MKI, in bytes (RFC 4568 §6.1).
pub const MAX_MKI_LEN: usize = 128;
/// The most master keys of one policy.
pub const MAX_POLICY_KEYS: usize = 16;

/// How many packets a master key may protect (RFC 3711 §9.2, RFC 4568 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// SRTP packets, at most 2^48.
    pub srtp: u64,
    /// SRTCP packets, at most 2^31.
    pub srtcp: u64,
}

impl Default for Lifetime {
    fn default() -> Lifetime {
        Lifetime { srtp: MAX_SRTP_LIFETIME, srtcp: MAX_SRTCP_LIFETIME }
    }
}

/// Which kinds of packets are encrypted. Authenticated are all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// The payload of SRTP; `false` after UNENCRYPTED_SRTP (RFC 4568 §6.3.2).
    pub srtp: bool,
    /// SRTCP behind its first 8 bytes; `false` after UNENCRYPTED_SRTCP: its E
    /// flag is not set then (RFC 3711 §3.4).
    pub srtcp: bool,
}

impl Default for Encryption {
    fn default() -> Encryption {
        Encryption { srtp: true, srtcp: true }
    }
}

/// One master key of a policy.
pub struct PolicyKey {
    /// The key, which knows its suite.
    pub master_key: MasterKey,
    /// The identifier that its packets carry; empty for none (RFC 3711 §3.1).
    pub mki: Box<[u8]>,
    /// How long it may be used.
    pub lifetime: Lifetime,
    /// How often session keys are derived from it.
    pub derivation_rate: DerivationRate,
    /// Which of its packets are encrypted.
    pub encryption: Encryption,
}

impl PolicyKey {
    /// A key without MKI that may be used as long as RFC 3711 allows. Session keys
    /// are derived from it once, and all is encrypted.
    pub fn new(master_key: MasterKey) -> PolicyKey {
        PolicyKey {
            master_key,
            mki: Box::default(),
            lifetime: Lifetime::default(),
            derivation_rate: DerivationRate::NEVER,
            encryption: Encryption::default(),
        }
    }
}

/// Master keys of one direction and the SSRCs they are for.
pub struct Policy {
    direction: Direction,
    ssrc: SsrcRule,
    keys: Vec<PolicyKey>,
}

impl Policy {
    /// A policy with one key.
    pub fn new(direction: Direction, ssrc: SsrcRule, master_key: MasterKey) -> Policy {
        Policy { direction, ssrc, keys: vec![PolicyKey::new(master_key)] }
    }

    /// A policy with one or several keys; outbound packets use the first.
    ///
    /// # Errors
    /// [`Error::BadState`] without a key. [`Error::BadArgument`] when there are
    /// too many, when a lifetime is 0 or an MKI too long, and unless several
    /// keys have MKIs of one length, and each its own key and MKI (RFC 4568 §6.1).
    pub fn with_keys(direction: Direction, ssrc: SsrcRule, keys: Vec<PolicyKey>) -> Result<Policy, Error> {
        let first = keys.first().ok_or(Error::BadState)?;
        let mki_len = first.mki.len();
        let one_by_one = keys.iter().all(|key| {
            key.mki.len() == mki_len
                && mki_len <= MAX_MKI_LEN
                && key.lifetime.srtp > 0
                && key.lifetime.srtcp > 0
        });
        let distinct = keys.iter().enumerate().all(|(number, key)| {
            let mut others = keys.iter().take(number);
            others.all(|other| other.mki != key.mki && !other.master_key.same_bytes(&key.master_key))
        });
        if one_by_one && distinct && keys.len() <= MAX_POLICY_KEYS {
            Ok(Policy { direction, ssrc, keys })
        } else {
            Err(Error::BadArgument)
        }
    }

    /// Which direction's packets the keys are for.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// For which SSRCs.
    pub fn ssrc(&self) -> SsrcRule {
        self.ssrc
    }

    /// The keys, the first of them the one to protect with.
    pub fn keys(&self) -> &[PolicyKey] {
        &self.keys
    }
}

/// Settings of a session. They hold for its whole life.
#[derive(Clone, Copy, Debug)]
pub struct SessionConfig {
    rtp_window: u32,
    rtcp_window: u32,
    overlap: Overlap,
    answer_short_srtcp_tags: bool,
    soft_limit: SoftLimit,
}

/// How much of a lifetime may be used until it is time for another key, in
/// thousandths; 875 unless something else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftLimit(u16);

impl SoftLimit {
    /// From 1 to 990 thousandths: something must be left to bring the new key.
    pub const BOUNDS: core::ops::RangeInclusive<u16> = 1..=990;

    /// This many thousandths; `None` outside of the bounds.
    pub fn new(thousandths: u16) -> Option<SoftLimit> {
        SoftLimit::BOUNDS.contains(&thousandths).then_some(SoftLimit(thousandths))
    }

    /// The number of packets in a lifetime, rounded up, so that it is never 0.
    pub(super) fn of(self, lifetime: u64) -> u64 {
        lifetime - lifetime * u64::from(1000 - self.0) / 1000
    }
}

impl Default for SoftLimit {
    fn default() -> SoftLimit {
        SoftLimit(875)
    }
}

/// How long a receive key stays usable after another has taken its place: until
/// either bound is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Packets received under the new key.
    pub packets: u32,
    /// Milliseconds.
    pub millis: u32,
}

impl SessionConfig {
    /// Sets the replay windows in packets, each from 64 to 32768 (RFC 3711
    /// §3.3.2).
    ///
    /// # Errors
    /// [`Error::BadArgument`] outside of these bounds.
    pub fn with_windows(self, rtp_window: u32, rtcp_window: u32) -> Result<SessionConfig, Error> {
        let bounds = MIN_WINDOW..=MAX_WINDOW;
        if bounds.contains(&rtp_window) && bounds.contains(&rtcp_window) {
            Ok(SessionConfig { rtp_window, rtcp_window, ..self })
        } else {
            Err(Error::BadArgument)
        }
    }

    /// Sets how long replaced receive keys stay usable.
    pub fn with_overlap(self, overlap: Overlap) -> SessionConfig {
        SessionConfig { overlap, ..self }
    }

    /// Whether SRTCP gets 32-bit tags once the peer was seen to send such, with
    /// the `_32` suites. Otherwise the tags have the 80 bits of RFC 4568 §6.2.2.
    pub fn answering_short_srtcp_tags(self, answer: bool) -> SessionConfig {
        SessionConfig { answer_short_srtcp_tags: answer, ..self }
    }

    /// Sets how much of a lifetime may be used until it is time for another key.
    pub fn with_soft_limit(self, soft_limit: SoftLimit) -> SessionConfig {
        SessionConfig { soft_limit, ..self }
    }

    pub(super) fn soft_limit(self) -> SoftLimit {
        self.soft_limit
    }

    pub(super) fn answers_short_srtcp_tags(self) -> bool {
        self.answer_short_srtcp_tags
    }

    pub(super) fn overlap(self) -> Overlap {
        self.overlap
    }

    pub(super) fn rtp_window(self) -> u32 {
        self.rtp_window
    }

    pub(super) fn rtcp_window(self) -> u32 {
        self.rtcp_window
    }
}

impl Default for SessionConfig {
    /// Windows of 1024 packets for SRTP and 128 for SRTCP; replaced receive keys
    /// stay for 1024 packets or 30 seconds; SRTCP tags as the suite says; another key
    /// after seven eighths of a lifetime.
    fn default() -> SessionConfig {
        SessionConfig {
            rtp_window: 1024,
            rtcp_window: 128,
            overlap: Overlap { packets: 1024, millis: 30_000 },
            answer_short_srtcp_tags: false,
            soft_limit: SoftLimit::default(),
        }
    }
}
