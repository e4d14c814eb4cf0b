//! Sessions, one for each RTP instance: made, freed, and given keys.

use super::pointer::{Out, bytes, object, read_struct};
use super::{entry, voxseal_policy, voxseal_status};
use crate::error::Error;
use crate::secret::leaving_no_trace;
use crate::srtp::{Millis, Overlap, SessionConfig, SessionId, SessionTable, SoftLimit, soft_limits_reached};
use std::sync::OnceLock;
use std::time::Instant;

/// Every session of the process.
pub(super) static SESSIONS: SessionTable = SessionTable::new();

/// Names a session: a number, not a pointer, so it cannot dangle. The number of
/// a freed session is recognised and refused; 0 never names one.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_session {
    /// Opaque; non-zero for a session.
    pub id: u64,
}

impl voxseal_session {
    pub(super) fn id(self) -> SessionId {
        SessionId(self.id)
    }
}

/// Settings of a session. Set `struct_size` to `sizeof` of this struct and all
/// else to 0 for the defaults.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_session_config {
    /// `sizeof(voxseal_session_config)`, set by the caller.
    pub struct_size: usize,
    /// SRTP replay window in packets, 64 to 32768; 0 = 1024. The peer's WSH
    /// (`window_hint` of `voxseal_agreement`) goes here if it is larger than what
    /// would be set without it, 32768 at most: make the session once the line was
    /// taken, as a window holds for the session's whole life. It is a hint and may
    /// be left out (RFC 4568 §6.3.6).
    pub rtp_window: u32,
    /// SRTCP replay window in packets, 64 to 32768; 0 = 128.
    pub rtcp_window: u32,
    /// Packets received under a new key, or with a new tag length of the same key,
    /// until the one before it is dropped; 0 = 1024. Whichever of this and
    /// `overlap_millis` is reached first counts.
    pub overlap_packets: u32,
    /// Milliseconds until a replaced inbound key or tag length is dropped; 0 =
    /// 30000.
    pub overlap_millis: u32,
    /// Not 0: SRTCP gets 32-bit tags once the peer was seen to send such with a
    /// `_32` suite. 0: always the 80 bits of RFC 4568 §6.2.2.
    pub answer_short_srtcp_tags: u32,
    /// How much of a key's lifetime may be used until `soft_limit_reached` asks for
    /// another key, in thousandths, 1 to 990; 0 = 875.
    pub soft_limit_thousandths: u32,
}

/// Makes a session without keys: until `voxseal_session_apply`, every packet is
/// refused with `VOXSEAL_ERR_NO_KEY`. `config` may be NULL for the defaults. The
/// caller owns the session and gives it to `voxseal_session_free`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
/// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_TABLE_FULL`.
///
/// # Safety
/// `config` is NULL or valid for reads of its `struct_size`; `session_out` is
/// valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_session_new(
    config: *const voxseal_session_config,
    session_out: *mut voxseal_session,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(session_out) }?;
        // SAFETY: by this function's contract.
        let config = unsafe { read_config(config) }?;
        out.set(voxseal_session { id: SESSIONS.insert(config)?.0 });
        Ok(())
    })
}

/// # Safety
/// `config` is NULL or valid for reads of its `struct_size`.
unsafe fn read_config(config: *const voxseal_session_config) -> Result<SessionConfig, Error> {
    if config.is_null() {
        return Ok(SessionConfig::default());
    }
    // SAFETY: by this function's contract.
    let config = unsafe { read_struct(config) }?;
    let or = |value, default| if value == 0 { default } else { value };
    let overlap =
        Overlap { packets: or(config.overlap_packets, 1024), millis: or(config.overlap_millis, 30_000) };
    let soft_limit = u16::try_from(or(config.soft_limit_thousandths, 875)).ok().and_then(SoftLimit::new);
    Ok(SessionConfig::default()
        .with_windows(or(config.rtp_window, 1024), or(config.rtcp_window, 128))?
        .with_overlap(overlap)
        .with_soft_limit(soft_limit.ok_or(Error::BadArgument)?)
        .answering_short_srtcp_tags(config.answer_short_srtcp_tags != 0))
}

