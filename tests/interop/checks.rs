//! Checks through the C ABI.

use crate::call::{End, check, incoming, leg_for, outgoing, sentence};
use crate::leg::{Leg, Packet};
use crate::rekey;
use voxseal::ffi::{VOXSEAL_ERR_AUTH_FAILED, VOXSEAL_ERR_SETTING_REFUSED};
use voxseal_rig::Result;
use voxseal_rig::dialect::{CryptoLine, Dialect, Voice, random_key};
use voxseal_rig::media::rtp_packet;

const S80: &str = "AES_CM_128_HMAC_SHA1_80";
const S32: &str = "AES_CM_128_HMAC_SHA1_32";

fn ensure(right: bool, what: impl Into<String>) -> Result<()> {
    if right { Ok(()) } else { Err(what.into().into()) }
}

fn options(options: &[(&str, &str)]) -> Vec<(String, String)> {
    options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// All that is known of a system, in both directions, with media where something was agreed.
pub fn system(name: &str) -> Result<()> {
    let system = Dialect::named(name)?;
    for offer in &system.more_offers {
        check(&leg_for(&system)?.take(&[&offer.line]), &offer.expect, &offer.line)?;
    }
    for mut end in [incoming(&system)?, outgoing(&system)?] {
        if end.is_secure() {
            exchange(&mut end)?;
        }
    }
    Ok(())
}

fn exchange(end: &mut End) -> Result<()> {
    for number in 0..200 {
        rekey::exchange(end, number)?;
    }
    end.check_counters(0, 0)
}

/// One system calls another, both encrypted.
pub fn talk(caller: &str, callee: &str) -> Result<()> {
    bridge(&Dialect::named(caller)?, &Dialect::named(callee)?, 200)
}

fn bridge(caller: &Dialect, callee: &Dialect, packets: u32) -> Result<()> {
    let (mut a, mut b) = (incoming(caller)?, outgoing(callee)?);
    let what = |error| format!("{} calls {}: {error}", caller.name, callee.name);
    let there = a.speak_to(&mut b, packets).map_err(what)?;
    let back = b.speak_to(&mut a, packets).map_err(what)?;
    let expected = if a.is_secure() && b.is_secure() { packets } else { 0 };
    ensure(there.rtp == expected && back.rtp == expected, what("packets are missing".into()))
}

pub fn every_pair() -> Result<()> {
    let systems = Dialect::all()?;
    systems.iter().try_for_each(|caller| systems.iter().try_for_each(|callee| bridge(caller, callee, 20)))
}

pub fn everybody_calls_aastra() -> Result<()> {
    let aastra = Dialect::named("aastra-57i")?;
    Dialect::all()?.iter().try_for_each(|caller| bridge(caller, &aastra, 20))
}

fn line(tag: u32, suite: &str) -> Result<String> {
    let len = voxseal_rig::libsrtp::RigSuite::named(suite).ok_or("no such suite")?.key_salt_len;
    Ok(format!("{tag} {suite} inline:{}", random_key(len)?))
}

pub fn suites_in_any_order() -> Result<()> {
    let ours = options(&[("order", "ours")]);
    for (offered, theirs, by_ours) in
        [(&[S80, S32][..], S80, S80), (&[S32, S80], S32, S80), (&[S32], S32, S32), (&[S80], S80, S80)]
    {
        for (settings, expected) in [(&[][..], theirs), (&ours, by_ours)] {
            take_and_talk(settings, offered, expected)?;
        }
    }
    Ok(())
}

fn take_and_talk(settings: &[(String, String)], offered: &[&str], expected: &str) -> Result<()> {
    let mut leg = Leg::new("twilio", settings).map_err(sentence)?;
    let lines: Vec<String> =
        (1..).zip(offered).map(|(tag, suite)| line(tag, suite)).collect::<Result<_>>()?;
    let taken = leg.take(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let tag = offered.iter().position(|suite| *suite == expected).map_or(0, |place| place + 1);
    check(&taken, &format!("{tag} {expected}"), &format!("{offered:?} with {settings:?}"))?;
    let [ours, theirs] = [&leg.lines().map_err(sentence)?[0], &lines[tag - 1]];
    let (ours, theirs) = (CryptoLine::read(ours)?, CryptoLine::read(theirs)?);
    let suite = theirs.rig_suite().ok_or("no such suite")?;
    let agreed =
        voxseal_rig::dialect::Agreed { tag: theirs.tag, suite, local: theirs.keys, remote: ours.keys };
    let voice = Voice::new(&agreed, Default::default(), 5, 65_500)?;
    exchange(&mut End { leg, voice: Some(voice) })
}

pub fn twilio_without_mki() -> Result<()> {
    let twilio = Dialect::named("twilio")?;
    let mut leg = leg_for(&twilio)?;
    let lines = leg.offer().map_err(sentence)?;
    ensure(lines.iter().all(|line| !line.contains('|')), "our offer has more than keys")?;
    let with_mki = format!("{}|2^31|1:1", line(1, S80)?);
    check(&leg_for(&twilio)?.take(&[&with_mki]), "refused: MKI", "a line with an MKI")?;
    // Nobody who sends none gets one.
    for system in Dialect::all()?.iter().filter(|system| !system.offer.sdp.contains("|1:")) {
        let mut leg = leg_for(system)?;
        leg.take(&[&line(1, S80)?]).map_err(sentence)?;
        let answer = CryptoLine::read(&leg.lines().map_err(sentence)?[0])?;
        let asked_for = system.settings.iter().any(|(name, _)| name == "mki_length");
        ensure(answer.mki.is_none() || asked_for, format!("an MKI for {}", system.name))?;
    }
    Ok(())
}

pub fn forged_telephone_event() -> Result<()> {
    let mut end = incoming(&Dialect::named("twilio")?)?;
    exchange(&mut end)?;
    let voice = end.voice.as_mut().ok_or("no voice")?;
    let (_, mut sealed) = voice.speak(&[5, 0x80, 3, 0x20])?;
    // Payload type 101, and the digit changed on the way; and one that was never sealed at all.
    sealed[1] = 101;
    sealed[12] ^= 4;
    let mut plain = rtp_packet(9, 9, 9, &[5, 0x80, 3, 0x20]);
    plain[1] = 101;
    plain.resize(26, 0);
    for mut packet in [sealed, plain] {
        let before = packet.clone();
        match end.leg.unprotect(Packet::Rtp, &mut packet) {
            Err(refused) if refused.status == VOXSEAL_ERR_AUTH_FAILED && packet == before => {}
            other => return Err(format!("a forged digit: {other:?}").into()),
        }
    }
    Ok(())
}

pub fn default_offer() -> Result<()> {
    let lines = Leg::new("general", &[]).and_then(|mut leg| leg.offer()).map_err(sentence)?;
    let lines: Vec<CryptoLine> = lines.iter().map(|line| CryptoLine::read(line)).collect::<Result<_>>()?;
    let first: Vec<(u32, &str)> = lines.iter().map(|line| (line.tag, line.suite.as_str())).take(2).collect();
    ensure(first == [(1, S80), (2, S32)], format!("{first:?}"))?;
    ensure(lines.windows(2).all(|two| two[0].keys != two[1].keys), "two lines have one key")
}

pub fn unknown_values() -> Result<()> {
    for (name, value) in [("order", "optional"), ("suites", "AES_CM_129"), ("rtp_secure_media", "true")] {
        match Leg::new("freeswitch", &options(&[(name, value)])).map(|_| ()) {
            Err(refused) if refused.status == VOXSEAL_ERR_SETTING_REFUSED && !refused.reason.is_empty() => {}
            other => return Err(format!("{name} = {value}: {other:?}").into()),
        }
    }
    Ok(())
}

pub fn each_stream_for_itself() -> Result<()> {
    let system = Dialect::named("freeswitch")?;
    let (mut audio, mut video) = (incoming(&system)?, leg_for(&system)?);
    let refused = video.take(&["1 AES_CM_128_HMAC_SHA1_80 inline:short"]);
    ensure(refused.is_err(), "half a key was taken")?;
    exchange(&mut audio)?;
    let text = incoming(&system)?;
    ensure(
        text.leg.lines().map_err(sentence)? != audio.leg.lines().map_err(sentence)?,
        "one key for two streams",
    )
}

pub fn reasons() -> Result<()> {
    let mut leg = Leg::new("general", &[]).map_err(sentence)?;
    let key = random_key(30)?;
    let lines = [
        format!("1 F8_128_HMAC_SHA1_80 inline:{key}"),
        format!("2 {S80} inline:{key} UNENCRYPTED_SRTP"),
        format!("3 {S80} inline:{key}"),
    ];
    leg.take(&lines.iter().map(String::as_str).collect::<Vec<_>>()).map_err(sentence)?;
    let verdicts = leg.verdicts().map_err(sentence)?;
    ensure(verdicts.len() == 3, format!("{verdicts:?}"))?;
    ensure(verdicts[0].contains("F8_128_HMAC_SHA1_80"), verdicts[0].clone())?;
    ensure(verdicts[1].contains("UNENCRYPTED_SRTP"), verdicts[1].clone())?;
    ensure(verdicts.iter().all(|verdict| !verdict.contains(&key[..8])), "a verdict shows a key")
}

pub fn devices_by_order() -> Result<()> {
    let names =
        ["aastra-57i", "cisco-spa525g2", "bria", "grandstream-gxp2120", "zoiper-2", "blink", "twilio"];
    for name in names {
        for order in ["theirs", "ours"] {
            let mut system = Dialect::named(name)?;
            system.settings = options(&[("order", order)]);
            if order == "ours" && name == "cisco-spa525g2" {
                // Both orders begin with _32 there; the other one has to work as well.
                system.settings.push(("suites".into(), format!("{S80}, {S32}")));
                system.offer.expect = format!("2 {S80}");
            }
            exchange(&mut incoming(&system)?).map_err(|error| format!("{name}, order {order}: {error}"))?;
            exchange(&mut outgoing(&system)?).map_err(|error| format!("{name}, order {order}: {error}"))?;
        }
    }
    Ok(())
}

pub fn audiocodes() -> Result<()> {
    system("audiocodes")?;
    let audiocodes = Dialect::named("audiocodes")?;
    let offered = voxseal_rig::dialect::audio(&audiocodes.offer(4000, 1, "sendrecv"))?.crypto;
    for line in offered {
        let mut leg = leg_for(&audiocodes)?;
        leg.take(&[&line.value]).map_err(sentence)?;
        let answer = CryptoLine::read(&leg.lines().map_err(sentence)?[0])?;
        let same = (&answer.lifetime, &answer.mki) == (&line.lifetime, &line.mki);
        ensure(same, format!("{:?} is answered with {:?} {:?}", line.mki, answer.lifetime, answer.mki))?;
    }
    rekey::new_key_of_a_system("audiocodes")
}
