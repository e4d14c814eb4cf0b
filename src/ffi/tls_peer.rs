//! Whom the certificates of clients identify.

use super::pointer::{Out, bytes, bytes_mut, elements, give, object, take, text, write_cut};
use super::tls_facts::read_facts;
use super::tls_policy::{voxseal_tls_facts, voxseal_tls_policy};
use super::{entry, lock, voxseal_status};
use crate::error::Error;
use crate::tls::{Claim, Peer};
use core::ffi::c_char;
use std::borrow::Cow;

/// Who a peer has proved to be. It never changes.
pub struct voxseal_tls_peer(Peer);

/// Somebody who is identified by certificates.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_tls_claim {
    /// Who it is, for sentences.
    pub holder: *const c_char,
    /// Names and SHA-256 fingerprints of the certificates, separated by commas; docs/tls.md.
    pub certificates: *const c_char,
}

/// Makes an object of a peer that connected, and of what it has proved. `peer_out` gets it, or NULL when
/// the certificate proves nothing: the peer showed none or is no client, or
/// `voxseal_tls_decide` would do anything but accept it without a warning, or `verify`
/// is `none`. `fingerprint` is the certificate's SHA-256, 32 bytes. The caller owns the peer
/// and gives it to `voxseal_tls_peer_free`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
/// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `policy` is NULL or a live policy; `facts` is as for `voxseal_tls_decide`;
/// `fingerprint` is valid for reads of `fingerprint_len` bytes; `peer_out` is valid
/// for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_peer_new(
    policy: *const voxseal_tls_policy,
    facts: *const voxseal_tls_facts,
    fingerprint: *const u8,
    fingerprint_len: usize,
    peer_out: *mut *mut voxseal_tls_peer,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let policy = unsafe { object(policy) }?;
        // SAFETY: by this function's contract.
        let facts = unsafe { read_facts(facts) }?;
        // SAFETY: by this function's contract.
        let fingerprint = unsafe { bytes(fingerprint, fingerprint_len) }?;
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(peer_out) }?;
        let peer = Peer::of(&*lock(&policy.0)?, &facts, fingerprint);
        out.set(peer.map_or(core::ptr::null_mut(), |peer| give(voxseal_tls_peer(peer))));
        Ok(())
    })
}

/// Finds the one of these claims that the peer fits at the time `now`, in seconds since
/// 1970. `place_out` gets its place, or `claim_count` when there is none, or more than
/// one. `reason` gets what an administrator should know, or an empty text: that two claim
/// the same, or that a claim cannot be read; it is cut to `reason_size` with its NUL, or
/// NULL with size 0. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT` (impossibly many).
///
/// # Safety
/// `peer` is NULL or a live peer; `claims` is NULL with `claim_count` 0, or valid for
/// reads of so many, whose fields are NULL or strings that end with NUL; `place_out` is valid
/// for a write, `reason` for writes of `reason_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_peer_find(
    peer: *const voxseal_tls_peer,
    claims: *const voxseal_tls_claim,
    claim_count: usize,
    now: i64,
    place_out: *mut usize,
    reason: *mut c_char,
    reason_size: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let peer = unsafe { object(peer) }?;
        // SAFETY: by this function's contract.
        let place_out = unsafe { Out::new(place_out) }?;
        // SAFETY: by this function's contract.
        let reason = unsafe { bytes_mut(reason.cast(), reason_size) }?;
        // SAFETY: by this function's contract.
        let texts = unsafe { read_claims(claims, claim_count) }?;
        let claims: Vec<Claim<'_>> =
            texts.iter().map(|(holder, certificates)| Claim { holder, certificates }).collect();
        let found = peer.0.find(&claims, now);
        write_cut(found.reason.as_deref().unwrap_or_default(), reason);
        place_out.set(found.place.unwrap_or(claim_count));
        Ok(())
    })
}

/// Frees a peer; NULL is fine. No other call on it may be running or come later.
///
/// # Safety
/// `peer` is NULL or from `voxseal_tls_peer_new` and not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_tls_peer_free(peer: *mut voxseal_tls_peer) {
    entry(|| {
        // SAFETY: by this function's contract.
        unsafe { take(peer) };
        Ok(())
    });
}

type Texts<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// # Safety
/// As `claims` of [`voxseal_tls_peer_find`].
unsafe fn read_claims<'a>(claims: *const voxseal_tls_claim, count: usize) -> Result<Texts<'a>, Error> {
    // SAFETY: by this function's contract.
    let claims = unsafe { elements(claims, count) }?.iter().map(|claim| {
        // SAFETY: by this function's contract.
        let holder = unsafe { text(claim.holder) }?;
        // SAFETY: by this function's contract.
        let certificates = unsafe { text(claim.certificates) }?;
        Ok((holder, certificates))
    });
    claims.collect()
}
