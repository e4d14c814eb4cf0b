//! Where a TLS context takes certificates and trust from.

use super::pointer::{bytes, bytes_mut, elements, give_text, object, optional_text, read_struct, text};
use super::tls_context::{explain, seconds, voxseal_tls_context};
use super::{VOXSEAL_INBOUND, VOXSEAL_OUTBOUND, entry, voxseal_status};
use crate::error::Error;
use crate::tls_openssl::{Files, KeyAccess, Side, describe};
use core::ffi::c_char;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Both directions of a TLS context.
pub const VOXSEAL_TLS_BOTH: u32 = 3;

/// Only its owner may be able to read the file with the private key: mode 0600.
pub const VOXSEAL_TLS_KEY_OWNER: u32 = 0;
/// Its group may as well: mode 0640.
pub const VOXSEAL_TLS_KEY_GROUP: u32 = 1;
/// Anybody may.
pub const VOXSEAL_TLS_KEY_ANYONE: u32 = 2;

/// A certificate, those that issued it, and its key, as PEM: in one file, in several
/// or in memory. What is left at 0 or NULL is not there.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_tls_identity {
    /// `sizeof(voxseal_tls_identity)`.
    pub struct_size: usize,
    /// Paths: the certificate, then those above it; the key may be in one of them.
    pub certificate_files: *const *const c_char,
    /// How many.
    pub certificate_file_count: usize,
    /// The path of the key, when it has a file of its own.
    pub key_file: *const c_char,
    /// PEM text of certificates and key, after the files.
    pub pem: *const u8,
    /// Its length.
    pub pem_len: usize,
    /// What encrypts the key.
    pub passphrase: *const u8,
    /// Its length.
    pub passphrase_len: usize,
    /// One of `VOXSEAL_TLS_KEY_…`: who may be able to read the key's file.
    pub key_access: u32,
    /// Not 0: certificates out of their dates are taken all the same.
    pub any_dates: u32,
}

/// Adds an identity for the next load, in `VOXSEAL_INBOUND`, `VOXSEAL_OUTBOUND` or
/// `VOXSEAL_TLS_BOTH`. Inbound, the one is shown whose names have the one that the
/// client asks for (RFC 6066 §3), by itself before by a wildcard, else the first that
/// was added; several for the same name, with keys of several kinds, stand side by
/// side. Outbound, the first is what we show to servers that ask for a certificate.
/// Files are read at each load. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
/// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `context` is NULL or a live context; `identity` is NULL or valid for reads of its
/// `struct_size`, its strings end with NUL, and its other pointers are valid for reads
/// of as many elements as are told.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_context_add_identity(
    context: *mut voxseal_tls_context,
    directions: u32,
    identity: *const voxseal_tls_identity,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let files = unsafe { read_identity(identity) }?;
        // SAFETY: by this function's contract.
        unsafe { change(context, directions, |side| side.identities.push(files.clone())) }
    })
}

/// Adds authorities for the next load, from a PEM file or from all files of a folder:
/// those who may have issued the certificates of peers that connect to us
/// (`VOXSEAL_INBOUND`), that we connect to (`VOXSEAL_OUTBOUND`), or of
/// `VOXSEAL_TLS_BOTH`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT`,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `context` is NULL or a live context; `path` is NULL or ends with NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_context_add_trust(
    context: *mut voxseal_tls_context,
    directions: u32,
    path: *const c_char,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let path = unsafe { file(path) }?;
        // SAFETY: by this function's contract.
        unsafe { change(context, directions, |side| side.trust.authorities.push(path.clone())) }
    })
}

/// As `voxseal_tls_context_add_trust`, with PEM text that is in memory.
///
/// Statuses: the same.
///
/// # Safety
/// `context` is NULL or a live context; `pem` is valid for reads of `pem_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_context_add_trust_pem(
    context: *mut voxseal_tls_context,
    directions: u32,
    pem: *const u8,
    pem_len: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let pem = unsafe { bytes(pem, pem_len) }?;
        // SAFETY: by this function's contract.
        unsafe { change(context, directions, |side| side.trust.pem.push(pem.to_vec())) }
    })
}

/// Adds a PEM file of revocation lists for the next load. With any, there must be one
/// of each authority of a peer's chain, and it must be in force (RFC 5280 §6.3). Any
/// thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT`,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `context` is NULL or a live context; `path` is NULL or ends with NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_context_add_crl(
    context: *mut voxseal_tls_context,
    directions: u32,
    path: *const c_char,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let path = unsafe { file(path) }?;
        // SAFETY: by this function's contract.
        unsafe { change(context, directions, |side| side.trust.revocations.push(path.clone())) }
    })
}

