//! Every rule of the verifier rejects what it is there for. The accepting side of each is in `faults`.

use crate::build;
use crate::world::{After, DOMAIN, ENGINE, POOR, World, base, pay, record, sender};
use decex_bundle::{Base, Fault, Illegal, Inbox, Verdict};
use decex_core::codec::{BoundedVec, DecodeError};
use decex_core::execution::{Account, Context, Effects, Engine, Facts, Input, NotATransaction};
use decex_core::hash::Digest;
use decex_core::host::Host;
use decex_core::id::*;
use decex_core::list::InvalidListProof;
use decex_core::message::Message;
use decex_core::schedule::Entry;
use decex_core::state::{
    CompactTree, Halt, InvalidWitness, ProvableTree, StateAccess, StateCommitment, StateKey,
};
use decex_fraud::{
    Chunk, Claim, Evidence, FraudProof, InboxEvidence, InvalidProof, LoadError, ProveError, Shown,
    TransitionEvidence, prove, verify,
};
use decex_receipt::{Chain, Openings, Receipt, ReceiptView, Record};
use decex_testkit::ledger::{LedgerEngine, account_key, slot_key};
use parity_scale_codec::Encode;
use std::convert::Infallible;

fn fault(index: u32, rule: Illegal) -> Fault {
    Fault { index, rule }
}

/// A lie about one verdict, and evidence of the fault given.
fn judged(bundle: u16, claimed: Verdict, shown: Fault) -> (World, Claim, InboxEvidence) {
    let mut world = World::new();
    let (claim, _) = lie_about(&world, bundle, claimed);
    let evidence = build::inbox(&mut world, bundle, shown);
    (world, claim, evidence)
}

fn lie_about(world: &World, bundle: u16, verdict: Verdict) -> (Claim, Openings) {
    world.lie(|receipt, _| {
        let mut verdicts = receipt.verdicts.to_vec();
        verdicts[usize::from(bundle)] = verdict;
        receipt.verdicts = BoundedVec::new(verdicts).unwrap();
    })
}

/// A lie about one trace entry, and evidence of that step.
fn stepped(step: u32) -> (World, Claim, Openings, TransitionEvidence) {
    let mut world = World::new();
    let (claim, openings) = world.lie(|receipt, openings| {
        let mut trace = openings.trace.to_vec();
        trace[step as usize] = StateRoot(Digest([66; 32]));
        openings.trace = BoundedVec::new(trace).unwrap();
        receipt.state = *openings.trace.last().unwrap();
    });
    let evidence = build::transition(&mut world, &openings, step);
    (world, claim, openings, evidence)
}

fn reject(claim: &Claim, evidence: Evidence) -> InvalidProof {
    let proof = build::proof(claim, evidence);
    verify(&ENGINE, claim, &proof).expect_err("refused")
}

fn accept(claim: &Claim, evidence: Evidence) {
    let proof = build::proof(claim, evidence);
    let _ = verify(&ENGINE, claim, &proof).expect("refutes");
}

/// The fault of each world bundle from 2 on.
fn truth(bundle: u16) -> Fault {
    match World::new().right.receipt.verdicts[usize::from(bundle)] {
        Verdict::Invalid(fault) => fault,
        _ => panic!("valid"),
    }
}

/// The host of a right receipt, with some things gone.
struct Missing<'a> {
    after: After<'a>,
    parent: bool,
    inbox: bool,
    present: bool,
    head: DomainNumber,
}

impl Host for Missing<'_> {
    type Error = Infallible;
}

