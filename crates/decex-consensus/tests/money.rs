//! Money: who pays for bundles, who is paid for receipts, who loses a pool, and when it is paid back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

mod common;

use common::*;
use decex_bundle::{Illegal, InvalidBundle, Item, Verdict};
use decex_consensus::*;
use decex_core::*;
use decex_receipt::Submission;
use decex_staking::{Extent, PoolStatus, RefusedStaking};
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::mutant::{Mutant, mutate};
use parity_scale_codec::Encode;
use std::convert::Infallible;
use std::fmt::Debug;

/// Makes a call that must be refused, and checks that the host stays as it is.
fn refused<T: Debug, I: Debug>(
    net: &mut Net,
    call: impl FnOnce(&mut Net) -> Result<T, CallError<I, Infallible>>,
) -> I {
    let before = net.consensus.host().clone();
    let refusal = match call(net) {
        Err(CallError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(*net.consensus.host(), before);
    refusal
}

fn free(net: &Net, account: AccountId) -> u128 {
    net.consensus
        .host()
        .money
        .get(&account)
        .copied()
        .unwrap_or_default()
}

fn fund(net: &Net, member: usize) -> u128 {
    let pool = net.consensus.pool(net.members[member].id).unwrap().unwrap();
    pool.fund.balance.0
}

/// The right receipt of `number`, but for this lie.
fn mutated(net: &Net, domain: DomainId, number: u64, mutant: Mutant) -> Submission {
    let right = net.right(domain, number).submission();
    let inbox = net
        .consensus
        .inbox(domain, DomainNumber(number))
        .unwrap()
        .unwrap();
    let params = net.consensus.params(domain).unwrap().unwrap();
    let openings = right.openings.unwrap();
    let (receipt, openings) = mutate(mutant, &right.receipt, &openings, &inbox, &params).unwrap();
    Submission {
        receipt,
        openings: Some(openings),
    }
}

/// A transaction whose signature does not hold.
fn forged(from: u8, nonce: u64) -> Item {
    let mut forged = transfer(from, nonce, 1);
    let mut bytes = forged.bytes.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    forged.bytes = BoundedVec::new(bytes).unwrap();
    forged
}

fn await_election(net: &mut Net, member: usize) {
    while net.elected(member).is_none() {
        net.begin();
    }
}

fn fees(events: &[Event]) -> Vec<&Event> {
    events
        .iter()
        .filter(|event| matches!(event, Event::FeesPaid { .. }))
        .collect()
}

#[test]
fn k8_k32_anybody_adds_to_a_domain_what_it_has() {
    let (mut net, domain) = Net::with(params(), 1);
    let endow =
        |net: &mut Net, domain, amount| net.consensus.endow_domain(account(3), domain, Balance(amount));
    let refusal = refused(&mut net, |net| endow(net, DomainId(9), 1));
    assert_eq!(refusal, RefusedEndowment::UnknownDomain { found: DomainId(9) });
    for amount in [PURSE + 1, u128::MAX] {
        let required = Balance(amount);
        let refusal = refused(&mut net, |net| endow(net, domain, amount));
        assert_eq!(refusal, RefusedEndowment::Funds { required });
    }
    let events = endow(&mut net, domain, PURSE).unwrap();
    assert!(matches!(events[..], [Event::DomainEndowed { amount, .. }] if amount.0 == PURSE));
    assert_eq!(net.consensus.balance(domain).unwrap(), Balance(BACKING + PURSE));
    assert_eq!(free(&net, account(3)), 0);
    net.check_books();
}

#[test]
fn k34_a_bundle_is_paid_for_at_once_by_its_bytes_or_refused() {
    let (mut net, domain) = Net::with(params(), 1);
    let bundle = net.seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 0, 1)]);
    let price = bundle.encode().len() as u128;
    let before = (fund(&net, 0), free(&net, FARMER));
    net.submit(&bundle).unwrap();
    assert_eq!(fund(&net, 0), before.0 - price);
    assert_eq!(free(&net, FARMER), before.1 + price);
    // A bundle without transactions takes up blockspace as well.
    net.begin();
    let right = net.missing(domain);
    await_election(&mut net, 0);
    let bundle = net.seal(0, net.head_hash(domain), right, Vec::new());
    let price = bundle.encode().len() as u128;
    let before = fund(&net, 0);
    net.submit(&bundle).unwrap();
    assert_eq!(fund(&net, 0), before - price);

    // One whose fund is a unit short; then somebody fills it up.
    let mut poor = config();
    poor.minimum_stake = Balance(1);
    let mut net = Net::new(poor);
    let domain = net.domain(params());
    let id = net.register_with(0, domain, 5);
    net.begin_many(30);
    await_election(&mut net, 0);
    let bundle = net.seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 0, 1)]);
    let price = bundle.encode().len() as u128;
    net.consensus
        .nominate(account(5), id, Balance(5 * (price - 2)))
        .unwrap();
    let refusal = refused(&mut net, |net| net.submit(&bundle));
    let short = RefusedStaking::Fund {
        limit: Balance(price - 1),
        found: Balance(price),
    };
    assert_eq!(refusal, RefusedBundle::Fund(short));
    net.consensus.nominate(account(5), id, Balance(5)).unwrap();
    net.submit(&bundle).unwrap();
    assert_eq!(fund(&net, 0), 0);
    net.check_books();
}

