//! SDES: the negotiation of one SDP media stream (RFC 4568).

use super::pointer::{Out, bytes, give, give_text, object, take};
use super::{entry, entry_or, fill, lock, voxseal_profile, voxseal_status, voxseal_suite};
use crate::error::Error;
use crate::sdes::{Lifetime, MAX_VERDICTS, Negotiation, Outcome, Selection, Settings};
use crate::suite::{CryptoSuite, MAX_SRTP_LIFETIME};
use core::ffi::c_char;
use core::slice;
use std::sync::Mutex;

/// The line says what is agreed already: there is nothing to activate.
pub const VOXSEAL_SDES_UNCHANGED: u32 = 0;
/// Keys wait: activate `voxseal_sdes_policies`, then `voxseal_sdes_commit`.
pub const VOXSEAL_SDES_PENDING: u32 = 1;

/// The negotiation of one media stream: what was offered, answered and agreed.
pub struct voxseal_sdes(pub(super) Mutex<Sdes>);

pub(super) struct Sdes {
    pub(super) negotiation: Negotiation,
    /// Why the last line was refused.
    pub(super) reason: String,
}

impl Sdes {
    /// The selection that waits for its keys to be activated, else the agreed one.
    pub(super) fn latest(&self) -> Option<&Selection> {
        self.negotiation.pending().or(self.negotiation.current())
    }

    /// The most packets that a key of ours protects, said or not.
    pub(super) fn own_limit(&self) -> u64 {
        self.negotiation.settings().lifetime.map_or(MAX_SRTP_LIFETIME, Lifetime::packets)
    }
}

/// Makes a negotiation in which nothing was said yet. Cheap: keys are made when
/// they are needed. The caller owns it and gives it to `voxseal_sdes_free`. Any
/// thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`.
///
/// # Safety
/// `sdes_out` is valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_new(sdes_out: *mut *mut voxseal_sdes) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(sdes_out) }?;
        let sdes = Sdes { negotiation: Negotiation::new(Settings::default()), reason: String::new() };
        out.set(give(voxseal_sdes(Mutex::new(sdes))));
        Ok(())
    })
}

/// Wipes the keys and frees the negotiation; NULL is fine. No other call on it
/// may be running or come later.
///
/// # Safety
/// `sdes` is NULL or from `voxseal_sdes_new` and not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_free(sdes: *mut voxseal_sdes) {
    entry(|| {
        // SAFETY: by this function's contract.
        unsafe { take(sdes) };
        Ok(())
    });
}

/// Follows the rules of a profile (`voxseal_profile_find`), which stays the
/// caller's. Without this call the defaults hold. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_STATE` once something
/// was offered or agreed, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `sdes` is NULL or a live negotiation, `profile` NULL or a live profile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_use_profile(
    sdes: *mut voxseal_sdes,
    profile: *const voxseal_profile,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        // SAFETY: by this function's contract.
        let settings = unsafe { object(profile) }?.settings()?;
        lock(&sdes.0)?.negotiation.use_settings(settings)
    })
}

/// Puts a suite first among those that the profile offers. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_UNKNOWN_SUITE`,
/// `VOXSEAL_ERR_SUITE_NOT_ALLOWED` for one that the profile does not offer,
/// `VOXSEAL_ERR_BAD_STATE` once something was offered or agreed,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `sdes` is NULL or a live negotiation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_prefer(
    sdes: *mut voxseal_sdes,
    suite: voxseal_suite,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        let suite = CryptoSuite::from_number(suite).ok_or(Error::UnknownSuite)?;
        lock(&sdes.0)?.negotiation.prefer(suite)
    })
}

/// Makes an offer: one line for each of `suites` in their order, tags from 1,
/// fresh keys on each (RFC 4568 §5.1.1). NULL with length 0 offers the suites of
/// the profile, by default four. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_UNKNOWN_SUITE`,
/// `VOXSEAL_ERR_SUITE_NOT_ALLOWED` for one that the profile does not accept,
/// `VOXSEAL_ERR_BAD_ARGUMENT` for no suite or one twice, `VOXSEAL_ERR_BAD_STATE`
/// once something was offered or agreed, `VOXSEAL_ERR_RANDOM`,
/// `VOXSEAL_ERR_POISONED`. On each of them nothing is offered.
///
/// # Safety
/// `sdes` is NULL or a live negotiation; `suites` is valid for reads of
/// `suites_len` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_offer(
    sdes: *mut voxseal_sdes,
    suites: *const voxseal_suite,
    suites_len: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        if suites.is_null() && suites_len == 0 {
            let negotiation = &mut lock(&sdes.0)?.negotiation;
            let suites = negotiation.settings().offer.clone();
            return negotiation.offer(&suites, &mut fill);
        }
        if suites.is_null() {
            return Err(Error::NullPointer);
        }
        if suites_len > CryptoSuite::all().count() {
            return Err(Error::BadArgument);
        }
        // SAFETY: not NULL, few, and valid by this function's contract.
        let suites = unsafe { slice::from_raw_parts(suites, suites_len) };
        let suites: Option<Vec<_>> = suites.iter().map(|suite| CryptoSuite::from_number(*suite)).collect();
        lock(&sdes.0)?.negotiation.offer(&suites.ok_or(Error::UnknownSuite)?, &mut fill)
    })
}

