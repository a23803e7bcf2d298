//! Books that contradict themselves, amounts at the end of their range: an answer, never a panic.

use crate::common::{Books, RULES, account};
use crate::{NICK, NINA, PLAIN, nominated};
use decex_core::{Balance, OperatorId};
use decex_staking::{
    Extent, Now, Pool, Position, Price, RefusedStaking, Stakes, StakingError, claim, deactivate, leave,
    nominate, reactivate, reward, slash, withdraw,
};
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};
use proptest::prelude::*;

#[test]
fn a_price_that_is_missing_is_no_verdict() {
    let (mut books, operator) = nominated(PLAIN);
    books.nominate(operator, account(NICK), 100).unwrap();
    books.wait(2);
    books.reward(operator, 1).unwrap();
    books.prices.clear();
    let answer = claim(&books, books.now(), operator, account(NICK));
    assert_eq!(answer, Err(StakingError::Books { operator }));
}

#[test]
fn totals_that_lack_the_pool_are_no_verdict() {
    let (mut books, operator) = nominated(PLAIN);
    books.totals.clear();
    assert_eq!(
        leave(&books, books.now(), &RULES, operator, account(0)),
        Err(StakingError::Books { operator })
    );
}

#[test]
fn a_clock_that_runs_back_settles_nothing() {
    let (books, operator) = nominated(PLAIN);
    let early = Now {
        epoch: 0,
        ..books.now()
    };
    let changes = reward(&books, early, operator, Balance(1)).unwrap().unwrap();
    assert_eq!(changes.pool.epoch, books.pool(operator).epoch);
}

#[test]
fn a_position_has_a_bounded_length() {
    assert!(
        Position::max_encoded_len() < 2_200,
        "{}",
        Position::max_encoded_len()
    );
    assert!(Pool::max_encoded_len() < 450, "{}", Pool::max_encoded_len());
    let (mut books, operator) = nominated(PLAIN);
    for _ in 0..32 {
        books
            .withdraw(operator, account(NINA), Extent::Shares(1))
            .unwrap();
        books.next_epoch();
    }
    assert!(books.position(operator, account(NINA)).encoded_size() <= Position::max_encoded_len());
}

fn any_pool() -> impl Strategy<Value = Pool> {
    prop::collection::vec(
        prop_oneof![Just(0_u8), Just(255), any::<u8>()],
        Pool::max_encoded_len(),
    )
    .prop_filter_map("bytes of a pool", |bytes| Pool::decode(&mut &bytes[..]).ok())
}

proptest! {
    /// Whatever stands in the store: every call answers, and none panics, overflows or divides by zero.
    #[test]
    fn no_pool_makes_a_call_panic(
        pool in any_pool(),
        shares in any::<u128>(),
        units in any::<u128>(),
        totals in any::<[u128; 2]>(),
        price in any::<(u128, u128, u64)>(),
        epochs in prop_oneof![Just(0_u64), Just(1), any::<u64>()],
        amount in any::<u128>(),
    ) {
        let operator = OperatorId(0);
        let mut books = Books::with([account(1)]);
        let owner = pool.owner;
        books.epoch = pool.epoch.saturating_add(epochs);
        let position = Position { shares, units, era: pool.fund.era, ..Position::default() };
        for account in [owner, account(1)] {
            books.positions.insert((operator, account), position.clone());
        }
        let stakes = Stakes { epoch: pool.epoch, next: Balance(totals[0]), current: Balance(totals[1]), ..Stakes::default() };
        books.totals.insert(pool.domain, stakes);
        let price = Price { stake: Balance(price.0), shares: price.1, waiting: price.2 };
        books.prices.insert((operator, pool.epoch), price);
        books.pools.insert(operator, pool);
        let (now, nina) = (books.now(), account(1));
        let _ = nominate(&books, now, operator, nina, Balance(amount));
        let _ = withdraw(&books, now, &RULES, operator, nina, Extent::Shares(amount));
        let _ = withdraw(&books, now, &RULES, operator, owner, Extent::All);
        let _ = claim(&books, now, operator, nina);
        let _ = leave(&books, now, &RULES, operator, owner);
        let _ = deactivate(&books, now, operator);
        let _ = reactivate(&books, now, &RULES, operator, owner);
        let _ = reward(&books, now, operator, Balance(amount));
        let _ = slash(&books, now, operator, &crate::common::DIVISION);
    }
}

#[test]
fn a_view_behind_a_reference_answers_as_it_does_itself() {
    let (mut books, operator) = nominated(PLAIN);
    let nina = account(NINA);
    books.withdraw(operator, nina, Extent::Shares(1_000)).unwrap();
    books.next_epoch();
    // Now there is a price that the withdrawal waits for.
    books.reward(operator, 500).unwrap();
    books.wait(4);
    assert_eq!(books.prices.len(), 1);
    let behind = &&books;
    let due = claim(behind, books.now(), operator, nina);
    assert_eq!(due, claim(&books, books.now(), operator, nina));
    assert!(due.is_ok());
    let more = nominate(behind, books.now(), operator, nina, Balance(5_000));
    assert_eq!(
        more,
        nominate(&books, books.now(), operator, nina, Balance(5_000))
    );
    // What is not settled is not due, and who is not there is not known.
    books.settled.insert(operator, 0);
    let early = claim(&&books, books.now(), operator, nina);
    assert!(matches!(
        early,
        Err(StakingError::Refused(RefusedStaking::NothingDue { .. }))
    ));
    let nobody = claim(&&books, books.now(), OperatorId(9), nina);
    assert!(matches!(
        nobody,
        Err(StakingError::Refused(RefusedStaking::UnknownPool { .. }))
    ));
}
