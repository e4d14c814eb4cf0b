//! Waiting for a condition, with a deadline.

use crate::Result;
use std::time::{Duration, Instant};

/// For waits that end in vain only when something is at fault. Generous, as tests run on machines that are busy with
/// other things: nobody waits so long unless a test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks `probe` until it gives something, at most this long; `what` names the thing waited for in the error.
pub fn wait_for<T>(what: &str, at_most: Duration, mut probe: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + at_most;
    loop {
        if let Some(found) = probe()? {
            return Ok(found);
        }
        if Instant::now() >= deadline {
            return Err(format!("waited {} s in vain for {what}", at_most.as_secs()).into());
        }
        // Between two questions, so as not to burn the processor that the PBX needs.
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// How long to wait for what the last of so many packets leads to, before another one is sent because the PBX may have
/// swallowed it: longer from packet to packet, up to a second, however slow the way is.
pub fn between_packets(sent: usize) -> Duration {
    Duration::from_millis(20 * (sent as u64).clamp(2, 50))
}
