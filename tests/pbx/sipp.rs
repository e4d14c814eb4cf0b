//! SIPp with its own SRTP, over TLS: what it plays comes back to it as it was.

use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::report::{SessionEnd, sessions_ended, wait_for_session_end};
use voxseal_rig::sipp::{Heard, NULL_SUITES, SUITES, Sipp, SippSuite};
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::wait::PATIENCE;

/// To SIPp: 2.3 seconds of a call, so that it ends between two RTCP reports (see `wait_for_session_end`).
const DATAGRAMS: u64 = 115;
/// What the PBX must have protected, and unprotected, and SIPp have judged of them; many may be under way when the call
/// ends.
const PACKETS: usize = 50;

fn pbx(name: &str) -> Pbx {
    Pbx::start(PbxConfig::new(name, Module::Ours).unwrap()).unwrap()
}

fn suite(name: &str) -> SippSuite {
    SippSuite::named(name).unwrap()
}

/// Hangs up all calls and gives what each SIPp heard.
fn end(pbx: &Pbx, sipps: Vec<Sipp>) -> Vec<Heard> {
    pbx.cli("channel request hangup all").unwrap();
    let heard = sipps.into_iter().map(|sipp| sipp.succeed().unwrap()).collect();
    pbx.wait_until_idle().unwrap();
    heard
}

fn assert_heard(heard: &Heard) {
    assert!(heard.datagrams >= DATAGRAMS + PACKETS as u64, "{heard:?}");
    assert_eq!(heard.clear, 0, "media in clear on the wire");
    assert!(heard.authentic >= PACKETS, "{heard:?}");
    assert!(!heard.was_readable() || heard.equal >= PACKETS, "{heard:?}");
}

fn assert_both_ways(ended: &SessionEnd, suite: SippSuite) {
    assert_eq!([&ended.out_suite, &ended.in_suite], [suite.name; 2]);
    assert!(ended.protected.min(ended.unprotected) >= PACKETS as u64, "{ended:?}");
    assert_eq!(ended.refused, 0, "{ended:?}");
}

#[test]
fn every_suite_that_encrypts_carries_a_pattern_there_and_back() {
    let pbx = pbx("sipp-suites");
    let mut sipps: Vec<Sipp> = SUITES.map(|suite| Sipp::call(&pbx, "echo", &[suite]).unwrap()).into();
    for sipp in &mut sipps {
        sipp.wait_for_media(DATAGRAMS).unwrap();
    }
    let heard = end(&pbx, sipps);
    heard.iter().for_each(assert_heard);
    println!("SIPp compared its pattern in {} calls", heard.iter().filter(|one| one.was_readable()).count());
    wait_for_session_end(&pbx, SUITES.len()).unwrap();
    let ended = sessions_ended(&pbx);
    for suite in SUITES {
        let agreed = format!("SDES agreed: tag 1 {}", suite.name);
        pbx.wait_for_log(&agreed, PATIENCE).unwrap();
        assert_both_ways(ended.iter().find(|one| one.out_suite == suite.name).unwrap(), suite);
    }
    pbx.stop().unwrap();
}

#[test]
fn a_suite_that_does_not_encrypt_is_refused_with_a_reason() {
    let pbx = pbx("sipp-null");
    for suite in NULL_SUITES {
        Sipp::call_in_vain(&pbx, "echo", &[suite]).unwrap().succeed().unwrap();
        let line = pbx.wait_for_log(suite.name, PATIENCE).unwrap();
        assert!(line.contains(" refused: "), "{line}");
    }
    pbx.stop().unwrap();
}

#[test]
fn of_two_lines_the_one_that_encrypts_is_agreed_with_its_own_tag() {
    let pbx = pbx("sipp-second");
    let good = suite("AES_CM_128_HMAC_SHA1_32");
    let mut sipp = Sipp::call(&pbx, "echo", &[NULL_SUITES[0], good]).unwrap();
    sipp.wait_for_media(DATAGRAMS).unwrap();
    assert_heard(&end(&pbx, vec![sipp])[0]);
    pbx.wait_for_log(&format!("SDES agreed: tag 2 {}", good.name), PATIENCE).unwrap();
    assert_both_ways(&wait_for_session_end(&pbx, 1).unwrap().unwrap(), good);
    pbx.stop().unwrap();
}

#[test]
fn the_first_line_of_our_offer_can_be_answered() {
    let pbx = pbx("sipp-callee");
    let first = suite("AES_CM_128_HMAC_SHA1_80");
    let mut sipp = Sipp::callee(&pbx, first).unwrap();
    let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
    sipp.be_called(&pbx, "tone").unwrap();
    sipp.wait_for_media(DATAGRAMS).unwrap();
    let on_wire = sniffer.stop().unwrap().heard_on_the_wire(pbx.media_ports(), pbx.config().tone);
    assert!(on_wire.share < 0.2 && on_wire.seconds > 1.0, "on the wire: {on_wire}");
    end(&pbx, vec![sipp]);
    pbx.wait_for_log(&format!("SDES agreed: tag 1 {}", first.name), PATIENCE).unwrap();
    assert_both_ways(&wait_for_session_end(&pbx, 1).unwrap().unwrap(), first);
    pbx.stop().unwrap();
}

#[test]
fn without_srtp_the_same_pattern_is_seen_on_the_wire() {
    let pbx = pbx("sipp-plain");
    let mut sipp = Sipp::call(&pbx, "echo", &[]).unwrap();
    sipp.wait_for_media(DATAGRAMS).unwrap();
    let heard = end(&pbx, vec![sipp])[0];
    assert!(heard.clear >= DATAGRAMS && heard.equal >= PACKETS, "{heard:?}");
    pbx.stop().unwrap();
}
