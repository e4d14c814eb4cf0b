//! A phone with somebody else's SRTP.

use voxseal_rig::pbx::Module;
use voxseal_rig::scenarios::phone_to_echo;

#[test]
fn a_phone_that_is_not_ours_hears_its_tone_come_back() {
    let report = phone_to_echo(Module::Ours).unwrap();
    assert_eq!(report.suite, "AES_CM_128_HMAC_SHA1_80");
}
