//! One generation of a context: what was loaded together and is used together.

use super::context::{Side, Wanted};
use super::facts::names;
use super::notes::{first_choice, note};
use super::setup::{Identity, Unloadable};
use super::trust::failed;
use crate::error::Error;
use crate::tls::{Direction, Handshakes, Limits, Name, Policy, Version, choose};
use openssl::error::ErrorStack;
use openssl::ssl::{
    NameType, SniError, SslContext, SslContextBuilder, SslMethod, SslMode, SslOptions, SslRef, SslSession,
    SslSessionCacheMode, SslVersion,
};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

/// Of how many peers a session is kept, and how many of clients'.
const MAX_SESSIONS: i32 = 10_000;
/// Sessions are resumed under the name of this service alone (RFC 5246 §7.4.1.2).
const SESSION_CONTEXT: &[u8] = b"voxseal";

pub(super) struct Live {
    pub(super) policy: Policy,
    pub(super) limits: Limits,
    /// `None` without a certificate.
    pub(super) server: Option<SslContext>,
    pub(super) client: SslContext,
    /// What a client may show.
    pub(super) client_identities: Identities,
    pub(super) sessions: Option<Sessions>,
}

impl Live {
    pub(super) fn load(wanted: &Wanted, key_log: &Arc<AtomicBool>, now: i64) -> Result<Live, Unloadable> {
        let inbound = Identities::load(&wanted.inbound, now)?;
        let outbound = Identities::load(&wanted.outbound, now)?;
        let server = context(wanted, Direction::Inbound, key_log)?;
        let client = context(wanted, Direction::Outbound, key_log)?;
        Ok(Live {
            policy: wanted.policy.clone(),
            limits: wanted.transport.limits,
            server: (!inbound.0.is_empty()).then(|| serve(server, inbound).build()),
            client: client.build(),
            client_identities: outbound,
            sessions: resumes(wanted, Direction::Outbound).then(Sessions::default),
        })
    }
}

/// The latest session of each server, by the name that it was verified for.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<String, SslSession>>);

impl Sessions {
    pub(super) fn keep(&self, name: &str, session: SslSession) {
        let Ok(mut sessions) = self.0.lock() else { return };
        let is_new = !sessions.contains_key(name);
        if is_new && sessions.len() >= usize::try_from(MAX_SESSIONS).unwrap_or_default() {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.time());
            if let Some(name) = oldest.map(|(name, _)| name.clone()) {
                sessions.remove(&name);
            }
        }
        sessions.insert(name.to_owned(), session);
    }

    /// Takes it out, as a ticket of TLS 1.3 is used once (RFC 8446 §C.4); one of TLS
    /// 1.2 is kept again when it was resumed.
    pub(super) fn take(&self, name: &str) -> Option<SslSession> {
        self.0.lock().ok()?.remove(name)
    }
}

/// Certificates with what they can be asked for by.
pub(super) struct Identities(Vec<(Identity, Vec<Name>)>);

impl Identities {
    fn load(side: &Side, now: i64) -> Result<Identities, Unloadable> {
        let load = |files: &super::Files| {
            files.load(now).map(|identity| {
                let names = names(&identity.certificate);
                (identity, names)
            })
        };
        side.identities.iter().map(load).collect::<Result<_, _>>().map(Identities)
    }

    /// Gives the connection the certificates for this name, the first on each kind of key.
    pub(super) fn show(&self, ssl: &mut SslRef, server_name: Option<&str>) -> Result<(), ErrorStack> {
        let names: Vec<&[Name]> = self.0.iter().map(|(_, names)| names.as_slice()).collect();
        let mut kinds = Vec::new();
        for place in choose(&names, server_name) {
            let Some((identity, _)) = self.0.get(place) else { continue };
            if kinds.contains(&identity.key.id()) {
                continue;
            }
            kinds.push(identity.key.id());
            ssl.set_certificate(&identity.certificate)?;
            ssl.set_private_key(&identity.key)?;
            for above in &identity.chain {
                ssl.add_chain_cert(above.clone())?;
            }
        }
        Ok(())
    }
}

/// Has certificates chosen by the name that the client asks for, or without one.
fn serve(mut context: SslContextBuilder, identities: Identities) -> SslContextBuilder {
    context.set_servername_callback(move |ssl, _| {
        if !first_choice(ssl) {
            return Ok(());
        }
        let asked = ssl.servername(NameType::HOST_NAME).map(str::to_owned);
        let known = asked.is_some();
        identities.show(ssl, asked.as_deref()).map_err(|_| SniError::ALERT_FATAL)?;
        if known { Ok(()) } else { Err(SniError::NOACK) }
    });
    context
}

