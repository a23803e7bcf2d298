//! Random calls in random order: money is neither made nor lost, and what is paid is what the slow way pays, to the unit.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod common;
#[path = "common/eager.rs"]
mod eager;

use common::{Books, DIVISION, DOMAIN, PURSE, RULES, TREASURY, account};
use decex_core::{AccountId, Balance, OperatorId};
use decex_staking::{Division, Extent, PoolStatus, PoolTerms};
use eager::{Eager, State};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::BTreeMap;

/// Cases, and calls in each on average: together 450,000.
const CASES: u32 = 1_800;
const CALLS: usize = 250;

const ACCOUNTS: u8 = 8;
const OPERATORS: u64 = 5;

#[derive(Clone, Debug)]
enum Call {
    Register {
        account: u8,
        tax: u16,
        minimum: u16,
        deposit: u32,
    },
    Nominate {
        operator: u64,
        account: u8,
        deposit: u32,
    },
    Withdraw {
        operator: u64,
        account: u8,
        part: u8,
    },
    Claim {
        operator: u64,
        account: u8,
    },
    Leave {
        operator: u64,
    },
    Deactivate {
        operator: u64,
    },
    Reactivate {
        operator: u64,
    },
    Slash {
        operator: u64,
        reported: bool,
    },
    Reward {
        operator: u64,
        amount: u32,
    },
    Refund {
        operator: u64,
        paid: u32,
        amount: u32,
    },
    /// Part of the fund, of 255.
    Spend {
        operator: u64,
        part: u8,
        outstanding: bool,
    },
    Epochs(u8),
    /// From now on nothing of the last so many epochs is settled.
    Unsettle {
        operator: u64,
        epochs: Option<u8>,
    },
}

fn call() -> impl Strategy<Value = Call> {
    let (operator, account) = (0..OPERATORS, 0..ACCOUNTS);
    prop_oneof![
        2 => (account.clone(), 0..=11_000_u16, 0..2_000_u16, 500..1_000_000_u32)
            .prop_map(|(account, tax, minimum, deposit)| Call::Register { account, tax, minimum, deposit }),
        8 => (operator.clone(), account.clone(), prop_oneof![0..20_u32, 1_000..1_000_000_u32])
            .prop_map(|(operator, account, deposit)| Call::Nominate { operator, account, deposit }),
        8 => (operator.clone(), account.clone(), any::<u8>())
            .prop_map(|(operator, account, part)| Call::Withdraw { operator, account, part }),
        8 => (operator.clone(), account).prop_map(|(operator, account)| Call::Claim { operator, account }),
        1 => operator.clone().prop_map(|operator| Call::Leave { operator }),
        1 => operator.clone().prop_map(|operator| Call::Deactivate { operator }),
        2 => operator.clone().prop_map(|operator| Call::Reactivate { operator }),
        1 => (operator.clone(), any::<bool>())
            .prop_map(|(operator, reported)| Call::Slash { operator, reported }),
        6 => (operator.clone(), prop_oneof![0..3_u32, 0..500_000_u32])
            .prop_map(|(operator, amount)| Call::Reward { operator, amount }),
        3 => (operator.clone(), 0..100_000_u32, 0..50_000_u32)
            .prop_map(|(operator, paid, amount)| Call::Refund { operator, paid, amount }),
        5 => (operator.clone(), any::<u8>(), any::<bool>())
            .prop_map(|(operator, part, outstanding)| Call::Spend { operator, part, outstanding }),
        10 => (1..4_u8).prop_map(Call::Epochs),
        1 => (operator, proptest::option::of(0..3_u8))
            .prop_map(|(operator, epochs)| Call::Unsettle { operator, epochs }),
    ]
}

/// The books, the slow way beside them, and what has come in from outside.
struct World {
    books: Books,
    eager: BTreeMap<OperatorId, Eager>,
    minted: u128,
    accepted: usize,
}

impl World {
    fn new() -> Self {
        let mut books = Books::with((0..ACCOUNTS).map(account));
        books.free.insert(TREASURY, 0);
        Self {
            books,
            eager: BTreeMap::new(),
            minted: 0,
            accepted: 0,
        }
    }

