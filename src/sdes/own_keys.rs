//! The keys of our own lines: how many, and what the lines say about them.

use super::{Answer, CryptoAttribute, Fill, KeyParam, Lifetime, Mki, Settings};
use crate::error::Error;
use crate::secret::MasterKey;
use crate::suite::CryptoSuite;

/// What a line says about its keys.
#[derive(Clone, Copy)]
pub(super) struct Say {
    pub lifetime: Option<Lifetime>,
    /// Bytes of the MKI; 0 for none.
    pub mki_len: usize,
}

impl Say {
    /// In an offer.
    pub fn in_offer(settings: &Settings) -> Say {
        Say { lifetime: settings.lifetime.filter(|_| settings.lifetime_in_offer), mki_len: settings.mki_len }
    }

    /// In the answer to a line of the peer.
    pub fn in_answer(settings: &Settings, theirs: &CryptoAttribute) -> Say {
        let theirs = Say::again(&theirs.keys);
        Say {
            lifetime: choose(settings.lifetime_in_answer, None, theirs.lifetime, settings.lifetime),
            mki_len: choose(settings.mki_in_answer, 0, theirs.mki_len, settings.mki_len),
        }
    }

    /// In mid-call: what we said before. The line at hand may be an answer, which
    /// changes nothing of what we offered: the peer expects our packets with that
    /// MKI or none. It is mirrored where it says another thing than the peer's line
    /// `before`, as those of another system do to which the call was transferred.
    pub fn in_mid_call(self, settings: &Settings, before: Say, theirs: Say) -> Say {
        let follows = |answer: Answer, changed: bool| answer == Answer::Mirror && changed;
        let lifetime = follows(settings.lifetime_in_answer, before.lifetime != theirs.lifetime);
        let mki_len = follows(settings.mki_in_answer, before.mki_len != theirs.mki_len);
        Say {
            lifetime: if lifetime { theirs.lifetime } else { self.lifetime },
            mki_len: if mki_len { theirs.mki_len } else { self.mki_len },
        }
    }

    /// The same as a line said before.
    pub fn again(keys: &[KeyParam]) -> Say {
        let first = keys.first();
        Say {
            lifetime: first.and_then(|key| key.lifetime),
            mki_len: first.and_then(|key| key.mki.as_ref()).map_or(0, |mki| mki.bytes().len()),
        }
    }
}

fn choose<T>(answer: Answer, nothing: T, theirs: T, ours: T) -> T {
    match answer {
        Answer::Omit => nothing,
        Answer::Mirror => theirs,
        Answer::Own => ours,
    }
}

/// Makes our keys and numbers them: an MKI names one key and never another.
#[derive(Default)]
pub(super) struct OwnKeys {
    last_mki: u32,
}

impl OwnKeys {
    /// `count` fresh keys for one line; one when they have no MKI to be told apart by.
    pub fn fresh(
        &mut self,
        suite: CryptoSuite,
        say: Say,
        count: usize,
        fill: Fill<'_>,
    ) -> Result<Vec<KeyParam>, Error> {
        let count = if say.mki_len == 0 { 1 } else { count.max(1) };
        let mut keys = Vec::with_capacity(count);
        for _ in 0..count {
            let master_key = MasterKey::generate(suite, &mut *fill)?;
            keys.push(KeyParam { master_key, lifetime: say.lifetime, mki: self.number(say.mki_len) });
        }
        Ok(keys)
    }

    /// Copies of keys that the peer knows, with what the line of today says
    /// about them. An MKI stays as it is while its length does. Several keys keep
    /// theirs: one alone could do without, and which is in use nobody knows here.
    pub fn dressed(&mut self, keys: &[KeyParam], say: Say) -> Vec<KeyParam> {
        let keeps_mki = say.mki_len == 0 && keys.len() > 1;
        let mut dressed: Vec<KeyParam> = keys.iter().map(KeyParam::duplicate).collect();
        for key in &mut dressed {
            key.lifetime = say.lifetime;
            let len = key.mki.as_ref().map_or(0, |mki| mki.bytes().len());
            if len != say.mki_len && !keeps_mki {
                key.mki = self.number(say.mki_len);
            }
        }
        dressed
    }

    /// The next MKI of this length. One byte holds 255 of them; then they start again.
    fn number(&mut self, len: usize) -> Option<Mki> {
        if len == 0 {
            return None;
        }
        let largest = if len < 4 { (1_u32 << (8 * len)) - 1 } else { u32::MAX };
        self.last_mki = if self.last_mki >= largest { 1 } else { self.last_mki + 1 };
        let mut bytes = vec![0; len];
        for (byte, digit) in bytes.iter_mut().rev().zip(self.last_mki.to_be_bytes().iter().rev()) {
            *byte = *digit;
        }
        Mki::new(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mkis_count_from_one_and_start_again_when_their_bytes_are_used_up() {
        let mut own = OwnKeys::default();
        assert!(own.number(0).is_none());
        for expected in (1..=255).chain([1]) {
            assert_eq!(own.number(1).unwrap().bytes(), [expected]);
        }
        assert_eq!(own.number(128).unwrap().bytes().iter().filter(|byte| **byte != 0).count(), 1);
        own.last_mki = u32::MAX;
        assert_eq!(own.number(4).unwrap().bytes(), [0, 0, 0, 1]);
    }
}
