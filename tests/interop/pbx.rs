//! Checks through a real PBX, which starts with the first of them and ends with the last row.

use std::sync::Mutex;
use voxseal_rig::Result;
use voxseal_rig::dialect::phone::{Placed, talk};
use voxseal_rig::dialect::{Dialect, Voice, audio, random_key, site, with_lines};
use voxseal_rig::libsrtp::Kind;
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::Pbx;
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::wait::{PATIENCE, wait_for};

/// One at a time: what is on the wire must be of one call.
static PBX: Mutex<Option<Pbx>> = Mutex::new(None);

fn with_pbx(work: impl FnOnce(&Pbx) -> Result<()>) -> Result<()> {
    let mut pbx = PBX.lock().map_err(|_| "another check panicked")?;
    if pbx.is_none() {
        *pbx = Some(site::start("interop")?);
    }
    pbx.as_ref().map_or(Ok(()), work)
}

/// Ends the PBX.
pub fn stop() {
    if let Ok(Some(pbx)) = PBX.lock().map(|mut pbx| pbx.take()) {
        pbx.stop().unwrap();
    }
}

/// What an endpoint makes of the four kinds of offers: the status, and the crypto lines of the answer.
fn verdicts(endpoint: &str, expected: [(u16, usize); 4]) -> Result<()> {
    let line = format!("1 AES_CM_128_HMAC_SHA1_80 inline:{}", random_key(30)?);
    let offers = [("RTP/AVP", false), ("RTP/AVP", true), ("RTP/SAVP", true), ("RTP/SAVP", false)];
    with_pbx(|pbx| {
        for ((transport, crypto), expected) in offers.into_iter().zip(expected) {
            let lines = if crypto { std::slice::from_ref(&line) } else { &[] };
            let (status, answer) = site::ask(pbx, endpoint, &with_lines(transport, 40_000, lines))?;
            let answered = if status == 200 { Some(audio(&answer)?) } else { None };
            let found = (status, answered.as_ref().map_or(0, |media| media.crypto.len()));
            let kept = answered.is_none_or(|media| media.transport == transport);
            if found != expected || !kept {
                let what = if crypto { "with crypto" } else { "without crypto" };
                return Err(
                    format!("{endpoint}, {transport} {what}: {found:?}, expected {expected:?}").into()
                );
            }
        }
        Ok(())
    })
}

/// The same by the host's settings and by our policy; `tests/pbx/policy_matrix.rs` has all 24 cells of that, with media.
fn verdicts_of_both(endpoint: &str, expected: [(u16, usize); 4]) -> Result<()> {
    verdicts(endpoint, expected)?;
    verdicts(&format!("our-{endpoint}"), expected)
}

pub fn mandatory() -> Result<()> {
    verdicts_of_both("mandatory", [(488, 0), (200, 1), (200, 1), (488, 0)])
}

pub fn optional() -> Result<()> {
    verdicts_of_both("optional", [(200, 0), (200, 1), (200, 1), (488, 0)])
}

pub fn disabled() -> Result<()> {
    verdicts_of_both("disabled", [(200, 0), (200, 0), (488, 0), (488, 0)])
}

/// Where keys need secure signalling they are taken over TLS and refused over UDP; media in clear may come either way.
pub fn keys_need_tls() -> Result<()> {
    let line = format!("1 AES_CM_128_HMAC_SHA1_80 inline:{}", random_key(30)?);
    let secure = with_lines("RTP/SAVP", 40_000, std::slice::from_ref(&line));
    let clear = with_lines("RTP/AVP", 40_000, &[]);
    with_pbx(|pbx| {
        let found = [
            site::ask(pbx, "our-optional", &secure)?.0,
            site::ask_by_udp(pbx, "our-optional", &secure)?.0,
            site::ask_by_udp(pbx, "our-optional", &clear)?.0,
        ];
        if found == [200, 488, 200] { Ok(()) } else { Err(format!("{found:?}").into()) }
    })
}

/// `secure=true` on the URI that is called: encrypted or not at all, though for the endpoint that is optional.
pub fn secure_uri() -> Result<()> {
    with_pbx(|pbx| {
        for (extension, transport) in [("via", "RTP/AVP"), ("secure", "RTP/SAVP")] {
            let mut called = site::connect(pbx, "optional")?;
            let mut caller = site::connect(pbx, "disabled")?;
            let extension = format!("{extension}_optional_{}", called.port());
            let sdp = with_lines("RTP/AVP", 40_000, &[]);
            let calling = std::thread::spawn(move || caller.invite(&extension, sdp.as_bytes()).map(|_| ()));
            let invite = called.wait_for_request("INVITE")?;
            called.reply(&invite, "486 Busy Here", "rig", b"")?;
            calling.join().map_err(|_| "the caller failed")??;
            let offer = audio(&invite.body)?;
            if offer.transport != transport || offer.crypto.is_empty() {
                return Err(format!("{} with {} lines", offer.transport, offer.crypto.len()).into());
            }
        }
        Ok(())
    })
}

