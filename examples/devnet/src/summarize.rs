//! What a run came to, checked from several sides.
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a summary picks a few of many kinds of event"
)]

use crate::args::Lie;
use crate::domains::{EVM, LEDGER, PROVEN};
use crate::farming::{self, Farming};
use crate::feed::GenesisFile;
use crate::member::Noted;
use crate::messages;
use crate::ordered;
use crate::problem::Problem;
use crate::proven;
use crate::replay::{ReplayBlock, Replayed, compare, replay_within};
use crate::simulation::Simulation;
use crate::summary::{Check, LieSummary, ReplaySummary, SlashSummary, Summary, Times, Transactions};
use crate::tree::Tree;
use decex_consensus::Event;
use decex_core::state::StateTree;
use decex_core::{Balance, DomainNumber, OperatorId, ReceiptHash};
use std::collections::BTreeMap;
use std::time::Duration;

/// Sums a run up.
///
/// # Errors
/// When what it needs is missing: a bug.
pub fn summarize(
    simulation: &mut Simulation,
    genesis: &GenesisFile,
    lie: Lie,
    wall: Duration,
) -> Result<Summary, Problem> {
    let waiting = simulation.settle();
    let missing = || Problem::new("the summary", "the run has no reference operator");
    let noted: Vec<Noted> = {
        let journal = simulation
            .reference(EVM)
            .and_then(|member| member.journal.as_ref())
            .ok_or_else(missing)?;
        journal.values().cloned().collect()
    };
    let blocks: Vec<ReplayBlock> = noted.iter().map(|noted| noted.block.clone()).collect();
    let replayed = replay_within(simulation.setup.evm().params.witness_limit, genesis, &blocks)?;
    let events = events(simulation);
    let head = simulation
        .reference(EVM)
        .and_then(|member| member.operator.head())
        .ok_or_else(missing)?;
    let own = own_hashes(&blocks, head);
    let mut checks = vec![
        executed(waiting, simulation),
        confirmed(simulation, head.0),
        only_right(&events, &own),
        operators_agree(simulation),
        only_liars(&events, simulation, lie),
        lie_answered(&events, lie),
        money(simulation),
    ];
    let (replay, check) = replay_summary(simulation, &replayed)?;
    checks.push(check);
    let ledger: Vec<Noted> = {
        let journal = simulation
            .reference(LEDGER)
            .and_then(|member| member.journal.as_ref());
        journal.ok_or_else(missing)?.values().cloned().collect()
    };
    let (messages, passed) = messages::sum_up(simulation, &replayed, &ledger)?;
    checks.extend(passed);
    let noted_proven: Vec<Noted> = {
        let journal = simulation
            .reference(PROVEN)
            .and_then(|member| member.journal.as_ref());
        journal.ok_or_else(missing)?.values().cloned().collect()
    };
    let (proven, passed) = proven::sum_up(simulation, &events, &noted_proven)?;
    checks.extend(passed);
    let (farming, ordered) = match &simulation.engine {
        None => {
            let (farming, farmed) = farming::sum_up(simulation, &noted)?;
            checks.extend(farmed);
            (farming, None)
        }
        Some(engine) => {
            let (ordered, passed) = ordered::sum_up(simulation, engine.as_ref(), &noted)?;
            checks.extend(passed);
            (Farming::default(), Some(ordered))
        }
    };
    let verification = simulation.nodes.iter().filter_map(|node| node.verification).max();
    let validity = simulation.nodes.iter().filter_map(|node| node.validity).max();
    let members = simulation.nodes.iter().flat_map(|node| &node.members);
    let proving = members.filter_map(|member| member.prover.as_ref()?.longest).max();
    let first = simulation.nodes.first().ok_or_else(missing)?;
    Ok(Summary {
        seed: simulation.setup.seed,
        slots: simulation.slot,
        blocks: first.tip().number,
        reorgs: simulation.nodes.iter().map(|node| node.memory.reorgs).sum(),
        deepest_reorg: simulation
            .nodes
            .iter()
            .map(|node| node.memory.deepest)
            .max()
            .unwrap_or(0),
        transactions: transactions(simulation, &replayed),
        farming,
        ordered,
        messages,
        proven,
        domain_blocks: head.0.0,
        receipts_confirmed: first.heads(EVM).1,
        receipts_removed: removed(&events),
        lie: lie_summary(&events, lie, simulation),
        slashes: slash_summaries(&events),
        replay,
        checks,
        times: Some(Times {
            verification_us: verification.map(microseconds),
            validity_us: validity.map(microseconds),
            proving_us: proving.map(microseconds),
            wall_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX),
        }),
    })
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The events of the branch that the first node ended on, with the number of their block.
fn events(simulation: &Simulation) -> Vec<(u64, Event)> {
    let branch = simulation
        .nodes
        .first()
        .map(|node| node.branch.as_slice())
        .unwrap_or_default();
    let numbered = (1_u64..).zip(branch);
    numbered
        .flat_map(|(number, block)| block.events.iter().map(move |event| (number, event.clone())))
        .collect()
}

