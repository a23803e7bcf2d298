//! The story, told to the host in memory and to hosts that do one thing wrong.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    unreachable_pub,
    dead_code,
    missing_debug_implementations,
    reason = "tests"
)]

mod flawed;

use decex_consensus::{AccountCall, Consensus, GovernanceCall, OpenCall};
use decex_testkit::chain::Request;
use decex_testkit::direct::Direct;
use decex_testkit::host::MemoryHost;
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::story::{Story, Unlike, beacon, config};
use flawed::{Flaw, door};
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeSet;

fn chain() -> Direct<MemoryHost<LedgerEngine>> {
    let host = MemoryHost::new(vec![LedgerEngine::default()], 7);
    Direct(Consensus::new(host, config()))
}

#[test]
fn the_whole_story_is_told_to_the_host_in_memory() {
    let story = Story::write().unwrap();
    let mut chain = chain();
    let report = story.play(&mut chain).unwrap();
    assert_eq!(report.digest, story.digest());
    assert_eq!(chain.0.host().store, story.store);
    println!("{report:?}");
    // Without a flaw, the host that the flaws are made of tells it too.
    assert_eq!(story.play(&mut door(Flaw::None)).unwrap(), report);
}

#[test]
fn the_story_is_the_same_each_time_it_is_written() {
    assert_eq!(Story::write().unwrap(), Story::write().unwrap());
}

#[test]
fn what_a_host_had_before_does_not_count() {
    let story = Story::write().unwrap();
    let mut chain = chain();
    chain.0.host_mut().custody.0 = 1_000;
    chain
        .0
        .host_mut()
        .endow(config().treasury, decex_core::Balance(55));
    story.play(&mut chain).unwrap();
}

#[test]
fn the_story_is_told_again_after_reorgs() {
    let story = Story::write().unwrap();
    story.play_with_reorgs(&mut chain()).unwrap();
    story.play_with_reorgs(&mut door(Flaw::None)).unwrap();
    let differs = story
        .play_with_reorgs(&mut door(Flaw::RewindsStoreAlone))
        .unwrap_err();
    assert!(
        matches!(differs.what, Unlike::Outcome { .. } | Unlike::Free { .. }),
        "{differs:?}"
    );
}

#[test]
fn the_beacon_of_the_story_is_the_one_of_its_host() {
    use decex_consensus::Beacon;
    for slot in [0, 1, 1_000_000] {
        let slot = decex_core::Slot(slot);
        assert_eq!(chain().0.host().randomness(slot).unwrap(), Some(beacon(slot)));
    }
}

#[test]
fn every_flaw_is_found() {
    let story = Story::write().unwrap();
    let mut found = BTreeSet::new();
    for flaw in [
        Flaw::InventsValues,
        Flaw::ForgetsSet,
        Flaw::KeepsFirst,
        Flaw::KeepsLonger,
        Flaw::KeepsShorter,
        Flaw::TakesEmptyForAbsent,
        Flaw::ForgetsRemove,
        Flaw::RemoveLeavesEmpty,
        Flaw::HoldsTooMuch,
        Flaw::TakesBeforeItRefuses,
        Flaw::RefusesAll,
        Flaw::TakesNothing,
        Flaw::HoldLosesMoney,
        Flaw::ReleasesTwice,
        Flaw::ReleasesToHolder,
        Flaw::ReleaseMakesMoney,
        Flaw::ReleaseKeepsCustody,
        Flaw::BurnKeepsSupply,
        Flaw::BurnKeepsCustody,
        Flaw::BurnsNothing,
        Flaw::OtherBeacon,
        Flaw::NoEngine,
        Flaw::SwallowsRefusals,
        Flaw::InventsRefusals,
        Flaw::OtherCode,
        Flaw::DropsEvents,
        Flaw::DropsEventsOfBlocks,
        Flaw::DropsLastOutcome,
        Flaw::StopsAtRefusal,
        Flaw::SkipsOpenCalls,
        Flaw::SkipsGovernance,
        Flaw::ExchangesAccounts,
        Flaw::ReversesCalls,
        Flaw::KeepsRefusedWrites,
        Flaw::TaxesCalls,
        Flaw::MintsForFarmers,
        Flaw::OtherParentHash,
    ] {
        let differs = story.play(&mut door(flaw)).expect_err(&format!("{flaw:?}"));
        found.insert(kind(&differs.what));
        println!(
            "{flaw:?}: block {} ({}): {}",
            differs.step,
            differs.about,
            kind(&differs.what)
        );
    }
    assert_eq!(
        found.len(),
        8,
        "each comparison finds one that no other does: {found:?}"
    );
}

fn kind<E>(what: &Unlike<E>) -> &'static str {
    match what {
        Unlike::Host(_) => "the host failed",
        Unlike::Begun(_) => "begun",
        Unlike::Outcomes { .. } => "number of outcomes",
        Unlike::Outcome { .. } => "an outcome",
        Unlike::Free { .. } => "free money",
        Unlike::Custody { .. } => "custody",
        Unlike::Supply { .. } => "supply",
        Unlike::Value { .. } => "a value",
    }
}

/// The first byte of an encoded call is the place of its variant: none is left out.
#[test]
fn every_call_is_made_and_survives_its_codec() {
    let story = Story::write().unwrap();
    let (mut accounts, mut open, mut governance) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for call in story.steps.iter().flat_map(|step| &step.calls) {
        let bytes = call.encode();
        assert_eq!(Request::decode(&mut &*bytes).as_ref(), Ok(call));
        match call {
            Request::Account(_, call) => accounts.insert(call.encode()[0]),
            Request::Open(call) => open.insert(call.encode()[0]),
            Request::Governance(call) => governance.insert(call.encode()[0]),
        };
    }
    assert_eq!(accounts, places::<AccountCall>());
    assert_eq!(open, places::<OpenCall>());
    assert_eq!(governance, places::<GovernanceCall>());
}

/// The first bytes that something decodes from: each variant is all zeros otherwise.
fn places<T: Decode>() -> BTreeSet<u8> {
    let decodes = |place: &u8| {
        let mut bytes = vec![0; 1_000];
        bytes[0] = *place;
        T::decode(&mut &*bytes).is_ok()
    };
    (0..=u8::MAX).filter(decodes).collect()
}
