//! The contract's bytecode in `cosmwasm-vm`, behind the interface by which `cw-multi-test` runs contracts: so the same chain, bank and tests
//! run the functions in one test and the bytecode in another.

mod storage;

use cosmwasm_contract::{ExecuteMsg, QueryMsg, SudoMsg};
use cosmwasm_std::{
    Binary, Checksum, ContractResult, Deps, DepsMut, Empty, Env, MessageInfo, Order, Reply, Response,
    StdError, StdResult, from_json,
};
use cosmwasm_vm::testing::{MockApi, MockQuerier};
use cosmwasm_vm::{
    Backend, Cache, CacheOptions, Instance, InstanceOptions, Size, VmResult, call_execute_raw,
    call_instantiate_raw, call_query_raw, call_sudo_raw, from_slice,
};
use cw_multi_test::Contract;
use decex_consensus::{AccountCall, GovernanceCall, OpenCall};
use parity_scale_codec::DecodeAll;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};
use storage::Metered;

/// What `wasmd` gives the VM for one unit of the chain's gas.
pub const MULTIPLIER: u64 = 140_000;

/// What one message may use, in the chain's gas: what a block of a chain with large blocks has in all.
pub const LIMIT: u64 = 300_000_000;

type Vm = Instance<MockApi, Metered, MockQuerier>;

/// What messages of one kind took: the one that took most gas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// How many messages were accepted.
    pub accepted: u32,
    /// How many were refused.
    pub refused: u32,
    /// The chain's gas of the dearest one, for what it computed.
    pub computed: u64,
    /// And for what it read and wrote.
    pub stored: u64,
    /// How long the dearest one took in the VM, its storage being a map.
    pub time: Duration,
}

/// What messages took, by kind.
pub type Ledger = Rc<RefCell<BTreeMap<String, Used>>>;

/// The contract in the VM.
pub struct InVm {
    cache: Cache<MockApi, Metered, MockQuerier>,
    checksum: Checksum,
    used: Ledger,
}

impl InVm {
    /// Stores bytecode as a chain does, with every check that a chain makes of it. `folder` is for what is compiled.
    ///
    /// # Errors
    /// When a chain would not store it.
    pub fn store(wasm: &[u8], folder: &Path, used: Ledger) -> VmResult<Self> {
        let capabilities = ["iterator", "staking", "stargate", "cosmwasm_1_1", "cosmwasm_1_2"];
        let options = CacheOptions::new(
            folder,
            capabilities.map(String::from),
            Size::mebi(256),
            Size::mebi(32),
        );
        // Nobody else writes to the folder while this lives.
        let cache = unsafe { Cache::new(options) }?;
        let checksum = cache.store_code(wasm, true, true)?;
        cache.pin(&checksum)?;
        Ok(Self {
            cache,
            checksum,
            used,
        })
    }

    /// Runs one message in an instance of its own, and returns what the storage is after it, if it was accepted.
    fn run<T: DeserializeOwned>(
        &self,
        name: &str,
        storage: &dyn cosmwasm_std::Storage,
        call: impl FnOnce(&mut Vm) -> VmResult<Vec<u8>>,
    ) -> StdResult<(T, Metered)> {
        let backend = Backend {
            api: MockApi::default(),
            storage: storage.range(None, None, Order::Ascending).collect(),
            querier: MockQuerier::new(&[]),
        };
        let options = InstanceOptions {
            gas_limit: LIMIT * MULTIPLIER,
        };
        let failed = |error: cosmwasm_vm::VmError| StdError::msg(error.to_string());
        let instance = self.cache.get_instance(&self.checksum, backend, options);
        let mut instance = instance.map_err(failed)?;
        let start = Instant::now();
        let answer = call(&mut instance);
        let time = start.elapsed();
        let gas = instance.create_gas_report();
        let answer = answer.and_then(|answer| from_slice::<ContractResult<T>>(&answer, 4 << 20));
        let answer = answer.map_err(failed)?;
        {
            let mut used = self.used.borrow_mut();
            let used = used.entry(name.to_owned()).or_default();
            let (computed, stored) = (
                gas.used_internally.div_ceil(MULTIPLIER),
                gas.used_externally.div_ceil(MULTIPLIER),
            );
            match &answer {
                ContractResult::Ok(_) => used.accepted += 1,
                ContractResult::Err(_) => used.refused += 1,
            }
            if computed + stored > used.computed + used.stored {
                (used.computed, used.stored, used.time) = (computed, stored, time);
            }
        }
        let storage = instance.recycle().map(|backend| backend.storage);
        let storage = storage.ok_or_else(|| StdError::msg("the instance kept its storage"))?;
        match answer {
            ContractResult::Ok(answer) => Ok((answer, storage)),
            ContractResult::Err(error) => Err(StdError::msg(error)),
        }
    }

