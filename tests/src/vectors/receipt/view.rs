//! A receipt chain as a vector gives it, and receipts to try on it.

use crate::vectors::common::{limits, named, params, params_value};
use crate::vectors::json::{Fields, scale, scales};
use decex_bundle::{Base, BodyCommitment, Inbox, Inboxed, Verdict};
use decex_core::execution::{InputCounts, trace_length, trace_root};
use decex_core::params::CheckedParams;
use decex_core::{
    Balance, BoundedVec, ConsensusHash, ConsensusNumber, DomainId, DomainNumber, HeaderHash, Host, ListRoot,
    OperatorId, ReceiptHash, RuleSet, Seed, Slot, StateRoot, Timestamp, Weight, list,
};
use decex_receipt::decex_shuffle::{Entry, ScheduleClaim};
use decex_receipt::{
    Accepted, Chain, Openings, Receipt, ReceiptView, Record, Submission, TraceClaim, VERSION,
    genesis_receipt, submit,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;

pub(in crate::vectors) const DOMAIN: DomainId = DomainId(3);

/// What the host of a case knows of one domain.
#[derive(Clone, Debug)]
pub(in crate::vectors) struct View {
    pub(in crate::vectors) chain: Option<Chain>,
    pub(in crate::vectors) hashes: BTreeMap<DomainNumber, ReceiptHash>,
    pub(in crate::vectors) records: BTreeMap<ReceiptHash, Record>,
    pub(in crate::vectors) inboxes: BTreeMap<DomainNumber, Inbox>,
}

impl View {
    pub(in crate::vectors) fn read(given: Fields<'_>) -> Self {
        let records: Vec<Record> = given.scales("records");
        let inboxes: Vec<Inbox> = given.scales("inboxes");
        let hash = |hash: Fields<'_>| (DomainNumber(hash.number("number")), hash.scale("hash"));
        Self {
            chain: given.optional("chain"),
            hashes: given.each("hashes").map(hash).collect(),
            records: records
                .into_iter()
                .map(|record| (record.receipt.compute_hash(), record))
                .collect(),
            inboxes: inboxes.into_iter().map(|inbox| (inbox.number, inbox)).collect(),
        }
    }

    /// As it stands in a vector.
    pub(in crate::vectors) fn value(&self) -> Value {
        let hash = |(number, hash): (&DomainNumber, &ReceiptHash)| json!({ "number": number.0, "hash": scale(hash) });
        json!({
            "chain": self.chain.as_ref().map(scale),
            "hashes": self.hashes.iter().map(hash).collect::<Value>(),
            "records": scales(self.records.values()),
            "inboxes": scales(self.inboxes.values()),
        })
    }
}

impl Host for View {
    type Error = Infallible;
}

impl ReceiptView for View {
    fn chain(&self, domain: DomainId) -> Result<Option<Chain>, Infallible> {
        let of_domain = self
            .records
            .values()
            .any(|record| record.receipt.domain == domain);
        Ok(self.chain.filter(|_| of_domain))
    }
    fn hash_at(&self, _: DomainId, number: DomainNumber) -> Result<Option<ReceiptHash>, Infallible> {
        Ok(self.hashes.get(&number).copied())
    }
    fn record(&self, _: DomainId, hash: &ReceiptHash) -> Result<Option<Record>, Infallible> {
        Ok(self.records.get(hash).cloned())
    }
    fn inbox(&self, _: DomainId, number: DomainNumber) -> Result<Option<Inbox>, Infallible> {
        Ok(self.inboxes.get(&number).cloned())
    }
}

pub(super) fn checked() -> CheckedParams {
    params().check(&limits()).expect("safe parameters")
}

impl View {
    /// Genesis, and closed inboxes of two bundles for blocks 1 to `blocks`.
    pub(super) fn new(blocks: u64) -> Self {
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
        let chain = Chain {
            confirmed: DomainNumber(0),
            head: DomainNumber(0),
            head_hash: hash,
        };
        let numbers = (1..=blocks).map(DomainNumber);
        Self {
            chain: Some(chain),
            hashes: BTreeMap::from([(DomainNumber(0), hash)]),
            records: BTreeMap::from([(hash, record)]),
            inboxes: numbers.map(|number| (number, inbox(number, hash))).collect(),
        }
    }

    pub(super) fn chain_mut(&mut self) -> &mut Chain {
        self.chain.as_mut().expect("a chain")
    }

    pub(super) fn head(&self) -> Chain {
        self.chain.expect("a chain")
    }

    /// Submits as `by` at consensus block `now` and applies what is accepted.
    pub(super) fn submit(&mut self, by: u64, now: u64, submission: &Submission) {
        let (by, now) = (OperatorId(by), ConsensusNumber(now));
        match submit(self, now, &checked(), by, DOMAIN, submission).expect("accepted") {
            Accepted::Extended { hash, record } => {
                let number = record.receipt.number;
                let chain = self.chain_mut();
                (chain.head, chain.head_hash) = (number, hash);
                self.hashes.insert(number, hash);
                self.records.insert(hash, record);
            }
            Accepted::Endorsed { hash } => {
                let record = self.records.get_mut(&hash).expect("a record");
                record.backers.push(by);
            }
            Accepted::Known => {}
        }
    }

    /// A chain of `count` receipts, each backed by the operator of its number and included 10 blocks after the one before.
    pub(super) fn grown(count: u64) -> Self {
        let mut view = Self::new(count + 1);
        for number in 1..=count {
            view.submit(number, 10 * number, &view.clone().next());
        }
        // Nothing reads them any more.
        view.inboxes.retain(|number, _| number.0 > count);
        view
    }

    /// A receipt that submission accepts on top of the head.
    pub(super) fn next(&self) -> Submission {
        self.next_with(&[Verdict::Valid, Verdict::Valid])
    }

    /// One with these verdicts.
    pub(super) fn next_with(&self, verdicts: &[Verdict]) -> Submission {
        let head = self.head();
        let number = head.head.next().expect("a number");
        let inbox = self.inboxes.get(&number).expect("an inbox");
        let bundles = (0_u16..).zip(inbox.bundles.iter().zip(verdicts));
        let valid = bundles.filter(|(_, (_, verdict))| **verdict == Verdict::Valid);
        let entries = valid.flat_map(|(bundle, (inboxed, _))| {
            (0..inboxed.body.count).map(move |leaf| Entry { bundle, leaf })
        });
        let receipt = Receipt {
            version: VERSION,
            rules: inbox.rules,
            domain: DOMAIN,
            number,
            parent: head.head_hash,
            consensus_number: inbox.consensus_number,
            consensus_hash: inbox.consensus_hash,
            seed: inbox.seed,
            verdicts: BoundedVec::new(verdicts.to_vec()).expect("short"),
            schedule: ScheduleClaim::default(),
            trace: TraceClaim::default(),
            state: StateRoot::default(),
            effects: Default::default(),
        };
        let mut submission = Submission {
            receipt,
            openings: None,
        };
        let entries: Vec<Entry> = entries.collect();
        let count = u32::try_from(entries.len()).expect("short");
        let length = trace_length(
            InputCounts {
                messages: 0,
                transactions: count,
            },
            checked().trace_interval(),
        );
        let trace = (0..length).map(|n| StateRoot(named(n.into()))).collect();
        open(&mut submission, entries, trace);
        submission
    }
}

fn inbox(number: DomainNumber, genesis: ReceiptHash) -> Inbox {
    let base = Base {
        number: DomainNumber(0),
        hash: genesis,
        root: StateRoot(named(0)),
        byte_price: Balance(1),
    };
    let bundle = |(n, count): (u64, u32)| Inboxed {
        header: HeaderHash(named(n)),
        operator: OperatorId(9),
        base,
        body: BodyCommitment {
            root: ListRoot(named(7)),
            count,
            bytes: 1,
            weight: Weight(1),
        },
    };
    Inbox {
        domain: DOMAIN,
        number,
        rules: RuleSet(named(1_000)),
        consensus_number: ConsensusNumber(10 * number.0 - 1),
        consensus_hash: ConsensusHash(named(number.0)),
        slot: Slot(number.0),
        timestamp: Timestamp(number.0),
        byte_price: Balance(5),
        seed: Seed(named(number.0)),
        messages: BoundedVec::default(),
        bundles: BoundedVec::new((0..).zip([2, 1]).map(bundle).collect()).expect("short"),
    }
}

/// Makes a receipt commit to these openings, and publishes them.
pub(super) fn open(submission: &mut Submission, entries: Vec<Entry>, trace: Vec<StateRoot>) {
    let leaves: Vec<_> = entries.iter().map(Entry::compute_leaf).collect();
    let receipt = &mut submission.receipt;
    receipt.schedule = ScheduleClaim {
        root: list::root(&leaves),
        count: u32::try_from(entries.len()).expect("short"),
    };
    receipt.trace = TraceClaim {
        root: trace_root(&trace),
        length: u32::try_from(trace.len()).expect("short"),
    };
    receipt.state = trace.last().copied().unwrap_or_default();
    submission.openings = Some(Openings {
        schedule: BoundedVec::new(entries).expect("short"),
        trace: BoundedVec::new(trace).expect("short"),
    });
}

impl View {
    /// Receipt 1 is final, receipt 2 pending, and both inboxes are kept.
    pub(in crate::vectors) fn pending() -> Self {
        let mut view = Self::new(2);
        for number in [1, 2] {
            view.submit(number, 10 * number, &view.clone().next());
        }
        view.chain_mut().confirmed = DomainNumber(1);
        view
    }

    /// As it stands in a vector, with the domain's parameters.
    pub(in crate::vectors) fn value_with_params(&self) -> Value {
        let mut value = self.value();
        let params = params_value(&params());
        value["params"] = params["params"].clone();
        value["limits"] = params["limits"].clone();
        value
    }
}
