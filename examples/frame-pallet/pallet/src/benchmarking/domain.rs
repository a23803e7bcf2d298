//! A domain of the toy ledger with operators who know everything.

use super::chain::{deposit, endow, next, params, somebody};
use super::ledger::{PURSE, key, state, transfer};
use super::{Done, ENGINE, accepted, need};
use crate::pallet::{Config, Pallet};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use decex_consensus::decex_fraud::{Claim, prove};
use decex_consensus::decex_messaging::end::sent_in;
use decex_consensus::decex_messaging::hub::Relayed;
use decex_consensus::decex_receipt::{Bundle, Receipt, Submission, genesis_receipt};
use decex_consensus::decex_staking::PoolTerms;
use decex_consensus::decex_validity::assemble;
use decex_consensus::{Access, registration_message};
use decex_core::list::ListTree;
use decex_core::message::Message;
use decex_core::params::{CheckedParams, DomainParams};
use decex_core::state::{MemoryTree, Meter, Overlay, StateTree};
use decex_core::{AccountId, Balance, DomainId, DomainNumber, HeaderHash, OperatorId, Window, label};
use decex_testkit::deceit::{seal, transplant};
use decex_testkit::decex_bundle::{Draft, Item};
use decex_testkit::decex_election::{Challenge, ElectionProof, Keypair, try_elect};
use decex_testkit::matrix::World;
use decex_testkit::mutant::{Mutant, mutate};
use decex_testkit::proven;
use frame_support::traits::Get;
use parity_scale_codec::Encode;

/// How many blocks are made until somebody has won a window.
const PATIENCE: u32 = 64;

/// The part of what they earn that operators keep, in basis points.
pub(super) const TAX: u16 = 1_000;

/// What a domain begins with.
pub(super) struct Setting {
    /// Whose key is whose: no two domains have the same.
    pub(super) index: u32,
    pub(super) operators: u32,
    pub(super) users: u32,
    /// Slots of the ledger that hold something.
    pub(super) slots: u32,
    /// What is otherwise than in all domains.
    pub(super) change: fn(&mut DomainParams),
}

impl Setting {
    pub(super) fn plain(index: u32) -> Self {
        Self {
            index,
            operators: 1,
            users: 16,
            slots: 0,
            change: |_| {},
        }
    }
}

pub(super) struct Operator {
    pub(super) id: OperatorId,
    pub(super) account: AccountId,
    pub(super) keypair: Keypair,
}

pub(super) struct Domain {
    pub(super) id: DomainId,
    pub(super) owner: AccountId,
    pub(super) operators: Vec<Operator>,
    /// The right receipts from genesis on, and the states after them.
    past: Vec<(Receipt, MemoryTree)>,
    /// The blocks of those after genesis.
    worlds: Vec<World<'static>>,
    bodies: BTreeMap<HeaderHash, Vec<Item>>,
}

impl Domain {
    /// Creates the next domain and its operators. They are elected once two stake epochs are over.
    pub(super) fn found<T: Config>(setting: &Setting) -> Done<Self> {
        let owner = somebody("owner", setting.index);
        let state = state(setting.users, setting.slots)?;
        let mut params = params(&T::Rules::get().limits, state.root());
        (setting.change)(&mut params);
        let backing = PURSE.saturating_mul(setting.users.into());
        endow::<T>(&owner, backing.saturating_add(deposit::<T>()))?;
        let mut chain = Pallet::<T>::consensus();
        let created = chain.create_domain(owner, params.clone(), Access::Open, Balance(backing));
        let (id, _) = accepted(created, "the domain is created")?;
        let clock = chain.clock().ok().flatten();
        let now = need(clock, "a block has begun")?.block.number;
        let receipt = genesis_receipt(id, params.rules, params.genesis, now);
        let mut domain = Self {
            id,
            owner,
            operators: Vec::new(),
            past: Vec::from([(receipt, state)]),
            worlds: Vec::new(),
            bodies: BTreeMap::new(),
        };
        for number in 0..setting.operators {
            domain.register::<T>(setting.index.saturating_mul(16).saturating_add(number))?;
        }
        Ok(domain)
    }

