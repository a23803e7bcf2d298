//! Rules R28, R29 and R44.

use crate::world::*;
use decex_core::id::*;
use decex_receipt::*;

fn at(world: &World, now: u64) -> Option<Confirmed> {
    let Ok(confirmed) = confirm(world, DOMAIN, PERIOD, ConsensusNumber(now));
    confirmed
}

#[test]
fn r28_receipts_become_final_in_order_and_never_past_the_head() {
    let mut world = World::new(3);
    assert_eq!(at(&world, u64::MAX), None, "genesis is final already");
    world.extend(1, 500, 3);
    for number in 1..=3 {
        let confirmed = at(&world, 601).unwrap();
        assert_eq!(confirmed.receipt().number, DomainNumber(number));
        assert_eq!(confirmed.hash(), world.hashes[&DomainNumber(number)]);
        assert_eq!(confirmed.backers(), [operator(1)]);
        world.chain.confirmed = DomainNumber(number);
    }
    assert_eq!(at(&world, u64::MAX), None);
}

#[test]
fn r28_a_later_receipt_waits_for_the_one_before_it() {
    let mut world = World::new(2);
    world.extend(1, 500, 2);
    let second = world.hashes[&DomainNumber(2)];
    world.records.get_mut(&second).unwrap().included_at = ConsensusNumber(0);
    assert_eq!(at(&world, 600), None);
}

#[test]
fn r29_the_challenge_period_has_passed() {
    let mut world = World::new(1);
    world.extend(1, 500, 1);
    // A proof may stand in each of blocks 501 to 600.
    assert_eq!(at(&world, 500), None);
    assert_eq!(at(&world, 600), None);
    assert!(at(&world, 601).is_some());
    assert_eq!(
        at(&world, 0),
        None,
        "a host that goes back in time confirms nothing"
    );
}

#[test]
fn r29_idle_domains_confirm_too() {
    // No domain block follows; consensus blocks count.
    let mut world = World::new(1);
    world.extend(1, 500, 1);
    let (receipt, backers) = at(&world, 10_000).unwrap().into_parts();
    assert_eq!((receipt.number, backers), (DomainNumber(1), vec![operator(1)]));
    let state: Finalized<StateRoot> = receipt.state();
    assert_eq!(
        state.into_inner(),
        world.records[&world.chain.head_hash].receipt.state
    );
}

#[test]
fn the_last_final_receipt_is_what_stands_at_the_confirmed_number() {
    let mut world = World::new(2);
    world.extend(1, 500, 2);
    let last = |world: &World, domain| {
        let Ok(last) = last_final(world, domain);
        last.map(|receipt| receipt.compute_hash())
    };
    for number in 0..=2 {
        world.chain.confirmed = DomainNumber(number);
        assert_eq!(last(&world, DOMAIN), Some(world.hashes[&DomainNumber(number)]));
    }
    assert_eq!(last(&world, DomainId(9)), None);
    world.records.clear();
    assert_eq!(last(&world, DOMAIN), None);
}

#[test]
fn a_view_that_misses_the_receipt_confirms_nothing() {
    let mut world = World::new(1);
    world.extend(1, 500, 1);
    world.records.clear();
    assert_eq!(at(&world, u64::MAX), None);
}

/// A view that forgets what `hash_at` promises: it answers above the head too.
pub struct Loose(pub World);

impl decex_core::Host for Loose {
    type Error = std::convert::Infallible;
}

impl ReceiptView for Loose {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Self::Error> {
        self.0.chain(domain)
    }
    fn hash_at(&self, _: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Self::Error> {
        Ok(self.0.hashes.get(&number).copied())
    }
    fn record(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Self::Error> {
        self.0.record(domain, hash)
    }
    fn inbox(
        &self,
        domain: DomainId,
        number: DomainNumber,
    ) -> Result<Option<decex_bundle::Inbox>, Self::Error> {
        self.0.inbox(domain, number)
    }
}

#[test]
fn r28_what_was_removed_is_not_confirmed_even_if_a_view_still_shows_it() {
    let mut world = World::new(1);
    world.extend(1, 500, 1);
    let removal = remove(&world, DOMAIN, &world.chain.head_hash).unwrap();
    (world.chain.head, world.chain.head_hash) = (removal.head(), removal.head_hash());
    assert_eq!(
        confirm(&Loose(world), DOMAIN, PERIOD, ConsensusNumber(10_000)),
        Ok(None)
    );
}

#[test]
fn r44_a_proven_receipt_is_final_in_order_and_no_other_is() {
    let confirmed = |world: &World| {
        let Ok(confirmed) = confirm_proven(world, DOMAIN);
        confirmed.map(|confirmed| confirmed.receipt().number)
    };
    let mut world = World::new(2);
    world.extend(1, 500, 2);
    let record = |world: &World, number| world.hashes[&DomainNumber(number)];
    assert_eq!(confirmed(&world), None, "nothing is proven");
    // The second waits for the first.
    let second = record(&world, 2);
    world.records.get_mut(&second).unwrap().proven = true;
    assert_eq!(confirmed(&world), None);
    let first = record(&world, 1);
    world.records.get_mut(&first).unwrap().proven = true;
    assert_eq!(confirmed(&world), Some(DomainNumber(1)));
    world.chain.confirmed = DomainNumber(1);
    assert_eq!(confirmed(&world), Some(DomainNumber(2)));
    world.chain.confirmed = DomainNumber(2);
    assert_eq!(confirmed(&world), None);
}
