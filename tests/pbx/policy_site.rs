//! A PBX with policies, and callers who try them.

use voxseal_rig::Result;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::{Media, random_payload, rtp_packet};
use voxseal_rig::pbx::{Pbx, PbxConfig};
use voxseal_rig::sdp::{Attribute, Sdp, media_address};
use voxseal_rig::sip::{Dialog, Message};
use voxseal_rig::skip::skipped_without_companion;
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::wait::{PATIENCE, between_packets, wait_for};

/// Settings under which keys travel over secure signalling alone.
pub const REQUIRED: &str = "[general]\nrequire_secure_signalling = yes\n";
pub const S80: &str = "AES_CM_128_HMAC_SHA1_80";

/// Endpoints that differ in their policy alone, and for the host demand nothing. They can be reached over TLS and UDP.
const ENDPOINTS: &str = "
[forbidden](open)
@srtp_policy=forbidden
[optional](open)
@srtp_policy=optional
[mandatory](open)
@srtp_policy=mandatory
";

/// `call-A-X-T` calls whoever is at port X over transport T as endpoint A.
const EXTENSIONS: &str = "
exten => _call-.,1,Set(to=${EXTEN:5})
 same => n,Dial(PJSIP/${CUT(to,-,1)}/sip:callee@@IP@:${CUT(to,-,2)}\\;transport=${CUT(to,-,3)},20)
 same => n,Verbose(1,result ${EXTEN}: ${DIALSTATUS} ${HANGUPCAUSE})
 same => n,Hangup(${HANGUPCAUSE})
";

/// A PBX with these settings, and these lines more in pjsip.conf; `None` where the companion cannot be had.
pub fn start(name: &str, settings: &str, endpoints: &str) -> Option<Pbx> {
    config(name, settings, endpoints).map(|config| Pbx::start(config).unwrap())
}

/// The same before it is started.
pub fn config(name: &str, settings: &str, endpoints: &str) -> Option<PbxConfig> {
    if skipped_without_companion().unwrap() {
        return None;
    }
    let config = PbxConfig::site(name, &format!("{ENDPOINTS}{endpoints}"), EXTENSIONS).unwrap();
    Some(config.with("voxseal.conf", settings).with("modules.conf", "load=res_pjsip_refer.so\n"))
}

/// A caller over "TLS" or "UDP".
pub fn caller(pbx: &Pbx, transport: &str, endpoint: &str) -> Caller {
    match transport {
        "TLS" => Caller::connect_as(pbx, endpoint).unwrap(),
        _ => Caller::by_udp(pbx, endpoint).unwrap(),
    }
}

/// How many lines of the log have all of these texts.
pub fn logged(pbx: &Pbx, texts: &[&str]) -> usize {
    pbx.log().lines().filter(|line| texts.iter().all(|text| line.contains(text))).count()
}

/// Waits until so many lines of the log have all of these texts.
pub fn wait_for_lines(pbx: &Pbx, texts: &[&str], count: usize) -> Result<()> {
    wait_for(&format!("{count} log lines with {texts:?}"), PATIENCE, || {
        Ok((logged(pbx, texts) >= count).then_some(()))
    })
}

/// What became of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The media went in clear, both ways.
    Clear,
    /// The media went encrypted, both ways.
    Encrypted,
    /// 488 with this Warning header.
    Refused(String),
}

impl Outcome {
    /// Whether the Warning header has these words.
    pub fn is_refused_for(&self, words: &str) -> bool {
        matches!(self, Outcome::Refused(warning) if warning.contains(words))
    }
}

/// An offer with fresh keys.
pub fn offer() -> Offer {
    Offer::named(1, S80).unwrap()
}

/// Calls the echo with an offer of this profile, with or without a crypto line, and looks at the wire.
pub fn outcome(pbx: &Pbx, caller: &mut Caller, profile: &str, crypto: bool) -> Result<Outcome> {
    let offer = Offer::named(1, S80)?;
    let media = Media::bind()?;
    let lines: &[&[u8]] = if crypto { &[offer.line.as_bytes()] } else { &[] };
    let sniffer = Sniffer::start(None, &[pbx.media_ports()])?;
    let (mut dialog, answer) =
        caller.ua.invite("echo", &Sdp { profile, ..Sdp::new(media.port, lines) }.write())?;
    if answer.status() != Some(200) {
        return refusal(&answer);
    }
    let heard = listen(media, &offer, &answer)?;
    caller.ua.bye(&mut dialog)?;
    let (outcome, sent) = heard;
    let seen_in_clear = sniffer.stop()?.assert_never_clear(&sent, sent.len()).is_err();
    if seen_in_clear == (outcome == Outcome::Clear) && answer.body.contains(&format!(" {profile} ")) {
        return Ok(outcome);
    }
    Err(format!("{outcome:?}, on the wire in clear: {seen_in_clear}, {}", answer.body).into())
}

/// The Warning header of a 488.
pub fn refusal(answer: &Message) -> Result<Outcome> {
    match (answer.status(), answer.header("Warning")) {
        (Some(488), Some(warning)) => Ok(Outcome::Refused(warning.to_owned())),
        _ => Err(format!("not 488 with a Warning: {}", answer.head).into()),
    }
}

/// Talks to the echo as was agreed, and gives what was sent.
fn listen(media: Media, offer: &Offer, answer: &Message) -> Result<(Outcome, Vec<Vec<u8>>)> {
    let to = media_address(&answer.body)?;
    if answer.body.contains("a=crypto:") {
        let remote = Attribute::only_one_of(&answer.body)?.key_for(offer.suite)?;
        let mut media = media.secure(offer.suite, &offer.key_salt, &remote, to)?;
        let sent = media.wait_for_first_echo()?;
        return Ok((Outcome::Encrypted, sent));
    }
    let mut sent = Vec::new();
    wait_for("an echo in clear", PATIENCE, || {
        let payload = random_payload()?;
        let nth = sent.len() as u16;
        media.send_raw(&rtp_packet(nth, u32::from(nth) * 160, 7, &payload), to)?;
        sent.push(payload);
        let echo = media.receive(between_packets(sent.len()))?;
        Ok(echo.filter(|echo| sent.iter().any(|sent| echo.ends_with(sent))))
    })?;
    Ok((Outcome::Clear, sent))
}

/// Offers once more inside a call, and gives the answer.
pub fn offer_again(
    caller: &mut Caller,
    dialog: &mut Dialog,
    port: u16,
    profile: &str,
    lines: &[&[u8]],
) -> Message {
    dialog.sdp_version += 1;
    let sdp = Sdp { version: dialog.sdp_version, profile, ..Sdp::new(port, lines) };
    caller.ua.reinvite(dialog, &sdp.write()).unwrap()
}
