//! The kernels alone on the same bytes: what the engine calls on this machine, without the engine. It writes what the
//! engine writes.

use super::Peer;
use super::floor::{Counter, HEADER_LEN, Session, nonce};
use voxseal_kernels::{AES_128, AES_256, AesCm, AesGcm};

/// A kernel with the session keys of the benches' master key.
pub struct Kernels {
    run: Run,
    salt: u128,
    outbound: Counter,
    inbound: Counter,
}

enum Run {
    Cm128(AesCm<AES_128>),
    Cm256(AesCm<AES_256>),
    Gcm128(AesGcm<AES_128>),
}

impl Kernels {
    /// `None` where the CPU lacks the instructions.
    pub fn new(session: &Session) -> Option<Kernels> {
        let run = match (session.is_gcm, session.enc_key.len()) {
            (false, 16) => Run::Cm128(AesCm::new(&session.enc_key, &session.auth_key)?),
            (false, _) => Run::Cm256(AesCm::new(&session.enc_key, &session.auth_key)?),
            (true, _) => Run::Gcm128(AesGcm::new(&session.enc_key)?),
        };
        Some(Kernels { run, salt: session.salt, outbound: Counter::default(), inbound: Counter::default() })
    }
}

impl Peer for Kernels {
    fn protect(&mut self, plain: &[u8], out: &mut [u8]) -> usize {
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
                return len + tag.len();
            }
        };
        out[len..len + 10].copy_from_slice(&mac[..10]);
        len + 10
    }

    fn unprotect(&mut self, packet: &mut [u8]) -> usize {
        let tag_len = if matches!(self.run, Run::Gcm128(_)) { 16 } else { 10 };
        let len = packet.len() - tag_len;
        let (body, tag) = packet.split_at_mut(len);
        let index = self.inbound.index(body);
        let (roc, counter) = (((index >> 16) as u32).to_be_bytes(), self.salt ^ nonce(body, index) << 16);
        match &self.run {
            Run::Cm128(keys) => {
                assert_eq!(keys.mac(body, roc)[..10], *tag);
                keys.crypt(&mut body[HEADER_LEN..], counter);
            }
            Run::Cm256(keys) => {
                assert_eq!(keys.mac(body, roc)[..10], *tag);
                keys.crypt(&mut body[HEADER_LEN..], counter);
            }
            Run::Gcm128(keys) => {
                let counter = self.salt ^ nonce(body, index) << 32 | 1;
                assert_eq!(keys.mac(body, HEADER_LEN, counter, &[]), *tag);
                keys.crypt(&mut body[HEADER_LEN..], counter);
            }
        }
        len
    }
}
