//! The books of one pool: as a vector gives them, and as the generator makes them.

use crate::vectors::json::{Fields, amount, scale};
use decex_core::{AccountId, Balance, ConsensusNumber, Digest, DomainId, Host, OperatorId};
use decex_staking::{
    Changes, Division, Extent, Now, Pool, PoolTerms, Position, Price, Registration, Stakes, StakingRules,
    StakingView, deactivate, leave, nominate, pay_blockspace, register, reward, slash, withdraw,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;

pub(super) const OPERATOR: OperatorId = OperatorId(4);
pub(super) const DOMAIN: DomainId = DomainId(2);

pub(super) const fn account(n: u8) -> AccountId {
    AccountId(Digest([n; 32]))
}

/// The books.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) rules: StakingRules,
    pool: Option<Pool>,
    positions: BTreeMap<AccountId, Position>,
    prices: BTreeMap<u64, Price>,
    totals: Stakes,
    pub(super) settled: u64,
    pub(super) epoch: u64,
    pub(super) block: u64,
}

impl Host for World {
    type Error = Infallible;
}

impl StakingView for World {
    fn pool(&self, operator: OperatorId) -> Result<Option<Pool>, Infallible> {
        Ok(self.pool.clone().filter(|_| operator == OPERATOR))
    }
    fn position(&self, _: OperatorId, account: &AccountId) -> Result<Option<Position>, Infallible> {
        Ok(self.positions.get(account).cloned())
    }
    fn price(&self, _: OperatorId, epoch: u64) -> Result<Option<Price>, Infallible> {
        Ok(self.prices.get(&epoch).copied())
    }
    fn totals(&self, _: DomainId) -> Result<Stakes, Infallible> {
        Ok(self.totals)
    }
    fn settled_through(&self, _: OperatorId) -> Result<u64, Infallible> {
        Ok(self.settled)
    }
}

impl World {
    /// Books without a pool.
    pub(super) fn new() -> Self {
        Self {
            rules: StakingRules {
                minimum_stake: Balance(1_000),
                minimum_nomination: Balance(10),
                unlock_period: 50,
                return_after: 3,
            },
            pool: None,
            positions: BTreeMap::new(),
            prices: BTreeMap::new(),
            totals: Stakes::default(),
            settled: u64::MAX,
            epoch: 7,
            block: 700,
        }
    }

    /// A pool of the operator's 8 000 and a nominator's 4 000, in the epoch in which both count; a tenth is tax.
    pub(super) fn nominated() -> Self {
        let mut world = Self::new();
        let terms = PoolTerms {
            tax: 1_000,
            minimum_nomination: Balance(500),
        };
        let registration = Registration {
            operator: OPERATOR,
            domain: DOMAIN,
            owner: account(1),
            terms,
            deposit: Balance(10_000),
        };
        world.apply(register(&world, world.now(), &world.rules, &registration).expect("registered"));
        world.nominate(2, 5_000);
        world.pass(1);
        world
    }

    pub(super) const fn now(&self) -> Now {
        Now {
            epoch: self.epoch,
            block: ConsensusNumber(self.block),
        }
    }

    pub(super) const fn pass(&mut self, epochs: u64) {
        self.epoch += epochs;
        self.block += 100 * epochs;
    }

    fn apply(&mut self, changes: Changes) {
        self.pool = Some(changes.pool);
        self.totals = changes.totals;
        match changes.position {
            Some((account, Some(position))) => {
                self.positions.insert(account, position);
            }
            Some((account, None)) => {
                self.positions.remove(&account);
            }
            None => {}
        }
        for (epoch, price) in changes.prices {
            match price {
                Some(price) => self.prices.insert(epoch, price),
                None => self.prices.remove(&epoch),
            };
        }
    }

    pub(super) fn nominate(&mut self, n: u8, deposit: u128) {
        let changes = nominate(&*self, self.now(), OPERATOR, account(n), Balance(deposit));
        self.apply(changes.expect("nominated"));
    }

    pub(super) fn withdraw(&mut self, n: u8, shares: u128) {
        let extent = Extent::Shares(shares);
        let changes = withdraw(&*self, self.now(), &self.rules, OPERATOR, account(n), extent);
        self.apply(changes.expect("withdrawn"));
    }

    pub(super) fn reward(&mut self, value: u128) {
        let changes = reward(&*self, self.now(), OPERATOR, Balance(value)).expect("rewarded");
        self.apply(changes.expect("a pool that takes part"));
    }

    pub(super) fn spend(&mut self, value: u128, outstanding: bool) {
        let changes = pay_blockspace(
            &*self,
            self.now(),
            OPERATOR,
            account(9),
            Balance(value),
            outstanding,
        );
        self.apply(changes.expect("paid"));
    }

    pub(super) fn leave(&mut self) {
        let changes = leave(&*self, self.now(), &self.rules, OPERATOR, account(1));
        self.apply(changes.expect("left"));
    }

    pub(super) fn deactivate(&mut self) {
        self.apply(deactivate(&*self, self.now(), OPERATOR).expect("taken out"));
    }

    pub(super) fn slash(&mut self) {
        let division = Division {
            reporter: None,
            reporter_share: 0,
            treasury_share: 0,
        };
        let slashed = slash(&*self, self.now(), OPERATOR, &division).expect("slashed");
        self.apply(slashed.expect("a pool that takes part").changes);
    }

    /// The books as a vector gives them.
    pub(super) fn value(&self) -> Value {
        let positions: Vec<Value> = self
            .positions
            .iter()
            .map(|(account, position)| json!({ "account": scale(account), "position": scale(position) }))
            .collect();
        let prices: Vec<Value> = self
            .prices
            .iter()
            .map(|(epoch, price)| json!({ "epoch": epoch, "price": scale(price) }))
            .collect();
        json!({
            "minimum_stake": amount(self.rules.minimum_stake),
            "minimum_nomination": amount(self.rules.minimum_nomination),
            "unlock_period": self.rules.unlock_period,
            "return_after": self.rules.return_after,
            "pool": self.pool.as_ref().map(scale),
            "positions": positions,
            "prices": prices,
            "totals": scale(&self.totals),
            "settled": crate::vectors::json::number(self.settled),
        })
    }

    /// The books that a vector gives.
    pub(super) fn read(given: Fields<'_>) -> Self {
        Self {
            rules: StakingRules {
                minimum_stake: given.amount("minimum_stake"),
                minimum_nomination: given.amount("minimum_nomination"),
                unlock_period: given.number("unlock_period"),
                return_after: given.number("return_after"),
            },
            pool: (!given.is_null("pool")).then(|| given.scale("pool")),
            positions: given
                .each("positions")
                .map(|of| (of.scale("account"), of.scale("position")))
                .collect(),
            prices: given
                .each("prices")
                .map(|of| (of.number("epoch"), of.scale("price")))
                .collect(),
            totals: given.scale("totals"),
            settled: given.number("settled"),
            epoch: 0,
            block: 0,
        }
    }
}