fn context(
    wanted: &Wanted,
    direction: Direction,
    key_log: &Arc<AtomicBool>,
) -> Result<SslContextBuilder, Unloadable> {
    let handshakes = wanted.transport.handshakes(direction);
    let mut context = SslContext::builder(SslMethod::tls()).map_err(|_| failed())?;
    context.set_cert_store(wanted.side(direction).trust.store()?);
    context.set_mode(SslMode::RELEASE_BUFFERS);
    context.set_options(
        SslOptions::NO_RENEGOTIATION | SslOptions::NO_COMPRESSION | SslOptions::CIPHER_SERVER_PREFERENCE,
    );
    set_versions(&mut context, handshakes)?;
    set_algorithms(&mut context, handshakes)?;
    let resumes = resumes(wanted, direction);
    set_sessions(&mut context, direction, resumes, handshakes.tickets).map_err(|_| failed())?;
    let key_log = Arc::clone(key_log);
    context.set_keylog_callback(move |ssl, line| {
        if key_log.load(Ordering::Relaxed) {
            note(ssl, |noted| noted.keys.push(Zeroizing::new(line.to_owned())));
        }
    });
    Ok(context)
}

fn refused(cause: String) -> Unloadable {
    Unloadable::new(Error::SettingRefused, cause)
}

fn set_versions(context: &mut SslContextBuilder, handshakes: &Handshakes) -> Result<(), Unloadable> {
    let (min, max) = (handshakes.min_version, handshakes.max_version);
    if min.0 > max.0 {
        let cause = format!("min_version is {min} and max_version {max}; let them be in order");
        return Err(refused(cause));
    }
    let set = context.set_min_proto_version(Some(number(min)));
    set.and_then(|()| context.set_max_proto_version(Some(number(max))))
        .map_err(|_| refused(format!("this OpenSSL has no {min} to {max}; set other versions")))
}

fn number(version: Version) -> SslVersion {
    match version {
        Version::TLS_1_0 => SslVersion::TLS1,
        Version::TLS_1_1 => SslVersion::TLS1_1,
        Version::TLS_1_2 => SslVersion::TLS1_2,
        _ => SslVersion::TLS1_3,
    }
}

fn set_algorithms(context: &mut SslContextBuilder, handshakes: &Handshakes) -> Result<(), Unloadable> {
    let unknown = |option, list: &str| {
        refused(format!(
            "{option}: OpenSSL does not know \"{list}\"; see openssl ciphers and openssl ecparam"
        ))
    };
    let ciphers = &handshakes.ciphers;
    context.set_cipher_list(ciphers).map_err(|_| unknown("ciphers", ciphers))?;
    if let Some(suites) = &handshakes.suites {
        context.set_ciphersuites(suites).map_err(|_| unknown("suites", suites))?;
    }
    if let Some(groups) = &handshakes.groups {
        context.set_groups_list(groups).map_err(|_| unknown("groups", groups))?;
    }
    Ok(())
}

/// Where dates are overlooked, a certificate may have faults of two kinds, and a session
/// remembers one alone (`Verifier`): every handshake is a full one then.
fn resumes(wanted: &Wanted, direction: Direction) -> bool {
    wanted.transport.handshakes(direction).sessions && wanted.policy.rules(direction).dates
}

fn set_sessions(
    context: &mut SslContextBuilder,
    direction: Direction,
    resumes: bool,
    tickets: bool,
) -> Result<(), ErrorStack> {
    if !tickets || !resumes {
        context.set_options(SslOptions::NO_TICKET);
    }
    context.set_session_id_context(SESSION_CONTEXT)?;
    let mode = match direction {
        _ if !resumes => SslSessionCacheMode::OFF,
        Direction::Inbound => SslSessionCacheMode::SERVER,
        Direction::Outbound => {
            context.set_new_session_callback(|ssl, session| {
                note(ssl, |noted| noted.session = Some(session));
            });
            SslSessionCacheMode::CLIENT | SslSessionCacheMode::NO_INTERNAL
        }
    };
    context.set_session_cache_mode(mode);
    context.set_session_cache_size(MAX_SESSIONS);
    if !resumes {
        context.set_num_tickets(0)?;
    }
    Ok(())
}
