//! Keys that change in mid-call, in the habits of the systems that change them.

use crate::call::{End, incoming, sentence};
use crate::leg::Packet;
use voxseal_rig::Result;
use voxseal_rig::dialect::{Agreed, CryptoLine, Dialect, Voice, audio, random_key, with_lines};
use voxseal_rig::libsrtp::Kind;

/// The system offers once more, with this one line; gives what it has agreed on then.
pub fn offer_again(system: &Dialect, end: &mut End, line: &str) -> Result<Agreed> {
    let transport = audio(&system.offer(4000, 1, "sendrecv"))?.transport;
    end.leg.take(&[line]).map_err(sentence)?;
    let lines = end.leg.lines().map_err(sentence)?;
    let offer = with_lines(&transport, 4000, &[line.to_owned()]);
    system.accept(&offer, &with_lines(&transport, 4002, &lines))
}

/// One packet each way; gives what protection adds to ours.
pub fn exchange(end: &mut End, number: u32) -> Result<usize> {
    let voice = end.voice.as_mut().ok_or("a call in clear")?;
    let (plain, mut packet) = voice.speak(&crate::call::payload(number))?;
    end.leg.unprotect(Packet::Rtp, &mut packet).map_err(sentence)?;
    let mut back = end.leg.protect(Packet::Rtp, &packet).map_err(sentence)?;
    let added = back.len() - plain.len();
    voice.hear(Kind::Rtp, &mut back)?;
    if packet != plain || back != plain { Err("another packet came out".into()) } else { Ok(added) }
}

/// The Cisco row: one key on two lines, `_80` is agreed; then `_32` is offered with the same key, and media go on with
/// tags of four bytes.
pub fn same_key_with_the_short_tag() -> Result<()> {
    let cisco = Dialect::named("cisco-spa525g2")?;
    let [short, long] = <[CryptoLine; 2]>::try_from(audio(&cisco.offer(4000, 1, "sendrecv"))?.crypto)
        .map_err(|_| "not two lines")?;
    if short.keys != long.keys {
        return Err("not one key".into());
    }
    let leg = crate::leg::Leg::new("cisco-spa", &[]).map_err(sentence)?;
    let mut end = End { leg, voice: None };
    let agreed = offer_again(&cisco, &mut end, &long.value)?;
    end.voice = Some(Voice::new(&agreed, cisco.media, 9, 1000)?);
    for number in 0..100 {
        assert_len(exchange(&mut end, number)?, 10)?;
    }
    let agreed = offer_again(&cisco, &mut end, &short.value)?;
    end.voice.as_mut().ok_or("no voice")?.use_keys(&agreed)?;
    for number in 0..100 {
        assert_len(exchange(&mut end, number)?, 4)?;
    }
    end.check_counters(0, 0)
}

fn assert_len(found: usize, expected: usize) -> Result<()> {
    if found == expected { Ok(()) } else { Err(format!("{found} bytes added, not {expected}").into()) }
}

/// A system that begins anew at ROC 0 with each new key of its own: it is heard at once, and our direction goes on.
pub fn new_key_of_a_system(name: &str) -> Result<()> {
    let system = Dialect::named(name)?;
    let mut end = incoming(&system)?;
    for number in 0..200 {
        exchange(&mut end, number)?;
    }
    let old = audio(&system.offer(4000, 1, "sendrecv"))?.crypto.remove(0);
    let key = random_key(old.keys[0].key_salt.len())?;
    let (_, rest) = old.value.split_once("inline:").ok_or("no key")?;
    let after = rest.find(['|', ' ']).map_or("", |at| &rest[at..]);
    let line = format!("{} {} inline:{key}{after}", old.tag, old.suite);
    let agreed = offer_again(&system, &mut end, &line)?;
    let voice = end.voice.as_mut().ok_or("no voice")?;
    voice.use_local_keys(&agreed)?;
    // Our direction goes on, so an echo must not go back.
    voice.sequence = 30_000;
    for number in 0..200 {
        exchange(&mut end, number)?;
    }
    end.check_counters(0, 0)
}
