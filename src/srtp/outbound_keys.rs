//! Which local keys a session has, and which of them protects.

use super::key::Key;
use super::outbound::{Outbound, OutboundKey, Stream};
use super::policy::{Policy, SsrcRule};
use super::streams::Streams;
use super::{MAX_KEYS, MAX_OUT_OF_USE, MAX_RETIRED, Millis};
use crate::error::Error;
use crate::secret::MasterKey;
use smallvec::SmallVec;

impl Outbound {
    /// Gives the policy's keys to its SSRC rule, in place of those before. The
    /// same key and suite again changes nothing; a new key starts at ROC 0; the
    /// same key with another tag length keeps its indexes.
    ///
    /// # Errors
    /// [`Error::KeyReused`] for a key that was replaced so long ago that its used
    /// indexes are forgotten. [`Error::TooManyKeys`] past a bound.
    /// [`Error::ProviderFailed`] when that cannot be found out. Nothing has changed
    /// then.
    pub fn apply(&mut self, policy: &Policy, now: Millis) -> Result<(), Error> {
        if self.holds(policy) {
            self.update(policy);
            return Ok(());
        }
        let mut fresh = SmallVec::<[OutboundKey; 1]>::new();
        for wanted in policy.keys() {
            if self.position(&wanted.master_key).is_none() {
                let key = Key::new(wanted, now);
                if key.is_among(&self.retired)? {
                    return Err(Error::KeyReused);
                }
                let (active, standby) = (SmallVec::new(), SmallVec::new());
                fresh.push(OutboundKey { active, standby, key, streams: Streams::new() });
            }
        }
        if self.keys.len() + fresh.len() > MAX_KEYS || self.retired.len() + fresh.len() > MAX_RETIRED {
            return Err(Error::TooManyKeys);
        }
        self.keys.extend(fresh);
        self.update(policy);
        self.bind(policy);
        self.retire();
        Ok(())
    }

    /// Protects with the key of this MKI from now on, one of several that a
    /// policy announced; with several policies, with that of each.
    ///
    /// # Errors
    /// [`Error::UnknownMki`] when no key in use has it.
    pub fn select_mki(&mut self, mki: &[u8]) -> Result<(), Error> {
        let wanted = |entry: &OutboundKey| *entry.key.mki == *mki && !mki.is_empty() && entry.in_use();
        if !self.keys.iter().any(wanted) {
            return Err(Error::UnknownMki);
        }
        for _ in 0..self.keys.len() {
            let mut entry = self.keys.remove(0);
            if wanted(&entry) {
                let rules = core::mem::take(&mut entry.standby);
                for other in &mut self.keys {
                    let (left, kept): (Vec<_>, Vec<_>) =
                        other.active.iter().partition(|rule| rules.contains(rule));
                    other.active = kept.into();
                    if !left.is_empty() {
                        entry.continue_streams(&other.streams);
                    }
                    other.standby.extend(left);
                }
                entry.active.extend(rules);
            }
            self.keys.push(entry);
        }
        self.keys.sort_by_key(wanted);
        Ok(())
    }

    /// Protects with the next key of the same policy from now on, the first in its
    /// order whose lifetime is not nearly over.
    ///
    /// # Errors
    /// [`Error::UnknownMki`] when no other key is left.
    pub fn select_next_key(&mut self) -> Result<(), Error> {
        // `bind` leaves the keys in the reverse of the policy's order.
        let soft_limit = self.config.soft_limit();
        let fresh = |entry: &&OutboundKey| !entry.standby.is_empty() && !entry.key.has_reached(soft_limit);
        let mki = self.keys.iter().rev().find(fresh).map(|entry| entry.key.mki.clone());
        self.select_mki(&mki.ok_or(Error::UnknownMki)?)
    }

    /// The SSRC `from` is called `to` from now on; a key that was meant for
    /// `from` alone goes with it. The indexes used under either are kept.
    pub fn rename_ssrc(&mut self, from: u32, to: u32) {
        for rule in self.keys.iter_mut().flat_map(|entry| entry.active.iter_mut().chain(&mut entry.standby)) {
            if *rule == SsrcRule::Specific(from) {
                *rule = SsrcRule::Specific(to);
            }
        }
    }

