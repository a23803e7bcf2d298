//! Settings that the other tests leave as they are: enforced legality, two domains at once, windows of several slots, a
//! chain that confirms late, seeds that come at once or late, traces that are fine or coarse.
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

use decex_bundle::{Equivocation, Fault, Illegal, InvalidBundle, Item, Verdict};
use decex_consensus::model::Status;
use decex_consensus::{CallError, Config, Event, RefusedBundle, RefusedEquivocation, RefusedProof};
use decex_core::execution::trace_length;
use decex_core::params::{DomainParams, ElectionParams, HostLimits, LegalityMode};
use decex_core::{
    Balance, BoundedVec, ConsensusNumber, DomainId, DomainNumber, Nonce, OperatorId, ReceiptHash, Slot,
    Weight, Window,
};
use decex_election::InvalidWindow;
use decex_receipt::{Bundle, InvalidReceipt, Submission};
use decex_testkit::ledger::Call;
use decex_testkit::mutant::Mutant;
use decex_tests::liar::{await_election, elected, extend, item, seal};
use decex_tests::world::{Log, STAKE, World, config, limits, operator_account, params, transaction, user};
use parity_scale_codec::Encode;
use std::collections::{BTreeMap, BTreeSet};

fn transfer(from: usize, nonce: u64, to: usize, amount: u128) -> Vec<u8> {
    let (to, amount) = (user(to), Balance(amount));
    transaction(from, nonce, Call::Transfer { to, amount })
}

fn feed(world: &mut World, nonce: u64) {
    for from in 0..6 {
        world.send(&transfer(from, nonce, from + 10, 5));
    }
    world.send(&transaction(7, nonce, Call::Fail));
}

fn head_hash(world: &World) -> ReceiptHash {
    world.chain.chain(world.domain).unwrap().unwrap().head_hash
}

fn events(logs: &[Log]) -> Vec<Event> {
    logs.iter().flat_map(|log| log.events.clone()).collect()
}

fn refused(logs: &[Log]) -> Vec<String> {
    logs.iter().flat_map(|log| log.refused.clone()).collect()
}

fn slashed(events: &[Event]) -> Vec<OperatorId> {
    let slash = |event: &Event| match event {
        Event::OperatorSlashed { operator, .. } => Some(*operator),
        _ => None,
    };
    events.iter().filter_map(slash).collect()
}

