//! One consensus chain and its operators over the toy ledger, driven block by block.
#![allow(
    clippy::indexing_slicing,
    reason = "an operator or a block that is not there must stop the test"
)]

use decex_bundle::{AccountView, Base};
use decex_consensus::decex_staking::{Pool, PoolTerms};
use decex_consensus::model::{self, Access};
use decex_consensus::{BlockInfo, Config, Consensus, Event, Store, registration_message};
use decex_core::execution::{Account, Engine};
use decex_core::hash::{Hash, digest};
use decex_core::params::{
    BlockLimits, CheckedParams, DomainParams, ElectionParams, HostLimits, LegalityMode, Validity, WHOLE_RING,
};
use decex_core::state::{Changes, MemoryTree, Meter, Overlay, StateTree};
use decex_core::{
    AccountId, Balance, ConsensusHash, ConsensusNumber, Digest, DomainId, DomainNumber, Host, Nonce,
    OperatorId, Randomness, ReceiptHash, SenderId, Slot, Timestamp, Weight, label,
};
use decex_election::Keypair;
use decex_fraud::FraudProof;
use decex_operator::{ConsensusBlock, Genesis, Identity, Notice, Operator, PoolLimits, Proposal, Write};
use decex_receipt::{Bundle, genesis_receipt};
use decex_testkit::host::MemoryHost;
use decex_testkit::ledger::{Call, LedgerEngine, Transaction, genesis, sender_of};
use decex_testkit::proven::Reexecution;
use parity_scale_codec::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

/// The host of these tests.
pub type Chain = Consensus<MemoryHost<LedgerEngine>>;

/// The engine of these tests.
pub const ENGINE: LedgerEngine = LedgerEngine { version: 0 };

/// What each operator stakes, the part of its deposit in the storage fund not counted. So much that the fund pays for every bundle
/// of a test.
pub const STAKE: Balance = Balance(1_000_000_000);

/// What operators offer to nominators.
pub const TERMS: PoolTerms = PoolTerms {
    tax: 1_000,
    minimum_nomination: Balance(1_000),
};

/// Who makes the blocks.
pub const FARMER: AccountId = AccountId(Digest([7; 32]));

/// Whom the treasury's parts go to.
pub const TREASURY: AccountId = AccountId(Digest([6; 32]));

/// Returns the deposit of which `stake` is the part that is staked: a fifth goes to the storage fund.
#[must_use]
pub const fn deposit_for(stake: Balance) -> Balance {
    Balance(stake.0.saturating_add(stake.0.div_euclid(4)))
}

/// A block of the chain, and the host as it was before.
#[derive(Clone, Debug)]
pub struct Block {
    /// What the host said of it.
    pub info: BlockInfo,
    /// Its hash.
    pub hash: ConsensusHash,
    /// The bundles it included.
    pub bundles: Vec<Bundle>,
    /// The host before it.
    before: MemoryHost<LedgerEngine>,
}

/// What one block brought.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// What the chain did.
    pub events: Vec<Event>,
    /// Why calls were refused, in the words of the error.
    pub refused: Vec<String>,
    /// What the operators noticed, with the operator's place.
    pub notices: Vec<(usize, Notice)>,
}

/// The chain, the operators, and what the operators made durable.
#[derive(Debug)]
pub struct World {
    /// The chain.
    pub chain: Chain,
    /// Its blocks from the domain's creation on; operators follow those after the first.
    pub blocks: Vec<Block>,
    /// The operators.
    pub operators: Vec<Operator<LedgerEngine>>,
    /// What each operator's caller committed.
    pub disks: Vec<BTreeMap<Vec<u8>, Vec<u8>>>,
    /// The domain.
    pub domain: DomainId,
    /// Its parameters.
    pub params: CheckedParams,
    /// Told apart from other branches by this.
    pub branch: u64,
    /// Operators that the network does not reach: they follow nothing until they are taken off this list.
    pub offline: BTreeSet<usize>,
    /// The states after the receipts of domains that enforce legality: what their farmers answer from.
    pub states: States,
    slot: u64,
}

/// States by the receipt that they follow from, as some operator executed them.
#[derive(Clone, Debug, Default)]
pub struct States(BTreeMap<ReceiptHash, MemoryTree>);

impl Host for States {
    type Error = Infallible;
}

