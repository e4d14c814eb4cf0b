//! Profiles: the rules for one peer.

use super::pointer::{Out, bytes_mut, give, give_text, object, out_struct, take, text, write_cut};
use super::settings::with_profiles;
use super::{entry, lock, voxseal_session_config, voxseal_settings, voxseal_status};
use crate::error::Error;
use crate::profiles::{MAX_USER_AGENT_LEN, Profile, Profiles};
use crate::sdes;
use core::ffi::{CStr, c_char};
use std::sync::Mutex;

/// The rules for one peer: a copy of the caller's own.
pub struct voxseal_profile(pub(super) Mutex<Profile>);

impl voxseal_profile {
    /// The rules for crypto attributes.
    #[allow(dead_code, reason = "for voxseal_sdes_use_profile")]
    pub(super) fn settings(&self) -> Result<sdes::Settings, Error> {
        Ok(lock(&self.0)?.sdes())
    }
}

/// Finds a profile: the one called `name`; without a name (NULL) the one with the
/// longest User-Agent pattern that fits `user_agent`, those of the file before
/// the shipped ones; else the one called "general". `user_agent` may be NULL, or
/// anything that a peer sends; its first 512 bytes count. `settings` may be NULL:
/// the defaults and the shipped profiles. The profile is a copy of the caller's
/// own, who gives it to `voxseal_profile_free`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_UNKNOWN_PROFILE`,
/// `VOXSEAL_ERR_BAD_STATE` before `voxseal_settings_check`.
///
/// # Safety
/// `settings` is NULL or live settings; `name` and `user_agent` are NULL or strings
/// that end with NUL; `profile_out` is valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_profile_find(
    settings: *const voxseal_settings,
    name: *const c_char,
    user_agent: *const c_char,
    profile_out: *mut *mut voxseal_profile,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(profile_out) }?;
        // SAFETY: by this function's contract.
        let name = if name.is_null() { None } else { Some(unsafe { text(name) }?) };
        // SAFETY: by this function's contract.
        let user_agent = unsafe { start_of(user_agent) };
        let find = |profiles: &Profiles| profiles.find(name.as_deref(), user_agent);
        // SAFETY: by this function's contract.
        let profile = unsafe { with_profiles(settings, find) }?;
        out.set(give(voxseal_profile(Mutex::new(profile))));
        Ok(())
    })
}

/// Changes one option on this copy, names and values as in the file; `like`,
/// `user_agent` and `description` are of the file alone. The result must go
/// together after each call: set `mki_length` before `keys`, and `lifetime` before
/// `lifetime_in_offer`. When it is refused, the sentence that says why goes to
/// `reason`, cut to `reason_size` with its NUL; `reason` may be NULL with size 0.
/// Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_SETTING_REFUSED`,
/// `VOXSEAL_ERR_POISONED`. On each of them nothing changed.
///
/// # Safety
/// `profile` is NULL or a live profile; `name` and `value` are NULL or strings that
/// end with NUL; `reason` is valid for writes of `reason_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_profile_set(
    profile: *mut voxseal_profile,
    name: *const c_char,
    value: *const c_char,
    reason: *mut c_char,
    reason_size: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let profile = unsafe { object(profile) }?;
        // SAFETY: by this function's contract.
        let name = unsafe { text(name) }?;
        // SAFETY: by this function's contract.
        let value = unsafe { text(value) }?;
        // SAFETY: by this function's contract.
        let reason = unsafe { bytes_mut(reason.cast(), reason_size) }?;
        lock(&profile.0)?.set(&name, &value).map_err(|refused| {
            write_cut(&refused.to_string(), reason);
            Error::SettingRefused
        })
    })
}

/// Writes the profile's name: "general" when none was named and none fitted. Sizes
/// as in `voxseal_sdes_line`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `profile` is NULL or a live profile; `out` is valid for writes of `out_size`
/// bytes, `needed` for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_profile_name(
    profile: *const voxseal_profile,
    out: *mut c_char,
    out_size: usize,
    needed: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let profile = unsafe { object(profile) }?;
        let profile = lock(&profile.0)?;
        // SAFETY: by this function's contract.
        unsafe { give_text(profile.name(), out.cast(), out_size, needed) }
    })
}

