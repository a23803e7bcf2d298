//! The matrix of `spec/matrix.md` over a block of this engine that has messages: what is a step of the ledger there is one of the
//! EVM here. Lies about a chunk of messages, about the calls that they make and about what transactions send are all refuted.

use crate::common::*;
use crate::messages::*;
use decex_bundle::{Base, BodyCommitment, Inbox, Inboxed, Item};
use decex_core::codec::BoundedVec;
use decex_core::execution::Engine;
use decex_core::hash::Digest;
use decex_core::host::Host;
use decex_core::id::*;
use decex_core::list;
use decex_core::message::{Answer, Message, Refusal};
use decex_core::params::*;
use decex_core::state::{MemoryTree, ProvableTree, StateTree};
use decex_evm::{Address, MESSENGER};
use decex_fraud::{BaseStates, Claim, Executed, LocalExecution, execute, prove, verify};
use decex_receipt::{
    Accepted, Chain, Openings, Receipt, ReceiptView, Record, Submission, SubmitError, genesis_receipt, submit,
};
use decex_testkit::mutant::{Answer as Answered, Mutant, every, mutate};
use std::convert::Infallible;

const DOMAIN: DomainId = DomainId(3);
const PRICE: Balance = Balance(2);

fn params() -> CheckedParams {
    let limits = HostLimits {
        message_bytes: 4 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 100,
        submission_lag: 5,
    };
    let params = DomainParams {
        rules: engine().rule_set(),
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
            transactions: 100,
            bytes: 65_536,
            weight: Weight(30_000_000),
        },
        transaction_bytes: 2_048,
        sender_transactions: 8,
        bundles_per_block: 16,
        legality: LegalityMode::Deferred,
        validity: Validity::Optimistic,
        challenge_period: 10,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 4,
        max_gap: 3,
        messages: 16,
        witness_limit: 100_000,
        portion: WHOLE_RING,
        reporter_share: 1_000,
    };
    params.check(&limits).unwrap()
}

fn item(from: u8, tx: &Tx) -> Item {
    let bytes = tx.sign(&key(from));
    let facts = engine().inspect(&bytes).unwrap();
    Item {
        sender: facts.sender,
        nonce: facts.nonce,
        weight: facts.weight,
        bytes: BoundedVec::new(bytes).unwrap(),
    }
}

/// Every kind of message: delivered to an account and to contracts, refused, over the witness limit, answers; and contracts that
/// send while they are called.
fn messages() -> Vec<Message> {
    vec![
        request(0, party(Address::repeat_byte(0x33)), 5, b""),
        request(1, party(TELLS), 5, b"data"),
        request(2, party(REVERTS), 5, b""),
        request(3, party(LOOPS), 5, b""),
        request(4, party(READS), 5, b""),
        request(5, party(SENDS_BACK), FEES + 5, b""),
        answer(0, Answer::Refused(Refusal::Recipient)),
        answer(7, said(b"to nothing")),
        request(6, party(MESSENGER), 5, b""),
    ]
}

fn items() -> Vec<Item> {
    let data = send_data(CHANNEL.0, 55, b"x");
    let mut items = vec![
        item(0, &send_tx(MESSENGER, 0, FEES + 1, data.clone())),
        item(1, &send_tx(SENDS_TWICE, 0, 2 * FEES, data.clone())),
        item(2, &send_tx(CATCHES, 0, 2 * FEES, data.clone())),
        item(3, &send_tx(REVERTS_AFTER, 0, FEES, data)),
        item(4, &Tx::default()),
    ];
    items.sort_by_key(|item| item.compute_summary().body_key());
    items
}

/// The first block after the genesis.
struct World {
    params: CheckedParams,
    parent: Receipt,
    tree: MemoryTree,
    inbox: Inbox,
    body: Vec<Item>,
    right: Executed,
    scratch: MemoryTree,
}

struct Genesis<'a>(&'a MemoryTree);

impl Host for Genesis<'_> {
    type Error = Infallible;
}

impl BaseStates for Genesis<'_> {
    fn base_state(&mut self, _: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        Ok(Some(self.0))
    }
}

impl World {
    fn new() -> Self {
        let (params, tree, body) = (params(), genesis(), items());
        let parent = genesis_receipt(DOMAIN, engine().rule_set(), tree.root(), ConsensusNumber(40));
        let leaves: Vec<Digest> = body.iter().map(|item| item.compute_summary().leaf()).collect();
        let bundle = Inboxed {
            header: HeaderHash(Digest([1; 32])),
            operator: OperatorId(0),
            base: Base {
                number: DomainNumber(0),
                hash: parent.compute_hash(),
                root: tree.root(),
                byte_price: PRICE,
            },
            body: BodyCommitment {
                root: list::root(&leaves),
                count: body.len() as u32,
                bytes: body.iter().map(|item| item.bytes.len() as u32).sum(),
                weight: Weight(body.iter().map(|item| item.weight.0).sum()),
            },
        };
        let inbox = Inbox {
            domain: DOMAIN,
            number: DomainNumber(1),
            rules: engine().rule_set(),
            consensus_number: ConsensusNumber(41),
            consensus_hash: ConsensusHash(Digest([1; 32])),
            slot: Slot(401),
            timestamp: Timestamp(4_001),
            byte_price: PRICE,
            seed: Seed(Digest([81; 32])),
            messages: BoundedVec::new(messages()).unwrap(),
            bundles: BoundedVec::new(vec![bundle]).unwrap(),
        };
        let mut after = tree.clone();
        let right = execute(
            &engine(),
            &params,
            &inbox,
            &parent,
            &[&body],
            &mut Genesis(&tree),
            &mut after,
        )
        .unwrap();
        Self {
            params,
            parent,
            tree,
            inbox,
            body,
            right,
            scratch: MemoryTree::new(),
        }
    }

