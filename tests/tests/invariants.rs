//! The seven invariants of the design, on the whole path: random chains, random lies, random accidents.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::match_wildcard_for_single_variants,
    reason = "tests"
)]

use decex_bundle::{Equivocation, Illegal, Item, Verdict};
use decex_consensus::Event;
use decex_core::hash::digest_encoded;
use decex_core::message::{ChannelId, PartyId};
use decex_core::{
    Balance, BoundedVec, ConsensusNumber, DomainId, DomainNumber, HeaderHash, OperatorId, ReceiptHash,
    Window, label,
};
use decex_operator::Notice;
use decex_receipt::{Bundle, Record};
use decex_testkit::ledger::Call;
use decex_testkit::mutant::Mutant;
use decex_tests::liar::{elected, extend, item, seal};
use decex_tests::world::{
    Log, STAKE, TERMS, World, operator_account, operator_keypair, params, transaction, user,
};
use parity_scale_codec::{Decode, Encode};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A run ends after so many quiet blocks: everything is claimed within a few, and final after the challenge period.
const QUIET: usize = 60;

/// Random numbers of one case, from a seed: the same seed, the same run.
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

/// Sends a transaction of a random user with its next nonce.
fn send(world: &mut World, chance: &mut Chance, nonces: &mut BTreeMap<usize, u64>) {
    let from = chance.below(12) as usize;
    let nonce = nonces.entry(from).or_default();
    let to = user(chance.below(20) as usize);
    let call = match chance.below(8) {
        0 => Call::Fail,
        // Over a channel that there is not: fails.
        1 | 2 => Call::Send {
            channel: ChannelId(7),
            to: PartyId::default(),
            value: Balance(3),
            deadline: ConsensusNumber(u64::MAX),
            data: BoundedVec::default(),
        },
        3 => Call::Write {
            first: chance.below(50),
            count: 3,
            value: chance.below(9),
        },
        // More than a step may touch: fails in the operator's run and in the verifier's alike.
        4 => Call::Write {
            first: 0,
            count: 5_000,
            value: 1,
        },
        _ => Call::Transfer {
            to,
            amount: Balance(chance.below(100).into()),
        },
    };
    world.send(&transaction(from, *nonce, call));
    *nonce += 1;
}

fn slashed(events: &[Event]) -> Vec<OperatorId> {
    let slash = |event: &Event| match event {
        Event::OperatorSlashed { operator, .. } => Some(*operator),
        _ => None,
    };
    events.iter().filter_map(slash).collect()
}

fn events(logs: &[Log]) -> Vec<Event> {
    logs.iter().flat_map(|log| log.events.clone()).collect()
}

/// The store, with the backers of each receipt in ascending order: who came first is all that inclusion order leaves.
fn settled(world: &World) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut store = world.chain.host().store.clone();
    let chain = world.chain.chain(world.domain).unwrap().unwrap();
    for number in 0..=chain.head.0 {
        let Some(hash) = world.chain.hash_at(world.domain, DomainNumber(number)).unwrap() else {
            continue;
        };
        let key = decex_consensus::keys::record(world.domain, &hash);
        let Some(bytes) = store.get_mut(&key) else {
            continue;
        };
        let mut record = Record::decode(&mut &bytes[..]).unwrap();
        record.backers.sort_unstable();
        *bytes = record.encode();
    }
    store
}

/// One honest run: what was sent and included follows from the seed alone.
fn honest_run(seed: u64, blocks: usize, shuffle: &mut dyn FnMut(&mut Vec<Bundle>)) -> World {
    let mut world = World::new(4, params());
    let (mut chance, mut nonces) = (Chance(seed), BTreeMap::new());
    for _ in 0..blocks {
        for _ in 0..chance.below(4) {
            send(&mut world, &mut chance, &mut nonces);
        }
        let mut bundles: Vec<Bundle> = world.propose().into_iter().map(|(_, bundle)| bundle).collect();
        shuffle(&mut bundles);
        let log = world.produce(&bundles, &[]);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
    }
    world
}

