//! What counts in elections: a stake in three adjacent epochs.

use decex_core::Balance;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// A pool's stake, or a domain's total, in three adjacent epochs. Read through [`at`](Self::at), which brings it up to date.
///
/// Changes made in an epoch show in `next` only: what elections of the current epoch read is settled before the epoch's
/// randomness is known, and nothing moves it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Stakes {
    /// The epoch that `current` is of.
    pub epoch: u64,
    /// What counts in the epoch before.
    pub previous: Balance,
    /// What counts in `epoch`.
    pub current: Balance,
    /// What will count in the epoch after, as far as is known.
    pub next: Balance,
}

impl Stakes {
    /// Returns what is seen from `epoch`. Costs the same however many epochs have passed: nothing has changed since, or it
    /// would have been written.
    #[must_use]
    pub const fn at(self, epoch: u64) -> Self {
        match epoch.saturating_sub(self.epoch) {
            0 => self,
            1 => Self {
                epoch,
                previous: self.current,
                current: self.next,
                next: self.next,
            },
            _ => Self {
                epoch,
                previous: self.next,
                current: self.next,
                next: self.next,
            },
        }
    }

    /// Returns what counts in `epoch`, seen from the present: `None` unless that is the present epoch or the one before.
    #[must_use]
    pub const fn of(&self, epoch: u64) -> Option<Balance> {
        if epoch == self.epoch {
            return Some(self.current);
        }
        match epoch.checked_add(1) {
            Some(present) if present == self.epoch => Some(self.previous),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAKES: Stakes = Stakes {
        epoch: 5,
        previous: Balance(1),
        current: Balance(2),
        next: Balance(3),
    };

    #[test]
    fn epochs_shift_what_is_known() {
        let values = |stakes: Stakes| (stakes.previous.0, stakes.current.0, stakes.next.0);
        assert_eq!(values(STAKES.at(5)), (1, 2, 3));
        assert_eq!(values(STAKES.at(6)), (2, 3, 3));
        assert_eq!(values(STAKES.at(7)), (3, 3, 3));
        assert_eq!(STAKES.at(9), STAKES.at(6).at(8).at(9));
        // The past is not asked for; a clock that ran back changes nothing.
        assert_eq!(STAKES.at(4), STAKES);
    }

    #[test]
    fn only_the_present_epoch_and_the_one_before_are_known() {
        assert_eq!(STAKES.of(5), Some(Balance(2)));
        assert_eq!(STAKES.of(4), Some(Balance(1)));
        assert_eq!(
            (STAKES.of(3), STAKES.of(6), STAKES.of(u64::MAX)),
            (None, None, None)
        );
    }
}
