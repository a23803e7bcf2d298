//! Slashes: everything, once, in one step.

use crate::common::{Books, DIVISION, DOMAIN, PURSE, REPORTER, TREASURY, account};
use crate::{NICK, NINA, OWNER, PLAIN, nominated, pool_of};
use decex_core::{Balance, OperatorId};
use decex_staking::{Division, Extent, Payment, PoolStatus, RefusedStaking, WHOLE};

#[test]
fn t23_a_slash_takes_everything_once() {
    let (mut books, operator) = nominated(PLAIN);
    books
        .withdraw(operator, account(NINA), Extent::Shares(3_000))
        .unwrap();
    books.next_epoch();
    books.reward(operator, 700).unwrap();
    let slashed = books.slash(operator, &DIVISION).unwrap().unwrap();
    assert_eq!(slashed.taken, Balance(20_700));
    assert_eq!(books.slash(operator, &DIVISION), Ok(None));
    books.next_epoch();
    assert_eq!(books.slash(operator, &DIVISION), Ok(None));
    assert_eq!(books.custody, 0);
    assert!(matches!(books.pool(operator).status, PoolStatus::Slashed { .. }));
    books.check();
}

#[test]
fn t23_a_withdrawal_that_is_not_claimed_is_taken_however_old() {
    let (mut books, operator) = nominated(PLAIN);
    books.withdraw(operator, account(NINA), Extent::All).unwrap();
    books.wait(50);
    let mut claimed = books.clone();
    assert_eq!(claimed.claim(operator, account(NINA)), Ok(10_000));
    let slashed = claimed.slash(operator, &DIVISION).unwrap().unwrap();
    assert_eq!(slashed.taken, Balance(10_000));
    let slashed = books.slash(operator, &DIVISION).unwrap().unwrap();
    assert_eq!(slashed.taken, Balance(20_000));
    assert_eq!(books.claim(operator, account(NINA)), Ok(0));
}

#[test]
fn t23_who_left_and_has_not_claimed_is_slashed_and_who_has_is_not() {
    let (mut books, operator) = nominated(PLAIN);
    books.leave(operator, account(OWNER)).unwrap();
    let mut early = books.clone();
    assert_eq!(
        early.slash(operator, &DIVISION).unwrap().unwrap().taken,
        Balance(20_000)
    );
    books.wait(3);
    for n in [OWNER, NINA] {
        books.claim(operator, account(n)).unwrap();
    }
    assert_eq!(books.slash(operator, &DIVISION), Ok(None));
    books.check();
}

#[test]
fn t22_deposits_of_the_epoch_are_kept_with_what_is_left_of_their_part_of_the_fund() {
    let (mut books, operator) = nominated(PLAIN);
    books.nominate(operator, account(NICK), 10_000).unwrap();
    // Half of the fund was spent since: 6 000 became 3 000.
    books.spend(operator, 3_000).unwrap();
    let slashed = books.slash(operator, &DIVISION).unwrap().unwrap();
    assert_eq!(
        (slashed.taken.0, slashed.refunded.0),
        (16_000 + 2_000, 8_000 + 1_000)
    );
    assert_eq!(books.claim(operator, account(NICK)), Ok(9_000));
    assert_eq!(books.custody, 0);
    books.check();
}

#[test]
fn t24_the_reporter_gets_a_share_of_the_operators_own_stake_only() {
    let (mut books, operator) = pool_of(PLAIN);
    // A thousand times the operator's own.
    books.nominate(operator, account(NINA), 10_000_000).unwrap();
    books.next_epoch();
    let slashed = books.slash(operator, &DIVISION).unwrap().unwrap();
    assert_eq!(slashed.reward, Balance(800));
    assert_eq!(books.free[&REPORTER], 800);
}

#[test]
fn t24_proving_ones_own_fraud_never_pays() {
    // Whatever the operator has beside its own stake, and in whatever form.
    for (nominated, withdrawn, tax) in [
        (0, 0, 0),
        (500_000, 0, 0),
        (500_000, 6_000, 0),
        (500_000, 0, 10_000),
    ] {
        let mut books = Books::with([account(OWNER), account(NINA), account(NICK)]);
        let terms = decex_staking::PoolTerms { tax, ..PLAIN };
        let operator = books.register(0, account(OWNER), terms, 10_000).unwrap();
        if nominated > 0 {
            books.nominate(operator, account(NINA), nominated).unwrap();
        }
        books.next_epoch();
        books.reward(operator, 5_000).unwrap();
        if withdrawn > 0 {
            books
                .withdraw(operator, account(OWNER), Extent::Shares(withdrawn))
                .unwrap();
        }
        books.next_epoch();
        let mut honest = books.clone();
        let division = Division {
            reporter: Some(account(OWNER)),
            reporter_share: WHOLE,
            ..DIVISION
        };
        // Even with the largest share that can be written down.
        books.slash(operator, &division).unwrap().unwrap();
        honest.leave(operator, account(OWNER)).unwrap();
        honest.wait(3);
        honest.claim(operator, account(OWNER)).unwrap();
        assert!(books.free[&account(OWNER)] < honest.free[&account(OWNER)]);
    }
}

