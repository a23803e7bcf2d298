//! The methods: parameters in, JSON out. No socket here.

mod account;
mod block;
mod call;
mod fee;
mod filter;
mod log;
mod submit;

use crate::desk::Submit;
use crate::error::RpcError;
use crate::index::{Index, Shared, View, read};
use crate::json;
use crate::param::{BlockId, Params, Tag};
use filter::Filters;
use serde_json::Value;
use std::sync::{Arc, RwLockReadGuard};
use std::time::Duration;

/// How much one request may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most gas of one `eth_call`, and of each run of `eth_estimateGas`.
    pub call_gas: u64,
    /// Most runs of one `eth_estimateGas`.
    pub estimate_runs: u32,
    /// Most bytes of data that a call may carry.
    pub call_data: usize,
    /// Most blocks of one `eth_getLogs`.
    pub log_blocks: u64,
    /// Most logs in one answer.
    pub logs: usize,
    /// Most addresses, and most topics at one position, of a filter.
    pub filter_choices: usize,
    /// Most blocks of one `eth_feeHistory`.
    pub fee_blocks: u64,
    /// Most bytes of a transaction (the domain's parameters).
    pub transaction_bytes: usize,
    /// Most filters at once.
    pub filters: usize,
    /// How long a filter lives that nobody asks.
    pub filter_life: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_gas: 30_000_000,
            estimate_runs: 24,
            call_data: 128 * 1024,
            log_blocks: 10_000,
            logs: 10_000,
            filter_choices: 256,
            fee_blocks: 1_024,
            transaction_bytes: 32 * 1024,
            filters: 1_024,
            filter_life: Duration::from_secs(300),
        }
    }
}

/// The methods of one domain.
pub struct Api {
    index: Shared,
    pool: Arc<dyn Submit>,
    limits: Limits,
    filters: Filters,
}

type Answer = Result<Value, RpcError>;

/// Every method that there is.
pub const METHODS: [&str; 37] = [
    "eth_accounts",
    "eth_blockNumber",
    "eth_call",
    "eth_chainId",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_gasPrice",
    "eth_getBalance",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
    "eth_getBlockReceipts",
    "eth_getBlockTransactionCountByHash",
    "eth_getBlockTransactionCountByNumber",
    "eth_getCode",
    "eth_getFilterChanges",
    "eth_getFilterLogs",
    "eth_getLogs",
    "eth_getStorageAt",
    "eth_getTransactionByBlockHashAndIndex",
    "eth_getTransactionByBlockNumberAndIndex",
    "eth_getTransactionByHash",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_getUncleCountByBlockHash",
    "eth_getUncleCountByBlockNumber",
    "eth_maxPriorityFeePerGas",
    "eth_newBlockFilter",
    "eth_newFilter",
    "eth_sendRawTransaction",
    "eth_syncing",
    "eth_uninstallFilter",
    "net_listening",
    "net_peerCount",
    "net_version",
    "rpc_modules",
    "web3_clientVersion",
    "web3_sha3",
];

impl Api {
    /// Puts the methods together.
    #[must_use]
    pub fn new(index: Shared, pool: Arc<dyn Submit>, limits: Limits) -> Self {
        Self {
            index,
            pool,
            limits,
            filters: Filters::default(),
        }
    }

