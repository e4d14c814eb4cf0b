//! The offer/answer state of one media stream (RFC 4568 §5.1, §7.1, §7.3).
//!
//! Nobody says whether a line is an offer or an answer, or whether it was seen
//! before: the state decides. What the host is known to do:
//!
//! - An incoming offer is processed twice, before and while it is applied.
//! - An outgoing offer may be answered by several forks, each with its own choice.
//! - Offers and answers within a call repeat the lines agreed on.
//!
//! Hence every line is compared with what is agreed, and our keys live as long
//! as their tag and suite do: a peer that changes only its own key leaves our
//! direction alone. A fork may bring back the keys of an offered line that had
//! been left for another; who activates them must go on from each key's last
//! packet index.

mod local_keys;

use super::own_keys::{OwnKeys, Say};
use super::selection::our_line;
use super::verdict::Verdicts;
use super::{
    AttrTag, CryptoAttribute, Fill, KeyParam, Order, Refusal, Selection, Settings, SuiteSpelling, parse,
};
use crate::error::Error;
use crate::suite::CryptoSuite;
use zeroize::Zeroizing;

/// What processing a line has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The line says what is agreed and active already.
    Unchanged,
    /// There is a pending selection: activate its keys, then commit.
    Pending,
}

/// The negotiation of one media stream.
pub struct Negotiation {
    settings: Settings,
    own_keys: OwnKeys,
    offered: Vec<CryptoAttribute>,
    pending: Option<Selection>,
    current: Option<Selection>,
    /// Fresh keys for the current selection, which our next line carries.
    renewal: Option<Vec<KeyParam>>,
    /// The line of the offer at hand that is to be taken.
    preferred: Option<(AttrTag, CryptoSuite)>,
    verdicts: Verdicts,
}

impl Negotiation {
    /// A negotiation in which nothing was offered or agreed.
    pub fn new(settings: Settings) -> Negotiation {
        Negotiation {
            settings,
            own_keys: OwnKeys::default(),
            offered: Vec::new(),
            pending: None,
            current: None,
            renewal: None,
            preferred: None,
            verdicts: Verdicts::default(),
        }
    }

    /// The rules that it follows.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Follows other rules from now on.
    ///
    /// # Errors
    /// [`Error::BadState`] after an offer or an agreement.
    pub fn use_settings(&mut self, settings: Settings) -> Result<(), Error> {
        self.check_untouched()?;
        self.settings = settings;
        Ok(())
    }

    /// Puts a suite of our offer first.
    ///
    /// # Errors
    /// [`Error::BadState`] after an offer or an agreement, and
    /// [`Error::SuiteNotAllowed`] for a suite that is not offered.
    pub fn prefer(&mut self, suite: CryptoSuite) -> Result<(), Error> {
        self.check_untouched()?;
        let offer = &mut self.settings.offer;
        let place = offer.iter().position(|known| *known == suite).ok_or(Error::SuiteNotAllowed)?;
        if let Some(before) = offer.get_mut(..=place) {
            before.rotate_right(1);
        }
        Ok(())
    }

    fn check_untouched(&self) -> Result<(), Error> {
        if self.offered.is_empty() && self.latest().is_none() { Ok(()) } else { Err(Error::BadState) }
    }

    /// Makes an offer with one line for each suite, most preferred first, tags
    /// from 1 and fresh keys on each line (RFC 4568 §5.1.1).
    ///
    /// # Errors
    /// [`Error::BadState`] after an offer or an agreement, [`Error::BadArgument`]
    /// for no suite or one twice, [`Error::SuiteNotAllowed`] for one that the
    /// settings do not accept, and what `fill` returns. Nothing is offered then.
    pub fn offer(&mut self, suites: &[CryptoSuite], fill: Fill<'_>) -> Result<(), Error> {
        self.check_untouched()?;
        let say = Say::in_offer(&self.settings);
        let mut lines: Vec<CryptoAttribute> = Vec::new();
        for (suite, number) in suites.iter().copied().zip(1..) {
            if lines.iter().any(|line| line.suite == suite) {
                return Err(Error::BadArgument);
            }
            if !self.settings.accept.contains(&suite) {
                return Err(Error::SuiteNotAllowed);
            }
            let attr_tag = AttrTag::new(number).ok_or(Error::BadArgument)?;
            let keys = self.own_keys.fresh(suite, say, self.settings.keys, &mut *fill)?;
            lines.push(our_line(attr_tag, suite, SuiteSpelling::Registered, keys));
        }
        if lines.is_empty() {
            return Err(Error::BadArgument);
        }
        self.offered = lines;
        Ok(())
    }

    /// Makes fresh keys for what is agreed. Our next line carries them, and they
    /// are in use once the peer's next line was taken. Repeating the call before
    /// that changes nothing.
    ///
    /// # Errors
    /// [`Error::BadState`] when nothing is agreed, and what `fill` returns.
    pub fn rekey(&mut self, fill: Fill<'_>) -> Result<(), Error> {
        let current = self.current.as_ref().ok_or(Error::BadState)?;
        if self.renewal.is_none() {
            let say = Say::again(&current.local);
            let keys = self.own_keys.fresh(current.suite, say, current.local.len(), fill)?;
            self.renewal = Some(keys);
        }
        Ok(())
    }

