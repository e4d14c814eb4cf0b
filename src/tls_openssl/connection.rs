//! One TLS connection without a socket: bytes of the peer's in, bytes for the peer
//! out. Time arrives as an argument.

mod handshake;

use super::Verifier;
use super::context::Place;
use super::event::{Event, alert_name, received_alert};
use super::live::Live;
use super::notes::Notes;
use super::wire::{MAX_BACKLOG, Wire};
use crate::error::Error;
use crate::tls::{Direction, Facts, Handshake, Verdict};
use openssl::error::ErrorStack;
use openssl::ssl::{self, ErrorCode, NameType, ShutdownState, SslRef, SslStream};
use std::sync::Arc;

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its handshake is under way.
    Handshaking,
    /// It is good enough for its policy, and carries plaintext.
    Established,
    /// It was closed in order, by the peer or by us.
    Closed,
    /// It was refused, or broke, for this reason.
    Failed(Error),
}

/// A TLS connection.
pub struct Connection {
    stream: SslStream<Wire>,
    live: Arc<Live>,
    verifier: Verifier,
    notes: Notes,
    direction: Direction,
    expected_name: Option<String>,
    handshake: Handshake,
    /// Held until the handshake is over.
    place: Option<Place>,
    state: State,
    /// The peer's bytes have ended.
    ended: bool,
    facts: Option<Facts>,
    verdict: Option<Verdict>,
    events: Vec<Event>,
}

impl Connection {
    /// Takes all of what has come from the peer, or on an error nothing. When the
    /// connection ends with it, the reason is the error; there may still be an alert
    /// to be sent.
    pub fn feed(&mut self, bytes: &[u8], now_ms: u64) -> Result<(), Error> {
        self.check_time(now_ms)?;
        if !self.stream.get_ref().has_room(bytes.len()) {
            return Err(Error::TlsBacklog);
        }
        self.stream.get_mut().arrive(bytes);
        // What came after the handshake in the same piece is none of its bytes.
        let allowed = self.handshake.receive(bytes.len());
        self.shake_hands(now_ms);
        if self.state == State::Handshaking {
            allowed.or_else(|error| self.fail(error))?;
        }
        self.look_ahead();
        self.check()
    }

    /// The peer's bytes have ended: its socket was closed.
    pub fn end(&mut self) -> Result<(), Error> {
        self.ended = true;
        match self.state {
            State::Handshaking => self.fail(Error::TlsTruncated),
            _ => self.check(),
        }
    }

    /// Fails when the handshake is not over in time.
    pub fn check_time(&mut self, now_ms: u64) -> Result<(), Error> {
        self.check()?;
        if self.state == State::Handshaking {
            self.handshake.check_time(now_ms).or_else(|error| self.fail(error))?;
        }
        Ok(())
    }

    /// When the handshake has to be over; `None` when it is.
    pub fn deadline_ms(&self) -> Option<u64> {
        (self.state == State::Handshaking).then(|| self.handshake.deadline_ms())
    }

    /// Moves bytes for the peer into `out` and tells how many; possible in every state.
    pub fn take(&mut self, out: &mut [u8]) -> usize {
        self.stream.get_mut().take(out)
    }

    /// Bytes that are to be sent to the peer.
    pub fn unsent(&self) -> usize {
        self.stream.get_ref().unsent()
    }

