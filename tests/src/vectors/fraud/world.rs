//! A domain with two blocks behind it and a third one that is judged.

use crate::vectors::Draft;
use crate::vectors::common::{
    ENGINE, ENGINE_NAME, item, limits, params as common_params, params_value, user,
};
use crate::vectors::json::scale;
use decex_bundle::{Base, BodyCommitment, Inbox, Inboxed, Item, Verdict};
use decex_core::execution::Engine;
use decex_core::params::{BlockLimits, CheckedParams, DomainParams};
use decex_core::state::{MemoryTree, ProvableTree, StateTree};
use decex_core::{
    AccountId, Balance, BoundedVec, ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber,
    HeaderHash, Host, OperatorId, Seed, Slot, Timestamp, Weight, list,
};
use decex_fraud::{BaseStates, Claim, Evidence, Executed, FraudProof, LocalExecution, execute, prove};
use decex_receipt::{Openings, Receipt, genesis_receipt};
use decex_testkit::ledger::{Call, genesis};
use decex_testkit::mutant::commit;
use serde_json::{Value, json};
use std::convert::Infallible;

pub(super) const DOMAIN: DomainId = DomainId(7);
const PRICE: Balance = Balance(2);
pub(super) const INCLUDED_AT: u64 = 50;

/// This user can pay for the bytes of one transfer, but not of two.
pub(super) const POOR: u8 = 18;

pub(super) fn pay(from: u8, nonce: u64) -> Item {
    let amount = Balance(100);
    item(from, nonce, Call::Transfer { to: user(9), amount })
}

pub(super) fn params() -> DomainParams {
    DomainParams {
        block: BlockLimits {
            transactions: 100,
            bytes: 65_536,
            weight: Weight(1_000_000),
        },
        sender_transactions: 8,
        ..common_params()
    }
}

/// Everything there is to know about the block that is judged.
pub(super) struct World {
    pub(super) params: CheckedParams,
    pub(super) past: Past,
    pub(super) inbox: Inbox,
    pub(super) bodies: Vec<Vec<Item>>,
    pub(super) right: Executed,
    scratch: MemoryTree,
}

/// Receipts 0 and 1 and the states after them.
#[derive(Clone)]
pub(super) struct Past(pub(super) Vec<(Receipt, MemoryTree)>);

impl Past {
    fn last(&self) -> &(Receipt, MemoryTree) {
        self.0.last().expect("genesis at least")
    }

    /// The receipt and the state `number`.
    pub(super) fn at(&self, number: usize) -> &(Receipt, MemoryTree) {
        self.0.get(number).expect("a block behind")
    }
}

impl Host for Past {
    type Error = Infallible;
}

impl BaseStates for Past {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        let mut past = self.0.iter();
        let found = past.find(|(receipt, _)| receipt.compute_hash() == base.hash);
        Ok(found.map(|(_, tree)| -> &dyn ProvableTree { tree }))
    }
}

impl Host for World {
    type Error = Infallible;
}

impl BaseStates for World {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        self.past.base_state(base)
    }
}

impl LocalExecution for World {
    fn receipt(&self) -> &Receipt {
        &self.right.receipt
    }
    fn openings(&self) -> &Openings {
        &self.right.openings
    }
    fn body(&self, bundle: u16) -> Option<&[Item]> {
        self.bodies.get(usize::from(bundle)).map(Vec::as_slice)
    }
    fn state_before(&mut self, step: u32) -> Result<&dyn ProvableTree, Infallible> {
        self.scratch = self.before(step);
        Ok(&self.scratch)
    }
}

pub(super) fn base(receipt: &Receipt) -> Base {
    Base {
        number: receipt.number,
        hash: receipt.compute_hash(),
        root: receipt.state,
        byte_price: PRICE,
    }
}

/// Makes an inbox of bodies, each with its base.
fn inbox(number: u64, bundles: Vec<(Base, Vec<Item>)>) -> (Inbox, Vec<Vec<Item>>) {
    let boxed = (1_u8..).zip(bundles).map(|(name, (base, mut items))| {
        items.sort_by_key(|item| item.compute_summary().body_key());
        let summaries: Vec<_> = items.iter().map(Item::compute_summary).collect();
        let leaves: Vec<Digest> = summaries.iter().map(|summary| summary.leaf()).collect();
        let body = BodyCommitment {
            root: list::root(&leaves),
            count: u32::try_from(items.len()).expect("short"),
            bytes: summaries.iter().map(|summary| summary.bytes).sum(),
            weight: Weight(summaries.iter().map(|summary| summary.weight.0).sum()),
        };
        let inboxed = Inboxed {
            header: HeaderHash(Digest([name; 32])),
            operator: OperatorId(name.into()),
            base,
            body,
        };
        (inboxed, items)
    });
    let (bundles, bodies): (Vec<_>, Vec<_>) = boxed.unzip();
    let byte = u8::try_from(number).expect("small");
    let inbox = Inbox {
        domain: DOMAIN,
        number: DomainNumber(number),
        rules: ENGINE.rule_set(),
        consensus_number: ConsensusNumber(40 + number),
        consensus_hash: ConsensusHash(Digest([byte; 32])),
        slot: Slot(400 + number),
        timestamp: Timestamp(4_000 + number),
        byte_price: PRICE,
        seed: Seed(Digest([80 + byte; 32])),
        messages: BoundedVec::default(),
        bundles: BoundedVec::new(bundles).expect("short"),
    };
    (inbox, bodies)
}

