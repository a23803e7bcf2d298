//! State witnesses: read and changed like the full tree, or not at all.

use crate::source::Source;
use decex_core::hash::digest;
use decex_core::label;
use decex_core::state::{
    Changes, CompactTree, MAX_VALUE_BYTES, MemoryTree, ProvableTree, ReadError, StateCommitment, StateKey,
    StateTree, Value,
};
use decex_core::{Digest, StateRoot};
use std::collections::BTreeSet;

/// How many different keys a run knows.
const KEYS: u8 = 48;

/// Some keys spread evenly; the others share long paths, as keys never do that engines hash.
fn key(index: u8) -> StateKey {
    let index = index % KEYS;
    if index < KEYS / 2 {
        return StateKey(digest(&label::LEDGER_KEY, &[index]));
    }
    let mut bytes = [0x5a; 32];
    bytes[31 - usize::from(index % 4) * 9] ^= 1 << (index % 8);
    StateKey(Digest(bytes))
}

fn changes(source: &mut Source<'_>) -> Changes {
    (0..source.below(24))
        .map(|_| {
            let (key, value) = (key(source.byte()), source.byte());
            let value = (value % 4 > 0).then(|| Value::from(vec![value; usize::from(value % 70)]));
            (key, value)
        })
        .collect()
}

/// Fills a tree, opens a witness of some keys, changed or not, and compares it with the tree.
pub(crate) fn state_witness(data: &[u8]) {
    let mut source = Source::new(data);
    let mut tree = MemoryTree::new();
    tree.update(&changes(&mut source)).unwrap();
    let covered: BTreeSet<StateKey> = (0..source.below(12)).map(|_| key(source.byte())).collect();
    let honest = tree.prove(&covered).unwrap();
    check_honest(&tree, &covered, &honest);
    let update = changes(&mut source);
    let mut witness = honest.clone();
    source.edit(&mut witness);
    let root = match source.byte() {
        // The fuzzer's own root: seldom anything but W3.
        1 => StateRoot(Digest([source.byte(); 32])),
        _ => tree.root(),
    };
    let Ok(mut opened) = CompactTree.open(&root, &witness) else {
        return;
    };
    assert!(
        root == tree.root() || root == CompactTree.empty_root(),
        "another root opened"
    );
    if root == tree.root() {
        check_true(&tree, opened.as_mut(), &update);
    }
}

fn check_honest(tree: &MemoryTree, covered: &BTreeSet<StateKey>, witness: &[u8]) {
    let opened = CompactTree.open(&tree.root(), witness).expect("its own witness");
    for index in 0..KEYS {
        let key = key(index);
        let expected = if covered.contains(&key) {
            tree.get(&key)
        } else {
            Err(ReadError::IncompleteWitness)
        };
        assert_eq!(opened.get(&key), expected, "W: exactly what it covers");
    }
    // Any byte too many, or one less.
    let longer = [witness, &[0]].concat();
    assert!(CompactTree.open(&tree.root(), &longer).is_err());
    let (_, shorter) = witness.split_last().expect("never empty");
    assert!(CompactTree.open(&tree.root(), shorter).is_err());
}

/// Whatever opened against the tree's root says nothing of it that is not so.
fn check_true(tree: &MemoryTree, opened: &mut dyn StateTree, update: &Changes) {
    assert_eq!(opened.root(), tree.root());
    let mut known = true;
    for index in 0..KEYS {
        let key = key(index);
        match opened.get(&key) {
            Ok(value) => {
                assert!(value.as_ref().is_none_or(|value| value.len() <= MAX_VALUE_BYTES));
                assert_eq!(Ok(value), tree.get(&key));
            }
            Err(error) => {
                assert_eq!(error, ReadError::IncompleteWitness);
                known &= !update.contains_key(&key);
            }
        }
    }
    let before = opened.root();
    match opened.update(update) {
        Ok(root) => {
            assert!(known, "changed what it does not know");
            let mut full = tree.clone();
            assert_eq!(
                full.update(update),
                Ok(root),
                "the same root as over the full state"
            );
            for (key, value) in update {
                assert_eq!(opened.get(key), Ok(value.clone()));
            }
        }
        Err(error) => {
            assert!(!known && error == ReadError::IncompleteWitness, "{error}");
            assert_eq!(opened.root(), before, "a refused change changes nothing");
        }
    }
}
