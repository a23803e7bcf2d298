//! Dishonest operators. They see everything at once, choose who hears what, and win every race.

use crate::chain::{Blocks, Call, Sent};
use crate::chance::Chance;
use crate::failure::Failure;
use crate::host::SimulatedHost;
use crate::names;
use crate::schedule::Strategy;
use crate::workload::Workload;
use decex_bundle::{Draft, Fault, Illegal, InclusionView, Item, Verdict};
use decex_consensus::Consensus;
use decex_core::params::CheckedParams;
use decex_core::{BoundedVec, DomainId, DomainNumber, OperatorId, ReceiptHash, Slot};
use decex_election::{Challenge, ElectionProof, try_elect};
use decex_receipt::{Receipt, Submission};
use decex_testkit::deceit::{seal, transplant};
use decex_testkit::mutant::{Mutant, commit, every, mutate};
use parity_scale_codec::Encode;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A dishonest operator.
#[derive(Clone, Copy, Debug)]
pub struct Liar {
    /// Who it is.
    pub id: OperatorId,
    /// Its domain.
    pub domain: DomainId,
    /// What it does.
    pub strategy: Strategy,
}

/// Where a liar acts: a branch, and what time it is there.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The block that it builds on.
    pub tip: usize,
    /// The slot.
    pub slot: u64,
    /// Whether the first half of the run is over.
    pub late: bool,
    /// The parameters of the domain.
    pub params: &'a CheckedParams,
    /// Bundles that are on their way.
    pub overheard: &'a [Rc<Sent>],
}

impl Liar {
    /// Returns what it sends in a slot.
    ///
    /// # Errors
    /// When the host cannot be read.
    pub fn act<H: SimulatedHost, W: Workload>(
        &self,
        blocks: &Blocks<H, W::Engine>,
        workload: &W,
        place: Place<'_>,
        chance: &mut Chance,
    ) -> Result<Vec<Call>, Failure> {
        if self.strategy == Strategy::Silent && !place.late {
            return Ok(Vec::new());
        }
        let chain = &blocks.at(place.tip)?.chain;
        // Who comes back has windows of the past that nobody used.
        let old = if self.strategy == Strategy::Silent {
            1 + chance.below(7)
        } else {
            0
        };
        let Some(election) = elected(chain, self, place.slot.saturating_sub(old)) else {
            return Ok(Vec::new());
        };
        let mut calls = Vec::new();
        let first = self.receipts(blocks, place, chance)?;
        let items = self.items(workload, chance);
        calls.extend(self.bundle(chain, election, first, items));
        if self.strategy == Strategy::Equivocate {
            let second = self.receipts(blocks, place, chance)?;
            let items = vec![workload.misfit(chance, self.id.0, place.slot)];
            calls.extend(self.bundle(chain, election, second, items));
        }
        if self.strategy == Strategy::Leave && !calls.is_empty() {
            calls.push(Call::Leave(names::account(self.id.0), self.id));
        }
        Ok(calls)
    }

    fn bundle<H: SimulatedHost>(
        &self,
        chain: &Consensus<H>,
        election: ElectionProof,
        receipts: Vec<Submission>,
        items: Vec<Item>,
    ) -> Option<Call> {
        let head = chain.chain(self.domain).ok().flatten()?.head_hash;
        let draft = Draft {
            domain: self.domain,
            operator: self.id,
            election,
            base: receipts.last().map_or(head, |last| last.receipt.compute_hash()),
        };
        let bundle = seal(&names::keypair(self.id.0), &draft, receipts, items).ok()?;
        Some(Call::Bundle(Rc::new(Sent {
            bytes: bundle.encode(),
            header: bundle.header.header.compute_hash(),
            bundle,
            honest: false,
        })))
    }

    fn items<W: Workload>(&self, workload: &W, chance: &mut Chance) -> Vec<Item> {
        // Seldom but for those who are at it: an illegal bundle costs the stake as a lie does, and ends what is to be tried here.
        let busy = self.strategy == Strategy::Misfits || chance.once_in(16);
        let count = if busy { 1 + chance.below(3) } else { 0 };
        (0..count)
            .map(|number| workload.misfit(chance, self.id.0, number))
            .collect()
    }

