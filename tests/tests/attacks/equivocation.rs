//! Two receipts of one origin: only a liar ever vouches for both, and it costs the stake once.

use super::*;
use decex_bundle::SealedHeader;
use decex_consensus::decex_staking::Stakes;
use decex_consensus::keys;
use decex_core::list::ListTree;
use decex_core::params::DomainParams;
use decex_core::{HeaderHash, Window};
use decex_receipt::{InvalidReceiptEquivocation, ReceiptEquivocation, Vouched};
use parity_scale_codec::Decode;
use std::collections::{BTreeMap, BTreeSet};

/// Random numbers of one case.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Every receipt of a bundle, as evidence shows it.
fn vouched(bundle: &Bundle) -> Vec<Vouched> {
    let leaves = bundle.receipts.iter().map(|s| s.receipt.compute_hash().0);
    let tree = ListTree::new(leaves.collect());
    (0..)
        .zip(&bundle.receipts)
        .map(|(index, submission)| Vouched {
            header: bundle.header.clone(),
            receipt: submission.receipt.clone(),
            place: tree.prove(index, 1).unwrap(),
        })
        .collect()
}

fn pair(first: &Vouched, second: &Vouched) -> ReceiptEquivocation {
    ReceiptEquivocation {
        first: first.clone(),
        second: second.clone(),
    }
}

/// Refused by the call, and every byte as before. Returns why.
fn refuse_receipts(world: &mut World, evidence: &ReceiptEquivocation) -> RefusedEquivocation {
    let (store, purses) = (
        world.chain.host().store.clone(),
        world.chain.host().purses.clone(),
    );
    let refused = match world
        .chain
        .submit_receipt_equivocation(STRANGER, &evidence.encode())
    {
        Err(CallError::Refused(refused)) => refused,
        other => panic!("must be refused: {other:?}"),
    };
    assert_eq!(world.chain.host().store, store);
    assert_eq!(world.chain.host().purses, purses);
    refused
}

/// All that each honest operator vouched for: what it sealed, whether or not it was ever included.
#[derive(Default)]
struct Word {
    /// By operator, number and receipt.
    said: BTreeMap<(usize, DomainNumber, ReceiptHash), Vouched>,
}

/// Pairs of different receipts that one operator sealed for one number, and in what they differ.
#[derive(Debug, Default)]
struct Pairs {
    /// Of two branches that differ in the including block.
    hash: usize,
    /// Of two branches that share it, and the parent.
    seed: usize,
}

impl Word {
    fn hear(&mut self, index: usize, bundle: &Bundle) {
        for vouched in vouched(bundle) {
            let key = (index, vouched.receipt.number, vouched.receipt.compute_hash());
            self.said.entry(key).or_insert(vouched);
        }
    }

    /// No pair, in either order, is accepted by the chain.
    fn judge(&self, world: &mut World, pairs: &mut Pairs) {
        let all: Vec<_> = self.said.iter().collect();
        for (position, ((operator, number, _), first)) in all.iter().enumerate() {
            let others = all.iter().skip(position + 1);
            let same_place = others.take_while(|((o, n, _), _)| o == operator && n == number);
            for (_, second) in same_place {
                let (one, other) = (&first.receipt, &second.receipt);
                pairs.hash += usize::from(one.consensus_hash != other.consensus_hash);
                let block = one.consensus_hash == other.consensus_hash;
                pairs.seed += usize::from(block && one.parent == other.parent && one.seed != other.seed);
                for evidence in [pair(first, second), pair(second, first)] {
                    let origin = RefusedEquivocation::Receipts(InvalidReceiptEquivocation::Origin);
                    assert_eq!(refuse_receipts(world, &evidence), origin, "{one:?}\n{other:?}");
                }
            }
        }
    }
}

