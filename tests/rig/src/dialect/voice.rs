//! The media of a system: packets by libsrtp, in the system's habits.

use super::{Agreed, Habits};
use crate::Result;
use crate::libsrtp::{Direction, Kind, Libsrtp, RigKey};
use crate::media::rtp_packet;

/// One system's end of a call.
pub struct Voice {
    outbound: Libsrtp,
    inbound: Libsrtp,
    habits: Habits,
    /// Its SSRC.
    pub ssrc: u32,
    /// The sequence number of the next packet.
    pub sequence: u16,
}

impl Voice {
    /// Media under the keys that were agreed.
    pub fn new(agreed: &Agreed, habits: Habits, ssrc: u32, sequence: u16) -> Result<Voice> {
        let (outbound, inbound) = sessions(agreed, habits)?;
        Ok(Voice { outbound, inbound, habits, ssrc, sequence })
    }

    /// Goes on under other keys, both at ROC 0.
    pub fn use_keys(&mut self, agreed: &Agreed) -> Result<()> {
        (self.outbound, self.inbound) = sessions(agreed, self.habits)?;
        Ok(())
    }

    /// Goes on under another key of its own; what it receives goes on as it was.
    pub fn use_local_keys(&mut self, agreed: &Agreed) -> Result<()> {
        self.outbound = sessions(agreed, self.habits)?.0;
        Ok(())
    }

    /// Protects with the `nth` of its keys from now on.
    pub fn select(&mut self, nth: usize) {
        self.outbound.select(nth);
    }

    /// The next RTP packet: in clear, and protected.
    pub fn speak(&mut self, payload: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
        let plain = rtp_packet(self.sequence, u32::from(self.sequence) * 160, self.ssrc, payload);
        self.sequence = self.sequence.wrapping_add(1);
        let mut packet = plain.clone();
        self.outbound.protect(Kind::Rtp, &mut packet)?;
        Ok((plain, packet))
    }

    /// The next RTCP packet: in clear, and protected.
    pub fn report(&mut self, number: u32) -> Result<(Vec<u8>, Vec<u8>)> {
        let plain = receiver_report(self.ssrc, number);
        let mut packet = plain.clone();
        self.outbound.protect(Kind::Rtcp, &mut packet)?;
        Ok((plain, packet))
    }

    /// Opens a packet of ours in place.
    pub fn hear(&mut self, kind: Kind, packet: &mut Vec<u8>) -> Result<()> {
        self.inbound.unprotect(kind, packet)
    }
}

/// A receiver report with one block that no other has.
pub fn receiver_report(ssrc: u32, number: u32) -> Vec<u8> {
    let mut packet = vec![0x81, 201, 0, 7];
    packet.extend(ssrc.to_be_bytes());
    for word in [1, 2, number, 4, 5, 6] {
        packet.extend(u32::to_be_bytes(word));
    }
    packet
}

fn sessions(agreed: &Agreed, habits: Habits) -> Result<(Libsrtp, Libsrtp)> {
    let short = habits.short_srtcp_tags && agreed.suite.name.ends_with("_32");
    let without_mki = |key: &RigKey| RigKey { mki: Vec::new(), ..key.clone() };
    let local: Vec<RigKey> = match habits.leaves_out_mki {
        true => agreed.local.iter().take(1).map(without_mki).collect(),
        false => agreed.local.clone(),
    };
    Ok((
        Libsrtp::with_keys(agreed.suite, &local, Direction::Outbound, short)?,
        Libsrtp::with_keys(agreed.suite, &agreed.remote, Direction::Inbound, short)?,
    ))
}
