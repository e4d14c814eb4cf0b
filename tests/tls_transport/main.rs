//! The TLS transport against OpenSSL's own client and server as processes, against
//! itself, and against peers that mean no good (feature `tls`).
#![cfg(feature = "tls")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

#[path = "../tls/certificates.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod certificates;
mod clients;
mod folder;
mod hostile;
mod memory;
mod peer;
mod pump;
mod reload;
mod resumption;
mod servers;

use certificates::{Made, now};
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::ssl::{SslRef, SslSessionRef};
use std::sync::Arc;
use voxseal::tls::Policy;
use voxseal::tls_openssl::{Context, Wanted};

#[expect(unsafe_code, reason = "the binding cannot know that the contexts are one")]
fn resume(ssl: &mut SslRef, session: &SslSessionRef) -> Result<(), ErrorStack> {
    // SAFETY: `Resume` promises that the session is of the same context.
    unsafe { ssl.set_session(session) }
}

/// A context that is loaded with what `want` asks for.
fn context(want: impl FnOnce(&mut Wanted)) -> Arc<Context> {
    let mut wanted = Wanted::default();
    want(&mut wanted);
    let context = Context::new(wanted, Some(resume));
    context.load(now()).unwrap_or_else(|fault| panic!("{fault}"));
    Arc::new(context)
}

fn policy(options: &[(&str, &str)]) -> Policy {
    let mut policy = Policy::default();
    options.iter().for_each(|(name, value)| policy.set(name, value).unwrap());
    policy
}

fn rsa_certificate(name: &str, issuer: &Made) -> Made {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    certificates::issue_for(&certificates::Wish::named(name), Some(issuer), key)
}
