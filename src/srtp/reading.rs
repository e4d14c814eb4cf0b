//! The ways to read one packet.

use crate::error::Error;

/// How a packet is read. Only authentication confirms a reading.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// By what is known of the stream.
    Usual,
    /// As the key had it before its suite changed, while such packets may be on their
    /// way.
    Former,
    /// RTP with a ROC ahead of ours: a late join, a long hold. The number goes
    /// round the ROCs that are looked at.
    Ahead(u32),
    /// With an MKI field of another length than the peer's packets had so far:
    /// the announced one or a usual one. The number goes round these.
    OtherMki(u32),
    /// RTCP with the other tag length of a `_32` suite.
    OtherSrtcpTag,
}

/// Whether a packet refused for this reason may be a good one, read wrongly. A
/// field of another length puts all that stands before it elsewhere.
pub(super) fn may_be_misread(error: Error) -> bool {
    matches!(
        error,
        Error::AuthFailed
            | Error::Replayed
            | Error::TooOld
            | Error::UnknownMki
            | Error::NotEncrypted
            | Error::PacketMalformed
    )
}
