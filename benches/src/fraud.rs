//! Fraud proofs: what judging the worst ones costs, what removing many receipts costs, and what a pool saves.
//!
//! Proofs are judged from bytes to refutation, as on a chain: name, pending receipt, size, decoding, claim, rules.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark"
)]

use crate::measure::{Row, fastest, versus};
use crate::world::{self, DOMAIN, ENGINE, REPORTER, World, base, item, pay, sender};
use crate::{receipts, shuffle};
use decex_bundle::{BodyCommitment, Inbox, Inboxed, Item, Verdict};
use decex_core::execution::{Engine, Step, run_step, trace_leaf};
use decex_core::hash::digest;
use decex_core::list::ListTree;
use decex_core::params::{CheckedParams, DomainParams, HostLimits};
use decex_core::state::{MemoryTree, ProvableTree, StateKey, StateTree};
use decex_core::*;
use decex_election::Keypair;
use decex_fraud::{
    Claim, Evidence, FraudPool, FraudProof, JudgeView, LocalExecution, Named, PoolLimits, Refutation,
    TransitionEvidence,
};
use decex_receipt::{Chain, Openings, Receipt, ReceiptView, Record, genesis_receipt};
use decex_testkit::ledger::{Call, LedgerEngine, account_key, slot_key};
use parity_scale_codec::Encode;
use schnorrkel::{PublicKey, Signature, signing_context};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

/// The host's message limit.
const MESSAGE: u32 = 4 << 20;
/// Inputs per step; the witness limit is then the largest that the message limit allows (P4).
const INTERVAL: u32 = 32;
/// Accounts of the state.
const ACCOUNTS: u32 = 100_000;

/// Returns the rows of this part.
pub fn measure() -> Vec<Row> {
    let params = widest();
    let limit = params.witness_limit;
    let signature = signature();
    let mut rows = vec![
        worst(
            "a forged signature accepted (L2)".into(),
            &signed(&params),
            &signature,
        ),
        worst(
            "fees of 64 transactions of one sender (L5), 65 leaves".into(),
            &fees(&params),
            &signature,
        ),
        worst(
            "100,000 transactions in 2 bundles, one omitted".into(),
            &omission(&params),
            &signature,
        ),
    ];
    let mut each = Vec::new();
    let mut steps = Vec::new();
    for inputs in [1, 2, 4, 8, 16, INTERVAL] {
        let step = step(&params, inputs);
        each.push(fastest(20, || step.judge()).as_secs_f64() * 1e6 / f64::from(inputs));
        steps.push((inputs, step));
    }
    let (inputs, longest) = &steps[steps.len() - 1];
    rows.push(worst(
        format!("a step of {inputs} inputs, each at its witness limit of {limit} bytes"),
        longest,
        &signature,
    ));
    rows.push(worst(
        "the same, its witness filled up to the domain's largest proof".into(),
        &filled(&params, longest),
        &signature,
    ));
    let factor = each[each.len() - 1] / each[0];
    let list: Vec<String> = each.iter().map(|each| format!("{each:.0}")).collect();
    rows.push(Row {
        work: "a step of 1, 2, 4, 8, 16, 32 inputs at their limits, nothing filled up: µs for each input"
            .into(),
        baseline: "1 input".into(),
        goal: "≤ 1.2 (linear)".into(),
        measured: format!("{factor:.2} ({})", list.join(", ")),
        met: Some(factor <= 1.2),
    });
    rows.extend(pool(longest));
    rows.extend(removal());
    rows
}

const LIMITS: HostLimits = HostLimits {
    message_bytes: MESSAGE,
    slot_numerator: 1,
    slot_denominator: 1,
    censorship: 2,
    unlock_period: 100,
    submission_lag: 5,
};

/// The widest parameters that the message limit allows at this trace interval.
fn widest() -> CheckedParams {
    let set = |witness_limit| DomainParams {
        witness_limit,
        trace_interval: INTERVAL,
        sender_transactions: 64,
        ..(*world::params()).clone()
    };
    let (mut fits, mut over) = (world::params().witness_limit, MESSAGE);
    while over - fits > 1 {
        let middle = fits.midpoint(over);
        match set(middle).check(&LIMITS) {
            Ok(_) => fits = middle,
            Err(_) => over = middle,
        }
    }
    set(fits).check(&LIMITS).unwrap()
}

/// A host with one pending receipt, and a proof against it.
struct Case {
    params: CheckedParams,
    parent: Receipt,
    receipt: Receipt,
    inbox: Inbox,
    proof: Vec<u8>,
}

