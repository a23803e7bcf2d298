//! The ledger's rules, as operators and fraud proofs execute them. The statement of the proof is the same rules in columns.

use crate::hash::Felt;
use crate::holding::{Holding, MAX_SUPPLY, key_of_slot, parts_of_sender};
use crate::statement::Transfer;
use crate::transaction::Transaction;
use crate::tree::RescueCommitment;
use decex_core::execution::{Account, Context, Effects, Engine, Facts, Input, NotATransaction, rule_set};
use decex_core::id::{Balance, Nonce, RuleSet, SenderId, Weight};
use decex_core::list;
use decex_core::message::Message;
use decex_core::state::{Halt, ReadError, StateAccess, StateCommitment};
use winter_verifier::math::FieldElement;

/// The proven ledger. Transfers cost nothing and send no messages; a transfer that fails changes nothing at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProvenLedger {
    /// Told apart from other ledgers by this: signatures are of one ledger.
    pub id: u32,
}

/// What a transaction can cost, in no unit but its own.
const WEIGHT: Weight = Weight(1);

impl Engine for ProvenLedger {
    fn rule_set(&self) -> RuleSet {
        rule_set("decex-proven-ledger/1", &self.id)
    }

    fn commitment(&self) -> &dyn StateCommitment {
        &RescueCommitment
    }

    fn inspect(&self, transaction: &[u8]) -> Result<Facts, NotATransaction> {
        let transaction = Transaction::from_bytes(transaction)?;
        transaction.check_signature(self.id)?;
        Ok(Facts {
            sender: transaction.sender(),
            nonce: Nonce(transaction.nonce),
            weight: WEIGHT,
        })
    }

    fn account(&self, state: &mut dyn StateAccess, sender: &SenderId) -> Result<Account, Halt> {
        let Some((owner, slot)) = parts_of_sender(sender) else {
            return Ok(Account::default());
        };
        let holding = read(state, slot)?;
        if holding.owner != owner {
            return Ok(Account::default());
        }
        Ok(Account {
            nonce: Nonce(holding.nonce.as_int()),
            balance: Balance(holding.balance.as_int().into()),
        })
    }

    fn begin(&self, _context: &Context, _state: &mut dyn StateAccess) -> Result<(), Halt> {
        Ok(())
    }

    fn apply(&self, _context: &Context, state: &mut dyn StateAccess, input: &Input<'_>) -> Result<(), Halt> {
        // Legality keeps other bytes out of every right schedule.
        let Ok(transaction) = Transaction::from_bytes(input.bytes) else {
            return Ok(());
        };
        let transfer = Transfer::of(&transaction);
        let from = read(state, transaction.slot)?;
        let Some(paid) = pay(&from, &transfer) else {
            return Ok(());
        };
        write(state, transaction.slot, &paid)?;
        // Read after the payment: the receiver may be the sender.
        let to = read(state, transaction.to)?;
        write(state, transaction.to, &receive(&to, &transfer))
    }

    fn exceed(&self, _: &Context, _: &mut dyn StateAccess, _: &Input<'_>) -> Result<(), Halt> {
        // Two slots are less than the least limit that parameters allow (P2).
        Ok(())
    }

    fn receive(&self, _: &Context, _: &mut dyn StateAccess, _: &Message) -> Result<(), Halt> {
        // For domains without channels.
        Ok(())
    }

    fn refuse(&self, _: &Context, _: &mut dyn StateAccess, _: &Message) -> Result<(), Halt> {
        Ok(())
    }

    fn finish(&self, _context: &Context, _state: &mut dyn StateAccess) -> Result<Effects, Halt> {
        Ok(effects())
    }
}

/// What every block does beside changing state: nothing.
pub(crate) fn effects() -> Effects {
    Effects {
        outbox: list::root(&[]),
        ..Effects::default()
    }
}

/// Returns what is left in the sender's slot, `None` if the transfer fails: another owner, another nonce, or too little.
///
/// All arithmetic is the field's, here and in the proof. What is left counts as enough if it is less than
/// [`MAX_SUPPLY`]; with a genesis below that sum it is the same as `balance >= amount`.
#[must_use]
#[allow(clippy::arithmetic_side_effects, reason = "of the field, total")]
pub fn pay(from: &Holding, transfer: &Transfer) -> Option<Holding> {
    let matches = from.owner == transfer.owner && from.nonce == transfer.nonce;
    let left = from.balance - transfer.amount;
    (matches && left.as_int() < MAX_SUPPLY).then_some(Holding {
        owner: from.owner,
        nonce: from.nonce + Felt::ONE,
        balance: left,
    })
}

/// Returns what the receiver's slot holds after a transfer that does not fail.
#[must_use]
#[allow(clippy::arithmetic_side_effects, reason = "of the field, total")]
pub fn receive(to: &Holding, transfer: &Transfer) -> Holding {
    Holding {
        balance: to.balance + transfer.amount,
        ..*to
    }
}

fn read(state: &mut dyn StateAccess, slot: u16) -> Result<Holding, Halt> {
    let value = state.get(&key_of_slot(slot))?;
    // The commitment opens no other values.
    Holding::from_value(value.as_deref()).ok_or(Halt::Read(ReadError::Backend))
}

fn write(state: &mut dyn StateAccess, slot: u16, holding: &Holding) -> Result<(), Halt> {
    state.set(&key_of_slot(slot), holding.to_value())
}
