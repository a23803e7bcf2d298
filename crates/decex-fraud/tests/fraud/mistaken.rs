//! A host that hands out the wrong engine: its fault, not the proof's.

use crate::pool::pool;
use crate::town::{Broken, Town, proof};
use decex_bundle::Inbox;
use decex_core::execution::Engine;
use decex_core::host::Host;
use decex_core::id::*;
use decex_core::params::CheckedParams;
use decex_fraud::{InvalidProof, JudgeError, JudgeView, NotPooled, NotRefuted};
use decex_receipt::{Chain, ReceiptView, Record};
use decex_testkit::ledger::LedgerEngine;

/// The town, with another version of its engine.
struct Mistaken<'a>(&'a Town);

impl Host for Mistaken<'_> {
    type Error = Broken;
}

impl ReceiptView for Mistaken<'_> {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Broken> {
        self.0.chain(domain)
    }
    fn hash_at(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Broken> {
        self.0.hash_at(domain, number)
    }
    fn record(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Broken> {
        self.0.record(domain, hash)
    }
    fn inbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Broken> {
        self.0.inbox(domain, number)
    }
}

impl JudgeView for Mistaken<'_> {
    fn params(&self, domain: DomainId) -> Result<Option<CheckedParams>, Broken> {
        self.0.params(domain)
    }
    fn engine(&self, _: &RuleSet) -> Option<&dyn Engine> {
        Some(&LedgerEngine { version: 1 })
    }
}

#[test]
fn f3_f26_the_wrong_engine_is_not_held_against_the_proof() {
    let (town, mut pool) = (Town::new(), pool(10, 4));
    let found = pool.submit(&Mistaken(&town), &proof(1, 1));
    let refusal = NotPooled::NotRefuted(NotRefuted::Proof(InvalidProof::Rules));
    assert_eq!(found, Err(JudgeError::Refused(refusal)));
    assert_eq!(pool.failures(), 0);
    assert!(pool.is_empty());
    assert!(pool.submit(&town, &proof(1, 1)).is_ok());
    assert!(!pool.is_empty());
}

/// What a view answers beyond what it does as a view of receipts.
fn answers<V: JudgeView<Error = Broken>>(view: V) -> (Option<CheckedParams>, Option<RuleSet>) {
    let rules = LedgerEngine { version: 0 }.rule_set();
    (
        view.params(DomainId(1)).unwrap(),
        view.engine(&rules).map(Engine::rule_set),
    )
}

#[test]
fn a_view_is_a_view_by_reference_too() {
    let town = Town::new();
    let view: &dyn JudgeView<Error = Broken> = &Mistaken(&town);
    let own = answers(Mistaken(&town));
    assert!(own.0.is_some() && own.1.is_some());
    assert_eq!(answers(view), own);
}
