//! SRTP by libsrtp: an implementation that is not ours, to talk to and to compare with.
//!
//! One [`Libsrtp`] is one direction of one SDES crypto attribute: any SSRC, RTP and RTCP. The `_32` suites carry
//! 80 bits on SRTCP (RFC 4568 §6.2.2, RFC 6188 §7).
#![allow(unsafe_code)]

use crate::Result;
use std::ffi::{c_int, c_uchar, c_uint, c_void};
use std::ptr::NonNull;
use std::sync::Mutex;

/// A suite as libsrtp and the wire know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RigSuite {
    /// The registered name.
    pub name: &'static str,
    /// Length of master key and master salt together.
    pub key_salt_len: usize,
    number: c_int,
}

const fn row(number: c_int, name: &'static str, key_salt_len: usize) -> RigSuite {
    RigSuite { name, key_salt_len, number }
}

/// All eight suites, GCM-256 and the `_32` ones first: those are what fails most often in the field.
pub const SUITES: [RigSuite; 8] = [
    row(8, "AEAD_AES_256_GCM", 44),
    row(2, "AES_CM_128_HMAC_SHA1_32", 30),
    row(4, "AES_192_CM_HMAC_SHA1_32", 38),
    row(6, "AES_256_CM_HMAC_SHA1_32", 46),
    row(7, "AEAD_AES_128_GCM", 28),
    row(1, "AES_CM_128_HMAC_SHA1_80", 30),
    row(3, "AES_192_CM_HMAC_SHA1_80", 38),
    row(5, "AES_256_CM_HMAC_SHA1_80", 46),
];

impl RigSuite {
    /// The suite with this registered name.
    pub fn named(name: &str) -> Option<RigSuite> {
        SUITES.into_iter().find(|suite| suite.name == name)
    }

    /// The same, with these kinds of packets authenticated and not encrypted.
    pub fn unencrypted(self, kinds: &[Kind]) -> RigSuite {
        let bit = |kind, bit| if kinds.contains(&kind) { bit } else { 0 };
        RigSuite { number: self.number | bit(Kind::Rtp, 0x100) | bit(Kind::Rtcp, 0x200), ..self }
    }
}

/// Which way packets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The session protects.
    Outbound,
    /// The session unprotects.
    Inbound,
}

/// What kind of packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RTP.
    Rtp,
    /// RTCP.
    Rtcp,
}

unsafe extern "C" {
    fn rig_srtp_new(
        suite: c_int,
        outbound: c_int,
        short_rtcp: c_int,
        count: c_uint,
        keys: *mut c_uchar,
        key_len: c_uint,
        mkis: *mut c_uchar,
        mki_len: c_uint,
    ) -> *mut c_void;
    fn rig_srtp_select(session: *mut c_void, nth: c_uint);
    fn rig_srtp_free(session: *mut c_void);
    fn rig_srtp_run(
        session: *mut c_void,
        protect: c_int,
        rtcp: c_int,
        packet: *mut c_void,
        len: *mut c_int,
    ) -> c_int;
}

/// libsrtp's global set-up is not made for two threads at once.
static CREATING: Mutex<()> = Mutex::new(());

/// Most bytes libsrtp may add to a packet (`SRTP_MAX_TRAILER_LEN` and the SRTCP word).
const ROOM: usize = 160;

/// `SRTP_MAX_NUM_MASTER_KEYS`
const MOST_KEYS: usize = 16;

/// One of several master keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RigKey {
    /// Master key and salt in one piece.
    pub key_salt: Vec<u8>,
    /// Its MKI; empty for none.
    pub mki: Vec<u8>,
}

/// One libsrtp session of one direction.
pub struct Libsrtp {
    session: NonNull<c_void>,
}

// SAFETY: a libsrtp session has no thread of its own; `&mut self` keeps it to one thread at a time.
unsafe impl Send for Libsrtp {}

