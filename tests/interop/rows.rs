//! The rows, in the order of the table.

use crate::{certificates, checks, console, installed, pbx, tables, tls, transport};
use voxseal_rig::Result;
use voxseal_rig::scenarios::registered_phone;

/// One row: its name, what it is about, and its check or where that is.
pub struct Row {
    pub name: &'static str,
    pub what: &'static str,
    pub check: Check,
}

/// How a row is checked.
#[derive(Clone, Copy)]
pub enum Check {
    /// It must hold.
    Holds(fn() -> Result<()>),
    /// These functions of these files do it, which have to be there.
    Elsewhere(&'static [(&'static str, &'static str)]),
}

const fn row(name: &'static str, what: &'static str, check: fn() -> Result<()>) -> Row {
    Row { name, what, check: Check::Holds(check) }
}

const fn elsewhere(
    name: &'static str,
    what: &'static str,
    tests: &'static [(&'static str, &'static str)],
) -> Row {
    Row { name, what, check: Check::Elsewhere(tests) }
}

const LISTENER: &[(&str, &str)] = &[
    ("tests/pbx/tls_hostile.rs", "old_versions_are_turned_away_without_a_handshake"),
    ("tests/pbx/tls_hostile.rs", "truncated_and_random_bytes_change_nothing"),
    ("tests/pbx/tls_hostile.rs", "ten_thousand_half_open_handshakes_leave_no_trace"),
];
const REUSE: &[(&str, &str)] = &[(
    "tests/pbx/tls_reuse.rs",
    "a_registered_peer_is_called_on_its_connection_and_no_second_one_is_opened",
)];
const KEPT_OPEN: &[(&str, &str)] = &[
    ("tests/pbx/tls_reuse.rs", "a_registered_peer_is_called_on_its_connection_and_no_second_one_is_opened"),
    (
        "tests/pbx/tls_certificates.rs",
        "a_new_certificate_is_served_under_a_live_call_and_a_broken_one_is_not",
    ),
];
const SPEED: &[(&str, &str)] = &[("benches/compare.rs", "second_pass"), ("benches/packets.rs", "protect")];
const SPEED_OF_TLS: &[(&str, &str)] = &[("benches/tls.rs", "row"), ("benches/tls.rs", "shake")];

pub const ROWS: &[Row] = &[
    row("T1", "mandatory: clear offers are refused, encrypted ones taken", pbx::mandatory),
    row("T2", "disabled: SAVP is refused, never a crypto line", pbx::disabled),
    row("T3", "_80 and _32 in any order, by their order and by ours", checks::suites_in_any_order),
    row("T4", "Twilio calls with exactly one line", || checks::system("twilio")),
    row("T5", "no MKI to or from Twilio", checks::twilio_without_mki),
    row("T6", "secure=true on the URI: encrypted or not at all", || {
        console::secure_uri().and_then(|()| pbx::secure_uri())
    }),
    row("T7", "wildcard certificates", tls::wildcards),
    row("T8", "versions of module, ABI, primitives and host", console::versions),
    row("T9", "what was negotiated, as variables", console::what_was_negotiated),
    row("T10", "a forged telephone-event never surfaces", checks::forged_telephone_event),
    row("T11", "plain RTP/SAVP without DTLS attributes", pbx::twilio_sees_no_dtls),
    row("M1", "one line, _80, offered and answered", || checks::system("minisipserver")),
    row("M2", "without a configuration: _80 first, then _32", checks::default_offer),
    row("M3", "SDES only under TLS", pbx::keys_need_tls),
    row("M4", "SDES where DTLS was never configured", || checks::talk("minisipserver", "minisipserver")),
    elsewhere("M5", "TLS 1.2 and later, hostile handshakes", LISTENER),
    row("M6", "TLS 1.2 to 1.3 on one listener", || {
        transport::both_versions().and_then(|()| tls::one_listener())
    }),
    row("M7", "one leg encrypted, the other in clear", pbx::one_leg_in_clear),
    row(
        "M8",
        "media past the PBX: the caller is sent on, keys are of the phones alone",
        pbx::keys_of_the_phones_alone,
    ),
    row("M9", "crypto on RTP/AVP from an endpoint of unknown state", || checks::system("microsip")),
    row("M10", "self-signed certificates", certificates::how_to),
    row("F1", "certificate files and their rights", certificates::files_and_rights),
    row("F2", "key of another certificate", certificates::key_of_another),
    row("F3", "new certificate without a restart", tls::reloads),
    row("F4", "certificate tool", certificates::gentls_cert),
    row("F5", "names in certificates", certificates::names),
    row("F6", "showing a certificate", certificates::shown),
    row("F7", "several CAs", transport::several_authorities),
    row("F8", "chains", || transport::chains().and_then(|()| tls::chains())),
    elsewhere("F9", "reuse of connections", REUSE),
    row("F10", "verification by direction", tls::directions),
    row("F11", "purpose of certificates", tls::purposes),
    row("F12", "a CA of its own for clients", tls::authorities),
    row("F13", "wrong clocks", || transport::wrong_clocks().and_then(|()| tls::clocks())),
    row("F14", "unknown values of settings are refused", checks::unknown_values),
    row("F15", "an encrypted caller does not force the callee", pbx::policy_is_not_inherited),
    row("F16", "a phone that registered over TLS calls and is called, encrypted", registered_phone),
    row("F17", "identity before NAPTR and SRV", tls::domain_before_lookup),
    row("F18", "phone in clear, trunk encrypted", pbx::one_leg_in_clear),
    row("F19", "how secure a call is, as one variable", console::how_secure),
    row("F20", "each m= line negotiates for itself", checks::each_stream_for_itself),
    row("F21", "a reason for each line at normal level", checks::reasons),
    row("A1", "Aastra: crypto on RTP/AVP, answered on RTP/AVP with tag 1", pbx::aastra),
    row("A2", "Aastra is never sent what it cannot stand, whoever calls", checks::everybody_calls_aastra),
    row("A3", "certificates by TFTP", certificates::separate_and_combined),
    elsewhere("A4", "connections kept open", KEPT_OPEN),
    row(
        "C1",
        "Cisco SPA: one key on both lines, then _32 under it",
        crate::rekey::same_key_with_the_short_tag,
    ),
    row("C2", "encrypted with every device in either order", checks::devices_by_order),
    row("C3", "x-sipura is refused politely", || checks::system("cisco-spa525g2")),
    row("B1", "Bria: tag and suite echoed, one line", || checks::talk("bria", "bria")),
    row("K1", "Acrobits: an answer without crypto is never connected and silent", pbx::acrobits),
    row("G1", "Grandstream: lifetimes in both spellings", || checks::system("grandstream-gxp2120")),
    row("G2", "contact by IP address", tls::addresses),
    row("G3", "SRTP no, optional, forced", pbx::optional),
    row("Z1", "Zoiper 2: its verbatim line", || checks::system("zoiper-2")),
    row("L1", "Blink: optional on both sides ends encrypted", || checks::talk("blink", "blink")),
    row("S1", "migration from chan_sip", tables::chan_sip),
    row("S2", "installation", installed::without_libsrtp),
    row("S3", "ast_tls_cert's flags", certificates::ast_tls_cert),
    row("S4", "listing connections and sessions", console::lists),
    row("S5", "verification of clients", tls::clients),
    row("S6", "every system with every other", checks::every_pair),
    elsewhere("P1", "no slower than libsrtp", SPEED),
    elsewhere("P2", "TLS handshakes", SPEED_OF_TLS),
    elsewhere("P3", "call rate over TLS, which handshakes decide", SPEED_OF_TLS),
    row("yealink", "_80, _32 and F8, which is passed over", || checks::system("yealink")),
    row("polycom", "eight lines, the weak ones passed over", || checks::system("polycom")),
    row("polycom-rmx", "an MKI both ways", || checks::system("polycom-rmx")),
    row("teams", "2^31, with and without an MKI", || checks::system("teams")),
    row("audiocodes", "the line that is answered is mirrored", checks::audiocodes),
    row("zoiper", "ten lines, tags in any order, old spellings", || checks::system("zoiper-5")),
    row("broadworks", "two m= lines, and an answer with a new tag", || checks::system("broadworks")),
    row("sangoma", "2^31", || checks::system("sangoma")),
    row("linphone", "GCM before CM", || checks::system("linphone")),
    row("telekom", "RTP/SAVP alone", || checks::system("telekom")),
    row("phonerlite", "an answer on RTP/SAVP without crypto", || checks::system("phonerlite")),
    row("mediatrix", "secure with fallback", || checks::system("mediatrix")),
    row("nokia-s60", "no AEAD name in an offer", || checks::system("nokia-s60")),
    row("cisco-cucm", "srtp-fallback", || checks::system("cisco-cucm")),
];