/// The receipts that the reference operator made itself: each block names its parent's.
fn own_hashes(blocks: &[ReplayBlock], head: (DomainNumber, ReceiptHash)) -> BTreeMap<u64, ReceiptHash> {
    let parents = blocks
        .iter()
        .map(|block| (block.context.number.0.saturating_sub(1), block.context.parent));
    parents.chain([(head.0.0, head.1)]).collect()
}

fn executed(waiting: usize, simulation: &Simulation) -> Check {
    let total = simulation.users.feed.len();
    let detail = if waiting == 0 {
        format!("{total} of {total}")
    } else {
        format!("{waiting} of {total} still wait")
    };
    Check::new("every transaction is executed", waiting == 0, detail)
}

fn confirmed(simulation: &Simulation, head: DomainNumber) -> Check {
    let heads: Vec<(u64, u64)> = simulation.nodes.iter().map(|node| node.heads(EVM)).collect();
    let ok = heads.iter().all(|heads| *heads == (head.0, head.0));
    let least = heads.iter().map(|(_, confirmed)| *confirmed).min().unwrap_or(0);
    Check::new(
        "every receipt is confirmed, on every node",
        ok,
        format!("{least} of {}", head.0),
    )
}

fn only_right(events: &[(u64, Event)], own: &BTreeMap<u64, ReceiptHash>) -> Check {
    let wrong = events.iter().filter(|(_, event)| match event {
        Event::ReceiptConfirmed {
            domain: EVM,
            number,
            hash,
            ..
        } => own.get(&number.0) != Some(hash),
        _ => false,
    });
    let wrong = wrong.count();
    Check::new(
        "no wrong receipt was confirmed",
        wrong == 0,
        format!("{wrong} wrong"),
    )
}

fn operators_agree(simulation: &Simulation) -> Check {
    let members: Vec<_> = simulation.nodes.iter().flat_map(|node| &node.members).collect();
    let ok = members.iter().all(|member| {
        let first = simulation.reference(member.domain);
        first.is_some_and(|first| first.operator.head() == member.operator.head())
    });
    Check::new(
        "all operators reach the same state",
        ok,
        format!("{} operators", members.len()),
    )
}

fn slashed(events: &[(u64, Event)]) -> Vec<OperatorId> {
    let slashed = events.iter().filter_map(|(_, event)| match event {
        Event::OperatorSlashed { operator, .. } => Some(*operator),
        _ => None,
    });
    slashed.collect()
}

fn only_liars(events: &[(u64, Event)], simulation: &Simulation, lie: Lie) -> Check {
    let liar = OperatorId(u64::from(simulation.cast.operators).saturating_sub(1));
    let innocent = slashed(events)
        .into_iter()
        .filter(|operator| lie == Lie::None || *operator != liar)
        .count();
    Check::new(
        "nobody honest was slashed",
        innocent == 0,
        format!("{innocent} slashed"),
    )
}

fn lie_answered(events: &[(u64, Event)], lie: Lie) -> Check {
    let (name, ok) = match lie {
        Lie::None => ("nobody lied, nothing was removed", removed(events) == 0),
        _ => (
            "the lie was refuted and its teller slashed",
            removed(events) > 0 && slashed(events).len() == 1,
        ),
    };
    Check::new(
        name,
        ok,
        format!("{} removed, {} slashed", removed(events), slashed(events).len()),
    )
}

