//! The numbers by which a domain's election adapts, checked as a set.

use crate::expectation::{Expectation, ONE};
use crate::odds::{InvalidOdds, Odds};
use crate::window::Windows;
use core::num::NonZeroU32;
use decex_core::{Balance, ConsensusNumber, Window};
use ruint::aliases::U256;

/// The largest factor that a domain may allow.
pub const MAX_FACTOR: u32 = 65_536;
/// The least score, in nats, at which a domain may call an operator absent: a false alarm once in 1.2 million epochs of one
/// operator.
pub const MIN_ABSENCE: u32 = 14;
/// The largest such score.
pub const MAX_ABSENCE: u32 = 100;

/// What is decided for a domain, beside its odds and windows, and what its host promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptationParams {
    /// Windows per stake epoch.
    pub epoch: u64,
    /// The largest adaptive factor, as a whole number; 1: the election does not adapt.
    pub max_factor: u32,
    /// The score in nats from which an operator counts as absent; 0: nobody ever does.
    pub absence: u32,
    /// Probability that a slot has a consensus block, numerator.
    pub slot_numerator: u64,
    /// Probability that a slot has a consensus block, denominator.
    pub slot_denominator: u64,
}

/// Why numbers do not describe an adaptation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAdaptation {
    /// E19: an epoch shorter than a window's bundles may be late, or longer than can be counted.
    #[error("an epoch of {found} windows is not in {least}..={most}")]
    Epoch {
        /// The longevity of proofs, and at least 1.
        least: u64,
        /// The longest epoch.
        most: u64,
        /// The windows given.
        found: u64,
    },
    /// E20: a largest factor that is none.
    #[error("a largest factor of {found} is not in 1..={limit}")]
    MaxFactor {
        /// The most allowed, [`MAX_FACTOR`].
        limit: u32,
        /// The factor given.
        found: u32,
    },
    /// E21: a score at which honest operators would often be called absent, or absent ones hardly ever.
    #[error("an absence score of {found} is neither 0 nor in {least}..={most}")]
    Absence {
        /// The least allowed, [`MIN_ABSENCE`].
        least: u32,
        /// The most allowed, [`MAX_ABSENCE`].
        most: u32,
        /// The score given.
        found: u32,
    },
    /// E22: slots do not have a block with a probability in (0, 1].
    #[error("{numerator}/{denominator} is not a probability of blocks above 0 and up to 1")]
    Slots {
        /// The numerator given.
        numerator: u64,
        /// The denominator given.
        denominator: u64,
    },
}

impl InvalidAdaptation {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Epoch { .. } => 19,
            Self::MaxFactor { .. } => 20,
            Self::Absence { .. } => 21,
            Self::Slots { .. } => 22,
        }
    }
}

/// A moment of the host's chain: what a turnout is advanced to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The window of the domain that the block's slot belongs to.
    pub window: Window,
    /// The block that is being executed.
    pub block: ConsensusNumber,
}

/// How a domain's election adapts: numbers that passed E19 to E22.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adaptation {
    numerator: u64,
    denominator: u64,
    epoch: NonZeroU32,
    interval: u32,
    max_factor: u64,
    absence: u64,
    slot_numerator: u64,
    slot_denominator: u64,
}

