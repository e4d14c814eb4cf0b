//! The guide's first secure call, and the examples of the dialplan page, made as they stand there.

use crate::blocks::blocks;
use crate::pbx::RECORDS;
use std::fs;
use std::net::UdpSocket;
use std::process::Command;
use std::thread::{self, JoinHandle};
use voxseal_rig::Result;
use voxseal_rig::baresip::{Account, Baresip};
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::Media;
use voxseal_rig::net::Net;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::places::{cert_tool, fresh_folder};
use voxseal_rig::scenarios::tone_in;
use voxseal_rig::sdp::{Attribute, Sdp};
use voxseal_rig::sip::{Dialog, Message};
use voxseal_rig::wait::{PATIENCE, wait_for};

const GUIDE: &str = "docs/guides/first-secure-call.md";
const PAGE: &str = "docs/dialplan.md";
/// What the page's example says to callers in clear.
const WARNING: &str = "this-call-may-be-monitored-or-recorded";

/// The text of a document's blocks of this kind.
fn text_of(document: &str, tag: &str) -> String {
    blocks(document).filter(|block| block.tag == tag).map(|block| block.text).collect()
}

/// The guide's certificates, for the address that this PBX has as well.
fn make_certificates(etc: &str) -> Result<()> {
    let commands = text_of(GUIDE, "sh run")
        .replace("/etc/asterisk", etc)
        .replace("--owner asterisk:asterisk", "")
        .replace("DNS:pbx.example.com", &format!("DNS:pbx.example.com,IP:{}", Net::IP));
    let tools = cert_tool()?.parent().ok_or("the tool lies nowhere")?.to_owned();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH")?);
    let output = Command::new("bash").args(["-euxc", &commands]).env("PATH", path).output()?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}

/// A phone that is not ours is set up as the guide says, on a PBX that is, and calls 600. The README says the same.
pub fn first_secure_call() -> Result<()> {
    let readme =
        blocks("README.md").find(|block| block.tag == "ini pjsip.conf").ok_or("the README has no call")?;
    if readme.text != text_of(GUIDE, "ini pjsip.conf") {
        return Err("the README and the guide have two transports or endpoints".into());
    }
    let (net, folder) = (Net::new()?, fresh_folder("guide")?);
    let etc = folder.display().to_string();
    make_certificates(&etc)?;
    let config =
        PbxConfig { net: Some(net.clone()), ..PbxConfig::new("guide", Module::Ours)?.with_companion() };
    let port = config.ports.udp();
    let pjsip = text_of(GUIDE, "ini pjsip.conf").replace("/etc/asterisk", &etc);
    let config = config
        .with("pjsip.conf", &pjsip.replace("0.0.0.0:5061", &format!("@IP@:{port}")))
        .with("extensions.conf", &text_of(GUIDE, "ini extensions.conf"))
        .with("modules.conf", "load=res_pjsip_registrar.so\n");
    let pbx = Pbx::start(config)?;
    let authority = folder.join("keys/ca.crt");
    let account = Account {
        user: "alice",
        password: Some("change-this-one"),
        port,
        registered_seconds: 60,
        authority: Some(&authority),
    };
    let phone = Baresip::with(&net, &pbx, "600", &account)?;
    let recording = phone.wait_for_recording(2)?;
    is_shown(&pbx, "srtp show sessions", &["PJSIP/alice-", "audio secure", "both"])?;
    is_shown(&pbx, "tls show transports", &["secure ", " in "])?;
    for line in text_of(GUIDE, "text log").lines() {
        let start = line.split('…').next().unwrap_or_default().trim();
        if start.starts_with("SRTP session ended") {
            pbx.cli("channel request hangup all")?;
        }
        pbx.wait_for_log(start, PATIENCE)?;
    }
    tone_in(&recording, Baresip::TONE, "the phone")?;
    phone.stop()?;
    pbx.stop()?;
    Ok(fs::remove_dir_all(folder)?)
}

/// Some line of what the command prints has all of these.
fn is_shown(pbx: &Pbx, command: &str, parts: &[&str]) -> Result<()> {
    let shown = pbx.cli(command)?;
    if shown.lines().any(|line| parts.iter().all(|part| line.contains(part))) {
        return Ok(());
    }
    Err(format!("{command}: no line with {parts:?} in\n{shown}").into())
}

/// The endpoints that the page's examples speak of. Callers are in its context, and the trunk's own is in clear.
const ENDPOINTS: &str = "
[udp]
type=transport
protocol=udp
bind=@IP@:@UDPPORT@

[outside](leg)
context=incoming
media_encryption=sdes
media_encryption_optimistic=yes

[alice](leg)
aors=alice
[alice]
type=aor
max_contacts=1

[trunk]
type=endpoint
context=incoming
disallow=all
allow=ulaw
direct_media=no
";
const MODULES: &str = "
load=res_pjsip_registrar.so
load=res_pjsip_rfc3326.so
load=app_stack.so
";

/// A PBX with the page's examples; the trunk's provider is whoever listens at the port `${PORT}`, by `${VIA}`.
fn with_the_page(name: &str) -> Result<Pbx> {
    let dialplan =
        text_of(PAGE, "ini extensions.conf").replace("sip.example.org", "@IP@:${PORT}\\;transport=${VIA}");
    let config = PbxConfig::new(name, Module::Ours)?
        .with_companion()
        .with("pjsip.conf", ENDPOINTS)
        .with("extensions.conf", &dialplan)
        .with("cdr.conf", "enable=yes\nunanswered=yes\n")
        .with("cdr_custom.conf", &text_of(PAGE, "ini cdr_custom.conf"))
        .with("modules.conf", &format!("{MODULES}{RECORDS}"));
    let pbx = Pbx::start(config)?;
    fs::create_dir(pbx.file("log/cdr-custom"))?;
    Ok(pbx)
}