    fn run(&mut self, call: &Call) {
        let accepted = match *call {
            Call::Register {
                account: n,
                tax,
                minimum,
                deposit,
            } => self.register(n, tax, minimum, deposit),
            Call::Nominate {
                operator,
                account: n,
                deposit,
            } => self.nominate(OperatorId(operator), n, deposit),
            Call::Withdraw {
                operator,
                account: n,
                part,
            } => self.withdraw(OperatorId(operator), n, part),
            Call::Claim { operator, account: n } => self.claim(OperatorId(operator), account(n)),
            Call::Leave { operator } => self.leave(OperatorId(operator)),
            Call::Deactivate { operator } => self.books.deactivate(OperatorId(operator)).is_ok(),
            Call::Reactivate { operator } => self.reactivate(OperatorId(operator)),
            Call::Slash { operator, reported } => self.slash(OperatorId(operator), reported),
            Call::Reward { operator, amount } => self.reward(OperatorId(operator), amount.into()),
            Call::Refund {
                operator,
                paid,
                amount,
            } => self.refund(OperatorId(operator), paid.into(), amount.into()),
            Call::Spend {
                operator,
                part,
                outstanding,
            } => self.spend(OperatorId(operator), part, outstanding),
            Call::Epochs(count) => self.pass(count.into()),
            Call::Unsettle { operator, epochs } => self.unsettle(OperatorId(operator), epochs),
        };
        self.accepted += usize::from(accepted);
    }

    fn register(&mut self, n: u8, tax: u16, minimum: u16, deposit: u32) -> bool {
        let id = self.books.pools.len() as u64;
        if id >= OPERATORS {
            return false;
        }
        let terms = PoolTerms {
            tax,
            minimum_nomination: Balance(minimum.into()),
        };
        let registered = self.books.register(id, account(n), terms, deposit.into());
        if let Ok(operator) = registered {
            let eager = Eager::new(account(n), tax, deposit.into(), self.books.epoch);
            self.eager.insert(operator, eager);
        }
        registered.is_ok()
    }

    fn nominate(&mut self, operator: OperatorId, n: u8, deposit: u32) -> bool {
        let accepted = self.books.nominate(operator, account(n), deposit.into()).is_ok();
        if accepted {
            self.eager
                .get_mut(&operator)
                .unwrap()
                .nominate(account(n), deposit.into());
        }
        accepted
    }

    fn withdraw(&mut self, operator: OperatorId, n: u8, part: u8) -> bool {
        let held = self
            .eager
            .get(&operator)
            .and_then(|eager| eager.holdings.get(&account(n)));
        let held = held.map_or(0, |holding| holding.shares);
        let shares = held * u128::from(part) / 200;
        let extent = if part == u8::MAX {
            Extent::All
        } else {
            Extent::Shares(shares)
        };
        let accepted = self.books.withdraw(operator, account(n), extent).is_ok();
        if accepted {
            let shares = if part == u8::MAX { held } else { shares };
            let unlock = self.books.block + RULES.unlock_period;
            self.eager
                .get_mut(&operator)
                .unwrap()
                .withdraw(account(n), shares, unlock);
        }
        accepted
    }

    fn claim(&mut self, operator: OperatorId, of: AccountId) -> bool {
        let settled = self.books.settled.get(&operator).copied().unwrap_or(u64::MAX);
        let paid = self.books.claim(operator, of);
        if let Ok(paid) = paid {
            let expected = self
                .eager
                .get_mut(&operator)
                .unwrap()
                .claim(of, self.books.block, settled);
            assert_eq!(paid, expected, "the slow way pays another amount");
        }
        paid.is_ok()
    }

    fn leave(&mut self, operator: OperatorId) -> bool {
        let Some(eager) = self.eager.get_mut(&operator) else {
            return false;
        };
        let accepted = self.books.leave(operator, eager.owner).is_ok();
        if accepted {
            let (epoch, unlock) = (self.books.epoch, self.books.block + RULES.unlock_period);
            eager.state = State::Leaving { epoch, unlock };
        }
        accepted
    }

    fn reactivate(&mut self, operator: OperatorId) -> bool {
        let owner = self.eager.get(&operator).map(|eager| eager.owner);
        owner.is_some_and(|owner| self.books.reactivate(operator, owner).is_ok())
    }

    fn slash(&mut self, operator: OperatorId, reported: bool) -> bool {
        let division = Division {
            reporter: DIVISION.reporter.filter(|_| reported),
            ..DIVISION
        };
        let Ok(Some(slashed)) = self.books.slash(operator, &division) else {
            return false;
        };
        let own = self.eager.get_mut(&operator).unwrap().slash();
        assert_eq!(slashed.reward.0, if reported { own / 10 } else { 0 });
        assert_eq!(
            slashed.reward.0 + slashed.treasury.0 + slashed.burned.0,
            slashed.taken.0
        );
        assert_eq!(
            self.books.slash(operator, &division),
            Ok(None),
            "nobody pays twice"
        );
        true
    }

    fn reward(&mut self, operator: OperatorId, amount: u128) -> bool {
        let Ok(given) = self.books.reward(operator, amount) else {
            return false;
        };
        self.minted += amount;
        if given {
            self.eager.get_mut(&operator).unwrap().rewards += amount;
        }
        given
    }

