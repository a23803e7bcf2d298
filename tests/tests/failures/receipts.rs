//! When receipts are final, how far they lag, what they weigh, and the order that they speak of.

use crate::chance::history_at;
use crate::{
    accepted, all_events, await_all, claims, head_hash, include, lie, now, receipt_fault, refuse, slashed,
    transfer, unclaimed, vouch,
};
use decex_bundle::InvalidBundle;
use decex_consensus::{Config, Event, RefusedBundle};
use decex_core::hash::digest;
use decex_core::id::Seed;
use decex_core::label;
use decex_core::params::{DomainParams, HostLimits};
use decex_core::transaction::Summary;
use decex_core::{
    AccountId, Balance, BoundedVec, DecodeError, Digest, DomainNumber, Nonce, OperatorId, SenderId,
    StateRoot, TransactionHash, Weight,
};
use decex_fraud::decex_shuffle::Schedule;
use decex_receipt::{Bundle, InvalidReceipt};
use decex_tests::liar::{await_election, elected, extend, item, seal};
use decex_tests::world::{FARMER, STAKE, World, config, limits, params, pool};
use parity_scale_codec::Encode;
use std::collections::{BTreeMap, BTreeSet};

/// Confirms as fast as it may: nothing but the challenge period holds a receipt back.
fn fast() -> Config {
    Config {
        work_per_block: 100,
        ..config()
    }
}

#[test]
fn n2442_n2790_many_receipts_in_one_host_block_shorten_no_challenge() {
    let period = params().challenge_period;
    // The lie is the first of 32 receipts, or the last, or the first of the second bundle.
    for at in [1, 17, 32] {
        let mut world = World::with_config(4, crate::wide(), fast());
        unclaimed(&mut world, 32);
        let [first, second] = await_all(&mut world, [2, 3]);
        let base = head_hash(&world);
        let mut receipts = extend(&world, 0, 32, &mut |number| {
            (number.0 == at).then_some(decex_testkit::mutant::Mutant::TraceFrom(1))
        });
        let upper = receipts.split_off(16);
        let bundles = [
            seal(&world, 2, first, base, receipts, Vec::new()),
            seal(&world, 3, second, base, upper, Vec::new()),
        ];
        accepted(&world.produce(&bundles, &[]));
        let included = now(&world);
        assert_eq!(world.heads().0, DomainNumber(32), "all in one block");
        // The whole period passes, and the proof lands in its last block.
        let proofs = world.proofs();
        for _ in 1..period {
            world.produce(&[], &[]);
            assert_eq!(world.heads().1, DomainNumber(0));
        }
        let log = world.produce(&[], &proofs);
        assert_eq!(now(&world), included + period);
        accepted(&log);
        assert_eq!(world.heads(), (DomainNumber(at - 1), DomainNumber(0)));
        world.run(60);
        assert_eq!(world.heads(), (DomainNumber(32), DomainNumber(32)));
    }
}

/// For every schedule of inclusions, removals and repetitions.
#[test]
fn n2442_every_inclusion_begins_a_period_of_its_own_in_every_history() {
    let period = params().challenge_period;
    let (mut finals, mut fallen) = (0, 0);
    for seed in 50..56 {
        let mut included = BTreeMap::new();
        history_at(seed, if seed % 2 == 0 { 1 } else { 100 }, &mut |world, events| {
            let now = now(world);
            for event in events {
                match event {
                    Event::ReceiptAccepted { hash, .. } => {
                        included.insert(*hash, now);
                    }
                    Event::ReceiptConfirmed { hash, number, .. } => {
                        assert!(now > included[hash] + period, "{seed}: {number:?}");
                        finals += 1;
                    }
                    Event::ReceiptsRemoved { .. } => fallen += 1,
                    _ => {}
                }
            }
        });
    }
    assert!(finals > 60 && fallen > 8, "too tame: {finals} {fallen}");
}

#[test]
fn n2442_a_removed_receipt_that_comes_back_waits_the_whole_period_again() {
    let mut world = World::with_config(5, params(), fast());
    unclaimed(&mut world, 1);
    let receipts = claims(&world, 1, Some(1));
    for index in [2, 3, 4] {
        accepted(&vouch(&mut world, index, receipts.clone()));
        let included = now(&world);
        let proofs = world.proofs();
        while now(&world) < included + params().challenge_period - 1 {
            world.produce(&[], &[]);
            assert_eq!(world.heads(), (DomainNumber(1), DomainNumber(0)));
        }
        let log = world.produce(&[], &proofs);
        assert_eq!(slashed(&log.events), [OperatorId(index as u64)]);
        world.produce(&[], &[]);
    }
}

