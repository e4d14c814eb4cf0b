//! Words: crypto attributes (RFC 4568), parsed, chosen and written.
//!
//! Two halves with different types. Syntax turns the bytes of one `a=crypto`
//! line into a [`CryptoAttribute`] and back ([`parse`], RFC 4568 §4, §6 and §9).
//! Policy decides: a [`Negotiation`] admits an attribute by its [`Settings`] and
//! makes it a [`Selection`] with one of our own keys (§5.1, §7.1, §7.3).
//!
//! Every step that fails returns a [`Refusal`], one sentence with cause and
//! remedy, and changes nothing. Nothing here reads a socket or a clock, and
//! random bytes come from the caller.

mod attribute;
mod key_param;
mod lifetime;
mod mki;
mod negotiation;
mod own_keys;
mod parse;
mod refusal;
mod selection;
mod session_param;
mod settings;
mod verdict;
mod write;

pub use attribute::{AttrTag, CryptoAttribute, KeyParam, SuiteSpelling};
pub use lifetime::Lifetime;
pub use mki::{MAX_MKI_LEN, Mki};
pub use negotiation::{Negotiation, Outcome};
pub use parse::{MAX_KEYS, MAX_LINE_LEN, MAX_SESSION_PARAMS, parse};
pub use refusal::Refusal;
pub use selection::Selection;
pub use session_param::{FecOrder, SessionParam};
pub use settings::{Answer, DEFAULT_OFFER, MAX_OWN_KEYS, MkiSupport, Order, Settings, Weakenings};
pub use verdict::MAX_VERDICTS;

/// Writes random bytes over the whole of its argument.
pub type Fill<'a> = &'a mut dyn FnMut(&mut [u8]) -> Result<(), crate::error::Error>;
