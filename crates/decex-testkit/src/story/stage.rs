//! Where the story is first played: a host in memory, and operators who know everything.

use super::setting::{self, block, config};
use super::{Step, Story, Untold};
use crate::chain::{Made, Outcome, Request};
use crate::deceit::seal;
use crate::direct::make;
use crate::host::MemoryHost;
use crate::ledger::LedgerEngine;
use crate::matrix::World;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use decex_bundle::{Draft, Item};
use decex_consensus::{BlockInfo, Consensus, Event, OpenCall};
use decex_core::params::CheckedParams;
use decex_core::state::MemoryTree;
use decex_core::{AccountId, Balance, DomainId, DomainNumber, HeaderHash, OperatorId, ReceiptHash, Slot};
use decex_election::{Challenge, ElectionProof, try_elect};
use decex_fraud::FraudProof;
use decex_receipt::{Bundle, Receipt, Submission, genesis_receipt};
use parity_scale_codec::Encode;

pub(super) type Told<T = ()> = Result<T, Untold>;

/// The story's only engine.
pub(super) static ENGINE: LedgerEngine = LedgerEngine { version: 0 };

/// The story's domain.
pub(super) const DOMAIN: DomainId = DomainId(0);

/// The operator with this place.
pub(super) fn id(index: u8) -> OperatorId {
    OperatorId(index.into())
}

/// Searched for a slot in which somebody is elected.
const PATIENCE: u64 = 400;

/// The chain, what was written of the story, and what the operators know.
pub(super) struct Stage {
    pub(super) chain: Consensus<MemoryHost<LedgerEngine>>,
    endowed: Vec<(AccountId, Balance)>,
    steps: Vec<Step>,
    /// The block that is being made.
    open: Option<Open>,
    slot: Slot,
    number: u64,
    /// The right receipts from genesis on, and the states after them.
    past: Vec<(Receipt, MemoryTree)>,
    /// The blocks of those after genesis.
    worlds: Vec<World<'static>>,
    /// The bodies of all bundles that were included.
    bodies: BTreeMap<HeaderHash, Vec<Item>>,
}

struct Open {
    about: &'static str,
    block: BlockInfo,
    before: BTreeMap<Vec<u8>, Vec<u8>>,
    calls: Vec<Request>,
    made: Made,
}

impl Stage {
    pub(super) fn new(endowed: Vec<(AccountId, Balance)>) -> Self {
        let mut host = MemoryHost::new(Vec::from([ENGINE]), 7);
        for (account, amount) in &endowed {
            host.endow(*account, *amount);
        }
        Self {
            chain: Consensus::new(host, config()),
            endowed,
            steps: Vec::new(),
            open: None,
            slot: Slot(0),
            number: 0,
            past: Vec::new(),
            worlds: Vec::new(),
            bodies: BTreeMap::new(),
        }
    }

    /// Fails with what should have been.
    pub(super) fn fail<T>(&self, expected: &'static str) -> Told<T> {
        Err(self.untold(expected))
    }

    fn untold(&self, expected: &'static str) -> Untold {
        Untold {
            step: self.steps.len(),
            calls: self.open.as_ref().map_or(0, |open| open.calls.len()),
            expected,
            found: None,
        }
    }

    /// Takes what should be there.
    pub(super) fn need<T>(&self, found: Option<T>, expected: &'static str) -> Told<T> {
        found.ok_or_else(|| self.untold(expected))
    }

    /// Makes the next block, in the next slot.
    pub(super) fn next(&mut self, about: &'static str) -> Told<Vec<Event>> {
        self.next_in(about, Slot(self.slot.0.saturating_add(1)))
    }

    fn next_in(&mut self, about: &'static str, slot: Slot) -> Told<Vec<Event>> {
        self.close();
        let before = self.chain.host().store.clone();
        self.number = self.number.saturating_add(1);
        self.slot = slot;
        let block = block(self.number, slot);
        let Ok(begun) = self.chain.begin_block(&block) else {
            return self.fail("the block begins");
        };
        self.open = Some(Open {
            about,
            block,
            before,
            calls: Vec::new(),
            made: Made {
                begun: begun.clone(),
                outcomes: Vec::new(),
            },
        });
        self.catch_up()?;
        Ok(begun)
    }

