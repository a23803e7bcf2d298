//! The store as the rule crates see it.

use crate::error::StoreError;
use crate::host::{Beacon, Store};
use crate::keys;
use crate::model::{Clock, Domain, Operator, Status};
use crate::state::{State, corrupt};
use decex_bundle::{Base, Inbox, InclusionView, Standing, Terms};
use decex_core::params::CheckedParams;
use decex_core::{Balance, DomainId, DomainNumber, Host, OperatorId, Randomness, ReceiptHash, Slot, Window};
use decex_election::{FACTOR_ONE, Share, SubmissionView};
use decex_receipt::{Chain, ReceiptView, Record};

impl<H: Host + ?Sized> Host for State<'_, H> {
    type Error = StoreError<H::Error>;
}

impl<H: Store + ?Sized> State<'_, H> {
    /// Returns a domain's parameters. They were checked at creation against the limits that are kept with them, so the
    /// check holds again.
    pub(crate) fn params(&self, domain: DomainId) -> Result<Option<CheckedParams>, StoreError<H::Error>> {
        let Some(found) = self.domain(domain)? else {
            return Ok(None);
        };
        found
            .params
            .check(&found.limits)
            .map(Some)
            .map_err(|_| corrupt(&keys::domain(domain)))
    }

    pub(crate) fn expect_params(&self, domain: DomainId) -> Result<CheckedParams, StoreError<H::Error>> {
        self.params(domain)?.ok_or_else(|| corrupt(&keys::domain(domain)))
    }

    pub(crate) fn expect_clock(&self) -> Result<Clock, StoreError<H::Error>> {
        self.expect(&keys::clock())
    }

    /// Returns the stake epoch that a domain which is known to exist is in: that of the block's slot.
    pub(crate) fn expect_epoch(&self, domain: DomainId) -> Result<u64, StoreError<H::Error>> {
        let slot = self.expect_clock()?.block.slot;
        let found = self.expect::<Domain>(&keys::domain(domain))?;
        Ok(found.params.election.epoch_at(slot))
    }

    /// Returns whether a receipt that the operator vouches for has been removed: in one step, although the sweep may
    /// not have reached it.
    ///
    /// An operator's highest receipt is the one to ask: a removal takes everything from some number on, so if it takes
    /// any receipt of the operator it takes the highest, and an operator that lost one gets no further. Receipts up to
    /// the confirmed number were not removed, because nothing of a domain is confirmed while a removal in it is
    /// unswept, and sweeping has slashed the operator.
    pub(crate) fn is_offender(&self, operator: &Operator) -> Result<bool, StoreError<H::Error>> {
        let Some((number, hash)) = operator.backed else {
            return Ok(false);
        };
        let progress = self.expect_progress(operator.domain)?;
        if number > progress.head {
            return Ok(true);
        }
        if number <= progress.confirmed {
            return Ok(false);
        }
        Ok(self.get(&keys::hash_at(operator.domain, number))? != Some(hash))
    }

    /// Returns whether the operator may bundle.
    pub(crate) fn is_eligible(&self, operator: &Operator) -> Result<bool, StoreError<H::Error>> {
        Ok(operator.status == Status::Active && !self.is_offender(operator)?)
    }

    /// Returns the total stake of a domain in one of its epochs: the present one, the one before, or a later one as far as is
    /// known. `None` when no snapshot is kept that far back.
    fn total_stake(&self, domain: DomainId, epoch: u64) -> Result<Option<Balance>, StoreError<H::Error>> {
        let now = self.expect_epoch(domain)?;
        Ok(match now.checked_sub(epoch) {
            None | Some(0) => Some(self.stakes(domain, epoch)?.current),
            Some(1) => Some(self.stakes(domain, now)?.previous),
            Some(_) => None,
        })
    }

    /// Returns the first slot of a window.
    fn first_slot(&self, domain: DomainId, window: Window) -> Result<Option<Slot>, StoreError<H::Error>> {
        let Some(found) = self.domain(domain)? else {
            return Ok(None);
        };
        Ok(window.0.checked_mul(found.params.election.interval).map(Slot))
    }

    /// Returns the place of a window in the ring of windows that can be open at once: longevity and the current one.
    /// Two open windows have two places, and a used one is overwritten only by a window that makes it stale.
    pub(crate) fn ring_place(&self, domain: DomainId, window: Window) -> Result<u64, StoreError<H::Error>> {
        let found = self.expect::<Domain>(&keys::domain(domain))?;
        let length = found.params.election.longevity.saturating_add(1);
        Ok(window.0.checked_rem(length).unwrap_or_default())
    }
}