    fn register<T: Config>(&mut self, number: u32) -> Done {
        let (account, keypair) = (somebody("operator", number), key("operator", number));
        let bytes = *keypair.key().as_bytes();
        let message = registration_message(self.id, &account, &bytes);
        let possession = keypair.sign(&label::REGISTRATION, &message);
        endow::<T>(&account, deposit::<T>().saturating_mul(2))?;
        let terms = PoolTerms {
            tax: TAX,
            minimum_nomination: T::Rules::get().minimum_nomination,
        };
        let deposit = Balance(deposit::<T>());
        let registered =
            Pallet::<T>::consensus().register_operator(account, self.id, &bytes, &possession, deposit, terms);
        let (id, _) = accepted(registered, "the operator is registered")?;
        self.operators.push(Operator { id, account, keypair });
        Ok(())
    }

    pub(super) fn params<T: Config>(&self) -> Done<CheckedParams> {
        let params = Pallet::<T>::consensus().params(self.id).ok().flatten();
        need(params, "the domain has parameters")
    }

    /// Makes blocks until the stakes of all operators count.
    pub(super) fn settle_in<T: Config>(&self) -> Done {
        let election = self.params::<T>()?.election;
        for _ in 0..election.epoch.saturating_mul(election.interval).saturating_mul(2) {
            next::<T>()?;
        }
        Ok(())
    }

    /// Returns the root of the state that it began with.
    pub(super) fn genesis(&self) -> Done<decex_core::StateRoot> {
        Ok(need(self.past.first(), "the domain begins somewhere")?.0.state)
    }

    pub(super) fn operator(&self, member: usize) -> Done<&Operator> {
        need(self.operators.get(member), "there is such an operator")
    }

    /// Returns the proof of the oldest window that an operator has won and not used.
    pub(super) fn elected<T: Config>(&self, member: usize) -> Done<Option<ElectionProof>> {
        let Operator { id, keypair, .. } = self.operator(member)?;
        let chain = Pallet::<T>::consensus();
        let clock = need(chain.clock().ok().flatten(), "a block has begun")?;
        let terms = need(chain.terms(self.id).ok().flatten(), "the domain has terms")?;
        let windows = need(terms.windows().ok(), "the domain has windows")?;
        let slot = clock.block.slot;
        let open = windows.oldest_open(slot).0..=windows.window_of(slot).0;
        Ok(open.map(Window).find_map(|window| {
            if chain.has_submitted(self.id, *id, window).ok()? {
                return None;
            }
            let standing = chain.standing(self.id, *id, window).ok()??;
            let challenge = Challenge {
                domain: self.id,
                window,
                randomness: chain.election_randomness(self.id, window).ok()??,
            };
            let odds = terms.odds(&standing).ok()?;
            try_elect(keypair, &challenge, &odds, &standing.share).map(|(_, proof)| proof)
        }))
    }

    /// Seals a bundle, based on the head or on the last receipt that it carries.
    pub(super) fn seal<T: Config>(
        &self,
        member: usize,
        election: ElectionProof,
        receipts: Vec<Submission>,
        items: Vec<Item>,
    ) -> Done<Bundle> {
        let head = Pallet::<T>::consensus().head(self.id).ok().flatten();
        let (_, head) = need(head, "the domain has a head")?;
        let Operator { id, keypair, .. } = self.operator(member)?;
        let draft = Draft {
            domain: self.id,
            operator: *id,
            election,
            base: receipts.last().map_or(head, |last| last.receipt.compute_hash()),
        };
        accepted(seal(keypair, &draft, receipts, items), "the bundle is sealed")
    }

