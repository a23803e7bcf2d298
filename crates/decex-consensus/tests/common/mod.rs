//! A small chain for tests: one host, operators that the tests drive by hand, and the right execution of every block.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    reason = "each test file uses its part"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

mod host;

pub use host::MemoryHost;

use decex_bundle::{AccountView, Base, Draft, Item, SealingRecord, seal_bundle, seal_heartbeat};
use decex_consensus::{
    Access, BlockInfo, CallError, Config, Consensus, Event, RefusedBundle, RefusedRelay, model,
    registration_message,
};
use decex_core::execution::{Account, Engine, trace_root};
use decex_core::hash::digest_encoded;
use decex_core::list::ListTree;
use decex_core::message::Message;
use decex_core::params::{BlockLimits, DomainParams, ElectionParams, HostLimits, LegalityMode, WHOLE_RING};
use decex_core::state::{MemoryTree, Meter, Overlay, ProvableTree, StateTree};
use decex_core::*;
use decex_election::{Challenge, Keypair, try_elect};
use decex_fraud::{BaseStates, Claim, Executed, LocalExecution, execute, prove};
use decex_messaging::end::sent_in;
use decex_messaging::hub::{Channel, Relayed};
use decex_receipt::{Bundle, Openings, Receipt, Submission, genesis_receipt};
use decex_staking::{Pool, PoolStatus, PoolTerms};
use decex_testkit::ledger::{Call, LedgerEngine, Transaction, genesis, sender_of};
use parity_scale_codec::{Decode, Encode};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// What an operator deposits: so much that its fund pays for every bundle of a test.
pub const DEPOSIT: u128 = 10_000_000;
/// The part of it that is stake.
pub const STAKE: u128 = DEPOSIT / 5 * 4;
/// What everybody has at first.
pub const PURSE: u128 = 1_000_000_000;
/// What the accounts of the domain's genesis have together.
pub const BACKING: u128 = 8 * 1_000_000_000;
/// What P3 asks for.
pub const UNLOCK: u64 = 10 + (30 + 30) + 5;
pub const TREASURY: AccountId = AccountId(Digest([102; 32]));
pub const FARMER: AccountId = AccountId(Digest([103; 32]));
/// What operators of these tests offer.
pub const TERMS: PoolTerms = PoolTerms {
    tax: 1_000,
    minimum_nomination: Balance(1_000),
};
pub const OWNER: AccountId = AccountId(Digest([100; 32]));
pub const REPORTER: AccountId = AccountId(Digest([101; 32]));

pub fn account(n: u8) -> AccountId {
    AccountId(Digest([n; 32]))
}

pub fn user(n: u8) -> Keypair {
    Keypair::from_seed(&[n + 50; 32])
}

pub fn limits() -> HostLimits {
    HostLimits {
        message_bytes: 1 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: UNLOCK,
        submission_lag: 5,
    }
}

pub fn config() -> Config {
    Config {
        limits: limits(),
        domain_deposit: Balance(500),
        channel_deposit: Balance(50),
        minimum_stake: Balance(100),
        minimum_nomination: Balance(1),
        treasury: TREASURY,
        treasury_share: 2_500,
        return_after: 2,
        work_per_block: 8,
    }
}

pub fn genesis_tree() -> MemoryTree {
    let mut tree = MemoryTree::new();
    let accounts: Vec<_> = (0..8)
        .map(|n| (sender_of(user(n).key()), Balance(1_000_000_000)))
        .collect();
    tree.update(&genesis(&accounts)).unwrap();
    tree
}

pub fn params() -> DomainParams {
    DomainParams {
        rules: LedgerEngine::default().rule_set(),
        genesis: genesis_tree().root(),
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 30,
            epoch: 30,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 64,
            bytes: 65_536,
            weight: Weight(1_000_000),
        },
        transaction_bytes: 1_024,
        sender_transactions: 8,
        bundles_per_block: 4,
        legality: LegalityMode::Deferred,
        challenge_period: 10,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 4,
        max_gap: 3,
        messages: 8,
        witness_limit: 16_384,
        portion: WHOLE_RING,
        reporter_share: 1_000,
    }
}

pub struct Member {
    pub id: OperatorId,
    pub domain: DomainId,
    pub keypair: Keypair,
}

