//! The default state commitment against a map and a root computed the naive way; witnesses against the full state.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "test code"
)]

use decex_core::hash::{Digest, Hash};
use decex_core::label;
use decex_core::state::{
    Changes, CompactTree, MemoryTree, ProvableTree, ReadError, StateCommitment, StateKey, StateTree,
};
use decex_core::{StateRoot, state::Value};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

type Model = BTreeMap<StateKey, Value>;

/// The definition of the commitment, written for reading.
fn naive(entries: &[(StateKey, Value)], depth: usize) -> Digest {
    match entries {
        [] => Digest::ZERO,
        [(key, value)] => {
            let value = Hash::new(&label::STATE_VALUE).chain(value).finish();
            let mut leaf = Hash::new(&label::STATE_LEAF).chain(key.0).chain(value).finish();
            leaf.0[0] |= 0x80;
            leaf
        }
        _ => {
            let one = |(key, _): &(StateKey, Value)| key.0.0[depth / 8] >> (7 - depth % 8) & 1 == 1;
            let (ones, zeros): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(one);
            let (left, right) = (naive(&zeros, depth + 1), naive(&ones, depth + 1));
            let mut node = Hash::new(&label::STATE_NODE).chain(left).chain(right).finish();
            node.0[0] &= 0x7f;
            node
        }
    }
}

fn naive_root(model: &Model) -> StateRoot {
    StateRoot(naive(&model.clone().into_iter().collect::<Vec<_>>(), 0))
}

fn apply(model: &mut Model, changes: &Changes) {
    for (key, value) in changes {
        match value {
            Some(value) => model.insert(*key, value.clone()),
            None => model.remove(key),
        };
    }
}

fn tree_of(model: &Model) -> MemoryTree {
    let mut tree = MemoryTree::new();
    tree.update(
        &model
            .iter()
            .map(|(key, value)| (*key, Some(value.clone())))
            .collect(),
    )
    .unwrap();
    tree
}

/// Keys that collide often: few distinct ones, in clusters with long common prefixes.
fn key() -> impl Strategy<Value = StateKey> {
    prop_oneof![
        3 => any::<u8>().prop_map(|first| {
            let mut key = [0; 32];
            key[0] = first & 0xf3;
            StateKey(Digest(key))
        }),
        1 => any::<[u8; 32]>().prop_map(|key| StateKey(Digest(key))),
        2 => (0_usize..256).prop_map(|place| {
            let mut key = [0; 32];
            key[place / 8] = 0x80 >> (place % 8);
            StateKey(Digest(key))
        }),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![vec(any::<u8>(), 0..80), vec(any::<u8>(), 1000..3000)].prop_map(Value::from)
}

fn changes() -> impl Strategy<Value = Changes> {
    btree_map(key(), proptest::option::weighted(0.6, value()), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_tree_is_a_map_under_its_root(batches in vec(changes(), 1..6)) {
        let (mut tree, mut model) = (MemoryTree::new(), Model::new());
        for changes in batches {
            apply(&mut model, &changes);
            let root = tree.update(&changes).unwrap();
            prop_assert_eq!(root, naive_root(&model));
            prop_assert_eq!(root, tree.root());
            prop_assert_eq!(tree.iter().collect::<Vec<_>>(), model.clone().into_iter().collect::<Vec<_>>());
            prop_assert_eq!(tree.len(), model.len());
            for key in changes.keys() {
                prop_assert_eq!(tree.get(key).unwrap(), model.get(key).cloned());
            }
        }
    }

    #[test]
    fn the_order_of_changes_does_not_matter(changes in changes(), order in any::<u64>()) {
        let mut keys: Vec<_> = changes.iter().collect();
        keys.sort_by_key(|(key, _)| Hash::new(&label::TRACE).chain(order.to_le_bytes()).chain(key.0).finish());
        let mut one_by_one = MemoryTree::new();
        for (key, value) in keys {
            one_by_one.update(&Changes::from([(*key, value.clone())])).unwrap();
        }
        let mut at_once = MemoryTree::new();
        at_once.update(&changes).unwrap();
        prop_assert_eq!(one_by_one.root(), at_once.root());
    }

    #[test]
    fn w3_a_witness_answers_and_updates_as_the_full_state(
        first in changes(),
        keys in btree_set(key(), 0..20),
        batches in vec(changes(), 1..4),
    ) {
        let mut full = MemoryTree::new();
        full.update(&first).unwrap();
        let keys: BTreeSet<StateKey> = keys.into_iter().chain(first.keys().copied().step_by(3)).collect();
        let witness = full.prove(&keys).unwrap();
        let mut opened = CompactTree.open(&full.root(), &witness).unwrap();
        prop_assert_eq!(opened.root(), full.root());
        for changes in batches {
            for key in &keys {
                prop_assert_eq!(opened.get(key), full.get(key));
            }
            let covered: Changes = changes.into_iter().enumerate()
                .map(|(i, (key, value))| (keys.iter().nth(i).copied().unwrap_or(key), value))
                .filter(|(key, _)| keys.contains(key))
                .collect();
            prop_assert_eq!(opened.update(&covered), full.update(&covered));
            prop_assert_eq!(opened.root(), full.root());
        }
    }

    #[test]
    fn a_key_outside_the_claims_is_never_absent(first in changes(), keys in btree_set(key(), 1..10), asked in vec(key(), 1..10)) {
        let mut full = MemoryTree::new();
        full.update(&first).unwrap();
        for removed in &keys {
            let mut fewer = keys.clone();
            fewer.remove(removed);
            let witness = full.prove(&fewer).unwrap();
            let mut opened = CompactTree.open(&full.root(), &witness).unwrap();
            for key in asked.iter().chain([removed]).filter(|key| !fewer.contains(key)) {
                prop_assert_eq!(opened.get(key), Err(ReadError::IncompleteWitness));
                // Refused as a whole: the covered part of the batch is not applied either.
                let mut batch: Changes = fewer.iter().map(|key| (*key, Some(Value::from_static(b"new")))).collect();
                batch.insert(*key, None);
                prop_assert_eq!(opened.update(&batch), Err(ReadError::IncompleteWitness));
                prop_assert_eq!(opened.root(), full.root());
                for covered in &fewer {
                    prop_assert_eq!(opened.get(covered), full.get(covered));
                }
            }
        }
    }
}

#[test]
fn the_empty_tree_has_the_empty_root() {
    assert_eq!(MemoryTree::new().root(), CompactTree.empty_root());
    let mut tree = tree_of(&Model::from([(StateKey::default(), Value::new())]));
    assert_ne!(tree.root(), CompactTree.empty_root());
    assert_eq!(
        tree.update(&Changes::from([(StateKey::default(), None)])),
        Ok(CompactTree.empty_root())
    );
    assert!(tree.is_empty());
}