#[test]
fn n2289_a_domain_in_which_nothing_moves_any_more_confirms_in_the_hosts_time() {
    let period = params().challenge_period;
    let mut world = World::with_config(3, crate::wide(), config());
    unclaimed(&mut world, 12);
    // Receipts 7 to 12 are wrong and fall; then everybody goes, and the owner pauses the domain.
    let right = claims(&world, 6, None);
    accepted(&vouch(&mut world, 0, right));
    let included = now(&world);
    lie(&mut world, 2, 6, 7);
    let proofs = world.proofs();
    world.produce(&[], &proofs);
    for index in [0, 1] {
        let account = decex_tests::world::operator_account(index);
        world
            .chain
            .deregister_operator(account, OperatorId(index as u64))
            .unwrap();
    }
    world
        .chain
        .pause(AccountId(Digest([9; 32])), world.domain)
        .unwrap();
    while now(&world) < included + period {
        world.produce(&[], &[]);
        assert_eq!(world.heads(), (DomainNumber(6), DomainNumber(0)));
    }
    // As many in a block as the host's work allows: a step for the domain, and one for each after the first.
    let mut blocks = 0;
    while world.heads().1 < DomainNumber(6) {
        world.produce(&[], &[]);
        blocks += 1;
        assert!(
            blocks <= 6_u64.div_ceil(u64::from(config().work_per_block) - 1),
            "{:?}",
            world.heads()
        );
    }
    // Long after, it wakes up where it stood.
    for _ in 0..300 {
        world.produce(&[], &[]);
    }
    crate::join(&mut world, 3, STAKE);
    world.await_epoch();
    let rest = claims(&world, 6, None);
    assert_eq!(rest.len(), 6);
    accepted(&vouch(&mut world, 3, rest));
    let included = now(&world);
    while now(&world) < included + period + 2 {
        world.produce(&[], &[]);
    }
    assert_eq!(world.heads(), (DomainNumber(12), DomainNumber(12)));
}

#[test]
fn n1673_n2933_blocks_without_receipts_are_bounded_whoever_makes_them() {
    let gap = u64::from(params().max_gap);
    let patient = DomainParams {
        challenge_period: 60,
        ..params()
    };
    let mut world = World::with_config(4, patient, fast());
    let lag = |world: &World| {
        let progress = world.chain.progress(world.domain).unwrap().unwrap();
        progress.last.0 - progress.head.0
    };
    // Three operators bundle in every block in which they can, several at once, and nobody claims anything.
    let mut refused = 0;
    for block in 0..60 {
        let mut bundles: Vec<Bundle> = Vec::new();
        for index in 1..4 {
            if let Some(election) = elected(&world, index, world.next_slot()) {
                let items = vec![item(&transfer(index, block)), item(&transfer(index + 4, block))];
                bundles.push(seal(
                    &world,
                    index,
                    election,
                    head_hash(&world),
                    Vec::new(),
                    sorted(items),
                ));
            }
        }
        let log = world.produce(&bundles, &[]);
        refused += log.refused.len();
        assert!(
            log.refused.iter().all(|why| why.contains("unexecuted")),
            "{log:?}"
        );
        assert!(lag(&world) <= gap + 1);
    }
    assert_eq!(lag(&world), gap + 1);
    assert!(refused > 20, "{refused}");
    // A removal opens the gap again by what was pending, and by no more: bundles wait until it is closed.
    let pending = claims(&world, 16, Some(1));
    let fallen = pending.len() as u64;
    accepted(&vouch(&mut world, 2, pending));
    for nonce in 0..gap + 1 {
        include(&mut world, 3, &[transfer(9, nonce)]);
    }
    let proofs = world.proofs();
    accepted(&world.produce(&[], &proofs));
    assert!(lag(&world) <= gap + 1 + fallen, "{}", lag(&world));
    let wide = lag(&world);
    let election = await_election(&mut world, 3);
    world.produce(&[], &[]);
    let more = seal(
        &world,
        3,
        election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(8, 0))],
    );
    let why = refuse(&mut world, &more);
    assert!(
        matches!(why, RefusedBundle::Bundle(InvalidBundle::Gap { found, .. }) if found == wide),
        "{why:?}"
    );
    // Receipts alone are taken all the time, and close it.
    let logs = world.run(120);
    assert_eq!(lag(&world), 0);
    assert!(
        !all_events(&logs)
            .iter()
            .any(|event| matches!(event, Event::ReceiptsRemoved { .. }))
    );
    assert_eq!(world.heads().0, world.heads().1);
}

