//! One call's work on one pool: everything settled on the way in, everything counted on the way out.

use crate::error::{RefusedStaking, StakingError};
use crate::host::{Changes, Now, Payment, StakingView};
use crate::pool::{Pool, Price};
use crate::position::{Position, Value};
use crate::settle::Broken;
use crate::snapshot::Stakes;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use decex_core::{AccountId, Balance, BoundedVec, OperatorId};

/// A pool that is settled to the present epoch, and what the call has done so far.
pub(crate) struct Desk<'v, V> {
    view: &'v V,
    pub(crate) operator: OperatorId,
    pub(crate) now: Now,
    pub(crate) pool: Pool,
    /// What the pool counts for in the next epoch, as the totals have it.
    counted: Balance,
    totals: Stakes,
    prices: BTreeMap<u64, Option<Price>>,
    payments: Vec<Payment>,
}

pub(crate) type Result<T, E> = core::result::Result<T, StakingError<E>>;

impl<'v, V: StakingView> Desk<'v, V> {
    /// Opens an operator's books.
    pub(crate) fn open(view: &'v V, operator: OperatorId, now: Now) -> Result<Self, V::Error> {
        let pool = view.pool(operator).map_err(StakingError::Host)?;
        // T1: there is a pool.
        let pool = pool.ok_or(RefusedStaking::UnknownPool { found: operator })?;
        Self::begin(view, operator, now, pool)
    }

    /// Opens the books of a pool that is not written yet, or was just read.
    pub(crate) fn begin(
        view: &'v V,
        operator: OperatorId,
        now: Now,
        mut pool: Pool,
    ) -> Result<Self, V::Error> {
        let totals = view
            .totals(pool.domain)
            .map_err(StakingError::Host)?
            .at(now.epoch);
        let books = StakingError::Books { operator };
        let price = pool.settle(now.epoch).map_err(|Broken| books)?;
        Ok(Self {
            view,
            operator,
            now,
            counted: pool.snapshot.next,
            pool,
            totals,
            prices: price
                .map(|(epoch, price)| (epoch, Some(price)))
                .into_iter()
                .collect(),
            payments: Vec::new(),
        })
    }

    pub(crate) const fn books(&self) -> StakingError<V::Error> {
        StakingError::Books {
            operator: self.operator,
        }
    }

    /// Returns `value`, which is there unless the books contradict themselves.
    pub(crate) fn some<T>(&self, value: Option<T>) -> Result<T, V::Error> {
        value.ok_or(self.books())
    }

    pub(crate) fn settled_through(&self) -> Result<u64, V::Error> {
        self.view
            .settled_through(self.operator)
            .map_err(StakingError::Host)
    }

    pub(crate) fn pay(&mut self, payment: Payment) {
        self.payments.push(payment);
    }

    /// Returns what `account` has, settled to the present epoch; `None` if nothing. Not for a pool that was slashed.
    pub(crate) fn position(&mut self, account: &AccountId) -> Result<Option<Position>, V::Error> {
        let Some(mut position) = self.stored_position(account)? else {
            return Ok(None);
        };
        if *account == self.pool.owner {
            self.take_up_owed(&mut position)?;
        }
        self.convert_deposit(&mut position)?;
        self.price_withdrawals(&mut position)?;
        Ok(Some(position))
    }

    /// Returns what is stored of `account`, its units brought to the present era.
    pub(crate) fn stored_position(&self, account: &AccountId) -> Result<Option<Position>, V::Error> {
        let found = self.view.position(self.operator, account);
        let Some(mut position) = found.map_err(StakingError::Host)? else {
            return Ok(None);
        };
        // T19: units of an earlier era own nothing.
        if position.era != self.pool.fund.era {
            (position.era, position.units) = (self.pool.fund.era, 0);
            if let Some(deposit) = &mut position.deposit {
                deposit.units = 0;
            }
        }
        Ok(Some(position))
    }

    fn take_up_owed(&mut self, position: &mut Position) -> Result<(), V::Error> {
        position.shares = self.some(position.shares.checked_add(self.pool.owed_shares))?;
        position.units = self.some(position.units.checked_add(self.pool.owed_units))?;
        (self.pool.owed_shares, self.pool.owed_units) = (0, 0);
        Ok(())
    }

    fn convert_deposit(&mut self, position: &mut Position) -> Result<(), V::Error> {
        let Some(deposit) = position.deposit.filter(|deposit| deposit.epoch < self.now.epoch) else {
            return Ok(());
        };
        let price = self.take_price(deposit.epoch)?;
        let bought = self.some(price.shares_for(deposit.amount))?;
        position.shares = self.some(position.shares.checked_add(bought))?;
        position.deposit = None;
        Ok(())
    }

    fn price_withdrawals(&mut self, position: &mut Position) -> Result<(), V::Error> {
        let mut withdrawals = core::mem::take(&mut position.withdrawals).into_inner();
        for withdrawal in &mut withdrawals {
            if let Value::Shares(shares) = withdrawal.value
                && withdrawal.epoch < self.now.epoch
            {
                let price = self.take_price(withdrawal.epoch)?;
                withdrawal.value = Value::Amount(self.some(price.worth(shares))?);
            }
        }
        position.withdrawals = self.some(BoundedVec::new(withdrawals))?;
        Ok(())
    }

    /// Returns a price for one that waits for it, and forgets it with the last.
    pub(crate) fn take_price(&mut self, epoch: u64) -> Result<Price, V::Error> {
        let price = match self.prices.get(&epoch) {
            Some(price) => *price,
            None => self
                .view
                .price(self.operator, epoch)
                .map_err(StakingError::Host)?,
        };
        let price = self.some(price)?;
        let waiting = self.some(price.waiting.checked_sub(1))?;
        let left = (waiting > 0).then_some(Price { waiting, ..price });
        self.prices.insert(epoch, left);
        Ok(price)
    }

    /// Puts `amount` into the fund and returns the units that it buys.
    pub(crate) fn join_fund(&mut self, amount: Balance) -> Result<u128, V::Error> {
        self.pool.restart_spent_fund();
        // T7: the units stay within their range.
        self.pool.fund.join(amount).ok_or(RefusedStaking::Range.into())
    }

    /// Ends the call: counts what the pool is worth in the next epoch, and returns what is to be written.
    pub(crate) fn finish(self, position: Option<(AccountId, Option<Position>)>) -> Result<Changes, V::Error> {
        let books = self.books();
        let Self {
            operator,
            mut pool,
            mut totals,
            prices,
            payments,
            ..
        } = self;
        let sums = pool.project().ok().zip(totals.next.checked_sub(self.counted));
        let (next, others) = sums.ok_or(books)?;
        // T7: the domain's total stays within its range.
        totals.next = others.checked_add(next).ok_or(RefusedStaking::Range)?;
        pool.snapshot.next = next;
        Ok(Changes {
            operator,
            pool,
            totals,
            position,
            prices: prices.into_iter().collect(),
            payments,
        })
    }
}
