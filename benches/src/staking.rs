//! Staking: what a call costs beside many nominators, against the same call beside ten and against walking them all.
//!
//! Every nominator is a position in the store, made by the calls themselves; nearly all still wait for the price of the epoch that they
//! were made in, because nothing walks over them. Values are kept as bytes: a call reads and decodes what it needs, and what it answers
//! is encoded. Each measured call is the first to touch the pool in its epoch, so it settles the epoch too.

#![allow(
    clippy::disallowed_types,
    clippy::as_conversions,
    reason = "a benchmark reports ratios"
)]

use crate::measure::{Row, versus};
use decex_core::{AccountId, Balance, ConsensusNumber, Digest, DomainId, Host, OperatorId};
use decex_staking::{
    Changes, Division, Extent, Now, Pool, PoolTerms, Position, Price, Registration, Stakes, StakingRules,
    StakingView, Value, claim, nominate, register, reward, slash, withdraw,
};
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

const OPERATOR: OperatorId = OperatorId(1);
const DOMAIN: DomainId = DomainId(1);
const RULES: StakingRules = StakingRules {
    minimum_stake: Balance(1_000),
    minimum_nomination: Balance(1),
    unlock_period: 10,
    return_after: 1,
};
const DIVISION: Division = Division {
    reporter: Some(AccountId(Digest([255; 32]))),
    reporter_share: 1_000,
    treasury_share: 5_000,
};
/// What each nominator deposits.
const DEPOSIT: u128 = 1_000_000_000;
/// Nominators that each round asks for.
const ASKED: u32 = 5;

/// Returns the rows of this part.
pub fn measure() -> Vec<Row> {
    let few = Books::new(10);
    let mut rows = Vec::new();
    let mut walks = vec![walk(&few, 10)];
    for count in [10_000, 1_000_000] {
        let many = Books::new(count);
        let rounds = 200;
        for (name, calls, call) in CALLS {
            let (ours, theirs) = versus(rounds, || call(&many), || call(&few));
            rows.push(flat(name, count, (ours / calls, theirs / calls)));
        }
        rows.push(written(&many, count));
        walks.push(walk(&many, count));
    }
    rows.extend(walks);
    rows
}

