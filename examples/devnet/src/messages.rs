//! What went between the chains, read from the blocks alone, and whether the money is where consensus says.
#![allow(
    clippy::wildcard_enum_match_arm,
    clippy::arithmetic_side_effects,
    reason = "a summary picks a few of many kinds of message; sums of what one run moves"
)]

use crate::domains::{EVM, LEDGER};
use crate::member::Noted;
use crate::node::Node;
use crate::problem::Problem;
use crate::replay::Replayed;
use crate::setup::Setup;
use crate::simulation::Simulation;
use crate::summary::{Check, count, grouped};
use crate::traffic::{ACROSS, UP, is_answered, planned};
use decex_consensus::Event;
use decex_core::codec::decode_exact;
use decex_core::execution::Account;
use decex_core::message::{Answer, ChainId, Payload, Refusal, Request};
use decex_core::state::StateTree;
use decex_core::{Balance, SenderId};
use decex_messaging::hub::{Outcome, Relayed};
use decex_testkit::ledger::account_key;
use parity_scale_codec::Decode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What went between the chains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages {
    /// Messages that relayers showed and blocks took in.
    pub relayed: u64,
    /// Blocks of the ledger.
    pub ledger_blocks: u64,
    /// Requests, by where they came from and went to.
    pub routes: Vec<Route>,
}

/// Requests that went one way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// From which chain to which.
    pub way: String,
    /// Requests that consensus has seen.
    pub sent: u64,
    /// The recipient has the value.
    pub delivered: u64,
    /// The receiving chain refused.
    pub refused: u64,
    /// Consensus refused: they came too late.
    pub bounced: u64,
    /// What was delivered, in wei.
    pub value: u128,
}

impl Messages {
    /// Returns its lines of the summary.
    #[must_use]
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![(
            "messages",
            format!(
                "{} relayed; {} of the ledger",
                grouped(self.relayed),
                count(self.ledger_blocks, "block")
            ),
        )];
        for route in &self.routes {
            let Route {
                way,
                sent,
                delivered,
                refused,
                bounced,
                value,
            } = route;
            let value = grouped(value);
            let line = format!(
                "{way}: {sent} sent, {delivered} delivered ({value}), {refused} refused, {bounced} too late"
            );
            lines.push(("", line));
        }
        lines
    }
}

/// Sums up what went between the chains, and checks it.
///
/// # Errors
/// When a node or an operator cannot be read.
pub fn sum_up(
    simulation: &mut Simulation,
    replayed: &Replayed,
    ledger: &[Noted],
) -> Result<(Messages, Vec<Check>), Problem> {
    let missing = || Problem::new("the summary", "the run has no node");
    let node = simulation.nodes.first().ok_or_else(missing)?;
    let (relayed, routes) = routes(node);
    let done: u64 = routes
        .values()
        .map(|route| route.delivered + route.refused + route.bounced)
        .sum();
    let answered = simulation.nodes.iter().all(|node| is_answered(&node.chain)) && done == planned();
    let custody = custody(&simulation.setup, node);
    let kept = [EVM, LEDGER].map(|domain| node.chain.balance(domain).unwrap_or_default().0);
    let evm = replayed
        .accounts
        .values()
        .map(|account| account.balance)
        .sum::<u128>();
    let inside = [evm, inside_ledger(simulation)?];
    let checks = vec![
        Check::new(
            "every request between the chains is answered",
            answered,
            format!("{done} of {}", planned()),
        ),
        Check::new(
            "what is in each domain is what consensus keeps for it",
            inside == kept,
            format!("{} and {}", grouped(kept[0]), grouped(kept[1])),
        ),
        Check::new(
            "custody is what the books say",
            custody.0 == custody.1,
            grouped(custody.0),
        ),
    ];
    let messages = Messages {
        relayed,
        ledger_blocks: u64::try_from(ledger.len()).unwrap_or(u64::MAX),
        routes: routes.into_values().collect(),
    };
    Ok((messages, checks))
}

