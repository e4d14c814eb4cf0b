//! Interleaved slices: every peer works for some microseconds in turn, so that all of them meet the same noise.

use std::time::{Duration, Instant};

/// Runs one slice and returns nanoseconds per packet. What it prepares before that is not timed.
pub type Slice<'a> = Box<dyn FnMut() -> f64 + 'a>;

/// Times `work` over `count` packets.
pub fn timed(count: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / count as f64
}

/// Times of all slices, peer by peer; slice n of one and slice n of another ran next to each other.
pub struct Times(Vec<Vec<f64>>);

impl Times {
    /// Lets the peers work in turn until `budget` is spent; each round begins with the next of them.
    pub fn take(budget: Duration, peers: &mut [Slice<'_>]) -> Times {
        let mut times = vec![Vec::new(); peers.len()];
        let (start, count) = (Instant::now(), peers.len());
        let mut round = 0;
        while start.elapsed() < budget || round < 16 {
            for turn in 0..count {
                let at = (round + turn) % count;
                times[at].push(peers[at]());
            }
            round += 1;
        }
        Times(times)
    }

    /// 5th percentile of a peer's slices, in nanoseconds per packet.
    pub fn quiet(&self, peer: usize) -> f64 {
        percentile(self.0[peer].clone(), 5)
    }

    /// Median of the slice-by-slice ratios of a peer to peer 0.
    pub fn paired(&self, peer: usize) -> f64 {
        let ratios = self.0[peer].iter().zip(&self.0[0]).map(|(theirs, ours)| theirs / ours).collect();
        percentile(ratios, 50)
    }
}

fn percentile(mut values: Vec<f64>, percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() * percent / 100]
}