impl Case {
    fn new(params: &CheckedParams, parent: &Receipt, claim: &Claim, evidence: Evidence) -> Self {
        let proof = FraudProof {
            domain: claim.receipt().domain,
            receipt: claim.hash(),
            reporter: REPORTER,
            evidence,
        };
        let case = Self {
            params: params.clone(),
            parent: parent.clone(),
            receipt: claim.receipt().clone(),
            inbox: claim.inbox().clone(),
            proof: proof.encode(),
        };
        let _ = case.judge();
        case
    }

    fn judge(&self) -> Refutation {
        let named = Named::read(&self.proof, MESSAGE).unwrap();
        named.locate(self).unwrap().judge(self).unwrap()
    }
}

impl Host for Case {
    type Error = Infallible;
}

impl ReceiptView for Case {
    fn chain(&self, _: DomainId) -> Result<Option<Chain>, Infallible> {
        Ok(Some(Chain {
            confirmed: self.parent.number,
            head: self.receipt.number,
            head_hash: self.receipt.compute_hash(),
        }))
    }
    fn hash_at(&self, _: DomainId, _: DomainNumber) -> Result<Option<ReceiptHash>, Infallible> {
        Ok(Some(self.receipt.compute_hash()))
    }
    fn record(&self, _: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Infallible> {
        let receipt = if *hash == self.receipt.parent {
            &self.parent
        } else {
            &self.receipt
        };
        Ok(Some(world::record(receipt)))
    }
    fn inbox(&self, _: DomainId, _: DomainNumber) -> Result<Option<Inbox>, Infallible> {
        Ok(Some(self.inbox.clone()))
    }
}

impl JudgeView for Case {
    fn params(&self, _: DomainId) -> Result<Option<CheckedParams>, Infallible> {
        Ok(Some(self.params.clone()))
    }
    fn engine(&self, _: &RuleSet) -> Option<&dyn Engine> {
        Some(&ENGINE)
    }
}

/// What one schnorrkel verification takes.
fn signature() -> impl Fn() {
    let keypair = Keypair::from_seed(&[7; 32]);
    let message = Digest([5; 32]);
    let public = PublicKey::from_bytes(keypair.key().as_bytes()).unwrap();
    let signature = Signature::from_bytes(&keypair.sign(&label::BUNDLE_SEAL, &message).0).unwrap();
    let context = signing_context(label::BUNDLE_SEAL.context().as_bytes());
    move || {
        public
            .verify(context.bytes(message.as_bytes()), &signature)
            .unwrap()
    }
}

fn worst(what: String, case: &Case, signature: &impl Fn()) -> Row {
    let (judge, verify) = versus(50, || case.judge(), signature);
    let pass = fastest(50, || blake3::hash(&case.proof));
    let times = |of: Duration| judge.as_secs_f64() / of.as_secs_f64();
    Row {
        work: format!("judging a proof from its bytes: {what}"),
        baseline: "one BLAKE3 pass over the bytes; schnorrkel `verify`".into(),
        goal: "–".into(),
        measured: format!(
            "{:.0} times; {:.2} times ({judge:.1?}, {} B)",
            times(pass),
            times(verify),
            case.proof.len()
        ),
        met: None,
    }
}

fn state() -> Vec<(SenderId, Balance)> {
    let unused = |index: u32| SenderId(digest(&label::LEDGER_KEY, &index.to_le_bytes()));
    let mut accounts: Vec<_> = (0..ACCOUNTS).map(|index| (unused(index), Balance(5))).collect();
    accounts.extend((20..20 + INTERVAL as u8).map(|index| (sender(index), Balance(1_000_000_000))));
    accounts
}

fn prove(mut world: World, change: impl FnOnce(&mut Receipt, &mut Openings)) -> Case {
    let (claim, openings) = world.lie(change);
    let proof = world.prove(&claim, &openings).unwrap();
    Case::new(&world.params, world.parent(), &claim, proof.evidence)
}

fn accepted(receipt: &mut Receipt) {
    receipt.verdicts = BoundedVec::new(vec![Verdict::Valid]).unwrap();
}

fn signed(params: &CheckedParams) -> Case {
    let world = World::with(params, state(), |past| {
        let mut forged = pay(20, 0, 1);
        let mut bytes = forged.bytes.to_vec();
        bytes[100] ^= 1;
        forged.bytes = BoundedVec::new(bytes).unwrap();
        vec![(base(&past[1].0), vec![forged])]
    });
    prove(world, |receipt, _| accepted(receipt))
}

fn fees(params: &CheckedParams) -> Case {
    let from = 60;
    let of_sender = |nonce| pay(from, nonce, 1);
    // 63 are covered, at the price of the tests' world.
    let mut accounts = state();
    accounts.push((
        sender(from),
        Balance(2 * 63 * of_sender(0).bytes.len() as u128 + 1),
    ));
    let world = World::with(params, accounts, |past| {
        let mut body: Vec<Item> = (0..64).map(of_sender).collect();
        body.extend((20..50).map(|other| pay(other, 0, 1)));
        vec![(base(&past[1].0), body)]
    });
    prove(world, |receipt, _| accepted(receipt))
}

fn step(params: &CheckedParams, inputs: u32) -> Case {
    let set = DomainParams {
        trace_interval: inputs,
        ..(**params).clone()
    };
    prove(step_world(&set.check(&LIMITS).unwrap()), |_, openings| {
        let mut trace = openings.trace.to_vec();
        trace[1] = StateRoot(Digest([66; 32]));
        openings.trace = BoundedVec::new(trace).unwrap();
    })
}

/// A block of inputs that reach their witness limits.
fn step_world(params: &CheckedParams) -> World {
    World::with(params, state(), |past| {
        let write = |from: u8| Call::Write {
            first: 1_000 * u64::from(from),
            count: 100,
            value: 1,
        };
        let body = (20..20 + INTERVAL as u8).map(|from| item(from, 0, write(from)));
        vec![(base(&past[1].0), body.collect())]
    })
}

/// The same proof with a witness that covers far more than the step touches: as much as the verifier looks at.
fn filled(params: &CheckedParams, case: &Case) -> Case {
    let mut world = step_world(params);
    let mut proof = FraudProof::decode_bounded(&case.proof, case.proof.len()).unwrap();
    let state = world.state_before(1).unwrap();
    let mut keys: BTreeSet<StateKey> = (20..20 + INTERVAL as u8)
        .flat_map(|from| (0..100).map(move |slot| slot_key(1_000 * u64::from(from) + slot)))
        .collect();
    keys.extend(
        self::state()
            .iter()
            .rev()
            .take(INTERVAL as usize)
            .map(|(sender, _)| account_key(sender)),
    );
    keys.insert(StateKey(digest(&label::RESERVED_KEY, b"ledger")));
    let others: Vec<StateKey> = self::state()
        .iter()
        .map(|(sender, _)| account_key(sender))
        .collect();
    let room = params.largest_proof() as usize - case.proof.len();
    let (mut fits, mut over) = (0, others.len() + 1);
    while over - fits > 100 {
        let middle = fits.midpoint(over);
        let more: BTreeSet<StateKey> = others.iter().take(middle).chain(&keys).copied().collect();
        let witness = state.prove(&more).unwrap();
        if witness.len() > room {
            over = middle;
            continue;
        }
        fits = middle;
        if let Evidence::Transition(evidence) = &mut proof.evidence {
            evidence.witness = BoundedVec::new(witness).unwrap();
        }
    }
    let filled = Case {
        params: case.params.clone(),
        parent: case.parent.clone(),
        receipt: case.receipt.clone(),
        inbox: case.inbox.clone(),
        proof: proof.encode(),
    };
    let _ = filled.judge();
    filled
}

/// An omission shows three transactions, each with its path in a body: the longest kind of evidence about a schedule.
fn omission(params: &CheckedParams) -> Case {
    let content = shuffle::World::new(100_000, 2);
    let contents = content.contents();
    let right = shuffle::build(&content.bodies).entries().to_vec();
    // Of many places the one with the longest paths.
    let omitted = (0..40).map(|n| n * 2_477 + 1).chain([65_535, 65_536]).map(|at| {
        let mut wrong = right.clone();
        let _ = wrong.remove(at);
        let refutation = decex_shuffle::find(&shuffle::SEED, &contents, &wrong).unwrap();
        (refutation.encoded_size(), refutation, wrong)
    });
    let (_, refutation, wrong) = omitted.max_by_key(|(size, ..)| *size).unwrap();
    let parent = genesis_receipt(
        DOMAIN,
        ENGINE.rule_set(),
        StateRoot::default(),
        ConsensusNumber(1),
    );
    let bundles = content
        .trees
        .iter()
        .zip(&content.bodies)
        .map(|(tree, body)| Inboxed {
            header: HeaderHash::default(),
            operator: OperatorId(0),
            base: base(&parent),
            body: BodyCommitment {
                root: tree.root(),
                count: body.len() as u32,
                ..BodyCommitment::default()
            },
        });
    let inbox = Inbox {
        messages: BoundedVec::default(),
        domain: DOMAIN,
        number: DomainNumber(1),
        rules: ENGINE.rule_set(),
        consensus_number: ConsensusNumber(2),
        consensus_hash: ConsensusHash::default(),
        slot: Slot(2),
        timestamp: Timestamp(2),
        byte_price: Balance(1),
        seed: shuffle::SEED,
        bundles: BoundedVec::new(bundles.collect()).unwrap(),
    };
    let receipt = Receipt {
        number: inbox.number,
        parent: parent.compute_hash(),
        consensus_number: inbox.consensus_number,
        consensus_hash: inbox.consensus_hash,
        seed: inbox.seed,
        verdicts: BoundedVec::new(vec![Verdict::Valid; 2]).unwrap(),
        schedule: shuffle::claim(&wrong),
        ..parent.clone()
    };
    let claim = Claim::new(params, receipt, ConsensusNumber(50), &parent, inbox).unwrap();
    Case::new(params, &parent, &claim, Evidence::Schedule(refutation))
}

fn pool(case: &Case) -> Vec<Row> {
    let empty = FraudPool::new(PoolLimits {
        message_bytes: MESSAGE,
        proofs: 1_000,
        bytes: 64 << 20,
        per_domain: 4,
        failures: 10_000,
    });
    let mut failing = case.proof.clone();
    *failing.last_mut().unwrap() ^= 1;
    let (mut holding, mut warned) = (empty.clone(), empty.clone());
    holding.submit(case, &case.proof).unwrap();
    warned.submit(case, &failing).unwrap_err();
    let row = |what: &str, goal: f64, (ours, full): (Duration, Duration)| {
        let ratio = full.as_secs_f64() / ours.as_secs_f64();
        Row {
            work: format!("pool: {what} of {} bytes", case.proof.len()),
            baseline: "taking the same proof in (verified, kept)".into(),
            goal: format!("≥ {goal} times faster"),
            measured: format!("{ratio:.0} times ({ours:.1?} / {full:.1?})"),
            met: Some(ratio >= goal),
        }
    };
    let full = || empty.clone().submit(case, &case.proof).unwrap();
    vec![
        row(
            "a second proof against a receipt,",
            1_000.0,
            versus(50, || holding.submit(case, &case.proof).unwrap_err(), full),
        ),
        row(
            "a failure that comes again,",
            10.0,
            versus(50, || warned.submit(case, &failing).unwrap_err(), full),
        ),
    ]
}

/// A proof against the first of many pending receipts: the first entry of its trace is wrong.
fn first_step(world: &receipts::World) -> Vec<u8> {
    let consensus = &world.consensus;
    let domain = DomainId(0);
    let receipt = consensus.hash_at(domain, DomainNumber(1)).unwrap().unwrap();
    let params = consensus.params(domain).unwrap().unwrap();
    let claim = Claim::load(&consensus.state(), &params, domain, &receipt).unwrap();
    let (engine, state) = (LedgerEngine::default(), MemoryTree::new());
    assert_eq!(claim.parent_state(), state.root());
    let mut run = state.clone();
    let result = run_step(
        &engine,
        &claim.context(),
        &mut run,
        Step::Begin,
        claim.witness_limit(),
    )
    .unwrap();
    let trace = receipts::trace(1);
    let proof = FraudProof {
        domain,
        receipt,
        reporter: REPORTER,
        evidence: Evidence::Transition(TransitionEvidence {
            step: 0,
            before: None,
            after: trace[0],
            trace: ListTree::new(trace.iter().map(trace_leaf).collect())
                .prove(0, 1)
                .unwrap(),
            chunk: None,
            witness: BoundedVec::new(state.prove(&result.touched).unwrap()).unwrap(),
        }),
    };
    proof.encode()
}

/// One proof against the first of many pending receipts, accepted by a chain, which takes it back afterwards.
fn removal() -> Vec<Row> {
    const PENDING: u64 = 14_400;
    let mut all = Vec::new();
    for (pending, swept) in [(1, 1), (PENDING, 1), (PENDING, 64)] {
        let world = receipts::World::sweeping(1, pending, swept);
        let proof = first_step(&world);
        all.push((world, proof));
    }
    let remove = |(world, proof): &mut (receipts::World, Vec<u8>)| {
        let events = world.consensus.submit_proof(proof).unwrap();
        world.consensus.host_mut().undo();
        events
    };
    let [one, many, sweeping] = all.as_mut_slice() else {
        return Vec::new();
    };
    let (ours, theirs) = versus(200, || remove(many), || remove(one));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    let (swept, again) = versus(200, || remove(sweeping), || remove(many));
    let each = swept.saturating_sub(again).as_secs_f64() * 1e6 / 63.0;
    vec![
        Row {
            work: format!("accepting one proof that removes {PENDING} pending receipts, one of them swept"),
            baseline: "one that removes 1".into(),
            goal: "≤ 1.2".into(),
            measured: format!("{ratio:.2} ({ours:.1?} / {theirs:.1?})"),
            met: Some(ratio <= 1.2),
        },
        Row {
            work: "the same, 64 of them swept in the same call: for each more".into(),
            baseline: "–".into(),
            goal: "–".into(),
            measured: format!("{each:.2} µs ({swept:.1?} / {again:.1?})"),
            met: None,
        },
    ]
}
