//! libsrtp called straight: the one that the rig builds with this machine's OpenSSL, and Debian's shared library.

use super::packets::OUTBOUND_SSRC;
use super::{Peer, key};
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_ulong, c_void};
use std::path::Path;
use std::ptr;
use voxseal::suite::CryptoSuite;

const ANY_INBOUND: c_int = 2;
const SPECIFIC: c_int = 1;
/// libsrtp's own default, and the stock module's.
const WINDOW: c_ulong = 128;
/// What libsrtp may add.
const TRAILER_ROOM: usize = 160;

/// `srtp_crypto_policy_t` of libsrtp 2.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CryptoPolicy {
    cipher_type: u32,
    cipher_key_len: c_int,
    auth_type: u32,
    auth_key_len: c_int,
    auth_tag_len: c_int,
    sec_serv: c_int,
}

/// `srtp_policy_t` of libsrtp 2.
#[repr(C)]
struct SrtpPolicy {
    ssrc_type: c_int,
    ssrc: c_uint,
    rtp: CryptoPolicy,
    rtcp: CryptoPolicy,
    key: *mut u8,
    keys: *mut c_void,
    num_master_keys: c_ulong,
    ekt: *mut c_void,
    window_size: c_ulong,
    allow_repeat_tx: c_int,
    enc_xtn_hdr: *mut c_int,
    enc_xtn_hdr_count: c_int,
    next: *mut SrtpPolicy,
}

type Run = unsafe extern "C" fn(*mut c_void, *mut c_void, *mut c_int) -> c_int;
type Create = unsafe extern "C" fn(*mut *mut c_void, *const SrtpPolicy) -> c_int;
type Dealloc = unsafe extern "C" fn(*mut c_void) -> c_int;
type SetPolicy = unsafe extern "C" fn(*mut CryptoPolicy);

