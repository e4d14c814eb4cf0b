//! The replay window: which of the latest indexes were seen (RFC 3711 §3.3.2).

use crate::error::Error;
use smallvec::SmallVec;

/// Smallest size of a window, in packets.
pub(super) const MIN_WINDOW: u32 = 64;
/// Largest size of a window, in packets.
pub(super) const MAX_WINDOW: u32 = 32_768;

/// A ring of bits over the `size` indexes up to the highest one. Up to 64 · `N`
/// bits lie in the window itself.
// What a packet always touches comes first: it lies beside a stream's counters.
#[repr(C)]
pub(super) struct Window<const N: usize> {
    /// The index behind the highest one; 0 before there is any.
    next: u64,
    bits: SmallVec<[u64; N]>,
}

impl<const N: usize> Window<N> {
    /// A window over at least `size` packets, bounded to [`MIN_WINDOW`] and
    /// [`MAX_WINDOW`], rounded up to a power of two.
    pub(super) fn new(size: u32) -> Window<N> {
        let size = size.clamp(MIN_WINDOW, MAX_WINDOW).next_power_of_two() as usize;
        Window { next: 0, bits: SmallVec::from_elem(0, size / 64) }
    }

    /// The highest index committed so far.
    pub(super) fn highest(&self) -> Option<u64> {
        self.next.checked_sub(1)
    }

    /// Whether `index` may be accepted. Changes nothing.
    #[inline(always)]
    pub(super) fn check(&self, index: u64) -> Result<(), Error> {
        if index >= self.next {
            Ok(())
        } else if self.next - index > self.size() {
            Err(Error::TooOld)
        } else if self.bit(index) {
            Err(Error::Replayed)
        } else {
            Ok(())
        }
    }

    /// Marks `index` as seen. Call it after authentication only.
    #[inline(always)]
    pub(super) fn commit(&mut self, index: u64) {
        // What the usual index, the next one, takes the place of is set anew below.
        if index > self.next {
            self.forget_until(index);
        }
        self.next = self.next.max(index + 1);
        self.set(index);
    }

    fn size(&self) -> u64 {
        self.bits.len() as u64 * 64
    }

    /// Clears the ring positions that all indexes up to `index` now stand for.
    fn forget_until(&mut self, index: u64) {
        if index - self.next >= self.size() {
            self.bits.fill(0);
            return;
        }
        for passed in self.next..=index {
            let (word, mask) = self.place(passed);
            if let Some(word) = self.bits.get_mut(word) {
                *word &= !mask;
            }
        }
    }

    #[inline(always)]
    fn bit(&self, index: u64) -> bool {
        let (word, mask) = self.place(index);
        self.bits.get(word).is_some_and(|word| word & mask != 0)
    }

    #[inline(always)]
    fn set(&mut self, index: u64) {
        let (word, mask) = self.place(index);
        if let Some(word) = self.bits.get_mut(word) {
            *word |= mask;
        }
    }

    fn place(&self, index: u64) -> (usize, u64) {
        let position = index & (self.size() - 1);
        ((position / 64) as usize, 1 << (position % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn duplicate_is_refused_and_older_than_the_window_too() {
        let mut window = Window::<16>::new(64);
        for index in [100, 101, 163] {
            assert_eq!(window.check(index), Ok(()));
            window.commit(index);
        }
        assert_eq!(window.check(101), Err(Error::Replayed));
        assert_eq!(window.check(100), Err(Error::Replayed));
        assert_eq!(window.check(99), Err(Error::TooOld));
        assert_eq!(window.check(102), Ok(()));
    }

    #[test]
    fn size_is_clamped_and_rounded_up() {
        assert_eq!(Window::<16>::new(0).size(), 64);
        assert_eq!(Window::<1>::new(100).size(), 128);
        assert_eq!(Window::<16>::new(u32::MAX).size(), 32_768);
    }

    proptest! {
        #[test]
        fn agrees_with_a_set_of_everything_seen(steps in prop::collection::vec(-90i64..200, 1..400)) {
            let (mut window, mut seen, mut highest) = (Window::<2>::new(128), HashSet::new(), 1000u64);
            window.commit(highest);
            seen.insert(highest);
            for step in steps {
                let index = highest.saturating_add_signed(step);
                let expected = if index + 128 <= highest { Err(Error::TooOld) }
                    else if seen.contains(&index) { Err(Error::Replayed) } else { Ok(()) };
                prop_assert_eq!(window.check(index), expected);
                if expected.is_ok() {
                    window.commit(index);
                    seen.insert(index);
                    highest = highest.max(index);
                }
            }
        }
    }
}
