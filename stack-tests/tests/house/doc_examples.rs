//! `cargo doc` of `algorithm` is the reference of those who bring an algorithm: each item has an example.

use std::fs;

use stack_tests::project;

use crate::{Violations, assert_none, workspace};

const ITEMS: [&str; 6] = [
    "pub struct ",
    "pub enum ",
    "pub trait ",
    "pub type ",
    "pub fn ",
    "pub const ",
];

#[test]
fn each_item_of_the_contract_has_an_example() {
    let mut violations = Violations::new();
    for file in workspace::sources(&project().join("algorithm/src")) {
        for item in without_example(&fs::read_to_string(&file).unwrap()) {
            violations.insert(item, format!("in {} has no example", file.display()));
        }
    }
    assert_none(&violations);
}

/// The public items of a module, not of an `impl`, whose documentation holds no code.
fn without_example(source: &str) -> Vec<String> {
    let lines: Vec<&str> = source.lines().collect();
    let items = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| ITEMS.iter().any(|item| line.starts_with(item)));
    items
        .filter(|(place, _)| {
            let before = lines[..*place].iter().rev();
            let mut described = before.take_while(|line| !line.is_empty() && **line != "}");
            !described.any(|line| line.starts_with("/// ```"))
        })
        .map(|(_, line)| (*line).to_owned())
        .collect()
}

#[test]
fn items_without_an_example_are_found() {
    let source = "/// A.\n///\n/// ```\n/// a();\n/// ```\n#[derive(Debug)]\npub struct A;\n\n/// B.\npub enum B {}\n";
    assert_eq!(without_example(source), ["pub enum B {}"]);
}