    /// Makes the next block in a slot in which these operators are elected, and returns their proofs.
    pub(super) fn next_with<const N: usize>(
        &mut self,
        about: &'static str,
        operators: [u8; N],
    ) -> Told<[ElectionProof; N]> {
        for ahead in 1..PATIENCE {
            let slot = Slot(self.slot.0.saturating_add(ahead));
            let mut then = self.chain.clone();
            if then
                .begin_block(&block(self.number.saturating_add(1), slot))
                .is_err()
            {
                return self.fail("the block begins");
            }
            let elected = operators.map(|index| elected(&then, index, slot));
            if elected.iter().all(Option::is_some) {
                self.next_in(about, slot)?;
                let proofs: Vec<ElectionProof> = elected.into_iter().flatten().collect();
                return proofs
                    .try_into()
                    .or_else(|_| self.fail("every operator is elected"));
            }
        }
        self.fail("the operators are elected in some slot")
    }

    /// Ends the block: keeps what it was, and how everything is after it.
    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let host = self.chain.host();
        let mut writes = BTreeMap::new();
        for key in open.before.keys().filter(|key| !host.store.contains_key(*key)) {
            writes.insert(key.clone(), None);
        }
        for (key, value) in &host.store {
            if open.before.get(key) != Some(value) {
                writes.insert(key.clone(), Some(value.clone()));
            }
        }
        self.steps.push(Step {
            about: open.about,
            block: open.block,
            calls: open.calls,
            made: open.made,
            free: host
                .purses
                .iter()
                .map(|(account, purse)| (*account, purse.free))
                .collect(),
            custody: host.custody,
            burned: host.burned,
            writes,
        });
    }

    /// Ends the story.
    pub(super) fn end(mut self) -> Story {
        self.close();
        Story {
            endowed: self.endowed,
            steps: self.steps,
            store: self.chain.into_host().store,
        }
    }

    /// Makes a call. The caller says what must become of it.
    fn call(&mut self, request: Request) -> Told<Outcome> {
        let Ok(outcome) = make(&mut self.chain, &request) else {
            return self.fail("the host does not fail");
        };
        let Some(open) = &mut self.open else {
            return self.fail("a block has begun");
        };
        open.calls.push(request);
        open.made.outcomes.push(outcome.clone());
        Ok(outcome)
    }

    /// Makes a call that must be accepted.
    pub(super) fn accept(&mut self, request: Request) -> Told<Vec<Event>> {
        match self.call(request)? {
            Outcome::Accepted(events) => Ok(events),
            refused @ Outcome::Refused(_) => Err(Untold {
                found: Some(refused),
                ..self.untold("the call is accepted")
            }),
        }
    }

    /// Makes a call that must be refused by the K rule with this number.
    pub(super) fn refuse(&mut self, code: u16, request: Request) -> Told {
        match self.call(request)? {
            Outcome::Refused(found) if found == code => Ok(()),
            other @ (Outcome::Accepted(_) | Outcome::Refused(_)) => Err(Untold {
                found: Some(other),
                ..self.untold("the call is refused, by another rule")
            }),
        }
    }

    /// Includes a bundle.
    pub(super) fn include(&mut self, bundle: &Bundle) -> Told<Vec<Event>> {
        let items = bundle.body.to_vec();
        self.bodies.insert(bundle.header.header.compute_hash(), items);
        self.accept(submit(bundle))
    }

    /// Executes what is complete and not executed yet.
    fn catch_up(&mut self) -> Told {
        let Some(params) = self.params() else {
            return Ok(());
        };
        if self.past.is_empty() {
            let Ok(Some(domain)) = self.chain.domain(DOMAIN) else {
                return self.fail("the domain exists");
            };
            let genesis = genesis_receipt(DOMAIN, params.rules, params.genesis, domain.created);
            self.past.push((genesis, setting::state()));
        }
        loop {
            let number = DomainNumber(u64::try_from(self.past.len()).unwrap_or(u64::MAX));
            let Ok(Some(inbox)) = self.chain.inbox(DOMAIN, number) else {
                return Ok(());
            };
            let bodies = inbox
                .bundles
                .iter()
                .map(|bundle| self.bodies.get(&bundle.header).cloned());
            let bodies: Option<Vec<Vec<Item>>> = bodies.collect();
            let bodies = self.need(bodies, "the bodies are known")?;
            let world = World::new(&ENGINE, &params, self.past.clone(), inbox, bodies);
            let world = self.need(world.ok(), "the block is executed")?;
            let receipt = world.right().receipt.clone();
            let state = world.state_after(usize::MAX).ok();
            let state = self.need(state, "the state after the block")?;
            self.past.push((receipt, state));
            self.worlds.push(world);
        }
    }

    pub(super) fn params(&self) -> Option<CheckedParams> {
        self.chain.params(DOMAIN).ok().flatten()
    }

    /// Returns the chain's head: number and hash.
    pub(super) fn head(&self) -> Told<(DomainNumber, ReceiptHash)> {
        let head = self.chain.head(DOMAIN).ok().flatten();
        self.need(head, "the domain has a head")
    }

    /// Returns the block with this number, as it is right.
    pub(super) fn world(&mut self, number: DomainNumber) -> Told<&mut World<'static>> {
        let failed = self.untold("the block is executed");
        let place = number
            .0
            .checked_sub(1)
            .and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| self.worlds.get_mut(place)).ok_or(failed)
    }

    /// Returns the right receipt of every block that is executed and has none on the chain.
    pub(super) fn right(&mut self) -> Told<Vec<Submission>> {
        let (mut number, _) = self.head()?;
        let mut submissions = Vec::new();
        while usize::try_from(number.0).is_ok_and(|done| done < self.worlds.len()) {
            number = self.need(number.next(), "a next block")?;
            let right = self.world(number)?.right();
            submissions.push(Submission {
                receipt: right.receipt.clone(),
                openings: Some(right.openings.clone()),
            });
        }
        Ok(submissions)
    }

    /// Seals a bundle of an operator, based on the head or on the last receipt that it carries.
    pub(super) fn seal(
        &self,
        index: u8,
        election: ElectionProof,
        receipts: Vec<Submission>,
        items: Vec<Item>,
    ) -> Told<Bundle> {
        let (_, head) = self.head()?;
        let base = receipts.last().map_or(head, |last| last.receipt.compute_hash());
        let draft = Draft {
            domain: DOMAIN,
            operator: id(index),
            election,
            base,
        };
        let sealed = seal(&setting::key(index), &draft, receipts, items);
        self.need(sealed.ok(), "the bundle is sealed")
    }

    /// Makes blocks until everything on the domain's chain is final.
    pub(super) fn settle(&mut self, about: &'static str) -> Told {
        for _ in 0..PATIENCE {
            let chain = self.chain.chain(DOMAIN).ok().flatten();
            let chain = self.need(chain, "the domain has a chain")?;
            if chain.confirmed == chain.head {
                return Ok(());
            }
            self.next(about)?;
        }
        self.fail("the receipts become final")
    }
}

/// Returns the call that submits a bundle.
pub(super) fn submit(bundle: &Bundle) -> Request {
    Request::Open(OpenCall::SubmitBundle {
        bundle: bundle.encode(),
    })
}

/// Returns the call that submits a fraud proof.
pub(super) fn refute(proof: &FraudProof) -> Request {
    Request::Open(OpenCall::SubmitProof {
        proof: proof.encode(),
    })
}

/// Takes part in the election of the present window.
fn elected(chain: &Consensus<MemoryHost<LedgerEngine>>, index: u8, slot: Slot) -> Option<ElectionProof> {
    let terms = chain.terms(DOMAIN).ok()??;
    let window = terms.windows().ok()?.window_of(slot);
    let randomness = chain.election_randomness(DOMAIN, window).ok()??;
    let standing = chain.standing(DOMAIN, id(index), window).ok()??;
    let challenge = Challenge {
        domain: DOMAIN,
        window,
        randomness,
    };
    let odds = terms.odds(&standing).ok()?;
    let (_, proof) = try_elect(&setting::key(index), &challenge, &odds, &standing.share)?;
    Some(proof)
}
