//! The cases of the rules R1 to R16, R26 and R33.

use super::view::{DOMAIN, View};
use crate::vectors::Draft;
use crate::vectors::common::named;
use crate::vectors::json::scale;
use decex_bundle::{Fault, Illegal, Verdict};
use decex_core::{
    BoundedVec, ConsensusHash, DomainNumber, OperatorId, ReceiptHash, RuleSet, Seed, StateRoot,
};
use decex_receipt::decex_shuffle::Entry;
use decex_receipt::{Openings, Receipt, Submission};
use serde_json::{Value, json};

pub(super) fn given(view: &View) -> Value {
    view.value_with_params()
}

/// Submitted by operator 1 at consensus block 30.
pub(super) fn when(submission: &Submission) -> Value {
    when_by(submission, 1, 30)
}

fn when_by(submission: &Submission, operator: u64, now: u64) -> Value {
    json!({ "now": now, "operator": operator, "domain": DOMAIN.0, "submission": scale(submission) })
}

pub(super) fn drafts() -> Vec<Draft> {
    [accepted(), held(), backers(), place(), origin(), verdicts()].concat()
}

fn invalid(index: u32) -> Verdict {
    Verdict::Invalid(Fault {
        index,
        rule: Illegal::Nonce,
    })
}

fn accepted() -> Vec<Draft> {
    let view = View::grown(2);
    let one_invalid = view.next_with(&[invalid(1), Verdict::Valid]);
    let none_valid = view.next_with(&[invalid(1), invalid(0)]);
    let case = |name, rules, submission| Draft::accepted(name, rules, given(&view), when(submission));
    let all = "R1 R2 R3 R6 R7 R8 R9 R10 R11 R12 R33 R13 R14 R15 R16 R17 R18 R21 R22 R23 R24 R25";
    vec![
        Draft::accepted(
            "on_genesis",
            all,
            given(&View::new(1)),
            when(&View::new(1).next()),
        ),
        case("on_a_pending_receipt", all, &view.next()),
        case("one_bundle_invalid", "R14 R17 R22", &one_invalid),
        case("no_bundle_valid", "R14 R17 R18", &none_valid),
    ]
}

/// At numbers that the chain holds.
fn held() -> Vec<Draft> {
    let first = View::new(1).next();
    let mut view = View::grown(2);
    view.chain_mut().confirmed = DomainNumber(1);
    let beside = |change: fn(&mut Vec<Entry>, &mut Vec<StateRoot>)| {
        let openings = first.openings.clone().expect("openings");
        let (mut schedule, mut trace) = (openings.schedule.to_vec(), openings.trace.to_vec());
        change(&mut schedule, &mut trace);
        let (schedule, trace) = (BoundedVec::new(schedule), BoundedVec::new(trace));
        let openings = schedule
            .zip(trace)
            .map(|(schedule, trace)| Openings { schedule, trace });
        let receipt = first.receipt.clone();
        when(&Submission { receipt, openings })
    };
    let pending = given(&View::grown(1));
    let mut bare = first.clone();
    bare.openings = None;
    let mut other = first.clone();
    other.receipt.effects.fees.burned.0 += 1;
    let mut genesis = first.clone();
    genesis.receipt.number = DomainNumber(0);
    let mut forgetful = view.clone();
    forgetful.hashes.remove(&DomainNumber(0));
    vec![
        Draft::accepted("the_confirmed_one_again", "R4 R5", given(&view), when(&first)),
        Draft::accepted(
            "a_pending_one_again",
            "R4 R5",
            given(&View::grown(2)),
            when(&first),
        ),
        Draft::accepted(
            "a_pending_one_without_openings",
            "R5 R43",
            pending.clone(),
            when(&bare),
        ),
        Draft::accepted(
            "openings_of_its_length_beside_a_held_one",
            "R43",
            pending.clone(),
            beside(|schedule, _| schedule.reverse()),
        ),
        Draft::refused(
            "more_entries_beside_a_held_one",
            "R43",
            pending.clone(),
            beside(|schedule, _| schedule.push(Entry::default())),
        ),
        Draft::refused(
            "a_longer_trace_beside_a_held_one",
            "R43",
            pending.clone(),
            beside(|_, trace| trace.push(StateRoot::default())),
        ),
        Draft::refused(
            "fewer_entries_beside_a_held_one",
            "R43",
            pending,
            beside(|schedule, _| schedule.clear()),
        ),
        Draft::refused(
            "so_old_that_it_is_forgotten",
            "R4",
            given(&forgetful),
            when(&genesis),
        ),
        Draft::refused(
            "another_where_one_is_pending",
            "R5",
            given(&View::grown(2)),
            when(&other),
        ),
        Draft::refused("another_where_one_is_final", "R5", given(&view), when(&other)),
        Draft::refused("another_genesis", "R5", given(&view), when(&genesis)),
    ]
}

