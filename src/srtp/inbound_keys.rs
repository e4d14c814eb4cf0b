//! Which remote keys a session has, and how long a replaced one stays usable.

use super::inbound::Inbound;
use super::inbound_key::InboundKey;
use super::overlap::OverlapLeft;
use super::policy::{Policy, SsrcRule};
use super::{MAX_KEYS, MAX_OUT_OF_USE, MAX_RETIRED, Millis};
use crate::error::Error;
use crate::secret::MasterKey;
use smallvec::SmallVec;

impl Inbound {
    /// Gives the policy's keys to its SSRC rule. The same key and suite again
    /// changes nothing; a new key starts at ROC 0 and the ones before stay usable
    /// for a bounded overlap; the same key with another tag length keeps its
    /// indexes, what was received under it stays received, and packets with the tag
    /// length from before are read for the overlap.
    ///
    /// # Errors
    /// [`Error::KeyReused`] for a key that was dropped so long ago that what was
    /// received under it is forgotten. [`Error::TooManyKeys`] past a bound.
    /// [`Error::ProviderFailed`] when that cannot be found out. Nothing has changed
    /// then.
    pub fn apply(&mut self, policy: &Policy, now: Millis) -> Result<(), Error> {
        let fresh = self.unknown_keys(policy, now)?;
        self.keys.extend(fresh);
        // The wanted keys first, so that none of them is dropped to make room.
        self.bind(policy, now);
        self.release(policy, now);
        self.sort();
        Ok(())
    }

    /// The keys of the policy that the session does not have yet.
    fn unknown_keys(&self, policy: &Policy, now: Millis) -> Result<SmallVec<[InboundKey; 1]>, Error> {
        let mut fresh = SmallVec::new();
        for wanted in policy.keys().iter().filter(|wanted| self.position(&wanted.master_key).is_none()) {
            let entry = InboundKey::new(wanted, now);
            if entry.key.is_among(&self.retired)? {
                return Err(Error::KeyReused);
            }
            fresh.push(entry);
        }
        if self.keys.len() + fresh.len() > MAX_KEYS || self.retired.len() + fresh.len() > MAX_RETIRED {
            return Err(Error::TooManyKeys);
        }
        Ok(fresh)
    }

    /// Gives the policy's rule to its keys, which come last in the list, the first
    /// of them as the very last. One that was being replaced is in use again.
    fn bind(&mut self, policy: &Policy, now: Millis) {
        for wanted in policy.keys().iter().rev() {
            let Some(position) = self.position(&wanted.master_key) else { continue };
            let mut entry = self.keys.remove(position);
            entry.update(wanted, self.config, now);
            if entry.overlap.take().is_some() {
                entry.rules.clear();
            }
            if !entry.rules.contains(&policy.ssrc()) {
                entry.rules.push(policy.ssrc());
            }
            self.keys.push(entry);
        }
    }

    fn position(&self, wanted: &MasterKey) -> Option<usize> {
        self.keys.iter().position(|known| known.key.shares_keystream_with(wanted))
    }

    /// Takes the policy's rule from the keys that had it. A key that is left
    /// without a rule stays for the overlap; one that was in overlap until now
    /// makes room.
    fn release(&mut self, policy: &Policy, now: Millis) {
        let rule = policy.ssrc();
        let stays = |entry: &InboundKey| {
            policy.keys().iter().any(|wanted| entry.key.shares_keystream_with(&wanted.master_key))
        };
        let replaced =
            |entry: &InboundKey| entry.overlap.is_none() && *entry.rules == [rule] && !stays(entry);
        if self.keys.iter().any(replaced) {
            self.drop_keys(|entry| entry.overlap.is_some());
        }
        for entry in self.keys.iter_mut().filter(|entry| entry.overlap.is_none() && !stays(entry)) {
            if *entry.rules == [rule] {
                entry.overlap = Some(OverlapLeft::begin(self.config.overlap(), now));
            } else {
                entry.rules.retain(|known| *known != rule);
            }
        }
        self.end_overlaps(now);
    }

    /// The order in which keys are tried: those for one SSRC, the one for any,
    /// and what was replaced; then those out of use, the oldest last. The key
    /// applied last comes last among its like.
    fn sort(&mut self) {
        self.keys.sort_by_key(|entry| {
            (entry.rules.is_empty(), entry.overlap.is_some(), entry.rules.contains(&SsrcRule::Any))
        });
    }

    /// Every packet as a current key and its suite have it brings the end of the
    /// overlap nearer.
    pub(super) fn count_overlap(&mut self) {
        for entry in &mut self.keys {
            entry.overlap.iter_mut().for_each(OverlapLeft::count);
            entry.former.iter_mut().for_each(|former| former.left.count());
        }
    }

    pub(super) fn end_overlaps(&mut self, now: Millis) {
        for entry in &mut self.keys {
            entry.former.take_if(|former| former.left.is_over(now));
        }
        self.drop_keys(|entry| entry.overlap.as_ref().is_some_and(|overlap| overlap.is_over(now)));
        self.overlapping = self.keys.iter().any(|entry| entry.overlap.is_some() || entry.former.is_some());
    }

    /// Puts keys out of use. The latest few stay without a rule, so that one that
    /// returns still knows what was received under it, and so does one that could
    /// not be known again.
    fn drop_keys(&mut self, which: impl Fn(&InboundKey) -> bool) {
        if !self.keys.iter().any(&which) {
            return;
        }
        for entry in self.keys.iter_mut().filter(|entry| which(entry)) {
            entry.rules.clear();
            entry.overlap = None;
            entry.former = None;
        }
        self.sort();
        let kept = self.keys.iter().filter(|entry| !entry.rules.is_empty()).count() + MAX_OUT_OF_USE;
        let mut position = 0;
        self.keys.retain(|entry| {
            position += 1;
            let fingerprint = (position > kept).then(|| entry.key.fingerprint().ok()).flatten();
            self.retired.extend(fingerprint);
            fingerprint.is_none()
        });
    }
}
