//! Streams of one key, found by SSRC.

use super::MAX_STREAMS;
use crate::error::Error;

/// A bounded map from SSRC to stream. Most sessions hold one to four streams, so
/// a scan over the SSRCs alone beats hashing.
pub(super) struct Streams<T> {
    ssrcs: Vec<u32>,
    streams: Vec<T>,
}

impl<T> Streams<T> {
    pub(super) fn new() -> Streams<T> {
        Streams { ssrcs: Vec::new(), streams: Vec::new() }
    }

    pub(super) fn get(&self, ssrc: u32) -> Option<&T> {
        self.streams.get(self.position(ssrc)?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.ssrcs.iter().copied().zip(&self.streams)
    }

    /// Whether one more stream would still fit.
    pub(super) fn room(&self) -> Result<(), Error> {
        if self.ssrcs.len() < MAX_STREAMS { Ok(()) } else { Err(Error::TooManyStreams) }
    }

    /// The stream of `ssrc`, made by `make` when there is none.
    pub(super) fn get_or_insert(&mut self, ssrc: u32, make: impl FnOnce() -> T) -> Result<&mut T, Error> {
        let position = match self.position(ssrc) {
            Some(position) => position,
            None => {
                self.room()?;
                self.ssrcs.push(ssrc);
                self.streams.push(make());
                self.ssrcs.len() - 1
            }
        };
        self.streams.get_mut(position).ok_or(Error::TooManyStreams)
    }

    fn position(&self, ssrc: u32) -> Option<usize> {
        self.ssrcs.iter().position(|known| *known == ssrc)
    }
}
