//! The store as the rule crates see it.

use crate::error::StoreError;
use crate::host::{Beacon, Store};
use crate::keys;
use crate::model::{Clock, Domain, Operator};
use crate::state::{State, corrupt};
use decex_bundle::{Base, Inbox, InclusionView, Standing, Terms};
use decex_core::params::CheckedParams;
use decex_core::{Balance, DomainId, DomainNumber, Host, OperatorId, Randomness, ReceiptHash, Slot, Window};
use decex_election::{Share, SubmissionView};
use decex_receipt::{Chain, ReceiptView, Record};
use decex_staking::{Pool, PoolStatus, Stakes, StakingView};

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

    /// Returns whether a pending receipt calls a bundle of the operator invalid: in one step, and no longer than the receipt
    /// is pending.
    ///
    /// The lowest such receipt is the one to ask: while it stands it suspends, whatever is above it; if it is removed, so is all above
    /// it; and when it becomes final the operator is slashed.
    pub(crate) fn is_accused(&self, operator: &Operator) -> Result<bool, StoreError<H::Error>> {
        let Some((number, hash)) = operator.accused else {
            return Ok(false);
        };
        if number <= self.expect_progress(operator.domain)?.confirmed {
            return Ok(false);
        }
        Ok(ReceiptView::hash_at(self, operator.domain, number)? == Some(hash))
    }

    /// Returns whether anything is held against the operator: a receipt of its was removed, or a bundle of its is called
    /// invalid.
    pub(crate) fn is_clean(&self, operator: &Operator) -> Result<bool, StoreError<H::Error>> {
        // K33: an accusation suspends at once, and no longer than it stands.
        Ok(!self.is_offender(operator)? && !self.is_accused(operator)?)
    }

    /// Returns whether the operator may bundle.
    pub(crate) fn is_eligible(&self, operator: &Operator, pool: &Pool) -> Result<bool, StoreError<H::Error>> {
        Ok(pool.status == PoolStatus::Active && self.is_clean(operator)?)
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
        let pool = self.expect_pool(operator)?;
        let epoch = self.expect_params(domain)?.epoch_of(window);
        // Of an epoch to come what is known of it now; of one that is long over nothing.
        let seen = self.expect_epoch(domain)?.max(epoch);
        let of_epoch = |stakes: Stakes| stakes.at(seen).of(epoch).unwrap_or_default();
        let eligible = self.is_eligible(&found, &pool)?;
        // An operator that is out wins nothing, whatever the snapshot says.
        let stake = if eligible {
            of_epoch(pool.snapshot)
        } else {
            Balance::ZERO
        };
        let total = of_epoch(self.totals(domain)?);
        let share = Share::new(stake, Balance(total.0.max(1))).map_err(|_| corrupt(&keys::stakes(domain)))?;
        Ok(Some(Standing {
            key: found.key,
            share,
            factor: self.factor(domain, window)?,
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
        let open = u64::from(progress.is_filled_at(now));
        Ok(progress
            .last
            .0
            .saturating_sub(progress.head.0)
            .saturating_sub(open))
    }

    fn bundles_in_block(&self, domain: DomainId) -> Result<u32, Self::Error> {
        let progress = self.expect_progress(domain)?;
        let now = self.expect_clock()?.block.number;
        Ok(if progress.is_filled_at(now) {
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
