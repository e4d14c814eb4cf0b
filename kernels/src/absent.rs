//! For CPUs that no code here is written for: keys that nobody can make.

use core::convert::Infallible;

pub(crate) struct AesCm<const K: usize>(Infallible);

impl<const K: usize> AesCm<K> {
    pub(crate) fn new(_: &[u8], _: &[u8; 20]) -> Option<AesCm<K>> {
        None
    }

    pub(crate) fn seal(&self, _: &mut [u8], _: usize, _: u128, _: [u8; 4]) -> [u8; 20] {
        match self.0 {}
    }

    pub(crate) fn seal_into(&self, _: &[u8], _: &mut [u8], _: usize, _: u128, _: [u8; 4]) -> [u8; 20] {
        match self.0 {}
    }

    pub(crate) fn mac(&self, _: &[u8], _: [u8; 4]) -> [u8; 20] {
        match self.0 {}
    }

    pub(crate) fn crypt(&self, _: &mut [u8], _: u128) {
        match self.0 {}
    }
}

pub(crate) struct AesGcm<const K: usize>(Infallible);

impl<const K: usize> AesGcm<K> {
    pub(crate) fn new(_: &[u8]) -> Option<AesGcm<K>> {
        None
    }

    pub(crate) fn seal(&self, _: &mut [u8], _: usize, _: u128, _: &[u8]) -> [u8; 16] {
        match self.0 {}
    }

    pub(crate) fn mac(&self, _: &[u8], _: usize, _: u128, _: &[u8]) -> [u8; 16] {
        match self.0 {}
    }

    pub(crate) fn crypt(&self, _: &mut [u8], _: u128) {
        match self.0 {}
    }
}

pub(crate) fn read_ahead<T>(_: &T) {}
