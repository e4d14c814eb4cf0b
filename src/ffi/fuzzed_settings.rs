//! Settings and profiles in the middle of calls of any order: see [`super::fuzzed_calls`].

#![allow(clippy::undocumented_unsafe_blocks, reason = "as a C program calls: see Configuration")]
#![allow(clippy::expect_used, clippy::panic, reason = "a broken promise stops a fuzzer by a panic")]

use super::fuzzed_calls::{UNTOUCHED, at, check};
use super::*;
use crate::fuzzing::Input;
use core::ffi::{CStr, c_char};
use core::mem::size_of;
use core::ptr::{null, null_mut};
use std::ffi::CString;

/// Pointers are NULL or live objects; texts end with NUL, or are NULL.
pub(super) struct Configuration {
    settings: *mut voxseal_settings,
    profiles: [*mut voxseal_profile; 2],
}

impl Drop for Configuration {
    fn drop(&mut self) {
        self.profiles.iter().for_each(|profile| unsafe { voxseal_profile_free(*profile) });
        unsafe { voxseal_settings_free(self.settings) };
    }
}

/// Names that mean something, so that a fuzzer need not find them.
const SECTIONS: [&str; 5] = ["general", "office", "aastra", "Branch", "tls"];
const NAMES: [&str; 10] = [
    "suites",
    "accept",
    "lifetime",
    "soft_limit",
    "mki_length",
    "keys",
    "like",
    "user_agent",
    "rtp_window",
    "allow",
];
const VALUES: [&str; 10] =
    ["default", "all", "2^20", "50%", "4", "2", "aastra", "Phone */?", "64", "UNENCRYPTED_SRTP"];

impl Configuration {
    pub(super) fn new() -> Configuration {
        Configuration { settings: null_mut(), profiles: [null_mut(); 2] }
    }

    pub(super) fn call(&mut self, input: &mut Input<'_>) {
        match input.byte() % 8 {
            0 => self.make_or_free_settings(),
            1 | 2 => self.set(input),
            3 => self.check_and_show(input),
            4 => self.find_or_free_a_profile(input),
            5 | 6 => self.change_a_profile(input),
            _ => self.look_at_a_profile(input),
        }
    }

    /// The profile of this choice, for whoever negotiates; it may be NULL.
    pub(super) fn profile(&self, choice: u8) -> *mut voxseal_profile {
        at(&self.profiles, choice)
    }

    fn make_or_free_settings(&mut self) {
        if self.settings.is_null() {
            assert!(check(unsafe { voxseal_settings_new(&mut self.settings) }));
        } else {
            unsafe { voxseal_settings_free(self.settings) };
            self.settings = null_mut();
        }
    }

    fn set(&mut self, input: &mut Input<'_>) {
        let [section, name, value] = [&SECTIONS[..], &NAMES, &VALUES].map(|known| text(input, known));
        let status = unsafe {
            voxseal_settings_set(self.settings, or_null(&section), or_null(&name), or_null(&value))
        };
        if status == VOXSEAL_ERR_SETTING_REFUSED {
            let settings = self.settings;
            assert!(read(64, |out, size, needed| unsafe {
                voxseal_settings_reason(settings, out, size, needed)
            }));
        }
        check(status);
    }

    fn check_and_show(&mut self, input: &mut Input<'_>) {
        let (settings, size) = (self.settings, usize::from(input.byte()));
        check(unsafe { voxseal_settings_check(settings) });
        read(size, |out, size, needed| unsafe { voxseal_settings_show(settings, out, size, needed) });
        let count = unsafe { voxseal_settings_profile_count(settings) };
        for index in [0, count / 2, count] {
            let found = read(size, |out, size, needed| unsafe {
                voxseal_settings_profile_name(settings, index, out, size, needed)
            });
            assert!(!found || index < count);
        }
    }

    fn find_or_free_a_profile(&mut self, input: &mut Input<'_>) {
        let place = usize::from(input.byte()) % self.profiles.len();
        let (name, agent) = (text(input, &SECTIONS), text(input, &["Phone x/1", "Aastra 57i/3"]));
        let Some(profile) = self.profiles.get_mut(place) else { return };
        unsafe { voxseal_profile_free(*profile) };
        *profile = null_mut();
        check(unsafe { voxseal_profile_find(self.settings, or_null(&name), or_null(&agent), profile) });
    }

    fn change_a_profile(&mut self, input: &mut Input<'_>) {
        let profile = at(&self.profiles, input.byte());
        let (name, value) = (text(input, &NAMES), text(input, &VALUES));
        let size = usize::from(input.byte() % 80);
        let mut reason = vec![0xee_u8; size];
        let out = reason.as_mut_ptr().cast();
        let status = match input.byte() % 2 {
            0 => unsafe { voxseal_profile_set(profile, or_null(&name), or_null(&value), out, size) },
            _ => unsafe { voxseal_profile_set_variable(profile, or_null(&name), or_null(&value), out, size) },
        };
        if status == VOXSEAL_ERR_SETTING_REFUSED && size > 0 {
            CStr::from_bytes_until_nul(&reason).expect("a reason ends with NUL");
        }
        check(status);
    }

    fn look_at_a_profile(&mut self, input: &mut Input<'_>) {
        let (profile, size) = (at(&self.profiles, input.byte()), usize::from(input.byte()));
        read(size, |out, size, needed| unsafe { voxseal_profile_name(profile, out, size, needed) });
        read(size, |out, size, needed| unsafe { voxseal_profile_show(profile, out, size, needed) });
        let mut config: voxseal_session_config = unsafe { core::mem::zeroed() };
        config.struct_size = size_of::<voxseal_session_config>();
        let mut session = voxseal_session { id: 0 };
        if check(unsafe { voxseal_profile_session_config(profile, &mut config) }) {
            // Whatever a profile says can be followed.
            assert!(check(unsafe { voxseal_session_new(&config, &mut session) }));
            assert!(check(voxseal_session_free(session)));
        }
    }
}

/// One of the known words, any bytes, or NULL.
fn text(input: &mut Input<'_>, known: &[&str]) -> Option<CString> {
    let choice = input.byte();
    match choice >> 6 {
        0 => None,
        1 | 2 => known.get(usize::from(choice) % known.len()).and_then(|word| CString::new(*word).ok()),
        _ => CString::new(input.bytes(usize::from(choice & 0x3f))).ok(),
    }
}

fn or_null(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(null(), |text| text.as_ptr())
}

/// Reads a text into a buffer of this size; whether it fitted. If not, nothing is written.
fn read(size: usize, give: impl Fn(*mut c_char, usize, *mut usize) -> voxseal_status) -> bool {
    let (mut out, mut needed) = (vec![0xee_u8; size], UNTOUCHED);
    let status = give(out.as_mut_ptr().cast(), size, &mut needed);
    if check(status) {
        let written = CStr::from_bytes_until_nul(&out).expect("a text ends with NUL");
        assert!(written.count_bytes() + 1 == needed);
        return true;
    }
    assert!(out.iter().all(|byte| *byte == 0xee));
    // With the room that was asked for it fits.
    if status == VOXSEAL_ERR_BUFFER_TOO_SMALL {
        assert!(needed > size && needed != UNTOUCHED);
        return read(needed, give);
    }
    false
}
