//! TLS policies: facts of a connection in, verdict with a reason out.

use super::pointer::{Out, bytes_mut, give, object, take, text, write_cut};
use super::tls_facts::read_facts;
use super::{VOXSEAL_OK, entry, lock, voxseal_status};
use crate::error::Error;
use crate::tls::{Outcome, Policy, decide};
use core::ffi::c_char;
use std::sync::Mutex;

/// The peer is the client of the handshake.
pub const VOXSEAL_TLS_CLIENT: u32 = 1;
/// The peer is the server of the handshake.
pub const VOXSEAL_TLS_SERVER: u32 = 2;

/// The connection may be used.
pub const VOXSEAL_TLS_ACCEPT: u32 = 1;
/// The connection may be used, and the reason belongs into the log.
pub const VOXSEAL_TLS_WARN: u32 = 2;
/// The connection must be ended.
pub const VOXSEAL_TLS_REFUSE: u32 = 3;

/// A `dNSName` of the subject alternative names.
pub const VOXSEAL_TLS_NAME_DNS: u32 = 1;
/// An `iPAddress`, 4 or 16 bytes as they stand in the certificate.
pub const VOXSEAL_TLS_NAME_IP: u32 = 2;
/// A `uniformResourceIdentifier`.
pub const VOXSEAL_TLS_NAME_URI: u32 = 3;
/// The subject's common name, the most specific one.
pub const VOXSEAL_TLS_NAME_COMMON: u32 = 4;
/// Any other alternative name; it must be told, as the common name counts only
/// where there is none.
pub const VOXSEAL_TLS_NAME_OTHER: u32 = 5;

/// What a transport demands of its TLS connections, in each direction.
pub struct voxseal_tls_policy(pub(super) Mutex<Policy>);

/// One name of a certificate, byte for byte: a NUL byte in it is part of it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_tls_name {
    /// One of `VOXSEAL_TLS_NAME_…`.
    pub kind: u32,
    /// The name.
    pub bytes: *const u8,
    /// Its length.
    pub len: usize,
}

/// What is known about a connection whose handshake is over. What is left at 0 or
/// NULL is not known, and what is not known is denied where it counts.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_tls_facts {
    /// `sizeof(voxseal_tls_facts)`.
    pub struct_size: usize,
    /// `VOXSEAL_INBOUND` when the peer opened the connection, `VOXSEAL_OUTBOUND`
    /// when we did, or when a request of ours is to use the peer's.
    pub direction: u32,
    /// `VOXSEAL_TLS_CLIENT` or `VOXSEAL_TLS_SERVER`: what the peer is in the handshake.
    pub peer_role: u32,
    /// The version's number on the wire, as `SSL_version` gives it: 0x0303 is TLS 1.2.
    pub version: u32,
    /// What `SSL_CIPHER_get_bits` gives.
    pub cipher_bits: u32,
    /// What `SSL_CIPHER_get_name` gives.
    pub cipher: *const c_char,
    /// OpenSSL's `X509_V_…` codes: `X509_V_OK` alone, or each fault that was found.
    pub verify_results: *const i32,
    /// How many; 0 when nobody verified.
    pub verify_result_count: usize,
    /// The subject alternative names and the common name of the peer's certificate.
    pub names: *const voxseal_tls_name,
    /// How many.
    pub name_count: usize,
    /// The extended key usages as object identifiers, "1.3.6.1.5.5.7.3.1".
    pub ekus: *const *const c_char,
    /// How many.
    pub eku_count: usize,
    /// The SIP domain that was asked for, before NAPTR and SRV, or that the peer
    /// claims; NULL when there is none.
    pub expected_name: *const c_char,
    /// The first second of the certificate's validity, since 1970.
    pub not_before: i64,
    /// The last one.
    pub not_after: i64,
    /// The time now.
    pub now: i64,
    /// Not 0 when the verifier went on after each fault, so that
    /// `verify_results` has all of them: its callback returned 1 always.
    pub verify_complete: u8,
    /// Not 0 when the peer showed a certificate; else names, usages and dates do not count.
    pub has_certificate: u8,
    /// Not 0 when the certificate has the extension for extended key usages.
    pub has_ekus: u8,
    /// Not 0 when `not_before`, `not_after` and `now` are set.
    pub has_dates: u8,
    /// Not 0 when the session was resumed.
    pub resumed: u8,
}

