//! Packet index from the 16-bit sequence number (RFC 3711 §3.3.1 and appendix A).

/// The most likely packet index of `seq` when `highest` is the highest one known.
///
/// Without a highest index the stream starts now, at ROC 0. `None` means that
/// the packet lies before the stream's start or beyond ROC 2^32 - 1.
pub(super) fn estimate(highest: Option<u64>, seq: u16) -> Option<u64> {
    let Some(highest) = highest else {
        return Some(u64::from(seq));
    };
    // The signed distance from s_l to seq, from -2^15 to 2^15 - 1, is the whole
    // of appendix A: adding it moves the ROC up or down where seq wrapped.
    let s_l = (highest & 0xffff) as u16;
    let distance = seq.wrapping_sub(s_l).cast_signed();
    highest.checked_add_signed(i64::from(distance)).filter(|index| *index < 1 << 48)
}

/// ROCs ahead of our own at which a peer is looked for.
pub(super) const ROCS_AHEAD: u32 = 16;

/// Where `seq` would lie if the peer's ROC were ahead of ours; `trial` goes
/// round the ROCs that are looked at. Never behind the highest index.
pub(super) fn ahead(highest: Option<u64>, seq: u16, trial: u32) -> Option<u64> {
    let roc = highest.unwrap_or(0) >> 16;
    let roc = roc + 1 + u64::from(trial % ROCS_AHEAD);
    Some(roc << 16 | u64::from(seq)).filter(|index| *index < 1 << 48)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_packet_starts_at_roc_zero() {
        assert_eq!(estimate(None, 65_535), Some(65_535));
    }

    #[test]
    fn wrap_raises_the_roc_and_a_late_packet_lowers_it_again() {
        assert_eq!(estimate(Some(0xffff), 0), Some(0x1_0000));
        assert_eq!(estimate(Some(0x1_0002), 0xfffe), Some(0xfffe));
        assert_eq!(estimate(Some(0x5_0010), 0x0020), Some(0x5_0020));
    }

    #[test]
    fn nothing_lies_before_the_start_or_beyond_the_last_roc() {
        assert_eq!(estimate(Some(3), 0xfffe), None);
        assert_eq!(estimate(Some((1 << 48) - 1), 0), None);
    }

    #[test]
    fn looking_ahead_goes_round_the_next_rocs_and_never_back() {
        let rocs = |highest| (0..ROCS_AHEAD).map(move |trial| ahead(highest, 7, trial).unwrap() >> 16);
        assert!(rocs(None).eq(1..=16));
        assert!(rocs(Some(0x5_ffff)).eq(6..=21));
        assert_eq!(ahead(Some((1 << 48) - 1), 7, 0), None);
    }
}
