//! RTP and RTCP through libsrtp.

use super::{Media, random_payload, rtp_packet};
use crate::Result;
use crate::libsrtp::{Direction, Kind, Libsrtp, RigSuite};
use crate::wait::{PATIENCE, between_packets, wait_for};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

impl Media {
    /// Media with keys, towards the PBX's RTP address.
    pub fn secure(
        mut self,
        suite: RigSuite,
        local: &[u8],
        remote: &[u8],
        to: SocketAddr,
    ) -> Result<SecureMedia> {
        self.hear_only(to);
        let outbound = Libsrtp::new(suite, local, Direction::Outbound)?;
        let inbound = Libsrtp::new(suite, remote, Direction::Inbound)?;
        let mut ssrc = [0; 4];
        openssl::rand::rand_bytes(&mut ssrc)?;
        let ssrc = u32::from_be_bytes(ssrc);
        Ok(SecureMedia {
            media: self,
            outbound,
            inbound,
            next_inbound: None,
            to,
            ssrc,
            payload_type: 0,
            sequence: 1000,
            timestamp: 16_000,
        })
    }
}

/// Media whose packets go through libsrtp.
pub struct SecureMedia {
    media: Media,
    outbound: Libsrtp,
    inbound: Libsrtp,
    /// The PBX's next key: it is in use from the first packet that it opens.
    next_inbound: Option<Libsrtp>,
    to: SocketAddr,
    /// The SSRC of the next packet.
    pub ssrc: u32,
    /// The payload type of the next packet: µ-law unless a test says otherwise.
    pub payload_type: u8,
    /// The sequence number of the next packet.
    pub sequence: u16,
    timestamp: u32,
}

impl SecureMedia {
    /// Makes the next RTP packet of 20 ms µ-law, protected.
    pub fn protect(&mut self, payload: &[u8]) -> Result<Vec<u8>> {
        let mut packet = rtp_packet(self.sequence, self.timestamp, self.ssrc, payload);
        packet[1] = self.payload_type;
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(160);
        self.outbound.protect(Kind::Rtp, &mut packet)?;
        Ok(packet)
    }

    /// Sends one RTP packet of 20 ms µ-law with this payload, protected. Gives the bytes that went out.
    pub fn send(&mut self, payload: &[u8]) -> Result<Vec<u8>> {
        let packet = self.protect(payload)?;
        self.send_raw(&packet)?;
        Ok(packet)
    }

    /// Sends bytes to the PBX's RTP port as they are.
    pub fn send_raw(&self, packet: &[u8]) -> Result<()> {
        self.media.send_raw(packet, self.to)
    }

    /// The port to name in SDP.
    pub fn port(&self) -> u16 {
        self.media.port
    }

    /// Where the PBX wants its RTP.
    pub fn remote_address(&self) -> SocketAddr {
        self.to
    }

    /// Protects with another key from now on, at ROC 0.
    pub fn use_local_key(&mut self, suite: RigSuite, key: &[u8]) -> Result<()> {
        self.outbound = Libsrtp::new(suite, key, Direction::Outbound)?;
        Ok(())
    }

    /// Unprotects with another key from now on, at ROC 0.
    pub fn use_remote_key(&mut self, suite: RigSuite, key: &[u8]) -> Result<()> {
        self.inbound = Libsrtp::new(suite, key, Direction::Inbound)?;
        Ok(())
    }

    /// Unprotects with another key from the first packet on that it opens, at ROC 0, and with the one before until
    /// then.
    pub fn expect_remote_key(&mut self, suite: RigSuite, key: &[u8]) -> Result<()> {
        self.next_inbound = Some(Libsrtp::new(suite, key, Direction::Inbound)?);
        Ok(())
    }

    /// Sends an empty receiver report, protected.
    pub fn send_rtcp(&mut self) -> Result<()> {
        let mut packet = vec![0x80, 201, 0, 1];
        packet.extend_from_slice(&self.ssrc.to_be_bytes());
        self.outbound.protect(Kind::Rtcp, &mut packet)?;
        self.media.rtcp.send_to(&packet, SocketAddr::new(self.to.ip(), self.to.port() + 1))?;
        Ok(())
    }

    /// The next RTP packet of the PBX as it came; `None` when none came in time.
    pub fn receive_protected(&mut self, at_most: Duration) -> Result<Option<Vec<u8>>> {
        self.media.receive(at_most)
    }

    /// Unprotects an RTP packet of the PBX and checks its header.
    pub fn unprotect(&mut self, packet: &mut Vec<u8>) -> Result<()> {
        let mut copy = packet.clone();
        let next = self.next_inbound.as_mut();
        if next.is_some_and(|next| next.unprotect(Kind::Rtp, &mut copy).is_ok()) {
            if let Some(next) = self.next_inbound.take() {
                self.inbound = next;
            }
            *packet = copy;
        } else {
            self.inbound.unprotect(Kind::Rtp, packet)?;
        }
        if packet.len() < 12 || packet[0] != 0x80 {
            return Err("an RTP packet with a header that the PBX does not write".into());
        }
        Ok(())
    }

    /// Unprotects an RTCP packet of the PBX that came to the RTP port.
    pub fn unprotect_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<()> {
        self.inbound.unprotect(Kind::Rtcp, packet)
    }

    /// The payload of the next RTP packet of the PBX; `None` when none came in time. A packet that libsrtp refuses
    /// is an error.
    pub fn receive(&mut self, at_most: Duration) -> Result<Option<Vec<u8>>> {
        let Some(mut packet) = self.receive_protected(at_most)? else { return Ok(None) };
        self.unprotect(&mut packet)?;
        Ok(Some(packet.split_off(12)))
    }

    /// Passes over the reports that have come already: they may be old, and under a key of before.
    pub fn forget_reports(&mut self) -> Result<()> {
        self.media.forget_reports()
    }

    /// The next RTCP packet of the PBX, unprotected.
    pub fn receive_rtcp(&mut self, at_most: Duration) -> Result<Option<Vec<u8>>> {
        let Some(mut packet) = self.media.receive_rtcp(at_most)? else { return Ok(None) };
        self.inbound.unprotect(Kind::Rtcp, &mut packet)?;
        Ok(Some(packet))
    }

    /// Sends until the echo of what was sent last comes back, and gives the payloads sent. Answer() swallows what comes
    /// before the channel is ready.
    pub fn wait_for_first_echo(&mut self) -> Result<Vec<Vec<u8>>> {
        let mut sent = Vec::new();
        wait_for("the first echo", PATIENCE, || {
            let payload = random_payload()?;
            sent.push(payload.clone());
            self.send(&payload)?;
            Ok(self.hears(&payload, &[], between_packets(sent.len()))?.then_some(()))
        })?;
        Ok(sent)
    }

    /// Sends a payload and waits until the very same bytes come back. Echoes of `earlier` packets may come first.
    pub fn echoed(&mut self, payload: &[u8], earlier: &[Vec<u8>]) -> Result<bool> {
        self.send(payload)?;
        self.hears(payload, earlier, PATIENCE)
    }

    /// Waits for a payload. Before it, only `earlier` ones may come, or anything if there are none.
    fn hears(&mut self, payload: &[u8], earlier: &[Vec<u8>], at_most: Duration) -> Result<bool> {
        let deadline = Instant::now() + at_most;
        loop {
            match self.receive(deadline.saturating_duration_since(Instant::now()))? {
                Some(echo) if echo == payload => return Ok(true),
                Some(echo) if earlier.is_empty() || earlier.contains(&echo) => {}
                Some(_) => return Err("the echo is not what was sent".into()),
                None => return Ok(false),
            }
        }
    }
}
