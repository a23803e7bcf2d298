//! Random numbers from a seed: the same seed, the same numbers, on every machine.

/// A stream of random numbers (splitmix64). Good enough to pick what goes wrong; not for secrets.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Starts the stream that `seed` and a path of numbers name. Streams with different paths do not influence each
    /// other: what one part of a run draws does not change when another part is left out.
    #[must_use]
    pub fn of(seed: u64, path: &[u64]) -> Self {
        let mut chance = Self(seed);
        for step in path {
            let mixed = chance.next() ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            chance = Self(mixed);
        }
        chance
    }

    /// Draws a number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Draws a number below `limit`; 0 if that is 0.
    pub const fn below(&mut self, limit: u64) -> u64 {
        match self.next().checked_rem(limit) {
            Some(drawn) => drawn,
            None => 0,
        }
    }

    /// Draws a number from `least` to `most`.
    pub const fn within(&mut self, least: u64, most: u64) -> u64 {
        let span = most.saturating_sub(least).saturating_add(1);
        least.saturating_add(self.below(span))
    }

    /// Returns true once in `times` draws on average.
    pub const fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// Draws one of a list, `None` of an empty one.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(list.len()).unwrap_or(u64::MAX);
        list.get(usize::try_from(self.below(count)).unwrap_or(usize::MAX))
    }
}
