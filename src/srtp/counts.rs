//! Counters of one stream.

use super::header::Header;
use super::inbound_key::InboundKey;
use crate::error::Error;

/// What one SSRC under one key has seen: SRTP alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets.
    pub packets: u64,
    /// Bytes of these packets without what protection adds.
    pub bytes: u64,
}

impl Traffic {
    pub(super) fn count(&mut self, len: usize) {
        self.packets += 1;
        self.bytes += len as u64;
    }
}

/// How the SRTCP packets of one direction ended. Numbers stop at 2^32 - 1, as those
/// below: a session is to be small, and what an attacker sends may be much.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcomes<const KINDS: usize>([u32; KINDS]);

impl<const KINDS: usize> Outcomes<KINDS> {
    pub(super) fn new() -> Outcomes<KINDS> {
        Outcomes([0; KINDS])
    }

    pub(super) fn count(&mut self, kind: usize) {
        if let Some(counter) = self.0.get_mut(kind) {
            *counter = counter.saturating_add(1);
        }
    }

    pub(super) fn numbers(self) -> [u64; KINDS] {
        self.0.map(u64::from)
    }
}

/// What went wrong with an inbound stream, SRTP and SRTCP together. Numbers stop
/// at 2^32 - 1: streams are to be small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mishaps {
    /// Packets with its SSRC whose tag did not fit.
    pub auth_failures: u32,
    /// Packets received before.
    pub replays: u32,
    /// Packets older than the replay window.
    pub late: u32,
    /// Times that the peer's ROC was found ahead of ours.
    pub roc_recoveries: u32,
}

impl Mishaps {
    fn count(&mut self, error: Error) {
        let counter = match error {
            Error::AuthFailed => &mut self.auth_failures,
            Error::Replayed => &mut self.replays,
            Error::TooOld => &mut self.late,
            _ => return,
        };
        *counter = counter.saturating_add(1);
    }

    pub(super) fn recovered(&mut self) {
        self.roc_recoveries = self.roc_recoveries.saturating_add(1);
    }
}

/// Counts a refused packet for the stream that it claims to be of, under the
/// likeliest key that knows it. An SSRC that nobody has authenticated gets no
/// stream: its packets count for the session alone.
pub(super) fn count_refused(keys: &mut [InboundKey], header: Header, error: Error) {
    let ssrc = header.ssrc();
    let fitting = keys.iter_mut().filter(|entry| entry.fits(ssrc));
    if let Some(stream) = fitting.filter_map(|entry| entry.streams.get_mut(ssrc)).next() {
        stream.mishaps.count(error);
    }
}
