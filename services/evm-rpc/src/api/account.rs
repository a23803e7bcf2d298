//! Balances, nonces, code and storage.

use super::{Answer, Api, moved};
use crate::error::RpcError;
use crate::json;
use crate::param::{self, BlockId, Params, Tag};
use decex_evm::query;

impl Api {
    pub(super) fn account(&self, method: &str, params: &mut Params<'_>) -> Answer {
        let address = param::address(params.required()?)?;
        let slot = match method {
            "eth_getStorageAt" => Some(param::word(params.required()?)?),
            _ => None,
        };
        let id = params.block()?;
        params.end()?;
        let (view, _) = self.view(id)?;
        Ok(match (method, slot) {
            ("eth_getBalance", _) => {
                json::quantity(query::balance_of(&view, &address).map_err(|_| moved())?.0)
            }
            ("eth_getTransactionCount", _) => {
                let next = query::nonce_of(&view, &address).map_err(|_| moved())?;
                let next = match id {
                    BlockId::Tag(Tag::Pending) => self.read().pending().next_nonce(&address, next),
                    BlockId::Tag(_) | BlockId::Number(_) | BlockId::Hash(_) => next,
                };
                json::quantity(next)
            }
            ("eth_getCode", _) => json::data(&query::code_of(&view, &address).map_err(|_| moved())?),
            (_, Some(slot)) => {
                let value = query::storage_at(&view, &address, &slot).map_err(|_| moved())?;
                json::data(&value.to_be_bytes::<32>())
            }
            (_, None) => return Err(RpcError::no_method(method)),
        })
    }
}
