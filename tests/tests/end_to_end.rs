//! From a user's key to a confirmed receipt, and what happens to a lie on the way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

use decex_bundle::{Draft, seal_bundle};
use decex_consensus::Event;
use decex_core::message::{ChannelId, PartyId};
use decex_core::{Balance, BoundedVec, ConsensusNumber, DomainId, DomainNumber, OperatorId};
use decex_operator::Notice;
use decex_receipt::{Bundle, Submission};
use decex_testkit::ledger::Call;
use decex_testkit::mutant::{Mutant, mutate};
use decex_tests::world::{STAKE, World, operator_keypair, params, transaction, user};

fn transfer(from: usize, nonce: u64, to: usize, amount: u128) -> Vec<u8> {
    transaction(
        from,
        nonce,
        Call::Transfer {
            to: user(to),
            amount: Balance(amount),
        },
    )
}

fn feed(world: &mut World, nonce: u64) {
    for from in 0..6 {
        world.send(&transfer(from, nonce, from + 10, 5));
    }
    world.send(&transaction(
        6,
        nonce,
        Call::Send {
            channel: ChannelId(7),
            to: PartyId::default(),
            value: Balance(3),
            deadline: ConsensusNumber(u64::MAX),
            data: BoundedVec::default(),
        },
    ));
    world.send(&transaction(7, nonce, Call::Fail));
}

#[test]
fn a_transaction_reaches_a_confirmed_receipt() {
    let mut world = World::new(3, params());
    feed(&mut world, 0);
    let logs = world.run(40);
    let confirmed = logs
        .iter()
        .flat_map(|log| &log.events)
        .filter(|event| matches!(event, Event::ReceiptConfirmed { .. }));
    assert!(confirmed.count() >= 1);
    let refused: Vec<_> = logs.iter().flat_map(|log| &log.refused).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let (head, confirmed) = world.heads();
    assert_eq!(head, confirmed, "an idle domain comes to rest, all confirmed");
    assert!(head >= DomainNumber(1));
    assert!(world.operators.iter().all(|operator| operator.pool().is_empty()));
}

/// Operator 2 lies in the first receipt that it can tell this lie of, and goes on lying on top of it.
fn liar(world: &World, bundle: Bundle, mutant: Mutant, told: &mut Option<DomainNumber>) -> Bundle {
    let mut submissions: Vec<Submission> = Vec::new();
    for submission in &bundle.receipts {
        let mut receipt = submission.receipt.clone();
        let mut openings = submission.openings.clone();
        if let Some(parent) = submissions.last() {
            receipt.parent = parent.receipt.compute_hash();
        }
        if told.is_none() {
            let inbox = world.chain.inbox(world.domain, receipt.number).unwrap().unwrap();
            if let Some((lie, opened)) = mutate(
                mutant,
                &receipt,
                openings.as_ref().unwrap(),
                &inbox,
                &world.params,
            ) {
                *told = Some(receipt.number);
                (receipt, openings) = (lie, Some(opened));
            }
        }
        submissions.push(Submission { receipt, openings });
    }
    let header = &bundle.header.header;
    let base = submissions
        .last()
        .map_or(header.base, |last| last.receipt.compute_hash());
    let draft = Draft {
        domain: header.domain,
        operator: header.operator,
        election: header.election,
        base,
    };
    let items = bundle.body.clone().into_inner();
    let record = NoRecord;
    seal_bundle(&record, &operator_keypair(2), &draft, submissions, items)
        .unwrap()
        .into_bundle()
}

/// A liar keeps no record of what it sealed.
struct NoRecord;

impl decex_core::Host for NoRecord {
    type Error = core::convert::Infallible;
}

impl decex_bundle::SealingRecord for NoRecord {
    fn has_sealed(
        &self,
        _: DomainId,
        _: OperatorId,
        _: decex_core::Window,
    ) -> Result<Option<decex_core::HeaderHash>, Self::Error> {
        Ok(None)
    }
}

