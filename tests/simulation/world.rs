//! Two sessions that talk to each other over a bad network.

use super::keys::Line;
use super::model::{KeyNumber, Receiver, Verdict};
use super::network::{Arrival, Network};
use super::random::Random;
use super::sender::Sender;
use voxseal::error::Error;
use voxseal::srtp::{Direction, Millis, PacketKind, SessionConfig, SessionId, SessionTable};
use voxseal::suite::CryptoSuite;

/// One direction: a sender, the network, and a receiver with its model.
struct Leg {
    sender: Sender,
    network: Network,
    receiver: SessionId,
    model: Receiver,
    /// The receiver learns of this key at this step; the sender may have it
    /// already.
    rekey: Option<Rekey>,
    ssrcs: u32,
}

struct Rekey {
    key: KeyNumber,
    sender_at: u64,
    receiver_at: u64,
}

/// What happened in a world.
#[derive(Default, Debug)]
pub struct Tally {
    pub received: u64,
    pub accepted: u64,
    pub replays_refused: u64,
    pub forgeries_refused: u64,
    pub rocs_found: u64,
    pub rekeys: u64,
    pub wraps: u64,
}

pub struct World {
    table: SessionTable,
    sessions: [SessionId; 2],
    legs: [Leg; 2],
    line: Line,
    random: Random,
    step: u64,
    keys: KeyNumber,
    pub tally: Tally,
}

/// A step is a packet's time.
const STEP_MILLIS: u64 = 20;
/// Longer than the network cuts off: a packet with another length of its MKI is genuine.
const MKI_LEN: usize = 16;

impl World {
    /// With every other seed, keys have MKIs.
    pub fn new(suite: CryptoSuite, seed: u64) -> World {
        let line = Line { suite, mki_len: if seed.is_multiple_of(2) { MKI_LEN } else { 0 } };
        let table = SessionTable::new();
        let sessions = [0, 1].map(|_| table.insert(SessionConfig::default()).expect("room in the table"));
        let legs = [(0, 1), (1, 0)].map(|(from, to)| Leg {
            sender: Sender::new(sessions[from], line, 0x1000 * (from as u32 + 1)),
            network: Network::default(),
            receiver: sessions[to],
            model: Receiver::default(),
            rekey: None,
            ssrcs: 1,
        });
        let (random, tally) = (Random::new(seed << 4 | suite as u64), Tally::default());
        let mut world = World { table, sessions, legs, line, random, step: 0, keys: 0, tally };
        for leg in 0..2 {
            let key = world.fresh_key();
            world.legs[leg].sender.apply(&world.table, key);
            world.apply_at_receiver(leg, key);
        }
        world
    }

    /// The step at which the world is.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Lets a packet's time pass in both directions.
    pub fn advance(&mut self) {
        self.step += 1;
        for leg in 0..2 {
            self.happen(leg);
            self.rekey_when_due(leg);
            self.send(leg);
            for arrival in self.legs[leg].network.arrivals(self.step) {
                self.receive(leg, &arrival);
            }
        }
        if self.random.chance(1, 20_000) {
            self.restart();
        }
    }

    /// What comes over a call once in a while.
    fn happen(&mut self, leg: usize) {
        match self.random.below(10_000) {
            0..2 => self.start_rekey(leg),
            2..4 => self.long_hold(leg),
            4..8 => self.change_ssrc(leg),
            8..108 => self.legs[leg].sender.skip(self.random.below(30_000)),
            108..208 => self.legs[leg].sender.skip(self.random.below(1_500)),
            208..308 => self.legs[leg].sender.hold_back(),
            308..458 => self.legs[leg].sender.repeat(&self.table, &mut self.random),
            _ => {}
        }
    }

    fn send(&mut self, leg: usize) {
        let Leg { sender, network, .. } = &mut self.legs[leg];
        if self.random.chance(1, 30) {
            network.send(sender.send_rtcp(&self.table, &mut self.random), self.step, &mut self.random);
        }
        if let Some(packet) = sender.send(&self.table, &mut self.random) {
            network.send(packet, self.step, &mut self.random);
        }
    }

    /// The peer goes on counting, and nothing of it arrives.
    fn long_hold(&mut self, leg: usize) {
        let Leg { sender, model, .. } = &mut self.legs[leg];
        let heard = model.highest(sender.key, sender.ssrc).unwrap_or(0);
        let most = (12 << 16) - (sender.next_index() - heard).min(12 << 16);
        let span = [40_000, 120_000, 700_000][self.random.below(3) as usize].min(most);
        let mut left = 1 + self.random.below(span + 1);
        while left > 0 {
            let jump = left.min(30_000);
            sender.skip(jump);
            sender.send(&self.table, &mut self.random);
            left -= jump;
        }
    }