// 5. Determinism.

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn determinism_the_order_of_bundles_in_a_block_changes_nothing(seed: u64) {
        let one = honest_run(seed, 30, &mut |_| {});
        let mut turned = 0;
        let other = honest_run(seed, 30, &mut |bundles| {
            turned += usize::from(bundles.len() > 1);
            bundles.reverse();
        });
        prop_assert!(turned > 0, "blocks with several bundles are what this is about");
        prop_assert_eq!(settled(&one), settled(&other), "inboxes, seeds, receipts, windows, stakes");
        for (a, b) in one.operators.iter().zip(&other.operators) {
            prop_assert_eq!(a.head(), b.head());
        }
        prop_assert_eq!(&one.chain.host().purses, &other.chain.host().purses);
    }

    #[test]
    fn determinism_the_same_run_twice_gives_the_same_bytes(seed: u64) {
        let one = honest_run(seed, 25, &mut |_| {});
        let other = honest_run(seed, 25, &mut |_| {});
        prop_assert_eq!(&one.chain.host().store, &other.chain.host().store);
        prop_assert_eq!(&one.disks, &other.disks, "and so do the operators' own writes");
    }
}

/// The same on every machine: the digest of a small run, pinned. If a rule changes on purpose, so does this.
#[test]
fn determinism_a_small_run_has_a_pinned_digest() {
    let world = honest_run(1, 25, &mut |_| {});
    assert!(world.heads().0 >= DomainNumber(3));
    let store: Vec<_> = world.chain.host().store.iter().collect();
    let disk: Vec<_> = world.disks[0].iter().collect();
    let digest = digest_encoded(&label::EVIDENCE, &(store, disk));
    assert_eq!(digest.to_string(), PINNED);
}

const PINNED: &str = "99ce1d05c7cb799dbcbe204b74eb1fd09b822884174e211b7b840e36d6776f56";

// 2. Innocence, with 3. liveness and 4. conservation: accidents of all kinds, no lies.

