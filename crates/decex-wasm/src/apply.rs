//! Apply one transaction: pay for blockspace, check, execute, collect fees.

use crate::account::StoredAccount;
use crate::block::BlockTotals;
use crate::code::{CALL, INIT, Workspace};
use crate::config::WasmConfig;
use crate::host::fuel_for;
use crate::journal::Journal;
use crate::key;
use crate::limits::{BASE_FUEL, STATE_FUEL, UPLOAD_FUEL};
use crate::machine::{Ended, Entry, Machine};
use crate::receipt::{Event, Failure, Outcome, Refusal, TransactionReceipt, link};
use crate::transaction::{Action, Transaction};
use alloc::vec::Vec;
use decex_core::execution::{Context, Fees, Input};
use decex_core::message::{PartyId, Request};
use decex_core::state::{Halt, StateAccess};
use decex_core::{Balance, SenderId};
use decex_messaging::end;

/// One transaction and what it is judged by: the same for `apply` and `exceed`.
pub(crate) struct Attempt<'i> {
    config: WasmConfig,
    input: Input<'i>,
    totals: BlockTotals,
    account: StoredAccount,
    /// What its bytes cost.
    storage_fee: u128,
    transaction: Option<Transaction>,
}

/// What a judged transaction did, to be recorded.
struct Done {
    outcome: Outcome,
    fuel_used: u64,
    fees: Fees,
    created: Option<SenderId>,
    output: Vec<u8>,
    events: Vec<Event>,
}

impl Done {
    const fn without_effect(outcome: Outcome, fuel_used: u64, fees: Fees) -> Self {
        Self {
            outcome,
            fuel_used,
            fees,
            created: None,
            output: Vec::new(),
            events: Vec::new(),
        }
    }
}

impl<'i> Attempt<'i> {
    /// Reads the accumulators and the sender: the two keys that every transaction touches, in this order.
    pub(crate) fn open(
        config: &WasmConfig,
        context: &Context,
        state: &mut dyn StateAccess,
        input: &Input<'i>,
    ) -> Result<Self, Halt> {
        let totals = BlockTotals::load(state)?;
        let summary = input.summary;
        let account = StoredAccount::from_value(state.get(&key::account(&summary.sender))?.as_ref())?;
        // The signature was verified before the transaction was scheduled. A summary that says something else than the
        // bytes is not scheduled either.
        let transaction = Transaction::from_bytes(input.bytes).ok().filter(|transaction| {
            transaction.sender() == summary.sender
                && transaction.nonce == summary.nonce
                && transaction.weight == summary.weight
        });
        let storage_fee = u128::from(summary.bytes).saturating_mul(context.byte_price.0);
        Ok(Self {
            config: *config,
            input: *input,
            totals,
            account,
            storage_fee,
            transaction,
        })
    }

    /// What the weight costs: 128 bits hold any product of two numbers of 64.
    fn whole_fee(&self, fuel: u64) -> u128 {
        u128::from(self.config.fuel_price).saturating_mul(u128::from(fuel))
    }

    /// J3, J4: the checks that need only the sender, in order. Returns the sender's balance less both fees.
    fn check(&self) -> Result<u128, Refusal> {
        let transaction = self.transaction.as_ref().ok_or(Refusal::Malformed)?;
        // J3: blockspace is paid first.
        let spendable = self
            .account
            .balance
            .checked_sub(self.storage_fee)
            .ok_or(Refusal::Storage)?;
        // J4: nonce, weight, balance.
        if transaction.nonce.0 < self.account.nonce {
            return Err(Refusal::NonceTooLow);
        }
        if transaction.nonce.0 > self.account.nonce {
            return Err(Refusal::NonceTooHigh);
        }
        if transaction.nonce.0 == u64::MAX {
            return Err(Refusal::NonceOverflow);
        }
        if transaction.weight.0 < BASE_FUEL {
            return Err(Refusal::Weight);
        }
        let left = spendable.checked_sub(self.whole_fee(transaction.weight.0));
        left.filter(|left| *left >= transaction.action.value().0)
            .ok_or(Refusal::Balance)
    }