/// The right execution of one domain block.
#[derive(Clone)]
pub struct Block {
    pub receipt: Receipt,
    pub openings: Openings,
    pub tree: MemoryTree,
    pub executed: Option<Executed>,
}

impl Block {
    pub fn submission(&self) -> Submission {
        Submission {
            receipt: self.receipt.clone(),
            openings: Some(self.openings.clone()),
        }
    }
}

pub struct Net {
    pub consensus: Consensus<MemoryHost>,
    pub members: Vec<Member>,
    /// The right blocks of each domain; index = number.
    pub chains: BTreeMap<DomainId, Vec<Block>>,
    pub bodies: BTreeMap<HeaderHash, Vec<Item>>,
    pub events: Vec<Event>,
    /// Added to the slot of the next block.
    pub skip: u64,
}

struct Fresh;
impl Host for Fresh {
    type Error = Infallible;
}
impl SealingRecord for Fresh {
    fn has_sealed(&self, _: DomainId, _: OperatorId, _: Window) -> Result<Option<HeaderHash>, Infallible> {
        Ok(None)
    }
}

pub struct Bases<'a>(pub &'a [Block]);
impl Host for Bases<'_> {
    type Error = Infallible;
}
impl BaseStates for Bases<'_> {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        let found = self
            .0
            .iter()
            .find(|block| block.receipt.compute_hash() == base.hash);
        Ok(found.map(|block| &block.tree as &dyn ProvableTree))
    }
}

impl Net {
    /// Starts a chain at block 1 and money for everybody.
    pub fn new(config: Config) -> Self {
        let mut host = MemoryHost::default();
        for n in (0..16).chain([100, 101]) {
            let rich = if n == 100 { BACKING * 10 } else { 0 };
            host.money.insert(account(n), PURSE + rich);
        }
        let mut net = Self {
            consensus: Consensus::new(host, config),
            members: Vec::new(),
            chains: BTreeMap::new(),
            bodies: BTreeMap::new(),
            events: Vec::new(),
            skip: 0,
        };
        net.begin();
        net
    }

    /// One domain with these parameters, `operators` equal operators, at the start of an epoch in which they count.
    pub fn with(params: DomainParams, operators: u8) -> (Self, DomainId) {
        let mut net = Self::new(config());
        let domain = net.domain(params);
        for n in 0..operators {
            net.register(n, domain);
        }
        let election = net.consensus.params(domain).unwrap().unwrap().election;
        net.begin_many(election.epoch * election.interval);
        (net, domain)
    }

    /// What is at stake of the member's own, as of the last change of its pool.
    pub fn at_stake(&self, member: usize) -> u128 {
        self.consensus
            .pool(self.members[member].id)
            .unwrap()
            .unwrap()
            .stake
            .0
    }

    pub fn status(&self, member: usize) -> PoolStatus {
        self.consensus
            .pool(self.members[member].id)
            .unwrap()
            .unwrap()
            .status
    }

    /// What is in custody is what the books say, to the unit.
    pub fn check_books(&self) {
        let host = self.consensus.host();
        let mut books = 0;
        for (key, value) in &host.store {
            books += match key[0] {
                2 => model::Domain::decode(&mut &**value).unwrap().deposit.0,
                19 => Balance::decode(&mut &**value).unwrap().0,
                20 => Pool::decode(&mut &**value).unwrap().money().unwrap().0,
                26 => Channel::decode(&mut &**value).unwrap().deposit.0,
                _ => 0,
            };
        }
        assert_eq!(host.custody, books, "custody is what the books say");
    }

    pub fn now(&self) -> ConsensusNumber {
        self.consensus.clock().unwrap().unwrap().block.number
    }

    pub fn block_info(&self) -> BlockInfo {
        let (number, slot) = match self.consensus.clock().unwrap() {
            Some(clock) => (clock.block.number.0 + 1, clock.block.slot.0 + 1 + self.skip),
            None => (1, 10),
        };
        BlockInfo {
            number: ConsensusNumber(number),
            parent_hash: ConsensusHash(digest_encoded(&label::EVIDENCE, &("block", number - 1))),
            slot: Slot(slot),
            timestamp: Timestamp(slot * 1_000),
            randomness: Randomness(digest_encoded(&label::EVIDENCE, &("output", number))),
            byte_price: Balance(1),
            farmer: FARMER,
        }
    }