/// One run with accidents of all kinds and a liar, operator 4. Returns what the others said.
fn accidents(seed: u64, word: &mut Word) -> World {
    let mut world = World::new(5, params());
    let backup = world.disks[0].clone();
    let (mut chance, mut nonces, mut late) = (Chance(seed), BTreeMap::<usize, u64>::new(), Vec::new());
    for block in 0..80 {
        let from = chance.below(8) as usize;
        let nonce = nonces.entry(from).or_default();
        world.send(&transfer(from, *nonce));
        *nonce += 1;
        match chance.below(8) {
            0 | 1 if block > 8 => {
                world.retract(1 + chance.below(4) as usize);
                world.branch += 1;
            }
            2 => world.restart(chance.below(4) as usize),
            3 => {
                world.offline.insert(chance.below(4) as usize);
            }
            4 | 5 => world.offline.clear(),
            _ => {}
        }
        let mut bundles = Vec::new();
        for (index, bundle) in world.propose() {
            if index < 4 {
                word.hear(index, &bundle);
                // Many are lost or late, so that receipts are sealed again.
                match chance.below(3) {
                    0 => late.push(bundle),
                    1 => {}
                    _ => bundles.push(bundle),
                }
            }
        }
        if let Some(election) = elected(&world, 4, world.next_slot())
            && chance.below(2) == 0
        {
            let submissions = extend(&world, 4, 2, &mut |_| Some(Mutant::TraceFrom(1)));
            if !submissions.is_empty() {
                let base = head_hash(&world);
                bundles.push(seal(&world, 4, election, base, submissions, Vec::new()));
            }
        }
        if chance.below(2) == 0 {
            bundles.append(&mut late);
        }
        let proofs = world.proofs();
        world.produce(&bundles, &proofs);
    }
    world.offline.clear();
    for (index, bundle) in world.propose() {
        if index < 4 {
            word.hear(index, &bundle);
        }
    }
    // An operator that comes back from its first day's backup executes the same again.
    let own: Vec<_> = (1..=world.operators[0].head().unwrap().0.0)
        .filter_map(|number| world.operators[0].receipt(DomainNumber(number)).cloned())
        .collect();
    world.disks[0] = backup;
    world.restart(0);
    world.catch_up(0).unwrap();
    assert!(!own.is_empty());
    for receipt in own {
        assert_eq!(world.operators[0].receipt(receipt.number), Some(&receipt));
    }
    world
}

#[test]
fn honest_operators_never_vouch_for_two_receipts_of_one_origin() {
    let (mut pairs, mut removals) = (Pairs::default(), 0);
    for seed in 0..20 {
        let mut word = Word::default();
        let mut world = accidents(seed, &mut word);
        let liar = pool(&world.chain, 4);
        removals += usize::from(matches!(liar.status, PoolStatus::Slashed { .. }));
        word.judge(&mut world, &mut pairs);
    }
    // Otherwise the runs were too quiet to tell anything.
    assert!(
        pairs.hash > 5 && pairs.seed > 5 && removals > 5,
        "{pairs:?} {removals}"
    );
}