#[test]
fn k33_a_lie_suspends_an_honest_author_no_longer_than_it_stands() {
    let (mut net, domain) = Net::with(params(), 3);
    net.begin_many(20);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.begin();
    let lie = mutated(&net, domain, 1, Mutant::Reject(0, 0, Illegal::Signature));
    let events = net.vouch(1, vec![lie.clone()]);
    let id = net.members[0].id;
    let suspended = Event::AuthorSuspended {
        operator: id,
        domain,
        number: DomainNumber(1),
        hash: lie.receipt.compute_hash(),
    };
    assert!(events.contains(&suspended));
    // Out at once: it bundles nothing, does not leave, is not nominated.
    assert!(!net.consensus.is_eligible(id).unwrap());
    let proof = net.refute(domain, &lie);
    let mut out = net.consensus.clone();
    let share = out.standing(domain, id, Window(0)).unwrap().unwrap();
    assert!(!share.eligible);
    let left = out.deregister_operator(account(0), id);
    assert_eq!(left, Err(CallError::Refused(RefusedDeregistration::NotActive)));
    let joined = out.nominate(account(5), id, Balance(10_000));
    assert_eq!(joined, Err(CallError::Refused(RefusedStake::NotClean)));
    // Free with the proof itself, with all it had, whoever's the lie is.
    let events = net.consensus.submit_proof(&proof).unwrap();
    let slashed: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::OperatorSlashed { operator, .. } => Some(*operator),
            _ => None,
        })
        .collect();
    assert_eq!(slashed, [net.members[1].id]);
    assert!(net.consensus.is_eligible(id).unwrap());
    await_election(&mut net, 0);
    net.send(0, vec![transfer(0, 1, 1)]);
    let right = net.missing(domain);
    await_election(&mut net, 2);
    net.vouch(2, right);
    net.begin_many(12);
    assert_eq!(net.confirmed(domain), 1);
    assert!(net.at_stake(0) >= STAKE);
    net.check_books();
}

#[test]
fn k33_a_stale_accusation_is_replaced_by_a_later_one() {
    let (mut net, domain) = Net::with(params(), 4);
    net.begin_many(25);
    for nonce in 0..2 {
        await_election(&mut net, 0);
        net.send(0, vec![transfer(0, nonce, 1)]);
        net.begin();
    }
    let id = net.members[0].id;
    // A right receipt of block 1, and a lie about block 2 that calls the author's bundle invalid.
    let right = net.right(domain, 1).submission();
    await_election(&mut net, 3);
    net.vouch(3, vec![right]);
    let lie = mutated(&net, domain, 2, Mutant::Reject(0, 0, Illegal::Signature));
    await_election(&mut net, 1);
    net.vouch(1, vec![lie.clone()]);
    let accused = |net: &Net| net.consensus.operator(id).unwrap().unwrap().accused;
    let first = Some((DomainNumber(2), lie.receipt.compute_hash()));
    assert_eq!(accused(&net), first);
    let proof = net.refute(domain, &lie);
    net.consensus.submit_proof(&proof).unwrap();
    assert!(net.consensus.is_eligible(id).unwrap());
    // Another one about the same block takes the place of what is stale.
    net.begin();
    let second = mutated(&net, domain, 2, Mutant::Reject(0, 0, Illegal::Claim));
    await_election(&mut net, 2);
    net.vouch(2, vec![second.clone()]);
    assert_eq!(
        accused(&net),
        Some((DomainNumber(2), second.receipt.compute_hash()))
    );
    assert!(!net.consensus.is_eligible(id).unwrap());
}