    /// Begins the next block and executes what it closes. Returns its events.
    pub fn begin(&mut self) -> Vec<Event> {
        let info = self.block_info();
        let events = self.consensus.begin_block(&info).unwrap();
        for event in &events {
            if let Event::InboxClosed { domain, number, .. } = event {
                self.execute(*domain, *number);
            }
        }
        self.events.extend(events.clone());
        events
    }

    pub fn begin_many(&mut self, blocks: u64) -> Vec<Event> {
        (0..blocks).flat_map(|_| self.begin()).collect()
    }

    pub fn domain(&mut self, params: DomainParams) -> DomainId {
        self.domain_with(params, BACKING)
    }

    pub fn domain_with(&mut self, params: DomainParams, backing: u128) -> DomainId {
        let (id, events) = self
            .consensus
            .create_domain(OWNER, params.clone(), Access::Open, Balance(backing))
            .unwrap();
        self.events.extend(events);
        let receipt = genesis_receipt(id, params.rules, params.genesis, self.now());
        let block = Block {
            receipt,
            openings: Openings::default(),
            tree: genesis_tree(),
            executed: None,
        };
        self.chains.insert(id, vec![block]);
        id
    }

    pub fn register(&mut self, n: u8, domain: DomainId) -> OperatorId {
        self.register_with(n, domain, DEPOSIT)
    }

    pub fn register_with(&mut self, n: u8, domain: DomainId, deposit: u128) -> OperatorId {
        let keypair = Keypair::from_seed(&[n; 32]);
        let bytes = *keypair.key().as_bytes();
        let message = registration_message(domain, &account(n), &bytes);
        let possession = keypair.sign(&label::REGISTRATION, &message);
        let (id, events) = self
            .consensus
            .register_operator(account(n), domain, &bytes, &possession, Balance(deposit), TERMS)
            .unwrap();
        self.events.extend(events);
        self.members.push(Member { id, domain, keypair });
        id
    }

    fn execute(&mut self, domain: DomainId, number: DomainNumber) {
        let inbox = self.consensus.inbox(domain, number).unwrap().unwrap();
        let params = self.consensus.params(domain).unwrap().unwrap();
        let chain = self.chains.get_mut(&domain).unwrap();
        assert_eq!(chain.len() as u64, number.0);
        let parent = chain.last().unwrap().clone();
        let bodies: Vec<&[Item]> = inbox
            .bundles
            .iter()
            .map(|b| self.bodies[&b.header].as_slice())
            .collect();
        let mut tree = parent.tree.clone();
        let engine = LedgerEngine::default();
        let executed = execute(
            &engine,
            &params,
            &inbox,
            &parent.receipt,
            &bodies,
            &mut Bases(chain),
            &mut tree,
        )
        .unwrap();
        let (receipt, openings) = (executed.receipt.clone(), executed.openings.clone());
        chain.push(Block {
            receipt,
            openings,
            tree,
            executed: Some(executed),
        });
    }

    /// Executes again from `number` on, over the receipts that the chain holds now.
    pub fn execute_again(&mut self, domain: DomainId, number: u64) {
        let length = self.chains[&domain].len() as u64;
        self.chains.get_mut(&domain).unwrap().truncate(number as usize);
        for number in number..length {
            self.execute(domain, DomainNumber(number));
        }
    }

    /// What a domain has sent up to and with block `number`, by the right execution.
    pub fn outbox(&self, domain: DomainId, number: u64) -> Vec<Message> {
        let blocks = &self.chains[&domain][1..=number as usize];
        let sent = blocks.iter().flat_map(|block| {
            let mut state = Overlay::new(&block.tree, Meter::new(u32::MAX));
            sent_in(&mut state, block.receipt.number).unwrap().messages
        });
        sent.collect()
    }

    /// Shows a message that a domain has sent, in the outbox of its last final receipt.
    pub fn shown(&self, domain: DomainId, place: usize) -> Relayed {
        let number = self.confirmed(domain);
        show(domain, number, &self.outbox(domain, number), place)
    }

