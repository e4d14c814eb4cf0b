//! Where a figure comes from: a figure without machine, commit and command is none.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{CStr, c_char, c_int};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

unsafe extern "C" {
    fn OpenSSL_version(kind: c_int) -> *const c_char;
    fn mallinfo2() -> Mallinfo;
}

/// `struct mallinfo2` of glibc.
#[repr(C)]
struct Mallinfo {
    before: [usize; 4],
    mapped: usize,
    between: [usize; 2],
    used: usize,
    after: [usize; 2],
}

/// Bytes that are allocated, by whomever in this process.
pub fn heap_in_use() -> usize {
    // SAFETY: no conditions.
    let info = unsafe { mallinfo2() };
    info.used + info.mapped
}

/// Counts allocations made in Rust.
pub struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Allocations in Rust so far.
pub fn allocations() -> usize {
    COUNT.load(Ordering::Relaxed)
}

// SAFETY: hands everything to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: by this function's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: by this function's contract.
        unsafe { System.dealloc(block, layout) }
    }
}

/// The OpenSSL that this process has loaded.
pub fn openssl() -> String {
    // SAFETY: returns a static string.
    let text = unsafe { CStr::from_ptr(OpenSSL_version(0)) }.to_string_lossy().into_owned();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// Processor, load, compiler and commit, one line each.
pub fn describe() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name| {
        let line = cpu.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or("unknown", |(_, value)| value.trim())
    };
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "machine: {} (family {} model {}), {} CPUs, load {}\ncompiler: {}, commit {}",
        field("model name"),
        field("cpu family"),
        field("model\t"),
        std::thread::available_parallelism().map_or(0, usize::from),
        load.split(' ').next().unwrap_or_default(),
        said(Command::new("rustc").arg("--version")),
        said(Command::new("git").args(["describe", "--always", "--dirty"])),
    )
}

fn said(command: &mut Command) -> String {
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let text = output.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    text.map_or("unknown".into(), |text| String::from_utf8_lossy(&text).trim().to_string())
}
