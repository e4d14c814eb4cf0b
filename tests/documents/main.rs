//! The documents are true: each of their code blocks is run, loaded by a real PBX, looked up in the sources, or marked as
//! an illustration; tables and pages that can be derived are. (tests/c has those for C programs compiled.)
//!
//! | block | what is done with it |
//! |---|---|
//! | `sh run` | run in a scratch folder, in the order of the document |
//! | `sh system` | run by tests/install on a Debian with its own Asterisk |
//! | `ini FILE` | added to that file of a PBX, which must start without an error |
//! | `console pbx` | each line typed on that PBX's console |
//! | `text kamailio.cfg` | its lines are, in this order, those of the Kamailio before the PBX of tests/pbx/edge.rs |
//! | `text nftables` | loaded before a PBX, from which a flood comes no further |
//! | `text log` | each piece between dots is a text of the sources |
//! | `… illustration` | nothing |
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "shared with the installation")]
mod blocks;
mod calls;
mod flood;
mod pbx;
mod recording;
mod sources;
mod systems;
mod tables;

use blocks::{Block, blocks, documents};
use std::fs;
use std::process::Command;
use voxseal_rig::places::{cert_tool, fresh_folder, repository};

#[test]
fn every_block_says_what_is_done_with_it() {
    for document in documents() {
        for Block { tag, line, .. } in blocks(&document) {
            let words: Vec<&str> = tag.split(' ').collect();
            let known = match words[..] {
                ["sh", "run" | "system"]
                | ["console", "pbx"]
                | ["text", "log" | "kamailio.cfg" | "nftables"] => true,
                ["ini", file] => pbx::FILES.contains(&file) || file == "illustration",
                [_, "illustration"] => true,
                _ => false,
            };
            assert!(known, "{document}:{line}: \"{tag}\" is no kind of block");
        }
    }
}

#[test]
fn commands_can_be_run() {
    let tools = cert_tool().unwrap();
    let path = format!("{}:{}", tools.parent().unwrap().display(), std::env::var("PATH").unwrap());
    for document in documents() {
        let text: String =
            blocks(&document).filter(|block| block.tag == "sh run").map(|block| block.text).collect();
        if text.is_empty() {
            continue;
        }
        let folder = fresh_folder("document").unwrap();
        let etc = folder.join("etc").display().to_string();
        // What the administrator's system has, and this one need not.
        let me = "--owner $(id -u):$(id -g)";
        let text = text.replace("/etc/asterisk", &etc).replace("--owner asterisk:asterisk", me);
        fs::create_dir(folder.join("keys")).unwrap();
        let output = Command::new("bash")
            .args(["-euxc", &text])
            .current_dir(&folder)
            .env("PATH", &path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{document}: {}", String::from_utf8_lossy(&output.stderr));
        fs::remove_dir_all(&folder).unwrap();
    }
}

/// tests/install runs those of one guide; the other documents say nothing else.
#[test]
fn commands_for_a_system_are_those_of_the_installation() {
    let lines = |document: &str| -> Vec<String> {
        let blocks = blocks(document).filter(|block| block.tag == "sh system");
        let text: String = blocks.map(|block| block.text).collect();
        text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim().to_owned()).collect()
    };
    let known = lines("docs/guides/install.md");
    assert!(known.len() >= 5, "{known:?}");
    for document in documents() {
        for line in lines(&document) {
            assert!(known.contains(&line), "{document}: \"{line}\" is not in docs/guides/install.md");
        }
    }
}

#[test]
fn configurations_are_loaded_by_a_pbx_and_its_console_knows_the_commands() {
    for document in documents() {
        pbx::load_and_type(&document).unwrap();
    }
}

#[test]
fn a_phone_that_is_not_ours_follows_the_guide_and_its_first_call_is_secure() {
    calls::first_secure_call().unwrap();
}

#[test]
fn the_dialplan_that_branches_treats_secure_clear_and_refused_calls_as_its_page_says() {
    calls::dialplan_branches().unwrap();
}

#[test]
fn the_dialplan_that_asks_calls_over_tls_and_encrypted_or_not_at_all() {
    calls::dialplan_asks().unwrap();
}

