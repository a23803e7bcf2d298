//! What the prover refuses to work with, instead of looking for a fault where there is none to find.

use crate::world::{ENGINE, REPORTER, World};
use decex_bundle::Verdict;
use decex_core::codec::BoundedVec;
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_fraud::{ProveError, prove};
use decex_receipt::{Openings, Receipt};

/// Proves the right receipt wrong by a local execution whose receipt is changed.
fn by_another(change: impl FnOnce(&mut Receipt)) -> ProveError<std::convert::Infallible> {
    let mut world = World::new();
    let (claim, openings) = (world.right_claim(), world.right.openings.clone());
    change(&mut world.right.receipt);
    prove(&ENGINE, &claim, &openings, &mut world, REPORTER).unwrap_err()
}

#[test]
fn a_local_execution_of_another_block_proves_nothing() {
    assert_eq!(
        by_another(|right| right.domain = DomainId(8)),
        ProveError::OtherBlock
    );
    assert_eq!(
        by_another(|right| right.number = DomainNumber(3)),
        ProveError::OtherBlock
    );
    assert_eq!(
        by_another(|right| right.parent = ReceiptHash(Digest([1; 32]))),
        ProveError::OtherBlock
    );
    assert_eq!(
        by_another(|right| right.rules = RuleSet(Digest([1; 32]))),
        ProveError::OtherBlock
    );
    assert_eq!(
        by_another(|right| right.consensus_number = ConsensusNumber(1)),
        ProveError::OtherBlock
    );
    assert_eq!(
        by_another(|right| right.consensus_hash = ConsensusHash(Digest([1; 32]))),
        ProveError::OtherBlock
    );
    assert_eq!(
        by_another(|right| right.seed = Seed(Digest([1; 32]))),
        ProveError::OtherBlock
    );
    let fewer = |right: &mut Receipt| {
        let mut verdicts: Vec<Verdict> = right.verdicts.to_vec();
        verdicts.pop();
        right.verdicts = BoundedVec::new(verdicts).unwrap();
    };
    assert_eq!(by_another(fewer), ProveError::OtherBlock);
}

/// Proves a wrong receipt wrong by openings that are changed.
fn by_openings(change: impl FnOnce(&mut Openings)) -> ProveError<std::convert::Infallible> {
    let mut world = World::new();
    let (claim, mut openings) = world.lie(|receipt, _| receipt.state = StateRoot(Digest([66; 32])));
    change(&mut openings);
    prove(&ENGINE, &claim, &openings, &mut world, REPORTER).unwrap_err()
}

#[test]
fn openings_of_another_receipt_prove_nothing() {
    let schedule = by_openings(|openings| openings.schedule = BoundedVec::default());
    assert_eq!(schedule, ProveError::Openings);
    let trace = by_openings(|openings| openings.trace = BoundedVec::default());
    assert_eq!(trace, ProveError::Openings);
}
