//! decex-light: what another chain is shown of a final state, and what it is not.

use super::holds;
use alloc::vec;
use alloc::vec::Vec;
use core::convert::Infallible;
use decex_core::list::ListTree;
use decex_core::state::{Changes, CompactTree, MemoryTree, ProvableTree, StateKey, StateTree};
use decex_core::{BoundedVec, ConsensusNumber, Digest, DomainId, Host, RuleSet};
use decex_light::{Anchor, Anchored, FinalityRoot, InvalidLight, LightError, LightProof, Status, verify};
use decex_receipt::{FinalityLeaf, FinalityProof, genesis_receipt};
use parity_scale_codec::Encode;

/// Another chain that knows one header.
struct Other(FinalityRoot);

impl Host for Other {
    type Error = Infallible;
}

impl Anchor for Other {
    fn check(&self, header: &[u8]) -> Result<Option<Anchored>, Infallible> {
        let number = ConsensusNumber(9);
        Ok((header == b"9").then_some(Anchored { number, root: self.0 }))
    }
}

pub(super) fn final_state() -> Result<(), &'static str> {
    let (there, absent, hidden) = (key(1), key(2), key(3));
    let mut tree = MemoryTree::new();
    let changes = Changes::from([
        (there, Some(Vec::from(*b"value").into())),
        (hidden, Some(Vec::from(*b"other").into())),
    ]);
    let root = tree.update(&changes).map_err(|_| "update a tree")?;
    let domain = DomainId(1);
    let receipt = genesis_receipt(domain, RuleSet::default(), root, ConsensusNumber(1));
    let (hash, status) = (
        receipt.compute_hash(),
        Status::Genesis {
            since: ConsensusNumber(1),
        },
    );
    let leaf = FinalityLeaf {
        domain,
        number: receipt.number,
        receipt: hash,
        status,
        head: receipt.number,
        head_hash: hash,
    };
    let list = ListTree::new(vec![Digest::ZERO, leaf.compute_hash()]);
    let path = list.prove(1, 1).ok_or("prove a leaf")?.siblings.into_inner();
    let finality = FinalityProof {
        status,
        head: leaf.head,
        head_hash: leaf.head_hash,
        domains: 2,
        siblings: BoundedVec::new(path).ok_or("a short path")?,
    };
    let witness = tree.prove(&[there, absent].into()).map_err(|_| "prove keys")?;
    let proof = LightProof::new(b"9".to_vec(), finality, receipt, witness).ok_or("a short proof")?;
    let (bytes, other) = (proof.encode(), Other(FinalityRoot(list.root())));
    let ask = |key: StateKey| verify(&other, &CompactTree, &bytes, domain, &key);
    let shown = ask(there).map_err(|_| "verify a light proof")?;
    holds(
        shown.value.as_deref() == Some(&b"value"[..]),
        "the value is shown",
    )?;
    holds(
        ask(absent).is_ok_and(|entry| entry.value.is_none()),
        "absence is shown",
    )?;
    let not_covered = Err(LightError::Invalid(InvalidLight::NotCovered));
    holds(ask(hidden) == not_covered, "what is not covered is not absent")?;
    let elsewhere = verify(&other, &CompactTree, &bytes, DomainId(0), &there);
    holds(elsewhere.is_err(), "another domain's state is refused")
}

fn key(n: u8) -> StateKey {
    StateKey(Digest([n; 32]))
}