/// No operator of these chains seals two headers for one window, whatever happens.
fn watch_seals(seals: &mut BTreeMap<(OperatorId, Window), HeaderHash>, bundles: &[Bundle]) {
    for bundle in bundles {
        let header = &bundle.header.header;
        let hash = header.compute_hash();
        let held = *seals
            .entry((header.operator, header.election.window))
            .or_insert(hash);
        assert_eq!(held, hash, "two headers for one window");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn innocence_accidents_cost_nobody_anything(seed: u64) {
        let mut world = World::new(4, params());
        let total = world.chain.host().total();
        let (mut chance, mut nonces, mut seals) = (Chance(seed), BTreeMap::new(), BTreeMap::new());
        let (mut waiting, mut all, mut finalized) = (Vec::<Bundle>::new(), Vec::<Event>::new(), 0);
        for block in 0..60 {
            for _ in 0..chance.below(3) {
                send(&mut world, &mut chance, &mut nonces);
            }
            match chance.below(10) {
                // Never past what is final on the host, nor past the first epoch.
                0 if block > 10 => {
                    let reach = world.blocks.len() - 1 - finalized.max(4);
                    world.retract((1 + chance.below(6) as usize).min(reach));
                    world.branch += 1;
                }
                5 | 6 => {
                    finalized = finalized.max((world.blocks.len() - 1).saturating_sub(8));
                    (0..4).for_each(|index| world.prune(index, finalized));
                }
                1 => world.restart(chance.below(4) as usize),
                2 => { world.offline.insert(chance.below(4) as usize); }
                3 | 4 => world.offline.clear(),
                _ => {}
            }
            let proposed: Vec<Bundle> = world.propose().into_iter().map(|(_, bundle)| bundle).collect();
            watch_seals(&mut seals, &proposed);
            // Some are late, some come twice, some never.
            waiting.extend(proposed);
            let mut now = Vec::new();
            waiting.retain(|bundle| match chance.below(6) {
                0 => false,
                1 => true,
                2 => { now.push(bundle.clone()); true }
                _ => { now.push(bundle.clone()); false }
            });
            // Somebody sends what looks like proof of it all.
            let log = world.produce(&now, &world.proofs());
            all.extend(log.events);
        }
        world.offline.clear();
        all.extend(events(&world.run(QUIET)));
        prop_assert_eq!(slashed(&all), []);
        let removed = all.iter().any(|event| matches!(event, Event::ReceiptsRemoved { .. }));
        prop_assert!(!removed);
        prop_assert!(world.proofs().is_empty());
        for index in 0..4 {
            prop_assert_eq!(world.at_stake(index), STAKE);
            prop_assert_eq!(world.operators[index].head(), world.operators[0].head());
        }
        let (head, confirmed) = world.heads();
        prop_assert!(head.0 > 0);
        prop_assert_eq!(head, confirmed, "what was included is final in the end");
        prop_assert_eq!(world.chain.host().total(), total);
        let progress = world.chain.progress(world.domain).unwrap().unwrap();
        prop_assert_eq!(progress.last, head);
        prop_assert!(!seals.is_empty());
    }
}

// 1. Safety, with 6. completeness: everybody but one lies, together.

fn mutant(chance: &mut Chance) -> Mutant {
    let rules = [
        Illegal::Malformed,
        Illegal::Signature,
        Illegal::Claim,
        Illegal::Nonce,
        Illegal::Fees,
    ];
    let rule = rules[chance.below(5) as usize];
    match chance.below(15) {
        0 => Mutant::TraceFrom(0),
        1 => Mutant::TraceFrom(1 + chance.below(3) as u32),
        2 => Mutant::TraceEntry(chance.below(3) as u32),
        3 => Mutant::ExecutionFees,
        4 => Mutant::StorageFees,
        5 => Mutant::Burned,
        6 | 7 => Mutant::Outbox,
        8 => Mutant::Swap(chance.below(3) as u32),
        9 => Mutant::Omit(chance.below(3) as u32),
        10 => Mutant::Repeat(chance.below(3) as u32),
        11 | 12 => Mutant::Accept(chance.below(3) as u16),
        13 => Mutant::OtherFault(chance.below(3) as u16, chance.below(2) as u32, rule),
        _ => Mutant::Reject(chance.below(2) as u16, chance.below(2) as u32, rule),
    }
}

/// A transaction of liar `index`: legal, or illegal in one of the ways that there are.
fn misfit(index: usize, nonce: u64, chance: &mut Chance) -> Item {
    // Users 40 and up have money, 140 and up have none.
    let from = 40 + index + if chance.below(5) == 0 { 100 } else { 0 };
    // Its first nonces are used up after a while.
    let mut item = item(&transaction(from, nonce, Call::Fail));
    match chance.below(6) {
        0 => {
            let mut bytes = item.bytes.to_vec();
            *bytes.last_mut().unwrap() ^= 1;
            item.bytes = BoundedVec::new(bytes).unwrap();
        }
        1 => item.bytes = BoundedVec::new(vec![1, 2, 3]).unwrap(),
        2 => item.weight.0 += 1,
        3 => item.nonce.0 += 1,
        _ => {}
    }
    item
}

/// A bundle of a liar for the next block: receipts on whatever head there is, some wrong, and transactions on top.
fn lies(world: &World, index: usize, chance: &mut Chance) -> Option<Bundle> {
    let election = elected(world, index, world.next_slot())?;
    let most = 1 + chance.below(3) as usize;
    let submissions = extend(world, index, most, &mut |_| {
        (chance.below(3) > 0).then(|| mutant(chance))
    });
    let head = world.chain.chain(world.domain).unwrap().unwrap().head_hash;
    let base = submissions
        .last()
        .map_or(head, |last| last.receipt.compute_hash());
    let items = match chance.below(3) {
        0 => (0..1 + chance.below(3))
            .map(|nonce| misfit(index, nonce, chance))
            .collect(),
        _ => Vec::new(),
    };
    (!submissions.is_empty() || !items.is_empty())
        .then(|| seal(world, index, election, base, submissions, items))
}

/// Who answers for receipts on the chain that operator 0 knows to be wrong.
fn liable(world: &World) -> BTreeSet<OperatorId> {
    let chain = world.chain.chain(world.domain).unwrap().unwrap();
    let mut liable = BTreeSet::new();
    for number in chain.confirmed.0 + 1..=chain.head.0 {
        let number = DomainNumber(number);
        let right = world.operators[0].receipt(number).unwrap().compute_hash();
        let record = world.chain.receipt_at(world.domain, number).unwrap().unwrap();
        if record.receipt.compute_hash() != right {
            liable.extend(record.backers);
        }
    }
    liable
}

/// What a conspiracy came to.
#[derive(Default)]
struct Seen {
    /// Wrong receipts on the chain.
    told: usize,
    /// Blocks with an illegal bundle, counted as long as they are the newest.
    invalid: usize,
    /// Blocks with a bundle on a removed base, likewise.
    removed: usize,
}

/// Operator 0 is honest and everybody else is not. `patience` is how many blocks a proof takes to arrive.
fn conspiracy(seed: u64, operators: usize, patience: u64) -> Seen {
    let mut world = World::new(operators, params());
    let total = world.chain.host().total();
    let (mut chance, mut nonces) = (Chance(seed), BTreeMap::new());
    let (mut all, mut guilty) = (Vec::<Event>::new(), BTreeSet::new());
    let (mut seen, mut rights) = (Seen::default(), BTreeMap::<DomainNumber, ReceiptHash>::new());
    for block in 0..70_u64 {
        if block < 50 {
            for _ in 0..chance.below(4) {
                send(&mut world, &mut chance, &mut nonces);
            }
        }
        let mut bundles: Vec<Bundle> = Vec::new();
        for (index, bundle) in world.propose() {
            if index == 0 {
                bundles.push(bundle);
            }
        }
        // Liars first: they win every race.
        for index in (1..operators).rev() {
            if let Some(bundle) = lies(&world, index, &mut chance) {
                bundles.insert(0, bundle);
            }
        }
        let proofs = if block % (patience + 1) == patience {
            world.operators[0].challenges().cloned().collect()
        } else {
            Vec::new()
        };
        let before = liable(&world);
        guilty.extend(before.iter().copied());
        let log = world.produce(&bundles, &proofs);
        let accepted = log
            .events
            .iter()
            .filter(|event| matches!(event, Event::ReceiptsRemoved { .. }))
            .count();
        assert_eq!(
            accepted,
            proofs.len(),
            "every proof of an honest operator holds: {:?}",
            log.refused
        );
        // Completeness: what stands there and is wrong is refuted by the honest operator at once.
        let now = liable(&world);
        guilty.extend(now.iter().copied());
        assert_eq!(now.is_empty(), world.operators[0].challenges().count() == 0);
        seen.told += log
            .notices
            .iter()
            .filter(|(index, notice)| *index == 0 && matches!(notice, Notice::Refuted { .. }))
            .count();
        all.extend(log.events);
        let (number, _) = world.operators[0].head().unwrap();
        let receipt = world.operators[0].receipt(number).unwrap();
        rights.insert(number, receipt.compute_hash());
        let invalid = |verdict: &Verdict| matches!(verdict, Verdict::Invalid(_));
        seen.invalid += usize::from(receipt.verdicts.iter().any(invalid));
        let removed = |verdict: &Verdict| matches!(verdict, Verdict::BaseRemoved);
        seen.removed += usize::from(receipt.verdicts.iter().any(removed));
        // The honest operator forgets what it may, and comes back from its disk now and then.
        let tip = world.blocks.len() - 1;
        world.prune(0, tip);
        if chance.below(9) == 0 {
            let waiting: Vec<Vec<u8>> = world.operators[0]
                .pool()
                .iter()
                .map(|item| item.bytes.to_vec())
                .collect();
            world.restart(0);
            for bytes in waiting {
                let _ = world.operators[0].add_transaction(&bytes).unwrap();
            }
        }
    }
    for _ in 0..QUIET {
        let proofs: Vec<_> = world.operators[0].challenges().cloned().collect();
        let honest: Vec<Bundle> = world
            .propose()
            .into_iter()
            .filter(|(index, _)| *index == 0)
            .map(|(_, bundle)| bundle)
            .collect();
        all.extend(world.produce(&honest, &proofs).events);
        let (number, hash) = world.operators[0].head().unwrap();
        rights.insert(number, hash);
    }
    // Safety: what was confirmed is what the honest operator executed.
    for event in &all {
        if let Event::ReceiptConfirmed { number, hash, .. } = event {
            assert_eq!(*hash, rights[number], "a wrong receipt is final at {number:?}");
        }
    }
    // Whoever answered for a wrong receipt lost its stake, once, and so did authors of bundles that a final receipt calls invalid;
    // nobody else did.
    for event in &all {
        if let Event::OperatorSlashed {
            operator,
            reporter: None,
            ..
        } = event
        {
            // Of those who built on a wrong receipt nobody gets a share either; they are known already.
            assert!(guilty.contains(operator) || seen.invalid > 0);
            guilty.insert(*operator);
        }
    }
    let mut punished = slashed(&all);
    punished.sort_unstable();
    let expected: Vec<OperatorId> = guilty.iter().copied().collect();
    assert_eq!(punished, expected);
    assert!(!guilty.contains(&OperatorId(0)));
    for index in 0..operators {
        let held = world.at_stake(index);
        let guilty = guilty.contains(&OperatorId(index as u64));
        assert_eq!(held, if guilty { Balance::ZERO } else { STAKE });
    }
    assert_eq!(world.chain.host().total(), total);
    // Liveness: with one honest operator left everything that was included is final.
    let (head, confirmed) = world.heads();
    let last = world.chain.progress(world.domain).unwrap().unwrap().last;
    assert_eq!((head, confirmed), (last, last));
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(14))]

    #[test]
    fn safety_all_but_one_lie_and_nothing_wrong_is_ever_final(seed: u64, operators in 2..6_usize, patience in 0..6_u64) {
        conspiracy(seed, operators, patience);
    }
}

