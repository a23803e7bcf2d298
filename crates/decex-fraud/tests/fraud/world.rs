//! A domain with two blocks behind it and a third one that is judged: every kind of transaction, one bundle for every
//! legality rule, a transaction that two bundles carry.

use decex_bundle::{Base, BodyCommitment, Inbox, Inboxed, Item};
use decex_core::codec::BoundedVec;
use decex_core::execution::Engine;
use decex_core::hash::Digest;
use decex_core::host::Host;
use decex_core::id::*;
use decex_core::list;
use decex_core::message::{
    ChainId, ChannelId, ChannelTerms, Message, MessageNumber, PartyId, Payload, Request,
};
use decex_core::params::*;
use decex_core::state::{MemoryTree, ProvableTree, StateTree};
use decex_fraud::{BaseStates, Claim, Executed, FraudProof, LocalExecution, execute, prove};
use decex_receipt::{
    Accepted, Chain, Openings, Receipt, ReceiptView, Record, Submission, genesis_receipt, submit,
};
use decex_testkit::ledger::{Call, LedgerEngine, Transaction, genesis, sender_of};
use std::convert::Infallible;

pub const DOMAIN: DomainId = DomainId(7);
pub const REPORTER: AccountId = AccountId(Digest([9; 32]));
pub const ENGINE: LedgerEngine = LedgerEngine { version: 0 };
const PRICE: Balance = Balance(2);

pub fn user(index: u8) -> decex_election::Keypair {
    decex_election::Keypair::from_seed(&[index; 32])
}

pub fn sender(index: u8) -> SenderId {
    sender_of(user(index).key())
}

pub fn item(from: u8, nonce: u64, call: Call) -> Item {
    let transaction = Transaction::sign(&user(from), Nonce(nonce), call);
    Item {
        sender: sender(from),
        nonce: Nonce(nonce),
        weight: transaction.weight(),
        bytes: BoundedVec::new(transaction.to_bytes()).unwrap(),
    }
}

pub fn pay(from: u8, nonce: u64, to: u8) -> Item {
    let amount = Balance(100 + u128::from(nonce));
    item(
        from,
        nonce,
        Call::Transfer {
            to: sender(to),
            amount,
        },
    )
}

pub fn params() -> CheckedParams {
    params_with(3)
}

pub fn params_with(trace_interval: u32) -> CheckedParams {
    let limits = HostLimits {
        message_bytes: 4 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 100,
        submission_lag: 5,
    };
    let params = DomainParams {
        rules: ENGINE.rule_set(),
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
            weight: Weight(1_000_000),
        },
        transaction_bytes: 1_024,
        sender_transactions: 8,
        bundles_per_block: 16,
        legality: LegalityMode::Deferred,
        challenge_period: 10,
        seed_delay: 1,
        trace_interval,
        max_base_lag: 4,
        max_gap: 3,
        messages: 8,
        witness_limit: 20_000,
        portion: WHOLE_RING,
        reporter_share: 1_000,
    };
    params.check(&limits).unwrap()
}

/// Everything there is to know about the block that is judged.
#[derive(Clone)]
pub struct World {
    pub params: CheckedParams,
    /// Receipts 0 and 1 and the states after them.
    pub past: Vec<(Receipt, MemoryTree)>,
    pub inbox: Inbox,
    pub bodies: Vec<Vec<Item>>,
    pub right: Executed,
    scratch: MemoryTree,
}

impl Host for World {
    type Error = Infallible;
}

impl BaseStates for World {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        let past = self
            .past
            .iter()
            .find(|(receipt, _)| receipt.compute_hash() == base.hash);
        Ok(past.map(|(_, tree)| -> &dyn ProvableTree { tree }))
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
        self.scratch = self.past.last().unwrap().1.clone();
        for changes in &self.right.steps[..step as usize] {
            self.scratch.update(&changes.after).unwrap();
        }
        Ok(&self.scratch)
    }
}

