//! One process's operators: one `decex-operator` for each domain, fed by finalised blocks.
//!
//! The order is what counts: a block is followed, the writes that come with it are committed, and only then is anything sent (O12).

use crate::host::{Applied, Call, Chain, Genesis, Rules};
use crate::journal;
use crate::liar::Liar;
use crate::traffic::Traffic;
use decex_core::state::Halt;
use decex_core::{ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber, Slot, Window};
use decex_evm_rpc::{Index, Refused, Shared as SharedIndex, collect, follow, write};
use decex_operator::{ConsensusBlock, Operator, PoolLimits, Proposal, Write};
use decex_receipt::Bundle;
use parity_scale_codec::Encode;
use std::collections::BTreeMap;

/// A bundle that is not included yet is sent again after this many blocks: a message can be lost.
const RESEND: u64 = 4;

/// Why an operator stops. It must be restored from what it committed last.
#[derive(Debug, thiserror::Error)]
#[error("operator of domain {domain}: {reason}")]
pub struct OperatorError {
    domain: u32,
    reason: String,
}

impl OperatorError {
    fn new(domain: DomainId, reason: impl std::fmt::Debug) -> Self {
        Self {
            domain: domain.0,
            reason: format!("{reason:?}"),
        }
    }
}

/// What an operator is to do besides operating.
#[derive(Clone, Copy, Debug, Default)]
pub struct Habits {
    /// Transactions of its own users that it takes in with each block.
    pub load: u32,
    /// The first domain block whose receipt it falsifies, if it lies. It goes on until a lie stands on the chain.
    pub lie: Option<u64>,
}

/// One operator of one domain.
#[derive(Debug)]
pub struct Member {
    domain: DomainId,
    operator: Operator<Rules>,
    traffic: Traffic,
    liar: Option<Liar>,
    /// Sent, and not seen on the chain: by window.
    sent: BTreeMap<Window, Vec<u8>>,
    /// What it executed and nobody has taken yet, by block; of an EVM domain alone.
    executed: Option<Vec<Executed>>,
    /// What JSON-RPC answers from, if somebody asked for it.
    index: Option<SharedIndex>,
}

/// An executed block as it goes to disk: its number, and what [`journal`] makes of it.
pub type Executed = (DomainNumber, Vec<u8>);

impl Member {
    /// Starts operator `index` of `domain`: at genesis, or from what it left on disk.
    ///
    /// # Errors
    /// When genesis or disk do not fit.
    pub fn start(
        genesis: &Genesis,
        hash: [u8; 32],
        domain: DomainId,
        index: u32,
        habits: Habits,
        entries: Vec<(Vec<u8>, Vec<u8>)>,
    ) -> Result<Self, OperatorError> {
        let failed = |error: &dyn std::fmt::Debug| OperatorError::new(domain, format!("{error:?}"));
        let (params, start) = genesis.domain(domain, hash).map_err(|error| failed(&error))?;
        let engine = genesis.rules(domain).map_err(|error| failed(&error))?;
        let identity = genesis.identity(domain, index);
        let traffic = Traffic::new(genesis, domain, index, habits.load).map_err(|error| failed(&error))?;
        let executed = engine.evm().map(|_| Vec::new());
        let operator = if entries.is_empty() {
            Operator::new(identity, engine, params.clone(), start, PoolLimits::default())
        } else {
            Operator::restore(identity, engine, params.clone(), entries, PoolLimits::default())
        };
        Ok(Self {
            domain,
            operator: operator.map_err(|error| failed(&error))?,
            traffic,
            liar: habits
                .lie
                .map(|from| Liar::new(genesis.keypair(domain, index), params, from)),
            sent: BTreeMap::new(),
            executed,
            index: None,
        })
    }

    /// Returns the operator.
    #[must_use]
    pub const fn operator(&self) -> &Operator<Rules> {
        &self.operator
    }

    /// Returns the domain.
    #[must_use]
    pub const fn domain(&self) -> DomainId {
        self.domain
    }

    /// Follows a block that the chain has just applied, and returns what is to be sent once the writes are committed.
    ///
    /// # Errors
    /// When the operator cannot go on.
    pub fn follow(&mut self, chain: &Chain, block: &Applied) -> Result<Vec<Vec<u8>>, OperatorError> {
        let failed =
            |domain: DomainId, error: &dyn std::fmt::Debug| OperatorError::new(domain, format!("{error:?}"));
        let own = |bundle: &&Bundle| bundle.header.header.domain == self.domain;
        let bundles: Vec<&Bundle> = block.included.iter().filter(own).collect();
        for bundle in &bundles {
            let header = &bundle.header.header;
            if self.operator_id() == Some(header.operator) {
                self.sent.remove(&header.election.window);
            }
        }
        let header = &block.header;
        let view = ConsensusBlock {
            number: ConsensusNumber(header.height),
            hash: ConsensusHash(Digest(header.hash)),
            parent: ConsensusHash(Digest(header.parent)),
            byte_price: crate::host::BYTE_PRICE,
            bundles: &bundles,
        };
        let state = chain.consensus().state();
        let head = self.operator.head();
        let notices = self
            .operator
            .follow(&state, &view)
            .map_err(|error| failed(self.domain, &error))?;
        for notice in notices {
            tracing::debug!(domain = self.domain.0, ?notice, "operator");
        }
        // Before anything is pruned.
        self.note(chain, head.map_or(0, |(number, _)| number.0));
        self.follow_with_index(chain);
        // What is delivered is final: nothing is ever taken back.
        self.operator
            .prune(&state, view.number)
            .map_err(|error| failed(self.domain, &error))?;
        self.traffic
            .feed(&mut self.operator)
            .map_err(|error| failed(self.domain, &error))?;
        let mut outgoing = self.propose(chain, header.height)?;
        outgoing.extend(self.resend(header.height));
        if self.liar.is_none() {
            let proofs = self
                .operator
                .challenges()
                .map(|proof| Call::proof(proof.encode()).encode());
            outgoing.extend(proofs);
        }
        Ok(outgoing)
    }

