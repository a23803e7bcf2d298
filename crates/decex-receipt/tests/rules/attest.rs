//! Rules Y2 and Y3: what a header of the host shows to be final.

use crate::world::{named, operator};
use decex_core::hash::digest;
use decex_core::list::{InvalidListProof, ListTree};
use decex_core::state::{Changes, CompactTree, MemoryTree, ProvableTree, ReadError, StateKey, StateTree};
use decex_core::*;
use decex_receipt::*;
use std::cell::Cell;

/// A light client that knows one header, whose bytes are `header`.
struct Known {
    root: FinalityRoot,
    asked: Cell<u32>,
    fails: bool,
}

impl Host for Known {
    type Error = &'static str;
}

impl Anchor for Known {
    fn check(&self, header: &[u8]) -> Result<Option<Anchored>, &'static str> {
        self.asked.set(self.asked.get() + 1);
        if self.fails {
            return Err("down");
        }
        let number = ConsensusNumber(77);
        let root = self.root;
        Ok((header == b"header").then_some(Anchored { number, root }))
    }
}

/// Five domains; of each a receipt, with the state that it ends with.
struct Scene {
    receipts: Vec<Receipt>,
    trees: Vec<MemoryTree>,
    leaves: Vec<FinalityLeaf>,
    anchor: Known,
}

fn scene() -> Scene {
    let (mut receipts, mut trees, mut leaves) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..5_u32 {
        let mut tree = MemoryTree::new();
        let value = n.to_le_bytes().to_vec();
        let state = tree
            .update(&Changes::from([(key(), Some(value.into()))]))
            .unwrap();
        let created = ConsensusNumber(1);
        let mut receipt = genesis_receipt(DomainId(n), RuleSet::default(), state, created);
        receipt.number = DomainNumber(10 + u64::from(n));
        leaves.push(FinalityLeaf {
            domain: DomainId(n),
            number: receipt.number,
            receipt: receipt.compute_hash(),
            status: Status::Unrefuted {
                accepted: ConsensusNumber(20),
                since: ConsensusNumber(70),
            },
            head: DomainNumber(20),
            head_hash: ReceiptHash(named(operator(n.into()).0)),
        });
        receipts.push(receipt);
        trees.push(tree);
    }
    let anchor = Known {
        root: FinalityRoot(list(&leaves).root()),
        asked: Cell::new(0),
        fails: false,
    };
    Scene {
        receipts,
        trees,
        leaves,
        anchor,
    }
}

fn key() -> StateKey {
    StateKey(digest(&label::LEDGER_KEY, b"key"))
}

fn list(leaves: &[FinalityLeaf]) -> ListTree {
    ListTree::new(leaves.iter().map(FinalityLeaf::compute_hash).collect())
}

fn proof(leaves: &[FinalityLeaf], domain: u32) -> FinalityProof {
    let leaf = &leaves[domain as usize];
    let siblings = list(leaves).prove(domain, 1).unwrap().siblings.into_inner();
    FinalityProof {
        status: leaf.status,
        head: leaf.head,
        head_hash: leaf.head_hash,
        domains: leaves.len() as u32,
        siblings: BoundedVec::new(siblings).unwrap(),
    }
}

fn ask(
    scene: &Scene,
    header: &[u8],
    domain: u32,
    proof: &FinalityProof,
    receipt: &Receipt,
) -> Result<Attested, AttestError<&'static str>> {
    let attested = attest(&scene.anchor, header, DomainId(domain), proof, receipt.clone());
    attested.map(Finalized::into_inner)
}

const OTHER: AttestError<&str> = AttestError::Invalid(NotAttested::Leaf(InvalidListProof::Root));

#[test]
fn y2_y3_a_header_shows_the_last_final_receipt_of_each_domain() {
    let scene = scene();
    for domain in 0..5_u32 {
        let (receipt, leaf) = (&scene.receipts[domain as usize], scene.leaves[domain as usize]);
        let shown = ask(&scene, b"header", domain, &proof(&scene.leaves, domain), receipt);
        let at = ConsensusNumber(77);
        let receipt = receipt.clone();
        assert_eq!(shown, Ok(Attested { at, leaf, receipt }));
        assert_eq!(leaf.pending(), 10 - u64::from(domain));
    }
}