impl ReceiptView for World {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Infallible> {
        let head_hash = self.parent().compute_hash();
        let chain = Chain {
            confirmed: DomainNumber(0),
            head: DomainNumber(1),
            head_hash,
        };
        Ok((domain == DOMAIN).then_some(chain))
    }
    fn hash_at(&self, _domain: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Infallible> {
        Ok(self
            .past
            .get(number.0 as usize)
            .map(|(receipt, _)| receipt.compute_hash()))
    }
    fn record(&self, _domain: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Infallible> {
        let past = self
            .past
            .iter()
            .find(|(receipt, _)| receipt.compute_hash() == *hash);
        Ok(past.map(|(receipt, _)| record(receipt)))
    }
    fn inbox(&self, _domain: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Infallible> {
        Ok((number == self.inbox.number).then(|| self.inbox.clone()))
    }
}

pub fn record(receipt: &Receipt) -> Record {
    Record {
        receipt: receipt.clone(),
        included_at: ConsensusNumber(50),
        backers: vec![OperatorId(3)],
        byte_price: PRICE,
    }
}

/// The host after it accepted a receipt for the judged block.
pub struct After<'a> {
    pub world: &'a World,
    pub receipt: Receipt,
}

impl Host for After<'_> {
    type Error = Infallible;
}

impl ReceiptView for After<'_> {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Infallible> {
        let head_hash = self.receipt.compute_hash();
        let chain = Chain {
            confirmed: DomainNumber(1),
            head: DomainNumber(2),
            head_hash,
        };
        Ok((domain == DOMAIN).then_some(chain))
    }
    fn hash_at(&self, domain: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Infallible> {
        if number.0 == 2 {
            Ok(Some(self.receipt.compute_hash()))
        } else {
            self.world.hash_at(domain, number)
        }
    }
    fn record(&self, domain: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Infallible> {
        if *hash == self.receipt.compute_hash() {
            Ok(Some(record(&self.receipt)))
        } else {
            self.world.record(domain, hash)
        }
    }
    fn inbox(&self, domain: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Infallible> {
        self.world.inbox(domain, number)
    }
}

/// Makes an inbox of bodies, each with its base.
pub fn inbox(number: u64, bundles: Vec<(Base, Vec<Item>)>) -> (Inbox, Vec<Vec<Item>>) {
    let mut boxed: Vec<(Inboxed, Vec<Item>)> = (0_u8..)
        .zip(bundles)
        .map(|(index, (base, mut items))| {
            items.sort_by_key(|item| item.compute_summary().body_key());
            let summaries: Vec<_> = items.iter().map(Item::compute_summary).collect();
            let leaves: Vec<Digest> = summaries.iter().map(|summary| summary.leaf()).collect();
            let body = BodyCommitment {
                root: list::root(&leaves),
                count: items.len() as u32,
                bytes: summaries.iter().map(|summary| summary.bytes).sum(),
                weight: Weight(summaries.iter().map(|summary| summary.weight.0).sum()),
            };
            let header = HeaderHash(Digest([index + 1; 32]));
            (
                Inboxed {
                    header,
                    operator: OperatorId(index.into()),
                    base,
                    body,
                },
                items,
            )
        })
        .collect();
    boxed.sort_by_key(|(inboxed, _)| inboxed.header);
    let (bundles, bodies): (Vec<_>, Vec<_>) = boxed.into_iter().unzip();
    let inbox = Inbox {
        domain: DOMAIN,
        number: DomainNumber(number),
        rules: ENGINE.rule_set(),
        consensus_number: ConsensusNumber(40 + number),
        consensus_hash: ConsensusHash(Digest([number as u8; 32])),
        slot: Slot(400 + number),
        timestamp: Timestamp(4_000 + number),
        byte_price: PRICE,
        seed: Seed(Digest([80 + number as u8; 32])),
        messages: BoundedVec::default(),
        bundles: BoundedVec::new(bundles).unwrap(),
    };
    (inbox, bodies)
}

/// The channel that the block's first message opens.
pub const CHANNEL: ChannelId = ChannelId(7);

/// A request of a user to an account of another chain.
pub fn send(value: u128, data: &[u8]) -> Call {
    Call::Send {
        channel: CHANNEL,
        to: PartyId(Digest([8; 32])),
        value: Balance(value),
        deadline: ConsensusNumber(1_000),
        data: BoundedVec::new(data.to_vec()).unwrap(),
    }
}

/// What consensus puts into the block: a channel, a request that is delivered, one that is refused, and one that passes the
/// witness limit.
pub fn messages() -> Vec<Message> {
    let terms = ChannelTerms {
        capacity: 9,
        opener_fee: Balance(3),
        acceptor_fee: Balance(4),
    };
    let request = |number, data: &[u8]| {
        let request = Request {
            sender: PartyId(Digest([8; 32])),
            recipient: PartyId(sender(2).0),
            value: Balance(1_000),
            deadline: ConsensusNumber(1_000),
            data: BoundedVec::new(data.to_vec()).unwrap(),
        };
        Payload::Request(MessageNumber(number), request)
    };
    let payloads = [
        Payload::Opened(terms),
        request(0, b"hello"),
        request(1, &[0xfe]),
        request(2, &[0xff]),
    ];
    let message = |payload| Message {
        from: ChainId::Domain(DomainId(8)),
        to: ChainId::Domain(DOMAIN),
        channel: CHANNEL,
        payload,
    };
    payloads.into_iter().map(message).collect()
}

pub fn base(receipt: &Receipt) -> Base {
    Base {
        number: receipt.number,
        hash: receipt.compute_hash(),
        root: receipt.state,
        byte_price: PRICE,
    }
}

/// A host that knows only some states.
pub struct States<'a>(pub &'a [(Receipt, MemoryTree)]);

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

pub fn run(
    params: &CheckedParams,
    past: &[(Receipt, MemoryTree)],
    inbox: &Inbox,
    bodies: &[Vec<Item>],
) -> (Executed, MemoryTree) {
    let (parent, tree) = past.last().unwrap();
    let mut tree = tree.clone();
    let bodies: Vec<&[Item]> = bodies.iter().map(Vec::as_slice).collect();
    let executed = execute(
        &ENGINE,
        params,
        inbox,
        parent,
        &bodies,
        &mut States(past),
        &mut tree,
    )
    .unwrap();
    (executed, tree)
}

/// User 18 can pay for the bytes of one transfer, but not of two.
pub const POOR: u8 = 18;

impl World {
    /// Everything at once.
    pub fn new() -> Self {
        static WORLD: std::sync::LazyLock<World> = std::sync::LazyLock::new(World::make);
        WORLD.clone()
    }

    fn make() -> Self {
        Self::of(|past| {
            let (old, new) = (base(&past[0].0), base(&past[1].0));
            let mut malformed = pay(4, 0, 5);
            malformed.bytes = BoundedVec::new(vec![1, 2, 3]).unwrap();
            let mut forged = pay(4, 1, 5);
            let mut bytes = forged.bytes.to_vec();
            *bytes.last_mut().unwrap() ^= 1;
            forged.bytes = BoundedVec::new(bytes).unwrap();
            let mut overstated = pay(4, 2, 5);
            overstated.weight = Weight(1);
            let shared = pay(2, 1, 5);
            vec![
                (
                    new,
                    vec![
                        pay(1, 2, 2),
                        pay(1, 3, 9),
                        shared.clone(),
                        item(3, 0, send(77, &[])),
                        item(3, 1, send(0, &[1, 2])),
                        item(
                            3,
                            2,
                            Call::Write {
                                first: 5,
                                count: 3,
                                value: 6,
                            },
                        ),
                        item(
                            3,
                            3,
                            Call::Write {
                                first: 9,
                                count: 50,
                                value: 6,
                            },
                        ),
                    ],
                ),
                (
                    old,
                    vec![shared, pay(5, 0, 6), item(6, 0, Call::Fail), pay(7, 3, 6)],
                ),
                (new, vec![pay(1, 5, 2), malformed, pay(8, 0, 2)]),
                (new, vec![pay(1, 6, 2), forged]),
                (old, vec![overstated, pay(8, 1, 2)]),
                (
                    new,
                    vec![
                        pay(6, 9, 1),
                        pay(7, 9, 1),
                        pay(8, 2, 1),
                        pay(13, 9, 1),
                        pay(1, 1, 3),
                        pay(1, 9, 3),
                    ],
                ),
                (
                    new,
                    vec![
                        pay(POOR, 0, 1),
                        pay(POOR, 1, 1),
                        pay(POOR, 2, 1),
                        pay(6, 8, 1),
                        pay(7, 8, 1),
                        pay(8, 3, 1),
                        pay(9, 0, 1),
                        pay(10, 8, 1),
                    ],
                ),
            ]
        })
    }

    /// A world whose judged block has these bundles, given the past.
    pub fn of(bundles: impl FnOnce(&[(Receipt, MemoryTree)]) -> Vec<(Base, Vec<Item>)>) -> Self {
        Self::with(&params(), Vec::new(), bundles)
    }

    /// The same, with more accounts in the genesis state.
    pub fn with(
        params: &CheckedParams,
        more: Vec<(SenderId, Balance)>,
        bundles: impl FnOnce(&[(Receipt, MemoryTree)]) -> Vec<(Base, Vec<Item>)>,
    ) -> Self {
        let params = params.clone();
        let mut tree = MemoryTree::new();
        let bytes = pay(POOR, 0, 1).bytes.len() as u128;
        let mut accounts: Vec<_> = (1..=13)
            .map(|index| (sender(index), Balance(1_000_000)))
            .collect();
        accounts.push((sender(POOR), Balance(PRICE.0 * bytes + 1)));
        accounts.extend(more);
        tree.update(&genesis(&accounts)).unwrap();
        let first = genesis_receipt(DOMAIN, ENGINE.rule_set(), tree.root(), ConsensusNumber(40));
        let mut past = vec![(first, tree)];
        let body = vec![pay(1, 0, 2), pay(1, 1, 3), pay(2, 0, 3)];
        let (inbox_1, bodies_1) = inbox(1, vec![(base(&past[0].0), body)]);
        let (executed, tree) = run(&params, &past, &inbox_1, &bodies_1);
        past.push((executed.receipt, tree));
        let (mut inbox, bodies) = inbox(2, bundles(&past));
        // A block without bundles is to be empty.
        if !inbox.bundles.is_empty() {
            inbox.messages = BoundedVec::new(messages()).unwrap();
        }
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

    pub fn parent(&self) -> &Receipt {
        &self.past.last().unwrap().0
    }

    /// Returns the claim that a receipt makes, by way of submission and loading. `None` if submission refuses it.
    pub fn submitted(&self, receipt: &Receipt, openings: &Openings) -> Option<Claim> {
        let submission = Submission {
            receipt: receipt.clone(),
            openings: Some(openings.clone()),
        };
        let accepted = submit(
            self,
            ConsensusNumber(50),
            &self.params,
            OperatorId(3),
            DOMAIN,
            &submission,
        )
        .ok()?;
        assert!(matches!(accepted, Accepted::Extended { .. }));
        let after = After {
            world: self,
            receipt: receipt.clone(),
        };
        Some(Claim::load(&after, &self.params, DOMAIN, &receipt.compute_hash()).unwrap())
    }

    /// Returns the claim that the right receipt makes.
    pub fn right_claim(&self) -> Claim {
        self.submitted(&self.right.receipt, &self.right.openings)
            .expect("right receipts are accepted")
    }

    /// Returns a lie that passes submission: `change` changes claims, and what follows from them is made consistent.
    pub fn lie(&self, change: impl FnOnce(&mut Receipt, &mut Openings)) -> (Claim, Openings) {
        let (receipt, openings) = self.consistent(change);
        let claim = self
            .submitted(&receipt, &openings)
            .expect("the lie is consistent");
        (claim, openings)
    }

    /// Like [`lie`](Self::lie), not yet submitted.
    pub fn consistent(&self, change: impl FnOnce(&mut Receipt, &mut Openings)) -> (Receipt, Openings) {
        let (mut receipt, mut openings) = (self.right.receipt.clone(), self.right.openings.clone());
        change(&mut receipt, &mut openings);
        seal(&self.params, &self.inbox, &mut receipt, &mut openings);
        (receipt, openings)
    }

    /// Finds a proof against a lie.
    pub fn prove(&mut self, claim: &Claim, openings: &Openings) -> Option<FraudProof> {
        prove(&ENGINE, claim, openings, self, REPORTER).unwrap()
    }
}

/// Makes schedule, trace and their commitments follow from verdicts and openings: entries of bundles that are not valid
/// drop out, the trace gets the length it must have and ends in the receipt's state.
pub fn seal(params: &CheckedParams, inbox: &Inbox, receipt: &mut Receipt, openings: &mut Openings) {
    use decex_bundle::Verdict;
    let mut entries = openings.schedule.to_vec();
    entries.retain(|entry| receipt.verdicts.get(usize::from(entry.bundle)) == Some(&Verdict::Valid));
    let leaves: Vec<Digest> = entries.iter().map(|entry| entry.compute_leaf()).collect();
    receipt.schedule.root = list::root(&leaves);
    receipt.schedule.count = entries.len() as u32;
    let mut trace = openings.trace.to_vec();
    let length = decex_core::execution::trace_length(
        inbox.input_counts(receipt.schedule.count),
        params.trace_interval(),
    );
    trace.resize(length as usize, receipt.state);
    *trace.last_mut().unwrap() = receipt.state;
    receipt.trace.root = decex_core::execution::trace_root(&trace);
    receipt.trace.length = length;
    openings.schedule = BoundedVec::new(entries).unwrap();
    openings.trace = BoundedVec::new(trace).unwrap();
}
