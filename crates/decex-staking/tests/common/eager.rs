//! The same rules, done the slow way: at the end of every epoch every position of every pool is walked and converted, and a slash
//! walks them too. What it pays is what the crate has to pay, to the unit.
#![allow(unreachable_pub, reason = "tests")]

use decex_core::AccountId;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub struct Holding {
    pub shares: u128,
    pub units: u128,
    pub joining: u128,
    pub joining_units: u128,
    pub leaving: u128,
    pub leaving_fund: u128,
    leaving_unlock: u64,
    /// Epoch, unlock, amount.
    withdrawals: Vec<(u64, u64, u128)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Standing,
    Leaving { epoch: u64, unlock: u64 },
    Over,
}

#[derive(Clone, Debug)]
pub struct Eager {
    pub owner: AccountId,
    tax: u128,
    pub state: State,

    pub stake: u128,
    pub shares: u128,
    pub rewards: u128,
    pub fund: u128,
    pub units: u128,
    pub outstanding: u128,
    pub holdings: BTreeMap<AccountId, Holding>,
    epoch: u64,
}

fn scale(a: u128, b: u128, c: u128) -> u128 {
    // Small amounts: plain integers are exact.
    a.checked_mul(b).unwrap() / c
}

impl Eager {
    pub fn new(owner: AccountId, tax: u16, deposit: u128, epoch: u64) -> Self {
        let fund = deposit / 5;
        let stake = deposit - fund;
        let holding = Holding {
            shares: stake,
            units: fund,
            ..Holding::default()
        };
        Self {
            owner,
            tax: tax.into(),
            state: State::Standing,

            stake,
            shares: stake,
            rewards: 0,
            fund,
            units: fund,
            outstanding: 0,
            holdings: BTreeMap::from([(owner, holding)]),
            epoch,
        }
    }

    /// Ends an epoch, if it has not ended.
    pub fn end_epoch(&mut self) {
        let epoch = self.epoch;
        self.epoch += 1;
        if self.state == State::Over {
            return;
        }
        let tax = self.rewards * self.tax / 10_000;
        let tax_fund = tax / 5;
        let tax_stake = tax - tax_fund;
        let (priced, shares) = (self.stake + self.rewards - tax, self.shares);
        self.rewards = 0;
        let bought = |amount: u128| {
            if priced == 0 {
                0
            } else {
                scale(amount, shares, priced)
            }
        };
        let (mut joining, mut leaving) = (0, 0);
        for holding in self.holdings.values_mut() {
            joining += holding.joining;
            leaving += holding.leaving;
            holding.shares += bought(holding.joining);
            (holding.joining, holding.joining_units) = (0, 0);
            if holding.leaving > 0 {
                let worth = scale(holding.leaving, priced, shares);
                let amount = worth + holding.leaving_fund;
                holding.withdrawals.push((epoch, holding.leaving_unlock, amount));
                (holding.leaving, holding.leaving_fund) = (0, 0);
            }
        }
        let withdrawn = if leaving == 0 {
            0
        } else {
            scale(leaving, priced, shares)
        };
        self.stake = priced - withdrawn + joining + tax_stake;
        self.shares = shares - leaving + bought(joining) + bought(tax_stake);
        self.restart();
        let units = self.join_fund(tax_fund);
        // What nobody takes up is lost to its owner with the position.
        if let Some(owner) = self.holdings.get_mut(&self.owner.clone()) {
            owner.shares += bought(tax_stake);
            owner.units += units;
        }
    }

    fn restart(&mut self) {
        let most = self.fund + self.outstanding;
        if most < self.units >> 32 || (most == 0 && self.units > 0) {
            self.units = 0;
            for holding in self.holdings.values_mut() {
                (holding.units, holding.joining_units) = (0, 0);
            }
        }
    }

    fn join_fund(&mut self, amount: u128) -> u128 {
        let units = if self.units == 0 {
            amount
        } else {
            scale(amount, self.units, self.fund + self.outstanding)
        };
        self.fund += amount;
        self.units += units;
        units
    }

    pub fn nominate(&mut self, account: AccountId, deposit: u128) {
        let fund = deposit / 5;
        self.restart();
        let units = self.join_fund(fund);
        let holding = self.holdings.entry(account).or_default();
        holding.joining += deposit - fund;
        holding.joining_units += units;
        holding.units += units;
    }

    pub fn withdraw(&mut self, account: AccountId, shares: u128, unlock: u64) {
        let holding = self.holdings.get_mut(&account).unwrap();
        let units = scale(holding.units - holding.joining_units, shares, holding.shares);
        let worth = if self.units == 0 {
            0
        } else {
            scale(units, self.fund, self.units)
        };
        self.fund -= worth;
        self.units -= units;
        holding.units -= units;
        holding.shares -= shares;
        holding.leaving += shares;
        holding.leaving_fund += worth;
        holding.leaving_unlock = unlock;
    }

    /// Returns what is paid.
    pub fn claim(&mut self, account: AccountId, block: u64, settled: u64) -> u128 {
        let Some(holding) = self.holdings.get_mut(&account) else {
            return 0;
        };
        if self.state == State::Over {
            let fund = if self.units == 0 {
                0
            } else {
                scale(holding.joining_units, self.fund, self.units)
            };
            let refund = if holding.joining == 0 {
                0
            } else {
                holding.joining + fund
            };
            if holding.joining > 0 {
                self.fund -= fund;
                self.units -= holding.joining_units;
            }
            self.holdings.remove(&account);
            return refund;
        }
        let mut due = 0;
        holding.withdrawals.retain(|(epoch, unlock, amount)| {
            let is_due = *unlock <= block && *epoch <= settled;
            due += if is_due { *amount } else { 0 };
            !is_due
        });
        if let State::Leaving { epoch, unlock } = self.state
            && unlock <= block
            && epoch <= settled
            && epoch < self.epoch
        {
            let stake = if holding.shares == 0 {
                0
            } else {
                scale(holding.shares, self.stake, self.shares)
            };
            let fund = if self.units == 0 {
                0
            } else {
                scale(holding.units, self.fund, self.units)
            };
            self.stake -= stake;
            self.shares -= holding.shares;
            self.fund -= fund;
            self.units -= holding.units;
            (holding.shares, holding.units) = (0, 0);
            due += stake + fund;
        }
        let is_empty = holding.shares == 0
            && holding.units == 0
            && holding.joining == 0
            && holding.leaving == 0
            && holding.withdrawals.is_empty();
        if is_empty {
            self.holdings.remove(&account);
            if self.holdings.is_empty() {
                self.state = State::Over;
            }
        }
        due
    }

    /// Returns the operator's own stake.
    pub fn slash(&mut self) -> u128 {
        let own = self.holdings.get(&self.owner).map_or(0, |holding| holding.shares);
        let own = if own == 0 {
            0
        } else {
            scale(own, self.stake, self.shares)
        };
        let all: u128 = self.holdings.values().map(|holding| holding.joining_units).sum();
        let pot = if self.units == 0 {
            0
        } else {
            scale(all, self.fund, self.units)
        };
        (self.fund, self.units, self.outstanding) = (pot, all, 0);
        self.state = State::Over;
        own
    }
}
