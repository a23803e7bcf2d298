//! The default state commitment against the tries that other projects commit to state with.

use crate::measure::{Row, fastest, versus};
use bitvec::order::Msb0;
use bitvec::view::BitView;
use decex_core::hash::digest;
use decex_core::label;
use decex_core::state::{
    Changes, CompactTree, MemoryTree, ProvableTree, StateCommitment, StateKey, StateTree, Value,
};
use hash_db::{EMPTY_PREFIX, HashDB, Hasher};
use memory_db::{HashKey, MemoryDB, PrefixedKey};
use nomt_core::hasher::Blake3Hasher;
use nomt_core::proof::{PathProof, PathProofTerminal};
use nomt_core::trie::LeafData;
use nomt_core::update::build_trie;
use reference_trie::SubstrateV1;
use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Duration;
use trie_db::{Recorder, Trie, TrieDBBuilder, TrieDBMutBuilder, TrieMut};

const KEYS: u64 = 1_000_000;
const BATCH: u64 = 1_000;
const SAMPLES: u64 = 1_000;
const ROUNDS: u32 = 60;
const MUTANTS: u64 = 1_000_000;

#[path = "../../crates/decex-core/tests/mutation/mod.rs"]
mod mutation;

/// BLAKE2b-256, as Substrate's state uses it.
#[derive(Clone, Copy, Debug)]
struct Blake2;

impl Hasher for Blake2 {
    type Out = [u8; 32];
    type StdHasher = std::collections::hash_map::DefaultHasher;
    const LENGTH: usize = 32;

    fn hash(bytes: &[u8]) -> [u8; 32] {
        let hash = blake2b_simd::Params::new().hash_length(32).hash(bytes);
        hash.as_bytes().try_into().expect("32 bytes were asked for")
    }
}

type Layout = SubstrateV1<Blake2>;
type Store = MemoryDB<Blake2, PrefixedKey<Blake2>, Vec<u8>>;

fn key(index: u64) -> StateKey {
    StateKey(digest(&label::EVM_ACCOUNT, &index.to_le_bytes()))
}

fn value(index: u64, version: u64) -> Value {
    Value::copy_from_slice(&digest(&label::STATE_VALUE, &(index ^ version << 40).to_le_bytes()).0)
}

fn full(keys: u64) -> MemoryTree {
    let mut tree = MemoryTree::new();
    let entries: Changes = (0..keys).map(|i| (key(i), Some(value(i, 0)))).collect();
    tree.update(&entries).expect("in memory");
    tree
}

fn trie(keys: u64) -> (Store, [u8; 32]) {
    let (mut store, mut root) = (Store::default(), [0; 32]);
    {
        let mut trie = TrieDBMutBuilder::<Layout>::new(&mut store, &mut root).build();
        for i in 0..keys {
            trie.insert(&key(i).0.0, &value(i, 0)).expect("in memory");
        }
    }
    (store, root)
}