    fn change_ssrc(&mut self, leg: usize) {
        let Leg { sender, ssrcs, .. } = &mut self.legs[leg];
        if *ssrcs < 200 && self.random.chance(1, 2) {
            *ssrcs += 1;
        }
        let ssrc = sender.ssrc & 0xffff_f000 | self.random.below(u64::from(*ssrcs)) as u32;
        sender.change_ssrc(&self.table, ssrc, self.random.next() as u16);
    }

    /// The ends of a leg hear of a new key at different times, within a second or so.
    fn start_rekey(&mut self, leg: usize) {
        if self.legs[leg].rekey.is_none() {
            let key = self.fresh_key();
            let (sender_at, receiver_at) = (self.random.below(60), self.random.below(60));
            let (sender_at, receiver_at) = (self.step + sender_at, self.step + receiver_at);
            self.legs[leg].rekey = Some(Rekey { key, sender_at, receiver_at });
        }
    }

    fn rekey_when_due(&mut self, leg: usize) {
        let Some(Rekey { key, sender_at, receiver_at }) = self.legs[leg].rekey else { return };
        if sender_at == self.step {
            self.legs[leg].sender.apply(&self.table, key);
        }
        if receiver_at == self.step {
            self.apply_at_receiver(leg, key);
        }
        if sender_at.max(receiver_at) <= self.step {
            self.legs[leg].rekey = None;
            self.tally.rekeys += 1;
        }
    }

    /// One end loses its session: it sends with a new key and hears with no past.
    fn restart(&mut self) {
        let end = self.random.below(2) as usize;
        self.table.remove(self.sessions[end]).expect("the session is there");
        let session = self.table.insert(SessionConfig::default()).expect("room in the table");
        self.sessions[end] = session;
        let key = self.fresh_key();
        let (out, back) = (&mut self.legs[end], 1 - end);
        out.rekey = None;
        out.sender.session = session;
        out.sender.apply(&self.table, key);
        self.apply_at_receiver(end, key);
        let key = self.legs[back].sender.key;
        self.legs[back].receiver = session;
        self.legs[back].model = Receiver::default();
        self.apply_at_receiver(back, key);
    }

    fn apply_at_receiver(&mut self, leg: usize, key: KeyNumber) {
        let now = self.step * STEP_MILLIS;
        let policy = self.line.policy(Direction::Inbound, key);
        self.table.apply(self.legs[leg].receiver, &policy, Millis(now)).expect("a key is taken");
        self.legs[leg].model.apply(key, now);
    }

    fn receive(&mut self, leg: usize, arrival: &Arrival) {
        let Leg { receiver, model, .. } = &mut self.legs[leg];
        let now = self.step * STEP_MILLIS;
        let verdict = arrival.truth.as_ref().map_or(Verdict::MustRefuse, |truth| model.verdict(truth, now));
        let result = unprotect(&self.table, *receiver, arrival, Millis(now));
        let tally = &mut self.tally;
        tally.received += 1;
        match (&arrival.truth, verdict, result) {
            (Some(truth), Verdict::MustAccept | Verdict::MayAccept, Ok(plain)) => {
                assert_eq!(plain, truth.plain, "what was sealed comes out");
                let before = model.highest(truth.key, truth.ssrc).unwrap_or(0) >> 16;
                model.accepted(truth);
                let after = model.highest(truth.key, truth.ssrc).unwrap_or(0) >> 16;
                tally.wraps += after - before;
                tally.accepted += 1;
                tally.rocs_found += u64::from(verdict == Verdict::MayAccept);
            }
            (Some(truth), Verdict::MayAccept, Err(_)) => {
                model.refused_ahead(truth);
            }
            (Some(_), Verdict::MustRefuse, Err(_)) => tally.replays_refused += 1,
            (None, Verdict::MustRefuse, Err(_)) => tally.forgeries_refused += 1,
            (truth, verdict, result) => {
                let known = truth.as_ref().map(|truth| model.describe(truth));
                panic!("{verdict:?}, but {:?}: {known:?}", result.map(|_| ()));
            }
        }
    }

    fn fresh_key(&mut self) -> KeyNumber {
        self.keys += 1;
        self.keys
    }
}

fn unprotect(table: &SessionTable, id: SessionId, arrival: &Arrival, now: Millis) -> Result<Vec<u8>, Error> {
    let mut bytes = arrival.bytes.clone();
    let kind: PacketKind = arrival.kind;
    let result = table.inbound(id, |inbound| inbound.unprotect(kind, &mut bytes, || now));
    if result.is_err() {
        assert_eq!(bytes, arrival.bytes, "a refused packet stays as it was");
    }
    bytes.truncate(result?);
    Ok(bytes)
}