fn sorted(mut items: Vec<decex_bundle::Item>) -> Vec<decex_bundle::Item> {
    items.sort_by_key(|item| item.compute_summary().body_key());
    items
}

/// Receipts and headers are paid for like transactions: every byte that travels, at once, to whoever included it.
#[test]
fn n2450_receipts_and_headers_are_paid_for_like_everything_else() {
    let mut world = World::new(2, params());
    unclaimed(&mut world, 2);
    let election = await_election(&mut world, 0);
    let claims = claims(&world, 2, None);
    let bundle = seal(&world, 0, election, head_hash(&world), claims, Vec::new());
    let price = world.blocks.last().unwrap().info.byte_price.0;
    let cost = u128::try_from(bundle.encoded_size()).unwrap() * price;
    let fund = |world: &World| pool(&world.chain, 0).fund.balance.0;
    let farmer = |world: &World| {
        world
            .chain
            .host()
            .purses
            .get(&FARMER)
            .copied()
            .unwrap_or_default()
    };
    let (before, paid) = (fund(&world), farmer(&world).free.0);
    accepted(&world.produce(&[bundle], &[]));
    assert!(cost > 0);
    assert_eq!(
        (before - fund(&world), farmer(&world).free.0 - paid),
        (cost, cost)
    );
}

/// Nothing gets into a block beyond the host's message, once for each window that was won.
#[test]
fn n2450_every_byte_that_is_included_is_within_limits_and_uses_up_a_window() {
    let small = Config {
        limits: HostLimits {
            message_bytes: 400_000,
            unlock_period: 200,
            ..limits()
        },
        ..config()
    };
    // An epoch that is longer than a window stays open.
    let mut hoardable = params();
    hoardable.election.epoch = 20;
    let mut world = World::with_config(2, hoardable, small);
    unclaimed(&mut world, 2);
    let first = claims(&world, 2, None);
    accepted(&vouch(&mut world, 0, first.clone()));
    // Receipts that the chain holds already change nothing. Junk stands beside them: not more than a message.
    let padded = |roots: usize| {
        let mut padded = first.clone();
        padded[0].openings.as_mut().unwrap().trace =
            BoundedVec::new(vec![StateRoot::default(); roots]).unwrap();
        padded
    };
    let election = await_election(&mut world, 0);
    world.produce(&[], &[]);
    let base = head_hash(&world);
    let over = seal(&world, 0, election, base, padded(12_600), Vec::new());
    let refused = refuse(&mut world, &over);
    assert!(
        matches!(refused, RefusedBundle::Bytes(DecodeError::TooLong { .. })),
        "{refused:?}"
    );
    // Nor anything else that the receipts do not commit to, put there by the author or by whoever carries the bundle on.
    for roots in [0, 1, 10_000] {
        let padded = seal(&world, 0, election, base, padded(roots), Vec::new());
        let fault = receipt_fault(refuse(&mut world, &padded));
        assert!(
            matches!(fault, InvalidReceipt::OpeningsLength { .. }),
            "{fault:?}"
        );
    }
    // Hoarded windows: at most those that are open, each once, and nothing is left for the blocks after.
    let longevity = params().election.longevity;
    let mut hoard = Vec::new();
    for _ in 0..longevity + 5 {
        if let Some(election) = elected(&world, 0, world.next_slot()) {
            hoard.push(seal(&world, 0, election, base, first.clone(), Vec::new()));
        }
        world.produce(&[], &[]);
    }
    let log = world.produce(&hoard, &[]);
    let included = |log: &crate::Log| {
        let included = |event: &&Event| matches!(event, Event::BundleIncluded { .. });
        log.events.iter().filter(included).count()
    };
    let (taken, slot) = (included(&log), world.blocks.last().unwrap().info.slot);
    let open = |bundle: &&Bundle| bundle.header.header.election.window.0 + longevity >= slot.0;
    assert_eq!(taken, hoard.iter().filter(open).count());
    assert!(taken as u64 <= longevity + 1 && taken > 0);
    for _ in 0..4 {
        let log = world.produce(&hoard, &[]);
        assert_eq!(included(&log), 0);
    }
    // All those receipts left no trace: they are not stored again.
    let records = |world: &World| world.chain.host().store.keys().filter(|key| key[0] == 6).count();
    assert_eq!(records(&world), 3, "genesis and two");
    // More receipts than a bundle holds is no bundle.
    let mut many = seal(&world, 0, election, base, first.clone(), Vec::new());
    let seventeen: Vec<_> = (0..17).map(|_| first[0].clone()).collect();
    assert!(BoundedVec::<_, { decex_core::params::MAX_RECEIPTS_PER_BUNDLE }>::new(seventeen).is_none());
    // And what a header claims of its body is what is there.
    many.header.header.body.bytes = 1;
    refuse(&mut world, &many);
}

