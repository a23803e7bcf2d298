//! What happens in the story, act by act.

mod founding;
mod leaving;
mod lies;
mod work;

use super::setting::{ENDOWED, OPERATORS, account, operator, user, user_key};
use super::stage::{ENGINE, Stage, Told};
use super::{Story, Untold};
use crate::chain::Request;
use crate::ledger::{Call, Transaction};
use crate::matrix::item;
use alloc::vec::Vec;
use decex_bundle::Item;
use decex_consensus::{AccountCall, Event};
use decex_core::{AccountId, Balance, Nonce};

impl Story {
    /// Plays the story on a host in memory and writes it down.
    ///
    /// # Errors
    /// When the SDK does something else than the story says.
    pub fn write() -> Result<Self, Untold> {
        let people = [owner(), nominator(), reporter()];
        let everybody = (0..OPERATORS).map(operator).chain(people);
        let endowed: Vec<_> = everybody.map(|account| (account, ENDOWED)).collect();
        let mut stage = Stage::new(endowed);
        founding::play(&mut stage)?;
        work::play(&mut stage)?;
        lies::play(&mut stage)?;
        leaving::play(&mut stage)?;
        Ok(stage.end())
    }
}

/// Who creates the domain.
fn owner() -> AccountId {
    account("owner", 0)
}

/// Who adds to an operator's pool.
fn nominator() -> AccountId {
    account("nominator", 0)
}

/// Who brings proofs and evidence.
fn reporter() -> AccountId {
    account("reporter", 0)
}

/// Who has no money and no business here.
fn stranger() -> AccountId {
    account("stranger", 0)
}

fn by(account: AccountId, call: AccountCall) -> Request {
    Request::Account(account, call)
}

/// A user's transfer to the next one.
fn transfer(stage: &Stage, from: u8, nonce: u64, amount: u128) -> Told<Item> {
    let call = Call::Transfer {
        to: user(from.saturating_add(1)),
        amount: Balance(amount),
    };
    transaction(stage, from, nonce, call)
}

fn transaction(stage: &Stage, from: u8, nonce: u64, call: Call) -> Told<Item> {
    let bytes = Transaction::sign(&user_key(from), Nonce(nonce), call).to_bytes();
    stage.need(item(&ENGINE, bytes).ok(), "the user signs a transaction")
}

/// Fails unless one of the events is what `expected` says.
fn among(stage: &Stage, events: &[Event], expected: &'static str, is: impl Fn(&Event) -> bool) -> Told {
    stage.need(events.iter().any(is).then_some(()), expected)
}
