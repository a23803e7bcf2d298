//! The cheapest way to a wrong receipt that becomes final (`spec/economics.md`, "Cheapest attack on safety").

use crate::params::Params;
use crate::stake::{Slash, least_reward};
use serde::Serialize;

/// How a wrong receipt becomes final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Paying farmers to leave the proof out of every block.
    Bribing,
    /// Having a majority of the host's farming, so that no block with the proof stays.
    Majority,
    /// Trying until nobody looks.
    Hoping,
}

/// The figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Safety {
    /// Blocks from which a proof has to be kept out.
    pub blocks: u64,
    /// What that costs in bribes.
    pub bribing: f64,
    /// What that costs with a majority.
    pub majority: f64,
    /// Probability that no challenger proves a wrong receipt.
    pub unseen: f64,
    /// Expected loss of stakes before one wrong receipt is not seen.
    pub hoping: f64,
    /// The least of the three.
    pub cheapest: f64,
    /// Which of them it is.
    pub way: Way,
    /// What there is to gain.
    pub value: f64,
    /// Cheapest attack ÷ value: safe above 1.
    pub margin: f64,
    /// The shortest challenge period, in blocks, with which keeping a proof out costs more than the value.
    pub shortest_period: f64,
    /// How reliable each challenger has to be for hoping to cost at least the value.
    pub needed_reliability: f64,
}

/// Computes them.
#[must_use]
pub fn safety(params: &Params) -> Safety {
    let blocks = censored_blocks(params.domain.challenge_period, params.network.reaction);
    let bribing = bribing(
        blocks as f64,
        params.host.bribe,
        params.host.farmers as f64,
        least_reward(params),
    );
    let majority = blocks as f64 * params.host.majority;
    let loss = Slash::of(params).least_loss(params);
    let unseen = unseen(params.network.reliability, params.network.challengers);
    let hoping = hoping(unseen, loss);
    let ways = [
        (Way::Bribing, bribing),
        (Way::Majority, majority),
        (Way::Hoping, hoping),
    ];
    let (way, cheapest) = ways
        .into_iter()
        .fold((Way::Bribing, f64::INFINITY), |best, this| {
            if this.1 < best.1 { this } else { best }
        });
    let value = params.domain.value;
    Safety {
        blocks,
        bribing,
        majority,
        unseen,
        hoping,
        cheapest,
        way,
        value,
        margin: if value == 0.0 {
            f64::INFINITY
        } else {
            cheapest / value
        },
        shortest_period: shortest_period(params),
        needed_reliability: needed_reliability(value, loss, params.network.challengers),
    }
}

/// The blocks of the challenge period that could carry a proof: the first `reaction` blocks after the receipt's hold none yet,
/// but for the last of them.
#[must_use]
pub const fn censored_blocks(challenge_period: u64, reaction: u64) -> u64 {
    challenge_period.saturating_add(1).saturating_sub(reaction)
}

/// The price of keeping a proof out by bribes: each block's farmer wants its bribe, and each farmer once the reward that it
/// could take by putting its own name into the proof.
#[must_use]
pub fn bribing(blocks: f64, bribe: f64, farmers: f64, reward: f64) -> f64 {
    blocks * bribe + farmers.min(blocks) * reward
}

/// The probability that none of `challengers` proves a wrong receipt.
#[must_use]
pub fn unseen(reliability: f64, challengers: u32) -> f64 {
    (1.0 - reliability).powf(f64::from(challengers))
}

/// Expected loss until the first success: `(1 − q) / q` failures go before it, each costs a stake.
#[must_use]
pub fn hoping(unseen: f64, loss: f64) -> f64 {
    if unseen >= 1.0 {
        0.0
    } else if unseen == 0.0 {
        f64::INFINITY
    } else {
        (1.0 - unseen) / unseen * loss
    }
}

/// The reliability of each challenger at which hoping costs `value`.
#[must_use]
pub fn needed_reliability(value: f64, loss: f64, challengers: u32) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    if challengers == 0 {
        return f64::INFINITY;
    }
    let unseen: f64 = loss / (loss + value);
    1.0 - unseen.powf(1.0 / f64::from(challengers))
}

fn shortest_period(params: &Params) -> f64 {
    let value = params.domain.value;
    let (bribe, reward) = (params.host.bribe, least_reward(params));
    let farmers = params.host.farmers as f64;
    // While there are more farmers than blocks each block costs a reward too.
    let few = value / (bribe + reward);
    let by_bribes = if few < farmers {
        few
    } else {
        (value - farmers * reward) / bribe
    };
    let blocks = by_bribes.max(value / params.host.majority);
    // 0 ÷ 0: there is nothing to gain, and nothing to pay.
    let blocks = if blocks.is_nan() { 0.0 } else { blocks };
    // The cost has to be more than the value, so one block more where it divides evenly.
    blocks.floor() + params.network.reaction as f64
}
