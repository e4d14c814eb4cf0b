//! Negotiations in the middle of calls of any order: see [`super::fuzzed_calls`].

#![allow(clippy::undocumented_unsafe_blocks, reason = "as a C program calls: see Objects")]
#![allow(clippy::expect_used, reason = "a broken promise stops a fuzzer by a panic")]

use super::fuzzed_calls::{Objects, UNTOUCHED, at, check};
use super::*;
use crate::fuzzing::Input;
use core::ffi::CStr;
use core::ptr::null_mut;

impl Objects {
    pub(super) fn make_or_free_a_negotiation(&mut self, input: &mut Input<'_>) {
        let place = usize::from(input.byte()) % self.negotiations.len();
        let Some(sdes) = self.negotiations.get_mut(place) else { return };
        if sdes.is_null() {
            assert!(check(unsafe { voxseal_sdes_new(sdes) }));
        } else {
            unsafe { voxseal_sdes_free(*sdes) };
            *sdes = null_mut();
        }
    }

    pub(super) fn negotiate(&mut self, input: &mut Input<'_>) {
        let choice = input.byte();
        let (ours, theirs) = (at(&self.negotiations, choice), at(&self.negotiations, choice.wrapping_add(1)));
        match choice >> 4 & 7 {
            0 => {
                let suites = [u16::from(input.byte() % 10), u16::from(input.byte() % 10)];
                check(unsafe { voxseal_sdes_offer(ours, suites.as_ptr(), usize::from(choice >> 7) + 1) });
            }
            1 => process(ours, input.bytes(usize::from(choice) * 2)),
            2 | 3 => {
                let (mut line, mut needed) = (vec![0u8; 300], 0);
                let index = usize::from(choice >> 7);
                if check(unsafe {
                    voxseal_sdes_line(theirs, index, line.as_mut_ptr().cast(), 300, &mut needed)
                }) {
                    line.truncate(needed - 1);
                    process(ours, &line);
                }
            }
            4 | 5 => {
                let (local, remote) = (at(&self.policies, input.byte()), at(&self.policies, input.byte()));
                check(unsafe { voxseal_sdes_policies(ours, u32::from(choice & 3), local, remote) });
            }
            6 if choice & 8 != 0 && choice & 4 != 0 => {
                let profile = self.configuration.profile(choice >> 1);
                check(unsafe { voxseal_sdes_use_profile(ours, profile) });
            }
            6 if choice & 8 != 0 => _ = check(unsafe { voxseal_sdes_rekey(ours) }),
            6 => _ = check(unsafe { voxseal_sdes_commit(ours) }),
            _ => _ = check(unsafe { voxseal_sdes_discard(ours) }),
        }
    }

    /// Texts go to buffers of any size, or the size is told and nothing written.
    pub(super) fn read_lines(&mut self, input: &mut Input<'_>) {
        let (sdes, size) = (at(&self.negotiations, input.byte()), usize::from(input.byte()));
        let lines = unsafe { voxseal_sdes_line_count(sdes) };
        assert!(lines <= 8 && unsafe { voxseal_sdes_suite(sdes) } <= 8);
        for index in 0..unsafe { voxseal_sdes_verdict_count(sdes) } {
            let (mut text, mut needed) = ([0u8; 4096], UNTOUCHED);
            let out = text.as_mut_ptr().cast();
            assert!(check(unsafe { voxseal_sdes_verdict(sdes, index, out, text.len(), &mut needed) }));
        }
        for index in 0..=lines + 1 {
            let (mut text, mut needed) = (vec![0xee_u8; size], UNTOUCHED);
            let out = text.as_mut_ptr().cast();
            let status = match index.checked_sub(1) {
                None => unsafe { voxseal_sdes_reason(sdes, out, size, &mut needed) },
                Some(index) => unsafe { voxseal_sdes_line(sdes, index, out, size, &mut needed) },
            };
            if check(status) {
                let written = CStr::from_bytes_until_nul(&text).expect("a text ends with NUL");
                assert!(written.count_bytes() + 1 == needed);
            } else {
                assert!(text.iter().all(|byte| *byte == 0xee));
            }
        }
    }
}

fn process(sdes: *mut voxseal_sdes, line: &[u8]) {
    let mut outcome = 4711;
    let taken = check(unsafe { voxseal_sdes_process(sdes, line.as_ptr().cast(), line.len(), &mut outcome) });
    assert!(if taken { outcome <= VOXSEAL_SDES_PENDING } else { outcome == 4711 });
}
