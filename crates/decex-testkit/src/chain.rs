//! A chain under test, as the suites see it: through its own front door.

use alloc::vec::Vec;
use core::fmt::Debug;
use decex_consensus::{AccountCall, BlockInfo, Event, GovernanceCall, OpenCall};
use decex_core::{AccountId, Balance, Host};
use parity_scale_codec::{Decode, Encode};

/// What the suites see of a host's money, and how they put some there.
pub trait Money: Host<Error: Debug> {
    /// Gives an account free money, made from nothing or taken from nobody whom a suite asks for. Only before the first block.
    ///
    /// # Errors
    /// When the host fails.
    fn endow(&mut self, account: AccountId, amount: Balance) -> Result<(), Self::Error>;
    /// Returns what an account can spend: what the next [`Ledger::hold`](decex_consensus::Ledger::hold) may take. Money that
    /// the host owes it and pays on demand counts.
    ///
    /// # Errors
    /// When the host fails.
    fn free(&self, account: &AccountId) -> Result<Balance, Self::Error>;
    /// Returns what the host holds for the consensus object.
    ///
    /// # Errors
    /// When the host fails.
    fn custody(&self) -> Result<Balance, Self::Error>;
    /// Returns all the money that there is: what everybody has, and what is held. What was burned is not.
    ///
    /// # Errors
    /// When the host fails.
    fn supply(&self) -> Result<u128, Self::Error>;
}

/// A chain that embeds the consensus object with [`story::config`](crate::story::config), the engine
/// [`LedgerEngine`](crate::ledger::LedgerEngine) and the beacon [`story::beacon`](crate::story::beacon).
pub trait Chain: Money {
    /// Makes a block: begins it as `block` says, then makes the calls, in order, each as its caller would bring it (a signed
    /// transaction, an unsigned one, a decision of governance). A refused call does nothing and does not stop the block.
    ///
    /// # Errors
    /// When the host fails, or the block does not begin.
    fn block(&mut self, block: &BlockInfo, calls: &[Request]) -> Result<Made, Self::Error>;
    /// Returns what the consensus object's store holds under `key`.
    ///
    /// # Errors
    /// When the host fails.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;
}

/// A chain that can go back to an earlier state, as it does in a re-org.
pub trait Rewind: Chain {
    /// A state to come back to.
    type Point;
    /// Keeps the present state.
    ///
    /// # Errors
    /// When the host fails.
    fn keep(&self) -> Result<Self::Point, Self::Error>;
    /// Goes back to a state: everything is as it was.
    ///
    /// # Errors
    /// When the host fails.
    fn rewind(&mut self, point: &Self::Point) -> Result<(), Self::Error>;
}

/// A call with who makes it. The codec is for tests of hosts whose blocks are bytes: whoever writes the bytes chooses the account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Request {
    /// An account's, who has signed for it.
    Account(AccountId, AccountCall),
    /// Anybody's.
    Open(OpenCall),
    /// The host's governance.
    Governance(GovernanceCall),
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Outcome {
    /// It was accepted: what it did.
    Accepted(Vec<Event>),
    /// It was refused and did nothing: the code of the rule it broke ([`Refused::code`](decex_consensus::Refused::code)).
    Refused(u16),
}

/// What became of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Made {
    /// What happened by itself when it began.
    pub begun: Vec<Event>,
    /// What became of each call, in order.
    pub outcomes: Vec<Outcome>,
}