    /// Notes what the operator of an EVM domain has executed after block `before`. Where that cannot be had, there is no JSON-RPC after a
    /// restart: no reason to stop operating.
    fn note(&mut self, chain: &Chain, before: u64) {
        let (Some(executed), Some((head, _))) = (&mut self.executed, self.operator.head()) else {
            return;
        };
        let state = chain.consensus().state();
        for number in before.saturating_add(1)..=head.0 {
            let parent = self.operator.receipt(DomainNumber(number.saturating_sub(1)));
            let parent = parent.map(decex_receipt::Receipt::compute_hash);
            let block = collect(
                &self.operator,
                &state,
                DomainNumber(number),
                parent.unwrap_or_default(),
            );
            match block {
                Ok(block) => executed.push((DomainNumber(number), journal::encode(block))),
                Err(error) => {
                    tracing::error!(domain = self.domain.0, %error, "the journal ends");
                    self.executed = None;
                    return;
                }
            }
        }
    }

    /// Brings the index to where the operator is. One that cannot follow is let go: the operator goes on without.
    fn follow_with_index(&mut self, chain: &Chain) {
        let Some(index) = &self.index else { return };
        let followed = follow(&mut write(index), &self.operator, &chain.consensus().state());
        if let Err(error) = followed {
            tracing::error!(domain = self.domain.0, %error, "the index for JSON-RPC cannot follow");
            self.index = None;
        }
    }

    /// Follows with an index from now on: one that has executed what this operator has, up to the last committed block.
    pub fn attach(&mut self, chain: &Chain, index: Index) -> Option<SharedIndex> {
        self.index = Some(index.share());
        self.follow_with_index(chain);
        self.index.clone()
    }

    /// Lets the index go.
    pub fn detach(&mut self) {
        self.index = None;
    }

    /// Returns whether an index follows.
    #[must_use]
    pub const fn has_index(&self) -> bool {
        self.index.is_some()
    }

    /// Takes a user's transaction into the pool.
    ///
    /// # Errors
    /// The outer result when the state cannot be read; the inner one when the pool refuses it.
    pub fn add_transaction(&mut self, transaction: &[u8]) -> Result<Result<(), Refused>, Halt> {
        let added = self.operator.add_transaction(transaction)?;
        Ok(added.map(drop).map_err(Refused::Pool))
    }

    /// Asks for a bundle for the slot of the next block.
    fn propose(&mut self, chain: &Chain, height: u64) -> Result<Vec<Vec<u8>>, OperatorError> {
        let slot = Slot(height.saturating_add(1));
        let proposal = self.operator.propose(&chain.consensus().state(), slot);
        let bundle = match proposal.map_err(|error| OperatorError::new(self.domain, error))? {
            Proposal::Bundle(bundle) => *bundle,
            Proposal::Abstained(_) => return Ok(Vec::new()),
        };
        let bundle = match &mut self.liar {
            Some(liar) => liar.corrupt(chain, bundle),
            None => bundle,
        };
        let window = bundle.header.header.election.window;
        let call = Call::bundle(bundle.encode()).encode();
        self.sent.insert(window, call.clone());
        Ok(vec![call])
    }

    /// Returns what was sent a while ago and is not on the chain, and forgets what is too old to get there.
    fn resend(&mut self, height: u64) -> Vec<Vec<u8>> {
        let longevity = 16;
        self.sent
            .retain(|window, _| window.0.saturating_add(longevity) > height);
        let due = |window: &Window| {
            let age = height.saturating_sub(window.0);
            age > 0 && age.is_multiple_of(RESEND)
        };
        self.sent
            .iter()
            .filter(|(window, _)| due(window))
            .map(|(_, call)| call.clone())
            .collect()
    }

    fn operator_id(&self) -> Option<decex_core::OperatorId> {
        self.traffic.operator()
    }

    /// Takes what must be committed before anything is sent.
    pub fn take_writes(&mut self) -> (Vec<Write>, Vec<Executed>) {
        let executed = self.executed.as_mut().map(std::mem::take);
        (self.operator.take_writes(), executed.unwrap_or_default())
    }
}
