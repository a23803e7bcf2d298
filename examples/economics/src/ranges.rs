//! In which ranges the parameters are.

use crate::params::Params;
use crate::problem::Problem;

/// The most money in a field: sums and products of such stay far below infinity.
const LARGEST: f64 = 1e36;
/// The most of whatever is counted: the whole numbers that a double holds.
const BIG: f64 = 9_007_199_254_740_992.0;

impl Params {
    /// Checks every range, and that the figures exist.
    ///
    /// # Errors
    /// The first field that is out of its range, with the range.
    pub fn check(&self) -> Result<(), Problem> {
        for (field, value, least, most, advice) in self.ranges() {
            // Not written as two comparisons that fail: NaN is in no range.
            if !(value >= least && value <= most) {
                return Err(Problem::range(field, value, least, most, advice));
            }
        }
        // E21: below 14 nats false alarms would be too many.
        if (1..14).contains(&self.domain.absence) {
            let found = f64::from(self.domain.absence);
            return Err(Problem::range(
                "domain.absence",
                found,
                14.0,
                100.0,
                "Or 0, which is off.",
            ));
        }
        self.check_operators()
    }

    fn check_operators(&self) -> Result<(), Problem> {
        if self.operators.is_empty() {
            return Err(Problem::text(
                "there are no operators, so nothing is ever bundled. Add a section [[operators]] with `own`."
                    .into(),
            ));
        }
        for (group, number) in self.operators.iter().zip(1..) {
            let least = self.domain.minimum_stake;
            for (field, value, least, most) in [
                ("count", f64::from(group.count), 1.0, 1e6),
                ("own", group.own, least, LARGEST),
                ("nominated", group.nominated, 0.0, LARGEST),
            ] {
                if !(value >= least && value <= most) {
                    let field = format!("operators.{field} of group {number}");
                    let advice = "An operator's owner has domain.minimum_stake at least.";
                    return Err(Problem::range(&field, value, least, most, advice));
                }
            }
        }
        if !self.operators.iter().any(|group| group.online) {
            return Err(Problem::text(
                "no operator is online, so nothing is ever bundled. Set `online = true` in a section [[operators]].".into(),
            ));
        }
        Ok(())
    }

    #[allow(clippy::too_many_lines, reason = "a table")]
    fn ranges(&self) -> Vec<(&'static str, f64, f64, f64, &'static str)> {
        let Self {
            host,
            domain,
            fees,
            costs,
            network,
            attacker,
            ..
        } = self;
        let slot = host.slot_denominator as f64;
        let money = "Money is not negative.";
        let probability = "It is a probability.";
        let share = "It is a share of a whole.";
        let whole = "It is counted in whole units.";
        vec![
            (
                "host.slot_denominator",
                slot,
                1.0,
                BIG,
                "A slot has a block with a probability in (0, 1].",
            ),
            (
                "host.slot_numerator",
                host.slot_numerator as f64,
                1.0,
                slot,
                "A slot has a block with a probability in (0, 1].",
            ),
            (
                "host.slot_seconds",
                host.slot_seconds,
                1e-3,
                1e6,
                "A slot takes time.",
            ),
            ("host.byte_price", host.byte_price, 0.0, LARGEST, money),
            ("host.censorship", host.censorship as f64, 0.0, BIG, whole),
            (
                "host.farmers",
                host.farmers as f64,
                1.0,
                BIG,
                "Somebody builds blocks.",
            ),
            ("host.bribe", host.bribe, 0.0, LARGEST, money),
            ("host.majority", host.majority, 0.0, LARGEST, money),
            ("domain.value", domain.value, 0.0, LARGEST, money),
            (
                "domain.minimum_stake",
                domain.minimum_stake,
                f64::MIN_POSITIVE,
                LARGEST,
                "A stake of nothing answers for nothing.",
            ),
            (
                "domain.denominator",
                domain.denominator as f64,
                1.0,
                BIG,
                "The election's numerator / denominator is in (0, 1].",
            ),
            (
                "domain.numerator",
                domain.numerator as f64,
                1.0,
                domain.denominator as f64,
                "The election's numerator / denominator is in (0, 1].",
            ),
            (
                "domain.interval",
                domain.interval as f64,
                1.0,
                4_294_967_295.0,
                "A window has a slot at least (P2).",
            ),
            (
                "domain.factor",
                domain.factor,
                1.0,
                65_536.0,
                "1 is a factor that changes nothing.",
            ),
            (
                "domain.epoch",
                domain.epoch as f64,
                1.0,
                4_294_967_295.0,
                "An epoch has a window at least.",
            ),
            (
                "domain.absence",
                f64::from(domain.absence),
                0.0,
                100.0,
                "0 is off; else 14 to 100 (E21).",
            ),
            ("domain.portion", domain.portion, f64::MIN_POSITIVE, 1.0, share),
            (
                "domain.challenge_period",
                domain.challenge_period as f64,
                1.0,
                BIG,
                whole,
            ),
            (
                "domain.seed_delay",
                domain.seed_delay as f64,
                0.0,
                256.0,
                "P2 has the range.",
            ),
            (
                "domain.reporter_share",
                f64::from(domain.reporter_share),
                0.0,
                10_000.0,
                "It is in basis points.",
            ),
            (
                "domain.treasury_share",
                f64::from(domain.treasury_share),
                0.0,
                10_000.0,
                "It is in basis points.",
            ),
            ("domain.bundle_bytes", domain.bundle_bytes, 1.0, BIG, whole),
            (
                "domain.transaction_bytes",
                domain.transaction_bytes,
                1.0,
                domain.bundle_bytes,
                "A transaction fits into a bundle.",
            ),
            ("domain.proof_bytes", domain.proof_bytes, 1.0, BIG, whole),
            ("fees.execution", fees.execution, 0.0, LARGEST, money),
            ("fees.storage", fees.storage, 0.0, LARGEST, money),
            ("fees.cheapest", fees.cheapest, 0.0, LARGEST, money),
            ("costs.execution", costs.execution, 0.0, LARGEST, money),
            ("costs.checking", costs.checking, 0.0, LARGEST, money),
            ("costs.proof", costs.proof, 0.0, LARGEST, money),
            ("costs.bandwidth", costs.bandwidth, 0.0, LARGEST, money),
            ("costs.delay", costs.delay, 0.0, LARGEST, money),
            (
                "network.reaction",
                network.reaction as f64,
                1.0,
                BIG,
                "A proof is in the block after its receipt's at the earliest.",
            ),
            (
                "network.challengers",
                f64::from(network.challengers),
                0.0,
                1e6,
                whole,
            ),
            ("network.reliability", network.reliability, 0.0, 1.0, probability),
            ("network.cheat", network.cheat, 0.0, 1.0, probability),
            ("network.bounty", network.bounty, 0.0, LARGEST, money),
            ("attacker.treasury", attacker.treasury, 0.0, 1.0, share),
            ("attacker.supply", attacker.supply, 0.0, 1.0, share),
            ("attacker.delay", attacker.delay, 0.0, LARGEST, money),
        ]
    }
}