fn summaries(account: u64, nonces: std::ops::Range<u64>) -> Vec<Summary> {
    let name = digest(&label::LEDGER_KEY, &account.to_le_bytes());
    let summary = |nonce: u64| Summary {
        sender: SenderId(name),
        nonce: Nonce(nonce),
        hash: TransactionHash(digest(
            &label::LEDGER_KEY,
            &(account ^ (nonce << 32)).to_le_bytes(),
        )),
        weight: Weight(1),
        bytes: 100,
    };
    nonces.map(summary).collect()
}

/// How often, of `RUNS` seeds, something of the attackers' comes before the victim.
fn first(attackers: &[u64], each: u64, copies: u16) -> u32 {
    let mut body: Vec<Summary> = attackers
        .iter()
        .flat_map(|account| summaries(*account, 0..each))
        .collect();
    body.sort_by_key(Summary::body_key);
    let victim = summaries(9_999, 0..1);
    let mut before = 0_u32;
    for run in 0..RUNS {
        let seed = Seed(digest(&label::SCHEDULE_SEED, &run.to_le_bytes()));
        // The attackers' transactions stand in several bundles.
        let bodies = (0..copies)
            .map(|bundle| (bundle, &body[..]))
            .chain([(copies, &victim[..])]);
        let schedule = Schedule::build(&seed, bodies);
        let order = schedule.summaries();
        assert_eq!(order.len(), body.len() + 1, "copies are scheduled once");
        let place = order
            .iter()
            .position(|summary| summary.sender == victim[0].sender)
            .unwrap();
        before += u32::from(place > 0);
        for account in attackers {
            let sender = summaries(*account, 0..1)[0].sender;
            let mine: BTreeSet<bool> = (0..order.len())
                .filter(|at| order[*at].sender == sender)
                .map(|at| at < place)
                .collect();
            assert_eq!(mine.len(), 1, "an account never stands on both sides of anybody");
        }
    }
    before
}

const RUNS: u32 = 1_600;

/// Five standard deviations of the count of `RUNS` fair draws: 5 · sqrt(1600 / 4).
const BOUND: u32 = 100;

#[test]
fn n2265_spam_of_one_account_buys_no_better_place() {
    // One draw for an account: 1/2 for every number of transactions, not k/(k+1), in however many bundles.
    for (each, copies) in [(1, 1), (2, 1), (4, 1), (8, 1), (16, 1), (64, 1), (4, 8)] {
        let before = first(&[1], each, copies);
        assert!(before.abs_diff(RUNS / 2) < BOUND, "{each} in {copies}: {before}");
    }
    // What is left are accounts, each of which has to be funded: m/(m+1).
    for accounts in [2, 4] {
        let names: Vec<u64> = (1..=accounts).collect();
        let before = first(&names, 3, 1);
        let expected = RUNS - RUNS / u32::try_from(accounts + 1).unwrap();
        assert!(before.abs_diff(expected) < BOUND, "{accounts}: {before}");
    }
}

/// And what spam fails still pays for its blockspace.
#[test]
fn n2265_spam_that_fails_pays_for_its_blockspace() {
    let mut world = World::new(2, params());
    let spam: Vec<Vec<u8>> = (0..8)
        .map(|nonce| decex_tests::world::transaction(30, nonce, decex_testkit::ledger::Call::Fail))
        .collect();
    let bytes: u128 = spam.iter().map(|bytes| bytes.len() as u128).sum();
    include(&mut world, 0, &spam);
    world.run(30);
    assert_eq!(world.heads(), (DomainNumber(1), DomainNumber(1)));
    let receipt = world.operators[0].receipt(DomainNumber(1)).unwrap();
    assert_eq!(receipt.effects.fees.storage, Balance(bytes));
    assert!(receipt.effects.fees.execution > Balance::ZERO);
}
