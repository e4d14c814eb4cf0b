//! What this side accepts. Syntax is not asked here: [`Settings::admit`] judges
//! attributes that are well-formed already.

use super::refusal::quotable;
use super::{CryptoAttribute, Lifetime, Refusal, SessionParam};
use crate::error::Error;
use crate::suite::CryptoSuite;

/// The rules for lines of the peer, and for the suites that we may offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The suites that are accepted. Default: all.
    pub suites: Vec<CryptoSuite>,
    /// The shortest lifetime, in packets, that is accepted; 0 accepts any.
    /// Default: 2^20, nearly six hours of voice at 50 packets a second. A peer
    /// that rekeys so often that we cannot follow is better refused.
    pub min_lifetime: u64,
    /// Whether lines with an MKI are accepted. Default: accepted.
    pub mki: MkiSupport,
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

impl Default for Settings {
    fn default() -> Settings {
        let suites = CryptoSuite::all().collect();
        Settings { suites, min_lifetime: 1 << 20, mki: MkiSupport::default() }
    }
}

impl Settings {
    /// Whether an attribute of the peer may be used (RFC 4568 §7.1.2, §7.1.3).
    pub(super) fn admit(&self, attribute: &CryptoAttribute) -> Result<(), Refusal> {
        self.admit_suite(attribute.suite)
            .and_then(|()| self.admit_keys(attribute))
            .and_then(|()| attribute.session_params.iter().try_for_each(admit_param))
            .map_err(|refusal| refusal.with_tag(Some(attribute.attr_tag)))
    }

    fn admit_suite(&self, suite: CryptoSuite) -> Result<(), Refusal> {
        if self.suites.contains(&suite) {
            return Ok(());
        }
        let names: Vec<&str> = self.suites.iter().map(|suite| suite.name()).collect();
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
}

/// A number of packets as people write it: powers of two as such.
fn spell(packets: u64) -> String {
    let exponent = packets.is_power_of_two().then(|| packets.ilog2());
    exponent
        .and_then(|exponent| u8::try_from(exponent).ok())
        .and_then(Lifetime::power_of_two)
        .map_or_else(|| packets.to_string(), |lifetime| lifetime.to_string())
}

fn admit_param(param: &SessionParam) -> Result<(), Refusal> {
    let refuse = |cause: &str| Err(Refusal::new(Error::ParameterRefused, cause));
    match param {
        SessionParam::Kdr(0) | SessionParam::Wsh(_) | SessionParam::IgnoredExtension(_) => Ok(()),
        SessionParam::Kdr(rate) => {
            let cause =
                format!("KDR={rate}: deriving session keys anew is not supported; leave out KDR on the peer");
            refuse(&cause)
        }
        SessionParam::UnencryptedSrtp => {
            refuse("UNENCRYPTED_SRTP would leave the media readable; switch encryption on at the peer")
        }
        SessionParam::UnencryptedSrtcp => {
            refuse("UNENCRYPTED_SRTCP would leave RTCP readable; switch RTCP encryption on at the peer")
        }
        SessionParam::UnauthenticatedSrtp => {
            refuse("UNAUTHENTICATED_SRTP would let anyone forge media; switch authentication on at the peer")
        }
        SessionParam::FecOrder(_) => refuse("FEC_ORDER: forward error correction is not supported"),
        SessionParam::FecKey(_) => refuse("FEC_KEY: forward error correction is not supported"),
        SessionParam::Unknown(text) => {
            let name = text.split('=').next().unwrap_or_default();
            let name = quotable(name).map_or(String::new(), |name| format!(" {name}"));
            let cause =
                format!("session parameter{name} is not known, and only those with a dash may be ignored");
            Err(Refusal::new(Error::SessionParameter, cause))
        }
    }
}