impl ReceiptView for Missing<'_> {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Infallible> {
        let Ok(chain) = self.after.chain(domain);
        let head = self.head;
        Ok(chain.map(|chain| Chain { head, ..chain }))
    }
    fn hash_at(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Infallible> {
        if self.present {
            self.after.hash_at(domain, number)
        } else {
            Ok(Some(ReceiptHash::default()))
        }
    }
    fn record(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Infallible> {
        let is_parent = *hash == self.after.receipt.parent;
        if is_parent && !self.parent {
            Ok(None)
        } else {
            self.after.record(domain, hash)
        }
    }
    fn inbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Infallible> {
        if self.inbox {
            self.after.inbox(domain, number)
        } else {
            Ok(None)
        }
    }
}

#[test]
fn f1_nothing_is_judged_that_is_not_pending() {
    let world = World::new();
    let receipt = world.right.receipt.clone();
    let hash = receipt.compute_hash();
    let after = || After {
        world: &world,
        receipt: receipt.clone(),
    };
    let load = |view: &After<'_>, domain: DomainId, hash: &ReceiptHash| {
        Claim::load(view, &world.params, domain, hash)
    };
    assert!(load(&after(), DOMAIN, &hash).is_ok());
    assert_eq!(load(&after(), DomainId(1), &hash), Err(LoadError::NotPending));
    assert_eq!(
        load(&after(), DOMAIN, &ReceiptHash::default()),
        Err(LoadError::NotPending)
    );
    // Confirmed receipts are final.
    let confirmed = world.past[1].0.compute_hash();
    assert_eq!(load(&after(), DOMAIN, &confirmed), Err(LoadError::NotPending));
    assert_eq!(load(&after(), DOMAIN, &confirmed).unwrap_err().code(), Some(1));

    let view = |parent, inbox, present| Missing {
        after: after(),
        parent,
        inbox,
        present,
        head: DomainNumber(2),
    };
    let load = |view: Missing<'_>| Claim::load(&view, &world.params, DOMAIN, &hash);
    assert!(load(view(true, true, true)).is_ok());
    // Removed, and not swept yet: known, but another receipt or none stands at its number.
    assert_eq!(load(view(true, true, false)), Err(LoadError::NotPending));
    // Above the head, whatever the host still remembers of it.
    let mut above = view(true, true, true);
    above.head = DomainNumber(1);
    assert_eq!(load(above), Err(LoadError::NotPending));
    // A host that lost something is at fault, not the proof.
    assert_eq!(load(view(false, true, true)), Err(LoadError::Inconsistent));
    assert_eq!(load(view(true, false, true)), Err(LoadError::Inconsistent));
    assert_eq!(LoadError::<()>::Inconsistent.code(), None);
    let _ = record(&receipt);
}

#[test]
fn a_claim_needs_parts_that_belong_together() {
    let world = World::new();
    let make = |receipt: &Receipt, parent: &Receipt, inbox: &Inbox| {
        Claim::new(
            &world.params,
            receipt.clone(),
            ConsensusNumber(50),
            parent,
            inbox.clone(),
        )
    };
    let (receipt, parent, inbox) = (&world.right.receipt, world.parent(), &world.inbox);
    assert_eq!(make(receipt, parent, inbox), Some(world.right_claim()));
    assert_eq!(make(receipt, &world.past[0].0, inbox), None);
    let changes: [fn(&mut Inbox); 7] = [
        |inbox| inbox.domain.0 += 1,
        |inbox| inbox.number.0 += 1,
        |inbox| inbox.rules.0.0[0] ^= 1,
        |inbox| inbox.consensus_number.0 += 1,
        |inbox| inbox.consensus_hash.0.0[0] ^= 1,
        |inbox| inbox.seed.0.0[0] ^= 1,
        |inbox| inbox.bundles = BoundedVec::default(),
    ];
    for change in changes {
        let mut other = inbox.clone();
        change(&mut other);
        assert_eq!(make(receipt, parent, &other), None);
    }
}

#[test]
fn f2_f3_another_receipt_domain_or_engine() {
    let (_, claim, evidence) = judged(2, Verdict::Valid, truth(2));
    let proof = build::proof(&claim, Evidence::Inbox(evidence));
    assert!(verify(&ENGINE, &claim, &proof).is_ok());
    let foreign = FraudProof {
        domain: DomainId(1),
        ..proof.clone()
    };
    assert_eq!(verify(&ENGINE, &claim, &foreign), Err(InvalidProof::Foreign));
    let foreign = FraudProof {
        receipt: ReceiptHash::default(),
        ..proof.clone()
    };
    assert_eq!(verify(&ENGINE, &claim, &foreign), Err(InvalidProof::Foreign));
    assert_eq!(
        verify(&LedgerEngine { version: 1 }, &claim, &proof),
        Err(InvalidProof::Rules)
    );
}

