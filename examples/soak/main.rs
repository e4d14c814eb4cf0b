//! Many SRTP calls at a time through the module in a real PBX, for as long as one likes: `make soak`.
//!
//! Settings are environment variables: `LEGS` calls at a time (250), `MINUTES` (30), `COUNT` calls at the most, and
//! `CONTROL` minutes (a third) in which the stock module carries the same load first, to compare memory with.
//! Ends with a table, and with failure if anything happened that is not explained.

#![allow(clippy::indexing_slicing, reason = "a load generator, and lines are numbered by itself")]

mod closing;
mod heap;
mod ledger;
mod leg;
mod memory;
mod run;
mod signalling;
mod vitals;

use ledger::Ledger;
use memory::Memory;
use run::Run;
use std::process::ExitCode;
use voxseal_rig::Result;
use voxseal_rig::libsrtp::{RigSuite, SUITES};
use voxseal_rig::net::{Ports, run_again_inside};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sniff::Sniffer;

struct Settings {
    legs: usize,
    minutes: f64,
    control_minutes: f64,
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
        let minutes = number("MINUTES", 30.0)?;
        Ok(Settings {
            legs: number("LEGS", 250.0)? as usize,
            minutes,
            control_minutes: number("CONTROL", minutes / 3.0)?,
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

/// The control and the run; whether all that happened is explained.
fn soak(settings: &Settings) -> Result<bool> {
    let control = control(settings)?;
    println!("With the module:");
    let pbx = start(settings, "soak", Module::Ours)?;
    let ledger = Ledger::default();
    let mut run = Run::carry_out(&pbx, &ledger, settings, &SUITES, settings.minutes)?;
    let explained = run.close(&control)?;
    if explained {
        pbx.stop()?;
    }
    Ok(explained)
}

/// What the PBX does with memory under the same load with its own module, which knows this suite everywhere.
/// Nothing but memory counts here: that module loses packets when keys change.
fn control(settings: &Settings) -> Result<Memory> {
    println!("Control, with the stock module:");
    let pbx = start(settings, "control", Module::Stock)?;
    let suites: Vec<RigSuite> = RigSuite::named("AES_CM_128_HMAC_SHA1_80").into_iter().collect();
    let ledger = Ledger::default();
    let memory = Memory::of(&Run::carry_out(&pbx, &ledger, settings, &suites, settings.control_minutes)?);
    pbx.stop()?;
    Ok(memory)
}

fn start(settings: &Settings, name: &str, module: Module) -> Result<Pbx> {
    // Two ports for each call, and as many again for calls that are ending.
    let blocks = (settings.legs * 4).div_ceil(50) + 1;
    let ports = Ports::reserve_blocks(u16::try_from(blocks)?)?;
    Pbx::start(PbxConfig { ports, ..PbxConfig::new(name, module)? })
}
