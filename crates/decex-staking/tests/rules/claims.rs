//! Claiming: when nothing can be held against the money any more, and only then.

use crate::common::{DIVISION, PURSE, RULES, TREASURY, account};
use crate::{NICK, NINA, OWNER, PLAIN, nominated, pool_of};
use decex_core::{Balance, ConsensusNumber};
use decex_staking::{Extent, PoolStatus, PoolTerms, RefusedStaking};

#[test]
fn t10_a_withdrawal_is_claimed_when_its_period_is_over() {
    let (mut books, operator) = nominated(PLAIN);
    books
        .withdraw(operator, account(NINA), Extent::Shares(4_000))
        .unwrap();
    let unlock = books.block + RULES.unlock_period;
    books.next_epoch();
    books.block = unlock - 1;
    let refused = RefusedStaking::NothingDue {
        unlock: Some(ConsensusNumber(unlock)),
    };
    assert_eq!(books.claim(operator, account(NINA)), Err(refused));
    assert_eq!(refused.code(), 10);
    books.block = unlock;
    assert_eq!(books.claim(operator, account(NINA)), Ok(4_000 + 1_000));
    // Once.
    assert_eq!(
        books.claim(operator, account(NINA)),
        Err(RefusedStaking::NothingDue { unlock: None })
    );
    books.check();
}

#[test]
fn t10_a_withdrawal_waits_for_its_epochs_end_however_short_its_lock() {
    let (mut books, operator) = nominated(PLAIN);
    books
        .withdraw(operator, account(NINA), Extent::Shares(4_000))
        .unwrap();
    books.block += 1_000;
    // The epoch has not ended: the shares still count in elections.
    assert!(matches!(
        books.claim(operator, account(NINA)),
        Err(RefusedStaking::NothingDue { .. })
    ));
    books.next_epoch();
    assert_eq!(books.claim(operator, account(NINA)), Ok(5_000));
}

#[test]
fn t10_a_withdrawal_waits_until_its_epoch_is_settled() {
    let (mut books, operator) = nominated(PLAIN);
    let epoch = books.epoch;
    books
        .withdraw(operator, account(NINA), Extent::Shares(4_000))
        .unwrap();
    books.wait(100);
    // Whatever the reason: a receipt without its engine, a removal that is not swept, a domain that nobody executes.
    books.settled.insert(operator, epoch - 1);
    assert!(matches!(
        books.claim(operator, account(NINA)),
        Err(RefusedStaking::NothingDue { .. })
    ));
    books.settled.insert(operator, epoch);
    assert_eq!(books.claim(operator, account(NINA)), Ok(5_000));
}

#[test]
fn t10_what_is_left_is_claimed_when_its_period_is_over() {
    let (mut books, operator) = nominated(PLAIN);
    books.leave(operator, account(OWNER)).unwrap();
    let unlock = books.block + RULES.unlock_period;
    books.next_epoch();
    books.block = unlock - 1;
    let refused = RefusedStaking::NothingDue {
        unlock: Some(ConsensusNumber(unlock)),
    };
    for n in [OWNER, NINA] {
        assert_eq!(books.claim(operator, account(n)), Err(refused));
    }
    books.block = unlock;
    for n in [OWNER, NINA] {
        assert_eq!(books.claim(operator, account(n)), Ok(10_000));
        assert_eq!(books.free[&account(n)], PURSE);
        let nothing = RefusedStaking::NothingDue { unlock: None };
        assert_eq!(books.claim(operator, account(n)), Err(nothing));
    }
    assert_eq!(books.pool(operator).status, PoolStatus::Left);
    books.check();
}

#[test]
fn t10_what_is_left_waits_until_it_is_settled() {
    let (mut books, operator) = nominated(PLAIN);
    let epoch = books.epoch;
    books.leave(operator, account(OWNER)).unwrap();
    books.wait(100);
    books.settled.insert(operator, epoch - 1);
    assert!(books.claim(operator, account(NINA)).is_err());
    books.settled.insert(operator, epoch);
    assert_eq!(books.claim(operator, account(NINA)), Ok(10_000));
}

#[test]
fn t10_what_is_left_waits_for_its_epochs_end() {
    let (mut books, operator) = nominated(PLAIN);
    books.leave(operator, account(OWNER)).unwrap();
    books.block += 1_000;
    assert!(books.claim(operator, account(NINA)).is_err());
}

#[test]
fn a_withdrawal_of_a_pool_that_is_left_keeps_its_own_lock() {
    let (mut books, operator) = nominated(PLAIN);
    books
        .withdraw(operator, account(NINA), Extent::Shares(4_000))
        .unwrap();
    let unlock = books.block + RULES.unlock_period;
    books.next_epoch();
    books.leave(operator, account(OWNER)).unwrap();
    books.next_epoch();
    books.block = unlock;
    assert_eq!(books.claim(operator, account(NINA)), Ok(5_000));
    assert!(books.claim(operator, account(NINA)).is_err());
    books.wait(2);
    assert_eq!(books.claim(operator, account(NINA)), Ok(5_000));
    books.check();
}

