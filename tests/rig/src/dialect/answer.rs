//! How a system answers an offer of ours, and what it makes of our answer.

use super::{CryptoLine, Dialect, Order, audio, with_lines};
use crate::Result;
use crate::libsrtp::{RigKey, RigSuite};

/// What a system has agreed on, seen from its side.
#[derive(Debug, Clone)]
pub struct Agreed {
    /// The tag of the line.
    pub tag: u32,
    /// Its suite.
    pub suite: RigSuite,
    /// The system's keys.
    pub local: Vec<RigKey>,
    /// Our keys.
    pub remote: Vec<RigKey>,
}

impl Dialect {
    /// Its answer to an offer, with media at this port; without crypto there is nothing agreed.
    pub fn answer(&self, offer: &str, port: u16) -> Result<(String, Option<Agreed>)> {
        let media = audio(offer)?;
        let Some(chosen) = self.choose(&media.crypto) else {
            return Ok((with_lines(&media.transport, port, &[]), None));
        };
        let suite = chosen.rig_suite().ok_or("a suite that libsrtp does not know")?;
        let line = CryptoLine::read(&self.answer_line(chosen, &random_key(suite.key_salt_len)?))?;
        let sdp = with_lines(&media.transport, port, std::slice::from_ref(&line.value));
        Ok((sdp, Some(Agreed { tag: line.tag, suite, local: line.keys, remote: chosen.keys.clone() })))
    }

    fn choose<'a>(&self, lines: &'a [CryptoLine]) -> Option<&'a CryptoLine> {
        let place = |line: &CryptoLine| self.answer.takes.iter().position(|suite| *suite == line.suite);
        let mut usable = lines.iter().filter(|line| place(line).is_some());
        match self.answer.order {
            Order::Theirs => usable.next(),
            Order::Own => usable.min_by_key(|line| place(line)),
        }
    }

    fn answer_line(&self, chosen: &CryptoLine, key_salt: &str) -> String {
        let property = |own: &str, theirs: &Option<String>| match (own, theirs) {
            ("", _) | ("mirror", None) => String::new(),
            ("mirror", Some(theirs)) => format!("|{theirs}"),
            (own, _) => format!("|{own}"),
        };
        let tag = if self.answer.tag > 0 { self.answer.tag } else { chosen.tag };
        format!(
            "{tag} {} inline:{key_salt}{}{}",
            chosen.suite,
            property(&self.answer.lifetime, &chosen.lifetime),
            property(&self.answer.mki, &chosen.mki),
        )
    }

    /// What it makes of our answer to its offer: exactly one line, with a tag and a suite that it offered, and a key of
    /// our own (RFC 4568 §5.1.3).
    pub fn accept(&self, offer: &str, answer: &str) -> Result<Agreed> {
        let (offered, answered) = (audio(offer)?, audio(answer)?);
        let [line] = answered.crypto.as_slice() else {
            return Err(format!("an answer with {} crypto lines", answered.crypto.len()).into());
        };
        if answered.transport != offered.transport {
            return Err(format!("{} is answered with {}", offered.transport, answered.transport).into());
        }
        let ours = offered.crypto.iter().find(|ours| ours.tag == line.tag && ours.suite == line.suite);
        let ours = ours.ok_or_else(|| format!("{} {} was not offered", line.tag, line.suite))?;
        if ours.keys.iter().any(|key| line.keys.contains(key)) {
            return Err("the answer's key is the offer's".into());
        }
        let suite = ours.rig_suite().ok_or("a suite that libsrtp does not know")?;
        Ok(Agreed { tag: line.tag, suite, local: ours.keys.clone(), remote: line.keys.clone() })
    }
}

/// A fresh master key and salt in base64.
pub fn random_key(key_salt_len: usize) -> Result<String> {
    let mut key_salt = vec![0; key_salt_len];
    openssl::rand::rand_bytes(&mut key_salt)?;
    Ok(openssl::base64::encode_block(&key_salt))
}
