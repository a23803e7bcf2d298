//! Read the state of an EVM domain: for hosts, wallets and tests.

use crate::account::{StoredAccount, slot_from_value};
use crate::apply::{Attempt, address_of};
use crate::block::BlockTotals;
use crate::database::Database;
use crate::engine::EvmEngine;
use crate::key;
use crate::receipt::Refusal;
use crate::run::{self, NoResult, Origin, Workspace};
use decex_core::execution::{Context, Input};
use decex_core::state::{Halt, Meter, Overlay, ReadError, StateCommitment, StateTree};
use decex_core::transaction::{self, Summary};
use decex_core::{Balance, SenderId};
use revm::context::TxEnv;
use revm::context::result::ExecutionResult;
use revm::primitives::{Address, B256, Bytes, TxKind, U256};

/// Returns an account; an absent one is empty.
///
/// # Errors
/// When the tree cannot answer.
pub fn account<T: StateTree + ?Sized>(tree: &T, address: &Address) -> Result<StoredAccount, ReadError> {
    match tree.get(&key::account(address))? {
        Some(value) => StoredAccount::from_value(&value),
        None => Ok(StoredAccount::default()),
    }
}

/// Returns the balance of an address, in wei.
///
/// # Errors
/// When the tree cannot answer.
pub fn balance_of<T: StateTree + ?Sized>(tree: &T, address: &Address) -> Result<Balance, ReadError> {
    Ok(Balance(account(tree, address)?.balance))
}

/// Returns the balance of a sender as the protocol names it, in wei.
///
/// # Errors
/// When the tree cannot answer.
pub fn balance_of_sender<T: StateTree + ?Sized>(tree: &T, sender: &SenderId) -> Result<Balance, ReadError> {
    address_of(sender).map_or(Ok(Balance::ZERO), |address| balance_of(tree, &address))
}

/// Returns the next nonce of an address.
///
/// # Errors
/// When the tree cannot answer.
pub fn nonce_of<T: StateTree + ?Sized>(tree: &T, address: &Address) -> Result<u64, ReadError> {
    Ok(account(tree, address)?.nonce)
}

/// Returns the code of an address, empty if it has none.
///
/// # Errors
/// When the tree cannot answer.
pub fn code_of<T: StateTree + ?Sized>(tree: &T, address: &Address) -> Result<Bytes, ReadError> {
    let Some(hash) = account(tree, address)?.code_hash else {
        return Ok(Bytes::new());
    };
    Ok(Bytes(tree.get(&key::code(&hash))?.ok_or(ReadError::Backend)?))
}

/// Returns a slot of a contract.
///
/// # Errors
/// When the tree cannot answer.
pub fn storage_at<T: StateTree + ?Sized>(
    tree: &T,
    address: &Address,
    slot: &U256,
) -> Result<U256, ReadError> {
    slot_from_value(tree.get(&key::storage(address, slot))?.as_ref())
}

/// Returns the accumulators of the block that the state stands after, or in.
///
/// # Errors
/// When the tree cannot answer.
pub fn block_totals<T: StateTree + ?Sized>(tree: &T) -> Result<BlockTotals, ReadError> {
    BlockTotals::from_value(tree.get(&key::BLOCK)?.as_ref())
}

/// A call that changes nothing (`eth_call`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallRequest {
    /// Who seems to call. Must not have code.
    pub from: Address,
    /// The callee, or `None` to try a creation.
    pub to: Option<Address>,
    /// Value sent along, in wei; `from` must have it.
    pub value: U256,
    /// Call data or init code.
    pub data: Bytes,
    /// Most gas to use; the block's limit if `None`.
    pub gas: Option<u64>,
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallResult {
    /// It returned.
    Returned {
        /// What it returned.
        output: Bytes,
        /// Gas used.
        gas_used: u64,
    },
    /// It reverted.
    Reverted {
        /// The reason it gave.
        output: Bytes,
        /// Gas used.
        gas_used: u64,
    },
    /// The EVM stopped it (out of gas, invalid opcode …).
    Halted {
        /// Gas used.
        gas_used: u64,
    },
    /// Not executed.
    Refused(Refusal),
}

