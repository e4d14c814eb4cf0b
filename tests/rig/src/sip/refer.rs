//! Transfers.

use super::{Dialog, Ua};
use crate::Result;
use std::time::Instant;

impl Ua {
    /// Asks the PBX to put the other end of the call through to another extension (RFC 3515).
    pub fn refer(&mut self, dialog: &mut Dialog, extension: &str) -> Result<()> {
        self.refer_to(dialog, &format!("sip:{extension}@{}", self.server))
    }

    /// Asks the PBX to connect the other ends of two calls of ours with each other (RFC 3891, RFC 5589 §7).
    pub fn refer_replacing(&mut self, dialog: &mut Dialog, replaced: &Dialog) -> Result<()> {
        let to_tag = replaced.to.split("tag=").nth(1).ok_or("the call to replace has no tag of the PBX")?;
        let replaces = escaped(&format!("{};to-tag={to_tag};from-tag=rig", replaced.call_id));
        self.refer_to(dialog, &format!("sip:{}@{}?Replaces={replaces}", replaced.extension, self.server))
    }

    fn refer_to(&mut self, dialog: &mut Dialog, uri: &str) -> Result<()> {
        dialog.cseq += 1;
        let head = self.head(dialog, "REFER", 0);
        let refer_to = format!("Refer-To: <{uri}>\r\n\r\n");
        self.send(head.replacen("\r\n\r\n", &format!("\r\n{refer_to}"), 1).as_bytes())?;
        let deadline = Instant::now() + self.patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.receive(left)?.ok_or("no answer to REFER")?;
            match message.status() {
                Some(202) => return Ok(()),
                Some(status) if message.header("CSeq").is_some_and(|cseq| cseq.ends_with("REFER")) => {
                    return Err(format!("REFER was answered with {status}").into());
                }
                Some(_) => {}
                None => self.accept(&message)?,
            }
        }
    }
}

/// A value that can stand in the headers of a URI (RFC 3261 §19.1.1): what is no letter or digit is escaped.
fn escaped(value: &str) -> String {
    let byte = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(byte).collect()
}