    /// Whether the policy's rule has these keys and no other.
    fn holds(&self, policy: &Policy) -> bool {
        let rule = policy.ssrc();
        let with_rule =
            || self.keys.iter().filter(|entry| entry.active.contains(&rule) || entry.standby.contains(&rule));
        let wanted = policy.keys();
        with_rule().count() == wanted.len()
            && with_rule()
                .all(|entry| wanted.iter().any(|key| entry.key.shares_keystream_with(&key.master_key)))
    }

    /// Takes over suites, MKIs and lifetimes; which key protects stays as it is.
    fn update(&mut self, policy: &Policy) {
        for wanted in policy.keys() {
            for entry in &mut self.keys {
                if entry.key.shares_keystream_with(&wanted.master_key) {
                    entry.key.update(wanted, self.config.soft_limit());
                }
            }
        }
    }

    /// Moves the policy's rule to its keys: the first of them protects and comes
    /// last in the list. It goes on from the indexes of all with which it was or is
    /// in one line.
    fn bind(&mut self, policy: &Policy) {
        let rule = policy.ssrc();
        if let Some(first) = policy.keys().first().and_then(|first| self.position(&first.master_key)) {
            self.take_over(first, rule);
        }
        for entry in &mut self.keys {
            entry.active.retain(|known| *known != rule);
            entry.standby.retain(|known| *known != rule);
        }
        for (number, wanted) in policy.keys().iter().enumerate().rev() {
            let Some(position) = self.position(&wanted.master_key) else { continue };
            let mut entry = self.keys.remove(position);
            if number == 0 {
                for other in self.keys.iter().filter(|other| other.standby.contains(&rule)) {
                    entry.continue_streams(&other.streams);
                }
                entry.active.push(rule)
            } else {
                entry.standby.push(rule)
            }
            self.keys.push(entry);
        }
    }

    /// A key on standby for this rule goes on from the indexes of the one in use.
    fn take_over(&mut self, position: usize, rule: SsrcRule) {
        if self.keys.get(position).is_none_or(|entry| !entry.standby.contains(&rule)) {
            return;
        }
        let mut entry = self.keys.remove(position);
        for other in self.keys.iter().filter(|other| other.active.contains(&rule)) {
            entry.continue_streams(&other.streams);
        }
        self.keys.insert(position, entry);
    }

    fn position(&self, wanted: &MasterKey) -> Option<usize> {
        self.keys.iter().position(|known| known.key.shares_keystream_with(wanted))
    }

    /// Of the keys without a rule the latest few stay, so that one that returns
    /// goes on from its last index (a fork that answers again); the others are
    /// wiped and only known again. One that could not be known again stays.
    fn retire(&mut self) {
        let out_of_use = self.keys.iter().filter(|entry| !entry.in_use()).count();
        let mut surplus = out_of_use.saturating_sub(MAX_OUT_OF_USE);
        self.keys.retain(|entry| {
            let leaves = surplus > 0 && !entry.in_use();
            let fingerprint = leaves.then(|| entry.key.fingerprint().ok()).flatten();
            surplus -= usize::from(fingerprint.is_some());
            self.retired.extend(fingerprint);
            fingerprint.is_none()
        });
    }
}

impl OutboundKey {
    /// Goes on from the indexes of another key of the same policy: a change of
    /// key by MKI resets neither ROC nor SRTCP index (RFC 3711 §3.3.1, §3.4).
    fn continue_streams(&mut self, streams: &Streams<Stream>) {
        for (ssrc, before) in streams.iter() {
            // A stream for which there is no room here protects nothing either.
            if let Ok(stream) = self.streams.get_or_insert(ssrc, Stream::new) {
                stream.continue_from(before);
            }
        }
    }

    fn in_use(&self) -> bool {
        !self.active.is_empty() || !self.standby.is_empty()
    }
}
