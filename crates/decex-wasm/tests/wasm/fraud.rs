//! Every lie about a block of contracts gets the answer that its row of `spec/matrix.md` gives: refused at submission, or
//! refuted by one proof. The suite is written for any engine; the block is of this one.

use crate::common::*;
use crate::messages;
use decex_bundle::{Base, BodyCommitment, Inbox, Inboxed, Item};
use decex_core::execution::Engine;
use decex_core::host::Host;
use decex_core::params::*;
use decex_core::state::{MemoryTree, ProvableTree, StateTree};
use decex_core::*;
use decex_fraud::{BaseStates, Claim, Executed, FraudProof, LocalExecution, execute, prove, verify};
use decex_receipt::{
    Accepted, Chain as Heads, Openings, Receipt, ReceiptView, Record, Submission, SubmitError,
    genesis_receipt, submit,
};
use decex_testkit::mutant::{Answer, Mutant, ROWS, every, mutate};
use decex_wasm::key;
use std::collections::BTreeSet;
use std::convert::Infallible;

const REPORTER: AccountId = AccountId(Digest([9; 32]));

fn params(engine: &dyn Engine) -> CheckedParams {
    let limits = HostLimits {
        message_bytes: 4 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 100,
        submission_lag: 5,
    };
    let params = DomainParams {
        rules: engine.rule_set(),
        genesis: StateRoot::default(),
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 12,
            epoch: 12,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 1_000,
            bytes: 65_536,
            weight: Weight(1_000_000_000),
        },
        transaction_bytes: 8_192,
        sender_transactions: 16,
        bundles_per_block: 16,
        legality: LegalityMode::Deferred,
        validity: Validity::Optimistic,
        challenge_period: 10,
        seed_delay: 1,
        trace_interval: 3,
        max_base_lag: 4,
        max_gap: 3,
        messages: 8,
        witness_limit: 60_000,
        portion: WHOLE_RING,
        reporter_share: 1_000,
    };
    params.check(&limits).unwrap()
}

/// Everything there is to know about the block that is judged, number 2.
struct World<'e> {
    engine: &'e dyn Engine,
    params: CheckedParams,
    /// Receipts 0 and 1 and the states after them.
    past: Vec<(Receipt, MemoryTree)>,
    inbox: Inbox,
    bodies: Vec<Vec<Item>>,
    right: Executed,
    scratch: MemoryTree,
    /// The receipt that was accepted for the judged block.
    accepted: Option<Receipt>,
}

impl Host for World<'_> {
    type Error = Infallible;
}

struct States<'a>(&'a [(Receipt, MemoryTree)]);

impl Host for States<'_> {
    type Error = Infallible;
}

impl BaseStates for States<'_> {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        let past = self
            .0
            .iter()
            .find(|(receipt, _)| receipt.compute_hash() == base.hash);
        Ok(past.map(|(_, tree)| -> &dyn ProvableTree { tree }))
    }
}

impl BaseStates for World<'_> {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        let past = self
            .past
            .iter()
            .find(|(receipt, _)| receipt.compute_hash() == base.hash);
        Ok(past.map(|(_, tree)| -> &dyn ProvableTree { tree }))
    }
}

impl LocalExecution for World<'_> {
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
        self.scratch = self.past.last().unwrap().1.clone();
        for changes in &self.right.steps[..step as usize] {
            self.scratch.update(&changes.after).unwrap();
        }
        Ok(&self.scratch)
    }
}

fn record(receipt: &Receipt) -> Record {
    Record {
        receipt: receipt.clone(),
        included_at: ConsensusNumber(50),
        backers: vec![OperatorId(3)],
        byte_price: PRICE,
        proven: false,
    }
}

impl World<'_> {
    fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        self.past
            .iter()
            .map(|(receipt, _)| receipt)
            .chain(self.accepted.as_ref())
    }
}

