//! SDES: keys that were negotiated, and whether they are in use.

use super::pointer::object;
use super::{entry, lock, voxseal_policy, voxseal_sdes, voxseal_status};
use crate::error::Error;
use crate::srtp::Direction;
use crate::suite::MAX_SRTP_LIFETIME;

/// Fills both policies from the pending keys, else from the agreed ones (for a
/// session that was made anew): the local one outbound for `local_ssrc` (0 =
/// any), the remote ones inbound for any SSRC, with their MKIs and lifetimes, what
/// is not encrypted, and the remote ones with the peer's KDR. What the policies
/// held before is replaced. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_STATE` when nothing is
/// pending or agreed, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `sdes` is NULL or a live negotiation; `local` and `remote` are NULL or live
/// policies.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_policies(
    sdes: *const voxseal_sdes,
    local_ssrc: u32,
    local: *mut voxseal_policy,
    remote: *mut voxseal_policy,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        // SAFETY: by this function's contract.
        let local = unsafe { object(local) }?;
        // SAFETY: by this function's contract.
        let remote = unsafe { object(remote) }?;
        let sdes = lock(&sdes.0)?;
        let selection = sdes.latest().ok_or(Error::BadState)?;
        local.set(Direction::Outbound, local_ssrc, selection, sdes.own_limit())?;
        remote.set(Direction::Inbound, 0, selection, MAX_SRTP_LIFETIME)
    })
}

/// Says that the pending keys are active; they are the agreed ones from now on.
/// Without pending keys the agreed ones stay. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_STATE` when nothing is
/// pending or agreed, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `sdes` is NULL or a live negotiation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_commit(sdes: *mut voxseal_sdes) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        let mut sdes = lock(&sdes.0)?;
        sdes.latest().ok_or(Error::BadState)?;
        sdes.negotiation.commit();
        Ok(())
    })
}

/// Drops the pending keys: they could not be activated. What was agreed before
/// stands. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `sdes` is NULL or a live negotiation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_sdes_discard(sdes: *mut voxseal_sdes) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let sdes = unsafe { object(sdes) }?;
        lock(&sdes.0)?.negotiation.discard();
        Ok(())
    })
}
