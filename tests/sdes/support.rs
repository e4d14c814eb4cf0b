//! Helpers: lines, random bytes, snapshots.

use std::sync::atomic::{AtomicU64, Ordering};
use voxseal::error::Error;
use voxseal::sdes::{Negotiation, Outcome, Refusal, Selection};

/// The key of a line that Zoiper 2.0.5 sent.
pub const ZOIPER_KEY: &str = "WpjkRMJa2SxB/MF0MKkdLG5R/VRHWLr7NgD6C7dy";
/// The key of a line that a Grandstream GXP2120 sent.
pub const GRANDSTREAM_KEY: &str = "Pzmx5L5pxXG9szCR2UYcEDkBL5SvejE8FZJY/QXv";

/// A line with suite `_80` and Zoiper's key.
pub fn line_80(attr_tag: u32) -> String {
    line(attr_tag, "AES_CM_128_HMAC_SHA1_80", ZOIPER_KEY)
}

pub fn line(attr_tag: u32, suite: &str, key: &str) -> String {
    format!("{attr_tag} {suite} inline:{key}")
}

/// The lines that hold data: neither empty nor a comment.
pub fn data_lines(file: &str) -> impl Iterator<Item = &str> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Writes bytes that no earlier call has written.
pub fn fresh(bytes: &mut [u8]) -> Result<(), Error> {
    static CALLS: AtomicU64 = AtomicU64::new(1);
    let call = CALLS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    for (byte, source) in bytes.iter_mut().zip(call.iter().cycle()) {
        *byte = *source ^ 0x5a;
    }
    Ok(())
}

pub fn process(negotiation: &mut Negotiation, line: &[u8]) -> Result<Outcome, Refusal> {
    negotiation.process(line, &mut fresh)
}

/// Everything that can be seen of a negotiation.
pub fn snapshot(negotiation: &Negotiation) -> Vec<String> {
    let lines = (0..negotiation.lines()).map(|n| negotiation.line(n).unwrap().to_string());
    lines.chain([describe(negotiation.pending()), describe(negotiation.current())]).collect()
}

fn describe(selection: Option<&Selection>) -> String {
    let Some(selection) = selection else { return "none".into() };
    let keys = selection.remote.iter().chain(&selection.local).map(|key| {
        let bytes = key.master_key.key_and_salt();
        format!("{} {bytes:02x?} {:?} {:?}", key.master_key.suite(), key.lifetime, key.mki)
    });
    let keys: Vec<String> = keys.collect();
    let Selection { attr_tag, suite, window_hint, kdr, weakenings, .. } = selection;
    format!("{attr_tag} {suite} {window_hint:?} {kdr} {weakenings:?} {keys:?}")
}
