//! What an operator promises towards itself and its users: the rules of `spec/operator.md` that need a chain around it.
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

use decex_bundle::Verdict;
use decex_consensus::Event;
use decex_core::params::DomainParams;
use decex_core::{Balance, BoundedVec, DomainNumber, HeaderHash, Nonce, OperatorId, Slot, StateRoot, Window};
use decex_operator::{Abstained, ConsensusBlock, FollowError, NotPooled, Notice, Proposal};
use decex_receipt::{Bundle, Openings};
use decex_testkit::ledger::Call;
use decex_testkit::mutant::Mutant;
use decex_tests::liar::{await_election, extend, seal};
use decex_tests::world::{Log, World, params, transaction, user};
use std::collections::BTreeMap;

fn transfer(from: usize, nonce: u64, amount: u128) -> Vec<u8> {
    transaction(
        from,
        nonce,
        Call::Transfer {
            to: user(from + 10),
            amount: Balance(amount),
        },
    )
}

/// Sends transactions of these users and produces until their block is executed by everybody, but claimed by nobody.
fn execute_unclaimed(world: &mut World, users: std::ops::Range<usize>, nonce: u64) {
    for from in users {
        world.send(&transfer(from, nonce, 5));
    }
    let before = world.operators[0].head().unwrap().0;
    while world.operators[0].head().unwrap().0 == before {
        // Without receipts: nobody claims anything yet.
        let proposed = world.propose();
        let mut bundles = Vec::new();
        for (index, bundle) in proposed {
            if !bundle.body.is_empty() {
                let header = &bundle.header.header;
                let base = world.chain.chain(world.domain).unwrap().unwrap().head_hash;
                bundles.push(seal(
                    world,
                    index,
                    header.election,
                    base,
                    Vec::new(),
                    bundle.body.to_vec(),
                ));
            }
        }
        let log = world.produce(&bundles, &[]);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
    }
}

