//! The scenarios that both the tests and the demo run. Each fails with a sentence, or reports what happened.

use crate::Result;
use crate::baresip::Baresip;
use crate::caller::{Call, Caller, Offer};
use crate::libsrtp::{RigSuite, SUITES};
use crate::media::{SecureMedia, random_payload};
use crate::net::Net;
use crate::pbx::{Module, Pbx, PbxConfig};
use crate::report::{CallReport, SessionEnd, sessions_ended, wait_for_session_end};
use crate::sniff::{Capture, Sniffer};
use crate::tone::{Heard, heard};
use crate::wait::{PATIENCE, wait_for};
use std::fs;
use std::path::Path;

/// How two PBXs agree on keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keying {
    /// SDES in the SDP.
    Sdes,
    /// DTLS-SRTP, with RTCP on the same port, as WebRTC has it.
    Dtls,
}

/// A phone that is not ours calls an echo, and both it and the PBX hear its tone. The phone opens its way through NAT
/// with an RTCP packet in clear, and may end with another: those two must be refused.
pub fn phone_to_echo(module: Module) -> Result<CallReport> {
    let net = Net::new()?;
    let pbx = Pbx::start(PbxConfig { net: Some(net.clone()), ..PbxConfig::new("phone", module)? })?;
    let sniffer = Sniffer::start(Some(&net), &[pbx.media_ports()])?;
    let phone = Baresip::call(&net, &pbx, "echorec")?;
    let recording = phone.wait_for_recording(2)?;
    pbx.cli("channel request hangup all")?;
    pbx.wait_until_idle()?;
    silent_wire(&sniffer.stop()?, &pbx, Baresip::TONE)?;
    let at_phone = tone_in(&recording, Baresip::TONE, "the phone")?;
    let at_pbx = tone_in(&pbx.file("spool/rx.wav"), Baresip::TONE, "the PBX")?;
    let session = wait_for_session_end(&pbx, 1)?;
    let report = only_refused(
        2,
        CallReport {
            from: "baresip".into(),
            to: "PBX, echo".into(),
            suite: suite_or(&session, "AES_CM_128_HMAC_SHA1_80"),
            session,
            audio: format!("heard: phone {at_phone}; PBX {at_pbx}"),
        },
    )?;
    phone.stop()?;
    pbx.stop()?;
    Ok(report)
}

/// A phone that is not ours registers over TLS, calls, and is called on the connection that it registered on: encrypted
/// both times, and both ends hear each other.
pub fn registered_phone() -> Result<()> {
    let net = Net::new()?;
    let endpoint = "\n[phone](leg)\nmedia_encryption=sdes\naors=phone\n[phone]\ntype=aor\nmax_contacts=1\nremove_existing=yes\n";
    let config =
        PbxConfig { net: Some(net.clone()), tone: 1700, ..PbxConfig::new("registered", Module::Ours)? };
    let config = config.with_companion().with("pjsip.conf", endpoint);
    let pbx = Pbx::start(config.with("modules.conf", "load=res_pjsip_registrar.so\n"))?;
    let sniffer = Sniffer::start(Some(&net), &[pbx.media_ports()])?;
    let phone = Baresip::register_and_call(&net, &pbx, "phone", "talk")?;
    talk_until_recorded(&[&pbx])?;
    tone_in(&pbx.file("spool/rx.wav"), Baresip::TONE, "the PBX that is called")?;
    wait_for("the phone to be registered", PATIENCE, || {
        Ok(pbx.cli("pjsip show contacts")?.contains("phone/sip:phone").then_some(()))
    })?;
    fs::remove_file(pbx.file("spool/rx.wav"))?;
    pbx.cli("channel originate PJSIP/phone extension talk@tests")?;
    talk_until_recorded(&[&pbx])?;
    tone_in(&pbx.file("spool/rx.wav"), Baresip::TONE, "the PBX that calls")?;
    silent_wire(&sniffer.stop()?, &pbx, Baresip::TONE)?;
    phone.stop()?;
    pbx.stop()
}

