//! Policies: which key for which direction and SSRC.

use super::pointer::{Out, bytes, give, object, take};
use super::{entry, lock, voxseal_status, voxseal_suite};
use crate::error::Error;
use crate::secret::MasterKey;
use crate::srtp::{Direction, Policy, SsrcRule};
use crate::suite::{CryptoSuite, MAX_KEY_SALT_LEN};
use std::sync::Mutex;
use zeroize::Zeroizing;

/// Media from us to the peer, protected with the local key.
pub const VOXSEAL_OUTBOUND: u32 = 1;
/// Media from the peer to us, opened with the remote key.
pub const VOXSEAL_INBOUND: u32 = 2;

/// A key, its suite, and the direction and SSRC it is for. Setters may come in
/// any order; what they gave is checked as a whole by `voxseal_session_apply`.
pub struct voxseal_policy(Mutex<Draft>);

/// A policy as far as the caller has told it.
#[derive(Default)]
struct Draft {
    suite: Option<CryptoSuite>,
    key_and_salt: Zeroizing<Vec<u8>>,
    rule: Option<(Direction, SsrcRule)>,
}

impl voxseal_policy {
    /// The whole policy, checked.
    pub(super) fn build(&self) -> Result<Policy, Error> {
        let draft = lock(&self.0)?;
        let suite = draft.suite.ok_or(Error::BadState)?;
        let (direction, ssrc) = draft.rule.ok_or(Error::BadState)?;
        let master_key = MasterKey::new(suite, &draft.key_and_salt)?;
        Ok(Policy::new(direction, ssrc, master_key))
    }

    /// Takes the place of all that was set.
    pub(super) fn set(&self, direction: Direction, ssrc: u32, master_key: &MasterKey) -> Result<(), Error> {
        *lock(&self.0)? = Draft {
            suite: Some(master_key.suite()),
            key_and_salt: Zeroizing::new(master_key.key_and_salt().to_vec()),
            rule: Some((direction, rule(ssrc))),
        };
        Ok(())
    }
}

fn rule(ssrc: u32) -> SsrcRule {
    if ssrc == 0 { SsrcRule::Any } else { SsrcRule::Specific(ssrc) }
}

/// Makes an empty policy. The caller owns it and gives it to
/// `voxseal_policy_free`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`.
///
/// # Safety
/// `policy_out` is valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_policy_new(policy_out: *mut *mut voxseal_policy) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(policy_out) }?;
        out.set(give(voxseal_policy(Mutex::default())));
        Ok(())
    })
}

/// Wipes the key and frees the policy; NULL is fine. No other call on this
/// policy may be running or come later.
///
/// # Safety
/// `policy` is NULL or from `voxseal_policy_new` and not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_policy_free(policy: *mut voxseal_policy) {
    entry(|| {
        // SAFETY: by this function's contract.
        unsafe { take(policy) };
        Ok(())
    });
}

/// Sets the crypto-suite. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_UNKNOWN_SUITE`.
///
/// # Safety
/// `policy` is NULL or a live policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_policy_set_suite(
    policy: *mut voxseal_policy,
    suite: voxseal_suite,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let policy = unsafe { object(policy) }?;
        let suite = CryptoSuite::from_number(suite).ok_or(Error::UnknownSuite)?;
        lock(&policy.0)?.suite = Some(suite);
        Ok(())
    })
}

/// Copies master key and master salt in. `salt` may be NULL with length 0 when
/// `key` holds both, one after the other. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_KEY_LENGTH` when longer
/// than any suite's.
///
/// # Safety
/// `policy` is NULL or a live policy; `key` and `salt` are valid for reads of
/// their lengths.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_policy_set_master_key(
    policy: *mut voxseal_policy,
    key: *const u8,
    key_len: usize,
    salt: *const u8,
    salt_len: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let policy = unsafe { object(policy) }?;
        if key.is_null() {
            return Err(Error::NullPointer);
        }
        // SAFETY: by this function's contract.
        let key = unsafe { bytes(key, key_len) }?;
        // SAFETY: by this function's contract.
        let salt = unsafe { bytes(salt, salt_len) }?;
        if key.len().saturating_add(salt.len()) > MAX_KEY_SALT_LEN {
            return Err(Error::KeyLength);
        }
        let mut key_and_salt = Zeroizing::new(Vec::with_capacity(MAX_KEY_SALT_LEN));
        key_and_salt.extend_from_slice(key);
        key_and_salt.extend_from_slice(salt);
        lock(&policy.0)?.key_and_salt = key_and_salt;
        Ok(())
    })
}

/// Sets direction (`VOXSEAL_OUTBOUND` or `VOXSEAL_INBOUND`) and SSRC; SSRC 0
/// stands for any. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT`.
///
/// # Safety
/// `policy` is NULL or a live policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_policy_set_ssrc(
    policy: *mut voxseal_policy,
    direction: u32,
    ssrc: u32,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let policy = unsafe { object(policy) }?;
        let direction = match direction {
            VOXSEAL_OUTBOUND => Direction::Outbound,
            VOXSEAL_INBOUND => Direction::Inbound,
            _ => return Err(Error::BadArgument),
        };
        lock(&policy.0)?.rule = Some((direction, rule(ssrc)));
        Ok(())
    })
}