#[test]
fn sentences_of_logs_are_in_the_sources() {
    let sources = sources::texts();
    for document in documents() {
        for block in blocks(&document).filter(|block| block.tag == "text log") {
            for line in block.text.lines() {
                let pieces = line.split('…').map(str::trim).filter(|piece| piece.len() > 3);
                let unknown: Vec<&str> = pieces.filter(|piece| !sources.contains(piece)).collect();
                assert!(unknown.is_empty(), "{document}: \"{line}\": nothing says {unknown:?}");
            }
        }
    }
}

#[test]
fn kamailio_is_the_one_that_is_tried() {
    let addresses = [
        ("192.0.2.10:5061", "127.0.0.1:@TLSPORT@"),
        ("192.0.2.10:5060", "127.0.0.1:@UDPPORT@"),
        ("192.0.2.20:5060", "127.0.0.1:@PBXPORT@"),
        ("src_ip == 192.0.2.20 && src_port == 5060", "src_ip == 127.0.0.1 && src_port == @PBXPORT@"),
        ("/etc/kamailio/asterisk", "@CERTS@/server"),
    ];
    let tried = fs::read_to_string(repository().join("tests/rig/conf/kamailio.cfg")).unwrap();
    let mut tried = tried.lines();
    let guide =
        blocks("docs/guides/behind-kamailio.md").find(|block| block.tag == "text kamailio.cfg").unwrap();
    for line in guide.text.lines() {
        let here = addresses.iter().fold(line.to_owned(), |line, (theirs, ours)| line.replace(theirs, ours));
        assert!(
            tried.any(|line| line == here),
            "the guide has \"{line}\", and the Kamailio that is tried has not"
        );
    }
}

#[test]
fn the_packet_filter_keeps_one_address_from_taking_all_connections() {
    flood::is_limited().unwrap();
}

#[test]
fn links_lead_somewhere() {
    for document in documents() {
        let path = repository().join(&document);
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            // `[alice](+)` of a configuration is no link.
            if link.contains("://") || link == "+" {
                continue;
            }
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{document}: {link} leads nowhere");
            let headings = fs::read_to_string(&target).unwrap_or_default().to_lowercase().replace(' ', "-");
            assert!(
                anchor.is_empty() || headings.contains(&format!("#-{anchor}\n")),
                "{document}: no {link}"
            );
        }
    }
}

#[test]
fn variables_of_chan_sip_mean_what_the_table_says() {
    tables::chan_sip().unwrap();
}

#[test]
fn rtp_secure_media_means_what_the_table_says() {
    tables::freeswitch().unwrap();
}

/// With `VOXSEAL_BLESS` set the page is written.
#[test]
fn the_page_of_systems_is_fresh() {
    let path = repository().join("docs/guides/systems.md");
    let fresh = systems::page();
    if std::env::var_os("VOXSEAL_BLESS").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    let remedy = "run VOXSEAL_BLESS=1 cargo test --test documents systems, and commit it";
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == fresh,
        "docs/guides/systems.md is stale: {remedy}"
    );
}

/// Two calls and what the console says of them. With `VOXSEAL_BLESS` set the recording is made anew.
#[test]
fn the_recording_shows_todays_console() {
    let recorded = recording::take().unwrap();
    let folder = repository().join("docs/guides");
    if std::env::var_os("VOXSEAL_BLESS").is_some() {
        fs::write(folder.join("sessions.cast"), recording::cast(&recorded)).unwrap();
        fs::write(folder.join("sessions.svg"), recording::picture(&recorded)).unwrap();
    }
    let committed = fs::read_to_string(folder.join("sessions.svg")).unwrap_or_default();
    // Keys, names and counters differ each time; the words of the tables do not.
    let title = recording::titles(&recorded);
    let remedy = "run VOXSEAL_BLESS=1 cargo test --test documents recording, and commit it";
    assert!(committed.contains(&recording::escaped(&title)), "\"{title}\" is not in the recording: {remedy}");
}

#[test]
fn the_manual_page_of_the_settings_is_fresh() {
    let output = Command::new(repository().join("scripts/manual")).output().unwrap();
    let fresh = String::from_utf8(output.stdout).unwrap();
    for option in voxseal::profiles::options() {
        let name = format!("\\fB{}\\fR", option.name);
        assert!(fresh.contains(&name), "{} is missing", option.name);
    }
    let committed = fs::read_to_string(repository().join("docs/man/voxseal.conf.5")).unwrap();
    assert!(committed == fresh, "it is stale: run scripts/manual >docs/man/voxseal.conf.5, and commit it");
}
