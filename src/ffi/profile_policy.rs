//! What a profile says of signalling, and of media in clear.

use super::pointer::{Out, bytes_mut, object, text, write_cut};
use super::{entry, lock, voxseal_profile, voxseal_status};
use crate::profiles::{Described, Media, MediaPolicy, Signalling, read_address};
use core::ffi::c_char;

/// Keys may travel: the transport is secure.
pub const VOXSEAL_SIGNALLING_SECURE: u32 = 1;
/// Keys may travel: a trusted proxy has ended TLS, or will begin it.
pub const VOXSEAL_SIGNALLING_TRUSTED: u32 = 2;
/// Keys may travel in clear, as the profile requires nothing.
pub const VOXSEAL_SIGNALLING_CLEAR: u32 = 3;
/// Keys may travel in clear, and the reason belongs into the log.
pub const VOXSEAL_SIGNALLING_WARN: u32 = 4;
/// Keys must not travel.
pub const VOXSEAL_SIGNALLING_REFUSE: u32 = 5;

/// `media_policy = host`: the caller's own settings count.
pub const VOXSEAL_MEDIA_POLICY_HOST: u32 = 1;
/// Media in clear alone.
pub const VOXSEAL_MEDIA_POLICY_FORBIDDEN: u32 = 2;
/// Encrypted when both can, in clear otherwise.
pub const VOXSEAL_MEDIA_POLICY_OPTIONAL: u32 = 3;
/// Encrypted or not at all.
pub const VOXSEAL_MEDIA_POLICY_MANDATORY: u32 = 4;

/// The transport of the stream is a secure one, `RTP/SAVP` and so on.
pub const VOXSEAL_STREAM_SAVP: u32 = 1;
/// The stream has a crypto attribute.
pub const VOXSEAL_STREAM_CRYPTO: u32 = 2;
/// The stream, or its session, has a fingerprint for DTLS-SRTP.
pub const VOXSEAL_STREAM_DTLS: u32 = 4;
/// The stream is encrypted so far.
pub const VOXSEAL_STREAM_ENCRYPTED: u32 = 8;

/// The stream is in clear, and no key of it is to be used.
pub const VOXSEAL_MEDIA_CLEAR: u32 = 1;
/// The stream is encrypted, if one of its keys can be used.
pub const VOXSEAL_MEDIA_ENCRYPTED: u32 = 2;
/// The description is to be refused.
pub const VOXSEAL_MEDIA_REFUSE: u32 = 3;

/// Whether keys in SDP may travel between us and `address`: one of
/// `VOXSEAL_SIGNALLING_…`. `secure` is not 0 when the transport is TLS, or WebSocket
/// over TLS. `address` is that of the other end of the transport, such as
/// "192.0.2.1" or "2001:db8::1"; what is not an address is not trusted. The reason
/// for `VOXSEAL_SIGNALLING_WARN` and `VOXSEAL_SIGNALLING_REFUSE` goes to `reason`,
/// cut to `reason_size` with its NUL; `reason` may be NULL with size 0. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `profile` is NULL or a live profile; `address` is NULL or a string that ends with
/// NUL; `verdict_out` is valid for a write, `reason` for writes of `reason_size`
/// bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_profile_signalling(
    profile: *const voxseal_profile,
    secure: u8,
    address: *const c_char,
    verdict_out: *mut u32,
    reason: *mut c_char,
    reason_size: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let profile = unsafe { object(profile) }?;
        // SAFETY: by this function's contract.
        let address = unsafe { text(address) }?;
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(verdict_out) }?;
        // SAFETY: by this function's contract.
        let reason = unsafe { bytes_mut(reason.cast(), reason_size) }?;
        let verdict = lock(&profile.0)?.policy().signalling(secure != 0, read_address(&address));
        write_cut(verdict.reason(), reason);
        out.set(match verdict {
            Signalling::Secure => VOXSEAL_SIGNALLING_SECURE,
            Signalling::Trusted => VOXSEAL_SIGNALLING_TRUSTED,
            Signalling::Clear => VOXSEAL_SIGNALLING_CLEAR,
            Signalling::Warn => VOXSEAL_SIGNALLING_WARN,
            Signalling::Refuse => VOXSEAL_SIGNALLING_REFUSE,
        });
        Ok(())
    })
}

/// The profile's `media_policy`: one of `VOXSEAL_MEDIA_POLICY_…`. Any thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `profile` is NULL or a live profile; `policy_out` is valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_profile_media_policy(
    profile: *const voxseal_profile,
    policy_out: *mut u32,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let profile = unsafe { object(profile) }?;
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(policy_out) }?;
        out.set(match lock(&profile.0)?.policy().media {
            MediaPolicy::Host => VOXSEAL_MEDIA_POLICY_HOST,
            MediaPolicy::Forbidden => VOXSEAL_MEDIA_POLICY_FORBIDDEN,
            MediaPolicy::Optional => VOXSEAL_MEDIA_POLICY_OPTIONAL,
            MediaPolicy::Mandatory => VOXSEAL_MEDIA_POLICY_MANDATORY,
        });
        Ok(())
    })
}

/// What becomes of a stream that the peer describes in this way, a combination of
/// `VOXSEAL_STREAM_…`: one of `VOXSEAL_MEDIA_…`. A stream that is encrypted stays
/// encrypted under every policy. The reason for `VOXSEAL_MEDIA_REFUSE` goes to
/// `reason`, cut to `reason_size` with its NUL; `reason` may be NULL with size 0. Any
/// thread.
///
/// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
///
/// # Safety
/// `profile` is NULL or a live profile; `verdict_out` is valid for a write, `reason`
/// for writes of `reason_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn voxseal_profile_media(
    profile: *const voxseal_profile,
    stream: u32,
    verdict_out: *mut u32,
    reason: *mut c_char,
    reason_size: usize,
) -> voxseal_status {
    entry(|| {
        // SAFETY: by this function's contract.
        let profile = unsafe { object(profile) }?;
        // SAFETY: by this function's contract.
        let out = unsafe { Out::new(verdict_out) }?;
        // SAFETY: by this function's contract.
        let reason = unsafe { bytes_mut(reason.cast(), reason_size) }?;
        let described = Described {
            savp: stream & VOXSEAL_STREAM_SAVP != 0,
            crypto: stream & VOXSEAL_STREAM_CRYPTO != 0,
            dtls: stream & VOXSEAL_STREAM_DTLS != 0,
            encrypted_so_far: stream & VOXSEAL_STREAM_ENCRYPTED != 0,
        };
        let media = lock(&profile.0)?.policy().media.judge(described);
        write_cut(if let Media::Refuse(why) = media { why } else { "" }, reason);
        out.set(match media {
            Media::Clear => VOXSEAL_MEDIA_CLEAR,
            Media::Encrypted => VOXSEAL_MEDIA_ENCRYPTED,
            Media::Refuse(_) => VOXSEAL_MEDIA_REFUSE,
        });
        Ok(())
    })
}
