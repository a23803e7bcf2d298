//! Receipts: what a submission costs beside many pending ones, and how large a receipt is.
//!
//! The store is a hash map, so that its own growth does not hide what the rules cost. 1,000 domains with 14,400 pending
//! receipts each would take about 16 GB; the two factors are therefore measured one at a time, 1.44 million pending
//! receipts each time (about 2 GB): 100 domains with 14,400 each, and 1,000 domains with 1,440 each.

#![allow(clippy::indexing_slicing, reason = "a benchmark reports ratios")]

use crate::measure::{Row, versus};
use decex_bundle::{Base, BodyCommitment, Draft, Inbox, Inboxed, SealingRecord, Verdict, seal_bundle};
use decex_consensus::decex_staking::PoolTerms;
use decex_consensus::{
    Access, Beacon, BlockInfo, Config, Consensus, Engines, HoldError, Ledger, Store, keys,
    registration_message,
};
use decex_core::execution::{Effects, Engine, InputCounts, trace_length, trace_root};
use decex_core::params::{
    BlockLimits, CheckedParams, DomainParams, ElectionParams, HostLimits, LegalityMode, WHOLE_RING,
};
use decex_core::schedule::{Entry, ScheduleClaim};
use decex_core::*;
use decex_election::{Challenge, Keypair, try_elect};
use decex_receipt::{Openings, Receipt, Record, Submission, TraceClaim, VERSION};
use decex_testkit::ledger::LedgerEngine;
use parity_scale_codec::Encode;
use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

/// Domains that receipts are submitted to in turn: no submission finds the one before it in the processor's caches.
const MEASURED: u32 = 16;
/// The first block of the epoch in which the stakes of block 1 count.
const NOW: ConsensusNumber = ConsensusNumber(4);

/// Returns the rows of this part.
pub fn measure() -> Vec<Row> {
    let mut baseline = World::new(1, 1);
    let mut rows = Vec::new();
    for (domains, pending) in [(1, 14_400), (100, 14_400), (1_000, 1_440)] {
        let mut world = World::new(domains, pending);
        let named = format!("{domains} domains × {pending} pending");
        rows.push(ratio(
            format!("whole bundle with one receipt, {named}"),
            versus(30, || world.submit(), || baseline.submit()),
        ));
        rows.push(ratio(
            format!("submission rules and their reads alone, {named}"),
            versus(100, || world.judge(), || baseline.judge()),
        ));
    }
    rows.push(size());
    rows
}

fn ratio(work: String, (ours, theirs): (Duration, Duration)) -> Row {
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(MEASURED);
    Row {
        work,
        baseline: "1 domain × 1 pending".into(),
        goal: "≤ 1.2".into(),
        measured: format!("{ratio:.2} ({:.1} µs / {:.1} µs)", each(ours), each(theirs)),
        met: Some(ratio <= 1.2),
    }
}

/// The largest receipt without verdicts: every field has a fixed length but the verdicts.
fn size() -> Row {
    let receipt = receipt(DomainId(0), 1, ReceiptHash::default(), Vec::new());
    let bytes = receipt.encoded_size();
    Row {
        work: "encoded receipt without verdicts, any number of transactions".into(),
        baseline: "–".into(),
        goal: "≤ 400 B".into(),
        measured: format!("{bytes} B"),
        met: Some(bytes <= 400),
    }
}

/// A store that can take back what the last call wrote.
#[derive(Default)]
pub(crate) struct Undoable {
    store: HashMap<Vec<u8>, Vec<u8>>,
    before: RefCell<Vec<(Vec<u8>, Option<Vec<u8>>)>>,
    engine: LedgerEngine,
}

impl Undoable {
    pub(crate) fn undo(&mut self) {
        for (key, value) in self.before.take().into_iter().rev() {
            match value {
                Some(value) => self.store.insert(key, value),
                None => self.store.remove(&key),
            };
        }
    }
}

impl Host for Undoable {
    type Error = Infallible;
}

impl Store for Undoable {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.store.get(key).cloned())
    }
    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Infallible> {
        let before = self.store.insert(key.to_vec(), value.to_vec());
        self.before.get_mut().push((key.to_vec(), before));
        Ok(())
    }
    fn remove(&mut self, key: &[u8]) -> Result<(), Infallible> {
        let before = self.store.remove(key);
        self.before.get_mut().push((key.to_vec(), before));
        Ok(())
    }
}

impl Ledger for Undoable {
    fn hold(&mut self, _: &AccountId, _: Balance) -> Result<(), HoldError<Infallible>> {
        Ok(())
    }
    fn release(&mut self, _: &AccountId, _: Balance) -> Result<(), Infallible> {
        Ok(())
    }
    fn burn(&mut self, _: Balance) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Beacon for Undoable {
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        Ok(Some(Randomness(hash::digest_encoded(&label::EVIDENCE, &slot))))
    }
}

