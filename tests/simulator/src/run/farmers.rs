//! Farmers: who leads a slot, what becomes a block, and when it is published.

use super::messages::{Message, Node};
use super::{Run, pick};
use crate::chance::Chance;
use crate::failure::Failure;
use crate::host::SimulatedHost;
use crate::schedule::FaultKind;
use crate::workload::Workload;

impl<H: SimulatedHost, W: Workload> Run<'_, H, W> {
    pub(super) fn farmers_act(&mut self, slot: u64) -> Result<(), Failure> {
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

    pub(super) fn publish(&mut self, farmer: usize, slot: u64) {
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

    pub(super) fn highest(&self) -> usize {
        let tips = self.farmers.iter().filter(|farmer| farmer.secret.is_empty());
        let tips = tips.map(|farmer| farmer.sight.tip);
        tips.max_by_key(|tip| self.blocks.height(*tip))
            .unwrap_or_else(|| self.farmers[0].sight.tip)
    }
}
