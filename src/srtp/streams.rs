//! Streams of one key, found by SSRC.

use super::MAX_STREAMS;
use crate::error::Error;
use smallvec::SmallVec;

/// A bounded map from SSRC to stream. Most sessions hold one to four streams, so
/// a scan beats hashing, and the first one lies in the session itself.
pub(super) struct Streams<T>(SmallVec<[(u32, T); 1]>);

impl<T> Streams<T> {
    pub(super) fn new() -> Streams<T> {
        Streams(SmallVec::new())
    }

    pub(super) fn get(&self, ssrc: u32) -> Option<&T> {
        self.iter().find(|(known, _)| *known == ssrc).map(|(_, stream)| stream)
    }

    /// The stream of `ssrc`, if there is one.
    pub(super) fn get_mut(&mut self, ssrc: u32) -> Option<&mut T> {
        self.0.iter_mut().find(|(known, _)| *known == ssrc).map(|(_, stream)| stream)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.0.iter().map(|(ssrc, stream)| (*ssrc, stream))
    }

    /// Forgets all streams but those that `keep` says.
    pub(super) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.0.retain(|(_, stream)| keep(stream));
    }

    /// Whether one more stream would still fit.
    pub(super) fn room(&self) -> Result<(), Error> {
        if self.0.len() < MAX_STREAMS { Ok(()) } else { Err(Error::TooManyStreams) }
    }

    /// The stream of `ssrc`, made by `make` when there is none.
    #[inline(always)]
    pub(super) fn get_or_insert(&mut self, ssrc: u32, make: impl FnOnce() -> T) -> Result<&mut T, Error> {
        let position = match self.0.iter().position(|(known, _)| *known == ssrc) {
            Some(position) => position,
            None => {
                self.room()?;
                self.0.push((ssrc, make()));
                self.0.len() - 1
            }
        };
        self.0.get_mut(position).map(|(_, stream)| stream).ok_or(Error::TooManyStreams)
    }
}
