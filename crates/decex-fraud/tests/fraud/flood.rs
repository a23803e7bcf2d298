//! Whatever is thrown at a pool, good proofs get in and stay, and the bounds hold.

use crate::pool::{LIMITS, broken, held, pool};
use crate::town::{DOMAINS, PENDING, Town, proof};
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_fraud::{FraudPool, JudgeError, NotPooled, PoolLimits, Urgency};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// One thing that happens to a pool.
#[derive(Clone, Debug)]
enum Event {
    Good(u32, u64),
    /// A good proof with one byte changed.
    Changed(u32, u64, usize, u8),
    /// A good proof cut off or with more behind it.
    Resized(u32, u64, usize),
    Noise(Vec<u8>),
    /// A receipt is included elsewhere, or the domain's chain ends elsewhere: a block, or another branch.
    Chain {
        domain: u32,
        confirmed: u64,
        head: u64,
        shift: u64,
    },
    Taken(u32, u64),
}

fn place() -> impl Strategy<Value = (u32, u64)> {
    (0..DOMAINS, 1..=PENDING)
}

fn bad() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (place(), any::<usize>(), 1..=255_u8).prop_map(|((d, n), at, by)| Event::Changed(d, n, at, by)),
        2 => (place(), 0..3_000_usize).prop_map(|((d, n), length)| Event::Resized(d, n, length)),
        1 => proptest::collection::vec(any::<u8>(), 0..200).prop_map(Event::Noise),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => place().prop_map(|(d, n)| Event::Good(d, n)),
        3 => bad(),
        2 => (0..DOMAINS, 0..=PENDING, 0..=PENDING, 0..40_u64).prop_map(|(domain, a, b, shift)| Event::Chain {
            domain,
            confirmed: a.min(b),
            head: a.max(b),
            shift,
        }),
        1 => place().prop_map(|(d, n)| Event::Taken(d, n)),
    ]
}

fn bytes_of(event: &Event) -> Option<Vec<u8>> {
    match event {
        Event::Good(domain, number) => Some(proof(*domain, *number)),
        Event::Changed(domain, number, at, by) => {
            let mut bytes = proof(*domain, *number);
            let at = at % bytes.len();
            bytes[at] ^= by;
            Some(bytes)
        }
        Event::Resized(domain, number, length) => {
            let mut bytes = proof(*domain, *number);
            bytes.resize(*length, 0);
            Some(bytes)
        }
        Event::Noise(bytes) => Some(bytes.clone()),
        Event::Chain { .. } | Event::Taken(..) => None,
    }
}

fn happen(pool: &mut FraudPool, town: &mut Town, event: &Event) {
    if let Some(bytes) = bytes_of(event) {
        let _ = pool.submit(town, &bytes);
    }
    match event {
        Event::Chain {
            domain,
            confirmed,
            head,
            shift,
        } => {
            let quarter = town.quarter(*domain);
            (quarter.confirmed, quarter.head) = (*confirmed, *head);
            quarter.receipts.iter_mut().for_each(|(_, at)| *at += shift);
            pool.refresh(town).unwrap();
        }
        Event::Taken(domain, number) => {
            let _ = pool.remove(DomainId(*domain), &town.hash(*domain, *number));
        }
        _ => {}
    }
}

/// Everything that is true of a pool at any time.
fn check(pool: &FraudPool) {
    let places: Vec<Urgency> = pool.iter().map(|proof| *proof.urgency()).collect();
    assert!(places.is_sorted());
    let limits = pool.limits();
    assert!(places.len() <= limits.proofs as usize && places.len() == pool.len());
    let bytes: u64 = pool.iter().map(|proof| proof.bytes().len() as u64).sum();
    assert!(bytes <= limits.bytes && bytes == pool.bytes());
    assert!(pool.failures() <= limits.failures as usize);
    let mut shares: BTreeMap<DomainId, u32> = BTreeMap::new();
    for proof in pool.iter() {
        let place = proof.urgency();
        *shares.entry(place.domain).or_default() += 1;
        assert_eq!(pool.get(place.domain, &place.receipt), Some(proof));
    }
    assert!(shares.values().all(|share| *share <= limits.per_domain));
}

