//! `SRTP(item,media,kind)`: RTP and RTCP are counted for themselves.

use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::wait::{PATIENCE, wait_for};

const ITEMS: [&str; 9] = [
    "packets_in",
    "failures",
    "auth_failures",
    "replays",
    "refused",
    "lifetime_in",
    "lifetime_remaining_in",
    "roc_in",
    "ssrc_in",
];

/// Every item for both kinds, for each of them, and once more for both; all in one line when the call ends.
fn dialplan() -> String {
    let of = |kind: &str| ITEMS.map(|item| format!("${{SRTP({item},audio{kind})}}")).join("|");
    format!(
        "exten => count,1,Set(CHANNEL(hangup_handler_push)=ended,s,1)
 same => n,Answer()
 same => n,Echo()
[ended]
exten => s,1,Verbose(0,COUNTED {}/{}/{}/)
 same => n,Return()
",
        of(""),
        of(",rtp"),
        of(",rtcp")
    )
}

#[test]
fn rtp_and_rtcp_have_counters_and_lifetimes_of_their_own() {
    let config = PbxConfig::new("counters", Module::Ours).unwrap().with("extensions.conf", &dialplan());
    let pbx = Pbx::start(config.with("modules.conf", "load=app_stack.so\n")).unwrap();
    let mut caller = Caller::connect(&pbx).unwrap();
    let offer = Offer::named(1, "AES_CM_128_HMAC_SHA1_80").unwrap();
    let mut call = caller.call("count", &[offer]).unwrap();
    call.media.wait_for_first_echo().unwrap();
    for _ in 0..5 {
        call.media.send_rtcp().unwrap();
    }
    // RTP: three that are forged, and two that came before.
    let packet = call.media.send(&random_payload().unwrap()).unwrap();
    for _ in 0..2 {
        call.media.send_raw(&packet).unwrap();
    }
    let mut forged = call.media.protect(&random_payload().unwrap()).unwrap();
    *forged.last_mut().unwrap() ^= 1;
    for _ in 0..3 {
        call.media.send_raw(&forged).unwrap();
    }
    // What was sent last came last: the host reads each port in order.
    let settled = "failures             5";
    wait_for("the refusals", PATIENCE, || {
        Ok(pbx.cli("srtp show session PJSIP/sdes-00000000")?.contains(settled).then_some(()))
    })
    .unwrap();
    let rtcp_arrived = || {
        let shown = pbx.cli("srtp show session PJSIP/sdes-00000000")?;
        Ok(shown.contains("srtcp_packets_in     5").then_some(()))
    };
    wait_for("the reports", PATIENCE, rtcp_arrived).unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();
    let line = pbx.wait_for_log("COUNTED ", PATIENCE).unwrap();
    let (_, values) = line.split_once("COUNTED ").unwrap();
    let [both, rtp, rtcp]: [Vec<&str>; 3] = values
        .split('/')
        .take(3)
        .map(|kind| kind.split('|').collect())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let number = |text: &str| text.parse::<u64>().unwrap();
    assert_eq!(number(both[0]), number(rtp[0]) + 5, "{line}");
    assert_eq!(rtp[1..5], ["5", "3", "2", "0"], "{line}");
    assert_eq!(both[1..5], rtp[1..5], "{line}");
    assert_eq!(rtcp[..5], ["5", "0", "0", "0", "0"], "{line}");
    assert_eq!((number(rtp[5]), number(rtcp[5])), (1 << 48, 1 << 31), "{line}");
    assert_eq!(number(rtp[6]), (1 << 48) - number(rtp[0]), "{line}");
    assert_eq!(number(rtcp[6]), (1 << 31) - 5, "{line}");
    assert_eq!((rtp[7], rtcp[7]), ("0", ""), "SRTCP has no rollover counter");
    assert_eq!(rtp[8], rtcp[8], "{line}");
    assert_eq!(rtp[8].len(), 8, "{line}");
    pbx.stop().unwrap();
}
