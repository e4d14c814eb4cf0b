//! A call between two sides of the C ABI in one process, which keeps no secret
//! of its own: lines are masked as soon as they are read.

#![allow(unsafe_code, reason = "calls the C ABI as a C program does")]
#![allow(clippy::undocumented_unsafe_blocks, reason = "each pointer is of a live local of the right type")]

use std::io::stdin;
use std::ptr::null_mut;
use voxseal::ffi::*;
use voxseal::suite::CryptoSuite;
use zeroize::{Zeroize, Zeroizing};

/// Begins a line on standard output that says how far the call is.
pub const STAGE: &str = "stage ";
/// Begins a line that tells a crypto attribute, masked.
pub const LINE: &str = "line ";
/// Begins a line that tells an address on this thread's stack and one on its heap.
pub const PLACES: &str = "places ";
const MASK: u8 = 0xa5;

pub fn unmasked(masked: &str) -> String {
    let digits = masked.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|digits| char::from(u8::from_str_radix(digits, 16).unwrap() ^ MASK)).collect()
}

/// Offers, answers, talks both ways, rekeys, talks again and ends, with a pause
/// for the observer during the call and one after it.
pub fn run(suite: CryptoSuite) {
    println!(); // the test harness has begun a line
    let (on_stack, on_heap) = (0u8, Box::new(0u8));
    println!("{PLACES}{:x} {:x}", (&raw const on_stack).addr(), (&raw const *on_heap).addr());
    let (alice, bob) = (Side::new(), Side::new());
    unsafe { ok(voxseal_sdes_offer(alice.sdes, &(suite as u16), 1)) };
    bob.process(alice.line());
    alice.process(bob.line());
    talk_both_ways(&alice, &bob, 0);
    // Bob starts anew with keys of his own; Alice answers as he does.
    let other = Side::new();
    unsafe { ok(voxseal_sdes_offer(other.sdes, &(suite as u16), 1)) };
    alice.process(other.line());
    other.process(alice.line());
    bob.end();
    talk_both_ways(&alice, &other, 300);
    stage("call");
    alice.end();
    other.end();
    stage("end");
    println!("{STAGE}gone");
}

fn talk_both_ways(alice: &Side, bob: &Side, first: u16) {
    for (from, to) in [(alice, bob), (bob, alice)] {
        for number in first..first + 300 {
            talk(from, to, VOXSEAL_RTCP, number);
            talk(from, to, VOXSEAL_RTP, number);
        }
    }
}

fn stage(name: &str) {
    println!("{STAGE}{name}");
    let mut answer = String::new();
    stdin().read_line(&mut answer).unwrap();
    assert_eq!(answer, "go on\n", "the observer has left");
}

fn ok(status: voxseal_status) {
    assert_eq!(status, VOXSEAL_OK);
}

struct Side {
    sdes: *mut voxseal_sdes,
    local: *mut voxseal_policy,
    remote: *mut voxseal_policy,
    session: voxseal_session,
}

impl Side {
    fn new() -> Side {
        let mut side = Side {
            sdes: null_mut(),
            local: null_mut(),
            remote: null_mut(),
            session: voxseal_session { id: 0 },
        };
        unsafe {
            ok(voxseal_sdes_new(&mut side.sdes));
            ok(voxseal_policy_new(&mut side.local));
            ok(voxseal_policy_new(&mut side.remote));
            ok(voxseal_session_new(std::ptr::null(), &mut side.session));
        }
        side
    }

    /// Our line, told to the observer.
    fn line(&self) -> Zeroizing<[u8; 256]> {
        let (mut text, mut needed) = (Zeroizing::new([0; 256]), 0);
        unsafe { ok(voxseal_sdes_line(self.sdes, 0, text.as_mut_ptr().cast(), text.len(), &mut needed)) };
        let masked = text[..needed - 1].iter().map(|byte| format!("{:02x}", byte ^ MASK));
        println!("{LINE}{}", masked.collect::<String>());
        text
    }

    /// Takes the peer's line and activates its keys.
    fn process(&self, mut line: Zeroizing<[u8; 256]>) {
        let len = line.iter().position(|byte| *byte == 0).unwrap();
        let mut outcome = 0;
        unsafe {
            ok(voxseal_sdes_process(self.sdes, line.as_ptr().cast(), len, &mut outcome));
            line.zeroize();
            ok(voxseal_sdes_policies(self.sdes, 0, self.local, self.remote));
            ok(voxseal_session_apply(self.session, self.local));
            ok(voxseal_session_apply(self.session, self.remote));
            ok(voxseal_sdes_commit(self.sdes));
        }
        assert_eq!(outcome, VOXSEAL_SDES_PENDING);
    }

    fn end(&self) {
        unsafe {
            ok(voxseal_session_free(self.session));
            voxseal_policy_free(self.local);
            voxseal_policy_free(self.remote);
            voxseal_sdes_free(self.sdes);
        }
    }
}

fn talk(from: &Side, to: &Side, kind: u32, number: u16) {
    let mut plain = [0x5c; 172];
    plain[0] = 0x80;
    plain[2..4].copy_from_slice(&number.to_be_bytes());
    let (mut wire, mut len) = ([0; 172 + VOXSEAL_MAX_TRAILER_LEN], 0);
    unsafe {
        let (out, out_size) = (wire.as_mut_ptr(), wire.len());
        ok(voxseal_session_protect(from.session, kind, plain.as_ptr(), plain.len(), out, out_size, &mut len));
        ok(voxseal_session_unprotect(to.session, kind, wire.as_mut_ptr(), &mut len));
    }
    assert_eq!(wire[..len], plain);
}
