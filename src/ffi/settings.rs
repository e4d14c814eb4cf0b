//! Settings: what voxseal.conf says.

use super::pointer::{Out, give, give_text, object, take, text};
use super::{entry, entry_or, lock, voxseal_status};
use crate::error::Error;
use crate::profiles::{Primitives, Profiles, Refused};
use core::ffi::c_char;
use std::sync::{Mutex, OnceLock};

/// What a settings file says, over the shipped profiles. It is filled by
/// `voxseal_settings_set`, and after `voxseal_settings_check` it stays as it is.
#[derive(Default)]
pub struct voxseal_settings {
    draft: Mutex<Draft>,
    checked: OnceLock<Profiles>,
}

#[derive(Default)]
struct Draft {
    profiles: Profiles,
    /// Why the last line or check was refused.
    reason: String,
}

impl Draft {
    fn refuse(&mut self, refused: &Refused) -> Error {
        self.reason = refused.to_string();
        Error::SettingRefused
    }
}

/// Makes settings in which no line was set yet: the defaults and the shipped
/// profiles. The caller owns them and gives them to `voxseal_settings_free`. Any
/// thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`.
///
/// # Safety
/// `settings_out` is valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_settings_new(settings_out: *mut *mut voxseal_settings) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(settings_out) }?;
        out.set(give(voxseal_settings::default()));
        Ok(())
    })
}

/// Frees settings; NULL is fine. Profiles that were found in them stay. No other
/// call on them may be running or come later.
///
/// # Safety
/// `settings` is NULL or from `voxseal_settings_new` and not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_settings_free(settings: *mut voxseal_settings) {
    entry(|| {
        // SAFETY: by this function's contract.
        unsafe { take(settings) };
        Ok(())
    });
}

/// Takes one line of the file, in the file's order: `section` is "general" or the
/// name of a profile, `name = value` the line; docs/settings.md lists the options.
/// Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_STATE` after
/// `voxseal_settings_check`, `VOXSEAL_ERR_POISONED`, `VOXSEAL_ERR_SETTING_REFUSED`:
/// `voxseal_settings_reason` tells why. On each of them nothing changed.
///
/// # Safety
/// `settings` is NULL or live settings; `section`, `name` and `value` are NULL or
/// strings that end with NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_settings_set(
    settings: *mut voxseal_settings,
    section: *const c_char,
    name: *const c_char,
    value: *const c_char,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let settings = unsafe { object(settings) }?;
        // SAFETY: by this function's contract.
        let section = unsafe { text(section) }?;
        // SAFETY: by this function's contract.
        let name = unsafe { text(name) }?;
        // SAFETY: by this function's contract.
        let value = unsafe { text(value) }?;
        let mut draft = lock(&settings.draft)?;
        if settings.checked.get().is_some() {
            return Err(Error::BadState);
        }
        let taken = draft.profiles.set(&section, &name, &value);
        taken.map_err(|refused| draft.refuse(&refused))
    })
}

/// Checks the file as a whole, to be called once after the last line: from then
/// on profiles can be found and lines are no longer taken. Again has no effect.
/// Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`,
/// `VOXSEAL_ERR_SETTING_REFUSED`: `voxseal_settings_reason` tells why and names
/// the section; nothing changed.
///
/// # Safety
/// `settings` is NULL or live settings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_settings_check(settings: *mut voxseal_settings) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let settings = unsafe { object(settings) }?;
        let mut draft = lock(&settings.draft)?;
        if settings.checked.get().is_some() {
            return Ok(());
        }
        draft.profiles.check().map_err(|refused| draft.refuse(&refused))?;
        settings.checked.get_or_init(|| draft.profiles.clone());
        Ok(())
    })
}

