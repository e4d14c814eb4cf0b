//! Configurations and console commands of a document, on a PBX of its own.

use crate::blocks::{Block, blocks};
use voxseal_rig::Result;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};

pub const FILES: [&str; 4] = ["pjsip.conf", "extensions.conf", "voxseal.conf", "cdr_custom.conf"];
/// What reads the last of them.
pub const RECORDS: &str = "load=func_cdr.so\nload=res_cdrel_custom.so\nload=cdr_custom.so\n";
/// How Asterisk says that it does not know a command, or what the command is about.
const COMPLAINTS: [&str; 3] = ["No such command", "Unable to find object", "Usage:"];

pub fn load_and_type(document: &str) -> Result<()> {
    let blocks: Vec<Block> = blocks(document).collect();
    let file_of = |block: &Block| FILES.into_iter().find(|file| block.tag == format!("ini {file}"));
    let configured: Vec<(&'static str, &Block)> =
        blocks.iter().filter_map(|block| Some((file_of(block)?, block))).collect();
    let typed: Vec<&str> = blocks
        .iter()
        .filter(|block| block.tag == "console pbx")
        .flat_map(|block| block.text.lines())
        .collect();
    if configured.is_empty() && typed.is_empty() {
        return Ok(());
    }
    let mut config = PbxConfig::new("document", Module::Ours)?.with_companion_in_reach()?;
    let port = config.ports.base + 1;
    for (file, block) in configured {
        config = config.with(file, &here(&block.text, port));
        if file == "cdr_custom.conf" {
            config = config.with("modules.conf", RECORDS);
        }
    }
    let pbx = Pbx::start(config)?;
    for command in typed {
        let answer = pbx.cli(command)?;
        if let Some(complaint) = COMPLAINTS.iter().find(|complaint| answer.contains(**complaint)) {
            return Err(format!("{document}: {command}: {complaint}").into());
        }
    }
    let log = pbx.log();
    if let Some(error) = log.lines().find(|line| line.contains("ERROR[")) {
        return Err(format!("{document}: {error}").into());
    }
    pbx.stop()
}

/// An administrator's text with this PBX's address and files.
fn here(text: &str, port: u16) -> String {
    // The PBX's own file has this section already.
    text.replace("[global]\ntype = global\n", "[global](+)\n")
        .replace("0.0.0.0:5060", &format!("@IP@:{}", port + 1))
        .replace("0.0.0.0:5061", &format!("@IP@:{port}"))
        .replace("/etc/asterisk/keys/asterisk.crt", "@DIR@/etc/server.crt")
        .replace("/etc/asterisk/keys/asterisk.key", "@DIR@/etc/server.key")
        .replace("/etc/asterisk/keys/ca.crt", "@DIR@/etc/ca.crt")
        .replace("/etc/asterisk/keys/provider-ca.pem", "@DIR@/etc/ca.crt")
}