fn run(params: &CheckedParams, past: &Past, inbox: &Inbox, bodies: &[Vec<Item>]) -> (Executed, MemoryTree) {
    let (parent, tree) = past.last();
    let mut tree = tree.clone();
    let bodies: Vec<&[Item]> = bodies.iter().map(Vec::as_slice).collect();
    let mut states = past.clone();
    let executed = execute(&ENGINE, params, inbox, parent, &bodies, &mut states, &mut tree);
    (executed.expect("executable"), tree)
}

impl World {
    /// Some of the messages that the judged block takes in.
    pub(super) fn messages(&self, range: &std::ops::Range<u32>) -> &[decex_core::message::Message] {
        let place = |place: u32| usize::try_from(place).expect("short");
        &self.inbox.messages[place(range.start)..place(range.end)]
    }

    /// A world whose judged block has these bundles, given the past.
    pub(super) fn of(bundles: impl FnOnce(&Past) -> Vec<(Base, Vec<Item>)>) -> Self {
        let params = params().check(&limits()).expect("safe parameters");
        let mut tree = MemoryTree::new();
        let bytes = u128::try_from(pay(POOR, 0).bytes.len()).expect("short");
        let mut accounts: Vec<_> = (1..=6).map(|index| (user(index), Balance(1_000_000))).collect();
        accounts.push((user(POOR), Balance(PRICE.0 * bytes + 1)));
        tree.update(&genesis(&accounts)).expect("a tree in memory");
        let first = genesis_receipt(DOMAIN, ENGINE.rule_set(), tree.root(), ConsensusNumber(40));
        let mut past = Past(vec![(first, tree)]);
        let body = vec![pay(1, 0), pay(1, 1), pay(2, 0)];
        let (inbox_1, bodies_1) = inbox(1, vec![(base(&past.last().0), body)]);
        let (executed, tree) = run(&params, &past, &inbox_1, &bodies_1);
        past.0.push((executed.receipt, tree));
        let (inbox, bodies) = inbox(2, bundles(&past));
        let (right, _) = run(&params, &past, &inbox, &bodies);
        Self {
            params,
            past,
            inbox,
            bodies,
            right,
            scratch: MemoryTree::new(),
        }
    }

    pub(super) fn parent(&self) -> &Receipt {
        &self.past.last().0
    }

    /// The state of the right execution before a step.
    pub(super) fn before(&self, step: u32) -> MemoryTree {
        let mut state = self.past.last().1.clone();
        let steps = usize::try_from(step).expect("small");
        for changes in self.right.steps.iter().take(steps) {
            state.update(&changes.after).expect("a tree in memory");
        }
        state
    }

    /// Returns a lie that is consistent with itself: what follows from the claims that `change` changes is made to follow.
    pub(super) fn lie(&self, change: impl FnOnce(&mut Receipt, &mut Openings)) -> (Receipt, Openings) {
        let (mut receipt, mut openings) = (self.right.receipt.clone(), self.right.openings.clone());
        change(&mut receipt, &mut openings);
        let mut entries = openings.schedule.to_vec();
        entries.retain(|entry| receipt.verdicts.get(usize::from(entry.bundle)) == Some(&Verdict::Valid));
        commit(&mut receipt, entries, openings.trace.to_vec(), 0, &self.params).expect("short")
    }

    /// What a proof against `receipt` is judged by, as a vector gives it.
    pub(super) fn given(&self, receipt: &Receipt) -> Value {
        let mut given = params_value(&params());
        given["engine"] = Value::from(ENGINE_NAME);
        given["receipt"] = scale(receipt);
        given["included_at"] = Value::from(INCLUDED_AT);
        given["parent"] = scale(self.parent());
        given["inbox"] = scale(&self.inbox);
        given
    }

    /// The prover's own proof against a lie is accepted.
    pub(super) fn caught(
        &mut self,
        name: &str,
        rules: &str,
        change: impl FnOnce(&mut Receipt, &mut Openings),
    ) -> Draft {
        let (receipt, openings) = self.lie(change);
        let included_at = ConsensusNumber(INCLUDED_AT);
        let claim = Claim::new(
            &self.params,
            receipt,
            included_at,
            self.parent(),
            self.inbox.clone(),
        );
        let claim = claim.expect("parts that belong together");
        let found = prove(&ENGINE, &claim, &openings, self, AccountId(Digest([9; 32])));
        let proof = found.expect("a proof").expect("a lie");
        Draft::accepted(
            name,
            rules,
            self.given(claim.receipt()),
            json!({ "proof": scale(&proof) }),
        )
    }

    /// Evidence against a receipt is refused by the first of `rules`.
    pub(super) fn refused(&self, name: &str, rules: &str, receipt: &Receipt, evidence: Evidence) -> Draft {
        Draft::refused(name, rules, self.given(receipt), when(receipt, evidence))
    }

    /// Evidence against a receipt is accepted.
    pub(super) fn accepted(&self, name: &str, rules: &str, receipt: &Receipt, evidence: Evidence) -> Draft {
        Draft::accepted(name, rules, self.given(receipt), when(receipt, evidence))
    }
}

/// A proof as a vector asks for it.
pub(super) fn when(receipt: &Receipt, evidence: Evidence) -> Value {
    let proof = FraudProof {
        domain: DOMAIN,
        receipt: receipt.compute_hash(),
        reporter: AccountId(Digest([9; 32])),
        evidence,
    };
    json!({ "proof": scale(&proof) })
}