    /// Runs a message that writes.
    fn change(
        &self,
        name: &str,
        deps: DepsMut<'_>,
        call: impl FnOnce(&mut Vm) -> VmResult<Vec<u8>>,
    ) -> StdResult<Response> {
        let (response, after) = self.run(name, deps.storage, call)?;
        let before: Vec<_> = deps.storage.range(None, None, Order::Ascending).collect();
        for (key, _) in before.iter().filter(|(key, _)| after.peek(key).is_none()) {
            deps.storage.remove(key);
        }
        for (key, value) in after.entries() {
            if deps.storage.get(key).as_ref() != Some(value) {
                deps.storage.set(key, value);
            }
        }
        Ok(response)
    }
}

impl Contract<Empty> for InVm {
    fn instantiate(
        &self,
        deps: DepsMut<'_>,
        env: Env,
        info: MessageInfo,
        msg: Vec<u8>,
    ) -> StdResult<Response> {
        let (env, info) = (json(&env), json(&info));
        self.change("instantiate", deps, |vm| {
            call_instantiate_raw(vm, &env, &info, &msg)
        })
    }

    fn execute(&self, deps: DepsMut<'_>, env: Env, info: MessageInfo, msg: Vec<u8>) -> StdResult<Response> {
        let name = match from_json(&msg) {
            Ok(ExecuteMsg::Call { call }) => scale::<AccountCall>(&call),
            Ok(ExecuteMsg::Open { call }) => scale::<OpenCall>(&call),
            Ok(other) => first_word(&other),
            Err(_) => "none".into(),
        };
        let (env, info) = (json(&env), json(&info));
        self.change(&name, deps, |vm| call_execute_raw(vm, &env, &info, &msg))
    }

    fn query(&self, deps: Deps<'_>, env: Env, msg: Vec<u8>) -> StdResult<Binary> {
        let name = from_json::<QueryMsg>(&msg).map_or_else(|_| "none".into(), |msg| first_word(&msg));
        let env = json(&env);
        let query = |vm: &mut Vm| call_query_raw(vm, &env, &msg);
        let (answer, _) = self.run(&format!("query {name}"), deps.storage, query)?;
        Ok(answer)
    }

    fn reply(&self, _: DepsMut<'_>, _: Env, _: Reply) -> StdResult<Response> {
        Err(StdError::msg("the contract asks for no replies"))
    }

    fn sudo(&self, deps: DepsMut<'_>, env: Env, msg: Vec<u8>) -> StdResult<Response> {
        let name = match from_json(&msg) {
            Ok(SudoMsg::Govern { call }) => scale::<GovernanceCall>(&call),
            Ok(other) => first_word(&other),
            Err(_) => "none".into(),
        };
        let env = json(&env);
        self.change(&name, deps, |vm| call_sudo_raw(vm, &env, &msg))
    }

    fn migrate(&self, _: DepsMut<'_>, _: Env, _: Vec<u8>) -> StdResult<Response> {
        Err(StdError::msg("the contract has no migration"))
    }
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("what the chain itself made")
}

fn scale<T: DecodeAll + Debug>(bytes: &[u8]) -> String {
    T::decode_all(&mut &*bytes).map_or_else(|_| "none".into(), |call| first_word(&call))
}

/// The name of a variant.
fn first_word(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    text.split(|sign: char| !sign.is_alphanumeric())
        .next()
        .unwrap_or_default()
        .to_owned()
}
