//! SDP of one µ-law stream: what a crafted caller or callee writes, and what it reads of the PBX's.

use crate::libsrtp::RigSuite;
use crate::{Error, Result};
use std::net::SocketAddr;

/// What a session description says.
#[derive(Debug, Clone, Copy)]
pub struct Sdp<'a> {
    /// RTP port.
    pub port: u16,
    /// Version of the description, one more each time it changes.
    pub version: u32,
    /// `RTP/SAVP`, or `RTP/AVP` for media in clear.
    pub profile: &'a str,
    /// Values of the crypto attributes, which need not be text.
    pub lines: &'a [&'a [u8]],
    /// `sendrecv`, `sendonly`, `recvonly` or `inactive`.
    pub direction: &'a str,
}

impl<'a> Sdp<'a> {
    /// A first description of secure media both ways.
    pub fn new(port: u16, lines: &'a [&'a [u8]]) -> Sdp<'a> {
        Sdp { port, version: 1, profile: "RTP/SAVP", lines, direction: "sendrecv" }
    }

    /// The text.
    pub fn write(&self) -> Vec<u8> {
        let Sdp { port, version, profile, lines, direction } = self;
        let mut sdp = format!(
            "v=0\r\no=rig 1 {version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} {profile} 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )
        .into_bytes();
        for line in *lines {
            sdp.extend_from_slice(b"a=crypto:");
            sdp.extend_from_slice(line);
            sdp.extend_from_slice(b"\r\n");
        }
        sdp.extend_from_slice(format!("a=ptime:20\r\na={direction}\r\n").as_bytes());
        sdp
    }
}

/// A crypto attribute of the PBX.
pub struct Attribute<'a> {
    /// Tag and suite, as they stand there.
    pub start: &'a str,
    /// Master key and salt, and whatever else was in their field.
    pub key_salt: Vec<u8>,
}

impl Attribute<'_> {
    /// The only crypto attribute of the PBX's SDP.
    pub fn only_one_of(sdp: &str) -> Result<Attribute<'_>> {
        match Attribute::all_of(sdp)?.as_slice() {
            [] => Err("the PBX's SDP has no crypto attribute".into()),
            [_] => Attribute::first_of(sdp),
            _ => Err("the PBX's SDP has more than one crypto attribute".into()),
        }
    }

    /// The first crypto attribute of the PBX's SDP.
    pub fn first_of(sdp: &str) -> Result<Attribute<'_>> {
        Attribute::all_of(sdp)?
            .into_iter()
            .next()
            .ok_or_else(|| "the PBX's SDP has no crypto attribute".into())
    }

    /// All crypto attributes of the PBX's SDP, in their order.
    pub fn all_of(sdp: &str) -> Result<Vec<Attribute<'_>>> {
        sdp.lines().filter_map(|line| line.strip_prefix("a=crypto:")).map(Attribute::read).collect()
    }

    fn read(line: &str) -> Result<Attribute<'_>> {
        let (start, key) = line.split_once(" inline:").ok_or("the PBX's crypto attribute has no key")?;
        let key = key.split(['|', ' ']).next().unwrap_or(key);
        Ok(Attribute { start, key_salt: openssl::base64::decode_block(key)? })
    }

    /// Its tag and suite.
    pub fn tag_and_suite(&self) -> Result<(u32, RigSuite)> {
        let (tag, suite) = self.start.split_once(' ').ok_or("a crypto attribute without a suite")?;
        let suite = RigSuite::named(suite).ok_or_else(|| format!("the PBX knows a suite {suite}"))?;
        Ok((tag.parse()?, suite))
    }

    /// Its key and salt, cut to what the suite needs.
    pub fn key_for(&self, suite: RigSuite) -> Result<Vec<u8>> {
        let key = self.key_salt.get(..suite.key_salt_len).ok_or("the PBX's key is too short")?;
        Ok(key.to_vec())
    }
}

/// Where the PBX wants its RTP.
pub fn media_address(sdp: &str) -> Result<SocketAddr> {
    let value = |start: &str| sdp.lines().find_map(|line| line.strip_prefix(start));
    let port =
        value("m=audio ").and_then(|rest| rest.split(' ').next()).ok_or("the PBX's SDP has no audio")?;
    let ip = value("c=IN IP4 ").ok_or("the PBX's SDP has no address")?;
    format!("{}:{port}", ip.trim())
        .parse()
        .map_err(|_| Error::from("the address in the PBX's SDP is no address"))
}
