//! From a connection's beginning to its verdict, and the sessions that are kept to be
//! resumed.

use super::{Connection, State, clear_errors};
use crate::error::Error;
use crate::tls::{Direction, Handshake, Outcome, decide};
use crate::tls_openssl::context::{Place, Resume};
use crate::tls_openssl::event::Event;
use crate::tls_openssl::live::Live;
use crate::tls_openssl::notes::Notes;
use crate::tls_openssl::wire::Wire;
use crate::tls_openssl::{Verifier, facts_of};
use openssl::error::ErrorStack;
use openssl::ssl::{ErrorCode, Ssl, SslSession, SslStream, SslVersion};
use std::net::IpAddr;
use std::sync::Arc;

impl Connection {
    pub(in crate::tls_openssl) fn open(
        live: Arc<Live>,
        place: Option<Place>,
        direction: Direction,
        expected_name: Option<&str>,
        now_ms: u64,
        resume: Option<Resume>,
    ) -> Result<Connection, Error> {
        let (verifier, notes) = (Verifier::default(), Notes::default());
        let prepare = || {
            let mut ssl = new_ssl(&live, direction, expected_name, resume)?;
            verifier.watch(&mut ssl);
            notes.attach(&mut ssl)?;
            ssl.param_mut().set_time(seconds(now_ms));
            SslStream::new(ssl, Wire::default())
        };
        let no_certificate = direction == Direction::Inbound && live.server.is_none();
        let failure = if no_certificate { Error::TlsNotLoaded } else { Error::ProviderFailed };
        let stream = prepare().map_err(|_| failure)?;
        let mut connection = Connection {
            stream,
            handshake: Handshake::start(live.limits, now_ms),
            live,
            verifier,
            notes,
            direction,
            expected_name: expected_name.map(str::to_owned),
            place,
            state: State::Handshaking,
            ended: false,
            facts: None,
            verdict: None,
            events: Vec::new(),
        };
        connection.shake_hands(now_ms);
        Ok(connection)
    }

    pub(super) fn shake_hands(&mut self, now_ms: u64) {
        if self.state != State::Handshaking {
            return;
        }
        clear_errors();
        match self.stream.do_handshake() {
            Ok(()) => self.judge(now_ms),
            Err(error) if error.code() == ErrorCode::WANT_READ => (),
            Err(error) => drop(self.broken::<()>(&error)),
        }
        self.look_at_notes();
    }

    /// The handshake is over: nothing of it is used before the verdict.
    fn judge(&mut self, now_ms: u64) {
        self.place = None;
        let name = self.expected_name.as_deref();
        let now = Some(seconds(now_ms));
        let facts = facts_of(self.stream.ssl(), &self.verifier, self.direction, name, now);
        let verdict = decide(&self.live.policy, &facts);
        let refused =
            (verdict.outcome == Outcome::Refuse).then(|| verdict.rule.unwrap_or(Error::TlsHandshake));
        self.events.push(Event::Judged { refused, reason: verdict.reason.clone() });
        self.facts = Some(facts);
        self.verdict = Some(verdict);
        self.state = State::Established;
        if let Some(rule) = refused {
            self.say_goodbye();
            self.state = State::Failed(rule);
            self.stream.get_mut().discard_incoming();
        } else {
            self.keep_resumed();
        }
    }

    /// A session of TLS 1.2 may be resumed again.
    fn keep_resumed(&self) {
        let ssl = self.stream.ssl();
        let resumed = ssl.session_reused() && ssl.version2() != Some(SslVersion::TLS1_3);
        if let (Direction::Outbound, true, Some(session)) = (self.direction, resumed, ssl.session()) {
            self.keep(session.to_owned());
        }
    }

    pub(super) fn keep(&self, session: SslSession) {
        if let (Some(name), Some(sessions)) = (self.expected_name.as_deref(), &self.live.sessions) {
            sessions.keep(&key(name), session);
        }
    }
}

fn new_ssl(
    live: &Live,
    direction: Direction,
    expected_name: Option<&str>,
    resume: Option<Resume>,
) -> Result<Ssl, ErrorStack> {
    if direction == Direction::Inbound {
        let context = live.server.as_ref().ok_or_else(ErrorStack::get)?;
        let mut ssl = Ssl::new(context)?;
        ssl.set_accept_state();
        return Ok(ssl);
    }
    let mut ssl = Ssl::new(&live.client)?;
    ssl.set_connect_state();
    live.client_identities.show(&mut ssl, None)?;
    if let Some(name) = expected_name {
        // An address is not asked for by name (RFC 6066 §3).
        if name.trim_matches(['[', ']']).parse::<IpAddr>().is_err() {
            ssl.set_hostname(name.trim_end_matches('.'))?;
        }
        let session = live.sessions.as_ref().and_then(|sessions| sessions.take(&key(name)));
        if let (Some(session), Some(resume)) = (session, resume) {
            resume(&mut ssl, &session)?;
        }
    }
    Ok(ssl)
}

/// Names that differ in case alone are one.
fn key(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn seconds(now_ms: u64) -> i64 {
    i64::try_from(now_ms / 1000).unwrap_or(i64::MAX)
}
