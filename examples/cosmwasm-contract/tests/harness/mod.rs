//! A chain under `cw-multi-test` with the contract on it, as the suites of `decex-testkit` see it: signed messages with coins attached,
//! messages of the chain itself, queries, balances of the bank.

use cosmwasm_contract::{Beginning, Credit, ExecuteMsg, QueryMsg, Settings, SudoMsg, Sums, Value};
use cosmwasm_std::{
    Addr, Api, BankQuery, Binary, BlockInfo as Height, CanonicalAddr, Coin, Empty, QueryRequest, Record,
    StdResult, Storage, SupplyResponse, Timestamp, Uint128, coins,
};
use cw_multi_test::{App, AppResponse, BankSudo, Contract, ContractWrapper, Executor, SudoMsg as ChainMsg};
use decex_consensus::{AccountCall, BlockInfo, Event};
use decex_core::{AccountId, Balance, Host};
use decex_testkit::chain::{Chain, Made, Money, Outcome, Request, Rewind};
use decex_testkit::story::{beacon, config};
use parity_scale_codec::{DecodeAll, Encode};

/// The coins of the story.
pub const DENOM: &str = "stake";

/// Why the chain failed: the text of its error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

/// A chain with the contract on it.
pub struct Harness {
    pub app: App,
    pub contract: Addr,
}

/// The story's settings. `beacon` may begin blocks.
pub fn settings(app: &App, beacon: Option<&Addr>) -> Settings {
    let config = config();
    let limits = config.limits;
    Settings {
        denom: DENOM.to_owned(),
        beacon: beacon.map(Addr::to_string),
        slot_millis: 6_000,
        message_bytes: limits.message_bytes,
        slot_numerator: limits.slot_numerator,
        slot_denominator: limits.slot_denominator,
        censorship: limits.censorship,
        unlock_period: limits.unlock_period,
        submission_lag: limits.submission_lag,
        domain_deposit: Uint128::new(config.domain_deposit.0),
        channel_deposit: Uint128::new(config.channel_deposit.0),
        minimum_stake: Uint128::new(config.minimum_stake.0),
        minimum_nomination: Uint128::new(config.minimum_nomination.0),
        treasury: address(app, &config.treasury).to_string(),
        treasury_share: config.treasury_share,
        return_after: config.return_after,
        work_per_block: config.work_per_block,
    }
}

/// The address of an account.
pub fn address(app: &App, account: &AccountId) -> Addr {
    let canonical = CanonicalAddr::from(account.0.as_bytes().as_slice());
    app.api().addr_humanize(&canonical).unwrap()
}

impl Harness {
    pub fn new() -> Self {
        Self::with_beacon(|_| None)
    }

    pub fn with_beacon(beacon: impl FnOnce(&App) -> Option<Addr>) -> Self {
        let wrapper = ContractWrapper::new_with_empty(
            cosmwasm_contract::execute,
            cosmwasm_contract::instantiate,
            cosmwasm_contract::query,
        );
        Self::with_code(Box::new(wrapper.with_sudo_empty(cosmwasm_contract::sudo)), beacon)
    }

    /// As [`with_beacon`](Self::with_beacon), with the contract as it is given.
    pub fn with_code(code: Box<dyn Contract<Empty>>, beacon: impl FnOnce(&App) -> Option<Addr>) -> Self {
        let mut app = App::default();
        let code = app.store_code(code);
        let creator = app.api().addr_make("creator");
        let beacon = beacon(&app);
        let settings = settings(&app, beacon.as_ref());
        let contract = app.instantiate_contract(code, creator, &settings, &[], "decex", None);
        let contract = contract.unwrap();
        Self { app, contract }
    }

    pub fn mint(&mut self, to: &Addr, amount: u128, denom: &str) {
        let mint = BankSudo::Mint {
            to_address: to.to_string(),
            amount: coins(amount, denom),
        };
        self.app.sudo(ChainMsg::Bank(mint)).unwrap();
    }

    pub fn balance(&self, address: &Addr) -> u128 {
        let balance = self.app.wrap().query_balance(address, DENOM).unwrap();
        Uint128::try_from(balance.amount).unwrap().u128()
    }

    pub fn query<T: serde::de::DeserializeOwned>(&self, question: &QueryMsg) -> StdResult<T> {
        self.app.wrap().query_wasm_smart(&self.contract, question)
    }

    pub fn sums(&self) -> Sums {
        self.query(&QueryMsg::Books {}).unwrap()
    }

    pub fn credit(&self, address: &Addr) -> u128 {
        let address = address.to_string();
        let credit: Credit = self.query(&QueryMsg::Credit { address }).unwrap();
        credit.amount.u128()
    }

    pub fn send(&mut self, from: &Addr, message: &ExecuteMsg, funds: &[Coin]) -> StdResult<AppResponse> {
        let contract = self.contract.clone();
        self.app.execute_contract(from.clone(), contract, message, funds)
    }

    pub fn call(&mut self, from: &Addr, call: &AccountCall, funds: &[Coin]) -> StdResult<AppResponse> {
        let call = Binary::new(call.encode());
        self.send(from, &ExecuteMsg::Call { call }, funds)
    }

    /// Puts the chain where a block says that it is.
    pub fn go_to(&mut self, block: &BlockInfo) {
        let height = block.number.0 * 7; // Heights are not the numbers of begun blocks.
        self.app.set_block(Height {
            height,
            time: Timestamp::from_nanos(block.timestamp.0 * 1_000_000),
            chain_id: "story".to_owned(),
        });
    }

