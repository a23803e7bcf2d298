//! What became of the domain whose receipts are proven, beside the domains whose receipts are final when nobody refutes them in time.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a summary picks a few of many kinds of event"
)]

use crate::domains::{EVM, LEDGER, PROVEN};
use crate::member::Noted;
use crate::payments;
use crate::problem::Problem;
use crate::simulation::Simulation;
use crate::summary::{Check, count, grouped};
use crate::tree::Tree;
use decex_consensus::Event;
use decex_core::{Balance, DomainId, ReceiptHash};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What became of the proven ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenLedger {
    /// Its blocks.
    pub blocks: u64,
    /// Transfers in them.
    pub transfers: u64,
    /// Inputs that stood there before: two bundles may carry the same transfer, and the second time it fails.
    pub repeated: u64,
    /// Receipts that a proof showed to be right.
    pub proven: u64,
    /// Bytes of the largest proof.
    pub largest_proof: u32,
    /// How long receipts took to become final, by domain.
    pub finality: Vec<Finality>,
}

/// How long a domain's receipts took to become final.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finality {
    /// Which domain.
    pub domain: String,
    /// Consensus blocks from the block that a receipt came in to the block that made it final: the median.
    pub median: u64,
    /// The most.
    pub most: u64,
}

impl ProvenLedger {
    /// Returns its lines of the summary.
    #[must_use]
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let Self {
            blocks,
            transfers,
            repeated,
            proven,
            largest_proof,
            finality,
        } = self;
        let [blocks, proven] =
            [(blocks, "block"), (proven, "receipt")].map(|(number, what)| count(*number, what));
        let made = format!(
            "{blocks} of {}, {} repeated; {proven} proven, the largest proof {} bytes",
            count(*transfers, "transfer"),
            grouped(repeated),
            grouped(largest_proof)
        );
        let took = finality
            .iter()
            .map(|Finality { domain, median, most }| format!("{domain} {median} (at most {most})"));
        let took = took.collect::<Vec<_>>().join(", ");
        vec![
            ("proven ledger", made),
            ("final after", format!("{took} consensus blocks in the median")),
        ]
    }
}

/// Sums up what became of the proven ledger, and checks it. `events` are those of a node's branch, with the numbers of their blocks.
///
/// # Errors
/// When its state cannot be read.
pub fn sum_up(
    simulation: &mut Simulation,
    events: &[(u64, Event)],
    noted: &[Noted],
) -> Result<(ProvenLedger, Vec<Check>), Problem> {
    let inputs = noted.iter().flat_map(|noted| &noted.block.transactions);
    let repeated = inputs.clone().count();
    let transactions: BTreeSet<&Vec<u8>> = inputs.collect();
    let repeated = repeated.saturating_sub(transactions.len());
    let shown: BTreeMap<ReceiptHash, u32> = events.iter().filter_map(|(_, event)| shown(event)).collect();
    let confirmed = confirmed(events);
    let unproven = confirmed.iter().filter(|hash| !shown.contains_key(*hash)).count();
    let (sent, executed) = (simulation.payers.feed.len(), transactions.len());
    let blocks = noted.len();
    let (balances, equal) = balances(simulation, &transactions)?;
    let checks = vec![
        Check::new(
            "every receipt of the proven ledger is proven, and none was final before",
            unproven == 0 && confirmed.len() == blocks && shown.len() == blocks && executed == sent,
            format!(
                "{} of {blocks}, {executed} of {} ",
                shown.len(),
                count(sent, "transfer")
            )
            .trim_end()
            .into(),
        ),
        Check::new(
            "the proven ledger equals plain arithmetic",
            equal,
            format!("{balances} balances"),
        ),
    ];
    let number = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let names = [(EVM, "EVM"), (LEDGER, "ledger"), (PROVEN, "proven ledger")];
    let summary = ProvenLedger {
        blocks: number(blocks),
        transfers: number(executed),
        repeated: number(repeated),
        proven: number(shown.len()),
        largest_proof: shown.values().copied().max().unwrap_or(0),
        finality: names
            .iter()
            .map(|(domain, name)| finality(events, *domain, name))
            .collect(),
    };
    Ok((summary, checks))
}

fn shown(event: &Event) -> Option<(ReceiptHash, u32)> {
    match event {
        Event::ReceiptProven {
            domain: PROVEN,
            hash,
            proof_bytes,
            ..
        } => Some((*hash, *proof_bytes)),
        _ => None,
    }
}

fn confirmed(events: &[(u64, Event)]) -> BTreeSet<ReceiptHash> {
    let confirmed = events.iter().filter_map(|(_, event)| match event {
        Event::ReceiptConfirmed {
            domain: PROVEN, hash, ..
        } => Some(*hash),
        _ => None,
    });
    confirmed.collect()
}

/// Compares what the operator's state says that users have with plain arithmetic over the transactions, and their sum with what consensus
/// keeps for the domain. Returns how many have something, and whether all is equal.
fn balances(
    simulation: &mut Simulation,
    transactions: &BTreeSet<&Vec<u8>>,
) -> Result<(usize, bool), Problem> {
    let missing = || Problem::new("the summary", "the proven ledger has no operator");
    let node = simulation.nodes.first().ok_or_else(missing)?;
    let kept = node.chain.balance(PROVEN).unwrap_or_default();
    let members = simulation.nodes.iter_mut().flat_map(|node| &mut node.members);
    let member = members.into_iter().find(|member| member.domain == PROVEN);
    let operator = &mut member.ok_or_else(missing)?.operator;
    let failed = |error: String| Problem::new("the proven ledger's state", error);
    let tree = operator.state().map_err(|error| failed(error.to_string()))?;
    let Tree::Rescue(tree) = tree else {
        return Err(failed("it is in a tree of another kind".into()));
    };
    let Some(expected) = payments::add_up(transactions.iter().copied()) else {
        return Ok((0, false));
    };
    let mut equal = true;
    let mut sum = 0_u128;
    for (slot, expected) in (0..).zip(&expected) {
        let holding = tree.holding(slot).map_err(|error| failed(error.to_string()))?;
        equal &= holding.balance.as_int() == *expected;
        sum = sum.saturating_add(holding.balance.as_int().into());
    }
    Ok((expected.len(), equal && Balance(sum) == kept))
}

/// How long receipts of `domain` took, from the block that each came in, or came in last after it was removed, to the one that made it final.
fn finality(events: &[(u64, Event)], domain: DomainId, name: &str) -> Finality {
    let mut came: BTreeMap<ReceiptHash, u64> = BTreeMap::new();
    let mut took = Vec::new();
    for (block, event) in events {
        match event {
            Event::ReceiptAccepted {
                domain: found, hash, ..
            } if *found == domain => {
                came.insert(*hash, *block);
            }
            Event::ReceiptConfirmed {
                domain: found, hash, ..
            } if *found == domain => {
                took.extend(came.get(hash).map(|came| block.saturating_sub(*came)));
            }
            _ => {}
        }
    }
    took.sort_unstable();
    Finality {
        domain: name.into(),
        median: took.get(took.len() / 2).copied().unwrap_or(0),
        most: took.last().copied().unwrap_or(0),
    }
}