impl AccountView for States {
    #[allow(
        clippy::expect_used,
        reason = "a base that nobody executed must stop the test"
    )]
    fn account(&self, _: DomainId, base: &Base, sender: &SenderId) -> Result<Account, Infallible> {
        let tree = self.0.get(&base.hash).expect("a base that an operator executed");
        assert_eq!(tree.root(), base.root);
        let mut overlay = Overlay::new(tree, Meter::new(u32::MAX));
        Ok(ENGINE.account(&mut overlay, sender).expect("a readable account"))
    }
}

/// Returns the key of operator `index`.
#[must_use]
pub fn operator_keypair(index: usize) -> Keypair {
    Keypair::from_seed(
        digest(
            &label::LEDGER_KEY,
            &[b"operator", &index.to_le_bytes()[..]].concat(),
        )
        .as_bytes(),
    )
}

/// Returns the key of user `index`.
#[must_use]
pub fn user_keypair(index: usize) -> Keypair {
    Keypair::from_seed(digest(&label::LEDGER_KEY, &[b"user", &index.to_le_bytes()[..]].concat()).as_bytes())
}

/// Returns the account of user `index`.
#[must_use]
pub fn user(index: usize) -> SenderId {
    sender_of(user_keypair(index).key())
}

/// Returns a signed transaction of user `index`.
#[must_use]
pub fn transaction(index: usize, nonce: u64, call: Call) -> Vec<u8> {
    Transaction::sign(&user_keypair(index), Nonce(nonce), call).to_bytes()
}

/// Returns the consensus account of operator `index`.
#[must_use]
pub fn operator_account(index: usize) -> AccountId {
    AccountId(digest(
        &label::LEDGER_KEY,
        &[b"account", &index.to_le_bytes()[..]].concat(),
    ))
}

/// Returns the genesis state: 100 users with a million each.
#[must_use]
pub fn genesis_state() -> Changes {
    let balances: Vec<_> = (0..100).map(|index| (user(index), Balance(1_000_000))).collect();
    genesis(&balances)
}

/// Returns limits of a host with small numbers.
#[must_use]
pub const fn limits() -> HostLimits {
    HostLimits {
        message_bytes: 2 * 1024 * 1024,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 2,
        unlock_period: 100,
        submission_lag: 10,
    }
}

/// Returns what a host with small numbers fixes.
#[must_use]
pub const fn config() -> Config {
    Config {
        limits: limits(),
        domain_deposit: Balance(10),
        channel_deposit: Balance(50),
        minimum_stake: Balance(1),
        minimum_nomination: Balance(1),
        treasury: TREASURY,
        treasury_share: 2_500,
        return_after: 2,
        work_per_block: 4,
    }
}

/// Returns parameters of a domain with small numbers.
#[must_use]
pub fn params() -> DomainParams {
    let mut tree = MemoryTree::new();
    let genesis = tree.update(&genesis_state()).unwrap_or_default();
    DomainParams {
        rules: ENGINE.rule_set(),
        genesis,
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 8,
            epoch: 8,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 1_000,
            bytes: 200_000,
            weight: Weight(1_000_000),
        },
        transaction_bytes: 1_024,
        sender_transactions: 16,
        bundles_per_block: 8,
        legality: LegalityMode::Deferred,
        validity: Validity::Optimistic,
        challenge_period: 10,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 16,
        max_gap: 8,
        messages: 8,
        witness_limit: 60_000,
        portion: WHOLE_RING,
        reporter_share: 500,
    }
}

impl World {
    /// Starts a chain with one domain and `operators` operators whose stake counts.
    ///
    /// # Panics
    /// When the setup is refused: it is part of the test.
    #[must_use]
    pub fn new(operators: usize, params: DomainParams) -> Self {
        Self::with_config(operators, params, config())
    }

    /// Starts a chain whose host fixes something else.
    ///
    /// # Panics
    /// When the setup is refused.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a broken setup must stop the test")]
    pub fn with_config(operators: usize, params: DomainParams, config: Config) -> Self {
        let checked = params.clone().check(&config.limits).expect("safe parameters");
        let mut host = MemoryHost::new(vec![ENGINE], 7);
        host.verifiers.push(Reexecution(ENGINE));
        let mut world = Self {
            chain: Consensus::new(host, config),
            blocks: Vec::new(),
            operators: Vec::new(),
            disks: Vec::new(),
            domain: DomainId(0),
            params: checked,
            branch: 0,
            offline: BTreeSet::new(),
            states: States::default(),
            slot: 0,
        };
        world.begin();
        world.add_domain(operators, params);
        world.await_epoch();
        world
    }

