//! The state commitment: whole and partial state answer alike, and a witness shows one state.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

use decex_core::state::{
    Changes, InvalidWitness, ProvableTree, ReadError, StateCommitment, StateKey, StateTree,
};
use decex_core::{Digest, StateRoot};
use decex_proven_ledger::{
    Felt, Holding, LedgerTree, MAX_SUPPLY, RescueCommitment, SLOTS, genesis, key_of_slot,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn holding(balance: u64) -> Holding {
    Holding {
        owner: [Felt::new(1), Felt::new(2), Felt::new(3)],
        nonce: Felt::new(4),
        balance: Felt::new(balance),
    }
}

fn changes(slots: &[(u16, u64)]) -> Changes {
    let value = |balance| match balance {
        0 => None,
        balance => holding(balance).to_value(),
    };
    slots
        .iter()
        .map(|(slot, balance)| (key_of_slot(*slot), value(*balance)))
        .collect()
}

fn keys(slots: &[u16]) -> BTreeSet<StateKey> {
    slots.iter().map(|slot| key_of_slot(*slot)).collect()
}

fn tree(slots: &[(u16, u64)]) -> LedgerTree {
    let mut tree = LedgerTree::new();
    tree.update(&changes(slots)).unwrap();
    tree
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_witness_answers_and_changes_like_the_whole_state(
        before in prop::collection::btree_map(0..SLOTS, 0..5_u64, 0..6),
        touched in prop::collection::btree_map(0..SLOTS, 0..5_u64, 0..6),
    ) {
        let before: Vec<_> = before.into_iter().collect();
        let mut whole = tree(&before);
        // Some of what is there, some of what is not.
        let mut after: Vec<_> = touched.into_iter().collect();
        after.extend(before.iter().take(2).map(|(slot, balance)| (*slot, balance + 1)));
        let slots: Vec<u16> = after.iter().map(|(slot, _)| *slot).collect();
        let witness = whole.prove(&keys(&slots)).unwrap();
        let mut part = RescueCommitment.open(&whole.root(), &witness).unwrap();
        for slot in &slots {
            let key = key_of_slot(*slot);
            prop_assert_eq!(part.get(&key), whole.get(&key));
        }
        let changes = changes(&after);
        prop_assert_eq!(part.update(&changes), whole.update(&changes));
        prop_assert_eq!(part.root(), whole.root());
    }
}

#[test]
fn emptying_a_slot_leads_back() {
    let mut tree = tree(&[(3, 7)]);
    tree.update(&changes(&[(3, 0)])).unwrap();
    assert_eq!(tree.root(), RescueCommitment.empty_root());
    assert_eq!(tree.get(&key_of_slot(3)), Ok(None));
}

#[test]
fn what_is_not_covered_is_never_absent() {
    let whole = tree(&[(3, 7), (9, 8)]);
    let witness = whole.prove(&keys(&[3])).unwrap();
    let mut part = RescueCommitment.open(&whole.root(), &witness).unwrap();
    assert_eq!(part.get(&key_of_slot(9)), Err(ReadError::IncompleteWitness));
    let root = part.root();
    let refused = part.update(&changes(&[(3, 1), (9, 1)]));
    assert_eq!((refused, part.root()), (Err(ReadError::IncompleteWitness), root));
}

#[test]
fn w2_w3_other_witnesses_are_refused() {
    let whole = tree(&[(3, 7), (9, 8)]);
    let witness = whole.prove(&keys(&[3, 9])).unwrap();
    let open = |bytes: &[u8], root| RescueCommitment.open(&root, bytes).map(drop);
    assert_eq!(open(&witness, whole.root()), Ok(()));
    assert_eq!(open(&witness, tree(&[(3, 7)]).root()), Err(InvalidWitness::Root));
    let no_root = StateRoot(Digest([0xff; 32]));
    assert_eq!(open(&witness, no_root), Err(InvalidWitness::Root));
    for length in 0..witness.len() {
        assert_eq!(
            open(&witness[..length], whole.root()),
            Err(InvalidWitness::Malformed)
        );
    }
    for place in 0..witness.len() {
        let mut forged = witness.clone();
        forged[place] ^= 1;
        assert!(open(&forged, whole.root()).is_err(), "{place}");
    }
    let long = vec![0; 4 * 1024 * 1024 + 1];
    assert_eq!(open(&long, whole.root()), Err(InvalidWitness::TooLong));
}

#[test]
fn values_have_one_encoding() {
    let zeros = vec![0; 40];
    assert_eq!(Holding::from_value(Some(&zeros)), None);
    let mut large = holding(1).to_value().unwrap().to_vec();
    large[32..].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(Holding::from_value(Some(&large)), None);
    let mut tree = LedgerTree::new();
    let refused = tree.update(&[(key_of_slot(1), Some(zeros.into()))].into());
    assert_eq!(refused, Err(ReadError::IncompleteWitness));
    let refused = tree.update(&[(StateKey(Digest([1; 32])), None)].into());
    assert_eq!(refused, Err(ReadError::IncompleteWitness));
    assert_eq!(tree.get(&StateKey(Digest([1; 32]))), Ok(None));
}

#[test]
fn a_genesis_holds_less_than_the_field() {
    let key = [1; 32];
    assert!(genesis(&[(key, MAX_SUPPLY - 1)]).is_some());
    assert!(genesis(&[(key, MAX_SUPPLY - 1), (key, 1)]).is_none());
    assert!(genesis(&[(key, u64::MAX), (key, 1)]).is_none());
    assert!(genesis(&vec![(key, 0); usize::from(SLOTS) + 1]).is_none());
}
