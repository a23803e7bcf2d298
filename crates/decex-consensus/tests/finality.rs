//! Rules K50 and K51: the finality root says of every domain what its last final receipt is and where its head is, after every
//! call; and a call pays for the path of the one domain that it moves.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use common::{MemoryHost, Net, OWNER, PURSE, config, params, transfer};
use decex_consensus::{Access, Beacon, Consensus, Engines, Event, HoldError, Ledger, Store};
use decex_core::execution::Engine;
use decex_core::list::{self, fold};
use decex_core::*;
use decex_receipt::{FinalityLeaf, Status};
use parity_scale_codec::Encode;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// What the leaves must be, from what the receipt chains are and from when things were said to happen.
fn leaves(net: &Net) -> Vec<FinalityLeaf> {
    let domains = net.consensus.counters().unwrap().domain.0;
    let leaf = |domain| {
        let chain = net.consensus.chain(domain).unwrap().unwrap();
        let record = net
            .consensus
            .receipt_at(domain, chain.confirmed)
            .unwrap()
            .unwrap();
        let (accepted, number) = (record.included_at, chain.confirmed);
        let status = if number == DomainNumber(0) {
            Status::Genesis { since: accepted }
        } else {
            // With these tests' `work_per_block` a receipt is confirmed as soon as it may be.
            let since = ConsensusNumber(accepted.0 + params().challenge_period + 1);
            Status::Unrefuted { accepted, since }
        };
        FinalityLeaf {
            domain,
            number,
            receipt: record.receipt.compute_hash(),
            status,
            head: chain.head,
            head_hash: chain.head_hash,
        }
    };
    (0..domains).map(|domain| leaf(DomainId(domain))).collect()
}

/// The root is that of the leaves, and each domain's proof shows its leaf.
fn check(net: &Net) {
    let leaves = leaves(net);
    let root = net.consensus.finality_root().unwrap().0;
    let hashes: Vec<Digest> = leaves.iter().map(FinalityLeaf::compute_hash).collect();
    assert_eq!(root, list::root(&hashes));
    for (leaf, hash) in leaves.iter().zip(&hashes) {
        let proof = net.consensus.finality_proof(leaf.domain).unwrap().unwrap();
        assert_eq!(
            (proof.status, proof.head, proof.head_hash),
            (leaf.status, leaf.head, leaf.head_hash)
        );
        let shown = fold(leaf.domain.0, proof.domains, hash, &proof.siblings);
        assert_eq!(shown, Ok(root));
    }
    let next = DomainId(leaves.len() as u32);
    assert_eq!(net.consensus.finality_proof(next).unwrap(), None);
}

fn begin(net: &mut Net, blocks: u64) {
    for _ in 0..blocks {
        net.begin();
        check(net);
    }
}

#[test]
fn k50_the_root_follows_creation_acceptance_removal_and_confirmation() {
    let mut net = Net::new(config());
    assert_eq!(net.consensus.finality_root().unwrap().0, list::root(&[]));
    // Six domains: a tree with promoted nodes at every stage. Two of them have an operator each.
    let domains: Vec<DomainId> = (0..6)
        .map(|_| {
            let domain = net.domain(params());
            check(&net);
            domain
        })
        .collect();
    let (honest, lying) = (domains[1], domains[4]);
    net.register(0, honest);
    net.register(1, lying);
    begin(&mut net, 30);
    net.send(0, vec![transfer(0, 0, 5)]);
    net.send(1, vec![transfer(1, 0, 5)]);
    check(&net);
    begin(&mut net, 1);
    let before = leaves(&net);
    let (right, genesis) = (net.missing(honest), net.head_hash(lying));
    net.vouch(0, right);
    check(&net);
    let lie = net.lie(lying, 1, genesis, 9);
    net.vouch(1, vec![lie.clone()]);
    check(&net);
    let pending = leaves(&net);
    assert_eq!((pending[1].pending(), pending[4].pending()), (1, 1));
    assert_eq!(
        pending[4].receipt, before[4].receipt,
        "a pending receipt is not final"
    );
    // A removal brings the head back at once, however far the sweep is.
    let proof = net.refute(lying, &lie);
    net.consensus.submit_proof(&proof).unwrap();
    check(&net);
    assert_eq!(leaves(&net)[4], before[4]);
    begin(&mut net, 11);
    let after = leaves(&net);
    assert_eq!((after[1].number, after[1].pending()), (DomainNumber(1), 0));
    assert_eq!(after[4], before[4], "what was removed never becomes final");
    // A domain that comes later has its place behind the others.
    net.domain(params());
    check(&net);
}

