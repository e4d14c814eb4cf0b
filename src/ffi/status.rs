//! Status codes and their texts.

use crate::error::Error;
use core::ffi::c_char;

/// What a fallible function returns: 0 is success. Bands: 1-99 the caller's
/// mistake, 100-199 this packet, 200-299 this crypto attribute, 300-399 keys,
/// 400-499 TLS, 900-999 a fault of this library. A number is never used again.
pub type voxseal_status = i32;

/// Success.
pub const VOXSEAL_OK: voxseal_status = 0;
/// A required pointer was NULL.
pub const VOXSEAL_ERR_NULL_POINTER: voxseal_status = 1;
/// A handle that never was, or is no longer, valid.
pub const VOXSEAL_ERR_BAD_HANDLE: voxseal_status = 2;
/// The output buffer is too small.
pub const VOXSEAL_ERR_BUFFER_TOO_SMALL: voxseal_status = 3;
/// An argument holds a value that has no meaning.
pub const VOXSEAL_ERR_BAD_ARGUMENT: voxseal_status = 4;
/// A struct's `struct_size` is smaller than this version can read.
pub const VOXSEAL_ERR_STRUCT_SIZE: voxseal_status = 5;
/// The session table is full.
pub const VOXSEAL_ERR_TABLE_FULL: voxseal_status = 6;
/// A call came before the one that it depends on.
pub const VOXSEAL_ERR_BAD_STATE: voxseal_status = 7;
/// A provider of primitives that is not built in or does not work here.
pub const VOXSEAL_ERR_PROVIDER_UNAVAILABLE: voxseal_status = 8;
/// The provider of primitives failed.
pub const VOXSEAL_ERR_PROVIDER_FAILED: voxseal_status = 9;
/// No profile has this name.
pub const VOXSEAL_ERR_UNKNOWN_PROFILE: voxseal_status = 10;
/// A setting that is not known, malformed or does not go with the others.
pub const VOXSEAL_ERR_SETTING_REFUSED: voxseal_status = 11;
/// Not an RTP or RTCP packet, or too short to be one.
pub const VOXSEAL_ERR_PACKET_MALFORMED: voxseal_status = 100;
/// Longer than the engine handles.
pub const VOXSEAL_ERR_PACKET_TOO_LONG: voxseal_status = 101;
/// The tag does not fit the packet.
pub const VOXSEAL_ERR_AUTH_FAILED: voxseal_status = 102;
/// A packet with this index was accepted before.
pub const VOXSEAL_ERR_REPLAYED: voxseal_status = 103;
/// Older than the replay window.
pub const VOXSEAL_ERR_TOO_OLD: voxseal_status = 104;
/// No key is set for this direction.
pub const VOXSEAL_ERR_NO_KEY: voxseal_status = 105;
/// Another packet was already sent with this index.
pub const VOXSEAL_ERR_INDEX_REUSED: voxseal_status = 106;
/// The master key has protected as many packets as it may.
pub const VOXSEAL_ERR_LIFETIME_EXHAUSTED: voxseal_status = 107;
/// SRTCP packet whose E flag says that it is not encrypted.
pub const VOXSEAL_ERR_NOT_ENCRYPTED: voxseal_status = 108;
/// More streams than a session holds.
pub const VOXSEAL_ERR_TOO_MANY_STREAMS: voxseal_status = 109;
/// The packet names a master key identifier that is not known.
pub const VOXSEAL_ERR_UNKNOWN_MKI: voxseal_status = 110;
/// Not of the shape of RFC 4568 §9.1.
pub const VOXSEAL_ERR_ATTRIBUTE_SYNTAX: voxseal_status = 200;
/// Longer than a crypto attribute may be.
pub const VOXSEAL_ERR_ATTRIBUTE_TOO_LONG: voxseal_status = 201;
/// The attribute's tag is not 1 to 9 digits.
pub const VOXSEAL_ERR_ATTRIBUTE_TAG: voxseal_status = 202;
/// A suite that is not known.
pub const VOXSEAL_ERR_UNKNOWN_SUITE: voxseal_status = 203;
/// A suite that the settings leave out.
pub const VOXSEAL_ERR_SUITE_NOT_ALLOWED: voxseal_status = 204;
/// A key method other than `inline`.
pub const VOXSEAL_ERR_KEY_METHOD: voxseal_status = 205;
/// No key, or not strict base64.
pub const VOXSEAL_ERR_KEY_ENCODING: voxseal_status = 206;
/// A lifetime that is zero, above the maximum or malformed.
pub const VOXSEAL_ERR_LIFETIME_SYNTAX: voxseal_status = 207;
/// A lifetime below the minimum that the settings demand.
pub const VOXSEAL_ERR_LIFETIME_TOO_SHORT: voxseal_status = 208;
/// MKI malformed, out of 1 to 128 bytes, or not alike on all keys.
pub const VOXSEAL_ERR_MKI_SYNTAX: voxseal_status = 209;
/// A session parameter that is malformed or not known.
pub const VOXSEAL_ERR_SESSION_PARAMETER: voxseal_status = 210;
/// A session parameter that weakens the call and is not allowed.
pub const VOXSEAL_ERR_PARAMETER_REFUSED: voxseal_status = 211;
/// The answer's tag is none that was offered.
pub const VOXSEAL_ERR_ANSWER_TAG: voxseal_status = 212;
/// The answer's suite is not the one offered under its tag.
pub const VOXSEAL_ERR_ANSWER_SUITE: voxseal_status = 213;
/// An MKI, and the settings accept none.
pub const VOXSEAL_ERR_MKI_REFUSED: voxseal_status = 214;
/// Another line of the same offer is preferred.
pub const VOXSEAL_ERR_NOT_PREFERRED: voxseal_status = 215;
/// Key and salt have not the lengths of the suite.
pub const VOXSEAL_ERR_KEY_LENGTH: voxseal_status = 300;
/// The master key is all zeros.
pub const VOXSEAL_ERR_KEY_ALL_ZERO: voxseal_status = 301;
/// The random source failed.
pub const VOXSEAL_ERR_RANDOM: voxseal_status = 302;
/// The peer sends back the key that we sent.
pub const VOXSEAL_ERR_KEY_REFLECTED: voxseal_status = 303;
/// The session replaced this key so long ago that what was used under it is forgotten.
pub const VOXSEAL_ERR_KEY_REUSED: voxseal_status = 304;
/// More keys than a session holds or remembers.
pub const VOXSEAL_ERR_TOO_MANY_KEYS: voxseal_status = 305;
/// A file of certificates or keys is not there.
pub const VOXSEAL_ERR_TLS_FILE_MISSING: voxseal_status = 400;
/// A file that this user may not read, or that cannot be read at all.
pub const VOXSEAL_ERR_TLS_FILE_UNREADABLE: voxseal_status = 401;
/// A key that others than its owner can read.
pub const VOXSEAL_ERR_TLS_KEY_EXPOSED: voxseal_status = 402;
/// No private key in the files.
pub const VOXSEAL_ERR_TLS_NO_KEY: voxseal_status = 403;
/// No certificate in the files.
pub const VOXSEAL_ERR_TLS_NO_CERTIFICATE: voxseal_status = 404;
/// The key belongs to another certificate.
pub const VOXSEAL_ERR_TLS_KEY_MISMATCH: voxseal_status = 405;
/// The certificates do not follow each other.
pub const VOXSEAL_ERR_TLS_CHAIN_ORDER: voxseal_status = 406;
/// An intermediate certificate is missing.
pub const VOXSEAL_ERR_TLS_CHAIN_INCOMPLETE: voxseal_status = 407;
/// A certificate whose time is over.
pub const VOXSEAL_ERR_TLS_EXPIRED: voxseal_status = 408;
/// A certificate whose time is to come.
pub const VOXSEAL_ERR_TLS_NOT_YET_VALID: voxseal_status = 409;
/// The key is encrypted, and the passphrase is missing or wrong.
pub const VOXSEAL_ERR_TLS_PASSPHRASE: voxseal_status = 410;
/// A key that is too short to be of use.
pub const VOXSEAL_ERR_TLS_WEAK_KEY: voxseal_status = 411;
/// What stands in the file is damaged.
pub const VOXSEAL_ERR_TLS_FILE_MALFORMED: voxseal_status = 412;
/// The connection's protocol version is below the minimum.
pub const VOXSEAL_ERR_TLS_VERSION: voxseal_status = 420;
/// The connection's cipher is below the minimum.
pub const VOXSEAL_ERR_TLS_CIPHER: voxseal_status = 421;
/// The peer showed no certificate.
pub const VOXSEAL_ERR_TLS_NO_PEER_CERTIFICATE: voxseal_status = 422;
/// The peer's chain leads to no authority that is trusted.
pub const VOXSEAL_ERR_TLS_UNTRUSTED: voxseal_status = 423;
/// The peer's certificate was revoked, or that is not known.
pub const VOXSEAL_ERR_TLS_REVOKED: voxseal_status = 424;
/// The peer's certificate is for another purpose.
pub const VOXSEAL_ERR_TLS_PURPOSE: voxseal_status = 425;
/// The peer's certificate is for another name.
pub const VOXSEAL_ERR_TLS_NAME: voxseal_status = 426;
/// None of the allowed names is the peer's.
pub const VOXSEAL_ERR_TLS_NOT_ALLOWED: voxseal_status = 427;
/// The handshake failed.
pub const VOXSEAL_ERR_TLS_HANDSHAKE: voxseal_status = 430;
/// The handshake took longer than allowed.
pub const VOXSEAL_ERR_TLS_HANDSHAKE_TIMEOUT: voxseal_status = 431;
/// The peer sent more than allowed before the handshake was over.
pub const VOXSEAL_ERR_TLS_HANDSHAKE_TOO_LONG: voxseal_status = 432;
/// As many handshakes as allowed are under way.
pub const VOXSEAL_ERR_TLS_HALF_OPEN: voxseal_status = 433;
/// The peer ended the connection by an alert.
pub const VOXSEAL_ERR_TLS_PEER_ALERT: voxseal_status = 434;
/// The connection was closed, by the peer or by us.
pub const VOXSEAL_ERR_TLS_CLOSED: voxseal_status = 435;
/// The peer's bytes ended without a close-notify.
pub const VOXSEAL_ERR_TLS_TRUNCATED: voxseal_status = 436;
/// The handshake is not over.
pub const VOXSEAL_ERR_TLS_NOT_ESTABLISHED: voxseal_status = 437;
/// What has arrived must be read, or what is to be sent be taken, first.
pub const VOXSEAL_ERR_TLS_BACKLOG: voxseal_status = 438;
/// A record that is damaged or out of place.
pub const VOXSEAL_ERR_TLS_RECORD: voxseal_status = 439;
/// Nothing was loaded into the context.
pub const VOXSEAL_ERR_TLS_NOT_LOADED: voxseal_status = 440;
/// A panic was caught at the boundary; the handle is out of use.
pub const VOXSEAL_ERR_POISONED: voxseal_status = 900;

/// The text of a status, one sentence without a full stop: static, never NULL,
/// also for numbers that mean nothing. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn voxseal_status_str(status: voxseal_status) -> *const c_char {
    let text = match status {
        VOXSEAL_OK => c"ok",
        _ => Error::from_number(status).map_or(c"unknown status", Error::c_text),
    };
    text.as_ptr()
}
