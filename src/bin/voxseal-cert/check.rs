//! The verb `check`: every fault of files, each in a sentence.

use crate::args::{Check, Role};
use crate::fault::{Fault, Result};
use crate::issue::clock;
use crate::owner::Owner;
use crate::{keys, show};
use std::fs;
use std::path::{Path, PathBuf};
use voxseal::error::Error;
use voxseal::tls::{Certificate, Chain, Cipher, Direction, Facts, Outcome, PeerRole, Policy, Utc, Version};
use voxseal::tls::{Eku, Name, Verify, decide};
use voxseal::tls_openssl::{Files, Identity, KeyAccess, certificate_facts};

const DAY_SECONDS: i64 = 86_400;

pub fn check(check: &Check) -> Result<()> {
    let now = clock()?;
    let mut faults = Vec::new();
    for path in &check.files {
        let found = faults_of(check, path, now);
        if found.is_empty() {
            println!("{}: good", path.display());
        }
        faults.extend(found);
    }
    if faults.is_empty() { Ok(()) } else { Err(Fault::all(faults)) }
}

fn faults_of(check: &Check, path: &Path, now: i64) -> Vec<String> {
    let key = key_file(check, path);
    let mut faults = Vec::new();
    let identity = load(check, path, key.clone(), now, &mut faults);
    if let Some(identity) = identity {
        let about = |sentence: String| format!("{}: {sentence}", path.display());
        faults.extend(certificate_faults(check, &identity, now).into_iter().map(about));
    }
    faults.extend(owner_fault(check, key.as_deref().unwrap_or(path)));
    faults
}

/// The file of the key, unless the certificate's file has it.
fn key_file(check: &Check, path: &Path) -> Option<PathBuf> {
    let beside = || Some(path.with_extension("key")).filter(|beside| !keys::is_in(path) && beside.exists());
    check.key.clone().or_else(beside)
}

/// Loads the files once more after each fault that one can look past, to find those behind it.
fn load(
    check: &Check,
    path: &Path,
    key: Option<PathBuf>,
    now: i64,
    faults: &mut Vec<String>,
) -> Option<Identity> {
    // A combined file is for a daemon whose group may read it.
    let key_access = if key.is_none() { KeyAccess::Group } else { KeyAccess::Owner };
    let mut files = Files {
        certificates: vec![path.to_owned()],
        key,
        key_access,
        roots: check.ca.clone(),
        ..Files::default()
    };
    loop {
        let fault = match files.load(now) {
            Ok(identity) => return Some(identity),
            Err(fault) => fault,
        };
        faults.push(fault.to_string());
        match fault.error {
            Error::TlsKeyExposed if files.key_access != KeyAccess::Anyone => {
                files.key_access = KeyAccess::Anyone;
            }
            Error::TlsExpired | Error::TlsNotYetValid if !files.any_dates => files.any_dates = true,
            Error::TlsChainIncomplete if !files.roots.is_empty() => files.roots.clear(),
            _ => return None,
        }
    }
}

fn certificate_faults(check: &Check, identity: &Identity, now: i64) -> Vec<String> {
    let facts = certificate_facts(&identity.certificate);
    let mut faults = Vec::new();
    let has_names = facts.names.iter().any(|name| !matches!(name, Name::CommonName(_) | Name::Other));
    if !has_names && !show::is_authority(&identity.certificate) {
        faults.push(
            "it has no subject alternative name, and clients look at nothing else; make it anew with --alt"
                .to_owned(),
        );
    }
    faults.extend(too_soon(check, &facts, now));
    for name in &check.name {
        faults.extend(verdict(&facts, now, Some(name), Role::Server, Eku::Any));
    }
    if let Some(role) = check.role {
        faults.extend(verdict(&facts, now, None, role, Eku::Strict));
    }
    faults
}

fn too_soon(check: &Check, facts: &Certificate, now: i64) -> Option<String> {
    let (_, end) = facts.validity?;
    let least = now.saturating_add(i64::from(check.days_left).saturating_mul(DAY_SECONDS));
    (now <= end && end < least).then(|| {
        format!(
            "it expires at {}, in less than {} days; renew it with \"voxseal-cert renew\"",
            Utc(end),
            check.days_left
        )
    })
}

/// What a peer that follows the standards would say of it.
fn verdict(facts: &Certificate, now: i64, name: Option<&String>, role: Role, eku: Eku) -> Option<String> {
    let mut policy = Policy::default();
    let direction = if role == Role::Server { Direction::Outbound } else { Direction::Inbound };
    let rules = if role == Role::Server { &mut policy.outbound } else { &mut policy.inbound };
    rules.verify = if name.is_some() { Verify::RequireName } else { Verify::Require };
    (rules.eku, rules.dates, rules.wildcards) = (eku, false, true);
    let verdict = decide(
        &policy,
        &Facts {
            direction,
            peer: if role == Role::Server { PeerRole::Server } else { PeerRole::Client },
            version: Version::TLS_1_3,
            cipher: Cipher { name: "TLS_AES_256_GCM_SHA384".to_owned(), bits: 256 },
            chain: Chain { results: vec![0], complete: true },
            certificate: Some(facts.clone()),
            now: Some(now),
            expected_name: name.cloned(),
            resumed: false,
        },
    );
    (verdict.outcome == Outcome::Refuse).then_some(verdict.reason)
}

fn owner_fault(check: &Check, path: &Path) -> Option<String> {
    let wanted = check.owner?;
    let found = Owner::of(&fs::metadata(path).ok()?);
    (!wanted.is_met_by(found)).then(|| {
        format!("{}: its owner is {found}, and should be {wanted}; change it with chown", path.display())
    })
}