#[test]
fn k33_the_lowest_accusation_is_the_one_that_counts() {
    let (mut net, domain) = Net::with(params(), 4);
    net.begin_many(25);
    // An illegal bundle for block 1, a legal one for block 2.
    let mut illegal = transfer(0, 0, 1);
    illegal.weight = Weight(illegal.weight.0 + 1);
    for item in [illegal, transfer(0, 1, 1)] {
        await_election(&mut net, 0);
        net.send(0, vec![item]);
        net.begin();
    }
    let (author, right) = (net.members[0].id, net.right(domain, 1).submission());
    let first = Some((DomainNumber(1), right.receipt.compute_hash()));
    await_election(&mut net, 3);
    net.vouch(3, vec![right]);
    // Somebody calls the legal one illegal too.
    let lie = mutated(&net, domain, 2, Mutant::Reject(0, 0, Illegal::Signature));
    await_election(&mut net, 1);
    net.vouch(1, vec![lie.clone()]);
    let accused = |net: &Net| net.consensus.operator(author).unwrap().unwrap().accused;
    assert_eq!(accused(&net), first);
    // That lie falls; what was right stands, and the author is out as before.
    let proof = net.refute(domain, &lie);
    net.consensus.submit_proof(&proof).unwrap();
    assert_eq!(net.head(domain), 1);
    assert!(!net.consensus.is_eligible(author).unwrap());
    net.begin_many(12);
    assert!(matches!(net.status(0), PoolStatus::Slashed { .. }));
    net.check_books();
}

#[test]
fn k33_k36_the_author_of_an_illegal_bundle_is_out_and_pays_when_that_is_final() {
    let (mut net, domain) = Net::with(params(), 3);
    net.begin_many(20);
    // Two bundles in one block: a legal one, and one with a forged signature.
    await_election(&mut net, 0);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.send(1, vec![forged(1, 0)]);
    net.begin();
    let right = net.missing(domain);
    let verdicts = right[0].receipt.verdicts.to_vec();
    let of = |verdict: fn(&Verdict) -> bool| verdicts.iter().filter(|v| verdict(v)).count();
    assert_eq!(
        (
            of(|v| matches!(v, Verdict::Valid)),
            of(|v| matches!(v, Verdict::Invalid(_)))
        ),
        (1, 1)
    );
    let author = net.members[1].id;
    await_election(&mut net, 1);
    let more = net.seal(1, net.head_hash(domain), Vec::new(), vec![transfer(3, 0, 1)]);
    await_election(&mut net, 2);
    net.vouch(2, right);
    let refusal = refused(&mut net, |net| net.submit(&more));
    assert_eq!(
        refusal,
        RefusedBundle::Bundle(InvalidBundle::Ineligible { operator: author })
    );
    let (honest, treasury) = (fund(&net, 0), free(&net, TREASURY));
    let total = net.consensus.host().total();
    let before = net.consensus.balance(domain).unwrap().0;
    let events = net.begin_many(11);
    assert_eq!(net.confirmed(domain), 1);
    let slashed = events.iter().find_map(|event| match event {
        Event::OperatorSlashed {
            operator,
            reward,
            treasury,
            reporter,
            ..
        } => Some((*operator, *reward, *treasury, *reporter)),
        _ => None,
    });
    let (operator, reward, part, reporter) = slashed.unwrap();
    assert_eq!((operator, reward, reporter), (author, Balance::ZERO, None));
    assert_eq!((net.at_stake(1), fund(&net, 1)), (0, 0));
    // What users paid for blockspace went to the one with the legal bundle; for executing to the one that vouched.
    let Event::FeesPaid {
        storage,
        execution,
        burned,
        treasury: dust,
        missing,
        ..
    } = fees(&events)[0]
    else {
        panic!();
    };
    assert!(storage.0 > 0 && execution.0 > 0 && missing.0 == 0);
    assert_eq!(fund(&net, 0), honest + storage.0);
    let backer = net.consensus.pool(net.members[2].id).unwrap().unwrap();
    assert_eq!(backer.rewards, *execution);
    assert_eq!(free(&net, TREASURY), treasury + part.0 + dust.0);
    assert_eq!(
        net.consensus.balance(domain).unwrap().0,
        before - storage.0 - execution.0 - dust.0 - burned.0
    );
    assert_eq!(net.consensus.host().total(), total);
    net.check_books();
}

