//! README.md's table of folders.

use std::fs;

use stack_tests::project;

use crate::{Violations, assert_none, dependencies::HOUSE};

#[test]
fn the_readme_has_a_row_for_each_crate_and_only_for_what_exists() {
    let readme = fs::read_to_string(project().join("README.md")).unwrap();
    let (_, layout) = readme.split_once("\n## Layout\n").unwrap();
    let named = first_cells(layout);
    let mut violations = Violations::new();
    for member in HOUSE {
        let folder = format!("{}/", member.name);
        if !named.contains(&folder.as_str()) {
            violations.insert(
                folder,
                "has no row in README.md's table of folders".to_owned(),
            );
        }
    }
    for name in named {
        if !project().join(name).exists() {
            violations.insert(
                name.to_owned(),
                "is in README.md, but does not exist".to_owned(),
            );
        }
    }
    assert_none(&violations);
}

/// What the first cells of the section's table name between backticks.
fn first_cells(section: &str) -> Vec<&str> {
    let section = section.split("\n## ").next().unwrap();
    section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once(" |"))
        .flat_map(|(cell, _)| cell.split('`').step_by(2))
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn the_first_cells_are_read() {
    let section = "\n| folder | holds |\n| --- | --- |\n| `a/` | of `x` |\n| `b`, `c/d` | e |\n\n## F\n| `g` | h |\n";
    assert_eq!(first_cells(section), ["a/", "b", "c/d"]);
}
