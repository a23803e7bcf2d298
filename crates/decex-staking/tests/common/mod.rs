//! Books in memory: a view, and a host that applies what the rules answer.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests; each file uses its part"
)]

use decex_core::{AccountId, Balance, ConsensusNumber, Digest, DomainId, Host, OperatorId};
use decex_staking::{
    Changes, Division, Extent, Now, Payment, Pool, PoolTerms, Position, Price, RefusedStaking, Registration,
    Slashed, Stakes, StakingError, StakingRules, StakingView, Value, claim, deactivate, leave, nominate,
    pay_blockspace, reactivate, refund, register, reward, slash, withdraw,
};
use std::collections::BTreeMap;
use std::convert::Infallible;

pub const RULES: StakingRules = StakingRules {
    minimum_stake: Balance(1_000),
    minimum_nomination: Balance::ZERO,
    unlock_period: 10,
    return_after: 3,
};

pub const DIVISION: Division = Division {
    reporter: Some(REPORTER),
    reporter_share: 1_000,
    treasury_share: 2_500,
};

pub const TREASURY: AccountId = AccountId(Digest([200; 32]));
pub const REPORTER: AccountId = AccountId(Digest([201; 32]));
pub const FARMER: AccountId = AccountId(Digest([202; 32]));
pub const DOMAIN: DomainId = DomainId(7);
pub const PURSE: u128 = 1_000_000_000;

pub fn account(n: u8) -> AccountId {
    AccountId(Digest([n; 32]))
}

pub type Answer<T> = Result<T, RefusedStaking>;

/// Everything that a host keeps, and its money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    pub pools: BTreeMap<OperatorId, Pool>,
    pub positions: BTreeMap<(OperatorId, AccountId), Position>,
    pub prices: BTreeMap<(OperatorId, u64), Price>,
    pub totals: BTreeMap<DomainId, Stakes>,
    /// What [`StakingView::settled_through`] answers; everything if nothing stands here.
    pub settled: BTreeMap<OperatorId, u64>,
    pub free: BTreeMap<AccountId, u128>,
    pub custody: u128,
    pub burned: u128,
    pub epoch: u64,
    pub block: u64,
}

impl Host for Books {
    type Error = Infallible;
}

impl StakingView for Books {
    fn pool(&self, operator: OperatorId) -> Result<Option<Pool>, Infallible> {
        Ok(self.pools.get(&operator).cloned())
    }
    fn position(&self, operator: OperatorId, account: &AccountId) -> Result<Option<Position>, Infallible> {
        Ok(self.positions.get(&(operator, *account)).cloned())
    }
    fn price(&self, operator: OperatorId, epoch: u64) -> Result<Option<Price>, Infallible> {
        Ok(self.prices.get(&(operator, epoch)).copied())
    }
    fn totals(&self, domain: DomainId) -> Result<Stakes, Infallible> {
        Ok(self.totals.get(&domain).copied().unwrap_or_default())
    }
    fn settled_through(&self, operator: OperatorId) -> Result<u64, Infallible> {
        Ok(self.settled.get(&operator).copied().unwrap_or(u64::MAX))
    }
}

/// The refusal of a call that the books do not contradict.
fn answer<T>(answered: Result<T, StakingError<Infallible>>) -> Answer<T> {
    answered.map_err(|error| match error {
        StakingError::Refused(refused) => refused,
        StakingError::Host(never) => match never {},
        StakingError::Books { operator } => panic!("the books of {operator:?} contradict themselves"),
    })
}

impl Books {
    /// Empty books in which these accounts have [`PURSE`] each.
    pub fn with(accounts: impl IntoIterator<Item = AccountId>) -> Self {
        Self {
            free: accounts.into_iter().map(|account| (account, PURSE)).collect(),
            block: 1,
            ..Self::default()
        }
    }

    pub fn now(&self) -> Now {
        Now {
            epoch: self.epoch,
            block: ConsensusNumber(self.block),
        }
    }

    pub fn next_epoch(&mut self) {
        self.epoch += 1;
        self.block += 5;
    }

    pub fn wait(&mut self, epochs: u64) {
        (0..epochs).for_each(|_| self.next_epoch());
    }

