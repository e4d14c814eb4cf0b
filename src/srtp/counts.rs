//! Counters of one stream.

use super::header::Header;
use super::inbound_key::InboundKey;
use crate::error::Error;

/// What one SSRC under one key has seen. Packets and bytes are of SRTP, the rest
/// is of SRTP and SRTCP together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamCounts {
    /// SRTP packets.
    pub packets: u64,
    /// Bytes of these packets without what protection adds.
    pub bytes: u64,
    /// Packets with its SSRC whose tag did not fit (inbound).
    pub auth_failures: u64,
    /// Packets received before (inbound).
    pub replays: u64,
    /// Packets older than the replay window (inbound).
    pub late: u64,
    /// Times that the peer's ROC was found ahead of ours (inbound).
    pub roc_recoveries: u64,
}

impl StreamCounts {
    pub(super) fn packet(&mut self, len: usize) {
        self.packets += 1;
        self.bytes += len as u64;
    }

    fn refused(&mut self, error: Error) {
        match error {
            Error::AuthFailed => self.auth_failures += 1,
            Error::Replayed => self.replays += 1,
            Error::TooOld => self.late += 1,
            _ => {}
        }
    }
}

/// Counts a refused packet for the stream that it claims to be of, under the
/// likeliest key that knows it. An SSRC that nobody has authenticated gets no
/// stream: its packets count for the session alone.
pub(super) fn count_refused(keys: &mut [InboundKey], header: Header, error: Error) {
    let ssrc = header.ssrc();
    let fitting = keys.iter_mut().filter(|entry| entry.fits(ssrc));
    if let Some(stream) = fitting.filter_map(|entry| entry.streams.get_mut(ssrc)).next() {
        stream.counts.refused(error);
    }
}