    /// Returns the claim that a receipt makes, or what refuses it.
    fn submitted(&self, receipt: &Receipt, openings: &Openings) -> Result<Claim, SubmitError<Infallible>> {
        let submission = Submission {
            receipt: receipt.clone(),
            openings: Some(openings.clone()),
        };
        let before = View {
            world: self,
            receipt: None,
        };
        let accepted = submit(
            &before,
            ConsensusNumber(50),
            &self.params,
            OperatorId(3),
            DOMAIN,
            &submission,
        )?;
        assert!(matches!(accepted, Accepted::Extended { .. }));
        let after = View {
            world: self,
            receipt: Some(receipt),
        };
        Ok(Claim::load(&after, &self.params, DOMAIN, &receipt.compute_hash()).unwrap())
    }
}

impl Host for World {
    type Error = Infallible;
}

impl BaseStates for World {
    fn base_state(&mut self, _: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        Ok(Some(&self.tree))
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
        (bundle == 0).then_some(&self.body)
    }
    fn state_before(&mut self, step: u32) -> Result<&dyn ProvableTree, Infallible> {
        self.scratch = self.tree.clone();
        for changes in &self.right.steps[..step as usize] {
            self.scratch.update(&changes.after).unwrap();
        }
        Ok(&self.scratch)
    }
}

/// The chain, before or after a receipt of the block was accepted.
struct View<'a> {
    world: &'a World,
    receipt: Option<&'a Receipt>,
}

impl Host for View<'_> {
    type Error = Infallible;
}

impl ReceiptView for View<'_> {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Infallible> {
        let head = self.receipt.unwrap_or(&self.world.parent);
        let chain = Chain {
            confirmed: DomainNumber(0),
            head: head.number,
            head_hash: head.compute_hash(),
        };
        Ok((domain == DOMAIN).then_some(chain))
    }
    fn hash_at(&self, _: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Infallible> {
        let at = [Some(&self.world.parent), self.receipt];
        let found = at.into_iter().flatten().find(|receipt| receipt.number == number);
        Ok(found.map(Receipt::compute_hash))
    }
    fn record(&self, _: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Infallible> {
        let at = [Some(&self.world.parent), self.receipt];
        let found = at
            .into_iter()
            .flatten()
            .find(|receipt| receipt.compute_hash() == *hash);
        Ok(found.map(|receipt| Record {
            receipt: receipt.clone(),
            included_at: ConsensusNumber(50),
            backers: vec![OperatorId(3)],
            byte_price: PRICE,
            proven: false,
        }))
    }
    fn inbox(&self, _: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Infallible> {
        Ok((number == self.world.inbox.number).then(|| self.world.inbox.clone()))
    }
}

fn agrees(row: Answered, found: Answered) -> bool {
    match (row, found) {
        (Answered::Either(rule, _), Answered::Refused(found)) => rule == found,
        (Answered::Either(_, family), Answered::Refuted(found)) => family == found,
        (Answered::Refused(_) | Answered::Refuted(_) | Answered::Either(..), found) => row == found,
    }
}

#[test]
fn every_lie_about_a_block_with_messages_gets_the_answer_of_its_row() {
    let mut world = World::new();
    let right = world
        .submitted(&world.right.receipt, &world.right.openings)
        .unwrap();
    let reporter = AccountId(Digest([9; 32]));
    let openings = world.right.openings.clone();
    assert_eq!(
        prove(&engine(), &right, &openings, &mut world, reporter).unwrap(),
        None
    );
    // Begin, five chunks of messages, three of transactions, finish.
    assert_eq!(world.right.receipt.trace.length, 10);

    let (mut refused, mut refuted, mut receives) = (0, 0, Vec::new());
    for mutant in every(&world.right.receipt, &world.inbox) {
        let Some((receipt, openings)) = mutate(
            mutant,
            &world.right.receipt,
            &world.right.openings,
            &world.inbox,
            &world.params,
        ) else {
            continue;
        };
        let row = mutant.row().answer;
        let claim = match world.submitted(&receipt, &openings) {
            Ok(claim) => claim,
            Err(SubmitError::Invalid(invalid)) => {
                assert!(agrees(row, Answered::Refused(invalid.code())), "{mutant:?}");
                refused += 1;
                continue;
            }
        };
        let mut proof = prove(&engine(), &claim, &openings, &mut world, reporter)
            .unwrap()
            .unwrap_or_else(|| panic!("no proof against {mutant:?}"));
        let family = verify(&engine(), &claim, &proof).unwrap().family();
        assert!(agrees(row, Answered::Refuted(family)), "{mutant:?}");
        refuted += 1;
        if let Mutant::TraceFrom(entry @ 1..=5) | Mutant::TraceEntry(entry @ 1..=5) = mutant {
            receives.push(entry);
        }
        // Nothing that refutes a lie refutes the truth.
        proof.receipt = right.hash();
        assert!(verify(&engine(), &right, &proof).is_err(), "{mutant:?}");
    }
    receives.sort_unstable();
    receives.dedup();
    assert_eq!(
        receives,
        [1, 2, 3, 4, 5],
        "each step that takes messages in was lied about"
    );
    println!("{refused} lies refused, {refuted} refuted");
    assert!(refused >= 10 && refuted >= 40, "{refused} {refuted}");
}
