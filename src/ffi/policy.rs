//! Policies: which key for which direction and SSRC.

use super::pointer::{Out, bytes, give, object, read_struct, take};
use super::policy_draft::{Draft, DraftKey, read_kdr, read_unencrypted, rule};
use super::{entry, lock, voxseal_status, voxseal_suite};
use crate::error::Error;
use crate::srtp::{Direction, Lifetime, MAX_MKI_LEN, MAX_POLICY_KEYS};
use crate::suite::{CryptoSuite, MAX_SRTCP_LIFETIME, MAX_SRTP_LIFETIME};
use std::sync::Mutex;

/// Media from us to the peer, protected with the local key.
pub const VOXSEAL_OUTBOUND: u32 = 1;
/// Media from the peer to us, opened with the remote key.
pub const VOXSEAL_INBOUND: u32 = 2;

/// SRTP payloads are authenticated but not encrypted (RFC 4568 §6.3.2).
pub const VOXSEAL_UNENCRYPTED_SRTP: u32 = 1;
/// SRTCP is authenticated but not encrypted.
pub const VOXSEAL_UNENCRYPTED_SRTCP: u32 = 2;

/// Keys, their suite, and the direction and SSRC they are for. Setters may come
/// in any order; what they gave is checked as a whole by `voxseal_session_apply`.
pub struct voxseal_policy(pub(super) Mutex<Draft>);

/// One of several master keys of a policy. Set `struct_size` to `sizeof` of this
/// struct and all that is not used to 0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_master_key {
    /// `sizeof(voxseal_master_key)`, set by the caller.
    pub struct_size: usize,
    /// The master key, or master key and salt one after the other.
    pub key: *const u8,
    /// Bytes at `key`.
    pub key_len: usize,
    /// The master salt; NULL when it follows the key.
    pub salt: *const u8,
    /// Bytes at `salt`.
    pub salt_len: usize,
    /// The MKI that packets under this key carry (RFC 3711 §3.1); NULL for none.
    pub mki: *const u8,
    /// Bytes at `mki`, at most 128.
    pub mki_len: usize,
    /// SRTP packets that the key may protect; 0 = 2^48 (RFC 3711 §9.2).
    pub srtp_lifetime: u64,
    /// SRTCP packets that the key may protect; 0 = 2^31.
    pub srtcp_lifetime: u64,
    /// `n` of KDR: session keys are derived anew every 2^n packets, 1 to 24; 0 =
    /// never (RFC 3711 §4.3.1, RFC 4568 §6.3.1).
    pub kdr: u32,
    /// `VOXSEAL_UNENCRYPTED_SRTP`, `VOXSEAL_UNENCRYPTED_SRTCP` or both, added: what
    /// is authenticated only, and readable for all on the way; 0 = nothing.
    pub unencrypted: u32,
}

pub(super) fn read_direction(direction: u32) -> Result<Direction, Error> {
    match direction {
        VOXSEAL_OUTBOUND => Ok(Direction::Outbound),
        VOXSEAL_INBOUND => Ok(Direction::Inbound),
        _ => Err(Error::BadArgument),
    }
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

/// Copies the only master key and master salt in. `salt` may be NULL with length 0 when
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
        let key = DraftKey::new(key, salt)?;
        lock(&policy.0)?.keys = vec![key];
        Ok(())
    })
}

/// Copies one more master key in, with its MKI and lifetimes. Several keys need
/// MKIs of one length (RFC 4568 §6.1); outbound packets use the first until
/// `voxseal_session_select_mki`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
/// `VOXSEAL_ERR_KEY_LENGTH` when longer than any suite's,
/// `VOXSEAL_ERR_BAD_ARGUMENT` for an MKI that is too long, a lifetime above the
/// maximum, a `kdr` above 24, other bits in `unencrypted`, or more than 16 keys.
///
/// # Safety
/// `policy` is NULL or a live policy; `key` is valid for reads of its
/// `struct_size`, and its pointers for reads of their lengths.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_policy_add_key(
    policy: *mut voxseal_policy,
    key: *const voxseal_master_key,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let policy = unsafe { object(policy) }?;
        // SAFETY: by this function's contract.
        let key = unsafe { read_struct(key) }?;
        if key.key.is_null() {
            return Err(Error::NullPointer);
        }
        // SAFETY: by this function's contract.
        let master_key = unsafe { bytes(key.key, key.key_len) }?;
        // SAFETY: by this function's contract.
        let salt = unsafe { bytes(key.salt, key.salt_len) }?;
        // SAFETY: by this function's contract.
        let mki = unsafe { bytes(key.mki, key.mki_len) }?;
        let or = |value, default| if value == 0 { default } else { value };
        let lifetime = Lifetime {
            srtp: or(key.srtp_lifetime, MAX_SRTP_LIFETIME),
            srtcp: or(key.srtcp_lifetime, MAX_SRTCP_LIFETIME),
        };
        let too_long = lifetime.srtp > MAX_SRTP_LIFETIME || lifetime.srtcp > MAX_SRTCP_LIFETIME;
        let (derivation_rate, encryption) = (read_kdr(key.kdr)?, read_unencrypted(key.unencrypted)?);
        let mut draft = lock(&policy.0)?;
        if too_long || mki.len() > MAX_MKI_LEN || draft.keys.len() >= MAX_POLICY_KEYS {
            return Err(Error::BadArgument);
        }
        let key = DraftKey::new(master_key, salt)?;
        draft.keys.push(DraftKey { mki: mki.into(), lifetime, derivation_rate, encryption, ..key });
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
        let direction = read_direction(direction)?;
        lock(&policy.0)?.rule = Some((direction, rule(ssrc)));
        Ok(())
    })
}
