//! Run one transaction on revm.

use crate::config::EvmConfig;
use crate::database::{Database, FEE_RECIPIENT, Memory};
use crate::messenger::{self, MESSENGER, Precompiles};
use crate::receipt::Refusal;
use core::marker::PhantomData;
use decex_core::execution::Context;
use decex_core::state::Halt;
use revm::context::journal::JournalInner;
use revm::context::result::{EVMError, InvalidTransaction, ResultAndState};
use revm::context::{BlockEnv, CfgEnv, Context as EvmContext, Evm, FrameStack, Journal, LocalContext, TxEnv};
use revm::context_interface::JournalTr;
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::handler::instructions::InstructionProvider;
use revm::handler::{EthFrame, Handler, MainnetHandler};
use revm::interpreter::Host;
use revm::interpreter::instructions::{GasTable, InstructionTable, gas_table_spec, instruction_table};
use revm::interpreter::interpreter::EthInterpreter;
use revm::primitives::{AddressSet, B256, U256};
use revm::{ExecuteEvm, JournalEntry};

/// Why a transaction has no result.
pub(crate) enum NoResult {
    /// The state did not answer.
    Halt(Halt),
    /// The EVM's own rules refuse the transaction before executing it.
    Refused(Refusal),
    /// A precompile gave up. Deterministic, and the work was done: the transaction pays for all of it.
    Broken,
}

/// What is the same for every transaction of a domain, made once.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    environment: CfgEnv,
    gas: GasTable,
    /// Ethereum's precompiles and the messenger.
    precompiles: AddressSet,
    /// An empty journal that knows the precompiles.
    journal: JournalInner<JournalEntry>,
}

impl Settings {
    pub(crate) fn new(config: &EvmConfig) -> Self {
        let spec = config.spec.id();
        let mut journal = JournalInner::new();
        journal.set_spec_id(spec);
        let precompiles = messenger::addresses(spec);
        journal.warm_addresses.set_precompile_addresses(&precompiles);
        let environment = CfgEnv::new_with_spec(spec).with_chain_id(config.chain_id);
        Self {
            environment,
            gas: gas_table_spec(spec),
            precompiles,
            journal,
        }
    }
}

/// What the transactions of one chunk share: memory to work in, and values decoded from the state, each used only for the
/// bytes that it was decoded from. No result depends on it.
#[derive(Default)]
pub(crate) struct Workspace {
    pub(crate) buffers: Buffers,
    pub(crate) memory: Memory,
}

/// revm's buffers between two transactions, empty but allocated. Absent before the first one and after a failure.
#[derive(Default)]
pub(crate) struct Buffers(Option<Parts>);

struct Parts {
    environment: CfgEnv,
    journal: JournalInner<JournalEntry>,
    local: LocalContext,
    frames: FrameStack<EthFrame>,
}

impl Parts {
    fn new(settings: &Settings) -> Self {
        Self {
            environment: settings.environment.clone(),
            journal: settings.journal.clone(),
            local: LocalContext::default(),
            // Frames are made when a contract runs; making them in advance would cost more than a payment does.
            frames: FrameStack::new(),
        }
    }
}

/// Ethereum's instructions, by reference: revm's own provider copies both tables.
struct Instructions<'s, C> {
    gas: &'s GasTable,
    context: PhantomData<fn(&C)>,
}

impl<C: Host> InstructionProvider for Instructions<'_, C> {
    type Context = C;
    type InterpreterTypes = EthInterpreter;

    fn instruction_table(&self) -> &InstructionTable<EthInterpreter, C> {
        &const { instruction_table::<EthInterpreter, C>() }
    }

    fn gas_table(&self) -> &GasTable {
        self.gas
    }
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

/// On whose behalf something runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A transaction: revm checks its sender, and charges it.
    Transaction,
    /// A message: the messenger calls. It has no nonce, buys no gas, and pays nothing for being there.
    Message,
}

/// Runs one transaction, or one call of the messenger. The changes are in the result, not yet in the state.
pub(crate) fn run(
    settings: &Settings,
    buffers: &mut Buffers,
    block: BlockEnv,
    database: &mut Database<'_>,
    transaction: TxEnv,
    origin: Origin,
) -> Result<ResultAndState, NoResult> {
    let spec = settings.environment.spec;
    let parts = buffers.0.take().unwrap_or_else(|| Parts::new(settings));
    let mut evm = Evm {
        ctx: EvmContext {
            block,
            tx: transaction,
            cfg: parts.environment,
            journaled_state: Journal::new_with_inner(&mut *database, parts.journal),
            chain: (),
            local: parts.local,
            error: Ok(()),
        },
        inspector: (),
        instruction: Instructions {
            gas: &settings.gas,
            context: PhantomData,
        },
        precompiles: Precompiles::new(spec, &settings.precompiles),
        frame_stack: parts.frames,
    };
    let result = match origin {
        Origin::Transaction => evm.replay(),
        Origin::Message => {
            // The frame moves the value between accounts that it takes for loaded; a transaction's sender is, by its checks.
            let loaded = evm.ctx.journaled_state.load_account(MESSENGER).map(drop);
            let called = loaded
                .map_err(EVMError::Database)
                .and_then(|()| MainnetHandler::default().run_system_call(&mut evm));
            called.map(|result| ResultAndState::new(result, evm.finalize()))
        }
    };
    if result.is_ok() {
        // revm has emptied them.
        buffers.0 = Some(Parts {
            environment: evm.ctx.cfg,
            journal: evm.ctx.journaled_state.into_init(),
            local: evm.ctx.local,
            frames: evm.frame_stack,
        });
    }
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
