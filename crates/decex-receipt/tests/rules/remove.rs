//! Rules R30 to R32.

use crate::confirm::Loose;
use crate::world::*;
use decex_core::id::*;
use decex_receipt::*;
use parity_scale_codec::{DecodeAll, Encode};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn cut(world: &mut World, hash: &ReceiptHash) -> Removal {
    let removal = remove(world, DOMAIN, hash).unwrap();
    (world.chain.head, world.chain.head_hash) = (removal.head(), removal.head_hash());
    removal
}

#[test]
fn r30_only_what_stands_on_the_chain_is_removed() {
    let mut world = World::new(3);
    world.extend(1, 500, 3);
    let unknown = ReceiptHash(named(9));
    assert_eq!(remove(&world, DOMAIN, &unknown), Err(RemoveError::NotHeld));
    assert_eq!(
        remove(&world, DomainId(9), &world.chain.head_hash),
        Err(RemoveError::NotHeld)
    );
    let second = world.hashes[&DomainNumber(2)];
    let removal = cut(&mut world, &second);
    assert_eq!((removal.domain(), removal.first()), (DOMAIN, DomainNumber(2)));
    assert_eq!(
        (world.chain.head, world.chain.head_hash),
        (DomainNumber(1), world.hashes[&DomainNumber(1)])
    );
    // Its record is still there; it stands on no chain.
    assert_eq!(remove(&world, DOMAIN, &second), Err(RemoveError::NotHeld));
}

#[test]
fn r30_what_another_receipt_took_the_place_of_is_not_removed_again() {
    let mut world = World::new(3);
    world.extend(1, 500, 3);
    let second = world.hashes[&DomainNumber(2)];
    let _removal = cut(&mut world, &second);
    let other = world.with(DomainNumber(2), world.chain.head_hash, &[], 1);
    assert!(world.submit(2, 501, &other).is_ok());
    // The record of the removed one waits for its sweep, and its number is pending again.
    assert_eq!(remove(&world, DOMAIN, &second), Err(RemoveError::NotHeld));
    assert!(remove(&world, DOMAIN, &other.receipt.compute_hash()).is_ok());
}

#[test]
fn r30_nothing_above_the_head_is_removed_whatever_the_host_remembers() {
    let mut world = World::new(3);
    world.extend(1, 500, 3);
    let second = world.hashes[&DomainNumber(2)];
    let _removal = cut(&mut world, &second);
    assert_eq!(remove(&Loose(world), DOMAIN, &second), Err(RemoveError::NotHeld));
}

#[test]
fn r31_what_is_final_stays() {
    let mut world = World::new(2);
    world.extend(1, 500, 2);
    world.chain.confirmed = DomainNumber(1);
    let first = world.hashes[&DomainNumber(1)];
    assert_eq!(
        remove(&world, DOMAIN, &first),
        Err(RemoveError::Final {
            number: DomainNumber(1)
        })
    );
    let genesis = world.hashes[&DomainNumber(0)];
    assert_eq!(
        remove(&world, DOMAIN, &genesis),
        Err(RemoveError::Final {
            number: DomainNumber(0)
        })
    );
    assert!(remove(&world, DOMAIN, &world.chain.head_hash).is_ok());
}

#[test]
fn codes_are_stable() {
    let number = DomainNumber(1);
    assert_eq!(RemoveError::<()>::NotHeld.code(), Some(30));
    assert_eq!(RemoveError::<()>::Final { number }.code(), Some(31));
    assert_eq!(RemoveError::Host(()).code(), None);
}

