//! Tests that cannot be tried here. Nobody is to take them for tests that passed.

use crate::Result;
use crate::places::companion_is_out_of_reach;
use std::io::{Write, stderr};

/// Says why the test of this thread is skipped, past the harness, which keeps to itself what a passing test prints.
pub fn skipped(why: &str) {
    let thread = std::thread::current();
    let _ = writeln!(stderr(), "SKIPPED {}: {why}", thread.name().unwrap_or("a test"));
}

/// Whether a test is skipped as `res_pjsip_voxseal.so` cannot be had here.
pub fn skipped_without_companion() -> Result<bool> {
    let skip = companion_is_out_of_reach()?;
    if skip {
        skipped("PJPROJECT_INCLUDE was not set when the PBX was prepared");
    }
    Ok(skip)
}
