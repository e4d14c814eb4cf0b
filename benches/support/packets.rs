//! RTP packets with a sequence number that moves on.

use super::Peer;

/// SSRC of what is protected: the policy names it, as Asterisk's does.
pub const OUTBOUND_SSRC: u32 = 0x1111_1111;
/// SSRC of what is unprotected: found by a policy for any.
pub const INBOUND_SSRC: u32 = 0x2222_2222;
/// Room for the longest packet of a bench and its trailer.
pub const ROOM: usize = 1500;

/// One packet, renumbered again and again.
pub struct Stream {
    packet: Vec<u8>,
    seq: u16,
}

impl Stream {
    pub fn new(ssrc: u32, payload_len: usize) -> Stream {
        let mut packet = vec![0x80, 0, 0, 0, 0, 0, 0, 160];
        packet.extend(ssrc.to_be_bytes());
        packet.extend((0..payload_len).map(|at| at as u8));
        Stream { packet, seq: 0 }
    }

    /// The packet under the next sequence number.
    pub fn next(&mut self) -> &[u8] {
        self.packet[2..4].copy_from_slice(&self.seq.to_be_bytes());
        self.seq = self.seq.wrapping_add(1);
        &self.packet
    }
}

/// Protected packets that nobody has opened yet, made outside of the timed part.
pub struct Arrivals<S> {
    sender: S,
    stream: Stream,
    batch: Vec<[u8; ROOM]>,
    len: usize,
}

impl<S: Peer> Arrivals<S> {
    pub fn new(sender: S, payload_len: usize, count: usize) -> Arrivals<S> {
        let stream = Stream::new(INBOUND_SSRC, payload_len);
        Arrivals { sender, stream, batch: vec![[0; ROOM]; count], len: 0 }
    }

    /// The next packets, as received.
    pub fn next(&mut self) -> impl Iterator<Item = &mut [u8]> {
        for slot in &mut self.batch {
            self.len = self.sender.protect(self.stream.next(), slot);
        }
        let len = self.len;
        self.batch.iter_mut().map(move |slot| &mut slot[..len])
    }
}
