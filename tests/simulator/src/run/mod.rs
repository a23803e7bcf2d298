//! One run: a schedule played out, event by event, with every invariant checked after each.

mod actors;
mod farmers;
mod faults;
mod messages;

use crate::chain::{Blocks, Call, Sent, Tally};
use crate::failure::{Failure, Invariant};
use crate::host::SimulatedHost;
use crate::liars::Liar;
use crate::nodes::{Challenger, Farmer, Sight};
use crate::schedule::{Fault, Schedule, Weakness};
use crate::setup::{self, Stage};
use crate::workload::Workload;
use decex_bundle::SealedHeader;
use decex_core::params::CheckedParams;
use decex_core::{Balance, DomainId, OperatorId, Window};
use decex_receipt::Vouched;
use messages::{Message, Node};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Ticks of a slot.
const TICKS: u64 = 10;
/// Slots after which a run must have come to rest. Elections are drawn, so this is far beyond what is likely.
const PATIENCE: u64 = 400;

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Blocks made, on all branches.
    pub blocks: u64,
    /// Blocks of the branch that remained.
    pub height: u64,
    /// The deepest re-organisation that a node went through.
    pub deepest: u64,
    /// Bundles sent by honest operators.
    pub honest_bundles: u64,
    /// Bundles sent by others.
    pub other_bundles: u64,
    /// What the remaining branch came to.
    pub tally: Tally,
    /// How many operators lost their stake there.
    pub slashed: u64,
    /// The longest that a domain had no honest operator elected, in slots.
    pub longest_dry: u64,
    /// The most blocks that a right receipt may wait in this run, by the bound of the specification.
    pub bound: u64,
    /// The same if nobody had burned a stake for a wrong receipt: challenge period + 1 + inclusion delay.
    pub bound_unburned: u64,
}

/// Plays a schedule over hosts of the kind that `host` makes.
///
/// # Errors
/// When an invariant does not hold.
pub fn run<H: SimulatedHost, W: Workload>(
    schedule: &Schedule,
    workload: &W,
    host: impl FnOnce(W::Engine, u64) -> H,
) -> Result<Report, Failure> {
    let host = host(workload.engine(), schedule.seed);
    let stage = setup::stage(schedule, workload, host)?;
    let mut run = Run::new(schedule, workload, stage);
    run.play()?;
    run.settle()?;
    run.report()
}

struct Run<'a, H, W: Workload> {
    schedule: &'a Schedule,
    workload: &'a W,
    faults: Vec<Fault>,
    blocks: Blocks<H, W::Engine>,
    farmers: Vec<Farmer>,
    challengers: Vec<Challenger<W::Engine>>,
    liars: Vec<Liar>,
    params: BTreeMap<DomainId, CheckedParams>,
    /// What is on its way, by the tick of its arrival.
    queue: BTreeMap<(u64, u64), (Node, Message)>,
    sequence: u64,
    now: u64,
    first_slot: u64,
    /// What honest operators ever sent.
    archive: Vec<Call>,
    /// The first header that was seen for each window.
    headers: BTreeMap<(DomainId, OperatorId, Window), SealedHeader>,
    /// The first receipt that was seen of each operator and origin.
    vouched: BTreeMap<(OperatorId, Vec<u8>), Vouched>,
    /// Bundles sent in the last slots, by anybody.
    recent: Vec<(u64, Rc<Sent>)>,
    nonces: BTreeMap<(usize, u64), u64>,
    dry: BTreeMap<DomainId, u64>,
    report: Report,
}

impl<'a, H: SimulatedHost, W: Workload> Run<'a, H, W> {
    fn new(schedule: &'a Schedule, workload: &'a W, stage: Stage<H, W::Engine>) -> Self {
        let tip = stage.tip;
        let farmers = (0..schedule.farmers)
            .map(|place| Farmer::new(tip, place % 2 == 1))
            .collect();
        let mut challengers = stage.challengers;
        for challenger in &mut challengers {
            challenger.sight = Sight::new(tip);
            challenger.forgets_seals = schedule.weakness == Some(Weakness::ForgetSeals);
        }
        Self {
            schedule,
            workload,
            faults: schedule.happening().copied().collect(),
            blocks: stage.blocks,
            farmers,
            challengers,
            liars: stage.liars,
            params: stage.params,
            queue: BTreeMap::new(),
            sequence: 0,
            now: 0,
            first_slot: stage.next_slot,
            archive: Vec::new(),
            headers: BTreeMap::new(),
            vouched: BTreeMap::new(),
            recent: Vec::new(),
            nonces: BTreeMap::new(),
            dry: BTreeMap::new(),
            report: Report::default(),
        }
    }

    fn play(&mut self) -> Result<(), Failure> {
        let end = self.first_slot.saturating_add(self.schedule.slots);
        for slot in self.first_slot..end {
            self.slot(slot, true)?;
        }
        Ok(())
    }

