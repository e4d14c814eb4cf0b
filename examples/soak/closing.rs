//! The table at the end, and the verdict.

use crate::memory::Memory;
use crate::run::Run;
use std::sync::atomic::Ordering;
use std::time::Duration;
use voxseal_rig::Result;
use voxseal_rig::wait::wait_for;

impl Run<'_> {
    /// Prints the table; whether all that happened is explained.
    pub fn close(&mut self, control: &Memory) -> Result<bool> {
        let ledger = self.ledger;
        let leaked = self.sessions_left()?;
        self.log.read()?;
        println!("\nClosing table");
        row("calls", format!("{} made, {} ended", ledger.calls_made.get(), ledger.calls_ended.get()));
        for (what, count) in ledger.renegotiated.lock().map_err(|_| "a thread failed")?.iter() {
            row("re-INVITE", format!("{count} with {what}"));
        }
        row("packets, callers", format!("{} sent, {} echoed", ledger.sent.get(), ledger.echoed.get()));
        row("SRTCP, callers", format!("{} reports received", ledger.srtcp_received.get()));
        let log = &self.log;
        row("packets, PBX", format!("{} unprotected, {} protected", log.unprotected, log.protected));
        let seen = self.seen.datagrams.load(Ordering::Relaxed);
        row("wire", format!("{seen} datagrams, {} clear", self.seen.clear.load(Ordering::Relaxed)));
        if let Some(last) = self.samples.last() {
            row("threads, files", format!("{} and {} at the end", last.threads, last.files));
        }
        let steady = Memory::of(self).judge(control, leaked);
        let explained = self.errors(leaked) && steady;
        println!("{}", if explained { "Nothing is unexplained." } else { "FAILED: see what is marked." });
        Ok(explained)
    }

    /// Sessions whose end was not logged. They may end a moment after their calls.
    fn sessions_left(&mut self) -> Result<u64> {
        let made = self.ledger.calls_made.get();
        let log = &mut self.log;
        let all_ended = wait_for("the sessions to end", Duration::from_secs(5), || {
            log.read()?;
            Ok((log.sessions >= made).then_some(()))
        });
        Ok(if all_ended.is_ok() { 0 } else { made - self.log.sessions })
    }

    /// Prints errors by kind; whether each has its explanation.
    fn errors(&self, leaked: u64) -> bool {
        let ledger = self.ledger;
        let mut explained = true;
        let mut kind = |count: u64, what: &str, why: Option<&str>| {
            if count > 0 {
                explained &= why.is_some();
                row("error", format!("{count} {what}: {}", why.unwrap_or("UNEXPLAINED")));
            }
        };
        kind(self.seen.clear.load(Ordering::Relaxed), "datagrams in clear", None);
        kind(
            ledger.swallowed.get(),
            "packets without echo at the start of calls",
            Some("sent before the PBX's Answer() was through, which drops what comes before"),
        );
        let behind = ledger.behind_ms.load(Ordering::Relaxed) / 1000;
        kind(behind, "seconds behind 50 packets a second: too many legs for this machine", None);
        let dropped = ledger.lost.get().min(self.kernel_drops);
        kind(
            dropped,
            "packets lost",
            Some("the kernel dropped as many for full socket buffers: too many legs for this machine"),
        );
        kind(ledger.lost.get() - dropped, "packets lost", None);
        kind(
            ledger.ahead_of_answer.get(),
            "packets not readable at first",
            Some(
                "under the PBX's new key, and faster than the answer that brought it; read after the answer",
            ),
        );
        kind(ledger.unreadable.get(), "packets that libsrtp refused", None);
        let refused = ledger.srtcp_unreadable.get();
        kind(
            refused,
            "SRTCP reports that libsrtp refused",
            (refused <= ledger.new_keys()).then_some(
                "under the key before, and read behind the answer that brought the next; no more than new keys",
            ),
        );
        kind(ledger.strange.get(), "echoes of nothing that was sent", None);
        kind(self.log.unauthentic, "packets that failed authentication at the PBX", None);
        kind(self.log.replayed, "packets that were replays to the PBX", None);
        kind(self.log.other, "packets refused by the PBX for other reasons", None);
        kind(
            leaked,
            "sessions without an end",
            (leaked * 200 <= ledger.calls_made.get()).then_some(
                "the PBX itself keeps an RTP instance when a call ends during a report, with any SRTP module",
            ),
        );
        for (what, count) in ledger.failures.lock().iter().flat_map(|all| all.iter()) {
            kind(*count, what, None);
        }
        for (what, count) in &self.log.complaints {
            kind(*count, &format!("log lines \"{what}\""), None);
        }
        explained
    }
}

pub fn row(what: &str, text: String) {
    println!("  {what:18} {text}");
}
