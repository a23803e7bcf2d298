//! The workspace read as data: what `cargo metadata` says, what the manifests say, and which files there are.
//!
//! Everything panics with a sentence when the workspace cannot be read: a check that cannot look must not pass.
#![allow(clippy::panic, reason = "only tests call this")]

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().map_or_else(|| tests.to_owned(), Path::to_owned)
}

/// Returns the text of a file of the repository.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
}

/// Returns a TOML file of the repository.
///
/// # Panics
/// When it cannot be read or is not TOML.
#[must_use]
pub fn toml(path: &str) -> toml::Table {
    text(path)
        .parse()
        .unwrap_or_else(|error| panic!("{path} is not TOML: {error}"))
}

/// Returns the array of strings at `[section] key` of a TOML table; empty if there is none.
#[must_use]
pub fn strings(table: &toml::Table, section: &str, key: &str) -> BTreeSet<String> {
    let array = table
        .get(section)
        .and_then(|section| section.get(key))
        .and_then(toml::Value::as_array);
    array
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// One package of a dependency graph.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its SPDX expression, if it has one.
    pub license: Option<String>,
    /// Where it comes from; `None` for a path.
    pub source: Option<String>,
    /// The folder of its manifest.
    pub folder: PathBuf,
    /// What it asks for.
    pub dependencies: Vec<Dependency>,
    /// Names of its features.
    pub features: BTreeSet<String>,
    /// What its `default` feature turns on.
    pub default_features: BTreeSet<String>,
}

/// One dependency as a manifest states it.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The package.
    pub name: String,
    /// Only for tests, examples and benchmarks.
    pub dev: bool,
    /// Its default features are on.
    pub default_features: bool,
    /// Other features asked for.
    pub features: BTreeSet<String>,
    /// It is a folder of this repository.
    pub path: bool,
}

/// Returns every package of the graph of the workspace whose manifest is at `manifest`, on every platform.
///
/// # Panics
/// When cargo cannot say.
#[must_use]
pub fn packages(manifest: &str) -> Vec<Package> {
    metadata(manifest, &[])
}

/// Returns the members of the workspace, without their graph.
///
/// # Panics
/// When cargo cannot say.
#[must_use]
pub fn members() -> Vec<Package> {
    metadata("Cargo.toml", &["--no-deps"])
}

fn metadata(manifest: &str, options: &[&str]) -> Vec<Package> {
    let path = root().join(manifest);
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(&path)
        .args(options)
        .output()
        .unwrap_or_else(|error| panic!("cannot start cargo: {error}"));
    if !output.status.success() {
        panic!(
            "cargo metadata of {manifest}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let value: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("cargo metadata of {manifest} is not JSON: {error}"));
    array(&value, "packages").map(package).collect()
}

fn package(value: &Value) -> Package {
    let features = value.get("features").and_then(Value::as_object);
    Package {
        name: string(value, "name").unwrap_or_default(),
        version: string(value, "version").unwrap_or_default(),
        license: string(value, "license"),
        source: string(value, "source"),
        folder: string(value, "manifest_path")
            .and_then(|path| Path::new(&path).parent().map(Path::to_owned))
            .unwrap_or_default(),
        dependencies: array(value, "dependencies").map(dependency).collect(),
        features: features
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect(),
        default_features: features
            .and_then(|features| features.get("default"))
            .map(set)
            .unwrap_or_default(),
    }
}

fn dependency(value: &Value) -> Dependency {
    Dependency {
        name: string(value, "name").unwrap_or_default(),
        dev: string(value, "kind").as_deref() == Some("dev"),
        default_features: value
            .get("uses_default_features")
            .and_then(Value::as_bool)
            .unwrap_or(true),
        features: value.get("features").map(set).unwrap_or_default(),
        path: string(value, "path").is_some(),
    }
}

fn string(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn set(value: &Value) -> BTreeSet<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Returns the names of the folders in `crates/`.
///
/// # Panics
/// When the folder cannot be read.
#[must_use]
pub fn crates() -> BTreeSet<String> {
    let entries =
        fs::read_dir(root().join("crates")).unwrap_or_else(|error| panic!("cannot read crates/: {error}"));
    entries
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// Returns the path of every file of the repository below `folder` (`""` for all), relative to its root and sorted: what
/// git tracks or would track, or what a walk finds where there is no git.
#[must_use]
pub fn files(folder: &str) -> Vec<String> {
    let mut found = tracked().unwrap_or_else(|| {
        let mut found = Vec::new();
        walk(&root(), &mut found);
        found
    });
    found.retain(|path| {
        (folder.is_empty() || path.starts_with(&format!("{folder}/"))) && root().join(path).is_file()
    });
    found.sort();
    found
}

fn tracked() -> Option<Vec<String>> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git")
        .args(arguments)
        .current_dir(root())
        .output()
        .ok()?;
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    let names: Vec<String> = names.split_terminator('\0').map(str::to_owned).collect();
    (output.status.success() && !names.is_empty()).then_some(names)
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "target" && name != ".git" {
                walk(&path, found);
            }
        } else if let Ok(relative) = path.strip_prefix(root()) {
            found.push(relative.to_string_lossy().into_owned());
        }
    }
}
