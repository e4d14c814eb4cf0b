//! Wishes on the way through a Local channel, as queues, forwarded calls and follow-me have it: what demands security reaches the
//! leg behind it, what may allow less ends there. Variables that are set by themselves do as their underscores say.

use crate::policy_site::{caller, config, wait_for_lines};
use std::net::UdpSocket;
use voxseal_rig::caller::Offer;
use voxseal_rig::pbx::Pbx;

const ENDPOINTS: &str = "
[trunk](open)
transport=udp

[vault](open)
transport=udp
media_encryption=sdes
";
const DIALPLAN: &str = "
exten => _lost-X.,1,Set(_SRTP_REQUIRE_TLS=yes)
 same => n,Goto(go-trunk-${EXTEN:5},1)
exten => _kept-X.,1,Set(__SRTP_REQUIRE_TLS=yes)
 same => n,Goto(go-trunk-${EXTEN:5},1)
exten => _tls-X.,1,Set(SRTP(require)=tls)
 same => n,Goto(go-trunk-${EXTEN:4},1)
exten => _yes-X.,1,Set(SRTP(require)=Yes)
 same => n,Goto(go-trunk-${EXTEN:4},1)
exten => _off-X.,1,Set(SRTP(require)=tls)
 same => n,Set(SRTP(require)=no)
 same => n,Goto(go-trunk-${EXTEN:4},1)
exten => _must-X.,1,Set(SRTP(policy)=mandatory)
 same => n,Goto(go-trunk-${EXTEN:5},1)
exten => _less-X.,1,Set(SRTP(policy)=forbidden)
 same => n,Goto(go-vault-${EXTEN:5},1)
exten => _go-.,1,Dial(Local/out-${EXTEN:3}@tests,5)
 same => n,Hangup(38)
exten => _out-.,1,Dial(PJSIP/${EXTEN:4:5}/sip:callee@@IP@:${EXTEN:10},5)
";

/// What is sent over UDP, and so in clear, when somebody calls this extension; nothing if the call is not made.
fn sent(pbx: &Pbx, extension: &str) -> Option<String> {
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let offer = Offer::named(1, "AES_CM_128_HMAC_SHA1_80").unwrap();
    let extension = format!("{extension}-{}", udp.local_addr().unwrap().port());
    let mut caller = caller(pbx, "TLS", "optional");
    let (_, answer) = caller.offer(&extension, &[offer.line.as_bytes()]).unwrap();
    assert!(matches!(answer.status(), Some(400..=699)), "{}", answer.head);
    pbx.wait_until_idle().unwrap();
    udp.set_nonblocking(true).unwrap();
    let mut message = [0; 4096];
    let len = udp.recv(&mut message).ok()?;
    Some(String::from_utf8_lossy(&message[..len]).into_owned())
}

#[test]
fn a_variable_with_two_underscores_goes_through_local_channels_and_one_with_one_does_not() {
    let Some(config) = config("inherited", "", ENDPOINTS) else { return };
    let pbx = Pbx::start(config.with("extensions.conf", DIALPLAN)).unwrap();
    assert!(sent(&pbx, "lost").is_some(), "the Local channel is the leg that is called");
    assert_eq!(sent(&pbx, "kept"), None);
    wait_for_lines(&pbx, &["endpoint trunk: nothing was sent to 127.0.0.1 over UDP"], 1).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn what_the_function_demands_goes_through_local_channels_and_what_it_allows_does_not() {
    let Some(config) = config("demanded", "", ENDPOINTS) else { return };
    let pbx = Pbx::start(config.with("extensions.conf", DIALPLAN)).unwrap();
    for extension in ["tls", "yes"] {
        assert_eq!(sent(&pbx, extension), None);
    }
    wait_for_lines(&pbx, &["endpoint trunk: nothing was sent to 127.0.0.1 over UDP"], 2).unwrap();
    assert_eq!(sent(&pbx, "must"), None);
    wait_for_lines(&pbx, &["because SRTP_POLICY=mandatory cannot be followed"], 1).unwrap();
    assert!(sent(&pbx, "off").is_some(), "what was said last holds");
    let invite = sent(&pbx, "less").unwrap();
    assert!(invite.contains("RTP/SAVP "), "the vault's own encryption was taken away: {invite}");
    pbx.stop().unwrap();
}