/// Runs until the lie is told, refuted and its teller slashed, and the right receipts are confirmed.
fn lie_is_caught(mutant: Mutant) {
    let mut world = World::new(3, params());
    let total = world.chain.host().total();
    let mut told = None;
    let mut logs = Vec::new();
    for block in 0..120 {
        if block < 60 && block % 3 == 0 {
            feed(&mut world, block / 3);
        }
        let before = told;
        logs.push(world.step(&mut |world, index, bundle| {
            let lies = index == 2 && told.is_none() && !bundle.receipts.is_empty();
            Some(if lies {
                liar(world, bundle, mutant, &mut told)
            } else {
                bundle
            })
        }));
        // Somebody was faster with a right receipt: the lie is to be told again.
        if logs.last().is_some_and(|log| !log.refused.is_empty()) {
            told = before;
        }
    }
    let number = told.expect("the lie was told");
    let events: Vec<&Event> = logs.iter().flat_map(|log| &log.events).collect();
    let removed = events.iter().find_map(|event| match event {
        Event::ReceiptsRemoved { from, .. } => Some(*from),
        _ => None,
    });
    assert_eq!(removed, Some(number), "{mutant:?} is refuted");
    let slashed: Vec<OperatorId> = events
        .iter()
        .filter_map(|event| match event {
            Event::OperatorSlashed { operator, amount, .. } => {
                assert!(*amount >= STAKE, "and what is left of the fund");
                Some(*operator)
            }
            _ => None,
        })
        .collect();
    assert_eq!(slashed, [OperatorId(2)], "{mutant:?}: exactly the liar");
    let (head, confirmed) = world.heads();
    assert!(
        confirmed >= number && head >= confirmed,
        "{mutant:?}: the right receipts are confirmed"
    );
    for number in 1..=confirmed.0 {
        let number = DomainNumber(number);
        let own = world.operators[0]
            .receipt(number)
            .map(decex_receipt::Receipt::compute_hash);
        let on_chain = world.chain.hash_at(world.domain, number).unwrap();
        assert!(own.is_none() || on_chain.is_none() || own == on_chain);
    }
    assert_eq!(
        world.chain.host().total(),
        total,
        "value is neither made nor lost"
    );
    assert!(world.at_stake(2) == Balance::ZERO);
    assert!(
        logs.iter()
            .flat_map(|log| &log.notices)
            .any(|(index, notice)| { *index != 2 && matches!(notice, Notice::Refuted { .. }) })
    );
}

#[test]
fn a_wrong_state_is_refuted_in_every_phase() {
    lie_is_caught(Mutant::TraceFrom(0)); // begin
    lie_is_caught(Mutant::TraceFrom(2)); // apply
    lie_is_caught(Mutant::TraceEntry(1));
}

#[test]
fn wrong_effects_are_refuted() {
    for mutant in [
        Mutant::ExecutionFees,
        Mutant::StorageFees,
        Mutant::Burned,
        Mutant::Outbox,
    ] {
        lie_is_caught(mutant);
    }
}

#[test]
fn a_wrong_schedule_is_refuted() {
    for mutant in [Mutant::Swap(0), Mutant::Omit(1), Mutant::Repeat(0)] {
        lie_is_caught(mutant);
    }
}

#[test]
fn a_falsely_rejected_bundle_is_refuted() {
    use decex_bundle::Illegal;
    for rule in [
        Illegal::Malformed,
        Illegal::Signature,
        Illegal::Claim,
        Illegal::Nonce,
        Illegal::Fees,
    ] {
        lie_is_caught(Mutant::Reject(0, 0, rule));
    }
}

#[test]
fn a_restart_changes_nothing() {
    let mut steady = World::new(3, params());
    let mut restarted = World::new(3, params());
    for block in 0..30 {
        for world in [&mut steady, &mut restarted] {
            if block % 4 == 0 {
                feed(world, block / 4);
            }
        }
        steady.run(1);
        restarted.run(1);
        let waiting: Vec<Vec<u8>> = restarted.operators[1]
            .pool()
            .iter()
            .map(|item| item.bytes.to_vec())
            .collect();
        restarted.restart(1);
        for bytes in waiting {
            restarted.operators[1].add_transaction(&bytes).unwrap().unwrap();
        }
    }
    assert_eq!(steady.chain.host().store, restarted.chain.host().store);
    assert_eq!(steady.operators[1].head(), restarted.operators[1].head());
}

#[test]
fn operators_follow_a_reorganisation() {
    let mut world = World::new(3, params());
    feed(&mut world, 0);
    world.run(6);
    feed(&mut world, 1);
    world.run(3);
    let before: Vec<_> = world
        .operators
        .iter()
        .map(|operator| operator.head().unwrap())
        .collect();
    world.retract(6);
    world.branch = 1;
    world.run(30);
    let (head, confirmed) = world.heads();
    assert_eq!(head, confirmed);
    let after: Vec<_> = world
        .operators
        .iter()
        .map(|operator| operator.head().unwrap())
        .collect();
    assert_ne!(before, after, "the other branch seeds another order");
    assert!(after.iter().all(|head| *head == after[0]));
    assert!(
        world.operators.iter().all(|operator| operator.pool().is_empty()),
        "retracted transactions came back"
    );
}