/// Two PBXs, the second one stock, call each other in turn, and each hears the other's tone.
pub fn pbx_to_pbx(module: Module, keying: Keying) -> Result<Vec<CallReport>> {
    // ICE wants an address that is not loopback.
    let net = if keying == Keying::Dtls { Some(Net::new()?) } else { None };
    let mut ours = PbxConfig { tone: 1000, net: net.clone(), ..PbxConfig::new("ours", module)? };
    let mut stock = PbxConfig { tone: 1700, net, ..PbxConfig::new("stock", Module::Stock)? };
    (ours.far, stock.far) = (Some(stock.ports), Some(ours.ports));
    let (ours, stock) = (Pbx::start(ours)?, Pbx::start(stock)?);
    let mut reports = Vec::new();
    for (from, to, names) in [(&ours, &stock, ["PBX", "stock PBX"]), (&stock, &ours, ["stock PBX", "PBX"])] {
        let audio =
            talk(from, to, keying).map_err(|error| format!("{} to {}: {error}", names[0], names[1]))?;
        let session = wait_for_session_end(&ours, reports.len() + 1)?;
        let suite = suite_or(&session, "AES_CM_128_HMAC_SHA1_80");
        let suite = if keying == Keying::Dtls { format!("{suite} by DTLS") } else { suite };
        let [from, to] = names.map(str::to_owned);
        reports.push(only_refused(0, CallReport { from, to, suite, session, audio })?);
    }
    ours.stop()?;
    stock.stop()?;
    Ok(reports)
}

/// One call from PBX to PBX in which both play and record; no tone may be heard on the wire between them.
fn talk(from: &Pbx, to: &Pbx, keying: Keying) -> Result<String> {
    for pbx in [from, to] {
        let _ = fs::remove_file(pbx.file("spool/rx.wav"));
    }
    let sniffer = Sniffer::start(from.config().net.as_ref(), &[from.media_ports(), to.media_ports()])?;
    let peer = if keying == Keying::Dtls { "fardtls" } else { "far" };
    from.cli(&format!("channel originate PJSIP/talk@{peer} extension talk@tests"))?;
    talk_until_recorded(&[from, to])?;
    let wire = sniffer.stop()?;
    let at_caller = tone_in(&from.file("spool/rx.wav"), to.config().tone, "the caller")?;
    let at_called = tone_in(&to.file("spool/rx.wav"), from.config().tone, "the called")?;
    silent_wire(&wire, from, from.config().tone)?;
    silent_wire(&wire, to, to.config().tone)?;
    Ok(format!("heard: caller {at_caller}; called {at_called}"))
}

/// Waits until a call of the extension `talk` is up at each of these, shown as secure where our module is, and has been
/// recorded for long enough; then ends it.
fn talk_until_recorded(pbxs: &[&Pbx]) -> Result<()> {
    for pbx in pbxs {
        pbx.wait_until_busy()?;
        if pbx.has_our_module() {
            shown_as_secure(pbx)?;
        }
    }
    for pbx in pbxs {
        // The PBX writes 32 kB at a time, which are two seconds.
        wait_for("two seconds of the call", PATIENCE, || {
            let recorded = fs::metadata(pbx.file("spool/rx.wav")).is_ok_and(|file| file.len() > 20_000);
            Ok(recorded.then_some(()))
        })?;
    }
    pbxs.first().map_or(Ok(String::new()), |pbx| pbx.cli("channel request hangup all"))?;
    pbxs.iter().try_for_each(|pbx| pbx.wait_until_idle())
}

/// Waits until the console shows the call as secure, whoever made the keys.
fn shown_as_secure(pbx: &Pbx) -> Result<()> {
    wait_for("the console to show a secure call", PATIENCE, || {
        Ok(pbx.cli("srtp show sessions")?.contains(" audio secure ").then_some(()))
    })
}

/// Fails if the tone a PBX sends could be heard by who listens on the wire, or if the wire was not listened to.
fn silent_wire(wire: &Capture, sender: &Pbx, hz: u32) -> Result<()> {
    let on_wire = wire.heard_on_the_wire(sender.media_ports(), hz);
    if on_wire.share > 0.2 || on_wire.seconds < 1.0 {
        return Err(format!("on the wire from {}: {on_wire}", sender.config().name).into());
    }
    Ok(())
}

/// Every suite in turn, from a crafted caller to an echo; the error has a line for each that did not get through.
pub fn every_suite_to_echo(pbx: &Pbx) -> Result<()> {
    let of = |suite: RigSuite| {
        suite_to_echo(pbx, suite, 200).err().map(|error| format!("{}: {error}", suite.name))
    };
    let failed: Vec<String> = SUITES.into_iter().filter_map(of).collect();
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
}

