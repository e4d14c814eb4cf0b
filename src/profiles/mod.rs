//! Profiles: text settings in, the rules for one peer out.
//!
//! A settings file has a section `[general]` and one for each profile
//! (docs/settings.md). [`Profiles::set`] takes it line by line, each line whole or
//! not at all; [`Profiles::check`] judges the whole; [`Profiles::find`] gives the
//! [`Profile`] of a name or of a User-Agent. Later layers change earlier ones:
//! defaults, `[general]`, the profiles that a profile is `like`, the profile.
//!
//! Profiles for well-known systems are built in and are read by the same code
//! ([`shipped_text`]). Those that a User-Agent can choose never accept what
//! `[general]` refuses, because a User-Agent is what the peer says it is.
//!
//! This room reads no file: the host has read it already.

mod check;
mod network;
mod options;
mod pattern;
mod policy;
mod rules;
mod section;
mod sentence;
mod set;
mod shipped;
mod show;
#[cfg(test)]
mod tests;
mod text;
mod values;
mod variables;

pub use network::{Network, read_address};
pub use options::{ConfigOption, options};
pub use pattern::{MAX_PATTERN_LEN, MAX_USER_AGENT_LEN};
pub use policy::{Described, Media, MediaPolicy, Policy, Requirement, Signalling};
pub use rules::{Primitives, Rules, Session};
pub use section::{MAX_NAME_LEN, MAX_PATTERNS};
pub use sentence::Refused;
pub use set::{GENERAL, MAX_PROFILES, Profile, ProfileSummary, Profiles};
pub use shipped::shipped_text;
pub use text::{Entry, entries};
pub use variables::{VARIABLES, Wish};
