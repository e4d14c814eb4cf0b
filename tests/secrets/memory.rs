//! The memory of another process, as far as it can write to it.

use super::needles::Needle;
use std::fs::{File, read_to_string};
use std::os::unix::fs::FileExt;

struct Region {
    name: String,
    start: u64,
    bytes: Vec<u8>,
}

pub struct Memory(Vec<Region>);

impl Memory {
    /// Regions are called as the addresses in them, else as the system calls them.
    pub fn read(pid: u32, names: Vec<(u64, &str)>) -> Memory {
        let maps = read_to_string(format!("/proc/{pid}/maps")).unwrap();
        let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
        let regions = maps.lines().filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let (start, end) = words.next()?.split_once('-')?;
            let (start, end) = (address(start), address(end));
            let writable = words.next()?.starts_with("rw");
            let name =
                names.iter().find(|(address, _)| (start..end).contains(address)).map(|(_, name)| *name);
            let name = name.or(words.nth(3)).unwrap_or("(anonymous)").to_owned();
            let mut bytes = vec![0; (end - start) as usize];
            let readable = writable && memory.read_exact_at(&mut bytes, start).is_ok();
            readable.then_some(Region { name, start, bytes })
        });
        Memory(regions.collect())
    }

    /// Where which needle lies.
    pub fn find(&self, needles: &[Needle]) -> Vec<String> {
        let mut starts = vec![false; 1 << 16];
        needles.iter().for_each(|needle| starts[pair(&needle.bytes)] = true);
        let mut found = Vec::new();
        for region in &self.0 {
            let bytes = &region.bytes;
            for place in (0..bytes.len() - 1).filter(|place| starts[pair(&bytes[*place..])]) {
                for needle in needles.iter().filter(|needle| bytes[place..].starts_with(&needle.bytes)) {
                    let (what, region_name, at) = (&needle.what, &region.name, region.start + place as u64);
                    found.push(format!("{what} in {region_name} at {at:#x}"));
                }
            }
        }
        found
    }
}

fn pair(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

pub fn address(text: &str) -> u64 {
    u64::from_str_radix(text, 16).unwrap()
}
