//! Worlds that targets start from, built once. Everything is derived from fixed seeds: the same on every machine.

use decex_bundle::{Equivocation, Item, Verdict};
use decex_core::list::ListTree;
use decex_core::transaction::Summary;
use decex_core::{BoundedVec, DomainNumber, Slot, Weight};
use decex_fraud::{Claim, FraudProof};
use decex_operator::{Identity, Operator, PoolLimits};
use decex_receipt::{Bundle, Submission};
use decex_shuffle::InboxContent;
use decex_testkit::ledger::{Call, LedgerEngine};
use decex_testkit::mutant::Mutant;
use decex_tests::liar::{elected, extend, item, seal};
use decex_tests::world::{
    Chain, ENGINE, World, limits, operator_account, operator_keypair, params, transaction, user,
};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A chain in the middle of its life, and messages that it accepts as they are.
pub(crate) struct Scene {
    /// The chain. A wrong receipt stands on it.
    pub(crate) chain: Chain,
    /// The slot that its block is at.
    pub(crate) slot: Slot,
    /// Operator 3's bundle: a receipt and two transactions.
    pub(crate) bundle: Bundle,
    /// Another bundle of operator 3, without receipts.
    pub(crate) plain: Bundle,
    /// Refutes the wrong receipt.
    pub(crate) proof: FraudProof,
    /// Two headers of operator 3 for one window.
    pub(crate) equivocation: Equivocation,
    /// What the operator that executed everything has on its disk.
    pub(crate) disk: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// Receipts that are pending, and what refutes the wrong ones.
pub(crate) struct Claims {
    /// Receipts that are right.
    pub(crate) right: Vec<Claim>,
    /// Receipts that lie in one respect each, with the proof.
    pub(crate) wrong: Vec<(Claim, FraudProof)>,
    /// The chain before any of them.
    pub(crate) before: Chain,
    /// The right submissions, from the first that is due.
    pub(crate) submissions: Vec<Submission>,
}

pub(crate) static SCENE: LazyLock<Scene> = LazyLock::new(make_scene);
pub(crate) static CLAIMS: LazyLock<Claims> = LazyLock::new(make_claims);

fn transfer(from: usize, nonce: u64) -> Item {
    let call = Call::Transfer {
        to: user(from + 10),
        amount: decex_core::Balance(5),
    };
    item(&transaction(from, nonce, call))
}

/// Makes empty blocks until all these operators are elected for the next one.
fn await_all(world: &mut World, operators: &[usize]) {
    for _ in 0..500 {
        let slot = world.next_slot();
        if operators
            .iter()
            .all(|index| elected(world, *index, slot).is_some())
        {
            return;
        }
        world.produce(&[], &[]);
    }
    panic!("these operators are never elected together");
}

/// Seals a bundle for the next block. The operator must be elected for it.
fn sealed(world: &World, index: usize, receipts: Vec<Submission>, items: Vec<Item>) -> Bundle {
    let election = elected(world, index, world.next_slot()).expect("elected");
    let head = world.chain.chain(world.domain).unwrap().unwrap().head_hash;
    let base = receipts.last().map_or(head, |last| last.receipt.compute_hash());
    seal(world, index, election, base, receipts, items)
}

fn produce(world: &mut World, bundles: &[Bundle]) {
    let log = world.produce(bundles, &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
}

fn make_scene() -> Scene {
    let mut world = World::new(4, params());
    for nonce in 0..3 {
        await_all(&mut world, &[0]);
        let bundle = sealed(
            &world,
            0,
            Vec::new(),
            vec![transfer(0, nonce), transfer(1, nonce)],
        );
        produce(&mut world, &[bundle]);
    }
    world.produce(&[], &[]);
    await_all(&mut world, &[2]);
    let lie = extend(&world, 2, 2, &mut |number| {
        (number.0 == 1).then_some(Mutant::TraceFrom(1))
    });
    let lie = sealed(&world, 2, lie, Vec::new());
    produce(&mut world, &[lie]);
    let proof = world.proofs().remove(0);
    await_all(&mut world, &[3]);
    let more = extend(&world, 3, 1, &mut |_| None);
    let bundle = sealed(&world, 3, more, vec![transfer(2, 0), transfer(3, 0)]);
    let plain = sealed(&world, 3, Vec::new(), vec![transfer(4, 0)]);
    world.produce(&[], &[]);
    let equivocation = Equivocation {
        first: bundle.header.clone(),
        second: plain.header.clone(),
    };
    Scene {
        slot: world.blocks.last().unwrap().info.slot,
        disk: world.disks[0].clone(),
        chain: world.chain,
        bundle,
        plain,
        proof,
        equivocation,
    }
}

/// Transactions that are illegal in different ways, besides legal ones.
fn bodies() -> [Vec<Item>; 3] {
    let mut malformed = transfer(4, 0);
    malformed.bytes = BoundedVec::new(vec![1, 2, 3]).unwrap();
    let mut forged = transfer(5, 0);
    let mut bytes = forged.bytes.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    forged.bytes = BoundedVec::new(bytes).unwrap();
    let mut overstated = transfer(6, 0);
    overstated.weight = Weight(1);
    let write = Call::Write {
        first: 5,
        count: 3,
        value: 6,
    };
    [
        vec![
            transfer(0, 0),
            transfer(0, 1),
            transfer(1, 0),
            item(&transaction(2, 0, write)),
            transfer(3, 0),
        ],
        vec![transfer(7, 0), malformed, overstated],
        vec![transfer(8, 0), forged, transfer(150, 0)],
    ]
}

/// Every kind of lie that a fraud proof of each family answers.
fn lies() -> Vec<Mutant> {
    use decex_bundle::Illegal;
    let mut lies = vec![
        Mutant::TraceFrom(0),
        Mutant::TraceFrom(2),
        Mutant::TraceEntry(0),
        Mutant::TraceEntry(1),
        Mutant::ExecutionFees,
        Mutant::Burned,
        Mutant::Outbox,
        Mutant::Swap(0),
        Mutant::Swap(1),
        Mutant::Omit(0),
        Mutant::Omit(2),
        Mutant::Repeat(1),
    ];
    for bundle in 0..3 {
        lies.push(Mutant::Accept(bundle));
        for rule in [Illegal::Signature, Illegal::Nonce, Illegal::Fees] {
            lies.push(Mutant::Reject(bundle, 0, rule));
            lies.push(Mutant::OtherFault(bundle, 1, rule));
        }
    }
    lies
}

fn make_claims() -> Claims {
    let mut world = World::new(4, params());
    await_all(&mut world, &[0, 1, 3]);
    let bundles: Vec<Bundle> = [0, 1, 3]
        .into_iter()
        .zip(bodies())
        .map(|(index, items)| sealed(&world, index, Vec::new(), items))
        .collect();
    produce(&mut world, &bundles);
    await_all(&mut world, &[1]);
    let later = sealed(&world, 1, Vec::new(), vec![transfer(9, 0), transfer(10, 0)]);
    produce(&mut world, &[later]);
    world.produce(&[], &[]);
    await_all(&mut world, &[2]);
    let before = world.chain.clone();
    let submissions = extend(&world, 2, 2, &mut |_| None);
    assert_eq!(submissions.len(), 2);
    let truth = sealed(&world, 2, submissions.clone(), Vec::new());
    produce(&mut world, &[truth]);
    let right = submissions
        .iter()
        .map(|submission| claim(&world, submission))
        .collect();
    world.retract(1);
    let mut wrong = Vec::new();
    for lie in lies() {
        let told = extend(&world, 2, 1, &mut |number| {
            (number == DomainNumber(1)).then_some(lie)
        });
        if told[0].receipt == submissions[0].receipt {
            continue;
        }
        let bundle = sealed(&world, 2, told.clone(), Vec::new());
        produce(&mut world, &[bundle]);
        wrong.push((claim(&world, &told[0]), world.proofs().remove(0)));
        world.retract(1);
    }
    Claims {
        right,
        wrong,
        before,
        submissions,
    }
}

fn claim(world: &World, submission: &Submission) -> Claim {
    let hash = submission.receipt.compute_hash();
    Claim::load(&world.chain.state(), &world.params, world.domain, &hash).expect("pending")
}

/// Returns the identity of operator `index`.
pub(crate) fn identity(index: usize) -> Identity {
    Identity {
        operator: Some(decex_core::OperatorId(index as u64)),
        keypair: operator_keypair(index),
        reporter: operator_account(index),
    }
}

/// Restores operator 0 from entries.
pub(crate) fn restored(
    entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
) -> Result<Operator<LedgerEngine>, decex_operator::StartError> {
    let checked = params().check(&limits()).unwrap();
    Operator::restore(identity(0), ENGINE, checked, entries, PoolLimits::default())
}

/// A body of an inbox with its tree.
pub(crate) struct Content {
    summaries: Vec<Summary>,
    tree: ListTree,
    valid: bool,
}

impl<'a> From<&'a Content> for InboxContent<'a> {
    fn from(content: &'a Content) -> Self {
        Self {
            summaries: &content.summaries,
            tree: &content.tree,
            valid: content.valid,
        }
    }
}

/// Returns what an inbox of these bodies holds, as a receipt with these verdicts sees it.
pub(crate) fn make_content(bodies: &[&[Item]], verdicts: &[Verdict]) -> Vec<Content> {
    let content = |(body, verdict): (&&[Item], &Verdict)| {
        let summaries: Vec<Summary> = body.iter().map(Item::compute_summary).collect();
        Content {
            tree: ListTree::new(summaries.iter().map(Summary::leaf).collect()),
            summaries,
            valid: *verdict == Verdict::Valid,
        }
    };
    bodies.iter().zip(verdicts).map(content).collect()
}
