//! What a host holds and reads: views, genesis, what travels.

use crate::world::*;
use decex_bundle::{Carried, Inbox};
use decex_core::id::*;
use decex_core::list;
use decex_core::params::{MAX_BUNDLE_TRANSACTIONS, MAX_BUNDLES_PER_BLOCK};
use decex_receipt::*;
use std::convert::Infallible;

type Answers = (Option<Chain>, Option<ReceiptHash>, Option<Record>, Option<Inbox>);

fn answers<V: ReceiptView<Error = Infallible>>(view: V) -> Answers {
    let Ok(chain) = view.chain(DOMAIN);
    let Ok(hash) = view.hash_at(DOMAIN, DomainNumber(1));
    let Ok(record) = view.record(DOMAIN, &hash.unwrap_or_default());
    let Ok(inbox) = view.inbox(DOMAIN, DomainNumber(1));
    (chain, hash, record, inbox)
}

#[test]
fn a_view_is_a_view_by_reference_too() {
    let mut world = World::new(1);
    world.extend(1, 500, 1);
    let own = answers(world.clone());
    assert_eq!(answers(&world), own);
    assert!(own.0.is_some() && own.1.is_some() && own.2.is_some() && own.3.is_some());
}

#[test]
fn genesis_is_a_receipt_that_committed_to_nothing() {
    let genesis = genesis_receipt(DOMAIN, RuleSet(named(1)), StateRoot(named(2)), ConsensusNumber(3));
    let nothing = list::root(&[]);
    assert_ne!(nothing, ListRoot::default());
    assert_eq!((genesis.schedule.root, genesis.schedule.count), (nothing, 0));
    assert_eq!((genesis.trace.root, genesis.trace.length), (nothing, 0));
    assert_eq!(genesis.effects.outbox, nothing);
    assert_eq!(genesis.consensus_number, ConsensusNumber(3));
    assert_eq!(genesis.state, StateRoot(named(2)));
}

#[test]
fn b19_a_bundle_commits_to_the_hashes_of_its_receipts() {
    let next = World::new(1).next();
    assert_eq!(next.compute_leaf(), next.receipt.compute_hash().0);
}

#[test]
fn the_fullest_block_can_be_opened() {
    // An entry for every transaction; a trace entry for each at the shortest interval, and two for begin and finish.
    assert_eq!(MAX_OPENINGS, MAX_BUNDLES_PER_BLOCK * MAX_BUNDLE_TRANSACTIONS + 2);
}
