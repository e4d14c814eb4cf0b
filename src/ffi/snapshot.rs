//! What can be seen of a session: counters, key, streams. Never a key's bytes.

use super::pointer::{Out, out_struct};
use super::policy::read_direction;
use super::session::{SESSIONS, now};
use super::{entry, voxseal_session, voxseal_status, voxseal_suite};
use crate::error::Error;
use crate::srtp::{
    Direction, Inbound, InboundStats, KeySnapshot, MAX_MKI_LEN, Outbound, OutboundStats, StreamSnapshot,
};
use crate::suite::CryptoSuite;

/// The longest MKI, in bytes (RFC 4568 §6.1).
pub const VOXSEAL_MAX_MKI_LEN: usize = 128;
const _: () = assert!(VOXSEAL_MAX_MKI_LEN == MAX_MKI_LEN);

/// Counters of a session. SRTP and SRTCP are counted together.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_session_stats {
    /// `sizeof(voxseal_session_stats)`, set by the caller.
    pub struct_size: usize,
    /// Suite of the local key in use; 0 = no key yet.
    pub outbound_suite: voxseal_suite,
    /// Suite of the remote key in use, that for any SSRC before others; 0 = no key yet.
    pub inbound_suite: voxseal_suite,
    /// Packets protected, retransmissions included.
    pub packets_protected: u64,
    /// Packets authenticated and opened.
    pub packets_unprotected: u64,
    /// Packets that protect refused.
    pub protect_refused: u64,
    /// Packets from the network whose tag did not fit.
    pub auth_failures: u64,
    /// Packets from the network that were received before.
    pub replays: u64,
    /// Packets from the network that were older than the replay window.
    pub late: u64,
    /// Packets from the network refused for another reason.
    pub unprotect_refused: u64,
    /// Times that the peer's ROC was found ahead of ours. This and the two below stop at
    /// 2^32 - 1.
    pub roc_recoveries: u64,
    /// Times that a stream's SRTCP tags turned out to be 32 bits, or 80 again.
    pub srtcp_tag_changes: u64,
    /// Times that the peer's MKI turned out to have another length than it said.
    pub mki_changes: u64,
}

/// The key in use of one direction, inbound that for any SSRC before others, and
/// what is left of it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_key_info {
    /// `sizeof(voxseal_key_info)`, set by the caller.
    pub struct_size: usize,
    /// Its suite.
    pub suite: voxseal_suite,
    /// Not 0 once a lifetime is used up to the soft limit, seven eighths unless the
    /// session's settings say otherwise: time for another key.
    pub soft_limit_reached: u32,
    /// Milliseconds since it was applied first.
    pub age_millis: u64,
    /// SRTP packets that are left of its lifetime.
    pub srtp_remaining: u64,
    /// SRTCP packets that are left of its lifetime.
    pub srtcp_remaining: u64,
    /// Bytes in `mki`; 0 = no MKI.
    pub mki_len: usize,
    /// The MKI that its packets carry.
    pub mki: [u8; 128],
}

/// One SSRC under one key.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct voxseal_stream_info {
    /// The SSRC.
    pub ssrc: u32,
    /// Rollover counter of the highest packet (RFC 3711 §3.3.1).
    pub roc: u32,
    /// Sequence number of the highest packet.
    pub seq: u16,
    /// The suite of its key.
    pub suite: voxseal_suite,
    /// Not 0 when the peer puts 32-bit tags on SRTCP (inbound, `_32` suites).
    pub short_srtcp_tag: u32,
    /// SRTP packets; 0 means that `roc` and `seq` say nothing yet.
    pub packets: u64,
    /// Bytes of these packets without what protection adds.
    pub bytes: u64,
    /// Packets with this SSRC, SRTP and SRTCP, whose tag did not fit (inbound, as all
    /// below, where numbers stop at 2^32 - 1). An SSRC without an authentic packet has
    /// no stream: its packets count for the session alone.
    pub auth_failures: u32,
    /// Of both kinds: received before.
    pub replays: u32,
    /// Of both kinds: older than the replay window.
    pub late: u32,
    /// Times that the peer's ROC was found ahead of ours.
    pub roc_recoveries: u32,
}

/// Reads the counters. Any thread; cheap, takes each direction's lock once.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
/// `VOXSEAL_ERR_BAD_HANDLE`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `stats` is valid for reads and writes of its `struct_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_session_stats_read(
    session: voxseal_session,
    stats: *mut voxseal_session_stats,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let (struct_size, out) = unsafe { out_struct(stats) }?;
        out.set(read_stats(session, struct_size, Outbound::stats, Inbound::stats)?);
        Ok(())
    })
}

/// Reads the counters of SRTCP packets alone: what is left of those that
/// `voxseal_session_stats_read` gives is SRTP. They stop at 2^32 - 1; `roc_recoveries` and `mki_changes` are 0.
/// Any thread; cheap, takes each direction's lock once.
///
/// Statuses: as `voxseal_session_stats_read`.
///
/// # Safety
/// `stats` is valid for reads and writes of its `struct_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_session_srtcp_stats(
    session: voxseal_session,
    stats: *mut voxseal_session_stats,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let (struct_size, out) = unsafe { out_struct(stats) }?;
        out.set(read_stats(session, struct_size, Outbound::srtcp_stats, Inbound::srtcp_stats)?);
        Ok(())
    })
}