/// Fills the settings for `voxseal_session_new`; the caller sets `struct_size`
/// before. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `profile` is NULL or a live profile; `config_out` is valid for reads and writes
/// of its `struct_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_profile_session_config(
    profile: *const voxseal_profile,
    config_out: *mut voxseal_session_config,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let profile = unsafe { object(profile) }?;
        // SAFETY: by this function's contract.
        let (struct_size, out) = unsafe { out_struct(config_out) }?;
        let session = lock(&profile.0)?.session();
        out.set(voxseal_session_config {
            struct_size,
            rtp_window: session.rtp_window,
            rtcp_window: session.rtcp_window,
            overlap_packets: session.overlap_packets,
            overlap_millis: session.overlap_millis,
            answer_short_srtcp_tags: session.answer_short_srtcp_tags.into(),
            soft_limit_thousandths: session.soft_limit_thousandths.into(),
        });
        Ok(())
    })
}

/// Follows a channel variable that says how one call is to be secured, on this
/// copy: `SRTP_SUITES`, `SRTP_POLICY`, `SRTP_REQUIRE_TLS`, or one of the spellings
/// from elsewhere that docs/dialplan.md names. An empty value changes nothing. A
/// sentence goes to `note`, cut to `note_size` with its NUL: on success what to say
/// about the spelling, or ""; else why it is refused. `note` may be NULL with size 0.
/// Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_SETTING_REFUSED`,
/// `VOXSEAL_ERR_POISONED`. On each of them nothing changed.
///
/// # Safety
/// As `voxseal_profile_set`, `note` as its `reason`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_profile_set_variable(
    profile: *mut voxseal_profile,
    name: *const c_char,
    value: *const c_char,
    note: *mut c_char,
    note_size: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let profile = unsafe { object(profile) }?;
        // SAFETY: by this function's contract.
        let name = unsafe { text(name) }?;
        // SAFETY: by this function's contract.
        let value = unsafe { text(value) }?;
        // SAFETY: by this function's contract.
        let note = unsafe { bytes_mut(note.cast(), note_size) }?;
        match lock(&profile.0)?.set_variable(&name, &value) {
            Ok(notice) => write_cut(&notice.unwrap_or_default(), note),
            Err(refused) => {
                write_cut(&refused.to_string(), note);
                return Err(Error::SettingRefused);
            }
        }
        Ok(())
    })
}

/// Writes every option and its value for people to read: lines of less than 80
/// columns, each ended by a line feed. Sizes as in `voxseal_sdes_line`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// As `voxseal_profile_name`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_profile_show(
    profile: *const voxseal_profile,
    out: *mut c_char,
    out_size: usize,
    needed: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let profile = unsafe { object(profile) }?;
        let shown = lock(&profile.0)?.rules().show();
        // SAFETY: by this function's contract.
        unsafe { give_text(&shown, out.cast(), out_size, needed) }
    })
}

/// Frees a profile; NULL is fine. No other call on it may be running or come
/// later.
///
/// # Safety
/// `profile` is NULL or from `voxseal_profile_find` and not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_profile_free(profile: *mut voxseal_profile) {
    entry(|| {
        // SAFETY: by this function's contract.
        unsafe { take(profile) };
        Ok(())
    });
}

/// What counts of a User-Agent; `None` for NULL.
///
/// # Safety
/// `string` is NULL or ends with NUL.
unsafe fn start_of<'a>(string: *const c_char) -> Option<&'a [u8]> {
    if string.is_null() {
        return None;
    }
    // SAFETY: not NULL, and it ends with NUL by this function's contract.
    let whole = unsafe { CStr::from_ptr(string) }.to_bytes();
    Some(whole.get(..MAX_USER_AGENT_LEN).unwrap_or(whole))
}
