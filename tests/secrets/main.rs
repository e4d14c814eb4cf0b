//! An ended call leaves none of its secrets in memory: no master key or salt, no
//! session key, no hash state made of one, no `inline:` text, neither on the heap
//! nor on a stack.
//!
//! The call runs in a child process, through the C ABI; the parent looks at all
//! that the child may write to: once during the call, when the secrets must be
//! there to be found, and once after it.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where the crate may not"
)]

mod call;
mod memory;
mod needles;

use memory::Memory;
use needles::Needle;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use voxseal::suite::CryptoSuite;

/// Set in the child: the number of the suite.
const SUITE: &str = "VOXSEAL_SECRETS_SUITE";

/// A process in the middle of a call.
struct Caller {
    child: Child,
    control: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// The crypto attributes that went to and fro.
    lines: Vec<String>,
    /// An address on the stack that it runs on, and one on its heap.
    places: Vec<u64>,
}

impl Drop for Caller {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Caller {
    fn start(suite: CryptoSuite) -> Caller {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_call", "--ignored", "--nocapture", "--test-threads=1"])
            .env(SUITE, (suite as u16).to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let control = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Caller { child, control, output, lines: Vec::new(), places: Vec::new() }
    }

    /// Reads until the child says that it has come to `stage`.
    fn wait_for(&mut self, stage: &str) {
        let wanted = format!("{}{stage}", call::STAGE);
        for line in self.output.by_ref() {
            let line = line.unwrap();
            if let Some(masked) = line.strip_prefix(call::LINE) {
                self.lines.push(call::unmasked(masked));
            } else if let Some(places) = line.strip_prefix(call::PLACES) {
                self.places = places.split(' ').map(memory::address).collect();
            } else if line == wanted {
                return;
            }
        }
        panic!("the child ended before {stage}");
    }

    fn memory(&self) -> Memory {
        let names = ["its stack", "its heap"];
        Memory::read(self.child.id(), self.places.iter().copied().zip(names).collect())
    }

    fn go_on(&mut self) {
        self.control.write_all(b"go on\n").unwrap();
    }
}

#[test]
fn ended_calls_leave_no_secret_in_memory() {
    let mut leaks = Vec::new();
    for suite in CryptoSuite::all() {
        let mut caller = Caller::start(suite);
        caller.wait_for("call");
        let needles: Vec<Needle> =
            caller.lines.iter().flat_map(|line| needles::of_line(suite, line)).collect();
        assert!(needles.len() > 20, "an offer and an answer, at least");
        let during = caller.memory().find(&needles);
        for what in ["master key", "SRTP enc_key", "SRTCP enc_key"] {
            assert!(
                during.iter().any(|found| found.contains(what)),
                "{suite}: no {what} found during a call"
            );
        }
        caller.go_on();
        caller.wait_for("end");
        for found in caller.memory().find(&needles) {
            leaks.push(format!("{suite}: {found}"));
        }
        caller.go_on();
        caller.wait_for("gone");
    }
    assert!(leaks.is_empty(), "secrets that outlive their call:\n{}", leaks.join("\n"));
}

#[test]
#[ignore = "the child process of the other test"]
fn the_call() {
    let number = std::env::var(SUITE).expect("run by the other test").parse().unwrap();
    call::run(CryptoSuite::from_number(number).unwrap());
}