    /// Answers one request. The work and the size of the answer are bounded by [`Limits`], whatever the request is.
    ///
    /// # Errors
    /// As Ethereum's clients expect them: see the README.
    pub fn answer(&self, method: &str, params: &[Value]) -> Answer {
        let mut params = Params::new(params);
        let params = &mut params;
        match method {
            "eth_chainId" => self.constant(params, json::quantity(self.read().config().chain_id)),
            "net_version" => {
                let id = self.read().config().chain_id.to_string();
                self.constant(params, Value::String(id))
            }
            "web3_clientVersion" => self.constant(params, Value::String(version())),
            "web3_sha3" => self.sha3(params),
            "rpc_modules" => self.constant(
                params,
                serde_json::json!({"eth": "1.0", "net": "1.0", "web3": "1.0"}),
            ),
            "net_listening" => self.constant(params, Value::Bool(true)),
            "net_peerCount" => self.constant(params, json::quantity(0u8)),
            // An index that lags answers with what it has; nobody here knows of more.
            "eth_syncing" => self.constant(params, Value::Bool(false)),
            "eth_accounts" => self.constant(params, Value::Array(Vec::new())),
            "eth_blockNumber" => self.constant(params, json::quantity(self.read().newest().number())),
            "eth_gasPrice" | "eth_maxPriorityFeePerGas" | "eth_feeHistory" => self.fee(method, params),
            "eth_getBalance" | "eth_getTransactionCount" | "eth_getCode" | "eth_getStorageAt" => {
                self.account(method, params)
            }
            "eth_call" => self.call(params),
            "eth_estimateGas" => self.estimate(params),
            "eth_sendRawTransaction" => self.send(params),
            "eth_getLogs" => self.logs(params),
            "eth_newFilter" => self.new_filter(params),
            "eth_newBlockFilter" => self.new_block_filter(params),
            "eth_uninstallFilter" => self.uninstall_filter(params),
            "eth_getFilterChanges" => self.filter_changes(params),
            "eth_getFilterLogs" => self.filter_logs(params),
            _ => self.block_method(method, params),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Index> {
        read(&self.index)
    }

    fn constant(&self, params: &mut Params<'_>, value: Value) -> Answer {
        params.end()?;
        Ok(value)
    }

    fn sha3(&self, params: &mut Params<'_>) -> Answer {
        let bytes = crate::param::data(params.required()?)?;
        params.end()?;
        Ok(json::hash(&decex_evm::keccak256(bytes)))
    }

    /// The state that a request is about, and the block it stands after.
    fn view(&self, id: BlockId) -> Result<(View, decex_core::execution::Context), RpcError> {
        let (number, context) = {
            let index = self.read();
            let number = resolve(&index, id)?.ok_or_else(|| missing(&index, id))?;
            let block = index.block(number).ok_or_else(|| missing(&index, id))?;
            (number, block.context.clone())
        };
        let view = View::of(&self.index, number).ok_or_else(|| {
            let oldest = self.read().oldest_state();
            RpcError::server(format!(
                "the state after block {number} is not kept any more; the oldest kept is that after block {oldest}"
            ))
        })?;
        Ok((view, context))
    }
}

/// Returns the number of a block. `None`: there is no such block here.
fn resolve(index: &Index, id: BlockId) -> Result<Option<u64>, RpcError> {
    Ok(match id {
        BlockId::Tag(Tag::Latest | Tag::Pending) => Some(index.newest().number()),
        BlockId::Tag(Tag::Safe) => Some(index.included()),
        BlockId::Tag(Tag::Finalized) => Some(index.confirmed()),
        BlockId::Tag(Tag::Earliest) => Some(index.oldest()),
        BlockId::Number(number) => index.block(number).map(|_| number),
        BlockId::Hash(hash) => index.block_of(&hash).map(|block| block.number()),
    })
}

fn missing(index: &Index, id: BlockId) -> RpcError {
    match id {
        BlockId::Number(number) if number < index.oldest() => RpcError::server(format!(
            "block {number} is not kept any more; the oldest kept is block {}",
            index.oldest()
        )),
        BlockId::Tag(_) | BlockId::Number(_) | BlockId::Hash(_) => RpcError::server("header not found"),
    }
}

/// A state that stopped answering in the middle of a request.
fn moved() -> RpcError {
    RpcError::server("the block was taken back or forgotten while it was read; ask again")
}

fn version() -> String {
    format!("decex-evm-rpc/{}/{}", env!("CARGO_PKG_VERSION"), decex_evm::RULES)
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
