//! A host with several domains whose pending receipts are all wrong, and a proof against each.
//!
//! Each receipt claims a fee that nobody paid. States and traces are right, so each can be refuted alone, whatever stands before
//! it.

use crate::world::{ENGINE, REPORTER, params, sender};
use decex_bundle::{Base, Inbox, Item};
use decex_core::codec::BoundedVec;
use decex_core::execution::Engine;
use decex_core::hash::Digest;
use decex_core::host::Host;
use decex_core::id::*;
use decex_core::params::*;
use decex_core::state::{MemoryTree, ProvableTree, StateTree};
use decex_fraud::{BaseStates, Claim, Executed, JudgeView, LocalExecution, execute, prove};
use decex_receipt::{Chain, Openings, Receipt, ReceiptView, Record, genesis_receipt};
use decex_testkit::ledger::genesis;
use parity_scale_codec::Encode;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many domains there are, and pending receipts in each.
pub const DOMAINS: u32 = 6;
pub const PENDING: u64 = 4;
/// The host's message limit.
pub const MESSAGE: u32 = 4 << 20;

/// The host failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

/// One domain.
#[derive(Clone)]
pub struct Quarter {
    pub params: CheckedParams,
    pub confirmed: u64,
    pub head: u64,
    /// By number, with the block that includes it; genesis first.
    pub receipts: Vec<(Receipt, u64)>,
    pub inboxes: Vec<Inbox>,
}

pub struct Town {
    pub domains: BTreeMap<DomainId, Quarter>,
    /// Whether the host has the engine.
    pub has_engine: bool,
    /// Whether reads fail.
    pub broken: bool,
    judged: AtomicU32,
}

impl Host for Town {
    type Error = Broken;
}

impl Town {
    /// Every receipt included at `10 · number + domain`, challenge period 50.
    pub fn new() -> Self {
        let town = &TOWN.town;
        Self {
            domains: town.domains.clone(),
            has_engine: true,
            broken: false,
            judged: AtomicU32::new(0),
        }
    }

    /// How often the engine was asked for: nothing is judged without it.
    pub fn judged(&self) -> u32 {
        self.judged.load(Ordering::Relaxed)
    }

    pub fn quarter(&mut self, domain: u32) -> &mut Quarter {
        self.domains.get_mut(&DomainId(domain)).unwrap()
    }

    pub fn hash(&self, domain: u32, number: u64) -> ReceiptHash {
        self.domains[&DomainId(domain)].receipts[number as usize]
            .0
            .compute_hash()
    }

    fn read(&self, domain: DomainId) -> Result<Option<&Quarter>, Broken> {
        if self.broken {
            return Err(Broken);
        }
        Ok(self.domains.get(&domain))
    }
}

/// The proof against a receipt.
pub fn proof(domain: u32, number: u64) -> Vec<u8> {
    TOWN.proofs[&(domain, number)].clone()
}