/// Includes a bundle of operator `index` with these transactions, based on the head.
fn include(world: &mut World, index: usize, transactions: &[Vec<u8>]) {
    let election = await_election(world, index);
    let items = transactions.iter().map(|bytes| item(bytes)).collect();
    let bundle = seal(world, index, election, head_hash(world), Vec::new(), items);
    let log = world.produce(&[bundle], &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
}

/// Makes `blocks` domain blocks that everybody executed and nobody claimed.
fn unclaimed(world: &mut World, blocks: u64) {
    let start = world.operators[0].head().unwrap().0.0;
    for nonce in start..start + blocks {
        include(world, 0, &[transfer(0, nonce, 10, 5), transfer(1, nonce, 11, 5)]);
    }
    for _ in 0..world.params.seed_delay.max(1) {
        world.produce(&[], &[]);
    }
    assert_eq!(world.operators[0].head().unwrap().0, DomainNumber(start + blocks));
}

/// Lets operator `index` vouch for its receipts above the head, at most `most`, lying at number `lie`.
fn vouch(world: &mut World, index: usize, most: usize, lie: Option<u64>) -> Log {
    let election = await_election(world, index);
    let submissions = extend(world, index, most, &mut |number| {
        (Some(number.0) == lie).then_some(Mutant::TraceFrom(1))
    });
    let bundle = seal(world, index, election, head_hash(world), submissions, Vec::new());
    world.produce(&[bundle], &[])
}

/// Replaces the receipts of a bundle of operator `index` by a lie about the first of them that it can be told of, and
/// what follows on top of it. `None` if it can be told of none.
fn lie(world: &World, index: usize, bundle: &Bundle, mutant: Mutant) -> Option<(DomainNumber, Bundle)> {
    let told = |submissions: &[Submission]| {
        let own = |number| world.operators[index].receipt(number).unwrap().compute_hash();
        let mut numbers = submissions.iter().map(|submission| &submission.receipt);
        numbers
            .find(|receipt| receipt.compute_hash() != own(receipt.number))
            .map(|receipt| receipt.number)
    };
    for first in bundle.receipts.iter().map(|submission| submission.receipt.number) {
        let submissions = extend(world, index, 16, &mut |number| {
            (number == first).then_some(mutant)
        });
        if let Some(number) = told(&submissions) {
            let election = bundle.header.header.election;
            let sealed = seal(world, index, election, head_hash(world), submissions, Vec::new());
            return Some((number, sealed));
        }
    }
    None
}

/// Submits to a domain of either mode.
enum Way {
    Plain,
    WithAccounts,
}

/// Refused, and every byte as before.
fn refuse(world: &mut World, bundle: &Bundle, way: &Way) -> RefusedBundle {
    let host = world.chain.host().clone();
    let submitted = match way {
        Way::Plain => world.chain.submit_bundle(&bundle.encode()),
        Way::WithAccounts => world
            .chain
            .submit_bundle_enforced(&bundle.encode(), &world.states),
    };
    let refused = match submitted {
        Err(CallError::Refused(refused)) => refused,
        other => panic!("must be refused: {other:?}"),
    };
    assert_eq!(world.chain.host().store, host.store);
    assert_eq!(world.chain.host().purses, host.purses);
    refused
}

fn enforced() -> DomainParams {
    DomainParams {
        legality: LegalityMode::Enforced,
        ..params()
    }
}

#[test]
fn an_enforced_domain_includes_and_confirms_honest_bundles() {
    let mut world = World::new(3, enforced());
    let mut logs = Vec::new();
    for nonce in 0..5 {
        feed(&mut world, nonce);
        logs.extend(world.run(6));
    }
    logs.extend(world.run(30));
    assert!(refused(&logs).is_empty(), "{:?}", refused(&logs));
    let (head, confirmed) = world.heads();
    assert_eq!(head, confirmed);
    assert!(head >= DomainNumber(5));
    assert!(world.operators.iter().all(|operator| operator.pool().is_empty()));
    for number in 1..=head.0 {
        let receipt = world.operators[0].receipt(DomainNumber(number)).unwrap();
        assert!(receipt.verdicts.iter().all(|verdict| *verdict == Verdict::Valid));
    }
}

/// An enforced domain whose users 0 to 7 have used nonce 0, and user 150 has enough for one transaction.
fn enforced_world() -> World {
    let mut world = World::new(3, enforced());
    feed(&mut world, 0);
    world.send(&transfer(9, 0, 150, 250));
    world.run(30);
    assert!(world.heads().0 > DomainNumber(0) && world.heads().0 == world.heads().1);
    world
}

/// Bodies with one illegal transaction each, and its place.
fn illegal() -> Vec<(Vec<Item>, u32, Illegal)> {
    let good = item(&transfer(0, 1, 10, 5));
    let bytes = |bytes: Vec<u8>| BoundedVec::new(bytes).unwrap();
    let mut unsigned = transfer(0, 1, 10, 5);
    *unsigned.last_mut().unwrap() ^= 1;
    let twice = vec![item(&transfer(150, 0, 10, 1)), item(&transfer(150, 1, 10, 1))];
    vec![
        (
            vec![Item {
                bytes: bytes(vec![1, 2, 3]),
                ..good.clone()
            }],
            0,
            Illegal::Malformed,
        ),
        (vec![item(&unsigned)], 0, Illegal::Signature),
        (
            vec![Item {
                sender: user(1),
                ..good.clone()
            }],
            0,
            Illegal::Claim,
        ),
        (
            vec![Item {
                nonce: Nonce(2),
                ..good.clone()
            }],
            0,
            Illegal::Claim,
        ),
        (
            vec![Item {
                weight: Weight(good.weight.0 - 1),
                ..good.clone()
            }],
            0,
            Illegal::Claim,
        ),
        (vec![item(&transfer(0, 0, 10, 5))], 0, Illegal::Nonce),
        (
            vec![good.clone(), item(&transfer(0, 1, 10, 6)), item(&unsigned)],
            2,
            Illegal::Signature,
        ),
        (vec![item(&transfer(151, 0, 10, 0))], 0, Illegal::Fees),
        (twice, 1, Illegal::Fees),
    ]
}

#[test]
fn an_enforced_domain_refuses_illegal_transactions_at_inclusion() {
    let mut world = enforced_world();
    // A domain block that nobody has claimed: its receipt travels with the illegal body, and must not get in with it.
    include(&mut world, 0, &[transfer(0, 1, 10, 7)]);
    let base = head_hash(&world);
    let election = await_election(&mut world, 1);
    world.produce(&[], &[]);
    let right = extend(&world, 1, 16, &mut |_| None);
    assert_eq!(right.len(), 1);
    for (mut items, index, rule) in illegal() {
        items.sort_by_key(|item| item.compute_summary().body_key());
        // Where sorting put the bad signature among transactions with one nonce.
        let index = if items.len() == 3 {
            let bad = |item: &Item| item.bytes == illegal()[1].0[0].bytes;
            u32::try_from(items.iter().position(bad).unwrap()).unwrap()
        } else {
            index
        };
        let fault = Fault { index, rule };
        let expected = RefusedBundle::Bundle(InvalidBundle::Illegal { fault });
        for receipts in [Vec::new(), right.clone()] {
            let bundle = seal(&world, 1, election, base, receipts, items.clone());
            assert_eq!(refuse(&mut world, &bundle, &Way::WithAccounts), expected);
            // Without the accounts nothing is judged, and nothing is skipped.
            assert_eq!(
                refuse(&mut world, &bundle, &Way::Plain),
                RefusedBundle::Unenforceable
            );
        }
    }
    // The window is still unused: what is legal gets in under the same election, with its receipt, which is its base.
    let base = right[0].receipt.compute_hash();
    let stale = seal(
        &world,
        1,
        election,
        base,
        right.clone(),
        vec![item(&transfer(0, 1, 10, 5))],
    );
    let fault = Fault {
        index: 0,
        rule: Illegal::Nonce,
    };
    let expected = RefusedBundle::Bundle(InvalidBundle::Illegal { fault });
    assert_eq!(
        refuse(&mut world, &stale, &Way::WithAccounts),
        expected,
        "used up by the receipt it carries"
    );
    let legal = vec![item(&transfer(150, 0, 10, 1)), item(&transfer(0, 2, 10, 5))];
    let good = seal(&world, 1, election, base, right, legal);
    assert_eq!(
        refuse(&mut world, &good, &Way::Plain),
        RefusedBundle::Unenforceable
    );
    world
        .chain
        .submit_bundle_enforced(&good.encode(), &world.states)
        .expect("legal");
}

#[test]
fn legality_is_enforced_at_the_base_not_at_the_head() {
    let mut world = enforced_world();
    let genesis = world
        .chain
        .hash_at(world.domain, DomainNumber(0))
        .unwrap()
        .unwrap();
    let election = await_election(&mut world, 1);
    let used = vec![item(&transfer(0, 0, 10, 5))];
    let at_genesis = seal(&world, 1, election, genesis, Vec::new(), used);
    // Legal there, and paid for; it does nothing when it is executed.
    let before = world.heads().0;
    let log = world.produce(&[at_genesis], &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    world.run(30);
    let number = before.next().unwrap();
    assert_eq!(world.heads(), (number, number));
    let receipt = world.operators[0].receipt(number).unwrap();
    assert_eq!(receipt.verdicts.to_vec(), [Verdict::Valid]);
    // What user 150 got after genesis does not count at genesis.
    let election = await_election(&mut world, 1);
    let poor = seal(
        &world,
        1,
        election,
        genesis,
        Vec::new(),
        vec![item(&transfer(150, 0, 10, 1))],
    );
    world.produce(&[], &[]);
    let fault = Fault {
        index: 0,
        rule: Illegal::Fees,
    };
    let expected = RefusedBundle::Bundle(InvalidBundle::Illegal { fault });
    assert_eq!(refuse(&mut world, &poor, &Way::WithAccounts), expected);
}

#[test]
fn an_enforced_domain_takes_receipts_alone_without_accounts() {
    let mut world = enforced_world();
    let before = world.heads().0;
    include(&mut world, 0, &[transfer(0, 1, 10, 7)]);
    world.produce(&[], &[]);
    let election = await_election(&mut world, 1);
    world.produce(&[], &[]);
    let right = extend(&world, 1, 16, &mut |_| None);
    let bundle = seal(&world, 1, election, head_hash(&world), right, Vec::new());
    world
        .chain
        .submit_bundle(&bundle.encode())
        .expect("there is nothing to enforce");
    assert_eq!(Some(world.heads().0), before.next());
}

/// Two domains, three operators each: 0 to 2 in the first, 3 to 5 in the second.
fn two_domains() -> (World, DomainId, DomainId) {
    let busy = Config {
        work_per_block: 64,
        ..config()
    };
    let mut world = World::with_config(3, params(), busy);
    let first = world.domain;
    let election = ElectionParams {
        numerator: 1,
        denominator: 2,
        interval: 4,
        longevity: 3,
        epoch: 1,
        max_factor: 1,
        absence: 0,
    };
    let second = world.add_domain(3, DomainParams { election, ..params() });
    world.focus(first);
    world.await_epoch();
    (world, first, second)
}

/// The domain that an event speaks of.
fn domain_of(event: &Event, first: DomainId, second: DomainId) -> DomainId {
    match event {
        Event::BundleIncluded { domain, .. }
        | Event::InboxClosed { domain, .. }
        | Event::ReceiptAccepted { domain, .. }
        | Event::ReceiptEndorsed { domain, .. }
        | Event::ReceiptConfirmed { domain, .. }
        | Event::ReceiptsRemoved { domain, .. } => *domain,
        Event::OperatorSlashed { operator, .. } if operator.0 < 3 => first,
        Event::OperatorSlashed { .. } => second,
        other => panic!("{other:?}"),
    }
}

/// Runs both domains; operator 2 of the first lies once if it is asked to. Returns the logs and what was lied about.
fn run_two(world: &mut World, lies: bool) -> (Vec<Log>, Option<DomainNumber>) {
    let (mut told, mut logs) = (None, Vec::new());
    for block in 0..100 {
        if block < 60 && block % 4 == 0 {
            feed(world, block / 4);
        }
        logs.push(world.step(&mut |world, index, bundle| {
            if !lies || index != 2 || told.is_some() || block < 20 {
                return Some(bundle);
            }
            let Some((number, wrong)) = lie(world, 2, &bundle, Mutant::TraceFrom(1)) else {
                return Some(bundle);
            };
            told = Some(number);
            Some(wrong)
        }));
    }
    (logs, told)
}

#[test]
fn a_liar_in_one_domain_does_not_touch_the_other() {
    let (mut quiet, first, second) = two_domains();
    let (undisturbed, _) = run_two(&mut quiet, false);
    let (mut world, ..) = two_domains();
    let total = world.chain.host().total();
    let (logs, told) = run_two(&mut world, true);
    let number = told.expect("the lie was told");
    let of = |logs: &[Log], domain| -> Vec<(usize, Event)> {
        let all = logs.iter().enumerate();
        let all = all.flat_map(|(block, log)| log.events.iter().map(move |event| (block, event.clone())));
        all.filter(|(_, event)| domain_of(event, first, second) == domain)
            .collect()
    };
    // The other domain goes on, block by block, as if nothing had happened.
    assert_eq!(of(&logs, second), of(&undisturbed, second));
    let events = events(&logs);
    let removed: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::ReceiptsRemoved { domain, from, .. } => Some((*domain, *from)),
            _ => None,
        })
        .collect();
    assert_eq!(removed, [(first, number)]);
    assert_eq!(slashed(&events), [OperatorId(2)]);
    assert_eq!(world.chain.host().total(), total);
    for domain in [first, second] {
        let (head, confirmed) = world.heads_of(domain);
        assert_eq!(head, confirmed);
        assert!(head >= DomainNumber(5), "{head:?}");
    }
    // Windows are the domain's own, used once each.
    let mut used = BTreeSet::new();
    for (block, log) in logs.iter().enumerate() {
        let slot = world.blocks[world.blocks.len() - logs.len() + block].info.slot;
        for event in &log.events {
            if let Event::BundleIncluded {
                domain,
                operator,
                window,
                ..
            } = event
            {
                let interval = if *domain == first { 1 } else { 4 };
                assert_eq!(*window, Window(slot.0 / interval));
                assert_eq!(*domain == first, operator.0 < 3);
                assert!(used.insert((*operator, *window)));
            }
        }
    }
}

