//! What an attacker makes others lose for what he loses (`spec/economics.md`, "Griefing").

use crate::delay::{Delay, blocks_to_election, profit};
use crate::params::Params;
use crate::stake::Slash;
use crate::windows::{Windows, empty_without, online};
use serde::Serialize;

/// One attack.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grief {
    /// What the attacker does.
    pub attack: String,
    /// What it costs him.
    pub attacker: f64,
    /// What others lose.
    pub others: f64,
    /// Others' loss ÷ his.
    pub factor: f64,
}

/// How long an absent operator stays elected, and how often one that is not absent is taken for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Absence {
    /// Whether absence is looked for.
    pub detected: bool,
    /// Blocks until the operator with the most wins per window is out, if it falls silent.
    pub first_out: f64,
    /// Blocks until the one with the fewest is.
    pub last_out: f64,
    /// False alarms per operator and year, at most.
    pub false_alarms: f64,
}

/// Computes the factor of each attack.
#[must_use]
pub fn griefing(params: &Params, windows: &Windows, delay: &Delay) -> Vec<Grief> {
    let mut all = receipts(params, delay);
    all.push(false_verdict(params, delay));
    all.push(spam_bundle(params, windows));
    all.push(spam_transaction(params, windows));
    all.push(spam_proof(params));
    all.extend(silence(params, windows));
    all
}

/// Others' loss for one unit of the attacker's; nothing for nothing is 0.
#[must_use]
pub fn factor(others: f64, attacker: f64) -> f64 {
    if others <= 0.0 {
        0.0
    } else if attacker <= 0.0 {
        f64::INFINITY
    } else {
        others / attacker
    }
}

fn grief(attack: impl Into<String>, attacker: f64, others: f64) -> Grief {
    Grief {
        attack: attack.into(),
        attacker,
        others,
        factor: factor(others, attacker),
    }
}

/// A wrong receipt: of a newcomer, and of the pool whose nominators lose the most for what its owner loses.
fn receipts(params: &Params, delay: &Delay) -> Vec<Grief> {
    let late = delay.held * params.costs.delay;
    let slash = Slash::of(params);
    let of = |name: String, own, nominated| grief(name, slash.loss(own, nominated), nominated + late);
    let mut all = vec![of(
        "wrong receipt, newcomer".into(),
        params.domain.minimum_stake,
        0.0,
    )];
    let groups = params.operators.iter().zip(1..);
    let worst = groups
        .filter(|(group, _)| group.nominated > 0.0)
        .map(|(group, number)| {
            let name = format!("wrong receipt, with nominators of group {number}");
            of(name, group.own, group.nominated)
        })
        .max_by(|a, b| a.factor.total_cmp(&b.factor));
    all.extend(worst);
    all
}

/// A wrong receipt that calls every bundle of its block invalid: their authors are suspended until it is refuted.
fn false_verdict(params: &Params, delay: &Delay) -> Grief {
    let fees = params.fees.execution * params.network.reaction as f64;
    let late = delay.held * params.costs.delay;
    let lost = Slash::of(params).loss(params.domain.minimum_stake, 0.0);
    grief("false verdict on every author of a block", lost, fees + late)
}

/// A bundle of transactions that are worth nothing to anybody: everybody executes it, for fees that cover it or do not.
fn spam_bundle(params: &Params, windows: &Windows) -> Grief {
    let operators: f64 = online(params, windows)
        .map(|(_, group, _)| f64::from(group.count))
        .sum();
    let executors = operators + f64::from(params.network.challengers);
    let per_bundle = |money: f64| money / windows.bundles_per_block;
    let fees = per_bundle(params.fees.execution);
    let work = executors * per_bundle(params.costs.execution);
    let bytes = params.domain.bundle_bytes * params.host.byte_price;
    grief("spam bundle", bytes + fees, (work - fees).max(0.0))
}

/// A transaction that every operator may bundle who does not see the others' bundles yet: its sender pays once.
fn spam_transaction(params: &Params, windows: &Windows) -> Grief {
    let bytes = params.domain.transaction_bytes * params.host.byte_price;
    let paid = bytes + params.fees.cheapest;
    let copies = blind_bundles(params, windows) * params.domain.portion;
    grief("spam transaction, sent to all", paid, copies * bytes)
}

/// Bundles that others get into the blocks of which an author knows nothing when it seals: the one that includes it, and those
/// whose seeds are not known yet.
#[must_use]
pub fn blind_bundles(params: &Params, windows: &Windows) -> f64 {
    windows.bundles_per_block * (params.domain.seed_delay.max(1).saturating_add(1)) as f64
}

/// Bytes that look like a proof: each node verifies them once and sends them to nobody.
fn spam_proof(params: &Params) -> Grief {
    let sent = params.domain.proof_bytes * params.costs.bandwidth;
    grief("false proof, to each node", sent, params.costs.proof)
}

/// An operator that falls silent, in each block: of each group that is online, the one with the largest factor.
fn silence(params: &Params, windows: &Windows) -> Option<Grief> {
    let now = blocks_to_election(windows.per_block, windows.empty);
    online(params, windows)
        .map(|(group, _, odds)| {
            let then = blocks_to_election(windows.per_block, empty_without(params, windows, group));
            // Standing still for a block delays what is pending in a whole challenge period.
            let late = (then - now) / params.domain.challenge_period as f64 * params.costs.delay;
            // Nobody minds: also where it is for ever, and infinity times zero no number.
            let late = if params.costs.delay == 0.0 { 0.0 } else { late };
            let lost = profit(params, windows, odds).max(0.0);
            grief(format!("silence of one of group {group}, per block"), lost, late)
        })
        .max_by(|a, b| a.factor.total_cmp(&b.factor))
}

/// Computes when an operator that falls silent is out.
#[must_use]
pub fn absence(params: &Params, windows: &Windows) -> Absence {
    let score = f64::from(params.domain.absence);
    let detected = score > 0.0;
    let out = |odds: f64| {
        if detected {
            blocks_to_absence(params, windows, score, odds)
        } else {
            f64::INFINITY
        }
    };
    let odds = windows.odds.iter().copied().filter(|odds| *odds > 0.0);
    let (most, fewest) = odds.fold((0.0_f64, 1.0_f64), |(most, fewest), odds| {
        (most.max(odds), fewest.min(odds))
    });
    let epochs_per_year = YEAR / (windows.block_seconds / windows.per_block * params.domain.epoch as f64);
    Absence {
        detected,
        first_out: out(most),
        last_out: out(fewest),
        false_alarms: if detected {
            epochs_per_year * (-score).exp()
        } else {
            0.0
        },
    }
}

/// An operator that wins nothing of what it should collects half of its expected wins as its score, and is judged by whole epochs.
fn blocks_to_absence(params: &Params, windows: &Windows, score: f64, odds: f64) -> f64 {
    let per_epoch = odds * params.domain.epoch as f64 / 2.0;
    let epochs = (score / per_epoch).ceil();
    epochs * params.domain.epoch as f64 / windows.per_block
}

const YEAR: f64 = 365.25 * 86_400.0;
