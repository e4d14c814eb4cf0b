//! The media of a caller: RTP and RTCP sockets, packets, and SRTP by libsrtp on both.

use crate::Result;
use crate::libsrtp::{Direction, Kind, Libsrtp, RigSuite};
use crate::wait::{PATIENCE, between_packets, wait_for};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// An RTP socket on an even port and an RTCP socket on the next.
pub struct Media {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    /// The port to name in SDP.
    pub port: u16,
    /// The PBX's port for RTP, once that is known.
    theirs: Option<u16>,
}

impl Media {
    /// Two neighbouring free ports on loopback.
    pub fn bind() -> Result<Media> {
        for _ in 0..50 {
            let rtp = UdpSocket::bind("127.0.0.1:0")?;
            let port = rtp.local_addr()?.port();
            if port % 2 != 0 || port == 65_534 {
                continue;
            }
            if let Ok(rtcp) = UdpSocket::bind(("127.0.0.1", port + 1)) {
                return Ok(Media { rtp, rtcp, port, theirs: None });
            }
        }
        Err("there is no even UDP port with a free neighbour".into())
    }

    /// Hears what comes from the PBX's port for RTP and from the one above it, and nothing else from now on: its own ports may
    /// have been those of an earlier caller, to whom a PBX still sends.
    pub fn hear_only(&mut self, rtp: SocketAddr) {
        self.theirs = Some(rtp.port());
    }

    /// Sends bytes from the RTP port as they are.
    pub fn send_raw(&self, packet: &[u8], to: SocketAddr) -> Result<()> {
        self.rtp.send_to(packet, to)?;
        Ok(())
    }

    /// Sends bytes from the RTCP port to the port above this one as they are.
    pub fn send_raw_rtcp(&self, packet: &[u8], rtp: SocketAddr) -> Result<()> {
        self.rtcp.send_to(packet, SocketAddr::new(rtp.ip(), rtp.port() + 1))?;
        Ok(())
    }

    /// The next datagram on the RTP port; `None` when none came in time.
    pub fn receive(&self, at_most: Duration) -> Result<Option<Vec<u8>>> {
        datagram(&self.rtp, self.theirs, at_most)
    }

    /// The next datagram on the RTCP port; `None` when none came in time.
    pub fn receive_rtcp(&self, at_most: Duration) -> Result<Option<Vec<u8>>> {
        datagram(&self.rtcp, self.theirs.map(|rtp| rtp + 1), at_most)
    }

    /// Passes over the datagrams that have come to the RTCP port already.
    pub fn forget_reports(&self) -> Result<()> {
        while self.receive_rtcp(Duration::ZERO)?.is_some() {}
        Ok(())
    }

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

/// An RTP packet of 20 ms µ-law, in clear.
pub fn rtp_packet(sequence: u16, timestamp: u32, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend_from_slice(&sequence.to_be_bytes());
    packet.extend_from_slice(&timestamp.to_be_bytes());
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(payload);
    packet
}

/// 20 ms of µ-law that no other packet has.
pub fn random_payload() -> Result<Vec<u8>> {
    let mut payload = vec![0; 160];
    openssl::rand::rand_bytes(&mut payload)?;
    Ok(payload)
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

    /// Unprotects with another key from the first packet on that it opens, at ROC 0, and with the one before until then.
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

/// The next datagram, from this port if one is known.
fn datagram(socket: &UdpSocket, from: Option<u16>, at_most: Duration) -> Result<Option<Vec<u8>>> {
    let deadline = Instant::now() + at_most;
    loop {
        match any_datagram(socket, deadline.saturating_duration_since(Instant::now()))? {
            Some((_, sender)) if from.is_some_and(|from| from != sender.port()) => {}
            received => return Ok(received.map(|(bytes, _)| bytes)),
        }
    }
}

/// No time at all takes what is there already, without the turn that a wait costs on a busy machine.
fn any_datagram(socket: &UdpSocket, at_most: Duration) -> Result<Option<(Vec<u8>, SocketAddr)>> {
    let mut bytes = vec![0; 2048];
    let received = if at_most.is_zero() {
        socket.set_nonblocking(true)?;
        let received = socket.recv_from(&mut bytes);
        socket.set_nonblocking(false)?;
        received
    } else {
        socket.set_read_timeout(Some(at_most.max(Duration::from_millis(1))))?;
        socket.recv_from(&mut bytes)
    };
    match received {
        Ok((len, sender)) => {
            bytes.truncate(len);
            Ok(Some((bytes, sender)))
        }
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_heard_but_the_pbx() {
        let (pbx, stranger) = (Media::bind().unwrap(), Media::bind().unwrap());
        let mut media = Media::bind().unwrap();
        let ours = SocketAddr::from(([127, 0, 0, 1], media.port));
        media.hear_only(SocketAddr::from(([127, 0, 0, 1], pbx.port)));
        for (one, what) in [(&stranger, b"strange"), (&pbx, b"the pbx")] {
            one.send_raw(what, ours).unwrap();
            one.send_raw_rtcp(what, ours).unwrap();
        }
        assert_eq!(media.receive(PATIENCE).unwrap().as_deref(), Some(&b"the pbx"[..]));
        assert_eq!(media.receive_rtcp(PATIENCE).unwrap().as_deref(), Some(&b"the pbx"[..]));
        stranger.send_raw(b"strange", ours).unwrap();
        assert_eq!(media.receive(Duration::ZERO).unwrap(), None);
        assert_eq!(media.receive(Duration::from_millis(1)).unwrap(), None);
    }
}
