//! What may be done with a pointer from C.

use crate::error::Error;
use core::ffi::{CStr, c_char};
use core::ptr::NonNull;
use std::borrow::Cow;

/// No array of a caller's has more elements.
const MAX_COUNT: usize = 10_000;

/// The bytes at `ptr`; NULL stands for no bytes when `len` is 0.
///
/// # Safety
/// Unless it is NULL, `ptr` must be valid for reads of `len` bytes that nobody
/// writes to during `'a`.
pub(super) unsafe fn bytes<'a>(ptr: *const u8, len: usize) -> Result<&'a [u8], Error> {
    if len == 0 {
        return Ok(&[]);
    }
    check(ptr, len)?;
    // SAFETY: not NULL, of a possible length, and valid by this function's contract.
    Ok(unsafe { core::slice::from_raw_parts(ptr, len) })
}

/// As [`bytes`], to be written.
///
/// # Safety
/// Unless it is NULL, `ptr` must be valid for reads and writes of `len` bytes
/// that nobody else uses during `'a`.
pub(super) unsafe fn bytes_mut<'a>(ptr: *mut u8, len: usize) -> Result<&'a mut [u8], Error> {
    if len == 0 {
        return Ok(&mut []);
    }
    check(ptr, len)?;
    // SAFETY: not NULL, of a possible length, and valid by this function's contract.
    Ok(unsafe { core::slice::from_raw_parts_mut(ptr, len) })
}

fn check(ptr: *const u8, len: usize) -> Result<(), Error> {
    if ptr.is_null() {
        return Err(Error::NullPointer);
    }
    if isize::try_from(len).is_err() {
        return Err(Error::BadArgument);
    }
    Ok(())
}

/// Whether two ranges share a byte.
pub(super) fn overlap(a: *const u8, a_len: usize, b: *const u8, b_len: usize) -> bool {
    let (a, b) = (a.addr(), b.addr());
    a < b.saturating_add(b_len) && b < a.saturating_add(a_len)
}

/// An object behind a handle.
///
/// # Safety
/// Unless it is NULL, `ptr` must point to a live `T` that is not mutated through
/// another pointer during `'a`.
pub(super) unsafe fn object<'a, T>(ptr: *const T) -> Result<&'a T, Error> {
    // SAFETY: NULL gives `None`; else it is valid by this function's contract.
    unsafe { ptr.as_ref() }.ok_or(Error::NullPointer)
}

/// A struct whose first field says how large the caller's is; one that is larger
/// than ours is of a later version and read as far as it is known.
///
/// # Safety
/// Unless it is NULL, `ptr` must be aligned and valid for reads of as many bytes
/// as its first field, a `size_t`, says.
pub(super) unsafe fn read_struct<T: Copy>(ptr: *const T) -> Result<T, Error> {
    // SAFETY: by this function's contract.
    unsafe { struct_size(ptr) }?;
    // SAFETY: not NULL and as large as `T`, by the line before.
    Ok(unsafe { *ptr })
}

/// The size that a struct of the caller's claims, at least that of `T`.
///
/// # Safety
/// As [`read_struct`].
unsafe fn struct_size<T>(ptr: *const T) -> Result<usize, Error> {
    // SAFETY: the first field is within the struct's own size.
    let size = *unsafe { object(ptr.cast::<usize>()) }?;
    if size < size_of::<T>() { Err(Error::StructSize) } else { Ok(size) }
}

/// Gives an object to C.
pub(super) fn give<T>(object: T) -> *mut T {
    Box::into_raw(Box::new(object))
}

/// Takes an object back from C and drops it; NULL is fine.
///
/// # Safety
/// Unless it is NULL, `ptr` must come from [`give`] and not have been taken yet.
pub(super) unsafe fn take<T>(ptr: *mut T) {
    if !ptr.is_null() {
        // SAFETY: from `Box::into_raw` and taken once, by this function's contract.
        drop(unsafe { Box::from_raw(ptr) });
    }
}

