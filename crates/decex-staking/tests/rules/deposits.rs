//! Registering and nominating.

use crate::common::{Books, DOMAIN, PURSE, RULES, account};
use crate::{NICK, NINA, OWNER, PLAIN, nominated, pool_of};
use decex_core::{Balance, OperatorId};
use decex_staking::{Extent, PoolStatus, PoolTerms, RefusedStaking, StakingError, nominate};

#[test]
fn t1_refuses_a_pool_that_is_not_there() {
    let (mut books, _) = pool_of(PLAIN);
    let unknown = OperatorId(9);
    let refused = RefusedStaking::UnknownPool { found: unknown };
    let before = books.clone();
    assert_eq!(books.nominate(unknown, account(NINA), 10_000), Err(refused));
    assert_eq!(books.withdraw(unknown, account(NINA), Extent::All), Err(refused));
    assert_eq!(books.claim(unknown, account(NINA)), Err(refused));
    assert_eq!(books.leave(unknown, account(OWNER)), Err(refused));
    assert_eq!(books.deactivate(unknown), Err(refused));
    assert_eq!(books.reactivate(unknown, account(OWNER)), Err(refused));
    assert_eq!(books.slash(unknown, &crate::common::DIVISION), Err(refused));
    assert_eq!(books.reward(unknown, 1), Err(refused));
    assert_eq!(books.refund(unknown, 1), Err(refused));
    assert_eq!(books.spend(unknown, 1), Err(refused));
    assert_eq!(books, before, "a refused call changes nothing");
    assert_eq!(refused.code(), 1);
}

#[test]
fn t2_a_tax_is_at_most_everything() {
    let mut books = Books::with([account(OWNER)]);
    let terms = |tax| PoolTerms { tax, ..PLAIN };
    let refused = RefusedStaking::Tax {
        limit: 10_000,
        found: 10_001,
    };
    assert_eq!(
        books.register(0, account(OWNER), terms(10_001), 10_000),
        Err(refused)
    );
    assert_eq!(
        books.register(0, account(OWNER), terms(10_000), 10_000),
        Ok(OperatorId(0))
    );
    assert_eq!(refused.code(), 2);
}

#[test]
fn t3_the_part_of_the_deposit_that_is_stake_reaches_the_minimum() {
    let mut books = Books::with([account(OWNER)]);
    // A fifth goes to the fund: 1 249 leaves 1 000, 1 248 leaves 999.
    let refused = RefusedStaking::OwnStake {
        limit: RULES.minimum_stake,
        found: Balance(999),
    };
    assert_eq!(books.register(0, account(OWNER), PLAIN, 1_248), Err(refused));
    assert_eq!(books.free[&account(OWNER)], PURSE);
    assert_eq!(books.register(0, account(OWNER), PLAIN, 1_249), Ok(OperatorId(0)));
    assert_eq!(books.pool(OperatorId(0)).stake, Balance(1_000));
    assert_eq!(refused.code(), 3);
}

#[test]
fn t3_a_minimum_of_nothing_is_one() {
    let mut books = Books::with([account(OWNER)]);
    let rules = decex_staking::StakingRules {
        minimum_stake: Balance::ZERO,
        ..RULES
    };
    let registration = |deposit| decex_staking::Registration {
        operator: OperatorId(0),
        domain: DOMAIN,
        owner: account(OWNER),
        terms: PLAIN,
        deposit: Balance(deposit),
    };
    let refused = RefusedStaking::OwnStake {
        limit: Balance(1),
        found: Balance::ZERO,
    };
    let now = books.now();
    let registered = decex_staking::register(&books, now, &rules, &registration(0));
    assert_eq!(registered, Err(StakingError::Refused(refused)));
    let registered = decex_staking::register(&books, now, &rules, &registration(1)).unwrap();
    books.apply(registered);
    books.check();
}

#[test]
fn t30_a_pool_asks_at_least_what_the_host_does() {
    let books = Books::with([account(OWNER)]);
    let rules = decex_staking::StakingRules {
        minimum_nomination: Balance(50),
        ..RULES
    };
    let registration = |minimum| decex_staking::Registration {
        operator: OperatorId(0),
        domain: DOMAIN,
        owner: account(OWNER),
        terms: PoolTerms {
            minimum_nomination: Balance(minimum),
            ..PLAIN
        },
        deposit: Balance(10_000),
    };
    let refused = RefusedStaking::Nomination {
        limit: Balance(50),
        found: Balance(49),
    };
    let registered = |minimum| decex_staking::register(&books, books.now(), &rules, &registration(minimum));
    assert_eq!(registered(49), Err(StakingError::Refused(refused)));
    assert!(registered(50).is_ok());
    assert_eq!(refused.code(), 30);
}

#[test]
fn t4_a_deposit_buys_a_share_at_least() {
    let (mut books, operator) = pool_of(PLAIN);
    // The price of a share becomes two.
    books.reward(operator, 8_000).unwrap();
    books.next_epoch();
    assert_eq!(
        books.nominate(operator, account(NINA), 0),
        Err(RefusedStaking::Nothing)
    );
    assert_eq!(
        books.nominate(operator, account(NINA), 1),
        Err(RefusedStaking::Nothing)
    );
    assert_eq!(books.nominate(operator, account(NINA), 2), Ok(()));
    assert_eq!(RefusedStaking::Nothing.code(), 4);
}