#[test]
fn safety_the_conspirators_of_these_tests_do_lie() {
    let seen: Vec<Seen> = (0..5).map(|seed| conspiracy(seed, 5, 2)).collect();
    let sum = |of: fn(&Seen) -> usize| seen.iter().map(of).sum::<usize>();
    let counts = (
        sum(|seen| seen.told),
        sum(|seen| seen.invalid),
        sum(|seen| seen.removed),
    );
    assert!(
        counts.0 >= 10 && counts.1 >= 1 && counts.2 >= 1,
        "too tame: {counts:?}"
    );
}

// 6. Soundness: no proof, true of another receipt or changed at random, removes a right receipt.

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn soundness_no_proof_removes_a_right_receipt(
        seed: u64,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        let (mut world, proofs, right) = refuted(seed);
        let before = world.chain.host().store.clone();
        for proof in proofs {
            let mut aimed = proof;
            aimed.receipt = right;
            let mut bytes = aimed.encode();
            for (at, byte) in &changes {
                // The name of the receipt stays.
                let from = DomainId(0).encoded_size() + 32;
                let at = from + at.index(bytes.len() - from);
                bytes[at] ^= byte;
            }
            prop_assert!(world.chain.submit_proof(&bytes).is_err());
            prop_assert_eq!(&world.chain.host().store, &before);
        }
    }
}

