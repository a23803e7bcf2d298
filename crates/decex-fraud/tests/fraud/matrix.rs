//! The matrix of `spec/matrix.md`: every lie, at every place of a block that has all that can be in one, gets exactly the
//! answer that its row gives. And the other direction: none of these proofs stands against a right receipt, nor against
//! one that is not pending.

use crate::world::{DOMAIN, ENGINE, World, base, item, pay, send};
use decex_bundle::{Base, Inbox, Item, Verdict};
use decex_core::hash::Digest;
use decex_core::host::Host;
use decex_core::id::*;
use decex_fraud::{Claim, FraudProof, LoadError, verify};
use decex_receipt::{Chain, ReceiptView, Record};
use decex_testkit::matrix::{self, every_lie};
use decex_testkit::mutant::{Mutant, ROWS, mutate};
use std::convert::Infallible;

/// The world's block with one bundle more, whose base is gone, and messages that leave.
fn world() -> World {
    let whole = World::new();
    World::of(|past| {
        let (old, new) = (base(&past[0].0), base(&past[1].0));
        let gone = Base {
            hash: ReceiptHash(Digest([99; 32])),
            ..new
        };
        let mut bundles: Vec<(Base, Vec<Item>)> = whole
            .inbox
            .bundles
            .iter()
            .zip(&whole.bodies)
            .map(|(inboxed, body)| (inboxed.base, body.clone()))
            .collect();
        bundles.push((gone, vec![pay(9, 0, 1), pay(10, 0, 1)]));
        bundles.push((old, vec![item(4, 0, send(10, &[])), item(4, 1, send(20, &[]))]));
        bundles
    })
}

/// The same block, as the suite that every engine goes through takes it.
fn suite(world: &World) -> matrix::World<'_> {
    let (past, bodies) = (world.past.clone(), world.bodies.clone());
    matrix::World::new(&ENGINE, &world.params, past, world.inbox.clone(), bodies).unwrap()
}

#[test]
fn every_lie_gets_the_answer_of_its_row() {
    let world = world();
    let report = every_lie(&mut suite(&world)).unwrap();
    // Every row was tried, at one place or more: the block has all that can be lied about.
    assert_eq!(report.missing_rows(), []);
    let proofs: Vec<FraudProof> = report.proofs().cloned().collect();
    let total = report.told.len();
    println!("{total} lies, {} rows, {} proofs", ROWS.len(), proofs.len());
    assert!(total > 500, "{total}");
    no_proof_stands_against_what_is_not_pending(&world, &proofs);
}

#[test]
fn the_right_receipt_is_accepted_and_the_prover_finds_nothing() {
    let mut world = world();
    assert!(world.right.receipt.verdicts.contains(&Verdict::BaseRemoved));
    let (claim, openings) = (world.right_claim(), world.right.openings.clone());
    assert_eq!(world.prove(&claim, &openings), None);
}

/// A host on which the lie stands somewhere else than on the pending part of the chain.
struct Elsewhere<'a> {
    world: &'a World,
    record: Option<Record>,
    confirmed: u64,
    head: u64,
    at: Option<ReceiptHash>,
}

impl Host for Elsewhere<'_> {
    type Error = Infallible;
}

impl ReceiptView for Elsewhere<'_> {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Infallible> {
        let chain = Chain {
            confirmed: DomainNumber(self.confirmed),
            head: DomainNumber(self.head),
            head_hash: ReceiptHash::default(),
        };
        Ok((domain == DOMAIN).then_some(chain))
    }
    fn hash_at(&self, _: DomainId, _: DomainNumber) -> Result<Option<ReceiptHash>, Infallible> {
        Ok(self.at)
    }
    fn record(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Infallible> {
        let held = self
            .record
            .clone()
            .filter(|record| record.receipt.compute_hash() == *hash);
        held.map_or_else(|| self.world.record(domain, hash), |held| Ok(Some(held)))
    }
    fn inbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Infallible> {
        self.world.inbox(domain, number)
    }
}

/// F1: unknown, removed, confirmed, above the head, of another domain.
fn no_proof_stands_against_what_is_not_pending(world: &World, proofs: &[FraudProof]) {
    let (receipt, openings) = mutate(
        Mutant::Outbox,
        &world.right.receipt,
        &world.right.openings,
        &world.inbox,
        &world.params,
    )
    .unwrap();
    let hash = receipt.compute_hash();
    let record = Record {
        receipt: receipt.clone(),
        included_at: ConsensusNumber(50),
        backers: vec![OperatorId(3)],
        byte_price: Balance(2),
        proven: false,
    };
    let view = |record: &Option<Record>, confirmed, head, at| Elsewhere {
        world,
        record: record.clone(),
        confirmed,
        head,
        at,
    };
    let held = Some(record);
    let load = |view: &Elsewhere<'_>, domain| Claim::load(view, &world.params, domain, &hash);
    // As it should be: pending, and refuted by its own proof.
    let claim = load(&view(&held, 1, 2, Some(hash)), DOMAIN).unwrap();
    assert_eq!(Some(&claim), world.submitted(&receipt, &openings).as_ref());
    let own = proofs.iter().find(|proof| proof.receipt == hash).unwrap();
    let _ = verify(&ENGINE, &claim, own).unwrap();
    let right = world.right.receipt.compute_hash();
    for (case, view, domain) in [
        ("unknown", view(&None, 1, 2, Some(right)), DOMAIN),
        ("removed, its number free", view(&held, 1, 1, None), DOMAIN),
        (
            "removed, its number taken",
            view(&held, 1, 2, Some(right)),
            DOMAIN,
        ),
        ("above the head", view(&held, 1, 1, Some(hash)), DOMAIN),
        ("confirmed", view(&held, 2, 2, Some(hash)), DOMAIN),
        (
            "of another domain",
            view(&held, 1, 2, Some(hash)),
            DomainId(DOMAIN.0 + 1),
        ),
    ] {
        assert_eq!(load(&view, domain), Err(LoadError::NotPending), "{case}");
    }
}
