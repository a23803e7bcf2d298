//! What no lint can say of the protocol crates' sources: no numeric casts with `as`, no `std`, no macros of our own.
//!
//! The lint against `as` cannot be on, because the derive macros of parity-scale-codec write it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use decex_tests::house;
use std::fs;
use std::path::{Path, PathBuf};

const NUMBERS: [&str; 14] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64",
];

/// Returns the lines of a source file that are compiled into the crate: no comments, nothing from `#[cfg(test)]` on.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    let numbered = (1..).zip(lines);
    numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Returns whether a line casts with `as` to a number. A widening in a constant, where `From` cannot be called, says so.
fn casts(line: &str) -> bool {
    let words: Vec<&str> = line
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let cast = words
        .windows(2)
        .any(|pair| matches!(pair, ["as", number] if NUMBERS.contains(number)));
    cast && !line.ends_with("// widening in a constant")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

#[test]
fn protocol_sources_hold_the_house_rules() {
    let mut files = Vec::new();
    for entry in fs::read_dir(house::root().join("crates")).unwrap() {
        sources(&entry.unwrap().path().join("src"), &mut files);
    }
    assert!(files.len() > 80, "the sources are there: {}", files.len());
    let mut broken = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        for (number, line) in code(&text) {
            let what = if casts(line) {
                "a cast with `as`"
            } else if line.contains("std::") && !line.contains("core::") {
                "`std`"
            } else if line.contains("macro_rules!") {
                "a macro"
            } else {
                continue;
            };
            broken.push(format!("{}:{number}: {what}: {}", file.display(), line.trim()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_checks_find_what_they_look_for() {
    assert!(casts("let x = y as u32;") && casts("(a.len() as u64)"));
    assert!(!casts("use x as y;") && !casts("const A: u64 = B as u64; // widening in a constant"));
    let text = "a\n// b as u8\n#[cfg(test)]\nc as u8";
    assert_eq!(code(text).map(|(_, line)| line).collect::<Vec<_>>(), ["a"]);
}
