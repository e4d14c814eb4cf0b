//! The engine through its C ABI, by function pointers: as a program in C reaches it.

use super::packets::OUTBOUND_SSRC;
use super::{Peer, key};
use std::hint::black_box;
use std::ptr;
use voxseal::ffi::*;
use voxseal::suite::CryptoSuite;

type Protect = unsafe extern "C" fn(
    voxseal_session,
    u32,
    *const u8,
    usize,
    *mut u8,
    usize,
    *mut usize,
) -> voxseal_status;
type Unprotect = unsafe extern "C" fn(voxseal_session, u32, *mut u8, *mut usize) -> voxseal_status;

/// One session of ours.
pub struct Ours {
    session: voxseal_session,
    protect: Protect,
    unprotect: Unprotect,
}

impl Ours {
    /// Outbound key for `ssrc`, inbound key for any, as the shim sets them.
    pub fn with_ssrc(suite: CryptoSuite, ssrc: u32) -> Ours {
        let mut session = voxseal_session { id: 0 };
        // SAFETY: NULL stands for the defaults, and the other pointer is to a live variable.
        ok(unsafe { voxseal_session_new(ptr::null(), &raw mut session) });
        apply(session, suite, VOXSEAL_OUTBOUND, ssrc);
        apply(session, suite, VOXSEAL_INBOUND, 0);
        Ours {
            session,
            protect: black_box(voxseal_session_protect as Protect),
            unprotect: black_box(voxseal_session_unprotect as Unprotect),
        }
    }

    pub fn new(suite: CryptoSuite) -> Ours {
        Ours::with_ssrc(suite, OUTBOUND_SSRC)
    }
}

fn apply(session: voxseal_session, suite: CryptoSuite, direction: u32, ssrc: u32) {
    let (key, mut policy) = (key(suite), ptr::null_mut());
    // SAFETY: a pointer to a live variable.
    ok(unsafe { voxseal_policy_new(&raw mut policy) });
    // SAFETY: the policy was just made.
    ok(unsafe { voxseal_policy_set_suite(policy, suite as voxseal_suite) });
    // SAFETY: the policy was just made; the key is as long as is said.
    ok(unsafe { voxseal_policy_set_master_key(policy, key.as_ptr(), key.len(), ptr::null(), 0) });
    // SAFETY: the policy was just made.
    ok(unsafe { voxseal_policy_set_ssrc(policy, direction, ssrc) });
    // SAFETY: the policy was just made.
    ok(unsafe { voxseal_session_apply(session, policy) });
    // SAFETY: made above, and not used any more.
    unsafe { voxseal_policy_free(policy) };
}

impl Drop for Ours {
    fn drop(&mut self) {
        voxseal_session_free(self.session);
    }
}

impl Peer for Ours {
    fn protect(&mut self, plain: &[u8], out: &mut [u8]) -> usize {
        let (mut len, out_size) = (0, out.len());
        // SAFETY: both slices are as long as is said and do not overlap; `len` is a live variable.
        ok(unsafe {
            (self.protect)(
                self.session,
                VOXSEAL_RTP,
                plain.as_ptr(),
                plain.len(),
                out.as_mut_ptr(),
                out_size,
                &raw mut len,
            )
        });
        len
    }

    fn unprotect(&mut self, packet: &mut [u8]) -> usize {
        let mut len = packet.len();
        // SAFETY: the slice is as long as is said; `len` is a live variable.
        ok(unsafe { (self.unprotect)(self.session, VOXSEAL_RTP, packet.as_mut_ptr(), &raw mut len) });
        len
    }
}

fn ok(status: voxseal_status) {
    assert_eq!(status, VOXSEAL_OK);
}
