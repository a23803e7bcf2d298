//! What goes wrong in a run, and when: all of it follows from a seed, and can be taken out piece by piece.

use crate::chance::Chance;
use core::fmt;
use core::str::FromStr;

/// Slots for which all farmers together keep messages of honest operators out of blocks at most, at a stretch.
pub const CENSORSHIP: u64 = 6;
/// Slots that a partition, a withheld block or an absence of the only challenger lasts at most.
pub const OUTAGE: u64 = 5;
/// Most slots that a run can have before it has to come to rest.
pub const MAX_SLOTS: u64 = 120;

/// One thing that goes wrong for some slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// From this slot.
    pub from: u64,
    /// For so many.
    pub slots: u64,
    /// Picks who it happens to.
    pub who: u64,
}

impl Fault {
    /// Returns whether it lasts in `slot`.
    #[must_use]
    pub const fn lasts(&self, slot: u64) -> bool {
        slot >= self.from && slot < self.from.saturating_add(self.slots)
    }

    /// Returns the first slot after it.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.from.saturating_add(self.slots)
    }
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Two halves of the network do not hear each other.
    Partition,
    /// Messages take several times as long, and overtake each other.
    Slow,
    /// Messages are lost, and sent again after a while.
    Loss,
    /// One challenger gets no blocks: their data is withheld from it.
    Withhold,
    /// A farmer keeps its blocks to itself and then publishes all at once: a re-organisation.
    Selfish,
    /// Farmers leave out what honest operators and watchers send.
    Censor,
    /// An honest operator crashes, sometimes before it committed what it just did, and restarts from its disk.
    Crash,
    /// An honest operator is silent and comes back; longer than an outage only if others watch.
    Absence,
    /// Two farmers find a block in every slot.
    Forks,
    /// Everything that honest operators ever sent is sent again, to everybody.
    Replay,
    /// Farmers are flooded with proofs: garbage, old ones, changed ones, true ones aimed at right receipts.
    Spam,
}

const KINDS: [FaultKind; 11] = [
    FaultKind::Partition,
    FaultKind::Slow,
    FaultKind::Loss,
    FaultKind::Withhold,
    FaultKind::Selfish,
    FaultKind::Censor,
    FaultKind::Crash,
    FaultKind::Absence,
    FaultKind::Forks,
    FaultKind::Replay,
    FaultKind::Spam,
];

/// What a dishonest operator does when it is elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Claims wrong receipts of every row of the matrix.
    Mutants,
    /// Extends whatever head there is without executing, and endorses what others claim.
    Lazy,
    /// Seals two bundles for a window and two receipts for a block.
    Equivocate,
    /// Calls bundles of honest authors invalid.
    Accuse,
    /// Builds long chains of wrong receipts.
    Chain,
    /// Is silent for half of the run, then comes back with bundles for old windows and receipts of old blocks.
    Silent,
    /// Bundles illegal transactions and judges them legal.
    Misfits,
    /// Lies once, and leaves at once to save its stake.
    Leave,
}

const STRATEGIES: [Strategy; 8] = [
    Strategy::Mutants,
    Strategy::Lazy,
    Strategy::Equivocate,
    Strategy::Accuse,
    Strategy::Chain,
    Strategy::Silent,
    Strategy::Misfits,
    Strategy::Leave,
];

/// A rule of honest behaviour that is left out on purpose, to see that a run notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Nobody sends the proofs that he has.
    Mute,
    /// A restart loses the record of what was sealed.
    ForgetSeals,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// What everything is drawn from.
    pub seed: u64,
    /// Slots until the network comes to rest.
    pub slots: u64,
    /// Which of the faults that the seed gives happen, by place.
    pub kept: u64,
    /// How many farmers.
    pub farmers: usize,
    /// How many domains.
    pub domains: u32,
    /// How many operators each domain has.
    pub operators: usize,
    /// How many of them are honest: the first ones.
    pub honest: usize,
    /// How many follow each domain and challenge without being operators.
    pub watchers: usize,
    /// Blocks from an inbox to its seed.
    pub seed_delay: u32,
    /// Inputs per trace entry.
    pub trace_interval: u32,
    /// Slots of an election window.
    pub interval: u64,
    /// Whether somebody collects what operators sign and reports who signs two receipts of one block.
    pub vigilant: bool,
    /// What each dishonest operator does, in turn.
    pub strategies: Vec<Strategy>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Slots for which farmers together keep honest messages out at a stretch, at most.
    pub budget: u64,
    /// What honest operators do not do, in runs that must fail.
    pub weakness: Option<Weakness>,
}

