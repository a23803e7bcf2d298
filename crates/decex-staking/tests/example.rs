//! The worked example of `spec/staking.md`, recomputed in millionths of a coin.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod common;

use common::{Books, account};
use decex_core::{Balance, OperatorId};
use decex_staking::{Extent, PoolTerms};

const COIN: u128 = 1_000_000;

/// What the pool has: stake, shares, fund, units of the fund.
fn figures(books: &Books, operator: OperatorId) -> [u128; 4] {
    let pool = books.pool(operator);
    [pool.stake.0, pool.shares, pool.fund.balance.0, pool.fund.units]
}

fn touch(books: &mut Books, operator: OperatorId) {
    books.refund(operator, 0).unwrap();
    books.check();
}

#[test]
fn the_worked_example_comes_to_these_figures() {
    let [o, n1, n2, n3] = [0, 1, 2, 3].map(account);
    let mut books = Books::with([o, n1, n2, n3]);
    let terms = PoolTerms {
        tax: 500,
        minimum_nomination: Balance(10 * COIN),
    };
    let operator = books.register(0, o, terms, 100 * COIN).unwrap();
    books.nominate(operator, n1, 50 * COIN).unwrap();
    books.nominate(operator, n2, 50 * COIN).unwrap();
    books.next_epoch();
    touch(&mut books, operator);
    assert_eq!(
        figures(&books, operator),
        [160, 160, 40, 40].map(|coins| coins * COIN)
    );

    // An epoch with 20 for execution and 4 of storage fees; N3 deposits in it.
    books.reward(operator, 20 * COIN).unwrap();
    books.refund(operator, 4 * COIN).unwrap();
    books.nominate(operator, n3, 33_600_000).unwrap();
    let (before, n3_units) = (figures(&books, operator), books.position(operator, n3).units);
    assert_eq!(before, [160_000_000, 160_000_000, 50_720_000, 46_109_090]);
    assert_eq!(n3_units, 6_109_090);
    books.next_epoch();
    touch(&mut books, operator);
    // 160 + 19 net + 0.8 of the tax, and N3's 26.88.
    let after = figures(&books, operator);
    assert_eq!(after[0], 179_800_000 + 26_880_000);
    // At 160/179 a coin: N3 has 24.02 shares, the tax 0.72.
    assert_eq!(after[1], 160_000_000 + 24_026_815 + 715_083);
    assert_eq!(after[2], 50_920_000);
    assert_eq!(after[3], 46_109_090 + 181_818);

    // The price becomes 0.8 shares a coin, the fund 52.
    books.reward(operator, 25_523_546).unwrap();
    books.next_epoch();
    touch(&mut books, operator);
    let now = figures(&books, operator);
    books.refund(operator, 52 * COIN - now[2]).unwrap();
    let now = figures(&books, operator);
    // 0.8 to six digits.
    assert_eq!(now[1] * COIN / now[0], 800_000);
    assert_eq!(now, [231_948_311, 185_558_651, 52_000_000, 46_522_939]);

    // N1 withdraws 20 of its 40 shares, or all 40; its 10 units go with them in proportion.
    for (shares, stake, fund) in [
        (20 * COIN, 24_999_999, 5_588_640),
        (40 * COIN, 49_999_999, 11_177_281),
    ] {
        let mut books = books.clone();
        books.withdraw(operator, n1, Extent::Shares(shares)).unwrap();
        assert_eq!(books.position(operator, n1).withdrawals[0].fund, Balance(fund));
        books.wait(3);
        assert_eq!(books.claim(operator, n1), Ok(stake + fund));
        books.check();
    }
}
