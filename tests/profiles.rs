//! Settings and profiles from the outside: the sample file, the documentation, and
//! what holds for any input.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use proptest::prelude::*;
use std::path::{Path, PathBuf};
use voxseal::profiles::{ConfigOption, Entry, Profile, Profiles, Rules, entries, options, shipped_text};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sample() -> String {
    std::fs::read_to_string(root().join("c_shim/voxseal.conf.sample")).unwrap()
}

fn read(text: &str) -> Profiles {
    let mut profiles = Profiles::new();
    for Entry { section, name, value } in entries(text) {
        let taken = profiles.set(section, name, value);
        taken.unwrap_or_else(|refused| panic!("[{section}] {name} = {value}: {refused}"));
    }
    profiles.check().unwrap();
    profiles
}

/// The sample with every option switched on: a semicolon that is followed by
/// something other than a blank begins a line that is only switched off.
fn switched_on(sample: &str) -> String {
    sample
        .lines()
        .map(|line| {
            line.strip_prefix(';').filter(|rest| rest.starts_with(|c| c != ' ' && c != ';')).unwrap_or(line)
        })
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn the_sample_changes_nothing_as_it_is() {
    let profiles = read(&sample());
    assert_eq!(profiles.find(None, None).unwrap().rules(), &Rules::default());
    assert!(profiles.names().eq(Profiles::new().names()), "no profile is switched on");
}

#[test]
fn the_sample_with_every_line_switched_on_is_taken() {
    let text = switched_on(&sample());
    let profiles = read(&text);
    assert!(profiles.names().count() > Profiles::new().names().count());
    for option in options() {
        assert!(entries(&text).any(|entry| entry.name == option.name), "the sample lacks {}", option.name);
    }
}

#[test]
fn the_sample_names_every_default() {
    let text = switched_on(&sample());
    let general: Vec<Entry<'_>> = entries(&text).filter(|entry| entry.section == "general").collect();
    for (name, default) in Rules::default().lines() {
        let said = general.iter().find(|entry| entry.name == name).unwrap_or_else(|| panic!("{name}")).value;
        let explained = (name, said) == ("suites", "default") && sample().contains(&format!("; {default}: "));
        assert!(said == default || explained, "{name} is {default}, not {said}");
    }
    assert_eq!(read(&text).find(Some("general"), None).unwrap().rules(), &Rules::default());
}

/// Puts the tables into docs/settings.md between their marks and compares; with
/// `VOXSEAL_BLESS` set the file is written.
#[test]
fn the_documentation_has_every_option_and_every_profile() {
    let path = root().join("docs/settings.md");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let fresh = replace_table(&committed, "options", &table_of_options());
    let fresh = replace_table(&fresh, "profiles", &table_of_profiles());
    bless(&path, &fresh);
    assert!(
        std::fs::read_to_string(&path).unwrap() == fresh,
        "docs/settings.md is stale: run VOXSEAL_BLESS=1 cargo test --test profiles, and commit it"
    );
}

/// Writes what `config show help res_srtp` shows from the table of options and those of docs/tls.md, and compares.
#[test]
fn the_console_s_help_has_every_option() {
    let path = root().join("c_shim/documentation/voxseal_conf-en_US.xml");
    let fresh = configuration_help();
    bless(&path, &fresh);
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == fresh,
        "{} is stale: run VOXSEAL_BLESS=1 cargo test --test profiles, and commit it",
        path.display()
    );
}