#[test]
fn each_domain_elects_at_its_own_odds_and_interval() {
    let (mut world, first, second) = two_domains();
    let mut wins = BTreeMap::new();
    for (domain, operators, interval) in [(first, 0..3, 1), (second, 3..6, 4)] {
        world.focus(domain);
        for window in 1_000..1_150 {
            for index in operators.clone() {
                let at = |slot| elected(&world, index, Slot(slot));
                let proof = at(window * interval);
                // One election for all the slots of a window.
                let last = at(window * interval + interval - 1);
                assert_eq!(
                    proof.map(|proof| proof.preoutput),
                    last.map(|proof| proof.preoutput)
                );
                assert!(proof.is_none_or(|proof| proof.window == Window(window)));
                *wins.entry(domain).or_insert(0_u32) += u32::from(proof.is_some());
            }
        }
    }
    // One expected in each window of the first, one in two of the second: 150 and 75.
    assert!((120..=180).contains(&wins[&first]), "{wins:?}");
    assert!((52..=98).contains(&wins[&second]), "{wins:?}");
}

#[test]
fn what_belongs_to_one_domain_is_refused_by_the_other() {
    let (mut world, first, second) = two_domains();
    unclaimed(&mut world, 1);
    let foreign_base = world.operators[0].head().unwrap().1;
    let receipts = extend(&world, 0, 16, &mut |_| None);
    let own_election = await_election(&mut world, 0);
    // An operator of the first in the second, with its own election, and the other way round.
    world.focus(second);
    let body = || vec![item(&transfer(0, 0, 10, 5))];
    let base = head_hash(&world);
    let stranger = seal(&world, 0, own_election, base, Vec::new(), body());
    let election = await_election(&mut world, 3);
    world.produce(&[], &[]);
    let refused = refuse(&mut world, &stranger, &Way::Plain);
    assert!(
        matches!(
            refused,
            RefusedBundle::Bundle(InvalidBundle::UnknownOperator { .. })
        ),
        "{refused:?}"
    );
    // A receipt of the first in a bundle of the second.
    let carried = seal(&world, 3, election, base, receipts.clone(), Vec::new());
    let refused = refuse(&mut world, &carried, &Way::Plain);
    let expected = InvalidReceipt::Domain {
        expected: second,
        found: first,
    };
    assert_eq!(
        refused,
        RefusedBundle::Receipt {
            index: 0,
            invalid: expected
        }
    );
    // One that says it is the second's is no receipt of it either: no such block has been made there.
    let mut disguised = receipts;
    disguised[0].receipt.domain = second;
    let carried = seal(&world, 3, election, base, disguised, Vec::new());
    assert!(matches!(
        refuse(&mut world, &carried, &Way::Plain),
        RefusedBundle::Receipt { .. }
    ));
    // A base of the first, pending and final.
    let genesis = world.chain.hash_at(first, DomainNumber(0)).unwrap().unwrap();
    for base in [foreign_base, genesis] {
        let based = seal(&world, 3, election, base, Vec::new(), body());
        let refused = refuse(&mut world, &based, &Way::Plain);
        assert_eq!(
            refused,
            RefusedBundle::Bundle(InvalidBundle::UnknownBase { base })
        );
    }
    let good = seal(&world, 3, election, base, Vec::new(), body());
    let other = seal(
        &world,
        3,
        election,
        base,
        Vec::new(),
        vec![item(&transfer(1, 0, 10, 5))],
    );
    // The second's bundle is none of the first: the seal is not for it, and the operator none of its own.
    let mut moved = good.clone();
    moved.header.header.domain = first;
    let refused = refuse(&mut world, &moved, &Way::Plain);
    assert!(
        matches!(
            refused,
            RefusedBundle::Bundle(InvalidBundle::UnknownOperator { .. })
        ),
        "{refused:?}"
    );
    world
        .chain
        .submit_bundle(&good.encode())
        .expect("in its own domain it is accepted");
    // Two headers that operator 3 sealed for the first, where it is nobody.
    world.focus(first);
    let sealed = |items| seal(&world, 3, election, base, Vec::new(), items).header;
    let foreign = Equivocation {
        first: sealed(body()),
        second: sealed(other.body.to_vec()),
    };
    let refused = world
        .chain
        .submit_equivocation(operator_account(0), &foreign.encode());
    let expected = RefusedEquivocation::Domain {
        expected: second,
        found: first,
    };
    assert_eq!(refused, Err(CallError::Refused(expected)));
}

