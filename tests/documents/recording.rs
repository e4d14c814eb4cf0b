//! A recording of the console while two calls are up.

use std::fmt::Write;
use voxseal_rig::Result;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};

const SUITES: [&str; 2] = ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"];
const COMMANDS: [&str; 2] = ["srtp show sessions", "srtp show stats"];
const PACKETS: usize = 25;
const COLUMNS: usize = 80;

/// A command and what it printed.
pub type Recorded = Vec<(&'static str, String)>;

pub fn take() -> Result<Recorded> {
    let config = PbxConfig::new("recording", Module::Ours)?.with_companion_in_reach()?;
    let pbx = Pbx::start(config)?;
    let mut calls = Vec::new();
    for name in SUITES {
        let mut caller = Caller::connect(&pbx)?;
        let mut call = caller.call("echo", &[Offer::named(1, name)?])?;
        let mut sent = call.media.wait_for_first_echo()?;
        for _ in 0..PACKETS {
            let payload = random_payload()?;
            sent.push(payload.clone());
            if !call.media.echoed(&payload, &sent)? {
                return Err("a packet did not come back".into());
            }
        }
        calls.push((caller, call));
    }
    let recorded: Recorded =
        COMMANDS.into_iter().map(|command| Ok((command, pbx.cli(command)?))).collect::<Result<_>>()?;
    for (mut caller, mut call) in calls {
        caller.ua.bye(&mut call.dialog)?;
    }
    pbx.wait_until_idle()?;
    pbx.stop()?;
    Ok(recorded)
}

/// The titles of the table of sessions.
pub fn titles(recorded: &Recorded) -> String {
    recorded[0].1.lines().find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

/// As asciinema plays it: a header, then an event for each command and each output.
pub fn cast(recorded: &Recorded) -> String {
    let mut cast = format!("{{\"version\": 2, \"width\": {COLUMNS}, \"height\": 24}}\n");
    let mut second = 0.0;
    for (command, text) in recorded {
        for shown in [format!("*CLI> {command}\n"), text.clone()] {
            second += 0.8;
            let quoted =
                shown.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\r\\n").replace('\t', "\\t");
            let _ = writeln!(cast, "[{second:.1}, \"o\", \"{quoted}\"]");
        }
    }
    cast
}

/// The same as a picture.
pub fn picture(recorded: &Recorded) -> String {
    let lines: Vec<String> = recorded
        .iter()
        .flat_map(|(command, text)| {
            std::iter::once(format!("*CLI> {command}")).chain(text.lines().map(str::to_owned))
        })
        .collect();
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(COLUMNS).max(COLUMNS);
    let (width, height) = (width * 8 + 24, lines.len() * 18 + 24);
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"monospace\" \
         font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#1e1e1e\"/>\n"
    );
    for (nth, line) in lines.iter().enumerate() {
        let colour = if line.starts_with("*CLI>") { "#9cdcfe" } else { "#d4d4d4" };
        let (y, text) = (nth * 18 + 26, escaped(line));
        let _ = writeln!(
            picture,
            "<text x=\"12\" y=\"{y}\" fill=\"{colour}\" xml:space=\"preserve\">{text}</text>"
        );
    }
    picture + "</svg>\n"
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
