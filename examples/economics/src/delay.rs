//! What it costs to hold confirmation up (`spec/economics.md`, "Delay").

use crate::params::Params;
use crate::stake::Slash;
use crate::windows::{Windows, empty_without, expected, online};
use serde::Serialize;

/// The figures. Blocks are consensus blocks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Delay {
    /// Blocks until an operator is elected, on average.
    pub election: f64,
    /// Blocks that one wrong receipt holds confirmation up, at most.
    pub held: f64,
    /// What it costs who backs it, at least.
    pub lost: f64,
    /// The price of a block of delay by wrong receipts.
    pub by_receipts: f64,
    /// The share of all stake with which wrong receipts come as fast as they are refuted, at first; no share suffices above 1.
    pub share: f64,
    /// The price of a block of delay by keeping receipts out.
    pub by_censorship: f64,
    /// The least of them, and of a sole operator's silence.
    pub cheapest: f64,
    /// What the silence of one operator does, of that whose silence is cheapest for what it does.
    pub silence: Silence,
}

/// An operator that is elected and submits nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Silence {
    /// Its group, counted from 1.
    pub group: usize,
    /// Blocks that every receipt is later, on average.
    pub later: f64,
    /// What it loses in each block: its profit.
    pub lost: f64,
}

/// Computes them.
#[must_use]
pub fn delay(params: &Params, windows: &Windows) -> Delay {
    let election = blocks_to_election(windows.per_block, windows.empty);
    let held = held(params.network.reaction as f64, election);
    let lost = Slash::of(params).least_loss(params);
    let by_receipts = lost / held;
    let by_censorship = params.host.bribe.min(params.host.majority);
    let silence = silence(params, windows, election);
    let sole = if silence.later.is_infinite() {
        silence.lost
    } else {
        f64::INFINITY
    };
    Delay {
        election,
        held,
        lost,
        by_receipts,
        share: 1.0 / (windows.per_block * held) / expected(params),
        by_censorship,
        cheapest: by_receipts.min(by_censorship).min(sole),
        silence,
    }
}

/// Blocks to the first window in which somebody is elected: windows come `per_block` a block.
#[must_use]
pub fn blocks_to_election(per_block: f64, empty: f64) -> f64 {
    1.0 / (per_block * (1.0 - empty))
}

/// What each burned stake buys, from `spec/fraud.md`: D for the proof, and D + E once more for the honest receipt that it came before.
#[must_use]
pub fn held(reaction: f64, election: f64) -> f64 {
    2.0 * reaction + election
}

fn silence(params: &Params, windows: &Windows, election: f64) -> Silence {
    let mut best: Option<(f64, Silence)> = None;
    for (group, _, odds) in online(params, windows) {
        let later = blocks_to_election(windows.per_block, empty_without(params, windows, group)) - election;
        let lost = profit(params, windows, odds).max(0.0);
        let price = if later.is_infinite() { 0.0 } else { lost / later };
        if best.as_ref().is_none_or(|(least, _)| price < *least) {
            best = Some((price, Silence { group, later, lost }));
        }
    }
    // A parameter file without an operator that is online is refused; then nobody's silence does anything.
    best.map_or(
        Silence {
            group: 0,
            later: 0.0,
            lost: 0.0,
        },
        |(_, silence)| silence,
    )
}

/// What an operator earns in a block: its part of the fees, less what executing costs.
#[must_use]
pub fn profit(params: &Params, windows: &Windows, odds: f64) -> f64 {
    income(params, windows, odds) - params.costs.execution
}

/// An operator's part of a block's fees, after paying for its bundles' bytes.
#[must_use]
pub fn income(params: &Params, windows: &Windows, odds: f64) -> f64 {
    let bytes = windows.bundles_per_block * params.domain.bundle_bytes * params.host.byte_price;
    odds / windows.bundles * (params.fees.execution + params.fees.storage - bytes)
}