fn money(simulation: &Simulation) -> Check {
    let totals: Vec<u128> = simulation
        .nodes
        .iter()
        .map(|node| node.chain.host().total())
        .collect();
    let endowed = simulation.setup.endowments();
    let issued = endowed
        .iter()
        .try_fold(Balance::ZERO, |sum, (_, amount)| sum.checked_add(*amount));
    let ok = totals.iter().all(|total| Some(Balance(*total)) == issued);
    Check::new(
        "value was neither made nor lost",
        ok,
        format!("{} in all", issued.unwrap_or_default().0),
    )
}

fn replay_summary(
    simulation: &mut Simulation,
    replayed: &Replayed,
) -> Result<(ReplaySummary, Check), Problem> {
    let member = simulation
        .nodes
        .first_mut()
        .and_then(|node| node.members.first_mut());
    let operator = &mut member
        .ok_or_else(|| Problem::new("the summary", "no reference operator"))?
        .operator;
    let state = operator
        .head()
        .and_then(|(number, _)| operator.receipt(number))
        .map(|receipt| receipt.state);
    let tree = operator
        .state()
        .map_err(|error| Problem::new("the reference's state", error))?;
    let rooted = state == Some(tree.root());
    let Tree::Compact(compact) = tree else {
        return Err(Problem::new(
            "the reference's state",
            "it is in a tree of another kind",
        ));
    };
    let compared = compare(replayed, compact);
    let ok = compared.differences.is_empty() && rooted;
    let detail = match compared.differences.first() {
        Some(difference) => difference.clone(),
        None => format!("{} accounts, {} storage slots", compared.accounts, compared.slots),
    };
    let summary = ReplaySummary {
        accounts: compared.accounts,
        slots: compared.slots,
        differences: compared.differences,
    };
    Ok((
        summary,
        Check::new("the domain equals a replay with plain revm", ok, detail),
    ))
}

fn transactions(simulation: &Simulation, replayed: &Replayed) -> Transactions {
    Transactions {
        sent: simulation.users.sent,
        executed: replayed
            .succeeded
            .saturating_add(replayed.reverted)
            .saturating_add(replayed.halted),
        succeeded: replayed.succeeded,
        reverted: replayed.reverted,
        halted: replayed.halted,
        refused: replayed.refused,
    }
}

fn removed(events: &[(u64, Event)]) -> u64 {
    let removed = events.iter().filter_map(|(_, event)| match event {
        Event::ReceiptsRemoved { from, to, .. } => Some(to.0.saturating_sub(from.0).saturating_add(1)),
        _ => None,
    });
    removed.sum()
}

fn lie_summary(events: &[(u64, Event)], lie: Lie, simulation: &Simulation) -> Option<LieSummary> {
    let (refuted_in_block, event) = events
        .iter()
        .find(|(_, event)| matches!(event, Event::ReceiptsRemoved { .. }))?;
    let Event::ReceiptsRemoved {
        from,
        hash,
        family,
        proof_bytes,
        reporter,
        ..
    } = event
    else {
        return None;
    };
    let told = events
        .iter()
        .find(|(_, event)| matches!(event, Event::ReceiptAccepted { hash: told, .. } if told == hash));
    let reporter = (0..simulation.cast.operators)
        .find(|operator| simulation.setup.account(u64::from(*operator)) == *reporter);
    Some(LieSummary {
        field: lie.describe().into(),
        domain_block: from.0,
        told_in_block: told.map_or(0, |(block, _)| *block),
        family: format!("{family:?}").to_lowercase(),
        proof_bytes: *proof_bytes,
        refuted_in_block: *refuted_in_block,
        reporter: reporter.map_or_else(|| "somebody".into(), |operator| format!("operator {operator}")),
    })
}

fn slash_summaries(events: &[(u64, Event)]) -> Vec<SlashSummary> {
    let slashes = events.iter().filter_map(|(_, event)| match event {
        Event::OperatorSlashed {
            operator,
            amount,
            reward,
            treasury,
            burned,
            ..
        } => Some(SlashSummary {
            operator: operator.0,
            amount: amount.0,
            reward: reward.0,
            treasury: treasury.0,
            burned: burned.0,
        }),
        _ => None,
    });
    slashes.collect()
}
