//! Asking for money back.

use crate::common::{RULES, account};
use crate::{NICK, NINA, OWNER, PLAIN, nominated};
use decex_core::{Balance, ConsensusNumber};
use decex_staking::{Extent, MAX_WITHDRAWALS, PoolTerms, RefusedStaking, Value};

#[test]
fn t3_an_operator_keeps_its_own_minimum() {
    let (mut books, operator) = nominated(PLAIN);
    let refused = RefusedStaking::OwnStake {
        limit: RULES.minimum_stake,
        found: Balance(999),
    };
    assert_eq!(
        books.withdraw(operator, account(OWNER), Extent::Shares(7_001)),
        Err(refused)
    );
    let nothing = RefusedStaking::OwnStake {
        limit: RULES.minimum_stake,
        found: Balance::ZERO,
    };
    assert_eq!(
        books.withdraw(operator, account(OWNER), Extent::All),
        Err(nothing)
    );
    // Nor by being absent in between.
    let mut absent = books.clone();
    absent.deactivate(operator).unwrap();
    assert_eq!(
        absent.withdraw(operator, account(OWNER), Extent::Shares(7_001)),
        Err(refused)
    );
    assert_eq!(
        books.withdraw(operator, account(OWNER), Extent::Shares(7_000)),
        Ok(())
    );
    assert_eq!(
        books.withdraw(operator, account(OWNER), Extent::Shares(1)),
        Err(refused)
    );
    books.check();
}

#[test]
fn t3_a_deposit_that_waits_is_no_stake_yet() {
    let (mut books, operator) = nominated(PLAIN);
    books.nominate(operator, account(OWNER), 1_000_000).unwrap();
    let refused = RefusedStaking::OwnStake {
        limit: RULES.minimum_stake,
        found: Balance(999),
    };
    assert_eq!(
        books.withdraw(operator, account(OWNER), Extent::Shares(7_001)),
        Err(refused)
    );
}

#[test]
fn t4_a_withdrawal_is_of_something() {
    let (mut books, operator) = nominated(PLAIN);
    assert_eq!(
        books.withdraw(operator, account(NINA), Extent::Shares(0)),
        Err(RefusedStaking::Nothing)
    );
    // Who has no share has nothing to withdraw.
    assert_eq!(
        books.withdraw(operator, account(NICK), Extent::All),
        Err(RefusedStaking::Nothing)
    );
    books.nominate(operator, account(NICK), 10_000).unwrap();
    assert_eq!(
        books.withdraw(operator, account(NICK), Extent::All),
        Err(RefusedStaking::Nothing)
    );
}

#[test]
fn t5_nothing_is_withdrawn_from_a_pool_that_is_left_or_slashed() {
    let (mut books, operator) = nominated(PLAIN);
    let mut inactive = books.clone();
    inactive.deactivate(operator).unwrap();
    assert_eq!(inactive.withdraw(operator, account(NINA), Extent::All), Ok(()));
    let mut slashed = books.clone();
    slashed.slash(operator, &crate::common::DIVISION).unwrap();
    books.leave(operator, account(OWNER)).unwrap();
    for mut books in [books, slashed] {
        let refused = RefusedStaking::Status {
            found: books.pool(operator).status,
        };
        assert_eq!(books.withdraw(operator, account(NINA), Extent::All), Err(refused));
    }
}

#[test]
fn t6_a_nominator_withdraws_all_or_keeps_the_minimum() {
    let terms = PoolTerms {
        minimum_nomination: Balance(2_500),
        ..PLAIN
    };
    let (mut books, operator) = nominated(terms);
    // 6 001 of 8 000 shares take 1 500 of 2 000 units with them.
    let refused = RefusedStaking::Minimum {
        limit: Balance(2_500),
        found: Balance(2_499),
    };
    assert_eq!(
        books.withdraw(operator, account(NINA), Extent::Shares(6_001)),
        Err(refused)
    );
    assert_eq!(
        books.withdraw(operator, account(NINA), Extent::Shares(6_000)),
        Ok(())
    );
    assert_eq!(books.withdraw(operator, account(NINA), Extent::All), Ok(()));
    assert_eq!(books.position(operator, account(NINA)).shares, 0);
    books.check();
}

