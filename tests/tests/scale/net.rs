//! A consensus chain of many blocks: liars and an honest operator driven by hand, and a store that counts.

use decex_bundle::{Draft, InclusionView, Item, Verdict, seal_bundle};
use decex_consensus::model::Access;
use decex_consensus::{
    Beacon, BlockInfo, Config, Consensus, Engines, Event, HoldError, Ledger, Store, registration_message,
};
use decex_core::execution::{Engine, trace_length, trace_root};
use decex_core::hash::digest_encoded;
use decex_core::params::DomainParams;
use decex_core::schedule::ScheduleClaim;
use decex_core::{
    AccountId, Balance, BoundedVec, ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber, Host,
    OperatorId, Randomness, ReceiptHash, RuleSet, Slot, StateRoot, Timestamp, Window, label, list,
};
use decex_election::{Challenge, ElectionProof, try_elect};
use decex_operator::{ConsensusBlock, Genesis, Identity, Operator, PoolLimits};
use decex_receipt::{Bundle, Openings, Receipt, ReceiptView, Submission, TraceClaim, genesis_receipt};
use decex_testkit::deceit::NoRecord;
use decex_testkit::host::MemoryHost;
use decex_testkit::ledger::{Call, LedgerEngine};
use decex_tests::liar::item;
use decex_tests::world::{
    ENGINE, TERMS, deposit_for, genesis_state, operator_account, operator_keypair, pool, transaction, user,
};
use parity_scale_codec::Encode;
use std::cell::Cell;
use std::convert::Infallible;

pub type Chain = Consensus<Counting>;

pub const REPORTER: AccountId = AccountId(Digest([77; 32]));

/// A host that counts what is asked of its store.
#[derive(Clone, Debug)]
pub struct Counting {
    pub memory: MemoryHost<LedgerEngine>,
    pub reads: Cell<u64>,
    pub writes: u64,
    /// Records of receipts that were removed.
    pub swept: u64,
}

/// Units: so many that funds pay for all bundles.
const MILLION: u128 = 1_000_000;
/// Kind of the keys of records.
const RECORD: u8 = 6;

impl Host for Counting {
    type Error = Infallible;
}

impl Store for Counting {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.reads.set(self.reads.get() + 1);
        self.memory.get(key)
    }
    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Infallible> {
        self.writes += 1;
        self.memory.set(key, value)
    }
    fn remove(&mut self, key: &[u8]) -> Result<(), Infallible> {
        self.writes += 1;
        self.swept += u64::from(key[0] == RECORD);
        self.memory.remove(key)
    }
}

impl Ledger for Counting {
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Infallible>> {
        self.memory.hold(account, amount)
    }
    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Infallible> {
        self.memory.release(account, amount)
    }
    fn burn(&mut self, amount: Balance) -> Result<(), Infallible> {
        self.memory.burn(amount)
    }
}

impl Beacon for Counting {
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        self.memory.randomness(slot)
    }
}

impl Engines for Counting {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        self.memory.engine(rules)
    }
}

/// An operator, by its place. Its id is its place too.
#[derive(Clone, Copy, Debug)]
struct Member {
    domain: DomainId,
    /// The next window that it has not tried.
    next: Window,
}

/// Somebody who follows a domain, for the right receipts and the proofs of its first blocks.
struct Watcher {
    domain: DomainId,
    operator: Operator<LedgerEngine>,
}

pub struct Net {
    pub chain: Chain,
    members: Vec<Member>,
    watchers: Vec<Watcher>,
    /// Bundles that the present block included.
    included: Vec<Bundle>,
    /// All events so far.
    pub events: Vec<Event>,
}

impl Net {
    pub fn new(config: Config) -> Self {
        let host = Counting {
            memory: MemoryHost::new(vec![ENGINE], 7),
            reads: Cell::new(0),
            writes: 0,
            swept: 0,
        };
        let mut net = Self {
            chain: Consensus::new(host, config),
            members: Vec::new(),
            watchers: Vec::new(),
            included: Vec::new(),
            events: Vec::new(),
        };
        net.begin();
        net
    }

    pub fn now(&self) -> ConsensusNumber {
        self.chain
            .clock()
            .unwrap()
            .map_or(ConsensusNumber(0), |clock| clock.block.number)
    }

    /// Begins the next block, two slots after the last. Who watches follows the one that ends.
    pub fn begin(&mut self) -> Vec<Event> {
        self.watch();
        let number = ConsensusNumber(self.now().0 + 1);
        let slot = Slot(number.0 * 2);
        let info = BlockInfo {
            number,
            parent_hash: hash_of(number.0 - 1),
            slot,
            timestamp: Timestamp(slot.0 * 1_000),
            randomness: Randomness(digest_encoded(&label::LEDGER_KEY, &("output", number))),
            byte_price: Balance(1),
            farmer: AccountId::default(),
        };
        let events = self.chain.begin_block(&info).unwrap();
        self.events.extend(events.clone());
        events
    }

