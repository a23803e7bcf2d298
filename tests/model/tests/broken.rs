//! The model with one rule left out: the checker must find what the rule is there for. So the properties can fail, and each of
//! these rules is needed.
#![allow(clippy::panic, clippy::arithmetic_side_effects, reason = "tests")]

mod common;

use common::Explored;
use decex_model::bounds::{Bounds, Mutation};
use decex_model::properties::{CONFIRMATION, EXACT, EXIT, OFFENDER, Property, REWARD, SAFETY};
use decex_model::rules::Model;
use stateright::{Checker, HasDiscoveries, Model as _};
use std::collections::BTreeSet;

/// The checker must find a state in which `property` does not hold; returns the number of steps of a way there.
fn refuted(mutation: Mutation, property: Property, bounds: Bounds) -> usize {
    let bounds = Bounds {
        mutation: Some(mutation),
        ..bounds
    };
    let wanted = HasDiscoveries::AllOf(BTreeSet::from([property.name]));
    let checker = Explored(Model { bounds })
        .checker()
        .finish_when(wanted)
        .spawn_bfs()
        .join();
    let path = checker.discovery(property.name);
    let path = path.unwrap_or_else(|| panic!("{mutation:?} does not break: {}", property.name));
    let actions = path.into_actions();
    println!("{mutation:?} breaks `{}`: {actions:?}", property.name);
    actions.len()
}

fn two_inboxes() -> Bounds {
    Bounds {
        closed: 2,
        equivocation: false,
        ..Bounds::small()
    }
}

fn three_inboxes() -> Bounds {
    Bounds {
        inboxes: 3,
        closed: 3,
        equivocation: false,
        ..Bounds::small()
    }
}

#[test]
fn r26_backers_after_the_first_block_earn_without_risk() {
    assert!(refuted(Mutation::LateEndorsement, REWARD, two_inboxes()) > 0);
}

#[test]
fn r29_one_block_less_confirms_a_lie() {
    assert!(refuted(Mutation::EarlyConfirmation, SAFETY, two_inboxes()) > 0);
}

#[test]
fn p5_a_proof_that_can_be_kept_out_for_the_challenge_period_comes_too_late() {
    assert!(refuted(Mutation::Outlasted, SAFETY, two_inboxes()) > 0);
}

#[test]
fn r6_a_removed_receipt_that_comes_back_before_its_sweep_lets_offenders_go() {
    assert!(refuted(Mutation::ResubmitUnswept, EXACT, two_inboxes()) > 0);
}

#[test]
fn r32_a_sweep_that_slashes_one_backer_lets_the_others_go() {
    assert!(refuted(Mutation::OneBackerOnly, EXACT, two_inboxes()) > 0);
}

#[test]
fn confirming_over_an_unswept_removal_takes_an_offender_in_again() {
    let bounds = Bounds {
        inboxes: 4,
        closed: 4,
        lies: 2,
        censorship: 0,
        challenge: 1,
        unlock: 2,
        leaving: false,
        ..three_inboxes()
    };
    assert!(refuted(Mutation::ConfirmUnswept, CONFIRMATION, bounds) > 0);
    assert!(refuted(Mutation::ConfirmUnswept, OFFENDER, bounds) > 0);
}

#[test]
fn a_stake_that_only_waits_for_its_period_leaves_before_its_claim_ends() {
    assert!(refuted(Mutation::ReleaseUnchecked, EXIT, three_inboxes()) > 0);
}

#[test]
fn an_offender_that_takes_part_until_the_sweep_is_seen() {
    assert!(refuted(Mutation::OffenderTakesPart, OFFENDER, two_inboxes()) > 0);
}

#[test]
fn k28_a_slash_that_does_not_look_takes_a_stake_twice() {
    assert!(refuted(Mutation::SlashTwice, EXACT, two_inboxes()) > 0);
}
