//! One process's operators: one `decex-operator` for each domain, fed by finalised blocks.
//!
//! The order is what counts: a block is followed, the writes that come with it are committed, and only then is anything sent (O12).

use crate::host::{Applied, Call, Chain, Genesis};
use crate::liar::Liar;
use crate::traffic::Traffic;
use decex_core::{ConsensusHash, ConsensusNumber, Digest, DomainId, Slot, Window};
use decex_operator::{ConsensusBlock, Operator, PoolLimits, Proposal, Write};
use decex_receipt::Bundle;
use decex_testkit::ledger::LedgerEngine;
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
    operator: Operator<LedgerEngine>,
    traffic: Traffic,
    liar: Option<Liar>,
    /// Sent, and not seen on the chain: by window.
    sent: BTreeMap<Window, Vec<u8>>,
}

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
        let (identity, engine) = (genesis.identity(domain, index), LedgerEngine::default());
        let operator = if entries.is_empty() {
            Operator::new(identity, engine, params.clone(), start, PoolLimits::default())
        } else {
            Operator::restore(identity, engine, params.clone(), entries, PoolLimits::default())
        };
        Ok(Self {
            domain,
            operator: operator.map_err(|error| failed(&error))?,
            traffic: Traffic::new(genesis, domain, index, habits.load),
            liar: habits
                .lie
                .map(|from| Liar::new(genesis.keypair(domain, index), params, from)),
            sent: BTreeMap::new(),
        })
    }

    /// Returns the operator.
    #[must_use]
    pub const fn operator(&self) -> &Operator<LedgerEngine> {
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
        let notices = self
            .operator
            .follow(&state, &view)
            .map_err(|error| failed(self.domain, &error))?;
        for notice in notices {
            tracing::debug!(domain = self.domain.0, ?notice, "operator");
        }
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
    pub fn take_writes(&mut self) -> Vec<Write> {
        self.operator.take_writes()
    }
}
