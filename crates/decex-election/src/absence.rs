//! Who is absent: an operator that has won so often, and submitted so rarely, that it is hardly chance.

use crate::adaptation::Adaptation;
use crate::expectation::{Expectation, ONE};
use crate::turnout::Turnout;
use decex_core::Balance;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// `ln 2 · 2^32`, rounded up: what an included bundle speaks for its operator.
// E24: in the operator's favour.
const LN_2: u64 = 2_977_044_472;

/// An operator's stake around the epoch that its [`Attendance`] was last brought up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stakes {
    /// In that epoch ([`Attendance::epoch`]).
    pub then: Balance,
    /// In every epoch after it, up to the current one.
    pub since: Balance,
}

impl Stakes {
    /// Returns a stake that has not changed.
    #[must_use]
    pub const fn constant(stake: Balance) -> Self {
        Self {
            then: stake,
            since: stake,
        }
    }
}

/// Why an operator is not absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAbsence {
    /// E24: the score is below the domain's, or the domain calls nobody absent.
    #[error("a score of {found} is below {limit} (in nats times 2^32; 0: nobody is absent)")]
    Present {
        /// The score from which an operator is absent, in nats times 2^32; 0 if nobody is.
        limit: u64,
        /// The operator's score, in nats times 2^32.
        found: u64,
    },
}

impl InvalidAbsence {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Present { .. } => 24,
        }
    }
}

/// What a domain remembers of an operator's bundles: a score in nats that wins which were to be expected raise, and bundles
/// that came lower.
///
/// Nothing is done for it at an epoch's end: [`at`](Self::at) makes up for any number of epochs in which it was not touched.
/// Every saturation and every rounding is in the operator's favour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Attendance {
    /// What was before this epoch is in `owed`.
    epoch: u64,
    /// The epoch of the last bundle, and all before: their wins are not counted beyond their windows.
    counted: Option<u64>,
    /// What the domain had offered before `epoch`.
    mark: Expectation,
    /// What `epoch` offers at most.
    pace: Expectation,
    /// Half of the expected wins, times 2^32.
    owed: u64,
    /// Of `owed`, what the epoch before `epoch` has added: its bundles may be late.
    recent: u64,
    /// What speaks for the operator, in nats times 2^32.
    shown: u64,
}

impl Attendance {
    /// Returns the attendance of an operator that joins the domain in the epoch of `turnout`, or returns to it.
    #[must_use]
    pub fn new(rule: &Adaptation, turnout: &Turnout) -> Self {
        Self {
            epoch: turnout.epoch(),
            counted: None,
            mark: turnout.offered(),
            pace: turnout.pace(rule),
            owed: 0,
            recent: 0,
            shown: 0,
        }
    }

    /// Returns the epoch that this was last brought up to.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Brings this up to the epoch of `turnout`, which must have been advanced. A host does so before it changes the operator's
    /// stake; doing it more often, or never, changes a score by the
    /// rounding of 2^-32 at most, each time.
    #[must_use]
    pub fn at(mut self, rule: &Adaptation, turnout: &Turnout, stakes: Stakes) -> Self {
        if turnout.epoch() <= self.epoch {
            return self;
        }
        // E24: bundles of the epoch before may be late.
        let owed = self.owed_until(turnout.offered(), stakes);
        self.recent = owed.saturating_sub(self.owed_until(turnout.closed(), stakes));
        self.owed = owed;
        self.epoch = turnout.epoch();
        self.mark = turnout.offered();
        self.pace = turnout.pace(rule);
        self
    }

    /// Counts a bundle of the operator that is included in the epoch of `turnout`, which must have been advanced.
    #[must_use]
    pub fn count(self, rule: &Adaptation, turnout: &Turnout, stakes: Stakes) -> Self {
        // E24: what is to be expected of this epoch, if the score starts anew in it.
        let stake = if turnout.epoch() > self.epoch {
            stakes.since
        } else {
            stakes.then
        };
        let mut settled = self.at(rule, turnout, stakes);
        if settled.counted != Some(settled.epoch) {
            settled = settled.restart(rule, stake);
        }
        settled.shown = settled.shown.saturating_add(LN_2);
        settled
    }

    /// Begins an epoch in which bundles come: what is past counts for no less than nothing, and for no more than absence.
    fn restart(mut self, rule: &Adaptation, stake: Balance) -> Self {
        // E24: nobody wins more often than there are windows. Half of an epoch's windows, times 2^32.
        let most = u64::from(rule.epoch_windows())
            .saturating_mul(ONE)
            .wrapping_shr(1);
        let before = self.epoch.checked_sub(1);
        if before.is_some() && self.counted != before {
            // Bundles that come now may be the late ones of an epoch that seemed to have none.
            self.shown = self.shown.saturating_add(self.recent.saturating_sub(most));
        }
        self.recent = self.recent.min(most);
        // E24: max(0, S), and not above what is absence now, so that one who is back is soon present: the epoch that is not
        // closed comes on top, because the bundles of the new one will be weighed against it at first.
        let ceiling = rule.absence().saturating_add(self.recent);
        self.owed = self.owed.saturating_sub(self.shown).min(ceiling);
        self.shown = match self.pace.half_of(stake.0) {
            u64::MAX => u64::MAX,
            offered => offered.saturating_add(1).saturating_sub(most),
        };
        self.counted = Some(self.epoch);
        self
    }

    /// Returns the score in nats times 2^32: of all epochs whose bundles can no longer be late, and of all bundles.
    #[must_use]
    pub fn score(&self, turnout: &Turnout, stakes: Stakes) -> u64 {
        // E24: of the epochs that are closed.
        let owed = if turnout.epoch() <= self.epoch {
            self.owed.saturating_sub(self.recent)
        } else {
            self.owed_until(turnout.closed(), stakes)
        };
        owed.saturating_sub(self.shown)
    }

    /// Checks that the operator is absent, by a turnout that has been advanced.
    ///
    /// # Errors
    /// When its score is below the domain's, or the domain calls nobody absent (E24).
    pub fn check_absent(
        &self,
        rule: &Adaptation,
        turnout: &Turnout,
        stakes: Stakes,
    ) -> Result<(), InvalidAbsence> {
        let (limit, found) = (rule.absence(), self.score(turnout, stakes));
        // E24: absent iff S ≥ h > 0.
        if limit == 0 || found < limit {
            return Err(InvalidAbsence::Present { limit, found });
        }
        Ok(())
    }

    /// Returns `owed` when the domain has offered so much. While the stake of `epoch` differs from that of later epochs, what
    /// lies in between is counted with the lower: it is not known how much of the pace `epoch` has kept.
    fn owed_until(&self, offered: Expectation, stakes: Stakes) -> u64 {
        // E24: of two stakes the lower, as far as it is not known which.
        let all = offered.saturating_sub(self.mark);
        let later = all.saturating_sub(self.pace);
        let first = all.saturating_sub(later);
        let lower = stakes.then.min(stakes.since);
        let added = if lower == stakes.since {
            all.half_of(lower.0)
        } else {
            first
                .half_of(lower.0)
                .saturating_add(later.half_of(stakes.since.0))
        };
        self.owed.saturating_add(added)
    }
}
