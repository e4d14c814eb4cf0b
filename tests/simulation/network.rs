//! A network that loses, delays, doubles and damages packets.

use super::model::Truth;
use super::random::Random;
use std::collections::BTreeMap;
use voxseal::srtp::PacketKind;

/// What arrives. Without a truth it is a forgery.
#[derive(Clone)]
pub struct Arrival {
    pub kind: PacketKind,
    pub bytes: Vec<u8>,
    pub truth: Option<Truth>,
}

#[derive(Default)]
pub struct Network {
    /// By the step of the arrival, then by a running number.
    on_the_way: BTreeMap<(u64, u64), Arrival>,
    sent: u64,
    /// Inside a burst of losses.
    burst: bool,
    /// Recorded by an attacker, to be replayed much later.
    recorded: Vec<Arrival>,
}

impl Network {
    pub fn send(&mut self, packet: (Vec<u8>, Truth), step: u64, random: &mut Random) {
        let (bytes, truth) = packet;
        let arrival = Arrival { kind: truth.kind, bytes, truth: Some(truth) };
        self.record(&arrival, random);
        self.burst = if self.burst { !random.chance(1, 12) } else { random.chance(1, 250) };
        let lost = random.chance(if self.burst { 9 } else { 1 }, 10);
        if random.chance(1, 16) {
            let forged = forge(&arrival, random);
            self.put(forged, step, random);
        }
        if random.chance(1, 40) {
            self.put(arrival.clone(), step, random);
        }
        if !lost {
            self.put(arrival, step, random);
        }
        if random.chance(1, 60) && !self.recorded.is_empty() {
            let old = random.below(self.recorded.len() as u64) as usize;
            self.put(self.recorded[old].clone(), step, random);
        }
    }

    /// All that arrives at this step.
    pub fn arrivals(&mut self, step: u64) -> Vec<Arrival> {
        let later = self.on_the_way.split_off(&(step + 1, 0));
        core::mem::replace(&mut self.on_the_way, later).into_values().collect()
    }

    fn put(&mut self, arrival: Arrival, step: u64, random: &mut Random) {
        let delay = match random.below(1000) {
            0..700 => 0,
            700..940 => random.below(6),
            940..990 => random.below(80),
            990..998 => random.below(900),
            _ => random.below(5000),
        };
        self.sent += 1;
        self.on_the_way.insert((step + delay, self.sent), arrival);
    }

    fn record(&mut self, arrival: &Arrival, random: &mut Random) {
        if self.recorded.len() < 100 {
            self.recorded.push(arrival.clone());
        } else if random.chance(1, 300) {
            let place = random.below(100) as usize;
            self.recorded[place] = arrival.clone();
        }
    }
}

/// Something that looks like the packet and is not what the sender sealed.
fn forge(genuine: &Arrival, random: &mut Random) -> Arrival {
    let (mut kind, mut bytes) = (genuine.kind, genuine.bytes.clone());
    let len = bytes.len() as u64;
    match random.below(7) {
        0 | 1 => flip(&mut bytes, random.below(len), random),
        // Sequence number or, in RTCP, the sender's SSRC: indexes elsewhere.
        2 => flip(&mut bytes, 2 + random.below(3), random),
        3 => flip(&mut bytes, len - 1 - random.below(len.min(20)), random),
        // The other kind has other keys.
        4 if kind == PacketKind::Rtp => kind = PacketKind::Rtcp,
        4 => kind = PacketKind::Rtp,
        // Six bytes less of an SRTCP packet may be a shorter tag, which is genuine.
        5 => bytes.truncate((len - [1, 2, 3, 4, 8, 11][random.below(6) as usize]) as usize),
        _ => {
            let garbage = random.bytes(bytes.len() - 1);
            bytes[1..].copy_from_slice(&garbage);
        }
    }
    Arrival { kind, bytes, truth: None }
}

fn flip(bytes: &mut [u8], place: u64, random: &mut Random) {
    bytes[place as usize] ^= 1 << random.below(8);
}