/// Operator 2 puts a lie on the chain, of block `at`, with what it executed beyond as right as can be on top.
fn tell(world: &mut World, at: u64, most: usize) -> Log {
    let election = await_election(world, 2);
    let lie = &mut |number: DomainNumber| (number.0 == at).then_some(Mutant::ExecutionFees);
    let submissions = extend(world, 2, most, lie);
    assert!(
        submissions
            .iter()
            .any(|submission| submission.receipt.number.0 == at)
    );
    let base = submissions.last().unwrap().receipt.compute_hash();
    let bundle = seal(world, 2, election, base, submissions, Vec::new());
    let log = world.produce(&[bundle], &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    log
}

fn slashed(logs: &[Log]) -> Vec<OperatorId> {
    let events = logs.iter().flat_map(|log| &log.events);
    events
        .filter_map(|event| match event {
            Event::OperatorSlashed { operator, .. } => Some(*operator),
            _ => None,
        })
        .collect()
}

#[test]
fn o18_an_operator_stops_where_a_wrong_receipt_is_final() {
    let mut world = World::new(3, params());
    execute_unclaimed(&mut world, 0..2, 0);
    tell(&mut world, 1, 1);
    // Nobody sends the proof. While the lie can still be refuted the operator follows, and has the proof at hand.
    while world.heads().1 == DomainNumber(0) {
        assert_eq!(world.operators[0].challenges().count(), 1);
        world.offline = (0..3).collect();
        world.produce(&[], &[]);
        let newest = world.blocks.len() - 1;
        if world.heads().1 == DomainNumber(0) {
            world.follow(0, newest).expect("o18: nothing wrong is final yet");
        }
    }
    let newest = world.blocks.len() - 1;
    let stopped = world.follow(0, newest).expect_err("a wrong receipt is final");
    assert!(stopped.contains("WrongIsFinal"), "{stopped}");
}

#[test]
fn o4_a_used_nonce_is_refused_and_what_waits_with_it_is_dropped() {
    let mut world = World::new(2, params());
    world.operators[0]
        .add_transaction(&transfer(0, 0, 1))
        .unwrap()
        .unwrap();
    world.operators[0]
        .add_transaction(&transfer(0, 1, 1))
        .unwrap()
        .unwrap();
    // Another with the same nonce waits elsewhere, and one that comes later in the sequence.
    world.operators[1]
        .add_transaction(&transfer(0, 0, 2))
        .unwrap()
        .unwrap();
    world.operators[1]
        .add_transaction(&transfer(0, 2, 2))
        .unwrap()
        .unwrap();
    world.operators[1]
        .add_transaction(&transfer(0, 4, 2))
        .unwrap()
        .unwrap();
    world.run(30);
    assert!(world.operators[0].pool().is_empty());
    let waiting: Vec<Nonce> = world.operators[1].pool().iter().map(|item| item.nonce).collect();
    assert_eq!(
        waiting,
        [Nonce(4)],
        "used nonces are gone, what is ahead of the account waits on"
    );
    for operator in &mut world.operators {
        let stale = NotPooled::Stale {
            expected: Nonce(3),
            found: Nonce(2),
        };
        assert_eq!(operator.add_transaction(&transfer(0, 2, 9)).unwrap(), Err(stale));
        operator.add_transaction(&transfer(0, 3, 9)).unwrap().unwrap();
    }
}

#[test]
fn o10_a_bundle_withheld_stops_the_operator_and_nothing_else() {
    let mut world = World::new(3, params());
    world.offline.insert(2);
    world.send(&transfer(0, 0, 1));
    while world.chain.progress(world.domain).unwrap().unwrap().last == DomainNumber(0) {
        world.run(1);
    }
    let included = world.blocks.len() - 1;
    assert!(!world.blocks[included].bundles.is_empty());
    world.run(1);
    // It has seen everything up to the block with the bundle; blocks that it knows already are refused (O9).
    for at in 1..included {
        let _ = world.follow(2, at);
    }
    assert_eq!(
        world.operators[2].tip().unwrap().1,
        world.blocks[included - 1].hash
    );
    let mut ended = None;
    for at in included..world.blocks.len() {
        let chain = world.chain_after(at);
        let block = &world.blocks[at];
        let block = ConsensusBlock {
            number: block.info.number,
            hash: block.hash,
            parent: block.info.parent_hash,
            byte_price: block.info.byte_price,
            bundles: &[],
        };
        // What a failed call leaves behind is not committed.
        ended = world.operators[2].follow(&chain.state(), &block).err();
    }
    let ended = ended.expect("a missing body is noticed");
    assert!(
        matches!(
            ended,
            FollowError::MissingBody {
                number: DomainNumber(1)
            }
        ),
        "{ended:?}"
    );
    // Back from what was committed, and told everything, it agrees with the others.
    world.restart(2);
    world.offline.clear();
    world.run(20);
    assert_eq!(world.operators[2].head(), world.operators[0].head());
    assert!(world.operators[2].head().unwrap().0 >= DomainNumber(1));
}

fn propose(world: &mut World, index: usize, slot: Slot) -> Proposal {
    let chain = world.chain.clone();
    let proposal = world.operators[index].propose(&chain.state(), slot).unwrap();
    world.commit(index);
    proposal
}

/// Runs without including anything until operator 0 seals a bundle for the next slot.
fn first_seal(world: &mut World) -> (Slot, Bundle) {
    for _ in 0..100 {
        let slot = world.next_slot();
        if let Proposal::Bundle(bundle) = propose(world, 0, slot) {
            return (slot, *bundle);
        }
        world.produce(&[], &[]);
    }
    panic!("operator 0 is elected now and then");
}

/// The empty bundles and the others that operators send in `blocks` blocks without any transaction.
fn bundles_sent(params: DomainParams, blocks: u64) -> (usize, usize) {
    let mut world = World::new(2, params);
    world.run(12);
    let (mut empty, mut others) = (0, 0);
    for _ in 0..blocks {
        let slot = world.next_slot();
        let mut bundles = Vec::new();
        for index in 0..2 {
            if let Proposal::Bundle(bundle) = propose(&mut world, index, slot) {
                let carries = !bundle.body.is_empty() || !bundle.receipts.is_empty();
                *(if carries { &mut others } else { &mut empty }) += 1;
                bundles.push(*bundle);
            }
        }
        // Every one of them is included, and is in time.
        let produced = world.produce(&bundles, &[]);
        assert!(produced.refused.is_empty(), "{:?}", produced.refused);
    }
    (empty, others)
}

#[test]
fn o19_an_operator_with_nothing_to_bundle_sends_a_heartbeat_where_bundles_are_counted() {
    let (empty, others) = bundles_sent(params(), 60);
    assert_eq!(empty, 0, "{others} carried something");
    for (max_factor, absence) in [(2, 0), (1, 14)] {
        let mut params = params();
        params.election.max_factor = max_factor;
        params.election.absence = absence;
        let (empty, others) = bundles_sent(params, 60);
        assert!(
            empty + others >= 30,
            "one is wanted in each of 60 windows: {empty} and {others}"
        );
        assert!(
            empty > others,
            "there is hardly anything to carry: {empty} and {others}"
        );
    }
}

#[test]
fn o12_one_seal_per_window_across_questions_restarts_and_branches() {
    let used = Proposal::Abstained(Abstained::Used);
    let mut world = World::new(2, params());
    world.send(&transfer(0, 0, 1));
    world.run(12);
    world.send(&transfer(1, 0, 1));
    let (slot, _) = first_seal(&mut world);
    assert_eq!(propose(&mut world, 0, slot), used, "asked twice");
    // Other content, the same window.
    world.send(&transfer(2, 0, 1));
    assert_eq!(propose(&mut world, 0, slot), used);
    world.restart(0);
    world.send(&transfer(3, 0, 1));
    assert_eq!(
        propose(&mut world, 0, slot),
        used,
        "after a restart from its writes"
    );
    // The bundle is never included; the chain is taken back and grows elsewhere, to the same slot and past it.
    world.retract(3);
    world.branch = 1;
    world.send(&transfer(4, 0, 1));
    while world.next_slot() < slot {
        world.produce(&[], &[]);
    }
    let window = Window(slot.0);
    assert!(
        !world
            .chain
            .has_submitted(world.domain, OperatorId(0), window)
            .unwrap(),
        "the chain does not know"
    );
    assert_eq!(propose(&mut world, 0, slot), used, "on another branch");
    world.restart(0);
    assert_eq!(propose(&mut world, 0, slot), used, "and after both");
}

#[test]
fn o12_no_seal_for_a_window_so_old_that_its_record_is_gone() {
    let mut world = World::new(2, params());
    let mut sealed: BTreeMap<Slot, HeaderHash> = BTreeMap::new();
    let longevity = params().election.longevity;
    for round in 0..60 {
        world.send(&transfer(round % 8, (round / 8) as u64, 1));
        let slot = world.next_slot();
        if let Proposal::Bundle(bundle) = propose(&mut world, 0, slot) {
            sealed.insert(slot, bundle.header.header.compute_hash());
        }
        world.produce(&[], &[]);
    }
    let newest = sealed.keys().next_back().unwrap().0;
    let records = world.disks[0].keys().filter(|key| key[0] == 6).count() as u64;
    assert!(
        records <= 2 * longevity + 1 && records < sealed.len() as u64,
        "old records are dropped: {records}"
    );
    for (slot, _) in sealed.clone() {
        assert_eq!(
            propose(&mut world, 0, slot),
            Proposal::Abstained(Abstained::Used),
            "{slot:?}"
        );
    }
    world.restart(0);
    for old in 0..=newest {
        // Whether there was a seal or not: the record would not tell.
        let forgotten = old < newest - 2 * longevity;
        if forgotten || sealed.contains_key(&Slot(old)) {
            assert_eq!(
                propose(&mut world, 0, Slot(old)),
                Proposal::Abstained(Abstained::Used),
                "{old}"
            );
        }
    }
}

#[test]
fn o13_over_a_wrong_head_bundles_go_on_and_receipts_do_not() {
    let mut world = World::new(3, params());
    // Nobody is sent before the receipts of users 0 and 1 stand.
    world.send(&transfer(0, 0, 1));
    world.run(8);
    let agreed = world.heads().0;
    assert_eq!(agreed, DomainNumber(1));
    execute_unclaimed(&mut world, 1..3, 0);
    tell(&mut world, 2, 1);
    assert_eq!(world.heads().0, DomainNumber(2));
    let hash = world.operators[0].receipt(agreed).unwrap().compute_hash();
    // Nobody delivers the proofs for some blocks, while new users come.
    let mut bundled: Vec<HeaderHash> = Vec::new();
    for round in 0..5 {
        world.send(&transfer(20 + round, 0, 1));
        let mut bundles = Vec::new();
        for (index, bundle) in world.propose() {
            assert!(
                bundle.receipts.is_empty(),
                "operator {index} builds on a wrong head"
            );
            assert_eq!(
                bundle.header.header.base, hash,
                "based on the last receipt that it agrees with"
            );
            assert!(!bundle.body.is_empty());
            bundled.push(bundle.header.header.compute_hash());
            bundles.push(bundle);
        }
        let log = world.produce(&bundles, &[]);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
    }
    assert!(!bundled.is_empty(), "bundling goes on");
    let mut verdicts: BTreeMap<HeaderHash, Verdict> = BTreeMap::new();
    let mut logs = Vec::new();
    for _ in 0..30 {
        logs.extend(world.run(1));
        for number in 1..=world.operators[0].head().unwrap().0.0 {
            let number = DomainNumber(number);
            let Ok(Some(inbox)) = world.chain.inbox(world.domain, number) else {
                continue;
            };
            let receipt = world.operators[0].receipt(number).unwrap();
            verdicts.extend(
                inbox
                    .bundles
                    .iter()
                    .map(|bundle| bundle.header)
                    .zip(receipt.verdicts.iter().copied()),
            );
        }
    }
    assert_eq!(slashed(&logs), [OperatorId(2)]);
    assert!(
        bundled.iter().all(|header| verdicts[header] == Verdict::Valid),
        "judged valid later"
    );
    let (head, confirmed) = world.heads();
    assert_eq!(head, confirmed);
    assert!(head > DomainNumber(2));
}

#[test]
fn o17_no_bundle_is_lost_to_the_gap_while_a_wrong_head_stands() {
    // Long enough that the proofs come in time after all.
    let patient = decex_core::params::DomainParams {
        challenge_period: 30,
        ..params()
    };
    let mut world = World::new(3, patient);
    world.send(&transfer(0, 0, 1));
    world.run(8);
    execute_unclaimed(&mut world, 1..3, 0);
    tell(&mut world, 2, 1);
    // The proofs are kept out while the chain fills every domain block that it may, and then some more.
    let mut carried = 0;
    for round in 0..14 {
        world.send(&transfer(20 + round, 0, 1));
        let bundles: Vec<Bundle> = world.propose().into_iter().map(|(_, bundle)| bundle).collect();
        carried += usize::from(!bundles.is_empty());
        let log = world.produce(&bundles, &[]);
        assert!(log.refused.is_empty(), "round {round}: {:?}", log.refused);
    }
    let progress = world.chain.progress(world.domain).unwrap().unwrap();
    let gap = u64::from(params().max_gap);
    assert_eq!(
        progress.last.0 - progress.head.0,
        gap + 1,
        "every block that the gap allows was made"
    );
    assert!(carried < 14, "and then no more");
    let logs = world.run(60);
    assert_eq!(slashed(&logs), [OperatorId(2)], "the liar alone");
    let (head, confirmed) = world.heads();
    assert_eq!(head, confirmed, "all of it becomes final");
}

#[test]
fn o14_the_lowest_wrong_receipt_is_challenged_until_it_is_gone() {
    let mut world = World::new(3, params());
    for (nonce, users) in [(0, 0..3), (1, 0..3), (2, 0..3)] {
        execute_unclaimed(&mut world, users, nonce);
    }
    let executed = world.operators[0].head().unwrap().0;
    assert!(executed >= DomainNumber(3));
    // Right at 1, wrong at 2, and so with another parent wrong above.
    let log = tell(&mut world, 2, 3);
    let wrong = world
        .chain
        .hash_at(world.domain, DomainNumber(2))
        .unwrap()
        .unwrap();
    let refuted: Vec<_> = log
        .notices
        .iter()
        .filter(|(_, notice)| matches!(notice, Notice::Refuted { .. }))
        .collect();
    for (_, notice) in &refuted {
        assert_eq!(
            *notice,
            Notice::Refuted {
                number: DomainNumber(2),
                receipt: wrong
            }
        );
    }
    assert_eq!(refuted.len(), 3, "everybody sees it, once");
    let challenged = |world: &World, index: usize| -> Vec<_> {
        world.operators[index]
            .challenges()
            .map(|proof| proof.receipt)
            .collect()
    };
    // Lost on the way, again and again: it stays.
    for _ in 0..4 {
        world.produce(&[], &[]);
        assert_eq!(challenged(&world, 0), [wrong]);
    }
    // A restart finds it again with the next block; so does a re-organisation that keeps the receipt.
    world.restart(0);
    world.produce(&[], &[]);
    assert_eq!(challenged(&world, 0), [wrong], "after a restart");
    world.retract(2);
    world.branch = 1;
    world.produce(&[], &[]);
    assert_eq!(
        challenged(&world, 0),
        [wrong],
        "on another branch that holds it too"
    );
    // A re-organisation that takes the receipt back takes the challenge back.
    let copy_of_proof = world.proofs();
    let log = world.produce(&[], &copy_of_proof);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    assert_eq!(challenged(&world, 0), []);
    assert_eq!(slashed(&[log]), [OperatorId(2)]);
    // The block with the proof is lost: the receipt is back, and so is the proof.
    world.retract(1);
    world.branch = 2;
    world.produce(&[], &[]);
    assert_eq!(
        challenged(&world, 0),
        [wrong],
        "sent again after the block with it was taken back"
    );
    let logs = world.run(40);
    assert_eq!(slashed(&logs), [OperatorId(2)]);
    let (head, confirmed) = world.heads();
    assert_eq!(head, confirmed);
}

#[test]
fn o14_a_lie_on_an_abandoned_branch_is_not_challenged() {
    let mut world = World::new(3, params());
    execute_unclaimed(&mut world, 0..3, 0);
    tell(&mut world, 1, 1);
    assert_eq!(world.operators[0].challenges().count(), 1);
    world.retract(1);
    world.branch = 1;
    assert_eq!(world.operators[0].challenges().count(), 0);
    let logs = world.run(40);
    assert_eq!(slashed(&logs), [], "nothing of it is on this branch");
    let (head, confirmed) = world.heads();
    assert_eq!((head, confirmed), (DomainNumber(1), DomainNumber(1)));
}

/// Openings that open nothing, and are as long as they must be (R43).
fn garbage(openings: &Openings) -> Openings {
    let mut garbage = openings.clone();
    let mut trace = garbage.trace.to_vec();
    trace[0] = StateRoot::default();
    trace.reverse();
    garbage.trace = BoundedVec::new(trace).unwrap();
    garbage
}

#[test]
fn o15_garbage_beside_a_known_receipt_disturbs_nobody() {
    for no_openings in [false, true] {
        let mut world = World::new(4, params());
        execute_unclaimed(&mut world, 0..4, 0);
        // Two operators are elected for one block: a liar, and one that repeats its lie with other openings.
        let election = await_election(&mut world, 2);
        let lie = &mut |_| Some(Mutant::TraceFrom(1));
        let submissions = extend(&world, 2, 1, lie);
        let wrong = submissions[0].receipt.compute_hash();
        let mut repeated = submissions.clone();
        repeated[0].openings = repeated[0]
            .openings
            .as_ref()
            .map(garbage)
            .filter(|_| !no_openings);
        world.offline.insert(0);
        let first = seal(&world, 2, election, wrong, submissions, Vec::new());
        let mut log = world.produce(&[first], &[]);
        let accomplice = await_election(&mut world, 3);
        let second = seal(&world, 3, accomplice, wrong, repeated, Vec::new());
        let included = world.blocks.len();
        let later = world.produce(std::slice::from_ref(&second), &[]);
        log.refused.extend(later.refused);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
        assert_eq!(world.operators[1].challenges().count(), 1);
        // Operator 0 reads the block of the lie with the garbage in front of the openings.
        let at = world.blocks.iter().position(|block| {
            block
                .bundles
                .iter()
                .any(|bundle| bundle.header.header.operator == OperatorId(2) && !bundle.receipts.is_empty())
        });
        let at = at.unwrap();
        world.blocks[at].bundles.insert(0, second);
        let notices = world.catch_up(0).unwrap();
        world.offline.clear();
        assert!(included > at);
        assert!(
            notices.contains(&Notice::Refuted {
                number: DomainNumber(1),
                receipt: wrong
            }),
            "{notices:?}"
        );
        let proofs: Vec<_> = world.operators[0].challenges().cloned().collect();
        let log = world.produce(&[], &proofs);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
        // The accomplice came after the block of the lie: it backs nothing.
        assert_eq!(slashed(&[log]), [OperatorId(2)]);
    }
}

#[test]
fn o15_garbage_beside_a_right_receipt_disturbs_nobody() {
    let mut world = World::new(3, params());
    execute_unclaimed(&mut world, 0..4, 0);
    let election = await_election(&mut world, 0);
    let right = extend(&world, 0, 1, &mut |_| None);
    let hash = right[0].receipt.compute_hash();
    assert_eq!(
        world.operators[1]
            .receipt(DomainNumber(1))
            .unwrap()
            .compute_hash(),
        hash
    );
    let first = seal(&world, 0, election, hash, right.clone(), Vec::new());
    world.produce(&[first], &[]);
    let election = await_election(&mut world, 2);
    let mut repeated = right;
    repeated[0].openings = repeated[0].openings.as_ref().map(garbage);
    let second = seal(&world, 2, election, hash, repeated, Vec::new());
    let log = world.produce(&[second], &[]);
    assert!(
        log.refused.is_empty() && log.notices.is_empty(),
        "{:?} {:?}",
        log.refused,
        log.notices
    );
    let logs = world.run(20);
    assert_eq!(slashed(&logs), []);
    assert_eq!(world.heads().1, DomainNumber(1));
}
