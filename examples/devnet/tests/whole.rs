//! Whole runs: the lie is caught whatever it is about, chance is all in the seed, an interrupted run goes on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tests"
)]
#![allow(clippy::arithmetic_side_effects, reason = "tests")]

mod common;

use clap::Parser;
use common::{Folder, args, failed, finish, without_times};
use decex_core::codec::decode_exact;
use devnet::args::Args;
use devnet::block::Block;
use devnet::progress::Progress;
use devnet::run::{Ended, run};
use std::cell::Cell;

#[test]
fn every_lie_is_refuted_by_its_family() {
    for (lie, family) in [
        ("state", "transition"),
        ("entry", "transition"),
        ("fees", "transition"),
        ("schedule", "schedule"),
        ("omit", "schedule"),
        ("repeat", "schedule"),
        ("verdict", "inbox"),
    ] {
        let folder = Folder::new(lie);
        let summary = finish(&args(&folder.0, &["--lie", lie]));
        assert!(summary.ok(), "{lie}: {:?}", failed(&summary));
        assert_eq!(summary.lie.as_ref().unwrap().family, family, "{lie}");
        assert_eq!(summary.slashes.len(), 1);
        assert_eq!(summary.slashes[0].operator, 3, "{lie}: the last operator lies");
    }
}

#[test]
fn without_a_lie_nobody_is_slashed() {
    for seed in ["2", "3"] {
        let folder = Folder::new(&format!("honest-{seed}"));
        let file = folder.0.join("history");
        let export = file.to_str().unwrap();
        let line = [
            "--lie",
            "none",
            "--seed",
            seed,
            "--farmers",
            "5",
            "--export-history",
            export,
        ];
        let summary = finish(&args(&folder.0, &line));
        // Every block of the chain, genesis first, each behind its length.
        let exported = std::fs::read(&file).unwrap();
        let (mut rest, mut numbers) = (exported.as_slice(), 1..=summary.blocks);
        while let Some((length, after)) = rest.split_first_chunk() {
            let (bytes, after) = after.split_at(u32::from_le_bytes(*length) as usize);
            let block: Block = decode_exact(bytes, bytes.len()).unwrap();
            assert_eq!(Some(block.number), numbers.next());
            rest = after;
        }
        assert!(rest.is_empty() && numbers.next().is_none());
        assert!(summary.ok(), "seed {seed}: {:?}", failed(&summary));
        assert!(summary.slashes.is_empty() && summary.lie.is_none());
        assert_eq!(summary.receipts_removed, 0);
    }
}

#[test]
fn many_courses_of_events_end_well() {
    let mut reorgs = 0;
    // In a run this short the liar may never come first, as with seeds 11 and 14: then there is no lie to catch.
    for seed in [12, 13, 15, 16] {
        let folder = Folder::new(&format!("seed-{seed}"));
        let summary = finish(&args(&folder.0, &["--seed", &seed.to_string()]));
        assert!(summary.ok(), "seed {seed}: {:?}", failed(&summary));
        reorgs += summary.reorgs;
    }
    assert!(reorgs > 0, "the forks are real");
}

#[test]
fn chance_is_all_in_the_seed() {
    let (one, two, other) = (Folder::new("one"), Folder::new("two"), Folder::new("other"));
    let first = without_times(finish(&args(&one.0, &[])));
    assert_eq!(first, without_times(finish(&args(&two.0, &[]))));
    assert_ne!(first, without_times(finish(&args(&other.0, &["--seed", "99"]))));
}

#[test]
fn an_interrupted_run_goes_on_as_if_nothing_had_been() {
    let (steady, stopped) = (Folder::new("steady"), Folder::new("stopped"));
    let expected = without_times(finish(&args(&steady.0, &[])));
    let args = args(&stopped.0, &[]);
    let mut stops = 0;
    let summary = loop {
        // Stopped after every seventh slot.
        let left = Cell::new(7);
        let stop = || {
            left.set(left.get() - 1);
            left.get() < 0
        };
        match run(&args, &mut Progress::new(true, false, false), &stop).unwrap() {
            Ended::Over(summary) => break *summary,
            Ended::Interrupted { .. } => stops += 1,
        }
    };
    assert!(stops > 10);
    assert_eq!(without_times(summary), expected);
    // And once more, after the end.
    assert_eq!(without_times(finish(&args)), expected);
}

#[test]
fn another_run_does_not_touch_the_data_of_one() {
    let folder = Folder::new("mine");
    let first = finish(&args(&folder.0, &["--slots", "20"]));
    assert!(!first.ok(), "twenty slots are too few");
    let other = args(&folder.0, &["--slots", "20", "--seed", "2"]);
    let refused = run(&other, &mut Progress::new(true, false, false), &|| false).unwrap_err();
    assert!(refused.to_string().contains("--fresh"), "{refused}");
    let fresh = args(&folder.0, &["--slots", "20", "--seed", "2", "--fresh"]);
    assert_eq!(finish(&fresh).seed, 2);
}

#[test]
fn a_bad_file_is_named_with_its_line() {
    let folder = Folder::new("bad");
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join("bad.txt");
    std::fs::write(&file, "# fine\n0x1234\n").unwrap();
    let data = folder.0.join("data");
    let line = [
        "devnet",
        "--data",
        data.to_str().unwrap(),
        "--transactions",
        file.to_str().unwrap(),
    ];
    let args = Args::try_parse_from(line).unwrap();
    let refused = run(&args, &mut Progress::new(true, false, false), &|| false)
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("bad.txt") && refused.contains("line 2"),
        "{refused}"
    );
    let missing = Args::try_parse_from(["devnet", "--transactions", "/no/such/file"]).unwrap();
    let refused = run(&missing, &mut Progress::new(true, false, false), &|| false)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("/no/such/file"), "{refused}");
}
