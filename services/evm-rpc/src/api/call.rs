//! `eth_call` and `eth_estimateGas`: the engine itself, over the state after a block.

use super::{Answer, Api, moved};
use crate::error::RpcError;
use crate::index::View;
use crate::json;
use crate::param::{self, Params, field};
use decex_core::execution::Context;
use decex_core::state::Halt;
use decex_evm::{CallRequest, CallResult, Refusal};
use serde_json::Value;

/// No transaction costs less.
const LEAST_GAS: u64 = 21_000;
/// An estimate is at most one part in so many too high: as in go-ethereum, 1.5 %.
const ERROR_PART: u64 = 66;

impl Api {
    pub(super) fn call(&self, params: &mut Params<'_>) -> Answer {
        let (request, view, context) = self.read_call(params)?;
        match self.run(&view, &context, &request, u32::MAX)? {
            CallResult::Returned { output, .. } => Ok(json::data(&output)),
            CallResult::Reverted { output, .. } => Err(RpcError::reverted(&output)),
            CallResult::Halted { gas_used } => Err(halted(gas_used)),
            CallResult::Refused(refusal) => Err(refused(refusal)),
        }
    }

    /// Finds the least gas limit with which the call succeeds, by halving what is between too little and enough.
    pub(super) fn estimate(&self, params: &mut Params<'_>) -> Answer {
        let (request, view, context) = self.read_call(params)?;
        let limit = self.read().witness_limit();
        let mut runs = 0;
        let mut run = |gas: u64| {
            runs = u32::saturating_add(runs, 1);
            let request = CallRequest {
                gas: Some(gas),
                ..request.clone()
            };
            self.run(&view, &context, &request, limit)
        };
        let most = request.gas.unwrap_or(self.limits.call_gas);
        let used = match run(most)? {
            CallResult::Returned { gas_used, .. } => gas_used,
            CallResult::Reverted { output, .. } => return Err(RpcError::reverted(&output)),
            CallResult::Halted { .. } | CallResult::Refused(Refusal::IntrinsicGas) => {
                return Err(RpcError::server(format!(
                    "gas required exceeds allowance ({most})"
                )));
            }
            CallResult::Refused(refusal) => return Err(refused(refusal)),
        };
        // What was used is not always enough: refunds come at the end, and a call hands on 63 of 64 parts.
        let mut too_little = used.saturating_sub(1).max(LEAST_GAS.saturating_sub(1));
        let mut enough = most;
        // Most calls need no more than what they used.
        let mut next = too_little.saturating_add(1);
        for _ in 1..self.limits.estimate_runs {
            if enough.saturating_sub(too_little) <= 1 || next >= enough {
                break;
            }
            match run(next)? {
                CallResult::Returned { .. } => enough = next,
                CallResult::Reverted { .. } | CallResult::Halted { .. } | CallResult::Refused(_) => {
                    too_little = next;
                }
            }
            let gap = enough.saturating_sub(too_little);
            if gap <= enough.checked_div(ERROR_PART).unwrap_or(0) && enough != most {
                break;
            }
            // Near what was used rather than in the middle: the limit is often far above.
            let middle = too_little.saturating_add(gap.checked_div(2).unwrap_or(0));
            next = middle.min(too_little.saturating_mul(2));
        }
        Ok(json::quantity(enough))
    }

    fn read_call(&self, params: &mut Params<'_>) -> Result<(CallRequest, View, Context), RpcError> {
        let request = self.request(params.required()?)?;
        let id = params.block()?;
        if let Some(overrides) = params.optional()
            && overrides.as_object().is_none_or(|fields| !fields.is_empty())
        {
            return Err(RpcError::params("overrides of state or block are not supported"));
        }
        params.end()?;
        let (view, context) = self.view(id)?;
        Ok((request, view, context))
    }

    fn request(&self, value: &Value) -> Result<CallRequest, RpcError> {
        let fields = param::object(value, "a call: an object")?;
        let (input, old_name) = (
            field(fields, "input", param::data)?,
            field(fields, "data", param::data)?,
        );
        if let (Some(input), Some(old_name)) = (&input, &old_name)
            && input != old_name
        {
            return Err(RpcError::params("both data and input are given, and differ"));
        }
        let data = input.or(old_name).unwrap_or_default();
        if data.len() > self.limits.call_data {
            let most = self.limits.call_data;
            return Err(RpcError::limit(format!(
                "a call carries at most {most} bytes of data"
            )));
        }
        let to = field(fields, "to", param::address)?;
        if to.is_none() && data.is_empty() {
            return Err(RpcError::params(
                "a call without `to` creates a contract and needs data",
            ));
        }
        // Fees play no part in a call; they are read so that a wrong one is told.
        for fee in ["gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"] {
            field(fields, fee, param::word)?;
        }
        let gas = field(fields, "gas", param::quantity)?;
        Ok(CallRequest {
            from: field(fields, "from", param::address)?.unwrap_or_default(),
            to,
            value: field(fields, "value", param::word)?.unwrap_or_default(),
            data,
            // As much as the node gives, whatever is asked for.
            gas: Some(gas.unwrap_or(u64::MAX).min(self.limits.call_gas)),
        })
    }

    fn run(
        &self,
        view: &View,
        context: &Context,
        request: &CallRequest,
        witness_limit: u32,
    ) -> Result<CallResult, RpcError> {
        let engine = self.read().engine().clone();
        let ran = engine.call_within(view, context, request, witness_limit);
        ran.map_err(|halt| match halt {
            Halt::Limit => RpcError::server(format!(
                "the transaction reads and writes more than the {witness_limit} bytes that a fraud proof can show"
            )),
            Halt::Read(_) => moved(),
        })
    }
}

fn halted(gas_used: u64) -> RpcError {
    RpcError::server(format!(
        "out of gas or an invalid operation ({gas_used} gas used)"
    ))
}

fn refused(refusal: Refusal) -> RpcError {
    RpcError::server(match refusal {
        Refusal::Balance | Refusal::Storage => "insufficient funds for transfer",
        Refusal::IntrinsicGas => "intrinsic gas too low",
        Refusal::InitCode => "max initcode size exceeded",
        Refusal::SenderHasCode => "sender not an eoa",
        Refusal::BlockGas => "exceeds block gas limit",
        Refusal::NonceOverflow => "nonce has max value",
        Refusal::Malformed
        | Refusal::NonceTooLow
        | Refusal::NonceTooHigh
        | Refusal::FeeCap
        | Refusal::PriorityFee
        | Refusal::Other => "the call cannot be executed",
    })
}