    fn watch(&mut self) {
        let number = self.now();
        for Watcher { domain, operator } in &mut self.watchers {
            let of_domain = |bundle: &&Bundle| bundle.header.header.domain == *domain;
            let bundles: Vec<&Bundle> = self.included.iter().filter(of_domain).collect();
            let block = ConsensusBlock {
                number,
                hash: hash_of(number.0),
                parent: hash_of(number.0 - 1),
                byte_price: Balance(1),
                bundles: &bundles,
            };
            operator.follow(&self.chain.state(), &block).unwrap();
            let _ = operator.take_writes();
        }
        self.included.clear();
    }

    /// A domain that is watched until [`Self::stop_watching`].
    pub fn domain(&mut self, params: DomainParams) -> DomainId {
        let owner = AccountId(Digest([9; 32]));
        let deposit = self.chain.config().domain_deposit;
        self.chain.host_mut().memory.endow(owner, deposit);
        // Operators follow from the block after the one of the creation: nothing else happens in that one.
        let (domain, _) = self
            .chain
            .create_domain(owner, params.clone(), Access::Open, Balance::ZERO)
            .unwrap();
        let created = self.now();
        let genesis = Genesis {
            created,
            created_hash: hash_of(created.0),
            receipt: genesis_receipt(domain, params.rules, params.genesis, created),
            state: genesis_state(),
        };
        let identity = Identity {
            operator: None,
            keypair: operator_keypair(1_000),
            reporter: REPORTER,
        };
        let checked = self.chain.params(domain).unwrap().unwrap();
        let operator = Operator::new(identity, ENGINE, checked, genesis, PoolLimits::default()).unwrap();
        self.begin();
        self.watchers.push(Watcher { domain, operator });
        domain
    }

    pub fn stop_watching(&mut self) -> Vec<(DomainId, Operator<LedgerEngine>)> {
        let watchers = std::mem::take(&mut self.watchers);
        watchers
            .into_iter()
            .map(|watcher| (watcher.domain, watcher.operator))
            .collect()
    }

    pub fn watcher(&self, domain: DomainId) -> &Operator<LedgerEngine> {
        let found = self.watchers.iter().find(|watcher| watcher.domain == domain);
        &found.unwrap().operator
    }

    /// Registers the next member with so many million units at stake.
    pub fn register(&mut self, domain: DomainId, millions: u128) -> usize {
        let stake = millions * MILLION;
        let index = self.members.len();
        let (account, keypair) = (operator_account(index), operator_keypair(index));
        self.chain
            .host_mut()
            .memory
            .endow(account, deposit_for(Balance(stake)));
        let key = *keypair.key().as_bytes();
        let message = registration_message(domain, &account, &key);
        let possession = keypair.sign(&label::REGISTRATION, &message);
        let (id, _) = self
            .chain
            .register_operator(
                account,
                domain,
                &key,
                &possession,
                deposit_for(Balance(stake)),
                TERMS,
            )
            .unwrap();
        assert_eq!(id, Self::id(index));
        self.members.push(Member {
            domain,
            next: Window(0),
        });
        index
    }

    pub fn id(index: usize) -> OperatorId {
        OperatorId(index as u64)
    }

    /// Millions of units that the member has at stake.
    pub fn held(&self, index: usize) -> u128 {
        pool(&self.chain, index).stake.0 / MILLION
    }

    /// The next window that the member wins among those that are open now, tried once each.
    pub fn elected(&mut self, index: usize) -> Option<ElectionProof> {
        let member = self.members[index];
        let state = self.chain.state();
        let terms = state.terms(member.domain).unwrap().unwrap();
        let windows = terms.windows().unwrap();
        let slot = self.chain.clock().unwrap().unwrap().block.slot;
        let oldest = windows.oldest_open(slot).0.max(member.next.0);
        for window in (oldest..=windows.window_of(slot).0).map(Window) {
            self.members[index].next = Window(window.0 + 1);
            let standing = state.standing(member.domain, Self::id(index), window).unwrap()?;
            let randomness = state.randomness(member.domain, window).unwrap()?;
            let challenge = Challenge {
                domain: member.domain,
                window,
                randomness,
            };
            let (keypair, odds) = (operator_keypair(index), terms.odds(&standing).unwrap());
            if let Some((_, proof)) = try_elect(&keypair, &challenge, &odds, &standing.share) {
                return Some(proof);
            }
        }
        None
    }

