//! Whether checking pays (`spec/economics.md`, "Checking").

use crate::delay::income;
use crate::params::Params;
use crate::stake::least_reward;
use crate::windows::{Windows, online};
use serde::Serialize;

/// Somebody who may check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checker {
    /// Who it is.
    pub who: String,
    /// What checking costs per block: C.
    pub cost: f64,
    /// What finding a wrong receipt pays on average: R, as far as nobody else is first.
    pub reward: f64,
    /// What not finding it costs on average: L, if somebody else does.
    pub loss: f64,
    /// The probability of a wrong receipt above which checking pays: C / (R + L).
    pub threshold: f64,
    /// What checking every block is worth per block, at the probability in the parameters.
    pub gain: f64,
    /// Whether that is positive, or nothing is lost by it.
    pub pays: bool,
}

/// Whether executing pays for an operator of one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Income {
    /// Its group, counted from 1.
    pub group: usize,
    /// Its part of the fees per block, less the price of its bundles' bytes.
    pub fees: f64,
    /// What executing costs it per block.
    pub cost: f64,
    /// What is left.
    pub profit: f64,
}

/// Computes everybody who may check: of each group that is online who executes anyway and who would copy, and who has no stake.
#[must_use]
pub fn checkers(params: &Params, windows: &Windows) -> Vec<Checker> {
    let mut all = Vec::new();
    let whole = params.costs.execution + params.costs.checking;
    for (number, group, _) in online(params, windows) {
        let name = |does: &str| format!("operator of group {number}, {does}");
        all.push(checker(
            params,
            name("executes anyway"),
            params.costs.checking,
            group.own,
        ));
        all.push(checker(params, name("would copy"), whole, group.own));
    }
    all.push(checker(params, "challenger without a stake".into(), whole, 0.0));
    all
}

fn checker(params: &Params, who: String, cost: f64, stake: f64) -> Checker {
    let network = &params.network;
    let reward = least_reward(params) * first(network.reliability, network.challengers);
    let loss = stake * caught(network.reliability, network.challengers);
    let threshold = threshold(cost, reward, loss);
    let gain = network.cheat * (reward + loss) - cost;
    Checker {
        who,
        cost,
        reward,
        loss,
        threshold,
        gain,
        pays: gain >= 0.0,
    }
}

/// Who checks at cost `C` and is wrong not to with `R + L` breaks even at this probability of a wrong receipt.
#[must_use]
pub fn threshold(cost: f64, reward: f64, loss: f64) -> f64 {
    if cost == 0.0 { 0.0 } else { cost / (reward + loss) }
}

/// The part of a reward that one gets of it on average, if `others` check with probability `x` each and any of those who
/// check is first alike.
#[must_use]
pub fn first(x: f64, others: u32) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let all = f64::from(others) + 1.0;
    // 1 − (1 − x)^all without the cancellation of a small x.
    -(all * (-x).ln_1p()).exp_m1() / (all * x)
}

/// The probability that any of `others` checks.
#[must_use]
pub fn caught(x: f64, others: u32) -> f64 {
    if others == 0 {
        0.0
    } else {
        -(f64::from(others) * (-x).ln_1p()).exp_m1()
    }
}

/// Computes what executing pays, for each group that is online.
#[must_use]
pub fn incomes(params: &Params, windows: &Windows) -> Vec<Income> {
    online(params, windows)
        .map(|(group, _, odds)| {
            let fees = income(params, windows, odds);
            let cost = params.costs.execution;
            Income {
                group,
                fees,
                cost,
                profit: fees - cost,
            }
        })
        .collect()
}
