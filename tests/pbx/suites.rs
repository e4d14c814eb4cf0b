//! Every suite, offered alone and in company, against libsrtp.

use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::libsrtp::RigSuite;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::scenarios::every_suite_to_echo;

#[test]
fn every_suite_is_agreed_and_every_byte_comes_back_and_none_is_seen_on_the_wire() {
    let pbx = Pbx::start(PbxConfig::new("suites", Module::Ours).unwrap()).unwrap();
    every_suite_to_echo(&pbx).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn the_first_usable_attribute_is_agreed_with_its_own_tag() {
    let pbx = Pbx::start(PbxConfig::new("choice", Module::Ours).unwrap()).unwrap();
    let mut caller = Caller::connect(&pbx).unwrap();
    let suite = |name| RigSuite::named(name).unwrap();
    let mut unknown = Offer::new(3, suite("AES_CM_128_HMAC_SHA1_80")).unwrap();
    unknown.line = unknown.line.replace("AES_CM_128_HMAC_SHA1_80", "ARIA_128_CTR_HMAC_SHA1_80");
    let good = Offer::new(17, suite("AES_CM_128_HMAC_SHA1_32")).unwrap();
    let mut call = caller.call("echo", &[unknown, good]).unwrap();
    assert_eq!(call.suite.name, "AES_CM_128_HMAC_SHA1_32");
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.stop().unwrap();
}
