//! The suites of `decex-testkit`, unchanged, on the contract.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    missing_debug_implementations,
    dead_code,
    unreachable_pub,
    reason = "tests"
)]

mod harness;

use decex_testkit::story::Story;
use harness::Harness;

#[test]
fn the_whole_story_is_told_to_the_contract() {
    let story = Story::write().unwrap();
    let report = story.play(&mut Harness::new()).unwrap();
    assert_eq!(report.digest, story.digest(), "as on every host");
    println!("{report:?}");
}

#[test]
fn the_story_is_told_again_after_reorgs() {
    let story = Story::write().unwrap();
    story.play_with_reorgs(&mut Harness::new()).unwrap();
}
