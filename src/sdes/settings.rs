//! What one media stream offers and accepts. Syntax is not asked here:
//! [`Settings::admit`] judges attributes that are well-formed already.

use super::refusal::quotable;
use super::{CryptoAttribute, Lifetime, Refusal, SessionParam};
use crate::error::Error;
use crate::suite::CryptoSuite;

/// The rules for the lines of both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The suites of our offers, most preferred first. None may occur twice.
    pub offer: Vec<CryptoSuite>,
    /// The suites that are accepted in lines of the peer. Default: all.
    pub accept: Vec<CryptoSuite>,
    /// Which line of an offer with several usable ones is taken.
    pub order: Order,
    /// The shortest lifetime, in packets, that is accepted; 0 accepts any.
    /// Default: 2^20, nearly six hours of voice at 50 packets a second. A peer
    /// that rekeys so often that we cannot follow is better refused.
    pub min_lifetime: u64,
    /// The most packets that a key of ours protects, said or not; `None` is the
    /// suite's maximum.
    pub lifetime: Option<Lifetime>,
    /// Whether our offers say `lifetime`.
    pub lifetime_in_offer: bool,
    /// What our answers say about the lifetime of our key.
    pub lifetime_in_answer: Answer,
    /// Whether lines with an MKI are accepted. Default: accepted.
    pub mki: MkiSupport,
    /// Length in bytes of the MKI that our offers carry, 1 to 128; 0 for none.
    pub mki_len: usize,
    /// What our answers do about an MKI.
    pub mki_in_answer: Answer,
    /// Keys on each of our lines that has an MKI, 1 to 8: the first is used until
    /// its lifetime is nearly over, then the next.
    pub keys: usize,
    /// Whether an answer is taken whose tag was not offered, by its suite: some
    /// peers number anew.
    pub renumbered_tags: bool,
    /// Session parameters that weaken the media and are accepted all the same.
    pub allow: Weakenings,
}

/// Whose order decides among the lines of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Order {
    /// The first line that can be used (RFC 4568 §5.1.2: the offerer's preference).
    #[default]
    Theirs,
    /// The line whose suite comes first in `offer`; suites that are not there last.
    Ours,
}

/// What an answer says about our own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Answer {
    /// Nothing.
    #[default]
    Omit,
    /// What the line that is answered says about the peer's key.
    Mirror,
    /// What the settings say about our keys.
    Own,
}

/// What happens to a line whose keys carry an MKI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MkiSupport {
    /// The line is refused.
    Refuse,
    /// The line is accepted, and the remote keys keep their MKI.
    #[default]
    Accept,
}

/// Session parameters that take encryption away (RFC 4568 §6.3.2). What is not
/// authenticated has no name here: without a tag nothing would tell the peer's
/// packets from anybody's, and each of them would move the stream's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Weakenings {
    /// `UNENCRYPTED_SRTP`
    pub unencrypted_srtp: bool,
    /// `UNENCRYPTED_SRTCP`
    pub unencrypted_srtcp: bool,
}

/// What is offered when nothing is set: what every device knows comes first. A
/// fifth line (AES_256_CM_HMAC_SHA1_80) would win no device and bring an INVITE
/// over the 1300 bytes at which RFC 3261 §18.1.1 leaves UDP.
pub const DEFAULT_OFFER: [CryptoSuite; 4] = [
    CryptoSuite::AesCm128HmacSha1_80,
    CryptoSuite::AesCm128HmacSha1_32,
    CryptoSuite::AeadAes256Gcm,
    CryptoSuite::AeadAes128Gcm,
];

/// The most keys on one line of ours.
pub const MAX_OWN_KEYS: usize = 8;

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            offer: DEFAULT_OFFER.to_vec(),
            accept: CryptoSuite::all().collect(),
            order: Order::default(),
            min_lifetime: 1 << 20,
            lifetime: None,
            lifetime_in_offer: false,
            lifetime_in_answer: Answer::Omit,
            mki: MkiSupport::default(),
            mki_len: 0,
            mki_in_answer: Answer::Mirror,
            keys: 1,
            renumbered_tags: false,
            allow: Weakenings::default(),
        }
    }
}

