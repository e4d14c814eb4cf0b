//! A long call of one system over UDP on 127.0.0.1: past the wrap of the sequence number, with reports, and with a few
//! forged and repeated packets, all of which are counted.

use crate::call::{End, incoming, outgoing, payload, sentence};
use crate::leg::Packet;
use std::net::UdpSocket;
use std::time::Duration;
use voxseal_rig::Result;
use voxseal_rig::dialect::Dialect;
use voxseal_rig::libsrtp::Kind;

const PACKETS: u32 = 70_400;
/// Packets that are on their way at a time: they fit any socket's buffer.
const BURST: u32 = 64;
/// Every so many packets a forged and a repeated one are mixed in.
const ATTACKED: u32 = 7_040;
const REPORTS: u32 = PACKETS / 640;
/// One burst of so many comes back over UDP, too; the others are handed over, which costs less.
const BACK_OVER_UDP: u32 = 16;

/// Two sockets that send to each other.
struct Wire {
    theirs: UdpSocket,
    ours: UdpSocket,
}

impl Wire {
    fn new() -> Result<Wire> {
        let [theirs, ours] = [UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?];
        theirs.connect(ours.local_addr()?)?;
        ours.connect(theirs.local_addr()?)?;
        for socket in [&theirs, &ours] {
            socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        }
        Ok(Wire { theirs, ours })
    }
}

fn receive(socket: &UdpSocket) -> Result<Vec<u8>> {
    let mut packet = vec![0; 2048];
    let len = socket.recv(&mut packet)?;
    packet.truncate(len);
    Ok(packet)
}

/// The system talks to us and hears its own words come back, as from an echo: called, if it answers with crypto, else
/// as the caller.
pub fn long_call(system: &Dialect) -> Result<()> {
    let mut end = if system.answer.expect == "none" { incoming(system)? } else { outgoing(system)? };
    let wire = Wire::new()?;
    for first in (0..PACKETS).step_by(BURST as usize) {
        if system.media.changes_ssrc && first == PACKETS / 2 / BURST * BURST {
            change_ssrc(&mut end);
        }
        burst(&mut end, &wire, first)?;
    }
    let reports =
        (0..REPORTS).try_fold(0, |done, number| report(&mut end, &wire, number).map(|()| done + 1))?;
    let attacks = u64::from(PACKETS / ATTACKED);
    end.check_counters(attacks, attacks)?;
    let stats = end.leg.stats();
    let expected = u64::from(PACKETS + reports);
    if (stats.packets_protected, stats.packets_unprotected) != (expected, expected) {
        return Err(
            format!("{} packets out, {} in", stats.packets_protected, stats.packets_unprotected).into()
        );
    }
    Ok(())
}

fn change_ssrc(end: &mut End) {
    if let Some(voice) = &mut end.voice {
        (voice.ssrc, voice.sequence) = (voice.ssrc ^ 0xffff, 64_000);
    }
}

fn burst(end: &mut End, wire: &Wire, first: u32) -> Result<()> {
    let voice = end.voice.as_mut().ok_or("a call in clear")?;
    let mut plains = Vec::new();
    for number in first..first + BURST {
        let (plain, packet) = voice.speak(&payload(number))?;
        wire.theirs.send(&packet)?;
        plains.push(plain);
        if number % ATTACKED == 0 {
            let mut forged = packet.clone();
            forged[20] ^= 1;
            // One ahead of all that was sent, so that it is no repetition.
            forged[3] = forged[3].wrapping_add(1);
            wire.theirs.send(&forged)?;
            wire.theirs.send(&packet)?;
        }
    }
    let over_udp = (first / BURST).is_multiple_of(BACK_OVER_UDP);
    let mut back = Vec::new();
    for (number, plain) in (first..).zip(&plains) {
        let mut packet = receive(&wire.ours)?;
        end.leg.unprotect(Packet::Rtp, &mut packet).map_err(sentence)?;
        if packet != *plain {
            return Err(format!("packet {number} came out as another").into());
        }
        let echo = end.leg.protect(Packet::Rtp, &packet).map_err(sentence)?;
        if over_udp {
            wire.ours.send(&echo)?;
        }
        back.push(echo);
        if number % ATTACKED == 0 {
            refused(end, receive(&wire.ours)?, voxseal::ffi::VOXSEAL_ERR_AUTH_FAILED)?;
            refused(end, receive(&wire.ours)?, voxseal::ffi::VOXSEAL_ERR_REPLAYED)?;
        }
    }
    let voice = end.voice.as_mut().ok_or("a call in clear")?;
    for (plain, echo) in plains.iter().zip(back) {
        let mut packet = if over_udp { receive(&wire.theirs)? } else { echo };
        voice.hear(Kind::Rtp, &mut packet)?;
        if packet != *plain {
            return Err("the system heard another packet than it sent".into());
        }
    }
    Ok(())
}

fn refused(end: &End, mut packet: Vec<u8>, status: i32) -> Result<()> {
    match end.leg.unprotect(Packet::Rtp, &mut packet) {
        Err(refused) if refused.status == status => Ok(()),
        other => Err(format!("a forged or repeated packet: {other:?}").into()),
    }
}

fn report(end: &mut End, wire: &Wire, number: u32) -> Result<()> {
    let voice = end.voice.as_mut().ok_or("a call in clear")?;
    let (plain, packet) = voice.report(number)?;
    wire.theirs.send(&packet)?;
    let mut packet = receive(&wire.ours)?;
    end.leg.unprotect(Packet::Rtcp, &mut packet).map_err(sentence)?;
    wire.ours.send(&end.leg.protect(Packet::Rtcp, &packet).map_err(sentence)?)?;
    let mut packet = receive(&wire.theirs)?;
    voice.hear(Kind::Rtcp, &mut packet)?;
    if packet != plain { Err("another report came back".into()) } else { Ok(()) }
}