impl<H: Store + ?Sized> SubmissionView for State<'_, H> {
    fn has_submitted(
        &self,
        domain: DomainId,
        operator: OperatorId,
        window: Window,
    ) -> Result<bool, Self::Error> {
        let place = self.ring_place(domain, window)?;
        Ok(self.get(&keys::used_window(operator, place))? == Some(window))
    }
}

impl<H: Store + Beacon + ?Sized> InclusionView for State<'_, H> {
    fn terms(&self, domain: DomainId) -> Result<Option<Terms>, Self::Error> {
        let Some(found) = self.domain(domain)? else {
            return Ok(None);
        };
        let params = self.expect_params(domain)?;
        let active = found.active;
        Ok(Some(Terms { params, active }))
    }

    fn standing(
        &self,
        domain: DomainId,
        operator: OperatorId,
        window: Window,
    ) -> Result<Option<Standing>, Self::Error> {
        let Some(found) = self.operator(operator)?.filter(|found| found.domain == domain) else {
            return Ok(None);
        };
        let epoch = self.expect_params(domain)?.epoch_of(window);
        let total = self.total_stake(domain, epoch)?;
        let counts = total.is_some() && found.from_epoch <= epoch;
        let total = total.unwrap_or_default();
        let eligible = self.is_eligible(&found)?;
        // An operator that is gone may be in no snapshot any more; a share of nothing never wins.
        let stake = if counts && eligible {
            found.stake
        } else {
            Balance::ZERO
        };
        let share = Share::new(stake, Balance(total.0.max(1))).map_err(|_| corrupt(&keys::stakes(domain)))?;
        Ok(Some(Standing {
            key: found.key,
            share,
            factor: FACTOR_ONE,
            eligible,
        }))
    }

    fn randomness(&self, domain: DomainId, window: Window) -> Result<Option<Randomness>, Self::Error> {
        match self.first_slot(domain, window)? {
            Some(slot) => self.host.randomness(slot).map_err(StoreError::Host),
            None => Ok(None),
        }
    }

    fn base(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Base>, Self::Error> {
        let Some(record) = self.record(domain, hash)? else {
            return Ok(None);
        };
        let number = record.receipt.number;
        // A removed receipt may still have its record; it is not on the chain.
        if self.hash_at(domain, number)? != Some(*hash) {
            return Ok(None);
        }
        Ok(Some(Base {
            number,
            hash: *hash,
            root: record.receipt.state,
            byte_price: record.byte_price,
        }))
    }

    fn head(&self, domain: DomainId) -> Result<DomainNumber, Self::Error> {
        Ok(self.expect_progress(domain)?.head)
    }

    fn unexecuted(&self, domain: DomainId) -> Result<u64, Self::Error> {
        let progress = self.expect_progress(domain)?;
        // The block that is being filled is no lag yet: the bundle that opens it and those that join it see the same.
        let now = self.expect_clock()?.block.number;
        let open = u64::from(progress.included_at == now && progress.included > 0);
        Ok(progress
            .last
            .0
            .saturating_sub(progress.head.0)
            .saturating_sub(open))
    }

    fn bundles_in_block(&self, domain: DomainId) -> Result<u32, Self::Error> {
        let progress = self.expect_progress(domain)?;
        let now = self.expect_clock()?.block.number;
        Ok(if progress.included_at == now {
            progress.included
        } else {
            0
        })
    }
}

impl<H: Store + ?Sized> ReceiptView for State<'_, H> {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Self::Error> {
        let progress = self.progress(domain)?;
        Ok(progress.map(|at| Chain {
            confirmed: at.confirmed,
            head: at.head,
            head_hash: at.head_hash,
        }))
    }

    fn hash_at(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Self::Error> {
        match self.progress(domain)? {
            // What stands above the head was removed.
            Some(progress) if number <= progress.head => self.get(&keys::hash_at(domain, number)),
            _ => Ok(None),
        }
    }

    fn record(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Self::Error> {
        self.get(&keys::record(domain, hash))
    }

    fn inbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Self::Error> {
        self.get(&keys::inbox(domain, number))
    }
}
