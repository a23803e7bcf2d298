//! Calls on pools, in any order, with any amounts: money conserved, what was paid right, and a pool that nobody touches no different
//! from one that is touched at every epoch's end.

use crate::books::{Answer, Books, DIVISION, PURSE, RULES, TREASURY, account};
use crate::source::Source;
use decex_core::{AccountId, Balance, OperatorId};
use decex_staking::{
    Changes, Division, Extent, Pool, PoolStatus, PoolTerms, Position, RefusedStaking, Slashed, Stakes,
};

const ACCOUNTS: u8 = 6;
const OPERATORS: u64 = 4;
/// Calls of one script at most: each is followed by a check of everything.
const CALLS: usize = 160;
/// No account has more: sums of all that there ever is stay within their range.
const MOST: u32 = 118;

/// A script of calls.
pub(crate) fn calls(data: &[u8]) {
    let mut source = Source::new(data);
    let purse = PURSE.max(1 << (u32::from(source.byte()) % MOST));
    let mut town = Town::new(purse);
    for _ in 0..CALLS {
        if source.is_empty() {
            break;
        }
        town.call(&mut source);
        town.check();
    }
    town.wind_up();
}

/// Two hosts with the same calls. In the second every pool is touched in every epoch.
struct Town {
    lazy: Books,
    busy: Books,
    /// All that came in.
    minted: u128,
    purse: u128,
}

impl Town {
    fn new(purse: u128) -> Self {
        let mut books = Books::with((0..ACCOUNTS).map(account));
        books.free.values_mut().for_each(|free| *free = purse);
        Self {
            lazy: books.clone(),
            busy: books,
            minted: purse * u128::from(ACCOUNTS),
            purse,
        }
    }

    fn call(&mut self, source: &mut Source<'_>) {
        let kind = if self.lazy.pools.is_empty() {
            0
        } else {
            source.byte() % 24
        };
        let (mut operator, mut of) = self.place(source);
        // Who has something, mostly, where that matters.
        if matches!(kind, 6..=10 | 20..)
            && !self.lazy.positions.is_empty()
            && !source.byte().is_multiple_of(8)
        {
            let held: Vec<(OperatorId, AccountId)> = self.lazy.positions.keys().copied().collect();
            (operator, of) = *source.pick(&held);
        }
        match kind {
            0 | 1 => self.register(source, of),
            2..=5 => {
                let deposit = self.amount(source).min(self.lazy.free[&of]);
                let _ = self.both(|books| books.nominate(operator, of, deposit));
            }
            6..=8 => {
                let held = self
                    .lazy
                    .positions
                    .get(&(operator, of))
                    .map_or(0, |position| position.shares);
                let extent = if source.flag() {
                    Extent::All
                } else {
                    Extent::Shares(part(held, source))
                };
                let _ = self.both(|books| books.withdraw(operator, of, extent));
            }
            9 | 10 | 20 | 21 => self.claim(operator, of),
            11 => self.status(source, operator),
            12 if source.byte().is_multiple_of(4) => self.slash(source, operator),
            13 | 14 => {
                let amount = self.minted_amount(source);
                let _ = self.both(|books| books.reward(operator, amount));
                self.count(operator, amount);
            }
            15 => {
                let (paid, amount) = (self.amount(source), self.minted_amount(source));
                let _ = self.both(|books| books.refund_of(operator, paid, amount));
                self.count(operator, amount);
            }
            16 => self.spend(source, operator),
            17 => {
                // Nothing of the last few epochs is settled from now on, or everything is.
                let back = u64::from(source.byte() % 4);
                let settled = self.lazy.epoch.checked_sub(back).filter(|_| back > 0);
                self.both(|books| match settled {
                    Some(settled) => books.settled.insert(operator, settled),
                    None => books.settled.remove(&operator),
                });
            }
            _ => self.wait(1 + u64::from(source.byte() % 3)),
        }
    }

    /// A pool, one that is not there now and then, and an account.
    fn place(&self, source: &mut Source<'_>) -> (OperatorId, AccountId) {
        let id = match source.byte() {
            255 => OPERATORS,
            id => u64::from(id) % (self.lazy.pools.len() as u64).max(1),
        };
        (OperatorId(id), account(source.byte() % ACCOUNTS))
    }

    /// Makes a call on both, which answer alike.
    fn both<T: PartialEq + std::fmt::Debug>(&mut self, mut call: impl FnMut(&mut Books) -> T) -> T {
        let answer = call(&mut self.lazy);
        assert_eq!(
            call(&mut self.busy),
            answer,
            "a pool that was touched answers otherwise"
        );
        answer
    }

