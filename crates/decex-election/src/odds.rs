//! How likely a domain wants its windows won, and how much of the stake an operator holds.

use crate::threshold::wins;
use decex_core::{Balance, Digest};

/// The factor 1.0 of the adaptive controller: fixed point with 32 fractional bits.
pub const FACTOR_ONE: u64 = 0x1_0000_0000;

/// The probability that a window is won by the whole stake together: `numerator / denominator · factor / 2^32`.
///
/// The product may pass 1: then an operator with enough stake wins every window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odds {
    numerator: u64,
    denominator: u64,
    factor: u64,
}

/// Why three numbers are no odds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOdds {
    /// E3: the probability is not in (0, 1].
    #[error("{numerator}/{denominator} is not a probability above 0 and up to 1")]
    Probability {
        /// The numerator given.
        numerator: u64,
        /// The denominator given.
        denominator: u64,
    },
    /// E4: the factor would make a window less likely to be won than the domain asked for.
    #[error("the factor {found} is below {limit} (1.0)")]
    Factor {
        /// The least factor allowed, [`FACTOR_ONE`].
        limit: u64,
        /// The factor given.
        found: u64,
    },
}

impl InvalidOdds {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Probability { .. } => 3,
            Self::Factor { .. } => 4,
        }
    }
}

impl Odds {
    /// Returns the odds of a domain with bundle probability `numerator / denominator` per window while its adaptive
    /// factor is `factor / 2^32`. Pass [`FACTOR_ONE`] where no controller runs.
    ///
    /// # Errors
    /// When the probability is not in (0, 1] (E3) or the factor is below 1.0 (E4).
    pub const fn new(numerator: u64, denominator: u64, factor: u64) -> Result<Self, InvalidOdds> {
        // E3: 0 < n/d ≤ 1; d ≠ 0 follows.
        if numerator == 0 || numerator > denominator {
            return Err(InvalidOdds::Probability {
                numerator,
                denominator,
            });
        }
        // E4: m ≥ 1.0
        if factor < FACTOR_ONE {
            return Err(InvalidOdds::Factor {
                limit: FACTOR_ONE,
                found: factor,
            });
        }
        Ok(Self {
            numerator,
            denominator,
            factor,
        })
    }

    /// Returns `n` of the probability `n/d`.
    #[must_use]
    pub const fn numerator(&self) -> u64 {
        self.numerator
    }

    /// Returns `d` of the probability `n/d`.
    #[must_use]
    pub const fn denominator(&self) -> u64 {
        self.denominator
    }

    /// Returns the adaptive factor times 2^32.
    #[must_use]
    pub const fn factor(&self) -> u64 {
        self.factor
    }

    /// Returns whether an operator with this share wins with a VRF output, as [`verify`](crate::verify()) decides it (E10). For
    /// simulations: an output proves nothing without its proof.
    #[must_use]
    pub fn wins(&self, share: &Share, output: &Digest) -> bool {
        wins(output, self, share)
    }
}

/// An operator's part of a domain's stake, both from the snapshot of the epoch that the window's first slot belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    stake: Balance,
    total: Balance,
}

/// Why two amounts are no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidShare {
    /// E5: nobody has any stake.
    #[error("the total stake is zero")]
    NoStake,
    /// E6: more than there is.
    #[error("a stake of {} exceeds the total of {}", found.0, limit.0)]
    AboveTotal {
        /// The total stake.
        limit: Balance,
        /// The operator's stake.
        found: Balance,
    },
}

impl InvalidShare {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NoStake => 5,
            Self::AboveTotal { .. } => 6,
        }
    }
}

impl Share {
    /// Returns the share of an operator with `stake` out of `total`. A stake of zero is a share; it never wins.
    ///
    /// # Errors
    /// When the total is zero (E5) or less than the stake (E6).
    pub const fn new(stake: Balance, total: Balance) -> Result<Self, InvalidShare> {
        // E5: T ≠ 0
        if total.0 == 0 {
            return Err(InvalidShare::NoStake);
        }
        // E6: s ≤ T
        if stake.0 > total.0 {
            return Err(InvalidShare::AboveTotal {
                limit: total,
                found: stake,
            });
        }
        Ok(Self { stake, total })
    }

    /// Returns the operator's stake.
    #[must_use]
    pub const fn stake(&self) -> Balance {
        self.stake
    }

    /// Returns the stake of all operators of the domain.
    #[must_use]
    pub const fn total(&self) -> Balance {
        self.total
    }
}
