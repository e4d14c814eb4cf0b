//! What a handshake may cost, so that peers who never finish theirs do no harm.

use crate::error::Error;

/// Bounds of handshakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long one may take.
    pub millis: u64,
    /// How many bytes the peer may send until it is over.
    pub bytes: usize,
    /// How many peers that connected may be in theirs at a time.
    pub half_open: usize,
}

impl Default for Limits {
    /// Chains of a few certificates on RSA keys have about 5 KiB.
    fn default() -> Limits {
        Limits { millis: 10_000, bytes: 65_536, half_open: 1000 }
    }
}

/// One handshake under way.
#[derive(Clone, Copy, Debug)]
pub struct Handshake {
    limits: Limits,
    started_ms: u64,
    received: usize,
}

impl Handshake {
    /// It begins now.
    pub fn start(limits: Limits, now_ms: u64) -> Handshake {
        Handshake { limits, started_ms: now_ms, received: 0 }
    }

    /// When it has to be over.
    pub fn deadline_ms(&self) -> u64 {
        self.started_ms.saturating_add(self.limits.millis)
    }

    /// It is not too late. A clock that was set back starts it again.
    pub fn check_time(&mut self, now_ms: u64) -> Result<(), Error> {
        self.started_ms = self.started_ms.min(now_ms);
        if now_ms >= self.deadline_ms() { Err(Error::TlsHandshakeTimeout) } else { Ok(()) }
    }

    /// It may have as many bytes more.
    pub fn receive(&mut self, len: usize) -> Result<(), Error> {
        let received = self.received.saturating_add(len);
        if received > self.limits.bytes {
            return Err(Error::TlsHandshakeTooLong);
        }
        self.received = received;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_bytes_are_bounded() {
        let limits = Limits { millis: 100, bytes: 10, half_open: 1 };
        let mut handshake = Handshake::start(limits, 1000);
        assert_eq!(handshake.check_time(1099), Ok(()));
        assert_eq!(handshake.check_time(1100), Err(Error::TlsHandshakeTimeout));
        assert_eq!(handshake.receive(4), Ok(()));
        assert_eq!(handshake.receive(7), Err(Error::TlsHandshakeTooLong));
        assert_eq!(handshake.receive(6), Ok(()));
        assert_eq!(handshake.receive(usize::MAX), Err(Error::TlsHandshakeTooLong));
    }

    #[test]
    fn a_clock_that_is_set_back_lengthens_no_handshake_for_ever() {
        let mut handshake = Handshake::start(Limits::default(), 1_000_000);
        assert_eq!(handshake.check_time(500_000), Ok(()));
        assert_eq!(handshake.deadline_ms(), 510_000);
        assert_eq!(handshake.check_time(510_000), Err(Error::TlsHandshakeTimeout));
    }
}