#[test]
fn f4_size_is_bounded_before_work() {
    let (_, claim, _, mut evidence) = stepped(3);
    evidence.witness = BoundedVec::new(vec![0; 400_000]).unwrap();
    let proof = build::proof(&claim, Evidence::Transition(evidence));
    let found = proof.encoded_size() as u64;
    let limit = claim.largest_proof();
    assert_eq!(
        verify(&ENGINE, &claim, &proof),
        Err(InvalidProof::TooLarge { limit, found })
    );
    // One byte more than the largest proof is too large, the largest is looked at.
    let (_, claim, _, mut evidence) = stepped(3);
    let excess = (found - limit) as usize;
    let mut sized = |excess| {
        evidence.witness = BoundedVec::new(vec![0; 400_000 - excess]).unwrap();
        let proof = build::proof(&claim, Evidence::Transition(evidence.clone()));
        (
            proof.encoded_size() as u64 - limit,
            verify(&ENGINE, &claim, &proof),
        )
    };
    let found = limit + 1;
    assert_eq!(
        sized(excess - 1),
        (1, Err(InvalidProof::TooLarge { limit, found }))
    );
    let (beyond, looked_at) = sized(excess);
    assert_eq!(beyond, 0);
    assert!(matches!(looked_at, Err(InvalidProof::Witness(_))));
    let bytes = proof.encode();
    let refused = FraudProof::decode_bounded(&bytes, 1_000);
    assert_eq!(
        refused,
        Err(DecodeError::TooLong {
            limit: 1_000,
            found: bytes.len()
        })
    );
    let mut trailing = bytes.clone();
    trailing.push(0);
    assert_eq!(
        FraudProof::decode_bounded(&trailing, 1 << 20),
        Err(DecodeError::Trailing { found: 1 })
    );
    assert_eq!(
        FraudProof::decode_bounded(&bytes[..99], 1 << 20),
        Err(DecodeError::Malformed)
    );
}

#[test]
fn f5_unknown_bundle() {
    let (_, claim, mut evidence) = judged(2, Verdict::Valid, truth(2));
    evidence.bundle = 7;
    assert_eq!(
        reject(&claim, Evidence::Inbox(evidence)),
        InvalidProof::UnknownBundle { bundle: 7 }
    );
    let (claim, evidence) = invented(Entry { bundle: 7, leaf: 0 });
    assert_eq!(
        reject(&claim, Evidence::Transition(evidence)),
        InvalidProof::UnknownBundle { bundle: 7 }
    );
}

/// A claim whose schedule begins with an entry that names nothing, and evidence about the step that takes it.
/// Submission refuses such receipts.
fn invented(entry: Entry) -> (Claim, TransitionEvidence) {
    let (mut world, _, _, mut evidence) = stepped(3);
    let mut receipt = world.right.receipt.clone();
    let mut openings = world.right.openings.clone();
    let mut entries = openings.schedule.to_vec();
    entries[0] = entry;
    let leaves: Vec<Digest> = entries.iter().map(Entry::compute_leaf).collect();
    receipt.schedule.root = decex_core::list::root(&leaves);
    openings.schedule = BoundedVec::new(entries).unwrap();
    let honest = world.right.openings.clone();
    evidence.trace = build::transition(&mut world, &honest, 3).trace;
    (evidence.before, evidence.after) = (Some(openings.trace[2]), openings.trace[3]);
    let mut inputs = evidence.chunk.unwrap().inputs.into_inner();
    inputs[0].entry = entry;
    let schedule = build::schedule_proof(&openings, 0, 3);
    evidence.chunk = Some(Chunk {
        inputs: BoundedVec::new(inputs).unwrap(),
        schedule,
    });
    let claim = Claim::new(
        &world.params,
        receipt,
        ConsensusNumber(50),
        world.parent(),
        world.inbox.clone(),
    )
    .unwrap();
    (claim, evidence)
}

