//! The largest reporter's share that never pays for proving one's own fraud (`spec/economics.md`, "The reporter's share").

use crate::params::Params;
use crate::stake::{Slash, basis_points};
use serde::Serialize;

/// The figures. All but `configured` and `bound` are shares below which self-reporting does not pay.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The domain's.
    pub configured: f64,
    /// The largest that the SDK accepts (P2).
    pub bound: f64,
    /// What the attacker gains beside the reward although his receipt is refuted.
    pub gain: f64,
    /// Of the owner's own stake, which is this SDK's rule.
    pub own: f64,
    /// Of the whole pool, which is the naive rule.
    pub pool: f64,
    /// Of own stakes, if every other operator backs the wrong receipt without looking.
    pub lured: f64,
    /// Own stake of others that has to be lured for self-reporting to pay at the domain's share.
    pub bait: f64,
}

/// Computes them, with `held` blocks of delay for each wrong receipt.
#[must_use]
pub fn share(params: &Params, held: f64) -> Share {
    let returned = Slash::of(params).returned;
    let gain = params.attacker.delay * held;
    let configured = basis_points(params.domain.reporter_share);
    let minimum = params.domain.minimum_stake;
    // A newcomer has no nominators; who has some may take them down with him.
    let pools = params.operators.iter().map(|group| (group.own, group.nominated));
    let pools: Vec<(f64, f64)> = pools.chain([(minimum, 0.0)]).collect();
    let least = |rule: &dyn Fn(f64, f64) -> f64| {
        let shares = pools.iter().map(|&(own, nominated)| rule(own, nominated));
        shares.fold(1.0, f64::min)
    };
    let own_of_all: f64 = sum(params, |own, _| own);
    let stake_of_all: f64 = sum(params, |own, nominated| own + nominated);
    Share {
        configured,
        bound: f64::from(decex_core::params::MAX_REPORTER_SHARE) / 10_000.0,
        gain,
        own: least(&|own, nominated| largest(own, gain, own, own + nominated, returned)),
        pool: least(&|own, nominated| largest(own, gain, own + nominated, own + nominated, returned)),
        lured: largest(
            minimum,
            gain,
            minimum + own_of_all,
            minimum + stake_of_all,
            returned,
        ),
        bait: bait(minimum, gain, configured, returned),
    }
}

/// The largest share of `base` that does not make up for what the attacker loses, with `gain` on top and `returned` of what
/// remains of `slashed`: β of
/// `β · base + returned · (slashed − β · base) + gain ≤ loss`, within `0..=1`.
#[must_use]
pub fn largest(loss: f64, gain: f64, base: f64, slashed: f64, returned: f64) -> f64 {
    let left = loss - gain - returned * slashed;
    if left <= 0.0 {
        return 0.0;
    }
    // All that is slashed comes back in any case, so the share changes nothing.
    if returned >= 1.0 {
        return 1.0;
    }
    (left / ((1.0 - returned) * base)).min(1.0)
}

/// The own stake of others, without nominators, that makes up for the loss of `own` when it falls with it: X of
/// `β · (own + X) + returned · (1 − β) · (own + X) + gain = own`.
#[must_use]
pub fn bait(own: f64, gain: f64, share: f64, returned: f64) -> f64 {
    if gain >= own {
        return 0.0;
    }
    let back = share + returned * (1.0 - share);
    ((own - gain) / back - own).max(0.0)
}

fn sum(params: &Params, of: impl Fn(f64, f64) -> f64) -> f64 {
    let groups = params.operators.iter();
    groups
        .map(|group| of(group.own, group.nominated) * f64::from(group.count))
        .sum()
}
