//! Messages on their way.

use super::{Run, TICKS};
use crate::chain::Call;
use crate::chance::Chance;
use crate::failure::Failure;
use crate::host::SimulatedHost;
use crate::schedule::{Fault, FaultKind};
use crate::workload::Workload;
use std::rc::Rc;

/// Who hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Farmer(usize),
    Challenger(usize),
}

/// What is heard.
#[derive(Clone, Debug)]
pub(super) enum Message {
    Block(usize),
    Call(Call),
    Transaction(Rc<Vec<u8>>),
}

impl<H: SimulatedHost, W: Workload> Run<'_, H, W> {
    pub(super) fn tell_farmers(&mut self, place: usize, call: Call, slot: u64) {
        if self.archive.len() < 60 {
            self.archive.push(call.clone());
        }
        for farmer in 0..self.farmers.len() {
            let from = Some(Node::Challenger(place));
            self.send(from, Node::Farmer(farmer), Message::Call(call.clone()), slot);
        }
    }

    pub(super) fn tell_farmers_at_once(&mut self, call: &Call) {
        let slot = self.now / TICKS;
        for farmer in &mut self.farmers {
            farmer.take(slot, call.clone());
        }
    }

    /// Puts a message on its way: late, out of order, lost and sent again, or held up until an outage is over.
    pub(super) fn send(&mut self, from: Option<Node>, to: Node, message: Message, slot: u64) {
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

    pub(super) fn deliver_until(&mut self, tick: u64) -> Result<(), Failure> {
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

    pub(super) fn deliver(&mut self, to: Node, message: Message) -> Result<(), Failure> {
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
}

/// Which side of a partition a node is on.
const fn side(fault: &Fault, node: Node) -> u64 {
    let place = match node {
        Node::Farmer(place) => place as u64,
        Node::Challenger(place) => place as u64 + 16,
    };
    (fault.who >> (place % 64)) & 1
}
