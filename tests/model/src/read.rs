//! Reads a state of the model off the real store.

use crate::bounds::Bounds;
use crate::oracle::{DOMAIN, Oracle, REPORTER};
use crate::real::Real;
use crate::rules::REJECTION;
use crate::state::{Member, Name, Receipt, Removed, Set, State, Status, Unlock};
use decex_consensus::decex_staking::PoolStatus;
use decex_consensus::keys;
use decex_consensus::model::{PendingRemoval, Progress};
use decex_core::{AccountId, Balance, ConsensusNumber, DomainNumber, OperatorId, ReceiptHash};
use decex_receipt::{Record, Removal};
use decex_tests::world::{STAKE, TREASURY, booked, deposit_for, operator_account, pool};
use parity_scale_codec::{Decode, Encode};

/// Returns what the store says, as a state of the model. What the model only remembers for its properties is taken from
/// `model`: it stands nowhere in the store.
#[must_use]
pub fn read(real: &Real, oracle: &Oracle, bounds: &Bounds, model: &State) -> State {
    let progress = real.chain.progress(DOMAIN).expect("readable").expect("a domain");
    let now = real.now();
    let open = progress.is_filled_at(ConsensusNumber(now));
    let removals = removals(real, oracle);
    assert_eq!(usize::try_from(progress.unswept), Ok(removals.len()));
    State {
        confirmed: name_at(real, oracle, progress.confirmed),
        pending: pending(real, oracle, bounds, &progress),
        removals,
        closed: small(progress.last.0 - u64::from(open)),
        open,
        operators: (0..bounds.operators)
            .map(|operator| member(real, oracle, &progress, operator))
            .collect(),
        unlocks: unlocks(real, bounds, now),
        guilty: model.guilty,
        flaws: model.flaws,
        elapsed: model.elapsed,
        waited: model.waited,
    }
}

fn small(number: u64) -> u8 {
    u8::try_from(number).expect("a small number")
}

fn get<T: Decode>(real: &Real, key: &[u8]) -> Option<T> {
    let bytes = real.chain.host().store.get(key)?;
    Some(T::decode(&mut &bytes[..]).expect("what the crate wrote"))
}

fn name_at(real: &Real, oracle: &Oracle, number: DomainNumber) -> Name {
    let hash = real.chain.hash_at(DOMAIN, number).expect("readable");
    oracle.name_of(&hash.expect("a receipt up to the head"))
}

fn backers(record: &Record) -> Set {
    let of = |operator: &OperatorId| Set::of(small(operator.0));
    record.backers.iter().fold(Set::default(), |all, operator| {
        assert_eq!(all.less(of(operator)), all, "each backs once");
        all.and(of(operator))
    })
}

fn pending(real: &Real, oracle: &Oracle, bounds: &Bounds, progress: &Progress) -> Vec<Receipt> {
    let numbers = progress.confirmed.0 + 1..=progress.head.0;
    let records = numbers.map(|number| {
        let record = real
            .chain
            .receipt_at(DOMAIN, DomainNumber(number))
            .expect("readable");
        let record = record.expect("a pending receipt has its record");
        let name = oracle.name_of(&record.receipt.compute_hash());
        assert_eq!(u64::from(name.number), number);
        Receipt {
            claim: name.claim(),
            backers: backers(&record),
            age: small(real.now() - record.included_at.0).min(bounds.challenge + 1),
            late: false,
        }
    });
    records.collect()
}

fn removals(real: &Real, oracle: &Oracle) -> Vec<Vec<Removed>> {
    let (first, end): (u64, u64) = get(real, &keys::removals()).unwrap_or_default();
    let waiting = (first..end).map(|index| get(real, &keys::removal(index)).expect("a removal that waits"));
    waiting
        .map(|waiting: PendingRemoval| rest(real, oracle, &waiting.removal))
        .collect()
}

