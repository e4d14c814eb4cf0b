//! Rows about what can be seen and asked for: on the console and in the dialplan of a PBX.

use crate::certificates::says;
use std::thread;
use voxseal_rig::Result;
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::Media;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::Sdp;

const SUITE: &str = "AEAD_AES_256_GCM";

const ENDPOINT: &str = "
[twilio-like](leg)
media_encryption=sdes
media_encryption_optimistic=yes
";

const DIALPLAN: &str = "
exten => _uri-X.,1,Dial(PJSIP/twilio-like/sip:callee@@IP@:${EXTEN:4}\\;transport=tls\\;secure=true,20)
";

fn start(name: &str) -> Result<Pbx> {
    let config = PbxConfig::new(name, Module::Ours)?.with_companion();
    Pbx::start(config.with("pjsip.conf", ENDPOINT).with("extensions.conf", DIALPLAN))
}

fn offer() -> Result<Offer> {
    Offer::named(9, SUITE)
}

/// The value that the console shows of an item of the only call.
fn shown(pbx: &Pbx, channel: &str, item: &str) -> Result<String> {
    let session = pbx.cli(&format!("srtp show session {channel}"))?;
    let line = session.lines().find(|line| line.split_whitespace().next() == Some(item));
    Ok(line
        .and_then(|line| line.trim().split_once(char::is_whitespace))
        .map_or("", |(_, value)| value.trim())
        .into())
}

/// Runs the check while a call is up from an endpoint, in SRTP or in clear.
fn in_call(name: &str, endpoint: &str, check: impl FnOnce(&Pbx, &str) -> Result<()>) -> Result<()> {
    let pbx = start(name)?;
    let mut caller = Caller::connect_as(&pbx, endpoint)?;
    let mut dialog = if endpoint == "plain" {
        let media = Media::bind()?;
        caller.ua.invite("echo", &Sdp { profile: "RTP/AVP", ..Sdp::new(media.port, &[]) }.write())?.0
    } else {
        caller.call("echo", &[offer()?])?.dialog
    };
    check(&pbx, &format!("PJSIP/{endpoint}-00000000"))?;
    caller.ua.bye(&mut dialog)?;
    pbx.wait_until_idle()?;
    pbx.stop()
}

pub fn versions() -> Result<()> {
    let pbx = start("row-versions")?;
    let host = pbx.cli("core show version")?;
    let host = host.split_whitespace().nth(1).unwrap_or("no version").to_owned();
    let ours =
        format!("voxseal {}, ABI 1, primitives by rustcrypto\non Asterisk {host}", env!("CARGO_PKG_VERSION"));
    says(&pbx.cli("srtp show stats")?, &[&ours])?;
    pbx.stop()
}

pub fn what_was_negotiated() -> Result<()> {
    in_call("row-items", "sdes", |pbx, channel| {
        for (item, expected) in [
            ("suite", SUITE),
            ("tag", "9"),
            ("state", "secure"),
            ("transport", "TLS"),
            ("tls_version", "TLSv1.2"),
        ] {
            let value = shown(pbx, channel, item)?;
            if value != expected {
                return Err(format!("{item} is {value:?}, not {expected:?}").into());
            }
        }
        if shown(pbx, channel, "tls_cipher")?.is_empty() { Err("no tls_cipher".into()) } else { Ok(()) }
    })
}

pub fn how_secure() -> Result<()> {
    for (endpoint, expected) in [("sdes", "both"), ("plain", "signalling")] {
        in_call("row-secure", endpoint, |pbx, channel| {
            let secure = shown(pbx, channel, "secure")?;
            let call = shown(pbx, channel, "secure_call")?;
            if (&*secure, &*call) == (expected, expected) {
                return Ok(());
            }
            Err(format!("{endpoint}: {secure} and {call}, not {expected}").into())
        })?;
    }
    Ok(())
}

pub fn lists() -> Result<()> {
    in_call("row-lists", "sdes", |pbx, channel| {
        says(&pbx.cli("srtp show sessions")?, &[channel, SUITE, "both", "1 media stream"])?;
        says(&pbx.cli("tls show transports")?, &[" in  ", "TLSv1.2", " served"])?;
        says(
            &pbx.cli(&format!("srtp show session {channel}"))?,
            &["lifetime_remaining ", "packets ", "failures "],
        )
    })
}

/// The INVITE's leg is ended when it is answered in clear, and only then.
pub fn secure_uri() -> Result<()> {
    let pbx = start("row-uri")?;
    for encrypted in [true, false] {
        let mut callee = Callee::connect(&pbx)?;
        let extension = format!("uri-{}", callee.ua.port());
        let mut caller = Caller::connect(&pbx)?;
        let offers = [offer()?];
        let placed = thread::spawn(move || caller.call(&extension, &offers).map(|call| (caller, call)));
        let invite = callee.ua.wait_for_request("INVITE")?;
        if encrypted {
            callee.answer_line(&invite, 0)?;
        } else {
            let media = Media::bind()?;
            callee
                .ua
                .accept_with(&invite, &Sdp { profile: "RTP/AVP", ..Sdp::new(media.port, &[]) }.write())?;
            callee.ua.wait_for_request("ACK")?;
        }
        match placed.join().map_err(|_| "the caller panicked")? {
            Ok((mut caller, mut call)) => caller.ua.bye(&mut call.dialog)?,
            Err(error) if encrypted => return Err(error),
            Err(_) => {}
        }
        callee.wait_for_bye()?;
        let ended = pbx.log().contains(": ended, endpoint twilio-like");
        if ended == encrypted {
            return Err(format!("encrypted: {encrypted}, ended: {ended}").into());
        }
        pbx.wait_until_idle()?;
    }
    pbx.stop()
}