fn configuration_help() -> String {
    let escape =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('`', "");
    let mut help = CONFIGURATION_START.to_owned();
    for (object, synopsis) in [
        ("general", "What holds for every call, unless its profile says otherwise."),
        ("profile", "A section with a name of its own: what holds for one kind of device or provider."),
    ] {
        help += &format!("\t\t\t<configObject name=\"{object}\">\n\t\t\t\t<synopsis>{synopsis}</synopsis>\n");
        let elsewhere = |option: &&ConfigOption| match object {
            "general" => option.of_profiles_alone(),
            _ => option.of_general_alone(),
        };
        for option in options().filter(|option| !elsewhere(option)) {
            let default = option.show(&Rules::default()).unwrap_or_default();
            help += &format!("\t\t\t\t<configOption name=\"{}\" default=\"{default}\">\n", option.name);
            help += &format!("\t\t\t\t\t<synopsis>{}</synopsis>\n", escape(option.meaning));
            help += &format!(
                "\t\t\t\t\t<description><para>Values: {}.</para></description>\n",
                escape(option.values)
            );
            help += "\t\t\t\t</configOption>\n";
        }
        help += "\t\t\t</configObject>\n";
    }
    help += "\t\t\t<configObject name=\"tls\">\n\t\t\t\t<synopsis>Sections [tls] and, for the transport NAME alone, [tls:NAME]: TLS connections of PJSIP. inbound_ or outbound_ before the first seven options: for that direction alone.</synopsis>\n";
    for [name, values, default, meaning] in tls_options() {
        help += &format!("\t\t\t\t<configOption name=\"{name}\" default=\"{}\">\n", escape(&default));
        help += &format!("\t\t\t\t\t<synopsis>{}</synopsis>\n", escape(&meaning));
        help += &format!("\t\t\t\t\t<description><para>Values: {}.</para></description>\n", escape(&values));
        help += "\t\t\t\t</configOption>\n";
    }
    help += "\t\t\t</configObject>\n";
    help + "\t\t</configFile>\n\t</configInfo>\n</docs>\n"
}

/// The rows of the tables of options in docs/tls.md: option, values, default, meaning.
fn tls_options() -> Vec<[String; 4]> {
    let text = std::fs::read_to_string(root().join("docs/tls.md")).unwrap();
    let tables = text.split("| option | values | default | meaning |\n|---|---|---|---|\n").skip(1);
    let rows = tables.flat_map(|table| table.lines().take_while(|line| line.starts_with("| `")));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches(|c| c == '|' || c == ' ').split(" | ").collect();
        let cells: [&str; 4] = cells.try_into().unwrap_or_else(|_| panic!("{row}"));
        cells.map(|cell| cell.replace('`', ""))
    })
    .collect()
}

/// The names in the sources: what a transport of the PBX may be told, and what a policy may.
#[test]
fn every_option_of_tls_sections_is_documented() {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).unwrap();
    let (shim, policy) = (read("c_shim/tls_options.c"), read("src/tls/options.rs"));
    let of_shim = shim.lines().filter_map(|line| line.trim().strip_prefix("{ \"")?.split_once("\", read_"));
    let (_, sentence) = policy.split_once("there is no such option; there are ").unwrap();
    let (of_policy, _) = sentence.split_once(", also with inbound_").unwrap();
    let of_policy = of_policy.split([',', ' ']).filter(|word| !["", "and"].contains(word));
    let mut names: Vec<&str> = of_shim.map(|(name, _)| name).chain(of_policy).collect();
    names.retain(|name| !["inbound_ca_file", "outbound_ca_file"].contains(name));
    names.sort_unstable();
    names.dedup();
    let mut documented: Vec<String> = tls_options().into_iter().map(|[name, ..]| name).collect();
    documented.sort_unstable();
    assert_eq!(names, documented);
    assert!(read("docs/settings.md").contains("(tls.md)"), "docs/settings.md does not say where they are");
}

const CONFIGURATION_START: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE docs SYSTEM "../appdocsxml.dtd">
<!-- SPDX-License-Identifier: GPL-2.0-only. Made by tests/profiles.rs from the table of options; do not edit. -->
<docs xmlns:xi="http://www.w3.org/2001/XInclude">
	<configInfo name="res_srtp" language="en_US">
		<synopsis>SRTP and SDES by voxseal</synopsis>
		<configFile name="voxseal.conf">
"#;

fn bless(path: &Path, text: &str) {
    if std::env::var_os("VOXSEAL_BLESS").is_some() {
        std::fs::write(path, text).unwrap();
    }
}

