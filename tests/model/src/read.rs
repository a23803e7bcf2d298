//! Reads a state of the model off the real store.

use crate::bounds::Bounds;
use crate::oracle::{DOMAIN, Oracle, REPORTER};
use crate::real::Real;
use crate::state::{Member, Name, Receipt, Removed, Set, State, Status, Unlock};
use decex_consensus::keys::{self, Due};
use decex_consensus::model::{PendingRemoval, Progress, Status as Real_};
use decex_core::{Balance, ConsensusNumber, DomainNumber, OperatorId, ReceiptHash};
use decex_receipt::{Record, Removal};
use decex_tests::world::{STAKE, operator_account};
use parity_scale_codec::{Decode, Encode};

/// Returns what the store says, as a state of the model. What the model only remembers for its properties is taken from
/// `model`: it stands nowhere in the store.
#[must_use]
pub fn read(real: &Real, oracle: &Oracle, bounds: &Bounds, model: &State) -> State {
    let progress = real.chain.progress(DOMAIN).expect("readable").expect("a domain");
    let now = real.now();
    let open = progress.included_at.0 == now && progress.included > 0;
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
        unlocks: unlocks(real, now),
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
    let status = match found.status {
        Real_::Active => Status::Active,
        Real_::Leaving { .. } => Status::Leaving,
        Real_::Left => Status::Left,
        Real_::Slashed { .. } => Status::Slashed,
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

/// The queue of stakes from its cursor on. It holds at most one entry of each operator, so few blocks are looked at.
fn unlocks(real: &Real, now: u64) -> Vec<Unlock> {
    let cursor: Option<(ConsensusNumber, u32)> = get(real, &keys::due_cursor(Due::Unlock));
    let (from, mut index) = cursor.map_or((now, 0), |(at, index)| (at.0, index));
    let mut found = Vec::new();
    for at in from..now + 64 {
        let count: u32 = get(real, &keys::due_count(Due::Unlock, ConsensusNumber(at))).unwrap_or_default();
        for place in index..count {
            let entry = get(real, &keys::due(Due::Unlock, ConsensusNumber(at), place));
            let OperatorId(operator) = entry.expect("a queued stake");
            found.push(Unlock {
                operator: small(operator),
                due: small(at.saturating_sub(now)),
            });
        }
        index = 0;
    }
    found
}

/// Checks that the money says the same as the operators' states: held is exactly what is at stake, free what was released,
/// and the rest was burned or went to the reporter.
pub fn check_money(real: &Real, state: &State) {
    let host = real.chain.host();
    for (operator, member) in (0_usize..).zip(&state.operators) {
        let purse = host
            .purses
            .get(&operator_account(operator))
            .copied()
            .unwrap_or_default();
        let expected = match member.status {
            Status::Active | Status::Leaving => (Balance::ZERO, STAKE),
            Status::Left => (STAKE, Balance::ZERO),
            Status::Slashed => (Balance::ZERO, Balance::ZERO),
        };
        assert_eq!(
            (purse.free, purse.held),
            expected,
            "the money of operator {operator}"
        );
    }
    let rewards = host.purses.get(&REPORTER).copied().unwrap_or_default();
    let taken = u128::from(state.all_who(Status::Slashed).count()) * STAKE.0;
    assert_eq!(host.burned.0 + rewards.free.0, taken, "each stake is taken once");
}