/// Proofs against several lies of block 1, and a chain that holds the right receipt of it.
fn refuted(seed: u64) -> (World, Vec<decex_fraud::FraudProof>, ReceiptHash) {
    let mut world = World::new(2, params());
    let (mut chance, mut nonces) = (Chance(seed), BTreeMap::new());
    for _ in 0..4 {
        send(&mut world, &mut chance, &mut nonces);
    }
    while world.operators[0].head().unwrap().0 == DomainNumber(0) {
        world.run(1);
    }
    world.retract(1);
    let mut proofs = Vec::new();
    world.branch = 1;
    world.produce(&[], &[]);
    for _ in 0..6 {
        let lie = mutant(&mut chance);
        let submissions = extend(&world, 1, 1, &mut |_| Some(lie));
        let right = world.operators[0]
            .receipt(DomainNumber(1))
            .unwrap()
            .compute_hash();
        if submissions.is_empty() || submissions[0].receipt.compute_hash() == right {
            continue;
        }
        let mut waited = 0;
        while elected(&world, 1, world.next_slot()).is_none() {
            world.produce(&[], &[]);
            waited += 1;
        }
        let election = elected(&world, 1, world.next_slot()).unwrap();
        let base = submissions[0].receipt.compute_hash();
        let bundle = seal(&world, 1, election, base, submissions, Vec::new());
        let log = world.produce(&[bundle], &[]);
        assert!(log.refused.is_empty(), "{lie:?}: {:?}", log.refused);
        assert_eq!(world.operators[0].challenges().count(), 1, "{lie:?} is refuted");
        proofs.extend(world.operators[0].challenges().cloned());
        world.retract(1 + waited);
    }
    world.branch = 2;
    while world.heads().0 == DomainNumber(0) {
        world.run(1);
    }
    let right = world
        .chain
        .hash_at(world.domain, DomainNumber(1))
        .unwrap()
        .unwrap();
    assert_eq!(
        world.operators[0]
            .receipt(DomainNumber(1))
            .unwrap()
            .compute_hash(),
        right
    );
    (world, proofs, right)
}

// 3. Liveness.