#[test]
fn t6_a_deposit_that_waits_counts_for_the_minimum() {
    let terms = PoolTerms {
        minimum_nomination: Balance(2_500),
        ..PLAIN
    };
    let (mut books, operator) = nominated(terms);
    books.nominate(operator, account(NINA), 2_500).unwrap();
    assert_eq!(books.withdraw(operator, account(NINA), Extent::All), Ok(()));
    let (mut books, operator) = nominated(terms);
    books.nominate(operator, account(NINA), 100).unwrap();
    let refused = RefusedStaking::Minimum {
        limit: Balance(2_500),
        found: Balance(100),
    };
    assert_eq!(books.withdraw(operator, account(NINA), Extent::All), Err(refused));
}

#[test]
fn t8_no_more_than_there_is() {
    let (mut books, operator) = nominated(PLAIN);
    let refused = RefusedStaking::Shares {
        limit: 8_000,
        found: 8_001,
    };
    assert_eq!(
        books.withdraw(operator, account(NINA), Extent::Shares(8_001)),
        Err(refused)
    );
    assert_eq!(
        books.withdraw(operator, account(NINA), Extent::Shares(5_000)),
        Ok(())
    );
    let refused = RefusedStaking::Shares {
        limit: 3_000,
        found: 5_000,
    };
    assert_eq!(
        books.withdraw(operator, account(NINA), Extent::Shares(5_000)),
        Err(refused)
    );
    assert_eq!(
        books.withdraw(operator, account(NINA), Extent::Shares(3_000)),
        Ok(())
    );
    assert_eq!(refused.code(), 8);
    books.check();
}

#[test]
fn t9_few_withdrawals_wait_at_a_time() {
    let (mut books, operator) = nominated(PLAIN);
    for _ in 0..MAX_WITHDRAWALS {
        books
            .withdraw(operator, account(NINA), Extent::Shares(1))
            .unwrap();
        // Those of one epoch are one.
        books
            .withdraw(operator, account(NINA), Extent::Shares(1))
            .unwrap();
        books.next_epoch();
    }
    let refused = RefusedStaking::Withdrawals {
        limit: MAX_WITHDRAWALS,
    };
    assert_eq!(
        books.withdraw(operator, account(NINA), Extent::Shares(1)),
        Err(refused)
    );
    assert_eq!(refused.code(), 9);
    books.claim(operator, account(NINA)).unwrap();
    assert_eq!(books.withdraw(operator, account(NINA), Extent::Shares(1)), Ok(()));
    books.check();
}

#[test]
fn withdrawals_of_one_epoch_are_one_and_lock_anew() {
    let (mut books, operator) = nominated(PLAIN);
    books
        .withdraw(operator, account(NINA), Extent::Shares(1_000))
        .unwrap();
    books.block += 3;
    books
        .withdraw(operator, account(NINA), Extent::Shares(500))
        .unwrap();
    let position = books.position(operator, account(NINA));
    assert_eq!(position.withdrawals.len(), 1);
    assert_eq!(position.withdrawals[0].value, Value::Shares(1_500));
    assert_eq!(
        position.withdrawals[0].unlock,
        ConsensusNumber(books.block + RULES.unlock_period)
    );
    // 250 and 125 of the fund's 4 000.
    assert_eq!(position.withdrawals[0].fund, Balance(375));
    books.check();
}

#[test]
fn t21_the_part_of_the_fund_is_rounded_down() {
    let (mut books, operator) = nominated(PLAIN);
    // 3 of 8 000 shares are 0.75 of 2 000 units.
    books
        .withdraw(operator, account(NINA), Extent::Shares(3))
        .unwrap();
    assert_eq!(
        books.position(operator, account(NINA)).withdrawals[0].fund,
        Balance::ZERO
    );
    assert_eq!(books.position(operator, account(NINA)).units, 2_000);
    // All is all.
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    assert_eq!(books.position(operator, account(NINA)).units, 0);
    books.check();
}

#[test]
fn t21_units_of_a_deposit_that_waits_stay_with_it() {
    let (mut books, operator) = nominated(PLAIN);
    books.nominate(operator, account(NINA), 50_000).unwrap();
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    let position = books.position(operator, account(NINA));
    assert_eq!(
        (position.units, position.withdrawals[0].fund),
        (10_000, Balance(2_000))
    );
    books.check();
}

#[test]
fn a_withdrawal_counts_until_the_epochs_end() {
    let (mut books, operator) = nominated(PLAIN);
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    assert_eq!(books.counts(operator), 16_000);
    books.next_epoch();
    assert_eq!(books.counts(operator), 8_000);
}
