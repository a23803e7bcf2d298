//! What tests of whole runs share.
#![allow(
    dead_code,
    unreachable_pub,
    missing_debug_implementations,
    missing_docs,
    reason = "not every test uses all of it"
)]

use clap::Parser;
use devnet::args::Args;
use devnet::progress::Progress;
use devnet::run::{Ended, run};
use devnet::summary::Summary;
use std::path::{Path, PathBuf};

/// A folder that is gone at the end of the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("devnet-test-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The first 120 transactions of the shipped file: enough for several domain blocks with calls in them.
pub fn short_feed(folder: &Path) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let lines = devnet::feed::DEMO
        .lines()
        .filter(|line| line.starts_with("0x"))
        .take(120);
    let file = folder.join("short.txt");
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    file
}

pub fn args(folder: &Path, more: &[&str]) -> Args {
    let feed = short_feed(folder);
    let base = [
        "devnet",
        "--data",
        folder.to_str().unwrap(),
        "--transactions",
        feed.to_str().unwrap(),
    ];
    Args::try_parse_from(base.iter().chain(more)).unwrap()
}

pub fn finish(args: &Args) -> Summary {
    match run(args, &mut Progress::new(true, false, false), &|| false).unwrap() {
        Ended::Over(summary) => *summary,
        Ended::Interrupted { .. } => panic!("nobody interrupted"),
    }
}

pub fn without_times(mut summary: Summary) -> String {
    summary.times = None;
    summary.to_json()
}

pub fn failed(summary: &Summary) -> Vec<String> {
    summary
        .checks
        .iter()
        .filter(|check| !check.ok)
        .map(|check| format!("{}: {}", check.name, check.detail))
        .collect()
}
