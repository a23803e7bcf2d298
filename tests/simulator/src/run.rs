//! One run: a schedule played out, event by event, with every invariant checked after each.

use crate::chain::{Blocks, Call, Sent, Tally};
use crate::chance::Chance;
use crate::failure::{Failure, Invariant};
use crate::host::SimulatedHost;
use crate::liars::{Liar, Place};
use crate::names;
use crate::nodes::{Challenger, Farmer, Sight};
use crate::schedule::{Fault, FaultKind, Schedule, Strategy, Weakness};
use crate::setup::{self, Stage};
use crate::workload::{USERS, Workload};
use decex_bundle::{Equivocation, SealedHeader};
use decex_core::list::ListTree;
use decex_core::params::CheckedParams;
use decex_core::{DomainId, HeaderHash, OperatorId, Window};
use decex_receipt::{Bundle, ReceiptEquivocation, Vouched};
use parity_scale_codec::Encode;
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

/// Who hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Farmer(usize),
    Challenger(usize),
}

/// What is heard.
#[derive(Clone, Debug)]
enum Message {
    Block(usize),
    Call(Call),
    Transaction(Rc<Vec<u8>>),
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

    // Faults.

    fn fault(&self, kind: FaultKind, slot: u64) -> Option<&Fault> {
        let start = self.first_slot;
        let relative = slot.saturating_sub(start);
        self.faults
            .iter()
            .find(|fault| fault.kind == kind && fault.lasts(relative))
    }

    /// The challenger that a fault is about.
    fn victim(&self, fault: &Fault) -> usize {
        pick(fault.who, self.challengers.len())
    }

    fn accidents(&mut self, slot: u64) -> Result<(), Failure> {
        let relative = slot.saturating_sub(self.first_slot);
        let crashes: Vec<Fault> = self
            .faults
            .iter()
            .filter(|fault| fault.kind == FaultKind::Crash && fault.from == relative)
            .copied()
            .collect();
        for fault in crashes {
            let victim = self.victim(&fault);
            let Some(challenger) = self.challengers.get_mut(victim) else {
                continue;
            };
            if (fault.who >> 8) & 1 == 1 {
                challenger.crashes = true;
            } else {
                challenger.restart()?;
                challenger.catch_up(&self.blocks)?;
            }
        }
        if self.fault(FaultKind::Replay, slot).is_some() {
            for call in self.archive.clone() {
                self.tell_farmers_at_once(&call);
            }
        }
        if let Some(fault) = self.fault(FaultKind::Spam, slot) {
            let chance = Chance::of(self.schedule.seed, &[20, slot, fault.who]);
            self.spam(chance)?;
        }
        Ok(())
    }

    /// Garbage, and what was true of something else.
    fn spam(&mut self, mut chance: Chance) -> Result<(), Failure> {
        let tip = self.highest();
        let old: Vec<Rc<Vec<u8>>> = self
            .archive
            .iter()
            .filter_map(|call| match call {
                Call::Proof(bytes, _) => Some(Rc::clone(bytes)),
                _ => None,
            })
            .collect();
        let mut pending = Vec::new();
        for domain in self.params.keys() {
            let block = self.blocks.at(tip)?;
            if let Ok(Some(chain)) = block.chain.chain(*domain)
                && let Ok(Some(hash)) = block.chain.hash_at(*domain, chain.head)
            {
                pending.push((*domain, hash));
            }
        }
        for _ in 0..6 {
            let mut bytes = match chance.pick(&old) {
                Some(bytes) if !chance.once_in(4) => bytes.to_vec(),
                _ => (0..chance.within(1, 200))
                    .map(|_| chance.next().to_le_bytes()[0])
                    .collect(),
            };
            // Aimed at what stands there now.
            if let Some((domain, receipt)) = chance.pick(&pending)
                && chance.once_in(2)
            {
                let aim = (domain, receipt).encode();
                if bytes.len() > aim.len() {
                    bytes[..aim.len()].copy_from_slice(&aim);
                }
            }
            for _ in 0..chance.below(3) {
                let at = pick(chance.next(), bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= chance.next().to_le_bytes()[0];
                }
            }
            self.tell_farmers_at_once(&Call::Proof(Rc::new(bytes), false));
        }
        Ok(())
    }

    // Users and challengers.