#[test]
fn f6_transactions_stand_in_the_body() {
    let (_, claim, mut evidence) = judged(2, Verdict::Valid, truth(2));
    let Shown::Transaction { item, .. } = &mut evidence.shown else {
        panic!()
    };
    item.weight.0 += 1;
    let refused = InvalidProof::Body(InvalidListProof::Root);
    assert_eq!(reject(&claim, Evidence::Inbox(evidence)), refused);

    let (_, claim, mut evidence) = judged(5, Verdict::Valid, truth(5));
    let Shown::Account { leaves, .. } = &mut evidence.shown else {
        panic!()
    };
    let mut changed = leaves.to_vec();
    changed[0].nonce = Nonce(0);
    *leaves = BoundedVec::new(changed).unwrap();
    assert_eq!(reject(&claim, Evidence::Inbox(evidence)), refused);

    // Other bytes in place of the scheduled transaction's.
    let (_, claim, _, mut evidence) = stepped(3);
    let mut chunk = evidence.chunk.take().unwrap();
    let mut inputs = chunk.inputs.into_inner();
    inputs[0].item.bytes = pay(1, 2, 9).bytes;
    chunk.inputs = BoundedVec::new(inputs).unwrap();
    evidence.chunk = Some(chunk);
    assert_eq!(reject(&claim, Evidence::Transition(evidence)), refused);
}

#[test]
fn f7_evidence_of_the_wrong_kind() {
    let (mut world, claim, mut evidence) = judged(2, Verdict::Valid, truth(2));
    evidence.shown = build::inbox(&mut world, 2, fault(0, Illegal::Nonce)).shown;
    assert_eq!(reject(&claim, Evidence::Inbox(evidence)), InvalidProof::Kind);
    for rule in [Illegal::Nonce, Illegal::Fees] {
        let (mut world, claim, mut evidence) = judged(2, Verdict::Valid, fault(0, rule));
        evidence.shown = build::inbox(&mut world, 2, fault(0, Illegal::Claim)).shown;
        assert_eq!(reject(&claim, Evidence::Inbox(evidence)), InvalidProof::Kind);
    }
    // The first step starts from the parent's state and nothing else, all others from a trace entry.
    let (_, claim, openings, mut evidence) = stepped(0);
    accept(&claim, Evidence::Transition(evidence.clone()));
    let tree = decex_core::list::ListTree::new(
        openings
            .trace
            .iter()
            .map(decex_core::execution::trace_leaf)
            .collect(),
    );
    evidence.before = Some(evidence.after);
    evidence.after = openings.trace[1];
    evidence.trace = tree.prove(0, 2).unwrap();
    assert_eq!(reject(&claim, Evidence::Transition(evidence)), InvalidProof::Kind);
    let (_, claim, openings, mut evidence) = stepped(4);
    accept(&claim, Evidence::Transition(evidence.clone()));
    let tree = decex_core::list::ListTree::new(
        openings
            .trace
            .iter()
            .map(decex_core::execution::trace_leaf)
            .collect(),
    );
    evidence.before = None;
    evidence.trace = tree.prove(4, 1).unwrap();
    assert_eq!(reject(&claim, Evidence::Transition(evidence)), InvalidProof::Kind);
}

#[test]
fn f8_shown_at_another_place() {
    let mut world = World::new();
    let (claim, _) = lie_about(&world, 2, Verdict::Valid);
    let mut evidence = build::inbox(&mut world, 2, truth(2));
    // A malformed transaction, shown to be so, but not the one that the fault names.
    evidence.fault.index = (truth(2).index + 1) % 3;
    let (expected, found) = (evidence.fault.index, truth(2).index);
    assert_eq!(
        reject(&claim, Evidence::Inbox(evidence)),
        InvalidProof::Place { expected, found }
    );

    // Entries of the trace from elsewhere.
    let (mut world, claim, openings, mut evidence) = stepped(4);
    let other = build::transition(&mut world, &openings, 3);
    (evidence.before, evidence.after, evidence.trace) = (other.before, other.after, other.trace);
    assert_eq!(
        reject(&claim, Evidence::Transition(evidence)),
        InvalidProof::Place {
            expected: 3,
            found: 2
        }
    );

    // Inputs of another step.
    let (world, claim, openings, mut evidence) = stepped(4);
    evidence.chunk = Some(build::chunk(&world, &openings, 0, 3));
    assert_eq!(
        reject(&claim, Evidence::Transition(evidence)),
        InvalidProof::Place {
            expected: 3,
            found: 0
        }
    );
}

