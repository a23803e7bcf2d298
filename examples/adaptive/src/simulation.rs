//! A domain of which a part of the stake leaves and comes back: the crate's turnout, the crate's thresholds, and chance.

use crate::chance::Chance;
use decex_core::{Balance, ConsensusNumber, Window};
use decex_election::{
    Adaptation, AdaptationParams, FACTOR_ONE, InvalidAdaptation, InvalidOdds, InvalidShare, InvalidWindows,
    Moment, Odds, Share, Turnout, Windows,
};
use std::collections::VecDeque;
use std::error::Error;
use std::fmt;

/// Slots of a window; a block comes in one of so many slots.
const INTERVAL: u32 = 6;
/// Windows that a bundle may wait for a block.
const LONGEVITY: u32 = 8;
/// The stake of each operator.
const STAKE: u128 = 1_000;
/// Bundles wanted in so many windows: one.
const WINDOWS_PER_BUNDLE: u64 = 2;

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Operators, of equal stake.
    pub operators: u32,
    /// How many of a hundred leave.
    pub away: u32,
    /// Windows per epoch; a bundle is wanted in every second one.
    pub epoch: u32,
    /// Epochs before they leave.
    pub before: u32,
    /// Epochs for which they are away.
    pub during: u32,
    /// Epochs after their return.
    pub after: u32,
    /// What chance begins with.
    pub seed: u64,
}

impl Scenario {
    /// Returns the plotted course: 10 epochs, 25 away, 25 after, with 100 bundles wanted in each.
    #[must_use]
    pub const fn plotted(operators: u32, away: u32, seed: u64) -> Self {
        Self {
            operators,
            away,
            epoch: 200,
            before: 10,
            during: 25,
            after: 25,
            seed,
        }
    }

    /// Returns all epochs.
    #[must_use]
    pub const fn epochs(&self) -> u32 {
        self.before.saturating_add(self.during).saturating_add(self.after)
    }

    /// Returns how many operators leave.
    #[must_use]
    pub fn leaving(&self) -> u32 {
        let product = u64::from(self.operators).saturating_mul(self.away.into());
        u32::try_from(product / 100).unwrap_or(u32::MAX)
    }

    fn online(&self, epoch: u32) -> u32 {
        let away = epoch >= self.before && epoch < self.before.saturating_add(self.during);
        self.operators
            .saturating_sub(if away { self.leaving() } else { 0 })
    }
}

/// One epoch of the simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// The adaptive factor.
    pub factor: f64,
    /// Bundles to be expected, as a multiple of those that are wanted.
    pub expected: f64,
    /// Bundles that were included, as a multiple of those that are wanted.
    pub included: f64,
}

/// Why a scenario cannot be simulated.
#[derive(Debug)]
pub enum Impossible {
    /// Numbers that the election refuses.
    Refused(Box<dyn Error>),
    /// The factor of an epoch was asked for that the turnout does not know: a fault of the simulation.
    UnknownEpoch,
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "the election refuses the scenario: {error}"),
            Self::UnknownEpoch => write!(f, "the factor of an epoch is not known"),
        }
    }
}

impl Error for Impossible {}

impl From<InvalidWindows> for Impossible {
    fn from(error: InvalidWindows) -> Self {
        Self::Refused(Box::new(error))
    }
}

impl From<InvalidOdds> for Impossible {
    fn from(error: InvalidOdds) -> Self {
        Self::Refused(Box::new(error))
    }
}

impl From<InvalidShare> for Impossible {
    fn from(error: InvalidShare) -> Self {
        Self::Refused(Box::new(error))
    }
}

impl From<InvalidAdaptation> for Impossible {
    fn from(error: InvalidAdaptation) -> Self {
        Self::Refused(Box::new(error))
    }
}

