//! Faults: which of them lasts, whom it is about, and the accidents among them.

use super::{Run, pick};
use crate::chain::Call;
use crate::chance::Chance;
use crate::failure::Failure;
use crate::host::SimulatedHost;
use crate::schedule::{Fault, FaultKind};
use crate::workload::Workload;
use parity_scale_codec::Encode;
use std::rc::Rc;

impl<H: SimulatedHost, W: Workload> Run<'_, H, W> {
    pub(super) fn fault(&self, kind: FaultKind, slot: u64) -> Option<&Fault> {
        let start = self.first_slot;
        let relative = slot.saturating_sub(start);
        self.faults
            .iter()
            .find(|fault| fault.kind == kind && fault.lasts(relative))
    }

    /// The challenger that a fault is about.
    pub(super) fn victim(&self, fault: &Fault) -> usize {
        pick(fault.who, self.challengers.len())
    }

    pub(super) fn accidents(&mut self, slot: u64) -> Result<(), Failure> {
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
    pub(super) fn spam(&mut self, mut chance: Chance) -> Result<(), Failure> {
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
}
