//! `eth_sendRawTransaction`: what is wrong is told before blockspace is paid for it.

use super::{Answer, Api, moved};
use crate::desk::Refused;
use crate::error::RpcError;
use crate::index::{View, hash_of, write};
use crate::json;
use crate::param::{self, Params};
use decex_evm::{InvalidTransaction, Refusal, Transaction, address_of, query};
use decex_operator::NotPooled;

impl Api {
    pub(super) fn send(&self, params: &mut Params<'_>) -> Answer {
        let raw = param::data(params.required()?)?;
        params.end()?;
        if raw.len() > self.limits.transaction_bytes {
            let most = self.limits.transaction_bytes;
            return Err(RpcError::server(format!(
                "oversized data: {} bytes, of at most {most}",
                raw.len()
            )));
        }
        let (engine, newest, context) = {
            let index = self.read();
            (
                index.engine().clone(),
                index.newest().number(),
                index.newest().context.clone(),
            )
        };
        let facts = engine.check(&raw).map_err(|error| invalid(&error))?;
        let sender = address_of(&facts.sender).unwrap_or_default();
        let hash = hash_of(&raw);
        if self.read().place(&hash).is_some() {
            return Err(RpcError::server("already known"));
        }
        let view = View::of(&self.index, newest).ok_or_else(moved)?;
        let next = query::nonce_of(&view, &sender).map_err(|_| moved())?;
        let foreseen = engine.foresee(&view, &context, &raw).map_err(|_| moved())?;
        match foreseen {
            // It waits for the ones before it.
            None | Some(Refusal::NonceTooHigh) => {}
            Some(refusal) => return Err(self.refused(refusal, next, &raw)),
        }
        // The pool knows best what waits in it: what is noted here may have left it.
        self.pool.submit(&raw).map_err(|refused| {
            let same = self.read().pending().get(&hash).is_some();
            not_pooled(refused, same)
        })?;
        write(&self.index).waits(&raw);
        Ok(json::hash(&hash))
    }

    fn refused(&self, refusal: Refusal, next: u64, raw: &[u8]) -> RpcError {
        let config = *self.read().config();
        let transaction = Transaction::decode(raw, config.chain_id).ok();
        let (nonce, gas) =
            transaction.map_or((0, 0), |transaction| (transaction.nonce, transaction.gas_limit));
        RpcError::server(match refusal {
            Refusal::NonceTooLow => format!("nonce too low: next nonce {next}, tx nonce {nonce}"),
            Refusal::NonceOverflow => "nonce has max value".into(),
            Refusal::NonceTooHigh => "nonce too high".into(),
            Refusal::Storage => "insufficient funds for blockspace".into(),
            Refusal::Balance => "insufficient funds for gas * price + value and blockspace".into(),
            Refusal::FeeCap => format!(
                "max fee per gas less than block base fee: baseFee: {}",
                config.base_fee
            ),
            Refusal::PriorityFee => "max priority fee per gas higher than max fee per gas".into(),
            Refusal::BlockGas => format!("exceeds block gas limit: {gas} of {}", config.block_gas_limit),
            Refusal::IntrinsicGas => format!("intrinsic gas too low: gas {gas}"),
            Refusal::InitCode => "max initcode size exceeded".into(),
            Refusal::SenderHasCode => "sender not an eoa".into(),
            Refusal::Malformed | Refusal::Other => "the transaction cannot be executed".into(),
        })
    }
}

fn invalid(error: &InvalidTransaction) -> RpcError {
    RpcError::server(match error {
        InvalidTransaction::Type { .. } => format!("transaction type not supported: {error}"),
        InvalidTransaction::Encoding => format!("invalid transaction: {error}"),
        InvalidTransaction::Unprotected => {
            "only replay-protected (EIP-155) transactions allowed over RPC".into()
        }
        InvalidTransaction::ChainId { expected, found } => {
            format!("invalid chain id for signer: have {found} want {expected}")
        }
        InvalidTransaction::SignatureRange | InvalidTransaction::Signature => {
            format!("invalid sender: {error}")
        }
    })
}

/// `same`: this very transaction waits already.
fn not_pooled(refused: Refused, same: bool) -> RpcError {
    let Refused::Pool(cause) = refused else {
        return RpcError::server(refused.to_string());
    };
    RpcError::server(match cause {
        NotPooled::TooLong { .. } => format!("oversized data: {cause}"),
        NotPooled::NotATransaction(_) => format!("invalid transaction: {cause}"),
        NotPooled::TooHeavy { .. } => format!("exceeds block gas limit: {cause}"),
        NotPooled::Stale { expected, found } => {
            format!("nonce too low: next nonce {}, tx nonce {}", expected.0, found.0)
        }
        NotPooled::TooFarAhead { .. } => format!("nonce too high: {cause}"),
        NotPooled::CannotPay { .. } => format!("insufficient funds for blockspace: {cause}"),
        NotPooled::Occupied if same => "already known".into(),
        // The first of a nonce stays in the pool, whatever the second pays.
        NotPooled::Occupied => "replacement transaction underpriced".into(),
        NotPooled::Full => "txpool is full".into(),
    })
}