/// Two bundles of the operator, each with one receipt of block 1: the right one, and a wrong one.
fn two_words(world: &mut World, index: usize) -> (Bundle, Bundle) {
    let (right, wrong) = (right(world, 1), wrong(world, 1, 1));
    let base = head_hash(world);
    let election = await_election(world, index);
    let first = seal(world, index, election, base, right, Vec::new());
    let log = world.produce(std::slice::from_ref(&first), &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let election = await_election(world, index);
    let second = seal(world, index, election, base, wrong, Vec::new());
    (first, second)
}

/// The totals are the sums of what the operators that take part have at stake.
fn assert_stakes(world: &World) {
    let active = (0..world.operators.len())
        .map(|index| pool(&world.chain, index))
        .filter(|pool| pool.status == PoolStatus::Active);
    let sum: u128 = active.map(|pool| pool.stake.0).sum();
    let bytes = &world.chain.host().store[&keys::stakes(world.domain)];
    assert_eq!(Stakes::decode(&mut &bytes[..]).unwrap().next, Balance(sum));
}

#[test]
fn two_receipts_of_one_origin_cost_the_stake_once_and_the_chain_goes_on() {
    let mut world = World::new(4, params());
    unclaimed(&mut world, 3);
    let total = world.chain.host().total();
    // A bundle with transactions, of an operator that is about to be slashed.
    include(&mut world, 2, &[transfer(9, 0)]);
    world.produce(&[], &[]);
    let (first, second) = two_words(&mut world, 2);
    let evidence = pair(&vouched(&first)[0], &vouched(&second)[0]);
    let chain = world.chain.chain(world.domain).unwrap();
    let events = world
        .chain
        .submit_receipt_equivocation(STRANGER, &evidence.encode())
        .unwrap();
    assert_eq!(slashed(&events), [OperatorId(2)]);
    assert_eq!(
        world.chain.chain(world.domain).unwrap(),
        chain,
        "the receipts stand"
    );
    assert_stakes(&world);
    let reward = STAKE.0 * u128::from(params().reporter_share) / 10_000;
    assert_eq!(world.chain.host().purses[&STRANGER].free, Balance(reward));
    // Once, whichever kind of evidence follows and whoever shows it.
    let swapped = pair(&evidence.second, &evidence.first);
    for again in [&evidence, &swapped] {
        assert_eq!(refuse_receipts(&mut world, again), RefusedEquivocation::NoStake);
    }
    let third = seal(
        &world,
        2,
        second.header.header.election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(5, 0))],
    );
    let seals = Equivocation {
        first: second.header.clone(),
        second: third.header.clone(),
    };
    let again = world.chain.submit_equivocation(STRANGER, &seals.encode());
    assert_eq!(again, Err(CallError::Refused(RefusedEquivocation::NoStake)));
    // What it sealed and nobody included is refused from now on.
    let ineligible = RefusedBundle::Bundle(InvalidBundle::Ineligible {
        operator: OperatorId(2),
    });
    assert_eq!(refuse(&mut world, &third), ineligible);
    // Its right receipt becomes final, its transactions are executed, and nothing else is taken from anybody.
    let logs = world.run(60);
    assert_eq!(slashed(&all_events(&logs)), []);
    let (head, confirmed) = world.heads();
    assert_eq!(head, confirmed);
    assert!(head.0 >= 4, "{head:?}");
    let executed = world.operators[0].receipt(DomainNumber(4)).unwrap();
    assert_eq!(executed.schedule.count, 1);
    assert_stakes(&world);
    assert_eq!(world.chain.host().total(), total);
}

#[test]
fn a_removal_takes_nothing_from_who_was_slashed_for_two_receipts() {
    for leaves in [false, true] {
        // Long enough for everybody to be elected while the lies are pending.
        let patient = DomainParams {
            challenge_period: 60,
            ..params()
        };
        let mut world = World::new(5, patient);
        unclaimed(&mut world, 6);
        let total = world.chain.host().total();
        // Operator 2 lies of block 1, operator 3 builds on it: more than one step of the sweep.
        let lies = wrong(&world, 1, 1);
        let election = await_election(&mut world, 2);
        let lie = seal(&world, 2, election, head_hash(&world), lies, Vec::new());
        let own = right(&world, 1);
        let log = world.produce(std::slice::from_ref(&lie), &[]);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
        let built = extend(&world, 3, 5, &mut |_| None);
        let log = vouch(&mut world, 3, built);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
        // It has sealed the right receipt too.
        let election = decex_election::ElectionProof {
            window: Window(1),
            ..lie.header.header.election
        };
        let other = seal(&world, 2, election, head_hash(&world), own, Vec::new());
        let evidence = pair(&vouched(&lie)[0], &vouched(&other)[0]).encode();
        if leaves {
            world
                .chain
                .deregister_operator(operator_account(2), OperatorId(2))
                .unwrap();
        }
        let proofs = world.proofs();
        let mut before = world.chain.clone();
        // The proof first: the sweep has not reached operator 2 when the evidence comes.
        let log = world.produce(&[], &proofs);
        assert_eq!(slashed(&log.events), [OperatorId(3)]);
        let events = world
            .chain
            .submit_receipt_equivocation(STRANGER, &evidence)
            .unwrap();
        assert_eq!(slashed(&events), [OperatorId(2)]);
        assert_stakes(&world);
        let logs = world.run(130);
        assert_eq!(slashed(&all_events(&logs)), [], "the sweep finds nothing to take");
        assert_eq!(world.chain.progress(world.domain).unwrap().unwrap().unswept, 0);
        assert_eq!(world.heads(), (DomainNumber(6), DomainNumber(6)));
        assert_eq!(world.at_stake(2), Balance::ZERO);
        assert_eq!(world.chain.host().total(), total);
        assert_stakes(&world);
        // The evidence first: the proof is accepted all the same, and takes the rest.
        before.submit_receipt_equivocation(STRANGER, &evidence).unwrap();
        let events = before.submit_proof(&proofs[0].encode()).unwrap();
        assert_eq!(slashed(&events), [OperatorId(3)]);
        assert_eq!(before.host().total(), total);
    }
}

