//! The console: every command, aligned at 80 columns, completed with the tabulator, and never a key.

use std::process::Command;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::places::cert_tool;
use voxseal_rig::wait::PATIENCE;

const LONG: &str = "AES_CM_128_HMAC_SHA1_80";
const KEY: &str = "WpjkRMJa2SxB/MF0MKkdLG5R/VRHWLr7NgD6C7dy";

/// What a command prints; no line may be wider than the console.
fn cli(pbx: &Pbx, command: &str) -> String {
    let text = pbx.cli(command).unwrap();
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{command}: {line}");
    }
    text
}

#[test]
fn commands_show_a_call_and_never_its_keys() {
    let pbx = Pbx::start(PbxConfig::new("cli-call", Module::Ours).unwrap().with_companion()).unwrap();
    assert!(cli(&pbx, "srtp show sessions").contains("0 media streams"));
    let mut caller = Caller::connect(&pbx).unwrap();
    let offer = Offer::named(7, LONG).unwrap();
    let mut call = caller.call("echo", std::slice::from_ref(&offer)).unwrap();
    call.media.wait_for_first_echo().unwrap();

    let sessions = cli(&pbx, "srtp show sessions");
    let row = sessions.lines().find(|line| line.starts_with("PJSIP/sdes-00000000")).unwrap();
    let columns: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(columns, ["PJSIP/sdes-00000000", "audio", "secure", LONG, "both"]);
    assert!(sessions.ends_with("1 media stream\n"), "{sessions}");

    let session = pbx.cli("srtp show session PJSIP/sdes-00000000").unwrap();
    for (name, value) in [
        ("secure", "both"),
        ("signalling", "tls"),
        ("transport", "TLS"),
        ("state", "secure"),
        ("keying", "SDES"),
        ("suite", LONG),
        ("suite_in", LONG),
        ("tag", "7"),
        ("profile", "general"),
        ("roc", "0"),
        ("roc_in", "0"),
        ("ssrc_in", &format!("{:08x}", call.media.ssrc)),
        ("failures", "0"),
    ] {
        let row = session.lines().find(|line| line.split_whitespace().next() == Some(name));
        let shown = row.and_then(|line| line.split_whitespace().nth(1));
        assert_eq!(shown, Some(value), "{name} in\n{session}");
    }
    assert!(session.contains(&format!("crypto line 7 taken: {LONG}")), "{session}");
    assert!(pbx.cli("srtp show session nobody").unwrap().contains("There is no channel nobody"));

    let transports = cli(&pbx, "tls show transports");
    let connection = format!("tls          in  127.0.0.1:{}", caller.ua.port());
    assert!(transports.contains(&connection) && transports.contains("TLSv1.2"), "{transports}");
    assert!(
        transports.lines().any(|line| line.starts_with("tls ") && line.ends_with(" served")),
        "{transports}"
    );

    let stats = cli(&pbx, "srtp show stats");
    for part in
        ["voxseal 0.1.0, ABI 1, primitives by rustcrypto\non Asterisk ", "sessions now                 1\n"]
    {
        assert!(stats.contains(part), "{stats}");
    }
    let output = sessions + &session + &stats + &pbx.log();
    for key in [&offer.key_salt, &call.remote] {
        assert!(!output.contains(&openssl::base64::encode_block(key)), "a key is shown");
    }
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn commands_show_settings() {
    let conf = "[general]\naccept = AES_CM_128_HMAC_SHA1_80, AEAD_AES_256_GCM\n[mine]\nlike = grandstream\nkeys = 1\n";
    let config = PbxConfig::new("cli-settings", Module::Ours).unwrap().with("voxseal.conf", conf);
    let pbx = Pbx::start(config).unwrap();
    let suites = cli(&pbx, "srtp show suites");
    for (suite, offered, accepted) in [
        (LONG, "Yes", "Yes"),
        ("AEAD_AES_256_GCM", "Yes", "Yes"),
        ("AEAD_AES_128_GCM", "No", "No"),
        ("AES_256_CM_HMAC_SHA1_80", "No", "No"),
    ] {
        let row = suites.lines().find(|line| line.starts_with(&format!("{suite} "))).unwrap();
        assert_eq!(row.split_whitespace().collect::<Vec<_>>(), [suite, offered, accepted]);
    }
    let general = cli(&pbx, "srtp show settings");
    assert!(
        general.contains("accept  ") && general.contains("AES_CM_128_HMAC_SHA1_80, AEAD_AES_256_GCM"),
        "{general}"
    );
    assert_eq!(general, cli(&pbx, "srtp show settings general"));
    assert!(cli(&pbx, "srtp show settings aastra").contains("mki_in_answer"));
    assert!(cli(&pbx, "srtp show settings nobody").contains("There is no profile nobody"));
    let profiles = cli(&pbx, "srtp show profiles");
    assert!(profiles.starts_with("mine\n") && profiles.contains("[Aastra *]"), "{profiles}");
    pbx.stop().unwrap();
}

#[test]
fn a_line_is_explained_and_its_key_is_not_shown() {
    let pbx = Pbx::start(PbxConfig::new("cli-explain", Module::Ours).unwrap()).unwrap();
    for (command, expected) in [
        (
            format!("1 {LONG} inline:{KEY}|2^20"),
            format!("[general] crypto line 1 taken: {LONG}, lifetime 2^20"),
        ),
        (format!("a=crypto:1 {LONG} inline:{KEY}"), format!("[general] crypto line 1 taken: {LONG}")),
        (
            format!("1 {LONG} inline:{KEY}|2^16"),
            "[general] crypto line 1 refused: lifetime 2^16 is below the minimum 2^20 (min_lifetime)".into(),
        ),
        (format!("1 {LONG} inline:{}", &KEY[..20]), "[general] crypto line 1 refused: ".into()),
        (format!("profile aastra 1 {LONG} inline:{KEY}"), format!("[aastra] crypto line 1 taken: {LONG}")),
        (format!("profile nobody 1 {LONG} inline:{KEY}"), "There is no profile nobody".into()),
    ] {
        let shown = pbx.cli(&format!("srtp explain {command}")).unwrap();
        assert!(shown.starts_with(&expected), "{command}: {shown}");
        assert!(!shown.contains(&KEY[..20]), "{shown}");
    }
    assert!(!pbx.log().contains(&KEY[..20]));
    pbx.stop().unwrap();
}

#[test]
fn the_tabulator_completes_commands_channels_profiles_and_files() {
    let pbx = Pbx::start(PbxConfig::new("cli-tab", Module::Ours).unwrap()).unwrap();
    let matches =
        |line: &str, word: &str| pbx.cli(&format!("_command matchesarray \"{line}\" \"{word}\"")).unwrap();
    let shown = matches("srtp show ", "");
    for word in ["sessions", "session", "suites", "settings", "profiles", "stats"] {
        assert!(shown.split_whitespace().any(|known| known == word), "{word} in {shown}");
    }
    assert!(matches("srtp show settings aas", "aas").contains("aastra"));
    assert!(matches("srtp explain pro", "pro").contains("profile"));
    assert!(matches("srtp explain profile twi", "twi").contains("twilio"));
    assert!(matches("tls ", "").contains("show"));
    let absolute = format!("{}/serv", pbx.file("etc").display());
    std::fs::create_dir(pbx.file("etc/servers")).unwrap();
    for (line, word) in
        [("tls check ", "serv"), ("tls check x ", "serv"), ("tls show certificate ", &absolute)]
    {
        let shown = matches(&format!("{line}{word}"), word);
        let start = word.strip_suffix("serv").unwrap();
        for file in ["server.crt", "server.key", "servers/"] {
            let whole = format!("{start}{file}");
            assert!(shown.split_whitespace().any(|offered| offered == whole), "{line}{word}: {shown}");
        }
        assert!(!shown.contains("ca.crt"), "{shown}");
    }
    assert!(!matches("tls check ../", "../").contains("etc"));
    let mut caller = Caller::connect(&pbx).unwrap();
    let mut call = caller.call("echo", &[Offer::named(1, LONG).unwrap()]).unwrap();
    assert!(matches("srtp show session PJSIP/s", "PJSIP/s").contains("PJSIP/sdes-00000000"));
    assert!(matches("srtp rekey PJSIP/s", "PJSIP/s").contains("PJSIP/sdes-00000000"));
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn debug_shows_the_verdict_on_each_line_until_it_is_switched_off() {
    let pbx = Pbx::start(PbxConfig::new("cli-debug", Module::Ours).unwrap().with_companion()).unwrap();
    assert!(cli(&pbx, "srtp set debug on").contains("shown from now on"));
    let mut caller = Caller::connect(&pbx).unwrap();
    let bad = format!("1 {LONG} inline:{KEY}|2^16");
    caller.offer("echo", &[bad.as_bytes()]).unwrap();
    let line =
        pbx.wait_for_log("SRTP: endpoint sdes, m= section 0 (audio), profile general: ", PATIENCE).unwrap();
    assert!(line.contains("crypto line 1 refused: lifetime 2^16 is below"), "{line}");
    cli(&pbx, "srtp set debug off");
    let before = pbx.log().matches("SRTP: endpoint").count();
    caller.offer("echo", &[bad.as_bytes()]).unwrap();
    assert_eq!(pbx.log().matches("SRTP: endpoint").count(), before);
    assert!(!pbx.log().contains(KEY));
    pbx.stop().unwrap();
}

#[test]
fn certificates_are_shown_and_checked_by_the_command_that_is_installed() {
    let pbx = Pbx::start(PbxConfig::new("cli-tls", Module::Ours).unwrap()).unwrap();
    let absolute = format!("tls show certificate {}", pbx.file("etc/server.pem").display());
    for command in ["tls show certificate server.pem", &absolute] {
        let shown = pbx.cli(command).unwrap();
        assert!(shown.contains("127.0.0.1") && !shown.contains("PRIVATE"), "{command}: {shown}");
    }
    // As a program of its own: the console says what it says.
    let checked = pbx.cli("tls check server.pem server.key").unwrap();
    let expected = Command::new(cert_tool().unwrap())
        .args(["check".into(), pbx.file("etc/server.pem"), pbx.file("etc/server.key")])
        .output()
        .unwrap();
    let expected = [expected.stdout, expected.stderr].concat();
    assert!(!expected.is_empty() && checked.starts_with(&*String::from_utf8_lossy(&expected)), "{checked}");
    for command in ["tls show certificate ../server.pem", "tls check -x", "tls check server.pem ../x"] {
        assert!(pbx.cli(command).unwrap().contains("give an absolute path"), "{command}");
    }
    // Nothing of a shell is in it.
    let shown = pbx.cli("tls check server.pem;touch${IFS}x").unwrap();
    assert!(shown.contains("server.pem;touch${IFS}x"), "{shown}");
    pbx.stop().unwrap();
}

const PROGRAMS: &str = "\nexten => programs,1,Set(n=0)\n same => n(again),TrySystem(true)\n \
                        same => n,ExecIf($[\"${SYSTEMSTATUS}\" != \"SUCCESS\"]?Log(ERROR,program ${n}: ${SYSTEMSTATUS}))\n \
                        same => n,Set(n=$[${n} + 1])\n same => n,GotoIf($[${n} < 100]?again)\n \
                        same => n,Log(NOTICE,all programs ended)\n";

#[test]
fn programs_that_the_dialplan_runs_end_as_ever_after_the_console_ran_one() {
    let config = PbxConfig::new("cli-fork", Module::Ours).unwrap().with("extensions.conf", PROGRAMS);
    let pbx = Pbx::start(config.with("modules.conf", "load=app_system.so\nload=app_exec.so\n")).unwrap();
    for _ in 0..20 {
        let shown = pbx.cli("tls show certificate missing.pem").unwrap();
        assert!(shown.contains("failed"), "the command's status was lost: {shown}");
    }
    pbx.cli("channel originate Local/programs@tests application Wait 60").unwrap();
    pbx.wait_for_log("all programs ended", PATIENCE).unwrap();
    assert!(!pbx.log().contains(": FAILURE") && !pbx.log().contains(": APPERROR"), "{}", pbx.log());
    pbx.stop().unwrap();
}

#[test]
fn the_documentation_is_where_the_console_looks_for_it() {
    let pbx = Pbx::start(PbxConfig::new("cli-help", Module::Ours).unwrap()).unwrap();
    for (command, expected) in [
        ("core show function SRTP", "How secure the call on this channel is"),
        ("manager show command SRTPSessions", "List the media streams of all channels"),
        ("manager show command SRTPSession", "Show the media streams of one channel"),
        ("manager show command SRTPRekey", "Offer the peer of a channel a new key"),
        ("manager show event SRTPNegotiated", "Raised when SDES keys were agreed"),
        ("manager show event SRTPRefused", "Raised when a crypto line of a peer was refused"),
        ("manager show event SRTPRekey", "Raised when another key or suite is in use"),
        ("manager show event SRTPLifetimeSoft", "seven eighths"),
        ("manager show event SRTPLifetimeReached", "nothing is sent any more"),
        ("manager show event SRTPAuthFailures", "ever more seldom"),
        ("manager show event SRTPInsecureSignalling", "neither TLS nor from a trusted proxy"),
        ("manager show event SRTPSession", "for each media stream"),
        ("manager show event SRTPSessionsComplete", "How many media streams"),
        ("manager show event TLSCertificateExpiring", "about to expire"),
        ("config show help res_srtp general", "min_lifetime"),
        ("config show help res_srtp general suites", "What our offers carry"),
        ("config show help res_srtp profile like", "profile"),
        ("config show help res_srtp tls verify", "How much of the peer's certificate counts"),
    ] {
        let shown = pbx.cli(command).unwrap();
        let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(expected), "{command}: {shown}");
    }
    pbx.stop().unwrap();
}
