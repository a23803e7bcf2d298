//! A domain whose election adapts, simulated: operators of any availability, the crate's thresholds, seeded chance.

use decex_core::{Balance, ConsensusNumber, Digest, Window};
use decex_election::{
    Adaptation, AdaptationParams, Attendance, FACTOR_ONE, Moment, Odds, Share, Stakes, Turnout, Windows,
};

/// Windows of an epoch, and one bundle wanted in two of them: 64 in an epoch.
pub(crate) const EPOCH: u64 = 128;

pub(crate) fn params() -> AdaptationParams {
    AdaptationParams {
        epoch: EPOCH,
        max_factor: 1_024,
        absence: 14,
        slot_numerator: 1,
        slot_denominator: 6,
    }
}

pub(crate) fn windows() -> Windows {
    Windows::new(6, 8).unwrap()
}

pub(crate) fn odds() -> Odds {
    Odds::new(1, 2, FACTOR_ONE).unwrap()
}

pub(crate) fn rule(params: &AdaptationParams) -> Adaptation {
    Adaptation::new(&windows(), &odds(), params).unwrap()
}

/// The moment at which a window begins, on a host that makes exactly its blocks: one in a window.
pub(crate) fn on_time(window: u64) -> Moment {
    Moment {
        window: Window(window),
        block: ConsensusNumber(window),
    }
}

/// SplitMix64.
pub(crate) struct Chance(pub u64);

impl Chance {
    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn output(&mut self) -> Digest {
        let mut output = [0; 32];
        for word in output.chunks_mut(8) {
            word.copy_from_slice(&self.word().to_be_bytes());
        }
        Digest(output)
    }

    /// Whether something of a probability in per cent happens.
    pub(crate) fn happens(&mut self, percent: u64) -> bool {
        self.word() % 100 < percent
    }
}

pub(crate) struct Operator {
    pub(crate) stake: u128,
    /// How many of its wins it submits, in per cent.
    pub(crate) availability: u64,
    pub(crate) attendance: Attendance,
    /// The same, but touched in every window.
    pub(crate) touched: Attendance,
}

impl Operator {
    pub(crate) fn stakes(&self) -> Stakes {
        Stakes::constant(Balance(self.stake))
    }
}

pub(crate) struct Domain {
    pub(crate) rule: Adaptation,
    pub(crate) turnout: Turnout,
    pub(crate) operators: Vec<Operator>,
    pub(crate) chance: Chance,
    pub(crate) window: u64,
    /// Windows that a bundle takes to be included.
    pub(crate) delay: u64,
    late: std::collections::VecDeque<(u64, usize)>,
}

impl Domain {
    /// A domain at the beginning of an epoch in which all stakes count.
    pub(crate) fn new(params: &AdaptationParams, odds: Odds, stakes: &[u128], seed: u64) -> Self {
        let rule = Adaptation::new(&windows(), &odds, params).unwrap();
        let total = Balance(stakes.iter().sum());
        let turnout = Turnout::new(&rule, on_time(0)).at(&rule, on_time(params.epoch), total);
        let operators = stakes
            .iter()
            .map(|stake| Operator {
                stake: *stake,
                availability: 100,
                attendance: Attendance::new(&rule, &turnout),
                touched: Attendance::new(&rule, &turnout),
            })
            .collect();
        Self {
            rule,
            turnout,
            operators,
            chance: Chance(seed),
            window: params.epoch,
            delay: 0,
            late: std::collections::VecDeque::new(),
        }
    }

    pub(crate) fn total(&self) -> Balance {
        Balance(self.operators.iter().map(|operator| operator.stake).sum())
    }

    /// Advances the turnout to the present.
    pub(crate) fn touch(&mut self) {
        self.turnout = self.turnout.at(&self.rule, on_time(self.window), self.total());
    }

    fn include(&mut self, by: usize) {
        self.touch();
        self.turnout = self.turnout.count();
        let operator = &mut self.operators[by];
        operator.attendance = operator
            .attendance
            .count(&self.rule, &self.turnout, operator.stakes());
        operator.touched = operator
            .touched
            .count(&self.rule, &self.turnout, operator.stakes());
    }

    /// Runs an epoch and returns the bundles included. The factor is touched once at its beginning, as an operator's own look at
    /// the chain does.
    pub(crate) fn epoch(&mut self) -> u64 {
        let mut included = 0;
        for _ in 0..self.rule.epoch_windows() {
            self.touch();
            let factor = self
                .turnout
                .factor(self.rule.epoch_of(Window(self.window)))
                .unwrap();
            let odds = self.rule.odds(factor).unwrap();
            let total = self.total();
            for by in 0..self.operators.len() {
                let share = Share::new(Balance(self.operators[by].stake), total).unwrap();
                let availability = self.operators[by].availability;
                if availability > 0
                    && odds.wins(&share, &self.chance.output())
                    && self.chance.happens(availability)
                {
                    self.late.push_back((self.window + self.delay, by));
                }
            }
            while let Some((_, by)) = self
                .late
                .front()
                .copied()
                .filter(|(when, _)| *when <= self.window)
            {
                self.late.pop_front();
                self.include(by);
                included += 1;
            }
            self.window += 1;
        }
        self.touch();
        included
    }

    /// The factor of the current epoch, as a number.
    pub(crate) fn factor(&self) -> f64 {
        self.turnout.factor(self.turnout.epoch()).unwrap() as f64 / FACTOR_ONE as f64
    }

    /// An operator's score in nats.
    pub(crate) fn score(&self, by: usize) -> f64 {
        let operator = &self.operators[by];
        operator.attendance.score(&self.turnout, operator.stakes()) as f64 / FACTOR_ONE as f64
    }

    pub(crate) fn is_absent(&self, by: usize) -> bool {
        let operator = &self.operators[by];
        operator
            .attendance
            .check_absent(&self.rule, &self.turnout, operator.stakes())
            .is_ok()
    }
}