#[test]
fn k50_the_root_is_that_of_the_list_for_every_number_of_domains() {
    let mut net = Net::new(config());
    net.consensus.host_mut().money.insert(OWNER, PURSE * 1_000);
    // Around each number at which a page is full or a storey begins.
    for domains in 1..=4_100_u32 {
        net.domain_with(params(), 0);
        if domains <= 35 || [0, 1, 255].contains(&(domains % 256)) && !(600..=4_000).contains(&domains) {
            check(&net);
        }
    }
    check(&net);
}

#[test]
fn k50_several_receipts_of_one_bundle_and_one_block_count_at_once() {
    let (mut net, domain) = Net::with(params(), 1);
    net.domain(params());
    for nonce in 0..3 {
        net.send(0, vec![transfer(0, nonce, 1)]);
        net.begin();
    }
    let right = net.missing(domain);
    assert_eq!(right.len(), 3);
    net.vouch(0, right);
    check(&net);
    assert_eq!(leaves(&net)[0].pending(), 3);
    let root = net.consensus.finality_root().unwrap();
    begin(&mut net, 10);
    assert_eq!(net.consensus.finality_root().unwrap(), root, "nothing happened");
    let events = net.begin();
    check(&net);
    let confirmed = |event: &&Event| matches!(event, Event::ReceiptConfirmed { .. });
    assert_eq!(events.iter().filter(confirmed).count(), 3);
    assert_ne!(net.consensus.finality_root().unwrap(), root);
}

#[test]
fn k50_a_refused_call_leaves_the_root() {
    let (mut net, domain) = Net::with(params(), 1);
    net.send(0, vec![transfer(0, 0, 5)]);
    net.begin();
    let root = net.consensus.finality_root().unwrap();
    // The receipt is right, the one after it is not in order: neither counts.
    let right = net.right(domain, 1).submission();
    let mut wrong = right.clone();
    wrong.receipt.number = DomainNumber(2);
    let base = net.head_hash(domain);
    let bundle = net.seal(0, base, vec![right, wrong], Vec::new());
    assert!(net.submit(&bundle).is_err());
    assert_eq!(net.consensus.finality_root().unwrap(), root);
    check(&net);
}

/// A host that counts what is read and written, by kind of key.
#[derive(Default)]
struct Counting {
    host: MemoryHost,
    reads: RefCell<BTreeMap<u8, usize>>,
    writes: BTreeMap<u8, usize>,
}

impl Host for Counting {
    type Error = Infallible;
}

impl Store for Counting {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        *self.reads.borrow_mut().entry(key[0]).or_default() += 1;
        self.host.get(key)
    }
    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Infallible> {
        *self.writes.entry(key[0]).or_default() += 1;
        self.host.set(key, value)
    }
    fn remove(&mut self, key: &[u8]) -> Result<(), Infallible> {
        *self.writes.entry(key[0]).or_default() += 1;
        self.host.remove(key)
    }
}

impl Ledger for Counting {
    fn hold(&mut self, account: &AccountId, amount: Balance) -> Result<(), HoldError<Infallible>> {
        self.host.hold(account, amount)
    }
    fn release(&mut self, account: &AccountId, amount: Balance) -> Result<(), Infallible> {
        self.host.release(account, amount)
    }
    fn burn(&mut self, amount: Balance) -> Result<(), Infallible> {
        self.host.burn(amount)
    }
}