/// A header of an honest operator is in everybody's hands; nothing that one can do with it makes evidence.
#[test]
fn an_honest_word_cannot_be_turned() {
    let mut world = World::new(3, params());
    unclaimed(&mut world, 2);
    let (own, lie) = (right(&world, 2), wrong(&world, 1, 1));
    let election = await_election(&mut world, 1);
    let honest = seal(&world, 1, election, head_hash(&world), own, Vec::new());
    let liar = seal(&world, 2, election, head_hash(&world), lie, Vec::new());
    let (word, twisted) = (vouched(&honest), vouched(&liar).remove(0));
    let places = |header: SealedHeader| Vouched {
        header,
        ..twisted.clone()
    };
    // The liar's receipt beside the honest seal, under the honest name, and with the honest place.
    let mut named = liar.header.clone();
    named.header.operator = OperatorId(1);
    named.seal = operator_keypair(2).sign(&label::BUNDLE_SEAL, &named.header.compute_hash().0);
    let placed = Vouched {
        place: word[0].place.clone(),
        ..places(honest.header.clone())
    };
    let mut hashes = BTreeSet::<HeaderHash>::new();
    for forged in [
        places(honest.header.clone()),
        places(named.clone()),
        places(liar.header.clone()),
        placed,
    ] {
        hashes.insert(forged.header.header.compute_hash());
        for evidence in [pair(&word[0], &forged), pair(&forged, &word[0])] {
            let refused = refuse_receipts(&mut world, &evidence);
            assert!(matches!(refused, RefusedEquivocation::Receipts(_)), "{refused:?}");
        }
    }
    assert_eq!(hashes.len(), 3);
    // Nor do two of its own receipts, or one twice.
    for (first, second) in [(0, 1), (1, 0), (0, 0)] {
        refuse_receipts(&mut world, &pair(&word[first], &word[second]));
    }
}

#[test]
fn changed_evidence_on_receipts_slashes_nobody() {
    let mut world = World::new(3, params());
    unclaimed(&mut world, 1);
    let (first, second) = two_words(&mut world, 2);
    let bytes = pair(&vouched(&first)[0], &vouched(&second)[0]).encode();
    let host = world.chain.host().clone();
    for at in 0..bytes.len() {
        for bit in [0, at % 8] {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let refused = world.chain.submit_receipt_equivocation(STRANGER, &changed);
            assert!(matches!(refused, Err(CallError::Refused(_))), "byte {at}");
        }
    }
    assert_eq!(world.chain.host().store, host.store);
    assert_eq!(world.chain.host().purses, host.purses);
    world.chain.submit_receipt_equivocation(STRANGER, &bytes).unwrap();
    assert_eq!(world.chain.host().total(), host.total());
}