    pub fn relay(&mut self, relayed: &Relayed) -> Result<Vec<Event>, CallError<RefusedRelay, Infallible>> {
        let events = self.consensus.relay_message(&relayed.encode())?;
        self.events.extend(events.clone());
        Ok(events)
    }

    pub fn right(&self, domain: DomainId, number: u64) -> &Block {
        &self.chains[&domain][number as usize]
    }

    /// A window that this member has won and not used, oldest first.
    pub fn elected(&self, member: usize) -> Option<decex_election::ElectionProof> {
        let Member { id, domain, keypair } = &self.members[member];
        let terms = self.consensus.terms(*domain).unwrap().unwrap();
        let windows = terms.windows().unwrap();
        let slot = self.consensus.clock().unwrap().unwrap().block.slot;
        (windows.oldest_open(slot).0..=windows.window_of(slot).0)
            .map(Window)
            .find_map(|window| {
                if self.consensus.has_submitted(*domain, *id, window).unwrap() {
                    return None;
                }
                let standing = self.consensus.standing(*domain, *id, window).unwrap()?;
                let randomness = self.consensus.election_randomness(*domain, window).unwrap()?;
                let challenge = Challenge {
                    domain: *domain,
                    window,
                    randomness,
                };
                try_elect(
                    keypair,
                    &challenge,
                    &terms.odds(&standing).unwrap(),
                    &standing.share,
                )
                .map(|(_, proof)| proof)
            })
    }

    /// Seals a bundle with the member's next election.
    pub fn seal(
        &self,
        member: usize,
        base: ReceiptHash,
        receipts: Vec<Submission>,
        items: Vec<Item>,
    ) -> Bundle {
        let Member { id, domain, keypair } = &self.members[member];
        let election = self.elected(member).expect("an election won and not used");
        let draft = Draft {
            domain: *domain,
            operator: *id,
            election,
            base,
        };
        let sealed = if receipts.is_empty() && items.is_empty() {
            seal_heartbeat(&Fresh, keypair, &draft)
        } else {
            seal_bundle(&Fresh, keypair, &draft, receipts, items)
        };
        sealed.unwrap().into_bundle()
    }

    pub fn head_hash(&self, domain: DomainId) -> ReceiptHash {
        self.consensus.head(domain).unwrap().unwrap().1
    }

    pub fn head(&self, domain: DomainId) -> u64 {
        self.consensus.head(domain).unwrap().unwrap().0.0
    }

    pub fn confirmed(&self, domain: DomainId) -> u64 {
        self.consensus.chain(domain).unwrap().unwrap().confirmed.0
    }

    pub fn submit(&mut self, bundle: &Bundle) -> Result<Vec<Event>, CallError<RefusedBundle, Infallible>> {
        let events = self.consensus.submit_bundle(&bundle.encode())?;
        self.bodies
            .insert(bundle.header.header.compute_hash(), bundle.body.to_vec());
        self.events.extend(events.clone());
        Ok(events)
    }

    /// Submits transactions of one user on the present head.
    pub fn send(&mut self, member: usize, items: Vec<Item>) -> Vec<Event> {
        let base = self.head_hash(self.members[member].domain);
        let bundle = self.seal(member, base, Vec::new(), items);
        self.submit(&bundle).unwrap()
    }

    /// Submits receipts without transactions.
    pub fn vouch(&mut self, member: usize, receipts: Vec<Submission>) -> Vec<Event> {
        let base = self.head_hash(self.members[member].domain);
        let bundle = self.seal(member, base, receipts, Vec::new());
        self.submit(&bundle).unwrap()
    }

    /// The right receipts that the chain does not hold yet.
    pub fn missing(&self, domain: DomainId) -> Vec<Submission> {
        let from = self.head(domain) as usize + 1;
        self.chains[&domain][from..]
            .iter()
            .take(16)
            .map(Block::submission)
            .collect()
    }