    fn users(&mut self, slot: u64) {
        let mut chance = Chance::of(self.schedule.seed, &[10, slot]);
        for _ in 0..chance.below(4) {
            let user = chance.below(USERS);
            let domain = pick(chance.next(), self.params.len());
            let number = self.nonces.entry((domain, user)).or_default();
            let transaction = Rc::new(self.workload.transaction(&mut chance, user, *number));
            *number += 1;
            let Some(domain) = self.params.keys().nth(domain).copied() else {
                continue;
            };
            for place in 0..self.challengers.len() {
                if self.challengers[place].domain == domain && !chance.once_in(5) {
                    self.send(
                        None,
                        Node::Challenger(place),
                        Message::Transaction(Rc::clone(&transaction)),
                        slot,
                    );
                }
            }
        }
    }

    fn challengers_act(&mut self, slot: u64) -> Result<(), Failure> {
        let absent = self
            .fault(FaultKind::Absence, slot)
            .map(|fault| self.victim(fault));
        let mut elected: BTreeMap<DomainId, bool> =
            self.params.keys().map(|domain| (*domain, false)).collect();
        for place in 0..self.challengers.len() {
            if absent == Some(place) {
                continue;
            }
            if self.schedule.weakness != Some(Weakness::Mute) {
                let proofs: Vec<Call> = self.challengers[place]
                    .challenges()
                    .map(|proof| Call::Proof(Rc::new(proof.encode()), true))
                    .collect();
                for proof in proofs {
                    self.tell_farmers(place, proof, slot);
                }
            }
            if self.challengers[place].id.is_none() {
                continue;
            }
            let domain = self.challengers[place].domain;
            let (won, bundle) = self.challengers[place].propose(&self.blocks, slot)?;
            if won {
                elected.insert(domain, true);
            }
            if let Some(bundle) = bundle {
                self.report.honest_bundles += 1;
                let sent = sent(bundle, true);
                self.notice(&sent)?;
                self.tell_farmers(place, Call::Bundle(sent), slot);
            }
        }
        for (domain, won) in elected {
            let dry = self.dry.entry(domain).or_default();
            *dry = if won { 0 } else { *dry + 1 };
            self.report.longest_dry = self.report.longest_dry.max(*dry);
        }
        Ok(())
    }

    /// Keeps the first header of each window; a second one is evidence, and no honest operator seals one.
    fn notice(&mut self, sent: &Rc<Sent>) -> Result<(), Failure> {
        let slot = self.now / TICKS;
        self.recent.retain(|(since, _)| since + 2 > slot);
        self.recent.push((slot, Rc::clone(sent)));
        self.compare_receipts(sent);
        let sealed = sent.bundle.header.clone();
        let header = &sealed.header;
        let key = (header.domain, header.operator, header.election.window);
        let first = self.headers.entry(key).or_insert_with(|| sealed.clone()).clone();
        if first.header.compute_hash() == sent.header {
            return Ok(());
        }
        let evidence = Equivocation {
            first,
            second: sealed,
        };
        let call = Call::Equivocation(Rc::new(evidence.encode()));
        self.tell_farmers_at_once(&call);
        Ok(())
    }

    /// Keeps the first receipt of each origin and operator; a second one is evidence, and no honest operator signs one.
    fn compare_receipts(&mut self, sent: &Rc<Sent>) {
        let operator = sent.bundle.header.header.operator;
        let leaves = sent
            .bundle
            .receipts
            .iter()
            .map(|carried| carried.receipt.compute_hash().0);
        let tree = ListTree::new(leaves.collect());
        for (at, carried) in (0..).zip(&sent.bundle.receipts) {
            let Some(place) = tree.prove(at, 1) else { continue };
            let second = Vouched {
                header: sent.bundle.header.clone(),
                receipt: carried.receipt.clone(),
                place,
            };
            let key = (operator, carried.receipt.origin().encode());
            let first = self.vouched.entry(key).or_insert_with(|| second.clone()).clone();
            let honest = self.blocks.cast.honest.contains(&operator);
            if first.receipt != second.receipt && (self.schedule.vigilant || honest) {
                let evidence = ReceiptEquivocation { first, second };
                self.tell_farmers_at_once(&Call::Receipts(Rc::new(evidence.encode())));
            }
        }
    }

    /// Returns whether another bundle was sent for the same window.
    fn is_sealed(&self, sent: &Sent) -> bool {
        let header = &sent.bundle.header.header;
        let key = (header.domain, header.operator, header.election.window);
        self.headers.contains_key(&key)
    }

