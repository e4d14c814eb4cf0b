//! One load on one PBX, and what is seen of it.

use crate::Settings;
use crate::heap::{Counts, Heap};
use crate::ledger::Ledger;
use crate::leg::NEEDLE;
use crate::signalling::{Lines, Signalling};
use crate::vitals::{Log, Sample, kernel_drops};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use voxseal_rig::Result;
use voxseal_rig::caller::Caller;
use voxseal_rig::libsrtp::RigSuite;
use voxseal_rig::pbx::Pbx;
use voxseal_rig::watch::{Seen, Watch};

/// A packet of each leg is due every 20 ms; the legs take turns in quarters of that.
const TURN: Duration = Duration::from_millis(5);
const TURNS: usize = 4;
const SAMPLE_SECONDS: u64 = 2;
const LINE_SECONDS: u64 = 30;
/// So long the PBX keeps what it has answered, for the case that it is asked again.
const AFTERWARDS: Duration = Duration::from_secs(20);

/// What is known of a run.
pub struct Run<'a> {
    pub pbx: &'a Pbx,
    pub ledger: &'a Ledger,
    pub log: Log,
    pub heap: Heap,
    /// Before the first call.
    pub before: Counts,
    /// After the last call, when nothing is left of it.
    pub after: Counts,
    pub legs: usize,
    pub samples: Vec<Sample>,
    /// Those with an RSS without what the C library keeps for later.
    pub trimmed: Vec<Sample>,
    pub seen: Arc<Seen>,
    pub kernel_drops: u64,
    start: Instant,
}

impl<'a> Run<'a> {
    /// Holds calls with these suites for so many minutes, and ends them.
    pub fn carry_out(
        pbx: &'a Pbx,
        ledger: &'a Ledger,
        settings: &Settings,
        suites: &[RigSuite],
        minutes: f64,
    ) -> Result<Run<'a>> {
        let watch = Watch::start(pbx.media_ports(), NEEDLE)?;
        let (stop, media_stop) = (AtomicBool::new(false), AtomicBool::new(false));
        let lines: Lines = (0..settings.legs).map(|_| Mutex::new(None)).collect();
        let caller = Caller::connect(pbx)?;
        let heap = Heap::open(pbx)?;
        let mut run = Run {
            pbx,
            ledger,
            log: Log::open(pbx)?,
            before: heap.read()?,
            after: Counts::default(),
            legs: settings.legs,
            heap,
            samples: Vec::new(),
            trimmed: Vec::new(),
            seen: Arc::clone(&watch.seen),
            kernel_drops: kernel_drops(),
            start: Instant::now(),
        };
        let outcome = std::thread::scope(|scope| -> Result<()> {
            let media = scope.spawn(|| exchange(&lines, ledger, &media_stop));
            let signalling = Signalling::new(caller, &lines, ledger, suites, settings.count);
            let signalling = scope.spawn(|| signalling.run(&stop));
            let outcome = run.observe(minutes, || signalling.is_finished());
            stop.store(true, Ordering::Relaxed);
            let signalled = signalling.join();
            media_stop.store(true, Ordering::Relaxed);
            let exchanged = media.join();
            outcome?;
            signalled.map_err(|_| "the signalling failed")?;
            exchanged.map_err(|_| "the media failed")?
        });
        outcome?;
        run.kernel_drops = kernel_drops() - run.kernel_drops;
        watch.stop()?;
        pbx.wait_until_idle()?;
        std::thread::sleep(AFTERWARDS);
        run.after = run.heap.read()?;
        Ok(run)
    }

    /// Takes a sample every few seconds and prints a line every half minute, until the time is over.
    fn observe(&mut self, minutes: f64, finished: impl Fn() -> bool) -> Result<()> {
        let end = self.start + Duration::from_secs_f64(minutes * 60.0);
        let mut nth = 0;
        while Instant::now() < end && !finished() {
            nth += 1;
            let next = self.start + Duration::from_secs(nth * SAMPLE_SECONDS);
            std::thread::sleep(next.min(end).saturating_duration_since(Instant::now()));
            if !self.pbx.alive() {
                return Err("the PBX died".into());
            }
            self.log.read()?;
            let with_line = (nth * SAMPLE_SECONDS).is_multiple_of(LINE_SECONDS);
            if with_line {
                // Else the RSS holds what the C library keeps for later.
                self.pbx.cli("malloc trim")?;
            }
            let sample = Sample::take(self.pbx, &self.heap, self.start, self.ledger.events())?;
            self.samples.push(sample);
            if with_line {
                self.trimmed.push(sample);
                self.line(sample);
            }
            if self.seen.clear.load(Ordering::Relaxed) > 0 {
                return Err("media in clear on the wire".into());
            }
        }
        Ok(())
    }

    fn line(&self, sample: Sample) {
        let ledger = self.ledger;
        println!(
            "{:5.0} s: {} calls up, {} made; packets {} sent, {} echoed, {} lost, {:.1} s behind; {} refused by \
             the PBX, {} by libsrtp; RSS {:.1} MiB, allocated {:.1} MiB, {:.1} KiB of it by the \
             module, {} threads, {} files; {} datagrams seen, {} clear",
            sample.seconds,
            ledger.calls_up(),
            ledger.calls_made.get(),
            ledger.sent.get(),
            ledger.echoed.get(),
            ledger.lost.get(),
            ledger.behind_ms.load(Ordering::Relaxed) as f64 / 1000.0,
            self.log.refused(),
            ledger.unreadable.get(),
            sample.rss_kib as f64 / 1024.0,
            sample.heap.bytes as f64 / 1024.0 / 1024.0,
            sample.heap.module_bytes as f64 / 1024.0,
            sample.threads,
            sample.files,
            self.seen.datagrams.load(Ordering::Relaxed),
            self.seen.clear.load(Ordering::Relaxed),
        );
    }
}

/// The media of all lines, at the pace of their packets.
fn exchange(lines: &Lines, ledger: &Ledger, stop: &AtomicBool) -> Result<()> {
    let mut due = Instant::now();
    let mut turn = 0;
    while !stop.load(Ordering::Relaxed) {
        for line in lines.iter().skip(turn % TURNS).step_by(TURNS) {
            let mut slot = line.lock().map_err(|_| "the signalling failed")?;
            if let Some(Err(error)) = slot.as_mut().map(|leg| leg.tick(ledger, Instant::now())) {
                ledger.failed(&format!("media: {error}"));
            }
        }
        turn += 1;
        due += TURN;
        let behind = Instant::now().saturating_duration_since(due);
        ledger.behind_ms.store(behind.as_millis() as u64, Ordering::Relaxed);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(())
}