/// The counters that `sent` and `received` give of each direction.
fn read_stats(
    session: voxseal_session,
    struct_size: usize,
    sent: impl FnOnce(&Outbound) -> OutboundStats,
    received: impl FnOnce(&Inbound) -> InboundStats,
) -> Result<voxseal_session_stats, Error> {
    let (sent, local) = SESSIONS.outbound(session.id(), |side| Ok((sent(side), side.suite())))?;
    let (received, remote) = SESSIONS.inbound(session.id(), |side| Ok((received(side), side.suite())))?;
    Ok(voxseal_session_stats {
        struct_size,
        outbound_suite: number(local),
        inbound_suite: number(remote),
        packets_protected: sent.protected,
        packets_unprotected: received.unprotected,
        protect_refused: sent.refused,
        auth_failures: received.auth_failures,
        replays: received.replays,
        late: received.late,
        unprotect_refused: received.refused,
        roc_recoveries: received.roc_recoveries.into(),
        srtcp_tag_changes: received.srtcp_tag_changes.into(),
        mki_changes: received.mki_changes.into(),
    })
}

/// Reads the key in use of one direction, `VOXSEAL_OUTBOUND` or
/// `VOXSEAL_INBOUND`. Any thread; cheap.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
/// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_BAD_HANDLE`, `VOXSEAL_ERR_NO_KEY`,
/// `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `info` is valid for reads and writes of its `struct_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_session_key(
    session: voxseal_session,
    direction: u32,
    info: *mut voxseal_key_info,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let (struct_size, out) = unsafe { out_struct(info) }?;
        let describe =
            |key: Option<KeySnapshot<'_>>| key.map(|key| key_info(struct_size, &key)).ok_or(Error::NoKey);
        out.set(match read_direction(direction)? {
            Direction::Outbound => SESSIONS.outbound(session.id(), |side| describe(side.key())),
            Direction::Inbound => SESSIONS.inbound(session.id(), |side| describe(side.key())),
        }?);
        Ok(())
    })
}

/// Lists the streams of one direction: as many as `capacity` to `infos`, the
/// number of all to `count`. `infos` may be NULL with capacity 0. Any thread;
/// keeps the direction's lock for a moment.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT`,
/// `VOXSEAL_ERR_BAD_HANDLE`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `infos` is valid for writes of `capacity` structs, `count` for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_session_streams(
    session: voxseal_session,
    direction: u32,
    infos: *mut voxseal_stream_info,
    capacity: usize,
    count: *mut usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(count) }?;
        if infos.is_null() && capacity > 0 {
            return Err(Error::NullPointer);
        }
        let write = |streams: &mut dyn Iterator<Item = StreamSnapshot>| {
            let mut all = 0;
            for stream in streams {
                if all < capacity {
                    // SAFETY: within the capacity, by this function's contract.
                    unsafe { infos.add(all).write(stream_info(&stream)) };
                }
                all += 1;
            }
            Ok(all)
        };
        out.set(match read_direction(direction)? {
            Direction::Outbound => SESSIONS.outbound(session.id(), |side| write(&mut side.streams())),
            Direction::Inbound => SESSIONS.inbound(session.id(), |side| write(&mut side.streams())),
        }?);
        Ok(())
    })
}

fn number(suite: Option<CryptoSuite>) -> voxseal_suite {
    suite.map_or(0, |suite| suite as voxseal_suite)
}

fn key_info(struct_size: usize, key: &KeySnapshot<'_>) -> voxseal_key_info {
    let mut mki = [0; VOXSEAL_MAX_MKI_LEN];
    for (to, byte) in mki.iter_mut().zip(key.mki) {
        *to = *byte;
    }
    voxseal_key_info {
        struct_size,
        suite: key.suite as voxseal_suite,
        soft_limit_reached: key.soft_limit_reached.into(),
        age_millis: now().0.saturating_sub(key.since.0),
        srtp_remaining: key.srtp_remaining,
        srtcp_remaining: key.srtcp_remaining,
        mki_len: key.mki.len(),
        mki,
    }
}

fn stream_info(stream: &StreamSnapshot) -> voxseal_stream_info {
    let index = stream.index.unwrap_or(0);
    voxseal_stream_info {
        ssrc: stream.ssrc,
        roc: (index >> 16) as u32,
        seq: (index & 0xffff) as u16,
        suite: stream.suite as voxseal_suite,
        short_srtcp_tag: stream.short_srtcp_tag.into(),
        packets: stream.traffic.packets,
        bytes: stream.traffic.bytes,
        auth_failures: stream.mishaps.auth_failures,
        replays: stream.mishaps.replays,
        late: stream.mishaps.late,
        roc_recoveries: stream.mishaps.roc_recoveries,
    }
}