    /// Creates one more domain in the present block, with `operators` more operators, and makes it the one that the
    /// world speaks of. Their stakes count from the next epoch on.
    ///
    /// # Panics
    /// When the setup is refused.
    #[allow(clippy::expect_used, reason = "a broken setup must stop the test")]
    pub fn add_domain(&mut self, operators: usize, params: DomainParams) -> DomainId {
        let owner = AccountId(Digest([9; 32]));
        let deposit = self.chain.config().domain_deposit;
        self.chain.host_mut().endow(owner, deposit);
        let (domain, _) = self
            .chain
            .create_domain(owner, params, Access::Open, Balance::ZERO)
            .expect("a domain");
        self.focus(domain);
        let first = self.operators.len();
        let all = first..first.saturating_add(operators);
        for index in all.clone() {
            self.register(index);
        }
        let block = self.blocks.last().expect("a block has begun");
        let (created, created_hash) = (block.info.number, block.hash);
        let receipt = genesis_receipt(domain, self.params.rules, self.params.genesis, created);
        for index in all {
            let genesis = Genesis {
                created,
                created_hash,
                receipt: receipt.clone(),
                state: genesis_state(),
            };
            let operator = Operator::new(
                identity(index),
                ENGINE,
                self.params.clone(),
                genesis,
                PoolLimits::default(),
            );
            self.operators.push(operator.expect("an operator"));
            self.disks.push(BTreeMap::new());
            self.commit(index);
            self.keep_state(index);
        }
        domain
    }

    /// Makes empty blocks until the stakes of everybody registered so far count.
    pub fn await_epoch(&mut self) {
        let domains = self.chain.counters().map_or(0, |next| next.domain.0);
        let slots = (0..domains).filter_map(|domain| {
            let election = self.chain.params(DomainId(domain)).ok()??.election;
            election.epoch.checked_mul(election.interval)
        });
        for _ in 0..slots.max().unwrap_or_default() {
            self.produce(&[], &[]);
        }
    }

    /// Returns the stake epoch that the domain is in.
    ///
    /// # Panics
    /// When no block has begun.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a world begins with a block")]
    pub fn epoch(&self) -> u64 {
        let block = self.blocks.last().expect("a block has begun");
        self.params.epoch_at(block.info.slot)
    }

    /// Makes another domain the one that the world speaks of.
    ///
    /// # Panics
    /// When there is no such domain.
    #[allow(clippy::expect_used, reason = "a broken setup must stop the test")]
    pub fn focus(&mut self, domain: DomainId) {
        let params = self.chain.params(domain).expect("a readable store");
        (self.domain, self.params) = (domain, params.expect("a domain"));
    }

    /// Keeps the newest state of operator `index` for the farmers, if its domain's legality is enforced.
    fn keep_state(&mut self, index: usize) {
        let Some(operator) = self.operators.get_mut(index) else {
            return;
        };
        if legality(&self.chain, operator.domain()) == Some(LegalityMode::Enforced)
            && let Some((_, hash)) = operator.head()
            && let Ok(tree) = operator.state()
        {
            self.states.0.entry(hash).or_insert_with(|| tree.clone());
        }
    }

    #[allow(clippy::expect_used, reason = "a broken setup must stop the test")]
    fn register(&mut self, index: usize) {
        let (account, keypair) = (operator_account(index), operator_keypair(index));
        self.chain.host_mut().endow(account, deposit_for(STAKE));
        let key = *keypair.key().as_bytes();
        let possession = keypair.sign(
            &label::REGISTRATION,
            &registration_message(self.domain, &account, &key),
        );
        let registered =
            self.chain
                .register_operator(account, self.domain, &key, &possession, deposit_for(STAKE), TERMS);
        let (id, _) = registered.expect("a registration");
        assert_eq!(id, OperatorId(u64::try_from(index).unwrap_or(u64::MAX)));
    }

    /// Returns what the account of operator `index` and those who nominated it have at stake, as of the last change; nothing if it was
    /// slashed or has left.
    ///
    /// # Panics
    /// When there is no such operator.
    #[must_use]
    pub fn at_stake(&self, index: usize) -> Balance {
        at_stake(&self.chain, index)
    }