    /// Encrypts all of the plaintext, or on an error nothing.
    pub fn write(&mut self, plaintext: &[u8]) -> Result<(), Error> {
        self.check_established()?;
        if self.unsent().saturating_add(plaintext.len()) > MAX_BACKLOG {
            return Err(Error::TlsBacklog);
        }
        clear_errors();
        let mut rest = plaintext;
        while !rest.is_empty() {
            match self.stream.ssl_write(rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) => return self.broken(&error),
            }
        }
        Ok(())
    }

    /// Plaintext that has arrived: how many bytes were put into `out`, 0 when there
    /// are none as yet. The end of the connection is an error.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        self.check_established()?;
        clear_errors();
        match self.stream.ssl_read(out) {
            Ok(count) => Ok(count),
            Err(error) if error.code() == ErrorCode::WANT_READ && self.ended => {
                self.fail(Error::TlsTruncated)
            }
            Err(error) if error.code() == ErrorCode::WANT_READ => Ok(0),
            Err(error) => self.broken(&error),
        }
    }

    /// Says goodbye to the peer: afterwards there is a close-notify to be sent, and
    /// nothing can be read or written.
    pub fn close(&mut self) {
        if self.state == State::Established {
            self.say_goodbye();
            self.state = State::Closed;
        } else if self.state == State::Handshaking {
            self.place = None;
            self.state = State::Closed;
        }
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Who opened it.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// What is known about it; `None` before the end of the handshake.
    pub fn facts(&self) -> Option<&Facts> {
        self.facts.as_ref()
    }

    /// What the policy says; `None` before the end of the handshake.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }

    /// The connection in OpenSSL, to be looked at.
    pub fn ssl(&self) -> &SslRef {
        self.stream.ssl()
    }

    /// The name that the client asked for.
    pub fn server_name(&self) -> Option<&str> {
        self.stream.ssl().servername(NameType::HOST_NAME)
    }

    /// What happened since the last time.
    pub fn take_events(&mut self) -> Vec<Event> {
        self.look_at_notes();
        core::mem::take(&mut self.events)
    }

    fn check(&self) -> Result<(), Error> {
        match self.state {
            State::Handshaking | State::Established => Ok(()),
            State::Closed => Err(Error::TlsClosed),
            State::Failed(error) => Err(error),
        }
    }

    fn check_established(&self) -> Result<(), Error> {
        self.check()?;
        if self.state == State::Handshaking { Err(Error::TlsNotEstablished) } else { Ok(()) }
    }

    /// Lets OpenSSL handle what is not plaintext, so that tickets, alerts and the end
    /// are seen when they arrive.
    fn look_ahead(&mut self) {
        if self.state != State::Established {
            return;
        }
        clear_errors();
        match self.stream.ssl_peek(&mut [0]) {
            Ok(_) => (),
            Err(error) if error.code() == ErrorCode::WANT_READ => (),
            Err(error) => drop(self.broken::<()>(&error)),
        }
        self.look_at_notes();
    }

    /// What callbacks and the wire have noted becomes events and a kept session.
    fn look_at_notes(&mut self) {
        let noted = self.notes.take();
        self.events.extend(noted.keys.into_iter().map(Event::Key));
        let sent = self.stream.get_mut().take_alerts();
        self.events.extend(sent.into_iter().map(|number| Event::Alert { sent: true, number }));
        let accepted = matches!(self.state, State::Established | State::Closed);
        if let (true, Some(session)) = (accepted, noted.session) {
            self.keep(session);
        }
    }

    fn say_goodbye(&mut self) {
        clear_errors();
        // Without room for an alert there is nobody to be told.
        let _told = self.stream.shutdown();
        clear_errors();
    }

    /// OpenSSL cannot go on.
    fn broken<T>(&mut self, error: &ssl::Error) -> Result<T, Error> {
        if error.code() == ErrorCode::ZERO_RETURN && self.state == State::Handshaking {
            return self.fail(Error::TlsTruncated);
        }
        if error.code() == ErrorCode::ZERO_RETURN {
            self.events.push(Event::Alert { sent: false, number: 0 });
            self.say_goodbye();
            self.state = State::Closed;
            return Err(Error::TlsClosed);
        }
        let during = if self.state == State::Handshaking { Error::TlsHandshake } else { Error::TlsRecord };
        match received_alert(error) {
            Some(number) => {
                self.events.push(Event::Alert { sent: false, number });
                let reason = format!("{}: {}", Error::TlsPeerAlert.text(), alert_name(number));
                self.fail_because(Error::TlsPeerAlert, reason)
            }
            None => {
                let reason = super::event::reason(during, error);
                self.fail_because(during, reason)
            }
        }
    }

    fn fail<T>(&mut self, error: Error) -> Result<T, Error> {
        self.fail_because(error, error.text().to_owned())
    }

    fn fail_because<T>(&mut self, error: Error, reason: String) -> Result<T, Error> {
        self.place = None;
        self.state = State::Failed(error);
        self.stream.get_mut().discard_incoming();
        self.events.push(Event::Failed { error, reason });
        Err(error)
    }
}

impl Drop for Connection {
    /// OpenSSL forgets the session of a connection that did not say goodbye. A host
    /// that just closes the socket is no reason for that, a refusal is.
    fn drop(&mut self) {
        let good = matches!(self.state, State::Established | State::Closed);
        let both = ShutdownState::SENT | ShutdownState::RECEIVED;
        self.stream.set_shutdown(if good { both } else { ShutdownState::empty() });
    }
}

/// What others left in this thread's queue would be taken for this connection's.
fn clear_errors() {
    drop(ErrorStack::get());
}
