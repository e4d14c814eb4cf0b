//! What can be seen of a negotiation: what is agreed, and why lines were refused.

use super::pointer::{give_text, object, out_struct};
use super::policy::{VOXSEAL_UNENCRYPTED_SRTCP, VOXSEAL_UNENCRYPTED_SRTP};
use super::{entry, entry_or, lock, voxseal_sdes, voxseal_status, voxseal_suite};
use crate::error::Error;
use crate::sdes::{KeyParam, Mki, Weakenings};
use crate::suite::MAX_SRTP_LIFETIME;
use core::ffi::c_char;

/// What is pending or agreed. Nothing in it is secret.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_agreement {
    /// `sizeof(voxseal_agreement)`, set by the caller.
    pub struct_size: usize,
    /// The tag of the line (RFC 4568 §4.1).
    pub tag: u32,
    /// The suite of both directions.
    pub suite: voxseal_suite,
    /// The replay window that the peer suggests with WSH, in packets; 0 = none.
    pub window_hint: u32,
    /// Keys on our line.
    pub local_keys: u32,
    /// Keys on the peer's line.
    pub remote_keys: u32,
    /// Bytes of MKI that our line announces; 0 = none.
    pub local_mki_len: u32,
    /// Bytes of MKI that the peer's line announces; 0 = none.
    pub remote_mki_len: u32,
    /// SRTP packets that each of our keys may protect.
    pub local_lifetime: u64,
    /// SRTP packets that the peer's first key may protect.
    pub remote_lifetime: u64,
    /// `n` of the peer's KDR: it derives its session keys anew every 2^n packets;
    /// 0 = never.
    pub remote_kdr: u32,
    /// `VOXSEAL_UNENCRYPTED_SRTP`, `VOXSEAL_UNENCRYPTED_SRTCP` or both: what neither
    /// side encrypts, as the profile allows it; 0 = nothing.
    pub unencrypted: u32,
}

/// Reads what is pending, else what is agreed. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
/// `VOXSEAL_ERR_BAD_STATE` when nothing is pending or agreed,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `sdes` is NULL or a live negotiation; `agreement` is valid for reads and
/// writes of its `struct_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_agreement(
    sdes: *const voxseal_sdes,
    agreement: *mut voxseal_agreement,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        // SAFETY: by this function's contract.
        let (struct_size, out) = unsafe { out_struct(agreement) }?;
        let sdes = lock(&sdes.0)?;
        let chosen = sdes.latest().ok_or(Error::BadState)?;
        let own_limit = sdes.own_limit();
        out.set(voxseal_agreement {
            struct_size,
            tag: chosen.attr_tag.number(),
            suite: chosen.suite as voxseal_suite,
            window_hint: chosen.window_hint.unwrap_or(0),
            local_keys: count(chosen.local.len()),
            remote_keys: count(chosen.remote.len()),
            local_mki_len: mki_len(&chosen.local),
            remote_mki_len: mki_len(&chosen.remote),
            local_lifetime: lifetime(&chosen.local).min(own_limit),
            remote_lifetime: lifetime(&chosen.remote),
            remote_kdr: chosen.kdr.into(),
            unencrypted: unencrypted(chosen.weakenings),
        });
        Ok(())
    })
}

fn unencrypted(weakenings: Weakenings) -> u32 {
    let bit = |set, bit| if set { bit } else { 0 };
    bit(weakenings.unencrypted_srtp, VOXSEAL_UNENCRYPTED_SRTP)
        | bit(weakenings.unencrypted_srtcp, VOXSEAL_UNENCRYPTED_SRTCP)
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn mki_len(keys: &[KeyParam]) -> u32 {
    count(keys.first().and_then(|key| key.mki.as_ref()).map_or(0, |mki: &Mki| mki.bytes().len()))
}

fn lifetime(keys: &[KeyParam]) -> u64 {
    keys.first().and_then(|key| key.lifetime).map_or(MAX_SRTP_LIFETIME, |lifetime| lifetime.packets())
}

/// Writes the sentence that says why `voxseal_sdes_process` last refused a line,
/// without any secret, and "" when it never did. Sizes as in
/// `voxseal_sdes_line`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// As `voxseal_sdes_line`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_reason(
    sdes: *const voxseal_sdes,
    out: *mut c_char,
    out_size: usize,
    needed: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        let sdes = lock(&sdes.0)?;
        // SAFETY: by this function's contract.
        unsafe { give_text(&sdes.reason, out.cast(), out_size, needed) }
    })
}

/// How many verdicts there are: one for each line of the peer's last offer or
/// answer that was processed, 32 at most; 0 for NULL. Any thread.
///
/// # Safety
/// `sdes` is NULL or a live negotiation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_verdict_count(sdes: *const voxseal_sdes) -> usize {
    entry_or(0, || {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        Ok(lock(&sdes.0)?.negotiation.verdicts().len())
    })
}

/// Writes verdict `index`, counted from 0 in the order of the lines: one
/// sentence that says what was taken or why not, without any secret. Sizes as in
/// `voxseal_sdes_line`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
/// `VOXSEAL_ERR_BAD_ARGUMENT` when there is no such verdict,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// As `voxseal_sdes_line`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_verdict(
    sdes: *const voxseal_sdes,
    index: usize,
    out: *mut c_char,
    out_size: usize,
    needed: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        let sdes = lock(&sdes.0)?;
        let verdict = sdes.negotiation.verdicts().get(index).ok_or(Error::BadArgument)?;
        // SAFETY: by this function's contract.
        unsafe { give_text(verdict, out.cast(), out_size, needed) }
    })
}

/// The suite that is pending or agreed; 0 for none, and for NULL. Any thread.
///
/// # Safety
/// `sdes` is NULL or a live negotiation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_suite(sdes: *const voxseal_sdes) -> voxseal_suite {
    entry_or(0, || {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        Ok(lock(&sdes.0)?.latest().map_or(0, |selection| selection.suite as voxseal_suite))
    })
}
