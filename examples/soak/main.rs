//! Many SRTP calls at a time through the module in a real PBX, for as long as one likes: `make soak`.
//!
//! Settings are environment variables: `LEGS` calls at a time (250), `MINUTES` (30), `COUNT` calls at the most.
//! Ends with a table, and with failure if anything happened that is not explained.

#![allow(clippy::indexing_slicing, reason = "a load generator, and lines are numbered by itself")]

mod closing;
mod ledger;
mod leg;
mod signalling;
mod vitals;

use ledger::Ledger;
use leg::NEEDLE;
use signalling::{Lines, Signalling};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use vitals::{Log, Sample, kernel_drops};
use voxseal_rig::Result;
use voxseal_rig::caller::Caller;
use voxseal_rig::net::{Ports, run_again_inside};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::watch::Watch;

/// A packet of each leg is due every 20 ms; the legs take turns in quarters of that.
const TURN: Duration = Duration::from_millis(5);
const TURNS: usize = 4;
const SAMPLE_SECONDS: u64 = 2;
const LINE_SECONDS: u64 = 30;

struct Settings {
    legs: usize,
    minutes: f64,
    count: u64,
}

impl Settings {
    fn read() -> Result<Settings> {
        let number = |name: &str, default: f64| -> Result<f64> {
            match std::env::var(name) {
                Ok(text) => {
                    let number = text.parse::<f64>().ok().filter(|number| *number > 0.0);
                    number.ok_or_else(|| format!("{name}={text} is no number above 0").into())
                }
                Err(_) => Ok(default),
            }
        };
        Ok(Settings {
            legs: number("LEGS", 250.0)? as usize,
            minutes: number("MINUTES", 30.0)?,
            count: number("COUNT", 1e15)? as u64,
        })
    }
}

fn main() -> ExitCode {
    if !Sniffer::is_allowed() {
        return match run_again_inside() {
            Ok(status) if status.success() => ExitCode::SUCCESS,
            Ok(_) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("soak: it looks at the wire and may not: {error}");
                ExitCode::FAILURE
            }
        };
    }
    match Settings::read().and_then(|settings| soak(&settings)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("soak: FAILED: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One run; whether all that happened is explained.
fn soak(settings: &Settings) -> Result<bool> {
    // Two ports for each call, and as many again for calls that are ending.
    let blocks = (settings.legs * 4).div_ceil(50) + 1;
    let ports = Ports::reserve_blocks(u16::try_from(blocks)?)?;
    let pbx = Pbx::start(PbxConfig { ports, ..PbxConfig::new("soak", Module::Ours)? })?;
    let watch = Watch::start(pbx.media_ports(), NEEDLE)?;
    let (ledger, stop, media_stop) = (Ledger::default(), AtomicBool::new(false), AtomicBool::new(false));
    let lines: Lines = (0..settings.legs).map(|_| Mutex::new(None)).collect();
    let caller = Caller::connect(&pbx)?;
    let mut run = Run { pbx: &pbx, log: Log::open(&pbx)?, samples: Vec::new(), start: Instant::now() };
    let drops = kernel_drops();

    let outcome = std::thread::scope(|scope| -> Result<()> {
        let media = scope.spawn(|| exchange(&lines, &ledger, &media_stop));
        let signalling = Signalling::new(caller, &lines, &ledger, settings.count);
        let signalling = scope.spawn(|| signalling.run(&stop));
        let outcome = run.observe(settings, &ledger, &watch, || signalling.is_finished());
        stop.store(true, Ordering::Relaxed);
        let signalled = signalling.join();
        media_stop.store(true, Ordering::Relaxed);
        let exchanged = media.join();
        outcome?;
        signalled.map_err(|_| "the signalling failed")?;
        exchanged.map_err(|_| "the media failed")?
    });
    outcome?;
    let drops = kernel_drops() - drops;
    let seen = watch.stop()?;
    let explained = run.close(&ledger, &seen, drops)?;
    if explained {
        pbx.stop()?;
    }
    Ok(explained)
}

/// What is known of a run from the PBX's side.
struct Run<'a> {
    pbx: &'a Pbx,
    log: Log,
    samples: Vec<Sample>,
    start: Instant,
}

impl Run<'_> {
    /// Takes a sample every few seconds and prints a line every half minute, until the time is over.
    fn observe(
        &mut self,
        settings: &Settings,
        ledger: &Ledger,
        watch: &Watch,
        finished: impl Fn() -> bool,
    ) -> Result<()> {
        let end = self.start + Duration::from_secs_f64(settings.minutes * 60.0);
        let mut nth = 0;
        while Instant::now() < end && !finished() {
            nth += 1;
            let next = self.start + Duration::from_secs(nth * SAMPLE_SECONDS);
            std::thread::sleep(next.min(end).saturating_duration_since(Instant::now()));
            if !self.pbx.alive() {
                return Err("the PBX died".into());
            }
            self.log.read()?;
            let sample = Sample::take(self.pbx, self.start)?;
            self.samples.push(sample);
            if (nth * SAMPLE_SECONDS).is_multiple_of(LINE_SECONDS) {
                self.line(sample, ledger, watch);
            }
            if watch.seen.clear.load(Ordering::Relaxed) > 0 {
                return Err("media in clear on the wire".into());
            }
        }
        Ok(())
    }

    fn line(&self, sample: Sample, ledger: &Ledger, watch: &Watch) {
        println!(
            "{:5.0} s: {} calls up, {} made; packets {} sent, {} echoed, {} lost, {:.1} s behind; {} refused by \
             the PBX, {} by libsrtp; RSS {:.1} MiB, {} threads, {} files; {} datagrams seen, {} clear",
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
            sample.threads,
            sample.files,
            watch.seen.datagrams.load(Ordering::Relaxed),
            watch.seen.clear.load(Ordering::Relaxed),
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
