//! Licences, bans and sources: what `cargo deny check licenses bans sources` says, from the same `deny.toml`, with nothing
//! but the package registry. All findings are reported at once.
#![allow(
    clippy::indexing_slicing,
    reason = "a manifest without the section should fail loudly"
)]

use decex_tests::{house, licence};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn every_licence_is_on_the_list() {
    check_licences("Cargo.toml");
}

#[test]
fn every_source_is_the_registry_or_this_repository() {
    check_sources("Cargo.toml");
}

#[test]
#[ignore = "downloads every peer that the benchmarks compare with; CI_FULL=1 runs it"]
fn peers_of_the_benchmarks_are_licensed_and_sourced_alike() {
    check_licences("benches/Cargo.toml");
    check_sources("benches/Cargo.toml");
}

#[test]
fn no_banned_crate_is_in_the_graph() {
    let deny = house::toml("deny.toml");
    let bans: BTreeMap<&str, &str> = deny["bans"]["deny"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|ban| (ban["crate"].as_str().unwrap(), ban["reason"].as_str().unwrap()))
        .collect();
    assert!(!bans.is_empty(), "deny.toml bans nothing");
    let packages = house::packages("Cargo.toml");
    let found: Vec<String> = packages
        .iter()
        .filter_map(|package| Some((package, bans.get(package.name.as_str())?)))
        .map(|(package, reason)| format!("{} {}: {reason}", package.name, package.version))
        .collect();
    assert!(
        found.is_empty(),
        "banned (`cargo tree -i NAME` tells who asks for it):\n{}",
        found.join("\n")
    );
}

#[test]
fn every_dependency_has_a_reason_on_record() {
    let record = house::text("docs/adr/0002-dependencies.md");
    let manifest = house::toml("Cargo.toml");
    let dependencies = manifest["workspace"]["dependencies"].as_table().unwrap();
    let missing: Vec<&String> = dependencies
        .iter()
        .filter(|(_, value)| value.get("path").is_none())
        .map(|(name, _)| name)
        .filter(|name| !record.contains(&format!("`{name}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/adr/0002-dependencies.md says nothing of {missing:?}"
    );
}

/// So what holds of the workspace's graph holds of the proof's.
#[test]
fn the_no_std_proof_links_the_locked_versions() {
    let workspace = locked("Cargo.lock");
    let proof = locked("ci/nostd/Cargo.lock");
    let other: Vec<&(String, String, String)> = proof
        .iter()
        .filter(|(_, _, checksum)| !checksum.is_empty())
        .filter(|&entry| !workspace.contains(entry))
        .collect();
    assert!(
        other.is_empty(),
        "ci/nostd/Cargo.lock is out of date, run ci/nostd/lock; not in Cargo.lock: {other:?}"
    );
}

/// Workspaces of hosts, and how the names of what only they bring begin.
const HOSTS: [(&str, &[&str]); 4] = [
    ("examples/frame-pallet", &["frame-", "pallet-", "sp-"]),
    ("examples/frame-pallet/blob-test", &["sc-"]),
    ("examples/bft-cluster", &["commonware-", "blst"]),
    ("examples/cosmwasm-contract", &["cosmwasm-", "cw-"]),
];

/// Hosts are workspaces of their own: what they bring stays in their lock files.
#[test]
fn nothing_of_a_host_is_in_the_graph() {
    let names = |lock: &str| locked(lock).into_iter().map(|(name, ..)| name);
    let own: Vec<String> = names("Cargo.lock").collect();
    for (host, prefixes) in HOSTS {
        for prefix in prefixes {
            let brought = names(&format!("{host}/Cargo.lock")).any(|name| name.starts_with(prefix));
            assert!(brought, "{host} brings nothing that begins with {prefix}");
            let found: Vec<&String> = own.iter().filter(|name| name.starts_with(prefix)).collect();
            assert!(found.is_empty(), "crates of {host} in Cargo.lock: {found:?}");
        }
    }
}

/// What a host's team builds with them. The executor of `blob-test` is under the GPL, which is why that is a workspace of its own.
#[test]
#[ignore = "downloads what every host is built of; CI_FULL=1 runs it"]
fn hosts_are_licensed_and_sourced_alike() {
    for (host, _) in HOSTS.into_iter().filter(|(host, _)| !host.ends_with("blob-test")) {
        let manifest = format!("{host}/Cargo.toml");
        check_licences(&manifest);
        check_sources(&manifest);
    }
}

fn check_licences(manifest: &str) {
    let allow = house::strings(&house::toml("deny.toml"), "licenses", "allow");
    assert!(!allow.is_empty(), "deny.toml allows no licence");
    let mut found = Vec::new();
    for package in house::packages(manifest) {
        let verdict = match &package.license {
            None => Err("states no SPDX expression".to_owned()),
            Some(expression) => licence::is_allowed(expression, &allow),
        };
        match verdict {
            Ok(true) => {}
            Ok(false) => found.push(format!(
                "{} {}: {:?}",
                package.name, package.version, package.license
            )),
            Err(why) => found.push(format!("{} {}: {why}", package.name, package.version)),
        }
    }
    assert!(
        found.is_empty(),
        "licences in {manifest} that deny.toml does not allow:\n{}",
        found.join("\n")
    );
}

fn check_sources(manifest: &str) {
    let allow: BTreeSet<String> = house::strings(&house::toml("deny.toml"), "sources", "allow-registry")
        .into_iter()
        .map(|registry| format!("registry+{registry}"))
        .collect();
    let root = house::root();
    let found: Vec<String> = house::packages(manifest)
        .into_iter()
        .filter(|package| match &package.source {
            Some(source) => !allow.contains(source),
            None => !package.folder.starts_with(&root),
        })
        .map(|package| {
            format!(
                "{} {}: {:?} {}",
                package.name,
                package.version,
                package.source,
                package.folder.display()
            )
        })
        .collect();
    assert!(
        found.is_empty(),
        "sources in {manifest} that deny.toml does not allow:\n{}",
        found.join("\n")
    );
}

/// Name, version and checksum of every package of a lock file; no checksum for folders of this repository.
fn locked(path: &str) -> BTreeSet<(String, String, String)> {
    let lock = house::toml(path);
    let of = |package: &toml::Value, key: &str| {
        package
            .get(key)
            .and_then(toml::Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    lock["package"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|package| {
            (
                of(package, "name"),
                of(package, "version"),
                of(package, "checksum"),
            )
        })
        .collect()
}
