//! The health of the PBX's process and what it logs.

use crate::heap::{Counts, Heap};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::time::Instant;
use voxseal_rig::Result;
use voxseal_rig::pbx::Pbx;
use voxseal_rig::report::SessionEnd;

/// One look at the process.
#[derive(Clone, Copy)]
pub struct Sample {
    pub seconds: f64,
    pub rss_kib: u64,
    pub threads: u64,
    pub files: usize,
    pub heap: Counts,
    /// Calls and re-INVITEs so far.
    pub events: u64,
}

impl Sample {
    pub fn take(pbx: &Pbx, heap: &Heap, start: Instant, events: u64) -> Result<Sample> {
        let process = format!("/proc/{}", pbx.pid());
        let status = fs::read_to_string(format!("{process}/status"))?;
        let number = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        Ok(Sample {
            seconds: start.elapsed().as_secs_f64(),
            rss_kib: number("VmRSS:"),
            threads: number("Threads:"),
            files: fs::read_dir(format!("{process}/fd"))?.count(),
            heap: heap.read()?,
            events,
        })
    }
}

/// How fast `y` grows with `x` over these samples (least squares).
pub fn slope(samples: &[Sample], x: fn(&Sample) -> f64, y: fn(&Sample) -> f64) -> f64 {
    let count = samples.len() as f64;
    let mean = |of: fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut products, mut squares) = (0.0, 0.0);
    for one in samples {
        let from_x = x(one) - mean_x;
        products += from_x * (y(one) - mean_y);
        squares += from_x * from_x;
    }
    if squares > 0.0 { products / squares } else { 0.0 }
}

/// Reads the PBX's log as it grows.
pub struct Log {
    reader: BufReader<File>,
    rest: String,
    pub sessions: u64,
    pub protected: u64,
    pub unprotected: u64,
    pub unauthentic: u64,
    pub replayed: u64,
    pub other: u64,
    /// Warnings and errors, numbers left out.
    pub complaints: BTreeMap<String, u64>,
}

impl Log {
    pub fn open(pbx: &Pbx) -> Result<Log> {
        let reader = BufReader::new(File::open(pbx.file("log/full"))?);
        Ok(Log {
            reader,
            rest: String::new(),
            sessions: 0,
            protected: 0,
            unprotected: 0,
            unauthentic: 0,
            replayed: 0,
            other: 0,
            complaints: BTreeMap::new(),
        })
    }

    pub fn refused(&self) -> u64 {
        self.unauthentic + self.replayed + self.other
    }

    /// Reads what is new.
    pub fn read(&mut self) -> Result<()> {
        let mut bytes = Vec::new();
        while self.reader.read_until(b'\n', &mut bytes)? > 0 {
            self.rest += &String::from_utf8_lossy(&bytes);
            bytes.clear();
            if self.rest.ends_with('\n') {
                let line = std::mem::take(&mut self.rest);
                self.take(line.trim_end());
            }
        }
        Ok(())
    }

    fn take(&mut self, line: &str) {
        if let Some(end) = SessionEnd::parse(line) {
            self.sessions += 1;
            self.protected += end.protected;
            self.unprotected += end.unprotected;
            self.unauthentic += end.unauthentic;
            self.replayed += end.replayed;
            self.other += end.refused - end.attacked();
        }
        let complaint = ["] WARNING[", "] ERROR["].iter().any(|level| line.contains(level));
        if let Some((_, text)) = line.split_once(": ").filter(|_| complaint) {
            let text = text.replace(|c: char| c.is_ascii_digit(), "");
            *self.complaints.entry(text).or_default() += 1;
        }
    }
}

/// Datagrams that the kernel threw away since it started, for want of room in a socket.
pub fn kernel_drops() -> u64 {
    let text = fs::read_to_string("/proc/net/snmp").unwrap_or_default();
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("Udp: "));
    let (names, values) = (lines.next().unwrap_or(""), lines.next().unwrap_or(""));
    let mut fields = names.split(' ').zip(values.split(' '));
    fields.find(|(name, _)| *name == "RcvbufErrors").and_then(|(_, value)| value.parse().ok()).unwrap_or(0)
}
