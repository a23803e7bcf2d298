//! One operator, driven by hand. It is no part of a host: `decex-operator` does this for real.

use decex_bundle::{Base, Draft, Item, SealingRecord, seal_bundle};
use decex_consensus::decex_staking::PoolTerms;
use decex_consensus::{Consensus, ConsensusHost, Event};
use decex_core::state::{MemoryTree, ProvableTree, StateTree};
use decex_core::{
    Balance, BoundedVec, DomainId, DomainNumber, HeaderHash, Host, OperatorId, SenderId, StateRoot, Window,
};
use decex_election::{Challenge, Keypair, try_elect};
use decex_fraud::{BaseStates, execute};
use decex_receipt::Submission;
use decex_testkit::ledger::{LedgerEngine, Transaction};
use parity_scale_codec::Encode;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;

/// What the operator offers to those who add to its stake.
pub(crate) const TERMS: PoolTerms = PoolTerms {
    tax: 1_000,
    minimum_nomination: Balance(1_000),
};

/// An operator and what it remembers.
pub(crate) struct Operator {
    id: OperatorId,
    keypair: Keypair,
    /// What it has sealed: never two headers for one window. A real operator keeps this on disk.
    sealed: BTreeMap<Window, HeaderHash>,
    /// The genesis state, at which its only bundle is judged.
    genesis: MemoryTree,
    /// The state after the last block.
    state: MemoryTree,
    /// What it has bundled: the bodies of the inbox, because nobody else bundles.
    items: Vec<Item>,
}

impl Host for Operator {
    type Error = Infallible;
}
impl SealingRecord for Operator {
    fn has_sealed(
        &self,
        _: DomainId,
        _: OperatorId,
        window: Window,
    ) -> Result<Option<HeaderHash>, Infallible> {
        Ok(self.sealed.get(&window).copied())
    }
}
impl BaseStates for Operator {
    fn base_state(&mut self, _: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        Ok(Some(&self.genesis))
    }
}

impl Operator {
    /// Starts from the genesis state.
    pub(crate) fn new(id: OperatorId, keypair: Keypair, genesis: MemoryTree) -> Self {
        let (state, sealed, items) = (genesis.clone(), BTreeMap::new(), Vec::new());
        Self {
            id,
            keypair,
            sealed,
            genesis,
            state,
            items,
        }
    }

    /// Returns the root of the state after the last block.
    pub(crate) fn root(&self) -> StateRoot {
        self.state.root()
    }

    /// Bundles one transaction.
    pub(crate) fn bundle<H: ConsensusHost<Error = Infallible>>(
        &mut self,
        chain: &mut Consensus<H>,
        domain: DomainId,
        transaction: &Transaction,
    ) -> Result<Vec<Event>, Box<dyn Error>> {
        let bytes = BoundedVec::new(transaction.to_bytes()).ok_or("too long")?;
        let (sender, weight) = (SenderId(transaction.from.into()), transaction.weight());
        self.items = vec![Item {
            sender,
            nonce: transaction.nonce,
            weight,
            bytes,
        }];
        self.submit(chain, domain, Vec::new(), self.items.clone())
    }

    /// Executes a domain block and submits its receipt.
    pub(crate) fn execute<H: ConsensusHost<Error = Infallible>>(
        &mut self,
        chain: &mut Consensus<H>,
        domain: DomainId,
        number: DomainNumber,
    ) -> Result<Vec<Event>, Box<dyn Error>> {
        let params = chain.params(domain)?.ok_or("no domain")?;
        let inbox = chain.inbox(domain, number)?.ok_or("no inbox")?;
        let parent = number.previous().ok_or("genesis is not executed")?;
        let parent = chain.receipt_at(domain, parent)?.ok_or("no parent")?.receipt;
        let (mut state, items) = (self.state.clone(), self.items.clone());
        let engine = LedgerEngine::default();
        let block = execute(&engine, &params, &inbox, &parent, &[&items], self, &mut state)?;
        self.state = state;
        let receipt = Submission {
            receipt: block.receipt,
            openings: Some(block.openings),
        };
        self.submit(chain, domain, vec![receipt], Vec::new())
    }

    /// Takes part in the present window's election, and submits a bundle if it wins (alone, it always does).
    fn submit<H: ConsensusHost<Error = Infallible>>(
        &mut self,
        chain: &mut Consensus<H>,
        domain: DomainId,
        receipts: Vec<Submission>,
        items: Vec<Item>,
    ) -> Result<Vec<Event>, Box<dyn Error>> {
        let (_, base) = chain.head(domain)?.ok_or("no domain")?;
        let terms = chain.terms(domain)?.ok_or("no domain")?;
        let window = terms
            .windows()?
            .window_of(chain.clock()?.ok_or("no block")?.block.slot);
        let randomness = chain
            .election_randomness(domain, window)?
            .ok_or("no randomness")?;
        let standing = chain.standing(domain, self.id, window)?.ok_or("no operator")?;
        let challenge = Challenge {
            domain,
            window,
            randomness,
        };
        let (_, election) = try_elect(
            &self.keypair,
            &challenge,
            &terms.odds(&standing)?,
            &standing.share,
        )
        .ok_or("not elected")?;
        let draft = Draft {
            domain,
            operator: self.id,
            election,
            base,
        };
        let sealed = seal_bundle(&*self, &self.keypair, &draft, receipts, items)?;
        self.sealed.insert(window, sealed.header_hash());
        Ok(chain.submit_bundle(&sealed.into_bundle().encode())?)
    }
}
