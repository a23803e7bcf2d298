//! Every wrong receipt that submission accepts has a proof, and the prover finds it.

use crate::world::{ENGINE, World, base, item, pay, send};
use decex_bundle::{Fault, Illegal, Item, Verdict};
use decex_core::codec::BoundedVec;
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_core::schedule::Entry;
use decex_fraud::verify;
use decex_receipt::{Openings, Receipt};
use decex_testkit::ledger::Call;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

/// One change of a receipt or of its openings. Places are taken modulo what is there.
#[derive(Clone, Debug)]
enum Change {
    Verdict(usize, Option<(u32, u8)>),
    Swap(usize, usize),
    Remove(usize),
    Repeat(usize, usize),
    Replace(usize, u16, u32),
    Trace(usize, u8),
    Shift(usize),
    State(u8),
    Fees(u8, u64),
    Outbox(u8),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0_usize..16, proptest::option::of((0_u32..8, 0_u8..5))).prop_map(|(a, b)| Change::Verdict(a, b)),
        (0_usize..16, 0_usize..16).prop_map(|(a, b)| Change::Swap(a, b)),
        (0_usize..16).prop_map(Change::Remove),
        (0_usize..16, 0_usize..16).prop_map(|(a, b)| Change::Repeat(a, b)),
        (0_usize..16, 0_u16..8, 0_u32..8).prop_map(|(a, b, c)| Change::Replace(a, b, c)),
        (0_usize..16, any::<u8>()).prop_map(|(a, b)| Change::Trace(a, b)),
        (0_usize..16).prop_map(Change::Shift),
        any::<u8>().prop_map(Change::State),
        (0_u8..3, any::<u64>()).prop_map(|(a, b)| Change::Fees(a, b)),
        any::<u8>().prop_map(Change::Outbox),
    ]
}

fn rule(index: u8) -> Illegal {
    [
        Illegal::Malformed,
        Illegal::Signature,
        Illegal::Claim,
        Illegal::Nonce,
        Illegal::Fees,
    ][usize::from(index)]
}

fn apply(change: &Change, receipt: &mut Receipt, openings: &mut Openings) {
    let (mut entries, mut trace) = (openings.schedule.to_vec(), openings.trace.to_vec());
    let (count, steps) = (entries.len().max(1), trace.len().max(1));
    match change {
        Change::Verdict(bundle, fault) => {
            let mut verdicts = receipt.verdicts.to_vec();
            let bundles = verdicts.len().max(1);
            if let Some(verdict) = verdicts.get_mut(bundle % bundles) {
                *verdict = fault.map_or(Verdict::Valid, |(index, broken)| {
                    Verdict::Invalid(Fault {
                        index,
                        rule: rule(broken),
                    })
                });
            }
            receipt.verdicts = BoundedVec::new(verdicts).unwrap();
        }
        _ if entries.is_empty() => {}
        Change::Swap(a, b) => entries.swap(a % count, b % count),
        Change::Remove(at) => drop(entries.remove(at % count)),
        Change::Repeat(from, to) => entries.insert(to % count, entries[from % count]),
        Change::Replace(at, bundle, leaf) => {
            entries[at % count] = Entry {
                bundle: *bundle,
                leaf: *leaf,
            };
        }
        Change::Trace(at, byte) => trace[at % steps] = StateRoot(Digest([*byte; 32])),
        Change::Shift(at) => drop(trace.remove(at % steps)),
        Change::State(byte) => receipt.state = StateRoot(Digest([*byte; 32])),
        Change::Fees(0, amount) => receipt.effects.fees.execution = Balance((*amount).into()),
        Change::Fees(1, amount) => receipt.effects.fees.storage = Balance((*amount).into()),
        Change::Fees(_, amount) => receipt.effects.fees.burned = Balance((*amount).into()),
        Change::Outbox(byte) => receipt.effects.outbox = ListRoot(Digest([*byte; 32])),
    }
    openings.schedule = BoundedVec::new(entries).unwrap();
    openings.trace = BoundedVec::new(trace).unwrap();
}

/// Returns whether submission accepts the changed receipt; if so, checks that it is right or has a proof.
fn wrong_or_proven(world: &mut World, changes: &[Change]) -> bool {
    let (receipt, openings) = world.consistent(|receipt, openings| {
        changes.iter().for_each(|change| apply(change, receipt, openings));
    });
    let Some(claim) = world.submitted(&receipt, &openings) else {
        return false;
    };
    let proof = world.prove(&claim, &openings);
    if receipt == world.right.receipt {
        assert_eq!(proof, None);
    } else {
        let _ = verify(&ENGINE, &claim, &proof.expect("every wrong receipt has a proof")).unwrap();
    }
    true
}

/// A transaction picked by numbers; most are legal.
fn picked((from, nonce, kind, spoil): (u8, u64, u8, u8)) -> Item {
    let call = match kind {
        0 => send(5, &[]),
        1 => send(0, &[from]),
        2 => Call::Write {
            first: nonce,
            count: 4,
            value: nonce,
        },
        3 => Call::Write {
            first: 50,
            count: 60,
            value: 1,
        },
        4 => Call::Fail,
        _ => return pay(from, nonce, 2),
    };
    let mut item = item(from, nonce, call);
    match spoil {
        0 => item.bytes = BoundedVec::new(vec![from; 20]).unwrap(),
        1 => item.weight.0 += 1,
        2 => item.nonce.0 += 1,
        _ => {}
    }
    item
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn every_wrong_receipt_has_a_proof(changes in proptest::collection::vec(change(), 1..4)) {
        wrong_or_proven(&mut World::new(), &changes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn in_any_block(
        bodies in proptest::collection::vec(
            (any::<bool>(), proptest::collection::vec((1_u8..12, 0_u64..4, 0_u8..9, 0_u8..40), 1..8)),
            0..5,
        ),
        changes in proptest::collection::vec(proptest::collection::vec(change(), 1..3), 6),
    ) {
        let mut world = World::of(|past| {
            let bundle = |(new, body): &(bool, Vec<_>)| {
                let mut items: Vec<Item> = body.iter().map(|pick| picked(*pick)).collect();
                items.sort_by_key(|item| item.compute_summary().body_key());
                items.dedup_by_key(|item| item.compute_summary().body_key());
                (base(&past[usize::from(*new)].0), items)
            };
            bodies.iter().map(bundle).collect()
        });
        // The right receipt is accepted and has no proof.
        let (claim, openings) = (world.right_claim(), world.right.openings.clone());
        prop_assert_eq!(world.prove(&claim, &openings), None);
        for changes in &changes {
            wrong_or_proven(&mut world, changes);
        }
    }
}

#[test]
fn most_changes_pass_submission() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let accepted = (0..200).filter(|_| {
        let change = change().new_tree(&mut runner).unwrap().current();
        wrong_or_proven(&mut World::new(), &[change])
    });
    let accepted = accepted.count();
    assert!(accepted > 120, "{accepted} of 200: the property would say little");
}
