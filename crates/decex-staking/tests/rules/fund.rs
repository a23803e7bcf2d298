//! The storage fund: who paid for blockspace, and whose is the rest.

use crate::common::{FARMER, account};
use crate::{NICK, NINA, OWNER, PLAIN, nominated, pool_of};
use decex_core::Balance;
use decex_staking::{Extent, PoolTerms, RefusedStaking, StakingError, nominate};

#[test]
fn t13_the_fund_covers_the_blockspace() {
    let (mut books, operator) = pool_of(PLAIN);
    let refused = RefusedStaking::Fund {
        limit: Balance(2_000),
        found: Balance(2_001),
    };
    assert_eq!(books.spend(operator, 2_001), Err(refused));
    assert_eq!(books.spend(operator, 2_000), Ok(()));
    assert_eq!(books.free[&FARMER], 2_000);
    let refused = RefusedStaking::Fund {
        limit: Balance(0),
        found: Balance(1),
    };
    assert_eq!(books.spend(operator, 1), Err(refused));
    assert_eq!(books.spend(operator, 0), Ok(()));
    assert_eq!(refused.code(), 13);
    // The stake pays for nothing.
    assert_eq!(books.pool(operator).stake, Balance(8_000));
    books.check();
}

#[test]
fn t18_units_cost_what_they_are_worth() {
    let (mut books, operator) = pool_of(PLAIN);
    // Half of the fund is spent: who comes now neither pays for that nor gains by it.
    books.spend(operator, 1_000).unwrap();
    books.nominate(operator, account(NINA), 10_000).unwrap();
    assert_eq!(books.position(operator, account(NINA)).units, 4_000);
    books.next_epoch();
    books.refund(operator, 3_000).unwrap();
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    // 4 000 of 6 000 units of 6 000.
    assert_eq!(
        books.position(operator, account(NINA)).withdrawals[0].fund,
        Balance(4_000)
    );
    books.check();
}

#[test]
fn t18_units_are_rounded_down() {
    let (mut books, operator) = pool_of(PLAIN);
    books.refund(operator, 1_000).unwrap();
    // 2 000 units for 3 000: 200 buy 133.3.
    books.nominate(operator, account(NINA), 1_000).unwrap();
    assert_eq!(books.position(operator, account(NINA)).units, 133);
    books.next_epoch();
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    // 133 of 2 133 units of 3 200 are 199.5.
    assert_eq!(
        books.position(operator, account(NINA)).withdrawals[0].fund,
        Balance(199)
    );
    books.check();
}

#[test]
fn t18_who_comes_has_no_part_in_refunds_of_what_was_paid_before() {
    // Nearly all of the fund is on its way: priced by what is left alone, a small deposit would own most of what comes back.
    let (mut books, operator) = pool_of(PLAIN);
    books.lend(operator, 1_990).unwrap();
    books.nominate(operator, account(NINA), 10_000).unwrap();
    assert_eq!(books.position(operator, account(NINA)).units, 2_000);
    books.next_epoch();
    books.refund_of(operator, 1_990, 1_990).unwrap();
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    assert_eq!(
        books.position(operator, account(NINA)).withdrawals[0].fund,
        Balance(2_000)
    );
    books.check();
}

#[test]
fn t18_what_does_not_come_back_is_outstanding_no_more() {
    let (mut books, operator) = pool_of(PLAIN);
    books.lend(operator, 1_000).unwrap();
    books.refund_of(operator, 1_000, 0).unwrap();
    assert_eq!(books.pool(operator).fund.outstanding, Balance::ZERO);
    books.nominate(operator, account(NINA), 5_000).unwrap();
    assert_eq!(books.position(operator, account(NINA)).units, 2_000);
    books.check();
}

#[test]
fn t18_who_goes_does_not_wait_for_what_is_outstanding() {
    let (mut books, operator) = nominated(PLAIN);
    books.lend(operator, 2_000).unwrap();
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    assert_eq!(
        books.position(operator, account(NINA)).withdrawals[0].fund,
        Balance(1_000)
    );
    books.check();
}

#[test]
fn t19_a_fund_with_money_outstanding_is_not_spent() {
    let (mut books, operator) = pool_of(PLAIN);
    books.lend(operator, 2_000).unwrap();
    books.nominate(operator, account(NINA), 5_000).unwrap();
    let pool = books.pool(operator);
    assert_eq!((pool.fund.units, pool.fund.era), (3_000, 0));
    // More comes back than was outstanding: nothing breaks.
    books.refund_of(operator, 9_000, 100).unwrap();
    assert_eq!(books.pool(operator).fund.outstanding, Balance::ZERO);
    books.check();
}

#[test]
fn t19_a_fund_that_is_spent_begins_anew() {
    let (mut books, operator) = nominated(PLAIN);
    books.spend(operator, 4_000).unwrap();
    books.nominate(operator, account(NICK), 10_000).unwrap();
    let pool = books.pool(operator);
    assert_eq!(
        (pool.fund.balance.0, pool.fund.units, pool.fund.era),
        (2_000, 2_000, 1)
    );
    books.next_epoch();
    // Units of before own nothing.
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    assert_eq!(
        books.position(operator, account(NINA)).withdrawals[0].fund,
        Balance::ZERO
    );
    books.withdraw(operator, account(NICK), Extent::All).unwrap();
    assert_eq!(
        books.position(operator, account(NICK)).withdrawals[0].fund,
        Balance(2_000)
    );
    books.check();
}

