//! A receipt chain in memory, and receipts to try on it.

use decex_bundle::{Base, BodyCommitment, Inbox, Inboxed, Verdict};
use decex_core::Host;
use decex_core::codec::BoundedVec;
use decex_core::execution::{InputCounts, trace_length, trace_root};
use decex_core::hash::{Digest, digest};
use decex_core::id::*;
use decex_core::label;
use decex_core::list;
use decex_core::params::*;
use decex_core::schedule::{Entry, ScheduleClaim};
use decex_receipt::*;
use std::collections::BTreeMap;
use std::convert::Infallible;

pub const DOMAIN: DomainId = DomainId(3);
pub const PERIOD: u64 = 100;

pub fn named(n: u64) -> Digest {
    digest(&label::TRACE, &n.to_le_bytes())
}

pub fn params() -> CheckedParams {
    let params = DomainParams {
        rules: RuleSet::default(),
        genesis: StateRoot::default(),
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 3,
            epoch: 10,
            max_factor: 1,
            absence: 0,
        },
        block: BlockLimits {
            transactions: 100,
            bytes: 10_000,
            weight: Weight(1_000_000),
        },
        transaction_bytes: 500,
        sender_transactions: 4,
        bundles_per_block: 5,
        legality: LegalityMode::Deferred,
        challenge_period: PERIOD,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 10,
        max_gap: 6,
        messages: 8,
        witness_limit: 20_000,
        portion: WHOLE_RING,
        reporter_share: 100,
    };
    let host = HostLimits {
        message_bytes: 1 << 20,
        slot_numerator: 1,
        slot_denominator: 2,
        censorship: 10,
        unlock_period: 1_000,
        submission_lag: 10,
    };
    params.check(&host).unwrap()
}

/// What a host keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    pub chain: Chain,
    pub hashes: BTreeMap<DomainNumber, ReceiptHash>,
    pub records: BTreeMap<ReceiptHash, Record>,
    pub inboxes: BTreeMap<DomainNumber, Inbox>,
}

impl Host for World {
    type Error = Infallible;
}

