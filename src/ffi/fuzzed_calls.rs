//! The C ABI as a whole: calls in any order, on objects that may not be there.

#![allow(clippy::undocumented_unsafe_blocks, reason = "as a C program calls: see Objects")]
#![allow(clippy::expect_used, clippy::panic, reason = "a broken promise stops a fuzzer by a panic")]

use super::fuzzed_settings::Configuration;
use super::*;
use crate::error::Error;
use crate::fuzzing::{Input, key_bytes};
use core::ffi::CStr;
use core::mem::size_of;
use core::ptr::{null, null_mut};

/// The bytes are calls of the C ABI with their arguments.
pub fn abi_calls(data: &[u8]) {
    let mut input = Input(data);
    let mut objects = Objects::new();
    while !input.is_empty() {
        match input.byte() % 26 {
            0..3 => objects.make_or_free_a_session(&mut input),
            3 | 4 => objects.make_or_free_a_policy(&mut input),
            5..8 => objects.set_policy(&mut input),
            8 => objects.add_key(&mut input),
            9..12 => objects.apply(&mut input),
            12..15 => objects.protect(&mut input),
            15..18 => objects.unprotect(&mut input),
            18 => objects.look_at_a_session(&mut input),
            19 => objects.make_or_free_a_negotiation(&mut input),
            20 | 21 => objects.negotiate(&mut input),
            22 => objects.read_lines(&mut input),
            24 | 25 => objects.configuration.call(&mut input),
            _ => ask_for_names(&mut input),
        }
    }
}

pub(super) const UNTOUCHED: usize = 4711;

/// What the calls are made on. Every pointer given to C is either NULL, a live
/// object of these, or a local of the right type and length: that is what all
/// the `unsafe` blocks of this file rest on. Sessions may well be freed ones.
pub(super) struct Objects {
    sessions: [voxseal_session; 4],
    pub policies: [*mut voxseal_policy; 3],
    pub negotiations: [*mut voxseal_sdes; 2],
    pub configuration: Configuration,
    /// The latest protected packet.
    wire: Vec<u8>,
}

impl Drop for Objects {
    fn drop(&mut self) {
        for session in self.sessions {
            voxseal_session_free(session);
        }
        self.policies.iter().for_each(|policy| unsafe { voxseal_policy_free(*policy) });
        self.negotiations.iter().for_each(|sdes| unsafe { voxseal_sdes_free(*sdes) });
    }
}

/// Whether the call succeeded. A status is one of those documented, and never
/// the one that stands for a fault of ours.
pub(super) fn check(status: voxseal_status) -> bool {
    let known = status == VOXSEAL_OK || Error::from_number(status).is_some();
    assert!(known && status != VOXSEAL_ERR_POISONED, "status {status}");
    status == VOXSEAL_OK
}

pub(super) fn at<T: Copy, const N: usize>(all: &[T; N], choice: u8) -> T {
    const { assert!(N > 0, "there is something to choose from") };
    // In range: `N` is not 0, as the compiler has seen.
    *all.get(usize::from(choice) % N).expect("less than N")
}

impl Objects {
    fn new() -> Objects {
        let sessions = [voxseal_session { id: 0 }; 4];
        let (policies, negotiations) = ([null_mut(); 3], [null_mut(); 2]);
        Objects { sessions, policies, negotiations, configuration: Configuration::new(), wire: Vec::new() }
    }

    fn make_or_free_a_session(&mut self, input: &mut Input<'_>) {
        let (choice, settings) = (input.byte(), input.byte());
        let place = usize::from(choice) % self.sessions.len();
        let Some(session) = self.sessions.get_mut(place) else { return };
        if choice & 0x80 != 0 {
            let freed = check(voxseal_session_free(*session));
            assert!(!check(voxseal_session_free(*session)), "freed twice, the first time {freed}");
            return;
        }
        voxseal_session_free(*session);
        let windows = [0, 64, 1024, 32_768, 63, u32::MAX];
        let mut config: voxseal_session_config = unsafe { core::mem::zeroed() };
        config.struct_size = if settings & 0x80 == 0 { size_of::<voxseal_session_config>() } else { 8 };
        config.rtp_window = at(&windows, settings & 7);
        config.rtcp_window = at(&windows, settings >> 3 & 7);
        config.answer_short_srtcp_tags = u32::from(choice >> 4 & 3);
        (config.overlap_packets, config.overlap_millis) = (choice.into(), settings.into());
        let config = if settings & 0x40 == 0 { null() } else { &raw const config };
        if !check(unsafe { voxseal_session_new(config, session) }) {
            *session = voxseal_session { id: input.byte().into() };
        }
    }

