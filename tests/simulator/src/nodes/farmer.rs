//! Farmers order, and execute nothing.

use super::Sight;
use crate::chain::{Blocks, Call};
use crate::failure::Failure;
use crate::host::SimulatedHost;
use decex_core::execution::Engine;
use decex_core::hash::{Digest, digest};
use decex_core::{ReceiptHash, label};
use decex_fraud::{FraudPool, FraudProof, JudgeError, PoolLimits};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A pool too small for a flood, so that what it keeps and what it lets go matters.
const POOL: PoolLimits = PoolLimits {
    message_bytes: 2 * 1024 * 1024,
    proofs: 4,
    bytes: 64 * 1024,
    per_domain: 2,
    failures: 16,
};
/// Slots for which a farmer keeps what it could not include.
const KEPT: u64 = 20;

/// A farmer: includes what it has, in its own order.
#[derive(Debug)]
pub struct Farmer {
    /// What it has seen.
    pub sight: Sight,
    /// Blocks that it has not published.
    pub secret: Vec<usize>,
    /// Puts what dishonest operators send first.
    pub corrupt: bool,
    pool: BTreeMap<Digest, (u64, Call)>,
    /// Proofs that hold on the branch that it builds on.
    proofs: FraudPool,
    /// Receipts that honest challengers sent proofs against: what a censor leaves out.
    honest: BTreeSet<ReceiptHash>,
}

impl Farmer {
    /// Starts with an empty pool.
    #[must_use]
    pub fn new(tip: usize, corrupt: bool) -> Self {
        Self {
            sight: Sight::new(tip),
            secret: Vec::new(),
            corrupt,
            pool: BTreeMap::new(),
            proofs: FraudPool::new(POOL),
            honest: BTreeSet::new(),
        }
    }

    /// Takes a message into the pool, once.
    pub fn take(&mut self, slot: u64, call: Call) {
        self.pool.entry(name_of(&call)).or_insert((slot, call));
    }

    /// Judges the proofs that came in on the branch that it builds on, and returns what the pool would put into the next
    /// block. A proof whose receipt is not there yet waits with the other messages.
    fn pooled<H: SimulatedHost, E: Engine>(
        &mut self,
        blocks: &Blocks<H, E>,
        censors: bool,
    ) -> Result<Vec<Call>, Failure> {
        let view = blocks.at(self.sight.tip)?.chain.state();
        let dropped = self.proofs.refresh(&view);
        dropped.map_err(|error| Failure::fault("the pool cannot be refreshed", &error))?;
        for (_, call) in self.pool.values() {
            let Call::Proof(bytes, honest) = call else {
                continue;
            };
            if censors && *honest {
                continue;
            }
            let name = FraudProof::peek(bytes).ok();
            if let Some(name) = name.filter(|_| *honest) {
                self.honest.insert(name.receipt);
            }
            match self.proofs.submit(&view, bytes) {
                Ok(_) | Err(JudgeError::Refused(_)) => {}
                Err(error) => return Err(Failure::fault("the pool cannot judge", &error)),
            }
        }
        let chosen = self.proofs.select(u64::from(POOL.message_bytes));
        let calls = chosen.into_iter().map(|proof| {
            let honest = self.honest.contains(&proof.urgency().receipt);
            Call::Proof(Rc::new(proof.bytes().to_vec()), honest)
        });
        Ok(calls.collect())
    }

    /// Returns what it would include now, in its order, without what it censors. Honest farmers keep proofs in the pool of
    /// `decex-fraud`, corrupt ones try each that they have heard of.
    ///
    /// # Errors
    /// When the host cannot be read.
    pub fn candidates<H: SimulatedHost, E: Engine>(
        &mut self,
        blocks: &Blocks<H, E>,
        slot: u64,
        censors: bool,
    ) -> Result<Vec<Call>, Failure> {
        self.pool
            .retain(|_, (since, _)| slot < since.saturating_add(KEPT));
        let mut calls: Vec<Call> = self.pool.values().map(|(_, call)| call.clone()).collect();
        if !self.corrupt {
            calls.retain(|call| !matches!(call, Call::Proof(..)));
            calls.extend(self.pooled(blocks, censors)?);
        }
        if censors {
            calls.retain(|call| !call.is_honest());
        }
        // Proofs before all, as the design has it; a corrupt farmer puts the worst first instead.
        calls.sort_by_key(|call| {
            let kind = match call {
                Call::Proof(..) => 0,
                Call::Equivocation(_) | Call::Receipts(_) => 1,
                Call::Bundle(_) => 2,
                Call::Leave(..) | Call::Stake(..) => 3,
            };
            if self.corrupt {
                (u8::from(call.is_honest()), 3 - kind)
            } else {
                (kind, 0)
            }
        });
        Ok(calls)
    }
}

fn name_of(call: &Call) -> Digest {
    match call {
        Call::Proof(bytes, _) | Call::Equivocation(bytes) | Call::Receipts(bytes) => {
            digest(&label::LEDGER_KEY, bytes)
        }
        Call::Bundle(sent) => digest(&label::LEDGER_KEY, &sent.bytes),
        Call::Leave(account, operator) => digest(
            &label::LEDGER_KEY,
            &[account.0.as_bytes(), &operator.0.to_le_bytes()[..]].concat(),
        ),
        Call::Stake(number, ..) => digest(
            &label::LEDGER_KEY,
            &[&b"stake"[..], &number.to_le_bytes()[..]].concat(),
        ),
    }
}