/// The `round`th batch of updates: `count` keys spread over all, each with a new value.
fn batch(keys: u64, count: u64, round: u64) -> Changes {
    let step = 7_919_u64;
    (0..count)
        .map(|i| (i + round * count) * step % keys)
        .map(|i| (key(i), Some(value(i, round + 1))))
        .collect()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn row(work: &str, baseline: &str, goal: &str, measured: String, met: Option<bool>) -> Row {
    Row {
        work: work.into(),
        baseline: baseline.into(),
        goal: goal.into(),
        measured,
        met,
    }
}

/// Measures updates, witnesses and their verification.
pub fn measure() -> Vec<Row> {
    let mut tree = full(KEYS);
    let (mut store, mut root) = trie(KEYS);
    let mut rows = updates(&mut tree, &mut store, &mut root);
    rows.extend(small_updates(&mut tree));
    rows.extend(witnesses(&tree, &store, &root));
    rows.push(nomt(&tree));
    rows.push(mutants());
    rows
}

/// The path of `key` in NOMT's trie over `leaves`, which ascend: each sibling is the root of the leaves beside the path.
fn nomt_path(mut leaves: &[([u8; 32], [u8; 32])], key: &[u8; 32]) -> PathProof {
    let mut siblings = Vec::new();
    while leaves.len() > 1 {
        let depth = siblings.len();
        let bit = |key: &[u8; 32]| key.view_bits::<Msb0>()[depth];
        let (zeros, ones) = leaves.split_at(leaves.partition_point(|(key, _)| !bit(key)));
        let (on_path, beside) = if bit(key) { (ones, zeros) } else { (zeros, ones) };
        siblings.push(build_trie::<Blake3Hasher>(
            depth + 1,
            beside.iter().copied(),
            |_| {},
        ));
        leaves = on_path;
    }
    let (key_path, value_hash) = leaves[0];
    PathProof {
        terminal: PathProofTerminal::Leaf(LeafData { key_path, value_hash }),
        siblings,
    }
}

/// Verifies one key against NOMT's proof, which like ours is binary and hashed with BLAKE3.
fn nomt(tree: &MemoryTree) -> Row {
    let hash = |value: &Value| *blake3::hash(value).as_bytes();
    let leaves: Vec<_> = tree.iter().map(|(key, value)| (key.0.0, hash(&value))).collect();
    let root = build_trie::<Blake3Hasher>(0, leaves.iter().copied(), |_| {});
    let keys: Vec<StateKey> = (0..4).map(|i| key(i * 997)).collect();
    let values: Vec<Value> = keys
        .iter()
        .map(|key| tree.get(key).expect("in memory").expect("present"))
        .collect();
    let theirs: Vec<PathProof> = keys.iter().map(|key| nomt_path(&leaves, &key.0.0)).collect();
    let ours: Vec<Vec<u8>> = keys
        .iter()
        .map(|key| tree.prove(&BTreeSet::from([*key])).expect("in memory"))
        .collect();
    let our_root = tree.root();
    let (our_time, their_time) = versus(
        2_000,
        || {
            ours.iter()
                .for_each(|witness| drop(black_box(CompactTree.open(&our_root, witness).expect("valid"))))
        },
        || {
            for ((proof, key), value) in theirs.iter().zip(&keys).zip(&values) {
                let path = proof
                    .verify::<Blake3Hasher>(key.0.0.view_bits(), root)
                    .expect("valid");
                let leaf = LeafData {
                    key_path: key.0.0,
                    value_hash: hash(value),
                };
                assert!(path.confirm_value(&leaf).expect("on the path"));
            }
        },
    );
    let bytes = theirs
        .iter()
        .map(|proof| 32 * proof.siblings.len())
        .sum::<usize>()
        / theirs.len();
    let our_bytes = ours.iter().map(|witness| witness.len() - 64).sum::<usize>() / ours.len();
    row(
        "state: witness for 1 key of 1 M, verify",
        "nomt-core 1.0 `PathProof::verify`, decoded before",
        "–",
        format!(
            "{:.2} µs, {our_bytes} B; {:.2} µs, {bytes} B of siblings",
            micros(our_time) / 4.0,
            micros(their_time) / 4.0
        ),
        None,
    )
}

/// Opens mutated witnesses; a panic ends the whole run.
fn mutants() -> Row {
    let outcome = mutation::run(MUTANTS, 2);
    let wrong = outcome.false_statements + outcome.second_encodings;
    row(
        "state: mutated witnesses",
        "the full state",
        "10^6: no false statement, no panic",
        format!(
            "{MUTANTS}: {} false statements, {} second encodings, no panic; {} malformed, {} of another root",
            outcome.false_statements, outcome.second_encodings, outcome.malformed, outcome.other_root
        ),
        Some(wrong == 0 && MUTANTS >= 1_000_000),
    )
}

fn updates(tree: &mut MemoryTree, store: &mut Store, root: &mut [u8; 32]) -> Vec<Row> {
    let batches: Vec<Changes> = (0..ROUNDS.into())
        .map(|round| batch(KEYS, BATCH, round))
        .collect();
    let (mut ours_next, mut theirs_next) = (batches.iter(), batches.iter());
    let (ours, theirs) = versus(
        ROUNDS,
        || tree.update(ours_next.next().expect("a batch per round")),
        || {
            let mut trie = TrieDBMutBuilder::<Layout>::from_existing(store, root).build();
            for (key, value) in theirs_next.next().expect("a batch per round") {
                trie.insert(&key.0.0, value.as_ref().expect("no deletions"))
                    .expect("in memory");
            }
        },
    );
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    vec![row(
        "state: 1,000 updates on 1 M keys",
        "trie-db 0.32, LayoutV1, BLAKE2b, in memory",
        "≥ 20 times faster",
        format!(
            "{:.2} ms, {ratio:.0} times faster ({:.1} ms)",
            micros(ours) / 1e3,
            micros(theirs) / 1e3
        ),
        Some(ratio >= 20.0),
    )]
}

fn small_updates(million: &mut MemoryTree) -> Vec<Row> {
    let mut rows = Vec::new();
    for keys in [10_000, 100_000, KEYS] {
        let mut smaller = full(if keys == KEYS { 1 } else { keys });
        let tree = if keys == KEYS { &mut *million } else { &mut smaller };
        let batches: Vec<Changes> = (0..SAMPLES).map(|round| batch(keys, 3, round)).collect();
        let time = fastest(10, || {
            batches.iter().for_each(|batch| _ = black_box(tree.update(batch)))
        }) / SAMPLES as u32;
        let read = fastest(10, || {
            batches
                .iter()
                .flat_map(Changes::keys)
                .for_each(|key| drop(black_box(tree.get(key))))
        });
        rows.push(row(
            &format!("state: update of 3 keys on {keys} keys"),
            "–",
            "a few µs",
            format!(
                "{:.2} µs; read of one key {:.2} µs",
                micros(time),
                micros(read) / (3 * SAMPLES) as f64
            ),
            None,
        ));
    }
    rows
}

/// Substrate's storage proof: the nodes that a read visits.
fn nodes_on_path(store: &Store, root: &[u8; 32], key: &StateKey) -> Vec<Vec<u8>> {
    let mut recorder = Recorder::<Layout>::new();
    let trie = TrieDBBuilder::<Layout>::new(store, root)
        .with_recorder(&mut recorder)
        .build();
    assert!(trie.get(&key.0.0).expect("in memory").is_some());
    drop(trie);
    recorder.drain().into_iter().map(|record| record.data).collect()
}

/// Substrate's check of it: the nodes in a store of their own, and the read again.
fn check_nodes(proof: &[Vec<u8>], root: &[u8; 32], key: &StateKey) -> Option<Vec<u8>> {
    let mut store = MemoryDB::<Blake2, HashKey<Blake2>, Vec<u8>>::default();
    proof.iter().for_each(|node| _ = store.insert(EMPTY_PREFIX, node));
    TrieDBBuilder::<Layout>::new(&store, root)
        .build()
        .get(&key.0.0)
        .expect("complete")
}

fn witnesses(tree: &MemoryTree, store: &Store, root: &[u8; 32]) -> Vec<Row> {
    let keys: Vec<StateKey> = (0..SAMPLES).map(|i| key(i * 997)).collect();
    let ours: Vec<Vec<u8>> = keys
        .iter()
        .map(|key| tree.prove(&BTreeSet::from([*key])).expect("in memory"))
        .collect();
    let theirs: Vec<Vec<Vec<u8>>> = keys.iter().map(|key| nodes_on_path(store, root, key)).collect();
    let our_root = tree.root();
    let (our_time, their_time) = versus(
        20,
        || {
            ours.iter()
                .for_each(|witness| drop(black_box(CompactTree.open(&our_root, witness).expect("valid"))))
        },
        || {
            theirs
                .iter()
                .zip(&keys)
                .for_each(|(proof, key)| _ = black_box(check_nodes(proof, root, key)))
        },
    );
    let (our_time, their_time) = (
        micros(our_time / SAMPLES as u32),
        micros(their_time / SAMPLES as u32),
    );
    // Besides the claimed key and value, 32 bytes each.
    let sizes: Vec<usize> = ours.iter().map(|witness| witness.len() - 64).collect();
    let (mean, most) = (
        sizes.iter().sum::<usize>() / sizes.len(),
        sizes.iter().max().copied().unwrap_or_default(),
    );
    let their_mean = theirs.iter().flatten().map(Vec::len).sum::<usize>() / theirs.len();
    vec![
        row(
            "state: witness for 1 key of 1 M, bytes",
            "trie-db, the nodes of the path",
            "≤ 700 B",
            format!(
                "{mean} B besides key and value, at most {most} B ({} B with them); {their_mean} B",
                mean + 64
            ),
            Some(mean <= 700),
        ),
        row(
            "state: witness for 1 key of 1 M, verify",
            "trie-db, a read over those nodes",
            "≤ 3 µs",
            format!("{our_time:.2} µs; {their_time:.2} µs"),
            Some(our_time <= 3.0),
        ),
    ]
}