#[test]
fn t24_without_a_reporter_nobody_is_rewarded() {
    let (mut books, operator) = pool_of(PLAIN);
    let division = Division {
        reporter: None,
        ..DIVISION
    };
    let slashed = books.slash(operator, &division).unwrap().unwrap();
    assert_eq!(
        (slashed.reward, slashed.treasury, slashed.burned),
        (Balance(0), Balance(2_500), Balance(7_500))
    );
    assert!(!books.free.contains_key(&REPORTER));
    books.check();
}

#[test]
fn t25_the_treasurys_part_is_rounded_down_and_the_rest_burned() {
    let (mut books, operator) = pool_of(PLAIN);
    books.reward(operator, 3).unwrap();
    let slashed = books.slash(operator, &DIVISION).unwrap().unwrap();
    // 10 003 less the reporter's 800: a quarter of 9 203 is 2 300.75.
    assert_eq!(
        (slashed.reward.0, slashed.treasury.0, slashed.burned.0),
        (800, 2_300, 6_903)
    );
    assert_eq!((books.free[&TREASURY], books.burned), (2_300, 6_903));
    for (treasury_share, treasury) in [(0, 0), (WHOLE, 9_203), (u16::MAX, 9_203)] {
        let (mut books, operator) = pool_of(PLAIN);
        books.reward(operator, 3).unwrap();
        let division = Division {
            treasury_share,
            ..DIVISION
        };
        assert_eq!(
            books.slash(operator, &division).unwrap().unwrap().treasury.0,
            treasury
        );
        books.check();
    }
}

#[test]
fn t26_a_pool_that_is_over_earns_nothing() {
    let (mut books, operator) = nominated(PLAIN);
    books.slash(operator, &DIVISION).unwrap().unwrap();
    assert_eq!(books.reward(operator, 10), Ok(false));
    assert_eq!(books.refund(operator, 10), Ok(false));
    assert_eq!(books.pool(operator).money(), Some(Balance::ZERO));
    let refused = RefusedStaking::Status {
        found: books.pool(operator).status,
    };
    assert_eq!(books.spend(operator, 0), Err(refused));
    books.check();
}

#[test]
fn t26_a_pool_that_takes_part_or_did_earns() {
    let (mut books, operator) = nominated(PLAIN);
    for step in 0..3 {
        assert_eq!(
            (books.reward(operator, 10), books.refund(operator, 10)),
            (Ok(true), Ok(true))
        );
        match step {
            0 => books.deactivate(operator).unwrap(),
            _ => {
                let _ = books.leave(operator, account(OWNER));
            }
        }
    }
    books.check();
}

#[test]
fn a_slashed_stake_counts_in_no_later_epoch() {
    let (mut books, operator) = nominated(PLAIN);
    let other = books.register(1, account(NICK), PLAIN, 5_000).unwrap();
    books.next_epoch();
    books.slash(operator, &DIVISION).unwrap().unwrap();
    // The snapshot of the present epoch stays what it is: who it elects is decided by more than the stake.
    assert_eq!((books.counts(operator), books.total(DOMAIN)), (16_000, 20_000));
    books.next_epoch();
    assert_eq!(
        (books.counts(operator), books.counts(other), books.total(DOMAIN)),
        (0, 4_000, 4_000)
    );
    books.check();
}

#[test]
fn a_slash_reads_and_writes_as_much_whoever_nominates() {
    // The whole answer: one pool, one total, one position, no price.
    for nominators in [0_u8, 1, 100] {
        let mut books = Books::with((0..=nominators).map(account));
        let operator = books.register(0, account(0), PLAIN, 10_000).unwrap();
        for n in 1..=nominators {
            books.nominate(operator, account(n), 10_000).unwrap();
        }
        books.next_epoch();
        books.refund(operator, 0).unwrap();
        let slashed = decex_staking::slash(&books, books.now(), operator, &DIVISION)
            .unwrap()
            .unwrap();
        assert_eq!(slashed.changes.prices, []);
        assert!(slashed.changes.position.is_some());
        assert_eq!(slashed.changes.payments.len(), 3);
        assert_eq!(slashed.taken.0, 10_000 * (1 + u128::from(nominators)));
    }
}

#[test]
fn every_order_of_slashes_takes_the_same() {
    let mut books = Books::with((0..8).map(account));
    for n in 0..4_u8 {
        books.register(n.into(), account(n), PLAIN, 10_000).unwrap();
    }
    books.next_epoch();
    let mut other = books.clone();
    for n in 0..4 {
        books.slash(OperatorId(n), &DIVISION).unwrap().unwrap();
        other.slash(OperatorId(3 - n), &DIVISION).unwrap().unwrap();
    }
    assert_eq!(books, other);
    assert_eq!(books.free[&account(0)], PURSE - 10_000);
}

#[test]
fn t25_a_slash_without_a_part_for_the_treasury_pays_it_nothing() {
    let (mut books, operator) = pool_of(PLAIN);
    let division = Division {
        treasury_share: 0,
        ..DIVISION
    };
    let slashed = books.slash(operator, &division).unwrap().unwrap();
    assert_eq!(
        (slashed.treasury, slashed.burned.0),
        (Balance::ZERO, slashed.taken.0 - slashed.reward.0)
    );
    let treasury = |payment: &Payment| matches!(payment, Payment::Treasury { .. });
    assert!(!slashed.changes.payments.iter().any(treasury));
}
