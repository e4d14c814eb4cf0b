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
}
