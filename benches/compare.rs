//! Us and libsrtp side by side in one process, in interleaved slices: `cargo bench --bench compare`.
//!
//! - quiet: 5th percentile over a peer's slices; the ratio of two of them is the conservative one.
//! - paired: median of slice-by-slice ratios, what a busy machine feels.
//!
//! Everybody's output is compared before anything is timed. With the private PBX of the tests in `target/pbx`, a second
//! pass runs under that system's loader, with its OpenSSL and with Debian's libsrtp2, which is what its Asterisk runs.
//!
//! One hot session with this machine's libraries alone: `-- --rows`. With RustCrypto's primitives, as on CPUs that lack the
//! kernels' instructions, in `make bench`.
//!
//! Ours with OpenSSL's primitives: `VOXSEAL_PROVIDER=openssl cargo bench --features openssl --bench compare`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench stops where the crate may not"
)]

#[path = "compare/rows.rs"]
mod rows;
#[path = "compare/sessions.rs"]
mod sessions;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::libsrtp::Api;
use support::machine;
use voxseal::crypto::{self, Provider};

#[global_allocator]
static ALLOCATOR: machine::Counting = machine::Counting;

/// The libsrtp source that the rig compiles.
const LINKED_VERSION: &str = "2.3.0";

/// Those that we are compared with.
struct Peers {
    /// libsrtp with this process's OpenSSL.
    linked: Api,
    /// Debian's libsrtp2.so.1.
    installed: Option<Api>,
}

fn main() {
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let second = std::env::args().any(|argument| argument == "--second-pass");
    let rows_alone = std::env::args().any(|argument| argument == "--rows");
    if let Ok(name) = std::env::var("VOXSEAL_PROVIDER") {
        crypto::select(Provider::from_name(&name).unwrap()).unwrap();
    }
    let budget = Duration::from_millis(if quick { 1 } else { 1200 });
    let installed = if second { pbx_library("libsrtp2.so.1") } else { PathBuf::from("libsrtp2.so.1") };
    let (installed, version) = Api::installed(&installed).unzip();
    let peers = Peers { linked: Api::linked(), installed };

    println!("\n## libsrtp with {}{}", machine::openssl(), if second { ", the PBX's libraries" } else { "" });
    println!("{}", machine::describe());
    println!("ours: primitives of {}", crypto::provider().name());
    println!("A: libsrtp {LINKED_VERSION} with {}", machine::openssl());
    println!(
        "B: {}",
        version.map_or("libsrtp2.so.1 is not installed".into(), |text| format!("{text}, Debian's"))
    );
    rows::print(&peers, budget);
    if rows_alone {
        return;
    }
    sessions::print(&peers, budget, quick);
    if !second {
        second_pass();
    }
}

/// The same program under the loader of the PBX's system, whose libraries need a newer libc than this machine's.
fn second_pass() {
    let loader = pbx_library("ld-linux-x86-64.so.2");
    if !loader.exists() {
        println!("\nNo second pass: target/pbx has no PBX (make pbx).");
        return;
    }
    let this = std::env::current_exe().unwrap();
    let libraries = loader.parent().unwrap().to_owned();
    let mut pass = Command::new(&loader);
    pass.arg("--library-path").arg(libraries).arg(this).arg("--second-pass").args(std::env::args().skip(1));
    let status = pass.status().unwrap();
    assert!(status.success(), "the second pass failed: {status}");
}

fn pbx_library(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pbx/lib").join(name)
}
