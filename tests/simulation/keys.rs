//! Master keys by number, and the lines that they come from.

use super::model::KeyNumber;
use super::random::Random;
use voxseal::secret::MasterKey;
use voxseal::srtp::{Direction, Policy, PolicyKey, SsrcRule};
use voxseal::suite::CryptoSuite;

/// What all keys of a world have in common.
#[derive(Clone, Copy)]
pub struct Line {
    pub suite: CryptoSuite,
    /// 0 for none. Each key has an MKI of its own.
    pub mki_len: usize,
}

impl Line {
    pub fn policy(self, direction: Direction, number: KeyNumber) -> Policy {
        let bytes = Random::new(u64::from(number)).bytes(self.suite.key_salt_len());
        let master_key = MasterKey::new(self.suite, &bytes).expect("the suite's length");
        let mki = number.to_be_bytes().into_iter().cycle().take(self.mki_len).collect();
        let key = PolicyKey { mki, ..PolicyKey::new(master_key) };
        Policy::with_keys(direction, SsrcRule::Any, vec![key]).expect("one key, whatever its MKI")
    }
}
