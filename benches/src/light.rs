//! Light proofs: how large they are, and what verifying one costs beside the hashes that it cannot do without.

#![allow(clippy::indexing_slicing, reason = "a benchmark reports numbers")]

use crate::measure::{Row, versus};
use decex_core::hash::digest;
use decex_core::list::ListTree;
use decex_core::state::{Changes, CompactTree, MemoryTree, ProvableTree, StateKey, StateTree};
use decex_core::*;
use decex_evm::StoredAccount;
use decex_light::{Anchor, Anchored, FinalityRoot, LightProof, Status, verify};
use decex_receipt::decex_bundle::Verdict;
use decex_receipt::{FinalityLeaf, FinalityProof, Receipt, genesis_receipt};
use parity_scale_codec::Encode;
use std::collections::BTreeSet;
use std::convert::Infallible;

const ROUNDS: u32 = 2_000;
/// Proofs of so many keys are looked at for the largest and the middle one.
const SAMPLES: u64 = 500;
/// What this counts for the host's header: none of its hosts' headers is part of the design.
const HEADER: usize = 0;

/// Another chain that has one header, which is empty.
struct Headers(FinalityRoot);

impl Host for Headers {
    type Error = Infallible;
}

impl Anchor for Headers {
    fn check(&self, header: &[u8]) -> Result<Option<Anchored>, Infallible> {
        let number = ConsensusNumber(1_000_000);
        Ok((header.len() == HEADER).then_some(Anchored { number, root: self.0 }))
    }
}

/// Returns the rows of this part.
pub fn measure() -> Vec<Row> {
    let mut rows = Vec::new();
    for keys in [1, 100, 10_000, 1_000_000] {
        let tree = state(keys);
        for domains in [10, 1_000] {
            rows.push(proof(&tree, keys, domains));
        }
        if keys == 1_000_000 {
            rows.push(absence(&tree, keys));
        }
    }
    rows
}

fn key(n: u64) -> StateKey {
    StateKey(digest(&label::EVM_ACCOUNT, &n.to_le_bytes()))
}

/// EVM accounts, each with a few transactions and a few ether.
fn state(keys: u64) -> MemoryTree {
    let account = |n: u64| StoredAccount {
        nonce: n % 1_000,
        balance: 3_000_000_000_000_000_000 + u128::from(n),
        ..StoredAccount::default()
    };
    let changes: Changes = (0..keys).map(|n| (key(n), account(n).to_value())).collect();
    let mut tree = MemoryTree::new();
    tree.update(&changes).expect("in memory");
    tree
}

struct Scene {
    receipt: Receipt,
    finality: FinalityProof,
    headers: Headers,
    domain: DomainId,
    leaf: FinalityLeaf,
}

/// A domain in the middle of a host's: four bundles in its last final block.
fn scene(root: StateRoot, domains: u32) -> Scene {
    let domain = DomainId(domains / 2 - 1);
    let mut receipt = genesis_receipt(domain, RuleSet::default(), root, ConsensusNumber(1));
    receipt.number = DomainNumber(500_000);
    receipt.verdicts = BoundedVec::new(vec![Verdict::Valid; 4]).expect("few");
    let leaf = FinalityLeaf {
        domain,
        number: receipt.number,
        receipt: receipt.compute_hash(),
        status: Status::Unrefuted {
            accepted: ConsensusNumber(985_000),
            since: ConsensusNumber(999_401),
        },
        head: DomainNumber(514_400),
        head_hash: ReceiptHash(digest(&label::RECEIPT, b"head")),
    };
    let mut leaves: Vec<Digest> = (0..domains)
        .map(|n| digest(&label::FINALITY, &n.to_le_bytes()))
        .collect();
    leaves[domain.0 as usize] = leaf.compute_hash();
    let list = ListTree::new(leaves);
    let siblings = list
        .prove(domain.0, 1)
        .expect("in the list")
        .siblings
        .into_inner();
    let finality = FinalityProof {
        status: leaf.status,
        head: leaf.head,
        head_hash: leaf.head_hash,
        domains,
        siblings: BoundedVec::new(siblings).expect("few levels"),
    };
    Scene {
        receipt,
        finality,
        headers: Headers(FinalityRoot(list.root())),
        domain,
        leaf,
    }
}

fn bytes(scene: &Scene, tree: &MemoryTree, key: StateKey) -> Vec<u8> {
    let witness = tree.prove(&BTreeSet::from([key])).expect("in memory");
    let (finality, receipt) = (scene.finality.clone(), scene.receipt.clone());
    let proof = LightProof::new(vec![0; HEADER], finality, receipt, witness);
    proof.expect("a short proof").encode()
}

fn proof(tree: &MemoryTree, keys: u64, domains: u32) -> Row {
    let scene = scene(tree.root(), domains);
    let mut sizes: Vec<usize> = (0..keys.min(SAMPLES))
        .map(|n| bytes(&scene, tree, key(n * (keys / keys.min(SAMPLES)))).len())
        .collect();
    sizes.sort_unstable();
    let (middle, largest) = (sizes[sizes.len() / 2], sizes[sizes.len() - 1]);
    let bytes = bytes(&scene, tree, key(0));
    let (ours, hashes) = time(&scene, &bytes, 0);
    Row {
        work: format!(
            "light proof of one EVM account among {keys}, {domains} domains; the host's header apart"
        ),
        baseline: "the hashes alone: receipt, leaf, one for each level".into(),
        goal: "about 2 KiB".into(),
        measured: format!(
            "{middle} B, at most {largest} B of {}; verified in {:.2} µs, {:.2} times the hashes",
            sizes.len(),
            ours * 1e6,
            ours / hashes
        ),
        met: Some(largest <= 2_048),
    }
}

fn absence(tree: &MemoryTree, keys: u64) -> Row {
    let scene = scene(tree.root(), 1_000);
    let sizes = (keys..keys + SAMPLES).map(|n| bytes(&scene, tree, key(n)).len());
    let largest = sizes.max().unwrap_or_default();
    let bytes = bytes(&scene, tree, key(keys));
    let (ours, _) = time(&scene, &bytes, keys);
    Row {
        work: format!("the same of an account that is not among {keys}, 1000 domains"),
        baseline: "–".into(),
        goal: "about 2 KiB".into(),
        measured: format!(
            "at most {largest} B of {SAMPLES}; verified in {:.2} µs",
            ours * 1e6
        ),
        met: Some(largest <= 2_048),
    }
}

/// Seconds to verify from the bytes, and to make as many hashes as there are levels, with those of receipt, leaf and value.
fn time(scene: &Scene, bytes: &[u8], n: u64) -> (f64, f64) {
    let key = key(n);
    // Each level of the state's tree has 32 bytes of the witness.
    let levels = scene.finality.siblings.len() + scene_levels(scene, bytes);
    let (ours, hashes) = versus(
        ROUNDS,
        || verify(&scene.headers, &CompactTree, bytes, scene.domain, &key).expect("a true proof"),
        || {
            let mut node = scene.receipt.compute_hash().0;
            let other = scene.leaf.compute_hash();
            for _ in 0..levels {
                node = digest(&label::LIST_NODE, &[node.0, other.0].concat());
            }
            // Value, leaf and root of the list.
            for _ in 0..3 {
                node = digest(&label::STATE_LEAF, &node.0);
            }
            node
        },
    );
    (ours.as_secs_f64(), hashes.as_secs_f64())
}

fn scene_levels(scene: &Scene, bytes: &[u8]) -> usize {
    let before = scene.finality.encoded_size() + scene.receipt.encoded_size();
    bytes.len().saturating_sub(before) / 32
}
