//! How the memory of the PBX went, and whether the module leaves some of it behind.
//!
//! The RSS holds what the C library keeps for later, which moves by megabytes, so it is read after the PBX has given
//! that back; and what is allocated is looked at, which is exact. When all calls have ended, nothing may be left of
//! what the module allocated. Since the warm-up, neither the module nor the PBX as a whole may grow with each call and
//! re-INVITE; the PBX may if it grows as much with the stock module.

use crate::closing::row;
use crate::heap::Counts;
use crate::run::Run;
use crate::vitals::{Sample, slope};

/// The part of the run after which memory may no longer grow.
const WARM_UP: f64 = 1.0 / 3.0;
/// Seconds after the warm-up that tell something about growth, and that tell something in the control.
const LONG_ENOUGH: f64 = 600.0;
const CONTROL_LONG_ENOUGH: f64 = 300.0;
/// Bytes for each call or re-INVITE that count as none: less than the smallest block there is.
const NOTHING: f64 = 16.0;
/// Growth of the RSS within an hour that counts as none, as a part of it.
const FLAT: f64 = 0.05;
/// Of the module's blocks, each thread that sent keeps one, also when it has ended until the C library uses its stack
/// again; the table of sessions keeps so many for each 256 at a time, and a session that the PBX never ends so many.
const TABLE_BLOCKS: u64 = 4;
const SESSION_BLOCKS: u64 = 64;
/// Calls and re-INVITEs for each block that may stay, so that one leaked at every second of them is seen.
const EVENTS_PER_BLOCK: u64 = 2;
const TOO_SHORT: &str = "too short a run to tell";

/// The memory in one run.
pub struct Memory {
    /// Since the warm-up.
    warm: Vec<Sample>,
    trimmed: Vec<Sample>,
    most_module_bytes: u64,
    before: Counts,
    after: Counts,
    /// The most at a time.
    threads: u64,
    legs: u64,
    events: u64,
}

impl Memory {
    pub fn of(run: &Run<'_>) -> Memory {
        let warm_at = run.samples.last().map_or(0.0, |last| last.seconds * WARM_UP);
        Memory {
            warm: run.samples.iter().copied().filter(|one| one.seconds >= warm_at).collect(),
            trimmed: run.trimmed.iter().copied().filter(|one| one.seconds >= warm_at).collect(),
            most_module_bytes: run.samples.iter().map(|one| one.heap.module_bytes).max().unwrap_or(0),
            before: run.before,
            after: run.after,
            threads: run.samples.iter().map(|one| one.threads).max().unwrap_or(0),
            legs: run.legs as u64,
            events: run.ledger.events(),
        }
    }

    /// Prints the rows about memory; whether all of it is as it should be.
    pub fn judge(&self, control: &Memory, sessions_left: u64) -> bool {
        let long_enough = self.steady_seconds() >= LONG_ENOUGH;
        let in_control =
            |growth: f64| if control.steady_seconds() < CONTROL_LONG_ENOUGH { 0.0 } else { growth };

        let mut rss = TOO_SHORT;
        if let (Some(first), Some(last)) = (self.trimmed.first(), self.trimmed.last()) {
            let limit = (FLAT * last.rss_kib as f64 / 60.0).max(in_control(control.rss_growth()));
            rss = growth(long_enough, self.rss_growth(), limit);
            row(
                "RSS of the PBX",
                format!(
                    "{:.1} MiB after {:.0} s of warm-up, {:.1} at the end, trimmed; {:+.1} KiB/min (control {:+.1}): \
                     {rss}",
                    mib(first.rss_kib * 1024),
                    first.seconds,
                    mib(last.rss_kib * 1024),
                    self.rss_growth(),
                    control.rss_growth(),
                ),
            );
        }
        let limit = NOTHING + in_control(control.pbx_growth()).max(0.0);
        let pbx = growth(long_enough, self.pbx_growth(), limit);
        row(
            "allocated, PBX",
            format!(
                "{:.1} MiB before the first call, {:.1} after the last; {:+.1} bytes for each of {} calls and \
                 re-INVITEs since the warm-up (control {:+.1} for {}): {pbx}",
                mib(self.before.bytes),
                mib(self.after.bytes),
                self.pbx_growth(),
                self.steady_events(),
                control.pbx_growth(),
                control.steady_events(),
            ),
        );
        let module = growth(long_enough, self.module_growth(), NOTHING);
        row(
            "allocated, module",
            format!(
                "{:.2} MiB at the most; {:+.1} bytes for each call and re-INVITE since the warm-up: {module}",
                mib(self.most_module_bytes),
                self.module_growth(),
            ),
        );
        let left = self.left(sessions_left);
        row(
            "left by the module",
            format!(
                "{} blocks with {:.1} KiB, of {} that it made in {} calls and re-INVITEs; {} may stay, for {} threads, \
                 the table and {sessions_left} sessions that the PBX kept: {left}",
                self.after.module_blocks,
                self.after.module_bytes as f64 / 1024.0,
                self.after.module_made,
                self.events,
                self.may_stay(sessions_left),
                self.threads,
            ),
        );
        [rss, pbx, module].iter().all(|verdict| *verdict != "GROWING") && left != "LEAKED"
    }

    fn left(&self, sessions_left: u64) -> &'static str {
        let may_stay = self.may_stay(sessions_left);
        match self.after.module_blocks > may_stay {
            true => "LEAKED",
            false if self.events < may_stay * EVENTS_PER_BLOCK => TOO_SHORT,
            false => "clean",
        }
    }

    fn may_stay(&self, sessions_left: u64) -> u64 {
        self.threads + TABLE_BLOCKS * self.legs.div_ceil(128) + SESSION_BLOCKS * sessions_left
    }

    fn steady_seconds(&self) -> f64 {
        self.warm.last().zip(self.warm.first()).map_or(0.0, |(last, first)| last.seconds - first.seconds)
    }

    fn steady_events(&self) -> u64 {
        self.warm.last().zip(self.warm.first()).map_or(0, |(last, first)| last.events - first.events)
    }

    /// KiB a minute.
    fn rss_growth(&self) -> f64 {
        slope(&self.trimmed, |one| one.seconds / 60.0, |one| one.rss_kib as f64)
    }

    /// Bytes for each call or re-INVITE.
    fn pbx_growth(&self) -> f64 {
        slope(&self.warm, |one| one.events as f64, |one| one.heap.bytes as f64)
    }

    fn module_growth(&self) -> f64 {
        slope(&self.warm, |one| one.events as f64, |one| one.heap.module_bytes as f64)
    }
}

fn growth(long_enough: bool, found: f64, limit: f64) -> &'static str {
    match found <= limit {
        _ if !long_enough => TOO_SHORT,
        true => "flat",
        false => "GROWING",
    }
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
