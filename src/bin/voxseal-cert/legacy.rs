//! The flags of `ast_tls_cert` and of `gentls_cert`, which how-tos still name.
//!
//! Their certificates had a common name alone, which nobody looks at any more: it
//! is taken as a subject alternative name as well.

use crate::fault::{Fault, Result};
use crate::names::{SubjectName, from_common_name};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What old flags stand for.
pub enum Old {
    /// Command lines of ours, and what to say first.
    Commands { notice: String, commands: Vec<Vec<String>> },
    /// `gentls_cert remove`.
    Remove { folder: PathBuf },
}

const GENTLS_VERBS: [&str; 4] = ["setup", "create_server", "create_client", "remove"];
const AST_FLAGS: [&str; 9] = ["-m", "-c", "-k", "-C", "-O", "-o", "-d", "-b", "--alt"];
const GENTLS_FLAGS: [&str; 6] = ["-cn", "-alt", "-org", "-out", "-days", "-d"];

/// Old flags, if these are some; the first word is the program's name.
pub fn read(words: &[OsString]) -> Result<Option<Old>> {
    let Some((program, rest)) = words.split_first() else { return Ok(None) };
    let program = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let text: Vec<&str> = rest.iter().filter_map(|word| word.to_str()).collect();
    match text.split_first() {
        Some((verb, flags)) if GENTLS_VERBS.contains(verb) => gentls_cert(verb, flags).map(Some),
        Some((flag, _)) if AST_FLAGS.contains(flag) || program == "ast_tls_cert" => {
            ast_tls_cert(&text).map(Some)
        }
        _ => Ok(None),
    }
}

/// The values of flags, each of which has one.
struct Flags<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Flags<'a> {
    fn read(words: &[&'a str], known: &[&str]) -> Result<Flags<'a>> {
        let mut flags = Vec::new();
        let mut words = words.iter();
        while let Some(flag) = words.next() {
            match words.next() {
                Some(value) if known.contains(flag) => flags.push((*flag, *value)),
                Some(_) => {
                    return Err(Fault::of(format_args!(
                        "{flag} is not one of the old flags that are understood ({}); see voxseal-cert --help",
                        known.join(", ")
                    )));
                }
                None => return Err(Fault::of(format_args!("{flag} needs a value; give it one"))),
            }
        }
        Ok(Flags(flags))
    }

    fn last(&self, flag: &str) -> Option<&'a str> {
        self.all(flag).last().copied()
    }

    fn all(&self, flag: &str) -> Vec<&'a str> {
        self.0.iter().filter(|(name, _)| *name == flag).map(|(_, value)| *value).collect()
    }
}

fn ast_tls_cert(words: &[&str]) -> Result<Old> {
    let flags = Flags::read(words, &AST_FLAGS)?;
    let folder = flags.last("-d").unwrap_or(".");
    let is_client = match flags.last("-m").unwrap_or("server") {
        "client" => true,
        "server" => false,
        other => return Err(Fault::of(format_args!("-m is client or server, not {other}"))),
    };
    let mut commands = Vec::new();
    if flags.last("-c").is_none() {
        let mut authority = command(&["ca", "-d", folder]);
        add(&mut authority, "-O", flags.last("-O"));
        commands.push(authority);
    }
    let mut leaf = command(&[if is_client { "client" } else { "server" }, "-d", folder]);
    add(&mut leaf, "-o", Some(flags.last("-o").unwrap_or("asterisk")));
    for flag in ["-c", "-k", "-C", "-O"] {
        add(&mut leaf, flag, flags.last(flag));
    }
    if let Some(bits) = flags.last("-b") {
        add(&mut leaf, "--key-type", Some(&format!("rsa{bits}")));
    }
    if !is_client {
        leaf.push("--also-client".to_owned());
    }
    let names = names(flags.last("-C"), &flags.all("--alt"), "--alt")?;
    finish("ast_tls_cert", commands, leaf, &names)
}

fn gentls_cert(verb: &str, words: &[&str]) -> Result<Old> {
    let yes = words.contains(&"--yes");
    let words: Vec<&str> = words.iter().copied().filter(|word| *word != "--yes").collect();
    let flags = Flags::read(&words, &GENTLS_FLAGS)?;
    let folder = flags.last("-d").unwrap_or(".");
    let mut leaf = match verb {
        "setup" => command(&["ca", "-d", folder]),
        "create_server" => command(&["server", "-d", folder]),
        "create_client" => command(&["client", "-d", folder]),
        _ if yes => return Ok(Old::Remove { folder: folder.into() }),
        _ => {
            return Err(Fault::of(format_args!(
                "remove deletes {folder}/ca.crt and {folder}/ca.key, and what they issued can then not be renewed; add --yes if that is wanted"
            )));
        }
    };
    for (old, new) in [("-cn", "-C"), ("-org", "-O"), ("-days", "--days")] {
        add(&mut leaf, new, flags.last(old));
    }
    if verb == "setup" {
        return finish("gentls_cert", Vec::new(), leaf, &[]);
    }
    let default = if verb == "create_server" { "agent" } else { "client" };
    let output = flags.last("-out").unwrap_or(default);
    add(&mut leaf, "-o", Some(output.strip_suffix(".pem").unwrap_or(output)));
    let names = names(flags.last("-cn"), &flags.all("-alt"), "-alt")?;
    finish("gentls_cert", Vec::new(), leaf, &names)
}

/// The names given, and the common name if it can be one.
fn names(common: Option<&str>, given: &[&str], flag: &str) -> Result<Vec<String>> {
    let mut names: Vec<String> = given.iter().map(|name| (*name).to_owned()).collect();
    match common.map(from_common_name) {
        Some(Ok(SubjectName::Ip(address))) => names.push(format!("IP:{address}")),
        Some(Ok(SubjectName::Dns(domain))) => names.push(format!("DNS:{domain}")),
        _ => {}
    }
    names.sort_by_key(|name| name.to_ascii_lowercase());
    names.dedup_by_key(|name| name.to_ascii_lowercase());
    if names.is_empty() {
        return Err(Fault::of(format_args!(
            "there is no name that the certificate is for; give one with {flag}, such as {flag} DNS:pbx.example.com"
        )));
    }
    Ok(names)
}

fn command(words: &[&str]) -> Vec<String> {
    ["voxseal-cert"].iter().chain(words).map(|word| (*word).to_owned()).collect()
}

fn add(command: &mut Vec<String>, flag: &str, value: Option<&str>) {
    if let Some(value) = value {
        command.extend([flag.to_owned(), value.to_owned()]);
    }
}

fn finish(old: &str, mut commands: Vec<Vec<String>>, mut leaf: Vec<String>, names: &[String]) -> Result<Old> {
    for name in names {
        add(&mut leaf, "--alt", Some(name));
    }
    commands.push(leaf);
    let mut notice = format!("voxseal-cert: the flags of {old} are understood; the same in today's words:");
    for words in &commands {
        notice += "\n  ";
        notice += &words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    }
    if !names.is_empty() {
        notice += "\nvoxseal-cert: clients look at subject alternative names and at no common name; this one is for ";
        notice += &names.join(", ");
    }
    Ok(Old::Commands { notice, commands })
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_./:,=*@".contains(char);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
