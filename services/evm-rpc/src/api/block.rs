//! Blocks, transactions and receipts.

use super::{Answer, Api, resolve};
use crate::error::RpcError;
use crate::index::{Entry, Index, Indexed};
use crate::json;
use crate::param::{self, BlockId, Params};
use serde_json::Value;

impl Api {
    /// The methods that are about a block or what is in it. What does not exist, or is not kept any more, is `null`, as everywhere.
    pub(super) fn block_method(&self, method: &str, params: &mut Params<'_>) -> Answer {
        match method {
            "eth_getTransactionByHash" => return self.transaction(params),
            "eth_getTransactionReceipt" => return self.receipt(params),
            _ => {}
        }
        let by_hash = match method {
            "eth_getBlockByHash"
            | "eth_getBlockTransactionCountByHash"
            | "eth_getTransactionByBlockHashAndIndex"
            | "eth_getUncleCountByBlockHash" => true,
            "eth_getBlockByNumber"
            | "eth_getBlockTransactionCountByNumber"
            | "eth_getTransactionByBlockNumberAndIndex"
            | "eth_getUncleCountByBlockNumber"
            | "eth_getBlockReceipts" => false,
            _ => return Err(RpcError::no_method(method)),
        };
        let id = params.required()?;
        let id = if by_hash {
            BlockId::Hash(param::hash32(id)?)
        } else {
            BlockId::read(id)?
        };
        let answer: fn(&Index, &Indexed, Rest) -> Value = match method {
            "eth_getBlockByHash" | "eth_getBlockByNumber" => {
                |index, block, rest| json::block(index, block, rest.whole)
            }
            "eth_getBlockReceipts" => |index, block, _| {
                entries(block)
                    .map(|(place, entry)| json::receipt(index, block, place, entry))
                    .collect()
            },
            "eth_getTransactionByBlockHashAndIndex" | "eth_getTransactionByBlockNumberAndIndex" => nth,
            "eth_getUncleCountByBlockHash" | "eth_getUncleCountByBlockNumber" => {
                |_, _, _| json::quantity(0u8)
            }
            _ => |_, block, _| json::quantity(u64::try_from(block.entries.len()).unwrap_or(u64::MAX)),
        };
        let rest = Rest::read(method, params)?;
        params.end()?;
        let index = self.read();
        let block = resolve(&index, id)?.and_then(|number| index.block(number));
        Ok(block.map_or(Value::Null, |block| answer(&index, block, rest)))
    }

    fn transaction(&self, params: &mut Params<'_>) -> Answer {
        let hash = param::hash32(params.required()?)?;
        params.end()?;
        let index = self.read();
        if let Some((block, place, entry)) = self.place(&index, &hash) {
            return Ok(json::transaction(&index, block, place, entry));
        }
        let waiting = index.pending().get(&hash);
        Ok(waiting.map_or(Value::Null, |waiting| {
            json::pending(&index, &hash, &waiting.raw, &waiting.sender)
        }))
    }

    fn receipt(&self, params: &mut Params<'_>) -> Answer {
        let hash = param::hash32(params.required()?)?;
        params.end()?;
        let index = self.read();
        let found = self.place(&index, &hash);
        Ok(found.map_or(Value::Null, |(block, place, entry)| {
            json::receipt(&index, block, place, entry)
        }))
    }

    fn place<'i>(&self, index: &'i Index, hash: &decex_evm::B256) -> Option<(&'i Indexed, usize, &'i Entry)> {
        let (block, found) = index.place(hash)?;
        let place = block.entries.iter().position(|entry| entry.hash == found.hash)?;
        Some((block, place, found))
    }
}

/// The parameters after the block.
#[derive(Clone, Copy, Default)]
struct Rest {
    whole: bool,
    nth: u64,
}

impl Rest {
    fn read(method: &str, params: &mut Params<'_>) -> Result<Self, RpcError> {
        match method {
            "eth_getBlockByHash" | "eth_getBlockByNumber" => Ok(Self {
                whole: params.flag()?,
                nth: 0,
            }),
            "eth_getTransactionByBlockHashAndIndex" | "eth_getTransactionByBlockNumberAndIndex" => Ok(Self {
                whole: false,
                nth: param::quantity(params.required()?)?,
            }),
            _ => Ok(Self::default()),
        }
    }
}

fn entries(block: &Indexed) -> impl Iterator<Item = (usize, &Entry)> {
    block.entries.iter().enumerate()
}

fn nth(index: &Index, block: &Indexed, rest: Rest) -> Value {
    let place = usize::try_from(rest.nth).unwrap_or(usize::MAX);
    let entry = block.entries.get(place);
    entry.map_or(Value::Null, |entry| json::transaction(index, block, place, entry))
}
