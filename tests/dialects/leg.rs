//! One leg of ours through the C ABI, as a host would use it: the negotiation of one stream and its SRTP session.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char};
use std::ptr;
use voxseal::ffi::*;

/// A status that was not 0, and the sentence that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub status: voxseal_status,
    pub reason: String,
}

/// What a leg has agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub tag: u32,
    pub suite: String,
}

/// RTP or RTCP, as the C ABI counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packet {
    Rtp = VOXSEAL_RTP as isize,
    Rtcp = VOXSEAL_RTCP as isize,
}

pub struct Leg {
    sdes: *mut voxseal_sdes,
    session: voxseal_session,
    local: *mut voxseal_policy,
    remote: *mut voxseal_policy,
}

// SAFETY: every function of the C ABI may be called from any thread.
unsafe impl Send for Leg {}

fn ok(status: voxseal_status) -> Result<(), Refused> {
    if status == VOXSEAL_OK {
        return Ok(());
    }
    // SAFETY: a static text that ends in NUL.
    let text = unsafe { std::ffi::CStr::from_ptr(voxseal_status_str(status)) };
    Err(Refused { status, reason: text.to_string_lossy().into_owned() })
}

/// Reads a text of the C ABI.
fn text(read: impl Fn(*mut c_char, usize, *mut usize) -> voxseal_status) -> Result<String, Refused> {
    let mut buffer = vec![0_u8; 8192];
    let mut needed = 0;
    ok(read(buffer.as_mut_ptr().cast(), buffer.len(), &mut needed))?;
    buffer.truncate(needed.saturating_sub(1));
    Ok(String::from_utf8(buffer).unwrap())
}

impl Leg {
    /// A leg towards a system, under the profile of ours with this name and these options changed.
    pub fn new(profile: &str, settings: &[(String, String)]) -> Result<Leg, Refused> {
        let (mut sdes, mut local, mut remote) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        let mut session = voxseal_session { id: 0 };
        let found = Profile::find(profile, settings)?;
        let config = found.session_config()?;
        // SAFETY: all pointers are to live variables.
        unsafe {
            ok(voxseal_sdes_new(&mut sdes))?;
            ok(voxseal_policy_new(&mut local))?;
            ok(voxseal_policy_new(&mut remote))?;
            ok(voxseal_session_new(&config, &mut session))?;
            ok(voxseal_sdes_use_profile(sdes, found.0))?;
        }
        Ok(Leg { sdes, session, local, remote })
    }

    /// Makes the offer of the profile and gives its lines.
    pub fn offer(&mut self) -> Result<Vec<String>, Refused> {
        // SAFETY: a live negotiation; no suites means those of the profile.
        ok(unsafe { voxseal_sdes_offer(self.sdes, ptr::null(), 0) })?;
        self.lines()
    }

    /// The lines of our SDP now.
    pub fn lines(&self) -> Result<Vec<String>, Refused> {
        // SAFETY: a live negotiation.
        let count = unsafe { voxseal_sdes_line_count(self.sdes) };
        // SAFETY: `text` hands over a buffer and its size.
        let line =
            |nth| text(|out, size, needed| unsafe { voxseal_sdes_line(self.sdes, nth, out, size, needed) });
        (0..count).map(line).collect()
    }

    /// Takes the lines of the peer's SDP as the host does: each in order until one is taken, and all of it twice if it
    /// is an offer. The keys are active then. The error is that of the last line; without lines there is none to tell.
    pub fn take(&mut self, lines: &[&str]) -> Result<Option<Taken>, Refused> {
        let joined = lines.join("\n");
        // SAFETY: a live negotiation and a text with its length.
        ok(unsafe { voxseal_sdes_survey(self.sdes, joined.as_ptr().cast(), joined.len()) })?;
        let mut last = None;
        for line in lines {
            match self.process(line) {
                Ok(taken) => return Ok(Some(taken)),
                Err(refused) => last = Some(refused),
            }
        }
        last.map_or(Ok(None), Err)
    }

    fn process(&mut self, line: &str) -> Result<Taken, Refused> {
        let mut outcome = VOXSEAL_SDES_UNCHANGED;
        // SAFETY: a live negotiation and a text with its length.
        let status =
            unsafe { voxseal_sdes_process(self.sdes, line.as_ptr().cast(), line.len(), &mut outcome) };
        // SAFETY: `text` hands over a buffer and its size.
        let reason =
            || text(|out, size, needed| unsafe { voxseal_sdes_reason(self.sdes, out, size, needed) });
        ok(status).map_err(|refused| Refused { reason: reason().unwrap_or_default(), ..refused })?;
        if outcome == VOXSEAL_SDES_PENDING {
            self.activate()?;
        }
        self.taken()
    }

