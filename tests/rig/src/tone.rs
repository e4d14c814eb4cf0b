//! An ear: how much of a recording is one frequency (Goertzel's algorithm).

use crate::Result;
use std::fmt;
use std::fs;
use std::path::Path;

/// What was heard.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// The frequency listened for, in Hz.
    pub hz: u32,
    /// The part of the sound's energy at that frequency, 0 to 1. A clean tone has more than 0.9, noise or another
    /// tone next to nothing.
    pub share: f64,
    /// Length of the sound, in seconds.
    pub seconds: f64,
}

impl Heard {
    /// Whether it is that tone and hardly anything else, for a quarter of a second at least.
    pub fn is_clear(self) -> bool {
        self.share > 0.8 && self.seconds >= 0.25
    }
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz {:.0} %, {:.1} s", self.hz, self.share * 100.0, self.seconds)
    }
}

/// Listens for a frequency in a WAV file (16 bit, one channel).
pub fn heard(file: &Path, hz: u32) -> Result<Heard> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let (rate, samples) = wav(&bytes).ok_or_else(|| format!("{} is no 16-bit WAV file", file.display()))?;
    Ok(heard_in(&samples, rate, hz))
}

/// Listens for a frequency in G.711 µ-law at 8000 Hz.
pub fn heard_in_ulaw(bytes: &[u8], hz: u32) -> Heard {
    let samples: Vec<i16> = bytes.iter().map(|byte| from_ulaw(*byte)).collect();
    heard_in(&samples, 8000, hz)
}

/// Listens for a frequency in samples. Begins and ends with silence or a click: the middle half decides.
pub fn heard_in(samples: &[i16], rate: u32, hz: u32) -> Heard {
    let middle = &samples[samples.len() / 4..samples.len() - samples.len() / 4];
    let coefficient = 2.0 * (std::f64::consts::TAU * f64::from(hz) / f64::from(rate)).cos();
    let (mut before, mut last, mut energy) = (0.0, 0.0, 0.0);
    for sample in middle {
        let sample = f64::from(*sample);
        energy += sample * sample;
        (before, last) = (last, sample + coefficient * last - before);
    }
    let power = before * before + last * last - coefficient * before * last;
    let share = if energy > 0.0 { 2.0 * power / (energy * middle.len() as f64) } else { 0.0 };
    Heard { hz, share, seconds: samples.len() as f64 / f64::from(rate) }
}

/// Rate and samples of a WAV file. The length field of the data may be wrong in a file still being written.
fn wav(bytes: &[u8]) -> Option<(u32, Vec<i16>)> {
    if bytes.get(..4)? != b"RIFF" {
        return None;
    }
    let mut rate = 0;
    let mut at = 12;
    loop {
        let len = u32::from_le_bytes(bytes.get(at + 4..at + 8)?.try_into().ok()?) as usize;
        let body = bytes.get(at + 8..)?;
        match bytes.get(at..at + 4)? {
            b"fmt " if body.get(2..4)? != [1, 0] || body.get(14..16)? != [16, 0] => return None,
            b"fmt " => rate = u32::from_le_bytes(body.get(4..8)?.try_into().ok()?),
            b"data" => {
                let body = &body[..len.min(body.len())];
                let samples = body.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]]));
                return Some((rate, samples.collect()));
            }
            _ => {}
        }
        at += 8 + len + len % 2;
    }
}

/// G.711 µ-law to linear.
fn from_ulaw(byte: u8) -> i16 {
    let byte = !byte;
    let magnitude = ((i16::from(byte & 0x0f) << 3) + 0x84) << ((byte >> 4) & 7);
    if byte & 0x80 == 0 { magnitude - 0x84 } else { 0x84 - magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64) -> Vec<i16> {
        (0..8000)
            .map(|n| (8000.0 * (std::f64::consts::TAU * hz * f64::from(n) / 8000.0).sin()) as i16)
            .collect()
    }

    #[test]
    fn a_tone_is_heard_at_its_frequency_only() {
        assert!(heard_in(&sine(1000.0), 8000, 1000).share > 0.99);
        assert!(heard_in(&sine(1000.0), 8000, 1700).share < 0.01);
    }

    #[test]
    fn silence_and_noise_are_no_tone() {
        let mut state = 1u32;
        let noise: Vec<i16> = (0..8000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) as i16
            })
            .collect();
        assert!(!heard_in(&noise, 8000, 1000).is_clear());
        assert!(!heard_in(&[0; 8000], 8000, 1000).is_clear());
        assert!(!heard_in(&[], 8000, 1000).is_clear());
    }

    #[test]
    fn ulaw_covers_the_whole_range() {
        assert_eq!((from_ulaw(0xff), from_ulaw(0x80), from_ulaw(0x00)), (0, 32124, -32124));
    }
}
