//! The ledger's rules.

use super::state::{Accumulators, account, accumulators, set_account, set_accumulators, set_slot};
use super::transaction::{Call, Transaction};
use decex_core::BoundedVec;
use decex_core::execution::{
    Account, Context, Effects, Engine, Facts, Input, NotATransaction, Transfer, rule_set,
};
use decex_core::hash::{Digest, digest};
use decex_core::id::{Balance, DomainId, Nonce, RuleSet, SenderId};
use decex_core::label;
use decex_core::state::{CompactTree, Halt, StateAccess, StateCommitment};

/// The toy ledger. `version` distinguishes rule sets in upgrade tests; it changes nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LedgerEngine {
    /// Part of the rule set's name.
    pub version: u32,
}

/// The fees of one input, as charged.
struct Charge {
    execution: Balance,
    storage: Balance,
}

impl Engine for LedgerEngine {
    fn rule_set(&self) -> RuleSet {
        rule_set("decex-testkit ledger/1", &self.version)
    }

    fn commitment(&self) -> &dyn StateCommitment {
        &CompactTree
    }

    fn inspect(&self, transaction: &[u8]) -> Result<Facts, NotATransaction> {
        let transaction = Transaction::from_bytes(transaction)?;
        transaction.check_signature()?;
        let sender = SenderId(Digest(transaction.from));
        Ok(Facts {
            sender,
            nonce: transaction.nonce,
            weight: transaction.weight(),
        })
    }

    fn account(&self, state: &mut dyn StateAccess, sender: &SenderId) -> Result<Account, Halt> {
        account(state, sender)
    }

    fn begin(&self, _context: &Context, state: &mut dyn StateAccess) -> Result<(), Halt> {
        set_accumulators(state, &Accumulators::default())
    }

    fn apply(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        let Ok(transaction) = Transaction::from_bytes(input.bytes) else {
            return Ok(()); // Legality keeps such bytes out of every right schedule.
        };
        let mut block = accumulators(state)?;
        if !charge(context, state, input, &mut block)? {
            return set_accumulators(state, &block);
        }
        call(
            context,
            state,
            &input.summary.sender,
            &transaction.call,
            &mut block,
        )?;
        set_accumulators(state, &block)
    }

    fn exceed(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        let mut block = accumulators(state)?;
        charge(context, state, input, &mut block)?;
        set_accumulators(state, &block)
    }

    fn finish(&self, _context: &Context, state: &mut dyn StateAccess) -> Result<Effects, Halt> {
        Ok(accumulators(state)?.effects())
    }
}

/// Charges an input and bumps the nonce. Returns whether its call may run: not if the nonce is not the next, or the
/// balance does not cover everything; then it pays for its blockspace as far as the balance goes.
fn charge(
    context: &Context,
    state: &mut dyn StateAccess,
    input: &Input<'_>,
    block: &mut Accumulators,
) -> Result<bool, Halt> {
    let sender = &input.summary.sender;
    let mut from = account(state, sender)?;
    let execution = Balance(input.summary.weight.0.into());
    let storage = context
        .byte_price
        .checked_mul(input.summary.bytes.into())
        .unwrap_or(Balance(u128::MAX));
    let paid = from
        .balance
        .checked_sub(storage)
        .and_then(|rest| rest.checked_sub(execution));
    let runs = match paid {
        Some(rest) if from.nonce == input.summary.nonce => {
            from.balance = rest;
            from.nonce = Nonce(from.nonce.0.saturating_add(1));
            collect(block, &Charge { execution, storage });
            true
        }
        _ => {
            let storage = storage.min(from.balance);
            from.balance = Balance(from.balance.0.saturating_sub(storage.0));
            collect(
                block,
                &Charge {
                    execution: Balance::ZERO,
                    storage,
                },
            );
            false
        }
    };
    set_account(state, sender, from)?;
    Ok(runs)
}

/// A tenth of the execution fee is burned.
const fn collect(block: &mut Accumulators, charge: &Charge) {
    let burned = charge.execution.0 / 10;
    let fees = &mut block.fees;
    fees.execution.0 = fees
        .execution
        .0
        .saturating_add(charge.execution.0.saturating_sub(burned));
    fees.burned.0 = fees.burned.0.saturating_add(burned);
    fees.storage.0 = fees.storage.0.saturating_add(charge.storage.0);
}

/// Runs a call. One that fails changes nothing: each writes only once it cannot fail any more.
fn call(
    context: &Context,
    state: &mut dyn StateAccess,
    sender: &SenderId,
    call: &Call,
    block: &mut Accumulators,
) -> Result<(), Halt> {
    match call {
        Call::Transfer { to, amount } => transfer(state, sender, to, *amount),
        Call::Export { to, amount } => export(context, state, sender, *to, *amount, block),
        Call::Send(message) => {
            let mut messages = block.messages.clone().into_inner();
            messages.push(digest(&label::OUTBOX, message));
            let Some(messages) = BoundedVec::new(messages) else {
                return Ok(());
            };
            block.messages = messages;
            Ok(())
        }
        Call::Write { first, count, value } => {
            for offset in 0..*count {
                set_slot(state, first.wrapping_add(offset.into()), *value)?;
            }
            Ok(())
        }
        Call::Fail => Ok(()),
    }
}

fn transfer(
    state: &mut dyn StateAccess,
    from: &SenderId,
    to: &SenderId,
    amount: Balance,
) -> Result<(), Halt> {
    let mut payer = account(state, from)?;
    let Some(rest) = payer.balance.checked_sub(amount) else {
        return Ok(());
    };
    if from == to {
        return Ok(());
    }
    let mut payee = account(state, to)?;
    let Some(sum) = payee.balance.checked_add(amount) else {
        return Ok(());
    };
    payer.balance = rest;
    payee.balance = sum;
    set_account(state, from, payer)?;
    set_account(state, to, payee)?;
    Ok(())
}

fn export(
    context: &Context,
    state: &mut dyn StateAccess,
    from: &SenderId,
    to: DomainId,
    amount: Balance,
    block: &mut Accumulators,
) -> Result<(), Halt> {
    let mut payer = account(state, from)?;
    let Some(rest) = payer.balance.checked_sub(amount) else {
        return Ok(());
    };
    let mut transfers = block.transfers.clone().into_inner();
    match transfers.iter_mut().find(|transfer| transfer.to == to) {
        Some(transfer) => match transfer.amount.checked_add(amount) {
            Some(sum) => transfer.amount = sum,
            None => return Ok(()),
        },
        None => transfers.push(Transfer { to, amount }),
    }
    transfers.sort_unstable();
    let Some(transfers) = BoundedVec::new(transfers) else {
        return Ok(());
    };
    if to == context.domain {
        return Ok(());
    }
    block.transfers = transfers;
    payer.balance = rest;
    set_account(state, from, payer)?;
    Ok(())
}