    /// Applies what a call answered. Panics where a host would have to refuse.
    pub fn apply(&mut self, changes: Changes) -> Vec<Payment> {
        let Changes {
            operator,
            pool,
            totals,
            position,
            prices,
            payments,
        } = changes;
        for (index, payment) in payments.iter().enumerate() {
            match *payment {
                Payment::Hold { account, amount } => {
                    assert_eq!(index, 0, "a hold comes first");
                    let free = self.free.get_mut(&account).unwrap();
                    *free = free.checked_sub(amount.0).expect("enough money in the test");
                    self.custody += amount.0;
                }
                Payment::Release { account, amount } => self.pay(account, amount),
                Payment::Treasury { amount } => self.pay(TREASURY, amount),
                Payment::Burn { amount } => {
                    self.custody = self
                        .custody
                        .checked_sub(amount.0)
                        .expect("burns no more than there is");
                    self.burned += amount.0;
                }
            }
        }
        self.totals.insert(pool.domain, totals);
        self.pools.insert(operator, pool);
        if let Some((account, position)) = position {
            match position {
                Some(position) => self.positions.insert((operator, account), position),
                None => self.positions.remove(&(operator, account)),
            };
        }
        for (epoch, price) in prices {
            match price {
                Some(price) => self.prices.insert((operator, epoch), price),
                None => self.prices.remove(&(operator, epoch)),
            };
        }
        payments
    }

    fn pay(&mut self, account: AccountId, amount: Balance) {
        assert!(amount > Balance::ZERO, "nothing is paid for nothing");
        self.custody = self
            .custody
            .checked_sub(amount.0)
            .expect("pays no more than there is");
        *self.free.entry(account).or_default() += amount.0;
    }

    /// Money from outside, such as a domain's, that is about to be paid into a pool.
    pub fn mint(&mut self, amount: u128) {
        self.custody += amount;
    }

    pub fn register(
        &mut self,
        id: u64,
        owner: AccountId,
        terms: PoolTerms,
        deposit: u128,
    ) -> Answer<OperatorId> {
        let operator = OperatorId(id);
        let registration = Registration {
            operator,
            domain: DOMAIN,
            owner,
            terms,
            deposit: Balance(deposit),
        };
        let changes = answer(register(&*self, self.now(), &RULES, &registration))?;
        self.apply(changes);
        Ok(operator)
    }

    pub fn nominate(&mut self, operator: OperatorId, account: AccountId, deposit: u128) -> Answer<()> {
        let changes = answer(nominate(&*self, self.now(), operator, account, Balance(deposit)))?;
        self.apply(changes);
        Ok(())
    }

    pub fn withdraw(&mut self, operator: OperatorId, account: AccountId, extent: Extent) -> Answer<()> {
        let changes = answer(withdraw(&*self, self.now(), &RULES, operator, account, extent))?;
        self.apply(changes);
        Ok(())
    }

    /// Returns what the account was paid.
    pub fn claim(&mut self, operator: OperatorId, account: AccountId) -> Answer<u128> {
        let changes = answer(claim(&*self, self.now(), operator, account))?;
        let paid = |payment: &Payment| match payment {
            Payment::Release { account: to, amount } if *to == account => amount.0,
            Payment::Treasury { .. } => 0,
            Payment::Release { .. } | Payment::Hold { .. } | Payment::Burn { .. } => {
                panic!("a claim does not make {payment:?}")
            }
        };
        Ok(self.apply(changes).iter().map(paid).sum())
    }

    pub fn leave(&mut self, operator: OperatorId, caller: AccountId) -> Answer<()> {
        let changes = answer(leave(&*self, self.now(), &RULES, operator, caller))?;
        self.apply(changes);
        Ok(())
    }

    pub fn deactivate(&mut self, operator: OperatorId) -> Answer<()> {
        let changes = answer(deactivate(&*self, self.now(), operator))?;
        self.apply(changes);
        Ok(())
    }

    pub fn reactivate(&mut self, operator: OperatorId, caller: AccountId) -> Answer<()> {
        let changes = answer(reactivate(&*self, self.now(), &RULES, operator, caller))?;
        self.apply(changes);
        Ok(())
    }

    pub fn slash(&mut self, operator: OperatorId, division: &Division) -> Answer<Option<Slashed>> {
        let slashed = answer(slash(&*self, self.now(), operator, division))?;
        if let Some(slashed) = &slashed {
            self.apply(slashed.changes.clone());
        }
        Ok(slashed)
    }

    /// Returns whether the pool took it; if not, the treasury did.
    pub fn reward(&mut self, operator: OperatorId, amount: u128) -> Answer<bool> {
        let changes = answer(reward(&*self, self.now(), operator, Balance(amount)))?;
        Ok(self.credit(changes, amount))
    }

    pub fn refund(&mut self, operator: OperatorId, amount: u128) -> Answer<bool> {
        self.refund_of(operator, 0, amount)
    }

    /// Ends what is outstanding of `paid`.
    pub fn refund_of(&mut self, operator: OperatorId, paid: u128, amount: u128) -> Answer<bool> {
        let changes = answer(refund(
            &*self,
            self.now(),
            operator,
            Balance(paid),
            Balance(amount),
        ))?;
        Ok(self.credit(changes, amount))
    }

