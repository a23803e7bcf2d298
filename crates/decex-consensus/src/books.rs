//! The books: who has how much of what is in custody, kept by the rules of `decex-staking`.

use crate::error::StoreError;
use crate::host::Store;
use crate::keys;
use crate::model::{OpenInbox, Operator};
use crate::state::{Payee, State, corrupt};
use decex_bundle::Inbox;
use decex_core::{AccountId, Balance, DomainId, DomainNumber, OperatorId, Slot};
use decex_staking::{Changes, Now, Payment, Pool, Position, Price, Stakes, StakingError, StakingView};

impl<H: Store + ?Sized> StakingView for State<'_, H> {
    fn pool(&self, operator: OperatorId) -> Result<Option<Pool>, Self::Error> {
        self.get(&keys::pool(operator))
    }

    fn position(&self, operator: OperatorId, account: &AccountId) -> Result<Option<Position>, Self::Error> {
        self.get(&keys::position(operator, account))
    }

    fn price(&self, operator: OperatorId, epoch: u64) -> Result<Option<Price>, Self::Error> {
        self.get(&keys::price(operator, epoch))
    }

    fn totals(&self, domain: DomainId) -> Result<Stakes, Self::Error> {
        Ok(self.get(&keys::stakes(domain))?.unwrap_or_default())
    }

    /// All that an operator does to domain block N it does in windows that are open at N's inclusion or later. So whatever it did
    /// by a stake of an epoch before the oldest window that was open when the first block after the final ones was included, it
    /// did to final blocks.
    fn settled_through(&self, operator: OperatorId) -> Result<u64, Self::Error> {
        let found: Operator = self.expect(&keys::operator(operator))?;
        let confirmed = self.expect_progress(found.domain)?.confirmed;
        // K35: nothing of it is pending, nor removed and unswept: while a removal is unswept nothing is confirmed.
        if found.acted <= confirmed {
            return Ok(u64::MAX);
        }
        let first = confirmed.next().unwrap_or(confirmed);
        let slot = self.inclusion_slot(found.domain, first)?;
        let election = self.expect_params(found.domain)?.election;
        let oldest = election.window_of(slot).0.saturating_sub(election.longevity);
        // K35: the stake of that window's epoch may answer for the block, those of earlier ones may not. Before epoch 0
        // there is none, and none of its withdrawals can have been claimed.
        let open = election.epoch_of(decex_core::Window(oldest));
        Ok(open.saturating_sub(1))
    }
}

impl<H: Store + ?Sized> State<'_, H> {
    /// Returns the slot of the block that made a domain block which is not final.
    fn inclusion_slot(&self, domain: DomainId, number: DomainNumber) -> Result<Slot, StoreError<H::Error>> {
        if let Some(inbox) = self.get::<Inbox>(&keys::inbox(domain, number))? {
            return Ok(inbox.slot);
        }
        let open: OpenInbox = self.expect(&keys::open_inbox(domain, number))?;
        Ok(open.block.slot)
    }

    /// Returns when a call about a domain's pools is made.
    pub(crate) fn staking_now(&self, domain: DomainId) -> Result<Now, StoreError<H::Error>> {
        Ok(Now {
            epoch: self.expect_epoch(domain)?,
            block: self.expect_clock()?.block.number,
        })
    }

    /// Writes down what a call on the books changes. Whatever depends on the stakes before is brought up to date first.
    pub(crate) fn book(&mut self, changes: Changes) -> Result<(), StoreError<H::Error>> {
        let before = self.pool(changes.operator)?;
        self.attend(changes.pool.domain, changes.operator, before.as_ref())?;
        let Changes {
            operator,
            pool,
            totals,
            position,
            prices,
            payments,
        } = changes;
        self.set(keys::stakes(pool.domain), &totals);
        self.set(keys::pool(operator), &pool);
        if let Some((account, position)) = position {
            self.set_or_remove(keys::position(operator, &account), position.as_ref());
        }
        for (epoch, price) in prices {
            self.set_or_remove(keys::price(operator, epoch), price.as_ref());
        }
        for payment in payments {
            match payment {
                Payment::Hold { account, amount } => self.hold(account, amount),
                Payment::Release { account, amount } => self.pay(Payee::Account(account), amount),
                Payment::Treasury { amount } => self.pay(Payee::Treasury, amount),
                Payment::Burn { amount } => self.pay(Payee::Nobody, amount),
            }
        }
        Ok(())
    }

    /// Adds to a domain's balance. Returns what has no place in it: all of it if there is no such domain.
    pub(crate) fn bring_in(
        &mut self,
        domain: DomainId,
        amount: Balance,
    ) -> Result<Balance, StoreError<H::Error>> {
        if self.domain(domain)?.is_none() {
            return Ok(amount);
        }
        let Some(balance) = self.balance(domain)?.checked_add(amount) else {
            return Ok(amount);
        };
        self.set(keys::balance(domain), &balance);
        Ok(Balance::ZERO)
    }
}

/// Tells the store's faults from a refusal.
pub(crate) fn told<T, E>(
    answer: Result<T, StakingError<StoreError<E>>>,
) -> Result<Result<T, decex_staking::RefusedStaking>, StoreError<E>> {
    match answer {
        Ok(changes) => Ok(Ok(changes)),
        Err(StakingError::Refused(refused)) => Ok(Err(refused)),
        Err(StakingError::Host(error)) => Err(error),
        Err(StakingError::Books { operator }) => Err(corrupt(&keys::pool(operator))),
    }
}

/// The answer to a call that no rule can refuse on a consistent store.
pub(crate) fn sure<T, E>(
    operator: OperatorId,
    answer: Result<T, StakingError<StoreError<E>>>,
) -> Result<T, StoreError<E>> {
    told(answer)?.map_err(|_| corrupt(&keys::pool(operator)))
}
