//! What an epoch's end does, whenever it is noticed.

use crate::common::{PURSE, RULES, account};
use crate::{NICK, NINA, OWNER, PLAIN, nominated, pool_of};
use decex_core::Balance;
use decex_staking::{Extent, PoolTerms, Price, Value};

#[test]
fn t14_deposits_and_withdrawals_have_the_price_after_the_rewards() {
    let (mut books, operator) = nominated(PLAIN);
    // Asked for before the reward comes, and paid by it all the same; the deposit has no part in it.
    books
        .withdraw(operator, account(NINA), Extent::Shares(4_000))
        .unwrap();
    books.nominate(operator, account(NICK), 10_000).unwrap();
    books.reward(operator, 16_000).unwrap();
    books.next_epoch();
    books.check();
    books
        .withdraw(operator, account(NINA), Extent::Shares(1))
        .unwrap();
    let withdrawal = books.position(operator, account(NINA)).withdrawals[0];
    assert_eq!(withdrawal.value, Value::Amount(Balance(8_000)));
    books.nominate(operator, account(NICK), 2).unwrap();
    assert_eq!(books.position(operator, account(NICK)).shares, 4_000);
    books.check();
}

#[test]
fn t14_the_price_of_an_epoch_is_kept_as_long_as_somebody_waits_for_it() {
    let (mut books, operator) = nominated(PLAIN);
    let epoch = books.epoch;
    books.nominate(operator, account(NICK), 10_000).unwrap();
    books.nominate(operator, account(NINA), 10_000).unwrap();
    books.wait(5);
    // Later prices are others.
    books.reward(operator, 32_000).unwrap();
    books.next_epoch();
    books.nominate(operator, account(OWNER), 10).unwrap();
    let price = Price {
        stake: Balance(16_000),
        shares: 16_000,
        waiting: 2,
    };
    assert_eq!(books.prices[&(operator, epoch)], price);
    books.nominate(operator, account(NICK), 10).unwrap();
    assert_eq!(books.position(operator, account(NICK)).shares, 8_000);
    assert_eq!(books.prices[&(operator, epoch)].waiting, 1);
    books.nominate(operator, account(NINA), 10).unwrap();
    assert_eq!(books.position(operator, account(NINA)).shares, 16_000);
    assert!(!books.prices.contains_key(&(operator, epoch)));
    books.check();
}

#[test]
fn t14_an_epoch_that_nobody_waits_for_leaves_no_price() {
    let (mut books, operator) = nominated(PLAIN);
    for _ in 0..20 {
        books.reward(operator, 100).unwrap();
        books.next_epoch();
    }
    books.reward(operator, 100).unwrap();
    // The nominator's first deposit waits to be noticed, and nobody else does.
    assert_eq!(books.prices.len(), 1);
    books.check();
}

#[test]
fn t16_a_withdrawal_is_paid_rounded_down() {
    let (mut books, operator) = nominated(PLAIN);
    books.reward(operator, 1_000).unwrap();
    books
        .withdraw(operator, account(NINA), Extent::Shares(7))
        .unwrap();
    books.wait(3);
    // 7 · 17 000 / 16 000 = 7.44, and 7 · 2 000 / 8 000 = 1.75 units of the fund.
    assert_eq!(books.claim(operator, account(NINA)), Ok(7 + 1));
    books.check();
}

#[test]
fn t17_the_tax_is_rounded_down_and_restaked() {
    let terms = PoolTerms { tax: 1_000, ..PLAIN };
    let (mut books, operator) = pool_of(terms);
    // A tenth of 1 009 is 100: 20 of it for the fund, 80 buy shares at 8 000 for 8 909.
    books.reward(operator, 1_009).unwrap();
    books.next_epoch();
    books.nominate(operator, account(OWNER), 10).unwrap();
    let (bought, pool) = (80 * 8_000 / 8_909, books.pool(operator));
    assert_eq!(books.position(operator, account(OWNER)).shares, 8_000 + bought);
    assert_eq!((pool.stake.0, pool.shares), (8_000 + 909 + 80, 8_000 + bought));
    assert_eq!(pool.fund.balance.0, 2_000 + 20 + 2);
    books.check();
}

#[test]
fn t17_a_tax_of_everything_leaves_nominators_their_stake() {
    let terms = PoolTerms { tax: 10_000, ..PLAIN };
    let (mut books, operator) = nominated(terms);
    books.reward(operator, 10_000).unwrap();
    books.next_epoch();
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    books.wait(3);
    assert_eq!(books.claim(operator, account(NINA)), Ok(10_000));
    assert_eq!(books.free[&account(NINA)], PURSE);
    books.check();
}

#[test]
fn many_epochs_at_once_are_as_many_one_by_one() {
    let (mut lazy, operator) = nominated(PoolTerms { tax: 500, ..PLAIN });
    lazy.reward(operator, 777).unwrap();
    lazy.nominate(operator, account(NICK), 333).unwrap();
    let mut eager = lazy.clone();
    for _ in 0..1_000 {
        eager.next_epoch();
        // A touch that changes nothing else.
        eager.refund(operator, 0).unwrap();
    }
    lazy.wait(1_000);
    lazy.refund(operator, 0).unwrap();
    assert_eq!(lazy, eager);
}

#[test]
fn the_price_of_a_share_never_falls() {
    let (mut books, operator) = nominated(PoolTerms { tax: 700, ..PLAIN });
    let mut last = (1_u128, 1_u128);
    for n in 0..300_u128 {
        books
            .nominate(operator, account(NICK), 1_000 + n * 37 % 91)
            .unwrap();
        if n % 3 == 0 {
            books.reward(operator, n * 53 % 400).unwrap();
        }
        if n > 2 {
            books
                .withdraw(operator, account(NICK), Extent::Shares(1 + n * 17 % 700))
                .unwrap();
        }
        books.next_epoch();
        books.refund(operator, 0).unwrap();
        let _ = books.claim(operator, account(NICK));
        let pool = books.pool(operator);
        let price = (pool.stake.0, pool.shares);
        assert!(price.0 * last.1 >= last.0 * price.1, "{last:?} {price:?}");
        last = price;
    }
    assert!(last.0 > last.1, "rewards have raised it");
    assert!(books.free[&account(NICK)] < PURSE);
    books.check();
}

#[test]
fn rounding_never_pays_who_moves_back_and_forth() {
    let (mut books, operator) = nominated(PLAIN);
    books.reward(operator, 3_333).unwrap();
    books.next_epoch();
    let nick = account(NICK);
    for n in 0..50_u128 {
        let before = books.free[&nick];
        books.nominate(operator, nick, 100 + n).unwrap();
        books.next_epoch();
        books.withdraw(operator, nick, Extent::All).unwrap();
        books.wait(RULES.unlock_period / 5 + 1);
        books.claim(operator, nick).unwrap();
        let lost = before - books.free[&nick];
        assert!(
            lost <= 3,
            "{lost} lost where three roundings can take a unit each"
        );
        assert!(!books.positions.contains_key(&(operator, nick)));
    }
    let nina = books.position(operator, account(NINA)).clone();
    assert_eq!(nina.units, 2_000);
    assert_eq!(books.position(operator, account(OWNER)).shares, 8_000);
    books.check();
}