    /// A wrong receipt after `parent`, consistent in everything that submission checks: another final state.
    pub fn lie(&self, domain: DomainId, number: u64, parent: ReceiptHash, salt: u8) -> Submission {
        let mut submission = self.right(domain, number).submission();
        let mut openings = submission.openings.take().unwrap();
        let mut trace = openings.trace.to_vec();
        *trace.last_mut().unwrap() = StateRoot(Digest([salt; 32]));
        submission.receipt.state = StateRoot(Digest([salt; 32]));
        submission.receipt.trace.root = trace_root(&trace);
        submission.receipt.parent = parent;
        openings.trace = BoundedVec::new(trace).unwrap();
        submission.openings = Some(openings);
        submission
    }

    /// A proof against the pending receipt at `number`.
    pub fn refute(&self, domain: DomainId, lie: &Submission) -> Vec<u8> {
        let params = self.consensus.params(domain).unwrap().unwrap();
        let hash = lie.receipt.compute_hash();
        let claim = Claim::load(&self.consensus.state(), &params, domain, &hash).unwrap();
        let number = lie.receipt.number.0 as usize;
        let chain = &self.chains[&domain];
        let inbox = claim.inbox();
        let bodies = inbox
            .bundles
            .iter()
            .map(|b| self.bodies[&b.header].clone())
            .collect();
        let block = &chain[number];
        let executed = block.executed.as_ref().unwrap();
        let mut before = vec![block.tree.clone()];
        for step in executed.steps.iter().rev() {
            let mut tree = before.last().unwrap().clone();
            tree.update(&step.before).unwrap();
            before.push(tree);
        }
        before.reverse();
        let mut local = Local {
            chain,
            block,
            bodies,
            before,
        };
        let engine = LedgerEngine::default();
        let openings = lie.openings.as_ref().unwrap();
        prove(&engine, &claim, openings, &mut local, REPORTER)
            .unwrap()
            .expect("a lie")
            .encode()
    }
}

/// Shows a message of an outbox.
pub fn show(domain: DomainId, number: u64, outbox: &[Message], place: usize) -> Relayed {
    let tree = ListTree::new(outbox.iter().map(Message::compute_leaf).collect());
    Relayed {
        domain,
        receipt: DomainNumber(number),
        message: outbox[place].clone(),
        path: tree.prove(place as u32, 1).unwrap(),
    }
}

struct Local<'a> {
    chain: &'a [Block],
    block: &'a Block,
    bodies: Vec<Vec<Item>>,
    before: Vec<MemoryTree>,
}
impl Host for Local<'_> {
    type Error = Infallible;
}
impl BaseStates for Local<'_> {
    fn base_state(&mut self, base: &Base) -> Result<Option<&dyn ProvableTree>, Infallible> {
        let found = self
            .chain
            .iter()
            .find(|block| block.receipt.compute_hash() == base.hash);
        Ok(found.map(|block| &block.tree as &dyn ProvableTree))
    }
}
impl LocalExecution for Local<'_> {
    fn receipt(&self) -> &Receipt {
        &self.block.receipt
    }
    fn openings(&self) -> &Openings {
        &self.block.openings
    }
    fn body(&self, bundle: u16) -> Option<&[Item]> {
        self.bodies.get(usize::from(bundle)).map(Vec::as_slice)
    }
    fn state_before(&mut self, step: u32) -> Result<&dyn ProvableTree, Infallible> {
        Ok(&self.before[step as usize])
    }
}

/// Accounts of genesis, for domains that enforce legality.
pub struct GenesisAccounts;
impl Host for GenesisAccounts {
    type Error = Infallible;
}
impl AccountView for GenesisAccounts {
    fn account(&self, _: DomainId, _: &Base, _: &SenderId) -> Result<Account, Infallible> {
        Ok(Account {
            nonce: Nonce(0),
            balance: Balance(1_000_000_000),
        })
    }
}

/// A transfer from one user to another, as a bundle carries it.
pub fn transfer(from: u8, nonce: u64, amount: u128) -> Item {
    let call = Call::Transfer {
        to: sender_of(user(from + 1).key()),
        amount: Balance(amount),
    };
    item(&Transaction::sign(&user(from), Nonce(nonce), call))
}

pub fn item(transaction: &Transaction) -> Item {
    Item {
        sender: SenderId(Digest(transaction.from)),
        nonce: transaction.nonce,
        weight: transaction.weight(),
        bytes: BoundedVec::new(transaction.to_bytes()).unwrap(),
    }
}
