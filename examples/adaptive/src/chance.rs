//! Chance that a seed repeats: SplitMix64.

use decex_core::Digest;

/// A source of numbers that look random.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Returns a source that its seed determines.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next number.
    pub const fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns what stands for the output of a VRF.
    pub fn output(&mut self) -> Digest {
        let mut output = [0; 32];
        for word in output.chunks_mut(8) {
            word.copy_from_slice(&self.word().to_be_bytes());
        }
        Digest(output)
    }

    /// Returns whether something happens that does once in `times` times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.word().checked_rem(times) == Some(0)
    }
}
