//! The choice of the provider of primitives, which a process makes once: this
//! file is a process of its own, and its one test makes the choice.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use voxseal::crypto::{Provider, Transform, provider, select};
use voxseal::error::Error;
use voxseal::ffi::*;
use voxseal::secret::MasterKey;
use voxseal::suite::CryptoSuite;

fn key(suite: CryptoSuite) -> MasterKey {
    let bytes: Vec<u8> = (7..).take(suite.key_salt_len()).collect();
    MasterKey::new(suite, &bytes).unwrap()
}

fn select_by_name(name: &std::ffi::CStr) -> voxseal_status {
    #[expect(unsafe_code, reason = "calls as a program in C would")]
    // SAFETY: a string that ends in a NUL byte.
    unsafe {
        voxseal_provider_select(name.as_ptr())
    }
}

/// As a host reads what is built in.
fn built_in() -> Vec<&'static str> {
    let named = |index| {
        let name = voxseal_provider_built_in(index);
        #[expect(unsafe_code, reason = "reads as a program in C would")]
        // SAFETY: static where it is not NULL.
        (!name.is_null()).then(|| unsafe { std::ffi::CStr::from_ptr(name) }.to_str().unwrap())
    };
    (0..).map_while(named).collect()
}

fn name() -> &'static str {
    #[expect(unsafe_code, reason = "reads as a program in C would")]
    // SAFETY: static, and never NULL.
    let name = unsafe { std::ffi::CStr::from_ptr(voxseal_provider_name()) };
    name.to_str().unwrap()
}

#[test]
fn the_choice_is_made_once_and_before_the_first_key() {
    assert_eq!((provider(), name()), (Provider::RustCrypto, "rustcrypto"));
    assert_eq!(built_in(), Provider::ALL.iter().map(|provider| provider.name()).collect::<Vec<_>>());
    assert_eq!(select_by_name(c"libressl"), VOXSEAL_ERR_BAD_ARGUMENT);
    assert_eq!(select_by_name(c"\xff"), VOXSEAL_ERR_BAD_ARGUMENT);
    assert_eq!(name(), "rustcrypto");

    let Ok(wanted) = Provider::from_name("OpenSSL") else {
        assert_eq!(select_by_name(c"openssl"), VOXSEAL_ERR_PROVIDER_UNAVAILABLE);
        // Nothing was chosen, so the first key takes the default.
        packets_of_all_providers_are_alike();
        assert_eq!(select(Provider::RustCrypto), Ok(()));
        return;
    };
    assert_eq!(select_by_name(c"openssl"), VOXSEAL_OK);
    assert_eq!((provider(), name()), (wanted, "openssl"));
    assert_eq!(select(wanted), Ok(()));
    assert_eq!(select(Provider::RustCrypto), Err(Error::BadState));
    assert_eq!(provider(), wanted);
    packets_of_all_providers_are_alike();
}

fn packets_of_all_providers_are_alike() {
    for suite in CryptoSuite::all() {
        let (ours, plain) = (Transform::derive(&key(suite)), [0x80; 200]);
        for provider in Provider::ALL.iter().copied() {
            let theirs = Transform::derive_with(provider, &key(suite)).unwrap();
            let (mut sealed, mut expected) = (plain, plain);
            let tag = theirs.seal_rtp(&mut sealed, 12, 9).unwrap();
            assert_eq!(*tag, *ours.seal_rtp(&mut expected, 12, 9).unwrap());
            assert_eq!(sealed, expected);
            let _ = ours.open_rtp(&mut sealed, 12, 9, &tag).unwrap();
            assert_eq!(sealed, plain);
        }
    }
}
