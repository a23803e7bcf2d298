//! The devnet on simplex: whole runs, also over a bad network, and what follows from a seed.

use clap::Parser as _;
use devnet::args::Args;
use devnet::progress::Progress;
use devnet::run::{Ended, run_on};
use devnet::summary::Summary;
use std::path::PathBuf;

/// A folder that is gone at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("devnet-simplex-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs the first 120 of the shipped transactions. Returns the summary without times, and the chain to the byte.
fn run(name: &str, more: &[&str]) -> (Summary, Vec<u8>) {
    let folder = Folder::new(name);
    let (feed, history) = (folder.0.join("feed"), folder.0.join("history"));
    let lines = devnet::feed::DEMO.lines().filter(|line| line.starts_with("0x"));
    let lines: Vec<&str> = lines.take(120).collect();
    std::fs::write(&feed, lines.join("\n")).expect("the feed is written");
    let [data, feed, chain] = [&folder.0, &feed, &history].map(|path| path.to_str().expect("a plain path"));
    let base = [
        "devnet",
        "--engine",
        "simplex",
        "--data",
        data,
        "--transactions",
        feed,
        "--export-history",
        chain,
    ];
    let args = Args::try_parse_from(base.iter().chain(more)).expect("a command line");
    assert_eq!(args.contradiction(), None);
    let mut quiet = Progress::new(true, false, false);
    let ended = run_on(&args, Some(devnet_simplex::start), &mut quiet, &|| false, &mut []);
    let Ended::Over(mut summary) = ended.expect("the run ends") else {
        panic!("nobody interrupted");
    };
    summary.times = None;
    (*summary, std::fs::read(history).expect("the chain is written"))
}

fn failed(summary: &Summary) -> Vec<String> {
    let failed = summary.checks.iter().filter(|check| !check.ok);
    failed
        .map(|check| format!("{}: {}", check.name, check.detail))
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_chain() {
    let (one, chain) = run("one", &[]);
    assert!(one.ok(), "{:?}", failed(&one));
    assert_eq!((one.slashes.len(), one.reorgs), (1, 0));
    let led = &one.ordered.as_ref().expect("an engine ordered").led;
    let (least, most) = (led.iter().min(), led.iter().max());
    assert_eq!(led.len(), 4);
    assert!(
        most.copied() <= least.map(|least| least + 1),
        "who leads takes turns: {led:?}"
    );
    let (again, chain_again) = run("again", &[]);
    assert_eq!(again, one);
    assert!(chain_again == chain, "to the byte");
    let (other, chain_other) = run("other", &["--seed", "2"]);
    assert!(other.ok(), "{:?}", failed(&other));
    assert!(chain_other != chain);
}

#[test]
fn a_bad_network_delays_and_changes_nothing_else() {
    let line = [
        "--loss",
        "50",
        "--latency",
        "200",
        "--cut",
        "1:20:100",
        "--cut",
        "3:60:140",
        "--lie",
        "schedule",
    ];
    let (summary, _) = run("bad", &line);
    assert!(summary.ok(), "{:?}", failed(&summary));
    let family = summary.lie.as_ref().map(|lie| lie.family.as_str());
    assert_eq!((family, summary.slashes.len()), (Some("schedule"), 1));
    // For some forty slots there were two of four validators, and no block: those that were cut off had to catch up.
    let ordered = summary.ordered.as_ref().expect("an engine ordered");
    let led: u64 = ordered.led.iter().sum();
    assert!(
        summary.slots / 5 > led + 6,
        "{} slots, {led} blocks",
        summary.slots
    );
    assert_eq!((ordered.loss, ordered.cuts), (50, 2));
}

#[test]
fn one_validator_or_many_come_to_an_end() {
    for (name, validators) in [("single", "1"), ("many", "7")] {
        let line = ["--farmers", validators, "--lie", "none", "--seed", "9"];
        let (summary, _) = run(name, &line);
        assert!(summary.ok(), "{validators}: {:?}", failed(&summary));
        assert!(summary.slashes.is_empty() && summary.lie.is_none());
    }
}