impl Libsrtp {
    /// A session with this master key and salt in one piece, as SDES carries them.
    pub fn new(suite: RigSuite, key_salt: &[u8], direction: Direction) -> Result<Libsrtp> {
        let key = RigKey { key_salt: key_salt.to_vec(), mki: Vec::new() };
        Libsrtp::with_keys(suite, &[key], direction, false)
    }

    /// A session with several master keys, told apart by MKIs of one length; the first one protects.
    /// `short_rtcp`: 32-bit tags on SRTCP, as some peers have with the `_32` suites.
    pub fn with_keys(
        suite: RigSuite,
        keys: &[RigKey],
        direction: Direction,
        short_rtcp: bool,
    ) -> Result<Libsrtp> {
        let mki_len = keys.first().map_or(0, |key| key.mki.len());
        let fits = |key: &RigKey| key.key_salt.len() == suite.key_salt_len && key.mki.len() == mki_len;
        if !keys.iter().all(fits) || keys.len() > if mki_len > 0 { MOST_KEYS } else { 1 } {
            return Err(
                format!("{} wants {} key bytes and MKIs alike", suite.name, suite.key_salt_len).into()
            );
        }
        let mut key_salts = keys.iter().flat_map(|key| key.key_salt.clone()).collect::<Vec<_>>();
        let mut mkis = keys.iter().flat_map(|key| key.mki.clone()).collect::<Vec<_>>();
        let _one_at_a_time = CREATING.lock().map_err(|_| "libsrtp: another thread failed")?;
        // SAFETY: both pointers are to as many bytes as the lengths say, and libsrtp copies them.
        let session = unsafe {
            rig_srtp_new(
                suite.number,
                c_int::from(direction == Direction::Outbound),
                c_int::from(short_rtcp),
                keys.len() as c_uint,
                key_salts.as_mut_ptr(),
                suite.key_salt_len as c_uint,
                mkis.as_mut_ptr(),
                mki_len as c_uint,
            )
        };
        forget_openssl_errors();
        let session = NonNull::new(session).ok_or("libsrtp refuses to make a session")?;
        Ok(Libsrtp { session })
    }

    /// Protects with the `nth` of several keys from now on.
    pub fn select(&mut self, nth: usize) {
        // SAFETY: the session lives until drop; libsrtp checks the number when it protects.
        unsafe { rig_srtp_select(self.session.as_ptr(), nth as c_uint) }
    }

    /// Protects a packet in place; it grows by what the suite adds.
    pub fn protect(&mut self, kind: Kind, packet: &mut Vec<u8>) -> Result<()> {
        self.run(true, kind, packet)
    }

    /// Unprotects a packet in place; it shrinks to the plain packet.
    pub fn unprotect(&mut self, kind: Kind, packet: &mut Vec<u8>) -> Result<()> {
        self.run(false, kind, packet)
    }

    fn run(&mut self, protect: bool, kind: Kind, packet: &mut Vec<u8>) -> Result<()> {
        let plain_len = packet.len();
        packet.resize(plain_len + ROOM, 0);
        let status = self.run_in(protect, kind, packet, plain_len);
        packet.truncate(*status.as_ref().unwrap_or(&plain_len));
        // Under GCM libsrtp leaves errors although it protects.
        forget_openssl_errors();
        status.map(|_| ()).map_err(|code| match code {
            7 => "libsrtp: authentication failed".into(),
            9 | 10 => "libsrtp: replayed".into(),
            25 => "libsrtp: the MKI is not known".into(),
            other => format!("libsrtp: status {other}").into(),
        })
    }