    /// Makes blocks until an operator has won, and seals a bundle of it.
    pub(super) fn bundle<T: Config>(
        &mut self,
        member: usize,
        receipts: Vec<Submission>,
        items: Vec<Item>,
    ) -> Done<Bundle> {
        for _ in 0..PATIENCE {
            if let Some(election) = self.elected::<T>(member)? {
                return self.seal::<T>(member, election, receipts, items);
            }
            self.next::<T>()?;
        }
        need(None, "the operator is elected")
    }

    /// Includes a bundle.
    pub(super) fn include<T: Config>(&mut self, bundle: &Bundle) -> Done {
        let items = bundle.body.to_vec();
        self.bodies.insert(bundle.header.header.compute_hash(), items);
        let included = Pallet::<T>::consensus().submit_bundle(&bundle.encode());
        accepted(included, "the bundle is included").map(drop)
    }

    /// Seals and includes a bundle.
    pub(super) fn send<T: Config>(
        &mut self,
        member: usize,
        receipts: Vec<Submission>,
        items: Vec<Item>,
    ) -> Done {
        let bundle = self.bundle::<T>(member, receipts, items)?;
        self.include::<T>(&bundle)
    }

    /// Fills the inbox of this block: a bundle with a user's transaction for each window that the first operator can still use.
    pub(super) fn fill_inbox<T: Config>(&mut self, nonce: u64) -> Done {
        let most = self.params::<T>()?.bundles_per_block;
        for count in 0..most {
            let Some(election) = self.elected::<T>(0)? else {
                return Ok(());
            };
            let bundle = self.seal::<T>(0, election, Vec::new(), Vec::from([transfer(count, nonce)?]))?;
            self.include::<T>(&bundle)?;
        }
        Ok(())
    }

    /// Begins the next block and executes what it closes.
    pub(super) fn next<T: Config>(&mut self) -> Done {
        next::<T>()?;
        self.catch_up::<T>()
    }

    /// Executes what is complete and not executed yet.
    pub(super) fn catch_up<T: Config>(&mut self) -> Done {
        let (chain, params) = (Pallet::<T>::consensus(), self.params::<T>()?);
        loop {
            let number = DomainNumber(need(u64::try_from(self.past.len()).ok(), "few blocks")?);
            let Ok(Some(inbox)) = chain.inbox(self.id, number) else {
                return Ok(());
            };
            let bodies = inbox
                .bundles
                .iter()
                .map(|bundle| self.bodies.get(&bundle.header).cloned());
            let bodies: Option<Vec<Vec<Item>>> = bodies.collect();
            let bodies = need(bodies, "the bodies are known")?;
            let world = World::new(&ENGINE, &params, self.past.clone(), inbox, bodies);
            let world = accepted(world, "the block is executed")?;
            let receipt = world.right().receipt.clone();
            let state = accepted(world.state_after(usize::MAX), "the state after the block")?;
            self.past.push((receipt, state));
            self.worlds.push(world);
        }
    }