#[test]
fn a_proof_holds_in_its_own_domain_only() {
    let (mut world, first, second) = two_domains();
    unclaimed(&mut world, 2);
    let log = vouch(&mut world, 2, 16, Some(1));
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let proof = world.proofs().remove(0);
    assert_eq!(proof.domain, first);
    let mut moved = proof.clone();
    moved.domain = second;
    let host = world.chain.host().clone();
    let refused = world.chain.submit_proof(&moved.encode());
    assert_eq!(refused, Err(CallError::Refused(RefusedProof::NotPending)));
    assert_eq!(world.chain.host().store, host.store);
    let events = world.chain.submit_proof(&proof.encode()).unwrap();
    assert_eq!(slashed(&events), [OperatorId(2)]);
}

const INTERVAL: u64 = 4;
const LONGEVITY: u64 = 3;

/// Windows of several slots, in stake epochs that are longer than a proof lives.
fn long_windows() -> World {
    let election = ElectionParams {
        numerator: 1,
        denominator: 1,
        interval: INTERVAL,
        longevity: LONGEVITY,
        epoch: 5,
        max_factor: 1,
        absence: 0,
    };
    World::with_config(3, DomainParams { election, ..params() }, config())
}

#[test]
fn a_window_of_several_slots_is_used_once_and_late_bundles_are_taken_for_a_while() {
    let mut world = long_windows();
    let mut logs: Vec<(Slot, Log)> = Vec::new();
    // Bundles of operator 0 that the network holds back, by window: one until the last slot, one a slot longer.
    let mut held: Vec<(Window, Bundle)> = Vec::new();
    let (mut outcomes, mut fed) = (Vec::new(), 0);
    let mut included: Vec<Bundle> = Vec::new();
    for block in 0..190 {
        // Without a pause at first; later so rarely that an elected operator may have nothing until its window's end.
        if (block < 84 && block % 7 == 0) || [102, 123, 141, 160].contains(&block) {
            feed(&mut world, fed);
            fed += 1;
        }
        let now = world.next_slot();
        let window = now.0 / INTERVAL;
        let due = |index: usize, held: &[(Window, Bundle)]| {
            let (of, bundle) = held.get(index)?;
            let first_closed = (of.0 + LONGEVITY + 1) * INTERVAL;
            let slot = if index == 0 {
                first_closed - 1
            } else {
                first_closed
            };
            (now == Slot(slot)).then(|| bundle.clone())
        };
        let late: Vec<Bundle> = (0..2).filter_map(|index| due(index, &held)).collect();
        let mut bundles = Vec::new();
        for (index, bundle) in world.propose() {
            let wanted = held.is_empty() || (held.len() == 1 && window > held[0].0.0 + 6);
            if index == 0 && wanted && block > 10 && !bundle.body.is_empty() {
                held.push((bundle.header.header.election.window, bundle));
            } else {
                bundles.push(bundle);
            }
        }
        bundles.extend(late.iter().cloned());
        let log = world.produce(&bundles, &world.proofs());
        outcomes.extend(late.iter().map(|_| log.refused.clone()));
        // Whatever was included is refused for as long as its window is open, and after it.
        included.extend(world.blocks.last().unwrap().bundles.iter().cloned());
        let recent = |bundle: &Bundle| bundle.header.header.election.window.0 + LONGEVITY + 1 >= window;
        included.retain(recent);
        for bundle in &included {
            let refused = refuse(&mut world, bundle, &Way::Plain);
            let spent = matches!(
                refused,
                RefusedBundle::Bundle(InvalidBundle::WindowUsed { .. } | InvalidBundle::Window(_))
            );
            assert!(spent, "{refused:?}");
        }
        if late.is_empty() {
            assert!(log.refused.is_empty(), "{:?}", log.refused);
        }
        logs.push((now, log));
    }
    assert_eq!(held.len(), 2, "operator 0 won often enough");
    let limit = Window(held[1].0.0 + 1);
    let stale = InvalidBundle::Window(InvalidWindow::Stale {
        limit,
        found: held[1].0,
    });
    assert_eq!(outcomes, [vec![], vec![RefusedBundle::Bundle(stale).to_string()]]);
    let mut used = BTreeMap::new();
    for (slot, log) in &logs {
        for event in &log.events {
            if let Event::BundleIncluded { operator, window, .. } = event {
                assert!(
                    used.insert((*operator, *window), *slot).is_none(),
                    "once per window"
                );
            }
        }
    }
    let (late, others): (Vec<_>, Vec<_>) = used
        .iter()
        .partition(|((_, window), slot)| slot.0 / INTERVAL != window.0);
    assert_eq!(late.len(), 1);
    assert_eq!(*late[0].0, (OperatorId(0), held[0].0));
    // It came after newer windows of the same operator.
    let between = |key: &(OperatorId, Window)| {
        key.0 == OperatorId(0) && key.1 > held[0].0 && key.1.0 <= held[0].0.0 + LONGEVITY
    };
    assert!(others.iter().any(|(key, _)| between(key)));
    // Not only in the first slot of a window.
    assert!(others.iter().any(|(_, slot)| slot.0 % INTERVAL != 0));
    // The operators went on.
    let (head, confirmed) = world.heads();
    assert_eq!(head, confirmed);
    assert!(head >= DomainNumber(12), "{head:?}");
    assert!(world.operators.iter().all(|operator| operator.pool().is_empty()));
    let all = logs
        .iter()
        .flat_map(|(_, log)| log.events.clone())
        .collect::<Vec<_>>();
    assert!(slashed(&all).is_empty());
}

