//! What OpenSSL's callbacks find out about a connection. They may not call out, as
//! the connection is in use meanwhile; it looks here afterwards.

use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslRef, SslSession};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use zeroize::Zeroizing;

/// Notes on one connection.
#[derive(Clone, Default)]
pub(super) struct Notes {
    noted: Arc<Mutex<Noted>>,
    shown: Arc<AtomicBool>,
}

#[derive(Default)]
pub(super) struct Noted {
    /// Lines for a key log file.
    pub(super) keys: Vec<Zeroizing<String>>,
    /// The latest session that the server gave us.
    pub(super) session: Option<SslSession>,
}

impl Notes {
    pub(super) fn attach(&self, ssl: &mut SslRef) -> Result<(), ErrorStack> {
        ssl.set_ex_data(index()?, self.clone());
        Ok(())
    }

    /// What was noted since the last time.
    pub(super) fn take(&self) -> Noted {
        self.noted.lock().map(|mut noted| core::mem::take(&mut *noted)).unwrap_or_default()
    }
}

/// For a callback: notes something about its connection.
pub(super) fn note(ssl: &SslRef, what: impl FnOnce(&mut Noted)) {
    let Ok(index) = index() else { return };
    if let Some(Ok(mut noted)) = ssl.ex_data(index).map(|notes| notes.noted.lock()) {
        what(&mut noted);
    }
}

/// For a callback: whether certificates are yet to be chosen. A client that is asked
/// for a second hello (RFC 8446 §4.1.4) gets those that were chosen at the first.
pub(super) fn first_choice(ssl: &SslRef) -> bool {
    let notes = index().ok().and_then(|index| ssl.ex_data(index));
    notes.is_none_or(|notes| !notes.shown.swap(true, Ordering::Relaxed))
}

fn index() -> Result<Index<Ssl, Notes>, ErrorStack> {
    static INDEX: OnceLock<Index<Ssl, Notes>> = OnceLock::new();
    match INDEX.get() {
        Some(index) => Ok(*index),
        // One that is made twice by two threads is a number more, no harm.
        None => Ssl::new_ex_index().map(|made| *INDEX.get_or_init(|| made)),
    }
}
