//! What went wrong, in sentences with cause and remedy.

use openssl::error::ErrorStack;
use std::fmt::Display;

pub type Result<T> = core::result::Result<T, Fault>;

/// One fault or several, each a sentence.
#[derive(Debug)]
pub struct Fault(Vec<String>);

impl Fault {
    pub fn of(sentence: impl Display) -> Fault {
        Fault(vec![sentence.to_string()])
    }

    pub fn all(sentences: Vec<String>) -> Fault {
        Fault(sentences)
    }

    pub fn sentences(&self) -> &[String] {
        &self.0
    }
}

impl From<ErrorStack> for Fault {
    fn from(stack: ErrorStack) -> Fault {
        let cause = stack.errors().first().and_then(|error| error.reason()).unwrap_or("no reason was given");
        Fault::of(format_args!("OpenSSL could not do its part ({cause}); look at the options once more"))
    }
}