    fn wait(&mut self, epochs: u64) {
        for _ in 0..epochs {
            let before: Vec<_> = self.counted();
            self.both(Books::next_epoch);
            for operator in (0..self.busy.pools.len() as u64).map(OperatorId) {
                // Nothing is earned, but the pool is opened, settled and written.
                let touched = self.busy.reward(operator, 0);
                touched.expect("the pool is there");
            }
            for (before, after) in before.iter().zip(self.counted()) {
                let moved = (before.current, before.next);
                assert_eq!(
                    (after.previous, after.current),
                    moved,
                    "what was settled moves on"
                );
            }
        }
    }

    /// What counts of each pool, seen from now.
    fn counted(&self) -> Vec<Stakes> {
        let pools = self.lazy.pools.values();
        pools.map(|pool| pool.snapshot.at(self.lazy.epoch)).collect()
    }

    /// Anything up to an account's purse, small amounts among them.
    fn amount(&self, source: &mut Source<'_>) -> u128 {
        let size = source.byte();
        let low = u128::from(source.long()) << (u32::from(size) % 64);
        let whole = low % (self.purse + 1);
        if size < 128 { whole } else { whole % 5_000 }
    }

    /// The same, of money from outside; nothing when there is enough of it.
    fn minted_amount(&self, source: &mut Source<'_>) -> u128 {
        let amount = self.amount(source);
        if self.minted + amount < 1 << 124 {
            amount
        } else {
            0
        }
    }

    /// Money from outside is in the books, unless the call named no pool.
    fn count(&mut self, operator: OperatorId, amount: u128) {
        if self.lazy.pools.contains_key(&operator) {
            self.minted += amount;
        }
    }

    fn register(&mut self, source: &mut Source<'_>, of: AccountId) {
        let id = self.lazy.pools.len() as u64;
        if id >= OPERATORS {
            return;
        }
        let terms = PoolTerms {
            tax: source.word() % 10_500,
            minimum_nomination: Balance(u128::from(source.byte()) * 20),
        };
        let deposit = self.amount(source).min(self.lazy.free[&of]);
        let registered = self.both(|books| books.register(id, of, terms, deposit));
        match registered {
            Ok(_) => assert!(
                terms.tax <= 10_000 && deposit - deposit / 5 >= RULES.minimum_stake.0,
                "T2, T3"
            ),
            Err(RefusedStaking::Tax { .. }) => assert!(terms.tax > 10_000),
            Err(refused) => assert!(matches!(
                refused,
                RefusedStaking::OwnStake { .. } | RefusedStaking::Minimum { .. }
            )),
        }
    }

    fn claim(&mut self, operator: OperatorId, of: AccountId) {
        let before = self.lazy.positions.get(&(operator, of)).cloned();
        let status = self.lazy.pools.get(&operator).map(|pool| pool.status);
        let Ok(paid) = self.both(|books| books.claim(operator, of)) else {
            return;
        };
        let (before, status) = (
            before.expect("who has nothing claims nothing"),
            status.expect("a pool"),
        );
        let after = self.lazy.positions.get(&(operator, of));
        let settled = self.lazy.settled.get(&operator).copied().unwrap_or(u64::MAX);
        match status {
            // T22: at most what was deposited in the epoch of the slash, with its part of the fund.
            PoolStatus::Slashed { epoch } => {
                let refund = before.deposit.filter(|deposit| deposit.epoch == epoch);
                assert!(refund.is_some() || paid == 0, "a slashed stake is paid back");
            }
            PoolStatus::Leaving { epoch, unlock } if unlock.0 <= self.lazy.block && epoch <= settled => {}
            _ => {
                // T10: what is locked or unsettled stays.
                let held = |position: &Position| -> usize {
                    let waits = position.withdrawals.iter();
                    waits
                        .filter(|withdrawal| {
                            withdrawal.unlock.0 > self.lazy.block || withdrawal.epoch > settled
                        })
                        .count()
                };
                assert_eq!(after.map_or(0, held), held(&before), "T10: paid before its time");
                assert!(
                    after.map_or(0, |after| after.shares) >= before.shares,
                    "shares are not claimed"
                );
            }
        }
    }

    fn status(&mut self, source: &mut Source<'_>, operator: OperatorId) {
        let owner = self.lazy.pools.get(&operator).map_or(TREASURY, |pool| pool.owner);
        let kind = source.byte();
        let caller = if kind & 8 == 0 {
            owner
        } else {
            account(kind % ACCOUNTS)
        };
        let answer: Answer<()> = match kind % 8 {
            0 => self.both(|books| books.leave(operator, caller)),
            1..=3 => self.both(|books| books.deactivate(operator)),
            _ => self.both(|books| books.reactivate(operator, caller)),
        };
        let by_owner = matches!(kind % 8, 1..=3) || caller == owner;
        assert!(answer.is_err() || by_owner, "T11");
    }