impl Engines for Undoable {
    fn engine(&self, _: &RuleSet) -> Option<&dyn Engine> {
        Some(&self.engine)
    }
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

/// A chain with so many domains and so many pending receipts in each.
pub(crate) struct World {
    pub(crate) consensus: Consensus<Undoable>,
    params: CheckedParams,
    bundles: Vec<(DomainId, OperatorId, Submission, Vec<u8>)>,
}

impl World {
    fn new(domains: u32, pending: u64) -> Self {
        Self::sweeping(domains, pending, 64)
    }

    /// The same, with so much work per block.
    pub(crate) fn sweeping(domains: u32, pending: u64, work_per_block: u32) -> Self {
        let config = Config {
            work_per_block,
            ..config()
        };
        let mut consensus = Consensus::new(Undoable::default(), config);
        begin(&mut consensus, 1);
        let mut operators = Vec::new();
        for domain in 0..domains {
            let account = AccountId::default();
            consensus
                .create_domain(account, params(), Access::Open, Balance::ZERO)
                .expect("safe parameters");
            if domain % domains.div_ceil(MEASURED) == 0 {
                let keypair = Keypair::from_seed(&std::array::from_fn(|i| domain.to_le_bytes()[i % 4]));
                let (domain, key) = (DomainId(domain), *keypair.key().as_bytes());
                let message = registration_message(domain, &account, &key);
                let possession = keypair.sign(&label::REGISTRATION, &message);
                let registered =
                    consensus.register_operator(account, domain, &key, &possession, DEPOSIT, TERMS);
                operators.push((domain, registered.expect("a new key").0, keypair));
            }
        }
        for number in 2..=NOW.0 {
            begin(&mut consensus, number);
        }
        for domain in 0..domains {
            fill(&mut consensus, DomainId(domain), pending);
        }
        let rounds = MEASURED.div_ceil(u32::try_from(operators.len()).expect("few"));
        let bundles: Vec<_> = operators
            .iter()
            .map(|(domain, operator, keypair)| bundle(&consensus, *domain, *operator, keypair))
            .collect();
        let bundles = (0..rounds)
            .flat_map(|_| bundles.clone())
            .take(MEASURED as usize)
            .collect();
        consensus.host_mut().before.take();
        let params = consensus
            .params(DomainId(0))
            .expect("infallible")
            .expect("created");
        Self {
            consensus,
            params,
            bundles,
        }
    }

    fn submit(&mut self) {
        for (.., bundle) in &self.bundles {
            self.consensus.submit_bundle(bundle).expect("acceptable");
            self.consensus.host_mut().undo();
        }
    }

