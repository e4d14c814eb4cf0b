//! Whose primitives are used.

use super::pointer::object;
use super::{entry, entry_or, voxseal_status};
use crate::crypto::{self, Provider};
use crate::error::Error;
use core::ffi::{CStr, c_char};
use core::ptr;

/// Chooses whose AES, HMAC and GCM all sessions of this process use:
/// "rustcrypto", the default, or "openssl", which a library built with the
/// feature `openssl` has. Call it once, before the first key is set; the same
/// choice again is fine. OpenSSL is tried with every suite first, so a
/// configuration of it that lacks one is found here and not in a call. Any
/// thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT` (no
/// provider's name), `VOXSEAL_ERR_PROVIDER_UNAVAILABLE` (not built in, or a
/// suite does not work), `VOXSEAL_ERR_BAD_STATE` (another one is in use). The
/// choice is then as it was.
///
/// # Safety
/// Unless it is NULL, `name` points to a string that ends in a NUL byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_provider_select(name: *const c_char) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        unsafe { object(name) }?;
        // SAFETY: not NULL, and by this function's contract.
        let name = unsafe { CStr::from_ptr(name) };
        let name = name.to_str().map_err(|_| Error::BadArgument)?;
        crypto::select(Provider::from_name(name)?)
    })
}

/// The name of the provider in use, or of the default as long as none was
/// chosen: static, never NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn voxseal_provider_name() -> *const c_char {
    entry_or(c_name(Provider::RustCrypto), || Ok(c_name(crypto::provider()))).as_ptr()
}

/// The name of provider `index`, counted from 0, of those that are built in:
/// static; NULL when there is none. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn voxseal_provider_built_in(index: usize) -> *const c_char {
    Provider::ALL.get(index).map_or(ptr::null(), |provider| c_name(*provider).as_ptr())
}

fn c_name(provider: Provider) -> &'static CStr {
    match provider {
        Provider::RustCrypto => c"rustcrypto",
        #[cfg(feature = "openssl")]
        Provider::OpenSsl => c"openssl",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_names_are_those_of_the_providers() {
        for provider in Provider::ALL {
            assert_eq!(c_name(*provider).to_str().unwrap(), provider.name());
        }
    }
}
