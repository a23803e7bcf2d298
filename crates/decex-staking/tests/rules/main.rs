//! Each rule, what it accepts and what it stops.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;

mod absence;
mod claims;
mod deposits;
mod epochs;
mod fees;
mod fund;
mod hostile;
mod slashes;
mod withdrawals;

use common::{Books, account};
use decex_core::{Balance, OperatorId};
use decex_staking::PoolTerms;

const OWNER: u8 = 0;
const NINA: u8 = 1;
const NICK: u8 = 2;

/// No tax, no minimum.
const PLAIN: PoolTerms = PoolTerms {
    tax: 0,
    minimum_nomination: Balance(0),
};

/// Books with a pool of 8 000 that counts, and 2 000 in its fund.
fn pool_of(terms: PoolTerms) -> (Books, OperatorId) {
    let mut books = Books::with((0..8).map(account));
    let operator = books.register(0, account(OWNER), terms, 10_000).unwrap();
    books.next_epoch();
    books.check();
    (books, operator)
}

/// The same, with as much again of a nominator's.
fn nominated(terms: PoolTerms) -> (Books, OperatorId) {
    let (mut books, operator) = pool_of(terms);
    books.nominate(operator, account(NINA), 10_000).unwrap();
    books.next_epoch();
    books.check();
    (books, operator)
}
