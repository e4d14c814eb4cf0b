//! The table of rules in docs/behaviour.md is true: every test that it names is there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn each_of_the_eight_rules_names_tests_that_are_there() {
    let text = read("docs/behaviour.md");
    let (_, table) = text.split_once("<!-- rules -->\n").unwrap();
    let (table, _) = table.split_once("<!-- end of rules -->").unwrap();
    let mut rules = 0;
    for row in table.lines().skip(2) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [rule, c_abi, pbx] = cells.as_slice() else { panic!("not three cells: {row}") };
        rules += 1;
        assert!(rule.trim_start().starts_with(&format!("{rules}. ")), "out of order: {rule}");
        for cell in [c_abi, pbx] {
            assert!(tests_of(cell) > 0, "no test of rule {rules} in: {cell}");
        }
    }
    assert_eq!(rules, 8);
}

/// The number of tests in a cell, which names files and, behind each, functions in it.
fn tests_of(cell: &str) -> usize {
    let (mut file, mut found) = (String::new(), 0);
    for name in cell.split('`').skip(1).step_by(2) {
        if name.starts_with("tests/") {
            file = read(name);
            continue;
        }
        let there = [format!("fn {name}("), format!("void {name}(")].iter().any(|start| file.contains(start));
        assert!(there, "there is no test {name}");
        found += 1;
    }
    found
}