    pub fn seal(
        &self,
        index: usize,
        election: ElectionProof,
        receipts: Vec<Submission>,
        items: Vec<Item>,
    ) -> Bundle {
        let domain = self.members[index].domain;
        let draft = Draft {
            domain,
            operator: Self::id(index),
            election,
            base: self.chain.hash_at(domain, DomainNumber(0)).unwrap().unwrap(),
        };
        seal_bundle(&NoRecord, &operator_keypair(index), &draft, receipts, items)
            .unwrap()
            .into_bundle()
    }

    pub fn submit(&mut self, bundle: &Bundle) -> Vec<Event> {
        let events = self.chain.submit_bundle(&bundle.encode()).unwrap();
        self.events.extend(events.clone());
        if !self.watchers.is_empty() {
            self.included.push(bundle.clone());
        }
        events
    }

    /// Makes a domain block in the present block, if the member is elected.
    pub fn fill(&mut self, index: usize) -> bool {
        let Some(election) = self.elected(index) else {
            return false;
        };
        let call = Call::Transfer {
            to: user(1),
            amount: Balance(5),
        };
        let bundle = self.seal(index, election, Vec::new(), vec![item(&transaction(0, 0, call))]);
        self.submit(&bundle);
        true
    }

    pub fn vouch(&mut self, index: usize, election: ElectionProof, receipts: Vec<Submission>) -> Vec<Event> {
        let bundle = self.seal(index, election, receipts, Vec::new());
        self.submit(&bundle)
    }

    pub fn head(&self, domain: DomainId) -> u64 {
        self.chain.chain(domain).unwrap().unwrap().head.0
    }

    pub fn confirmed(&self, domain: DomainId) -> u64 {
        self.chain.chain(domain).unwrap().unwrap().confirmed.0
    }

    pub fn unswept(&self, domain: DomainId) -> u32 {
        self.chain.progress(domain).unwrap().unwrap().unswept
    }

    /// How many domain blocks are closed and have no receipt.
    pub fn unclaimed(&self, domain: DomainId) -> u64 {
        let progress = self.chain.progress(domain).unwrap().unwrap();
        let open = u64::from(self.chain.open_inbox(domain, progress.last).unwrap().is_some());
        progress.last.0 - open - progress.head.0
    }

    /// Up to `count` receipts on the head that call everything valid and execute nothing.
    pub fn lies(&self, domain: DomainId, count: u64, salt: u64) -> Vec<Submission> {
        let chain = self.chain.chain(domain).unwrap().unwrap();
        let (mut parent, mut lies) = (chain.head_hash, Vec::new());
        for number in (chain.head.0 + 1..).take(count as usize).map(DomainNumber) {
            let Some(lie) = self.lie(domain, number, parent, salt) else {
                break;
            };
            parent = lie.receipt.compute_hash();
            lies.push(lie);
        }
        lies
    }

    fn lie(
        &self,
        domain: DomainId,
        number: DomainNumber,
        parent: ReceiptHash,
        salt: u64,
    ) -> Option<Submission> {
        let inbox = self.chain.state().inbox(domain, number).unwrap()?;
        let interval = self.chain.params(domain).unwrap().unwrap().trace_interval();
        let states = (0..trace_length(inbox.input_counts(0), interval))
            .map(|step| StateRoot(digest_encoded(&label::LEDGER_KEY, &("lie", step, salt))))
            .collect::<Vec<_>>();
        let receipt = Receipt {
            rules: inbox.rules,
            number,
            parent,
            consensus_number: inbox.consensus_number,
            consensus_hash: inbox.consensus_hash,
            seed: inbox.seed,
            verdicts: BoundedVec::new(vec![Verdict::Valid; inbox.bundles.len()]).unwrap(),
            schedule: ScheduleClaim {
                root: list::root(&[]),
                count: 0,
            },
            trace: TraceClaim {
                root: trace_root(&states),
                length: states.len() as u32,
            },
            state: *states.last().unwrap(),
            ..genesis_receipt(domain, inbox.rules, StateRoot::default(), ConsensusNumber(0))
        };
        let openings = Openings {
            schedule: BoundedVec::default(),
            trace: BoundedVec::new(states).unwrap(),
        };
        Some(Submission {
            receipt,
            openings: Some(openings),
        })
    }
}

/// The right receipts from `number` on, as somebody executed them.
pub fn right(watcher: &Operator<LedgerEngine>, from: u64, count: u64) -> Vec<Submission> {
    (from..from + count)
        .map(|number| Submission {
            receipt: watcher.receipt(DomainNumber(number)).unwrap().clone(),
            openings: watcher.openings(DomainNumber(number)).cloned(),
        })
        .collect()
}

fn hash_of(number: u64) -> ConsensusHash {
    ConsensusHash(digest_encoded(&label::LEDGER_KEY, &("block", number)))
}
