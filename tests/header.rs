//! The C header and the list of exported symbols are committed; both must be
//! what the sources give. `make header` writes them anew.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use voxseal::error::Error;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a committed file with what it should hold; with `VOXSEAL_BLESS` set
/// it is written instead.
fn assert_fresh(path: &Path, expected: &str) {
    if std::env::var_os("VOXSEAL_BLESS").is_some() {
        std::fs::write(path, expected).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == expected, "{} is stale: run `make header` and commit it", path.display());
}

fn header() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    // cbindgen follows the `mod` lines from here.
    let builder = cbindgen::Builder::new().with_config(config).with_src(root().join("src/ffi/mod.rs"));
    let mut text = Vec::new();
    builder.generate().unwrap().write(&mut text);
    String::from_utf8(text).unwrap()
}

#[test]
fn committed_header_is_what_the_sources_give() {
    assert_fresh(&root().join("include/voxseal.h"), &header());
}

#[test]
fn every_error_has_its_number_in_the_header() {
    let header = header();
    for error in Error::ALL {
        let mut name = String::new();
        for letter in format!("{error:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        }
        let define = format!("#define VOXSEAL_ERR_{name} {}\n", error.number());
        assert!(header.contains(&define), "missing in src/ffi/status.rs: {define}");
    }
}

/// The names of the functions that the header declares.
fn declared() -> BTreeSet<String> {
    header()
        .lines()
        .filter(|line| !line.starts_with("//") && !line.starts_with("typedef"))
        .filter_map(|line| line.split('(').next()?.split([' ', '*']).next_back().map(str::to_owned))
        .filter(|name| name.starts_with("voxseal_") && header().contains(&format!("{name}(")))
        .collect()
}

#[test]
fn shared_library_exports_the_declared_functions_and_nothing_else() {
    let library = root().join("target/release/libvoxseal.so");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--lib", "--quiet", "--target-dir", "target"])
        .current_dir(root())
        .status()
        .unwrap();
    assert!(built.success());
    let nm = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output().unwrap();
    let exported: BTreeSet<String> = String::from_utf8(nm.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2).map(str::to_owned))
        .collect();
    assert_eq!(exported, declared());
    let list: String = exported.iter().map(|name| format!("{name}\n")).collect();
    assert_fresh(&root().join("tests/abi/exports.txt"), &list);
}