/// Runs a scenario.
///
/// Each online operator draws in each window what stands for the output of its VRF, and submits if it wins. Blocks come by
/// chance; a bundle is included in the next one, if that comes before it is stale.
///
/// # Errors
/// When the election refuses the scenario's numbers.
pub fn run(scenario: &Scenario) -> Result<Vec<Epoch>, Impossible> {
    let windows = Windows::new(INTERVAL, LONGEVITY)?;
    let odds = Odds::new(1, WINDOWS_PER_BUNDLE, FACTOR_ONE)?;
    let params = AdaptationParams {
        epoch: scenario.epoch.into(),
        max_factor: 256,
        absence: 0,
        slot_numerator: 1,
        slot_denominator: INTERVAL.into(),
    };
    let rule = Adaptation::new(&windows, &odds, &params)?;
    let total = Balance(STAKE.saturating_mul(scenario.operators.into()));
    let share = Share::new(Balance(STAKE), total)?;
    let start = Moment {
        window: Window(0),
        block: ConsensusNumber(0),
    };
    let mut domain = Domain {
        turnout: Turnout::new(&rule, start),
        rule,
        share,
        chance: Chance::new(scenario.seed),
        now: start,
        waiting: VecDeque::new(),
    };
    // The epoch of creation, in which nobody has any stake yet.
    for _ in 0..scenario.epoch {
        domain.pass_window(0)?;
    }
    (0..scenario.epochs())
        .map(|epoch| domain.pass_epoch(scenario.online(epoch)))
        .collect()
}

struct Domain {
    rule: Adaptation,
    share: Share,
    turnout: Turnout,
    chance: Chance,
    now: Moment,
    /// The windows of bundles that wait for a block.
    waiting: VecDeque<u64>,
}

impl Domain {
    /// The domain as a block sees it that is made now.
    fn present(&self) -> Turnout {
        self.turnout.at(&self.rule, self.now, self.share.total())
    }

    fn odds(&self) -> Result<Odds, Impossible> {
        let epoch = self.rule.epoch_of(self.now.window);
        let factor = self.present().factor(epoch).ok_or(Impossible::UnknownEpoch)?;
        Ok(self.rule.odds(factor)?)
    }

    fn pass_epoch(&mut self, online: u32) -> Result<Epoch, Impossible> {
        let odds = self.odds()?;
        let factor = odds.factor() as f64 / FACTOR_ONE as f64;
        let alone =
            factor * self.share.stake().0 as f64 / self.share.total().0 as f64 / WINDOWS_PER_BUNDLE as f64;
        let expected = alone.min(1.0) * f64::from(online) * WINDOWS_PER_BUNDLE as f64;
        let mut included = 0u32;
        for _ in 0..self.rule.epoch_windows() {
            included = included.saturating_add(self.pass_window(online)?);
        }
        let wanted = f64::from(self.rule.epoch_windows()) / WINDOWS_PER_BUNDLE as f64;
        Ok(Epoch {
            factor,
            expected,
            included: f64::from(included) / wanted,
        })
    }

    /// Elects at the beginning of a window, then makes what blocks come in its slots. Returns the bundles included.
    fn pass_window(&mut self, online: u32) -> Result<u32, Impossible> {
        let odds = self.odds()?;
        let window = self.now.window.0;
        for _ in 0..online {
            if odds.wins(&self.share, &self.chance.output()) {
                self.waiting.push_back(window);
            }
        }
        let mut included = 0u32;
        for _ in 0..INTERVAL {
            if self.chance.once_in(INTERVAL.into()) {
                self.now.block.0 = self.now.block.0.saturating_add(1);
                included = included.saturating_add(self.block());
            }
        }
        self.now.window.0 = window.saturating_add(1);
        Ok(included)
    }

    /// Includes what waits and is not stale.
    fn block(&mut self) -> u32 {
        let mut included = 0u32;
        let oldest = self.now.window.0.saturating_sub(LONGEVITY.into());
        while let Some(window) = self.waiting.pop_front() {
            if window >= oldest {
                self.turnout = self.present().count();
                included = included.saturating_add(1);
            }
        }
        included
    }
}
