//! Media policy × offer × signalling: each of the 24 verdicts on an incoming call, with keys allowed over TLS alone.

use crate::policy_site::{Outcome, caller, outcome, start, wait_for_lines};
use voxseal_rig::pbx::Pbx;

/// What must come of a cell.
#[derive(Clone, Copy)]
enum Verdict {
    Clear,
    Encrypted,
    /// 488, with this code and these words in the Warning and in the log.
    Refused(u16, &'static str),
}
use Verdict::{Clear, Encrypted, Refused};

const FORBIDDEN: Verdict = Refused(302, "encrypted media is forbidden here");
const DEMANDED: Verdict = Refused(302, "media must be encrypted here");
const NO_KEY: Verdict = Refused(302, "RTP/SAVP has no crypto line");
const IN_CLEAR: Verdict = Refused(399, "crypto lines may travel over TLS or WSS only");

/// The columns: profile, and whether there is a crypto line.
const OFFERS: [(&str, bool); 4] =
    [("RTP/AVP", false), ("RTP/AVP", true), ("RTP/SAVP", true), ("RTP/SAVP", false)];

const TABLE: [(&str, &str, [Verdict; 4]); 6] = [
    // Where no key is used, none can be betrayed: crypto lines on RTP/AVP are passed over.
    ("forbidden", "TLS", [Clear, Clear, FORBIDDEN, FORBIDDEN]),
    ("forbidden", "UDP", [Clear, Clear, FORBIDDEN, FORBIDDEN]),
    ("optional", "TLS", [Clear, Encrypted, Encrypted, NO_KEY]),
    ("optional", "UDP", [Clear, IN_CLEAR, IN_CLEAR, NO_KEY]),
    ("mandatory", "TLS", [DEMANDED, Encrypted, Encrypted, DEMANDED]),
    ("mandatory", "UDP", [DEMANDED, IN_CLEAR, IN_CLEAR, DEMANDED]),
];

#[test]
fn each_of_24_incoming_offers_gets_its_verdict() {
    let Some(pbx) = start("matrix", "[general]\nrequire_secure_signalling = yes\n", "") else { return };
    let mut wrong = Vec::new();
    println!("{:10} {:4} | {}", "policy", "over", OFFERS.map(|(p, c)| column(p, c)).join(" | "));
    for (policy, transport, verdicts) in TABLE {
        let mut row = Vec::new();
        for ((profile, crypto), verdict) in OFFERS.into_iter().zip(verdicts) {
            let cell = format!("{policy} {transport} {}", column(profile, crypto).trim());
            row.push(match try_cell(&pbx, policy, transport, (profile, crypto), verdict) {
                Ok(word) => word,
                Err(error) => {
                    wrong.push(format!("{cell}: {error}"));
                    "WRONG"
                }
            });
        }
        let cells = row.iter().map(|word| format!("{word:15}")).collect::<Vec<_>>().join(" | ");
        println!("{policy:10} {transport:4} | {cells}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    pbx.stop().unwrap();
}

fn column(profile: &str, crypto: bool) -> String {
    format!("{:15}", format!("{profile}{}", if crypto { "+crypto" } else { "" }))
}

/// Makes the call and gives the word for the table.
fn try_cell(
    pbx: &Pbx,
    policy: &str,
    transport: &str,
    (profile, crypto): (&str, bool),
    verdict: Verdict,
) -> voxseal_rig::Result<&'static str> {
    let who = format!("endpoint {policy}: INVITE from 127.0.0.1 over {transport} refused, ");
    let before = crate::policy_site::logged(pbx, &[&who]);
    let found = outcome(pbx, &mut caller(pbx, transport, policy), profile, crypto)?;
    match (verdict, &found) {
        (Clear, Outcome::Clear) => Ok("clear"),
        (Encrypted, Outcome::Encrypted) => Ok("encrypted"),
        (Refused(code, words), Outcome::Refused(warning))
            if warning.starts_with(&format!("{code} 127.0.0.1 \"")) && warning.contains(words) =>
        {
            wait_for_lines(pbx, &[&who], before + 1)?;
            wait_for_lines(pbx, &[&who, words], 1)?;
            Ok(if code == 399 { "488 signalling" } else { "488 media" })
        }
        _ => Err(format!("{found:?}").into()),
    }
}