    /// Runs the transaction and records what came of it.
    pub(crate) fn apply(
        mut self,
        workspace: &mut Workspace,
        context: &Context,
        state: &mut dyn StateAccess,
    ) -> Result<TransactionReceipt, Halt> {
        let left = match self.check() {
            Ok(left) => left,
            Err(refusal) => return self.refuse(state, refusal),
        };
        let Some(transaction) = self.transaction.take() else {
            return self.refuse(state, Refusal::Malformed);
        };
        workspace.tidy();
        let sender = self.input.summary.sender;
        let weight = transaction.weight.0;
        let mut machine = Machine {
            context,
            workspace,
            journal: Journal::new(state),
        };
        let paid = StoredAccount {
            nonce: self.account.nonce.saturating_add(1),
            balance: left,
            code: self.account.code,
        };
        machine.journal.set_account(&sender, &paid)?;
        let mark = machine.journal.mark();
        let created = match transaction.action {
            Action::Instantiate { .. } => Some(key::contract(&sender, transaction.nonce)),
            Action::Transfer { .. } | Action::Upload { .. } | Action::Call { .. } | Action::Send { .. } => {
                None
            }
        };
        let ended = run(&mut machine, &sender, transaction)?;
        let outcome = match ended.failure {
            None => Outcome::Succeeded,
            Some(failure) => {
                machine.journal.revert(mark);
                Outcome::Failed(failure)
            }
        };
        // It has paid for all of its weight: what is left fits where it was taken from.
        let back = self.whole_fee(ended.fuel_left);
        machine.journal.credit(&sender, back)?;
        machine.journal.commit()?;
        let fees = Fees {
            execution: Balance(self.whole_fee(weight).saturating_sub(back)),
            storage: Balance(self.storage_fee),
            burned: Balance::ZERO,
        };
        let done = Done {
            outcome,
            fuel_used: weight.saturating_sub(ended.fuel_left),
            fees,
            created: created.filter(|_| outcome == Outcome::Succeeded),
            output: ended.output,
            events: ended.events,
        };
        self.record(state, done)
    }

    /// Charges a transaction whose work went beyond what a proof can show.
    pub(crate) fn exceed(self, state: &mut dyn StateAccess) -> Result<TransactionReceipt, Halt> {
        match self.check() {
            Ok(left) => self.charge_all(state, left),
            Err(refusal) => self.refuse(state, refusal),
        }
    }

    /// J3: no effect, except that it pays for its blockspace what it can.
    fn refuse(mut self, state: &mut dyn StateAccess, refusal: Refusal) -> Result<TransactionReceipt, Halt> {
        let paid = self.storage_fee.min(self.account.balance);
        if paid > 0 {
            self.account.balance = self.account.balance.saturating_sub(paid);
            self.store_sender(state)?;
        }
        let fees = Fees {
            storage: Balance(paid),
            ..Fees::default()
        };
        self.record(state, Done::without_effect(Outcome::Refused(refusal), 0, fees))
    }

    /// J6: pays for blockspace and all of its weight; its nonce is used.
    fn charge_all(mut self, state: &mut dyn StateAccess, left: u128) -> Result<TransactionReceipt, Halt> {
        let weight = self.input.summary.weight.0;
        self.account.balance = left;
        self.account.nonce = self.account.nonce.saturating_add(1);
        self.store_sender(state)?;
        let fees = Fees {
            execution: Balance(self.whole_fee(weight)),
            storage: Balance(self.storage_fee),
            burned: Balance::ZERO,
        };
        self.record(state, Done::without_effect(Outcome::Exceeded, weight, fees))
    }

    fn store_sender(&self, state: &mut dyn StateAccess) -> Result<(), Halt> {
        state.set(&key::account(&self.input.summary.sender), self.account.to_value())
    }

    /// J7, J8: adds fees and receipt to the block's accumulators.
    fn record(mut self, state: &mut dyn StateAccess, done: Done) -> Result<TransactionReceipt, Halt> {
        let transaction = self.input.summary.hash;
        self.totals.add(done.fuel_used, &done.fees);
        let success = done.outcome == Outcome::Succeeded;
        let cumulative_fuel = self.totals.fuel_used;
        self.totals.receipts = link(
            self.totals.receipts,
            transaction,
            success,
            cumulative_fuel,
            &done.events,
        );
        self.totals.store(state)?;
        Ok(TransactionReceipt {
            transaction,
            sender: self.input.summary.sender,
            outcome: done.outcome,
            fuel_used: done.fuel_used,
            cumulative_fuel,
            fees: done.fees,
            created: done.created,
            output: done.output,
            events: done.events,
        })
    }
}

/// J10: takes fuel for what the engine itself does.
const fn pay_fuel(fuel: u64, cost: u64) -> Result<u64, Ended> {
    match fuel.checked_sub(cost) {
        Some(left) => Ok(left),
        None => Err(Ended::failed(Failure::Fuel, 0)),
    }
}

