//! The rules for one peer, and how they read as text.

use super::options::{ConfigOption, options};
use super::policy::Policy;
use super::sentence::Refused;
use crate::sdes::{self, Lifetime};
use crate::suite::CryptoSuite;

/// All that a profile says, resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    pub(super) sdes: sdes::Settings,
    pub(super) session: Session,
    pub(super) policy: Policy,
    pub(super) primitives: Primitives,
}

/// Whose primitives seal and open packets, by the name that [`crate::crypto`] knows
/// as well: the same for the whole process, so `[general]` alone says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Primitives {
    /// The crates of RustCrypto, and our kernels.
    #[default]
    RustCrypto,
    /// OpenSSL.
    OpenSsl,
}

/// The rules for the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// SRTP replay window in packets, 64 to 32768.
    pub rtp_window: u32,
    /// SRTCP replay window in packets, 64 to 32768.
    pub rtcp_window: u32,
    /// Packets under a new remote key until the one before it is dropped; never 0.
    pub overlap_packets: u32,
    /// Milliseconds until then; never 0.
    pub overlap_millis: u32,
    /// Whether SRTCP gets 32-bit tags from us once the peer sends such.
    pub answer_short_srtcp_tags: bool,
    /// How much of a key's lifetime may be used until it is time for another, in
    /// thousandths, 1 to 990.
    pub soft_limit_thousandths: u16,
}

impl Default for Session {
    fn default() -> Session {
        Session {
            rtp_window: 1024,
            rtcp_window: 128,
            overlap_packets: 1024,
            overlap_millis: 30_000,
            answer_short_srtcp_tags: false,
            soft_limit_thousandths: 875,
        }
    }
}

impl Rules {
    /// The rules for crypto attributes. A suite that is not accepted is not
    /// offered either; when nothing would be left, the offer stands, and the
    /// answer to it is refused with the reason.
    pub fn sdes(&self) -> sdes::Settings {
        let mut settings = self.sdes.clone();
        let offer = self.offered_and_accepted();
        if !offer.is_empty() {
            settings.offer = offer;
        }
        settings
    }

    /// The rules for packets.
    pub fn session(&self) -> Session {
        self.session
    }

    /// The rules for signalling and for media in clear.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whose primitives seal and open packets.
    pub fn primitives(&self) -> Primitives {
        self.primitives
    }

    fn offered_and_accepted(&self) -> Vec<CryptoSuite> {
        let accepted = |suite: &CryptoSuite| self.sdes.accept.contains(suite);
        self.sdes.offer.iter().copied().filter(accepted).collect()
    }

    /// What no option can say about itself alone.
    pub(super) fn check(&self) -> Result<(), Refused> {
        if self.sdes.keys > 1 && self.sdes.mki_len == 0 {
            let cause =
                "more than one key needs an MKI that tells them apart; set mki_length, 1 for instance";
            return Err(Refused::new("keys", cause));
        }
        if self.sdes.lifetime_in_offer && self.sdes.lifetime.is_none() {
            let cause = "there is no lifetime to say; set lifetime, 2^31 for instance, or leave this at no";
            return Err(Refused::new("lifetime_in_offer", cause));
        }
        if self.offered_and_accepted().is_empty() {
            let cause = "none of them is in accept, so nothing can be offered; add one of them to accept";
            return Err(Refused::new("suites", cause));
        }
        Ok(())
    }

    /// The rules as they would be written in a file: name and value of each option.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, String)> {
        options().filter_map(|option| Some((option.name, option.show(self)?)))
    }

    /// The lines that differ from those of `other`.
    pub fn changes_from(&self, other: &Rules) -> Vec<(&'static str, String)> {
        let differs = |option: &&ConfigOption| option.show(self) != option.show(other);
        options().filter(differs).filter_map(|option| Some((option.name, option.show(self)?))).collect()
    }
}

/// A number of packets as people write it: powers of two as such.
pub(super) fn spell(packets: u64) -> String {
    let exponent = (packets > 1 && packets.is_power_of_two()).then(|| packets.ilog2());
    exponent
        .and_then(|exponent| u8::try_from(exponent).ok())
        .and_then(Lifetime::power_of_two)
        .map_or_else(|| packets.to_string(), |lifetime| lifetime.to_string())
}
