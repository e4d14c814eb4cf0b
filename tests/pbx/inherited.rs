//! Wishes on the way through a Local channel, as queues and follow-me have it: with one underscore they end there, with two they
//! reach the leg behind it.

use crate::policy_site::{caller, config, wait_for_lines};
use std::net::UdpSocket;
use voxseal_rig::caller::Offer;
use voxseal_rig::libsrtp::RigSuite;
use voxseal_rig::pbx::Pbx;

const ENDPOINTS: &str = "
[trunk](open)
transport=udp
";
const DIALPLAN: &str = "
exten => _lost-X.,1,Set(SRTP(require)=tls)
 same => n,Goto(go-${EXTEN:5},1)
exten => _kept-X.,1,Set(__SRTP_REQUIRE_TLS=yes)
 same => n,Goto(go-${EXTEN:5},1)
exten => _go-X.,1,Dial(Local/out-${EXTEN:3}@tests,5)
 same => n,Hangup(38)
exten => _out-X.,1,Dial(PJSIP/trunk/sip:callee@@IP@:${EXTEN:4},5)
";

/// Whether the trunk is called over UDP when somebody calls this extension.
fn is_called(pbx: &Pbx, extension: &str) -> bool {
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let offer = Offer::new(1, RigSuite::named("AES_CM_128_HMAC_SHA1_80").unwrap()).unwrap();
    let extension = format!("{extension}-{}", udp.local_addr().unwrap().port());
    let mut caller = caller(pbx, "TLS", "optional");
    let (_, answer) = caller.offer(&extension, &[offer.line.as_bytes()]).unwrap();
    assert!(matches!(answer.status(), Some(400..=699)), "{}", answer.head);
    pbx.wait_until_idle().unwrap();
    udp.set_nonblocking(true).unwrap();
    udp.recv(&mut [0; 100]).is_ok()
}

#[test]
fn a_wish_with_two_underscores_goes_through_local_channels_and_one_with_one_does_not() {
    let Some(config) = config("inherited", "", ENDPOINTS) else { return };
    let pbx = Pbx::start(config.with("extensions.conf", DIALPLAN)).unwrap();
    assert!(is_called(&pbx, "lost"), "the Local channel is the leg that is called");
    assert!(!is_called(&pbx, "kept"), "something was sent in clear");
    wait_for_lines(&pbx, &["endpoint trunk: nothing was sent to 127.0.0.1 over UDP"], 1).unwrap();
    pbx.stop().unwrap();
}
