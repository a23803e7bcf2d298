//! From a user's transaction to a final receipt, and back when somebody lied.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use common::{DEPOSIT, Net, PURSE, REPORTER, STAKE, TREASURY, account, config, params, transfer};
use decex_consensus::Event;
use decex_core::*;
use decex_staking::PoolStatus;

fn count(events: &[Event], what: impl Fn(&Event) -> bool) -> usize {
    events.iter().filter(|event| what(event)).count()
}

#[test]
fn a_transaction_becomes_final() {
    let (mut net, domain) = Net::with(params(), 1);
    net.send(0, vec![transfer(0, 0, 5)]);
    assert!(
        net.consensus
            .open_inbox(domain, DomainNumber(1))
            .unwrap()
            .is_some()
    );
    // The next block brings its hash and the seed.
    let events = net.begin();
    assert_eq!(count(&events, |e| matches!(e, Event::InboxClosed { .. })), 1);
    let right = net.missing(domain);
    let accepted_at = net.now();
    net.vouch(0, right);
    assert_eq!((net.head(domain), net.confirmed(domain)), (1, 0));
    // It is final one block after the challenge period, with nothing else going on.
    net.begin_many(10);
    assert_eq!(net.confirmed(domain), 0);
    assert_eq!(
        net.consensus.finalized(domain).unwrap().unwrap().number,
        DomainNumber(0)
    );
    let events = net.begin();
    assert_eq!(net.now().0, accepted_at.0 + 11);
    assert_eq!(net.confirmed(domain), 1);
    assert_eq!(count(&events, |e| matches!(e, Event::ReceiptConfirmed { .. })), 1);
    let last = net.consensus.finalized(domain).unwrap().unwrap().into_inner();
    assert_eq!(last, net.right(domain, 1).receipt);
    // And forgotten as far as only a challenge needed it.
    assert!(net.consensus.inbox(domain, DomainNumber(1)).unwrap().is_none());
    assert!(
        net.consensus
            .receipt_at(domain, DomainNumber(1))
            .unwrap()
            .is_some()
    );
}

#[test]
fn seed_delays_close_inboxes_when_the_seed_is_known() {
    for (delay, closes_after) in [(0, 1), (1, 1), (3, 3)] {
        let mut params = params();
        params.seed_delay = delay;
        let (mut net, domain) = Net::with(params, 1);
        let number = net.now();
        net.send(0, vec![transfer(0, 0, 5)]);
        for _ in 1..closes_after {
            assert_eq!(count(&net.begin(), |e| matches!(e, Event::InboxClosed { .. })), 0);
            assert!(
                net.consensus
                    .open_inbox(domain, DomainNumber(1))
                    .unwrap()
                    .is_some()
            );
        }
        net.begin();
        assert!(
            net.consensus
                .open_inbox(domain, DomainNumber(1))
                .unwrap()
                .is_none()
        );
        let inbox = net.consensus.inbox(domain, DomainNumber(1)).unwrap().unwrap();
        assert_eq!(inbox.consensus_number, number);
        assert_eq!(
            Some(inbox.consensus_hash),
            net.consensus.block_hash(number).unwrap()
        );
        // Seeded by the block that many after it, or its own.
        let output = |number| Randomness(hash::digest_encoded(&label::EVIDENCE, &("output", number)));
        let randomness = output(number.0 + u64::from(delay));
        let root = decex_bundle::inbox_root(&inbox.bundles);
        assert_eq!(
            inbox.seed,
            decex_shuffle::compute_seed(&randomness, domain, number, &root)
        );
        // A receipt is taken as soon as it is closed.
        let right = net.missing(domain);
        net.vouch(0, right);
        assert_eq!(net.head(domain), 1);
    }
}

