//! Records of calls say how secure each leg was when it ended: channel variables in a hangup handler, CDR, CEL.

use std::{fs, thread};
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::Media;
use voxseal_rig::net::Net;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::Sdp;
use voxseal_rig::wait::{PATIENCE, wait_for};

use crate::transfer::heard;

const LONG: &str = "AES_CM_128_HMAC_SHA1_80";
const SHORT: &str = "AES_CM_128_HMAC_SHA1_32";
const GCM: &str = "AEAD_AES_256_GCM";

const DIALPLAN: &str = "
exten => record,1,Set(CHANNEL(hangup_handler_push)=ended,s,1)
 same => n,Answer()
 same => n,Echo()
exten => short,1,Set(CHANNEL(hangup_handler_push)=ended,s,1)
 same => n,Answer()
 same => n,Hangup()
exten => far,1,Dial(PJSIP/echo@fardtls,20)

[ended]
exten => s,1,Verbose(0,ENDED ${SRTP_SUMMARY}|${SRTP_SUITE}|${SRTP(secure)}|${SRTP(suite)})
 same => n,Return()
";

const MODULES: &str = "
load=app_stack.so
load=res_pjsip_refer.so
load=func_cdr.so
load=res_cdrel_custom.so
load=cdr_custom.so
load=cel_custom.so
";

const CDR: &str = "[mappings]
calls.csv => ${CDR(dst)},${CDR(srtp)},${CDR(srtp_suite)},${CDR(srtp_dst)},${CDR(srtp_dst_suite)}
";

const CEL: &str = "[mappings]
events.csv => ${eventtype}|${CHANNEL(channame)}|${eventextra}
";

fn records(config: PbxConfig) -> PbxConfig {
    let config = config.with("modules.conf", MODULES).with("extensions.conf", DIALPLAN);
    let config = config.with("cdr.conf", "enable=yes\nunanswered=yes\n").with("cdr_custom.conf", CDR);
    config.with("cel.conf", "enable=yes\nevents=USER_DEFINED,HANGUP\n").with("cel_custom.conf", CEL)
}

/// With the folders that Asterisk expects to be there.
fn start_with(config: PbxConfig) -> Pbx {
    let pbx = Pbx::start(records(config)).unwrap();
    for folder in ["log/cdr-custom", "log/cel-custom"] {
        fs::create_dir(pbx.file(folder)).unwrap();
    }
    pbx
}

fn start(name: &str) -> Pbx {
    start_with(PbxConfig::new(name, Module::Ours).unwrap().with_companion())
}

fn offer(suite: &str) -> Offer {
    Offer::named(1, suite).unwrap()
}

fn wait_for_record(pbx: &Pbx, record: &str) {
    wait_for_record_where(pbx, record, |line| line == record);
}

fn wait_for_record_where(pbx: &Pbx, wanted: &str, fits: impl Fn(&str) -> bool) {
    let read = || fs::read_to_string(pbx.file("log/cdr-custom/calls.csv")).unwrap_or_default();
    wait_for("the CDR", PATIENCE, || Ok(read().lines().any(&fits).then_some(())))
        .unwrap_or_else(|error| panic!("{error}: no {wanted} in {}", read()));
}

/// The events of a channel, in order.
fn events(pbx: &Pbx, channel: &str) -> Vec<String> {
    let read = || {
        let all = fs::read_to_string(pbx.file("log/cel-custom/events.csv")).unwrap_or_default();
        let of_channel = all.lines().filter(|line| line.contains(&format!("|{channel}-")));
        of_channel.map(str::to_owned).collect::<Vec<_>>()
    };
    wait_for("CEL's HANGUP", PATIENCE, || {
        Ok(Some(read()).filter(|events| events.iter().any(|event| event.starts_with("HANGUP|"))))
    })
    .unwrap_or_else(|error| panic!("{error}: {:?}", read()))
}

