//! A PBX with settings, and what its endpoints offer and answer.
//!
//! Which endpoint a call is with is known by `res_pjsip_voxseal.so`. Where pjproject's headers are out of reach these
//! tests say that they are skipped; on a PBX that `make pbx` prepared they fail.

use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::{Attribute, Sdp};
use voxseal_rig::sip::Message;
use voxseal_rig::skip::skipped_without_companion;

pub const LONG: &str = "AES_CM_128_HMAC_SHA1_80";
pub const SHORT: &str = "AES_CM_128_HMAC_SHA1_32";
pub const GCM: &str = "AEAD_AES_128_GCM";
pub const GCM_256: &str = "AEAD_AES_256_GCM";

/// Endpoints that differ in their settings alone. `call-A-X` calls whoever is connected from port X as endpoint A, and
/// `fork-A-X-B-Y` two at once.
const ENDPOINTS: &str = "
[one](leg)
media_encryption=sdes
@srtp_profile=aastra

[mine](leg)
media_encryption=sdes
@srtp_profile=mine

[order](leg)
media_encryption=sdes
@srtp_suites=AEAD_AES_128_GCM,AES_CM_128_HMAC_SHA1_80

[both](leg)
media_encryption=sdes
@srtp_profile=aastra
@srtp_suites=AES_CM_128_HMAC_SHA1_32

[device](leg)
media_encryption=sdes
aors=device
[device]
type=aor
max_contacts=1

[lost](leg)
media_encryption=sdes
@srtp_profile=aastro

[wrong](leg)
media_encryption=sdes
@srtp_suites=AES_CM_128_HMAC_SHA1_81
";

const EXTENSIONS: &str = "
exten => _call-.,1,Set(to=${EXTEN:5})
 same => n,Dial(PJSIP/${CUT(to,-,1)}/sip:callee@@IP@:${CUT(to,-,2)}\\;transport=tls,20)
exten => device,1,Dial(PJSIP/device,20)
exten => _fork-.,1,Set(to=${EXTEN:5})
 same => n,Set(first=PJSIP/${CUT(to,-,1)}/sip:callee@@IP@:${CUT(to,-,2)}\\;transport=tls)
 same => n,Dial(${first}&PJSIP/${CUT(to,-,3)}/sip:callee@@IP@:${CUT(to,-,4)}\\;transport=tls,20)
";

pub const SETTINGS: &str = "
[mine]
suites = AES_CM_128_HMAC_SHA1_32
accept = AEAD_AES_256_GCM, AES_CM_128_HMAC_SHA1_32

[rig]
user_agent = Rig Phone *
accept = AES_CM_128_HMAC_SHA1_32
suites = AES_CM_128_HMAC_SHA1_32
";

/// A PBX with these settings and our two modules; `None` where the second cannot be had.
pub fn start(name: &str, settings: &str) -> Option<Pbx> {
    if skipped_without_companion().unwrap() {
        return None;
    }
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion();
    let config = config.with("voxseal.conf", settings).with("pjsip.conf", ENDPOINTS);
    let config = config.with("extensions.conf", EXTENSIONS).with("modules.conf", "load=func_cut.so\n");
    Some(Pbx::start(config).unwrap())
}

/// The suites of the PBX's offer, in their order.
fn suites_of(invite: &Message) -> Vec<&'static str> {
    let lines = Attribute::all_of(&invite.body).unwrap();
    lines.iter().map(|line| line.tag_and_suite().unwrap().1.name).collect()
}

/// Has an endpoint called by a caller in clear, who hangs up after the answer, and gives the suites it was offered.
pub fn offered_to(pbx: &Pbx, endpoint: &str) -> Vec<&'static str> {
    let mut callee = Callee::connect(pbx).unwrap();
    let extension = format!("call-{endpoint}-{}", callee.ua.port());
    offered_at(pbx, "plain", None, &extension, &mut [&mut callee]).remove(0)
}

/// Calls an extension as an endpoint, which offers this much, and gives the suites that each callee is offered. The
/// first callee answers.
pub fn offered_at(
    pbx: &Pbx,
    caller: &str,
    offer: Option<&Offer>,
    extension: &str,
    callees: &mut [&mut Callee],
) -> Vec<Vec<&'static str>> {
    let mut caller = Caller::connect_as(pbx, caller).unwrap();
    let lines: Vec<&[u8]> = offer.iter().map(|offer| offer.line.as_bytes()).collect();
    let profile = if lines.is_empty() { "RTP/AVP" } else { "RTP/SAVP" };
    let sdp = Sdp { profile, ..Sdp::new(40_000, &lines) }.write();
    std::thread::scope(|scope| {
        let calling = scope.spawn(|| {
            let (mut dialog, answer) = caller.ua.invite(extension, &sdp).unwrap();
            assert_eq!(answer.status(), Some(200));
            caller.ua.bye(&mut dialog).unwrap();
        });
        let invites: Vec<Message> =
            callees.iter_mut().map(|callee| callee.ua.wait_for_request("INVITE").unwrap()).collect();
        let offered = Attribute::first_of(&invites[0].body).unwrap();
        let (tag, suite) = offered.tag_and_suite().unwrap();
        let ours = Offer::new(tag, suite).unwrap();
        let answer = Sdp::new(40_002, &[ours.line.as_bytes()]).write();
        callees[0].ua.accept_with(&invites[0], &answer).unwrap();
        callees[0].ua.wait_for_request("ACK").unwrap();
        callees[0].wait_for_bye().unwrap();
        calling.join().unwrap();
        invites.iter().map(suites_of).collect()
    })
}

/// The suite of the PBX's answer to these; `None` when it refuses them.
pub fn answered(pbx: &Pbx, endpoint: &str, user_agent: &str, suites: &[&str]) -> Option<&'static str> {
    let mut caller = Caller::connect_as(pbx, endpoint).unwrap();
    caller.ua.user_agent = user_agent.into();
    let offers: Vec<Offer> = (1..).zip(suites).map(|(tag, name)| Offer::named(tag, name).unwrap()).collect();
    let lines: Vec<&[u8]> = offers.iter().map(|offer| offer.line.as_bytes()).collect();
    let (mut dialog, answer) = caller.offer("echo", &lines).unwrap();
    if answer.status() != Some(200) {
        return None;
    }
    let (tag, suite) = Attribute::only_one_of(&answer.body).unwrap().tag_and_suite().unwrap();
    assert_eq!(suites[tag as usize - 1], suite.name, "the tag is of another line");
    caller.ua.bye(&mut dialog).unwrap();
    Some(suite.name)
}
