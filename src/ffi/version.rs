//! Version of the library and of its ABI.

use core::ffi::{CStr, c_char};

/// Version of the C ABI that this header describes. It is raised whenever a
/// program compiled against the old header would no longer work.
pub const VOXSEAL_ABI_VERSION: u32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};

/// The ABI version of the library that is loaded. Compare it with
/// `VOXSEAL_ABI_VERSION` before any other call. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn voxseal_abi_version() -> u32 {
    VOXSEAL_ABI_VERSION
}

/// The library's version, such as "0.1.0": static, never NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn voxseal_version() -> *const c_char {
    VERSION.as_ptr()
}