    /// Claims for the account of operator `index` what is due to it in its own pool. Returns what was paid, `None` if the call was
    /// refused.
    pub fn claim(&mut self, index: usize) -> Option<Balance> {
        let operator = OperatorId(u64::try_from(index).unwrap_or(u64::MAX));
        let events = self.chain.claim(operator, operator_account(index)).ok()?;
        events.iter().find_map(|event| {
            if let Event::Claimed { amount, .. } = event {
                return Some(*amount);
            }
            None
        })
    }

    /// Returns the slot of the next block.
    #[must_use]
    pub const fn next_slot(&self) -> Slot {
        Slot(self.slot.saturating_add(1))
    }

    #[allow(clippy::expect_used, reason = "a block that does not begin is a broken test")]
    fn begin(&mut self) -> Vec<Event> {
        self.slot = self.slot.saturating_add(1);
        let parent = self.blocks.last();
        let number = ConsensusNumber(parent.map_or(1, |parent| parent.info.number.0.saturating_add(1)));
        let parent_hash = parent.map_or(ConsensusHash::default(), |parent| parent.hash);
        let tag = |tag: u8| {
            let hash = Hash::new(&label::LEDGER_KEY).chain([tag]).chain(parent_hash.0);
            hash.chain(self.slot.to_le_bytes())
                .chain(self.branch.to_le_bytes())
                .finish()
        };
        let info = BlockInfo {
            number,
            parent_hash,
            slot: Slot(self.slot),
            timestamp: Timestamp(self.slot.saturating_mul(1_000)),
            randomness: Randomness(tag(3)),
            byte_price: Balance(1),
            farmer: FARMER,
        };
        let block = Block {
            info,
            hash: ConsensusHash(tag(4)),
            bundles: Vec::new(),
            before: self.chain.host().clone(),
        };
        self.blocks.push(block);
        self.chain.begin_block(&info).expect("the block begins")
    }