    fn make_or_free_a_policy(&mut self, input: &mut Input<'_>) {
        let place = usize::from(input.byte()) % self.policies.len();
        let Some(policy) = self.policies.get_mut(place) else { return };
        if policy.is_null() {
            assert!(check(unsafe { voxseal_policy_new(policy) }));
        } else {
            unsafe { voxseal_policy_free(*policy) };
            *policy = null_mut();
        }
    }

    fn set_policy(&mut self, input: &mut Input<'_>) {
        let (policy, what) = (at(&self.policies, input.byte()), input.byte());
        let (key, salt) = (usize::from(input.byte()) % 50, usize::from(input.byte()) % 50);
        let ssrc = u32::from(input.byte() & 3);
        if what & 1 != 0 {
            check(unsafe { voxseal_policy_set_suite(policy, what as voxseal_suite >> 4) });
        }
        if what & 2 != 0 {
            check(unsafe { voxseal_policy_set_ssrc(policy, u32::from(what >> 2 & 3), ssrc) });
        }
        let key = key_bytes(ssrc as u8, if what & 4 != 0 { 46 } else { key });
        let salt = key_bytes(7, salt);
        check(unsafe {
            voxseal_policy_set_master_key(policy, key.as_ptr(), key.len(), salt.as_ptr(), salt.len())
        });
    }

    /// A policy that is whole, more often than chance makes one.
    fn add_key(&mut self, input: &mut Input<'_>) {
        let (policy, suite, number) = (at(&self.policies, input.byte()), input.byte() & 7, input.byte());
        let suite = voxseal_suite::from(suite) + 1;
        let len = crate::suite::CryptoSuite::from_number(suite).map_or(0, |suite| suite.key_salt_len());
        let (key, mki) = (key_bytes(number, len), input.bytes(usize::from(number >> 5)));
        let lifetimes = [0, 1, 3, 1 << 31, 1 << 48, u64::MAX];
        let key = voxseal_master_key {
            struct_size: size_of::<voxseal_master_key>(),
            key: key.as_ptr(),
            key_len: key.len(),
            salt: null(),
            salt_len: 0,
            mki: mki.as_ptr(),
            mki_len: mki.len(),
            srtp_lifetime: at(&lifetimes, input.byte()),
            srtcp_lifetime: at(&lifetimes, input.byte()),
            kdr: u32::from(input.byte() % 32),
            unencrypted: u32::from(input.byte() % 5),
        };
        check(unsafe { voxseal_policy_set_suite(policy, suite) });
        check(unsafe { voxseal_policy_set_ssrc(policy, 1 + u32::from(number & 1), 0) });
        check(unsafe { voxseal_policy_add_key(policy, &key) });
    }

    fn apply(&mut self, input: &mut Input<'_>) {
        let (session, policy) = (at(&self.sessions, input.byte()), at(&self.policies, input.byte()));
        check(unsafe { voxseal_session_apply(session, policy) });
    }

