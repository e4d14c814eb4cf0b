//! Which bytes of a packet are encrypted, which are authenticated besides the
//! packet, and what makes its IV unique (RFC 3711 §3.1, §3.4, §4.1.1).

use crate::error::Error;

/// Fixed part of an RTP header (RFC 3550 §5.1).
const RTP_HEADER_LEN: usize = 12;
/// What stays clear of an RTCP packet: its first word and the sender's SSRC.
const RTCP_CLEAR_LEN: usize = 8;
/// The E flag in the word that follows an RTCP packet.
const E_FLAG: u32 = 1 << 31;
/// One IV serves 2^16 blocks (RFC 3711 §4.1.1). The limit holds for the whole
/// packet and for GCM too, whose own is far higher: nothing on a network comes
/// near it.
const MAX_LEN: usize = 1 << 20;
/// Packet indices have 48 bits (RFC 3711 §3.3.1).
const MAX_INDEX: u64 = (1 << 48) - 1;

/// One packet's parts, checked once against its length.
pub(super) struct Portions {
    /// Where the encrypted portion begins; the packet's length when there is none.
    pub(super) clear_len: usize,
    /// The SSRC that goes into the IV.
    pub(super) ssrc: u32,
    /// 48-bit packet index, or 31-bit SRTCP index.
    pub(super) index: u64,
    /// SRTCP only: E flag and index as on the wire, authenticated with the packet.
    pub(super) trailer: Option<u32>,
}

impl Portions {
    pub(super) fn rtp(packet: &[u8], header_len: usize, index: u64) -> Result<Portions, Error> {
        if header_len < RTP_HEADER_LEN || header_len > packet.len() {
            return Err(Error::PacketMalformed);
        }
        check_len(packet)?;
        if index > MAX_INDEX {
            return Err(Error::LifetimeExhausted);
        }
        Ok(Portions { clear_len: header_len, ssrc: word_at(packet, 8)?, index, trailer: None })
    }

    pub(super) fn rtcp(packet: &[u8], trailer: u32) -> Result<Portions, Error> {
        check_len(packet)?;
        let ssrc = word_at(packet, 4)?;
        let clear_len = if trailer & E_FLAG == 0 { packet.len() } else { RTCP_CLEAR_LEN };
        Ok(Portions { clear_len, ssrc, index: u64::from(trailer & !E_FLAG), trailer: Some(trailer) })
    }

    /// The authenticated bytes that the packet does not hold: the trailer, or
    /// for SRTP the rollover counter (RFC 3711 §4.2).
    pub(super) fn trailer_or_roc(&self) -> [u8; 4] {
        let [_, _, roc @ .., _, _] = self.index.to_be_bytes();
        self.trailer.map_or(roc, u32::to_be_bytes)
    }

    /// The first counter block of AES-CM (RFC 3711 §4.1.1); the session salt is
    /// multiplied by 2^16 already.
    pub(super) fn cm_counter(&self, salt: u128) -> u128 {
        salt ^ self.nonce() << 16
    }

    /// The block of AES-GCM whose ciphertext masks the tag: the IV (RFC 7714 §8.1,
    /// §9.1) and the number 1 (SP 800-38D §7.1). The text follows from the next one
    /// on. The session salt is moved left by 32 bits already.
    pub(super) fn gcm_counter(&self, salt: u128) -> u128 {
        salt ^ self.nonce() << 32 | 1
    }

    /// SSRC and index where both transforms put them: SSRC · 2^48 XOR index.
    fn nonce(&self) -> u128 {
        u128::from(self.ssrc) << 48 | u128::from(self.index)
    }
}

fn check_len(packet: &[u8]) -> Result<(), Error> {
    if packet.len() > MAX_LEN { Err(Error::PacketTooLong) } else { Ok(()) }
}

fn word_at(packet: &[u8], offset: usize) -> Result<u32, Error> {
    let word = packet.get(offset..).and_then(|rest| rest.first_chunk());
    word.map(|word| u32::from_be_bytes(*word)).ok_or(Error::PacketMalformed)
}
