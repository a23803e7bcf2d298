//! Books that no host wrote: every call answers, and no answer makes or loses money.

use crate::books::{Books, DIVISION, RULES, account};
use crate::decode::{LIMIT, exact};
use crate::source::Source;
use decex_core::{AccountId, Balance, BoundedVec, ConsensusNumber, Digest, DomainId, Host, OperatorId};
use decex_staking::{
    Changes, Deposit, Extent, Fund, Now, Payment, Pool, PoolStatus, PoolTerms, Position, Price, Stakes,
    StakingView, Value, Withdrawal, claim, deactivate, leave, nominate, pay_blockspace, reactivate, refund,
    reward, slash, withdraw,
};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};
use std::cell::Cell;
use std::fmt::Debug;

const OPERATOR: OperatorId = OperatorId(1);

/// How many types [`decode`] tells apart by its first byte.
pub(crate) const KINDS: u8 = 8;

/// One value of a host's books; the first byte says of which type.
pub(crate) fn decode(data: &[u8]) {
    let mut source = Source::new(data);
    let kind = source.byte() % KINDS;
    let data = source.rest();
    match kind {
        0 => bounded::<Pool>(data),
        1 => bounded::<Position>(data),
        2 => bounded::<Price>(data),
        3 => bounded::<Stakes>(data),
        4 => bounded::<Fund>(data),
        5 => bounded::<Deposit>(data),
        6 => bounded::<Withdrawal>(data),
        _ => bounded::<PoolStatus>(data),
    }
}

/// A value of each type, in the order of their kinds.
pub(crate) fn examples() -> [Vec<u8>; KINDS as usize] {
    let mut books = Books::with([account(0), account(1)]);
    let terms = PoolTerms {
        tax: 500,
        minimum_nomination: Balance(1),
    };
    let operator = books.register(0, account(0), terms, 1_000_000).expect("accepted");
    books.nominate(operator, account(1), 500_000).expect("accepted");
    books.wait(1);
    books
        .withdraw(operator, account(1), Extent::Shares(1_000))
        .expect("accepted");
    books.nominate(operator, account(1), 70_000).expect("accepted");
    books.wait(1);
    books.reward(operator, 9_999).expect("accepted");
    let (pool, position) = (books.pool(operator), books.position(operator, account(1)));
    let price = books.prices.values().next().expect("somebody waits for it");
    [
        pool.encode(),
        position.encode(),
        price.encode(),
        pool.snapshot.encode(),
        pool.fund.encode(),
        position.deposit.expect("it waits").encode(),
        position.withdrawals.first().expect("it waits").encode(),
        PoolStatus::Slashed { epoch: 7 }.encode(),
    ]
}

/// What a host stores is no longer than it says.
fn bounded<T: Decode + Encode + MaxEncodedLen + PartialEq + Debug>(data: &[u8]) {
    if exact::<T>(data, LIMIT).is_some() {
        assert!(data.len() <= T::max_encoded_len(), "longer than the longest");
    }
}

/// Whatever bytes say.
struct Any {
    pool: Pool,
    position: Option<Position>,
    price: Option<Price>,
    totals: Stakes,
    settled: u64,
    /// Whether the position is the owner's.
    own: bool,
    /// How many answers are left before the host fails.
    answers: Cell<u32>,
}

/// The host failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Failed;

impl Any {
    fn answer<T>(&self, value: T) -> Result<T, Failed> {
        let left = self.answers.get().checked_sub(1).ok_or(Failed)?;
        self.answers.set(left);
        Ok(value)
    }
}

impl Host for Any {
    type Error = Failed;
}

impl StakingView for Any {
    fn pool(&self, operator: OperatorId) -> Result<Option<Pool>, Failed> {
        self.answer((operator == OPERATOR).then(|| self.pool.clone()))
    }
    fn position(&self, _: OperatorId, account: &AccountId) -> Result<Option<Position>, Failed> {
        let of = (*account == self.pool.owner) == self.own;
        self.answer(self.position.clone().filter(|_| of))
    }
    fn price(&self, _: OperatorId, _: u64) -> Result<Option<Price>, Failed> {
        self.answer(self.price)
    }
    fn totals(&self, _: DomainId) -> Result<Stakes, Failed> {
        self.answer(self.totals)
    }
    fn settled_through(&self, _: OperatorId) -> Result<u64, Failed> {
        self.answer(self.settled)
    }
}

/// Any amount: nothing, small, of any size, or as large as it gets.
fn number(source: &mut Source<'_>) -> u128 {
    match source.byte() {
        ..8 => 0,
        8..16 => u128::MAX - u128::from(source.byte()),
        16..32 => u128::from(source.long()) << (source.byte() % 65),
        32..128 => source.byte().into(),
        _ => source.word().into(),
    }
}

fn money(source: &mut Source<'_>) -> Balance {
    Balance(number(source))
}

/// Any epoch, near one another as a rule.
fn epoch(source: &mut Source<'_>) -> u64 {
    match source.byte() {
        255 => u64::MAX,
        near => u64::from(near % 4),
    }
}

fn stakes(source: &mut Source<'_>) -> Stakes {
    Stakes {
        epoch: epoch(source),
        previous: money(source),
        current: money(source),
        next: money(source),
    }
}