/// The receipts of a removal that are left, from the refuted one up.
fn rest(real: &Real, oracle: &Oracle, removal: &Removal) -> Vec<Removed> {
    // The cursor is the last field; the crate keeps it to itself.
    let bytes = removal.encode();
    let (_, cursor) = bytes.split_at(bytes.len() - 32);
    let mut hash = ReceiptHash::decode(&mut &*cursor).expect("a hash");
    let mut left = Vec::new();
    loop {
        let record: Record =
            get(real, &keys::record(DOMAIN, &hash)).expect("removed ones stay until the sweep");
        left.push(Removed {
            name: oracle.name_of(&hash),
            backers: backers(&record),
        });
        if record.receipt.number <= removal.first() {
            break;
        }
        hash = record.receipt.parent;
    }
    left.reverse();
    left
}

fn member(real: &Real, oracle: &Oracle, progress: &Progress, operator: u8) -> Member {
    let found = real
        .chain
        .operator(OperatorId(operator.into()))
        .expect("readable");
    let found = found.expect("an operator");
    let status = match pool(&real.chain, operator.into()).status {
        PoolStatus::Active => Status::Active,
        PoolStatus::Inactive { .. } => panic!("nobody is reported absent here"),
        PoolStatus::Leaving { .. } => Status::Leaving,
        PoolStatus::Left => Status::Left,
        PoolStatus::Slashed { .. } => Status::Slashed,
    };
    let has_stake = matches!(status, Status::Active | Status::Leaving);
    let backed = found
        .backed
        .filter(|(number, _)| has_stake && *number > progress.confirmed);
    Member {
        status,
        backed: backed.map(|(_, hash)| oracle.name_of(&hash)),
    }
}

/// The stakes of those who have left, and how long they wait.
fn unlocks(real: &Real, bounds: &Bounds, now: u64) -> Vec<Unlock> {
    let leaving = |operator: u8| {
        let PoolStatus::Leaving { unlock, .. } = pool(&real.chain, operator.into()).status else {
            return None;
        };
        let due = small(unlock.0.saturating_sub(now));
        Some(Unlock { operator, due })
    };
    (0..bounds.operators).filter_map(leaving).collect()
}

/// Checks that the money says the same as the operators' states: in the pools is exactly what is at stake, free what was claimed,
/// and the rest was burned or went to reporters, the treasury and farmers; custody is what the books say.
pub fn check_money(real: &Real, state: &State) {
    let host = real.chain.host();
    let free = |account: &AccountId| host.purses.get(account).copied().unwrap_or_default().free;
    let mut stakes = 0;
    for (operator, member) in (0_usize..).zip(&state.operators) {
        let pool = pool(&real.chain, operator);
        let (at_stake, claimed) = (pool.stake, free(&operator_account(operator)));
        let right = match member.status {
            Status::Active | Status::Leaving => at_stake == STAKE && claimed == Balance::ZERO,
            Status::Left => at_stake == Balance::ZERO && claimed >= STAKE && claimed <= deposit_for(STAKE),
            Status::Slashed => at_stake == Balance::ZERO && claimed == Balance::ZERO,
        };
        assert!(
            right,
            "the money of operator {operator}: {pool:?}, {claimed:?} free"
        );
        stakes += u128::from(member.status == Status::Slashed) * STAKE.0;
    }
    let taken = host.burned.0 + free(&REPORTER).0 + free(&TREASURY).0;
    // K36: who makes the bundles is slashed when a receipt is final that calls one invalid, and only then.
    let condemned = state.confirmed.tells(REJECTION);
    let carrier = pool(&real.chain, state.operators.len());
    assert_eq!(condemned, matches!(carrier.status, PoolStatus::Slashed { .. }));
    let slashed = u128::from(state.all_who(Status::Slashed).count()) + u128::from(condemned);
    stakes += u128::from(condemned) * STAKE.0;
    assert!(
        (stakes..=slashed * deposit_for(STAKE).0).contains(&taken),
        "each stake is taken once: {taken} of {slashed}"
    );
    assert_eq!(
        host.custody.0,
        booked(&host.store),
        "custody is what the books say"
    );
}
