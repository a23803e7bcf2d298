//! Follow a run and say where it stands.

use super::fold::Folded;
use super::names::Names;
use super::snapshot::{Domain, Operator, Reorg, Run, Snapshot, State, Totals};
use crate::node::Node;
use crate::problem::Problem;
use crate::simulation::{Happening, Simulation, What};
use crate::summary::Summary;
use decex_consensus::decex_staking::PoolStatus;
use decex_core::OperatorId;
use std::collections::VecDeque;

/// Blocks at the end of a branch that are folded anew each time, as a change of branch may replace them. A node takes back less than
/// half of that.
const LOOSE: usize = 24;

/// Most changes of branch that are kept.
const KEPT_REORGS: usize = 64;

/// Follows a run. What it does in a slot does not grow with the run.
#[derive(Debug)]
pub struct Tracker {
    names: Names,
    /// The branch without its loose end.
    settled: Folded,
    /// All of the branch.
    branch: Folded,
    reorgs: VecDeque<Reorg>,
    pace: u64,
    loose: usize,
}

impl Tracker {
    /// Begins to follow a run whose slots take at least `pace` milliseconds.
    #[must_use]
    pub fn new(simulation: &Simulation, pace: u64) -> Self {
        Self::with_loose_end(simulation, pace, LOOSE)
    }

    /// As [`new`](Self::new), with another number of blocks at the end that are folded anew each time. The page is the same; a branch
    /// that changes below them is folded anew as a whole.
    #[must_use]
    pub fn with_loose_end(simulation: &Simulation, pace: u64, loose: usize) -> Self {
        Self {
            names: Names::new(&simulation.setup),
            settled: Folded::default(),
            branch: Folded::default(),
            reorgs: VecDeque::new(),
            pace,
            loose,
        }
    }

    /// Takes in what happened in the last slot.
    pub fn follow(&mut self, simulation: &Simulation, happenings: &[Happening]) {
        for happening in happenings {
            if let What::Reorganised(depth) = happening.what {
                self.reorgs.push_back(Reorg {
                    slot: simulation.slot,
                    node: happening.node,
                    depth,
                });
            }
        }
        let surplus = self.reorgs.len().saturating_sub(KEPT_REORGS);
        self.reorgs.drain(..surplus);
        if let Some(node) = simulation.nodes.first() {
            self.fold(node);
        }
    }

    fn fold(&mut self, node: &Node) {
        let tip = node.branch.last().map(|applied| applied.hash);
        if tip == Some(self.branch.tip) {
            return;
        }
        let last = self.settled.length.checked_sub(1);
        let under = last.and_then(|last| node.branch.get(last));
        if under.map(|applied| applied.hash) != Some(self.settled.tip) {
            self.settled = Folded::default();
        }
        let firm = node.branch.len().saturating_sub(self.loose);
        let rest = node.branch.iter().enumerate().skip(self.settled.length);
        let (firm, loose): (Vec<_>, Vec<_>) = rest.partition(|(place, _)| *place < firm);
        let push = |folded: &mut Folded, entries: Vec<(usize, &crate::node::Applied)>| {
            for (_, applied) in entries {
                // Every block of the branch is known.
                if let Some(block) = node.known.get(&applied.hash) {
                    folded.push(&self.names, applied.hash, block, &applied.events);
                }
            }
        };
        push(&mut self.settled, firm);
        let mut branch = self.settled.clone();
        push(&mut branch, loose);
        self.branch = branch;
    }

    /// Says where the run stands.
    ///
    /// # Errors
    /// When the chain cannot be read.
    pub fn snapshot(
        &self,
        simulation: &Simulation,
        state: State,
        summary: Option<&Summary>,
    ) -> Result<Snapshot, Problem> {
        let Some(node) = simulation.nodes.first() else {
            return Err(Problem::new("the page", "a run without nodes"));
        };
        let mut proofs: Vec<_> = self.branch.proofs.iter().cloned().collect();
        for proof in &mut proofs {
            let mut verified = node.verified.iter();
            let time = verified.find(|(evidence, _)| evidence.to_string() == proof.evidence);
            proof.verification_us = time.map(|(_, time)| u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        }
        let memories = || simulation.nodes.iter().map(|node| &node.memory);
        Ok(Snapshot {
            run: Run {
                seed: simulation.setup.seed,
                state,
                slot: simulation.slot,
                pace: self.pace,
                lie: simulation.cast.lie.describe().into(),
                farmers: simulation.cast.farmers,
                maker: if simulation.engine.is_some() {
                    "validator"
                } else {
                    "farmer"
                }
                .into(),
            },
            totals: Totals {
                reorgs: memories().map(|memory| u64::from(memory.reorgs)).sum(),
                deepest: memories().map(|memory| memory.deepest).max().unwrap_or(0),
                ..self.branch.totals
            },
            domains: self.domains(node),
            blocks: self.branch.blocks.iter().cloned().collect(),
            blocks_left_out: self.branch.blocks_left_out,
            operators: self.operators(node)?,
            proofs,
            reorgs: self.reorgs.iter().copied().collect(),
            summary: summary.cloned(),
        })
    }

    fn domains(&self, node: &Node) -> Vec<Domain> {
        let domains = self.names.domains.iter().map(|domain| {
            let (head, confirmed) = node.heads(domain.id);
            let receipts = self.branch.receipts.get(&domain.id.0);
            Domain {
                id: domain.id.0,
                name: domain.name.clone(),
                validity: domain.validity.into(),
                challenge_period: domain.challenge_period,
                head,
                confirmed,
                counts: receipts.map(|receipts| receipts.counts).unwrap_or_default(),
                receipts: receipts
                    .map(|receipts| receipts.list.iter().cloned().collect())
                    .unwrap_or_default(),
                left_out: receipts.map_or(0, |receipts| receipts.left_out),
            }
        });
        domains.collect()
    }

    fn operators(&self, node: &Node) -> Result<Vec<Operator>, Problem> {
        let mut operators = Vec::new();
        for domain in &self.names.domains {
            for index in domain.operators.clone() {
                let id = OperatorId(index.into());
                let failed = |error| Problem::new(format!("operator {index}"), error);
                let pool = node.chain.pool(id).map_err(failed)?;
                let is_eligible = node.chain.is_eligible(id).map_err(failed)?;
                let deeds = self.branch.deeds.get(&id.0).cloned().unwrap_or_default();
                let status = match pool.as_ref().map(|pool| pool.status) {
                    _ if is_eligible => "active",
                    Some(PoolStatus::Slashed { .. }) => "slashed",
                    Some(PoolStatus::Active) => "suspended",
                    Some(PoolStatus::Inactive { .. }) => "absent",
                    Some(PoolStatus::Leaving { .. }) => "leaving",
                    Some(PoolStatus::Left) | None => "left",
                };
                let money = pool.map(|pool| (pool.stake.0, pool.fund.balance.0));
                let (stake, fund) = money.unwrap_or_default();
                operators.push(Operator {
                    id: id.0,
                    domain: domain.id.0,
                    status: status.into(),
                    stake: stake.to_string(),
                    fund: fund.to_string(),
                    bundles: deeds.bundles,
                    receipts: deeds.receipts,
                    removed: deeds.removed,
                    slashes: deeds.slashes,
                });
            }
        }
        Ok(operators)
    }
}