/// Media that is not to pass the PBX: the caller is sent on to the callee. The PBX takes no part in the keys, and both
/// phones agree on those of the very lines that the caller has offered to it.
pub fn keys_of_the_phones_alone() -> Result<()> {
    let (caller, callee) = (Dialect::named("bria")?, Dialect::named("zoiper-2")?);
    let offer = caller.offer(40_000, 1, "sendrecv");
    with_pbx(|pbx| {
        for endpoint in ["mandatory", "our-mandatory"] {
            let (_, answer) = site::connect(pbx, endpoint)?.invite("redirect_40002", offer.as_bytes())?;
            let contact = answer.header("Contact").unwrap_or_default();
            if answer.status() != Some(302)
                || !contact.contains(":40002;transport=tls")
                || !answer.body.is_empty()
            {
                return Err(format!("{endpoint}: {}{}", answer.head, answer.body).into());
            }
        }
        // Those of the row before may be on their way out.
        wait_for("no stream of this PBX", PATIENCE, || {
            Ok(pbx.cli("srtp show sessions")?.contains("0 media streams").then_some(()))
        })
    })?;
    let (answer, theirs) = callee.answer(&offer, 40_002)?;
    let (ours, theirs) = (caller.accept(&offer, &answer)?, theirs.ok_or("the callee takes no line")?);
    let (mut a, mut b) = (Voice::new(&ours, caller.media, 5, 1)?, Voice::new(&theirs, callee.media, 6, 1)?);
    let (plain, mut packet) = a.speak(b"there")?;
    b.hear(Kind::Rtp, &mut packet)?;
    let (back, mut answer) = b.speak(b"back")?;
    a.hear(Kind::Rtp, &mut answer)?;
    if (packet, answer) == (plain, back) { Ok(()) } else { Err("the phones hear something else".into()) }
}

pub fn twilio_sees_no_dtls() -> Result<()> {
    talk_on_a_safe_wire("bria", "twilio")?;
    talk_on_a_safe_wire("twilio", "bria")
}

pub fn aastra() -> Result<()> {
    talk_on_a_safe_wire("aastra-57i", "cisco-spa525g2")?;
    talk_on_a_safe_wire("cisco-spa525g2", "aastra-57i")
}

/// One system calls another; each checks our SDP as it does, and nothing is in clear on the wire.
fn talk_on_a_safe_wire(caller: &str, callee: &str) -> Result<()> {
    let (caller, callee) = (Dialect::named(caller)?, Dialect::named(callee)?);
    with_pbx(|pbx| {
        let sniffer = Sniffer::start(None, &[pbx.media_ports()])?;
        let (placed, answered) = site::place(pbx, (&caller, &caller.name), (&callee, &callee.name))?;
        let (mut a, mut b) = (placed.up()?, answered?);
        let complaints = caller.complaints(&a.sdp)?;
        if a.agreed.is_none() || b.agreed.is_none() || !complaints.is_empty() {
            return Err(format!("a leg in clear, or {complaints:?}").into());
        }
        let mut sent = talk(&mut a, &mut b, 30)?.0;
        sent.extend(talk(&mut b, &mut a, 30)?.0);
        a.hang_up()?;
        b.hang_up()?;
        sniffer.stop()?.assert_never_clear(&sent, 100)
    })
}

/// The caller is encrypted and the callee's endpoint is not: the callee gets a plain offer and the same bytes.
pub fn one_leg_in_clear() -> Result<()> {
    let (caller, callee) = (Dialect::named("bria")?, Dialect::named("acrobits")?);
    with_pbx(|pbx| {
        for (from, to) in
            [((&caller, "bria"), (&callee, "disabled")), ((&callee, "disabled"), (&caller, "bria"))]
        {
            let (placed, answered) = site::place(pbx, from, to)?;
            let (mut a, mut b) = (placed.up()?, answered?);
            if a.agreed.is_some() == b.agreed.is_some() {
                return Err("both legs are alike".into());
            }
            talk(&mut a, &mut b, 30)?;
            talk(&mut b, &mut a, 30)?;
            a.hang_up()?;
            b.hang_up()?;
        }
        Ok(())
    })
}

pub fn policy_is_not_inherited() -> Result<()> {
    let (caller, callee) = (Dialect::named("freeswitch")?, Dialect::named("acrobits")?);
    with_pbx(|pbx| {
        let (placed, answered) = site::place(pbx, (&caller, "freeswitch"), (&callee, "disabled"))?;
        let (mut a, mut b) = (placed.up()?, answered?);
        a.hang_up()?;
        b.hang_up()?;
        let offer = audio(&b.sdp)?;
        if offer.transport == "RTP/AVP" && offer.crypto.is_empty() {
            return Ok(());
        }
        Err(format!("the callee was offered {} with {} lines", offer.transport, offer.crypto.len()).into())
    })
}

/// A callee without SRTP behind an endpoint that demands it. Whatever becomes of the call: nothing is in clear on the
/// wire, and it is not up without sound.
pub fn acrobits() -> Result<()> {
    acrobits_behind("mandatory")?;
    acrobits_behind("our-mandatory")
}

fn acrobits_behind(endpoint: &str) -> Result<()> {
    let (caller, callee) = (Dialect::named("bria")?, Dialect::named("acrobits")?);
    with_pbx(|pbx| {
        let sniffer = Sniffer::start(None, &[pbx.media_ports()])?;
        let (placed, answered) = site::place(pbx, (&caller, "bria"), (&callee, endpoint))?;
        let mut sent = Vec::new();
        let up = match placed {
            Placed::Refused(_) => false,
            Placed::Up(mut a) => {
                for _ in 0..50 {
                    sent.push(random_payload()?);
                    a.say(&sent[sent.len() - 1])?;
                }
                let mut b = answered?;
                let heard = b.listen(std::time::Duration::from_millis(500))?.is_some();
                let alive = a.hang_up().is_ok();
                let _ = b.hang_up();
                alive && !heard
            }
        };
        sniffer.stop()?.assert_never_clear(&sent, sent.len())?;
        if up {
            return Err("connected and silent: the host keeps the call when an answer has no crypto".into());
        }
        Ok(())
    })
}