/// All good proofs in an order that the test picks.
fn shuffled() -> impl Strategy<Value = Vec<(u32, u64)>> {
    let all: Vec<_> = (0..DOMAINS)
        .flat_map(|domain| (1..=PENDING).map(move |number| (domain, number)))
        .collect();
    Just(all).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn f27_the_order_is_urgency_whatever_order_they_came_in(
        order in shuffled(),
        inclusions in proptest::collection::vec(0..1_000_u64, DOMAINS as usize),
    ) {
        let mut town = Town::new();
        let mut expected = Vec::new();
        for (domain, first) in inclusions.iter().enumerate() {
            for number in 1..=PENDING {
                // A later receipt is included later, or in the same block.
                let at = first + number / 2;
                town.quarter(domain as u32).receipts[number as usize].1 = at;
                expected.push((at + 50, domain as u32, number));
            }
        }
        expected.sort_unstable();
        let mut pool = pool(100, 4);
        for (domain, number) in order {
            pool.submit(&town, &proof(domain, number)).unwrap();
        }
        let expected: Vec<_> = expected.iter().map(|(_, domain, number)| (*domain, *number)).collect();
        prop_assert_eq!(held(&pool), expected);
        let mut seen = BTreeSet::new();
        let firsts: Vec<_> = held(&pool).into_iter().filter(|(domain, _)| seen.insert(*domain)).collect();
        let chosen = pool.select(u64::MAX);
        let chosen: Vec<_> = chosen.iter().map(|p| (p.urgency().domain.0, p.urgency().number.0)).collect();
        prop_assert_eq!(chosen, firsts);
    }

    #[test]
    fn f24_f25_the_bounds_hold_whatever_happens(
        events in proptest::collection::vec(event(), 1..80),
        proofs in 1..8_u32,
        per_domain in 1..4_u32,
        bytes in 600..2_500_u64,
    ) {
        let mut town = Town::new();
        let limits = PoolLimits { message_bytes: 600, proofs, per_domain, bytes, failures: 5 };
        let mut pool = FraudPool::new(limits);
        for event in &events {
            happen(&mut pool, &mut town, event);
            check(&pool);
        }
        pool.refresh(&town).unwrap();
        // F28: what is left is pending.
        for proof in pool.iter() {
            let place = *proof.urgency();
            let quarter = &town.domains[&place.domain];
            prop_assert!((quarter.confirmed + 1..=quarter.head).contains(&place.number.0));
        }
    }

    /// The most urgent proof of a domain gives way only to that many domains with a more urgent one, whatever else there is.
    #[test]
    fn f25_each_domain_is_served_while_there_are_as_many_places(
        order in shuffled(),
        inclusions in proptest::collection::vec(0..60_u64, DOMAINS as usize),
        proofs in 1..8_u32,
    ) {
        let mut town = Town::new();
        let mut firsts = Vec::new();
        for (domain, shift) in (0..).zip(inclusions) {
            town.quarter(domain).receipts.iter_mut().for_each(|(_, at)| *at += shift);
            firsts.push((shift + 10 + u64::from(domain), domain));
        }
        firsts.sort_unstable();
        let mut pool = pool(proofs, 2);
        for (domain, number) in order {
            let _ = pool.submit(&town, &proof(domain, number));
        }
        for (_, domain) in firsts.into_iter().take(proofs as usize) {
            prop_assert!(held(&pool).contains(&(domain, 1)), "{domain} in {:?}", held(&pool));
        }
    }

    #[test]
    fn f23_f26_failing_proofs_move_and_block_no_good_one(
        flood in proptest::collection::vec(bad(), 1..60),
        before in place(),
        after in place(),
    ) {
        let town = Town::new();
        // A flood that fills the memory of failures several times.
        let mut pool = FraudPool::new(PoolLimits { failures: 4, proofs: 2, ..LIMITS });
        pool.submit(&town, &proof(before.0, before.1)).unwrap();
        for event in &flood {
            let bytes = bytes_of(event).unwrap();
            // Another name for the reporter is another good proof.
            let good = place_of(&town, &bytes).is_some_and(|(domain, number)| {
                let good = proof(domain, number);
                bytes.len() == good.len() && bytes[..36] == good[..36] && bytes[68..] == good[68..]
            });
            if !good {
                prop_assert!(pool.submit(&town, &bytes).is_err());
                prop_assert_eq!(held(&pool), [before]);
            }
        }
        let answer = pool.submit(&town, &proof(after.0, after.1));
        if after == before {
            prop_assert_eq!(answer, Err(JudgeError::Refused(NotPooled::Held)));
        } else {
            prop_assert!(answer.is_ok());
        }
        check(&pool);
    }

    #[test]
    fn what_comes_again_changes_nothing(events in proptest::collection::vec(event(), 1..20)) {
        let mut town = Town::new();
        let mut pool = pool(6, 2);
        for event in &events {
            happen(&mut pool, &mut town, event);
            let before: Vec<_> = pool.iter().cloned().collect();
            if let Some(bytes) = bytes_of(event) {
                prop_assert!(pool.submit(&town, &bytes).is_err());
            } else {
                pool.refresh(&town).unwrap();
            }
            prop_assert!(pool.iter().eq(&before));
        }
    }
}

fn place_of(town: &Town, bytes: &[u8]) -> Option<(u32, u64)> {
    let hash = ReceiptHash(Digest(bytes.get(4..36)?.try_into().ok()?));
    (0..DOMAINS)
        .flat_map(|domain| (1..=PENDING).map(move |number| (domain, number)))
        .find(|(domain, number)| town.hash(*domain, *number) == hash)
}

#[test]
fn a_replayed_failure_is_judged_once() {
    let town = Town::new();
    let mut pool = pool(10, 4);
    for _ in 0..50 {
        assert!(pool.submit(&town, &broken(3, 3, 9)).is_err());
    }
    assert_eq!(town.judged(), 1);
}
