//! What a session is told: key, suite and SSRC rule of one direction.

use super::Direction;
use super::window::Window;
use crate::error::Error;
use crate::secret::MasterKey;

/// For which SSRCs a key is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SsrcRule {
    /// Any SSRC of the direction (libsrtp's "wildcard").
    Any,
    /// This SSRC alone.
    Specific(u32),
}

/// One master key and what it is for.
pub struct Policy {
    /// Which direction's packets the key is for.
    pub direction: Direction,
    /// For which SSRCs.
    pub ssrc: SsrcRule,
    /// The key, which knows its suite.
    pub master_key: MasterKey,
}

/// Settings of a session. They hold for its whole life.
#[derive(Clone, Copy, Debug)]
pub struct SessionConfig {
    rtp_window: u32,
    rtcp_window: u32,
}

impl SessionConfig {
    /// Replay windows in packets, each from 64 to 32768 (RFC 3711 §3.3.2).
    ///
    /// # Errors
    /// [`Error::BadArgument`] outside of these bounds.
    pub fn new(rtp_window: u32, rtcp_window: u32) -> Result<SessionConfig, Error> {
        let bounds = Window::MIN..=Window::MAX;
        if bounds.contains(&rtp_window) && bounds.contains(&rtcp_window) {
            Ok(SessionConfig { rtp_window, rtcp_window })
        } else {
            Err(Error::BadArgument)
        }
    }

    /// A fresh replay window for SRTP.
    pub(super) fn rtp_window(self) -> Window {
        Window::new(self.rtp_window)
    }

    /// A fresh replay window for SRTCP.
    pub(super) fn rtcp_window(self) -> Window {
        Window::new(self.rtcp_window)
    }
}

impl Default for SessionConfig {
    /// 1024 packets for SRTP, 128 for SRTCP.
    fn default() -> SessionConfig {
        SessionConfig { rtp_window: 1024, rtcp_window: 128 }
    }
}
