//! Every target over its corpus and over changes of it, on a stable toolchain: what `cargo fuzz` does at length, shortly.
//!
//! `DECEX_FUZZ_ROUNDS` says how many changes of each file are tried, `DECEX_FUZZ_TARGET` which target alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use decex_fuzz_targets::{TARGETS, Target, corpus};
use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Changes of each file when nobody says otherwise.
const ROUNDS: u32 = 24;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files of a target's corpus, by name.
fn files(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fuzz().join("corpus").join(target);
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Small numbers from a seed: the same seed, the same run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 16) as usize % limit.max(1)
    }
}

/// One to four changes: flips, noise, cuts, insertions, splices with another file, edits of a length.
fn change(chance: &mut Chance, bytes: &[u8], others: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        match chance.below(8) {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            2 if at < bytes.len() => bytes[at] = chance.next() as u8,
            3 => bytes.truncate(at),
            4 => bytes.insert(at, chance.next() as u8),
            5 => {
                let other = &others[chance.below(others.len())].1;
                bytes.truncate(at);
                bytes.extend_from_slice(&other[chance.below(other.len() + 1)..]);
            }
            // What may be a length, in each of the codec's modes, or a huge one.
            6 if at < bytes.len() => {
                let length = match chance.below(5) {
                    0 => vec![0],
                    1 => vec![0xfd, 0xff],
                    2 => vec![0xfe, 0xff, 0xff, 0xff],
                    3 => vec![0x03, 0xff, 0xff, 0xff, 0xff],
                    _ => vec![bytes[at].wrapping_add(4)],
                };
                bytes.splice(at..=at, length);
            }
            _ if at < bytes.len() => drop(bytes.remove(at)),
            _ => bytes.extend_from_slice(&chance.next().to_le_bytes()),
        }
    }
    bytes
}

/// Runs a target and says which bytes broke it.
fn run(name: &str, target: Target, from: &str, bytes: &[u8]) {
    if let Err(cause) = panic::catch_unwind(AssertUnwindSafe(|| target(bytes))) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        eprintln!("{name} breaks on a change of {from}: {hex}");
        panic::resume_unwind(cause);
    }
}

#[test]
fn every_target_holds_on_its_corpus_and_near_it() {
    let rounds = env::var("DECEX_FUZZ_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let only = env::var("DECEX_FUZZ_TARGET").ok();
    let chosen = TARGETS
        .iter()
        .filter(|(name, _)| only.as_deref().is_none_or(|only| only == *name));
    let mut runs = 0;
    for (name, target) in chosen {
        let started = std::time::Instant::now();
        let files = files(name);
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
        run(name, *target, "nothing", &[]);
        for (file, bytes) in &files {
            run(name, *target, file, bytes);
            for _ in 0..rounds {
                run(name, *target, file, &change(&mut chance, bytes, &files));
                runs += 1;
            }
        }
        println!("{name}: {} files, {:?}", files.len(), started.elapsed());
    }
    assert!(runs > 0, "no such target");
}

#[test]
fn the_committed_corpus_is_what_the_generator_makes() {
    let mut bytes = 0;
    for (target, mut seeds) in corpus::seeds() {
        seeds.sort();
        let names: BTreeSet<&String> = seeds.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), seeds.len(), "{target}: two seeds of one name");
        let committed = files(target);
        assert!(
            committed == seeds,
            "fuzz/corpus/{target} is out of date: cargo run -p decex-fuzz-targets --bin corpus"
        );
        bytes += seeds.iter().map(|(_, seed)| seed.len()).sum::<usize>();
    }
    assert!(bytes < 400 * 1024, "{bytes} bytes: too many to commit");
}

#[test]
fn table_binaries_and_corpora_are_the_same_set() {
    let table: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(table.len(), TARGETS.len(), "a target stands twice in the table");
    let manifest: toml::Table = fs::read_to_string(fuzz().join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let mut binaries = BTreeSet::new();
    for binary in manifest["bin"].as_array().unwrap() {
        let name = binary["name"].as_str().unwrap();
        let path = binary["path"].as_str().unwrap();
        assert_eq!(path, format!("fuzz_targets/{name}.rs"));
        let text = fs::read_to_string(fuzz().join(path)).unwrap();
        assert!(
            text.contains(&format!("run(\"{name}\", data)")),
            "{path} runs another target"
        );
        binaries.insert(name.to_owned());
    }
    assert_eq!(table, binaries, "fuzz/Cargo.toml");
    let corpora: BTreeSet<String> = fs::read_dir(fuzz().join("corpus"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(table, corpora, "fuzz/corpus");
}