impl ReceiptView for World<'_> {
    fn chain(&self, domain: DomainId) -> Result<Option<Heads>, Infallible> {
        let head = self.receipts().last().unwrap();
        let chain = Heads {
            confirmed: DomainNumber(head.number.0 - 1),
            head: head.number,
            head_hash: head.compute_hash(),
        };
        Ok((domain == DOMAIN).then_some(chain))
    }
    fn hash_at(&self, _: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Infallible> {
        let mut receipts = self.receipts();
        Ok(receipts
            .find(|receipt| receipt.number == number)
            .map(Receipt::compute_hash))
    }
    fn record(&self, _: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Infallible> {
        let mut receipts = self.receipts();
        Ok(receipts
            .find(|receipt| receipt.compute_hash() == *hash)
            .map(record))
    }
    fn inbox(&self, _: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Infallible> {
        Ok((number == self.inbox.number).then(|| self.inbox.clone()))
    }
}

fn base(receipt: &Receipt) -> Base {
    Base {
        number: receipt.number,
        hash: receipt.compute_hash(),
        root: receipt.state,
        byte_price: PRICE,
    }
}

fn item(engine: &dyn Engine, bytes: Vec<u8>) -> Item {
    let facts = engine.inspect(&bytes).unwrap();
    Item {
        sender: facts.sender,
        nonce: facts.nonce,
        weight: facts.weight,
        bytes: BoundedVec::new(bytes).unwrap(),
    }
}

/// Makes an inbox of bodies, each with its base.
fn inbox(engine: &dyn Engine, number: u64, bundles: Vec<(Base, Vec<Item>)>) -> (Inbox, Vec<Vec<Item>>) {
    let boxed = (0_u8..).zip(bundles).map(|(index, (base, mut items))| {
        items.sort_by_key(|item| item.compute_summary().body_key());
        let summaries: Vec<_> = items.iter().map(Item::compute_summary).collect();
        let leaves: Vec<Digest> = summaries.iter().map(|summary| summary.leaf()).collect();
        let body = BodyCommitment {
            root: list::root(&leaves),
            count: items.len() as u32,
            bytes: summaries.iter().map(|summary| summary.bytes).sum(),
            weight: Weight(summaries.iter().map(|summary| summary.weight.0).sum()),
        };
        let inboxed = Inboxed {
            header: HeaderHash(Digest([index + 1; 32])),
            operator: OperatorId(index.into()),
            base,
            body,
        };
        (inboxed, items)
    });
    let (bundles, bodies): (Vec<_>, Vec<_>) = boxed.unzip();
    let context = context(number);
    let inbox = Inbox {
        domain: DOMAIN,
        number: context.number,
        rules: engine.rule_set(),
        consensus_number: context.consensus_number,
        consensus_hash: context.consensus_hash,
        slot: context.slot,
        timestamp: context.timestamp,
        byte_price: PRICE,
        seed: context.seed,
        messages: BoundedVec::default(),
        bundles: BoundedVec::new(bundles).unwrap(),
    };
    (inbox, bodies)
}

fn run(
    engine: &dyn Engine,
    params: &CheckedParams,
    past: &[(Receipt, MemoryTree)],
    inbox: &Inbox,
    bodies: &[Vec<Item>],
) -> (Executed, MemoryTree) {
    let (parent, tree) = past.last().unwrap();
    let mut tree = tree.clone();
    let bodies: Vec<&[Item]> = bodies.iter().map(Vec::as_slice).collect();
    let mut states = States(past);
    let executed = execute(engine, params, inbox, parent, &bodies, &mut states, &mut tree).unwrap();
    (executed, tree)
}

/// Deploys contracts in block 1, and uses them in block 2.
fn world(engine: &dyn Engine) -> World<'_> {
    let params = params(engine);
    let tree = genesis_tree();
    let first = genesis_receipt(DOMAIN, engine.rule_set(), tree.root(), ConsensusNumber(40));
    let mut past = vec![(first, tree)];
    let writes = probe(
        "(loop $l
        (drop (call $set (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 4)))
        (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
        (br_if $l (i32.lt_u (i32.load (i32.const 0)) (i32.const 100))))",
    );
    let [token_at, vault_at, writes_at] = [3, 4, 5].map(|nonce| key::contract(&sender(0), Nonce(nonce)));
    let deploy = [
        upload(&token()),
        upload(&vault()),
        upload(&writes),
        make(&token(), 5, &1_000_u64.to_le_bytes()),
        make(&vault(), 0, token_at.0.as_bytes()),
        make(&writes, 0, &[]),
        call(token_at, 0, &pay(1, vault_at, 500)),
    ];
    let items = (0..)
        .zip(deploy)
        .map(|(nonce, action)| item(engine, signed(0, nonce, MUCH, action)));
    let (inbox_1, bodies_1) = inbox(engine, 1, vec![(base(&past[0].0), items.collect())]);
    let (executed, tree) = run(engine, &params, &past, &inbox_1, &bodies_1);
    past.push((executed.receipt, tree));

    let (old, new) = (base(&past[0].0), base(&past[1].0));
    let gone = Base {
        hash: ReceiptHash(Digest([99; 32])),
        ..new
    };
    let one = |from, nonce, weight, action| item(engine, signed(from, nonce, weight, action));
    let mut malformed = one(4, 0, MUCH, transfer(sender(1), 1));
    malformed.bytes = BoundedVec::new(vec![1, 2, 3]).unwrap();
    let shared = one(1, 0, MUCH, call(vault_at, 3, &pay(2, sender(3), 60)));
    let bundles = vec![
        (
            new,
            vec![
                shared.clone(),
                one(1, 1, MUCH, call(vault_at, 0, &pay(2, sender(3), 600))),
                one(1, 2, MUCH, call(vault_at, 0, &pay(1, sender(3), 600))),
                one(2, 0, 60_000, call(writes_at, 0, &[])),
                one(2, 1, MUCH, call(writes_at, 0, &[])),
                one(0, 7, MUCH, upload(&probe("(drop (f32.const 0))"))),
                one(0, 8, MUCH, make(&writes, 9, &[])),
            ],
        ),
        (
            old,
            vec![
                shared,
                one(3, 0, MUCH, transfer(sender(7), 11)),
                one(3, 1, MUCH, messages::send(77, b"hello")),
                one(4, 5, MUCH, transfer(sender(7), 11)),
            ],
        ),
        (new, vec![one(4, 1, MUCH, transfer(sender(7), 11)), malformed]),
        (gone, vec![one(4, 2, MUCH, transfer(sender(7), 11))]),
    ];
    let (mut inbox, bodies) = inbox(engine, 2, bundles);
    inbox.messages = BoundedVec::new(messages::all(vault_at)).unwrap();
    let (right, _) = run(engine, &params, &past, &inbox, &bodies);
    World {
        engine,
        params,
        past,
        inbox,
        bodies,
        right,
        scratch: MemoryTree::new(),
        accepted: None,
    }
}

/// Submits a receipt. Returns the claim that it then makes, or the code of the rule that refuses it.
fn claim(world: &mut World<'_>, receipt: &Receipt, openings: &Openings) -> Result<Claim, u16> {
    world.accepted = None;
    let submission = Submission {
        receipt: receipt.clone(),
        openings: Some(openings.clone()),
    };
    let at = ConsensusNumber(50);
    let accepted = submit(&*world, at, &world.params, OperatorId(3), DOMAIN, &submission);
    match accepted {
        Ok(accepted) => assert!(matches!(accepted, Accepted::Extended { .. })),
        Err(SubmitError::Invalid(invalid)) => return Err(invalid.code()),
    }
    world.accepted = Some(receipt.clone());
    let claim = Claim::load(&*world, &world.params, DOMAIN, &receipt.compute_hash()).unwrap();
    world.accepted = None;
    Ok(claim)
}

/// What answers a lie, and the proof if there is one. `None` if the lie cannot be told of this block.
fn answer(world: &mut World<'_>, mutant: Mutant) -> Option<(Answer, Option<FraudProof>)> {
    let right = &world.right;
    let (receipt, openings) = mutate(
        mutant,
        &right.receipt,
        &right.openings,
        &world.inbox,
        &world.params,
    )?;
    let claim = match claim(world, &receipt, &openings) {
        Ok(claim) => claim,
        Err(code) => return Some((Answer::Refused(code), None)),
    };
    let engine = world.engine;
    let proof = prove(engine, &claim, &openings, world, REPORTER)
        .unwrap()
        .unwrap_or_else(|| panic!("no proof against {mutant:?}"));
    let refutation = verify(engine, &claim, &proof).unwrap();
    Some((Answer::Refuted(refutation.family()), Some(proof)))
}

fn agrees(row: Answer, found: Answer) -> bool {
    match (row, found) {
        (Answer::Either(rule, _), Answer::Refused(found)) => rule == found,
        (Answer::Either(_, family), Answer::Refuted(found)) => family == found,
        (row, found) => row == found,
    }
}

#[test]
fn every_mutant_of_a_right_receipt_is_answered_as_its_row_says() {
    let engine = engine();
    let mut world = world(&engine);
    let mut proofs = Vec::new();
    let mut told = BTreeSet::new();
    let mut count = 0;
    for mutant in every(&world.right.receipt, &world.inbox) {
        let row = mutant.row();
        let Some((found, proof)) = answer(&mut world, mutant) else {
            continue;
        };
        assert!(
            agrees(row.answer, found),
            "{mutant:?}: {:?} but {found:?}",
            row.answer
        );
        told.insert((row.field, row.lie));
        count += 1;
        proofs.extend(proof);
    }
    // Nothing is burned here (J7), so nobody can claim that less was.
    for row in ROWS
        .iter()
        .filter(|row| (row.field, row.lie) != ("burned", "too low"))
    {
        assert!(
            told.contains(&(row.field, row.lie)),
            "{} {}: not told",
            row.field,
            row.lie
        );
    }
    println!("{count} lies, {} rows, {} proofs", ROWS.len(), proofs.len());
    assert!(count > 300 && proofs.len() > 100, "{count} {}", proofs.len());

    // The other direction: no proof stands against the right receipt, and the prover finds none.
    let (receipt, openings) = (world.right.receipt.clone(), world.right.openings.clone());
    let claim = claim(&mut world, &receipt, &openings).unwrap();
    for proof in proofs {
        let aimed = FraudProof {
            receipt: claim.hash(),
            ..proof
        };
        assert!(verify(&engine, &claim, &aimed).is_err());
    }
    assert_eq!(prove(&engine, &claim, &openings, &mut world, REPORTER), Ok(None));
}

/// The block that is lied about has what the matrix is to be tried on.
#[test]
fn the_judged_block_has_everything_in_it() {
    let engine = engine();
    let world = world(&engine);
    let mut tree = world.past[1].1.clone();
    for step in &world.right.steps {
        tree.update(&step.after).unwrap();
    }
    let vault_at = key::contract(&sender(0), Nonce(4));
    let stored = |name: &[u8]| decex_wasm::query::storage_at(&tree, &vault_at, name).unwrap();
    assert_eq!(stored(b"tried").as_deref(), Some(&(-2_i32).to_le_bytes()[..]));
    assert!(stored(b"asked").is_some());
    assert_ne!(world.right.receipt.effects.outbox, list::root(&[]));
    let totals = decex_wasm::query::block_totals(&tree).unwrap();
    assert!(totals.transactions > 8 && totals.fees.execution > Balance(3 * MUCH as u128));
}