impl Schedule {
    /// Draws a schedule. In half of them one operator of a domain alone is honest, and nobody else watches.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with_budget(seed, CENSORSHIP)
    }

    /// Draws a schedule in which farmers may censor for `budget` slots at a stretch.
    #[must_use]
    pub fn with_budget(seed: u64, budget: u64) -> Self {
        let mut chance = Chance::of(seed, &[1]);
        let operators = usize::try_from(chance.within(2, 5)).unwrap_or(2);
        let alone = chance.once_in(2);
        let honest = if alone {
            1
        } else {
            usize::try_from(chance.within(1, 3)).unwrap_or(1).min(operators)
        };
        let watchers = usize::from(!alone && chance.once_in(2));
        let slots = chance.within(30, 60);
        let farmers = usize::try_from(chance.within(2, 4)).unwrap_or(2);
        let domains = if chance.once_in(4) { 2 } else { 1 };
        let seed_delay = u32::try_from(chance.below(3)).unwrap_or(1);
        let trace_interval = u32::try_from(chance.within(1, 3)).unwrap_or(1);
        let strategies = (0..8).filter_map(|_| chance.pick(&STRATEGIES).copied()).collect();
        let faults = draw_faults(seed, slots, honest.saturating_add(watchers) == 1, budget);
        Self {
            seed,
            slots,
            kept: u64::MAX,
            farmers,
            domains,
            operators,
            honest,
            watchers,
            seed_delay,
            trace_interval,
            vigilant: Chance::of(seed, &[5]).once_in(3),
            interval: if Chance::of(seed, &[4]).once_in(3) { 2 } else { 1 },
            strategies,
            faults,
            budget,
            weakness: None,
        }
    }

    /// Returns the faults that happen.
    pub fn happening(&self) -> impl Iterator<Item = &Fault> {
        let kept = self.kept;
        let in_mask = move |place: &u64| *place >= 64 || (kept >> *place) & 1 == 1;
        (0_u64..)
            .zip(&self.faults)
            .filter(move |(place, _)| in_mask(place))
            .map(|(_, fault)| fault)
    }

    /// Returns the most blocks between the moment at which an honest operator or watcher could know of something and the
    /// inclusion of what it sends, elections apart: censorship, an outage of each kind, a re-organisation that takes the
    /// inclusion back, and slow messages.
    #[must_use]
    pub const fn inclusion_delay(&self) -> u64 {
        self.budget.saturating_add(3 * OUTAGE).saturating_add(10)
    }

    /// Returns the strategy of the dishonest operator in `place` of its domain.
    #[must_use]
    pub fn strategy(&self, place: usize) -> Strategy {
        let turn = place
            .saturating_sub(self.honest)
            .checked_rem(self.strategies.len());
        turn.and_then(|turn| self.strategies.get(turn).copied())
            .unwrap_or(Strategy::Mutants)
    }
}

/// Draws what goes wrong. What delays honest messages never adds up to more than the challenge period allows: the only
/// challenger is out of reach for one outage at a time, and censorship has gaps.
fn draw_faults(seed: u64, slots: u64, alone: bool, budget: u64) -> Vec<Fault> {
    let count = Chance::of(seed, &[2]).within(0, 18);
    let mut faults: Vec<Fault> = Vec::new();
    for place in 0..count {
        let mut chance = Chance::of(seed, &[3, place]);
        let Some(kind) = chance.pick(&KINDS).copied() else {
            continue;
        };
        let most = match kind {
            FaultKind::Censor => budget,
            FaultKind::Partition | FaultKind::Withhold => OUTAGE,
            FaultKind::Absence if alone => OUTAGE,
            FaultKind::Selfish => 4,
            FaultKind::Crash => 1,
            FaultKind::Absence | FaultKind::Slow | FaultKind::Loss => 15,
            FaultKind::Forks | FaultKind::Replay | FaultKind::Spam => 10,
        };
        let fault = Fault {
            kind,
            from: chance.within(2, slots.saturating_sub(2)),
            slots: chance.within(1, most.max(1)),
            who: chance.next(),
        };
        // Outages and censorship do not touch their like: each message is held up by one of each at most.
        let held_up = |fault: &Fault| match fault.kind {
            FaultKind::Censor => Some(0),
            FaultKind::Partition | FaultKind::Withhold | FaultKind::Absence => Some(1),
            FaultKind::Selfish => Some(2),
            _ => None,
        };
        let near = |other: &Fault| {
            let gap = budget.saturating_add(OUTAGE).saturating_add(4);
            held_up(other).is_some()
                && held_up(other) == held_up(&fault)
                && fault.from < other.end().saturating_add(gap)
                && other.from < fault.end().saturating_add(gap)
        };
        if !faults.iter().any(near) {
            faults.push(fault);
        }
    }
    faults
}

/// Writes the code that [`FromStr`] reads: seed, slots, the faults that are kept, and the budget of censors.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:x}-{}-{:x}-{}",
            self.seed, self.slots, self.kept, self.budget
        )
    }
}

/// Why a text is no code of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotASchedule;

impl fmt::Display for NotASchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a schedule is written seed-slots-faults-budget, such as 2a-40-ffffffffffffffff-6, or as a seed alone, such as 42"
        )
    }
}

impl std::error::Error for NotASchedule {}

impl FromStr for Schedule {
    type Err = NotASchedule;

    /// Reads a code, or a decimal seed alone.
    fn from_str(text: &str) -> Result<Self, NotASchedule> {
        if let Ok(seed) = text.parse() {
            return Ok(Self::new(seed));
        }
        let mut parts = text.split('-');
        let (Some(seed), Some(slots), Some(kept), Some(budget), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(NotASchedule);
        };
        let seed = u64::from_str_radix(seed, 16).map_err(|_| NotASchedule)?;
        let budget = budget.parse::<u64>().map_err(|_| NotASchedule)?.min(MAX_SLOTS);
        let mut schedule = Self::with_budget(seed, budget);
        schedule.slots = slots.parse::<u64>().map_err(|_| NotASchedule)?.min(MAX_SLOTS);
        schedule.kept = u64::from_str_radix(kept, 16).map_err(|_| NotASchedule)?;
        Ok(schedule)
    }
}
