//! `voxseal-cert`: a certificate authority of one's own, and certificates for PBXs
//! and phones that SIP over TLS can use (docs/guides/certificates.md).
//!
//! No private key is ever printed.

mod args;
mod authority;
mod check;
mod fault;
mod files;
mod issue;
mod keys;
mod legacy;
mod names;
mod owner;
mod renew;
mod show;

use args::{Cli, Leaf, Verb};
use clap::Parser;
use fault::{Fault, Result};
use legacy::Old;
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let done = match legacy::read(&words) {
        Ok(None) => run(Cli::parse_from(words).verb),
        Ok(Some(old)) => run_old(old),
        Err(fault) => Err(fault),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            for sentence in fault.sentences() {
                eprintln!("voxseal-cert: {sentence}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> Result<()> {
    match verb {
        Verb::Ca(ca) => authority::create(&ca),
        Verb::Server(server) => certify(&server.leaf, issue::Purpose::server(server.also_client)),
        Verb::Client(client) => certify(&client, issue::Purpose::Client),
        Verb::Renew(renew) => renew::renew(&renew),
        Verb::Show(show) => show::show(&show.files),
        Verb::Check(check) => check::check(&check),
    }
}

/// Runs what old flags stand for, and says what to write in place of them.
fn run_old(old: Old) -> Result<()> {
    match old {
        Old::Commands { notice, commands } => {
            eprintln!("{notice}");
            for words in commands {
                let cli = Cli::try_parse_from(words).map_err(|error| Fault::of(error.to_string().trim()))?;
                run(cli.verb)?;
            }
            Ok(())
        }
        Old::Remove { folder } => authority::remove(&folder),
    }
}

/// A certificate on a new key, from the authority, into its three files.
fn certify(leaf: &Leaf, purpose: issue::Purpose) -> Result<()> {
    let target = &leaf.target;
    let base = target.dir.join(leaf.output.as_deref().unwrap_or(purpose.default_name()));
    let outputs = files::Outputs::new(&base, target.owner, target.force)?;
    let authority = leaf.authority.load(&target.dir)?;
    let key = keys::generate(target.key_type)?;
    let subject = issue::subject(leaf.common_name(), target.org.as_deref())?;
    let wish = issue::Wish { subject: &subject, names: &leaf.alt, purpose, seconds: issue::days(leaf.days) };
    let certificate = issue::certificate(&wish, &key, &authority)?;
    outputs.write(&certificate, &authority.chain(), &key)?;
    outputs.report(&certificate);
    Ok(())
}