    fn refund(&mut self, operator: OperatorId, paid: u128, amount: u128) -> bool {
        let Ok(given) = self.books.refund_of(operator, paid, amount) else {
            return false;
        };
        self.minted += amount;
        if given {
            let eager = self.eager.get_mut(&operator).unwrap();
            eager.fund += amount;
            eager.outstanding = eager.outstanding.saturating_sub(paid);
        }
        given
    }

    fn spend(&mut self, operator: OperatorId, part: u8, outstanding: bool) -> bool {
        let Some(eager) = self.eager.get_mut(&operator) else {
            return false;
        };
        let amount = eager.fund * u128::from(part) / 255 + u128::from(part == 7);
        let status = self.books.pools[&operator].status;
        let accepted = if outstanding {
            self.books.lend(operator, amount)
        } else {
            self.books.spend(operator, amount)
        };
        if status.is_over() {
            assert!(accepted.is_err(), "the fund of a pool that is over is not spent");
            return false;
        }
        assert_eq!(accepted.is_ok(), amount <= eager.fund);
        if accepted.is_ok() {
            eager.fund -= amount;
            eager.outstanding += if outstanding { amount } else { 0 };
        }
        accepted.is_ok()
    }

    fn pass(&mut self, count: u64) -> bool {
        for _ in 0..count {
            self.books.next_epoch();
            self.eager.values_mut().for_each(Eager::end_epoch);
        }
        true
    }

    fn unsettle(&mut self, operator: OperatorId, epochs: Option<u8>) -> bool {
        let through = epochs.map(|epochs| self.books.epoch.saturating_sub(epochs.into()));
        match through {
            Some(through) => self.books.settled.insert(operator, through),
            None => self.books.settled.remove(&operator),
        };
        true
    }

    fn check(&self) {
        self.books.check();
        let free: u128 = self.books.free.values().sum();
        let all = free + self.books.custody + self.books.burned;
        assert_eq!(
            all,
            PURSE * u128::from(ACCOUNTS) + self.minted,
            "money was made or lost"
        );
        for (operator, eager) in &self.eager {
            let pool = self.books.pool(*operator);
            if pool.status == PoolStatus::Active {
                assert_eq!(pool.snapshot.next, projected(eager), "what the next epoch counts");
            }
            if pool.epoch == self.books.epoch && pool.status.is_standing() {
                assert_eq!(
                    (pool.stake.0, pool.shares, pool.fund.balance.0),
                    (eager.stake, eager.shares, eager.fund)
                );
            }
        }
    }
}

/// What the pool counts for after the epoch's end.
fn projected(eager: &Eager) -> Balance {
    let mut after = eager.clone();
    after.end_epoch();
    Balance(after.stake)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    /// T7, T14 to T26 at once.
    #[test]
    fn money_is_conserved_and_paid_as_the_slow_way_pays_it(calls in prop::collection::vec(call(), 1..=2 * CALLS)) {
        let mut world = World::new();
        for call in &calls {
            world.run(call);
            world.check();
        }
        wind_up(world);
    }
}

/// Everybody leaves and claims: nothing is left, and nothing was stuck.
fn wind_up(mut world: World) {
    world.books.settled.clear();
    for operator in world.eager.keys().copied().collect::<Vec<_>>() {
        world.leave(operator);
    }
    world.pass(8);
    for operator in world.eager.keys().copied().collect::<Vec<_>>() {
        for n in 0..ACCOUNTS {
            world.claim(operator, account(n));
        }
    }
    world.check();
    assert_eq!(world.books.custody, 0, "money is stuck");
    assert!(world.books.positions.is_empty() && world.books.prices.is_empty());
    assert!(
        world
            .books
            .totals
            .get(&DOMAIN)
            .is_none_or(|totals| totals.at(world.books.epoch).current.0 == 0)
    );
}

/// The stateful test is no better than what it gets accepted.
#[test]
fn the_calls_above_are_accepted_often_enough() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut accepted, mut kinds) = (0, BTreeMap::<String, usize>::new());
    for _ in 0..40 {
        let calls = prop::collection::vec(call(), CALLS)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let mut world = World::new();
        for call in &calls {
            let before = world.accepted;
            world.run(call);
            if world.accepted > before {
                let name = format!("{call:?}");
                let name = name.split([' ', '(']).next().unwrap().to_owned();
                *kinds.entry(name).or_default() += 1;
            }
        }
        accepted += world.accepted;
    }
    assert!(
        accepted * 3 > 40 * CALLS,
        "{accepted} of {} were accepted",
        40 * CALLS
    );
    assert_eq!(kinds.len(), 13, "{kinds:?}");
}