    fn credit(&mut self, changes: Option<Changes>, amount: u128) -> bool {
        self.mint(amount);
        let given = changes.is_some();
        match changes {
            Some(changes) => assert!(self.apply(changes).is_empty()),
            None if amount == 0 => {}
            None => self.pay(TREASURY, Balance(amount)),
        }
        given
    }

    pub fn spend(&mut self, operator: OperatorId, amount: u128) -> Answer<()> {
        self.charge(operator, amount, false)
    }

    /// Pays for a bundle whose users may pay it back.
    pub fn lend(&mut self, operator: OperatorId, amount: u128) -> Answer<()> {
        self.charge(operator, amount, true)
    }

    fn charge(&mut self, operator: OperatorId, amount: u128, outstanding: bool) -> Answer<()> {
        let now = self.now();
        let changes = pay_blockspace(&*self, now, operator, FARMER, Balance(amount), outstanding);
        self.apply(answer(changes)?);
        Ok(())
    }

    pub fn pool(&self, operator: OperatorId) -> &Pool {
        &self.pools[&operator]
    }

    pub fn position(&self, operator: OperatorId, account: AccountId) -> &Position {
        &self.positions[&(operator, account)]
    }

    /// What counts in the present epoch.
    pub fn counts(&self, operator: OperatorId) -> u128 {
        self.pools[&operator].snapshot.at(self.epoch).current.0
    }

    pub fn total(&self, domain: DomainId) -> u128 {
        self.totals[&domain].at(self.epoch).current.0
    }

    /// Checks everything that holds at all times.
    pub fn check(&self) {
        let pools: u128 = self.pools.values().map(|pool| pool.money().unwrap().0).sum();
        assert_eq!(self.custody, pools, "custody is the sum of the pools");
        self.check_totals();
        for (operator, pool) in &self.pools {
            self.check_pool(*operator, pool);
        }
        for ((operator, epoch), price) in &self.prices {
            assert!(price.waiting > 0, "a price that nobody waits for");
            assert_eq!(
                price.waiting,
                self.waiting(*operator, *epoch),
                "{operator:?} {epoch}"
            );
        }
    }

    fn check_totals(&self) {
        for (domain, totals) in &self.totals {
            let totals = totals.at(self.epoch);
            let of = |part: fn(&Stakes) -> Balance| -> u128 {
                let pools = self.pools.values().filter(|pool| pool.domain == *domain);
                pools.map(|pool| part(&pool.snapshot.at(self.epoch)).0).sum()
            };
            assert_eq!(totals.previous.0, of(|stakes| stakes.previous));
            assert_eq!(totals.current.0, of(|stakes| stakes.current));
            assert_eq!(totals.next.0, of(|stakes| stakes.next));
        }
    }

    fn check_pool(&self, operator: OperatorId, pool: &Pool) {
        let positions: Vec<&Position> = self.positions_of(operator).collect();
        assert_eq!(pool.holders, positions.len() as u64);
        if pool.status.is_over() {
            return;
        }
        assert!(pool.stake.0 >= pool.shares, "a share is worth a unit at least");
        let shares: u128 = positions.iter().map(|position| position.shares).sum();
        assert!(shares + pool.owed_shares <= pool.shares);
        let era = pool.fund.era;
        let of_era = positions.iter().filter(|position| position.era == era);
        let units: u128 = of_era.map(|position| position.units).sum();
        assert_eq!(units + pool.owed_units, pool.fund.units);
        let locked: u128 = positions
            .iter()
            .flat_map(|position| position.withdrawals.iter())
            .map(|withdrawal| match withdrawal.value {
                Value::Amount(amount) => amount.0 + withdrawal.fund.0,
                Value::Shares(_) => withdrawal.fund.0,
            })
            .sum();
        assert!(locked <= pool.locked.0);
        assert_eq!(pool.waiting, self.waiting(operator, pool.epoch));
    }

    pub fn positions_of(&self, operator: OperatorId) -> impl Iterator<Item = &Position> {
        let of = self.positions.iter().filter(move |((of, _), _)| *of == operator);
        of.map(|(_, position)| position)
    }

    /// How many deposits and withdrawals wait for the price of an epoch.
    fn waiting(&self, operator: OperatorId, epoch: u64) -> u64 {
        let waits = |position: &Position| {
            let deposit = position.deposit.is_some_and(|deposit| deposit.epoch == epoch);
            let of_epoch = position.withdrawals.iter().filter(|withdrawal| {
                withdrawal.epoch == epoch && matches!(withdrawal.value, Value::Shares(_))
            });
            u64::from(deposit) + of_epoch.count() as u64
        };
        self.positions_of(operator).map(waits).sum()
    }
}
