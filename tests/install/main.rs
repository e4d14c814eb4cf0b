//! Installation as an administrator does it: install, enable, secure call, disable, stock back, uninstall, with the
//! files compared before and after. Once on a PBX in a folder, once on a Debian with its own Asterisk, by `make` and by
//! packages.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../documents/blocks.rs"]
#[allow(dead_code, reason = "shared with the documents")]
mod blocks;
mod files;
mod folder;
mod pbx;
mod system;
