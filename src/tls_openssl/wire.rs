//! The bytes between OpenSSL and whoever has the socket.

use crate::tls::Records;
use std::io::{Error, ErrorKind, Read, Result, Write};

/// How much may lie here in each direction: many records of 16 KiB.
pub(super) const MAX_BACKLOG: usize = 1 << 18;

#[derive(Default)]
pub(super) struct Wire {
    incoming: Vec<u8>,
    /// What of it OpenSSL has had.
    read: usize,
    outgoing: Vec<u8>,
    records: Records,
    /// Alerts that went out in the clear.
    alerts: Vec<u8>,
}

impl Wire {
    /// There is room for as many bytes from the peer, and not too much is to be sent.
    pub(super) fn has_room(&self, len: usize) -> bool {
        self.unread().saturating_add(len) <= MAX_BACKLOG && self.outgoing.len() <= MAX_BACKLOG
    }

    pub(super) fn unread(&self) -> usize {
        self.incoming.len().saturating_sub(self.read)
    }

    pub(super) fn unsent(&self) -> usize {
        self.outgoing.len()
    }

    pub(super) fn arrive(&mut self, bytes: &[u8]) {
        self.incoming.drain(..self.read.min(self.incoming.len()));
        self.read = 0;
        self.incoming.extend_from_slice(bytes);
    }

    /// Moves what is to be sent into `out` and tells how much that was.
    pub(super) fn take(&mut self, out: &mut [u8]) -> usize {
        let count = out.len().min(self.outgoing.len());
        out.iter_mut().zip(self.outgoing.drain(..count)).for_each(|(place, byte)| *place = byte);
        count
    }

    pub(super) fn take_alerts(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.alerts)
    }

    /// Forgets what has arrived.
    pub(super) fn discard_incoming(&mut self) {
        self.incoming = Vec::new();
        self.read = 0;
    }
}

impl Read for Wire {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let rest = self.incoming.get(self.read..).unwrap_or_default();
        if rest.is_empty() {
            return Err(Error::from(ErrorKind::WouldBlock));
        }
        let count = out.len().min(rest.len());
        out.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
        self.read += count;
        Ok(count)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.alerts.extend(self.records.alerts(bytes));
        self.outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
