//! Policies: whether keys may travel as the signalling does, and whether media may
//! be in clear. Facts of one message in, verdict and cause out.
//!
//! Keys in SDP are as safe as the signalling that carries them (RFC 4568 §7.1).

use super::network::Network;
use core::net::IpAddr;

/// What a profile says of signalling and of media in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether keys need secure signalling.
    pub require_secure_signalling: Requirement,
    /// Where TLS is ended before us: what comes from there counts as secure.
    pub trusted_proxy: Vec<Network>,
    /// Whether media may, or must, be encrypted.
    pub media: MediaPolicy,
}

impl Default for Policy {
    /// Calls that worked go on working, and the log says what is wrong with them.
    fn default() -> Policy {
        Policy {
            require_secure_signalling: Requirement::Warn,
            trusted_proxy: Vec::new(),
            media: MediaPolicy::Host,
        }
    }
}

/// What becomes of keys in clear signalling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing.
    No,
    /// They are taken, and the log says so.
    Warn,
    /// They are refused.
    Yes,
}

/// Whether media may, or must, be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaPolicy {
    /// As the host's own settings say.
    Host,
    /// Media in clear alone.
    Forbidden,
    /// Encrypted when both can, in clear otherwise (RFC 8643).
    Optional,
    /// Encrypted or not at all.
    Mandatory,
}

/// Whether keys may travel like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Signalling {
    /// Yes: nobody between the peer and us can read them.
    Secure,
    /// Yes: a trusted proxy has ended TLS.
    Trusted,
    /// Yes, in clear: nothing is required.
    Clear,
    /// Yes, in clear, and the log must say so.
    Warn,
    /// No.
    Refuse,
}

/// One stream of a description of the peer's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// Its transport is one of the secure ones, `RTP/SAVP` and so on.
    pub savp: bool,
    /// It has a crypto attribute.
    pub crypto: bool,
    /// It has a fingerprint for DTLS-SRTP.
    pub dtls: bool,
    /// The stream is encrypted so far.
    pub encrypted_so_far: bool,
}

/// What becomes of that stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Media {
    /// It is in clear, and no key of it is used.
    Clear,
    /// It is encrypted, if one of its keys can be used.
    Encrypted,
    /// It is refused, for this reason.
    Refuse(&'static str),
}

impl Policy {
    /// Whether keys may travel between us and this address; `secure` is whether the
    /// transport is TLS, or WebSocket over TLS.
    pub fn signalling(&self, secure: bool, address: Option<IpAddr>) -> Signalling {
        let trusted = address.is_some_and(|address| self.trusts(address));
        match self.require_secure_signalling {
            _ if secure => Signalling::Secure,
            _ if trusted => Signalling::Trusted,
            Requirement::No => Signalling::Clear,
            Requirement::Warn => Signalling::Warn,
            Requirement::Yes => Signalling::Refuse,
        }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxy.iter().any(|network| network.contains(address))
    }
}

impl Signalling {
    /// Why keys should not, or may not, travel like this; "" when they may.
    pub fn reason(self) -> &'static str {
        match self {
            Signalling::Secure | Signalling::Trusted | Signalling::Clear => "",
            Signalling::Warn => "crypto lines travel in clear, where anybody on the way can read the keys",
            Signalling::Refuse => "crypto lines may travel over TLS or WSS only",
        }
    }
}

impl MediaPolicy {
    /// What becomes of a stream. Once encrypted it stays so, whatever the policy
    /// and whoever asks.
    pub fn judge(self, stream: Described) -> Media {
        let keys = stream.crypto || stream.dtls;
        match self {
            _ if stream.encrypted_so_far && !keys => {
                Media::Refuse("the call is encrypted, and a new description must not end that")
            }
            MediaPolicy::Forbidden if stream.savp || stream.encrypted_so_far => {
                Media::Refuse("encrypted media is forbidden here, offer RTP/AVP")
            }
            MediaPolicy::Forbidden => Media::Clear,
            MediaPolicy::Mandatory if !keys => {
                Media::Refuse("media must be encrypted here, offer RTP/SAVP with crypto lines")
            }
            MediaPolicy::Optional if stream.savp && !keys => {
                Media::Refuse("RTP/SAVP has no crypto line, so there is no key")
            }
            _ if keys => Media::Encrypted,
            _ => Media::Clear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AVP, AVP with crypto, SAVP with crypto, SAVP without.
    const OFFERS: [(bool, bool); 4] = [(false, false), (false, true), (true, true), (true, false)];

    fn judged(policy: MediaPolicy, encrypted_so_far: bool) -> [char; 4] {
        OFFERS.map(|(savp, crypto)| {
            match policy.judge(Described { savp, crypto, encrypted_so_far, ..Described::default() }) {
                Media::Clear => 'c',
                Media::Encrypted => 'e',
                Media::Refuse(_) => '-',
            }
        })
    }

    #[test]
    fn each_policy_has_its_verdict_on_each_offer() {
        assert_eq!(judged(MediaPolicy::Forbidden, false), ['c', 'c', '-', '-']);
        assert_eq!(judged(MediaPolicy::Optional, false), ['c', 'e', 'e', '-']);
        assert_eq!(judged(MediaPolicy::Mandatory, false), ['-', 'e', 'e', '-']);
        assert_eq!(judged(MediaPolicy::Host, false), ['c', 'e', 'e', 'c'], "the host judges");
    }

    #[test]
    fn nobody_takes_encryption_away_again() {
        for policy in [MediaPolicy::Host, MediaPolicy::Optional, MediaPolicy::Mandatory] {
            assert_eq!(judged(policy, true), ['-', 'e', 'e', '-'], "{policy:?}");
        }
        assert_eq!(judged(MediaPolicy::Forbidden, true), ['-'; 4]);
    }

    #[test]
    fn a_fingerprint_is_as_good_as_a_crypto_line() {
        let stream = Described { savp: true, dtls: true, ..Described::default() };
        assert_eq!(MediaPolicy::Mandatory.judge(stream), Media::Encrypted);
        assert_eq!(MediaPolicy::Optional.judge(stream), Media::Encrypted);
        assert!(matches!(MediaPolicy::Forbidden.judge(stream), Media::Refuse(_)));
    }

    #[test]
    fn keys_need_tls_or_a_trusted_proxy_or_leave_to_travel_in_clear() {
        let proxy = Network::read("192.0.2.0/24").unwrap();
        let [near, far] = ["192.0.2.9", "198.51.100.1"].map(|address| Some(address.parse().unwrap()));
        for (required, in_clear) in [
            (Requirement::No, Signalling::Clear),
            (Requirement::Warn, Signalling::Warn),
            (Requirement::Yes, Signalling::Refuse),
        ] {
            let policy = Policy {
                require_secure_signalling: required,
                trusted_proxy: vec![proxy],
                ..Policy::default()
            };
            assert_eq!(policy.signalling(true, None), Signalling::Secure);
            assert_eq!(policy.signalling(true, far), Signalling::Secure);
            assert_eq!(policy.signalling(false, near), Signalling::Trusted);
            assert_eq!(policy.signalling(false, far), in_clear);
            assert_eq!(policy.signalling(false, None), in_clear, "nobody is trusted without an address");
        }
    }

    #[test]
    fn there_is_a_reason_where_there_is_a_fault() {
        for verdict in [Signalling::Secure, Signalling::Trusted, Signalling::Clear] {
            assert_eq!(verdict.reason(), "");
        }
        for verdict in [Signalling::Warn, Signalling::Refuse] {
            assert!(!verdict.reason().is_empty());
        }
    }
}
