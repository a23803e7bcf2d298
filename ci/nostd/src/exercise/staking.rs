//! decex-staking: a nominated pool earns, and is slashed once.

use super::holds;
use core::convert::Infallible;
use decex_core::{AccountId, Balance, ConsensusNumber, Digest, DomainId, Host, OperatorId};
use decex_staking::{
    Changes, Division, Now, Pool, PoolTerms, Position, Price, Registration, Stakes, StakingRules,
    StakingView, nominate, register, reward, slash,
};

const OPERATOR: OperatorId = OperatorId(0);
const OWNER: AccountId = AccountId(Digest([1; 32]));
const NOMINATOR: AccountId = AccountId(Digest([2; 32]));

/// The books of one pool.
#[derive(Default)]
struct Books {
    pool: Option<Pool>,
    owner: Option<Position>,
    price: Option<(u64, Price)>,
    totals: Stakes,
}

impl Host for Books {
    type Error = Infallible;
}

impl StakingView for Books {
    fn pool(&self, _: OperatorId) -> Result<Option<Pool>, Infallible> {
        Ok(self.pool.clone())
    }
    fn position(&self, _: OperatorId, account: &AccountId) -> Result<Option<Position>, Infallible> {
        Ok(self.owner.clone().filter(|_| *account == OWNER))
    }
    fn price(&self, _: OperatorId, epoch: u64) -> Result<Option<Price>, Infallible> {
        Ok(self.price.filter(|(of, _)| *of == epoch).map(|(_, price)| price))
    }
    fn totals(&self, _: DomainId) -> Result<Stakes, Infallible> {
        Ok(self.totals)
    }
    fn settled_through(&self, _: OperatorId) -> Result<u64, Infallible> {
        Ok(u64::MAX)
    }
}

impl Books {
    fn apply(&mut self, changes: Changes) {
        self.pool = Some(changes.pool);
        self.totals = changes.totals;
        if let Some((OWNER, position)) = changes.position {
            self.owner = position;
        }
        for (epoch, price) in changes.prices {
            self.price = price.map(|price| (epoch, price));
        }
    }
}

pub(super) fn reward_and_slash() -> Result<(), &'static str> {
    let rules = StakingRules {
        minimum_stake: Balance(100),
        minimum_nomination: Balance(10),
        unlock_period: 10,
        return_after: 1,
    };
    let registration = Registration {
        operator: OPERATOR,
        domain: DomainId(0),
        owner: OWNER,
        terms: PoolTerms {
            tax: 500,
            minimum_nomination: Balance(10),
        },
        deposit: Balance(1_000),
    };
    let at = |epoch| Now {
        epoch,
        block: ConsensusNumber(epoch),
    };
    let mut books = Books::default();
    let opened = register(&books, at(0), &rules, &registration).map_err(|_| "staking: registration")?;
    books.apply(opened);
    let joined = nominate(&books, at(0), OPERATOR, NOMINATOR, Balance(4_000));
    books.apply(joined.map_err(|_| "staking: nomination")?);
    let earned = reward(&books, at(1), OPERATOR, Balance(40)).map_err(|_| "staking: reward")?;
    books.apply(earned.ok_or("staking: a pool that takes part earns")?);
    holds(
        books.totals.at(2).current == Balance(4_040),
        "staking: total after tax",
    )?;
    let division = Division {
        reporter: Some(NOMINATOR),
        reporter_share: 1_000,
        treasury_share: 0,
    };
    let slashed = slash(&books, at(2), OPERATOR, &division).map_err(|_| "staking: slash")?;
    let slashed = slashed.ok_or("staking: a pool that takes part is slashed")?;
    books.apply(slashed.changes);
    holds(slashed.taken == Balance(5_040), "staking: everything is taken")?;
    // 800 shares of the operator's own and 1 more that its tax bought, at 4 040 for 4 001.
    holds(
        slashed.reward == Balance(80),
        "staking: a tenth of the operator's own",
    )?;
    let again = slash(&books, at(2), OPERATOR, &division).map_err(|_| "staking: slash again")?;
    holds(again.is_none(), "staking: nobody pays twice")
}
