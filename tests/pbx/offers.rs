//! What the PBX offers, and that every line of it can be answered.

use voxseal_rig::callee::Callee;
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::Attribute;
use voxseal_rig::wait::PATIENCE;

const DEFAULT_OFFER: [&str; 4] =
    ["1 AES_CM_128_HMAC_SHA1_80", "2 AES_CM_128_HMAC_SHA1_32", "3 AEAD_AES_256_GCM", "4 AEAD_AES_128_GCM"];
/// Requests above this size go over TCP (RFC 3261 §18.1.1: 200 bytes below an MTU of 1500).
const MAX_UDP_REQUEST: usize = 1300;

#[test]
fn each_of_the_four_lines_of_an_offer_can_be_answered_and_they_fit_a_udp_request() {
    let pbx = Pbx::start(PbxConfig::new("offers", Module::Ours).unwrap()).unwrap();
    let mut keys = Vec::new();
    for (place, expected) in DEFAULT_OFFER.iter().enumerate() {
        let mut callee = Callee::connect(&pbx).unwrap();
        callee.be_called(&pbx, "echo").unwrap();
        let invite = callee.ua.wait_for_request("INVITE").unwrap();
        let lines = Attribute::all_of(&invite.body).unwrap();
        assert_eq!(lines.iter().map(|line| line.start).collect::<Vec<_>>(), DEFAULT_OFFER);
        let size = invite.head.len() + invite.body.len();
        assert!(size <= MAX_UDP_REQUEST, "the INVITE has {size} bytes");
        println!("INVITE with four crypto lines: {size} bytes");
        keys.extend(lines.into_iter().map(|line| line.key_salt));

        let mut media = callee.answer_line(&invite, place).unwrap();
        let sent = media.wait_for_first_echo().unwrap();
        assert!(media.echoed(&random_payload().unwrap(), &sent).unwrap(), "{expected}");
        pbx.wait_for_log(&format!("SDES agreed: tag {expected} "), PATIENCE).unwrap();
        pbx.cli("channel request hangup all").unwrap();
        callee.wait_for_bye().unwrap();
        pbx.wait_until_idle().unwrap();
    }
    let all = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), all, "every line of every offer has a key of its own");
    pbx.stop().unwrap();
}