/// Makes fresh keys for what is agreed. The next line carries them, of the same
/// suite and tag: send it in an offer (re-INVITE). They are in use once the
/// peer's next line was taken. Calling it again before that changes nothing. Any
/// thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_STATE` when nothing is
/// agreed, `VOXSEAL_ERR_RANDOM`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `sdes` is NULL or a live negotiation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_rekey(sdes: *mut voxseal_sdes) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        lock(&sdes.0)?.negotiation.rekey(&mut fill)
    })
}

/// How many lines our SDP carries now: those of the offer; exactly one after a
/// line of the peer's was taken; 0 before either, and for NULL. Any thread.
///
/// # Safety
/// `sdes` is NULL or a live negotiation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_line_count(sdes: *const voxseal_sdes) -> usize {
    entry_or(0, || {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        Ok(lock(&sdes.0)?.negotiation.lines())
    })
}

/// Writes line `index`, counted from 0, as the value of a crypto attribute with
/// a NUL: `1 AES_CM_128_HMAC_SHA1_80 inline:…`. `needed` is the size with NUL,
/// written also when `out` is too small (`out` may then be NULL with size 0).
/// The line holds a key: wipe it after use. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
/// `VOXSEAL_ERR_BAD_ARGUMENT` when there is no such line,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `sdes` is NULL or a live negotiation; `out` is valid for writes of `out_size`
/// bytes, `needed` for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_line(
    sdes: *const voxseal_sdes,
    index: usize,
    out: *mut c_char,
    out_size: usize,
    needed: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        let line = lock(&sdes.0)?.negotiation.line(index).ok_or(Error::BadArgument)?;
        // SAFETY: by this function's contract.
        unsafe { give_text(&line, out.cast(), out_size, needed) }
    })
}

/// Shows all crypto attributes of the peer's offer before they are processed one
/// by one: their values joined by line feeds. With `order = ours` in the profile,
/// `voxseal_sdes_process` then takes only the line whose suite we prefer; else
/// this does nothing. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `sdes` is NULL or a live negotiation; `lines` is valid for reads of
/// `lines_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_survey(
    sdes: *mut voxseal_sdes,
    lines: *const c_char,
    lines_len: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        // SAFETY: by this function's contract.
        let lines = unsafe { bytes(lines.cast(), lines_len) }?;
        let lines = lines.split(|byte| *byte == b'\n').take(MAX_VERDICTS);
        lock(&sdes.0)?.negotiation.survey(lines);
        Ok(())
    })
}

/// Takes the value of one crypto attribute from the peer's SDP; `line` needs no
/// NUL. Whether it is of an offer or an answer follows from what came before.
/// Call it for each line in order until one is taken. Taking the same line twice
/// has the effect of taking it once. `outcome` becomes `VOXSEAL_SDES_UNCHANGED`
/// or `VOXSEAL_SDES_PENDING`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`, and all of 200
/// to 399 when the line is refused: then nothing changed, and
/// `voxseal_sdes_reason` tells why.
///
/// # Safety
/// `sdes` is NULL or a live negotiation; `line` is valid for reads of `line_len`
/// bytes, `outcome` for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_process(
    sdes: *mut voxseal_sdes,
    line: *const c_char,
    line_len: usize,
    outcome: *mut u32,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(outcome) }?;
        // SAFETY: by this function's contract.
        let line = unsafe { bytes(line.cast(), line_len) }?;
        let mut sdes = lock(&sdes.0)?;
        match sdes.negotiation.process(line, &mut fill) {
            Ok(Outcome::Unchanged) => out.set(VOXSEAL_SDES_UNCHANGED),
            Ok(Outcome::Pending) => out.set(VOXSEAL_SDES_PENDING),
            Err(refusal) => {
                sdes.reason = refusal.to_string();
                return Err(refusal.error);
            }
        }
        Ok(())
    })
}