#[test]
fn f9_all_of_the_senders_transactions_from_its_first() {
    let mut world = World::new();
    let items = world.bodies[6].clone();
    let first = items.iter().position(|item| item.sender == sender(POOR)).unwrap();
    let last = first + 1;
    assert_eq!(truth(6), fault(last as u32, Illegal::Fees));
    let (claim, _) = lie_about(&world, 6, Verdict::Valid);
    let mut shown = |from: usize| {
        Evidence::Inbox(InboxEvidence {
            bundle: 6,
            fault: truth(6),
            shown: build::show_account(&mut world, 6, from, last),
        })
    };
    accept(&claim, shown(first.saturating_sub(1)));
    // Only some of them: the fees would look lower than they are, or another base of counting would begin.
    assert_eq!(reject(&claim, shown(first)), InvalidProof::Sender);
    assert_eq!(reject(&claim, shown(last)), InvalidProof::Sender);
    // Two of others before them.
    assert_eq!(reject(&claim, shown(first - 2)), InvalidProof::Sender);
    // The nonce rule reads exactly one leaf.
    let (claim, _) = lie_about(&world, 5, Verdict::Valid);
    let (fault, index) = (truth(5), truth(5).index as usize);
    let shown = build::show_account(&mut world, 5, index - 1, index);
    let evidence = InboxEvidence {
        bundle: 5,
        fault,
        shown,
    };
    assert_eq!(reject(&claim, Evidence::Inbox(evidence)), InvalidProof::Sender);
}

#[test]
fn f10_the_witness_is_of_the_right_state() {
    let (world, claim, mut evidence) = judged(5, Verdict::Valid, truth(5));
    let from = world.bodies[5][truth(5).index as usize].sender;
    let Shown::Account { witness, .. } = &mut evidence.shown else {
        panic!()
    };
    let elsewhere = world.past[0].1.prove(&[account_key(&from)].into()).unwrap();
    *witness = BoundedVec::new(elsewhere).unwrap();
    let refused = InvalidProof::Witness(InvalidWitness::Root);
    assert_eq!(reject(&claim, Evidence::Inbox(evidence)), refused);

    let (mut world, claim, openings, mut evidence) = stepped(4);
    evidence.witness = build::transition(&mut world, &openings, 3).witness;
    assert_eq!(reject(&claim, Evidence::Transition(evidence)), refused);
    let (_, claim, _, mut evidence) = stepped(4);
    evidence.witness = BoundedVec::default();
    let refused = InvalidProof::Witness(InvalidWitness::Malformed);
    assert_eq!(reject(&claim, Evidence::Transition(evidence)), refused);
}

#[test]
fn f11_what_the_witness_does_not_cover_is_not_evidence() {
    let (world, claim, mut evidence) = judged(5, Verdict::Valid, truth(5));
    let Shown::Account { witness, .. } = &mut evidence.shown else {
        panic!()
    };
    let other = world.past[1].1.prove(&[account_key(&sender(9))].into()).unwrap();
    *witness = BoundedVec::new(other).unwrap();
    assert_eq!(
        reject(&claim, Evidence::Inbox(evidence)),
        InvalidProof::IncompleteWitness
    );

    let (world, claim, _, mut evidence) = stepped(4);
    let state = build::before_step(&world, 4);
    let other = state.prove(&[account_key(&sender(9))].into()).unwrap();
    evidence.witness = BoundedVec::new(other).unwrap();
    assert_eq!(
        reject(&claim, Evidence::Transition(evidence)),
        InvalidProof::IncompleteWitness
    );
}

/// A ledger that reads far more than an engine may where no input is charged for it.
struct Greedy;

impl Greedy {
    fn keys() -> impl Iterator<Item = StateKey> {
        (1_000..1_100).map(slot_key)
    }
    fn read(state: &mut dyn StateAccess) -> Result<(), Halt> {
        Self::keys().try_for_each(|key| state.get(&key).map(drop))
    }
}