#[test]
fn one_bundle_catches_up_and_is_based_on_its_own_receipt() {
    let (mut net, domain) = Net::with(params(), 1);
    for nonce in 0..4 {
        net.send(0, vec![transfer(0, nonce, 1)]);
        net.begin();
    }
    // Four blocks are unexecuted, three are allowed: B20.
    let bundle = net.seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 4, 1)]);
    assert!(net.submit(&bundle).is_err());
    // The same transactions go with the receipts that close the gap, on the last of them.
    let right = net.missing(domain);
    assert_eq!(right.len(), 4);
    let base = right[3].receipt.compute_hash();
    let bundle = net.seal(0, base, right, vec![transfer(0, 4, 1)]);
    let events = net.submit(&bundle).unwrap();
    assert_eq!(count(&events, |e| matches!(e, Event::ReceiptAccepted { .. })), 4);
    net.begin();
    assert_eq!((net.head(domain), net.missing(domain).len()), (4, 1));
    let inbox = net.consensus.inbox(domain, DomainNumber(5)).unwrap().unwrap();
    assert_eq!(
        (inbox.bundles[0].base.number, inbox.bundles[0].base.hash),
        (DomainNumber(4), base)
    );
}

#[test]
fn bases_lag_as_far_as_allowed() {
    let (mut net, domain) = Net::with(params(), 1);
    let genesis = net.head_hash(domain);
    for nonce in 0..5 {
        let right = net.missing(domain);
        let base = right
            .last()
            .map_or(net.head_hash(domain), |s| s.receipt.compute_hash());
        let bundle = net.seal(0, base, right, vec![transfer(0, nonce, 1)]);
        net.submit(&bundle).unwrap();
        net.begin();
    }
    assert_eq!(net.head(domain), 4);
    // Genesis lies 4 behind: allowed. One more receipt, and it is too old: B22.
    let bundle = net.seal(0, genesis, Vec::new(), vec![transfer(1, 0, 1)]);
    net.submit(&bundle).unwrap();
    net.begin();
    let right = net.missing(domain);
    net.vouch(0, right);
    net.begin();
    let bundle = net.seal(0, genesis, Vec::new(), vec![transfer(1, 1, 1)]);
    assert!(net.submit(&bundle).is_err());
}