/// With n/d = 1 and one of `operators` equal stakes honest, a window is won with probability about 1/operators.
#[test]
fn liveness_the_head_follows_within_a_bounded_number_of_blocks() {
    for operators in [1_usize, 2, 4] {
        let mut world = World::new(operators, params());
        for silent in 1..operators {
            world.offline.insert(silent);
        }
        let (mut chance, mut nonces) = (Chance(operators as u64), BTreeMap::new());
        let mut lag = 0;
        for _ in 0..120 {
            send(&mut world, &mut chance, &mut nonces);
            let honest: Vec<Bundle> = world
                .propose()
                .into_iter()
                .filter(|(index, _)| *index == 0)
                .map(|(_, bundle)| bundle)
                .collect();
            let log = world.produce(&honest, &[]);
            assert!(log.refused.is_empty(), "{:?}", log.refused);
            // Two blocks until the inbox is closed and its seed known, then the next window that is won. That one takes
            // more than b blocks with probability (1 - 1/operators)^b; the beacon of these tests is fixed.
            let progress = world.chain.progress(world.domain).unwrap().unwrap();
            lag = if progress.head == progress.last {
                0
            } else {
                lag + 1
            };
            let won = elected(&world, 0, world.next_slot()).is_some();
            assert!(
                progress.last.0 - progress.head.0 <= 2 || !won,
                "after each won window the head is at most two behind"
            );
            assert!(progress.last.0 - progress.head.0 <= u64::from(params().max_gap) + 1);
        }
        assert!(
            world.heads().0.0 >= 120 / (4 * operators as u64),
            "{operators}: {:?}",
            world.heads()
        );
        let _ = lag;
    }
}

// 7. Atomicity: changed messages of every kind, all or nothing; see also `bad_input.rs`.

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn atomicity_a_registration_happens_whole_or_not_at_all(
        at in any::<prop::sample::Index>(),
        byte: u8,
        stake in 0..3_000_u128,
    ) {
        let mut world = World::new(1, params());
        let account = operator_account(5);
        world.chain.host_mut().endow(account, Balance(2_000));
        let before = world.chain.host().clone();
        let keypair = operator_keypair(5);
        let key = *keypair.key().as_bytes();
        let message = decex_consensus::registration_message(world.domain, &account, &key);
        let possession = keypair.sign(&label::REGISTRATION, &message);
        let mut bytes = (account, world.domain, key, possession).encode();
        let at = at.index(bytes.len());
        bytes[at] ^= byte;
        let (account, domain, key, possession) = Decode::decode(&mut &bytes[..]).unwrap();
        let registered = world.chain.register_operator(account, domain, &key, &possession, Balance(stake), TERMS);
        let host = world.chain.host();
        match registered {
            Err(_) => {
                prop_assert_eq!(&host.store, &before.store);
                prop_assert_eq!(host.total(), before.total());
                prop_assert_eq!(host.custody, before.custody);
            }
            Ok(_) => {
                // Of one or two units all are stake; 0 stakes nothing.
                prop_assert!(byte == 0 && (1..=2_000).contains(&stake));
                prop_assert_ne!(&host.store, &before.store);
                prop_assert_eq!(host.custody.0, before.custody.0 + stake);
            }
        }
        prop_assert_eq!(host.total(), before.total());
    }

    #[test]
    fn atomicity_changed_evidence_of_equivocation_slashes_nobody(at in any::<prop::sample::Index>(), byte in 1..=255_u8) {
        let mut world = World::new(2, params());
        let election = decex_tests::liar::await_election(&mut world, 1);
        let base = world.chain.chain(world.domain).unwrap().unwrap().head_hash;
        let header = |user: usize| {
            let items = vec![item(&transaction(user, 0, Call::Fail))];
            seal(&world, 1, election, base, Vec::new(), items).header
        };
        let evidence = Equivocation { first: header(0), second: header(1) };
        let before = world.chain.host().clone();
        let mut bytes = evidence.encode();
        let at = at.index(bytes.len());
        bytes[at] ^= byte;
        prop_assert!(world.chain.submit_equivocation(operator_account(0), &bytes).is_err());
        prop_assert_eq!(&world.chain.host().store, &before.store);
        prop_assert_eq!(&world.chain.host().purses, &before.purses);
        world.chain.submit_equivocation(operator_account(0), &evidence.encode()).unwrap();
        prop_assert_ne!(&world.chain.host().store, &before.store);
        prop_assert_eq!(world.chain.host().total(), before.total());
            }
}

#[test]
fn safety_a_restart_does_not_lose_the_proof_that_was_to_be_sent() {
    // Here the operator is restarted twice just before its proof would have been sent.
    conspiracy(15_446_406_532_082_895_816, 3, 5);
}