#[test]
fn a_deposit_of_the_epoch_in_which_the_operator_leaves_is_paid_back_whole() {
    let (mut books, operator) = nominated(PLAIN);
    books.nominate(operator, account(NICK), 10_000).unwrap();
    books.leave(operator, account(OWNER)).unwrap();
    books.wait(3);
    assert_eq!(books.claim(operator, account(NICK)), Ok(10_000));
    books.check();
}

#[test]
fn rewards_that_come_after_the_operator_left_go_to_all_who_have_not_claimed() {
    let (mut books, operator) = nominated(PLAIN);
    books.leave(operator, account(OWNER)).unwrap();
    books.next_epoch();
    assert_eq!(books.reward(operator, 1_000), Ok(true));
    books.wait(2);
    assert_eq!(books.claim(operator, account(NINA)), Ok(10_500));
    assert_eq!(books.claim(operator, account(OWNER)), Ok(10_500));
    // Nobody is left.
    assert_eq!(books.reward(operator, 1_000), Ok(false));
    assert_eq!(books.free[&TREASURY], 1_000);
    books.check();
}

#[test]
fn late_rewards_of_a_pool_without_shares_do_not_lock_the_last_who_has_something_in_it() {
    let (mut books, operator) = nominated(PoolTerms { tax: 10_000, ..PLAIN });
    books.leave(operator, account(OWNER)).unwrap();
    books.wait(2);
    books.reward(operator, 500).unwrap();
    for n in [OWNER, NINA] {
        books.claim(operator, account(n)).unwrap();
    }
    assert_eq!(books.pool(operator).status, PoolStatus::Left);
    assert_eq!((books.custody, books.free[&TREASURY]), (0, 500));
    books.check();
}

#[test]
fn what_rounding_left_goes_to_the_treasury_with_the_last() {
    let (mut books, operator) = nominated(PLAIN);
    // Two deposits of one epoch become shares apart and are counted together: a share may be nobody's.
    for n in 0..5 {
        books.reward(operator, 1_001).unwrap();
        books.nominate(operator, account(NICK), 1_007 + n).unwrap();
        books.nominate(operator, account(3), 1_003 + n).unwrap();
        books.next_epoch();
    }
    books.leave(operator, account(OWNER)).unwrap();
    books.wait(3);
    let mut paid = 0;
    for n in [NINA, NICK, 3, OWNER] {
        paid += books.claim(operator, account(n)).unwrap();
    }
    let dust = 20_000 + 5 * 1_001 + 5 * (1_007 + 1_003) + 20 - paid;
    assert_eq!(books.free[&TREASURY], dust);
    assert!(0 < dust && dust < 10, "{dust}");
    assert_eq!(books.custody, 0);
    books.check();
}

#[test]
fn t22_what_was_deposited_in_the_epoch_of_a_slash_is_claimed_at_once() {
    let (mut books, operator) = nominated(PLAIN);
    books.nominate(operator, account(NICK), 10_000).unwrap();
    books.nominate(operator, account(NINA), 1_000).unwrap();
    let slashed = books.slash(operator, &DIVISION).unwrap().unwrap();
    assert_eq!(slashed.refunded.0, 11_000);
    assert_eq!(books.claim(operator, account(NICK)), Ok(10_000));
    // Of a position with more in it, only that.
    assert_eq!(books.claim(operator, account(NINA)), Ok(1_000));
    assert_eq!(books.claim(operator, account(OWNER)), Ok(0));
    assert_eq!(
        books.claim(operator, account(OWNER)),
        Err(RefusedStaking::NothingDue { unlock: None })
    );
    assert!(books.positions.is_empty() && books.prices.is_empty());
    assert_eq!(books.custody, 0);
    books.check();
}

#[test]
fn t22_what_was_deposited_before_is_gone_even_if_nobody_noticed_its_shares() {
    let (mut books, operator) = nominated(PLAIN);
    books.nominate(operator, account(NICK), 10_000).unwrap();
    books
        .withdraw(operator, account(NINA), Extent::Shares(10))
        .unwrap();
    books.wait(4);
    books.slash(operator, &DIVISION).unwrap().unwrap();
    books.wait(10);
    assert_eq!(books.claim(operator, account(NICK)), Ok(0));
    assert_eq!(books.claim(operator, account(NINA)), Ok(0));
    assert!(books.prices.is_empty());
    books.check();
}

#[test]
fn t26_rewards_are_nobodys_where_no_share_is_left_of_a_pool_that_is_not_closed() {
    let (mut books, operator) = pool_of(PLAIN);
    // A coin that buys a share now, and half of one at the epoch's end.
    books.nominate(operator, account(NINA), 1).unwrap();
    books.reward(operator, 8_000).unwrap();
    books.next_epoch();
    books.leave(operator, account(OWNER)).unwrap();
    books.wait(4);
    assert_eq!(books.claim(operator, account(OWNER)), Ok(16_001 + 2_000));
    assert!(matches!(books.pool(operator).status, PoolStatus::Leaving { .. }));
    assert_eq!(
        (books.pool(operator).shares, books.pool(operator).holders),
        (0, 1)
    );
    assert!(!books.reward(operator, 100).unwrap(), "the treasury has it");
    assert_eq!(books.pool(operator).rewards, Balance::ZERO);
    assert_eq!(books.claim(operator, account(NINA)), Ok(0));
    assert_eq!(books.pool(operator).status, PoolStatus::Left);
    books.check();
}