    fn activate(&mut self) -> Result<(), Refused> {
        // SAFETY: live objects all.
        unsafe {
            ok(voxseal_sdes_policies(self.sdes, 0, self.local, self.remote))?;
            ok(voxseal_session_apply(self.session, self.remote))?;
            ok(voxseal_session_apply(self.session, self.local))?;
            ok(voxseal_sdes_commit(self.sdes))
        }
    }

    fn taken(&self) -> Result<Taken, Refused> {
        // SAFETY: a live negotiation; the name is static.
        let suite = unsafe { std::ffi::CStr::from_ptr(voxseal_suite_name(voxseal_sdes_suite(self.sdes))) };
        let line = self.lines()?.remove(0);
        let tag = line.split(' ').next().and_then(|tag| tag.parse().ok()).unwrap();
        Ok(Taken { tag, suite: suite.to_string_lossy().into_owned() })
    }

    /// The verdict of each line of the peer's last SDP.
    pub fn verdicts(&self) -> Result<Vec<String>, Refused> {
        // SAFETY: a live negotiation.
        let count = unsafe { voxseal_sdes_verdict_count(self.sdes) };
        let one = |nth| {
            text(|out, size, needed| {
                // SAFETY: `text` hands over a buffer and its size.
                unsafe { voxseal_sdes_verdict(self.sdes, nth, out, size, needed) }
            })
        };
        (0..count).map(one).collect()
    }

    pub fn protect(&self, kind: Packet, packet: &[u8]) -> Result<Vec<u8>, Refused> {
        let mut out = vec![0; packet.len() + VOXSEAL_MAX_TRAILER_LEN];
        let mut len = 0;
        let (from, to) = (packet.as_ptr(), out.as_mut_ptr());
        // SAFETY: two buffers with their sizes.
        ok(unsafe {
            voxseal_session_protect(self.session, kind as u32, from, packet.len(), to, out.len(), &mut len)
        })?;
        out.truncate(len);
        Ok(out)
    }

    pub fn unprotect(&self, kind: Packet, packet: &mut Vec<u8>) -> Result<(), Refused> {
        let mut len = packet.len();
        // SAFETY: a buffer with its size.
        ok(unsafe { voxseal_session_unprotect(self.session, kind as u32, packet.as_mut_ptr(), &mut len) })?;
        packet.truncate(len);
        Ok(())
    }

    pub fn stats(&self) -> voxseal_session_stats {
        // SAFETY: all-zero is a valid value of this struct of integers.
        let mut stats: voxseal_session_stats = unsafe { std::mem::zeroed() };
        stats.struct_size = size_of::<voxseal_session_stats>();
        // SAFETY: a struct that says its size.
        ok(unsafe { voxseal_session_stats_read(self.session, &mut stats) }).unwrap();
        stats
    }
}

impl Drop for Leg {
    fn drop(&mut self) {
        voxseal_session_free(self.session);
        // SAFETY: made in `new`, freed once.
        unsafe {
            voxseal_sdes_free(self.sdes);
            voxseal_policy_free(self.local);
            voxseal_policy_free(self.remote);
        }
    }
}

/// A shipped profile.
struct Profile(*mut voxseal_profile);

impl Profile {
    fn find(name: &str, settings: &[(String, String)]) -> Result<Profile, Refused> {
        let name = CString::new(name).unwrap();
        let mut profile = Profile(ptr::null_mut());
        // SAFETY: a text that ends in NUL; no settings means the shipped profiles.
        ok(unsafe { voxseal_profile_find(ptr::null(), name.as_ptr(), ptr::null(), &mut profile.0) })?;
        for (option, value) in settings {
            let (option, value) = (CString::new(&**option).unwrap(), CString::new(&**value).unwrap());
            let mut reason = [0; 512];
            // SAFETY: texts that end in NUL, and a buffer with its size.
            let status = unsafe {
                let (out, size) = (reason.as_mut_ptr(), reason.len());
                voxseal_profile_set(profile.0, option.as_ptr(), value.as_ptr(), out, size)
            };
            // SAFETY: the function ends the reason in NUL.
            let reason =
                || unsafe { std::ffi::CStr::from_ptr(reason.as_ptr()) }.to_string_lossy().into_owned();
            ok(status).map_err(|refused| Refused { reason: reason(), ..refused })?;
        }
        Ok(profile)
    }

    fn session_config(&self) -> Result<voxseal_session_config, Refused> {
        // SAFETY: all-zero is a valid value of this struct of integers.
        let mut config: voxseal_session_config = unsafe { std::mem::zeroed() };
        config.struct_size = size_of::<voxseal_session_config>();
        // SAFETY: a live profile, and a struct that says its size.
        ok(unsafe { voxseal_profile_session_config(self.0, &mut config) })?;
        Ok(config)
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // SAFETY: NULL or from `voxseal_profile_find`, freed once.
        unsafe { voxseal_profile_free(self.0) }
    }
}
