//! The adaptive factor: how many bundles came, against how many were wanted.

use crate::adaptation::{Adaptation, Moment};
use crate::expectation::{Expectation, ONE};
use crate::odds::FACTOR_ONE;
use core::num::NonZeroU128;
use decex_core::{Balance, ConsensusNumber, Window};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};
use ruint::aliases::U256;

/// Bundles that must have been wanted before the factor is changed: fewer say more about chance than about stake.
pub const EVIDENCE: u32 = 16;

/// [`EVIDENCE`] in the fixed point of expectations.
const ENOUGH: u128 = 16 << 32;

/// What a domain remembers of its elections: its factors, and what they are made of.
///
/// It is looked at only when something happens to the domain: [`at`](Self::at) makes up for the epochs between, in
/// bounded work, with the result that advancing at every epoch would have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Turnout {
    epoch: u64,
    /// The first moment of the epoch at which the domain was touched.
    window: Window,
    block: ConsensusNumber,
    previous_factor: u64,
    previous_offered: Expectation,
    /// The stake of all operators in the epoch.
    total: Balance,
    course: Course,
}

/// What epochs change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
struct Course {
    factor: u64,
    /// Bundles included since the factor was last set.
    included: u64,
    /// Bundles wanted in the complete epochs since then, times 2^32.
    wanted: u128,
    /// What complete epochs have offered to each unit of stake.
    offered: Expectation,
}

impl Turnout {
    /// Returns the turnout of a domain that is created at `now`. The epoch that it is created in proves nothing.
    #[must_use]
    pub fn new(rule: &Adaptation, now: Moment) -> Self {
        Self {
            epoch: rule.epoch_of(now.window),
            window: now.window,
            block: now.block,
            previous_factor: FACTOR_ONE,
            previous_offered: Expectation::default(),
            total: Balance::ZERO,
            course: Course {
                factor: FACTOR_ONE,
                included: 0,
                wanted: 0,
                offered: Expectation::default(),
            },
        }
    }

    /// Returns the epoch that this speaks of: the current one after [`at`](Self::at).
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Returns the factor of an epoch times 2^32, or `None` if it is neither the current epoch nor the one before: no window
    /// of another is open (E19).
    #[must_use]
    pub fn factor(&self, epoch: u64) -> Option<u64> {
        if epoch == self.epoch {
            Some(self.course.factor)
        } else if epoch.checked_add(1) == Some(self.epoch) {
            Some(self.previous_factor)
        } else {
            None
        }
    }

    /// Counts a bundle that is included at the moment that this was advanced to.
    #[must_use]
    pub const fn count(mut self) -> Self {
        self.course.included = self.course.included.saturating_add(1);
        self
    }

    /// Advances to `now`. `total` is the stake of all operators in every epoch after [`epoch`](Self::epoch), up to that of `now`;
    /// a host that touches the domain whenever its stake changes has only one such number.
    ///
    /// In the same epoch, or an earlier one, nothing changes.
    #[must_use]
    pub fn at(self, rule: &Adaptation, now: Moment, total: Balance) -> Self {
        let epoch = rule.epoch_of(now.window);
        let Some(untouched) = epoch.checked_sub(self.epoch).and_then(|gap| gap.checked_sub(1)) else {
            return self;
        };
        let from = Moment {
            window: self.window,
            block: self.block,
        };
        let host = Host {
            rule,
            total,
            liveliness: rule.liveliness(from, now),
        };
        // The epoch that was touched, then those that were not, of which the last is needed by itself.
        let touched = self.course.epoch(&host, self.total);
        let (previous_factor, previous_offered, course) = match untouched.checked_sub(1) {
            None => (self.course.factor, self.course.offered, touched),
            Some(before) => {
                let previous = touched.epochs(&host, before);
                (previous.factor, previous.offered, previous.epochs(&host, 1))
            }
        };
        Self {
            epoch,
            window: now.window,
            block: now.block,
            previous_factor,
            previous_offered,
            total,
            course,
        }
    }

    /// Returns what the epochs before the current one have offered.
    pub(crate) const fn offered(&self) -> Expectation {
        self.course.offered
    }

    /// Returns what the epochs before the previous one have offered: all that no bundle can be late for any more.
    pub(crate) const fn closed(&self) -> Expectation {
        self.previous_offered
    }

    /// Returns what the current epoch offers if the host makes its blocks: no less than what it will have offered.
    pub(crate) fn pace(&self, rule: &Adaptation) -> Expectation {
        rule.pace(self.total, self.course.factor)
    }
}

