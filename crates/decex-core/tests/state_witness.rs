//! What the opening of a witness refuses, rule by rule, and a run over mutated witnesses.
#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "test code"
)]

mod mutation;

use decex_core::StateRoot;
use decex_core::hash::{Digest, Hash, digest};
use decex_core::label;
use decex_core::state::{
    Changes, CompactTree, InvalidWitness, MAX_WITNESS_BYTES, MemoryTree, ProvableTree, StateCommitment,
    StateKey, StateTree, Value,
};
use mutation::Parts;
use std::collections::BTreeSet;

fn leaf(key: &[u8; 32], value: &[u8]) -> Digest {
    let mut leaf = Hash::new(&label::STATE_LEAF)
        .chain(key)
        .chain(digest(&label::STATE_VALUE, value))
        .finish();
    leaf.0[0] |= 0x80;
    leaf
}

fn inner(left: Digest, right: Digest) -> Digest {
    let mut node = Hash::new(&label::STATE_NODE).chain(left).chain(right).finish();
    node.0[0] &= 0x7f;
    node
}

fn open(root: Digest, witness: &[u8]) -> Result<(), InvalidWitness> {
    CompactTree.open(&StateRoot(root), witness).map(drop)
}

/// A key that starts with these bits.
fn key(bits: &str) -> [u8; 32] {
    let mut key = [0; 32];
    bits.bytes()
        .enumerate()
        .for_each(|(i, bit)| key[i / 8] |= (bit - b'0') << (7 - i % 8));
    key
}

fn shape(bits: &str) -> Vec<bool> {
    bits.bytes().map(|bit| bit == b'1').collect()
}

/// Two leaves, `00…` = `a` and `01…` = `b`, with the first claimed: the honest witness and its root.
fn two_leaves() -> (Digest, Parts) {
    let (a, b) = (leaf(&key("00"), b"a"), leaf(&key("01"), b"b"));
    let parts = Parts {
        keys: vec![key("00")],
        present: vec![true],
        values: vec![b"a".to_vec()],
        shape: shape("110110"),
        digests: vec![b.0],
    };
    (inner(inner(a, b), Digest::ZERO), parts)
}

fn refused(root: Digest, parts: &Parts) {
    assert_eq!(
        open(root, &parts.encode()),
        Err(InvalidWitness::Malformed),
        "{parts:?}"
    );
}

#[test]
fn w1_a_witness_over_the_limit_is_not_looked_at() {
    assert_eq!(
        open(Digest::ZERO, &vec![0; MAX_WITNESS_BYTES + 1]),
        Err(InvalidWitness::TooLong)
    );
    assert_eq!(
        open(Digest::ZERO, &vec![0; MAX_WITNESS_BYTES]),
        Err(InvalidWitness::Malformed)
    );
}

#[test]
fn w1_a_witness_of_the_limit_opens() {
    let mut value = vec![7; MAX_WITNESS_BYTES - 32 - 1 - 4 - 1 - 2];
    let mut tree = MemoryTree::new();
    let mut witness = Vec::new();
    for _ in 0..2 {
        tree.update(&Changes::from([(
            StateKey::default(),
            Some(Value::from(value.clone())),
        )]))
        .unwrap();
        witness = tree.prove(&BTreeSet::from([StateKey::default()])).unwrap();
        value.resize(value.len() + MAX_WITNESS_BYTES - witness.len(), 7);
    }
    assert_eq!(witness.len(), MAX_WITNESS_BYTES);
    assert_eq!(open(tree.root().0, &witness), Ok(()));
}

#[test]
fn w2_the_honest_encoding_is_the_only_one() {
    let (root, parts) = two_leaves();
    assert_eq!(open(root, &parts.encode()), Ok(()));
    let mut tree = MemoryTree::new();
    let entries = [("00", "a"), ("01", "b")];
    tree.update(
        &entries
            .map(|(at, value)| {
                (
                    StateKey(Digest(key(at))),
                    Some(Value::from_static(value.as_bytes())),
                )
            })
            .into(),
    )
    .unwrap();
    assert_eq!(tree.root().0, root);
    assert_eq!(
        tree.prove(&BTreeSet::from([StateKey(Digest(key("00")))]))
            .unwrap(),
        parts.encode()
    );
}

