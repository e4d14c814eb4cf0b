//! Tables that say what settings of other systems mean here.

use std::fs;
use voxseal::profiles::{Profile, Profiles};
use voxseal_rig::Result;
use voxseal_rig::places::repository;

/// The cells of the table between the marks of this name.
fn table(document: &str, name: &str) -> Result<Vec<Vec<String>>> {
    let text = fs::read_to_string(repository().join(document))?;
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let inside =
        text.split_once(&start).and_then(|(_, rest)| rest.split_once(&end)).ok_or("no such table")?.0;
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    Ok(inside.lines().skip(2).map(cells).collect())
}

/// What a call is like after these variables, and what was said about them.
fn after(assignments: &str) -> Result<(Profile, Vec<String>)> {
    let mut profile = Profiles::new().find(None, None).map_err(|error| error.to_string())?;
    let mut notices = Vec::new();
    for assignment in assignments.split(" and ") {
        let (name, value) = assignment.trim_matches('`').split_once('=').ok_or("no assignment")?;
        let notice = profile.set_variable(name, value).map_err(|refused| refused.to_string())?;
        notices.extend(notice);
    }
    Ok((profile, notices))
}

/// The two spellings do the same, and the old one is answered with the new one.
fn same(old: &str, new: &str) -> Result<()> {
    let ((before, notices), (now, silent)) = (after(old)?, after(new)?);
    let alike =
        before.rules() == now.rules() && format!("{:?}", before.policy()) == format!("{:?}", now.policy());
    let told =
        notices.len() == 1 && new.split(" and ").all(|part| notices[0].contains(part.trim_matches('`')));
    if alike && told && silent.is_empty() {
        Ok(())
    } else {
        Err(format!("{old} and {new}: {notices:?}").into())
    }
}

/// S1: the settings of chan_sip. That their successors are settings of PJSIP, a PBX says that loads the document.
pub fn chan_sip() -> Result<()> {
    let rows = table("docs/guides/from-chan-sip.md", "chan_sip")?;
    let variables: Vec<&Vec<String>> = rows.iter().filter(|row| row[2].starts_with("variable")).collect();
    for row in &variables {
        same(&row[0], &row[1])?;
    }
    let old: String = rows.iter().map(|row| row[0].as_str()).collect();
    let named = [
        "srtpcapable",
        "_SIP_SRTP_SDES=optional",
        "tlsenable",
        "tlsbindaddr",
        "tlscertfile",
        "tlscafile",
        "tlscipher=ALL",
        "tlsclientmethod",
    ];
    match named.iter().find(|setting| !old.contains(**setting)) {
        Some(missing) => Err(format!("{missing} is not in the table").into()),
        None if variables.is_empty() => Err("no variable is in the table".into()),
        None => Ok(()),
    }
}

/// The values of FreeSWITCH's variable.
#[allow(dead_code, reason = "tests/interop has chan_sip's alone")]
pub fn freeswitch() -> Result<()> {
    let rows = table("docs/guides/from-freeswitch.md", "rtp_secure_media")?;
    for row in &rows {
        same(&format!("rtp_secure_media={}", row[0].trim_matches('`')), &row[1])?;
    }
    if rows.len() > 4 { Ok(()) } else { Err("the table is empty".into()) }
}
