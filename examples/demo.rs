//! Runs real calls through the module in a real PBX and says what happened: `make demo`.
//!
//! Needs `make pbx` and `make module`. The tests in tests/pbx run the same calls and more of them.

use std::process::ExitCode;
use voxseal_rig::Result;
use voxseal_rig::libsrtp::SUITES;
use voxseal_rig::net::run_again_inside;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::report::{CallReport, table};
use voxseal_rig::scenarios::{Keying, pbx_to_pbx, phone_to_echo, suite_to_echo};
use voxseal_rig::sniff::Sniffer;

/// Packets each way for each suite.
const PACKETS: u32 = 50;

fn main() -> ExitCode {
    // Without root's rights: once more where they are not needed.
    if !Sniffer::is_allowed() {
        return match run_again_inside() {
            Ok(status) if status.success() => ExitCode::SUCCESS,
            Ok(_) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("The demo looks at the wire and may not: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let module = Module::Ours;
    let mut reports = Vec::new();
    let mut failures = Vec::new();
    let mut run = |what: &str, calls: &mut dyn FnMut() -> Result<Vec<CallReport>>| {
        println!("{what} ...");
        match calls() {
            Ok(done) => reports.extend(done),
            Err(error) => {
                println!("  FAILED: {error}");
                failures.push(format!("{what}: {error}"));
            }
        }
    };

    run("A phone that is not ours (baresip) calls an echo", &mut || Ok(vec![phone_to_echo(module)?]));
    run("Our PBX and one with the stock module call each other, SDES", &mut || {
        pbx_to_pbx(module, Keying::Sdes)
    });
    run("The same with DTLS-SRTP", &mut || pbx_to_pbx(module, Keying::Dtls));
    match PbxConfig::new("demo", module).and_then(Pbx::start) {
        Ok(pbx) => {
            for suite in SUITES {
                let what = format!("A caller made for it (libsrtp) offers {}", suite.name);
                run(&what, &mut || Ok(vec![suite_to_echo(&pbx, suite, PACKETS)?]));
            }
            run("The PBX still lives", &mut || pbx.alive().then(Vec::new).ok_or("it does not".into()));
            if let Err(error) = pbx.stop() {
                eprintln!("{error}");
            }
        }
        Err(error) => run("A PBX for the caller", &mut || Err(error.to_string().into())),
    }

    println!("\n{}", table(&reports));
    println!("Refused from baresip: the RTCP packet in clear with which it opens its way through NAT.");
    if failures.is_empty() {
        println!(
            "All {} calls were protected and heard; no payload was seen in clear on the wire.",
            reports.len()
        );
        return ExitCode::SUCCESS;
    }
    println!("FAILED:\n  {}", failures.join("\n  "));
    ExitCode::FAILURE
}