    fn protect(&mut self, input: &mut Input<'_>) {
        let (session, kind, size) = (at(&self.sessions, input.byte()), input.byte(), input.word());
        let len = usize::from(input.byte());
        let mut packet = vec![0x80, kind, 0, input.byte(), 0, 0, 0, 1, 0, 0, 0, input.byte() & 3];
        packet.extend_from_slice(input.bytes(len));
        if kind & 0x80 != 0 {
            packet.truncate(len % 16);
        }
        let size =
            if kind & 0x40 == 0 { packet.len() + VOXSEAL_MAX_TRAILER_LEN } else { usize::from(size) % 300 };
        let (mut out, mut out_len) = (vec![0xee; size], UNTOUCHED);
        let kind = u32::from(kind & 3);
        let protected = check(unsafe {
            let (packet, out, len) = (packet.as_ptr(), out.as_mut_ptr(), packet.len());
            voxseal_session_protect(session, kind, packet, len, out, size, &mut out_len)
        });
        if protected {
            assert!(
                packet.len() < out_len
                    && out_len <= size
                    && out_len <= packet.len() + VOXSEAL_MAX_TRAILER_LEN
            );
            out.truncate(out_len);
            self.wire = out;
        } else {
            assert!(out_len == UNTOUCHED && out.iter().all(|byte| *byte == 0 || *byte == 0xee));
        }
    }

    fn unprotect(&mut self, input: &mut Input<'_>) {
        let (session, kind, damage) = (at(&self.sessions, input.byte()), input.byte(), input.byte());
        let mut packet = self.wire.clone();
        match kind >> 6 {
            0 => packet = input.bytes(usize::from(damage)).to_vec(),
            1 => packet.truncate(usize::from(damage)),
            2 => packet.iter_mut().skip(damage.into()).take(1).for_each(|byte| *byte ^= 1),
            _ => {}
        }
        // As long as it is: a byte too far is seen by the sanitizer.
        let mut packet = packet.into_boxed_slice();
        let (before, mut len) = (packet.clone(), packet.len());
        let opened = check(unsafe {
            voxseal_session_unprotect(session, u32::from(kind & 3), packet.as_mut_ptr(), &mut len)
        });
        assert!(if opened { len < before.len() } else { len == before.len() && packet == before });
    }

    fn look_at_a_session(&mut self, input: &mut Input<'_>) {
        let (session, choice) = (at(&self.sessions, input.byte()), input.byte());
        let mut stats: voxseal_session_stats = unsafe { core::mem::zeroed() };
        stats.struct_size = if choice & 1 == 0 { size_of::<voxseal_session_stats>() } else { 8 };
        check(unsafe { voxseal_session_stats_read(session, &mut stats) });
        check(unsafe { voxseal_session_srtcp_stats(session, &mut stats) });
        let mut info: voxseal_key_info = unsafe { core::mem::zeroed() };
        info.struct_size = if choice & 2 == 0 { size_of::<voxseal_key_info>() } else { 8 };
        let direction = u32::from(choice >> 2 & 3);
        if choice & 0x10 != 0 {
            check(voxseal_session_select_next_key(session));
        }
        if check(unsafe { voxseal_session_key(session, direction, &mut info) }) {
            check(unsafe { voxseal_session_select_mki(session, info.mki.as_ptr(), info.mki_len) });
        }
        let (mut infos, mut count) = (Vec::with_capacity(usize::from(choice >> 6)), UNTOUCHED);
        let capacity = infos.capacity();
        infos.resize(capacity, unsafe { core::mem::zeroed::<voxseal_stream_info>() });
        let listed = check(unsafe {
            voxseal_session_streams(session, direction, infos.as_mut_ptr(), capacity, &mut count)
        });
        assert!(listed != (count == UNTOUCHED));
        check(voxseal_session_rename_ssrc(session, u32::from(choice & 3), u32::from(choice >> 2 & 3)));
    }
}

fn ask_for_names(input: &mut Input<'_>) {
    let number = input.word();
    let name = voxseal_suite_name(number);
    assert!(!voxseal_status_str(i32::from(number)).is_null());
    let mut found = 0;
    if !name.is_null() {
        let len = unsafe { CStr::from_ptr(name) }.count_bytes();
        assert!(check(unsafe { voxseal_suite_find(name, len, &mut found) }) && found == number);
    }
    let text = input.bytes(usize::from(number >> 8));
    check(unsafe { voxseal_suite_find(text.as_ptr().cast(), text.len(), &mut found) });
}