/// Everything by channel and direction, from the blocks of a node's branch: each relayed message has one outcome, and these are the
/// last of its block's.
fn routes(node: &Node) -> (u64, BTreeMap<(ChainId, ChainId), Route>) {
    let mut routes: BTreeMap<(ChainId, ChainId), Route> = BTreeMap::new();
    let mut values: BTreeMap<(ChainId, u64), u128> = BTreeMap::new();
    let mut relayed = 0;
    // What the consensus chain sent stands in the inboxes of the ledger: genesis sent it, and relays alone show its answers.
    for (block, applied) in node.blocks().into_iter().zip(&node.branch) {
        let outcomes: Vec<&Outcome> = applied.events.iter().filter_map(outcome).collect();
        let skipped = outcomes.len().saturating_sub(block.messages.len());
        for (bytes, outcome) in block.messages.iter().zip(outcomes.into_iter().skip(skipped)) {
            let Ok(Relayed { message, .. }) = decode_exact::<Relayed>(bytes, bytes.len()) else {
                continue;
            };
            relayed += 1;
            match &message.payload {
                Payload::Request(number, Request { value, .. }) => {
                    let route = routes.entry((message.from, message.to)).or_default();
                    route.sent += 1;
                    match outcome {
                        Outcome::Bounced(_, Refusal::Expired | Refusal::Closed) => route.bounced += 1,
                        Outcome::Delivered(..) => {
                            route.delivered += 1;
                            route.value += value.0;
                        }
                        _ => drop(values.insert((message.from, number.0), value.0)),
                    }
                }
                Payload::Answer(number, answer) => {
                    let route = routes.entry((message.to, message.from)).or_default();
                    if message.to == ChainId::Consensus {
                        route.sent += 1;
                        values.insert((message.to, number.0), crate::traffic::value_down(number.0));
                    }
                    match answer {
                        Answer::Delivered(_) => {
                            route.delivered += 1;
                            route.value += values.get(&(message.to, number.0)).copied().unwrap_or(0);
                        }
                        Answer::Refused(_) => route.refused += 1,
                    }
                }
                _ => {}
            }
        }
    }
    for ((from, to), route) in &mut routes {
        route.way = format!("{} to {}", name(*from), name(*to));
    }
    (relayed, routes)
}

fn outcome(event: &Event) -> Option<&Outcome> {
    match event {
        Event::Channel { outcome, .. } => Some(outcome),
        _ => None,
    }
}

fn name(chain: ChainId) -> &'static str {
    match chain.domain() {
        None => "consensus",
        Some(EVM) => "EVM",
        Some(_) => "ledger",
    }
}

/// What is set aside, and what the books say whose it is.
fn custody(setup: &Setup, node: &Node) -> (u128, u128) {
    let chain = &node.chain;
    let mut books = Balance::ZERO.0;
    for domain in &setup.domains {
        let deposit = chain
            .domain(domain.id)
            .ok()
            .flatten()
            .map_or(0, |found| found.deposit.0);
        books += deposit + chain.balance(domain.id).unwrap_or_default().0;
        for operator in domain.operators.clone() {
            let pool = chain.pool(decex_core::OperatorId(operator.into())).ok().flatten();
            books += pool.and_then(|pool| pool.money()).map_or(0, |money| money.0);
        }
    }
    for channel in [ACROSS, UP] {
        books += chain
            .channel(channel)
            .ok()
            .flatten()
            .map_or(0, |channel| channel.deposit.0);
    }
    (chain.host().custody().0, books)
}

/// All that accounts of the ledger have, by the state of its first operator.
fn inside_ledger(simulation: &mut Simulation) -> Result<u128, Problem> {
    let accounts: Vec<SenderId> = crate::traffic::balances(simulation.setup.seed)
        .into_iter()
        .map(|(account, _)| account)
        .collect();
    let failed = |error: String| Problem::new("the ledger's state", error);
    let members = simulation.nodes.iter_mut().flat_map(|node| &mut node.members);
    let mut inside = 0;
    for member in members.filter(|member| member.domain == LEDGER).take(1) {
        let tree = member
            .operator
            .state()
            .map_err(|error| failed(error.to_string()))?;
        for account in &accounts {
            let value = tree
                .get(&account_key(account))
                .map_err(|error| failed(error.to_string()))?;
            let account = value.and_then(|value| Account::decode(&mut &*value).ok());
            inside += account.map_or(0, |account| account.balance.0);
        }
    }
    Ok(inside)
}