#[test]
fn w2_every_truncation_and_anything_after_the_end_is_refused() {
    let (root, parts) = two_leaves();
    let witness = parts.encode();
    for length in 0..witness.len() {
        assert_eq!(
            open(root, &witness[..length]),
            Err(InvalidWitness::Malformed),
            "{length}"
        );
    }
    assert_eq!(
        open(root, &[&witness[..], &[0]].concat()),
        Err(InvalidWitness::Malformed)
    );
    refused(
        root,
        &Parts {
            digests: [parts.digests.clone(), vec![[1; 32]]].concat(),
            ..parts
        },
    );
}

#[test]
fn w2_unused_bits_are_zero() {
    let (root, parts) = two_leaves();
    for unused in 6..8 {
        let mut other = parts.clone();
        other.shape.resize(8, false);
        other.shape[unused] = true;
        refused(root, &other);
    }
    // A byte of the shape that nothing reads.
    refused(
        root,
        &Parts {
            shape: [parts.shape.clone(), vec![false; 8]].concat(),
            ..parts.clone()
        },
    );
    for unused in 1..8 {
        let mut other = parts.clone();
        other.present.resize(8, false);
        other.present[unused] = true;
        refused(root, &other);
    }
}

#[test]
fn w2_lengths_are_minimal() {
    let (root, parts) = two_leaves();
    let mut witness = parts.encode();
    // The count 1 as a two-byte compact integer.
    witness.splice(..1, [0b101, 0]);
    assert_eq!(open(root, &witness), Err(InvalidWitness::Malformed));
}

#[test]
fn w2_claims_ascend_strictly() {
    let (a, b) = (leaf(&key("00"), b"a"), leaf(&key("01"), b"b"));
    let parts = Parts {
        keys: vec![key("00"), key("01")],
        present: vec![true, true],
        values: vec![b"a".to_vec(), b"b".to_vec()],
        shape: shape("1101010"),
        digests: vec![],
    };
    let root = inner(inner(a, b), Digest::ZERO);
    assert_eq!(open(root, &parts.encode()), Ok(()));
    let mut other = parts.clone();
    other.keys.reverse();
    other.values.reverse();
    refused(root, &other);
    // Twice the same absent key.
    let parts = |count: usize| Parts {
        keys: vec![key("1"); count],
        present: vec![false; count],
        shape: shape("1100"),
        digests: vec![inner(a, b).0],
        ..Parts::default()
    };
    assert_eq!(open(root, &parts(1).encode()), Ok(()));
    refused(root, &parts(2));
}

#[test]
fn w2_an_empty_node_is_not_given_as_a_digest() {
    let (root, parts) = two_leaves();
    let mut other = parts;
    *other.shape.last_mut().unwrap() = true;
    other.digests.push([0; 32]);
    refused(root, &other);
}

#[test]
fn w2_a_node_that_would_have_collapsed_is_refused() {
    let a = leaf(&key("00"), b"a");
    // A claimed leaf, and a pruned one, alone below an inner node.
    let claimed = Parts {
        keys: vec![key("00")],
        present: vec![true],
        values: vec![b"a".to_vec()],
        shape: shape("1010"),
        digests: vec![],
    };
    refused(inner(a, Digest::ZERO), &claimed);
    let pruned = Parts {
        keys: vec![key("1")],
        present: vec![false],
        shape: shape("1100"),
        digests: vec![a.0],
        ..Parts::default()
    };
    refused(inner(a, Digest::ZERO), &pruned);
    // An inner node without anything below.
    let empty = Parts {
        keys: vec![key("1")],
        present: vec![false],
        shape: shape("1000"),
        ..Parts::default()
    };
    refused(inner(Digest::ZERO, Digest::ZERO), &empty);
    // With an inner node below, it stands.
    let below = inner(a, leaf(&key("01"), b"b"));
    let stands = Parts {
        keys: vec![key("1")],
        present: vec![false],
        shape: shape("1100"),
        digests: vec![below.0],
        ..Parts::default()
    };
    assert_eq!(open(inner(below, Digest::ZERO), &stands.encode()), Ok(()));
}