impl Engine for Greedy {
    fn rule_set(&self) -> RuleSet {
        ENGINE.rule_set()
    }
    fn commitment(&self) -> &dyn StateCommitment {
        &CompactTree
    }
    fn inspect(&self, transaction: &[u8]) -> Result<Facts, NotATransaction> {
        ENGINE.inspect(transaction)
    }
    fn account(&self, state: &mut dyn StateAccess, _sender: &SenderId) -> Result<Account, Halt> {
        Self::read(state).map(|()| Account::default())
    }
    fn begin(&self, _context: &Context, state: &mut dyn StateAccess) -> Result<(), Halt> {
        Self::read(state)
    }
    fn receive(&self, _: &Context, _: &mut dyn StateAccess, _: &Message) -> Result<(), Halt> {
        Ok(())
    }
    fn refuse(&self, _: &Context, _: &mut dyn StateAccess, _: &Message) -> Result<(), Halt> {
        Ok(())
    }
    fn apply(&self, _: &Context, _: &mut dyn StateAccess, _: &Input<'_>) -> Result<(), Halt> {
        Ok(())
    }
    fn exceed(&self, _: &Context, _: &mut dyn StateAccess, _: &Input<'_>) -> Result<(), Halt> {
        Ok(())
    }
    fn finish(&self, _: &Context, _: &mut dyn StateAccess) -> Result<Effects, Halt> {
        Ok(Effects::default())
    }
}

#[test]
fn f12_an_engine_that_breaks_its_contract_refutes_nothing() {
    let (world, claim, _, mut evidence) = stepped(0);
    let witness = world.past[1].1.prove(&Greedy::keys().collect()).unwrap();
    evidence.witness = BoundedVec::new(witness.clone()).unwrap();
    let proof = build::proof(&claim, Evidence::Transition(evidence));
    assert_eq!(verify(&Greedy, &claim, &proof), Err(InvalidProof::Engine));

    let (_, claim, mut evidence) = judged(5, Verdict::Valid, truth(5));
    let Shown::Account { witness: shown, .. } = &mut evidence.shown else {
        panic!()
    };
    *shown = BoundedVec::new(witness).unwrap();
    let proof = build::proof(&claim, Evidence::Inbox(evidence));
    assert_eq!(verify(&Greedy, &claim, &proof), Err(InvalidProof::Engine));
}

#[test]
fn f13_verdicts_that_hold() {
    // A legal transaction, against a bundle called valid.
    let (_, claim, evidence) = judged(2, Verdict::Valid, fault(truth(2).index, Illegal::Signature));
    assert_eq!(
        reject(&claim, Evidence::Inbox(evidence)),
        InvalidProof::VerdictHolds
    );
    // A fault that is there, after the claimed one.
    let (_, claim, evidence) = judged(6, Verdict::Invalid(fault(0, Illegal::Malformed)), truth(6));
    assert_eq!(
        reject(&claim, Evidence::Inbox(evidence)),
        InvalidProof::VerdictHolds
    );
    // The claimed fault, which is there.
    let (_, claim, evidence) = judged(2, Verdict::Invalid(truth(2)), truth(2));
    assert_eq!(
        reject(&claim, Evidence::Inbox(evidence)),
        InvalidProof::VerdictHolds
    );
}

