//! SDP: what a crafted caller or callee writes, mostly of one µ-law stream, and what it reads of the PBX's.

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
        let Sdp { port, version, profile, lines, direction } = *self;
        write_streams(version, "", &[Stream { profile, direction, ..Stream::audio(port, lines) }])
    }
}

/// One m= section of a description that has several.
#[derive(Debug, Clone, Copy)]
pub struct Stream<'a> {
    /// `audio` or `video`.
    pub kind: &'a str,
    /// RTP port.
    pub port: u16,
    /// As in [`Sdp`].
    pub profile: &'a str,
    /// Payload type.
    pub payload_type: u8,
    /// The format behind it, as `a=rtpmap` has it.
    pub format: &'a str,
    /// Values of the crypto attributes.
    pub lines: &'a [&'a [u8]],
    /// Whole lines, each with its line end, such as `a=mid:0`.
    pub more: &'a str,
    /// As in [`Sdp`].
    pub direction: &'a str,
}

impl<'a> Stream<'a> {
    /// Secure µ-law both ways.
    pub fn audio(port: u16, lines: &'a [&'a [u8]]) -> Stream<'a> {
        Stream {
            kind: "audio",
            port,
            profile: "RTP/SAVP",
            payload_type: 0,
            format: "PCMU/8000",
            lines,
            more: "a=ptime:20\r\n",
            direction: "sendrecv",
        }
    }

    /// Secure VP8 both ways, with payload type 100.
    pub fn video(port: u16, lines: &'a [&'a [u8]]) -> Stream<'a> {
        Stream {
            kind: "video",
            payload_type: 100,
            format: "VP8/90000",
            more: "",
            ..Stream::audio(port, lines)
        }
    }

    fn write_to(&self, sdp: &mut Vec<u8>) {
        let Stream { kind, port, profile, payload_type, format, lines, more, direction } = self;
        let start =
            format!("m={kind} {port} {profile} {payload_type}\r\na=rtpmap:{payload_type} {format}\r\n");
        sdp.extend_from_slice(start.as_bytes());
        for line in *lines {
            sdp.extend_from_slice(b"a=crypto:");
            sdp.extend_from_slice(line);
            sdp.extend_from_slice(b"\r\n");
        }
        sdp.extend_from_slice(format!("{more}a={direction}\r\n").as_bytes());
    }
}

/// A description of these streams. `more` is whole lines for the session, each with its line end.
pub fn write_streams(version: u32, more: &str, streams: &[Stream]) -> Vec<u8> {
    let mut sdp =
        format!("v=0\r\no=rig 1 {version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n{more}")
            .into_bytes();
    for stream in streams {
        stream.write_to(&mut sdp);
    }
    sdp
}

/// The m= sections of a description, in their order, each from its `m=` on.
pub fn sections(sdp: &str) -> Vec<&str> {
    let starts: Vec<usize> =
        sdp.match_indices("m=").map(|(at, _)| at).filter(|at| starts_a_line(sdp, *at)).collect();
    let ends = starts.iter().skip(1).copied().chain([sdp.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| sdp.get(*start..end)).collect()
}

fn starts_a_line(sdp: &str, at: usize) -> bool {
    sdp.get(..at).is_some_and(|before| before.is_empty() || before.ends_with('\n'))
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

/// Where the PBX wants its audio.
pub fn media_address(sdp: &str) -> Result<SocketAddr> {
    address_of("audio", sdp)
}

/// Where the PBX wants the RTP of its first stream of this kind.
pub fn address_of(kind: &str, sdp: &str) -> Result<SocketAddr> {
    let value = |start: &str| sdp.lines().find_map(|line| line.strip_prefix(start));
    let port = value(&format!("m={kind} "))
        .and_then(|rest| rest.split(' ').next())
        .ok_or_else(|| format!("the PBX's SDP has no {kind}"))?;
    let ip = value("c=IN IP4 ").ok_or("the PBX's SDP has no address")?;
    format!("{}:{port}", ip.trim())
        .parse()
        .map_err(|_| Error::from("the address in the PBX's SDP is no address"))
}
