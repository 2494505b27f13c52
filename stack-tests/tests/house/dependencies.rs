//! Which crate may depend on which.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    Violations, assert_none,
    workspace::{packages, text},
};

/// A crate of the house, and the crates of the workspace that it may depend on.
pub(crate) struct Member {
    pub(crate) name: &'static str,
    may_use: &'static [&'static str],
    /// Only by an optional dependency that a default feature brings: the crate's binary uses it, the library
    /// is complete without it.
    for_its_binary: &'static [&'static str],
}

pub(crate) const HOUSE: [Member; 9] = [
    member("proto", &[], &[]),
    member("runtime", &["proto"], &[]),
    member("algorithm", &[], &[]),
    member("records", &["algorithm", "proto"], &[]),
    member("trees", &["algorithm", "proto"], &[]),
    member("learners", &["algorithm", "trees"], &[]),
    member(
        "trainer",
        &["algorithm", "records", "runtime", "proto"],
        &["trees", "learners"],
    ),
    member(
        "model-worker",
        &["algorithm", "records", "runtime", "proto"],
        &["trees", "learners"],
    ),
    member("gateway", &["runtime", "proto"], &[]),
];

/// Algorithms as users would write them: each needs no more than this of the house.
const EXAMPLES: [Member; 3] = [
    member("k-means", &["algorithm", "trainer", "model-worker"], &[]),
    member(
        "logistic-regression",
        &["algorithm", "proto", "trainer", "model-worker"],
        &[],
    ),
    member("own-payload", &["algorithm", "model-worker", "trees"], &[]),
];

/// Tests and benchmarks: they may depend on every crate, and no crate of the house on them.
const BESIDE_THE_HOUSE: [&str; 2] = ["stack-tests", "in-process"];

const fn member(
    name: &'static str,
    may_use: &'static [&'static str],
    for_its_binary: &'static [&'static str],
) -> Member {
    Member {
        name,
        may_use,
        for_its_binary,
    }
}

#[test]
fn a_crate_depends_only_on_those_that_it_may_use() {
    assert_none(&violations(&packages()));
}

fn violations(packages: &[Value]) -> Violations {
    let ours: BTreeSet<&str> = packages
        .iter()
        .map(|package| text(package, "name"))
        .collect();
    let mut violations = Violations::new();
    for package in packages {
        let name = text(package, "name");
        if BESIDE_THE_HOUSE.contains(&name) {
            continue;
        }
        let mut members = HOUSE.iter().chain(&EXAMPLES);
        let member = members.find(|member| member.name == name);
        if member.is_none() {
            let explanation =
                "is in none of HOUSE, EXAMPLES and BESIDE_THE_HOUSE of dependencies.rs";
            violations.insert(name.to_owned(), explanation.to_owned());
        }
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = text(dependency, "name");
            // A build dependency counts as a normal one does.
            if dependency["kind"] == "dev" || !ours.contains(used) {
                continue;
            }
            let explanation = match member {
                Some(member) if member.may_use.contains(&used) => continue,
                Some(member) if member.for_its_binary.contains(&used) => {
                    if dependency["optional"] == true && is_brought_by_default(package, used) {
                        continue;
                    }
                    "is allowed only as an optional dependency that a default feature brings"
                }
                _ => "is not allowed",
            };
            violations.insert(format!("{name} -> {used}"), explanation.to_owned());
        }
    }
    violations
}

/// Whether the feature `default` brings the optional dependency, itself or by other features.
fn is_brought_by_default(package: &Value, dependency: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut features = vec!["default"];
    while let Some(feature) = features.pop() {
        if feature == dependency || feature.strip_prefix("dep:") == Some(dependency) {
            return true;
        }
        if seen.insert(feature)
            && let Some(brought) = package["features"][feature].as_array()
        {
            features.extend(brought.iter().filter_map(Value::as_str));
        }
    }
    false
}

#[test]
fn each_way_to_break_the_rule_is_found() {
    let dependency = |name: &str, kind: Option<&str>, optional: bool| serde_json::json!({ "name": name, "kind": kind, "optional": optional });
    let package = |name: &str, dependencies: &[Value], features: Value| serde_json::json!({ "name": name, "dependencies": dependencies, "features": features });
    let none = serde_json::json!({});
    let by_default = serde_json::json!({ "default": ["with-trees"], "with-trees": ["dep:trees"] });
    let optional = dependency("trees", None, true);
    let packages = [
        package("proto", &[], none.clone()),
        package(
            "algorithm",
            &[dependency("proto", None, false)],
            none.clone(),
        ),
        package(
            "runtime",
            &[dependency("trees", Some("dev"), false)],
            none.clone(),
        ),
        package(
            "gateway",
            &[dependency("trees", Some("build"), false)],
            none.clone(),
        ),
        package("trees", &[dependency("serde", None, false)], none.clone()),
        package("trainer", std::slice::from_ref(&optional), by_default),
        package("model-worker", &[optional], none.clone()),
        package(
            "stack-tests",
            &[dependency("trees", None, false)],
            none.clone(),
        ),
        package("newcomer", &[], none),
    ];
    let found: Vec<String> = violations(&packages).into_keys().collect();
    let expected = [
        "algorithm -> proto",
        "gateway -> trees",
        "model-worker -> trees",
        "newcomer",
    ];
    assert_eq!(found, expected);
}
