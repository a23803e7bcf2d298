//! The rules of the pool, each from both sides.

use crate::town::{Broken, DOMAINS, MESSAGE, Town, params_of, proof};
use decex_core::codec::DecodeError;
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_fraud::{
    Admitted, Family, FraudPool, InvalidProof, JudgeError, NotPooled, NotRefuted, PoolLimits, Pooled, Urgency,
};

pub const LIMITS: PoolLimits = PoolLimits {
    message_bytes: MESSAGE,
    proofs: 100,
    bytes: 64 << 20,
    per_domain: 4,
    failures: 8,
};

pub fn pool(proofs: u32, per_domain: u32) -> FraudPool {
    FraudPool::new(PoolLimits {
        proofs,
        per_domain,
        ..LIMITS
    })
}

/// Which receipts the pool has proofs against, most urgent first.
pub fn held(pool: &FraudPool) -> Vec<(u32, u64)> {
    pool.iter().map(place).collect()
}

fn place(proof: &Pooled) -> (u32, u64) {
    (proof.urgency().domain.0, proof.urgency().number.0)
}

fn admit(pool: &mut FraudPool, town: &Town, (domain, number): (u32, u64)) -> Vec<(u32, u64)> {
    let Admitted { urgency, evicted } = pool.submit(town, &proof(domain, number)).expect("admitted");
    assert_eq!(urgency.receipt, town.hash(domain, number));
    evicted
        .iter()
        .map(|urgency| (urgency.domain.0, urgency.number.0))
        .collect()
}

