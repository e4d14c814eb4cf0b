//! What the load generator counts.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A counter that all threads write.
#[derive(Default)]
pub struct Count(AtomicU64);

impl Count {
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// All that is counted on the side of the callers.
#[derive(Default)]
pub struct Ledger {
    pub calls_made: Count,
    pub calls_ended: Count,
    /// By what was renegotiated.
    pub renegotiated: Mutex<BTreeMap<&'static str, u64>>,
    pub sent: Count,
    pub echoed: Count,
    pub srtcp_received: Count,
    /// Reports that libsrtp refused.
    pub srtcp_unreadable: Count,
    /// Sent before the first echo: Answer() swallows what comes before the channel is ready.
    pub swallowed: Count,
    pub lost: Count,
    /// Packets of the PBX that libsrtp refused, now and after an answer that was on its way.
    pub unreadable: Count,
    /// Packets that were readable only with the answer that was on its way.
    pub ahead_of_answer: Count,
    /// Echoes of nothing that was sent, or for the second time.
    pub strange: Count,
    /// How far the media is behind its pace now, in milliseconds.
    pub behind_ms: AtomicU64,
    /// SIP that went wrong, by what it was.
    pub failures: Mutex<BTreeMap<String, u64>>,
}

impl Ledger {
    pub fn calls_up(&self) -> u64 {
        self.calls_made.get() - self.calls_ended.get()
    }

    /// Calls and re-INVITEs: whatever leaves memory behind does it at one of them.
    pub fn events(&self) -> u64 {
        self.calls_made.get() + self.renegotiations(|_| true)
    }

    /// Re-INVITEs after which packets are under other keys.
    pub fn new_keys(&self) -> u64 {
        self.renegotiations(|what| what.starts_with("another key"))
    }

    fn renegotiations(&self, which: impl Fn(&str) -> bool) -> u64 {
        self.renegotiated
            .lock()
            .map_or(0, |all| all.iter().filter(|(what, _)| which(what)).map(|(_, count)| count).sum())
    }

    pub fn renegotiated(&self, what: &'static str) {
        if let Ok(mut counts) = self.renegotiated.lock() {
            *counts.entry(what).or_default() += 1;
        }
    }

    pub fn failed(&self, what: &str) {
        if let Ok(mut counts) = self.failures.lock() {
            *counts.entry(what.to_owned()).or_default() += 1;
        }
    }
}
