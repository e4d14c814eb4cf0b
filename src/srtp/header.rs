//! The part of RTP and RTCP headers that protection needs (RFC 3550 §5.1, §6.4).

use super::PacketKind;
use crate::error::Error;

/// Bytes of an RTCP packet that stay in clear: first word and sender SSRC.
pub(super) const RTCP_HEADER_LEN: usize = 8;

const RTP_FIXED_LEN: usize = 12;
const VERSION_MASK: u8 = 0xc0;
const VERSION_2: u8 = 0x80;

/// An RTP header, read and bounds-checked.
#[derive(Clone, Copy)]
pub(super) struct RtpHeader {
    /// Length with CSRC list and extension: where the encrypted portion starts.
    pub len: usize,
    pub seq: u16,
    pub ssrc: u32,
}

impl RtpHeader {
    pub(super) fn read(packet: &[u8]) -> Result<RtpHeader, Error> {
        let (fixed, rest) = packet.split_first_chunk::<RTP_FIXED_LEN>().ok_or(Error::PacketMalformed)?;
        let [first, _, seq_hi, seq_lo, _, _, _, _, ssrc @ ..] = *fixed;
        if first & VERSION_MASK != VERSION_2 {
            return Err(Error::PacketMalformed);
        }
        let csrc_len = usize::from(first & 0x0f) * 4;
        let mut len = RTP_FIXED_LEN + csrc_len;
        if first & 0x10 != 0 {
            let extension = rest.get(csrc_len..).and_then(|rest| rest.first_chunk::<4>());
            let [_, _, words_hi, words_lo] = *extension.ok_or(Error::PacketMalformed)?;
            len += 4 + usize::from(u16::from_be_bytes([words_hi, words_lo])) * 4;
        }
        if len > packet.len() {
            return Err(Error::PacketMalformed);
        }
        Ok(RtpHeader { len, seq: u16::from_be_bytes([seq_hi, seq_lo]), ssrc: u32::from_be_bytes(ssrc) })
    }
}

/// The header of a packet of either kind.
#[derive(Clone, Copy)]
pub(super) enum Header {
    Rtp(RtpHeader),
    /// The sender SSRC.
    Rtcp(u32),
}

impl Header {
    pub(super) fn read(kind: PacketKind, packet: &[u8]) -> Result<Header, Error> {
        Ok(match kind {
            PacketKind::Rtp => Header::Rtp(RtpHeader::read(packet)?),
            PacketKind::Rtcp => Header::Rtcp(rtcp_ssrc(packet)?),
        })
    }

    pub(super) fn ssrc(self) -> u32 {
        match self {
            Header::Rtp(header) => header.ssrc,
            Header::Rtcp(ssrc) => ssrc,
        }
    }

    pub(super) fn kind(self) -> PacketKind {
        match self {
            Header::Rtp(_) => PacketKind::Rtp,
            Header::Rtcp(_) => PacketKind::Rtcp,
        }
    }
}

/// The sender SSRC of an RTCP packet.
pub(super) fn rtcp_ssrc(packet: &[u8]) -> Result<u32, Error> {
    let [first, _, _, _, ssrc @ ..] =
        *packet.first_chunk::<RTCP_HEADER_LEN>().ok_or(Error::PacketMalformed)?;
    if first & VERSION_MASK != VERSION_2 {
        return Err(Error::PacketMalformed);
    }
    Ok(u32::from_be_bytes(ssrc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_and_csrc_count_into_the_header() {
        let mut packet = vec![0x92, 0, 0x12, 0x34, 0, 0, 0, 0, 1, 2, 3, 4];
        packet.extend([0; 8]); // two CSRCs
        packet.extend([0xbe, 0xde, 0, 1, 9, 9, 9, 9]);
        packet.extend([7; 5]);
        let header = RtpHeader::read(&packet).unwrap();
        assert_eq!((header.len, header.seq, header.ssrc), (28, 0x1234, 0x0102_0304));
    }

    #[test]
    fn every_truncation_of_a_header_is_malformed() {
        let mut packet = vec![0x92, 0, 0x12, 0x34, 0, 0, 0, 0, 1, 2, 3, 4];
        packet.extend([0; 8]);
        packet.extend([0xbe, 0xde, 0, 1, 9, 9, 9, 9]);
        for len in 0..packet.len() {
            assert!(RtpHeader::read(&packet[..len]).is_err(), "{len}");
        }
        assert!(rtcp_ssrc(&packet[..7]).is_err());
    }

    #[test]
    fn only_version_two_is_rtp() {
        for first in [0x00, 0x40, 0xc0] {
            let mut packet = [0; 12];
            packet[0] = first;
            assert!(RtpHeader::read(&packet).is_err());
            assert!(rtcp_ssrc(&packet).is_err());
        }
    }
}
