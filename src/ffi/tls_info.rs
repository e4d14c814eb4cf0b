//! What can be seen of a TLS connection.

use super::pointer::{give_text, object, out_struct};
use super::tls_connection::voxseal_tls_connection;
use super::tls_policy::verdict_number;
use super::{VOXSEAL_OK, entry, lock, voxseal_status};
use crate::error::Error;
use crate::tls_openssl::{Connection, State, describe_certificate, fingerprint, shown_names, subject};
use core::ffi::c_char;

/// The handshake is under way.
pub const VOXSEAL_TLS_HANDSHAKING: u32 = 1;
/// The connection carries plaintext.
pub const VOXSEAL_TLS_ESTABLISHED: u32 = 2;
/// The connection was closed in order.
pub const VOXSEAL_TLS_CLOSED: u32 = 3;
/// The connection was refused or broke.
pub const VOXSEAL_TLS_FAILED: u32 = 4;

/// The verdict's sentence; empty before the end of the handshake.
pub const VOXSEAL_TLS_TEXT_REASON: u32 = 1;
/// The cipher's name in OpenSSL.
pub const VOXSEAL_TLS_TEXT_CIPHER: u32 = 2;
/// The name that the client asked for.
pub const VOXSEAL_TLS_TEXT_SERVER_NAME: u32 = 3;
/// The subject of the peer's certificate, "CN=pbx.example.org, O=Example".
pub const VOXSEAL_TLS_TEXT_PEER_SUBJECT: u32 = 4;
/// Its alternative names, "DNS pbx.example.org, IP 192.0.2.1".
pub const VOXSEAL_TLS_TEXT_PEER_NAMES: u32 = 5;
/// Its SHA-256 fingerprint.
pub const VOXSEAL_TLS_TEXT_PEER_FINGERPRINT: u32 = 6;
/// All of it, as `voxseal_tls_certificate_describe`.
pub const VOXSEAL_TLS_TEXT_PEER_CERTIFICATE: u32 = 7;

/// Facts of a connection. Those of the peer are known from the end of the handshake on.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_tls_connection_info {
    /// `sizeof(voxseal_tls_connection_info)`, set by the caller.
    pub struct_size: usize,
    /// One of `VOXSEAL_TLS_HANDSHAKING`, `_ESTABLISHED`, `_CLOSED`, `_FAILED`.
    pub state: u32,
    /// Why it failed, of `VOXSEAL_ERR_TLS_…`; else `VOXSEAL_OK`.
    pub failure: voxseal_status,
    /// `VOXSEAL_TLS_ACCEPT`, `_WARN`, `_REFUSE`; 0 as long as there is none.
    pub verdict: u32,
    /// The rule behind a warning or refusal; else `VOXSEAL_OK`.
    pub rule: voxseal_status,
    /// The version's number on the wire: 0x0304 is TLS 1.3.
    pub version: u32,
    /// The cipher's strength.
    pub cipher_bits: u32,
    /// Not 0 when a session was resumed.
    pub resumed: u32,
    /// Not 0 when the peer showed a certificate.
    pub has_certificate: u32,
    /// Bytes that wait to be taken.
    pub unsent: usize,
    /// When the handshake has to be over, in milliseconds since 1970; 0 when it is.
    pub deadline_ms: u64,
}

/// Reads what is known about a connection. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `connection` is NULL or a live connection; `info` is valid for reads and writes of
/// its `struct_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_connection_info_read(
    connection: *const voxseal_tls_connection,
    info: *mut voxseal_tls_connection_info,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let connection = unsafe { object(connection) }?;
        // SAFETY: by this function's contract.
        let (struct_size, out) = unsafe { out_struct(info) }?;
        out.set(read(struct_size, &*lock(&connection.connection)?));
        Ok(())
    })
}

/// Copies a text about a connection, one of `VOXSEAL_TLS_TEXT_…`; what is not known is
/// empty. `needed` gets the size of the text with its NUL; call with `out_size` 0 to
/// learn it. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT` (no such text),
/// `VOXSEAL_ERR_BUFFER_TOO_SMALL` (then `needed` is written), `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `connection` is NULL or a live connection; `out` is valid for writes of `out_size`
/// bytes, `needed` for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_connection_text(
    connection: *const voxseal_tls_connection,
    which: u32,
    out: *mut c_char,
    out_size: usize,
    needed: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let connection = unsafe { object(connection) }?;
        let text = text(which, &*lock(&connection.connection)?)?;
        // SAFETY: by this function's contract.
        unsafe { give_text(&text, out.cast(), out_size, needed) }
    })
}

fn read(struct_size: usize, connection: &Connection) -> voxseal_tls_connection_info {
    let (state, failure) = match connection.state() {
        State::Handshaking => (VOXSEAL_TLS_HANDSHAKING, VOXSEAL_OK),
        State::Established => (VOXSEAL_TLS_ESTABLISHED, VOXSEAL_OK),
        State::Closed => (VOXSEAL_TLS_CLOSED, VOXSEAL_OK),
        State::Failed(error) => (VOXSEAL_TLS_FAILED, error.number()),
    };
    let (facts, verdict) = (connection.facts(), connection.verdict());
    voxseal_tls_connection_info {
        struct_size,
        state,
        failure,
        verdict: verdict.map_or(0, |verdict| verdict_number(verdict.outcome)),
        rule: verdict.and_then(|verdict| verdict.rule).map_or(VOXSEAL_OK, Error::number),
        version: facts.map_or(0, |facts| facts.version.0),
        cipher_bits: facts.map_or(0, |facts| facts.cipher.bits),
        resumed: facts.is_some_and(|facts| facts.resumed).into(),
        has_certificate: facts.is_some_and(|facts| facts.certificate.is_some()).into(),
        unsent: connection.unsent(),
        deadline_ms: connection.deadline_ms().unwrap_or(0),
    }
}

fn text(which: u32, connection: &Connection) -> Result<String, Error> {
    let peer = connection.facts().and_then(|_| connection.ssl().peer_certificate());
    let text = match which {
        VOXSEAL_TLS_TEXT_REASON => connection.verdict().map(|verdict| verdict.reason.clone()),
        VOXSEAL_TLS_TEXT_CIPHER => connection.facts().map(|facts| facts.cipher.name.clone()),
        VOXSEAL_TLS_TEXT_SERVER_NAME => connection.server_name().map(|name| name.escape_debug().to_string()),
        VOXSEAL_TLS_TEXT_PEER_SUBJECT => peer.map(|peer| subject(&peer)),
        VOXSEAL_TLS_TEXT_PEER_NAMES => peer.map(|peer| shown_names(&peer)),
        VOXSEAL_TLS_TEXT_PEER_FINGERPRINT => peer.map(|peer| fingerprint(&peer)),
        VOXSEAL_TLS_TEXT_PEER_CERTIFICATE => peer.map(|peer| describe_certificate(&peer)),
        _ => return Err(Error::BadArgument),
    };
    Ok(text.unwrap_or_default())
}