    fn liars_act(&mut self, slot: u64) -> Result<(), Failure> {
        let tip = self.highest();
        let late = slot > self.first_slot.saturating_add(self.schedule.slots / 2);
        for liar in self.liars.clone() {
            let mut chance = Chance::of(self.schedule.seed, &[30, slot, liar.id.0]);
            let Some(params) = self.params.get(&liar.domain).cloned() else {
                continue;
            };
            let overheard: Vec<Rc<Sent>> = self.recent.iter().map(|(_, sent)| Rc::clone(sent)).collect();
            let place = Place {
                tip,
                slot,
                late,
                params: &params,
                overheard: &overheard,
            };
            for call in liar.act(&self.blocks, self.workload, place, &mut chance)? {
                if let Call::Bundle(sent) = &call {
                    // Who does not mean to equivocate does not.
                    if liar.strategy != Strategy::Equivocate && self.is_sealed(sent) {
                        break;
                    }
                    self.report.other_bundles += 1;
                    self.notice(sent)?;
                }
                // To all, or to some.
                for farmer in 0..self.farmers.len() {
                    if !chance.once_in(3) {
                        self.farmers[farmer].take(slot, call.clone());
                    }
                }
            }
        }
        Ok(())
    }

    // Farmers.

    fn farmers_act(&mut self, slot: u64) -> Result<(), Failure> {
        let mut chance = Chance::of(self.schedule.seed, &[40, slot]);
        let mut leaders = Vec::new();
        if !chance.once_in(12) {
            leaders.push(pick(chance.next(), self.farmers.len()));
        }
        if self.fault(FaultKind::Forks, slot).is_some() || chance.once_in(15) {
            let second = pick(chance.next(), self.farmers.len());
            if !leaders.contains(&second) {
                leaders.push(second);
            }
        }
        for farmer in leaders {
            let censors = self.fault(FaultKind::Censor, slot).is_some();
            let candidates = self.farmers[farmer].candidates(&self.blocks, slot, censors)?;
            let parent = self.farmers[farmer].sight.tip;
            let salt = u64::try_from(farmer).unwrap_or(u64::MAX);
            let place = self.blocks.make(parent, slot, salt, candidates)?;
            self.report.blocks += 1;
            self.farmers[farmer].sight.see(&self.blocks, place);
            self.farmers[farmer].secret.push(place);
            let selfish = self
                .fault(FaultKind::Selfish, slot)
                .map(|fault| pick(fault.who, self.farmers.len()));
            if selfish != Some(farmer) {
                self.publish(farmer, slot);
            }
        }
        // Who was selfish and is no more publishes what it has.
        let selfish = self
            .fault(FaultKind::Selfish, slot + 1)
            .map(|fault| pick(fault.who, self.farmers.len()));
        for farmer in 0..self.farmers.len() {
            if selfish != Some(farmer) {
                self.publish(farmer, slot);
            }
        }
        Ok(())
    }

    fn publish(&mut self, farmer: usize, slot: u64) {
        for place in std::mem::take(&mut self.farmers[farmer].secret) {
            for other in 0..self.farmers.len() {
                if other != farmer {
                    self.send(
                        Some(Node::Farmer(farmer)),
                        Node::Farmer(other),
                        Message::Block(place),
                        slot,
                    );
                }
            }
            for challenger in 0..self.challengers.len() {
                self.send(
                    Some(Node::Farmer(farmer)),
                    Node::Challenger(challenger),
                    Message::Block(place),
                    slot,
                );
            }
        }
    }

    fn highest(&self) -> usize {
        let tips = self.farmers.iter().filter(|farmer| farmer.secret.is_empty());
        let tips = tips.map(|farmer| farmer.sight.tip);
        tips.max_by_key(|tip| self.blocks.height(*tip))
            .unwrap_or_else(|| self.farmers[0].sight.tip)
    }

    // Messages.

    fn tell_farmers(&mut self, place: usize, call: Call, slot: u64) {
        if self.archive.len() < 60 {
            self.archive.push(call.clone());
        }
        for farmer in 0..self.farmers.len() {
            let from = Some(Node::Challenger(place));
            self.send(from, Node::Farmer(farmer), Message::Call(call.clone()), slot);
        }
    }

