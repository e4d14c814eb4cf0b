//! The memory that the PBX has allocated, as `heap.c` counts it inside the process.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use voxseal_rig::Result;
use voxseal_rig::pbx::Pbx;

/// What is allocated at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// By all of the PBX.
    pub bytes: u64,
    /// By the SRTP module and what it calls, since [`Heap::open`].
    pub module_bytes: u64,
    pub module_blocks: u64,
    /// All such blocks that there ever were.
    pub module_made: u64,
}

/// The counts of one PBX.
pub struct Heap {
    file: File,
}

/// Places in the file; heap.c has the same.
const COUNTS: usize = 4;
const MODULE_START: u64 = 32;
const MODULE_END: u64 = 40;

impl Heap {
    /// Begins to count for the SRTP module. No call may have been made yet.
    pub fn open(pbx: &Pbx) -> Result<Heap> {
        let file = OpenOptions::new().read(true).write(true).open(pbx.file("heap"));
        let file =
            file.map_err(|_| "nobody counts the PBX's memory: start it as scripts/soak, which does")?;
        let module = fs::canonicalize(pbx.file("modules/res_srtp.so"))?;
        let maps = fs::read_to_string(format!("/proc/{}/maps", pbx.pid()))?;
        let mut ends = Vec::new();
        for line in maps.lines().filter(|line| line.ends_with(&*module.to_string_lossy())) {
            for end in line.split([' ', '-']).take(2) {
                ends.push(u64::from_str_radix(end, 16)?);
            }
        }
        let (Some(start), Some(end)) = (ends.iter().min(), ends.iter().max()) else {
            return Err(format!("the PBX has not loaded {}", module.display()).into());
        };
        file.write_all_at(&start.to_ne_bytes(), MODULE_START)?;
        file.write_all_at(&end.to_ne_bytes(), MODULE_END)?;
        Ok(Heap { file })
    }

    pub fn read(&self) -> Result<Counts> {
        let mut numbers = [0; COUNTS];
        for (nth, number) in numbers.iter_mut().enumerate() {
            let mut bytes = [0; 8];
            self.file.read_exact_at(&mut bytes, nth as u64 * 8)?;
            *number = u64::from_ne_bytes(bytes);
        }
        let [bytes, module_bytes, module_blocks, module_made] = numbers;
        Ok(Counts { bytes, module_bytes, module_blocks, module_made })
    }
}