#[test]
fn records_say_how_secure_the_call_was_whoever_hangs_up() {
    let pbx = start("records");
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut call = caller.call("record", &[offer(LONG)]).unwrap();
    call.media.wait_for_first_echo().unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_for_log(&format!("ENDED both|{LONG}|both|{LONG}"), PATIENCE).unwrap();
    wait_for_record(&pbx, &format!("record,both,{LONG},,"));

    let _call = caller.call("short", &[offer(GCM)]).unwrap();
    caller.ua.wait_for_request("BYE").unwrap();
    pbx.wait_for_log(&format!("ENDED both|{GCM}|both|{GCM}"), PATIENCE).unwrap();
    wait_for_record(&pbx, &format!("short,both,{GCM},,"));

    // In clear over TLS.
    let mut plain = Caller::connect_as(&pbx, "plain").unwrap();
    let media = Media::bind().unwrap();
    let sdp = Sdp { profile: "RTP/AVP", ..Sdp::new(media.port, &[]) };
    let (mut dialog, answer) = plain.ua.invite("record", &sdp.write()).unwrap();
    assert_eq!(answer.status(), Some(200));
    plain.ua.bye(&mut dialog).unwrap();
    pbx.wait_for_log("ENDED signalling||signalling|", PATIENCE).unwrap();
    wait_for_record(&pbx, "record,signalling,,,");

    let events = events(&pbx, "PJSIP/sdes");
    assert!(
        events[0].starts_with("SRTP|")
            && events[0].contains(r#""secure":"both""#)
            && events[0].contains(&format!(r#""suite":"{LONG}""#)),
        "{events:?}"
    );
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn records_say_what_a_call_went_over_to() {
    let pbx = start("records-rekey");
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut call = caller.call("record", &[offer(LONG)]).unwrap();
    call.media.wait_for_first_echo().unwrap();
    caller.renegotiate(&mut call, offer(SHORT), "sendrecv").unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_for_log(&format!("ENDED both|{SHORT}|both|{SHORT}"), PATIENCE).unwrap();
    wait_for_record(&pbx, &format!("record,both,{SHORT},,"));
    let suites: Vec<bool> = events(&pbx, "PJSIP/sdes").iter().map(|event| event.contains(SHORT)).collect();
    assert_eq!(suites, [false, true, false], "SRTP, SRTP, HANGUP");
    pbx.stop().unwrap();
}

#[test]
fn records_have_both_legs_and_follow_a_transfer() {
    let pbx = start("records-legs");
    let (mut callee, mut caller) = (Callee::connect(&pbx).unwrap(), Caller::connect(&pbx).unwrap());
    let extension = callee.extension();
    let (mut call, invite, mut called) = thread::scope(|scope| {
        let called = scope.spawn(|| {
            let invite = callee.ua.wait_for_request("INVITE").unwrap();
            // The third line of our offer.
            let media = callee.answer_line(&invite, 2).unwrap();
            (invite, media)
        });
        let call = caller.call(&extension, &[offer(SHORT)]).unwrap();
        let (invite, media) = called.join().unwrap();
        (call, invite, media)
    });
    heard(&mut called, &mut call.media);
    // What the module writes into a CDR, it writes in the background: the record of the first call closes with the
    // transfer.
    let written = || {
        let channel = pbx.cli("core show channel PJSIP/sdes-00000001")?;
        Ok(channel.contains(&format!("srtp_dst_suite={GCM}")).then_some(()))
    };
    wait_for("the variables of the CDR", PATIENCE, written).unwrap();
    let mut dialog = callee.ua.dialog_of(&invite).unwrap();
    callee.ua.refer(&mut dialog, "record").unwrap();
    call.media.wait_for_first_echo().unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_for_log(&format!("ENDED both|{SHORT}|both|{SHORT}"), PATIENCE).unwrap();
    // A record of each of the two calls that the caller was in. The first has the extension that was dialled, or
    // the one that the caller was sent to if Asterisk had moved it there before the record was closed.
    let both_legs = format!(",both,{SHORT},both,{GCM}");
    wait_for_record_where(&pbx, &both_legs, |line| {
        line == format!("{extension}{both_legs}") || line == format!("record{both_legs}")
    });
    wait_for_record(&pbx, &format!("record,both,{SHORT},,"));
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn records_and_totals_need_no_companion() {
    let pbx = start_with(PbxConfig::new("records-alone", Module::Ours).unwrap());
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut call = caller.call("record", &[offer(LONG)]).unwrap();
    call.media.wait_for_first_echo().unwrap();
    let total = |name: &str, count: u32| {
        wait_for(&format!("{count} {name}"), PATIENCE, || {
            let stats = pbx.cli("srtp show stats")?;
            let line = stats.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
            Ok(line.ends_with(&format!(" {count}")).then_some(()))
        })
        .unwrap();
    };
    total("SDES agreements", 1);
    total("changes of keys", 0);
    caller.renegotiate(&mut call, offer(SHORT), "sendrecv").unwrap();
    total("SDES agreements", 1);
    total("changes of keys", 1);
    wait_for("the variable", PATIENCE, || {
        Ok(pbx
            .cli("core show channel PJSIP/sdes-00000000")?
            .contains("SRTP_SUITE=AES_CM_128_HMAC_SHA1_32")
            .then_some(()))
    })
    .unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_for_log(&format!("ENDED media|{SHORT}|media|{SHORT}"), PATIENCE).unwrap();
    wait_for_record(&pbx, &format!("record,media,{SHORT},,"));
    pbx.stop().unwrap();
}

#[test]
fn records_say_it_of_dtls_too() {
    let net = Net::new().unwrap();
    let config = |name| PbxConfig { net: Some(net.clone()), ..PbxConfig::new(name, Module::Ours).unwrap() };
    let (mut ours, mut far) = (config("records-dtls").with_companion(), config("records-far"));
    (ours.far, far.far) = (Some(far.ports), Some(ours.ports));
    let (ours, far) = (start_with(ours), Pbx::start(far).unwrap());
    ours.cli("channel originate PJSIP/echo@fardtls extension record@tests").unwrap();
    let variable = || {
        let channels = ours.cli("core show channels concise")?;
        let channel = channels.split('!').next().unwrap_or_default();
        Ok(ours.cli(&format!("core show channel {channel}"))?.contains("SRTP_SUMMARY=both").then_some(()))
    };
    wait_for("keys", PATIENCE, variable).unwrap();
    far.cli("channel request hangup all").unwrap();
    let line = ours.wait_for_log("ENDED ", PATIENCE).unwrap();
    assert!(line.contains("ENDED both|A"), "{line}");
    for pbx in [ours, far] {
        pbx.wait_until_idle().unwrap();
        pbx.stop().unwrap();
    }
}