fn pool(source: &mut Source<'_>) -> Pool {
    let status = match source.byte() % 8 {
        0 => PoolStatus::Inactive { since: epoch(source) },
        1 => PoolStatus::Left,
        2 => PoolStatus::Slashed { epoch: epoch(source) },
        3 | 4 => PoolStatus::Leaving {
            epoch: epoch(source),
            unlock: ConsensusNumber(epoch(source)),
        },
        _ => PoolStatus::Active,
    };
    Pool {
        domain: DomainId(1),
        owner: AccountId(Digest([1; 32])),
        terms: PoolTerms {
            tax: source.word(),
            minimum_nomination: money(source),
        },
        status,
        epoch: epoch(source),
        stake: money(source),
        shares: number(source),
        rewards: money(source),
        joining: money(source),
        joining_units: number(source),
        leaving: number(source),
        waiting: epoch(source),
        locked: money(source),
        fund: Fund {
            balance: money(source),
            units: number(source),
            outstanding: money(source),
            era: source.byte().into(),
        },
        owed_shares: number(source),
        owed_units: number(source),
        holders: epoch(source),
        snapshot: stakes(source),
    }
}

fn position(source: &mut Source<'_>, pool: &Pool) -> Position {
    let deposit = Deposit {
        epoch: epoch(source),
        amount: money(source),
        units: number(source),
    };
    let withdrawals = (0..source.byte() % 34).map(|_| Withdrawal {
        epoch: epoch(source),
        unlock: ConsensusNumber(epoch(source)),
        value: if source.flag() {
            Value::Shares(number(source))
        } else {
            Value::Amount(money(source))
        },
        fund: money(source),
    });
    let withdrawals = BoundedVec::new(withdrawals.collect()).unwrap_or_default();
    Position {
        shares: number(source),
        units: number(source),
        era: pool
            .fund
            .era
            .wrapping_add(u32::from(source.byte().is_multiple_of(8))),
        deposit: Some(deposit).filter(|_| source.flag()),
        withdrawals,
    }
}

/// Any books, every call.
pub(crate) fn any(data: &[u8]) {
    let mut source = Source::new(data);
    let amount = money(&mut source);
    let ahead = [0, 1, 2, u64::from(source.word())][source.below(4)];
    let answers = [u32::MAX, u32::MAX, u32::MAX, source.below(6) as u32][source.below(4)];
    let own = source.flag();
    let settled = [0, u64::MAX, u64::from(source.byte())][source.below(3)];
    let pool = pool(&mut source);
    // A total that has the pool in it, as a rule: otherwise every call ends there.
    let totals = if source.byte() < 32 {
        stakes(&mut source)
    } else {
        pool.snapshot
    };
    let price = Price {
        stake: money(&mut source),
        shares: number(&mut source),
        waiting: epoch(&mut source),
    };
    let books = Any {
        position: Some(position(&mut source, &pool)).filter(|_| !source.byte().is_multiple_of(4)),
        pool,
        totals,
        price: Some(price).filter(|_| !source.byte().is_multiple_of(4)),
        settled,
        own,
        answers: answers.into(),
    };
    let now = Now {
        epoch: books.pool.epoch.saturating_add(ahead),
        block: ConsensusNumber(epoch(&mut source)),
    };
    let (owner, other) = (books.pool.owner, AccountId(Digest([9; 32])));
    let account = if own { owner } else { other };
    let judge = |changes: Option<Changes>, earned: Balance| {
        books.answers.set(answers);
        if let Some(changes) = changes {
            balanced(&books.pool, &changes, earned);
        }
    };
    let none = Balance::ZERO;
    judge(nominate(&books, now, OPERATOR, account, amount).ok(), none);
    for extent in [Extent::All, Extent::Shares(amount.0)] {
        judge(
            withdraw(&books, now, &RULES, OPERATOR, account, extent).ok(),
            none,
        );
    }
    judge(claim(&books, now, OPERATOR, account).ok(), none);
    judge(leave(&books, now, &RULES, OPERATOR, owner).ok(), none);
    judge(deactivate(&books, now, OPERATOR).ok(), none);
    judge(reactivate(&books, now, &RULES, OPERATOR, owner).ok(), none);
    judge(reward(&books, now, OPERATOR, amount).ok().flatten(), amount);
    judge(
        refund(&books, now, OPERATOR, amount, amount).ok().flatten(),
        amount,
    );
    judge(
        pay_blockspace(&books, now, OPERATOR, other, amount, own).ok(),
        none,
    );
    let slashed = slash(&books, now, OPERATOR, &DIVISION).ok().flatten();
    judge(slashed.map(|slashed| slashed.changes), none);
}

/// What is in the pool after a call is what was in it, what came in and what went out.
fn balanced(before: &Pool, changes: &Changes, earned: Balance) {
    // A pool with more money than there can be has no sum.
    let (Some(before), Some(after)) = (before.money(), changes.pool.money()) else {
        return;
    };
    let (mut comes, mut goes) = (before.checked_add(earned), Some(after));
    for (index, payment) in changes.payments.iter().enumerate() {
        match *payment {
            Payment::Hold { amount, .. } => {
                assert_eq!(index, 0, "a hold comes first");
                comes = comes.and_then(|sum| sum.checked_add(amount));
            }
            Payment::Release { amount, .. } | Payment::Treasury { amount } | Payment::Burn { amount } => {
                goes = goes.and_then(|sum| sum.checked_add(amount));
            }
        }
    }
    if let (Some(comes), Some(goes)) = (comes, goes) {
        assert_eq!(comes, goes, "money was made or lost");
    }
}
