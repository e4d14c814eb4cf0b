//! Random bytes.

use super::pointer::bytes_mut;
use super::{entry, fill, voxseal_status};

/// Fills `out` with `out_len` random bytes fit for keys, from the operating
/// system. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_RANDOM` (then nothing in
/// `out` may be used).
///
/// # Safety
/// `out` is valid for writes of `out_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_random_fill(out: *mut u8, out_len: usize) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let out = unsafe { bytes_mut(out, out_len) }?;
        fill(out)
    })
}
