//! The offer/answer state of one media stream (RFC 4568 §5.1, §7.1, §7.3).
//!
//! Nobody says whether a line is an offer or an answer, or whether it was seen
//! before: the state decides. What the host is known to do:
//!
//! - An incoming offer is processed twice, before and while it is applied.
//! - An outgoing offer may be answered by several forks, each with its own choice.
//! - Offers and answers within a call repeat the lines agreed on.
//!
//! Hence every line is compared with what is agreed, and one of our keys lives
//! as long as its tag and suite do: a peer that changes only its own key leaves
//! our direction alone. A fork may bring back the key of an offered line that
//! had been left for another; who activates it must go on from that key's last
//! packet index.

use super::{
    AttrTag, CryptoAttribute, Fill, KeyParam, Refusal, SessionParam, Settings, SuiteSpelling, parse,
};
use crate::error::Error;
use crate::secret::MasterKey;
use crate::suite::CryptoSuite;
use zeroize::Zeroizing;

/// What is agreed for both directions: an attribute that was admitted, with one
/// of our own keys.
pub struct Selection {
    /// The tag of the accepted attribute.
    pub attr_tag: AttrTag,
    /// The suite, the same in both directions (RFC 4568 §5.1.2).
    pub suite: CryptoSuite,
    /// How the peer spelled the suite; our answer repeats it.
    pub spelling: SuiteSpelling,
    /// The local key, which protects outbound packets.
    pub local: KeyParam,
    /// The remote keys, which open inbound packets; several are told apart by MKI.
    pub remote: Vec<KeyParam>,
    /// The replay window size that the peer suggests (§6.3.6).
    pub window_hint: Option<u32>,
}

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
    offered: Vec<CryptoAttribute>,
    pending: Option<Selection>,
    current: Option<Selection>,
}

impl Negotiation {
    /// A negotiation in which nothing was offered or agreed.
    pub fn new(settings: Settings) -> Negotiation {
        Negotiation { settings, offered: Vec::new(), pending: None, current: None }
    }

    /// Makes an offer with one line for each suite, most preferred first, tags
    /// from 1 and a fresh key on each line (RFC 4568 §5.1.1).
    ///
    /// # Errors
    /// [`Error::BadState`] after an offer or an agreement, [`Error::BadArgument`]
    /// for no suite or one twice, [`Error::SuiteNotAllowed`] for one that the
    /// settings leave out, and what `fill` returns. Nothing is offered then.
    pub fn offer(&mut self, suites: &[CryptoSuite], fill: Fill<'_>) -> Result<(), Error> {
        if !self.offered.is_empty() || self.latest().is_some() {
            return Err(Error::BadState);
        }
        let mut lines: Vec<CryptoAttribute> = Vec::new();
        for (suite, number) in suites.iter().copied().zip(1..) {
            if lines.iter().any(|line| line.suite == suite) {
                return Err(Error::BadArgument);
            }
            if !self.settings.accept.contains(&suite) {
                return Err(Error::SuiteNotAllowed);
            }
            let attr_tag = AttrTag::new(number).ok_or(Error::BadArgument)?;
            let local = KeyParam::bare(MasterKey::generate(suite, &mut *fill)?);
            lines.push(our_line(attr_tag, suite, SuiteSpelling::Registered, local));
        }
        if lines.is_empty() {
            return Err(Error::BadArgument);
        }
        self.offered = lines;
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
        let local = chosen.local.duplicate();
        (n == 0).then(|| our_line(chosen.attr_tag, chosen.suite, chosen.spelling, local).write())
    }

