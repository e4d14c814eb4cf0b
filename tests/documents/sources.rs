//! The texts that the sources may print.

use std::fs;
use std::path::Path;
use voxseal_rig::places::repository;

/// All sources in one text, in which literals that are broken over lines are whole.
pub fn texts() -> String {
    let mut all = String::new();
    for folder in ["c_shim", "src"] {
        collect(&repository().join(folder), &mut all);
    }
    // "one " ⏎ "two" in C; "one \ ⏎ two" in Rust.
    let mut whole = String::new();
    for line in all.lines().map(str::trim) {
        match line.strip_prefix('"') {
            Some(rest) if whole.ends_with("\"\n") => {
                whole.truncate(whole.len() - 2);
                whole += rest;
            }
            _ => whole += line,
        }
        whole.push('\n');
    }
    whole
}

fn collect(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, all);
        } else if path.extension().is_some_and(|end| end == "c" || end == "rs") {
            *all += &fs::read_to_string(path).unwrap();
        }
    }
}
