//! SDP as a device reads it: media lines and the crypto attributes below them.

use crate::Result;
use crate::libsrtp::{RigKey, RigSuite};

/// One `m=` line and what stands below it.
#[derive(Debug, Clone)]
pub struct MediaLine {
    /// `audio`
    pub kind: String,
    /// Its port.
    pub port: u16,
    /// `RTP/AVP`, `RTP/SAVP`, ...
    pub transport: String,
    /// Its crypto attributes.
    pub crypto: Vec<CryptoLine>,
    /// The lines below it, crypto attributes included.
    pub attributes: Vec<String>,
}

/// One crypto attribute, as it stands there.
#[derive(Debug, Clone)]
pub struct CryptoLine {
    /// Its value.
    pub value: String,
    /// Its tag.
    pub tag: u32,
    /// Its suite, in the spelling of the line.
    pub suite: String,
    /// Its keys, with their MKIs as packets carry them.
    pub keys: Vec<RigKey>,
    /// The lifetime of its first key, as it is written.
    pub lifetime: Option<String>,
    /// The MKI of its first key, as it is written.
    pub mki: Option<String>,
    /// Session parameters.
    pub params: Vec<String>,
}

/// All media of an SDP.
pub fn media_lines(sdp: &str) -> Result<Vec<MediaLine>> {
    let mut media: Vec<MediaLine> = Vec::new();
    for line in sdp.lines() {
        if let Some(rest) = line.strip_prefix("m=") {
            media.push(media_line(rest)?);
        } else if let Some(current) = media.last_mut() {
            current.attributes.push(line.to_owned());
            if let Some(value) = line.strip_prefix("a=crypto:") {
                current.crypto.push(CryptoLine::read(value)?);
            }
        }
    }
    Ok(media)
}

fn media_line(rest: &str) -> Result<MediaLine> {
    let mut fields = rest.split(' ');
    let mut field = || fields.next().ok_or("an m= line with too few fields");
    let (kind, port, transport) = (field()?.into(), field()?.parse()?, field()?.into());
    Ok(MediaLine { kind, port, transport, crypto: Vec::new(), attributes: Vec::new() })
}

/// The audio to use: the first with crypto attributes, else the first.
pub fn audio(sdp: &str) -> Result<MediaLine> {
    let all: Vec<_> = media_lines(sdp)?.into_iter().filter(|media| media.kind == "audio").collect();
    let secure = all.iter().position(|media| !media.crypto.is_empty()).unwrap_or(0);
    all.into_iter().nth(secure).ok_or_else(|| "the SDP has no audio".into())
}

/// An SDP of one audio stream with these crypto attributes.
pub fn with_lines(transport: &str, port: u16, lines: &[String]) -> String {
    let crypto: String = lines.iter().map(|line| format!("a=crypto:{line}\r\n")).collect();
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio {port} {transport} 0\r\na=rtpmap:0 PCMU/8000\r\n{crypto}a=ptime:20\r\na=sendrecv\r\n"
    )
}

impl CryptoLine {
    /// Reads a value. What is not `inline` has no keys.
    pub fn read(value: &str) -> Result<CryptoLine> {
        let mut fields = value.split_whitespace();
        let mut field = || fields.next().ok_or("a crypto attribute with too few fields");
        let (tag, suite, keys) = (field()?.parse()?, field()?.to_owned(), field()?);
        let parts: Vec<&str> = keys.split(';').filter_map(|part| part.strip_prefix("inline:")).collect();
        let first = || parts.first().into_iter().flat_map(|part| part.split('|').skip(1));
        Ok(CryptoLine {
            value: value.to_owned(),
            tag,
            suite,
            keys: parts.iter().map(|part| inline_key(part)).collect::<Result<_>>()?,
            lifetime: first().find(|property| !property.contains(':')).map(str::to_owned),
            mki: first().find(|property| property.contains(':')).map(str::to_owned),
            params: fields.map(str::to_owned).collect(),
        })
    }

    /// Its suite, if libsrtp knows it. Two of them have an old spelling.
    pub fn rig_suite(&self) -> Option<RigSuite> {
        let name = self.suite.replace("AES_CM_256", "AES_256_CM").replace("AES_CM_192", "AES_192_CM");
        RigSuite::named(&name)
    }
}

fn inline_key(part: &str) -> Result<RigKey> {
    let mut fields = part.split('|');
    let key_salt = openssl::base64::decode_block(fields.next().unwrap_or(""))?;
    let mki = fields.find(|field| field.contains(':')).map(mki_bytes).transpose()?.unwrap_or_default();
    Ok(RigKey { key_salt, mki })
}

/// `value:length` as packets carry it; numbers of more than 64 bits are nobody's habit.
fn mki_bytes(text: &str) -> Result<Vec<u8>> {
    let (value, len) = text.split_once(':').ok_or("an MKI without a length")?;
    let (value, len): (u64, usize) = (value.parse()?, len.parse()?);
    let mut bytes = vec![0; len.saturating_sub(8)];
    bytes.extend_from_slice(value.to_be_bytes().get(8_usize.saturating_sub(len)..).unwrap_or_default());
    Ok(bytes)
}