    /// Makes a block of these bundles and proofs; every operator follows it.
    ///
    /// # Panics
    /// When the host or an operator fails.
    #[allow(
        clippy::expect_used,
        reason = "an operator that cannot follow is a failed test"
    )]
    pub fn produce(&mut self, bundles: &[Bundle], proofs: &[FraudProof]) -> Log {
        let mut log = Log {
            events: self.begin(),
            ..Log::default()
        };
        for proof in proofs {
            match self.chain.submit_proof(&proof.encode()) {
                Ok(events) => log.events.extend(events),
                Err(error) => log.refused.push(error.to_string()),
            }
        }
        let mut included = Vec::new();
        for bundle in bundles {
            let bytes = bundle.encode();
            let submitted = match legality(&self.chain, bundle.header.header.domain) {
                Some(LegalityMode::Enforced) => self.chain.submit_bundle_enforced(&bytes, &self.states),
                Some(LegalityMode::Deferred) | None => self.chain.submit_bundle(&bytes),
            };
            match submitted {
                Ok(events) => {
                    log.events.extend(events);
                    included.push(bundle.clone());
                }
                Err(error) => log.refused.push(error.to_string()),
            }
        }
        if let Some(block) = self.blocks.last_mut() {
            block.bundles = included;
        }
        for index in 0..self.operators.len() {
            if !self.offline.contains(&index) {
                let notices = self.catch_up(index).expect("the operator follows");
                log.notices
                    .extend(notices.into_iter().map(|notice| (index, notice)));
            }
        }
        log
    }

    /// Returns the place of the block that operator `index` has followed last, `None` if the chain took it back.
    fn place(&self, index: usize) -> Option<usize> {
        let (_, tip) = self.operators.get(index)?.tip()?;
        self.blocks.iter().rposition(|block| block.hash == tip)
    }

    /// Lets operator `index` leave what the chain took back, and follow every block up to the newest.
    ///
    /// # Errors
    /// What the operator says.
    pub fn catch_up(&mut self, index: usize) -> Result<Vec<Notice>, String> {
        let place = loop {
            if let Some(place) = self.place(index) {
                break place;
            }
            let operator = self.operators.get_mut(index).ok_or("no such operator")?;
            operator.retract().map_err(|error| format!("{error:?}"))?;
            self.commit(index);
        };
        let mut notices = Vec::new();
        for at in place.saturating_add(1)..self.blocks.len() {
            notices.extend(self.follow(index, at)?);
        }
        Ok(notices)
    }

    /// Lets operator `index` forget what only a re-organisation past block `at` would need; not while it is itself on a
    /// branch that was taken back.
    pub fn prune(&mut self, index: usize, at: usize) {
        let (Some(place), Some(block)) = (self.place(index), self.blocks.get(at)) else {
            return;
        };
        let (chain, finalized) = (self.chain_after(place), block.info.number);
        if let Some(operator) = self.operators.get_mut(index) {
            let _ = operator.prune(&chain.state(), finalized);
        }
        self.commit(index);
    }

    /// Returns the chain as it was with block `at` applied.
    #[must_use]
    pub fn chain_after(&self, at: usize) -> Chain {
        match self.blocks.get(at.saturating_add(1)) {
            Some(next) => Consensus::new(next.before.clone(), *self.chain.config()),
            None => self.chain.clone(),
        }
    }

    /// Lets operator `index` follow block `at`.
    ///
    /// # Errors
    /// What the operator says.
    pub fn follow(&mut self, index: usize, at: usize) -> Result<Vec<Notice>, String> {
        let chain = self.chain_after(at);
        let (Some(block), Some(operator)) = (self.blocks.get(at), self.operators.get_mut(index)) else {
            return Err("no such block or operator".into());
        };
        let of_domain = |bundle: &&Bundle| bundle.header.header.domain == operator.domain();
        let bundles: Vec<&Bundle> = block.bundles.iter().filter(of_domain).collect();
        let block = ConsensusBlock {
            number: block.info.number,
            hash: block.hash,
            parent: block.info.parent_hash,
            byte_price: block.info.byte_price,
            bundles: &bundles,
        };
        let notices = operator
            .follow(&chain.state(), &block)
            .map_err(|error| format!("{error:?}"))?;
        self.commit(index);
        self.keep_state(index);
        Ok(notices)
    }

    /// Commits what operator `index` made durable.
    pub fn commit(&mut self, index: usize) {
        let (Some(operator), Some(disk)) = (self.operators.get_mut(index), self.disks.get_mut(index)) else {
            return;
        };
        for Write { key, value } in operator.take_writes() {
            match value {
                Some(value) => disk.insert(key, value),
                None => disk.remove(&key),
            };
        }
    }

    /// Replaces operator `index` by one restored from what it made durable: a crash and a restart.
    ///
    /// # Panics
    /// When it cannot be restored.
    #[allow(
        clippy::expect_used,
        reason = "an operator that does not come back is a failed test"
    )]
    pub fn restart(&mut self, index: usize) {
        let entries = self.disks[index].clone();
        let domain = self.operators[index].domain();
        let params = self.chain.params(domain).ok().flatten().expect("a domain");
        let restored = Operator::restore(identity(index), ENGINE, params, entries, PoolLimits::default());
        self.operators[index] = restored.expect("an operator from its own writes");
    }

    /// Asks every operator for a bundle for the next block. Who is offline answers from the last block that it saw.
    ///
    /// # Panics
    /// When an operator fails.
    #[allow(
        clippy::expect_used,
        reason = "an operator that cannot answer is a failed test"
    )]
    pub fn propose(&mut self) -> Vec<(usize, Bundle)> {
        let slot = self.next_slot();
        let mut bundles = Vec::new();
        for index in 0..self.operators.len() {
            let Some(place) = self.place(index) else { continue };
            let chain = self.chain_after(place);
            let proposal = self.operators[index]
                .propose(&chain.state(), slot)
                .expect("an answer");
            self.commit(index);
            if let Proposal::Bundle(bundle) = proposal {
                bundles.push((index, *bundle));
            }
        }
        bundles
    }

    /// Makes a block of what the operators propose, after `tamper` has seen it, and of every proof they have.
    pub fn step(&mut self, tamper: &mut dyn FnMut(&Self, usize, Bundle) -> Option<Bundle>) -> Log {
        let proposed = self.propose();
        let bundles: Vec<Bundle> = proposed
            .into_iter()
            .filter_map(|(index, bundle)| tamper(self, index, bundle))
            .collect();
        let proofs = self.proofs();
        self.produce(&bundles, &proofs)
    }

    /// Makes `count` blocks of what honest operators do.
    pub fn run(&mut self, count: usize) -> Vec<Log> {
        (0..count)
            .map(|_| self.step(&mut |_, _, bundle| Some(bundle)))
            .collect()
    }

    /// Returns the proofs that any operator has, one per receipt.
    #[must_use]
    pub fn proofs(&self) -> Vec<FraudProof> {
        let all = self.operators.iter().flat_map(Operator::challenges);
        let by_receipt: BTreeMap<ReceiptHash, FraudProof> =
            all.map(|proof| (proof.receipt, proof.clone())).collect();
        by_receipt.into_values().collect()
    }

    /// Takes the newest `count` blocks back, on the chain and on every operator.
    ///
    /// # Panics
    /// When an operator cannot retract.
    #[allow(
        clippy::expect_used,
        reason = "an operator that cannot retract is a failed test"
    )]
    pub fn retract(&mut self, count: usize) {
        for _ in 0..count {
            let Some(block) = self.blocks.pop() else { return };
            *self.chain.host_mut() = block.before;
            self.slot = block.info.slot.0.saturating_sub(1);
            for index in 0..self.operators.len() {
                if self.operators[index]
                    .tip()
                    .is_some_and(|(_, tip)| tip == block.hash)
                {
                    self.operators[index].retract().expect("a block to retract");
                    self.commit(index);
                }
            }
        }
    }

    /// Gives a transaction to every operator.
    ///
    /// # Panics
    /// When an operator's state cannot be read.
    #[allow(clippy::expect_used, reason = "a state that cannot be read is a failed test")]
    pub fn send(&mut self, bytes: &[u8]) {
        for operator in &mut self.operators {
            let _ = operator.add_transaction(bytes).expect("a readable state");
        }
    }

    /// Returns the domain's head and confirmed numbers.
    #[must_use]
    pub fn heads(&self) -> (DomainNumber, DomainNumber) {
        self.heads_of(self.domain)
    }

    /// Returns the head and confirmed numbers of any domain.
    #[must_use]
    pub fn heads_of(&self, domain: DomainId) -> (DomainNumber, DomainNumber) {
        let chain = self.chain.chain(domain).ok().flatten();
        chain.map_or_else(Default::default, |chain| (chain.head, chain.confirmed))
    }
}