/// A crafted caller offers one suite, exchanges packets with an echo and compares every byte, while the wire is
/// watched; between them SRTCP goes both ways.
pub fn suite_to_echo(pbx: &Pbx, suite: RigSuite, packets: u32) -> Result<CallReport> {
    let ended = sessions_ended(pbx).len();
    let mut caller = Caller::connect(pbx)?;
    let sniffer = Sniffer::start(pbx.config().net.as_ref(), &[pbx.media_ports()])?;
    let mut call = caller.call("echo", &[Offer::new(1, suite)?])?;

    let mut sent = call.media.wait_for_first_echo()?;
    // SRTCP goes in the middle: see `wait_for_session_end` for why no call ends at the moment of a report.
    for nth in 1..=packets {
        if nth == packets.div_ceil(2) {
            call.media.send_rtcp()?;
            wait_between_reports(pbx, &mut call.media)?;
        }
        let payload = random_payload()?;
        if !call.media.echoed(&payload, &sent)? {
            return Err(format!("{}: packet {nth} of {packets} did not come back", suite.name).into());
        }
        sent.push(payload);
    }
    caller.ua.bye(&mut call.dialog)?;
    let session = wait_for_session_end(pbx, ended + 1)?;
    sniffer.stop()?.assert_never_clear(&sent, 2 * packets as usize)?;
    if let Some(session) = &session
        && (session.out_suite != suite.name
            || session.protected.min(session.unprotected) < u64::from(packets))
    {
        return Err(format!(
            "{}: the module counted fewer packets, or another suite: {session:?}",
            suite.name
        )
        .into());
    }
    only_refused(
        0,
        CallReport {
            from: "crafted caller".into(),
            to: "PBX, echo".into(),
            suite: suite.name.into(),
            session,
            audio: format!("echo equal, {packets} packets"),
        },
    )
}

/// A crafted caller with this offer is connected with an echo, which has given back one packet.
pub fn echo_call(pbx: &Pbx, offer: Offer) -> Result<(Caller, Call)> {
    let mut caller = Caller::connect(pbx)?;
    let mut call = caller.call("echo", &[offer])?;
    let sent = call.media.wait_for_first_echo()?;
    echoes(&mut call.media, &sent)?;
    Ok((caller, call))
}

/// Fails unless what is said now comes back byte for byte, as the next packet.
pub fn still_echoes(media: &mut SecureMedia) -> Result<()> {
    echoes(media, &[vec![]])
}

/// The same, with these packets on their way.
fn echoes(media: &mut SecureMedia, sent: &[Vec<u8>]) -> Result<()> {
    if media.echoed(&random_payload()?, sent)? { Ok(()) } else { Err("a packet did not come back".into()) }
}

/// Ends the PBX's `nth` call with our module, not at the moment of a report (see [`wait_for_session_end`]), and gives
/// what the module counted. No echo may be on its way.
pub fn end_between_reports(pbx: &Pbx, nth: usize, mut caller: Caller, mut call: Call) -> Result<SessionEnd> {
    wait_between_reports(pbx, &mut call.media)?;
    let mut sent = Vec::new();
    for _ in 0..5 {
        let payload = random_payload()?;
        sent.push(payload.clone());
        if !call.media.echoed(&payload, &sent)? {
            return Err("a packet did not come back".into());
        }
    }
    caller.ua.bye(&mut call.dialog)?;
    wait_for_session_end(pbx, nth)?.ok_or_else(|| "the stock module reports no end".into())
}

/// Waits until the PBX has sent a report and has done with it: for most of the second until the next one a call may
/// end (see [`wait_for_session_end`]).
pub fn wait_between_reports(pbx: &Pbx, media: &mut SecureMedia) -> Result<()> {
    media.forget_reports()?;
    let rtcp = media.receive_rtcp(PATIENCE)?.ok_or("the PBX sends no SRTCP")?;
    if !matches!(rtcp.get(1), Some(200 | 201)) {
        return Err("the PBX's RTCP packet is no report".into());
    }
    // Once the console answers, the PBX has done what belongs to the report, too.
    pbx.cli("core show uptime").map(drop)
}

/// Waits until a recording has been written and listens for the tone in it.
pub fn tone_in(file: &Path, hz: u32, who: &str) -> Result<Heard> {
    let what =
        wait_for("the recording", PATIENCE, || Ok(heard(file, hz).ok().filter(|heard| heard.seconds > 0.5)))?;
    if what.is_clear() { Ok(what) } else { Err(format!("{who} does not hear the tone: {what}").into()) }
}

fn suite_or(session: &Option<SessionEnd>, known: &str) -> String {
    session.as_ref().map_or(known, |session| session.out_suite.as_str()).to_owned()
}

/// Fails if more packets were refused than this, or any of them for authentication or replay.
fn only_refused(at_most: u64, report: CallReport) -> Result<CallReport> {
    match &report.session {
        Some(session) if session.refused > at_most || session.attacked() > 0 => {
            Err(format!("{} to {}: packets were refused: {session:?}", report.from, report.to).into())
        }
        Some(session) if session.out_suite != session.in_suite => {
            Err(format!("{} to {}: two suites in one call: {session:?}", report.from, report.to).into())
        }
        _ => Ok(report),
    }
}