/// What holds of every epoch that is passed.
struct Host<'a> {
    rule: &'a Adaptation,
    total: Balance,
    liveliness: u64,
}

impl Host<'_> {
    /// Returns the bundles wanted in an epoch, times 2^32: fewer if the host made far fewer blocks than were due.
    fn wanted(&self) -> u128 {
        // E23: in proportion to the blocks that were made, once a quarter is missing. Less is chance, and would leave the factor
        // of an epoch open until it is known which block of it touches the domain first.
        let third = self.liveliness.checked_div(3).unwrap_or_default();
        let part = self.liveliness.saturating_add(third).min(ONE);
        let product = U256::from(self.rule.wanted()).saturating_mul(U256::from(part));
        u128::try_from(product.wrapping_shr(32)).unwrap_or(u128::MAX)
    }

    /// Returns what an epoch has offered, at its `pace`. Missing blocks count double: a bundle may have been kept out although
    /// there was a block, and nobody shall be accused of that.
    fn offered(&self, pace: Expectation) -> Expectation {
        // E24: 2f − 1.
        pace.share(self.liveliness.saturating_mul(2).saturating_sub(ONE))
    }
}

impl Course {
    /// Passes the epoch that was touched, of which the total stake is known.
    fn epoch(mut self, host: &Host<'_>, total: Balance) -> Self {
        let pace = host.rule.pace(total, self.factor);
        self.offered = self.offered.saturating_add(host.offered(pace));
        // E23: nobody is missed where nobody has a stake.
        if total != Balance::ZERO {
            self.wanted = self.wanted.saturating_add(host.wanted());
        }
        self.update(host.rule)
    }

    /// Passes epochs in which no bundle came. The factor changes at most 18 times: once for what had come before, then it
    /// doubles until it is the largest, or stays from the beginning.
    fn epochs(mut self, host: &Host<'_>, mut count: u64) -> Self {
        let wanted = host.wanted();
        while count > 0 {
            let pace = host.rule.pace(host.total, self.factor);
            let changing = self.included > 0 || self.factor < host.rule.max_factor();
            // E23: nobody is missed where nobody has a stake.
            let evidence = NonZeroU128::new(wanted).filter(|_| host.total != Balance::ZERO);
            let until =
                evidence.map(|wanted| ENOUGH.saturating_sub(self.wanted).div_ceil(wanted.get()).max(1));
            let step = match until.map(u64::try_from) {
                Some(Ok(until)) if changing => until.min(count),
                _ => count,
            };
            self.offered = self.offered.saturating_add(host.offered(pace).times(step));
            count = count.saturating_sub(step);
            self = match (until, evidence) {
                (Some(until), Some(wanted)) => self.want(host.rule, wanted, step.into(), until),
                _ => self,
            };
        }
        self
    }

    /// Adds what `count` epochs want. The first round of evidence ends after `until` of them, later rounds change nothing
    /// but what is left over.
    fn want(mut self, rule: &Adaptation, wanted: NonZeroU128, count: u128, until: u128) -> Self {
        let Some(after) = count.checked_sub(until) else {
            self.wanted = self.wanted.saturating_add(wanted.get().saturating_mul(count));
            return self;
        };
        self.wanted = self.wanted.saturating_add(wanted.get().saturating_mul(until));
        self = self.update(rule);
        let round = ENOUGH.div_ceil(wanted.get());
        // E23: what is left over counts in the next round.
        let left = after.checked_rem(round).unwrap_or_default();
        self.wanted = wanted.get().saturating_mul(left);
        self
    }

    /// Sets the factor if there is evidence enough, and starts to collect anew.
    fn update(mut self, rule: &Adaptation) -> Self {
        // E23: not before there is evidence.
        if self.wanted < ENOUGH {
            return self;
        }
        // E23: √(m · m·E/N), at most twice or half of m.
        let doubled = self.factor.saturating_mul(2);
        let factor = match U256::from(self.included).checked_shl(32) {
            Some(included) if self.included > 0 => {
                let square = U256::from(u128::from(self.factor).saturating_mul(self.factor.into()))
                    .saturating_mul(U256::from(self.wanted))
                    .checked_div(included)
                    .unwrap_or(U256::MAX);
                let root = u128::try_from(square).unwrap_or(u128::MAX).isqrt();
                u64::try_from(root).unwrap_or(u64::MAX)
            }
            _ => doubled,
        };
        self.factor = factor
            .max(self.factor.wrapping_shr(1))
            .min(doubled)
            // E23: at most the largest, at least 1.
            .min(rule.max_factor())
            .max(FACTOR_ONE);
        self.included = 0;
        self.wanted = 0;
        self
    }
}