    fn slash(&mut self, source: &mut Source<'_>, operator: OperatorId) {
        let division = Division {
            reporter: DIVISION.reporter.filter(|_| source.flag()),
            reporter_share: source.word(),
            treasury_share: source.word(),
        };
        let pool = self.lazy.pools.get(&operator).cloned();
        let reward = division.reporter.map_or(0, |_| {
            let (own, share) = (
                self.own(operator),
                u128::from(division.reporter_share.min(10_000)),
            );
            own / 10_000 * share + own % 10_000 * share / 10_000
        });
        // Which prices are written depends on when the pool was settled.
        let answer = self.both(|books| {
            let slashed = books.slash(operator, &division)?;
            let written = slashed.map(|slashed| Slashed {
                changes: Changes {
                    prices: Vec::new(),
                    ..slashed.changes
                },
                ..slashed
            });
            Ok::<_, RefusedStaking>(written)
        });
        let Ok(Some(slashed)) = answer else { return };
        let was = pool.expect("only a pool is slashed");
        assert!(!was.status.is_over(), "T23: once");
        let money = was.money().expect("in range").0;
        assert_eq!(
            slashed.taken.0 + slashed.refunded.0,
            money,
            "T22, T23: everything but the refund"
        );
        assert_eq!(
            slashed.reward.0 + slashed.treasury.0 + slashed.burned.0,
            slashed.taken.0
        );
        assert_eq!(
            left(self.lazy.pool(operator)),
            slashed.refunded.0,
            "what is left is the refund"
        );
        assert_eq!(slashed.reward.0, reward.min(slashed.taken.0), "T24");
        assert_eq!(
            self.both(|books| books.slash(operator, &division)),
            Ok(None),
            "T23: nobody pays twice"
        );
    }

    /// What the operator's own shares are worth, those it has not taken up among them. T24: nothing of the nominators'.
    fn own(&self, operator: OperatorId) -> u128 {
        // This one is settled.
        let Some(pool) = self.busy.pools.get(&operator) else {
            return 0;
        };
        let Some(position) = self.busy.positions.get(&(operator, pool.owner)) else {
            return 0;
        };
        let mut shares = position.shares + pool.owed_shares;
        if let Some(deposit) = position.deposit.filter(|deposit| deposit.epoch < self.busy.epoch) {
            let price = self.busy.prices.get(&(operator, deposit.epoch));
            shares += price
                .and_then(|price| price.shares_for(deposit.amount))
                .unwrap_or(0);
        }
        pool.price().worth(shares).map_or(0, |worth| worth.0)
    }

    fn spend(&mut self, source: &mut Source<'_>, operator: OperatorId) {
        let fund = self
            .lazy
            .pools
            .get(&operator)
            .map_or(0, |pool| pool.fund.balance.0);
        let amount = part(fund, source) + u128::from(source.byte() == 9);
        let lend = source.flag();
        let paid = self.both(|books| {
            if lend {
                books.lend(operator, amount)
            } else {
                books.spend(operator, amount)
            }
        });
        if let Err(RefusedStaking::Fund { limit, found }) = paid {
            assert!(found > limit, "T13");
        }
    }

    fn check(&self) {
        for books in [&self.lazy, &self.busy] {
            books.check();
            let free: u128 = books.free.values().sum();
            assert_eq!(
                free + books.custody + books.burned,
                self.minted,
                "money was made or lost"
            );
        }
        assert_eq!(self.lazy.free, self.busy.free, "who has what");
        for (operator, pool) in &self.lazy.pools {
            let (pool, busy) = (
                pool.snapshot.at(self.lazy.epoch),
                self.busy.pool(*operator).snapshot,
            );
            assert_eq!(pool, busy.at(self.busy.epoch), "what elections count");
        }
    }

    /// Everybody leaves and claims: nothing is left and nothing was stuck.
    fn wind_up(mut self) {
        self.both(|books| books.settled.clear());
        let operators: Vec<(OperatorId, AccountId)> = self
            .lazy
            .pools
            .iter()
            .map(|(operator, pool)| (*operator, pool.owner))
            .collect();
        for (operator, owner) in &operators {
            // It may have left before, or have been slashed.
            let _ = self.both(|books| books.leave(*operator, *owner));
        }
        self.wait(4);
        for (operator, _) in &operators {
            for n in 0..ACCOUNTS {
                self.claim(*operator, account(n));
            }
        }
        self.check();
        assert_eq!(self.lazy.custody, 0, "money is stuck");
        assert!(
            self.lazy.positions.is_empty() && self.lazy.prices.is_empty(),
            "something is kept of nobody"
        );
    }
}

fn left(pool: &Pool) -> u128 {
    pool.money().expect("in range").0
}

/// A part of `whole` that a byte decides on, all of it included.
fn part(whole: u128, source: &mut Source<'_>) -> u128 {
    let of = u128::from(source.byte());
    if of == 255 {
        whole
    } else {
        whole / 255 * of + (whole % 255) * of / 255
    }
}
