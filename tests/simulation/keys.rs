//! Master keys by number.

use super::model::KeyNumber;
use super::random::Random;
use voxseal::secret::MasterKey;
use voxseal::srtp::{Direction, Policy, SsrcRule};
use voxseal::suite::CryptoSuite;

pub fn key_bytes(suite: CryptoSuite, number: KeyNumber) -> Vec<u8> {
    Random::new(u64::from(number)).bytes(suite.key_salt_len())
}

pub fn policy(direction: Direction, suite: CryptoSuite, number: KeyNumber) -> Policy {
    let master_key = MasterKey::new(suite, &key_bytes(suite, number)).expect("the suite's length");
    Policy::new(direction, SsrcRule::Any, master_key)
}
