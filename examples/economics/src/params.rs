//! The parameter file: what is in it, and in which ranges.

use crate::problem::Problem;
use serde::Deserialize;
use std::path::Path;

/// A parameter file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The name of the unit that all money is in.
    #[serde(default = "default_money")]
    pub money: String,
    /// The consensus chain.
    pub host: Host,
    /// The domain.
    pub domain: Domain,
    /// Its operators, in groups of equals.
    pub operators: Vec<Group>,
    /// What users pay.
    pub fees: Fees,
    /// What things cost those who do them.
    pub costs: Costs,
    /// Who looks, and how fast.
    pub network: Network,
    /// What an attacker has besides his stake.
    #[serde(default)]
    pub attacker: Attacker,
}

/// The consensus chain.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Probability that a slot has a block, numerator.
    pub slot_numerator: u64,
    /// Probability that a slot has a block, denominator.
    pub slot_denominator: u64,
    /// Seconds of a slot.
    pub slot_seconds: f64,
    /// Money for a byte of a block.
    pub byte_price: f64,
    /// Blocks for which the host admits that a proof can be kept out: `HostLimits::censorship`.
    pub censorship: u64,
    /// Independent farmers that build blocks within a challenge period.
    pub farmers: u64,
    /// Money that a farmer wants for leaving a message out of one block.
    pub bribe: f64,
    /// Money that a majority of the host's farming costs for the time of a block.
    pub majority: f64,
}

/// The domain.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Money that a wrong receipt could take out: the tracked balance.
    pub value: f64,
    /// Own stake that an operator has at least.
    pub minimum_stake: f64,
    /// Expected bundles per window, numerator.
    pub numerator: u64,
    /// Expected bundles per window, denominator.
    pub denominator: u64,
    /// Slots per window.
    pub interval: u64,
    /// Factor of the adaptive election at which it stands.
    #[serde(default = "default_factor")]
    pub factor: f64,
    /// Windows of a stake epoch.
    pub epoch: u64,
    /// Score from which an operator counts as absent, in nats; 0 is off.
    pub absence: u32,
    /// Share of the senders that one election lets an operator bundle.
    pub portion: f64,
    /// Consensus blocks between a receipt's inclusion and its confirmation.
    pub challenge_period: u64,
    /// Consensus blocks between an inbox and its randomness.
    pub seed_delay: u64,
    /// Share of an offender's own stake that goes to the reporter, in basis points.
    pub reporter_share: u32,
    /// Share of what remains of a slash that goes to the treasury, in basis points; the rest is burned.
    pub treasury_share: u32,
    /// Bytes of a bundle on average, header and receipts included.
    pub bundle_bytes: f64,
    /// Bytes of a transaction on average.
    pub transaction_bytes: f64,
    /// Bytes of the largest fraud proof.
    pub proof_bytes: f64,
}

/// Operators that are alike.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// How many.
    #[serde(default = "default_count")]
    pub count: u32,
    /// Stake of each operator's owner.
    pub own: f64,
    /// Stake of each operator's nominators.
    #[serde(default)]
    pub nominated: f64,
    /// Whether they take part.
    #[serde(default = "default_online")]
    pub online: bool,
}

impl Group {
    /// Returns the stake of one operator of the group.
    #[must_use]
    pub fn stake(&self) -> f64 {
        self.own + self.nominated
    }
}

/// What users pay, per consensus block on average.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fees {
    /// Execution fees of a consensus block.
    pub execution: f64,
    /// Storage fees of a consensus block.
    pub storage: f64,
    /// Execution fee of the cheapest transaction.
    pub cheapest: f64,
}

/// What things cost those who do them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Costs {
    /// One executor's cost for executing the domain, per consensus block.
    pub execution: f64,
    /// Cost for comparing others' receipts with one's own, per consensus block.
    pub checking: f64,
    /// One node's cost for verifying the largest proof.
    pub proof: f64,
    /// Cost of sending a byte to a node.
    pub bandwidth: f64,
    /// What all users lose together for each block that confirmation is late.
    pub delay: f64,
}

/// Who looks, and how fast.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Blocks from a receipt's inclusion to that of a proof against it, when nobody censors.
    pub reaction: u64,
    /// Independent challengers.
    pub challengers: u32,
    /// Probability that one of them looks at a given receipt and gets its proof out.
    pub reliability: f64,
    /// Probability that a receipt of somebody else is wrong.
    pub cheat: f64,
    /// Money that somebody pays for a successful proof besides the reporter's share.
    #[serde(default)]
    pub bounty: f64,
}

/// What an attacker has besides his stake.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attacker {
    /// Share of what the treasury gets that comes back to him.
    #[serde(default)]
    pub treasury: f64,
    /// Share of all money that is his: burning makes it worth more.
    #[serde(default)]
    pub supply: f64,
    /// What he gains from each block that confirmation is late.
    #[serde(default)]
    pub delay: f64,
}

fn default_money() -> String {
    "tokens".into()
}

const fn default_factor() -> f64 {
    1.0
}

const fn default_count() -> u32 {
    1
}

const fn default_online() -> bool {
    true
}

impl Params {
    /// Reads and checks a parameter file.
    ///
    /// # Errors
    /// What is wrong with it: the file, its format, a missing or unknown field, a value out of its range.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(path).map_err(|why| Problem::file(path, why))?;
        let params: Self = toml::from_str(&text).map_err(|why| Problem::format(path, why))?;
        params.check()?;
        Ok(params)
    }
}