    /// Takes a line of the peer's offer or answer.
    ///
    /// # Errors
    /// A [`Refusal`]; then nothing has changed, a pending selection included.
    pub fn process(&mut self, line: &[u8], fill: Fill<'_>) -> Result<Outcome, Refusal> {
        let attribute = parse(line)?;
        self.settings.admit(&attribute)?;
        let attr_tag = Some(attribute.attr_tag);
        let local = self
            .check_reflection(&attribute)
            .and_then(|()| self.choose_local(&attribute, fill))
            .map_err(|refusal| refusal.with_tag(attr_tag))?;
        let selection = Selection::new(attribute, local);
        if self.current.as_ref().is_some_and(|current| current.same_as(&selection)) {
            self.pending = None;
            return Ok(Outcome::Unchanged);
        }
        self.pending = Some(selection);
        Ok(Outcome::Pending)
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
        // A key from outside our offer belongs to a later exchange, in which a
        // fork can no longer answer the offer. Its keys must not come back.
        if !self.offered.iter().any(|line| line.keys.iter().any(|key| key.same_as(&selection.local))) {
            self.offered.clear();
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

    /// A peer that sends our own key back would make us use one key in both
    /// directions (RFC 4568 §7.1.1, §7.1.2).
    fn check_reflection(&self, attribute: &CryptoAttribute) -> Result<(), Refusal> {
        let agreed = self.pending.iter().chain(&self.current).map(|selection| &selection.local);
        let offered = self.offered.iter().flat_map(|line| &line.keys);
        let reflected = agreed
            .chain(offered)
            .any(|ours| attribute.keys.iter().any(|key| key.master_key.same_bytes(&ours.master_key)));
        if reflected {
            let cause = "its key is the one that we sent; the peer must send one of its own";
            return Err(Refusal::new(Error::KeyReflected, cause));
        }
        Ok(())
    }

    /// The local key that goes with a line: the one that the peer already
    /// knows for it, else a fresh one.
    fn choose_local(&self, attribute: &CryptoAttribute, fill: Fill<'_>) -> Result<KeyParam, Refusal> {
        if self.current.is_none() && !self.offered.is_empty() {
            return self.answered_key(attribute);
        }
        let (attr_tag, suite) = (attribute.attr_tag, attribute.suite);
        let agreed = || self.pending.iter().chain(&self.current).filter(|agreed| agreed.suite == suite);
        let same_line = agreed().find(|agreed| agreed.attr_tag == attr_tag).map(|agreed| &agreed.local);
        let forked = || {
            let line = self.offered.iter().find(|line| line.attr_tag == attr_tag && line.suite == suite);
            line.and_then(|line| line.keys.first())
        };
        // Only the number differs: our key keeps its index and the peer keeps up.
        let renumbered = || agreed().next().map(|agreed| &agreed.local);
        if let Some(known) = same_line.or_else(forked).or_else(renumbered) {
            return Ok(known.duplicate());
        }
        MasterKey::generate(suite, fill).map(KeyParam::bare).map_err(|error| {
            Refusal::new(error, format!("no fresh key could be made for the answer: {error}"))
        })
    }

    /// The key of the offered line that an answer names by tag and suite
    /// (RFC 4568 §5.1.3).
    fn answered_key(&self, attribute: &CryptoAttribute) -> Result<KeyParam, Refusal> {
        let Some(line) = self.offered.iter().find(|line| line.attr_tag == attribute.attr_tag) else {
            let tags: Vec<String> = self.offered.iter().map(|line| line.attr_tag.to_string()).collect();
            let cause = format!("its tag was not offered; the answer must repeat one of {}", tags.join(", "));
            return Err(Refusal::new(Error::AnswerTag, cause));
        };
        if line.suite != attribute.suite {
            let (answered, offered) = (attribute.suite, line.suite);
            let cause = format!("the answer says {answered} where {offered} was offered under this tag");
            return Err(Refusal::new(Error::AnswerSuite, cause));
        }
        let key = line.keys.first().map(KeyParam::duplicate);
        key.ok_or_else(|| Refusal::new(Error::BadState, "our offered line has no key"))
    }
}

impl Selection {
    fn new(attribute: CryptoAttribute, local: KeyParam) -> Selection {
        let CryptoAttribute { attr_tag, suite, spelling, keys: remote, session_params } = attribute;
        let window_hint = session_params.iter().find_map(|param| match param {
            SessionParam::Wsh(size) => Some(*size),
            _ => None,
        });
        Selection { attr_tag, suite, spelling, local, remote, window_hint }
    }

    /// Whether both lead to the same keys in the same places.
    fn same_as(&self, other: &Selection) -> bool {
        self.attr_tag == other.attr_tag
            && self.suite == other.suite
            && self.spelling == other.spelling
            && self.window_hint == other.window_hint
            && self.local.same_as(&other.local)
            && self.remote.len() == other.remote.len()
            && self.remote.iter().zip(&other.remote).all(|(one, two)| one.same_as(two))
    }
}

/// A line of ours: one key with default lifetime, no MKI, no parameters. Peers
/// have been seen to fail on each of those.
fn our_line(
    attr_tag: AttrTag,
    suite: CryptoSuite,
    spelling: SuiteSpelling,
    local: KeyParam,
) -> CryptoAttribute {
    CryptoAttribute { attr_tag, suite, spelling, keys: vec![local], session_params: Vec::new() }
}