/// Forgets all identities, authorities and revocation lists that were added, for the
/// next load; what is in use stays. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `context` is NULL or a live context.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_context_clear(context: *mut voxseal_tls_context) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        unsafe { change(context, VOXSEAL_TLS_BOTH, |side| *side = Side::default()) }
    })
}

/// Reads an identity and checks all that a load checks, without a context. When
/// something is wrong, the sentence that says what and what to do goes to `reason`,
/// cut to `reason_size` with its NUL; `reason` may be NULL with size 0. Any thread;
/// it reads files.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
/// `VOXSEAL_ERR_BAD_ARGUMENT`, and for each fault its own of `VOXSEAL_ERR_TLS_…`, 400
/// to 412.
///
/// # Safety
/// `identity` as for `voxseal_tls_context_add_identity`; `reason` is valid for writes
/// of `reason_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_identity_check(
    identity: *const voxseal_tls_identity,
    now_ms: u64,
    reason: *mut c_char,
    reason_size: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let files = unsafe { read_identity(identity) }?;
        // SAFETY: by this function's contract.
        let reason = unsafe { bytes_mut(reason.cast(), reason_size) }?;
        files.load(seconds(now_ms)).map(drop).map_err(|fault| explain(&fault, reason))
    })
}

/// Describes the certificates of a PEM file as text: subject, issuer, names, usages,
/// dates, key, serial number, SHA-256 fingerprint. `needed` gets the size of the text
/// with its NUL; call with `out_size` 0 to learn it. Any thread; it reads the file.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL` (then `needed`
/// is written), `VOXSEAL_ERR_TLS_FILE_…`, `VOXSEAL_ERR_TLS_NO_CERTIFICATE`.
///
/// # Safety
/// `path` is NULL or ends with NUL; `out` is valid for writes of `out_size` bytes,
/// `needed` for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_certificate_describe(
    path: *const c_char,
    out: *mut c_char,
    out_size: usize,
    needed: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let path = unsafe { file(path) }?;
        let text = describe(&path).map_err(|fault| fault.error)?;
        // SAFETY: by this function's contract.
        unsafe { give_text(&text, out.cast(), out_size, needed) }
    })
}

/// # Safety
/// `context` is NULL or a live context.
unsafe fn change(
    context: *mut voxseal_tls_context,
    directions: u32,
    mut work: impl FnMut(&mut Side),
) -> Result<(), Error> {
    // SAFETY: by this function's contract.
    let context = unsafe { object(context) }?;
    if directions == 0 || directions & !VOXSEAL_TLS_BOTH != 0 {
        return Err(Error::BadArgument);
    }
    let mut wanted = context.0.context.wanted()?;
    if directions & VOXSEAL_INBOUND != 0 {
        work(&mut wanted.inbound);
    }
    if directions & VOXSEAL_OUTBOUND != 0 {
        work(&mut wanted.outbound);
    }
    Ok(())
}

/// # Safety
/// `path` is NULL or ends with NUL.
unsafe fn file(path: *const c_char) -> Result<PathBuf, Error> {
    // SAFETY: by this function's contract.
    Ok(PathBuf::from(unsafe { text(path) }?.into_owned()))
}

/// # Safety
/// As `identity` of [`voxseal_tls_context_add_identity`].
unsafe fn read_identity(identity: *const voxseal_tls_identity) -> Result<Files, Error> {
    // SAFETY: by this function's contract.
    let told = unsafe { read_struct(identity) }?;
    // SAFETY: by this function's contract.
    let paths = unsafe { elements(told.certificate_files, told.certificate_file_count) }?.iter();
    // SAFETY: by this function's contract.
    let certificates = paths.map(|path| unsafe { file(*path) }).collect::<Result<_, _>>()?;
    // SAFETY: by this function's contract.
    let pem = unsafe { bytes(told.pem, told.pem_len) }?;
    // SAFETY: by this function's contract.
    let passphrase = unsafe { bytes(told.passphrase, told.passphrase_len) }?;
    let some = |bytes: &[u8]| (!bytes.is_empty()).then(|| Zeroizing::new(bytes.to_vec()));
    Ok(Files {
        certificates,
        // SAFETY: by this function's contract.
        key: unsafe { optional_text(told.key_file) }?.map(PathBuf::from),
        pem: some(pem).into_iter().collect(),
        passphrase: some(passphrase),
        key_access: match told.key_access {
            VOXSEAL_TLS_KEY_OWNER => KeyAccess::Owner,
            VOXSEAL_TLS_KEY_GROUP => KeyAccess::Group,
            VOXSEAL_TLS_KEY_ANYONE => KeyAccess::Anyone,
            _ => return Err(Error::BadArgument),
        },
        roots: Vec::new(),
        any_dates: told.any_dates != 0,
    })
}
