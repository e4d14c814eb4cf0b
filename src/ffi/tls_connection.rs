//! TLS connections without sockets: bytes of the peer's in, bytes for the peer out.

use super::pointer::{Out, bytes, bytes_mut, give, object, optional_text, take};
use super::tls_context::{Shared, voxseal_tls_context};
use super::tls_facts::read_direction;
use super::{entry, lock, voxseal_status};
use crate::error::Error;
use crate::tls_openssl::Connection;
use core::ffi::c_char;
use std::sync::{Arc, Mutex};

/// A TLS connection. Calls on it from several threads wait for each other.
pub struct voxseal_tls_connection {
    shared: Arc<Shared>,
    pub(super) connection: Mutex<Connection>,
}

/// Makes a connection with a peer that connected to us (`VOXSEAL_INBOUND`, we are the
/// server) or that we connected to (`VOXSEAL_OUTBOUND`, the client). `expected_name`
/// is the SIP domain that was asked for, before NAPTR and SRV (RFC 5922 §7.3); it is
/// what the certificate is held against and what the client asks for by name
/// (RFC 6066 §3), and sessions are resumed by it. It may be NULL. `now_ms` is the time
/// in milliseconds since 1970. A client's hello can be taken at once. The caller owns
/// the connection and gives it to `voxseal_tls_connection_free`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT`,
/// `VOXSEAL_ERR_TLS_NOT_LOADED`, `VOXSEAL_ERR_TLS_HALF_OPEN` (close the peer's
/// socket), `VOXSEAL_ERR_PROVIDER_FAILED`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `context` is NULL or a live context; `expected_name` is NULL or ends with NUL;
/// `connection_out` is valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_connection_new(
    context: *mut voxseal_tls_context,
    direction: u32,
    expected_name: *const c_char,
    now_ms: u64,
    connection_out: *mut *mut voxseal_tls_connection,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let context = unsafe { object(context) }?;
        let direction = read_direction(direction)?;
        // SAFETY: by this function's contract.
        let name = unsafe { optional_text(expected_name) }?;
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(connection_out) }?;
        let shared = Arc::clone(&context.0);
        let connection = shared.context.connection(direction, name.as_deref(), now_ms)?;
        out.set(give(voxseal_tls_connection { shared, connection: Mutex::new(connection) }));
        Ok(())
    })
}

/// Frees a connection; NULL is fine. It sends nothing: `voxseal_tls_connection_close`
/// and `_take` before it do. It must be the last call on the connection.
///
/// # Safety
/// `connection` is NULL or from `voxseal_tls_connection_new`, and not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_connection_free(connection: *mut voxseal_tls_connection) {
    entry(|| {
        // SAFETY: by this function's contract.
        unsafe { take(connection) };
        Ok(())
    });
}

/// Takes all of what has come from the peer's socket, or on `VOXSEAL_ERR_TLS_BACKLOG`
/// nothing: then there is too much to be read (`_read`) or sent (`_take`), up to 256
/// KiB each. Afterwards there may be bytes to be taken, also after an error: an alert
/// that tells the peer. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_TLS_BACKLOG`,
/// `VOXSEAL_ERR_POISONED`; and when the connection has ended, why, from then on: the
/// rule of the policy that it breaks, 420 to 427, `VOXSEAL_ERR_TLS_HANDSHAKE`,
/// `_HANDSHAKE_TIMEOUT`, `_HANDSHAKE_TOO_LONG`, `_PEER_ALERT`, `_CLOSED`,
/// `_TRUNCATED`, `_RECORD`.
///
/// # Safety
/// `connection` is NULL or a live connection; `data` is valid for reads of `data_len`
/// bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_connection_feed(
    connection: *mut voxseal_tls_connection,
    data: *const u8,
    data_len: usize,
    now_ms: u64,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let data = unsafe { bytes(data, data_len) }?;
        // SAFETY: by this function's contract.
        unsafe { with(connection, |connection| connection.feed(data, now_ms)) }
    })
}

/// Tells that the peer's socket was closed. What has arrived can still be read; after
/// it comes `VOXSEAL_ERR_TLS_TRUNCATED`, as the peer sent no close-notify. Any thread.
///
/// Statuses: as `voxseal_tls_connection_feed`.
///
/// # Safety
/// `connection` is NULL or a live connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_connection_end(
    connection: *mut voxseal_tls_connection,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        unsafe { with(connection, Connection::end) }
    })
}

