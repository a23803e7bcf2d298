//! What an attacker loses with his stake (`spec/economics.md`, "A slash").

use crate::params::Params;

/// Where the money of a slash goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slash {
    /// Share of the owner's own stake that the reporter gets.
    pub reporter: f64,
    /// Share of the rest that comes back to the attacker, through the treasury or because burning makes his money worth more.
    pub returned: f64,
}

impl Slash {
    /// Reads it from the parameters.
    #[must_use]
    pub fn of(params: &Params) -> Self {
        let treasury = basis_points(params.domain.treasury_share);
        Self {
            reporter: basis_points(params.domain.reporter_share),
            returned: treasury * params.attacker.treasury + (1.0 - treasury) * params.attacker.supply,
        }
    }

    /// What an owner loses at least with a pool of `own` and others' `nominated`: he may be his own reporter. Negative if he
    /// gains.
    #[must_use]
    pub fn loss(&self, own: f64, nominated: f64) -> f64 {
        let reward = self.reporter * own;
        own - reward - self.returned * (own + nominated - reward)
    }

    /// The least that a stake which can back a wrong receipt costs: a newcomer's, or one of the operators'.
    #[must_use]
    pub fn least_loss(&self, params: &Params) -> f64 {
        params
            .operators
            .iter()
            .map(|group| self.loss(group.own, group.nominated))
            .fold(self.loss(params.domain.minimum_stake, 0.0), f64::min)
            .max(0.0)
    }
}

/// Reads basis points as a share.
#[must_use]
pub fn basis_points(points: u32) -> f64 {
    f64::from(points) / 10_000.0
}

/// What a proof pays at least: the share of the smallest own stake, and the bounty.
#[must_use]
pub fn least_reward(params: &Params) -> f64 {
    basis_points(params.domain.reporter_share) * params.domain.minimum_stake + params.network.bounty
}
