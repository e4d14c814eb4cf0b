//! DTLS-SRTP as WebRTC has it (ICE, BUNDLE, one port) goes through the same module, with keys from elsewhere.

use voxseal_rig::pbx::Module;
use voxseal_rig::scenarios::{Keying, pbx_to_pbx};

#[test]
fn a_call_with_dtls_srtp_still_works_whoever_calls() {
    let reports = pbx_to_pbx(Module::Ours, Keying::Dtls).unwrap();
    assert_eq!(reports.len(), 2);
}
