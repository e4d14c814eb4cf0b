//! TLS contexts: what a transport's connections are made with (RFC 5246, 8446).

use super::pointer::{Out, bytes_mut, give, object, take, text, write_cut};
use super::tls_hook::{Hook, voxseal_tls_hook};
use super::tls_policy::voxseal_tls_policy;
use super::{entry, lock, voxseal_status};
use crate::error::Error;
use crate::tls_openssl::{Context, Unloadable, Wanted};
use core::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex};

/// What the connections of one transport share, in both directions: certificates,
/// trust, versions and ciphers, policy, sessions that can be resumed, and bounds.
/// Nothing of it is in use before it is loaded. Without sockets and without threads.
pub struct voxseal_tls_context(pub(super) Arc<Shared>);

/// What lives until the last connection of a context has ended.
pub(super) struct Shared {
    pub(super) context: Context,
    pub(super) hook: Mutex<Hook>,
}

/// Makes a context with a copy of the policy, no certificates and no trust. The
/// caller owns it and gives it to `voxseal_tls_context_free`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `policy` is NULL or a live policy; `context_out` is valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_context_new(
    policy: *const voxseal_tls_policy,
    context_out: *mut *mut voxseal_tls_context,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let policy = unsafe { object(policy) }?;
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(context_out) }?;
        let wanted = Wanted { policy: lock(&policy.0)?.clone(), ..Wanted::default() };
        let context = Context::new(wanted, Some(super::tls_resume::offer));
        out.set(give(voxseal_tls_context(Arc::new(Shared { context, hook: Mutex::default() }))));
        Ok(())
    })
}

/// Frees a context; NULL is fine. Its connections go on until they are freed
/// themselves, and its hook is called for them no more. It must be the last call on
/// the context.
///
/// # Safety
/// `context` is NULL or from `voxseal_tls_context_new`, and not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_context_free(context: *mut voxseal_tls_context) {
    entry(|| {
        // SAFETY: by this function's contract.
        if let Ok(context) = unsafe { object(context) } {
            *lock(&context.0.hook)? = Hook::default();
        }
        // SAFETY: by this function's contract.
        unsafe { take(context) };
        Ok(())
    });
}

/// Sets one option of docs/c/tls.md for the next load, for both directions, or with
/// "inbound_" or "outbound_" before its name for one: `min_version`, `max_version`,
/// `ciphers`, `suites`, `groups`, `sessions`, `tickets`; and for all handshakes
/// `handshake_millis`, `handshake_bytes`, `half_open`. When it is refused, the
/// sentence that says why goes to `reason`, cut to `reason_size` with its NUL;
/// `reason` may be NULL with size 0. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_SETTING_REFUSED`,
/// `VOXSEAL_ERR_POISONED`. On each of them nothing changed.
///
/// # Safety
/// `context` is NULL or a live context; `name` and `value` are NULL or strings that
/// end with NUL; `reason` is valid for writes of `reason_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_context_set(
    context: *mut voxseal_tls_context,
    name: *const c_char,
    value: *const c_char,
    reason: *mut c_char,
    reason_size: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let context = unsafe { object(context) }?;
        // SAFETY: by this function's contract.
        let name = unsafe { text(name) }?;
        // SAFETY: by this function's contract.
        let value = unsafe { text(value) }?;
        // SAFETY: by this function's contract.
        let reason = unsafe { bytes_mut(reason.cast(), reason_size) }?;
        context.0.context.wanted()?.transport.set(&name, &value).map_err(|refused| {
            write_cut(&refused, reason);
            Error::SettingRefused
        })
    })
}

/// Has the next load take a copy of this policy. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `context` is NULL or a live context, `policy` NULL or a live policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_context_set_policy(
    context: *mut voxseal_tls_context,
    policy: *const voxseal_tls_policy,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let context = unsafe { object(context) }?;
        // SAFETY: by this function's contract.
        let policy = unsafe { object(policy) }?;
        let policy = lock(&policy.0)?.clone();
        context.0.context.wanted()?.policy = policy;
        Ok(())
    })
}

/// Has `hook` called for these `VOXSEAL_TLS_EVENT_…`, added up, on all connections of
/// the context from now on; NULL for none. The keys of handshakes are handed out only
/// when `VOXSEAL_TLS_EVENT_KEY` is among them: whoever has these can read the
/// connection. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT` (another event),
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `context` is NULL or a live context; `hook` is NULL or can be called with `user`
/// on any thread that calls functions of connections, until another is set or the
/// context is freed and no call on a connection is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_context_set_hook(
    context: *mut voxseal_tls_context,
    events: u32,
    hook: voxseal_tls_hook,
    user: *mut c_void,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let context = unsafe { object(context) }?;
        let hook = Hook::new(events, hook, user)?;
        context.0.context.log_keys(hook.wants_keys());
        *lock(&context.0.hook)? = hook;
        Ok(())
    })
}

/// Reads all files anew and puts them to use, together with what was set and added
/// since the last time: all of it, for connections that are made from now on, or
/// after an error nothing. Connections that there are go on with what they began
/// with; sessions are not resumed across a load. `now_ms` is the time in milliseconds
/// since 1970, by which certificates are within their dates or not. When it fails,
/// the sentence that says why goes to `reason`, cut to `reason_size` with its NUL;
/// `reason` may be NULL with size 0. Any thread; it reads files.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_SETTING_REFUSED` (versions,
/// ciphers, suites or groups that OpenSSL does not have), `VOXSEAL_ERR_TLS_FILE_…`,
/// `_KEY_…`, `_NO_KEY`, `_NO_CERTIFICATE`, `_CHAIN_…`, `_EXPIRED`, `_NOT_YET_VALID`,
/// `_PASSPHRASE`, `_WEAK_KEY`, `VOXSEAL_ERR_PROVIDER_FAILED`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `context` is NULL or a live context; `reason` is valid for writes of `reason_size`
/// bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_context_load(
    context: *mut voxseal_tls_context,
    now_ms: u64,
    reason: *mut c_char,
    reason_size: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let context = unsafe { object(context) }?;
        // SAFETY: by this function's contract.
        let reason = unsafe { bytes_mut(reason.cast(), reason_size) }?;
        context.0.context.load(seconds(now_ms)).map_err(|fault| explain(&fault, reason))
    })
}

/// How many peers have connected and are in their handshakes. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`.
///
/// # Safety
/// `context` is NULL or a live context; `count_out` is valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_context_half_open(
    context: *const voxseal_tls_context,
    count_out: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let context = unsafe { object(context) }?;
        // SAFETY: by this function's contract.
        unsafe { Out::new(count_out) }?.set(context.0.context.half_open());
        Ok(())
    })
}

pub(super) fn seconds(now_ms: u64) -> i64 {
    i64::try_from(now_ms / 1000).unwrap_or(i64::MAX)
}

pub(super) fn explain(fault: &Unloadable, reason: &mut [u8]) -> Error {
    write_cut(&fault.to_string(), reason);
    fault.error
}
