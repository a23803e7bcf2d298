//! How many bundles come, and who sends none: what `decex-election` remembers of domains and operators, kept up to date.
//!
//! Nothing happens at an epoch's end. A domain's turnout and an operator's attendance are advanced right before a stake changes
//! and when a bundle is included, so that between two such moments every epoch had the same stakes.

use crate::error::StoreError;
use crate::host::Store;
use crate::keys;
use crate::model::Domain;
use crate::state::{State, corrupt};
use decex_core::{Balance, ConsensusNumber, DomainId, OperatorId, Window};
use decex_election::{
    Adaptation, AdaptationParams, Attendance, FACTOR_ONE, InvalidAbsence, Moment, Odds, Stakes, Turnout,
    Windows,
};
use decex_staking::{Pool, StakingView};

/// How a domain's election adapts, `None` where it does not and nobody is called absent: such a domain remembers nothing.
fn rule(domain: &Domain) -> Option<Adaptation> {
    let election = &domain.params.election;
    let windows = Windows::new(
        u32::try_from(election.interval).ok()?,
        u32::try_from(election.longevity).ok()?,
    );
    let odds = Odds::new(election.numerator, election.denominator, FACTOR_ONE);
    let params = AdaptationParams {
        epoch: election.epoch,
        max_factor: election.max_factor,
        absence: election.absence,
        slot_numerator: domain.limits.slot_numerator,
        slot_denominator: domain.limits.slot_denominator,
    };
    // Parameters that were checked (P1, P2, P8) break none of E19 to E22.
    let rule = Adaptation::new(&windows.ok()?, &odds.ok()?, &params).ok()?;
    rule.counts().then_some(rule)
}

impl<H: Store + ?Sized> State<'_, H> {
    fn rule_of(&self, domain: DomainId) -> Result<Option<Adaptation>, StoreError<H::Error>> {
        let found: Domain = self.expect(&keys::domain(domain))?;
        Ok(rule(&found))
    }

    /// Begins to remember the turnout of a domain that is created in this block.
    pub(crate) fn open_turnout(&mut self, domain: DomainId) -> Result<(), StoreError<H::Error>> {
        if let Some(rule) = self.rule_of(domain)? {
            let now = self.moment(domain, None)?;
            self.set(keys::turnout(domain), &Turnout::new(&rule, now));
        }
        Ok(())
    }

    /// Where the host is, or where it is when the next block comes in a later window.
    fn moment(&self, domain: DomainId, later: Option<Window>) -> Result<Moment, StoreError<H::Error>> {
        let block = self.expect_clock()?.block;
        let found: Domain = self.expect(&keys::domain(domain))?;
        let window = found.params.election.window_of(block.slot);
        let later = later.filter(|later| *later > window);
        Ok(match later {
            Some(window) => Moment {
                window,
                block: ConsensusNumber(block.number.0.saturating_add(1)),
            },
            None => Moment {
                window,
                block: block.number,
            },
        })
    }

    /// Returns the turnout at a moment. Since it was stored no stake has changed, so one total holds of all epochs between.
    fn turnout_at(
        &self,
        rule: &Adaptation,
        domain: DomainId,
        now: Moment,
    ) -> Result<Turnout, StoreError<H::Error>> {
        let stored: Turnout = self.expect(&keys::turnout(domain))?;
        let total = self.totals(domain)?.at(rule.epoch_of(now.window)).current;
        Ok(stored.at(rule, now, total))
    }

    /// Returns the adaptive factor of a window's epoch.
    pub(crate) fn factor(&self, domain: DomainId, window: Window) -> Result<u64, StoreError<H::Error>> {
        let Some(rule) = self.rule_of(domain)? else {
            return Ok(FACTOR_ONE);
        };
        let now = self.moment(domain, Some(window))?;
        let turnout = self.turnout_at(&rule, domain, now)?;
        // In windows of epochs that are long over nobody has stake.
        Ok(turnout.factor(rule.epoch_of(window)).unwrap_or(FACTOR_ONE))
    }

    /// Brings what is remembered up to now, before the operator's stake changes, or the first time it has any. `pool` is the pool
    /// before the change.
    pub(crate) fn attend(
        &mut self,
        domain: DomainId,
        operator: OperatorId,
        pool: Option<&Pool>,
    ) -> Result<(), StoreError<H::Error>> {
        let Some(rule) = self.rule_of(domain)? else {
            return Ok(());
        };
        let now = self.moment(domain, None)?;
        let turnout = self.turnout_at(&rule, domain, now)?;
        let attendance = match pool {
            Some(pool) => {
                let attendance = self.attendance(operator)?;
                attendance.at(&rule, &turnout, stakes(pool, &attendance))
            }
            None => Attendance::new(&rule, &turnout),
        };
        self.set(keys::turnout(domain), &turnout);
        self.set(keys::attendance(operator), &attendance);
        Ok(())
    }

    fn attendance(&self, operator: OperatorId) -> Result<Attendance, StoreError<H::Error>> {
        self.expect(&keys::attendance(operator))
    }

    /// Counts a bundle of the operator that is included in this block.
    pub(crate) fn count_bundle(
        &mut self,
        domain: DomainId,
        operator: OperatorId,
    ) -> Result<(), StoreError<H::Error>> {
        let Some(rule) = self.rule_of(domain)? else {
            return Ok(());
        };
        let now = self.moment(domain, None)?;
        let turnout = self.turnout_at(&rule, domain, now)?;
        let pool = self.expect_pool(operator)?;
        let attendance = self.attendance(operator)?;
        let stakes = stakes(&pool, &attendance);
        self.set(
            keys::attendance(operator),
            &attendance.count(&rule, &turnout, stakes),
        );
        self.set(keys::turnout(domain), &turnout.count());
        Ok(())
    }

    /// Forgets how often the operator came: it begins anew.
    pub(crate) fn forgive(
        &mut self,
        domain: DomainId,
        operator: OperatorId,
    ) -> Result<(), StoreError<H::Error>> {
        self.attend(domain, operator, None)
    }

    /// Returns whether the operator is absent, or why not (E24).
    pub(crate) fn check_absent(
        &self,
        domain: DomainId,
        operator: OperatorId,
    ) -> Result<Result<(), InvalidAbsence>, StoreError<H::Error>> {
        let Some(rule) = self.rule_of(domain)? else {
            // Nobody ever is.
            return Ok(Err(InvalidAbsence::Present { limit: 0, found: 0 }));
        };
        let now = self.moment(domain, None)?;
        let turnout = self.turnout_at(&rule, domain, now)?;
        let (pool, attendance) = (self.expect_pool(operator)?, self.attendance(operator)?);
        Ok(attendance.check_absent(&rule, &turnout, stakes(&pool, &attendance)))
    }

    pub(crate) fn expect_pool(&self, operator: OperatorId) -> Result<Pool, StoreError<H::Error>> {
        self.pool(operator)?.ok_or_else(|| corrupt(&keys::pool(operator)))
    }
}

/// The pool's stake in the epoch that the attendance was brought up to, and in those since. A pool is not touched without it.
const fn stakes(pool: &Pool, attendance: &Attendance) -> Stakes {
    let then: Balance = pool.snapshot.at(attendance.epoch()).current;
    let since: Balance = pool.snapshot.at(attendance.epoch().saturating_add(1)).current;
    Stakes { then, since }
}