/// Writes the sentence that says why a line or the check was last refused, and
/// "" when none ever was. Sizes as in `voxseal_sdes_line`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `settings` is NULL or live settings; `out` is valid for writes of `out_size`
/// bytes, `needed` for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_settings_reason(
    settings: *const voxseal_settings,
    out: *mut c_char,
    out_size: usize,
    needed: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let settings = unsafe { object(settings) }?;
        let draft = lock(&settings.draft)?;
        // SAFETY: by this function's contract.
        unsafe { give_text(&draft.reason, out.cast(), out_size, needed) }
    })
}

/// How many profiles there are, "general" aside: those of the file in its order,
/// then the other shipped ones. NULL stands for the shipped ones alone; 0 before
/// `voxseal_settings_check`. Any thread.
///
/// # Safety
/// `settings` is NULL or live settings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_settings_profile_count(settings: *const voxseal_settings) -> usize {
    entry_or(0, || {
        // SAFETY: by this function's contract.
        unsafe { with_profiles(settings, |profiles| Ok(profiles.names().count())) }
    })
}

/// Writes the name of profile `index`, counted from 0, of those that
/// `voxseal_settings_profile_count` counts. Sizes as in `voxseal_sdes_line`. Any
/// thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER` (not for `settings`),
/// `VOXSEAL_ERR_BUFFER_TOO_SMALL`, `VOXSEAL_ERR_BAD_ARGUMENT` when there is no
/// such profile, `VOXSEAL_ERR_BAD_STATE` before `voxseal_settings_check`.
///
/// # Safety
/// As `voxseal_settings_reason`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_settings_profile_name(
    settings: *const voxseal_settings,
    index: usize,
    out: *mut c_char,
    out_size: usize,
    needed: *mut usize,
) -> voxseal_status {
    entry(|| {
        let give_name = |profiles: &Profiles| {
            let name = profiles.names().nth(index).ok_or(Error::BadArgument)?;
            // SAFETY: by this function's contract.
            unsafe { give_text(name, out.cast(), out_size, needed) }
        };
        // SAFETY: by this function's contract.
        unsafe { with_profiles(settings, give_name) }
    })
}

/// Writes all profiles that `voxseal_settings_profile_count` counts for people to
/// read, with what they are for: lines of less than 80 columns, each ended by a line
/// feed. Sizes as in `voxseal_sdes_line`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER` (not for `settings`),
/// `VOXSEAL_ERR_BUFFER_TOO_SMALL`, `VOXSEAL_ERR_BAD_STATE` before
/// `voxseal_settings_check`.
///
/// # Safety
/// As `voxseal_settings_reason`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_settings_show(
    settings: *const voxseal_settings,
    out: *mut c_char,
    out_size: usize,
    needed: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let shown = unsafe { with_profiles(settings, |profiles| Ok(profiles.show())) }?;
        // SAFETY: by this function's contract.
        unsafe { give_text(&shown, out.cast(), out_size, needed) }
    })
}

/// The name of the provider that `[general] provider` asks for, which is for
/// `voxseal_provider_select`: static, never NULL. That of the default before
/// `voxseal_settings_check`, and when `settings` is NULL. Any thread.
///
/// # Safety
/// `settings` is NULL or live settings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_settings_provider(settings: *const voxseal_settings) -> *const c_char {
    let wanted = entry_or(Primitives::default(), || {
        // SAFETY: by this function's contract.
        unsafe { with_profiles(settings, |profiles| Ok(profiles.primitives())) }
    });
    match wanted {
        Primitives::RustCrypto => c"rustcrypto".as_ptr(),
        Primitives::OpenSsl => c"openssl".as_ptr(),
    }
}

/// Looks something up in settings that were checked; NULL stands for empty ones.
///
/// # Safety
/// `settings` is NULL or live settings.
pub(super) unsafe fn with_profiles<T>(
    settings: *const voxseal_settings,
    look_up: impl FnOnce(&Profiles) -> Result<T, Error>,
) -> Result<T, Error> {
    if settings.is_null() {
        return look_up(&Profiles::new());
    }
    // SAFETY: by this function's contract.
    let settings = unsafe { object(settings) }?;
    look_up(settings.checked.get().ok_or(Error::BadState)?)
}
