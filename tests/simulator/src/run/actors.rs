//! What everybody does in a slot: users, challengers, dishonest operators, and who watches what they sign.

use super::messages::{Message, Node};
use super::{Run, TICKS, pick};
use crate::chain::{Call, Sent, Stake};
use crate::chance::Chance;
use crate::failure::Failure;
use crate::host::SimulatedHost;
use crate::liars::Place;
use crate::names;
use crate::schedule::{FaultKind, Strategy, Weakness};
use crate::workload::{USERS, Workload};
use decex_bundle::Equivocation;
use decex_consensus::decex_staking::Extent;
use decex_core::list::ListTree;
use decex_core::{Balance, DomainId, HeaderHash, OperatorId};
use decex_receipt::{Bundle, ReceiptEquivocation, Vouched};
use parity_scale_codec::Encode;
use std::collections::BTreeMap;
use std::rc::Rc;

impl<H: SimulatedHost, W: Workload> Run<'_, H, W> {
    pub(super) fn users(&mut self, slot: u64) {
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

    /// Nominators move money in and out of pools, of honest operators and of others.
    pub(super) fn nominators_act(&mut self, slot: u64) {
        let mut chance = Chance::of(self.schedule.seed, &[50, slot]);
        let operators = self.blocks.cast.operators;
        for _ in 0..chance.below(3) {
            let number = chance.next();
            let account = names::nominator(chance.below(names::NOMINATORS));
            let operator = OperatorId(chance.below(operators.max(1)));
            let stake = match chance.below(5) {
                0..3 => Stake::Nominate(Balance(chance.below(500_000_000).into())),
                3 => Stake::Withdraw(Extent::Shares(chance.within(1, 100_000_000).into())),
                _ => Stake::Withdraw(Extent::All),
            };
            self.tell_farmers_at_once(&Call::Stake(number, account, operator, stake));
        }
    }

    pub(super) fn challengers_act(&mut self, slot: u64) -> Result<(), Failure> {
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
    pub(super) fn notice(&mut self, sent: &Rc<Sent>) -> Result<(), Failure> {
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
    pub(super) fn compare_receipts(&mut self, sent: &Rc<Sent>) {
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
    pub(super) fn is_sealed(&self, sent: &Sent) -> bool {
        let header = &sent.bundle.header.header;
        let key = (header.domain, header.operator, header.election.window);
        self.headers.contains_key(&key)
    }

    pub(super) fn liars_act(&mut self, slot: u64) -> Result<(), Failure> {
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