    /// Lets the network come to rest: no faults, no users; dishonest operators go on for a while.
    fn settle(&mut self) -> Result<(), Failure> {
        self.faults.clear();
        for farmer in 0..self.farmers.len() {
            self.publish(farmer, self.first_slot.saturating_add(self.schedule.slots));
        }
        let from = self.first_slot.saturating_add(self.schedule.slots);
        for slot in from..from.saturating_add(PATIENCE) {
            self.slot(slot, slot < from.saturating_add(20))?;
            if slot > from.saturating_add(20) && self.is_at_rest()? {
                return Ok(());
            }
        }
        let heads: Vec<_> = self
            .params
            .keys()
            .map(|domain| {
                self.blocks
                    .at(self.farmers[0].sight.tip)
                    .map(|block| block.chain.progress(*domain))
            })
            .collect();
        Err(Failure::new(
            Invariant::Liveness,
            format!("not at rest after {PATIENCE} quiet slots: {heads:?}"),
        ))
    }

    fn slot(&mut self, slot: u64, busy: bool) -> Result<(), Failure> {
        let base = slot.saturating_mul(TICKS);
        self.deliver_until(base)?;
        let playing = slot < self.first_slot.saturating_add(self.schedule.slots);
        if playing {
            self.users(slot);
            self.nominators_act(slot);
            self.accidents(slot)?;
        }
        self.challengers_act(slot)?;
        self.deliver_until(base + 7)?;
        if busy {
            self.liars_act(slot)?;
        }
        self.farmers_act(slot)?;
        Ok(())
    }

    fn is_at_rest(&self) -> Result<bool, Failure> {
        let tip = self.farmers[0].sight.tip;
        let together = self.farmers.iter().all(|farmer| farmer.sight.tip == tip)
            && self
                .challengers
                .iter()
                .all(|challenger| challenger.sight.tip == tip);
        let block = self.blocks.at(tip)?;
        for domain in self.params.keys() {
            let progress = block.chain.progress(*domain);
            let progress = progress.map_err(|error| Failure::fault("the host cannot be read", &error))?;
            let done =
                progress.is_some_and(|at| at.last == at.head && at.head == at.confirmed && at.unswept == 0);
            if !done {
                return Ok(false);
            }
        }
        Ok(together)
    }

    fn report(mut self) -> Result<Report, Failure> {
        let tip = self.farmers[0].sight.tip;
        let block = self.blocks.at(tip)?;
        // Exactly the guilty paid.
        if block.slashed != block.guilty {
            let seen = format!("{:?} are guilty, {:?} paid", block.guilty, block.slashed);
            return Err(Failure::new(Invariant::Refutation, seen));
        }
        for operator in &self.blocks.cast.honest {
            let pool = block.chain.pool(*operator);
            let pool = pool.map_err(|error| Failure::fault("the host cannot be read", &error))?;
            // Nominators of the honest lose nothing of their stake: a share is worth what it cost at least.
            let worth = pool.as_ref().is_some_and(|pool| pool.stake.0 >= pool.shares);
            let stake = pool.map_or(Balance::ZERO, |pool| pool.stake);
            // Rewards come on top.
            if stake < setup::STAKE || !worth {
                let seen = format!("operator {} has {stake:?} at stake", operator.0);
                return Err(Failure::new(Invariant::Innocence, seen));
            }
        }
        self.report.tally = block.tally;
        self.report.height = block.info.number.0;
        self.report.slashed = u64::try_from(block.slashed.len()).unwrap_or(u64::MAX);
        self.report.bound = self.bound(&self.report, self.report.slashed, self.report.tally.removed);
        self.report.bound_unburned = self.bound(&self.report, 0, 0);
        if self.report.tally.longest_wait > self.report.bound {
            let seen = format!(
                "a right receipt waited {} blocks, {} is the bound",
                self.report.tally.longest_wait, self.report.bound
            );
            return Err(Failure::new(Invariant::Liveness, seen));
        }
        Ok(self.report)
    }

    /// The bound of `spec/fraud.md`: C + 1 + (k + 1)(D + E) + k D + the sweep + the queue of confirmations.
    fn bound(&self, report: &Report, burned: u64, removed: u64) -> u64 {
        let challenge = self
            .params
            .values()
            .map(|params| params.challenge_period)
            .max()
            .unwrap_or(0);
        let delay = self.schedule.inclusion_delay();
        let turns = burned
            .saturating_add(1)
            .saturating_mul(report.longest_dry.saturating_add(delay));
        let waiting = removed.div_ceil(u64::from(setup::WORK))
            + report.tally.most_pending.div_ceil(u64::from(setup::WORK));
        challenge
            .saturating_add(1)
            .saturating_add(turns)
            .saturating_add(burned.saturating_mul(delay))
            .saturating_add(waiting)
    }
}

/// Picks a place below `count`; 0 if there is none.
fn pick(drawn: u64, count: usize) -> usize {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    usize::try_from(drawn.checked_rem(count).unwrap_or(0)).unwrap_or(0)
}
