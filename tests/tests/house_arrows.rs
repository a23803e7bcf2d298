//! Dependencies between the crates point one way, and every crate in `crates/` keeps the rules that make it usable
//! anywhere. All findings are reported at once.

use decex_tests::house::{self, Package};
use std::collections::{BTreeMap, BTreeSet};

/// Which protocol crates each crate may use, outside tests. `docs/adr/0001-layout-and-arrows.md` has the reasons. A crate
/// that is not here is refused: its place is a decision.
const ARROWS: [(&str, &[&str]); 18] = [
    ("core", &[]),
    ("election", &["core"]),
    ("shuffle", &["core"]),
    ("bundle", &["core", "election"]),
    ("receipt", &["core", "shuffle", "bundle"]),
    ("fraud", &["core", "election", "shuffle", "bundle", "receipt"]),
    ("light", &["core", "receipt"]),
    ("staking", &["core"]),
    ("messaging", &["core"]),
    ("validity", &["core", "shuffle", "bundle", "receipt", "fraud"]),
    (
        "consensus",
        &[
            "core",
            "election",
            "shuffle",
            "bundle",
            "receipt",
            "fraud",
            "staking",
            "messaging",
            "validity",
        ],
    ),
    (
        "operator",
        &[
            "core",
            "election",
            "shuffle",
            "bundle",
            "receipt",
            "fraud",
            "messaging",
            "validity",
        ],
    ),
    ("evm", &["core", "messaging"]),
    ("proven-ledger", &["core", "election", "validity"]),
    ("wasm", &["core", "election", "messaging"]),
    ("storage-audit", &["core"]),
    ("farmer", &["core", "storage-audit"]),
    (
        "testkit",
        &[
            "core",
            "election",
            "shuffle",
            "bundle",
            "receipt",
            "fraud",
            "staking",
            "messaging",
            "validity",
            "consensus",
            "operator",
        ],
    ),
];

#[test]
fn arrows_point_one_way() {
    let arrows: BTreeMap<String, BTreeSet<String>> = ARROWS
        .iter()
        .map(|(from, to)| (named(from), to.iter().map(|name| named(name)).collect()))
        .collect();
    let mut found = Vec::new();
    for package in protocol() {
        let Some(allowed) = arrows.get(&package.name) else {
            found.push(format!("{} has no place among the arrows", package.name));
            continue;
        };
        // Whatever is a folder of this repository counts: the examples and the tests are in nobody's list.
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.path && !dependency.dev)
        {
            if !allowed.contains(&dependency.name) {
                found.push(format!("{} must not use {}", package.name, dependency.name));
            }
        }
    }
    report("arrows", &found);
}

#[test]
fn no_arrow_of_the_table_closes_a_circle() {
    for (place, (from, to)) in ARROWS.iter().enumerate() {
        let below: BTreeSet<&str> = ARROWS.iter().take(place).map(|(name, _)| *name).collect();
        assert!(
            to.iter().all(|name| below.contains(name)),
            "{from} uses a crate that stands above it"
        );
    }
}

#[test]
fn every_crate_is_no_std_without_conditions() {
    let mut found = Vec::new();
    for name in house::crates() {
        let text = house::text(&format!("crates/{name}/src/lib.rs"));
        let items = [
            "use ", "mod ", "pub ", "extern ", "fn ", "const ", "static ", "struct ", "impl ",
        ];
        let mut head = text
            .lines()
            .take_while(|line| items.iter().all(|item| !line.starts_with(item)));
        if !head.any(|line| line == "#![no_std]") {
            found.push(format!(
                "{name}: lib.rs has no line `#![no_std]` before its first item"
            ));
        }
        if text.contains("cfg_attr(") && text.contains(", no_std)") {
            found.push(format!("{name}: no_std depends on a condition"));
        }
    }
    report("no_std", &found);
}

#[test]
fn no_feature_and_no_dependency_of_a_crate_brings_std() {
    let members: BTreeSet<String> = house::members().into_iter().map(|package| package.name).collect();
    let mut found = Vec::new();
    for package in protocol() {
        if package.features.contains("std") {
            found.push(format!("{} has a feature `std`", package.name));
        }
        if !package.default_features.is_empty() {
            found.push(format!(
                "{} turns on {:?} by default",
                package.name, package.default_features
            ));
        }
        for dependency in package.dependencies.iter().filter(|dependency| !dependency.dev) {
            // Crates of this workspace have no default features, as the line above holds.
            if dependency.default_features && !members.contains(&dependency.name) {
                found.push(format!(
                    "{}: {} has its default features on",
                    package.name, dependency.name
                ));
            }
            if dependency.features.contains("std") {
                found.push(format!(
                    "{}: {} is asked for `std`",
                    package.name, dependency.name
                ));
            }
        }
    }
    report("features", &found);
}

#[test]
fn every_dependency_of_a_crate_is_declared_once_in_the_workspace() {
    let mut found = Vec::new();
    for name in house::crates() {
        let manifest = house::toml(&format!("crates/{name}/Cargo.toml"));
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (dependency, value) in manifest
                .get(section)
                .and_then(toml::Value::as_table)
                .into_iter()
                .flatten()
            {
                if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    found.push(format!(
                        "{name}: {section}.{dependency} is not `workspace = true`"
                    ));
                }
            }
        }
    }
    report("declarations", &found);
}

#[test]
fn every_member_takes_the_lints_of_the_workspace() {
    let root = house::root();
    let mut found = Vec::new();
    for package in house::members() {
        let folder = package
            .folder
            .strip_prefix(&root)
            .unwrap_or(&package.folder)
            .to_string_lossy()
            .into_owned();
        let manifest = house::toml(&format!("{folder}/Cargo.toml"));
        let lints = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .and_then(toml::Value::as_bool);
        if lints != Some(true) {
            found.push(format!("{folder}/Cargo.toml has no `[lints] workspace = true`"));
        }
    }
    report("lints", &found);
}

fn named(short: &str) -> String {
    format!("decex-{short}")
}

fn protocol() -> Vec<Package> {
    let crates = house::crates();
    let packages: Vec<Package> = house::members()
        .into_iter()
        .filter(|package| crates.contains(&package.name))
        .collect();
    assert_eq!(
        packages.len(),
        crates.len(),
        "a folder in crates/ is no package of the same name"
    );
    packages
}

fn report(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}