#[test]
fn l0_f13_a_removed_base_needs_no_proof() {
    let mut broken = pay(1, 1, 2);
    broken.bytes = BoundedVec::new(vec![1, 2, 3]).unwrap();
    let mut world = World::of(|past| {
        let gone = Base {
            hash: ReceiptHash(Digest([5; 32])),
            ..base(&past[1].0)
        };
        vec![(gone, vec![broken]), (base(&past[1].0), vec![pay(1, 2, 2)])]
    });
    assert_eq!(
        &world.right.receipt.verdicts[..],
        [Verdict::BaseRemoved, Verdict::Valid]
    );
    assert_eq!(&world.right.openings.schedule[..], [Entry { bundle: 1, leaf: 0 }]);
    // Not even a fault that is there, nor one that is not.
    let claim = world.right_claim();
    for rule in [Illegal::Malformed, Illegal::Signature] {
        let evidence = build::inbox(&mut world, 0, fault(0, rule));
        assert_eq!(
            reject(&claim, Evidence::Inbox(evidence)),
            InvalidProof::VerdictHolds
        );
    }
    // The lie in either direction is refused at submission, so the prover finds nothing to prove.
    for (bundle, verdict) in [(0, Verdict::Valid), (1, Verdict::BaseRemoved)] {
        let (receipt, openings) = world.consistent(|receipt, openings| {
            let mut verdicts = receipt.verdicts.to_vec();
            verdicts[bundle] = verdict;
            receipt.verdicts = BoundedVec::new(verdicts).unwrap();
            let _ = openings;
        });
        assert!(world.submitted(&receipt, &openings).is_none());
    }
    let mut receipt = world.right.receipt.clone();
    receipt.version = 9;
    let claim = Claim::new(
        &world.params,
        receipt,
        ConsensusNumber(50),
        world.parent(),
        world.inbox.clone(),
    );
    let openings = world.right.openings.clone();
    let found = prove(
        &ENGINE,
        &claim.unwrap(),
        &openings,
        &mut world,
        crate::world::REPORTER,
    );
    assert_eq!(found, Err(ProveError::Unacceptable));
}

#[test]
fn f14_a_right_schedule() {
    let mut world = World::new();
    let (claim, openings) = world.lie(|_, openings| {
        let mut entries = openings.schedule.to_vec();
        entries.swap(0, 1);
        openings.schedule = BoundedVec::new(entries).unwrap();
    });
    let proof = world.prove(&claim, &openings).unwrap();
    assert!(verify(&ENGINE, &claim, &proof).is_ok());
    let right = world.right_claim();
    let refused = reject(&right, proof.evidence);
    assert!(matches!(refused, InvalidProof::Schedule(_)));
    assert_eq!(refused.code(), 14);
}

#[test]
fn f15_no_such_step() {
    let (_, claim, _, mut evidence) = stepped(7);
    evidence.step = 8;
    let refused = InvalidProof::UnknownStep { step: 8, length: 8 };
    assert_eq!(reject(&claim, Evidence::Transition(evidence)), refused);
}

#[test]
fn f16_entries_of_the_trace() {
    for wrong in [0, 1] {
        let (_, claim, _, mut evidence) = stepped(4);
        if wrong == 0 {
            evidence.before = Some(StateRoot(Digest([1; 32])));
        } else {
            evidence.after = StateRoot(Digest([1; 32]));
        }
        let refused = InvalidProof::Trace(InvalidListProof::Root);
        assert_eq!(reject(&claim, Evidence::Transition(evidence)), refused);
    }
}

#[test]
fn f17_as_many_inputs_as_the_step_takes() {
    let (world, claim, openings, evidence) = stepped(4);
    let mut fewer = evidence.clone();
    fewer.chunk = Some(build::chunk(&world, &openings, 3, 5));
    let refused = InvalidProof::Inputs {
        expected: 3,
        found: 2,
    };
    assert_eq!(reject(&claim, Evidence::Transition(fewer)), refused);
    let mut none = evidence.clone();
    none.chunk = None;
    let refused = InvalidProof::Inputs {
        expected: 3,
        found: 0,
    };
    assert_eq!(reject(&claim, Evidence::Transition(none)), refused);
    for step in [0, 1, 2, 7] {
        let (_, claim, _, mut idle) = stepped(step);
        idle.chunk = evidence.chunk.clone();
        let refused = InvalidProof::Inputs {
            expected: 0,
            found: 3,
        };
        assert_eq!(reject(&claim, Evidence::Transition(idle.clone())), refused);
        let schedule = evidence.chunk.clone().unwrap().schedule;
        idle.chunk = Some(Chunk {
            inputs: BoundedVec::default(),
            schedule,
        });
        let refused = InvalidProof::Inputs {
            expected: 0,
            found: 0,
        };
        assert_eq!(reject(&claim, Evidence::Transition(idle)), refused);
    }
}

