//! What a transport demands of its connections.

use super::facts::Version;

/// The strength of AES-128.
pub const DEFAULT_MIN_CIPHER_BITS: u32 = 128;

/// The rules of one transport.
#[derive(Clone, Debug)]
pub struct Policy {
    /// For peers that connect to us.
    pub inbound: Rules,
    /// For peers that we connect to.
    pub outbound: Rules,
}

impl Default for Policy {
    /// Peers that we connect to prove their name; those that connect to us may
    /// have no certificate, as most phones.
    fn default() -> Policy {
        Policy { inbound: Rules::new(Verify::Optional), outbound: Rules::new(Verify::RequireName) }
    }
}

impl Policy {
    /// The rules for this direction.
    pub fn rules(&self, direction: Direction) -> &Rules {
        match direction {
            Direction::Inbound => &self.inbound,
            Direction::Outbound => &self.outbound,
        }
    }
}

/// Who opened the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The peer.
    Inbound,
    /// We.
    Outbound,
}

/// The rules of one direction.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How much of the peer's certificate counts.
    pub verify: Verify,
    /// Whether `*.example.org` covers `pbx.example.org`, against RFC 5922 §7.2.
    pub wildcards: bool,
    /// What a certificate must be for.
    pub eku: Eku,
    /// The oldest protocol version.
    pub min_version: Version,
    /// The weakest cipher; 0 takes any.
    pub min_cipher_bits: u32,
    /// Domains and IP addresses of which the certificate must cover one; empty:
    /// any.
    pub allow: Vec<String>,
    /// Whether certificates must be within their dates.
    pub dates: bool,
}

impl Rules {
    /// The defaults with this verification.
    pub fn new(verify: Verify) -> Rules {
        Rules {
            verify,
            wildcards: false,
            eku: Eku::Strict,
            min_version: Version::TLS_1_2,
            min_cipher_bits: DEFAULT_MIN_CIPHER_BITS,
            allow: Vec::new(),
            dates: true,
        }
    }
}

/// How much of the peer's certificate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verify {
    /// Nothing: what is wrong with it is a warning.
    None,
    /// A client needs none; one that is shown must be good. A server always shows one.
    Optional,
    /// There must be a good one, whatever its name.
    Require,
    /// There must be a good one for the expected name, or where none is expected,
    /// for one of the allowed names.
    RequireName,
}

/// What a certificate with extended key usages must be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eku {
    /// The role that the peer has in the handshake, or SIP domains (RFC 5924).
    Strict,
    /// The same, and a server's certificate serves a client as well.
    ServerAsClient,
    /// Anything, with a warning.
    Any,
}
