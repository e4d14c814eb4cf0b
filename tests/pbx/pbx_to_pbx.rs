//! A PBX with the stock module at the other end, by SDES.

use voxseal_rig::pbx::Module;
use voxseal_rig::scenarios::{Keying, pbx_to_pbx};

#[test]
fn two_pbxs_hear_each_other_whoever_calls() {
    let reports = pbx_to_pbx(Module::Ours, Keying::Sdes).unwrap();
    assert_eq!(reports.len(), 2);
}
