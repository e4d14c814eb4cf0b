//! What is asked of a PBX between the steps, whichever way it was installed.

use std::process::{Command, Output};
use voxseal_rig::Result;
use voxseal_rig::caller::{Call, Caller, Offer};
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::channels_in;
use voxseal_rig::wait::{PATIENCE, wait_for};

pub const OURS: &str = "voxseal SRTP engine and SDES";
pub const STOCK: &str = "Secure RTP (SRTP)";
const COMMON: &str = "AES_CM_128_HMAC_SHA1_80";
/// A suite that the stock module does not take.
const OURS_ALONE: &str = "AES_256_CM_HMAC_SHA1_80";

pub trait Asterisk {
    /// A command on its console.
    fn cli(&self, command: &str) -> Result<String>;
    /// A caller connected to it.
    fn caller(&self) -> Result<Caller>;
}

/// Waits until this is the SRTP module that runs.
pub fn wait_for_module(pbx: &dyn Asterisk, description: &str) {
    wait_for(&format!("the module \"{description}\""), PATIENCE, || {
        let shown = pbx.cli("module show like res_srtp.so").unwrap_or_default();
        let running = shown.contains(description) && !shown.contains("Not Running");
        let booted =
            running && pbx.cli("core waitfullybooted").is_ok_and(|text| text.contains("fully booted"));
        Ok(booted.then_some(()))
    })
    .unwrap();
}

/// A secure call with echo, which is still up afterwards.
pub fn call(pbx: &dyn Asterisk, suite: &str) -> Result<(Caller, Call)> {
    let mut caller = pbx.caller()?;
    let mut call = caller.call("echo", &[Offer::named(1, suite)?])?;
    let mut sent = call.media.wait_for_first_echo()?;
    for _ in 0..20 {
        let payload = random_payload()?;
        sent.push(payload.clone());
        if !call.media.echoed(&payload, &sent)? {
            return Err("a packet did not come back".into());
        }
    }
    Ok((caller, call))
}

/// Calls that tell ours from the stock module: both must do what they can and no more.
pub fn assert_secure_calls(pbx: &dyn Asterisk, ours: bool) {
    for (suite, works) in [(COMMON, true), (OURS_ALONE, ours)] {
        match call(pbx, suite) {
            Ok((mut caller, mut call)) => {
                assert!(works, "{suite} with the stock module");
                caller.ua.bye(&mut call.dialog).unwrap();
            }
            Err(error) => assert!(!works && error.to_string().contains(" 488 "), "{suite}: {error}"),
        }
    }
    wait_until_idle(pbx);
}

/// While a call is up nothing may be swapped, and the sentence says what to do.
pub fn assert_refuses_under_a_call(pbx: &dyn Asterisk, mut step: impl FnMut() -> Output) {
    let (mut caller, mut call) = call(pbx, COMMON).unwrap();
    let refused = step();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("1 calls are up"), "{said}");
    assert!(said.contains("core stop gracefully"), "{said}");
    caller.ua.bye(&mut call.dialog).unwrap();
    wait_until_idle(pbx);
}

fn wait_until_idle(pbx: &dyn Asterisk) {
    wait_for("the calls to end", PATIENCE, || {
        Ok((channels_in(&pbx.cli("core show channels count")?)? == 0).then_some(()))
    })
    .unwrap();
}

/// The output of a command that must work.
pub fn good(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    said.into_owned()
}
