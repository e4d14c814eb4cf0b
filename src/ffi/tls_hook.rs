//! Calls back into C when something happens to a TLS connection.

use super::tls_connection::voxseal_tls_connection;
use super::{VOXSEAL_OK, voxseal_status};
use crate::error::Error;
use crate::tls_openssl::{Event, alert_name};
use core::ffi::{c_char, c_void};
use std::ffi::CString;
use zeroize::Zeroize;

/// The handshake is over and the policy accepts the connection.
pub const VOXSEAL_TLS_EVENT_ESTABLISHED: u32 = 1;
/// The policy refuses the connection, or its handshake or a record was bad.
pub const VOXSEAL_TLS_EVENT_REFUSED: u32 = 2;
/// An alert came from the peer, or was sent to it in the clear (RFC 8446 §6).
pub const VOXSEAL_TLS_EVENT_ALERT: u32 = 4;
/// A line for a key log file, as network analysers read it. A secret.
pub const VOXSEAL_TLS_EVENT_KEY: u32 = 8;

const ALL: u32 = VOXSEAL_TLS_EVENT_ESTABLISHED
    | VOXSEAL_TLS_EVENT_REFUSED
    | VOXSEAL_TLS_EVENT_ALERT
    | VOXSEAL_TLS_EVENT_KEY;

/// Something that happened to a connection.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_tls_event {
    /// `sizeof(voxseal_tls_event)` in the library; later versions have more fields.
    pub struct_size: usize,
    /// One of `VOXSEAL_TLS_EVENT_…`.
    pub kind: u32,
    /// Refused: the reason's number, of `VOXSEAL_ERR_TLS_…`; else `VOXSEAL_OK`.
    pub rule: voxseal_status,
    /// Alert: its number, 0 for a close-notify.
    pub alert: u32,
    /// Alert: not 0 when we sent it.
    pub alert_sent: u32,
    /// One sentence, the alert's name, or the line; valid during the call.
    pub text: *const c_char,
}

/// What is called back: `user` is what was set beside it, `event` is valid during the
/// call. It is called on the thread, and before the end, of the call on the connection
/// that made it happen, and no lock is held: it may call every function of contexts
/// and connections but `voxseal_tls_connection_free` of this one and
/// `voxseal_tls_context_free` of its context. It must not throw exceptions.
pub type voxseal_tls_hook = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        connection: *mut voxseal_tls_connection,
        event: *const voxseal_tls_event,
    ),
>;

/// A hook with what it is called for.
#[derive(Clone, Copy)]
pub(super) struct Hook {
    events: u32,
    call: voxseal_tls_hook,
    user: *mut c_void,
}

// SAFETY: `voxseal_tls_context_set_hook` demands that it can be called on any thread.
unsafe impl Send for Hook {}

impl Default for Hook {
    fn default() -> Hook {
        Hook { events: 0, call: None, user: core::ptr::null_mut() }
    }
}

impl Hook {
    pub(super) fn new(events: u32, call: voxseal_tls_hook, user: *mut c_void) -> Result<Hook, Error> {
        if events & !ALL != 0 {
            return Err(Error::BadArgument);
        }
        Ok(Hook { events, call, user })
    }

    pub(super) fn wants_keys(&self) -> bool {
        self.call.is_some() && self.events & VOXSEAL_TLS_EVENT_KEY != 0
    }

    /// Tells what happened. The caller holds no lock.
    pub(super) fn tell(&self, connection: *mut voxseal_tls_connection, happened: Event) {
        let told = Told::from(happened);
        if let Some(call) = self.call.filter(|_| self.events & told.kind != 0) {
            let event = voxseal_tls_event {
                struct_size: size_of::<voxseal_tls_event>(),
                kind: told.kind,
                rule: told.rule,
                alert: told.alert,
                alert_sent: told.alert_sent,
                text: told.text.as_ptr(),
            };
            // SAFETY: by the contract of `voxseal_tls_context_set_hook`; all pointers
            // are valid during the call.
            unsafe { call(self.user, connection, &raw const event) };
        }
        told.text.into_bytes().zeroize();
    }
}

struct Told {
    kind: u32,
    rule: voxseal_status,
    alert: u32,
    alert_sent: u32,
    text: CString,
}

impl From<Event> for Told {
    fn from(event: Event) -> Told {
        let told = |kind, rule, text: &str| {
            // No sentence of ours and no line of keys has a NUL byte in it.
            let text = CString::new(text).unwrap_or_default();
            Told { kind, rule, alert: 0, alert_sent: 0, text }
        };
        match event {
            Event::Judged { refused: None, reason } => {
                told(VOXSEAL_TLS_EVENT_ESTABLISHED, VOXSEAL_OK, &reason)
            }
            Event::Judged { refused: Some(rule), reason } => {
                told(VOXSEAL_TLS_EVENT_REFUSED, rule.number(), &reason)
            }
            Event::Failed { error, reason } => told(VOXSEAL_TLS_EVENT_REFUSED, error.number(), &reason),
            Event::Alert { sent, number } => Told {
                alert: number.into(),
                alert_sent: sent.into(),
                ..told(VOXSEAL_TLS_EVENT_ALERT, VOXSEAL_OK, &alert_name(number))
            },
            Event::Key(line) => told(VOXSEAL_TLS_EVENT_KEY, VOXSEAL_OK, &line),
        }
    }
}
