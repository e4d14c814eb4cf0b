//! Packets of a session.

use super::pointer::{Out, bytes, bytes_mut, object, overlap};
use super::session::{SESSIONS, now};
use super::{VOXSEAL_ERR_POISONED, entry, voxseal_session, voxseal_status};
use crate::error::Error;
use crate::srtp::{MAX_TRAILER_LEN, PacketKind};
use zeroize::Zeroize;

/// An RTP packet, SRTP on the wire.
pub const VOXSEAL_RTP: u32 = 1;
/// An RTCP packet, SRTCP on the wire.
pub const VOXSEAL_RTCP: u32 = 2;
/// Most bytes that `voxseal_session_protect` adds to a packet.
pub const VOXSEAL_MAX_TRAILER_LEN: usize = 148;
const _: () = assert!(VOXSEAL_MAX_TRAILER_LEN == MAX_TRAILER_LEN);

/// Protects one packet (RFC 3711 §3.3, §3.4, RFC 7714) into `out`, which must
/// not overlap `packet`, and writes the protected length to `out_len`. `kind` is
/// `VOXSEAL_RTP` or `VOXSEAL_RTCP`. `packet_len + VOXSEAL_MAX_TRAILER_LEN` bytes
/// of `out_size` always suffice. An RTP packet that was protected before gives
/// the identical bytes again if it is among the stream's last 16, or, once the
/// stream has repeated an index, among its last 1024. No allocation once the
/// stream is known, that first repeat aside. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_HANDLE`,
/// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
/// `VOXSEAL_ERR_PACKET_MALFORMED`, `VOXSEAL_ERR_PACKET_TOO_LONG`,
/// `VOXSEAL_ERR_TOO_OLD`, `VOXSEAL_ERR_INDEX_REUSED` when another packet had
/// this index, `VOXSEAL_ERR_NO_KEY`, `VOXSEAL_ERR_LIFETIME_EXHAUSTED`,
/// `VOXSEAL_ERR_TOO_MANY_STREAMS`, `VOXSEAL_ERR_PROVIDER_FAILED`,
/// `VOXSEAL_ERR_POISONED`. On each of them nothing may be sent, and `out` holds
/// nothing of the packet.
///
/// # Safety
/// `packet` is valid for reads of `packet_len` bytes, `out` for writes of
/// `out_size` bytes, `out_len` for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_session_protect(
    session: voxseal_session,
    kind: u32,
    packet: *const u8,
    packet_len: usize,
    out: *mut u8,
    out_size: usize,
    out_len: *mut usize,
) -> voxseal_status {
    let status = entry(|| {
        let kind = packet_kind(kind)?;
        if packet.is_null() || out.is_null() {
            return Err(Error::NullPointer);
        }
        if overlap(packet, packet_len, out, out_size) {
            return Err(Error::BadArgument);
        }
        // SAFETY: by this function's contract.
        let written = unsafe { Out::new(out_len) }?;
        // SAFETY: by this function's contract.
        let packet = unsafe { bytes(packet, packet_len) }?;
        // SAFETY: by this function's contract, and checked not to overlap.
        let out = unsafe { bytes_mut(out, out_size) }?;
        written.set(SESSIONS.outbound(session.id(), |outbound| outbound.protect(kind, packet, out))?);
        Ok(())
    });
    if status == VOXSEAL_ERR_POISONED {
        // SAFETY: by this function's contract, and what used `out` has ended.
        unsafe { wipe(out, out_size, packet_len) };
    }
    status
}

/// After a panic nobody knows how far protection has come, so all that it may
/// write is wiped.
///
/// # Safety
/// As [`bytes_mut`].
#[cold]
unsafe fn wipe(out: *mut u8, out_size: usize, packet_len: usize) {
    let len = out_size.min(packet_len.saturating_add(MAX_TRAILER_LEN));
    // SAFETY: by this function's contract; not longer than the caller's buffer.
    if let Ok(out) = unsafe { bytes_mut(out, len) } {
        out.zeroize();
    }
}