    pub fn beginning(&self, block: &BlockInfo) -> Beginning {
        let bytes = |digest: &decex_core::Digest| Binary::from(digest.as_bytes());
        Beginning {
            parent_hash: bytes(&block.parent_hash.0),
            randomness: bytes(&block.randomness.0),
            beacon: bytes(&beacon(block.slot).0),
            byte_price: Uint128::new(block.byte_price.0),
            farmer: address(&self.app, &block.farmer).to_string(),
        }
    }

    fn bring(&mut self, request: &Request) -> StdResult<AppResponse> {
        match request {
            Request::Account(account, call) => {
                let from = address(&self.app, account);
                // Everything that the account has: what is not held comes back.
                let all = self.balance(&from);
                let funds = if all == 0 { Vec::new() } else { coins(all, DENOM) };
                self.call(&from, call, &funds)
            }
            Request::Open(call) => {
                let anybody = self.app.api().addr_make("anybody");
                let call = Binary::new(call.encode());
                self.send(&anybody, &ExecuteMsg::Open { call }, &[])
            }
            Request::Governance(call) => {
                let call = Binary::new(call.encode());
                let contract = self.contract.clone();
                self.app.wasm_sudo(contract, &SudoMsg::Govern { call })
            }
        }
    }

    /// The contract's coins are those of its books.
    pub fn check_books(&self) -> Result<(), Failure> {
        let sums = self.sums();
        let (held, booked) = (self.balance(&self.contract), sums.custody + sums.owed);
        if Uint128::new(held) == booked {
            Ok(())
        } else {
            Err(Failure(format!("{held} coins, {booked} in the books")))
        }
    }
}

/// Reads the events of the consensus object off a response.
pub fn events(response: &AppResponse) -> Result<Vec<Event>, Failure> {
    let told = response.events.iter().filter(|event| event.ty == "wasm-decex");
    let scale = told.filter_map(|event| event.attributes.iter().find(|attribute| attribute.key == "scale"));
    let decoded = scale.map(|attribute| {
        let bytes = Binary::from_base64(&attribute.value).map_err(failure)?;
        Event::decode_all(&mut bytes.as_slice()).map_err(failure)
    });
    decoded.collect()
}

pub fn failure(error: impl ToString) -> Failure {
    Failure(error.to_string())
}

/// Reads the stable code off the text of an error: all that a client of a real chain gets.
pub fn code(text: &str) -> Option<u16> {
    let (_, from) = text.rsplit_once("decex K")?;
    from.split(':').next()?.parse().ok()
}

impl Host for Harness {
    type Error = Failure;
}

impl Money for Harness {
    fn endow(&mut self, account: AccountId, amount: Balance) -> Result<(), Failure> {
        let to = address(&self.app, &account);
        self.mint(&to, amount.0, DENOM);
        Ok(())
    }

    fn free(&self, account: &AccountId) -> Result<Balance, Failure> {
        let address = address(&self.app, account);
        Ok(Balance(self.balance(&address) + self.credit(&address)))
    }

    fn custody(&self) -> Result<Balance, Failure> {
        Ok(Balance(self.sums().custody.u128()))
    }

    fn supply(&self) -> Result<u128, Failure> {
        let denom = DENOM.to_owned();
        let question = QueryRequest::Bank(BankQuery::Supply { denom });
        let found: SupplyResponse = self.app.wrap().query(&question).map_err(failure)?;
        Uint128::try_from(found.amount.amount)
            .map(|amount| amount.u128())
            .map_err(failure)
    }
}

impl Chain for Harness {
    fn block(&mut self, block: &BlockInfo, calls: &[Request]) -> Result<Made, Failure> {
        self.go_to(block);
        let beginning = self.beginning(block);
        let contract = self.contract.clone();
        let begun = self
            .app
            .wasm_sudo(contract, &SudoMsg::Begin(beginning))
            .map_err(failure)?;
        let begun = events(&begun)?;
        let mut outcomes = Vec::new();
        for call in calls {
            outcomes.push(match self.bring(call) {
                Ok(response) => Outcome::Accepted(events(&response)?),
                Err(error) => {
                    let text = error.to_string();
                    Outcome::Refused(code(&text).ok_or_else(|| failure(text))?)
                }
            });
            self.check_books()?;
        }
        Ok(Made { begun, outcomes })
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let found: Value = self
            .query(&QueryMsg::Value { key: key.into() })
            .map_err(failure)?;
        Ok(found.value.map(Binary::into))
    }
}

impl Rewind for Harness {
    type Point = (Vec<Record>, Height);

    fn keep(&self) -> Result<Self::Point, Failure> {
        let all = self
            .app
            .storage()
            .range(None, None, cosmwasm_std::Order::Ascending);
        Ok((all.collect(), self.app.block_info()))
    }

    fn rewind(&mut self, (records, height): &Self::Point) -> Result<(), Failure> {
        let storage = self.app.storage_mut();
        let keys: Vec<_> = storage
            .range_keys(None, None, cosmwasm_std::Order::Ascending)
            .collect();
        keys.iter().for_each(|key| storage.remove(key));
        records.iter().for_each(|(key, value)| storage.set(key, value));
        self.app.set_block(height.clone());
        Ok(())
    }
}