/// As [`World::at_stake`], for any chain.
///
/// # Panics
/// When there is no such operator.
#[must_use]
#[allow(
    clippy::expect_used,
    reason = "an operator that is not there must stop the test"
)]
pub fn at_stake(chain: &Chain, index: usize) -> Balance {
    pool(chain, index).stake
}

/// Returns the pool of operator `index`.
///
/// # Panics
/// When there is no such operator.
#[must_use]
#[allow(
    clippy::expect_used,
    reason = "an operator that is not there must stop the test"
)]
pub fn pool<H: Store<Error: std::fmt::Debug>>(chain: &Consensus<H>, index: usize) -> Pool {
    let operator = OperatorId(u64::try_from(index).unwrap_or(u64::MAX));
    let pool = chain.pool(operator).expect("a readable store");
    pool.expect("an operator")
}

/// Returns what is in custody, as the books have it: pools, domains and deposits.
///
/// # Panics
/// When the store is not what accepted calls wrote.
#[must_use]
#[allow(clippy::expect_used, reason = "books that cannot be read must stop the test")]
pub fn booked(store: &BTreeMap<Vec<u8>, Vec<u8>>) -> u128 {
    let amounts = store.iter().map(|(key, value)| match key.first() {
        Some(2) => model::Domain::decode(&mut &**value).expect("a domain").deposit.0,
        Some(19) => Balance::decode(&mut &**value).expect("a balance").0,
        Some(20) => {
            Pool::decode(&mut &**value)
                .expect("a pool")
                .money()
                .expect("in range")
                .0
        }
        _ => 0,
    });
    amounts.fold(0, u128::saturating_add)
}

fn legality(chain: &Chain, domain: DomainId) -> Option<LegalityMode> {
    Some(chain.params(domain).ok()??.legality)
}

fn identity(index: usize) -> Identity {
    Identity {
        operator: Some(OperatorId(u64::try_from(index).unwrap_or(u64::MAX))),
        keypair: operator_keypair(index),
        reporter: operator_account(index),
    }
}
