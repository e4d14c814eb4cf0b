//! What became of each line of an offer or an answer, in words.

use super::{Outcome, Refusal, Selection};
use core::fmt::Write;

/// The most lines whose verdicts are kept.
pub const MAX_VERDICTS: usize = 32;

/// The verdicts of one offer or answer, in the order of its lines.
#[derive(Default)]
pub(super) struct Verdicts {
    sentences: Vec<String>,
    /// A line was taken: the next one belongs to another offer or answer.
    complete: bool,
}

impl Verdicts {
    pub fn refused(&mut self, refusal: &Refusal) {
        self.push(refusal.to_string());
    }

    pub fn taken(&mut self, selection: &Selection, outcome: Outcome) {
        let mut sentence = format!("crypto line {} taken: {}", selection.attr_tag, selection.suite);
        if let [only] = selection.remote.as_slice() {
            if let Some(lifetime) = only.lifetime {
                let _ = write!(sentence, ", lifetime {lifetime}");
            }
        } else {
            let _ = write!(sentence, ", {} keys", selection.remote.len());
        }
        let mki_len =
            selection.remote.first().and_then(|key| key.mki.as_ref()).map_or(0, |mki| mki.bytes().len());
        if mki_len > 0 {
            let plural = if mki_len == 1 { "" } else { "s" };
            let _ = write!(sentence, ", MKI of {mki_len} byte{plural}");
        }
        if selection.kdr > 0 {
            let _ = write!(sentence, ", session keys derived anew every 2^{} packets", selection.kdr);
        }
        if selection.weakenings.unencrypted_srtp {
            sentence.push_str(", SRTP NOT ENCRYPTED as UNENCRYPTED_SRTP is allowed here");
        }
        if selection.weakenings.unencrypted_srtcp {
            sentence.push_str(", SRTCP NOT ENCRYPTED as UNENCRYPTED_SRTCP is allowed here");
        }
        if outcome == Outcome::Unchanged {
            sentence.push_str(", as agreed before");
        }
        self.push(sentence);
        self.complete = true;
    }

    pub fn sentences(&self) -> &[String] {
        &self.sentences
    }

    fn push(&mut self, sentence: String) {
        // The same offer once more: the host reads each offer twice.
        let again = self.sentences.first() == Some(&sentence);
        if self.complete || again {
            self.sentences.clear();
            self.complete = false;
        }
        // All lines refused, again and again: the last ones are of interest.
        if self.sentences.len() == MAX_VERDICTS {
            self.sentences.remove(0);
        }
        self.sentences.push(sentence);
    }
}