    /// How many lines our SDP carries now: those of the offer, or exactly one
    /// once a selection was made, or none.
    pub fn lines(&self) -> usize {
        if self.latest().is_some() { 1 } else { self.offered.len() }
    }

    /// Line `n` of them, counted from 0.
    pub fn line(&self, n: usize) -> Option<Zeroizing<String>> {
        let Some(chosen) = self.latest() else {
            return self.offered.get(n).map(CryptoAttribute::write);
        };
        let renewal = self.renewal.as_ref().filter(|_| self.pending.is_none());
        (n == 0).then(|| chosen.line(renewal.unwrap_or(&chosen.local)).write())
    }

    /// Looks at all lines of an offer before they are processed one by one, so
    /// that `Order::Ours` can choose. Lines that cannot be used do not count.
    pub fn survey<'a>(&mut self, lines: impl Iterator<Item = &'a [u8]>) {
        let answers_our_offer = self.current.is_none() && !self.offered.is_empty();
        if self.settings.order == Order::Theirs || answers_our_offer {
            return;
        }
        let usable = lines.filter_map(|line| parse(line).ok().filter(|one| self.settings.admit(one).is_ok()));
        let rank = |suite: CryptoSuite| self.settings.offer.iter().position(|ours| *ours == suite);
        // The first of the best: `min_by_key` keeps the earlier of equals.
        let best = usable.min_by_key(|line| rank(line.suite).unwrap_or(usize::MAX));
        self.preferred = best.map(|line| (line.attr_tag, line.suite));
    }

    /// Takes a line of the peer's offer or answer.
    ///
    /// # Errors
    /// A [`Refusal`]; then nothing has changed but the verdicts, a pending
    /// selection included.
    pub fn process(&mut self, line: &[u8], fill: Fill<'_>) -> Result<Outcome, Refusal> {
        let selection = match self.select(line, fill) {
            Ok(selection) => selection,
            Err(refusal) => {
                self.verdicts.refused(&refusal);
                return Err(refusal);
            }
        };
        self.preferred = None;
        let known = self.current.as_ref().is_some_and(|current| current.same_as(&selection));
        let outcome = if known { Outcome::Unchanged } else { Outcome::Pending };
        self.verdicts.taken(&selection, outcome);
        self.pending = if known { None } else { Some(selection) };
        Ok(outcome)
    }

    fn select(&mut self, line: &[u8], fill: Fill<'_>) -> Result<Selection, Refusal> {
        let attribute = parse(line)?;
        self.settings.admit(&attribute)?;
        let attr_tag = Some(attribute.attr_tag);
        let local = self
            .check_preference(&attribute)
            .and_then(|()| self.check_reflection(&attribute))
            .and_then(|()| self.choose_local(&attribute, fill))
            .map_err(|refusal| refusal.with_tag(attr_tag))?;
        Ok(Selection::new(attribute, local))
    }

    /// What became of each line of the last offer or answer, one sentence each,
    /// in the order of the lines.
    pub fn verdicts(&self) -> &[String] {
        self.verdicts.sentences()
    }

    /// The selection that waits for its keys to be activated.
    pub fn pending(&self) -> Option<&Selection> {
        self.pending.as_ref()
    }

    /// The selection that is active.
    pub fn current(&self) -> Option<&Selection> {
        self.current.as_ref()
    }

    /// Makes the pending selection the current one, if there is one.
    pub fn commit(&mut self) {
        let Some(selection) = self.pending.take() else { return };
        let among = |keys: &[KeyParam]| keys.iter().any(|key| has_key(&selection.local, key));
        // A key from outside our offer belongs to a later exchange, in which a
        // fork can no longer answer the offer. Its keys must not come back.
        if !self.offered.iter().any(|line| among(&line.keys)) {
            self.offered.clear();
        }
        let other_suite = self.current.as_ref().is_some_and(|current| current.suite != selection.suite);
        if other_suite || self.renewal.as_ref().is_some_and(|keys| among(keys)) {
            self.renewal = None;
        }
        self.current = Some(selection);
    }

    /// Drops the pending selection: its keys could not be activated.
    pub fn discard(&mut self) {
        self.pending = None;
    }

    fn latest(&self) -> Option<&Selection> {
        self.pending.as_ref().or(self.current.as_ref())
    }

    fn check_preference(&self, attribute: &CryptoAttribute) -> Result<(), Refusal> {
        match self.preferred {
            Some((tag, suite)) if (tag, suite) != (attribute.attr_tag, attribute.suite) => {
                let cause =
                    format!("line {tag} ({suite}) of the same offer is preferred here (order = ours)");
                Err(Refusal::new(Error::NotPreferred, cause))
            }
            _ => Ok(()),
        }
    }
}

fn has_key(keys: &[KeyParam], key: &KeyParam) -> bool {
    keys.iter().any(|one| one.master_key.same_bytes(&key.master_key))
}