const BACKLOG: u64 = 32;

/// A chain that confirms one receipt per block, and frees stakes as early as it may; operator 1 vouches for a long
/// backlog of receipts at once, lying in number `lie`, and leaves. Returns when its stake is free by the clock.
fn leave_with_a_backlog(lie: Option<u64>) -> (World, ConsensusNumber) {
    let slow = Config {
        limits: HostLimits {
            unlock_period: 24,
            submission_lag: 2,
            ..limits()
        },
        work_per_block: 1,
        ..config()
    };
    let backlog = DomainParams {
        max_gap: 64,
        max_base_lag: 64,
        ..params()
    };
    let mut world = World::with_config(3, backlog, slow);
    unclaimed(&mut world, BACKLOG);
    while world.heads().0 < DomainNumber(BACKLOG) {
        let log = vouch(&mut world, 1, 16, lie);
        assert!(log.refused.is_empty(), "{:?}", log.refused);
    }
    let left = world
        .chain
        .deregister_operator(operator_account(1), OperatorId(1))
        .unwrap();
    let Event::OperatorDeregistered { unlock, .. } = left[0] else {
        panic!("{left:?}");
    };
    (world, unlock)
}

#[test]
fn a_stake_is_not_released_before_what_it_stands_for_is_final() {
    let (mut world, unlock) = leave_with_a_backlog(None);
    let mut released = None;
    for _ in 0..80 {
        let log = world.produce(&[], &[]);
        let now = world.blocks.last().unwrap().info.number;
        let free = log
            .events
            .iter()
            .any(|event| matches!(event, Event::StakeReleased { .. }));
        let purse = world.chain.host().purses[&operator_account(1)];
        if released.is_none() && !free {
            assert_eq!((purse.held, purse.free), (STAKE, Balance::ZERO));
            continue;
        }
        assert!(free != released.is_some(), "released once");
        assert_eq!((purse.held, purse.free), (Balance::ZERO, STAKE));
        assert_eq!(world.heads().1, DomainNumber(BACKLOG), "all final");
        released = released.or(Some(now));
    }
    // By the clock it was free long before.
    assert!(
        released.expect("released in the end").0 > unlock.0 + 5,
        "{released:?} {unlock:?}"
    );
    assert_eq!(
        world.chain.operator(OperatorId(1)).unwrap().unwrap().status,
        Status::Left
    );
}

