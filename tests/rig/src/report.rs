//! What one call came to, for a test to judge and for a person to read.

use crate::Result;
use crate::pbx::Pbx;
use crate::wait::{PATIENCE, wait_for};

/// The line our module logs when an SRTP session ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEnd {
    /// Suite of the local key.
    pub out_suite: String,
    /// Suite of the remote key.
    pub in_suite: String,
    /// Packets protected, RTP and RTCP.
    pub protected: u64,
    /// Packets unprotected, RTP and RTCP.
    pub unprotected: u64,
    /// Packets refused, for any reason.
    pub refused: u64,
    /// Of these: authentication failed.
    pub unauthentic: u64,
    /// Of these: received before, or too old to tell.
    pub replayed: u64,
}

impl SessionEnd {
    /// Reads `… SRTP session ended: out S, in S, N protected, N unprotected, N refused (…)`.
    pub fn parse(line: &str) -> Option<SessionEnd> {
        let (_, text) = line.split_once("SRTP session ended: ")?;
        let (text, reasons) = text.split_once(" (")?;
        let mut parts = text.split(", ");
        let out_suite = parts.next()?.strip_prefix("out ")?.to_owned();
        let in_suite = parts.next()?.strip_prefix("in ")?.to_owned();
        let mut number = |word: &str| -> Option<u64> {
            let (number, rest) = parts.next()?.split_once(' ')?;
            rest.starts_with(word).then(|| number.parse().ok())?
        };
        let mut reasons = reasons.split(", ").map(|part| part.split(' ').next()?.parse().ok());
        Some(SessionEnd {
            out_suite,
            in_suite,
            protected: number("protected")?,
            unprotected: number("unprotected")?,
            refused: number("refused")?,
            unauthentic: reasons.next()??,
            replayed: reasons.next()??,
        })
    }

    /// Packets that somebody forged or repeated.
    pub fn attacked(&self) -> u64 {
        self.unauthentic + self.replayed
    }
}

/// All such lines in a PBX's log. The stock module writes none.
pub fn sessions_ended(pbx: &Pbx) -> Vec<SessionEnd> {
    read_in(&pbx.log())
}

fn read_in(log: &str) -> Vec<SessionEnd> {
    log.lines().filter_map(SessionEnd::parse).collect()
}

/// Waits until the PBX has logged this many, and gives the last. `None` at once when the module is the stock one.
///
/// Asterisk 22.10.1 loses an RTP instance, and the SRTP session with it, when a call ends in the very moment in which
/// an RTCP report is sent (seen with the stock module too, about one call in a hundred ended that way). So calls here
/// end between reports, which come every second.
pub fn wait_for_session_end(pbx: &Pbx, count: usize) -> Result<Option<SessionEnd>> {
    if !pbx.has_our_module() {
        return Ok(None);
    }
    wait_for("the log line \"SRTP session ended\"", PATIENCE, || {
        let mut ended = read_in(&pbx.log_so_far());
        Ok(if ended.len() >= count { ended.pop() } else { None })
    })
    .map(Some)
    .map_err(|error| {
        let users = pbx.cli("module show like res_srtp.so").unwrap_or_default();
        format!("{error}; the module's use count: {users}").into()
    })
}

/// One call of a scenario.
#[derive(Debug, Clone)]
pub struct CallReport {
    /// Who called.
    pub from: String,
    /// Who was called.
    pub to: String,
    /// The suite agreed, or how else media was protected.
    pub suite: String,
    /// What our module said at the end; `None` with the stock module.
    pub session: Option<SessionEnd>,
    /// What was heard or compared.
    pub audio: String,
}

/// The reports as a table.
pub fn table(reports: &[CallReport]) -> String {
    let head = ["caller", "called", "suite", "protected", "unprotected", "refused", "audio"];
    let mut rows = vec![head.map(str::to_owned)];
    for report in reports {
        let number = |pick: fn(&SessionEnd) -> u64| match &report.session {
            Some(session) => pick(session).to_string(),
            None => "-".to_owned(),
        };
        rows.push([
            report.from.clone(),
            report.to.clone(),
            report.suite.clone(),
            number(|session| session.protected),
            number(|session| session.unprotected),
            number(|session| session.refused),
            report.audio.clone(),
        ]);
    }
    let widths: Vec<usize> = (0..head.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    rows.iter()
        .map(|row| {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            format!("{}\n", cells.join("  ").trim_end())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_line_is_read() {
        let line = "[2026-01-01 00:00:00.000] VERBOSE[1][C-1] x.c: SRTP session ended: out AEAD_AES_256_GCM, in \
                    AEAD_AES_256_GCM, 203 protected, 201 unprotected, 4 refused (1 authentication, 2 replayed, 1 other)";
        let ended = SessionEnd::parse(line).unwrap();
        assert_eq!((ended.protected, ended.unprotected), (203, 201));
        assert_eq!((ended.refused, ended.unauthentic, ended.replayed, ended.attacked()), (4, 1, 2, 3));
        assert_eq!(ended.in_suite, "AEAD_AES_256_GCM");
        assert_eq!(SessionEnd::parse("SRTP session ended: out X"), None);
    }
}