fn swept(world: &mut World, mut removal: Removal, limit: u32) -> (Vec<ReceiptHash>, BTreeSet<OperatorId>) {
    let (mut deleted, mut offenders) = (Vec::new(), BTreeSet::new());
    // More steps than any test here has receipts: a sweep that does not end must fail, not hang.
    for _ in 0..20 {
        let Ok(step) = sweep(world, &removal, limit);
        assert!(step.deleted.len() <= limit as usize);
        offenders.extend(step.offenders);
        for (number, hash) in step.deleted {
            assert_eq!(world.records.remove(&hash).unwrap().receipt.number, number);
            deleted.push(hash);
        }
        match step.rest {
            Some(rest) => removal = Removal::decode_all(&mut &rest.encode()[..]).unwrap(),
            None => return (deleted, offenders),
        }
    }
    panic!("the sweep does not end");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Everybody who backed a removed receipt is named, and nobody else, however the sweep is cut and whatever grows in
    /// the place of what was removed.
    #[test]
    fn r32_a_sweep_names_every_backer_of_every_removed_receipt(
        length in 1..10_u64,
        first in any::<prop::sample::Index>(),
        endorsers in prop::collection::vec((0..10_u64, 20..26_u64), 0..12),
        limit in 1..5_u32,
        regrown in 0..4_u64,
    ) {
        let mut world = World::new(length + 4);
        let first = first.index(length as usize) as u64 + 1;
        for number in 1..=length {
            let next = world.next();
            assert!(world.submit(number, 500, &next).is_ok());
            for (at, by) in &endorsers {
                if at + 1 == number {
                    assert!(world.submit(*by, 500, &next).is_ok());
                }
            }
        }
        let removed: Vec<ReceiptHash> = (first..=length).map(|number| world.hashes[&DomainNumber(number)]).collect();
        let guilty: BTreeSet<OperatorId> =
            removed.iter().flat_map(|hash| world.records[hash].backers.clone()).collect();
        let kept: BTreeSet<ReceiptHash> =
            world.records.keys().filter(|hash| !removed.contains(hash)).copied().collect();

        let removal = cut(&mut world, &removed[0]);
        let mut fresh = BTreeSet::new();
        for salt in 0..regrown {
            let (number, parent) = (world.chain.head.next().unwrap(), world.chain.head_hash);
            let other = world.with(number, parent, &[], salt + 1);
            assert!(world.submit(99, 501, &other).is_ok());
            fresh.insert(other.receipt.compute_hash());
        }
        let (deleted, offenders) = swept(&mut world, removal, limit);
        prop_assert_eq!(offenders, guilty);
        prop_assert_eq!(deleted.iter().rev().copied().collect::<Vec<_>>(), removed);
        let left: BTreeSet<ReceiptHash> = world.records.keys().copied().collect();
        prop_assert_eq!(left, kept.union(&fresh).copied().collect::<BTreeSet<_>>());
    }
}

#[test]
fn r32_two_removals_are_swept_apart() {
    let mut world = World::new(3);
    world.extend(1, 500, 3);
    let second = world.hashes[&DomainNumber(2)];
    let one = cut(&mut world, &second);
    let other = world.with(DomainNumber(2), world.chain.head_hash, &[], 1);
    assert!(world.submit(2, 501, &other).is_ok());
    let two = cut(&mut world, &other.receipt.compute_hash());
    let (deleted, offenders) = swept(&mut world, one, 1);
    assert_eq!((deleted.len(), offenders), (2, BTreeSet::from([operator(1)])));
    let (deleted, offenders) = swept(&mut world, two, 1);
    assert_eq!((deleted.len(), offenders), (1, BTreeSet::from([operator(2)])));
}

#[test]
fn r32_a_missing_record_stops_the_sweep_and_lets_nobody_go() {
    let mut world = World::new(2);
    world.extend(1, 500, 2);
    let first = world.hashes[&DomainNumber(1)];
    let removal = cut(&mut world, &first);
    world.records.clear();
    let Ok(step) = sweep(&world, &removal, 5);
    assert_eq!((step.deleted.len(), step.rest), (0, Some(removal)));
    let Ok(step) = sweep(&world, &removal, 0);
    assert_eq!(step.rest, Some(removal));
}