#[test]
fn who_left_pays_for_a_lie_that_is_shown_after_the_unlock_period() {
    let (mut world, unlock) = leave_with_a_backlog(Some(BACKLOG));
    let total = world.chain.host().total();
    while world.blocks.last().unwrap().info.number.0 < unlock.0 + 3 {
        let log = world.produce(&[], &[]);
        assert!(
            !log.events
                .iter()
                .any(|event| matches!(event, Event::StakeReleased { .. }))
        );
    }
    assert!(world.heads().1 < DomainNumber(BACKLOG), "still pending");
    let proofs = world.proofs();
    let log = world.produce(&[], &proofs);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    assert_eq!(slashed(&log.events), [OperatorId(1)]);
    let purse = world.chain.host().purses[&operator_account(1)];
    assert_eq!((purse.held, purse.free), (Balance::ZERO, Balance::ZERO));
    let rest = world.run(70);
    assert!(
        !events(&rest)
            .iter()
            .any(|event| matches!(event, Event::StakeReleased { .. }))
    );
    assert_eq!(world.heads(), (DomainNumber(BACKLOG), DomainNumber(BACKLOG)));
    assert_eq!(world.chain.host().total(), total);
}

/// Runs a domain with these parameters until a lie of operator 2 is told, refuted and paid for.
fn lie_is_caught(params: &DomainParams, mutant: Mutant) {
    let mut world = World::new(3, params.clone());
    let total = world.chain.host().total();
    let (mut told, mut logs) = (None, Vec::new());
    let mut included = BTreeMap::new();
    for block in 0..70 {
        if block < 32 && block % 4 == 0 {
            feed(&mut world, block / 4);
        }
        let mut attempt = None;
        let proposed = world.propose().into_iter().map(|(index, bundle)| {
            let lies = index == 2 && told.is_none() && !bundle.receipts.is_empty();
            match lies.then(|| lie(&world, 2, &bundle, mutant)).flatten() {
                Some((number, wrong)) => {
                    attempt = Some(number);
                    wrong
                }
                None => bundle,
            }
        });
        // The liar comes first.
        let bundles: Vec<Bundle> = proposed.rev().collect();
        let log = world.produce(&bundles, &world.proofs());
        let first = |event: &Event| match event {
            Event::ReceiptAccepted { operator, number, .. } => {
                (*operator == OperatorId(2)).then_some(*number)
            }
            _ => None,
        };
        let accepted: BTreeSet<DomainNumber> = log.events.iter().filter_map(first).collect();
        told = told.or(attempt.filter(|number| accepted.contains(number)));
        let now = world.blocks.last().unwrap().info.number;
        for event in &log.events {
            match event {
                Event::BundleIncluded {
                    number: Some(number), ..
                } => {
                    included.insert(*number, now);
                }
                // As soon as its hash and its seed are known, and not before.
                Event::InboxClosed {
                    number, consensus, ..
                } => {
                    assert_eq!(included[number], *consensus);
                    assert_eq!(now.0, consensus.0 + u64::from(params.seed_delay.max(1)));
                }
                _ => {}
            }
        }
        logs.push(log);
    }
    let context = (mutant, params.seed_delay, params.trace_interval);
    let number = told.unwrap_or_else(|| panic!("{context:?}: the lie was not told"));
    let events = events(&logs);
    let removed = events.iter().find_map(|event| match event {
        Event::ReceiptsRemoved { from, .. } => Some(*from),
        _ => None,
    });
    assert_eq!(removed, Some(number), "{context:?}");
    assert_eq!(slashed(&events), [OperatorId(2)], "{context:?}");
    let (head, confirmed) = world.heads();
    assert!(
        confirmed >= number && head == confirmed,
        "{context:?}: {head:?} {confirmed:?}"
    );
    assert_eq!(world.chain.host().total(), total);
    for number in 1..=head.0 {
        let receipt = world.operators[0].receipt(DomainNumber(number)).unwrap();
        let length = trace_length(receipt.schedule.count, world.params.trace_interval());
        assert_eq!(receipt.trace.length, length);
        let coarse = params.trace_interval > receipt.schedule.count;
        assert!(
            params.trace_interval == 1 || coarse,
            "{context:?}: larger than the block"
        );
    }
}