impl Beacon for Counting {
    fn randomness(&self, slot: Slot) -> Result<Option<Randomness>, Infallible> {
        self.host.randomness(slot)
    }
}

impl Engines for Counting {
    fn engine(&self, rules: &RuleSet) -> Option<&dyn Engine> {
        self.host.engine(rules)
    }
}

const LEAF: u8 = 29;
const PAGE: u8 = 30;

/// What `call` reads and writes of the finality root's tree: leaves and pages, each read and written.
fn cost(net: &Net, call: impl FnOnce(&mut Consensus<Counting>)) -> [usize; 4] {
    let host = Counting {
        host: net.consensus.host().clone(),
        ..Counting::default()
    };
    let mut consensus = Consensus::new(host, config());
    call(&mut consensus);
    let Counting { reads, writes, .. } = consensus.host();
    let reads = reads.borrow();
    let of = |counts: &BTreeMap<u8, usize>, kind| counts.get(&kind).copied().unwrap_or_default();
    [
        of(&reads, LEAF),
        of(writes, LEAF),
        of(&reads, PAGE),
        of(writes, PAGE),
    ]
}

#[test]
fn k51_a_call_pays_for_one_path_however_many_domains_there_are() {
    let (mut net, domain) = Net::with(params(), 1);
    net.consensus.host_mut().money.insert(OWNER, PURSE * 1_000);
    for _ in 1..256 {
        net.domain_with(params(), 0);
    }
    for nonce in 0..2 {
        net.send(0, vec![transfer(0, nonce, 1)]);
        net.begin();
    }
    let storeys = 2;
    let receipts = net.missing(domain);
    let base = net.head_hash(domain);
    let bundle = net.seal(0, base, receipts.clone(), Vec::new());
    // Two receipts, one path.
    let carried = cost(&net, |consensus| {
        consensus.submit_bundle(&bundle.encode()).unwrap();
    });
    assert_eq!(carried, [1, 1, storeys, storeys]);
    check(&net);
    net.submit(&bundle).unwrap();
    check(&net);
    net.begin();
    // Receipts that the chain holds already move nothing: the leaf is looked at, no node is.
    let again = net.seal(0, base, receipts, Vec::new());
    let known = cost(&net, |consensus| {
        consensus.submit_bundle(&again.encode()).unwrap();
    });
    assert_eq!(known, [1, 0, 0, 0]);
    net.begin_many(params().challenge_period - 1);
    let next = net.block_info();
    let confirmed = cost(&net, |consensus| {
        let events = consensus.begin_block(&next).unwrap();
        let confirmed = |event: &&Event| matches!(event, Event::ReceiptConfirmed { .. });
        assert_eq!(events.iter().filter(confirmed).count(), 2);
    });
    assert_eq!(confirmed, [1, 1, storeys, storeys]);
    // The 257th domain opens a storey, and has a page of its own on each one.
    let created = cost(&net, |consensus| {
        consensus
            .create_domain(OWNER, params(), Access::Open, Balance(0))
            .unwrap();
    });
    assert_eq!(created, [0, 1, storeys + 2, storeys + 1]);
    // What a header and a proof need is one node, and one path.
    assert_eq!(
        cost(&net, |consensus| {
            let _ = consensus.finality_root().unwrap();
        }),
        [0, 0, 1, 0]
    );
    assert_eq!(
        cost(&net, |consensus| drop(consensus.finality_proof(domain).unwrap())),
        [1, 0, storeys, 0]
    );
    net.begin();
    let idle = net.block_info();
    assert_eq!(
        cost(&net, |consensus| drop(consensus.begin_block(&idle).unwrap())),
        [0; 4]
    );
    let sent = net.seal(0, net.head_hash(domain), Vec::new(), vec![transfer(0, 2, 1)]);
    let without = cost(&net, |consensus| {
        consensus.submit_bundle(&sent.encode()).unwrap();
    });
    assert_eq!(without, [0; 4]);
}
