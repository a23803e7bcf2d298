//! Compare a VRF output with an operator's threshold: exactly, in 512-bit integers.

use crate::odds::{FACTOR_ONE, Odds, Share};
use decex_core::Digest;

/// Returns whether the output `y` (a big-endian integer) wins: `y · T · d · 2^32 < 2^256 · s · n · m`.
///
/// The left side is below `2^(256+128+64+32) = 2^480`, the right side below `2^(256+128+64+64) = 2^512`: neither passes
/// 512 bits, so `None` does not occur. Were it to occur, nobody would win.
pub(crate) fn wins(output: &Digest, odds: &Odds, share: &Share) -> bool {
    sides(output, odds, share).is_some_and(|(left, right)| left.is_below(&right))
}

fn sides(output: &Digest, odds: &Odds, share: &Share) -> Option<(Wide, Wide)> {
    let left = Wide::from_be_bytes(output.as_bytes())
        .checked_mul_u128(share.total().0)?
        .checked_mul(odds.denominator())?
        .checked_mul(FACTOR_ONE)?;
    let right = Wide::shifted_256(share.stake().0)
        .checked_mul(odds.numerator())?
        .checked_mul(odds.factor())?;
    Some((left, right))
}

/// Splits into the low and the high 64 bits.
const fn halves(value: u128) -> (u64, u64) {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = value.to_le_bytes();
    (
        u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        u64::from_le_bytes([i, j, k, l, m, n, o, p]),
    )
}

/// 512 bits as 64-bit limbs, least significant first.
#[derive(Clone, Copy)]
struct Wide([u64; 8]);

impl Wide {
    fn from_be_bytes(bytes: &[u8; 32]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        let mut limbs = [0; 8];
        for (limb, word) in limbs.iter_mut().zip(words.iter().rev()) {
            *limb = u64::from_be_bytes(*word);
        }
        Self(limbs)
    }

    /// Returns `value · 2^256`.
    const fn shifted_256(value: u128) -> Self {
        let (low, high) = halves(value);
        Self([0, 0, 0, 0, low, high, 0, 0])
    }

    /// Returns the product, or `None` if it passes 512 bits.
    fn checked_mul(mut self, factor: u64) -> Option<Self> {
        let mut carry = 0;
        for limb in &mut self.0 {
            (*limb, carry) = limb.carrying_mul(factor, carry);
        }
        (carry == 0).then_some(self)
    }

    /// Returns the product, or `None` if it passes 512 bits.
    fn checked_mul_u128(self, factor: u128) -> Option<Self> {
        let (low, high) = halves(factor);
        self.checked_mul(low)?
            .checked_add(self.checked_mul(high)?.checked_shift_limb()?)
    }

    /// Returns the value times `2^64`, or `None` if it passes 512 bits.
    const fn checked_shift_limb(self) -> Option<Self> {
        let [a, b, c, d, e, f, g, top] = self.0;
        if top == 0 {
            Some(Self([0, a, b, c, d, e, f, g]))
        } else {
            None
        }
    }

    /// Returns the sum, or `None` if it passes 512 bits.
    fn checked_add(mut self, other: Self) -> Option<Self> {
        let mut carry = false;
        for (limb, other) in self.0.iter_mut().zip(other.0) {
            (*limb, carry) = limb.carrying_add(other, carry);
        }
        (!carry).then_some(self)
    }

    fn is_below(&self, other: &Self) -> bool {
        self.0.iter().rev().lt(other.0.iter().rev())
    }
}

#[cfg(test)]
mod tests;
