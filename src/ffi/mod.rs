//! The door for C: every exported function, one file per C object.
//!
//! This is the only room with `unsafe`. Each function checks its pointers, calls
//! one method of a room behind it, and turns the result into a status; a panic
//! on the way is caught and becomes [`Error::Poisoned`]. The documentation of
//! the functions is also the text of `include/voxseal.h`.

#![allow(unsafe_code, reason = "the boundary to C, and the only place for it")]
#![allow(non_camel_case_types, reason = "C names")]

mod agreement;
#[cfg(feature = "fuzzing")]
mod fuzzed_calls;
#[cfg(feature = "fuzzing")]
mod fuzzed_sdes;
#[cfg(feature = "fuzzing")]
mod fuzzed_settings;
mod pointer;
mod policy;
mod policy_draft;
mod profile;
mod profile_policy;
mod provider;
mod random;
mod sdes;
mod sdes_keys;
mod session;
mod session_packets;
mod settings;
mod snapshot;
mod status;
mod suite;
#[cfg(feature = "tls")]
mod tls_connection;
#[cfg(feature = "tls")]
mod tls_context;
mod tls_facts;
#[cfg(feature = "tls")]
mod tls_hook;
#[cfg(feature = "tls")]
mod tls_info;
mod tls_peer;
mod tls_policy;
#[cfg(feature = "tls")]
mod tls_resume;
#[cfg(feature = "tls")]
mod tls_sources;
mod version;

pub use agreement::*;
#[cfg(feature = "fuzzing")]
pub use fuzzed_calls::abi_calls;
pub use policy::*;
pub use profile::*;
pub use profile_policy::*;
pub use provider::*;
pub use random::*;
pub use sdes::*;
pub use sdes_keys::*;
pub use session::*;
pub use session_packets::*;
pub use settings::*;
pub use snapshot::*;
pub use status::*;
pub use suite::*;
#[cfg(feature = "tls")]
pub use tls_connection::*;
#[cfg(feature = "tls")]
pub use tls_context::*;
#[cfg(feature = "tls")]
pub use tls_hook::*;
#[cfg(feature = "tls")]
pub use tls_info::*;
pub use tls_peer::*;
pub use tls_policy::*;
#[cfg(feature = "tls")]
pub use tls_sources::*;
pub use version::*;

use crate::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard};

/// Runs the body of an exported function: an error becomes its number, a panic
/// becomes [`Error::Poisoned`] and never crosses into C.
fn entry(body: impl FnOnce() -> Result<(), Error>) -> voxseal_status {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => VOXSEAL_OK,
        Ok(Err(error)) => error.number(),
        Err(_) => Error::Poisoned.number(),
    }
}

/// The same for functions that return a plain value: `otherwise` stands for any
/// failure.
fn entry_or<T>(otherwise: T, body: impl FnOnce() -> Result<T, Error>) -> T {
    catch_unwind(AssertUnwindSafe(body)).ok().and_then(Result::ok).unwrap_or(otherwise)
}

/// Locks an object of the caller's. A lock that a panic left behind keeps the
/// object out of use from then on.
fn lock<T>(object: &Mutex<T>) -> Result<MutexGuard<'_, T>, Error> {
    object.lock().map_err(|_| Error::Poisoned)
}

/// Fresh bytes from the operating system.
fn fill(out: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(out).map_err(|_| Error::Random)
}