#[test]
fn k36_who_is_slashed_with_the_receipt_is_not_paid_for_it() {
    let (mut net, domain) = Net::with(params(), 2);
    net.begin_many(20);
    // The same author: a legal bundle, then an illegal one, in one block; it vouches for the receipt as well.
    net.send(1, vec![transfer(0, 0, 1)]);
    net.send(1, vec![forged(1, 0)]);
    net.begin();
    let right = net.missing(domain);
    net.vouch(1, right);
    let treasury = free(&net, TREASURY);
    let events = net.begin_many(11);
    assert_eq!(net.confirmed(domain), 1);
    let pool = net.consensus.pool(net.members[1].id).unwrap().unwrap();
    assert_eq!((pool.rewards, pool.fund.balance), (Balance::ZERO, Balance::ZERO));
    assert!(matches!(pool.status, PoolStatus::Slashed { .. }));
    let Event::FeesPaid {
        storage,
        execution,
        treasury: part,
        ..
    } = fees(&events)[0]
    else {
        panic!();
    };
    assert!(
        part.0 >= storage.0 + execution.0,
        "the parts of those who are gone"
    );
    assert!(free(&net, TREASURY) >= treasury + part.0);
    net.check_books();
}

#[test]
fn a_domain_pays_no_more_than_it_has() {
    let mut net = Net::new(config());
    let domain = net.domain_with(params(), 7);
    net.register(0, domain);
    net.begin_many(30);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.begin();
    let right = net.missing(domain);
    net.vouch(0, right);
    let events = net.begin_many(11);
    let paid = fees(&events)[0];
    let Event::FeesPaid {
        storage,
        execution,
        treasury,
        burned,
        missing,
        ..
    } = paid
    else {
        panic!();
    };
    assert_eq!(storage.0 + execution.0 + treasury.0 + burned.0, 7);
    assert!(missing.0 > 0);
    assert_eq!(net.consensus.balance(domain).unwrap(), Balance::ZERO);
    net.check_books();
}

#[test]
fn k15_k16_k38_pools_take_deposits_and_give_them_back_by_their_rules() {
    let (mut net, domain) = Net::with(params(), 2);
    let id = net.members[0].id;
    let unknown = OperatorId(9);
    let found = RefusedStake::UnknownOperator { found: unknown };
    let refusal = refused(&mut net, |net| {
        net.consensus.nominate(account(5), unknown, Balance(1_000))
    });
    assert_eq!(refusal, found);
    let refusal = refused(&mut net, |net| {
        net.consensus.withdraw(account(5), unknown, Extent::All)
    });
    assert_eq!(refusal, found);
    let refusal = refused(&mut net, |net| net.consensus.claim(unknown, account(5)));
    assert_eq!(refusal, found);
    let refusal = refused(&mut net, |net| {
        net.consensus.nominate(account(5), id, Balance(999))
    });
    assert_eq!(
        refusal,
        RefusedStake::Pool(RefusedStaking::Minimum {
            limit: Balance(1_000),
            found: Balance(999)
        })
    );
    let required = Balance(PURSE + 1);
    let refusal = refused(&mut net, |net| net.consensus.nominate(account(5), id, required));
    assert_eq!(refusal, RefusedStake::Funds { required });
    let refusal = refused(&mut net, |net| {
        net.consensus.withdraw(account(5), id, Extent::All)
    });
    assert_eq!(refusal, RefusedStake::Pool(RefusedStaking::Nothing));

    // It counts from the next epoch on, until the epoch's end after it is withdrawn.
    net.consensus.nominate(account(5), id, Balance(DEPOSIT)).unwrap();
    let stake = |net: &Net| {
        let slot = net.consensus.clock().unwrap().unwrap().block.slot;
        let standing = net.consensus.standing(domain, id, Window(slot.0));
        let share = standing.unwrap().unwrap().share;
        (share.stake().0, share.total().0)
    };
    assert_eq!(stake(&net), (STAKE, 2 * STAKE));
    net.begin_many(30);
    assert_eq!(stake(&net), (2 * STAKE, 3 * STAKE));
    net.consensus.withdraw(account(5), id, Extent::All).unwrap();
    assert_eq!(stake(&net), (2 * STAKE, 3 * STAKE));
    net.begin_many(30);
    assert_eq!(stake(&net), (STAKE, 2 * STAKE));
    let refusal = refused(&mut net, |net| net.consensus.claim(id, account(5)));
    assert!(matches!(
        refusal,
        RefusedStake::Pool(RefusedStaking::NothingDue { .. })
    ));
    net.begin_many(UNLOCK - 30);
    let before = free(&net, account(5));
    net.consensus.claim(id, account(5)).unwrap();
    assert_eq!(free(&net, account(5)), before + DEPOSIT);
    net.check_books();
}

