//! The ledger's rules.

use super::state::{Accumulators, account, accumulators, set_account, set_accumulators, set_slot};
use super::transaction::{Call, Transaction};
use decex_core::BoundedBytes;
use decex_core::execution::{Account, Context, Effects, Engine, Facts, Input, NotATransaction, rule_set};
use decex_core::hash::Digest;
use decex_core::id::{Balance, Nonce, RuleSet, SenderId};
use decex_core::message::{
    Answer, ChannelId, MAX_ANSWER_BYTES, Message, MessageNumber, PartyId, Refusal, Request,
};
use decex_core::state::{CompactTree, Halt, StateAccess, StateCommitment};
use decex_messaging::end::{self, Application, Origin};

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
        set_accumulators(state, &block)?;
        call(context, state, &input.summary.sender, &transaction.call)
    }

    fn exceed(&self, context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        let mut block = accumulators(state)?;
        charge(context, state, input, &mut block)?;
        set_accumulators(state, &block)
    }

    fn receive(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        end::receive(context, state, message, &mut Accounts)
    }

    fn refuse(&self, context: &Context, state: &mut dyn StateAccess, message: &Message) -> Result<(), Halt> {
        end::refuse(context, state, message, &mut Accounts)
    }

    fn finish(&self, _context: &Context, state: &mut dyn StateAccess) -> Result<Effects, Halt> {
        Ok(Effects {
            outbox: end::outbox_root(state)?,
            fees: accumulators(state)?.fees,
        })
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
fn call(context: &Context, state: &mut dyn StateAccess, sender: &SenderId, call: &Call) -> Result<(), Halt> {
    match call {
        Call::Transfer { to, amount } => transfer(state, sender, to, *amount),
        Call::Send {
            channel,
            to,
            value,
            deadline,
            data,
        } => {
            let request = Request {
                sender: PartyId(sender.0),
                recipient: *to,
                value: *value,
                deadline: *deadline,
                // 64 bytes fit.
                data: BoundedBytes::new(data.to_vec()).unwrap_or_default(),
            };
            send(context, state, sender, *channel, request)
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

fn send(
    context: &Context,
    state: &mut dyn StateAccess,
    from: &SenderId,
    channel: ChannelId,
    request: Request,
) -> Result<(), Halt> {
    let mut payer = account(state, from)?;
    let cost = end::quote(state, channel)?.and_then(|quote| quote.cost(request.value));
    let Some(rest) = cost.and_then(|cost| payer.balance.checked_sub(cost)) else {
        return Ok(());
    };
    if end::send(context, state, channel, request)?.is_ok() {
        payer.balance = rest;
        set_account(state, from, payer)?;
    }
    Ok(())
}

/// What messages do to the ledger's accounts.
struct Accounts;

/// Data that begins with this byte asks the ledger to write many slots: reaches the witness limit.
const WRITES: u8 = 0xff;
/// Data that begins with this byte asks the ledger to refuse.
const REFUSES: u8 = 0xfe;

impl Application for Accounts {
    fn deliver(
        &mut self,
        state: &mut dyn StateAccess,
        _origin: Origin,
        request: &Request,
    ) -> Result<Result<BoundedBytes<MAX_ANSWER_BYTES>, Refusal>, Halt> {
        if request.data.first() == Some(&REFUSES) {
            return Ok(Err(Refusal::Recipient));
        }
        let recipient = SenderId(request.recipient.0);
        let mut payee = account(state, &recipient)?;
        let Some(sum) = payee.balance.checked_add(request.value) else {
            return Ok(Err(Refusal::Recipient));
        };
        payee.balance = sum;
        set_account(state, &recipient, payee)?;
        if request.data.first() == Some(&WRITES) {
            for slot in 0..1_024 {
                set_slot(state, slot, 1)?;
            }
        }
        // Says what it was asked, as far as an answer holds it.
        let said = request.data.iter().copied().take(64).collect();
        Ok(Ok(BoundedBytes::new(said).unwrap_or_default()))
    }

    fn refund(&mut self, state: &mut dyn StateAccess, sender: &PartyId, refund: Balance) -> Result<(), Halt> {
        let sender = SenderId(sender.0);
        let mut payee = account(state, &sender)?;
        // What was taken from it before: the sum fits.
        payee.balance = Balance(payee.balance.0.saturating_add(refund.0));
        set_account(state, &sender, payee)
    }

    fn answered(
        &mut self,
        state: &mut dyn StateAccess,
        origin: Origin,
        _sender: &PartyId,
        answer: &Answer,
    ) -> Result<(), Halt> {
        let delivered = matches!(answer, Answer::Delivered(_));
        set_slot(state, answer_slot(origin.number), if delivered { 1 } else { 2 })
    }

    fn collect(&mut self, state: &mut dyn StateAccess, fee: Balance) -> Result<(), Halt> {
        let mut block = accumulators(state)?;
        block.fees.execution.0 = block.fees.execution.0.saturating_add(fee.0);
        set_accumulators(state, &block)
    }
}

/// The slot in which the ledger notes what became of a request: 1 delivered, 2 refused.
#[must_use]
pub const fn answer_slot(number: MessageNumber) -> u64 {
    u64::MAX.wrapping_sub(number.0)
}
