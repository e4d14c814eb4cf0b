//! An endpoint of which Asterisk makes no copy any more: its calls fail, and nothing of them is in clear.

use crate::policy_site::{caller, config, logged, wait_for_lines};
use std::fs;
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::Offer;
use voxseal_rig::pbx::Pbx;
use voxseal_rig::sdp::Sdp;
use voxseal_rig::wait::PATIENCE;

/// A file that an endpoint names must be there when the endpoint is copied, though it is used for DTLS alone.
const ENDPOINTS: &str = "
[unlike](open)
@srtp_policy=mandatory
dtls_cert_file=@DIR@/etc/gone.pem

[either](open)
@srtp_policy=optional
dtls_cert_file=@DIR@/etc/gone.pem

[wished](open)
media_encryption=sdes
media_encryption_optimistic=yes
dtls_cert_file=@DIR@/etc/gone.pem
";

const DIALPLAN: &str = "
exten => _wish-X.,1,Set(SRTP(policy)=mandatory)
 same => n,Dial(PJSIP/wished/sip:callee@@IP@:${EXTEN:5}\\;transport=tls,20)
 same => n,Hangup(38)
";

fn start(name: &str) -> Option<Pbx> {
    // The file is there when the PBX reads its configuration.
    let config = config(name, "", ENDPOINTS)?.with("extensions.conf", DIALPLAN).with("gone.pem", "here\n");
    let pbx = Pbx::start(config).unwrap();
    fs::remove_file(pbx.file("etc/gone.pem")).unwrap();
    Some(pbx)
}

#[test]
fn a_caller_is_refused_and_gets_no_description() {
    let Some(pbx) = start("uncopied") else { return };
    let offer = Offer::named(1, "AES_CM_128_HMAC_SHA1_80").unwrap();
    for (endpoint, profile, lines, status) in [
        // What the endpoint itself has, media in clear, is not what is offered.
        ("unlike", "RTP/SAVP", &[offer.line.as_bytes()][..], 488),
        ("either", "RTP/AVP", &[], 500),
    ] {
        let mut phone = caller(&pbx, "TLS", endpoint);
        let (_, answer) =
            phone.ua.invite("echo", &Sdp { profile, ..Sdp::new(40_000, lines) }.write()).unwrap();
        assert_eq!((answer.status(), answer.body.as_str()), (Some(status), ""), "{}", answer.head);
        let told = format!("endpoint {endpoint}: its media policy cannot be held, so the call fails");
        wait_for_lines(&pbx, &[&told], 1).unwrap();
        pbx.wait_until_idle().unwrap();
    }
    pbx.stop().unwrap();
}

#[test]
fn we_call_nobody_with_it() {
    let Some(pbx) = start("uncopied-called") else { return };
    let reasons = [
        ("call-unlike-PORT-tls", "endpoint unlike: its media policy cannot be held, so the call fails"),
        ("wish-PORT", "SRTP_POLICY=mandatory cannot be followed: Asterisk cannot copy the endpoint"),
    ];
    for (calls, (extension, told)) in reasons.into_iter().enumerate() {
        let mut callee = Callee::connect(&pbx).unwrap();
        let extension = extension.replace("PORT", callee.ua.port());
        pbx.cli(&format!("channel originate Local/{extension}@tests extension echo@tests")).unwrap();
        pbx.wait_for_log(told, PATIENCE).unwrap();
        pbx.wait_until_idle().unwrap();
        let came = callee.ua.receive(std::time::Duration::from_millis(100)).unwrap();
        assert!(came.is_none(), "{}", came.unwrap().head);
        assert_eq!(logged(&pbx, &[told]), 1);
        assert_eq!(logged(&pbx, &["ERROR", "c_shim"]), calls + 1, "one reason for each call");
    }
    pbx.stop().unwrap();
}
