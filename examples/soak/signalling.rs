//! The calls: one caller makes them, renegotiates in them and ends them, one after the other.

use crate::ledger::Ledger;
use crate::leg::Leg;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use voxseal_rig::Result;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::libsrtp::RigSuite;
use voxseal_rig::sip::Dialog;

/// The media of each line; `None` while there is no call on it.
pub type Lines = Vec<Mutex<Option<Leg>>>;

/// A call is made, gets other keys every few seconds, and ends, each at a time of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Call,
    /// In the call with this number: what was planned for a call is not done in the line's next one.
    Renegotiate(u64),
    End,
}

const RAMP: Duration = Duration::from_millis(40);
const RENEGOTIATE_MS: std::ops::Range<u64> = 5_000..25_000;
const CALL_MS: std::ops::Range<u64> = 30_000..90_000;
/// How often to ask whether the last echoes of a call have come.
const LAST_ECHOES: Duration = Duration::from_millis(100);

impl Step {
    fn name(self) -> &'static str {
        match self {
            Step::Call => "call",
            Step::Renegotiate(_) => "re-INVITE",
            Step::End => "BYE",
        }
    }
}

pub struct Signalling<'a> {
    caller: Caller,
    lines: &'a Lines,
    ledger: &'a Ledger,
    dialogs: Vec<Option<Dialog>>,
    /// Of the line's last call.
    numbers: Vec<u64>,
    agenda: BinaryHeap<Reverse<(Instant, usize, Step)>>,
    suites: &'a [RigSuite],
    most_calls: u64,
    random: u64,
}

impl<'a> Signalling<'a> {
    /// Calls over these lines with these suites, and so many calls at the most.
    pub fn new(
        caller: Caller,
        lines: &'a Lines,
        ledger: &'a Ledger,
        suites: &'a [RigSuite],
        most_calls: u64,
    ) -> Signalling<'a> {
        let start = Instant::now();
        let agenda = (0..lines.len()).map(|line| Reverse((start + RAMP * line as u32, line, Step::Call)));
        let dialogs = vec![None; lines.len()];
        let numbers = vec![0; lines.len()];
        Signalling {
            caller,
            lines,
            ledger,
            dialogs,
            numbers,
            agenda: agenda.collect(),
            suites,
            most_calls,
            random: 1,
        }
    }

    /// Works until it is told to stop or has made its calls, and ends all calls then.
    pub fn run(mut self, stop: &AtomicBool) {
        while let Some(Reverse((at, line, step))) = self.agenda.pop() {
            let stopping = stop.load(Ordering::Relaxed);
            // Each line has its own clock: this waits for the next thing that is due.
            if !stopping || step == Step::End {
                std::thread::sleep(at.saturating_duration_since(Instant::now()).min(LAST_ECHOES));
            }
            let over = match step {
                Step::Call => false,
                Step::Renegotiate(call) => stopping || call != self.numbers[line],
                Step::End => self.dialogs[line].is_none(),
            };
            if over {
                continue;
            }
            if Instant::now() < at && !stopping {
                self.agenda.push(Reverse((at, line, step)));
                continue;
            }
            let done = match step {
                Step::Call if stopping || self.ledger.calls_made.get() >= self.most_calls => Ok(()),
                Step::Call => self.call(line),
                Step::Renegotiate(_) => self.renegotiate(line),
                Step::End => self.end(line),
            };
            if let Err(error) = done {
                self.ledger.failed(&format!("{}: {error}", step.name()));
            }
        }
    }

    fn plan(&mut self, after: Duration, line: usize, step: Step) {
        self.agenda.push(Reverse((Instant::now() + after, line, step)));
    }

    fn plan_renegotiation(&mut self, line: usize) {
        let after = self.random_ms(RENEGOTIATE_MS);
        self.plan(after, line, Step::Renegotiate(self.numbers[line]));
    }

    fn call(&mut self, line: usize) -> Result<()> {
        // Whatever becomes of it, the line is used again.
        let length = self.random_ms(CALL_MS);
        let suite = self.suite();
        let call = self.caller.call("echo", &[Offer::new(1, suite)?]);
        let Ok(call) = call else {
            self.plan(Duration::from_secs(1), line, Step::Call);
            return call.map(|_| ());
        };
        self.dialogs[line] = Some(call.dialog.clone());
        self.ledger.calls_made.add(1);
        self.numbers[line] = self.ledger.calls_made.get();
        self.plan(length, line, Step::End);
        self.plan_renegotiation(line);
        let leg = Leg::new(call)?;
        self.with_leg(line, |slot, _| {
            *slot = Some(leg);
            Ok(())
        })
    }

    fn renegotiate(&mut self, line: usize) -> Result<()> {
        self.plan_renegotiation(line);
        let kind = self.random(4);
        let other_suite = self.suite();
        let mut again = None;
        self.with_leg(line, |slot, _| {
            let Some(leg) = slot else { return Ok(()) };
            leg.expect_keys();
            if kind == 3 {
                leg.change_ssrc();
            }
            again = Some((leg.call.offer.clone(), leg.call.media.port()));
            Ok(())
        })?;
        let (Some((old, port)), Some(mut dialog)) = (again, self.dialogs[line].clone()) else {
            return Ok(());
        };
        let (what, offer) = match kind {
            0 => ("the same keys", old),
            1 => ("another key", Offer::new(1, old.suite)?),
            2 => ("another key and suite", Offer::new(1, other_suite)?),
            _ => ("the same keys, another SSRC", old),
        };
        let remote = self.caller.offer_again(&mut dialog, port, &offer, "sendrecv");
        self.dialogs[line] = Some(dialog);
        let (agreed, failed) = match remote {
            Ok(remote) => (Some((offer, remote)), None),
            Err(error) => (None, Some(error)),
        };
        self.with_leg(line, |slot, ledger| {
            slot.as_mut().map_or(Ok(()), |leg| leg.keys_agreed(agreed, ledger))
        })?;
        self.ledger.renegotiated(what);
        failed.map_or(Ok(()), Err)
    }

    fn end(&mut self, line: usize) -> Result<()> {
        let mut done = true;
        self.with_leg(line, |slot, ledger| {
            done = slot.as_mut().is_none_or(|leg| leg.hush(ledger));
            Ok(())
        })?;
        if !done {
            self.plan(LAST_ECHOES, line, Step::End);
            return Ok(());
        }
        // Its ports are nobody else's until the PBX has been told that it need not send to them any more.
        let mut _ended = None;
        self.with_leg(line, |slot, _| {
            _ended = slot.take();
            Ok(())
        })?;
        self.plan(Duration::ZERO, line, Step::Call);
        self.ledger.calls_ended.add(1);
        match self.dialogs[line].take() {
            Some(mut dialog) => self.caller.ua.bye(&mut dialog),
            None => Ok(()),
        }
    }

    fn with_leg(&self, line: usize, f: impl FnOnce(&mut Option<Leg>, &Ledger) -> Result<()>) -> Result<()> {
        let mut slot = self.lines[line].lock().map_err(|_| "the media thread failed")?;
        f(&mut slot, self.ledger)
    }

    fn suite(&mut self) -> RigSuite {
        self.suites[self.random(self.suites.len() as u64) as usize]
    }

    fn random_ms(&mut self, range: std::ops::Range<u64>) -> Duration {
        Duration::from_millis(range.start + self.random(range.end - range.start))
    }

    /// Spread well enough for times and choices.
    fn random(&mut self, below: u64) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }
}
