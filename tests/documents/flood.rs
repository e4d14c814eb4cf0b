//! The packet filter's rules in docs/tls.md, before a PBX: one address opens as many connections as they allow, another is served.

use crate::blocks::blocks;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use voxseal_rig::Result;
use voxseal_rig::caller::Caller;
use voxseal_rig::net::Net;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::skip::skipped;

const ALLOWED: &str = "50";
/// Whoever floods, at an address of its own: says how many connections it has got, and holds them.
const ATTACKER: &str = "10.99.0.2";
const FLOOD: &str = "
import socket, sys
held = []
for _ in range(70):
    tcp = socket.socket()
    tcp.bind((sys.argv[1], 0))
    try:
        tcp.connect((sys.argv[2], int(sys.argv[3])))
        held.append(tcp)
    except ConnectionError:
        pass
print(len(held), flush=True)
sys.stdin.read()
";

pub fn is_limited() -> Result<()> {
    let net = Net::new()?;
    run(&net, "nft", &["--version"]).map_err(|error| format!("{error}: run `make needs`"))?;
    if let Err(error) = run(&net, "nft", &["list", "ruleset"]) {
        skipped(&format!("this kernel has no nftables: {error}"));
        return Ok(());
    }
    let config =
        PbxConfig { net: Some(net.clone()), ..PbxConfig::new("filter", Module::Ours)?.with_companion() };
    let pbx = Pbx::start(config)?;
    let port = pbx.config().ports.tls().to_string();
    let page =
        blocks("docs/tls.md").find(|block| block.tag == "text nftables").ok_or("the page has no rules")?;
    let rules = pbx.file("etc/nftables.conf");
    fs::write(&rules, page.text.replace("5061", &port))?;
    run(&net, "nft", &["-f", &rules.display().to_string()])?;
    run(&net, "ip", &["addr", "add", &format!("{ATTACKER}/24"), "dev", Net::INTERFACE])?;

    let mut attacker = net
        .command(Path::new("python3"))
        .args(["-c", FLOOD, ATTACKER, Net::IP, &port])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let held = said(&mut attacker)?;
    let served = std::thread::scope(|scope| {
        let phone = scope.spawn(|| -> Result<()> {
            net.enter()?;
            Caller::connect(&pbx)?.offer("nobody", &[]).map(|_| ())
        });
        phone.join().map_err(|_| "the phone panicked")?
    });
    attacker.kill()?;
    attacker.wait()?;
    served?;
    if held != ALLOWED {
        return Err(format!("one address holds {held} connections").into());
    }
    pbx.stop()
}

fn run(net: &Net, program: &str, words: &[&str]) -> Result<()> {
    let output = net.command(Path::new(program)).args(words).output()?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}

/// The first line that it prints.
fn said(child: &mut Child) -> Result<String> {
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
