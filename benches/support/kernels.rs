//! The kernels alone on the same bytes: what the engine calls on this machine, without the engine. It writes what the
//! engine writes.

use super::Peer;
use super::floor::{Counter, HEADER_LEN, Session, nonce};
use std::hint::black_box;
use voxseal_kernels::{AES_128, AES_256, AesCm, AesGcm};

/// A kernel with the session keys of the benches' master key.
pub struct Kernels {
    run: Run,
    salt: u128,
    outbound: Counter,
    inbound: Counter,
    order: Order,
    /// What the last packet wrote at its end: of its tag, or of the opened payload.
    last: u8,
}

/// When a packet may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// At once: the CPU works on it while it still hashes the one before.
    Overlapping,
    /// When the one before is written to its end, as behind any lock.
    InTurn,
}

enum Run {
    Cm128(AesCm<AES_128>),
    Cm256(AesCm<AES_256>),
    Gcm128(AesGcm<AES_128>),
}

impl Kernels {
    /// `None` where the CPU lacks the instructions.
    pub fn new(session: &Session, order: Order) -> Option<Kernels> {
        let run = match (session.is_gcm, session.enc_key.len()) {
            (false, 16) => Run::Cm128(AesCm::new(&session.enc_key, &session.auth_key)?),
            (false, _) => Run::Cm256(AesCm::new(&session.enc_key, &session.auth_key)?),
            (true, _) => Run::Gcm128(AesGcm::new(&session.enc_key)?),
        };
        let (outbound, inbound) = (Counter::default(), Counter::default());
        Some(Kernels { run, salt: session.salt, outbound, inbound, order, last: 0 })
    }

    /// Where a packet begins: 0, which the CPU knows only after the last packet's end if packets go in turn.
    fn start(&self) -> usize {
        if self.order == Order::InTurn { usize::from(self.last) & black_box(0) } else { 0 }
    }
}

impl Peer for Kernels {
    fn protect(&mut self, plain: &[u8], out: &mut [u8]) -> usize {
        let plain = &plain[self.start()..];
        let (len, index) = (plain.len(), self.outbound.index(plain));
        let (body, roc) = (&mut out[..len], ((index >> 16) as u32).to_be_bytes());
        let counter = self.salt ^ nonce(plain, index) << 16;
        let mac = match &self.run {
            Run::Cm128(keys) => keys.seal_into(plain, body, HEADER_LEN, counter, roc),
            Run::Cm256(keys) => keys.seal_into(plain, body, HEADER_LEN, counter, roc),
            Run::Gcm128(keys) => {
                body.copy_from_slice(plain);
                let counter = self.salt ^ nonce(plain, index) << 32 | 1;
                let tag = keys.seal(body, HEADER_LEN, counter, &[]);
                out[len..len + tag.len()].copy_from_slice(&tag);
                self.last = tag[0];
                return len + tag.len();
            }
        };
        out[len..len + 10].copy_from_slice(&mac[..10]);
        self.last = mac[0];
        len + 10
    }

    fn unprotect(&mut self, packet: &mut [u8]) -> usize {
        let tag_len = if matches!(self.run, Run::Gcm128(_)) { 16 } else { 10 };
        let len = packet.len() - tag_len;
        let (body, tag) = packet[self.start()..].split_at_mut(len);
        let index = self.inbound.index(body);
        let (roc, counter) = (((index >> 16) as u32).to_be_bytes(), self.salt ^ nonce(body, index) << 16);
        match &self.run {
            Run::Cm128(keys) => {
                let mac = keys.mac(body, roc);
                assert_eq!(mac[..10], *tag);
                keys.crypt(&mut body[HEADER_LEN..], counter);
            }
            Run::Cm256(keys) => {
                let mac = keys.mac(body, roc);
                assert_eq!(mac[..10], *tag);
                keys.crypt(&mut body[HEADER_LEN..], counter);
            }
            Run::Gcm128(keys) => {
                let counter = self.salt ^ nonce(body, index) << 32 | 1;
                let mac = keys.mac(body, HEADER_LEN, counter, &[]);
                assert_eq!(mac, *tag);
                keys.crypt(&mut body[HEADER_LEN..], counter);
            }
        }
        self.last = body.last().copied().unwrap_or_default();
        len
    }
}