impl ReceiptView for World {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Infallible> {
        Ok((domain == DOMAIN).then_some(self.chain))
    }
    fn hash_at(&self, _: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Infallible> {
        Ok(self
            .hashes
            .get(&number)
            .copied()
            .filter(|_| number <= self.chain.head))
    }
    fn record(&self, _: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Infallible> {
        Ok(self.records.get(hash).cloned())
    }
    fn inbox(&self, _: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Infallible> {
        Ok(self.inboxes.get(&number).cloned())
    }
}

pub fn operator(n: u64) -> OperatorId {
    OperatorId(n)
}

impl World {
    /// Genesis, and closed inboxes for blocks 1 to `blocks`, each with bundles of 3 and 2 transactions.
    pub fn new(blocks: u64) -> Self {
        let receipt = genesis_receipt(
            DOMAIN,
            RuleSet::default(),
            StateRoot(named(0)),
            ConsensusNumber(1),
        );
        let hash = receipt.compute_hash();
        let record = Record {
            receipt,
            included_at: ConsensusNumber(1),
            backers: vec![],
            byte_price: Balance(1),
        };
        let mut world = Self {
            chain: Chain {
                confirmed: DomainNumber(0),
                head: DomainNumber(0),
                head_hash: hash,
            },
            hashes: BTreeMap::from([(DomainNumber(0), hash)]),
            records: BTreeMap::from([(hash, record)]),
            inboxes: BTreeMap::new(),
        };
        (1..=blocks).for_each(|number| world.fill(number, &[3, 2]));
        world
    }

    /// Closes the inbox of a block. All bundles are based on genesis.
    pub fn fill(&mut self, number: u64, counts: &[u32]) {
        let genesis = self.hashes[&DomainNumber(0)];
        let base = Base {
            number: DomainNumber(0),
            hash: genesis,
            root: StateRoot(named(0)),
            byte_price: Balance(1),
        };
        let bundle = |(n, count): (usize, &u32)| Inboxed {
            header: HeaderHash(named(n as u64)),
            operator: operator(9),
            base,
            body: BodyCommitment {
                root: ListRoot(named(7)),
                count: *count,
                bytes: 1,
                weight: Weight(1),
            },
        };
        let bundles: Vec<_> = counts.iter().enumerate().map(bundle).collect();
        let inbox = Inbox {
            domain: DOMAIN,
            number: DomainNumber(number),
            rules: RuleSet(named(1_000)),
            consensus_number: ConsensusNumber(10 * number),
            consensus_hash: ConsensusHash(named(number)),
            slot: Slot(number),
            timestamp: Timestamp(number),
            byte_price: Balance(5),
            seed: Seed(named(number)),
            messages: BoundedVec::default(),
            bundles: BoundedVec::new(bundles).unwrap(),
        };
        self.inboxes.insert(DomainNumber(number), inbox);
    }

    /// Submits as `by` at consensus block `now`, applies what is accepted, and checks that judging alone changes nothing.
    pub fn submit(&mut self, by: u64, now: u64, submission: &Submission) -> Result<Accepted, InvalidReceipt> {
        let before = self.clone();
        let now = ConsensusNumber(now);
        let result = submit(self, now, &params(), operator(by), DOMAIN, submission);
        assert!(*self == before);
        let accepted = result.map_err(|error| match error {
            SubmitError::Host(never) => match never {},
            SubmitError::Invalid(invalid) => invalid,
        })?;
        match &accepted {
            Accepted::Extended { hash, record } => {
                let number = record.receipt.number;
                (self.chain.head, self.chain.head_hash) = (number, *hash);
                self.hashes.insert(number, *hash);
                self.records.insert(*hash, record.clone());
            }
            Accepted::Endorsed { hash } => self.records.get_mut(hash).unwrap().backers.push(operator(by)),
            Accepted::Known => {}
        }
        Ok(accepted)
    }

    pub fn refusal(&self, submission: &Submission) -> InvalidReceipt {
        self.clone().submit(1, 500, submission).unwrap_err()
    }

    /// Extends the chain by `count` receipts of operator `by` at block `now`.
    pub fn extend(&mut self, by: u64, now: u64, count: u64) {
        for _ in 0..count {
            let next = self.next();
            assert!(matches!(
                self.submit(by, now, &next),
                Ok(Accepted::Extended { .. })
            ));
        }
    }

    /// A receipt that submission accepts on top of the head.
    pub fn next(&self) -> Submission {
        self.with(self.chain.head.next().unwrap(), self.chain.head_hash, &[], 0)
    }

    /// One with these verdicts (`Valid` where none is given), and a final state that depends on `salt`.
    pub fn with(
        &self,
        number: DomainNumber,
        parent: ReceiptHash,
        verdicts: &[Verdict],
        salt: u64,
    ) -> Submission {
        let inbox = &self.inboxes[&number];
        let verdict = |n: usize| verdicts.get(n).copied().unwrap_or(Verdict::Valid);
        let verdicts: Vec<_> = (0..inbox.bundles.len()).map(verdict).collect();
        let mut entries = Vec::new();
        for (bundle, (inboxed, verdict)) in inbox.bundles.iter().zip(&verdicts).enumerate() {
            if *verdict == Verdict::Valid {
                entries.extend((0..inboxed.body.count).map(|leaf| Entry {
                    bundle: bundle as u16,
                    leaf,
                }));
            }
        }
        let receipt = Receipt {
            version: VERSION,
            rules: inbox.rules,
            domain: DOMAIN,
            number,
            parent,
            consensus_number: inbox.consensus_number,
            consensus_hash: inbox.consensus_hash,
            seed: inbox.seed,
            verdicts: BoundedVec::new(verdicts).unwrap(),
            schedule: ScheduleClaim::default(),
            trace: TraceClaim::default(),
            state: StateRoot::default(),
            effects: Default::default(),
        };
        let length = trace_length(
            InputCounts {
                messages: 0,
                transactions: entries.len() as u32,
            },
            params().trace_interval(),
        );
        let trace = (0..length)
            .map(|n| StateRoot(named(u64::from(n) + 100 * salt)))
            .collect();
        let mut submission = Submission {
            receipt,
            openings: None,
        };
        open(&mut submission, entries, trace);
        submission
    }
}

/// Makes a receipt commit to these openings, and publishes them.
pub fn open(submission: &mut Submission, entries: Vec<Entry>, trace: Vec<StateRoot>) {
    let leaves: Vec<_> = entries.iter().map(Entry::compute_leaf).collect();
    let receipt = &mut submission.receipt;
    receipt.schedule = ScheduleClaim {
        root: list::root(&leaves),
        count: entries.len() as u32,
    };
    receipt.trace = TraceClaim {
        root: trace_root(&trace),
        length: trace.len() as u32,
    };
    receipt.state = trace.last().copied().unwrap_or_default();
    submission.openings = Some(Openings {
        schedule: BoundedVec::new(entries).unwrap(),
        trace: BoundedVec::new(trace).unwrap(),
    });
}
