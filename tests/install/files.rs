//! What lies in a folder, to compare it before and after.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Each path with its kind, rights and size, or where it points to.
pub type Files = BTreeMap<String, String>;

/// All below this folder, except below these paths.
pub fn files_in(folder: &Path, except: &[&str]) -> Files {
    let mut files = Files::new();
    collect(folder, "", except, &mut files);
    files
}

fn collect(folder: &Path, below: &str, except: &[&str], files: &mut Files) {
    for entry in fs::read_dir(folder.join(below.trim_start_matches('/'))).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}/{}", entry.file_name().to_string_lossy());
        if except.contains(&path.as_str()) {
            continue;
        }
        let found = entry.path().symlink_metadata().unwrap();
        let what = if found.is_symlink() {
            format!("link to {}", fs::read_link(entry.path()).unwrap().display())
        } else if found.is_dir() {
            format!("folder {:o}", found.mode())
        } else {
            format!("file {:o} {}", found.mode(), found.len())
        };
        files.insert(path.clone(), what);
        if found.is_dir() {
            collect(folder, &path, except, files);
        }
    }
}

/// Fails with every difference.
pub fn assert_same(before: &Files, after: &Files, when: &str) {
    let gone =
        before.iter().filter(|(path, what)| after.get(*path) != Some(what)).map(|entry| ("before", entry));
    let new =
        after.iter().filter(|(path, what)| before.get(*path) != Some(what)).map(|entry| ("after", entry));
    let differences: Vec<String> =
        gone.chain(new).map(|(when, (path, what))| format!("{when}: {path}, {what}")).collect();
    assert!(differences.is_empty(), "{when}:\n{}", differences.join("\n"));
}