fn backers() -> Vec<Draft> {
    let first = View::new(1).next();
    let view = View::grown(1);
    let backed = |count| {
        let mut view = view.clone();
        for record in view
            .records
            .values_mut()
            .filter(|record| record.receipt.number.0 == 1)
        {
            record.backers = (1..=count).map(OperatorId).collect();
        }
        given(&view)
    };
    let case =
        |name, given, operator, now| Draft::accepted(name, "R26", given, when_by(&first, operator, now));
    vec![
        case("a_second_backer_in_its_block", backed(1), 2, 10),
        case("the_last_backer", backed(63), 64, 10),
        case("no_further_backer_after_64", backed(64), 65, 10),
        case("no_backer_in_a_later_block", backed(1), 2, 11),
        case("nobody_backs_twice", backed(2), 2, 10),
    ]
}

fn place() -> Vec<Draft> {
    let view = View::grown(2);
    let changed = |change: fn(&mut Receipt)| {
        let mut submission = view.next();
        change(&mut submission.receipt);
        when(&submission)
    };
    let refused = |name, rule, change| Draft::refused(name, rule, given(&view), changed(change));
    let mut gone = view.clone();
    gone.chain = None;
    let mut removed = view.clone();
    let second = view.head().head_hash;
    removed.hashes.remove(&DomainNumber(2));
    let first = removed.hashes.get(&DomainNumber(1)).copied().expect("a hash");
    (removed.chain_mut().head, removed.chain_mut().head_hash) = (DomainNumber(1), first);
    let again = Submission {
        receipt: removed.records.get(&second).expect("a record").receipt.clone(),
        openings: None,
    };
    let mut early = view.clone();
    early.inboxes.remove(&DomainNumber(3));
    vec![
        refused("another_version", "R1", |receipt| receipt.version = 2),
        refused("of_another_domain", "R2", |receipt| receipt.domain.0 += 1),
        Draft::refused("no_such_chain", "R3", given(&gone), when(&view.next())),
        Draft::refused("removed_and_not_swept", "R6", given(&removed), when(&again)),
        refused("a_number_too_far", "R7", |receipt| receipt.number.0 += 1),
        refused("the_last_number_of_all", "R7", |receipt| {
            receipt.number.0 = u64::MAX
        }),
        refused("another_parent", "R8", |receipt| {
            receipt.parent = ReceiptHash(named(77))
        }),
        Draft::refused(
            "before_its_inbox_is_closed",
            "R9",
            given(&early),
            when(&view.next()),
        ),
    ]
}

fn origin() -> Vec<Draft> {
    let view = View::grown(0);
    let refused = |name, rule, change: fn(&mut Receipt)| {
        let mut submission = view.next();
        change(&mut submission.receipt);
        Draft::refused(name, rule, given(&view), when(&submission))
    };
    vec![
        refused("under_other_rules", "R10", |receipt| {
            receipt.rules = RuleSet::default()
        }),
        refused("another_consensus_number", "R11", |receipt| {
            receipt.consensus_number.0 += 1
        }),
        refused("another_consensus_hash", "R12", |receipt| {
            receipt.consensus_hash = ConsensusHash(named(77))
        }),
        refused("another_seed", "R33", |receipt| receipt.seed = Seed(named(77))),
    ]
}

fn verdicts() -> Vec<Draft> {
    let view = View::grown(0);
    let mut replaced = view.clone();
    let inbox = replaced.inboxes.get_mut(&DomainNumber(1)).expect("an inbox");
    let mut bundles = inbox.bundles.to_vec();
    if let Some(first) = bundles.first_mut() {
        first.base.hash = ReceiptHash(named(77));
    }
    inbox.bundles = BoundedVec::new(bundles).expect("short");
    let gone = [Verdict::BaseRemoved, Verdict::Valid];
    let refused = |name, rules, view: &View, verdicts: &[Verdict]| {
        Draft::refused(name, rules, given(view), when(&view.next_with(verdicts)))
    };
    vec![
        Draft::accepted(
            "a_removed_base",
            "R15 R16 L0",
            given(&replaced),
            when(&replaced.next_with(&gone)),
        ),
        refused("a_verdict_missing", "R13", &view, &[Verdict::Valid]),
        refused("a_verdict_too_many", "R13", &view, &[Verdict::Valid; 3]),
        refused(
            "blames_no_transaction",
            "R14",
            &view,
            &[invalid(2), Verdict::Valid],
        ),
        refused("base_called_removed", "R15 L0", &view, &gone),
        refused(
            "removed_base_called_valid",
            "R16 L0",
            &replaced,
            &[Verdict::Valid; 2],
        ),
        refused(
            "removed_base_called_invalid",
            "R16 L0",
            &replaced,
            &[invalid(0), Verdict::Valid],
        ),
    ]
}
