//! Which keys of ours go with a line of the peer's.

use super::{Negotiation, has_key};
use crate::error::Error;
use crate::sdes::own_keys::Say;
use crate::sdes::{CryptoAttribute, Fill, KeyParam, Refusal, Selection, SessionParam};
use crate::suite::CryptoSuite;

impl Negotiation {
    /// A peer that sends our own key back would make us use one key in both
    /// directions (RFC 4568 §7.1.1, §7.1.2).
    pub(super) fn check_reflection(&self, attribute: &CryptoAttribute) -> Result<(), Refusal> {
        let agreed = self.pending.iter().chain(&self.current).flat_map(|selection| &selection.local);
        let offered = self.offered.iter().flat_map(|line| &line.keys);
        let mut ours = agreed.chain(offered).chain(self.renewal.iter().flatten());
        if ours.any(|key| has_key(&attribute.keys, key)) {
            let cause = "its key is the one that we sent; the peer must send one of its own";
            return Err(Refusal::new(Error::KeyReflected, cause));
        }
        Ok(())
    }

    /// The local keys that go with a line: those that the peer already knows
    /// for it, else fresh ones.
    pub(super) fn choose_local(
        &mut self,
        attribute: &CryptoAttribute,
        fill: Fill<'_>,
    ) -> Result<Vec<KeyParam>, Refusal> {
        if self.current.is_none() && !self.offered.is_empty() {
            return self.answered_keys(attribute);
        }
        if let Some(keys) = self.known_keys(attribute) {
            let keys: Vec<KeyParam> = keys.iter().map(KeyParam::duplicate).collect();
            let say = self.say_again(&keys, attribute);
            return Ok(self.own_keys.dressed(&keys, say));
        }
        let say = Say::in_answer(&self.settings, attribute);
        self.own_keys.fresh(attribute.suite, say, self.settings.keys, fill).map_err(|error| {
            Refusal::new(error, format!("no fresh key could be made for the answer: {error}"))
        })
    }

    /// What our line says of keys that the peer knows, or is about to. Of those that
    /// we have offered it is what the offer says: the line at hand may be an answer to
    /// it, of a fork that has seen nothing else.
    fn say_again(&self, keys: &[KeyParam], attribute: &CryptoAttribute) -> Say {
        let said = Say::again(keys);
        let offered = self.offered.iter().flat_map(|line| &line.keys).chain(self.renewal.iter().flatten());
        if offered.into_iter().any(|ours| has_key(keys, ours)) {
            return said;
        }
        let theirs = Say::again(&attribute.keys);
        let before =
            self.agreed_on(attribute.suite).next().map_or(theirs, |agreed| Say::again(&agreed.remote));
        said.in_mid_call(&self.settings, before, theirs)
    }

    /// What is agreed with this suite, or about to be.
    fn agreed_on(&self, suite: CryptoSuite) -> impl Iterator<Item = &Selection> {
        self.pending.iter().chain(&self.current).filter(move |agreed| agreed.suite == suite)
    }

    /// Keys of ours that the peer knows for this line's suite, or is about to.
    fn known_keys(&self, attribute: &CryptoAttribute) -> Option<&[KeyParam]> {
        let (attr_tag, suite) = (attribute.attr_tag, attribute.suite);
        let agreed = || self.agreed_on(suite);
        let renewal = self.renewal.as_deref().filter(|_| agreed().next().is_some());
        let same_line =
            || agreed().find(|agreed| agreed.attr_tag == attr_tag).map(|agreed| agreed.local.as_slice());
        let forked = || {
            let line = self.offered.iter().find(|line| line.attr_tag == attr_tag && line.suite == suite);
            line.map(|line| line.keys.as_slice())
        };
        // Only the number differs: our key keeps its index and the peer keeps up.
        let renumbered = || agreed().next().map(|agreed| agreed.local.as_slice());
        renewal.or_else(same_line).or_else(forked).or_else(renumbered)
    }

    /// The keys of the offered line that an answer names by tag and suite
    /// (RFC 4568 §5.1.3), or by suite alone where the settings say so.
    fn answered_keys(&self, attribute: &CryptoAttribute) -> Result<Vec<KeyParam>, Refusal> {
        let same_tag = self.offered.iter().find(|line| line.attr_tag == attribute.attr_tag);
        let same_suite = self.offered.iter().find(|line| line.suite == attribute.suite);
        let exact = same_tag.filter(|line| line.suite == attribute.suite);
        let line = exact.or(same_suite.filter(|_| self.settings.renumbered_tags));
        if let Some(line) = line {
            check_nothing_added(attribute)?;
            return Ok(line.keys.iter().map(KeyParam::duplicate).collect());
        }
        let Some(same_tag) = same_tag else {
            let tags: Vec<String> = self.offered.iter().map(|line| line.attr_tag.to_string()).collect();
            let cause = format!("its tag was not offered; the answer must repeat one of {}", tags.join(", "));
            return Err(Refusal::new(Error::AnswerTag, cause));
        };
        let (answered, offered) = (attribute.suite, same_tag.suite);
        let cause = format!("the answer says {answered} where {offered} was offered under this tag");
        Err(Refusal::new(Error::AnswerSuite, cause))
    }
}

/// An answer may not bring negotiated parameters of its own (RFC 4568 §5.1.2), and
/// our offers have none.
fn check_nothing_added(answer: &CryptoAttribute) -> Result<(), Refusal> {
    let negotiated = |param: &&SessionParam| {
        matches!(param, SessionParam::UnencryptedSrtp | SessionParam::UnencryptedSrtcp)
    };
    let added = answer.session_params.iter().find(negotiated).and_then(SessionParam::name);
    added.map_or(Ok(()), |name| {
        let cause =
            format!("the answer says {name}, which was not offered; switch encryption on at the peer");
        Err(Refusal::new(Error::ParameterRefused, cause))
    })
}