/// Makes a policy with the defaults: inbound `verify` is optional, outbound
/// require+name; at least TLS 1.2 and 128 bits. docs/tls.md has the options. The
/// caller owns it and gives it to `voxseal_tls_policy_free`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`.
///
/// # Safety
/// `policy_out` is valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_policy_new(policy_out: *mut *mut voxseal_tls_policy) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(policy_out) }?;
        out.set(give(voxseal_tls_policy(Mutex::default())));
        Ok(())
    })
}

/// Sets one option of docs/tls.md, for both directions, or with "inbound_" or
/// "outbound_" before its name for one. When it is refused, the sentence that says
/// why goes to `reason`, cut to `reason_size` with its NUL; `reason` may be NULL
/// with size 0. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_SETTING_REFUSED`,
/// `VOXSEAL_ERR_POISONED`. On each of them nothing changed.
///
/// # Safety
/// `policy` is NULL or a live policy; `name` and `value` are NULL or strings that
/// end with NUL; `reason` is valid for writes of `reason_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_policy_set(
    policy: *mut voxseal_tls_policy,
    name: *const c_char,
    value: *const c_char,
    reason: *mut c_char,
    reason_size: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let policy = unsafe { object(policy) }?;
        // SAFETY: by this function's contract.
        let name = unsafe { text(name) }?;
        // SAFETY: by this function's contract.
        let value = unsafe { text(value) }?;
        // SAFETY: by this function's contract.
        let reason = unsafe { bytes_mut(reason.cast(), reason_size) }?;
        lock(&policy.0)?.set(&name, &value).map_err(|refused| {
            write_cut(&refused, reason);
            Error::SettingRefused
        })
    })
}

/// Holds a connection against a policy. `verdict_out` gets `VOXSEAL_TLS_ACCEPT`,
/// `_WARN` or `_REFUSE`; `rule_out` the number of the rule that is broken, of
/// `VOXSEAL_ERR_TLS_…`, or `VOXSEAL_OK`; `reason` one sentence, cut to
/// `reason_size` with its NUL, or NULL with size 0. A caller that gets any other
/// status than `VOXSEAL_OK` must end the connection. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
/// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `policy` is NULL or a live policy; `facts` is NULL or valid for reads of its
/// `struct_size`, and each of its pointers for reads of as many elements as are
/// counted beside it, or a string that ends with NUL; `verdict_out` and `rule_out`
/// are valid for a write, `reason` for writes of `reason_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_decide(
    policy: *const voxseal_tls_policy,
    facts: *const voxseal_tls_facts,
    verdict_out: *mut u32,
    rule_out: *mut voxseal_status,
    reason: *mut c_char,
    reason_size: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let policy = unsafe { object(policy) }?;
        // SAFETY: by this function's contract.
        let verdict_out = unsafe { Out::new(verdict_out) }?;
        // SAFETY: by this function's contract.
        let rule_out = unsafe { Out::new(rule_out) }?;
        // SAFETY: by this function's contract.
        let reason = unsafe { bytes_mut(reason.cast(), reason_size) }?;
        // SAFETY: by this function's contract.
        let facts = unsafe { read_facts(facts) }?;
        let verdict = decide(&*lock(&policy.0)?, &facts);
        write_cut(&verdict.reason, reason);
        rule_out.set(verdict.rule.map_or(VOXSEAL_OK, Error::number));
        verdict_out.set(verdict_number(verdict.outcome));
        Ok(())
    })
}

/// Frees a policy; NULL is fine. No other call on it may be running or come later.
///
/// # Safety
/// `policy` is NULL or from `voxseal_tls_policy_new` and not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_policy_free(policy: *mut voxseal_tls_policy) {
    entry(|| {
        // SAFETY: by this function's contract.
        unsafe { take(policy) };
        Ok(())
    });
}

pub(super) fn verdict_number(outcome: Outcome) -> u32 {
    match outcome {
        Outcome::Accept => VOXSEAL_TLS_ACCEPT,
        Outcome::AcceptWithWarning => VOXSEAL_TLS_WARN,
        Outcome::Refuse => VOXSEAL_TLS_REFUSE,
    }
}
