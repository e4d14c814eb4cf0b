//! The media of one call: 50 packets a second, each with a number that its echo brings back.

use crate::ledger::Ledger;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use voxseal_rig::Result;
use voxseal_rig::caller::{Call, Offer};

/// What every payload is full of, and what must not be seen on the wire.
pub const NEEDLE: [u8; 8] = *b"voxSOAK\xa5";
const PAYLOAD_LEN: usize = 160;
/// An echo that takes longer is lost.
const PATIENCE: Duration = Duration::from_secs(3);
/// One report for so many packets.
const PACKETS_PER_REPORT: u32 = 250;

pub struct Leg {
    pub call: Call,
    next: u32,
    waiting: VecDeque<(u32, Instant)>,
    heard: bool,
    quiet: Option<Instant>,
    /// What came while an answer with new keys may have been on its way and could not be read.
    held: Option<Vec<Vec<u8>>>,
}

impl Leg {
    pub fn new(call: Call) -> Result<Leg> {
        Ok(Leg { call, next: 0, waiting: VecDeque::new(), heard: false, quiet: None, held: None })
    }

    /// Sends one packet and takes what has come.
    pub fn tick(&mut self, ledger: &Ledger, now: Instant) -> Result<()> {
        if self.quiet.is_none() {
            self.send(ledger, now)?;
        }
        self.receive(ledger)?;
        loop {
            match self.call.media.receive_rtcp(Duration::ZERO) {
                Ok(None) => break,
                Ok(Some(_)) => ledger.srtcp_received.add(1),
                // Not under the keys of now: the others of this moment come with the next packet.
                Err(_) => {
                    ledger.srtcp_unreadable.add(1);
                    break;
                }
            }
        }
        while self.waiting.front().is_some_and(|(_, sent)| now.duration_since(*sent) > PATIENCE) {
            self.waiting.pop_front();
            ledger.lost.add(1);
        }
        Ok(())
    }

    fn receive(&mut self, ledger: &Ledger) -> Result<()> {
        while let Some(packet) = self.call.media.receive_protected(Duration::ZERO)? {
            self.take(packet, ledger);
        }
        Ok(())
    }

    fn send(&mut self, ledger: &Ledger, now: Instant) -> Result<()> {
        let mut payload = NEEDLE.repeat(PAYLOAD_LEN / NEEDLE.len());
        payload[..4].copy_from_slice(&self.next.to_be_bytes());
        self.call.media.send(&payload)?;
        self.waiting.push_back((self.next, now));
        ledger.sent.add(1);
        self.next += 1;
        if self.next.is_multiple_of(PACKETS_PER_REPORT) {
            self.call.media.send_rtcp()?;
        }
        Ok(())
    }

    fn take(&mut self, packet: Vec<u8>, ledger: &Ledger) {
        let mut plain = packet.clone();
        match (self.call.media.unprotect(&mut plain), &mut self.held) {
            (Ok(()), _) => self.take_echo(&plain, ledger),
            (Err(_), Some(held)) => held.push(packet),
            (Err(_), None) => ledger.unreadable.add(1),
        }
    }

    fn take_echo(&mut self, plain: &[u8], ledger: &Ledger) {
        let number = plain.get(12..16).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
        let found = self.waiting.iter().position(|(sent, _)| Some(*sent) == number);
        let Some(found) = found.filter(|_| plain.len() == 12 + PAYLOAD_LEN) else {
            return ledger.strange.add(1);
        };
        if !self.heard {
            self.heard = true;
            ledger.swallowed.add(found as u64);
            self.waiting.drain(..found);
            self.waiting.pop_front();
        } else {
            self.waiting.remove(found);
        }
        ledger.echoed.add(1);
    }

    /// New keys are asked for; what cannot be read from now on may be ahead of the answer.
    pub fn expect_keys(&mut self) {
        self.held = Some(Vec::new());
    }

    /// The answer has come, with keys or with a refusal.
    pub fn keys_agreed(&mut self, agreed: Option<(Offer, Vec<u8>)>, ledger: &Ledger) -> Result<()> {
        // What still waits may be from before the PBX changed its key.
        self.receive(ledger)?;
        if let Some((offer, remote)) = agreed {
            self.call.use_keys(offer, remote)?;
        }
        for packet in self.held.take().unwrap_or_default() {
            ledger.ahead_of_answer.add(1);
            self.take(packet, ledger);
        }
        Ok(())
    }

    /// Another SSRC from the next packet on.
    pub fn change_ssrc(&mut self) {
        self.call.media.ssrc = self.call.media.ssrc.wrapping_add(0x0101_0101);
    }

    /// Sends no more; true once every echo has come or is lost, or nobody has looked for so long.
    pub fn hush(&mut self, ledger: &Ledger) -> bool {
        let since = *self.quiet.get_or_insert_with(Instant::now);
        if since.elapsed() > PATIENCE * 2 {
            ledger.lost.add(self.waiting.len() as u64);
            self.waiting.clear();
        }
        self.waiting.is_empty()
    }
}