#[test]
fn an_endorsement_shares_the_liability() {
    let (mut net, domain) = Net::with(params(), 3);
    net.begin_many(28);
    net.send(0, vec![transfer(0, 0, 5)]);
    net.begin();
    let lie = net.lie(domain, 1, net.head_hash(domain), 9);
    net.vouch(1, vec![lie.clone()]);
    let events = net.vouch(2, vec![lie.clone()]);
    assert_eq!(count(&events, |e| matches!(e, Event::ReceiptEndorsed { .. })), 1);
    let record = net
        .consensus
        .receipt_at(domain, DomainNumber(1))
        .unwrap()
        .unwrap();
    assert_eq!(record.backers, [net.members[1].id, net.members[2].id]);
    // A block later it is only known.
    net.begin_many(3);
    let events = net.vouch(1, vec![lie.clone()]);
    assert_eq!(count(&events, |e| matches!(e, Event::ReceiptEndorsed { .. })), 0);

    let proof = net.refute(domain, &lie);
    let events = net.consensus.submit_proof(&proof).unwrap();
    let slashed: Vec<OperatorId> = events
        .iter()
        .filter_map(|e| {
            if let Event::OperatorSlashed { operator, .. } = e {
                Some(*operator)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(slashed, [net.members[1].id, net.members[2].id]);
}

#[test]
fn a_lie_takes_all_after_it_and_all_who_vouched() {
    let (mut net, domain) = Net::with(params(), 3);
    net.begin_many(28);
    let before = net.consensus.host().total();
    for nonce in 0..3 {
        net.send(0, vec![transfer(0, nonce, 1)]);
        net.begin();
    }
    // Member 0 is right about block 1; member 1 lies about 2; member 2 builds on the lie.
    let right = net.right(domain, 1).submission();
    net.vouch(0, vec![right.clone()]);
    let lie = net.lie(domain, 2, right.receipt.compute_hash(), 9);
    net.vouch(1, vec![lie.clone()]);
    let next = net.lie(domain, 3, lie.receipt.compute_hash(), 8);
    net.vouch(2, vec![next.clone()]);
    assert_eq!(net.head(domain), 3);

    let proof = net.refute(domain, &lie);
    let events = net.consensus.submit_proof(&proof).unwrap();
    assert!(matches!(
        events[0],
        Event::ReceiptsRemoved {
            from: DomainNumber(2),
            to: DomainNumber(3),
            reporter: REPORTER,
            ..
        }
    ));
    assert_eq!(
        (net.head(domain), net.head_hash(domain)),
        (1, right.receipt.compute_hash())
    );
    assert_eq!(count(&events, |e| matches!(e, Event::OperatorSlashed { .. })), 2);
    assert!(net.consensus.is_eligible(net.members[0].id).unwrap());
    let host = net.consensus.host();
    assert_eq!((net.at_stake(1), net.at_stake(0)), (0, STAKE));
    // A tenth of the stake goes to the reporter, a quarter of the rest, the funds included, to the treasury.
    // And only for who submitted the refuted receipt: the other built on it.
    assert_eq!(host.money[&REPORTER], PURSE + STAKE / 10);
    let (mut to_treasury, mut destroyed) = (0, 0);
    for event in &events {
        if let Event::OperatorSlashed {
            operator,
            amount,
            reward,
            treasury,
            burned,
            reporter,
            ..
        } = event
        {
            let expected = if *operator == net.members[1].id {
                (STAKE / 10, Some(REPORTER))
            } else {
                (0, None)
            };
            assert_eq!((reward.0, *reporter), expected);
            assert_eq!(treasury.0, (amount.0 - reward.0) / 4);
            assert_eq!(amount.0, reward.0 + treasury.0 + burned.0);
            assert!((STAKE..=DEPOSIT).contains(&amount.0));
            (to_treasury, destroyed) = (to_treasury + treasury.0, destroyed + burned.0);
        }
    }
    assert_eq!(host.money[&TREASURY], to_treasury);
    assert_eq!((host.burned, host.total()), (destroyed, before));
    net.check_books();
    for member in [1, 2] {
        let id = net.members[member].id;
        assert!(matches!(net.status(member), PoolStatus::Slashed { .. }));
        assert!(!net.consensus.is_eligible(id).unwrap());
    }
    // The same proof again: there is nothing to refute (K23), and nobody loses twice.
    let store = net.consensus.host().clone();
    assert!(net.consensus.submit_proof(&proof).is_err());
    assert_eq!(*net.consensus.host(), store);

    // The right receipts follow, and become final.
    let right = net.missing(domain);
    assert_eq!(right.len(), 2);
    net.begin();
    net.vouch(0, right);
    net.begin_many(11);
    assert_eq!(net.confirmed(domain), 3);
    let last = net
        .consensus
        .receipt_at(domain, DomainNumber(3))
        .unwrap()
        .unwrap();
    assert_eq!(last.receipt, net.right(domain, 3).receipt);
}

#[test]
fn offenders_are_out_before_the_sweep_reaches_them() {
    let mut config = config();
    config.work_per_block = 1;
    let mut net = Net::new(config);
    let domain = net.domain(params());
    for n in 0..3 {
        net.register(n, domain);
    }
    net.begin_many(58);
    for nonce in 0..3 {
        net.send(0, vec![transfer(0, nonce, 1)]);
        net.begin();
    }
    let lie = net.lie(domain, 1, net.head_hash(domain), 9);
    net.vouch(1, vec![lie.clone()]);
    let second = net.lie(domain, 2, lie.receipt.compute_hash(), 8);
    let third = net.lie(domain, 3, second.receipt.compute_hash(), 7);
    net.vouch(2, vec![second, third]);
    let proof = net.refute(domain, &lie);
    let events = net.consensus.submit_proof(&proof).unwrap();
    // One receipt is swept in the call: the third, and member 2 with it. Member 1 is out all the same.
    assert_eq!(count(&events, |e| matches!(e, Event::OperatorSlashed { .. })), 1);
    assert!(!net.consensus.is_eligible(net.members[1].id).unwrap());
    assert!(
        net.consensus
            .deregister_operator(account(1), net.members[1].id)
            .is_err()
    );
    let bundle = net.seal(0, net.head_hash(domain), vec![lie.clone()], Vec::new());
    assert!(
        net.submit(&bundle).is_err(),
        "R6: a removed receipt does not come back before it is swept"
    );
    // The right receipt of block 1 takes the number of the unswept lie.
    let right = net.right(domain, 1).submission();
    net.vouch(0, vec![right]);
    net.begin();
    assert_eq!(
        count(&net.begin(), |e| matches!(e, Event::OperatorSlashed { .. })),
        1
    );
    assert_eq!(net.head(domain), 1);
    assert_eq!(net.consensus.progress(domain).unwrap().unwrap().unswept, 0);
    assert_eq!(net.at_stake(1), 0);
    assert_eq!(net.at_stake(0), STAKE);
}

#[test]
fn nothing_is_confirmed_while_a_removal_is_unswept() {
    let mut slow = config();
    slow.work_per_block = 1;
    let mut net = Net::new(slow);
    let mut wide = params();
    (wide.max_gap, wide.challenge_period) = (20, 4);
    let domain = net.domain(wide);
    for n in 0..3 {
        net.register(n, domain);
    }
    net.begin_many(58);
    let mut nonce = 0;
    while net.chains[&domain].len() < 18 {
        if net.elected(0).is_some() {
            net.send(0, vec![transfer(0, nonce, 1)]);
            nonce += 1;
        }
        net.begin();
    }
    // Member 1 lies about block 1, member 2 builds sixteen receipts on it.
    let lie = net.lie(domain, 1, net.head_hash(domain), 9);
    net.vouch(1, vec![lie.clone()]);
    let mut built = Vec::new();
    let mut parent = lie.receipt.compute_hash();
    for number in 2..=17 {
        let next = net.lie(domain, number, parent, 8);
        parent = next.receipt.compute_hash();
        built.push(next);
    }
    net.vouch(2, built);
    let proof = net.refute(domain, &lie);
    net.consensus.submit_proof(&proof).unwrap();
    let right = net.right(domain, 1).submission();
    while net.elected(0).is_none() {
        net.begin();
    }
    net.vouch(0, vec![right]);
    // The sweep reaches member 1 last, after the right receipt's challenge period.
    let mut blocks = 0;
    while net.consensus.progress(domain).unwrap().unwrap().unswept > 0 {
        assert_eq!(net.confirmed(domain), 0);
        assert!(!net.consensus.is_eligible(net.members[1].id).unwrap());
        net.begin();
        blocks += 1;
    }
    assert!(blocks > 6, "{blocks}");
    assert_eq!(net.at_stake(1), 0);
    net.begin_many(2);
    assert_eq!(net.confirmed(domain), 1);
}

#[test]
fn the_highest_receipt_stays_the_one_that_counts() {
    let (mut net, domain) = Net::with(params(), 2);
    net.begin_many(28);
    for nonce in 0..3 {
        net.send(0, vec![transfer(0, nonce, 1)]);
        net.begin();
    }
    let mut receipts = net.missing(domain);
    receipts[2] = net.lie(domain, 3, receipts[1].receipt.compute_hash(), 9);
    let lie = receipts[2].clone();
    net.vouch(0, receipts.clone());
    // Endorsed in pieces, the highest first.
    net.vouch(1, vec![lie.clone()]);
    let events = net.vouch(1, receipts[..2].to_vec());
    assert_eq!(count(&events, |e| matches!(e, Event::ReceiptEndorsed { .. })), 2);
    let operator = net.consensus.operator(net.members[1].id).unwrap().unwrap();
    assert_eq!(
        operator.backed,
        Some((DomainNumber(3), lie.receipt.compute_hash()))
    );
    let proof = net.refute(domain, &lie);
    let events = net.consensus.submit_proof(&proof).unwrap();
    assert_eq!(count(&events, |e| matches!(e, Event::OperatorSlashed { .. })), 2);
    assert_eq!(net.head(domain), 2);
}

#[test]
fn domains_do_not_disturb_one_another() {
    let mut net = Net::new(config());
    let (first, second) = (net.domain(params()), net.domain(params()));
    net.register(0, first);
    net.register(1, second);
    net.begin_many(30);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.send(1, vec![transfer(0, 0, 2), transfer(1, 0, 2)]);
    net.begin();
    let (lie, right) = (net.lie(first, 1, net.head_hash(first), 3), net.missing(second));
    net.vouch(0, vec![lie.clone()]);
    net.vouch(1, right);
    let proof = net.refute(first, &lie);
    net.consensus.submit_proof(&proof).unwrap();
    assert_eq!((net.head(first), net.head(second)), (0, 1));
    net.begin_many(11);
    assert_eq!((net.confirmed(first), net.confirmed(second)), (0, 1));
}

#[test]
fn storage_is_bounded_by_what_is_not_final() {
    let mut params = params();
    (params.max_base_lag, params.max_gap, params.challenge_period) = (2, 2, 4);
    let (mut net, domain) = Net::with(params, 1);
    let mut keys = Vec::new();
    for nonce in 0..60 {
        let right = net.missing(domain);
        let base = right
            .last()
            .map_or(net.head_hash(domain), |s| s.receipt.compute_hash());
        let bundle = net.seal(0, base, right, vec![transfer(0, nonce, 1)]);
        net.submit(&bundle).unwrap();
        net.begin();
        // Two kinds have bounds of their own: used windows (longevity, per operator) and block hashes (seed delay).
        keys.push(
            net.consensus
                .host()
                .store
                .keys()
                .filter(|key| ![11, 18].contains(&key[0]))
                .count(),
        );
    }
    assert_eq!(net.confirmed(domain), 55);
    assert!(keys[30..].iter().all(|count| *count <= keys[29]), "{keys:?}");
    // Idle, it shrinks further: every queue is empty.
    let right = net.missing(domain);
    net.vouch(0, right);
    net.begin_many(300);
    let store = &net.consensus.host().store;
    let kinds: Vec<u8> = store
        .keys()
        .map(|key| key[0])
        .filter(|kind| [7, 8, 13, 14, 17].contains(kind))
        .collect();
    assert!(kinds.is_empty(), "{kinds:?}");
    let kept = |kind: u8| store.keys().filter(|key| key[0] == kind).count() as u64;
    assert_eq!(
        (kept(5), kept(6)),
        (5, 5),
        "the last final receipt and max_base_lag + max_gap before it"
    );
    assert!(kept(11) <= 51 && kept(18) <= 258);
}

#[test]
fn k40_who_lures_others_onto_a_wrong_receipt_and_reports_them_is_paid_for_itself_alone() {
    let (mut net, domain) = Net::with(params(), 6);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.begin_many(2);
    let lie = net.lie(domain, 1, net.head_hash(domain), 9);
    // The maker first, then everybody who copies without executing, in the same block.
    for member in 1..6 {
        net.vouch(member, vec![lie.clone()]);
    }
    let proof = net.refute(domain, &lie);
    let events = net.consensus.submit_proof(&proof).unwrap();
    assert_eq!(count(&events, |e| matches!(e, Event::OperatorSlashed { .. })), 5);
    let share = u128::from(params().reporter_share);
    let host = net.consensus.host();
    assert_eq!(host.money[&REPORTER], PURSE + STAKE * share / 10_000);
    net.check_books();
}