pub fn refused(pool: &mut FraudPool, town: &Town, bytes: &[u8]) -> NotPooled {
    match pool.submit(town, bytes).expect_err("refused") {
        JudgeError::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

/// A proof that decodes and refutes nothing.
pub fn broken(domain: u32, number: u64, salt: u8) -> Vec<u8> {
    let mut bytes = proof(domain, number);
    *bytes.last_mut().unwrap() ^= salt;
    bytes
}

#[test]
fn a_proof_is_kept_as_it_came() {
    let (town, mut pool) = (Town::new(), pool(10, 4));
    assert!(pool.is_empty());
    assert_eq!(admit(&mut pool, &town, (2, 1)), []);
    let kept = pool.get(DomainId(2), &town.hash(2, 1)).unwrap();
    assert_eq!(kept.bytes(), proof(2, 1));
    assert_eq!(kept.family(), Family::Transition);
    assert_eq!(kept.name().receipt, town.hash(2, 1));
    // Included at 12, challenge period 50.
    assert_eq!(kept.urgency().last_block, ConsensusNumber(62));
    assert_eq!(pool.bytes(), proof(2, 1).len() as u64);
    let taken = pool.remove(DomainId(2), &town.hash(2, 1)).unwrap();
    assert_eq!(taken.bytes(), proof(2, 1));
    assert!(pool.is_empty() && pool.bytes() == 0);
    assert_eq!(pool.remove(DomainId(2), &town.hash(2, 1)), None);
}

#[test]
fn f21_f1_f4_what_the_intake_refuses_is_refused_and_may_come_again() {
    let (mut town, mut pool) = (Town::new(), pool(10, 4));
    let good = proof(1, 2);
    let short = NotRefuted::Bytes(DecodeError::Malformed);
    assert_eq!(refused(&mut pool, &town, &good[..67]), short.into());
    let mut large = good.clone();
    large.resize(1 << 20, 0);
    assert!(matches!(
        refused(&mut pool, &town, &large),
        NotPooled::NotRefuted(NotRefuted::Proof(InvalidProof::TooLarge { .. }))
    ));
    // The proof is here before its receipt.
    town.quarter(1).head = 1;
    let refusal = refused(&mut pool, &town, &good);
    assert_eq!(refusal, NotRefuted::NotPending.into());
    assert_eq!(refusal.code(), 1);
    assert_eq!((town.judged(), pool.failures()), (0, 0));
    town.quarter(1).head = 2;
    admit(&mut pool, &town, (1, 2));
}

#[test]
fn f22_a_missing_engine_is_not_held_against_the_proof() {
    let (mut town, mut pool) = (Town::new(), pool(10, 4));
    town.has_engine = false;
    assert_eq!(
        refused(&mut pool, &town, &proof(1, 1)),
        NotRefuted::NoEngine.into()
    );
    assert_eq!(pool.failures(), 0);
    town.has_engine = true;
    admit(&mut pool, &town, (1, 1));
}

#[test]
fn f23_one_proof_for_each_receipt_and_no_work_for_a_second() {
    let (town, mut pool) = (Town::new(), pool(10, 4));
    admit(&mut pool, &town, (1, 1));
    let judged = town.judged();
    // The same again, a copy under another name, bytes that are no proof: all the same.
    let mut copied = proof(1, 1);
    copied[36..68].fill(66);
    let garbage = proof(1, 1)[..68].to_vec();
    for bytes in [proof(1, 1), copied, garbage] {
        let refusal = refused(&mut pool, &town, &bytes);
        assert_eq!(refusal, NotPooled::Held);
        assert_eq!(refusal.code(), 23);
    }
    assert_eq!((town.judged(), pool.failures(), pool.len()), (judged, 0, 1));
    let kept = pool.get(DomainId(1), &town.hash(1, 1)).unwrap();
    assert_eq!(kept.bytes(), proof(1, 1));
    admit(&mut pool, &town, (1, 2));
}

#[test]
fn f24_a_domain_has_its_share_for_its_most_urgent_proofs() {
    let (town, mut pool) = (Town::new(), pool(10, 2));
    admit(&mut pool, &town, (1, 2));
    admit(&mut pool, &town, (1, 3));
    let judged = town.judged();
    let refusal = refused(&mut pool, &town, &proof(1, 4));
    let domain = DomainId(1);
    assert_eq!(refusal, NotPooled::Share { domain, limit: 2 });
    assert_eq!(refusal.code(), 24);
    assert_eq!(town.judged(), judged, "nothing is judged that has no room");
    // A more urgent one takes the place of the least urgent.
    assert_eq!(admit(&mut pool, &town, (1, 1)), [(1, 3)]);
    assert_eq!(held(&pool), [(1, 1), (1, 2)]);
    // Other domains have shares of their own.
    admit(&mut pool, &town, (5, 4));
}

#[test]
fn f25_a_full_pool_keeps_the_most_urgent_proof_of_each_domain_first() {
    let (town, mut pool) = (Town::new(), pool(3, 3));
    for number in 1..=3 {
        admit(&mut pool, &town, (0, number));
    }
    // Less urgent than all of them, and the only one of its domain.
    assert_eq!(admit(&mut pool, &town, (5, 4)), [(0, 3)]);
    assert_eq!(admit(&mut pool, &town, (4, 4)), [(0, 2)]);
    assert_eq!(held(&pool), [(0, 1), (4, 4), (5, 4)]);
    // Only such are left: by urgency.
    let judged = town.judged();
    let refusal = refused(&mut pool, &town, &proof(0, 2));
    assert_eq!(refusal, NotPooled::Full);
    assert_eq!(refusal.code(), 25);
    assert_eq!(town.judged(), judged, "nothing is judged that has no room");
    assert_eq!(admit(&mut pool, &town, (3, 2)), [(5, 4)]);
    assert_eq!(refused(&mut pool, &town, &proof(5, 4)), NotPooled::Full);
    assert_eq!(held(&pool), [(0, 1), (3, 2), (4, 4)]);
}

#[test]
fn f25_bytes_are_bounded_as_the_number_is() {
    let town = Town::new();
    let size = |domain| proof(domain, 1).len() as u64;
    let bytes = size(0) + size(1) + size(2);
    let mut pool = FraudPool::new(PoolLimits {
        message_bytes: 600,
        bytes,
        ..LIMITS
    });
    // A pool that could not hold the longest message would be of no use.
    let least = FraudPool::new(PoolLimits {
        bytes: 0,
        proofs: 0,
        per_domain: 0,
        ..LIMITS
    });
    let PoolLimits {
        bytes: b,
        proofs,
        per_domain,
        ..
    } = *least.limits();
    assert_eq!((b, proofs, per_domain), (u64::from(MESSAGE), 1, 1));
    let limit = pool.limits().bytes;
    let mut most = 0;
    for domain in (0..DOMAINS).rev() {
        admit(&mut pool, &town, (domain, 1));
        most = most.max(pool.bytes());
        assert!(pool.bytes() <= limit);
    }
    assert_eq!((limit, most), (bytes, bytes), "the bound was reached");
    assert!(pool.len() < DOMAINS as usize);
    assert_eq!(held(&pool)[0], (0, 1));
    assert_eq!(refused(&mut pool, &town, &proof(5, 1)), NotPooled::Full);
}

#[test]
fn f24_f25_what_the_share_gives_up_makes_room() {
    let town = Town::new();
    let size = |domain, number| proof(domain, number).len() as u64;
    let bytes = size(1, 2).max(size(1, 1)) + size(5, 1);
    let mut pool = FraudPool::new(PoolLimits {
        message_bytes: 600,
        bytes,
        per_domain: 1,
        ..LIMITS
    });
    assert_eq!(pool.limits().bytes, bytes);
    admit(&mut pool, &town, (1, 2));
    admit(&mut pool, &town, (5, 1));
    // The share of domain 1 costs it the other proof, and nobody else anything.
    assert_eq!(admit(&mut pool, &town, (1, 1)), [(1, 2)]);
    assert_eq!(held(&pool), [(1, 1), (5, 1)]);
}

#[test]
fn f26_what_failed_is_not_judged_again_where_it_failed() {
    let (mut town, mut pool) = (Town::new(), pool(10, 4));
    let malformed = [proof(1, 1), vec![0]].concat();
    for (bytes, times) in [(broken(1, 1, 1), 1), (malformed, 2)] {
        let first = refused(&mut pool, &town, &bytes);
        assert!(matches!(first, NotPooled::NotRefuted(_)));
        assert_eq!(pool.failures(), times);
        let judged = town.judged();
        let again = refused(&mut pool, &town, &bytes);
        assert_eq!(again, NotPooled::FailedBefore);
        assert_eq!(again.code(), 26);
        assert_eq!(town.judged(), judged);
    }
    // Against another inclusion of the receipt they are judged.
    town.quarter(1).receipts[1].1 += 3;
    let judged = town.judged();
    assert!(matches!(
        refused(&mut pool, &town, &broken(1, 1, 1)),
        NotPooled::NotRefuted(_)
    ));
    assert_eq!(town.judged(), judged + 1);
    // None of it is in the way of the good one.
    admit(&mut pool, &town, (1, 1));
}

#[test]
fn f26_the_memory_is_bounded_and_forgets_the_oldest() {
    let (town, mut pool) = (Town::new(), pool(10, 4));
    for salt in 1..=20 {
        refused(&mut pool, &town, &broken(1, 1, salt));
        assert_eq!(pool.failures(), usize::from(salt).min(8));
    }
    assert_eq!(
        refused(&mut pool, &town, &broken(1, 1, 13)),
        NotPooled::FailedBefore
    );
    assert!(matches!(
        refused(&mut pool, &town, &broken(1, 1, 12)),
        NotPooled::NotRefuted(_)
    ));
    let mut forgetful = FraudPool::new(PoolLimits {
        failures: 0,
        ..LIMITS
    });
    refused(&mut forgetful, &town, &broken(1, 1, 1));
    assert_eq!(forgetful.failures(), 0);
}

#[test]
fn f27_a_block_gets_the_most_urgent_proof_of_each_domain_that_fits() {
    let (mut town, mut pool) = (Town::new(), pool(10, 4));
    for place in [(0, 2), (0, 1), (2, 3), (2, 1), (5, 1)] {
        admit(&mut pool, &town, place);
    }
    // Domain 5 confirms sooner than all others.
    town.quarter(5).params = params_of(20);
    assert_eq!(pool.refresh(&town), Ok(vec![]));
    assert_eq!(held(&pool), [(5, 1), (0, 1), (2, 1), (0, 2), (2, 3)]);
    let chosen = |pool: &FraudPool, bytes| pool.select(bytes).into_iter().map(place).collect::<Vec<_>>();
    assert_eq!(chosen(&pool, u64::MAX), [(5, 1), (0, 1), (2, 1)]);
    let size = |domain: u32| proof(domain, 1).len() as u64;
    let all = size(5) + size(0) + size(2);
    assert_eq!(chosen(&pool, all), [(5, 1), (0, 1), (2, 1)]);
    assert_eq!(chosen(&pool, all - 1), [(5, 1), (0, 1)]);
    // What does not fit makes room for what does: the proof of domain 0 is shorter.
    assert!(size(0) < size(5));
    assert_eq!(chosen(&pool, size(5) - 1), [(0, 1)]);
    assert_eq!(chosen(&pool, 0), []);
}

#[test]
fn f28_what_is_not_pending_any_more_is_dropped() {
    let (mut town, mut pool) = (Town::new(), pool(30, 4));
    for domain in 0..3 {
        for number in 1..=3 {
            admit(&mut pool, &town, (domain, number));
        }
    }
    town.quarter(0).confirmed = 1;
    town.quarter(1).head = 1;
    // On the other branch another receipt stands at the number.
    let other = town.quarter(2).receipts[3].0.clone();
    town.quarter(2).receipts[3].0 = {
        let mut other = other.clone();
        other.state = StateRoot(Digest([9; 32]));
        other
    };
    let judged = town.judged();
    let dropped: Vec<_> = pool
        .refresh(&town)
        .unwrap()
        .iter()
        .map(|name| name.receipt)
        .collect();
    let expected = [
        town.hash(0, 1),
        town.hash(1, 2),
        town.hash(1, 3),
        other.compute_hash(),
    ];
    assert_eq!(dropped.len(), expected.len());
    assert!(expected.iter().all(|hash| dropped.contains(hash)));
    let mut left = held(&pool);
    left.sort_unstable();
    assert_eq!(left, [(0, 2), (0, 3), (1, 1), (2, 1), (2, 2)]);
    let bytes: usize = pool.iter().map(|proof| proof.bytes().len()).sum();
    assert_eq!(pool.bytes(), bytes as u64);
    assert_eq!(town.judged(), judged, "nothing is judged again");
    // Nothing changes twice; what came back may come again.
    assert_eq!(pool.refresh(&town), Ok(vec![]));
    town.quarter(1).head = 3;
    admit(&mut pool, &town, (1, 2));
    town.domains.clear();
    assert_eq!(pool.refresh(&town).unwrap().len(), 6);
    assert!(pool.is_empty() && pool.bytes() == 0);
}

#[test]
fn f28_on_another_branch_a_proof_takes_the_place_that_its_receipt_has_there() {
    let (mut town, mut pool) = (Town::new(), pool(10, 4));
    admit(&mut pool, &town, (0, 1));
    admit(&mut pool, &town, (1, 1));
    town.quarter(0).receipts[1].1 = 40;
    assert_eq!(pool.refresh(&town), Ok(vec![]));
    assert_eq!(held(&pool), [(1, 1), (0, 1)]);
    let kept = pool.get(DomainId(0), &town.hash(0, 1)).unwrap();
    assert_eq!(kept.urgency().last_block, ConsensusNumber(90));
    assert_eq!(refused(&mut pool, &town, &proof(0, 1)), NotPooled::Held);
}

#[test]
fn a_fault_of_the_host_changes_nothing() {
    let (mut town, mut pool) = (Town::new(), pool(10, 4));
    admit(&mut pool, &town, (0, 1));
    town.broken = true;
    assert_eq!(pool.submit(&town, &proof(1, 1)), Err(JudgeError::Host(Broken)));
    assert_eq!(pool.refresh(&town), Err(Broken));
    town.broken = false;
    let inboxes = std::mem::take(&mut town.quarter(1).inboxes);
    assert_eq!(pool.submit(&town, &proof(1, 1)), Err(JudgeError::Inconsistent));
    assert_eq!((held(&pool), pool.failures()), (vec![(0, 1)], 0));
    town.quarter(1).inboxes = inboxes;
    admit(&mut pool, &town, (1, 1));
}

#[test]
fn a_pool_takes_no_more_memory_than_the_specification_says() {
    // Each proof stands in two maps, whose nodes are at least five elevenths full.
    let each = size_of::<Pooled>() + 2 * size_of::<Urgency>() + size_of::<(DomainId, ReceiptHash)>();
    assert!(each * 11 / 5 <= 600, "{each}");
}
