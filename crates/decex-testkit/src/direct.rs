//! A host without a chain around it: the consensus object itself, called as values.

use crate::chain::{Chain, Made, Money, Outcome, Request, Rewind};
use alloc::vec::Vec;
use decex_consensus::{BlockInfo, CallError, Consensus, ConsensusHost, RefusedBlock, StoreError};
use decex_core::{AccountId, Balance, Host};

/// The consensus object over a host, as a chain whose front door is always open. For hosts in which storage and money can be reached
/// without a transaction; where there is a door, test the door.
#[derive(Clone, Debug)]
pub struct Direct<H>(pub Consensus<H>);

/// Why no block was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmade<E> {
    /// The block does not follow the one before.
    Block(RefusedBlock),
    /// The host failed.
    Host(StoreError<E>),
}

impl<E> From<E> for Unmade<E> {
    fn from(error: E) -> Self {
        Self::Host(StoreError::Host(error))
    }
}

impl<H: Host> Host for Direct<H> {
    type Error = Unmade<H::Error>;
}

impl<H: Money> Money for Direct<H> {
    fn endow(&mut self, account: AccountId, amount: Balance) -> Result<(), Self::Error> {
        Ok(self.0.host_mut().endow(account, amount)?)
    }

    fn free(&self, account: &AccountId) -> Result<Balance, Self::Error> {
        Ok(self.0.host().free(account)?)
    }

    fn custody(&self) -> Result<Balance, Self::Error> {
        Ok(self.0.host().custody()?)
    }

    fn supply(&self) -> Result<u128, Self::Error> {
        Ok(self.0.host().supply()?)
    }
}

impl<H: ConsensusHost + Money> Chain for Direct<H> {
    fn block(&mut self, block: &BlockInfo, calls: &[Request]) -> Result<Made, Self::Error> {
        let begun = self.0.begin_block(block).map_err(|error| match error {
            CallError::Refused(refused) => Unmade::Block(refused),
            CallError::Host(error) => Unmade::Host(error),
        })?;
        let outcomes = calls.iter().map(|call| make(&mut self.0, call));
        let outcomes: Result<Vec<Outcome>, _> = outcomes.collect();
        let outcomes = outcomes.map_err(Unmade::Host)?;
        Ok(Made { begun, outcomes })
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error> {
        Ok(self.0.host().get(key)?)
    }
}

impl<H: ConsensusHost + Money + Clone> Rewind for Direct<H> {
    type Point = H;

    fn keep(&self) -> Result<H, Self::Error> {
        Ok(self.0.host().clone())
    }

    fn rewind(&mut self, point: &H) -> Result<(), Self::Error> {
        *self.0.host_mut() = point.clone();
        Ok(())
    }
}

/// Makes a call on the consensus object: what a host does behind its door.
///
/// # Errors
/// When the host fails.
pub fn make<H: ConsensusHost>(
    chain: &mut Consensus<H>,
    request: &Request,
) -> Result<Outcome, StoreError<H::Error>> {
    let result = match request {
        Request::Account(account, call) => chain.call(*account, call.clone()),
        Request::Open(call) => chain.call_open(call),
        Request::Governance(call) => chain.call_governance(call),
    };
    match result {
        Ok(events) => Ok(Outcome::Accepted(events)),
        Err(CallError::Refused(refused)) => Ok(Outcome::Refused(refused.code())),
        Err(CallError::Host(error)) => Err(error),
    }
}