/// Authenticates and opens one packet in place (RFC 3711 §3.3, §3.4, RFC 7714).
/// `packet_len` is the packet's length before and, on success, the plain
/// packet's after. No allocation once the stream is known. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_HANDLE`,
/// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_PACKET_MALFORMED`,
/// `VOXSEAL_ERR_PACKET_TOO_LONG`, `VOXSEAL_ERR_AUTH_FAILED`,
/// `VOXSEAL_ERR_REPLAYED`, `VOXSEAL_ERR_TOO_OLD`, `VOXSEAL_ERR_NO_KEY`,
/// `VOXSEAL_ERR_NOT_ENCRYPTED`, `VOXSEAL_ERR_UNKNOWN_MKI`,
/// `VOXSEAL_ERR_LIFETIME_EXHAUSTED`, `VOXSEAL_ERR_TOO_MANY_STREAMS`,
/// `VOXSEAL_ERR_PROVIDER_FAILED`, `VOXSEAL_ERR_POISONED`. On each of them the
/// packet must be dropped; on all but the last two it is as it was.
///
/// # Safety
/// `packet_len` is valid for a read and a write, `packet` for reads and writes
/// of that many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_session_unprotect(
    session: voxseal_session,
    kind: u32,
    packet: *mut u8,
    packet_len: *mut usize,
) -> voxseal_status {
    entry(|| {
        let kind = packet_kind(kind)?;
        if packet.is_null() {
            return Err(Error::NullPointer);
        }
        // SAFETY: by this function's contract.
        let len = *unsafe { object(packet_len) }?;
        // SAFETY: by this function's contract.
        let opened = unsafe { Out::new(packet_len) }?;
        // SAFETY: by this function's contract.
        let packet = unsafe { bytes_mut(packet, len) }?;
        opened.set(SESSIONS.inbound(session.id(), |inbound| inbound.unprotect(kind, packet, now))?);
        Ok(())
    })
}

fn packet_kind(kind: u32) -> Result<PacketKind, Error> {
    match kind {
        VOXSEAL_RTP => Ok(PacketKind::Rtp),
        VOXSEAL_RTCP => Ok(PacketKind::Rtcp),
        _ => Err(Error::BadArgument),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Transform;
    use crate::ffi::VOXSEAL_OK;
    use crate::secret::MasterKey;
    use crate::srtp::{Direction, Outbound, Policy, SessionConfig, SsrcRule};
    use crate::suite::CryptoSuite;

    const PACKET: [u8; 28] =
        [0x80, 200, 0, 6, 1, 2, 3, 4, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
    /// What the output holds before.
    const BEFORE: u8 = 0xa5;

    fn session_that(panics: bool) -> voxseal_session {
        let suite = CryptoSuite::AesCm128HmacSha1_80;
        let id = SESSIONS.insert(SessionConfig::default()).unwrap();
        let key = MasterKey::new(suite, &[7; 30]).unwrap();
        SESSIONS.apply(id, &Policy::new(Direction::Outbound, SsrcRule::Any, key), now()).unwrap();
        if panics {
            let broken = |outbound: &mut Outbound| {
                outbound.replace_transform(Transform::panicking(suite));
                Ok(())
            };
            SESSIONS.outbound(id, broken).unwrap();
        }
        voxseal_session { id: id.0 }
    }

    /// The status of protecting the packet into the first bytes of `out`.
    fn protect(session: voxseal_session, kind: u32, out: &mut [u8], out_size: usize) -> voxseal_status {
        let mut out_len = 4711;
        assert!(out_size <= out.len());
        // SAFETY: live objects of these lengths, which share nothing.
        let status = unsafe {
            let (packet, packet_len) = (PACKET.as_ptr(), PACKET.len());
            voxseal_session_protect(
                session,
                kind,
                packet,
                packet_len,
                out.as_mut_ptr(),
                out_size,
                &mut out_len,
            )
        };
        assert_eq!(status == VOXSEAL_OK, out_len != 4711);
        status
    }

    #[test]
    fn a_panic_leaves_nothing_of_the_packet_in_the_output() {
        for kind in [VOXSEAL_RTP, VOXSEAL_RTCP] {
            for out_size in [PACKET.len(), PACKET.len() + MAX_TRAILER_LEN, 500] {
                let session = session_that(true);
                // The second call finds the direction out of use.
                for _ in 0..2 {
                    let mut out = [BEFORE; 600];
                    assert_eq!(protect(session, kind, &mut out, out_size), VOXSEAL_ERR_POISONED);
                    let (wiped, beyond) = out.split_at(out_size.min(PACKET.len() + MAX_TRAILER_LEN));
                    assert!(wiped.iter().all(|byte| *byte == 0), "{out_size}");
                    assert!(beyond.iter().all(|byte| *byte == BEFORE), "{out_size}");
                }
                SESSIONS.remove(session.id()).unwrap();
            }
        }
        let session = session_that(false);
        assert_eq!(protect(session, VOXSEAL_RTP, &mut [BEFORE; 600], 600), VOXSEAL_OK);
        SESSIONS.remove(session.id()).unwrap();
    }
}