impl ReceiptView for Town {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Broken> {
        Ok(self.read(domain)?.map(|quarter| Chain {
            confirmed: DomainNumber(quarter.confirmed),
            head: DomainNumber(quarter.head),
            head_hash: quarter.receipts[quarter.head as usize].0.compute_hash(),
        }))
    }
    fn hash_at(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Broken> {
        let Some(quarter) = self.read(domain)? else {
            return Ok(None);
        };
        let found = quarter.receipts.get(number.0 as usize);
        Ok(found
            .filter(|_| number.0 <= quarter.head)
            .map(|(receipt, _)| receipt.compute_hash()))
    }
    fn record(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Broken> {
        let Some(quarter) = self.read(domain)? else {
            return Ok(None);
        };
        let found = quarter
            .receipts
            .iter()
            .find(|(receipt, _)| receipt.compute_hash() == *hash);
        Ok(found.map(|(receipt, included_at)| Record {
            receipt: receipt.clone(),
            included_at: ConsensusNumber(*included_at),
            backers: vec![OperatorId(1)],
            byte_price: Balance(1),
        }))
    }
    fn inbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Broken> {
        let Some(quarter) = self.read(domain)? else {
            return Ok(None);
        };
        Ok(quarter.inboxes.get(number.0 as usize).cloned())
    }
}

impl JudgeView for Town {
    fn params(&self, domain: DomainId) -> Result<Option<CheckedParams>, Broken> {
        Ok(self.read(domain)?.map(|quarter| quarter.params.clone()))
    }
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        self.judged.fetch_add(1, Ordering::Relaxed);
        let engine: &dyn Engine = &ENGINE;
        (self.has_engine && engine.rule_set() == *rules).then_some(engine)
    }
}

/// Parameters with this challenge period.
pub fn params_of(challenge_period: u64) -> CheckedParams {
    let limits = HostLimits {
        message_bytes: MESSAGE,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 1_000,
        submission_lag: 5,
    };
    let set = DomainParams {
        challenge_period,
        ..(*params()).clone()
    };
    set.check(&limits).unwrap()
}

struct Built {
    town: Town,
    proofs: BTreeMap<(u32, u64), Vec<u8>>,
}

static TOWN: LazyLock<Built> = LazyLock::new(|| {
    let mut built = Built {
        town: Town {
            domains: BTreeMap::new(),
            has_engine: true,
            broken: false,
            judged: AtomicU32::new(0),
        },
        proofs: BTreeMap::new(),
    };
    for domain in 0..DOMAINS {
        let quarter = build(domain, &mut built.proofs);
        built.town.domains.insert(DomainId(domain), quarter);
    }
    built
});

struct NoBases;
impl Host for NoBases {
    type Error = Infallible;
}
impl BaseStates for NoBases {
    fn base_state(&mut self, _: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        Ok(None)
    }
}

/// The right execution of an empty block.
struct Local {
    executed: Executed,
    state: MemoryTree,
}
impl Host for Local {
    type Error = Infallible;
}
impl BaseStates for Local {
    fn base_state(&mut self, _: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        Ok(None)
    }
}
impl LocalExecution for Local {
    fn receipt(&self) -> &Receipt {
        &self.executed.receipt
    }
    fn openings(&self) -> &Openings {
        &self.executed.openings
    }
    fn body(&self, _: u16) -> Option<&[Item]> {
        None
    }
    fn state_before(&mut self, step: u32) -> Result<&dyn ProvableTree, Infallible> {
        for changes in self.executed.steps.drain(step as usize..).rev() {
            self.state.update(&changes.before).unwrap();
        }
        Ok(&self.state)
    }
}

fn build(domain: u32, proofs: &mut BTreeMap<(u32, u64), Vec<u8>>) -> Quarter {
    let params = params_of(50);
    let mut tree = MemoryTree::new();
    // Larger states make longer witnesses.
    let accounts: Vec<_> = (0..(1_u8 << domain))
        .map(|index| (sender(index), Balance(1_000)))
        .collect();
    tree.update(&genesis(&accounts)).unwrap();
    let first = genesis_receipt(
        DomainId(domain),
        ENGINE.rule_set(),
        tree.root(),
        ConsensusNumber(1),
    );
    let mut quarter = Quarter {
        params,
        confirmed: 0,
        head: PENDING,
        receipts: vec![(first, 1)],
        inboxes: vec![inbox(domain, 0)],
    };
    for number in 1..=PENDING {
        let parent = quarter.receipts.last().unwrap().0.clone();
        let inbox = inbox(domain, number);
        let executed = execute(
            &ENGINE,
            &quarter.params,
            &inbox,
            &parent,
            &[],
            &mut NoBases,
            &mut tree,
        )
        .unwrap();
        let mut lie = executed.receipt.clone();
        lie.effects.fees.burned = Balance(7);
        let included_at = 10 * number + u64::from(domain);
        let claim = Claim::new(
            &quarter.params,
            lie.clone(),
            ConsensusNumber(included_at),
            &parent,
            inbox.clone(),
        )
        .unwrap();
        let openings = executed.openings.clone();
        let state = tree.clone();
        let mut local = Local { executed, state };
        let found = prove(&ENGINE, &claim, &openings, &mut local, REPORTER)
            .unwrap()
            .unwrap();
        proofs.insert((domain, number), found.encode());
        quarter.receipts.push((lie, included_at));
        quarter.inboxes.push(inbox);
    }
    quarter
}

fn inbox(domain: u32, number: u64) -> Inbox {
    Inbox {
        domain: DomainId(domain),
        number: DomainNumber(number),
        rules: ENGINE.rule_set(),
        consensus_number: ConsensusNumber(1 + number),
        consensus_hash: ConsensusHash(Digest([number as u8; 32])),
        slot: Slot(number),
        timestamp: Timestamp(number),
        byte_price: Balance(1),
        seed: Seed(Digest([domain as u8; 32])),
        messages: BoundedVec::default(),
        bundles: BoundedVec::default(),
    }
}