fn line() -> Result<String> {
    Ok(Offer::named(1, "AES_CM_128_HMAC_SHA1_80")?.line)
}

/// A call that is being made: the caller, the dialog and the final response.
type Calling = JoinHandle<Result<(Caller, Dialog, Message)>>;

/// Somebody outside calls with these crypto lines on RTP/AVP.
fn call(pbx: &Pbx, extension: &str, lines: &[String]) -> Result<Calling> {
    let mut caller = Caller::connect_as(pbx, "outside")?;
    let (extension, lines, port) = (extension.to_owned(), lines.to_owned(), Media::bind()?.port);
    Ok(thread::spawn(move || {
        let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
        let sdp = Sdp { profile: "RTP/AVP", ..Sdp::new(port, &lines) };
        let (dialog, answer) = caller.ua.invite(&extension, &sdp.write())?;
        Ok((caller, dialog, answer))
    }))
}

fn answered(call: Calling) -> Result<(Caller, Dialog, Message)> {
    call.join().map_err(|_| "the caller panicked")?
}

/// The dialplan that branches: a secure call and one in clear reach alice, the latter after a warning; a refused one does not.
pub fn dialplan_branches() -> Result<()> {
    let pbx = with_the_page("branches")?;
    let mut alice = Callee::connect(&pbx)?;
    alice
        .ua
        .register("alice", &format!("sip:alice@{}:{};transport=tls", pbx.config().ip(), alice.ua.port()))?;
    for (lines, warned) in [(vec![line()?], false), (vec![], true)] {
        let calling = call(&pbx, "100", &lines)?;
        let invite = alice.ua.wait_for_request("INVITE")?;
        if warned {
            pbx.wait_for_log(WARNING, PATIENCE)?;
        } else if pbx.log().contains(WARNING) {
            return Err("a secure call was warned".into());
        }
        alice.ua.reply(&invite, "486 Busy Here", "rig", b"")?;
        let (mut caller, mut dialog, _) = answered(calling)?;
        caller.ua.bye(&mut dialog)?;
        pbx.wait_until_idle()?;
    }
    let (mut caller, _, _) = answered(call(&pbx, "100", &[line()? + "|2^16"])?)?;
    let bye = caller.ua.wait_for_request("BYE")?;
    if !bye.head.contains("cause=88") {
        return Err(bye.head.into());
    }
    pbx.wait_for_log("no SRTP with this phone: crypto line 1 refused: lifetime 2^16", PATIENCE)?;
    pbx.stop()
}

/// The dialplan that asks: the trunk is offered these suites on RTP/SAVP, over TLS alone, and nothing in clear is taken.
pub fn dialplan_asks() -> Result<()> {
    let pbx = with_the_page("asks")?;
    let mut provider = Callee::connect(&pbx)?;
    for (name, value) in [("PORT", provider.ua.port()), ("VIA", "tls")] {
        pbx.cli(&format!("dialplan set global {name} {value}"))?;
    }
    let secure = call(&pbx, "0123", &[line()?])?;
    let invite = provider.ua.wait_for_request("INVITE")?;
    let offered: Vec<&str> = Attribute::all_of(&invite.body)?
        .iter()
        .map(|line| line.start.split(' ').nth(1).unwrap_or(""))
        .collect();
    if offered != ["AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_80"] || !invite.body.contains("RTP/SAVP ") {
        return Err(invite.body.into());
    }
    provider.answer_line(&invite, 0)?;
    let (mut caller, _, answer) = answered(secure)?;
    if answer.status() != Some(200) {
        return Err(answer.head.into());
    }
    // What the module writes into a CDR, it writes in the background.
    wait_for("the variables of the record", PATIENCE, || {
        Ok(pbx.cli("core show channel PJSIP/trunk-00000001")?.contains("srtp_dst_suite=").then_some(()))
    })?;
    pbx.cli("channel request hangup all")?;
    caller.ua.wait_for_request("BYE")?;
    provider.wait_for_bye()?;
    wait_for("the page's record of the call", PATIENCE, || {
        let records = fs::read_to_string(pbx.file("log/cdr-custom/Master.csv")).unwrap_or_default();
        Ok(records.contains("\"0123\",\"both\",\"AES_CM_128_HMAC_SHA1_80\",\"both\"").then_some(()))
    })?;

    let in_clear = call(&pbx, "0123", &[line()?])?;
    let invite = provider.ua.wait_for_request("INVITE")?;
    let sdp = Sdp { profile: "RTP/AVP", ..Sdp::new(Media::bind()?.port, &[]) };
    provider.ua.accept_with(&invite, &sdp.write())?;
    provider.ua.wait_for_request("ACK")?;
    provider.wait_for_bye()?;
    answered(in_clear)?;

    let udp = UdpSocket::bind((pbx.config().ip(), 0))?;
    udp.set_nonblocking(true)?;
    for (name, value) in [("PORT", udp.local_addr()?.port().to_string()), ("VIA", "udp".into())] {
        pbx.cli(&format!("dialplan set global {name} {value}"))?;
    }
    let (_, _, answer) = answered(call(&pbx, "0123", &[line()?])?)?;
    pbx.wait_for_log("endpoint trunk: nothing was sent to", PATIENCE)?;
    if answer.status() == Some(200) || udp.recv(&mut [0; 100]).is_ok() {
        return Err("the trunk was called in clear".into());
    }
    pbx.stop()
}