#[test]
fn t19_units_of_the_same_account_end_with_their_era_too() {
    let (mut books, operator) = nominated(PLAIN);
    books.nominate(operator, account(NINA), 10_000).unwrap();
    books.spend(operator, 6_000).unwrap();
    books.nominate(operator, account(NINA), 5_000).unwrap();
    let position = books.position(operator, account(NINA));
    assert_eq!((position.units, position.era), (1_000, 1));
    assert_eq!(position.deposit.unwrap().units, 1_000);
    books.next_epoch();
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    assert_eq!(
        books.position(operator, account(NINA)).withdrawals[0].fund,
        Balance(1_000)
    );
    books.check();
}

#[test]
fn t19_units_that_are_owed_to_the_owner_end_with_their_era() {
    let (mut books, operator) = nominated(decex_staking::PoolTerms { tax: 5_000, ..PLAIN });
    books.reward(operator, 10_000).unwrap();
    books.next_epoch();
    books.spend(operator, 5_000).unwrap();
    books.nominate(operator, account(NICK), 10_000).unwrap();
    books.nominate(operator, account(OWNER), 5).unwrap();
    assert_eq!(books.position(operator, account(OWNER)).units, 1);
    books.check();
}

#[test]
fn t19_spending_down_again_and_again_never_locks_deposits_out() {
    let (mut books, operator) = pool_of(PLAIN);
    let huge = 1_u128 << 100;
    books.free.insert(account(NINA), u128::MAX >> 1);
    for _ in 0..20 {
        books.nominate(operator, account(NINA), huge).unwrap();
        // All but a unit: what is left prices what comes.
        let left = books.pool(operator).fund.balance.0 - 1;
        books.spend(operator, left).unwrap();
        books.check();
    }
    assert!(books.pool(operator).fund.era > 0);
}

#[test]
fn t19_a_fund_that_is_merely_low_goes_on() {
    let (mut books, operator) = pool_of(PLAIN);
    books.spend(operator, 1_999).unwrap();
    books.nominate(operator, account(NINA), 5).unwrap();
    // One unit of money is 2 000 units: the old ones keep half.
    let pool = books.pool(operator);
    assert_eq!((pool.fund.units, pool.fund.era), (4_000, 0));
    books.check();
}

#[test]
fn who_withdraws_takes_no_more_of_the_fund_than_is_there() {
    let (mut books, operator) = nominated(PLAIN);
    books.spend(operator, 3_999).unwrap();
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    assert_eq!(
        books.position(operator, account(NINA)).withdrawals[0].fund,
        Balance::ZERO
    );
    assert_eq!(books.pool(operator).fund.balance, Balance(1));
    books.check();
}

#[test]
fn the_part_of_the_fund_that_is_withdrawn_pays_for_nothing_any_more() {
    let (mut books, operator) = nominated(PLAIN);
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    let refused = RefusedStaking::Fund {
        limit: Balance(2_000),
        found: Balance(2_001),
    };
    assert_eq!(books.spend(operator, 2_001), Err(refused));
    books.spend(operator, 2_000).unwrap();
    books.wait(3);
    assert_eq!(books.claim(operator, account(NINA)), Ok(10_000));
    books.leave(operator, account(OWNER)).unwrap();
    books.wait(3);
    assert_eq!(books.claim(operator, account(OWNER)), Ok(8_000));
    books.check();
}

#[test]
fn t7_units_of_a_fund_that_is_nearly_spent_stay_within_their_range() {
    let (mut books, operator) = pool_of(PLAIN);
    books.nominate(operator, account(NINA), 100_000_000).unwrap();
    let left = books.pool(operator).fund.balance.0 - 1;
    books.spend(operator, left).unwrap();
    // 2^24 units own one coin: 2^110 coins would buy more units than there can be.
    let units = books.pool(operator).fund.units;
    assert!(units > 1 << 24);
    let deposit = |amount: u128| nominate(&books, books.now(), operator, account(NICK), Balance(amount));
    let refused = StakingError::Refused(RefusedStaking::Range);
    assert_eq!(deposit(5 << 110), Err(refused));
    let bought = deposit(5 << 90).unwrap().pool.fund.units - units;
    assert_eq!(bought, units << 90);
}

#[test]
fn t18_a_tax_that_would_buy_too_many_units_belongs_to_all() {
    let (mut books, operator) = pool_of(PoolTerms { tax: 10_000, ..PLAIN });
    books.nominate(operator, account(NINA), 100_000_000).unwrap();
    let left = books.pool(operator).fund.balance.0 - 1;
    books.spend(operator, left).unwrap();
    books.next_epoch();
    // 2^24 units own one coin: the fifth of 2^113 coins would buy more units than there can be.
    let rewards = 1 << 113;
    books.reward(operator, rewards).unwrap();
    books.next_epoch();
    books.reward(operator, 0).unwrap();
    let pool = books.pool(operator);
    assert_eq!((pool.fund.balance.0, pool.owed_units), (rewards / 5 + 1, 0));
    books.check();
}