/// Frees a session and wipes its keys. A packet that another thread is working
/// on is finished first; calls that come later are refused with
/// `VOXSEAL_ERR_BAD_HANDLE`, as is freeing twice. Any thread.
///
/// Statuses: `VOXSEAL_ERR_BAD_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn voxseal_session_free(session: voxseal_session) -> voxseal_status {
    entry(|| leaving_no_trace(|| SESSIONS.remove(session.id())))
}

/// Sets or replaces the keys of the policy's direction and SSRC. The same key and
/// suite again changes nothing. A new key starts at ROC 0 and leaves the other
/// direction alone; the inbound key before it stays usable for a short overlap, and
/// so does the tag length before it when the same inbound key comes with another.
/// On an error nothing changed. The policy stays the caller's. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_HANDLE`,
/// `VOXSEAL_ERR_BAD_STATE` when suite, key or direction was not set,
/// `VOXSEAL_ERR_BAD_ARGUMENT` unless several keys have MKIs of one length and
/// each its own key and MKI,
/// `VOXSEAL_ERR_KEY_LENGTH`, `VOXSEAL_ERR_KEY_ALL_ZERO`,
/// `VOXSEAL_ERR_KEY_REUSED` for a key that was replaced too long ago,
/// `VOXSEAL_ERR_PROVIDER_FAILED` when that cannot be found out,
/// `VOXSEAL_ERR_TOO_MANY_KEYS`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `policy` is NULL or a live policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_session_apply(
    session: voxseal_session,
    policy: *const voxseal_policy,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let policy = unsafe { object(policy) }?.build()?;
        SESSIONS.apply(session.id(), &policy, now())
    })
}

/// Protects with the key of this MKI from now on, one of several of the same
/// outbound policy. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_HANDLE`,
/// `VOXSEAL_ERR_UNKNOWN_MKI`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `mki` is valid for reads of `mki_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_session_select_mki(
    session: voxseal_session,
    mki: *const u8,
    mki_len: usize,
) -> voxseal_status {
    entry(|| {
        if mki.is_null() {
            return Err(Error::NullPointer);
        }
        // SAFETY: by this function's contract.
        let mki = unsafe { bytes(mki, mki_len) }?;
        SESSIONS.outbound(session.id(), |outbound| outbound.select_mki(mki))
    })
}

/// Protects with the next key of the same outbound policy from now on, the first
/// in its order whose lifetime is not nearly over. Any thread.
///
/// Statuses: `VOXSEAL_ERR_BAD_HANDLE`, `VOXSEAL_ERR_UNKNOWN_MKI` when no other
/// key is left, `VOXSEAL_ERR_POISONED`.
#[unsafe(no_mangle)]
pub extern "C" fn voxseal_session_select_next_key(session: voxseal_session) -> voxseal_status {
    entry(|| SESSIONS.outbound(session.id(), |outbound| outbound.select_next_key()))
}

/// How many times a key of this process has come to its soft limit. Who watches many sessions need look at each of them
/// (`voxseal_session_key`) only when this number has changed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn voxseal_soft_limits_reached() -> u64 {
    soft_limits_reached()
}

/// Our SSRC `from` is called `to` from now on: a key meant for it alone goes
/// with it. Any thread.
///
/// Statuses: `VOXSEAL_ERR_BAD_HANDLE`, `VOXSEAL_ERR_POISONED`.
#[unsafe(no_mangle)]
pub extern "C" fn voxseal_session_rename_ssrc(
    session: voxseal_session,
    from: u32,
    to: u32,
) -> voxseal_status {
    entry(|| {
        SESSIONS.outbound(session.id(), |outbound| {
            outbound.rename_ssrc(from, to);
            Ok(())
        })
    })
}

/// The clock of all sessions, from the first time that it is asked.
pub(super) fn now() -> Millis {
    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed();
    Millis(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}
