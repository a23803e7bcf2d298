//! Products and quotients of amounts, without overflow between the two and rounded down.

use ruint::aliases::U256;

/// Returns `⌊amount · numerator / denominator⌋`, `None` if the denominator is zero or the result passes 128 bits.
pub(crate) fn scale(amount: u128, numerator: u128, denominator: u128) -> Option<u128> {
    // Two factors of 128 bits: the product fits.
    let product = U256::from(amount).wrapping_mul(U256::from(numerator));
    let quotient = product.checked_div(U256::from(denominator))?;
    u128::try_from(quotient).ok()
}

/// Basis points of a whole.
pub const WHOLE: u16 = 10_000;

/// Returns `⌊amount · share / 10 000⌋`, at most `amount`.
pub(crate) fn portion(amount: u128, share: u16) -> u128 {
    let share = u128::from(share.min(WHOLE));
    scale(amount, share, u128::from(WHOLE)).unwrap_or(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_rounds_down_and_does_not_overflow_between() {
        assert_eq!(scale(7, 3, 2), Some(10));
        assert_eq!(scale(u128::MAX, u128::MAX, u128::MAX), Some(u128::MAX));
        assert_eq!(scale(u128::MAX, 2, 1), None);
        assert_eq!(scale(1, 1, 0), None);
        assert_eq!(scale(u128::MAX, u128::MAX - 1, u128::MAX), Some(u128::MAX - 1));
    }

    #[test]
    fn a_portion_rounds_down_and_never_passes_the_amount() {
        assert_eq!(portion(9_999, 1_000), 999);
        assert_eq!(portion(u128::MAX, WHOLE), u128::MAX);
        assert_eq!(portion(u128::MAX, u16::MAX), u128::MAX);
        assert_eq!(portion(u128::MAX, 1_000), u128::MAX / 10);
        assert_eq!(portion(5, 0), 0);
    }
}