unsafe extern "C" {
    fn srtp_init() -> c_int;
    fn srtp_create(session: *mut *mut c_void, policy: *const SrtpPolicy) -> c_int;
    fn srtp_dealloc(session: *mut c_void) -> c_int;
    fn srtp_protect(session: *mut c_void, packet: *mut c_void, len: *mut c_int) -> c_int;
    fn srtp_unprotect(session: *mut c_void, packet: *mut c_void, len: *mut c_int) -> c_int;
    fn srtp_crypto_policy_set_rtp_default(policy: *mut CryptoPolicy);
    fn srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(policy: *mut CryptoPolicy);
    fn srtp_crypto_policy_set_aes_gcm_128_16_auth(policy: *mut CryptoPolicy);
    fn dlopen(file: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// One build of libsrtp.
#[derive(Clone, Copy)]
pub struct Api {
    create: Create,
    dealloc: Dealloc,
    protect: Run,
    unprotect: Run,
    cm_128: SetPolicy,
    cm_256: SetPolicy,
    gcm_128: SetPolicy,
}

impl Api {
    /// The one that the rig compiles.
    pub fn linked() -> Api {
        // The rig's crate brings the objects that these symbols are in.
        let _ = voxseal_rig::libsrtp::SUITES;
        // SAFETY: no other thread uses libsrtp yet.
        assert_eq!(unsafe { srtp_init() }, 0);
        Api {
            create: srtp_create,
            dealloc: srtp_dealloc,
            protect: srtp_protect,
            unprotect: srtp_unprotect,
            cm_128: srtp_crypto_policy_set_rtp_default,
            cm_256: srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
            gcm_128: srtp_crypto_policy_set_aes_gcm_128_16_auth,
        }
    }

    /// Debian's shared library and its version, if this process can load it.
    pub fn installed(file: &Path) -> Option<(Api, String)> {
        const NOW: c_int = 2;
        let file = CString::new(file.as_os_str().as_encoded_bytes()).ok()?;
        // SAFETY: a C string; the library's initializers have no conditions.
        let library = unsafe { dlopen(file.as_ptr(), NOW) };
        if library.is_null() {
            return None;
        }
        // SAFETY: the symbol's type in libsrtp 2's header.
        let init: unsafe extern "C" fn() -> c_int = unsafe { symbol(library, c"srtp_init") }?;
        // SAFETY: no other thread uses this library yet.
        if unsafe { init() } != 0 {
            return None;
        }
        // SAFETY: the symbol's type in libsrtp 2's header.
        let version: unsafe extern "C" fn() -> *const c_char =
            unsafe { symbol(library, c"srtp_get_version_string") }?;
        // SAFETY: it returns a static string.
        let version = unsafe { CStr::from_ptr(version()) }.to_string_lossy().into_owned();
        // SAFETY: the symbols' types in libsrtp 2's header.
        let api = unsafe {
            Api {
                create: symbol(library, c"srtp_create")?,
                dealloc: symbol(library, c"srtp_dealloc")?,
                protect: symbol(library, c"srtp_protect")?,
                unprotect: symbol(library, c"srtp_unprotect")?,
                cm_128: symbol(library, c"srtp_crypto_policy_set_rtp_default")?,
                cm_256: symbol(library, c"srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80")?,
                gcm_128: symbol(library, c"srtp_crypto_policy_set_aes_gcm_128_16_auth")?,
            }
        };
        Some((api, version))
    }

    fn crypto_policy(&self, suite: CryptoSuite) -> CryptoPolicy {
        let set = match suite {
            CryptoSuite::AesCm128HmacSha1_80 => self.cm_128,
            CryptoSuite::Aes256CmHmacSha1_80 => self.cm_256,
            CryptoSuite::AeadAes128Gcm => self.gcm_128,
            other => panic!("no bench of {other}"),
        };
        let mut policy = CryptoPolicy::default();
        // SAFETY: a pointer to a live policy, all of which is written.
        unsafe { set(&raw mut policy) };
        policy
    }
}

/// # Safety
/// `T` is the type of the function pointer to `name`.
unsafe fn symbol<T: Copy>(library: *mut c_void, name: &CStr) -> Option<T> {
    assert_eq!(size_of::<T>(), size_of::<*mut c_void>());
    // SAFETY: a live library and a C string.
    let address = unsafe { dlsym(library, name.as_ptr()) };
    // SAFETY: of the same size, and not NULL, which no function pointer is.
    (!address.is_null()).then(|| unsafe { std::mem::transmute_copy(&address) })
}

/// One session of libsrtp.
pub struct Libsrtp {
    session: *mut c_void,
    protect: Run,
    unprotect: Run,
    dealloc: Dealloc,
}

impl Libsrtp {
    /// Outbound key for one SSRC, inbound key for any: as the stock module sets them.
    pub fn with_ssrc(api: Api, suite: CryptoSuite, ssrc: u32) -> Libsrtp {
        let (mut key, crypto) = (key(suite), api.crypto_policy(suite));
        key.resize(64, 0);
        let mut inbound = SrtpPolicy {
            ssrc_type: ANY_INBOUND,
            ssrc: 0,
            rtp: crypto,
            rtcp: crypto,
            key: key.as_mut_ptr(),
            keys: ptr::null_mut(),
            num_master_keys: 0,
            ekt: ptr::null_mut(),
            window_size: WINDOW,
            allow_repeat_tx: 0,
            enc_xtn_hdr: ptr::null_mut(),
            enc_xtn_hdr_count: 0,
            next: ptr::null_mut(),
        };
        let outbound = SrtpPolicy { ssrc_type: SPECIFIC, ssrc, next: &raw mut inbound, ..inbound };
        let mut session = ptr::null_mut();
        // SAFETY: both policies and the key live through the call, which copies them.
        let status = unsafe { (api.create)(&raw mut session, &raw const outbound) };
        assert_eq!(status, 0);
        Libsrtp { session, protect: api.protect, unprotect: api.unprotect, dealloc: api.dealloc }
    }

    pub fn new(api: Api, suite: CryptoSuite) -> Libsrtp {
        Libsrtp::with_ssrc(api, suite, OUTBOUND_SSRC)
    }
}

// SAFETY: a session has no thread of its own, and `&mut self` keeps it to one thread at a time.
unsafe impl Send for Libsrtp {}

impl Drop for Libsrtp {
    fn drop(&mut self) {
        // SAFETY: made by `create`, freed once.
        unsafe { (self.dealloc)(self.session) };
    }
}

impl Peer for Libsrtp {
    fn protect(&mut self, plain: &[u8], out: &mut [u8]) -> usize {
        assert!(plain.len() + TRAILER_ROOM <= out.len());
        out[..plain.len()].copy_from_slice(plain);
        let mut len = plain.len() as c_int;
        // SAFETY: a live session; the buffer has the room that libsrtp asks for.
        let status = unsafe { (self.protect)(self.session, out.as_mut_ptr().cast(), &raw mut len) };
        assert_eq!(status, 0);
        len as usize
    }

    fn unprotect(&mut self, packet: &mut [u8]) -> usize {
        let mut len = packet.len() as c_int;
        // SAFETY: a live session; the packet is as long as is said.
        let status = unsafe { (self.unprotect)(self.session, packet.as_mut_ptr().cast(), &raw mut len) };
        assert_eq!(status, 0);
        len as usize
    }
}