    fn tell_farmers_at_once(&mut self, call: &Call) {
        let slot = self.now / TICKS;
        for farmer in &mut self.farmers {
            farmer.take(slot, call.clone());
        }
    }

    /// Puts a message on its way: late, out of order, lost and sent again, or held up until an outage is over.
    fn send(&mut self, from: Option<Node>, to: Node, message: Message, slot: u64) {
        self.sequence += 1;
        let mut chance = Chance::of(self.schedule.seed, &[50, self.sequence]);
        let mut delay = chance.within(1, 6);
        if self.fault(FaultKind::Slow, slot).is_some() {
            delay *= chance.within(1, 5);
        }
        if self.fault(FaultKind::Loss, slot).is_some() {
            while chance.once_in(3) && delay < 40 {
                delay += 12;
            }
        }
        let mut at = self.now.saturating_add(delay);
        if let Some(fault) = self.fault(FaultKind::Partition, slot)
            && let Some(from) = from
            && side(fault, from) != side(fault, to)
        {
            at = at.max(self.first_slot.saturating_add(fault.end()).saturating_mul(TICKS) + delay);
        }
        for kind in [FaultKind::Withhold, FaultKind::Absence] {
            if let Some(fault) = self.fault(kind, slot)
                && to == Node::Challenger(self.victim(fault))
                && (kind == FaultKind::Absence || matches!(message, Message::Block(_)))
            {
                at = at.max(self.first_slot.saturating_add(fault.end()).saturating_mul(TICKS) + delay);
            }
        }
        self.queue.insert((at, self.sequence), (to, message));
    }

    fn deliver_until(&mut self, tick: u64) -> Result<(), Failure> {
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > tick {
                break;
            }
            self.now = entry.key().0;
            let (to, message) = entry.remove();
            self.deliver(to, message)?;
        }
        self.now = tick;
        Ok(())
    }

    fn deliver(&mut self, to: Node, message: Message) -> Result<(), Failure> {
        let slot = self.now / TICKS;
        match (to, message) {
            (Node::Farmer(farmer), Message::Block(place)) => {
                self.farmers[farmer].sight.see(&self.blocks, place);
            }
            (Node::Farmer(farmer), Message::Call(call)) => self.farmers[farmer].take(slot, call),
            (Node::Challenger(place), Message::Block(block)) => {
                let challenger = &mut self.challengers[place];
                let before = challenger.sight.tip;
                challenger.sight.see(&self.blocks, block);
                if challenger.sight.tip != before {
                    let path = self.blocks.path(challenger.sight.tip, before);
                    let back = u64::try_from(path.len()).unwrap_or(u64::MAX);
                    self.report.deepest = self.report.deepest.max(back);
                    challenger.catch_up(&self.blocks)?;
                }
            }
            (Node::Challenger(place), Message::Transaction(bytes)) => self.challengers[place].take(&bytes)?,
            (Node::Farmer(_), Message::Transaction(_)) | (Node::Challenger(_), Message::Call(_)) => {}
        }
        Ok(())
    }

    // The end.

    fn report(mut self) -> Result<Report, Failure> {
        let tip = self.farmers[0].sight.tip;
        let block = self.blocks.at(tip)?;
        // Exactly the guilty paid.
        if block.slashed != block.guilty {
            let seen = format!("{:?} are guilty, {:?} paid", block.guilty, block.slashed);
            return Err(Failure::new(Invariant::Refutation, seen));
        }
        for operator in &self.blocks.cast.honest {
            let held = block.chain.host().held(&names::account(operator.0));
            if held != setup::STAKE {
                let seen = format!("operator {} has {held:?} at stake", operator.0);
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

fn sent(bundle: Bundle, honest: bool) -> Rc<Sent> {
    Rc::new(Sent {
        bytes: bundle.encode(),
        header: header_of(&bundle),
        bundle,
        honest,
    })
}

fn header_of(bundle: &Bundle) -> HeaderHash {
    bundle.header.header.compute_hash()
}

/// Which side of a partition a node is on.
const fn side(fault: &Fault, node: Node) -> u64 {
    let place = match node {
        Node::Farmer(place) => place as u64,
        Node::Challenger(place) => place as u64 + 16,
    };
    (fault.who >> (place % 64)) & 1
}

/// Picks a place below `count`; 0 if there is none.
fn pick(drawn: u64, count: usize) -> usize {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    usize::try_from(drawn.checked_rem(count).unwrap_or(0)).unwrap_or(0)
}
