//! A host with several domains, on two branches of its chain, with a proof against each wrong receipt.
//!
//! A wrong receipt claims a fee that nobody paid. States and traces are right, so each can be refuted alone, whatever stands
//! before it; blocks are empty, so a proof is judged in no time.

use decex_bundle::{Base, Inbox, Item};
use decex_core::execution::Engine;
use decex_core::params::CheckedParams;
use decex_core::state::{Changes, MemoryTree, ProvableTree, ReadError, StateKey, StateTree, Value};
use decex_core::{
    AccountId, Balance, BoundedVec, ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber, Host,
    OperatorId, ReceiptHash, RuleSet, Seed, Slot, StateRoot, Timestamp,
};
use decex_fraud::{BaseStates, Claim, Executed, JudgeView, LocalExecution, execute, prove};
use decex_receipt::{Chain, Openings, Receipt, ReceiptView, Record, genesis_receipt};
use decex_testkit::ledger::{account_key, genesis};
use decex_tests::world::{ENGINE, limits, params, user};
use parity_scale_codec::Encode;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::LazyLock;

/// How many domains there are, and receipts of each branch after genesis.
pub(crate) const DOMAINS: u32 = 4;
pub(crate) const NUMBERS: u64 = 4;
/// The branches part after this number.
const SHARED: u64 = 1;
/// On the second branch this receipt is right.
const RIGHT: u64 = 3;

const REPORTER: AccountId = AccountId(Digest([8; 32]));

/// The host failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// What never changes of a domain.
struct Quarter {
    /// Each branch by number, genesis first.
    branches: [Vec<Receipt>; 2],
    inboxes: Vec<Inbox>,
}

/// Where a domain stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) exists: bool,
    pub(crate) branch: usize,
    pub(crate) confirmed: u64,
    pub(crate) head: u64,
    /// Every receipt is included at `10 · number + shift`.
    pub(crate) shift: u64,
}

/// A view of the host.
#[derive(Clone, Debug)]
pub(crate) struct Town {
    pub(crate) places: [Place; DOMAINS as usize],
    /// Whether the host has the engine.
    pub(crate) has_engine: bool,
    /// Whether reads fail.
    pub(crate) broken: bool,
}

struct Built {
    quarters: Vec<Quarter>,
    /// By domain and receipt: the receipt's proof.
    proofs: BTreeMap<(DomainId, ReceiptHash), Vec<u8>>,
}

static BUILT: LazyLock<Built> = LazyLock::new(|| {
    let mut proofs = BTreeMap::new();
    let quarters = (0..DOMAINS).map(|domain| build(domain, &mut proofs)).collect();
    Built { quarters, proofs }
});

static PARAMS: LazyLock<CheckedParams> =
    LazyLock::new(|| params().check(&limits()).expect("safe parameters"));

/// Returns the proof against a receipt, `None` if it is right.
pub(crate) fn proof(domain: DomainId, receipt: &ReceiptHash) -> Option<&'static [u8]> {
    BUILT.proofs.get(&(domain, *receipt)).map(Vec::as_slice)
}

/// Returns the receipts of a branch of a domain, genesis first.
pub(crate) fn receipts(domain: usize, branch: usize) -> &'static [Receipt] {
    &BUILT.quarters[domain].branches[branch]
}

impl Town {
    /// All receipts of the first branch are pending.
    pub(crate) fn new() -> Self {
        let place = |domain: usize| Place {
            exists: true,
            branch: 0,
            confirmed: 0,
            head: NUMBERS,
            shift: domain as u64,
        };
        Self {
            places: std::array::from_fn(place),
            has_engine: true,
            broken: false,
        }
    }

    fn read(&self, domain: DomainId) -> Result<Option<(&Quarter, &Place)>, Broken> {
        if self.broken {
            return Err(Broken);
        }
        let at = domain.0 as usize;
        let place = self.places.get(at).filter(|place| place.exists);
        Ok(place.map(|place| (&BUILT.quarters[at], place)))
    }
}

impl Host for Town {
    type Error = Broken;
}

