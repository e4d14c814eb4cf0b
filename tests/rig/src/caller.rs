//! A crafted caller: it offers exactly the crypto attributes that a test wants.

use crate::libsrtp::RigSuite;
use crate::media::{Media, SecureMedia};
use crate::pbx::Pbx;
use crate::sip::{Dialog, Message, Ua};
use crate::{Error, Result};
use std::net::SocketAddr;

/// A caller connected to a PBX as endpoint `sdes`.
pub struct Caller {
    /// Its user agent.
    pub ua: Ua,
}

/// A call with media both ways.
pub struct Call {
    /// The SIP side.
    pub dialog: Dialog,
    /// The media side.
    pub media: SecureMedia,
    /// The suite the PBX agreed to.
    pub suite: RigSuite,
}

/// A master key and salt for a suite, and the crypto attribute that offers it.
pub struct Offer {
    suite: RigSuite,
    key_salt: Vec<u8>,
    /// The attribute's value.
    pub line: String,
}

impl Offer {
    /// Fresh keys for a suite.
    pub fn new(tag: u32, suite: RigSuite) -> Result<Offer> {
        let mut key_salt = vec![0; suite.key_salt_len];
        openssl::rand::rand_bytes(&mut key_salt)?;
        let line = format!("{tag} {} inline:{}", suite.name, openssl::base64::encode_block(&key_salt));
        Ok(Offer { suite, key_salt, line })
    }
}

/// An offer of µ-law audio with these crypto attributes, which need not be text.
pub fn sdp(port: u16, lines: &[&[u8]]) -> Vec<u8> {
    let mut sdp = format!(
        "v=0\r\no=rig 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio {port} RTP/SAVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    )
    .into_bytes();
    for line in lines {
        sdp.extend_from_slice(b"a=crypto:");
        sdp.extend_from_slice(line);
        sdp.extend_from_slice(b"\r\n");
    }
    sdp.extend_from_slice(b"a=ptime:20\r\na=sendrecv\r\n");
    sdp
}

impl Caller {
    /// Connects to the PBX.
    pub fn connect(pbx: &Pbx) -> Result<Caller> {
        let config = pbx.config();
        Ok(Caller { ua: Ua::connect(config.ip(), config.ports.tls(), &pbx.file("etc/ca.pem"), "sdes")? })
    }

    /// Offers these crypto attributes to an extension and gives the final response. Nothing is sent to the ports.
    pub fn offer(&mut self, extension: &str, lines: &[&[u8]]) -> Result<(Dialog, Message)> {
        self.ua.invite(extension, &sdp(40_000, lines))
    }

    /// Calls an extension with these offers; any of them may be accepted.
    pub fn call(&mut self, extension: &str, offers: &[Offer]) -> Result<Call> {
        let media = Media::bind()?;
        let lines: Vec<&[u8]> = offers.iter().map(|offer| offer.line.as_bytes()).collect();
        let (dialog, answer) = self.ua.invite(extension, &sdp(media.port, &lines))?;
        if answer.status() != Some(200) {
            let status = answer.head.lines().next().unwrap_or("");
            return Err(format!("the offer of {} was answered with {status}", offers[0].suite.name).into());
        }
        let (offer, remote) = agreed(offers, &answer.body)?;
        let media = media.secure(offer.suite, &offer.key_salt, &remote, media_address(&answer.body)?)?;
        Ok(Call { dialog, media, suite: offer.suite })
    }
}

/// The offer that an answer accepts, and the key in the answer: the same tag and the same suite (RFC 4568 §5.1.3).
fn agreed<'a>(offers: &'a [Offer], sdp: &str) -> Result<(&'a Offer, Vec<u8>)> {
    let mut lines = sdp.lines().filter_map(|line| line.strip_prefix("a=crypto:"));
    let line = lines.next().ok_or("the answer has no crypto attribute")?;
    if lines.next().is_some() {
        return Err("the answer has more than one crypto attribute".into());
    }
    let (start, key) = line.split_once(" inline:").ok_or("the answer's crypto attribute has no key")?;
    let offer = offers.iter().find(|offer| offer.line.starts_with(&format!("{start} ")));
    let offer = offer.ok_or_else(|| format!("the answer accepts {start:?}, which was not offered"))?;
    let key = key.split(['|', ' ']).next().unwrap_or(key);
    let key = openssl::base64::decode_block(key)?;
    if key.len() < offer.suite.key_salt_len || key == offer.key_salt {
        return Err("the answer's key is too short or is our own".into());
    }
    Ok((offer, key[..offer.suite.key_salt_len].to_vec()))
}

fn media_address(sdp: &str) -> Result<SocketAddr> {
    let value = |start: &str| sdp.lines().find_map(|line| line.strip_prefix(start));
    let port = value("m=audio ").and_then(|rest| rest.split(' ').next()).ok_or("the answer has no audio")?;
    let ip = value("c=IN IP4 ").ok_or("the answer has no address")?;
    format!("{}:{port}", ip.trim()).parse().map_err(|_| Error::from("the answer's address is no address"))
}