    fn judge(&self) {
        for (domain, operator, submission, _) in &self.bundles {
            let state = self.consensus.state();
            let accepted = decex_receipt::submit(&state, NOW, &self.params, *operator, *domain, submission);
            let _ = std::hint::black_box(accepted.expect("acceptable"));
        }
    }
}

/// So much that the fund pays for every bundle.
const DEPOSIT: Balance = Balance(1_000_000_000_000);
const TERMS: PoolTerms = PoolTerms {
    tax: 1_000,
    minimum_nomination: Balance(1),
};

fn config() -> Config {
    let limits = HostLimits {
        message_bytes: 1 << 20,
        slot_numerator: 1,
        slot_denominator: 1,
        censorship: 100,
        unlock_period: 20_000,
        submission_lag: 100,
    };
    Config {
        limits,
        domain_deposit: Balance(0),
        channel_deposit: Balance(50),
        minimum_stake: Balance(1),
        minimum_nomination: Balance(1),
        treasury: AccountId::default(),
        treasury_share: 5_000,
        return_after: 2,
        work_per_block: 64,
    }
}

fn params() -> DomainParams {
    DomainParams {
        rules: LedgerEngine::default().rule_set(),
        genesis: StateRoot::default(),
        election: ElectionParams {
            numerator: 1,
            denominator: 1,
            interval: 1,
            longevity: 4,
            epoch: 4,
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
        bundles_per_block: 4,
        legality: LegalityMode::Deferred,
        challenge_period: 14_400,
        seed_delay: 1,
        trace_interval: 2,
        max_base_lag: 16,
        max_gap: 16,
        messages: 8,
        witness_limit: 16_384,
        portion: WHOLE_RING,
        reporter_share: 1_000,
    }
}

fn begin(consensus: &mut Consensus<Undoable>, number: u64) {
    let block = BlockInfo {
        number: ConsensusNumber(number),
        parent_hash: ConsensusHash::default(),
        slot: Slot(number),
        timestamp: Timestamp(number),
        randomness: Randomness::default(),
        byte_price: Balance(1),
        farmer: AccountId::default(),
    };
    consensus.begin_block(&block).expect("in order");
}

fn receipt(domain: DomainId, number: u64, parent: ReceiptHash, verdicts: Vec<Verdict>) -> Receipt {
    let count = u32::try_from(verdicts.len()).expect("few");
    Receipt {
        version: VERSION,
        rules: params().rules,
        domain,
        number: DomainNumber(number),
        parent,
        consensus_number: ConsensusNumber(number),
        consensus_hash: ConsensusHash::default(),
        seed: Seed::default(),
        verdicts: BoundedVec::new(verdicts).expect("few"),
        schedule: ScheduleClaim {
            root: schedule_root(count),
            count,
        },
        trace: TraceClaim {
            root: trace_root(&trace(count)),
            length: trace_length(
                InputCounts {
                    messages: 0,
                    transactions: count,
                },
                2.try_into().expect("not 0"),
            ),
        },
        state: StateRoot(Digest([7; 32])),
        effects: Effects {
            outbox: list::root(&[]),
            ..Effects::default()
        },
    }
}

fn entries(count: u32) -> Vec<Entry> {
    (0..count).map(|leaf| Entry { bundle: 0, leaf }).collect()
}

fn schedule_root(count: u32) -> ListRoot {
    let leaves: Vec<Digest> = entries(count).iter().map(Entry::compute_leaf).collect();
    list::root(&leaves)
}

pub(crate) fn trace(count: u32) -> Vec<StateRoot> {
    vec![
        StateRoot(Digest([7; 32]));
        trace_length(
            InputCounts {
                messages: 0,
                transactions: count
            },
            2.try_into().expect("not 0")
        ) as usize
    ]
}

fn inbox(domain: DomainId, number: u64, base: ReceiptHash) -> Inbox {
    let base = Base {
        number: DomainNumber(number - 1),
        hash: base,
        root: StateRoot::default(),
        byte_price: Balance(1),
    };
    let body = BodyCommitment {
        count: 1,
        bytes: 100,
        ..BodyCommitment::default()
    };
    let bundle = Inboxed {
        header: HeaderHash::default(),
        operator: OperatorId(0),
        base,
        body,
    };
    Inbox {
        messages: BoundedVec::default(),
        domain,
        number: DomainNumber(number),
        rules: params().rules,
        consensus_number: ConsensusNumber(number),
        consensus_hash: ConsensusHash::default(),
        slot: Slot(number),
        timestamp: Timestamp(number),
        byte_price: Balance(1),
        seed: Seed::default(),
        bundles: BoundedVec::new(vec![bundle]).expect("one"),
    }
}

/// Writes `pending` receipts and the inbox of one more block as accepted calls would have left them.
fn fill(consensus: &mut Consensus<Undoable>, domain: DomainId, pending: u64) {
    let mut progress = consensus.progress(domain).expect("infallible").expect("created");
    let store = &mut consensus.host_mut().store;
    let mut receipt = receipt(domain, 1, progress.head_hash, vec![Verdict::Valid]);
    for number in 1..=pending {
        receipt.number = DomainNumber(number);
        receipt.consensus_number = ConsensusNumber(number);
        receipt.parent = progress.head_hash;
        let hash = receipt.compute_hash();
        let backers = vec![OperatorId(0)];
        let record = Record {
            receipt: receipt.clone(),
            included_at: NOW,
            backers,
            byte_price: Balance(1),
        };
        store.insert(keys::record(domain, &hash), record.encode());
        store.insert(keys::hash_at(domain, DomainNumber(number)), hash.encode());
        let key = keys::inbox(domain, DomainNumber(number));
        store.insert(key, inbox(domain, number, progress.head_hash).encode());
        progress.head_hash = hash;
    }
    let next = pending + 1;
    store.insert(
        keys::inbox(domain, DomainNumber(next)),
        inbox(domain, next, progress.head_hash).encode(),
    );
    progress.head = DomainNumber(pending);
    progress.last = DomainNumber(next);
    progress.awaits_confirmation = true;
    store.insert(keys::progress(domain), progress.encode());
}

fn bundle(
    consensus: &Consensus<Undoable>,
    domain: DomainId,
    operator: OperatorId,
    keypair: &Keypair,
) -> (DomainId, OperatorId, Submission, Vec<u8>) {
    let (head, base) = consensus.head(domain).expect("infallible").expect("created");
    let terms = consensus.terms(domain).expect("infallible").expect("created");
    let window = Window(NOW.0);
    let standing = consensus
        .standing(domain, operator, window)
        .expect("infallible")
        .expect("registered");
    let randomness = consensus
        .election_randomness(domain, window)
        .expect("infallible")
        .expect("known");
    let challenge = Challenge {
        domain,
        window,
        randomness,
    };
    let odds = terms.odds(&standing).expect("factor 1");
    let (_, election) = try_elect(keypair, &challenge, &odds, &standing.share).expect("holds all stake");
    let receipt = receipt(domain, head.0 + 1, base, vec![Verdict::Valid]);
    let openings = Openings {
        schedule: BoundedVec::new(entries(1)).expect("one"),
        trace: BoundedVec::new(trace(1)).expect("few"),
    };
    let submission = Submission {
        receipt,
        openings: Some(openings),
    };
    let draft = Draft {
        domain,
        operator,
        election,
        base,
    };
    let sealed =
        seal_bundle(&Fresh, keypair, &draft, vec![submission.clone()], Vec::new()).expect("sealable");
    (domain, operator, submission, sealed.into_bundle().encode())
}