#[test]
fn f18_inputs_of_the_schedule() {
    let (world, claim, openings, mut evidence) = stepped(4);
    let mut chunk = build::chunk(&world, &openings, 3, 6);
    let mut inputs = chunk.inputs.into_inner();
    inputs.swap(0, 1);
    chunk.inputs = BoundedVec::new(inputs).unwrap();
    evidence.chunk = Some(chunk);
    let refused = InvalidProof::Entries(InvalidListProof::Root);
    assert_eq!(reject(&claim, Evidence::Transition(evidence)), refused);
}

#[test]
fn f19_inputs_of_bundles_that_are_not_valid() {
    let (claim, evidence) = invented(Entry { bundle: 2, leaf: 0 });
    assert_eq!(
        reject(&claim, Evidence::Transition(evidence)),
        InvalidProof::NotScheduled
    );
}

#[test]
fn f20_steps_that_hold() {
    let mut world = World::new();
    let right = world.right_claim();
    let openings = world.right.openings.clone();
    for step in 0..8 {
        let evidence = build::transition(&mut world, &openings, step);
        assert_eq!(
            reject(&right, Evidence::Transition(evidence)),
            InvalidProof::StepHolds
        );
    }
    // Effects count at the last step only.
    let (claim, openings) = world.lie(|receipt, _| receipt.effects.fees.burned.0 += 1);
    for step in 0..7 {
        let evidence = build::transition(&mut world, &openings, step);
        assert_eq!(
            reject(&claim, Evidence::Transition(evidence)),
            InvalidProof::StepHolds
        );
    }
    let evidence = build::transition(&mut world, &openings, 7);
    accept(&claim, Evidence::Transition(evidence));
}

/// Submission refuses a receipt whose state is not the last trace entry (R25); it is refutable all the same.
#[test]
fn f20_a_state_that_is_not_the_last_trace_entry() {
    let mut world = World::new();
    let mut receipt = world.right.receipt.clone();
    receipt.state = StateRoot(Digest([1; 32]));
    let openings = world.right.openings.clone();
    assert!(world.submitted(&receipt, &openings).is_none());
    let claim = Claim::new(
        &world.params,
        receipt,
        ConsensusNumber(50),
        world.parent(),
        world.inbox.clone(),
    );
    let claim = claim.unwrap();
    let proof = world.prove(&claim, &openings).unwrap();
    assert!(verify(&ENGINE, &claim, &proof).is_ok());
}

#[test]
fn evidence_has_one_name_for_each_inclusion() {
    let mut world = World::new();
    let (claim, openings) = lie_about(&world, 2, Verdict::Valid);
    let proof = world.prove(&claim, &openings).unwrap();
    let name = verify(&ENGINE, &claim, &proof).unwrap().evidence();
    let copied = FraudProof {
        reporter: AccountId(Digest([1; 32])),
        ..proof.clone()
    };
    assert_eq!(verify(&ENGINE, &claim, &copied).unwrap().evidence(), name);
    let later = Claim::new(
        &world.params,
        claim.receipt().clone(),
        ConsensusNumber(51),
        world.parent(),
        world.inbox.clone(),
    );
    assert_ne!(verify(&ENGINE, &later.unwrap(), &proof).unwrap().evidence(), name);
}

#[test]
fn codes_are_stable() {
    let list = InvalidListProof::Root;
    let errors = [
        InvalidProof::Foreign,
        InvalidProof::Rules,
        InvalidProof::TooLarge { limit: 0, found: 0 },
        InvalidProof::UnknownBundle { bundle: 0 },
        InvalidProof::Body(list),
        InvalidProof::Kind,
        InvalidProof::Place {
            expected: 0,
            found: 0,
        },
        InvalidProof::Sender,
        InvalidProof::Witness(InvalidWitness::Root),
        InvalidProof::IncompleteWitness,
        InvalidProof::Engine,
        InvalidProof::VerdictHolds,
        InvalidProof::Schedule(decex_shuffle::InvalidRefutation::Ordered),
        InvalidProof::UnknownStep { step: 0, length: 0 },
        InvalidProof::Trace(list),
        InvalidProof::Inputs {
            expected: 0,
            found: 0,
        },
        InvalidProof::Entries(list),
        InvalidProof::NotScheduled,
        InvalidProof::StepHolds,
    ];
    for (code, error) in (2..).zip(errors) {
        assert_eq!(error.code(), code, "{error}");
    }
}