#[test]
fn t5_nobody_nominates_who_does_not_take_part() {
    let (mut books, operator) = nominated(PLAIN);
    let mut inactive = books.clone();
    inactive.deactivate(operator).unwrap();
    let mut slashed = books.clone();
    slashed.slash(operator, &crate::common::DIVISION).unwrap();
    books.leave(operator, account(OWNER)).unwrap();
    for mut books in [books, inactive, slashed] {
        let refused = RefusedStaking::Status {
            found: books.pool(operator).status,
        };
        assert_eq!(books.nominate(operator, account(NICK), 10_000), Err(refused));
        // Nor the operator itself.
        assert_eq!(books.nominate(operator, account(OWNER), 10_000), Err(refused));
        assert_eq!(refused.code(), 5);
    }
}

#[test]
fn t6_a_nominator_reaches_the_minimum_of_the_pool() {
    let terms = PoolTerms {
        minimum_nomination: Balance(500),
        ..PLAIN
    };
    let (mut books, operator) = pool_of(terms);
    let refused = RefusedStaking::Minimum {
        limit: Balance(500),
        found: Balance(499),
    };
    assert_eq!(books.nominate(operator, account(NINA), 499), Err(refused));
    assert_eq!(books.nominate(operator, account(NINA), 500), Ok(()));
    // What is there counts with what comes.
    assert_eq!(books.nominate(operator, account(NINA), 5), Ok(()));
    // The operator's own minimum is another rule.
    assert_eq!(books.nominate(operator, account(OWNER), 5), Ok(()));
    assert_eq!(refused.code(), 6);
}

#[test]
fn t7_sums_stay_within_their_range() {
    let (books, operator) = pool_of(PLAIN);
    for deposit in [u128::MAX, u128::MAX - 1_000] {
        let answer = nominate(&books, books.now(), operator, account(NINA), Balance(deposit));
        assert_eq!(answer, Err(StakingError::Refused(RefusedStaking::Range)));
    }
    // The total of a domain is a sum too: two pools, each within the range.
    let mut books = books;
    let half = u128::MAX / 2 + 1;
    books.free.insert(account(NINA), u128::MAX);
    let registered = books.register(1, account(NINA), PLAIN, half);
    assert_eq!(registered, Ok(OperatorId(1)));
    let registration = decex_staking::Registration {
        operator: OperatorId(2),
        domain: DOMAIN,
        owner: account(NICK),
        terms: PLAIN,
        deposit: Balance(u128::MAX),
    };
    let answer = decex_staking::register(&books, books.now(), &RULES, &registration);
    assert_eq!(answer, Err(StakingError::Refused(RefusedStaking::Range)));
    assert_eq!(RefusedStaking::Range.code(), 7);
}

#[test]
fn t15_a_deposit_becomes_shares_rounded_down() {
    let (mut books, operator) = pool_of(PLAIN);
    // 8 000 shares for 12 000: a share and a half cost a unit and a half more.
    books.reward(operator, 4_000).unwrap();
    books.next_epoch();
    // 100 at 2/3 are 66.67 shares.
    books.nominate(operator, account(NINA), 125).unwrap();
    books.next_epoch();
    books.nominate(operator, account(NINA), 125).unwrap();
    assert_eq!(books.position(operator, account(NINA)).shares, 66);
    assert_eq!(books.pool(operator).shares, 8_066);
    books.check();
}

#[test]
fn t20_at_least_four_fifths_of_a_deposit_are_stake() {
    let (mut books, operator) = pool_of(PLAIN);
    books.nominate(operator, account(NINA), 9).unwrap();
    assert_eq!(books.pool(operator).joining, Balance(8));
    assert_eq!(books.pool(operator).fund.balance, Balance(2_001));
    books.nominate(operator, account(NICK), 4).unwrap();
    assert_eq!(books.pool(operator).joining, Balance(12));
    books.check();
}

#[test]
fn a_deposit_counts_from_the_next_epoch_on() {
    let (mut books, operator) = pool_of(PLAIN);
    assert_eq!((books.counts(operator), books.total(DOMAIN)), (8_000, 8_000));
    books.nominate(operator, account(NINA), 10_000).unwrap();
    assert_eq!((books.counts(operator), books.total(DOMAIN)), (8_000, 8_000));
    books.next_epoch();
    assert_eq!((books.counts(operator), books.total(DOMAIN)), (16_000, 16_000));
}

#[test]
fn a_registration_counts_from_the_next_epoch_on() {
    let mut books = Books::with([account(OWNER)]);
    let operator = books.register(0, account(OWNER), PLAIN, 10_000).unwrap();
    assert_eq!((books.counts(operator), books.total(DOMAIN)), (0, 0));
    assert_eq!(books.pool(operator).status, PoolStatus::Active);
    books.next_epoch();
    assert_eq!((books.counts(operator), books.total(DOMAIN)), (8_000, 8_000));
}
