//! Expected wins, in numbers wide enough that nothing has to be rounded twice.

use parity_scale_codec::{Decode, Encode, MaxEncodedLen};
use ruint::aliases::U256;

/// What is 1 in the fixed point of factors, shares of time, bundles and scores: 32 fractional bits.
pub(crate) const ONE: u64 = 1 << 32;

/// Expected wins per unit of stake, times 2^128: what a domain's epochs have offered so far.
///
/// An operator whose stake was `s` between two of these has been expected to win `s · (later − earlier) / 2^128` windows.
/// It saturates, which only ever makes differences smaller: nobody is expected to do more for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen)]
pub struct Expectation {
    /// Most significant first, so that the derived order is that of the numbers.
    limbs: [u64; 4],
}

impl Expectation {
    pub(crate) const fn from_wide(value: U256) -> Self {
        let [a, b, c, d] = *value.as_limbs();
        Self { limbs: [d, c, b, a] }
    }

    pub(crate) const fn to_wide(self) -> U256 {
        let [d, c, b, a] = self.limbs;
        U256::from_limbs([a, b, c, d])
    }

    pub(crate) const fn saturating_add(self, other: Self) -> Self {
        Self::from_wide(self.to_wide().saturating_add(other.to_wide()))
    }

    pub(crate) const fn saturating_sub(self, other: Self) -> Self {
        Self::from_wide(self.to_wide().saturating_sub(other.to_wide()))
    }

    pub(crate) fn times(self, count: u64) -> Self {
        Self::from_wide(self.to_wide().saturating_mul(U256::from(count)))
    }

    /// Returns this times `share / 2^32`, rounded down.
    pub(crate) fn share(self, share: u64) -> Self {
        // Cut before multiplying where the product would not fit: a little less is expected.
        let wide = self.to_wide();
        let product = match wide.checked_mul(U256::from(share)) {
            Some(product) => product.wrapping_shr(32),
            None => wide.wrapping_shr(32).saturating_mul(U256::from(share)),
        };
        Self::from_wide(product)
    }

    /// Returns half of the wins expected of `stake`, times 2^32, rounded down; the largest number if they are more.
    pub(crate) fn half_of(self, stake: u128) -> u64 {
        let product = self.to_wide().saturating_mul(U256::from(stake));
        u64::try_from(product.wrapping_shr(97)).unwrap_or(u64::MAX)
    }
}
