//! Packet index from the 16-bit sequence number (RFC 3711 §3.3.1 and appendix A).

/// The most likely packet index of `seq` when `highest` is the highest one known.
///
/// Without a highest index the stream starts now, at ROC 0. `None` means that
/// the packet lies before the stream's start or beyond ROC 2^32 - 1.
pub(super) fn estimate(highest: Option<u64>, seq: u16) -> Option<u64> {
    in_range(nearest(highest, seq))
}

/// The index with this `seq` that is nearest to the highest one. Before the
/// stream's start it is negative: the next one with the same `seq` is not.
fn nearest(highest: Option<u64>, seq: u16) -> i64 {
    let Some(highest) = highest else {
        return i64::from(seq);
    };
    // The signed distance from s_l to seq is the whole of appendix A: adding it moves
    // the ROC up or down where seq wrapped. At 2^15, as far ahead as behind, it is the
    // one that leaves the ROC alone: ahead from the lower half.
    let s_l = (highest & 0xffff) as u16;
    let lower_half = u16::from(s_l < 1 << 15);
    let distance = seq.wrapping_sub(s_l).wrapping_sub(lower_half).cast_signed();
    highest.cast_signed() + i64::from(distance) + i64::from(lower_half)
}

fn in_range(index: i64) -> Option<u64> {
    u64::try_from(index).ok().filter(|index| *index < 1 << 48)
}

/// Indexes ahead of the nearest one at which a peer is looked for.
pub(super) const ROCS_AHEAD: u32 = 16;

/// Where `seq` would lie if the peer were further ahead than half a ROC; `trial`
/// goes round the indexes that are looked at, one ROC apart. The first of them
/// may be in the ROC that we are in. Never behind the highest index.
pub(super) fn ahead(highest: Option<u64>, seq: u16, trial: u32) -> Option<u64> {
    in_range(nearest(highest, seq) + (i64::from(1 + trial % ROCS_AHEAD) << 16))
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

    /// The pseudo-code of appendix A, with numbers that do not wrap.
    fn appendix_a(roc: i64, s_l: i64, seq: i64) -> i64 {
        let v = match s_l {
            ..32_768 if seq - s_l > 32_768 => roc - 1,
            32_768.. if s_l - 32_768 > seq => roc + 1,
            _ => roc,
        };
        v * 65_536 + seq
    }

    #[test]
    fn index_is_that_of_appendix_a_at_every_distance() {
        for s_l in (0..=0xffff_u16).step_by(241).chain([1, 0x7fff, 0x8000, 0x8001, 0xffff]) {
            for distance in [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff] {
                let seq = s_l.wrapping_add(distance);
                let expected = appendix_a(5, s_l.into(), seq.into());
                let index = estimate(Some(5 << 16 | u64::from(s_l)), seq);
                assert_eq!(index, u64::try_from(expected).ok(), "s_l {s_l}, seq {seq}");
            }
        }
    }

    #[test]
    fn nothing_lies_before_the_start_or_beyond_the_last_roc() {
        assert_eq!(estimate(Some(3), 0xfffe), None);
        assert_eq!(estimate(Some((1 << 48) - 1), 0), None);
    }

    #[test]
    fn looking_ahead_goes_round_the_indexes_beyond_the_nearest_and_never_back() {
        let ahead_of = |highest, seq| (0..ROCS_AHEAD).map(move |trial| ahead(highest, seq, trial).unwrap());
        assert!(ahead_of(None, 7).eq((1..=16).map(|roc| roc << 16 | 7)));
        assert!(ahead_of(Some(0x5_ffff), 7).eq((7..=22).map(|roc| roc << 16 | 7)));
        assert!(ahead_of(Some(0x5_1000), 0xa000).eq((5..=20).map(|roc| roc << 16 | 0xa000)));
        assert!(ahead_of(Some(0x0_1000), 0xa000).eq((0..=15).map(|roc| roc << 16 | 0xa000)));
        assert_eq!(ahead(Some((1 << 48) - 1), 7, 0), None);
    }
}
