//! What to change, and how.

use crate::number::{number, percent};
use crate::params::Params;
use crate::report::Report;
use crate::safety::Way;

/// Everything that should not stay as it is, in the order of the report.
#[must_use]
pub fn warnings(params: &Params, report: &Report) -> Vec<String> {
    let mut all = Vec::new();
    safety(params, report, &mut all);
    limits(params, report, &mut all);
    share(params, report, &mut all);
    pay(params, report, &mut all);
    all
}

fn safety(params: &Params, report: &Report, all: &mut Vec<String>) {
    let safety = &report.safety;
    if safety.margin > 1.0 {
        return;
    }
    let period = number(safety.shortest_period);
    let advice = match safety.way {
        Way::Hoping if params.network.challengers == 0 => {
            "nobody looks: see to it that somebody runs a challenger who loses if the domain does".into()
        }
        Way::Hoping => format!(
            "each challenger has to get its proof out with a probability of {} (network.reliability), or there have to be more of them",
            percent(safety.needed_reliability)
        ),
        Way::Bribing | Way::Majority if safety.shortest_period.is_finite() => {
            format!(
                "a challenge period of {period} blocks would do, or a cap of the domain's value below the cost"
            )
        }
        Way::Bribing | Way::Majority => {
            "no challenge period is long enough where keeping a proof out is free".into()
        }
    };
    all.push(format!(
        "an attack on safety costs {} and gains up to {}; {advice}",
        number(safety.cheapest),
        number(safety.value)
    ));
}

fn limits(params: &Params, report: &Report, all: &mut Vec<String>) {
    let domain = &params.domain;
    let least = params.host.censorship.saturating_add(domain.seed_delay);
    if domain.challenge_period <= least {
        all.push(format!(
            "the challenge period of {} blocks is not above censorship budget + seed delay = {least} (P5): no host accepts it",
            domain.challenge_period
        ));
    }
    if report.share.configured > report.share.bound {
        all.push(format!(
            "the reporter's share of {} is above the SDK's bound of {} (P2): no host accepts it",
            percent(report.share.configured),
            percent(report.share.bound)
        ));
    }
}

fn share(params: &Params, report: &Report, all: &mut Vec<String>) {
    let share = &report.share;
    if share.configured < share.own {
        return;
    }
    if share.own > 0.0 {
        all.push(format!(
            "proving one's own fraud pays: the reporter's share is {}, and has to stay below {}",
            percent(share.configured),
            percent(share.own)
        ));
    } else {
        all.push(format!(
            "fraud pays although it is refuted, whatever the reporter's share: what comes back to the attacker is worth more than \
             his stake; raise domain.minimum_stake (now {})",
            number(params.domain.minimum_stake)
        ));
    }
}

fn pay(params: &Params, report: &Report, all: &mut Vec<String>) {
    for income in report.incomes.iter().filter(|income| income.profit < 0.0) {
        all.push(format!(
            "an operator of group {} gets {} per block and pays {} for executing: raise fees.execution, or have fewer operators",
            income.group,
            number(income.fees),
            number(income.cost)
        ));
    }
    if report.checkers.iter().all(|checker| !checker.pays) {
        all.push(format!(
            "checking pays nobody at a probability of {} that a receipt is wrong: safety rests on those who check for their own sake; \
             a reward (network.bounty) or larger own stakes change that",
            number(params.network.cheat)
        ));
    }
    for group in params
        .operators
        .iter()
        .filter(|group| group.nominated > MOST_NOMINATED * group.own)
    {
        all.push(format!(
            "an owner with {} answers for nominators' {}: it can take {} times its own loss from them",
            number(group.own),
            number(group.nominated),
            number(group.nominated / group.own)
        ));
    }
}

/// Nominated ÷ own from which a warning is due: an owner's own stake is a twentieth of the pool.
const MOST_NOMINATED: f64 = 20.0;
