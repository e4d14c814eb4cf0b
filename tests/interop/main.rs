//! The table of systems, row by row: each is a test of its own, or names the tests that it has elsewhere, which must be
//! there. At the end the table is printed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where the crate may not"
)]

#[path = "../dialects/call.rs"]
mod call;
mod certificates;
mod checks;
mod console;
mod installed;
#[path = "../dialects/leg.rs"]
mod leg;
#[path = "../tls/certificates.rs"]
#[allow(dead_code, reason = "shared with the tests of TLS")]
mod made;
mod pbx;
#[path = "../dialects/rekey.rs"]
mod rekey;
mod rows;
#[path = "../documents/tables.rs"]
mod tables;
mod tls;
#[path = "../pbx/tls_peers.rs"]
mod tls_peers;
mod transport;

use libtest_mimic::{Arguments, Trial};
use rows::{Check, ROWS, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex};
use voxseal_rig::places::repository;

/// What came of each row, by its place in the table.
type Results = Arc<Mutex<BTreeMap<usize, String>>>;

fn main() {
    let arguments = Arguments::from_args();
    let results = Results::default();
    let trials = ROWS.iter().enumerate().map(|(place, row)| trial(place, row, &results)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    pbx::stop();
    conclusion.exit();
}

fn trial(place: usize, row: &'static Row, results: &Results) -> Trial {
    let name = format!("{} {}", row.name, row.what);
    let results = Arc::clone(results);
    let check = match row.check {
        Check::Holds(check) => check,
        Check::Elsewhere(tests) => {
            return Trial::test(name, move || {
                let missing = tests.iter().find(|(file, test)| !has(file, test));
                let text = match missing {
                    None => format!(
                        "in {}",
                        tests
                            .iter()
                            .map(|(file, _)| *file)
                            .collect::<BTreeSet<_>>()
                            .into_iter()
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                    Some((file, test)) => format!("FAILED: {file} has no {test}"),
                };
                note(&results, place, text.clone());
                if missing.is_none() { Ok(()) } else { Err(text.into()) }
            });
        }
    };
    Trial::test(name, move || {
        let result = catch_unwind(check).unwrap_or_else(|_| Err("a check panicked".into()));
        let text = match &result {
            Ok(()) => "pass".to_owned(),
            Err(error) => format!("FAILED: {error}"),
        };
        note(&results, place, text);
        Ok(result.map_err(|error| error.to_string())?)
    })
}

/// Whether the file has this function.
fn has(file: &str, function: &str) -> bool {
    let text = std::fs::read_to_string(repository().join(file)).unwrap_or_default();
    text.lines().any(|line| line.starts_with(&format!("fn {function}(")))
}

/// Keeps what came of a row. The last one prints the table, so that the summary comes after it.
fn note(results: &Results, place: usize, text: String) {
    let Ok(mut results) = results.lock() else { return };
    results.insert(place, text);
    if results.len() == ROWS.len() {
        print_table(&results);
    }
}

fn print_table(results: &BTreeMap<usize, String>) {
    let width = ROWS.iter().map(|row| row.what.len()).max().unwrap_or(0);
    let mut table = format!("\n{:12} | {:width$} | result\n", "row", "what");
    for (row, result) in ROWS.iter().zip(results.values()) {
        table += &format!("{:12} | {:width$} | {result}\n", row.name, row.what);
    }
    println!("{table}");
}
