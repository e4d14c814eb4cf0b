//! What systems cannot stand, as predicates over an SDP of ours.

use super::{CryptoLine, MediaLine};
use serde::Deserialize;

/// One thing that a system cannot stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intolerance {
    /// More than one crypto attribute below one `m=` line.
    SeveralLines,
    /// A first line with a 32-bit tag.
    #[serde(rename = "leads-with-32")]
    LeadsWith32,
    /// A lifetime behind a key.
    Lifetime,
    /// An MKI behind a key.
    Mki,
    /// A line without an MKI.
    NoMki,
    /// Session parameters.
    SessionParams,
    /// The name of an AEAD suite.
    AeadNames,
    /// A first line whose tag is not 1.
    #[serde(rename = "tag-not-1")]
    TagNot1,
    /// Another transport than `RTP/AVP`.
    NotAvp,
    /// Another transport than `RTP/SAVP`.
    NotSavp,
    /// Attributes of DTLS-SRTP.
    DtlsAttributes,
    /// More than one `m=` line.
    TwoMLines,
    /// A key that has not the length of its suite.
    WrongKeyLength,
}

impl Intolerance {
    /// What is wrong with this SDP, if it has what the system cannot stand.
    pub fn complaint(self, media: &[MediaLine]) -> Option<String> {
        if self == Intolerance::TwoMLines {
            return (media.len() > 1).then(|| format!("{} m= lines", media.len()));
        }
        media.iter().find_map(|one| self.about(one))
    }

    fn about(self, media: &MediaLine) -> Option<String> {
        let lines = &media.crypto;
        let any = |bad: fn(&CryptoLine) -> bool| lines.iter().any(bad);
        let first = |bad: fn(&CryptoLine) -> bool| lines.first().is_some_and(bad);
        let bad = match self {
            Intolerance::SeveralLines => lines.len() > 1,
            Intolerance::LeadsWith32 => first(|line| line.suite.ends_with("_32")),
            Intolerance::Lifetime => any(|line| line.lifetime.is_some()),
            Intolerance::Mki => any(|line| line.mki.is_some()),
            Intolerance::NoMki => any(|line| line.mki.is_none()),
            Intolerance::SessionParams => any(|line| !line.params.is_empty()),
            Intolerance::AeadNames => any(|line| line.suite.starts_with("AEAD_")),
            Intolerance::TagNot1 => first(|line| line.tag != 1),
            Intolerance::NotAvp => media.transport != "RTP/AVP",
            Intolerance::NotSavp => !lines.is_empty() && media.transport != "RTP/SAVP",
            Intolerance::DtlsAttributes => has_dtls(media),
            Intolerance::TwoMLines => false,
            Intolerance::WrongKeyLength => any(has_wrong_key),
        };
        bad.then(|| {
            format!("{self:?} in m={} {} with {} crypto lines", media.kind, media.transport, lines.len())
        })
    }
}

fn has_dtls(media: &MediaLine) -> bool {
    let dtls = |line: &String| line.starts_with("a=fingerprint") || line.starts_with("a=setup");
    media.transport.contains("TLS") || media.attributes.iter().any(dtls)
}

fn has_wrong_key(line: &CryptoLine) -> bool {
    let len = line.rig_suite().map(|suite| suite.key_salt_len);
    line.keys.is_empty() || line.keys.iter().any(|key| Some(key.key_salt.len()) != len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{media_lines, with_lines};

    const KEY: &str = "inline:WpjkRMJa2SxB/MF0MKkdLG5R/VRHWLr7NgD6C7dy";

    fn complains(what: Intolerance, transport: &str, lines: &[&str]) -> bool {
        let lines: Vec<String> = lines.iter().map(|line| line.replace('@', KEY)).collect();
        what.complaint(&media_lines(&with_lines(transport, 4000, &lines)).unwrap()).is_some()
    }

    #[test]
    fn each_predicate_fires_on_what_it_names_and_on_nothing_else() {
        use Intolerance::*;
        let good = ["1 AES_CM_128_HMAC_SHA1_80 @"];
        let all = [SeveralLines, LeadsWith32, Lifetime, Mki, SessionParams, AeadNames, TagNot1, NotAvp];
        assert!(all.iter().all(|what| !complains(*what, "RTP/AVP", &good)));
        assert!(complains(NotAvp, "RTP/SAVP", &good) && !complains(NotSavp, "RTP/SAVP", &good));
        assert!(complains(NotSavp, "RTP/AVP", &good) && complains(DtlsAttributes, "UDP/TLS/RTP/SAVP", &good));
        assert!(complains(NoMki, "RTP/AVP", &good) && !complains(WrongKeyLength, "RTP/AVP", &good));
        let rows: [(Intolerance, &[&str]); 8] = [
            (SeveralLines, &["1 AES_CM_128_HMAC_SHA1_80 @", "2 AES_CM_128_HMAC_SHA1_32 @"]),
            (LeadsWith32, &["1 AES_CM_128_HMAC_SHA1_32 @"]),
            (Lifetime, &["1 AES_CM_128_HMAC_SHA1_80 @|2^31"]),
            (Mki, &["1 AES_CM_128_HMAC_SHA1_80 @|1:1"]),
            (SessionParams, &["1 AES_CM_128_HMAC_SHA1_80 @ WSH=128"]),
            (AeadNames, &["1 AES_CM_128_HMAC_SHA1_80 @", "2 AEAD_AES_128_GCM @"]),
            (TagNot1, &["2 AES_CM_128_HMAC_SHA1_80 @"]),
            (WrongKeyLength, &["1 AES_256_CM_HMAC_SHA1_80 @"]),
        ];
        for (what, lines) in rows {
            assert!(complains(what, "RTP/AVP", lines), "{what:?}");
        }
    }
}