#[test]
fn k3_no_pool_is_touched_before_the_first_block() {
    let mut consensus = Consensus::new(MemoryHost::default(), config());
    let (id, nobody) = (OperatorId(0), account(0));
    let not_begun = Err(CallError::Refused(RefusedStake::NotBegun));
    assert_eq!(consensus.nominate(nobody, id, Balance(1)), not_begun);
    assert_eq!(consensus.withdraw(nobody, id, Extent::All), not_begun);
    assert_eq!(consensus.claim(id, nobody), not_begun);
}

#[test]
fn k35_a_stake_answers_for_what_is_pending_however_long_that_takes() {
    let (mut net, domain) = Net::with(params(), 3);
    net.begin_many(20);
    let (id, liable) = (net.members[0].id, net.members[1].id);
    // A nominator that goes before anything has happened, and one that goes when something has.
    for early in [5, 6] {
        net.consensus
            .nominate(account(early), liable, Balance(DEPOSIT))
            .unwrap();
    }
    net.begin_many(30);
    net.consensus.withdraw(account(5), liable, Extent::All).unwrap();
    net.begin_many(61);
    await_election(&mut net, 0);
    net.send(0, vec![transfer(0, 0, 1)]);
    net.begin();
    let right = net.missing(domain);
    await_election(&mut net, 1);
    net.vouch(1, right);
    net.consensus.withdraw(account(6), liable, Extent::All).unwrap();
    net.consensus.deregister_operator(account(0), id).unwrap();
    // The host has lost its engine: nothing becomes final (K31), long after every unlock period.
    net.consensus.host_mut().engine = LedgerEngine { version: 1 };
    net.begin_many(UNLOCK + 40);
    assert_eq!(net.confirmed(domain), 0);
    let epoch = net
        .consensus
        .params(domain)
        .unwrap()
        .unwrap()
        .epoch_at(net.consensus.clock().unwrap().unwrap().block.slot);
    for operator in [id, liable] {
        let settled = net.consensus.settled_through(operator).unwrap().unwrap();
        assert!(settled < epoch - 2, "{settled} {epoch}");
    }
    assert_eq!(net.consensus.settled_through(OperatorId(9)).unwrap(), None);
    // Who authored or vouched, and who stood behind it then, wait; who had withdrawn in an epoch that is clear does not.
    assert!(net.consensus.claim(id, account(0)).is_err());
    assert!(net.consensus.claim(liable, account(6)).is_err());
    net.consensus.claim(liable, account(5)).unwrap();
    assert_eq!(free(&net, account(5)), PURSE);
    // The engine is back, and the receipt final: everybody is paid.
    net.consensus.host_mut().engine = LedgerEngine::default();
    net.begin_many(12);
    assert_eq!(net.confirmed(domain), 1);
    assert_eq!(net.consensus.settled_through(id).unwrap(), Some(u64::MAX));
    net.consensus.claim(id, account(0)).unwrap();
    net.consensus.claim(liable, account(6)).unwrap();
    assert!(free(&net, account(6)) > PURSE - DEPOSIT / 10);
    net.check_books();
}