#[test]
fn y2_a_header_that_the_anchor_does_not_accept_shows_nothing() {
    let mut scene = scene();
    let (proof, receipt) = (proof(&scene.leaves, 1), scene.receipts[1].clone());
    let refused = AttestError::Invalid(NotAttested::Header);
    for header in [&b""[..], b"headed", b"header."] {
        assert_eq!(ask(&scene, header, 1, &proof, &receipt), Err(refused));
    }
    assert_eq!(scene.anchor.asked.get(), 3);
    assert_eq!(NotAttested::Header.code(), 2);
    // An anchor that fails gives no verdict.
    scene.anchor.fails = true;
    let failed = ask(&scene, b"header", 1, &proof, &receipt);
    assert_eq!(failed, Err(AttestError::Anchor("down")));
}

#[test]
fn y3_what_does_not_belong_together_has_another_root() {
    let scene = scene();
    let (right, receipt) = (proof(&scene.leaves, 1), scene.receipts[1].clone());
    let with = |change: &dyn Fn(&mut FinalityProof, &mut Receipt)| {
        let (mut proof, mut receipt) = (right.clone(), receipt.clone());
        change(&mut proof, &mut receipt);
        ask(&scene, b"header", 1, &proof, &receipt)
    };
    assert!(with(&|_, _| {}).is_ok());
    assert_eq!(with(&|_, receipt| receipt.state.0.0[0] ^= 1), Err(OTHER));
    assert_eq!(with(&|_, receipt| receipt.number.0 += 1), Err(OTHER));
    assert_eq!(with(&|_, receipt| receipt.domain.0 += 1), Err(OTHER));
    assert_eq!(with(&|_, receipt| receipt.rules.0.0[0] ^= 1), Err(OTHER));
    assert_eq!(with(&|proof, _| proof.head.0 += 1), Err(OTHER));
    assert_eq!(with(&|proof, _| proof.head_hash.0.0[0] ^= 1), Err(OTHER));
    let since = ConsensusNumber(70);
    assert_eq!(
        with(&|proof, _| proof.status = Status::Genesis { since }),
        Err(OTHER)
    );
    // The others' receipts and paths.
    for other in [0, 2, 4] {
        let (theirs, path) = (&scene.receipts[other as usize], proof(&scene.leaves, other));
        assert!(ask(&scene, b"header", 1, &right, theirs).is_err());
        assert!(ask(&scene, b"header", 1, &path, theirs).is_err());
        assert!(ask(&scene, b"header", 1, &path, &receipt).is_err());
    }
    let outside = NotAttested::Leaf(InvalidListProof::OutOfBounds);
    let refused = ask(&scene, b"header", 5, &right, &receipt);
    assert_eq!(refused, Err(AttestError::Invalid(outside)));
    assert_eq!(outside.code(), 3);
}

#[test]
fn what_leads_on_from_a_final_receipt_is_a_function_of_it() {
    let scene = scene();
    let path = proof(&scene.leaves, 3);
    let attested = attest(
        &scene.anchor,
        b"header",
        DomainId(3),
        &path,
        scene.receipts[3].clone(),
    )
    .unwrap();
    let absent = StateKey(Digest::ZERO);
    let witness = scene.trees[3].prove(&[key(), absent].into()).unwrap();
    let receipt = attested.clone().into_receipt();
    assert_eq!(receipt.state().into_inner(), scene.trees[3].root());
    for state in [
        attested.open(&CompactTree, &witness).unwrap(),
        receipt.open(&CompactTree, &witness).unwrap(),
    ] {
        let entry = state.entry(&key()).unwrap();
        assert_eq!(
            (entry.domain, entry.number, entry.key),
            (DomainId(3), DomainNumber(13), key())
        );
        assert_eq!(entry.value.as_deref(), Some(&[3, 0, 0, 0][..]));
        assert_eq!(state.entry(&absent).unwrap().value, None);
        let hidden = StateKey(Digest([9; 32]));
        assert_eq!(state.entry(&hidden), Err(ReadError::IncompleteWitness));
    }
    let other = scene.trees[2].prove(&[key()].into()).unwrap();
    assert!(attested.open(&CompactTree, &other).is_err());
    assert!(receipt.open(&CompactTree, &other).is_err());
}
