//! How many tickets win, and how that follows the space that is plotted.

use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// A ticket wins if it is below this: with probability range / 2^64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen)]
pub struct SolutionRange(pub u64);

/// Most blocks in an era, and largest terms of the slot probability: what keeps the arithmetic below within 128 bits.
const MOST: u32 = 1 << 20;

/// How often the range is set anew, and for how many blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Era {
    blocks: u32,
    numerator: u32,
    denominator: u32,
}

/// Why an era cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEra {
    /// A18: no blocks, or more than 2^20.
    #[error("an era has 1 to 2^20 blocks, not {found}")]
    Blocks {
        /// The blocks given.
        found: u32,
    },
    /// A18: not a probability with terms up to 2^20.
    #[error("{numerator}/{denominator} is not a probability above 0 with terms up to 2^20")]
    Probability {
        /// The numerator given.
        numerator: u32,
        /// The denominator given.
        denominator: u32,
    },
}

impl InvalidEra {
    /// Returns the stable code of this error: its rule's number.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Blocks { .. } | Self::Probability { .. } => 18,
        }
    }
}

impl Era {
    /// Returns an era of `blocks` blocks, aiming at `numerator / denominator` blocks per slot.
    ///
    /// # Errors
    /// When a term is zero or over 2^20, or the probability over 1 (A18).
    pub const fn new(blocks: u32, numerator: u32, denominator: u32) -> Result<Self, InvalidEra> {
        // A18
        if blocks == 0 || blocks > MOST {
            return Err(InvalidEra::Blocks { found: blocks });
        }
        if numerator == 0 || numerator > denominator || denominator > MOST {
            return Err(InvalidEra::Probability {
                numerator,
                denominator,
            });
        }
        Ok(Self {
            blocks,
            numerator,
            denominator,
        })
    }

    /// Returns the blocks of an era.
    #[must_use]
    pub const fn blocks(&self) -> u32 {
        self.blocks
    }

    /// Returns the range for the next era, given the slots that the past one took (A19): in proportion, at most four times more
    /// or less, never 0. Rounded down.
    #[must_use]
    pub fn retarget(&self, range: SolutionRange, slots: u64) -> SolutionRange {
        // A19: range · slots · n / (blocks · d). What was found over what was expected, both at most 2^20 · 2^20.
        let found = u128::from(slots).saturating_mul(self.numerator.into());
        let expected = u128::from(self.blocks).saturating_mul(self.denominator.into());
        // A19: at most four times more, four times less.
        let found = found.min(expected.saturating_mul(4));
        let found = found.max(expected.div_ceil(4));
        // At most 2^64 · 2^42.
        let next = u128::from(range.0).saturating_mul(found).checked_div(expected);
        let next = next.and_then(|next| u64::try_from(next).ok()).unwrap_or(u64::MAX);
        SolutionRange(next.max(1))
    }

    /// Returns the range at which `pieces` plotted pieces have as many winning tickets per slot as this era aims at blocks (A20). Of
    /// every piece half of the places are plotted, so a slot finds half a ticket per piece. `u64::MAX` where more would be needed.
    ///
    /// Tickets that win the same slot make one block. So blocks come somewhat less often than aimed at, 8 percent at one in six
    /// slots, until the first retargets have made up for it.
    #[must_use]
    pub fn range_for(&self, pieces: u64) -> SolutionRange {
        // A20: 2^64 · n · 2 / (d · pieces), rounded down.
        let above = (u128::from(self.numerator) << 65)
            .checked_div(u128::from(self.denominator).saturating_mul(pieces.into()));
        let range = above
            .and_then(|range| u64::try_from(range).ok())
            .unwrap_or(u64::MAX);
        SolutionRange(range.max(1))
    }

    /// Returns about how many pieces are plotted if this range is right: the inverse of [`range_for`](Self::range_for) (A20),
    /// rounded down. Once ranges follow the slots it is low by what `range_for` is: 9 percent at one in six slots.
    #[must_use]
    pub fn pieces_for(&self, range: SolutionRange) -> u64 {
        // A20
        let pieces = (u128::from(self.numerator) << 65)
            .checked_div(u128::from(self.denominator).saturating_mul(range.0.into()));
        pieces
            .and_then(|pieces| u64::try_from(pieces).ok())
            .unwrap_or(u64::MAX)
    }
}