#[test]
fn w2_another_leaf_shows_absence_only_on_the_path_of_its_key() {
    let value = digest(&label::STATE_VALUE, b"a").0;
    let absent = |at: &str, other: [u8; 32]| Parts {
        keys: vec![key(at)],
        present: vec![false],
        shape: shape("1011"),
        digests: vec![other, value, [0x11; 32]],
        ..Parts::default()
    };
    let root = |other: &[u8; 32]| inner(leaf(other, b"a"), Digest([0x11; 32]));
    assert_eq!(open(root(&key("01")), &absent("001", key("01")).encode()), Ok(()));
    // On the other side of the root.
    refused(root(&key("10")), &absent("001", key("10")));
    // The leaf of the very key.
    refused(root(&key("001")), &absent("001", key("001")));
}

#[test]
fn w2_a_present_claim_is_where_its_leaf_is() {
    // Below an empty node.
    let nothing = Parts {
        keys: vec![key("1")],
        present: vec![true],
        values: vec![b"a".to_vec()],
        shape: shape("00"),
        digests: vec![],
    };
    refused(Digest::ZERO, &nothing);
    // Two in one leaf.
    let two = Parts {
        keys: vec![key("00"), key("01")],
        present: vec![true, true],
        values: vec![b"a".to_vec(), b"b".to_vec()],
        shape: shape("01"),
        digests: vec![],
    };
    refused(
        inner(
            inner(leaf(&key("00"), b"a"), leaf(&key("01"), b"b")),
            Digest::ZERO,
        ),
        &two,
    );
}

#[test]
fn w2_a_path_ends_with_its_key() {
    let deepest = |levels: usize| {
        let mut node = inner(leaf(&key(""), b"a"), Digest([0x11; 32]));
        let mut parts = Parts {
            keys: vec![key("")],
            present: vec![true],
            values: vec![b"a".to_vec()],
            ..Parts::default()
        };
        parts.shape = [
            vec![true; levels],
            vec![false, true, true],
            vec![false; levels - 1],
        ]
        .concat();
        parts.digests = vec![[0x11; 32]];
        (1..levels).for_each(|_| node = inner(node, Digest::ZERO));
        (node, parts)
    };
    let (root, parts) = deepest(256);
    assert_eq!(open(root, &parts.encode()), Ok(()));
    let (root, parts) = deepest(257);
    refused(root, &parts);
}

#[test]
fn w3_another_root_is_refused() {
    let (root, parts) = two_leaves();
    let mut other = root;
    other.0[31] ^= 1;
    assert_eq!(open(other, &parts.encode()), Err(InvalidWitness::Root));
    let mut lie = parts;
    lie.values[0] = b"A".to_vec();
    assert_eq!(open(root, &lie.encode()), Err(InvalidWitness::Root));
}

#[test]
fn a_deletion_collapses_beside_a_leaf_of_which_only_the_hash_is_shown() {
    let (root, parts) = two_leaves();
    let mut opened = CompactTree.open(&StateRoot(root), &parts.encode()).unwrap();
    let after = opened
        .update(&Changes::from([(StateKey(Digest(key("00"))), None)]))
        .unwrap();
    assert_eq!(after.0, leaf(&key("01"), b"b"));
}

#[test]
fn no_mutated_witness_tells_a_lie() {
    let outcome = mutation::run(20_000, 1);
    assert_eq!(
        (outcome.false_statements, outcome.second_encodings),
        (0, 0),
        "{outcome:?}"
    );
    // The run means something only if mutants reach every check.
    assert!(
        outcome.other_root > 1_000 && outcome.malformed > 1_000 && outcome.honest > 10,
        "{outcome:?}"
    );
}