impl ReceiptView for Town {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Broken> {
        Ok(self.read(domain)?.map(|(quarter, place)| Chain {
            confirmed: DomainNumber(place.confirmed),
            head: DomainNumber(place.head),
            head_hash: quarter.branches[place.branch][place.head as usize].compute_hash(),
        }))
    }
    fn hash_at(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Broken> {
        let found = self.read(domain)?.and_then(|(quarter, place)| {
            let held = quarter.branches[place.branch].get(number.0 as usize);
            held.filter(|_| number.0 <= place.head)
        });
        Ok(found.map(Receipt::compute_hash))
    }
    // Of both branches: a host may keep what is removed.
    fn record(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Broken> {
        let Some((quarter, place)) = self.read(domain)? else {
            return Ok(None);
        };
        let mut all = quarter.branches.iter().flatten();
        let found = all.find(|receipt| receipt.compute_hash() == *hash);
        Ok(found.map(|receipt| Record {
            receipt: receipt.clone(),
            included_at: ConsensusNumber(10 * receipt.number.0 + place.shift),
            backers: vec![OperatorId(1)],
            byte_price: Balance(1),
        }))
    }
    fn inbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Broken> {
        let found = self.read(domain)?;
        Ok(found.and_then(|(quarter, _)| quarter.inboxes.get(number.0 as usize).cloned()))
    }
}

impl JudgeView for Town {
    fn params(&self, domain: DomainId) -> Result<Option<CheckedParams>, Broken> {
        Ok(self.read(domain)?.map(|_| PARAMS.clone()))
    }
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        let engine: &dyn Engine = &ENGINE;
        (self.has_engine && engine.rule_set() == *rules).then_some(engine)
    }
}

/// A state whose witnesses cover more than they have to.
struct Wide {
    tree: MemoryTree,
    /// What they cover besides.
    more: BTreeSet<StateKey>,
}

impl StateTree for Wide {
    fn root(&self) -> StateRoot {
        self.tree.root()
    }
    fn get(&self, key: &StateKey) -> Result<Option<Value>, ReadError> {
        self.tree.get(key)
    }
    fn update(&mut self, changes: &Changes) -> Result<StateRoot, ReadError> {
        self.tree.update(changes)
    }
}

impl ProvableTree for Wide {
    fn prove(&self, keys: &BTreeSet<StateKey>) -> Result<Vec<u8>, ReadError> {
        self.tree.prove(&(keys | &self.more))
    }
}

/// The right execution of an empty block.
struct Local {
    executed: Executed,
    state: Wide,
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
            self.state.update(&changes.before).expect("a tree in memory");
        }
        Ok(&self.state)
    }
}

/// No bundle is based on anything.
struct NoBases;

impl Host for NoBases {
    type Error = Infallible;
}

impl BaseStates for NoBases {
    fn base_state(&mut self, _: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        Ok(None)
    }
}

fn build(domain: u32, proofs: &mut BTreeMap<(DomainId, ReceiptHash), Vec<u8>>) -> Quarter {
    let inboxes: Vec<Inbox> = (0..=NUMBERS).map(|number| inbox(domain, number)).collect();
    let branches = [0, 1].map(|branch| {
        let mut tree = MemoryTree::new();
        // Larger states make longer proofs.
        let accounts: Vec<_> = (0..1_usize << (2 * domain))
            .map(|index| (user(index), Balance(1_000)))
            .collect();
        tree.update(&genesis(&accounts)).expect("a tree in memory");
        let created = ConsensusNumber(1);
        let mut branch_receipts = vec![genesis_receipt(
            DomainId(domain),
            ENGINE.rule_set(),
            tree.root(),
            created,
        )];
        for inbox in &inboxes[1..] {
            let parent = branch_receipts.last().expect("genesis");
            let executed = execute(&ENGINE, &PARAMS, inbox, parent, &[], &mut NoBases, &mut tree)
                .expect("an empty block");
            let mut receipt = executed.receipt.clone();
            let number = inbox.number.0;
            let right = branch == 1 && number == RIGHT;
            if !right {
                let lie = if number <= SHARED { 7 } else { 7 + branch };
                receipt.effects.fees.burned = Balance(lie);
                // Later proofs are the shorter ones: they may fit where the urgent one does not.
                let more = (number as usize..=NUMBERS as usize).map(|index| account_key(&user(index)));
                let state = Wide {
                    tree: tree.clone(),
                    more: more.collect(),
                };
                let found = refute(&receipt, parent, inbox, Local { executed, state });
                proofs.insert((DomainId(domain), receipt.compute_hash()), found);
            }
            branch_receipts.push(receipt);
        }
        branch_receipts
    });
    Quarter { branches, inboxes }
}

fn refute(lie: &Receipt, parent: &Receipt, inbox: &Inbox, mut local: Local) -> Vec<u8> {
    let claim = Claim::new(&PARAMS, lie.clone(), ConsensusNumber(1), parent, inbox.clone());
    let (claim, openings) = (claim.expect("one block"), local.executed.openings.clone());
    let found = prove(&ENGINE, &claim, &openings, &mut local, REPORTER);
    found.expect("provable").expect("wrong").encode()
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