fn run(machine: &mut Machine<'_, '_>, sender: &SenderId, transaction: Transaction) -> Result<Ended, Halt> {
    let fuel = transaction.weight.0.saturating_sub(BASE_FUEL);
    match transaction.action {
        Action::Transfer { to, value } => transfer(machine, sender, &to, value, fuel),
        Action::Upload { code } => upload(machine, &code, fuel),
        Action::Instantiate { code, value, input } => {
            let contract = key::contract(sender, transaction.nonce);
            // Nobody knows a key that would hash to it, and a nonce is used once; what stands there is paid in before.
            let account = machine.journal.account(&contract)?;
            if machine.journal.get(&key::code(&code))?.is_none() || account.code.is_some() {
                return Ok(Ended::failed(Failure::Missing, fuel));
            }
            let account = StoredAccount {
                code: Some(code),
                ..account
            };
            machine.journal.set_account(&contract, &account)?;
            enter(machine, sender, contract, value, input.into_inner(), INIT, fuel)
        }
        Action::Call { to, value, input } => {
            enter(machine, sender, to, value, input.into_inner(), CALL, fuel)
        }
        Action::Send {
            channel,
            to,
            value,
            deadline,
            data,
        } => {
            let request = Request {
                sender: PartyId(sender.0),
                recipient: to,
                value,
                deadline,
                data,
            };
            send(machine, sender, channel, request, fuel)
        }
    }
}

fn transfer(
    machine: &mut Machine<'_, '_>,
    from: &SenderId,
    to: &SenderId,
    value: Balance,
    fuel: u64,
) -> Result<Ended, Halt> {
    let fuel = match pay_fuel(fuel, STATE_FUEL) {
        Ok(fuel) => fuel,
        Err(ended) => return Ok(ended),
    };
    if !machine.journal.pay(from, to, value.0)? {
        return Ok(Ended::failed(Failure::Value, fuel));
    }
    Ok(Ended::quietly(fuel))
}

fn upload(machine: &mut Machine<'_, '_>, code: &[u8], fuel: u64) -> Result<Ended, Halt> {
    let bytes = u64::try_from(code.len()).unwrap_or(u64::MAX);
    let cost = UPLOAD_FUEL.saturating_mul(bytes).saturating_add(STATE_FUEL);
    let fuel = match pay_fuel(fuel, cost) {
        Ok(fuel) => fuel,
        Err(ended) => return Ok(ended),
    };
    // J11 to J14; the length is bounded by the transaction's type.
    if let Err(invalid) = machine.workspace.check(code) {
        return Ok(Ended::failed(Failure::Code(invalid), fuel));
    }
    let name = key::code_name(code);
    machine
        .journal
        .set(key::code(&name), Some(code.to_vec().into()))?;
    Ok(Ended {
        output: name.as_bytes().to_vec(),
        ..Ended::quietly(fuel)
    })
}

/// Pays the value and runs what is there.
fn enter(
    machine: &mut Machine<'_, '_>,
    caller: &SenderId,
    contract: SenderId,
    value: Balance,
    input: Vec<u8>,
    export: &str,
    fuel: u64,
) -> Result<Ended, Halt> {
    let bytes = u32::try_from(input.len()).unwrap_or(u32::MAX);
    let cost = STATE_FUEL.saturating_mul(2).saturating_add(fuel_for(bytes));
    let fuel = match pay_fuel(fuel, cost) {
        Ok(fuel) => fuel,
        Err(ended) => return Ok(ended),
    };
    if !machine.journal.pay(caller, &contract, value.0)? {
        return Ok(Ended::failed(Failure::Value, fuel));
    }
    let Some(code) = machine.journal.account(&contract)?.code else {
        return Ok(Ended::quietly(fuel));
    };
    let entry = Entry {
        caller: *caller,
        contract,
        code,
        value: value.0,
        input,
        export,
        depth: 1,
    };
    machine.call(entry, fuel)
}

/// J19: what leaves for another chain is taken from the sender, the channel's fees besides.
fn send(
    machine: &mut Machine<'_, '_>,
    sender: &SenderId,
    channel: decex_core::message::ChannelId,
    request: Request,
    fuel: u64,
) -> Result<Ended, Halt> {
    let bytes = u32::try_from(request.data.len()).unwrap_or(u32::MAX);
    let cost = STATE_FUEL.saturating_mul(5).saturating_add(fuel_for(bytes));
    let fuel = match pay_fuel(fuel, cost) {
        Ok(fuel) => fuel,
        Err(ended) => return Ok(ended),
    };
    let Some(quote) = end::quote(&mut machine.journal, channel)? else {
        return Ok(Ended::failed(Failure::Missing, fuel));
    };
    let Some(cost) = quote.cost(request.value) else {
        return Ok(Ended::failed(Failure::Value, fuel));
    };
    if !machine.journal.debit(sender, cost.0)? {
        return Ok(Ended::failed(Failure::Value, fuel));
    }
    let sent = end::send(machine.context, &mut machine.journal, channel, request)?;
    Ok(match sent {
        Ok(_) => Ended::quietly(fuel),
        Err(_) => Ended::failed(Failure::Missing, fuel),
    })
}
