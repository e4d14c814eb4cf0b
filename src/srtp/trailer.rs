//! Where the fields behind the encrypted portion lie.
//!
//! With AES-CM the authentication tag comes last (RFC 3711 §3.1, §3.4); with
//! AES-GCM the tag is part of the ciphertext and the SRTCP word follows it
//! (RFC 7714 §8.2, §9.2).

use crate::error::Error;
use crate::suite::{CryptoSuite, TransformKind};

/// The E flag of the SRTCP word: the packet is encrypted.
pub(super) const E_FLAG: u32 = 1 << 31;
const WORD_LEN: usize = 4;

/// Writes tag and SRTCP word (none on SRTP) behind `body_len` bytes of `out`
/// and returns the length of the whole.
pub(super) fn append(
    suite: CryptoSuite,
    out: &mut [u8],
    body_len: usize,
    tag: &[u8],
    word: Option<u32>,
) -> Result<usize, Error> {
    let word = word.map(u32::to_be_bytes);
    let word = word.as_ref().map_or(&[][..], |word| &word[..]);
    let (first, second) = match suite.params().transform {
        TransformKind::AesCmHmacSha1 => (word, tag),
        TransformKind::AesGcm => (tag, word),
    };
    let room = out.get_mut(body_len..).ok_or(Error::BufferTooSmall)?;
    let (first_room, rest) = room.split_at_mut_checked(first.len()).ok_or(Error::BufferTooSmall)?;
    let second_room = rest.get_mut(..second.len()).ok_or(Error::BufferTooSmall)?;
    first_room.copy_from_slice(first);
    second_room.copy_from_slice(second);
    Ok(body_len + first.len() + second.len())
}

/// Splits an SRTP packet into body and tag.
pub(super) fn split_rtp(suite: CryptoSuite, packet: &mut [u8]) -> Result<(&mut [u8], &[u8]), Error> {
    let (body, tag) = split_end(packet, suite.params().srtp_tag_len)?;
    Ok((body, tag))
}

/// An SRTCP packet, taken apart.
pub(super) struct SrtcpParts<'a> {
    pub body: &'a mut [u8],
    pub tag: &'a [u8],
    /// E flag and SRTCP index.
    pub word: u32,
}

/// Splits an SRTCP packet into body, tag and word.
pub(super) fn split_rtcp(
    suite: CryptoSuite,
    packet: &mut [u8],
    tag_len: usize,
) -> Result<SrtcpParts<'_>, Error> {
    let (body, tag, word) = match suite.params().transform {
        TransformKind::AesCmHmacSha1 => {
            let (rest, tag) = split_end(packet, tag_len)?;
            let (body, word) = split_end(rest, WORD_LEN)?;
            (body, tag, word)
        }
        TransformKind::AesGcm => {
            let (rest, word) = split_end(packet, WORD_LEN)?;
            let (body, tag) = split_end(rest, tag_len)?;
            (body, tag, word)
        }
    };
    let word = word.first_chunk().map_or(0, |word| u32::from_be_bytes(*word));
    Ok(SrtcpParts { body, tag, word })
}

fn split_end(bytes: &mut [u8], len: usize) -> Result<(&mut [u8], &mut [u8]), Error> {
    let middle = bytes.len().checked_sub(len).ok_or(Error::PacketMalformed)?;
    bytes.split_at_mut_checked(middle).ok_or(Error::PacketMalformed)
}