fn replace_table(text: &str, name: &str, table: &str) -> String {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->\n"));
    let (before, rest) = text.split_once(&start).unwrap_or_else(|| panic!("no {start}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
    format!("{before}{start}{table}{end}{after}")
}

fn table_of_options() -> String {
    let mut table = "| option | values | default | meaning |\n|---|---|---|---|\n".to_owned();
    for option in options() {
        let default = option.show(&Rules::default()).map_or(String::new(), |value| format!("`{value}`"));
        table += &format!("| `{}` | {} | {default} | {} |\n", option.name, option.values, option.meaning);
    }
    table
}

fn table_of_profiles() -> String {
    let profiles = Profiles::new();
    let code =
        |texts: Vec<String>| texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join("; ");
    let mut table = "| profile | why | what it sets | User-Agent |\n|---|---|---|---|\n".to_owned();
    for name in profiles.names() {
        let lines = entries(shipped_text()).filter(|entry| entry.section == name);
        let rules = lines.filter(|entry| !["description", "user_agent"].contains(&entry.name));
        let sets = code(rules.map(|entry| format!("{} = {}", entry.name, entry.value)).collect());
        let summary = profiles.summary(name).unwrap();
        let agents = code(summary.user_agents.iter().map(|&pattern| pattern.to_owned()).collect());
        table += &format!("| `{name}` | {} | {sets} | {agents} |\n", summary.description);
    }
    table
}

fn any_section() -> impl Strategy<Value = String> {
    prop_oneof!["general|aastra|teams|stock|x|y|z", any::<String>()]
}

fn any_name() -> impl Strategy<Value = String> {
    let names: Vec<&str> = options().map(|option| option.name).collect();
    prop_oneof![4 => proptest::sample::select(names).prop_map(str::to_owned), 1 => any::<String>()]
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        "default|all|none|omit|mirror|own|yes|no|theirs|ours|accept|refuse|answer",
        "[0-9]{1,3}|2\\^[0-9]{1,2}",
        "(AES_CM_128_HMAC_SHA1_(80|32)|AEAD_AES_(128|256)_GCM)(,AES_CM_256_HMAC_SHA1_80)?",
        "UNENCRYPTED_SRTC?P|x|y|z|stock|aastra|[a-z*?]{1,8}",
        any::<String>(),
    ]
}

/// All that can be asked, without the order of what is inside.
fn all_of(profiles: &Profiles) -> Vec<(String, Option<Profile>)> {
    let names: Vec<String> = profiles.names().map(str::to_owned).collect();
    let agents = ["Aastra 57i", "xyz", ""];
    let by_agent = agents.iter().map(|agent| profiles.find(None, Some(agent.as_bytes())).ok());
    let by_name = names.iter().map(|name| profiles.find(Some(name), None).ok());
    let asked = names.iter().cloned().chain(agents.map(str::to_owned));
    asked.zip(by_name.chain(by_agent)).collect()
}

proptest! {
    #[test]
    fn any_lines_are_taken_or_refused_with_a_sentence_and_no_change(
        lines in proptest::collection::vec((any_section(), any_name(), any_value()), 0..30)
    ) {
        let mut profiles = Profiles::new();
        for (section, name, value) in &lines {
            let before = all_of(&profiles);
            if let Err(refused) = profiles.set(section, name, value) {
                let sentence = refused.to_string();
                prop_assert!(sentence.len() < 1000 && !sentence.contains(char::is_control), "{}", sentence);
                prop_assert_eq!(before, all_of(&profiles));
            }
        }
        if profiles.check().is_ok() {
            for (name, profile) in all_of(&profiles) {
                prop_assert!(profile.is_some(), "{} was checked and cannot be found", name);
            }
        }
    }

    #[test]
    fn any_option_on_a_copy_is_taken_or_changes_nothing(
        lines in proptest::collection::vec((any_name(), any_value()), 0..30)
    ) {
        let mut profile = Profiles::new().find(None, None).unwrap();
        for (name, value) in &lines {
            let before = profile.clone();
            if profile.set(name, value).is_err() {
                prop_assert_eq!(&before, &profile);
            }
            let settings = profile.sdes();
            prop_assert!(!settings.offer.is_empty() && (1..=8).contains(&settings.keys));
            prop_assert!(settings.keys == 1 || settings.mki_len > 0);
            prop_assert!(settings.offer.iter().all(|suite| settings.accept.contains(suite)));
        }
    }

    #[test]
    fn any_user_agent_finds_a_profile(agent in proptest::collection::vec(any::<u8>(), 0..2000)) {
        Profiles::new().find(None, Some(&agent)).unwrap();
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in any::<String>()) {
        let mut profiles = Profiles::new();
        for Entry { section, name, value } in entries(&text) {
            let _ = profiles.set(section, name, value);
        }
    }
}
