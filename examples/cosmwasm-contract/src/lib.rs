#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod account;
mod contract;
mod engines;
mod error;
mod host;
mod money;
mod msg;
mod settings;
#[cfg(test)]
mod tests;

pub use account::account_of;
pub use contract::{execute, instantiate, query, sudo};
pub use engines::engine;
pub use error::{ContractError, Fault};
pub use host::OnContract;
pub use money::Books;
pub use msg::{Beginning, ChainOf, Credit, ExecuteMsg, InstantiateMsg, QueryMsg, SudoMsg, Sums, Value};
pub use settings::Settings;

// On the chain alone: a test calls the functions themselves.
#[cfg(all(target_arch = "wasm32", not(feature = "library")))]
#[allow(unsafe_code, reason = "the macro exports the functions that the chain calls")]
mod entry {
    use crate::{ContractError, ExecuteMsg, InstantiateMsg, QueryMsg, SudoMsg};
    use cosmwasm_std::{Binary, Deps, DepsMut, Env, MessageInfo, Response, entry_point};

    #[entry_point]
    fn instantiate(
        deps: DepsMut<'_>,
        env: Env,
        info: MessageInfo,
        msg: InstantiateMsg,
    ) -> Result<Response, ContractError> {
        crate::instantiate(deps, env, info, msg)
    }

    #[entry_point]
    fn execute(
        deps: DepsMut<'_>,
        env: Env,
        info: MessageInfo,
        msg: ExecuteMsg,
    ) -> Result<Response, ContractError> {
        crate::execute(deps, env, info, msg)
    }

    #[entry_point]
    fn sudo(deps: DepsMut<'_>, env: Env, msg: SudoMsg) -> Result<Response, ContractError> {
        crate::sudo(deps, env, msg)
    }

    #[entry_point]
    fn query(deps: Deps<'_>, env: Env, msg: QueryMsg) -> Result<Binary, ContractError> {
        crate::query(deps, env, msg)
    }
}