    /// For benches: no allocation. `buf` holds the packet in its first `len` bytes and, to protect, 160 bytes of
    /// room after it. Gives the new length, or libsrtp's status.
    pub fn run_in(
        &mut self,
        protect: bool,
        kind: Kind,
        buf: &mut [u8],
        len: usize,
    ) -> std::result::Result<usize, i32> {
        assert!(len + if protect { ROOM } else { 0 } <= buf.len(), "no room in the buffer");
        let mut out_len = len as c_int;
        let rtcp = c_int::from(kind == Kind::Rtcp);
        let packet = buf.as_mut_ptr().cast();
        // SAFETY: the session lives until drop; the buffer has room for what libsrtp may add (asserted above).
        let status =
            unsafe { rig_srtp_run(self.session.as_ptr(), c_int::from(protect), rtcp, packet, &mut out_len) };
        if status == 0 {
            return Ok(out_len as usize);
        }
        forget_openssl_errors();
        Err(status)
    }
}

/// What libsrtp leaves in OpenSSL's queue is not to be taken for an error of somebody's TLS.
fn forget_openssl_errors() {
    drop(openssl::error::ErrorStack::get());
}

impl Drop for Libsrtp {
    fn drop(&mut self) {
        // SAFETY: made by `rig_srtp_new`, freed once.
        unsafe { rig_srtp_free(self.session.as_ptr()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_opens_what_it_protected_and_nothing_else() {
        for suite in SUITES {
            for kind in [Kind::Rtp, Kind::Rtcp] {
                let key: Vec<u8> = (0..suite.key_salt_len as u8).collect();
                let mut out = Libsrtp::new(suite, &key, Direction::Outbound).unwrap();
                let mut plain = match kind {
                    Kind::Rtp => vec![0x80, 0, 0, 7, 0, 0, 0, 0, 1, 2, 3, 4],
                    Kind::Rtcp => vec![0x80, 201, 0, 42, 1, 2, 3, 4],
                };
                plain.resize(172, 0x5a);
                let mut packet = plain.clone();
                out.protect(kind, &mut packet).unwrap();
                assert_ne!(packet[..172], plain[..], "{}", suite.name);
                let trailer = match (kind, suite.name.contains("GCM"), suite.name.ends_with("_32")) {
                    (Kind::Rtp, true, _) => 16,
                    (Kind::Rtp, false, true) => 4,
                    (Kind::Rtp, false, false) => 10,
                    (Kind::Rtcp, true, _) => 20,
                    (Kind::Rtcp, false, _) => 14,
                };
                assert_eq!(packet.len(), 172 + trailer, "{} {kind:?}", suite.name);
                let mut forged = packet.clone();
                forged[100] ^= 1;
                let mut inbound = Libsrtp::new(suite, &key, Direction::Inbound).unwrap();
                assert!(inbound.unprotect(kind, &mut forged).is_err());
                inbound.unprotect(kind, &mut packet).unwrap();
                assert_eq!(packet, plain, "{}", suite.name);
            }
        }
    }

    #[test]
    fn packets_carry_the_mki_of_the_key_that_protects() {
        let suite = RigSuite::named("AES_CM_128_HMAC_SHA1_80").unwrap();
        let keys = [1, 2].map(|nth| RigKey { key_salt: vec![nth; 30], mki: vec![0, nth] });
        let mut out = Libsrtp::with_keys(suite, &keys, Direction::Outbound, false).unwrap();
        let mut inbound = Libsrtp::with_keys(suite, &keys, Direction::Inbound, false).unwrap();
        for nth in [0, 1] {
            out.select(nth);
            let plain = vec![0x80, 0, 0, 7 + nth as u8, 0, 0, 0, 0, 1, 2, 3, 4, 5];
            let mut packet = plain.clone();
            out.protect(Kind::Rtp, &mut packet).unwrap();
            assert_eq!(packet[13..15], keys[nth].mki);
            assert_eq!(packet.len(), 13 + 2 + 10);
            inbound.unprotect(Kind::Rtp, &mut packet).unwrap();
            assert_eq!(packet, plain);
        }
        assert!(Libsrtp::with_keys(suite, &[keys[0].clone()], Direction::Outbound, true).is_ok());
        let without = keys.map(|key| RigKey { mki: Vec::new(), ..key });
        assert!(Libsrtp::with_keys(suite, &without, Direction::Outbound, false).is_err());
    }
}