impl Settings {
    /// Whether an attribute of the peer may be used (RFC 4568 §7.1.2, §7.1.3).
    pub(super) fn admit(&self, attribute: &CryptoAttribute) -> Result<(), Refusal> {
        self.admit_suite(attribute.suite)
            .and_then(|()| self.admit_keys(attribute))
            .and_then(|()| attribute.session_params.iter().try_for_each(|param| self.admit_param(param)))
            .map_err(|refusal| refusal.with_tag(Some(attribute.attr_tag)))
    }

    fn admit_suite(&self, suite: CryptoSuite) -> Result<(), Refusal> {
        if self.accept.contains(&suite) {
            return Ok(());
        }
        let names: Vec<&str> = self.accept.iter().map(|suite| suite.name()).collect();
        let allowed = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let cause = format!("crypto-suite {suite} is not allowed here; allowed: {allowed}");
        Err(Refusal::new(Error::SuiteNotAllowed, cause))
    }

    fn admit_keys(&self, attribute: &CryptoAttribute) -> Result<(), Refusal> {
        for key in &attribute.keys {
            if self.mki == MkiSupport::Refuse && key.mki.is_some() {
                let cause = "its key has an MKI, which is not allowed here; switch MKI off on the peer";
                return Err(Refusal::new(Error::MkiRefused, cause));
            }
            // A lifetime that is left out is the suite's maximum.
            if let Some(lifetime) = key.lifetime.filter(|lifetime| lifetime.packets() < self.min_lifetime) {
                let minimum = spell(self.min_lifetime);
                let cause = format!("lifetime {lifetime} is below the minimum {minimum} (min_lifetime)");
                return Err(Refusal::new(Error::LifetimeTooShort, cause));
            }
        }
        Ok(())
    }

    fn admit_param(&self, param: &SessionParam) -> Result<(), Refusal> {
        let refuse = |cause: &str| Err(Refusal::new(Error::ParameterRefused, cause));
        match param {
            SessionParam::Kdr(_) | SessionParam::Wsh(_) | SessionParam::IgnoredExtension(_) => Ok(()),
            SessionParam::UnencryptedSrtp if self.allow.unencrypted_srtp => Ok(()),
            SessionParam::UnencryptedSrtp => {
                refuse("UNENCRYPTED_SRTP would leave the media readable; switch encryption on at the peer")
            }
            SessionParam::UnencryptedSrtcp if self.allow.unencrypted_srtcp => Ok(()),
            SessionParam::UnencryptedSrtcp => {
                refuse("UNENCRYPTED_SRTCP would leave RTCP readable; switch RTCP encryption on at the peer")
            }
            SessionParam::UnauthenticatedSrtp => refuse(
                "UNAUTHENTICATED_SRTP would let anyone forge and replay media, which no setting allows; \
                 switch authentication on at the peer",
            ),
            SessionParam::FecOrder(_) => refuse("FEC_ORDER: forward error correction is not supported"),
            SessionParam::FecKey(_) => refuse("FEC_KEY: forward error correction is not supported"),
            SessionParam::Unknown(text) => Err(unknown_param(text)),
        }
    }
}

/// A number of packets as people write it: powers of two as such.
fn spell(packets: u64) -> String {
    let exponent = packets.is_power_of_two().then(|| packets.ilog2());
    exponent
        .and_then(|exponent| u8::try_from(exponent).ok())
        .and_then(Lifetime::power_of_two)
        .map_or_else(|| packets.to_string(), |lifetime| lifetime.to_string())
}

fn unknown_param(text: &str) -> Refusal {
    let name = text.split('=').next().unwrap_or_default();
    let name = quotable(name).map_or(String::new(), |name| format!(" {name}"));
    let cause = format!("session parameter{name} is not known, and only those with a dash may be ignored");
    Refusal::new(Error::SessionParameter, cause)
}
