//! Run one transaction on revm.

use crate::config::EvmConfig;
use crate::database::{Database, FEE_RECIPIENT};
use crate::receipt::Refusal;
use decex_core::execution::Context;
use decex_core::state::Halt;
use revm::context::result::{EVMError, InvalidTransaction, ResultAndState};
use revm::context::{BlockEnv, CfgEnv, Context as EvmContext, Journal, LocalContext, TxEnv};
use revm::context_interface::JournalTr;
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::primitives::{B256, U256};
use revm::{ExecuteEvm, MainBuilder};

/// Why a transaction has no result.
pub(crate) enum NoResult {
    /// The state did not answer.
    Halt(Halt),
    /// The EVM's own rules refuse the transaction before executing it.
    Refused(Refusal),
    /// A precompile gave up. Deterministic, and the work was done: the transaction pays for all of it.
    Broken,
}

/// Returns the EVM's settings for a domain.
pub(crate) fn settings(config: &EvmConfig) -> CfgEnv {
    CfgEnv::new_with_spec(config.spec.id()).with_chain_id(config.chain_id)
}

/// Returns the block as contracts see it: a function of the context alone.
pub(crate) fn block(config: &EvmConfig, context: &Context) -> BlockEnv {
    BlockEnv {
        number: U256::from(context.number.0),
        beneficiary: FEE_RECIPIENT,
        // Ethereum counts seconds. The divisor is a constant, not zero.
        timestamp: U256::from(context.timestamp.0.checked_div(1000).unwrap_or_default()),
        gas_limit: config.block_gas_limit,
        basefee: config.base_fee,
        difficulty: U256::ZERO,
        prevrandao: Some(B256::from(context.seed.0.0)),
        // No blobs here: the price stays at its floor.
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice {
            excess_blob_gas: 0,
            blob_gasprice: 1,
        }),
        slot_num: context.slot.0,
    }
}

/// Runs one transaction. The changes are in the result, not yet in the state.
pub(crate) fn run(
    settings: &CfgEnv,
    block: BlockEnv,
    database: &mut Database<'_>,
    transaction: TxEnv,
) -> Result<ResultAndState, NoResult> {
    let mut journal: Journal<&mut Database<'_>> = Journal::new(&mut *database);
    journal.set_spec_id(settings.spec);
    let context = EvmContext {
        block,
        tx: TxEnv::default(),
        cfg: settings.clone(),
        journaled_state: journal,
        chain: (),
        local: LocalContext::default(),
        error: Ok(()),
    };
    let result = context.build_mainnet().transact(transaction);
    // V9: a halt goes before anything revm says.
    if let Some(halt) = database.halt() {
        return Err(NoResult::Halt(halt));
    }
    result.map_err(|error| match error {
        EVMError::Database(halt) => NoResult::Halt(halt.0),
        EVMError::Transaction(error) => NoResult::Refused(refusal(&error)),
        EVMError::Header(_) | EVMError::Custom(_) | EVMError::CustomAny(_) => NoResult::Broken,
    })
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "revm's enum covers transactions that this domain does not have"
)]
fn refusal(error: &InvalidTransaction) -> Refusal {
    match error {
        InvalidTransaction::NonceTooLow { .. } => Refusal::NonceTooLow,
        InvalidTransaction::NonceTooHigh { .. } => Refusal::NonceTooHigh,
        InvalidTransaction::NonceOverflowInTransaction => Refusal::NonceOverflow,
        InvalidTransaction::GasPriceLessThanBasefee => Refusal::FeeCap,
        InvalidTransaction::PriorityFeeGreaterThanMaxFee => Refusal::PriorityFee,
        InvalidTransaction::CallerGasLimitMoreThanBlock => Refusal::BlockGas,
        InvalidTransaction::LackOfFundForMaxFee { .. } | InvalidTransaction::OverflowPaymentInTransaction => {
            Refusal::Balance
        }
        InvalidTransaction::CallGasCostMoreThanGasLimit { .. }
        | InvalidTransaction::GasFloorMoreThanGasLimit { .. } => Refusal::IntrinsicGas,
        InvalidTransaction::CreateInitCodeSizeLimit => Refusal::InitCode,
        InvalidTransaction::RejectCallerWithCode => Refusal::SenderHasCode,
        _ => Refusal::Other,
    }
}