/// Moves up to `out_size` bytes for the peer's socket to `out` and their number to
/// `taken_out`, 0 when there are none: after each other call, and in every state. Any
/// thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `connection` is NULL or a live connection; `out` is valid for writes of `out_size`
/// bytes, `taken_out` for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_connection_take(
    connection: *mut voxseal_tls_connection,
    out: *mut u8,
    out_size: usize,
    taken_out: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let out = unsafe { bytes_mut(out, out_size) }?;
        // SAFETY: by this function's contract.
        let taken = unsafe { Out::new(taken_out) }?;
        // SAFETY: by this function's contract.
        let count = unsafe { with(connection, |connection| Ok(connection.take(out))) }?;
        taken.set(count);
        Ok(())
    })
}

/// Encrypts all of `data` for the peer, or on an error nothing. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_TLS_NOT_ESTABLISHED`,
/// `VOXSEAL_ERR_TLS_BACKLOG` (take and send first; 256 KiB may wait), and as
/// `voxseal_tls_connection_feed` when the connection has ended.
///
/// # Safety
/// `connection` is NULL or a live connection; `data` is valid for reads of `data_len`
/// bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_connection_write(
    connection: *mut voxseal_tls_connection,
    data: *const u8,
    data_len: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let data = unsafe { bytes(data, data_len) }?;
        // SAFETY: by this function's contract.
        unsafe { with(connection, |connection| connection.write(data)) }
    })
}

/// Moves plaintext of the peer's, at most one record of it, to `out` and its length to
/// `read_out`, 0 when there is none as yet; call it until then after each feed. A
/// connection that its policy refuses never gives any. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_TLS_NOT_ESTABLISHED`, and as
/// `voxseal_tls_connection_feed` when the connection has ended: `VOXSEAL_ERR_TLS_CLOSED`
/// is the orderly end.
///
/// # Safety
/// `connection` is NULL or a live connection; `out` is valid for writes of `out_size`
/// bytes, `read_out` for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_connection_read(
    connection: *mut voxseal_tls_connection,
    out: *mut u8,
    out_size: usize,
    read_out: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let out = unsafe { bytes_mut(out, out_size) }?;
        // SAFETY: by this function's contract.
        let read = unsafe { Out::new(read_out) }?;
        // SAFETY: by this function's contract.
        let count = unsafe { with(connection, |connection| connection.read(out)) }?;
        read.set(count);
        Ok(())
    })
}

/// Ends a connection in order: afterwards there is a close-notify to be taken
/// (RFC 8446 §6.1), and reading and writing give `VOXSEAL_ERR_TLS_CLOSED`. On a
/// connection that has ended it does nothing. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `connection` is NULL or a live connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_connection_close(
    connection: *mut voxseal_tls_connection,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        unsafe {
            with(connection, |connection| {
                connection.close();
                Ok(())
            })
        }
    })
}

/// Ends the connection when its handshake is not over in time (`handshake_millis`);
/// a peer that sends nothing is seen by this alone, so it belongs into the host's
/// timer. Any thread.
///
/// Statuses: as `voxseal_tls_connection_feed`.
///
/// # Safety
/// `connection` is NULL or a live connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_connection_check_time(
    connection: *mut voxseal_tls_connection,
    now_ms: u64,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        unsafe { with(connection, |connection| connection.check_time(now_ms)) }
    })
}

/// Does one thing with a connection, then tells the hook what happened, when all
/// locks are free again.
///
/// # Safety
/// `pointer` is NULL or a live connection.
unsafe fn with<T>(
    pointer: *mut voxseal_tls_connection,
    work: impl FnOnce(&mut Connection) -> Result<T, Error>,
) -> Result<T, Error> {
    // SAFETY: by this function's contract.
    let this = unsafe { object(pointer) }?;
    let (result, events) = {
        let mut connection = lock(&this.connection)?;
        let result = work(&mut connection);
        (result, connection.take_events())
    };
    if !events.is_empty() {
        let hook = *lock(&this.shared.hook)?;
        events.into_iter().for_each(|event| hook.tell(pointer, event));
    }
    result
}