impl Adaptation {
    /// Returns how the election of a domain with these windows and odds adapts. The factor in `odds` is not looked at.
    ///
    /// # Errors
    /// When the epoch is shorter than the longevity of proofs or has more than 2^32 − 1 windows (E19), or a limit (E20, E21)
    /// or the probability of a block (E22) is out of its range.
    pub fn new(windows: &Windows, odds: &Odds, params: &AdaptationParams) -> Result<Self, InvalidAdaptation> {
        // E19: max(1, longevity) ≤ epoch < 2^32.
        let least = windows.longevity().max(1);
        let epoch = u32::try_from(params.epoch).ok().filter(|epoch| *epoch >= least);
        let Some(epoch) = epoch.and_then(NonZeroU32::new) else {
            return Err(InvalidAdaptation::Epoch {
                least: least.into(),
                most: u32::MAX.into(),
                found: params.epoch,
            });
        };
        // E20: 1 ≤ largest factor ≤ 65,536.
        if !(1..=MAX_FACTOR).contains(&params.max_factor) {
            return Err(InvalidAdaptation::MaxFactor {
                limit: MAX_FACTOR,
                found: params.max_factor,
            });
        }
        // E21: off, or a score with a small chance of false alarms.
        if params.absence != 0 && !(MIN_ABSENCE..=MAX_ABSENCE).contains(&params.absence) {
            return Err(InvalidAdaptation::Absence {
                least: MIN_ABSENCE,
                most: MAX_ABSENCE,
                found: params.absence,
            });
        }
        // E22: blocks come with a probability.
        if params.slot_numerator == 0 || params.slot_numerator > params.slot_denominator {
            return Err(InvalidAdaptation::Slots {
                numerator: params.slot_numerator,
                denominator: params.slot_denominator,
            });
        }
        Ok(Self {
            numerator: odds.numerator(),
            denominator: odds.denominator(),
            epoch,
            interval: windows.interval(),
            max_factor: u64::from(params.max_factor).saturating_mul(ONE),
            absence: u64::from(params.absence).saturating_mul(ONE),
            slot_numerator: params.slot_numerator,
            slot_denominator: params.slot_denominator,
        })
    }

    /// Returns the windows of an epoch.
    #[must_use]
    pub const fn epoch_windows(&self) -> u32 {
        self.epoch.get()
    }

    /// Returns the epoch that a window belongs to: `⌊window / epoch windows⌋`.
    #[must_use]
    pub fn epoch_of(&self, window: Window) -> u64 {
        window.0.checked_div(self.epoch.get().into()).unwrap_or_default()
    }

    /// Returns the largest factor, times 2^32.
    #[must_use]
    pub const fn max_factor(&self) -> u64 {
        self.max_factor
    }

    /// Returns the score from which an operator is absent, in nats times 2^32; 0 if nobody ever is.
    #[must_use]
    pub const fn absence(&self) -> u64 {
        self.absence
    }

    /// Returns whether operators must submit for every window that they win, with an empty bundle if need be: they are
    /// counted.
    #[must_use]
    pub const fn counts(&self) -> bool {
        self.max_factor > ONE || self.absence > 0
    }

    /// Returns the odds at an adaptive factor.
    ///
    /// # Errors
    /// When the factor is below 1.0 (E4); no factor of a [`Turnout`](crate::Turnout) is.
    pub const fn odds(&self, factor: u64) -> Result<Odds, InvalidOdds> {
        Odds::new(self.numerator, self.denominator, factor)
    }

    /// Returns the bundles that the domain wants in an epoch, times 2^32, rounded down.
    #[must_use]
    pub fn wanted(&self) -> u128 {
        // Below 2^(32 + 64 + 32).
        u128::from(self.epoch.get())
            .saturating_mul(self.numerator.into())
            .saturating_mul(ONE.into())
            .checked_div(self.denominator.into())
            .unwrap_or_default()
    }

    /// Returns what an epoch offers to each unit of a total stake at a factor, rounded down; nothing if there is no stake.
    pub(crate) fn pace(&self, total: Balance, factor: u64) -> Expectation {
        // Below 2^(32 + 64 + 64 + 96); m has 32 fractional bits, so 96 more make 128.
        let above = U256::from(u128::from(self.epoch.get()).saturating_mul(self.numerator.into()))
            .saturating_mul(U256::from(factor))
            .saturating_mul(U256::ONE.wrapping_shl(96));
        let below = U256::from(self.denominator).saturating_mul(U256::from(total.0));
        Expectation::from_wide(above.checked_div(below).unwrap_or_default())
    }

    /// Returns which part of the blocks that were due between two moments has been made, times 2^32, rounded down, at most 1.
    pub(crate) fn liveliness(&self, from: Moment, to: Moment) -> u64 {
        let windows = to.window.0.saturating_sub(from.window.0);
        let made = to.block.0.saturating_sub(from.block.0);
        // Both sides below 2^160.
        let made = U256::from(made)
            .saturating_mul(U256::from(self.slot_denominator))
            .saturating_mul(U256::from(ONE));
        let due = U256::from(windows)
            .saturating_mul(U256::from(self.interval))
            .saturating_mul(U256::from(self.slot_numerator));
        // E23: more blocks than were due make no more.
        let part = made.checked_div(due).unwrap_or_default();
        u64::try_from(part).map_or(ONE, |part| part.min(ONE))
    }
}
