//! Waiting for a condition, with a deadline.

use crate::Result;
use std::time::{Duration, Instant};

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
