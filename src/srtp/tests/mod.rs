//! The rules of sessions, one test each; what they share stands here.

mod former_tag;
mod inbound;
mod keys;
mod mki;
mod outbound;
mod renewal;
mod table;
mod unencrypted;

use super::*;
use crate::crypto::Transform;
use crate::error::Error;
use crate::secret::MasterKey;
use crate::suite::CryptoSuite::{self, *};

const SSRC: u32 = 0x0102_0304;

fn master_key(suite: CryptoSuite, seed: u8) -> MasterKey {
    let bytes: Vec<u8> = (0..suite.key_salt_len() as u8).map(|n| n.wrapping_mul(7) ^ seed).collect();
    MasterKey::new(suite, &bytes).unwrap()
}

fn policy(direction: Direction, suite: CryptoSuite, seed: u8) -> Policy {
    Policy::new(direction, SsrcRule::Any, master_key(suite, seed))
}

fn rtp(ssrc: u32, seq: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(seq.to_be_bytes());
    packet.extend([0, 0, 0, 1]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend(payload);
    packet
}

fn rtcp(ssrc: u32, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 200, 0, (1 + body.len() / 4) as u8];
    packet.extend(ssrc.to_be_bytes());
    packet.extend(body);
    packet
}

impl Outbound {
    /// Gives the key in use another transform.
    pub(crate) fn replace_transform(&mut self, transform: Transform) {
        self.keys.last_mut().unwrap().key.transform = transform;
    }
}

const START: Millis = Millis(1_000_000);

fn no_sender() -> Outbound {
    Outbound::new(SessionConfig::default(), Default::default())
}

fn no_receiver(config: SessionConfig) -> Inbound {
    Inbound::new(config, Default::default())
}

fn sender(suite: CryptoSuite, seed: u8) -> Outbound {
    let mut outbound = no_sender();
    outbound.apply(&policy(Direction::Outbound, suite, seed), START).unwrap();
    outbound
}

fn receiver(suite: CryptoSuite, seed: u8) -> Inbound {
    let mut inbound = no_receiver(SessionConfig::default());
    inbound.apply(&policy(Direction::Inbound, suite, seed), START).unwrap();
    inbound
}

fn protect(outbound: &mut Outbound, kind: PacketKind, packet: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; packet.len() + MAX_TRAILER_LEN];
    let len = outbound.protect(kind, packet, &mut out)?;
    out.truncate(len);
    Ok(out)
}

fn unprotect(inbound: &mut Inbound, kind: PacketKind, packet: &[u8]) -> Result<Vec<u8>, Error> {
    let mut packet = packet.to_vec();
    let before = packet.clone();
    match inbound.unprotect(kind, &mut packet, || START) {
        Ok(len) => {
            packet.truncate(len);
            Ok(packet)
        }
        Err(error) => {
            assert_eq!(packet, before, "a refused packet stays as it was");
            Err(error)
        }
    }
}

fn send_rtp(outbound: &mut Outbound, seq: u16) -> Vec<u8> {
    protect(outbound, PacketKind::Rtp, &rtp(SSRC, seq, b"some payload")).unwrap()
}
