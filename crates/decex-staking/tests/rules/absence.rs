//! Leaving, being taken out, returning.

use crate::common::{DIVISION, DOMAIN, RULES, account};
use crate::{NINA, OWNER, PLAIN, nominated};
use decex_staking::{Extent, PoolStatus, RefusedStaking};

#[test]
fn t5_only_who_takes_part_is_taken_out() {
    let (mut books, operator) = nominated(PLAIN);
    books.deactivate(operator).unwrap();
    let refused = RefusedStaking::Status {
        found: PoolStatus::Inactive { since: books.epoch },
    };
    assert_eq!(books.deactivate(operator), Err(refused));
    books.leave(operator, account(OWNER)).unwrap();
    let refused = RefusedStaking::Status {
        found: books.pool(operator).status,
    };
    assert_eq!(books.deactivate(operator), Err(refused));
}

#[test]
fn t5_nobody_leaves_twice() {
    let (mut books, operator) = nominated(PLAIN);
    books.leave(operator, account(OWNER)).unwrap();
    let before = books.pool(operator).status;
    books.next_epoch();
    // A second time would begin the lock anew for everybody.
    assert_eq!(
        books.leave(operator, account(OWNER)),
        Err(RefusedStaking::Status { found: before })
    );
    assert_eq!(books.pool(operator).status, before);
    let (mut books, operator) = nominated(PLAIN);
    books.slash(operator, &DIVISION).unwrap().unwrap();
    let found = books.pool(operator).status;
    assert_eq!(
        books.leave(operator, account(OWNER)),
        Err(RefusedStaking::Status { found })
    );
}

#[test]
fn t5_only_who_was_taken_out_returns() {
    let (mut books, operator) = nominated(PLAIN);
    let refused = RefusedStaking::Status {
        found: PoolStatus::Active,
    };
    assert_eq!(books.reactivate(operator, account(OWNER)), Err(refused));
    books.deactivate(operator).unwrap();
    books.wait(RULES.return_after);
    books.slash(operator, &DIVISION).unwrap().unwrap();
    let refused = RefusedStaking::Status {
        found: books.pool(operator).status,
    };
    assert_eq!(books.reactivate(operator, account(OWNER)), Err(refused));
}

#[test]
fn t11_only_the_operators_account_leaves_and_returns() {
    let (mut books, operator) = nominated(PLAIN);
    let refused = RefusedStaking::NotOwner {
        expected: account(OWNER),
        found: account(NINA),
    };
    assert_eq!(books.leave(operator, account(NINA)), Err(refused));
    books.deactivate(operator).unwrap();
    books.wait(RULES.return_after);
    assert_eq!(books.reactivate(operator, account(NINA)), Err(refused));
    assert_eq!(books.reactivate(operator, account(OWNER)), Ok(()));
    assert_eq!(books.leave(operator, account(OWNER)), Ok(()));
    assert_eq!(refused.code(), 11);
}

#[test]
fn t12_who_was_absent_returns_after_some_epochs() {
    let (mut books, operator) = nominated(PLAIN);
    books.deactivate(operator).unwrap();
    let expected = books.epoch + RULES.return_after;
    for _ in 0..RULES.return_after {
        let refused = RefusedStaking::TooEarly {
            expected,
            found: books.epoch,
        };
        assert_eq!(books.reactivate(operator, account(OWNER)), Err(refused));
        assert_eq!(refused.code(), 12);
        books.next_epoch();
    }
    assert_eq!(books.reactivate(operator, account(OWNER)), Ok(()));
    assert_eq!((books.counts(operator), books.total(DOMAIN)), (0, 0));
    books.next_epoch();
    assert_eq!((books.counts(operator), books.total(DOMAIN)), (16_000, 16_000));
    books.check();
}

#[test]
fn who_is_taken_out_counts_from_the_next_epoch_on_no_more() {
    let (mut books, operator) = nominated(PLAIN);
    books.deactivate(operator).unwrap();
    assert_eq!((books.counts(operator), books.total(DOMAIN)), (16_000, 16_000));
    books.next_epoch();
    assert_eq!((books.counts(operator), books.total(DOMAIN)), (0, 0));
    // Its nominators may go; its rewards still come.
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    books.reward(operator, 1_600).unwrap();
    books.wait(2);
    assert_eq!(books.claim(operator, account(NINA)), Ok(10_800));
    books.check();
}

#[test]
fn who_leaves_counts_from_the_next_epoch_on_no_more() {
    let (mut books, operator) = nominated(PLAIN);
    books.leave(operator, account(OWNER)).unwrap();
    books.next_epoch();
    assert_eq!((books.counts(operator), books.total(DOMAIN)), (0, 0));
    books.reward(operator, 1_600).unwrap();
    books.next_epoch();
    assert_eq!((books.counts(operator), books.total(DOMAIN)), (0, 0));
    books.check();
}
