//! What is known about a TLS connection once its handshake is over.

use super::policy::Direction;
use core::fmt;

/// The facts of one connection.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Whose rules hold: the connection's, or the request's that is to use it.
    pub direction: Direction,
    /// What the peer is in the TLS handshake.
    pub peer: PeerRole,
    /// The protocol version that was agreed.
    pub version: Version,
    /// The cipher that was agreed.
    pub cipher: Cipher,
    /// What the verification of the peer's chain found.
    pub chain: Chain,
    /// The peer's own certificate.
    pub certificate: Option<Certificate>,
    /// The time of the verdict, in seconds since 1970.
    pub now: Option<i64>,
    /// Who the peer should be: the SIP domain that was asked for, before NAPTR and
    /// SRV (RFC 5922 §7.3), or for a peer that connected, the domain it claims.
    pub expected_name: Option<String>,
    /// Whether the session was resumed: the certificate is of an earlier handshake.
    pub resumed: bool,
}

/// The side that the peer takes in the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerRole {
    /// It connected to us.
    Client,
    /// We connected to it.
    Server,
}

impl fmt::Display for PeerRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PeerRole::Client => "client",
            PeerRole::Server => "server",
        })
    }
}

/// A protocol version, by its number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub u32);

impl Version {
    /// TLS 1.0.
    pub const TLS_1_0: Version = Version(0x0301);
    /// TLS 1.1.
    pub const TLS_1_1: Version = Version(0x0302);
    /// TLS 1.2.
    pub const TLS_1_2: Version = Version(0x0303);
    /// TLS 1.3.
    pub const TLS_1_3: Version = Version(0x0304);

    /// The place of a known version among the others.
    pub(super) fn rank(self) -> Option<u32> {
        [Version(0x0002), Version(0x0300), Self::TLS_1_0, Self::TLS_1_1, Self::TLS_1_2, Self::TLS_1_3]
            .iter()
            .zip(0..)
            .find_map(|(known, rank)| (*known == self).then_some(rank))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0x0002 => f.write_str("SSL 2"),
            0x0300 => f.write_str("SSL 3"),
            0x0301 => f.write_str("TLS 1.0"),
            0x0302 => f.write_str("TLS 1.1"),
            0x0303 => f.write_str("TLS 1.2"),
            0x0304 => f.write_str("TLS 1.3"),
            other => write!(f, "protocol version {other:#06x}"),
        }
    }
}

/// A cipher suite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cipher {
    /// Its name in OpenSSL or in the standards; empty when it is not known.
    pub name: String,
    /// Its strength: OpenSSL's `SSL_CIPHER_get_bits`.
    pub bits: u32,
}

/// What the verification of the peer's chain found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// OpenSSL's `X509_V_…` codes: 0 alone when all is well, else each fault that
    /// was found. Empty: nobody verified.
    pub results: Vec<i32>,
    /// The verifier went on after each fault, so these are all of them. One that
    /// stopped may not have come to the signatures: then no fault is overlooked.
    pub complete: bool,
}

/// The peer's own certificate.
#[derive(Clone, Debug, Default)]
pub struct Certificate {
    /// Its subject alternative names and its common name.
    pub names: Vec<Name>,
    /// Its extended key usages as object identifiers, "1.3.6.1.5.5.7.3.1"; `None`
    /// when it has no such extension.
    pub ekus: Option<Vec<String>>,
    /// The first and the last second of its validity, since 1970.
    pub validity: Option<(i64, i64)>,
}

/// A name in a certificate, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// A `dNSName`.
    Dns(Vec<u8>),
    /// An `iPAddress`, 4 or 16 bytes.
    Ip(Vec<u8>),
    /// A `uniformResourceIdentifier`.
    Uri(Vec<u8>),
    /// Any other subject alternative name; it also stands for an extension
    /// without names.
    Other,
    /// The common name of the subject; the most specific one.
    CommonName(Vec<u8>),
}