/// A name, how many calls a round makes, and the round.
type Round = (&'static str, u32, fn(&Books) -> usize);

const CALLS: [Round; 5] = [
    ("slash", 1, |books| books.slash().len()),
    (
        "epoch's first touch, with rewards, deposits and withdrawals",
        1,
        Books::touch,
    ),
    ("nominate", ASKED, |books| {
        books.each(|account| nominate(books, NOW, OPERATOR, account, Balance(DEPOSIT)))
    }),
    ("withdraw", ASKED, |books| {
        books.each(|account| withdraw(books, NOW, &RULES, OPERATOR, account, Extent::Shares(1_000)))
    }),
    ("claim", ASKED, |books| {
        books.each(|account| claim(books, NOW, OPERATOR, account))
    }),
];

fn flat(name: &str, count: u64, (ours, theirs): (Duration, Duration)) -> Row {
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    Row {
        work: format!("{name}, pool of {count} nominators"),
        baseline: "pool of 10 nominators".into(),
        goal: "≤ 1.5".into(),
        measured: format!("{ratio:.2} ({:.1} µs / {:.1} µs)", micros(ours), micros(theirs)),
        met: Some(ratio <= 1.5),
    }
}

fn written(books: &Books, count: u64) -> Row {
    let keys = books.slash().len();
    Row {
        work: format!("values written by a slash, pool of {count} nominators"),
        baseline: "–".into(),
        // The pool, the domain's total, the owner's position, and the price of the epoch that it settled.
        goal: "≤ 4".into(),
        measured: keys.to_string(),
        met: Some(keys <= 4),
    }
}

fn walk(books: &Books, count: u64) -> Row {
    let (ours, theirs) = versus(5, || books.slash(), || books.walk());
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    // Both take the same, but for the fraction of a unit that rounding leaves to the pool at each nominator.
    let taken = slash(books, NOW, OPERATOR, &DIVISION)
        .expect("books that agree")
        .expect("not slashed")
        .taken;
    let (walked, stake) = (books.walk(), taken.0);
    assert!(
        walked <= stake && stake - walked <= 4 * u128::from(count + 1),
        "{walked} of {stake}"
    );
    Row {
        work: format!("slash, pool of {count} nominators"),
        baseline: "walking every nominator, as the reference does ten at a time".into(),
        goal: if count >= 1_000_000 {
            "≥ 10,000 times faster".into()
        } else {
            "–".into()
        },
        measured: format!(
            "{ratio:.1} times ({:.1} µs / {:.1} µs)",
            micros(ours),
            micros(theirs)
        ),
        met: (count >= 1_000_000).then_some(ratio >= 10_000.0),
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn account(index: u64) -> AccountId {
    // Spread over the store like hashes.
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&index.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    AccountId(Digest(bytes))
}

/// When the measured calls are made: an epoch after the pool was last touched, and after the first withdrawals are unlocked.
const NOW: Now = Now {
    epoch: 2,
    block: ConsensusNumber(100),
};

/// A host's store, everything in it as bytes.
struct Books {
    pools: BTreeMap<OperatorId, Vec<u8>>,
    positions: BTreeMap<(OperatorId, AccountId), Vec<u8>>,
    prices: BTreeMap<(OperatorId, u64), Vec<u8>>,
    totals: BTreeMap<DomainId, Vec<u8>>,
}

fn read<T: Decode>(bytes: Option<&Vec<u8>>) -> Option<T> {
    bytes.map(|bytes| T::decode(&mut bytes.as_slice()).expect("what was written"))
}

impl Host for Books {
    type Error = Infallible;
}

impl StakingView for Books {
    fn pool(&self, operator: OperatorId) -> Result<Option<Pool>, Infallible> {
        Ok(read(self.pools.get(&operator)))
    }
    fn position(&self, operator: OperatorId, account: &AccountId) -> Result<Option<Position>, Infallible> {
        Ok(read(self.positions.get(&(operator, *account))))
    }
    fn price(&self, operator: OperatorId, epoch: u64) -> Result<Option<Price>, Infallible> {
        Ok(read(self.prices.get(&(operator, epoch))))
    }
    fn totals(&self, domain: DomainId) -> Result<Stakes, Infallible> {
        Ok(read(self.totals.get(&domain)).unwrap_or_default())
    }
    fn settled_through(&self, _: OperatorId) -> Result<u64, Infallible> {
        Ok(u64::MAX)
    }
}

impl Books {
    /// A pool with so many nominators. The first few have a withdrawal that can be claimed, the next few one that waits for its price, a
    /// few more a deposit of the last epoch; all others have a deposit of the first epoch that is not converted.
    fn new(nominators: u64) -> Self {
        let mut books = Self {
            pools: BTreeMap::new(),
            positions: BTreeMap::new(),
            prices: BTreeMap::new(),
            totals: BTreeMap::new(),
        };
        let registration = Registration {
            operator: OPERATOR,
            domain: DOMAIN,
            owner: AccountId(Digest([254; 32])),
            terms: PoolTerms {
                tax: 500,
                minimum_nomination: Balance(1),
            },
            deposit: Balance(DEPOSIT * 10),
        };
        let mut now = Now {
            epoch: 0,
            block: ConsensusNumber(1),
        };
        let registered = register(&books, now, &RULES, &registration).expect("accepted");
        books.apply(&registered);
        for index in 0..nominators {
            let nominated = nominate(
                &books,
                now,
                OPERATOR,
                account(index),
                Balance(DEPOSIT + u128::from(index)),
            );
            books.apply(&nominated.expect("accepted"));
        }
        now.epoch = 1;
        let rewarded = reward(&books, now, OPERATOR, Balance(DEPOSIT))
            .expect("accepted")
            .expect("open");
        books.apply(&rewarded);
        for index in 0..u64::from(ASKED) {
            let part = Extent::Shares(DEPOSIT / 10);
            let withdrawn = withdraw(&books, now, &RULES, OPERATOR, account(index), part).expect("accepted");
            books.apply(&withdrawn);
            let more = nominate(
                &books,
                now,
                OPERATOR,
                account(index + u64::from(ASKED)),
                Balance(DEPOSIT / 7),
            );
            books.apply(&more.expect("accepted"));
        }
        books
    }

    fn apply(&mut self, changes: &Changes) {
        self.pools.insert(changes.operator, changes.pool.encode());
        self.totals.insert(changes.pool.domain, changes.totals.encode());
        if let Some((account, position)) = &changes.position {
            let key = (changes.operator, *account);
            match position {
                Some(position) => self.positions.insert(key, position.encode()),
                None => self.positions.remove(&key),
            };
        }
        for (epoch, price) in &changes.prices {
            match price {
                Some(price) => self.prices.insert((changes.operator, *epoch), price.encode()),
                None => self.prices.remove(&(changes.operator, *epoch)),
            };
        }
    }

    fn slash(&self) -> Vec<Vec<u8>> {
        let slashed = slash(self, NOW, OPERATOR, &DIVISION).expect("books that agree");
        encode(&slashed.expect("not slashed before").changes)
    }

    fn touch(&self) -> usize {
        let rewarded = reward(self, NOW, OPERATOR, Balance(DEPOSIT)).expect("books that agree");
        encode(&rewarded.expect("open")).len()
    }

    /// The same call for a few nominators, one after another, each alone.
    fn each<E: std::fmt::Debug>(&self, call: impl Fn(AccountId) -> Result<Changes, E>) -> usize {
        let changes = (0..u64::from(ASKED)).map(|index| call(account(index)).expect("accepted"));
        changes.map(|changes| encode(&changes).len()).sum()
    }

    /// What the reference does: everybody's position is read, brought up to date, valued, and removed.
    fn walk(&self) -> u128 {
        let pool = self.pool(OPERATOR).expect("infallible").expect("registered");
        let price = |epoch| self.price(OPERATOR, epoch).expect("infallible");
        // The price at the end of the last epoch, as the pool settles it. That of an earlier one is kept.
        let ended = settled_price(&pool);
        let mut taken = 0;
        let mut removed: Vec<AccountId> = Vec::new();
        for ((_, account), bytes) in self.positions.range((OPERATOR, AccountId(Digest([0; 32])))..) {
            let position: Position = read(Some(bytes)).expect("just read");
            let mut shares = position.shares;
            if let Some(deposit) = position.deposit {
                let price = price(deposit.epoch).unwrap_or(ended);
                shares += price.shares_for(deposit.amount).expect("a price");
            }
            for withdrawal in &position.withdrawals {
                let amount = match withdrawal.value {
                    Value::Amount(amount) => amount,
                    Value::Shares(shares) => ended.worth(shares).expect("a price"),
                };
                taken += amount.0 + withdrawal.fund.0;
            }
            taken += ended.worth(shares).expect("a price").0;
            taken += pool.fund.worth(position.units).0;
            removed.push(*account);
        }
        black_box(removed);
        // The owner's tax of the epoch is in nobody's position yet.
        taken + tax(&pool)
    }
}

/// What the owner's tax comes to, which the pool owes and no position has.
fn tax(pool: &Pool) -> u128 {
    let owed = settled_price(pool).worth(pool.owed_shares).expect("a price").0;
    owed + pool.fund.worth(pool.owed_units).0 + pool.rewards.0 * u128::from(pool.terms.tax) / 10_000
}

fn settled_price(pool: &Pool) -> Price {
    let net = pool.rewards.0 - pool.rewards.0 * u128::from(pool.terms.tax) / 10_000;
    Price {
        stake: Balance(pool.stake.0 + net),
        ..pool.price()
    }
}

/// The values that a host writes.
fn encode(changes: &Changes) -> Vec<Vec<u8>> {
    let mut values = vec![changes.pool.encode(), changes.totals.encode()];
    values.extend(changes.position.as_ref().map(|(_, position)| position.encode()));
    values.extend(changes.prices.iter().map(|(_, price)| price.encode()));
    values
}
