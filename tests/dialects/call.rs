//! Two systems call each other through two legs of ours, in process: signalling first, then media.

use crate::leg::{Leg, Packet, Refused, Taken};
use voxseal_rig::Result;
use voxseal_rig::dialect::{Agreed, Dialect, Voice, audio, with_lines};
use voxseal_rig::libsrtp::Kind;

/// A leg of ours and the system at its other end. Without a voice nothing was agreed.
pub struct End {
    pub leg: Leg,
    pub voice: Option<Voice>,
}

/// What came of the lines of a peer.
pub type Verdict = std::result::Result<Option<Taken>, Refused>;

/// The first packet is near the end of the sequence numbers, so that every call passes the wrap.
const FIRST_SEQUENCE: u16 = 65_400;

/// Whether a verdict is as a file expects it: `5 SUITE`, `SUITE`, `none` or `refused: why`.
pub fn check(verdict: &Verdict, expect: &str, what: &str) -> Result<()> {
    let fits = match (verdict, expect.strip_prefix("refused: ")) {
        (Err(refused), Some(why)) => refused.reason.to_lowercase().contains(&why.to_lowercase()),
        (Ok(None), None) => expect == "none",
        (Ok(Some(taken)), None) => {
            expect == taken.suite || expect == format!("{} {}", taken.tag, taken.suite)
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err(format!("{what}: {verdict:?}, expected: {expect}").into()) }
}

/// The system calls us. Our answer repeats the transport of the offer.
pub fn incoming(system: &Dialect) -> Result<End> {
    let what = format!("the offer of {}", system.name);
    let mut leg = leg_for(system)?;
    let offer = system.offer(4000, 1, "sendrecv");
    let media = audio(&offer)?;
    let lines: Vec<&str> = media.crypto.iter().map(|line| line.value.as_str()).collect();
    let verdict = leg.take(&lines);
    check(&verdict, &system.offer.expect, &what)?;
    // The host reads every offer twice.
    if verdict != leg.take(&lines) {
        return Err(format!("{what}, read again, is another").into());
    }
    if !matches!(verdict, Ok(Some(_))) {
        return Ok(End { leg, voice: None });
    }
    let answer = with_lines(&media.transport, 4002, &lines_of(&leg)?);
    complain(system, &answer)?;
    let agreed = system.accept(&offer, &answer).map_err(|error| format!("{what}: {error}"))?;
    voice(system, leg, &agreed)
}

/// We call the system, over the transport that it can stand.
pub fn outgoing(system: &Dialect) -> Result<End> {
    let mut leg = leg_for(system)?;
    let lines = leg.offer().map_err(sentence)?;
    let transport = audio(&system.offer(4000, 1, "sendrecv"))?.transport;
    let offer = with_lines(&transport, 4002, &lines);
    complain(system, &offer)?;
    let (answer, agreed) = system.answer(&offer, 4000)?;
    let answered = audio(&answer)?.crypto;
    let verdict = leg.take(&answered.iter().map(|line| line.value.as_str()).collect::<Vec<_>>());
    check(&verdict, &system.answer.expect, &format!("the answer of {}", system.name))?;
    match (verdict, agreed) {
        (Ok(Some(taken)), Some(agreed)) if taken.suite == agreed.suite.name => voice(system, leg, &agreed),
        (Ok(Some(_)), _) => Err("we took another suite than the system".into()),
        _ => Ok(End { leg, voice: None }),
    }
}

pub fn leg_for(system: &Dialect) -> Result<Leg> {
    Leg::new(&system.profile, &system.settings).map_err(|refused| {
        format!("profile {} of {}: {}", system.profile, system.name, refused.reason).into()
    })
}

fn voice(system: &Dialect, leg: Leg, agreed: &Agreed) -> Result<End> {
    let ssrc = 0x0a00_0000 | system.name.bytes().fold(7, |sum, byte| sum * 31 % 65_521 + u32::from(byte));
    let voice = Voice::new(agreed, system.media, ssrc, FIRST_SEQUENCE)?;
    Ok(End { leg, voice: Some(voice) })
}

pub fn lines_of(leg: &Leg) -> Result<Vec<String>> {
    leg.lines().map_err(sentence)
}

fn complain(system: &Dialect, sdp: &str) -> Result<()> {
    let complaints = system.complaints(sdp)?;
    if complaints.is_empty() {
        return Ok(());
    }
    Err(format!("{} cannot stand our SDP: {}", system.name, complaints.join("; ")).into())
}

pub fn sentence(refused: Refused) -> voxseal_rig::Error {
    format!("status {}: {}", refused.status, refused.reason).into()
}

/// What crossed a call in one direction.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Crossed {
    pub rtp: u32,
    pub rtcp: u32,
}

impl End {
    /// Whether this end is encrypted.
    pub fn is_secure(&self) -> bool {
        self.voice.is_some()
    }

    /// Packets from this end to the other, through both legs: what arrives is what was sent, each packet once.
    pub fn speak_to(&mut self, other: &mut End, packets: u32) -> Result<Crossed> {
        let mut crossed = Crossed::default();
        let (Some(mine), Some(theirs)) = (&mut self.voice, &mut other.voice) else { return Ok(crossed) };
        for number in 0..packets {
            let (plain, packet) = mine.speak(&payload(number))?;
            let bridged = receive(&self.leg, Packet::Rtp, &plain, packet)?;
            arrive(&other.leg, theirs, Packet::Rtp, &bridged)?;
            crossed.rtp += 1;
            if number % 50 == 25 {
                let (plain, packet) = mine.report(number)?;
                let bridged = receive(&self.leg, Packet::Rtcp, &plain, packet)?;
                arrive(&other.leg, theirs, Packet::Rtcp, &bridged)?;
                crossed.rtcp += 1;
            }
        }
        Ok(crossed)
    }

    /// Fails if anything was refused on this leg that was not forged or repeated on purpose.
    pub fn check_counters(&self, refused: u64, replayed: u64) -> Result<()> {
        let stats = self.leg.stats();
        let bad =
            (stats.auth_failures, stats.replays, stats.late, stats.protect_refused, stats.unprotect_refused);
        if bad == (refused, replayed, 0, 0, 0) { Ok(()) } else { Err(format!("counters: {bad:?}").into()) }
    }
}

/// 160 bytes that no other packet of a call has.
pub fn payload(number: u32) -> Vec<u8> {
    number.to_be_bytes().iter().cycle().take(160).zip(0_u8..).map(|(byte, at)| byte ^ at).collect()
}

/// A packet of the system on our leg: it is opened, it is what was sent, a forged copy and a repeated one are refused.
fn receive(leg: &Leg, kind: Packet, plain: &[u8], packet: Vec<u8>) -> Result<Vec<u8>> {
    let mut opened = packet;
    leg.unprotect(kind, &mut opened).map_err(sentence)?;
    if opened != plain {
        return Err("another packet than the one that was sent came out".into());
    }
    Ok(opened)
}

fn arrive(leg: &Leg, voice: &mut Voice, kind: Packet, plain: &[u8]) -> Result<()> {
    let mut packet = leg.protect(kind, plain).map_err(sentence)?;
    voice.hear(if kind == Packet::Rtp { Kind::Rtp } else { Kind::Rtcp }, &mut packet)?;
    if packet != plain { Err("another packet than the one that was sent arrived".into()) } else { Ok(()) }
}