/// Where a result goes: checked for NULL before anything is done, written once
/// all has gone well.
pub(super) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// # Safety
    /// Unless it is NULL, `ptr` must be valid and aligned for a write of `T`
    /// until [`Out::set`].
    pub(super) unsafe fn new(ptr: *mut T) -> Result<Out<T>, Error> {
        NonNull::new(ptr).map(Out).ok_or(Error::NullPointer)
    }

    pub(super) fn set(self, value: T) {
        // SAFETY: valid for a write by the contract of `new`.
        unsafe { self.0.write(value) };
    }
}

/// Where a struct goes whose first field says how large the caller's is: that
/// size, and the place.
///
/// # Safety
/// As [`read_struct`], and valid for a write of `T` until [`Out::set`].
pub(super) unsafe fn out_struct<T>(ptr: *mut T) -> Result<(usize, Out<T>), Error> {
    // SAFETY: by this function's contract.
    let size = unsafe { struct_size(ptr) }?;
    // SAFETY: as large as the whole struct, by the line before.
    Ok((size, unsafe { Out::new(ptr) }?))
}

/// A string of the caller's; what is not UTF-8 in it becomes U+FFFD, which no
/// option and no suite has in its name.
///
/// # Safety
/// Unless it is NULL, `string` must end with NUL and not change during `'a`.
pub(super) unsafe fn text<'a>(string: *const c_char) -> Result<Cow<'a, str>, Error> {
    if string.is_null() {
        return Err(Error::NullPointer);
    }
    // SAFETY: not NULL, and it ends with NUL by this function's contract.
    Ok(unsafe { CStr::from_ptr(string) }.to_string_lossy())
}

/// The caller's array; NULL stands for an empty one.
///
/// # Safety
/// Unless it is NULL, `first` is valid for reads of `count` elements during `'a`.
pub(super) unsafe fn elements<'a, T>(first: *const T, count: usize) -> Result<&'a [T], Error> {
    if count == 0 {
        return Ok(&[]);
    }
    if first.is_null() {
        return Err(Error::NullPointer);
    }
    if count > MAX_COUNT {
        return Err(Error::BadArgument);
    }
    // SAFETY: not NULL, of a possible length, and valid by this function's contract.
    Ok(unsafe { core::slice::from_raw_parts(first, count) })
}

/// # Safety
/// `string` is NULL or ends with NUL.
pub(super) unsafe fn optional_text(string: *const c_char) -> Result<Option<String>, Error> {
    if string.is_null() {
        return Ok(None);
    }
    // SAFETY: by this function's contract.
    Ok(Some(unsafe { text(string) }?.into_owned()))
}

/// Copies `text` and a NUL byte to the caller's buffer and the size of both to
/// `needed`. A buffer that is too small is left alone, `needed` is written all
/// the same.
///
/// # Safety
/// As [`bytes_mut`] for `out`, as [`Out::new`] for `needed`.
pub(super) unsafe fn give_text(
    text: &str,
    out: *mut u8,
    out_size: usize,
    needed: *mut usize,
) -> Result<(), Error> {
    // SAFETY: by this function's contract.
    let needed = unsafe { Out::new(needed) }?;
    // SAFETY: by this function's contract.
    let out = unsafe { bytes_mut(out, out_size) }?;
    needed.set(text.len() + 1);
    let (target, rest) = out.split_at_mut_checked(text.len()).ok_or(Error::BufferTooSmall)?;
    let end = rest.first_mut().ok_or(Error::BufferTooSmall)?;
    target.copy_from_slice(text.as_bytes());
    *end = 0;
    Ok(())
}

/// Writes as much of `text` as there is room for, cut between two characters, and
/// a NUL.
pub(super) fn write_cut(text: &str, out: &mut [u8]) {
    let Some(room) = out.len().checked_sub(1) else { return };
    let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let ended = text.as_bytes().iter().take(end).copied().chain([0]);
    out.iter_mut().zip(ended).for_each(|(place, byte)| *place = byte);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_cut_between_characters_and_end_with_nul() {
        for (size, expected) in [(0, ""), (1, "\0"), (2, "a\0"), (3, "a\0"), (4, "aä\0"), (6, "aäb\0")] {
            let mut out = vec![0xee; size];
            write_cut("aäb", &mut out);
            assert_eq!(&out[..expected.len()], expected.as_bytes(), "{size}");
            assert!(out[expected.len()..].iter().all(|byte| *byte == 0xee));
        }
    }
}
