//! The story, told to the host in memory.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use decex_consensus::Consensus;
use decex_testkit::direct::Direct;
use decex_testkit::host::MemoryHost;
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::story::{Story, config};

fn chain() -> Direct<MemoryHost<LedgerEngine>> {
    let host = MemoryHost::new(vec![LedgerEngine::default()], 7);
    Direct(Consensus::new(host, config()))
}

#[test]
fn the_whole_story_is_told_to_the_host_in_memory() {
    let story = Story::write().unwrap();
    let report = story.play(&mut chain()).unwrap();
    assert_eq!(report.digest, story.digest());
    for step in &story.steps {
        println!(
            "{:?} {:?} {}: {} calls",
            step.block.number,
            step.block.slot,
            step.about,
            step.calls.len()
        );
    }
    println!("{report:?}");
}

#[test]
fn the_story_survives_reorgs() {
    let story = Story::write().unwrap();
    story.play_with_reorgs(&mut chain()).unwrap();
}
