//! What a TLS transport is set up with, and how that changes while it works.

use super::connection::Connection;
use super::live::Live;
use super::setup::Unloadable;
use super::{Files, Trust};
use crate::error::Error;
use crate::tls::{Direction, Policy, Transport};
use openssl::error::ErrorStack;
use openssl::ssl::{SslRef, SslSessionRef};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Offers a session to a server before the handshake: `SslRef::set_session`, which
/// is `unsafe` and hence not called in this room. The session is of a connection of
/// the same `SslContext`.
pub type Resume = fn(&mut SslRef, &SslSessionRef) -> Result<(), ErrorStack>;

/// What is to be loaded.
#[derive(Clone, Default)]
pub struct Wanted {
    /// The rules for connections.
    pub policy: Policy,
    /// What handshakes are made with.
    pub transport: Transport,
    /// For peers that connect to us.
    pub inbound: Side,
    /// For peers that we connect to.
    pub outbound: Side,
}

/// What one direction shows, and whom it trusts.
#[derive(Clone, Default)]
pub struct Side {
    /// Certificates with their keys; the first is for clients that ask for none by name.
    pub identities: Vec<Files>,
    /// Whom it trusts.
    pub trust: Trust,
}

impl Wanted {
    /// What is wanted for this direction.
    pub fn side(&self, direction: Direction) -> &Side {
        match direction {
            Direction::Inbound => &self.inbound,
            Direction::Outbound => &self.outbound,
        }
    }
}

/// A TLS transport, for both directions.
pub struct Context {
    wanted: Mutex<Wanted>,
    live: Mutex<Option<Arc<Live>>>,
    half_open: Arc<AtomicUsize>,
    key_log: Arc<AtomicBool>,
    resume: Option<Resume>,
}

impl Context {
    /// One that has nothing loaded. Without `resume`, a client resumes no sessions.
    pub fn new(wanted: Wanted, resume: Option<Resume>) -> Context {
        Context {
            wanted: Mutex::new(wanted),
            live: Mutex::default(),
            half_open: Arc::default(),
            key_log: Arc::default(),
            resume,
        }
    }

    /// What the next load takes, to be changed.
    pub fn wanted(&self) -> Result<MutexGuard<'_, Wanted>, Error> {
        self.wanted.lock().map_err(|_| Error::Poisoned)
    }

    /// Reads all files anew and takes what was set since the last time. All of it is
    /// in use from then on for new connections, or after an error, nothing of it.
    /// Connections go on with what they began with. Sessions are resumed within one
    /// load only, so that none outlives a revocation. `now` is in seconds since 1970.
    pub fn load(&self, now: i64) -> Result<(), Unloadable> {
        let poisoned = |error: Error| Unloadable::new(error, error.text().to_owned());
        let wanted = self.wanted().map_err(poisoned)?.clone();
        let live = Live::load(&wanted, &self.key_log, now)?;
        *self.live.lock().map_err(|_| poisoned(Error::Poisoned))? = Some(Arc::new(live));
        Ok(())
    }

    /// Whether connections note down the keys of their handshakes.
    pub fn log_keys(&self, on: bool) {
        self.key_log.store(on, Ordering::Relaxed);
    }

    /// Peers that have connected and are in their handshakes.
    pub fn half_open(&self) -> usize {
        self.half_open.load(Ordering::Relaxed)
    }

    /// A connection with a peer, which connected to us or to which we connected. The
    /// name is the SIP domain that was asked for, or that the peer claims. `now_ms` is
    /// in milliseconds since 1970.
    pub fn connection(
        &self,
        direction: Direction,
        expected_name: Option<&str>,
        now_ms: u64,
    ) -> Result<Connection, Error> {
        let live = self.live.lock().map_err(|_| Error::Poisoned)?.clone().ok_or(Error::TlsNotLoaded)?;
        let place = match direction {
            Direction::Inbound => Some(Place::take(&self.half_open, live.limits.half_open)?),
            Direction::Outbound => None,
        };
        Connection::open(live, place, direction, expected_name, now_ms, self.resume)
    }
}

/// A place among the handshakes under way; free again when it is dropped.
pub(super) struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(count: &Arc<AtomicUsize>, most: usize) -> Result<Place, Error> {
        let more = |count| (count < most).then(|| count + 1);
        count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).map_err(|_| Error::TlsHalfOpen)?;
        Ok(Place(Arc::clone(count)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