impl<C: StateCommitment> EvmEngine<C> {
    /// Runs a call on the state that `tree` holds, in the block of `context`, free of charge, and changes nothing.
    ///
    /// # Errors
    /// When the tree cannot answer.
    pub fn call<T: StateTree + ?Sized>(
        &self,
        tree: &T,
        context: &Context,
        request: &CallRequest,
    ) -> Result<CallResult, Halt> {
        self.call_within(tree, context, request, u32::MAX)
    }

    /// As [`call`](Self::call), within so many bytes of witness, as a transaction has them: the domain's parameters say how many.
    ///
    /// # Errors
    /// [`Halt::Limit`] when the call needs more: a transaction would pay for all of its gas and have no effect. Otherwise when the
    /// tree cannot answer.
    pub fn call_within<T: StateTree + ?Sized>(
        &self,
        tree: &T,
        context: &Context,
        request: &CallRequest,
        witness_limit: u32,
    ) -> Result<CallResult, Halt> {
        let mut state = Overlay::new(tree, Meter::new(witness_limit));
        let nonce = account(tree, &request.from)?.nonce;
        let mut block = run::block(self.config(), context);
        block.basefee = 0;
        let environment = TxEnv {
            caller: request.from,
            gas_limit: request.gas.unwrap_or(block.gas_limit),
            gas_price: 0,
            kind: request.to.map_or(TxKind::Create, TxKind::Call),
            value: request.value,
            data: request.data.clone(),
            nonce,
            chain_id: Some(self.config().chain_id),
            ..TxEnv::default()
        };
        let Workspace {
            mut buffers,
            mut memory,
        } = Workspace::default();
        let mut database = Database::new(&mut state, &mut memory);
        let result = match run::run(
            self.settings(),
            &mut buffers,
            block,
            &mut database,
            environment,
            Origin::Transaction,
        ) {
            Ok(result) => result.result,
            Err(NoResult::Halt(halt)) => return Err(halt),
            Err(NoResult::Refused(refusal)) => return Ok(CallResult::Refused(refusal)),
            Err(NoResult::Broken) => return Ok(CallResult::Refused(Refusal::Other)),
        };
        let gas_used = result.tx_gas_used();
        Ok(match result {
            ExecutionResult::Success { output, .. } => CallResult::Returned {
                output: output.into_data(),
                gas_used,
            },
            ExecutionResult::Revert { output, .. } => CallResult::Reverted { output, gas_used },
            ExecutionResult::Halt { .. } => CallResult::Halted { gas_used },
        })
    }

    /// Returns why a transaction would be refused (V6 to V8) if it came first in the next block after `tree`'s state, at the price of a
    /// byte that `context` has. `None`: it would be executed. For wallets, which learn so before they pay for blockspace.
    ///
    /// # Errors
    /// When the tree cannot answer.
    pub fn foresee<T: StateTree + ?Sized>(
        &self,
        tree: &T,
        context: &Context,
        transaction: &[u8],
    ) -> Result<Option<Refusal>, Halt> {
        let Ok(facts) = self.check(transaction) else {
            return Ok(Some(Refusal::Malformed));
        };
        let summary = Summary {
            sender: facts.sender,
            nonce: facts.nonce,
            hash: transaction::hash(transaction),
            weight: facts.weight,
            bytes: u32::try_from(transaction.len()).unwrap_or(u32::MAX),
        };
        let input = Input {
            summary: &summary,
            bytes: transaction,
        };
        let mut state = Overlay::new(tree, Meter::new(u32::MAX));
        // A block begins with nothing used.
        BlockTotals::default().store(&mut state)?;
        let attempt = Attempt::open(self.config(), context, &mut state, &input);
        Ok(attempt?.foresee())
    }

    /// Returns the hash that `BLOCKHASH` gives for one of the last 256 domain blocks before the state's own.
    ///
    /// # Errors
    /// When the tree cannot answer.
    pub fn block_hash<T: StateTree + ?Sized>(
        &self,
        tree: &T,
        number: u64,
    ) -> Result<Option<B256>, ReadError> {
        let Some(value) = tree.get(&key::block_hash(number))? else {
            return Ok(None);
        };
        B256::try_from(value.as_ref())
            .map(Some)
            .map_err(|_| ReadError::Backend)
    }
}
