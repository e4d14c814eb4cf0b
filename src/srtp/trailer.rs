//! Where the fields behind the encrypted portion lie.
//!
//! With AES-CM they are SRTCP word, MKI, tag (RFC 3711 §3.1, §3.4); with AES-GCM
//! the tag is part of the ciphertext: tag, SRTCP word, MKI (RFC 7714 §8.2, §9.2).

use crate::error::Error;
use crate::suite::{CryptoSuite, TransformKind};

/// The E flag of the SRTCP word: the packet is encrypted.
pub(super) const E_FLAG: u32 = 1 << 31;
const WORD_LEN: usize = 4;

/// Writes tag, SRTCP word (none on SRTP) and MKI behind `body_len` bytes of
/// `out` and returns the length of the whole.
#[inline(always)]
pub(super) fn append(
    suite: CryptoSuite,
    out: &mut [u8],
    body_len: usize,
    tag: &[u8],
    word: Option<u32>,
    mki: &[u8],
) -> Result<usize, Error> {
    let word = word.map(u32::to_be_bytes);
    let word = word.as_ref().map_or(&[][..], |word| &word[..]);
    let fields = match suite.params().transform {
        TransformKind::AesCmHmacSha1 => [word, mki, tag],
        TransformKind::AesGcm => [tag, word, mki],
    };
    let mut len = body_len;
    for field in fields.into_iter().filter(|field| !field.is_empty()) {
        let end = len + field.len();
        copy(out.get_mut(len..end).ok_or(Error::BufferTooSmall)?, field);
        len = end;
    }
    Ok(len)
}

/// Copies a field. A tag's length is one of the suites': known to the compiler, it
/// makes a copy two instructions instead of a call.
#[inline(always)]
fn copy(to: &mut [u8], from: &[u8]) {
    fn exactly<const N: usize>(to: &mut [u8], from: &[u8]) {
        if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk::<N>()) {
            *to = *from;
        }
    }
    match from.len() {
        4 => exactly::<4>(to, from),
        10 => exactly::<10>(to, from),
        16 => exactly::<16>(to, from),
        _ => to.copy_from_slice(from),
    }
}

/// The lengths by which a received packet is taken apart.
#[derive(Clone, Copy)]
pub(super) struct Lengths {
    pub tag: usize,
    pub mki: usize,
}

/// A received packet, taken apart.
pub(super) struct Parts<'a> {
    pub body: &'a mut [u8],
    pub tag: &'a [u8],
    pub mki: &'a [u8],
    /// E flag and SRTCP index; 0 on SRTP.
    pub word: u32,
}

/// Splits an SRTP packet.
pub(super) fn split_rtp(suite: CryptoSuite, packet: &mut [u8], lengths: Lengths) -> Result<Parts<'_>, Error> {
    split(suite, packet, lengths, 0)
}

/// Splits an SRTCP packet.
pub(super) fn split_rtcp(
    suite: CryptoSuite,
    packet: &mut [u8],
    lengths: Lengths,
) -> Result<Parts<'_>, Error> {
    split(suite, packet, lengths, WORD_LEN)
}

fn split(
    suite: CryptoSuite,
    packet: &mut [u8],
    lengths: Lengths,
    word_len: usize,
) -> Result<Parts<'_>, Error> {
    let (body, tag, word, mki);
    match suite.params().transform {
        TransformKind::AesCmHmacSha1 => {
            let (rest, last) = split_end(packet, lengths.tag)?;
            let (rest, middle) = split_end(rest, lengths.mki)?;
            let (rest, first) = split_end(rest, word_len)?;
            (body, word, mki, tag) = (rest, first, middle, last);
        }
        TransformKind::AesGcm => {
            let (rest, last) = split_end(packet, lengths.mki)?;
            let (rest, middle) = split_end(rest, word_len)?;
            let (rest, first) = split_end(rest, lengths.tag)?;
            (body, tag, word, mki) = (rest, first, middle, last);
        }
    }
    let word = word.first_chunk().map_or(0, |word| u32::from_be_bytes(*word));
    Ok(Parts { body, tag, mki, word })
}

fn split_end(bytes: &mut [u8], len: usize) -> Result<(&mut [u8], &mut [u8]), Error> {
    let middle = bytes.len().checked_sub(len).ok_or(Error::PacketMalformed)?;
    bytes.split_at_mut_checked(middle).ok_or(Error::PacketMalformed)
}