    /// Returns receipts on whatever head there is, up to the newest block whose inbox is closed.
    fn receipts<H: SimulatedHost, E: decex_core::execution::Engine>(
        &self,
        blocks: &Blocks<H, E>,
        place: Place<'_>,
        chance: &mut Chance,
    ) -> Result<Vec<Submission>, Failure> {
        let block = blocks.at(place.tip)?;
        let mut submissions: Vec<Submission> = Vec::new();
        let Ok(Some(chain)) = block.chain.chain(self.domain) else {
            return Ok(submissions);
        };
        let most = match self.strategy {
            Strategy::Chain | Strategy::Lazy => 16,
            _ => 1 + chance.below(3),
        };
        let (mut number, mut parent) = (chain.head, chain.head_hash);
        // An endorser repeats what somebody else is about to submit, or what stands there.
        if self.strategy == Strategy::Lazy && chance.once_in(2) {
            let others = place.overheard.iter().rev().find(|sent| {
                let header = &sent.bundle.header.header;
                header.domain == self.domain && header.operator != self.id && !sent.bundle.receipts.is_empty()
            });
            if let Some(sent) = others {
                return Ok(sent.bundle.receipts.to_vec());
            }
            submissions.extend(repeat(&block.chain, self.domain, number));
        }
        let mut own: BTreeMap<DomainNumber, ReceiptHash> = BTreeMap::new();
        for _ in 0..most {
            let Some(next) = number.next() else { break };
            number = next;
            let Some(right) = block.rights.get(&(self.domain, number)) else {
                break;
            };
            let Ok(Some(inbox)) = block.chain.inbox(self.domain, number) else {
                break;
            };
            let ancestor = |at: DomainNumber, hash: ReceiptHash| {
                let held = own.get(&at).copied();
                held.or_else(|| block.chain.hash_at(self.domain, at).ok().flatten()) == Some(hash)
            };
            let moved = transplant(
                &right.receipt,
                &right.openings,
                parent,
                &inbox,
                place.params,
                &ancestor,
            );
            let Some((receipt, openings)) = moved else { break };
            let told = self
                .lie(&receipt, &inbox, chance)
                .and_then(|mutant| mutate(mutant, &receipt, &openings, &inbox, place.params));
            let (receipt, openings) = match self.strategy {
                // Nothing of it was executed: a trace out of thin air.
                Strategy::Lazy if told.is_none() => {
                    invented(&receipt, &openings, place.params, chance).unwrap_or((receipt, openings))
                }
                _ => told.unwrap_or((receipt, openings)),
            };
            parent = receipt.compute_hash();
            own.insert(number, parent);
            submissions.push(Submission {
                receipt,
                openings: Some(openings),
            });
        }
        Ok(submissions)
    }

    /// Picks a lie about a receipt; sometimes none, so that right receipts stand above wrong ones and below.
    fn lie(&self, receipt: &Receipt, inbox: &decex_bundle::Inbox, chance: &mut Chance) -> Option<Mutant> {
        match self.strategy {
            Strategy::Lazy => None,
            Strategy::Accuse => {
                let valid = |(_, verdict): &(u16, &Verdict)| **verdict == Verdict::Valid;
                let accused: Vec<u16> = (0..)
                    .zip(&receipt.verdicts)
                    .filter(valid)
                    .map(|(bundle, _)| bundle)
                    .collect();
                let bundle = *chance.pick(&accused)?;
                let count = inbox.bundles.get(usize::from(bundle))?.body.count;
                let index = u32::try_from(chance.below(count.into())).ok()?;
                let rules = [
                    Illegal::Malformed,
                    Illegal::Signature,
                    Illegal::Claim,
                    Illegal::Nonce,
                    Illegal::Fees,
                ];
                let Fault { index, rule } = Fault {
                    index,
                    rule: *chance.pick(&rules)?,
                };
                Some(Mutant::Reject(bundle, index, rule))
            }
            _ if chance.once_in(4) => None,
            _ => chance.pick(&every(receipt, inbox)).copied(),
        }
    }
}

/// Returns the receipt that stands at a number, as it would be submitted again.
fn repeat<H: SimulatedHost>(
    chain: &Consensus<H>,
    domain: DomainId,
    number: DomainNumber,
) -> Option<Submission> {
    let record = chain.receipt_at(domain, number).ok()??;
    (number > DomainNumber(0)).then_some(Submission {
        receipt: record.receipt,
        openings: None,
    })
}

/// Claims states that nobody computed.
fn invented(
    receipt: &Receipt,
    openings: &decex_receipt::Openings,
    params: &CheckedParams,
    chance: &mut Chance,
) -> Option<(Receipt, decex_receipt::Openings)> {
    let mut receipt = receipt.clone();
    let byte = u8::try_from(chance.below(256)).ok()?;
    receipt.state.0.0 = [byte; 32];
    let trace = openings.trace.to_vec();
    let schedule = BoundedVec::<_, { decex_receipt::MAX_OPENINGS }>::new(openings.schedule.to_vec())?;
    commit(&mut receipt, schedule.to_vec(), trace, 0, params)
}

/// Returns the proof that an operator won the window of `slot`, if it did and may still bundle.
#[must_use]
pub fn elected<H: SimulatedHost>(chain: &Consensus<H>, liar: &Liar, slot: u64) -> Option<ElectionProof> {
    let view = chain.state();
    let terms = view.terms(liar.domain).ok()??;
    let window = terms.windows().ok()?.window_of(Slot(slot));
    let standing = view.standing(liar.domain, liar.id, window).ok()??;
    let randomness = view.randomness(liar.domain, window).ok()??;
    let challenge = Challenge {
        domain: liar.domain,
        window,
        randomness,
    };
    let won = try_elect(
        &names::keypair(liar.id.0),
        &challenge,
        &terms.odds(&standing).ok()?,
        &standing.share,
    );
    won.map(|(_, proof)| proof)
}
