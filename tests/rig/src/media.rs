//! The media of a caller: RTP and RTCP sockets, packets, and SRTP by libsrtp on both.

mod secure;

pub use secure::SecureMedia;

use crate::Result;
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

    /// Hears what comes from the PBX's port for RTP and from the one above it, and nothing else from now on: its own
    /// ports may have been those of an earlier caller, to whom a PBX still sends.
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
    use crate::wait::PATIENCE;

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