/// Lies of each family of proof: the steps of a trace, its end, the effects, the schedule, the inbox.
const LIES: [Mutant; 6] = [
    Mutant::TraceFrom(0),
    Mutant::TraceFrom(1),
    Mutant::TraceFrom(2),
    Mutant::Burned,
    Mutant::Swap(0),
    Mutant::Reject(0, 0, Illegal::Signature),
];

#[test]
fn a_lie_is_caught_with_a_seed_at_once_and_a_late_one() {
    for seed_delay in [0, 3] {
        for mutant in LIES {
            lie_is_caught(&DomainParams { seed_delay, ..fine() }, mutant);
        }
    }
}

#[test]
fn a_lie_is_caught_in_a_trace_of_every_input_and_in_one_of_whole_blocks() {
    for mutant in [Mutant::TraceFrom(3), Mutant::TraceEntry(2)]
        .into_iter()
        .chain(LIES)
    {
        lie_is_caught(&fine(), mutant);
    }
    for mutant in [Mutant::TraceEntry(1)].into_iter().chain(LIES) {
        lie_is_caught(&coarse(), mutant);
    }
}

/// Two branches share the block that includes a bundle, and differ in every block after it.
#[test]
fn a_seed_is_settled_with_its_own_block_or_so_many_after_it() {
    for seed_delay in [0, 1, 3] {
        let mut world = World::new(
            3,
            DomainParams {
                seed_delay,
                ..params()
            },
        );
        include(&mut world, 0, &[transfer(0, 0, 10, 5)]);
        let after = usize::try_from(seed_delay.max(1)).unwrap();
        let mut seeds = Vec::new();
        for branch in 0..2 {
            world.branch = branch;
            for _ in 1..after {
                world.produce(&[], &[]);
                assert_eq!(world.chain.inbox(world.domain, DomainNumber(1)).unwrap(), None);
            }
            world.produce(&[], &[]);
            seeds.push(
                world
                    .chain
                    .inbox(world.domain, DomainNumber(1))
                    .unwrap()
                    .unwrap()
                    .seed,
            );
            if branch == 0 {
                world.retract(after);
            }
        }
        assert_eq!(seeds[0] == seeds[1], seed_delay == 0);
        world.run(40);
        assert_eq!(world.heads(), (DomainNumber(1), DomainNumber(1)));
    }
}

/// A trace entry after every input.
fn fine() -> DomainParams {
    DomainParams {
        trace_interval: 1,
        ..params()
    }
}

/// More inputs to a trace entry than a block of these tests has.
fn coarse() -> DomainParams {
    DomainParams {
        trace_interval: 20,
        witness_limit: 10_000,
        ..params()
    }
}
