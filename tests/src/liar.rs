//! What operators do that do not keep to the rules: seal whatever they like, and build on one another's lies.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a broken setup must stop the test"
)]

use crate::world::{World, operator_keypair};
use decex_bundle::{Draft, InclusionView, Item};
use decex_core::{BoundedVec, DomainNumber, OperatorId, ReceiptHash, Slot};
use decex_election::{Challenge, ElectionProof, try_elect};
use decex_receipt::{Bundle, ReceiptView, Submission};
use decex_testkit::deceit::{self, transplant};
use decex_testkit::ledger::Transaction;
use decex_testkit::mutant::{Mutant, mutate};
use std::collections::BTreeMap;

/// Returns the proof that operator `index` won the window of `slot`, if it did and may still bundle.
#[must_use]
pub fn elected(world: &World, index: usize, slot: Slot) -> Option<ElectionProof> {
    let (view, operator) = (world.chain.state(), id(index));
    let terms = view.terms(world.domain).ok()??;
    let window = terms.windows().ok()?.window_of(slot);
    let standing = view.standing(world.domain, operator, window).ok()??;
    let randomness = view.randomness(world.domain, window).ok()??;
    let challenge = Challenge {
        domain: world.domain,
        window,
        randomness,
    };
    let won = try_elect(
        &operator_keypair(index),
        &challenge,
        &terms.odds(&standing).ok()?,
        &standing.share,
    );
    won.map(|(_, proof)| proof)
}

/// Makes empty blocks until operator `index` is elected for the next one.
#[must_use]
pub fn await_election(world: &mut World, index: usize) -> ElectionProof {
    for _ in 0..200 {
        if let Some(election) = elected(world, index, world.next_slot()) {
            return election;
        }
        world.produce(&[], &[]);
    }
    unreachable!("an operator that may bundle is elected now and then")
}

/// Seals a bundle of operator `index` with any content.
#[must_use]
pub fn seal(
    world: &World,
    index: usize,
    election: ElectionProof,
    base: ReceiptHash,
    receipts: Vec<Submission>,
    items: Vec<Item>,
) -> Bundle {
    let draft = Draft {
        domain: world.domain,
        operator: id(index),
        election,
        base,
    };
    deceit::seal(&operator_keypair(index), &draft, receipts, items).expect("sealable")
}

/// Returns a transaction as a bundle carries it, with right claims.
#[must_use]
pub fn item(bytes: &[u8]) -> Item {
    let transaction = Transaction::from_bytes(bytes).expect("a transaction");
    Item {
        sender: decex_core::SenderId(decex_core::Digest(transaction.from)),
        nonce: transaction.nonce,
        weight: transaction.weight(),
        bytes: BoundedVec::new(bytes.to_vec()).expect("a short transaction"),
    }
}

/// Returns receipts that extend the head of the chain, whatever it is worth, up to the newest block that operator `index`
/// has executed, and at most `most`. `lie` may lie of each block.
#[must_use]
pub fn extend(
    world: &World,
    index: usize,
    most: usize,
    lie: &mut dyn FnMut(DomainNumber) -> Option<Mutant>,
) -> Vec<Submission> {
    let mut submissions: Vec<Submission> = Vec::new();
    let (Ok(Some(chain)), Some(operator)) = (world.chain.chain(world.domain), world.operators.get(index))
    else {
        return submissions;
    };
    let (mut parent, mut number) = (chain.head_hash, chain.head);
    let mut own: BTreeMap<DomainNumber, ReceiptHash> = BTreeMap::new();
    while let Some(next) = number.next().filter(|_| submissions.len() < most) {
        number = next;
        let (Some(right), Some(openings)) = (operator.receipt(number), operator.openings(number)) else {
            break;
        };
        let ancestor = |at: DomainNumber, hash: ReceiptHash| {
            let held = own.get(&at).copied();
            held.or_else(|| world.chain.state().hash_at(world.domain, at).ok().flatten()) == Some(hash)
        };
        let Ok(Some(inbox)) = world.chain.inbox(world.domain, number) else {
            break;
        };
        let moved = transplant(right, openings, parent, &inbox, &world.params, &ancestor);
        let Some((mut receipt, mut openings)) = moved else {
            break;
        };
        if let Some(mutant) = lie(number)
            && let Some(wrong) = mutate(mutant, &receipt, &openings, &inbox, &world.params)
        {
            (receipt, openings) = wrong;
        }
        parent = receipt.compute_hash();
        own.insert(number, parent);
        submissions.push(Submission {
            receipt,
            openings: Some(openings),
        });
    }
    submissions
}

fn id(index: usize) -> OperatorId {
    OperatorId(u64::try_from(index).unwrap_or(u64::MAX))
}