    fn world(&mut self, number: usize) -> Done<&mut World<'static>> {
        let place = number.checked_sub(1);
        need(
            place.and_then(|place| self.worlds.get_mut(place)),
            "the block is executed",
        )
    }

    /// Returns the right receipt of a block.
    pub(super) fn right(&mut self, number: usize) -> Done<Submission> {
        let right = self.world(number)?.right();
        Ok(Submission {
            receipt: right.receipt.clone(),
            openings: Some(right.openings.clone()),
        })
    }

    /// Returns a receipt of a block that is wrong about the state from a step on.
    pub(super) fn lie<T: Config>(&mut self, number: usize, step: u32) -> Done<Submission> {
        let params = self.params::<T>()?;
        let world = self.world(number)?;
        let (right, inbox) = (world.right().clone(), world.inbox().clone());
        let told = mutate(
            Mutant::TraceFrom(step),
            &right.receipt,
            &right.openings,
            &inbox,
            &params,
        );
        let (receipt, openings) = need(told, "the lie can be told")?;
        Ok(Submission {
            receipt,
            openings: Some(openings),
        })
    }

    /// Returns the right receipt of a block on top of another parent.
    pub(super) fn right_upon<T: Config>(&mut self, number: usize, parent: &Receipt) -> Done<Submission> {
        let (params, parent) = (self.params::<T>()?, parent.compute_hash());
        let world = self.world(number)?;
        let (right, inbox) = (world.right().clone(), world.inbox().clone());
        // Its bundles are based on what both chains have.
        let moved = transplant(
            &right.receipt,
            &right.openings,
            parent,
            &inbox,
            &params,
            &|_, _| true,
        );
        let (receipt, openings) = need(moved, "the receipt is moved")?;
        Ok(Submission {
            receipt,
            openings: Some(openings),
        })
    }

    /// Proves a pending lie about a block.
    pub(super) fn refute<T: Config>(
        &mut self,
        number: usize,
        lie: &Submission,
        reporter: AccountId,
    ) -> Done<Vec<u8>> {
        let (chain, params, domain) = (Pallet::<T>::consensus(), self.params::<T>()?, self.id);
        let claim = Claim::load(&chain.state(), &params, domain, &lie.receipt.compute_hash());
        let claim = accepted(claim, "the lie is pending")?;
        let openings = need(lie.openings.as_ref(), "the lie has openings")?;
        let world = self.world(number)?;
        let proof = prove(&ENGINE, &claim, openings, world, reporter);
        let proof = need(proof.ok().flatten(), "the lie is refuted")?;
        Ok(proof.encode())
    }

    /// Proves the pending right receipt of a block right.
    pub(super) fn show<T: Config>(&mut self, number: usize) -> Done<Vec<u8>> {
        let (chain, params, domain) = (Pallet::<T>::consensus(), self.params::<T>()?, self.id);
        let before = number.checked_sub(1).and_then(|place| self.past.get(place));
        let before = need(before, "the state before the block")?.1.clone();
        let hash = self.right(number)?.receipt.compute_hash();
        let claim = accepted(
            Claim::load(&chain.state(), &params, domain, &hash),
            "the receipt is pending",
        )?;
        let world = self.world(number)?;
        let proof = assemble(&ENGINE, &claim, world, |transition| {
            proven::prove(&ENGINE, &before, transition)
        });
        Ok(accepted(proof, "the receipt is proven")?.encode())
    }

    /// Includes transactions, executes them, submits the receipt and waits until it is final.
    pub(super) fn round<T: Config>(&mut self, items: Vec<Item>) -> Done {
        if !items.is_empty() {
            self.send::<T>(0, Vec::new(), items)?;
        }
        self.next::<T>()?;
        self.next::<T>()?;
        let number = self.worlds.len();
        let right = self.right(number)?;
        self.send::<T>(0, Vec::from([right]), Vec::new())?;
        for _ in 0..self.params::<T>()?.challenge_period.saturating_add(2) {
            self.next::<T>()?;
        }
        Ok(())
    }

    /// Shows the message that the domain has sent last.
    pub(super) fn shown(&self) -> Done<Vec<u8>> {
        let mut messages = Vec::new();
        for (receipt, state) in &self.past {
            let sent = sent_in(&mut Overlay::new(state, Meter::new(u32::MAX)), receipt.number);
            messages.extend(accepted(sent, "the outbox is read")?.messages);
        }
        let last = messages.len().checked_sub(1);
        let place = need(
            last.and_then(|last| u32::try_from(last).ok()),
            "something was sent",
        )?;
        let tree = ListTree::new(messages.iter().map(Message::compute_leaf).collect());
        let receipt = need(self.past.last(), "the domain begins somewhere")?.0.number;
        let relayed = Relayed {
            domain: self.id,
            receipt,
            message: need(messages.pop(), "something was sent")?,
            path: need(tree.prove(place, 1), "the message stands in the outbox")?,
        };
        Ok(relayed.encode())
    }
}
