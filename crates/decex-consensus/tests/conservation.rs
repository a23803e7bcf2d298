//! Every call in random order over many operators, nominators, domains, epochs, lies and removals: money is neither made nor lost,
//! nobody pays twice, nobody who was slashed is elected, and no stake leaves before the last claim against it has ended.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

mod common;

use common::{Net, OWNER, REPORTER, TREASURY, account, config, item, params, transfer, user};
use decex_bundle::{Equivocation, Item};
use decex_consensus::{Event, registration_message};
use decex_core::execution::Account;
use decex_core::message::{ChainId, ChannelId, PartyId, Request};
use decex_core::state::StateTree;
use decex_core::*;
use decex_election::Keypair;
use decex_receipt::Submission;
use decex_staking::{Extent, Pool, PoolTerms, Position};
use decex_testkit::ledger::{Call, Transaction, account_key, sender_of};
use parity_scale_codec::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// Plays and calls in each: together more than a hundred thousand.
const PLAYS: u64 = 140;
const CALLS: u64 = 750;

/// Operators of one play at most.
const OPERATORS: usize = 14;
const ACCOUNTS: u64 = 16;

/// Splitmix: the same play from the same seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
    fn account(&mut self) -> AccountId {
        account(self.below(ACCOUNTS) as u8)
    }
}

struct Play {
    net: Net,
    chance: Chance,
    domains: Vec<DomainId>,
    lies: BTreeMap<ReceiptHash, Submission>,
    nonce: u64,
    /// All money there is.
    total: u128,
    /// What each operator did: the epoch of the stake that it did it by, and the domain block.
    acts: BTreeMap<OperatorId, Vec<(u64, DomainNumber)>>,
    slashed: BTreeSet<OperatorId>,
    seen: usize,
    counts: BTreeMap<&'static str, u32>,
}

impl Play {
    fn new(seed: u64) -> Self {
        let mut config = config();
        config.limits.unlock_period = 40;
        config.work_per_block = 1 + (seed % 4) as u32;
        let mut net = Net::new(config);
        let mut domains = Vec::new();
        for longevity in [4, 7] {
            let mut params = params();
            params.election.epoch = 8;
            params.election.longevity = longevity;
            // In one of them the election adapts, and who is absent is told.
            if longevity == 7 {
                (params.election.max_factor, params.election.absence) = (4, 14);
            }
            domains.push(net.domain(params));
        }
        for (chain, peer) in [(0, 1), (1, 0)] {
            let (chain, peer) = (domains[chain], ChainId::Domain(domains[peer]));
            for peer in [peer, ChainId::Consensus] {
                net.consensus
                    .list_peer(OWNER, chain, peer, Some(Balance(7)))
                    .unwrap();
            }
            net.consensus.list_peer_of_consensus(chain, true).unwrap();
        }
        let total = net.consensus.host().total();
        Self {
            net,
            chance: Chance(seed),
            domains,
            lies: BTreeMap::new(),
            nonce: 0,
            total,
            acts: BTreeMap::new(),
            slashed: BTreeSet::new(),
            seen: 0,
            counts: BTreeMap::new(),
        }
    }

    fn count(&mut self, what: &'static str, done: bool) {
        *self.counts.entry(what).or_default() += u32::from(done);
    }

    fn operator(&mut self) -> Option<(usize, OperatorId)> {
        let members = self.net.members.len() as u64;
        let index = (members > 0).then(|| self.chance.below(members) as usize)?;
        Some((index, self.net.members[index].id))
    }

    /// Makes one call.
    fn step(&mut self) {
        match self.chance.below(125) {
            0..20 => self.begin(),
            20..24 => self.register(),
            24..36 => self.nominate(),
            36..48 => self.withdraw(),
            48..60 => self.claim(),
            60..62 => self.leave(),
            62..76 => self.send(),
            76..88 => self.vouch(),
            88..91 => self.lie(),
            91..94 => self.refute(),
            94..95 => self.equivocate(),
            95..97 => self.endow(),
            97..99 => self.absence(),
            99..100 => self.pause(),
            100..103 => self.open_channel(),
            103..104 => self.close_channel(),
            104..112 => self.ask(),
            112..115 => self.ask_from_account(),
            _ => self.relay(),
        }
    }

    fn begin(&mut self) {
        // Nobody lies for a whole challenge period: what is final is right, so that execution can go on.
        if self.net.now().0.is_multiple_of(4) {
            self.refute();
        }
        self.net.skip = u64::from(self.chance.below(6) == 0) * self.chance.below(5);
        self.net.begin();
        self.count("begin", true);
    }

    fn register(&mut self) {
        if self.net.members.len() >= OPERATORS {
            return;
        }
        let domain = self.domains[self.chance.below(self.domains.len() as u64) as usize];
        let of = self.chance.account();
        let keypair = Keypair::from_seed(&[150 + self.net.members.len() as u8; 32]);
        let bytes = *keypair.key().as_bytes();
        let message = registration_message(domain, &of, &bytes);
        let possession = keypair.sign(&label::REGISTRATION, &message);
        let terms = PoolTerms {
            tax: self.chance.below(10_100) as u16,
            minimum_nomination: Balance(self.chance.below(5_000).into()),
        };
        let deposit = Balance(u128::from(self.chance.below(4)) * 250_000 + 100);
        let call = self
            .net
            .consensus
            .register_operator(of, domain, &bytes, &possession, deposit, terms);
        self.count("register", call.is_ok());
        if let Ok((id, events)) = call {
            self.net.events.extend(events);
            self.net.members.push(common::Member { id, domain, keypair });
        }
    }

    fn nominate(&mut self) {
        let Some((_, operator)) = self.operator() else {
            return;
        };
        let deposit = match self.chance.below(8) {
            0 => self.chance.below(40),
            1..7 => self.chance.below(200_000),
            // More than there is.
            _ => u64::MAX,
        };
        let of = self.chance.account();
        let call = self.net.consensus.nominate(of, operator, Balance(deposit.into()));
        self.count("nominate", call.is_ok());
        self.net.events.extend(call.unwrap_or_default());
    }

    fn withdraw(&mut self) {
        let Some((_, operator)) = self.operator() else {
            return;
        };
        let of = self.holder(operator);
        let held = self.net.consensus.position(operator, &of).unwrap();
        let held = held.map_or(1_000, |position| position.shares);
        let extent = match self.chance.below(4) {
            0 => Extent::All,
            part => Extent::Shares(held * u128::from(part) / 3 + 1),
        };
        let call = self.net.consensus.withdraw(of, operator, extent);
        self.count("withdraw", call.is_ok());
        self.net.events.extend(call.unwrap_or_default());
    }

    /// Somebody who has something in the pool, mostly.
    fn holder(&mut self, operator: OperatorId) -> AccountId {
        let prefix = [&[21][..], &operator.encode()].concat();
        let keys = self.net.consensus.host().store.keys();
        let holders: Vec<AccountId> = keys
            .filter_map(|key| key.strip_prefix(&prefix[..]))
            .map(|account| AccountId::decode(&mut &*account).unwrap())
            .collect();
        if holders.is_empty() || self.chance.below(6) == 0 {
            return self.chance.account();
        }
        holders[self.chance.below(holders.len() as u64) as usize]
    }

    /// K35, T10: what is paid out of a pool that is not slashed was earned, or stood for nothing that can still be refuted.
    fn claim(&mut self) {
        let Some((index, operator)) = self.operator() else {
            return;
        };
        let of = self.holder(operator);
        let before = self.net.consensus.position(operator, &of).unwrap();
        let status = self.net.consensus.pool(operator).unwrap().unwrap().status;
        let call = self.net.consensus.claim(operator, of);
        self.count("claim", call.is_ok());
        let Ok(events) = call else { return };
        self.net.events.extend(events);
        if status.is_over() {
            return;
        }
        let after = self.net.consensus.position(operator, &of).unwrap();
        let epoch = latest_epoch_paid(before.unwrap(), after, &status);
        let confirmed = self.net.confirmed(self.net.members[index].domain);
        let acts = self.acts.get(&operator).into_iter().flatten();
        for (stake_of, number) in acts {
            assert!(
                *stake_of > epoch || number.0 <= confirmed,
                "a stake of epoch {epoch} left while block {number:?} can still be held against it"
            );
        }
    }

    fn leave(&mut self) {
        let Some((_, operator)) = self.operator() else {
            return;
        };
        let owner = self.net.consensus.pool(operator).unwrap().unwrap().owner;
        let call = self.net.consensus.deregister_operator(owner, operator);
        self.count("leave", call.is_ok());
        self.net.events.extend(call.unwrap_or_default());
    }

    /// Seals and submits, and remembers what it was by which stake.
    fn submit(&mut self, member: usize, receipts: Vec<Submission>, items: Vec<Item>) -> bool {
        let common::Member { id, domain, .. } = self.net.members[member];
        if self.net.elected(member).is_none() {
            return false;
        }
        let base = self.net.head_hash(domain);
        let numbers: Vec<DomainNumber> = receipts.iter().map(|of| of.receipt.number).collect();
        let bundle = self.net.seal(member, base, receipts, items);
        let before = self.net.consensus.host().clone();
        let Ok(events) = self.net.submit(&bundle) else {
            assert_eq!(
                *self.net.consensus.host(),
                before,
                "a refused bundle changes nothing"
            );
            return false;
        };
        assert!(!self.slashed.contains(&id), "who was slashed is elected no more");
        let election = self.net.consensus.params(domain).unwrap().unwrap().election;
        let epoch = bundle.header.header.election.window.0 / election.epoch;
        let acts = self.acts.entry(id).or_default();
        acts.extend(numbers.into_iter().map(|number| (epoch, number)));
        for event in events {
            if let Event::BundleIncluded {
                number: Some(number), ..
            } = event
            {
                acts.push((epoch, number));
            }
        }
        true
    }

    fn send(&mut self) {
        let Some((member, _)) = self.operator() else {
            return;
        };
        let items = (0..=self.chance.below(2)).map(|_| {
            self.nonce += 1;
            let from = self.chance.below(7) as u8;
            let mut item = transfer(from, self.nonce, 1);
            // Now and then the author claims what is not so: its bundle is invalid.
            if self.chance.below(12) == 0 {
                item.weight = Weight(item.weight.0 + 1);
            }
            item
        });
        let items: BTreeMap<_, _> = items.map(|item| ((item.sender, item.nonce), item)).collect();
        let done = self.submit(member, Vec::new(), items.into_values().collect());
        self.count("send", done);
    }

    fn vouch(&mut self) {
        let Some((member, _)) = self.operator() else {
            return;
        };
        let domain = self.net.members[member].domain;
        let missing = self.net.missing(domain);
        let done = self.first_wrong(domain).is_none() && !missing.is_empty();
        let done = done && self.submit(member, missing, Vec::new());
        self.count("vouch", done);
    }

    fn lie(&mut self) {
        let Some((member, _)) = self.operator() else {
            return;
        };
        let domain = self.net.members[member].domain;
        let head = self.net.head_hash(domain);
        let next = self.net.head(domain) + 1;
        let lie = match self.lies.get(&head) {
            Some(lie) if self.chance.below(2) == 0 => lie.clone(),
            _ if (next as usize) < self.net.chains[&domain].len() => {
                self.net.lie(domain, next, head, self.chance.next() as u8)
            }
            _ => return,
        };
        self.lies.insert(lie.receipt.compute_hash(), lie.clone());
        let done = self.submit(member, vec![lie], Vec::new());
        self.count("lie", done);
    }

    fn first_wrong(&self, domain: DomainId) -> Option<ReceiptHash> {
        let net = &self.net;
        (net.confirmed(domain) + 1..=net.head(domain)).find_map(|number| {
            let held = net
                .consensus
                .hash_at(domain, DomainNumber(number))
                .unwrap()
                .unwrap();
            (held != net.right(domain, number).receipt.compute_hash()).then_some(held)
        })
    }

    fn refute(&mut self) {
        for domain in self.domains.clone() {
            while let Some(wrong) = self.first_wrong(domain) {
                let proof = self.net.refute(domain, &self.lies[&wrong]);
                let events = self.net.consensus.submit_proof(&proof).unwrap();
                self.net.events.extend(events);
                self.count("refute", true);
            }
        }
    }

    fn equivocate(&mut self) {
        let Some((member, _)) = self.operator() else {
            return;
        };
        if self.net.elected(member).is_none() {
            return;
        }
        let base = self.net.head_hash(self.net.members[member].domain);
        let seal = |amount| {
            let items = vec![transfer(1, 0, amount)];
            self.net.seal(member, base, Vec::new(), items).header
        };
        let evidence = Equivocation {
            first: seal(1),
            second: seal(2),
        };
        let call = self
            .net
            .consensus
            .submit_equivocation(REPORTER, &evidence.encode());
        self.count("equivocate", call.is_ok());
        self.net.events.extend(call.unwrap_or_default());
    }

    fn endow(&mut self) {
        let (of, domain) = (self.chance.account(), DomainId(self.chance.below(3) as u32));
        let amount = Balance(self.chance.below(1_000).into());
        let call = self.net.consensus.endow_domain(of, domain, amount);
        self.count("endow", call.is_ok());
        self.net.events.extend(call.unwrap_or_default());
    }

    /// Reports who may be absent, and takes back who was.
    fn absence(&mut self) {
        for member in 0..self.net.members.len() {
            let id = self.net.members[member].id;
            let reported = self.net.consensus.report_absence(id);
            self.count("report", reported.is_ok());
            self.net.events.extend(reported.unwrap_or_default());
            if self.chance.below(4) == 0 {
                let owner = self.net.consensus.pool(id).unwrap().unwrap().owner;
                let back = self.net.consensus.reactivate_operator(owner, id);
                self.count("return", back.is_ok());
                self.net.events.extend(back.unwrap_or_default());
            }
        }
    }

    fn channel(&mut self) -> ChannelId {
        let opened = self.net.consensus.counters().unwrap().channel.0;
        // One of the last: the others are closed, or asked for in vain.
        ChannelId(opened.saturating_sub(1 + self.chance.below(6)))
    }

    fn open_channel(&mut self) {
        let opener = self.domains[self.chance.below(2) as usize];
        let acceptor = match self.chance.below(3) {
            0 => ChainId::Consensus,
            other => ChainId::Domain(self.domains[other as usize - 1]),
        };
        let call = self.net.consensus.open_channel(OWNER, opener, acceptor, 3);
        self.count("open a channel", call.is_ok());
        self.net
            .events
            .extend(call.map_or_else(|_| Vec::new(), |(_, events)| events));
    }

    fn close_channel(&mut self) {
        let channel = self.channel();
        let call = self.net.consensus.close_channel(OWNER, channel);
        self.count("close a channel", call.is_ok());
        self.net.events.extend(call.unwrap_or_default());
    }

    fn request(&mut self) -> Request {
        Request {
            sender: PartyId::default(),
            recipient: PartyId(self.chance.account().0),
            value: Balance(self.chance.below(5_000).into()),
            deadline: ConsensusNumber(self.net.now().0 + self.chance.below(60)),
            data: BoundedVec::new(vec![[0, 0, 0, 0xfe][self.chance.below(4) as usize]]).unwrap(),
        }
    }

    /// A user of a domain sends over a channel, if there is one at its end.
    fn ask(&mut self) {
        let Some((member, _)) = self.operator() else {
            return;
        };
        let domain = self.net.members[member].domain;
        let request = self.request();
        let call = Call::Send {
            channel: self.channel(),
            to: request.recipient,
            value: request.value,
            deadline: request.deadline,
            data: BoundedVec::new(request.data.to_vec()).unwrap(),
        };
        let tree = &self.net.chains[&domain].last().unwrap().tree;
        let sender = sender_of(user(7).key());
        let value = tree.get(&account_key(&sender)).unwrap().unwrap();
        let nonce = Account::decode(&mut &*value).unwrap().nonce;
        let transaction = Transaction::sign(&user(7), nonce, call);
        let done = self.submit(member, Vec::new(), vec![item(&transaction)]);
        self.count("ask", done);
    }

    fn ask_from_account(&mut self) {
        let (of, channel, request) = (self.chance.account(), self.channel(), self.request());
        let call = self.net.consensus.send_message(of, channel, request);
        self.count("ask from an account", call.is_ok());
        self.net.events.extend(call.unwrap_or_default());
    }

    /// Shows any message of a final outbox, whether or not it was shown before.
    fn relay(&mut self) {
        let domain = self.domains[self.chance.below(2) as usize];
        let sent = self.net.outbox(domain, self.net.confirmed(domain)).len() as u64;
        if sent == 0 {
            return;
        }
        let place = sent.saturating_sub(1 + self.chance.below(8));
        let shown = self.net.shown(domain, place as usize);
        let relayed = self.net.relay(&shown).is_ok();
        self.count("relay", relayed);
    }

    fn pause(&mut self) {
        let domain = self.domains[self.chance.below(self.domains.len() as u64) as usize];
        self.net.consensus.pause(OWNER, domain).unwrap();
        self.net.consensus.resume(OWNER, domain).unwrap();
    }

    /// What holds after every call.
    fn check(&mut self) {
        assert_eq!(
            self.net.consensus.host().total(),
            self.total,
            "money was made or lost"
        );
        self.net.check_books();
        for event in &self.net.events[self.seen..] {
            if let Event::OperatorSlashed {
                operator,
                reward,
                treasury,
                burned,
                amount,
                ..
            } = event
            {
                assert!(self.slashed.insert(*operator), "{operator:?} pays twice");
                assert_eq!(reward.0 + treasury.0 + burned.0, amount.0);
            }
        }
        self.seen = self.net.events.len();
        for operator in &self.slashed {
            assert!(!self.net.consensus.is_eligible(*operator).unwrap());
        }
        self.check_totals();
    }

    /// The total of a domain is the sum of its pools, in each epoch that elections read.
    fn check_totals(&self) {
        for domain in &self.domains {
            let slot = self.net.consensus.clock().unwrap().unwrap().block.slot;
            let election = self.net.consensus.params(*domain).unwrap().unwrap().election;
            let epoch = slot.0 / election.interval / election.epoch;
            let totals = self.net.consensus.stakes(*domain).unwrap().at(epoch);
            let mut sums = [0; 3];
            for (key, value) in &self.net.consensus.host().store {
                if key[0] != 20 {
                    continue;
                }
                let pool = Pool::decode(&mut &**value).unwrap();
                if pool.domain == *domain {
                    let stakes = pool.snapshot.at(epoch);
                    sums[0] += stakes.previous.0;
                    sums[1] += stakes.current.0;
                    sums[2] += stakes.next.0;
                }
            }
            assert_eq!([totals.previous.0, totals.current.0, totals.next.0], sums);
        }
    }

    /// Everybody goes home: lies are refuted, receipts become final, pools are left and claimed.
    fn wind_up(&mut self) {
        self.refute();
        // Somebody executes what is left: two newcomers with a stake that is elected.
        for domain in self.domains.clone() {
            let n = 200 + domain.0 as u8;
            let keypair = Keypair::from_seed(&[n; 32]);
            let bytes = *keypair.key().as_bytes();
            let message = registration_message(domain, &OWNER, &bytes);
            let possession = keypair.sign(&label::REGISTRATION, &message);
            let terms = PoolTerms {
                tax: 0,
                minimum_nomination: Balance(1),
            };
            let deposit = Balance(20_000_000_000);
            let call =
                self.net
                    .consensus
                    .register_operator(OWNER, domain, &bytes, &possession, deposit, terms);
            let (id, events) = call.unwrap();
            self.net.events.extend(events);
            self.net.members.push(common::Member { id, domain, keypair });
        }
        self.net.skip = 0;
        for block in 0..140 {
            self.net.begin();
            for member in self.net.members.len() - 2..self.net.members.len() {
                let missing = self.net.missing(self.net.members[member].domain);
                if !missing.is_empty() && block < 60 {
                    self.submit(member, missing, Vec::new());
                }
            }
            self.check();
            if block == 60 {
                for member in 0..self.net.members.len() {
                    let operator = self.net.members[member].id;
                    let owner = self.net.consensus.pool(operator).unwrap().unwrap().owner;
                    let _ = self.net.consensus.deregister_operator(owner, operator);
                }
            }
        }
        for (key, _) in self.net.consensus.host().store.clone() {
            if let Some((OperatorId(operator), of)) = position_key(&key) {
                let call = self.net.consensus.claim(OperatorId(operator), of);
                assert!(call.is_ok(), "{operator} {of:?} {call:?}");
                self.check();
            }
        }
        let host = self.net.consensus.host();
        assert!(
            !host.store.keys().any(|key| [21, 22].contains(&key[0])),
            "a position or a price is stuck"
        );
        let pools: u128 = host
            .store
            .iter()
            .filter(|(key, _)| key[0] == 20)
            .map(|(_, value)| Pool::decode(&mut &**value).unwrap().money().unwrap().0)
            .sum();
        assert_eq!(pools, 0, "money is stuck");
    }
}

fn position_key(key: &[u8]) -> Option<(OperatorId, AccountId)> {
    let rest = key.strip_prefix(&[21])?;
    Decode::decode(&mut &*rest).ok()
}

/// The last epoch whose stake is among what was paid.
fn latest_epoch_paid(before: Position, after: Option<Position>, status: &decex_staking::PoolStatus) -> u64 {
    let left = after.as_ref().map_or(0, |position| position.withdrawals.len());
    let paid = before.withdrawals.len() - left;
    let last = before
        .withdrawals
        .iter()
        .take(paid)
        .map(|withdrawal| withdrawal.epoch)
        .max();
    let shares = after.as_ref().map_or(0, |position| position.shares);
    match status {
        // Shares that are paid out of a pool that is left counted until its last epoch.
        decex_staking::PoolStatus::Leaving { epoch, .. } if shares == 0 && before.shares > 0 => *epoch,
        _ => last.unwrap_or(0),
    }
}

#[test]
fn k35_money_is_conserved_whatever_is_called_in_whatever_order() {
    let mut counts = BTreeMap::<&'static str, u32>::new();
    let mut slashes = 0;
    for seed in 0..PLAYS {
        let mut play = Play::new(seed);
        for _ in 0..CALLS {
            play.step();
            play.check();
        }
        play.wind_up();
        slashes += play.slashed.len();
        assert!(play.net.consensus.host().money.contains_key(&TREASURY));
        for (what, count) in play.counts {
            *counts.entry(what).or_default() += count;
        }
    }
    println!("{counts:?}, {slashes} slashed");
    // A play in which nothing happens proves nothing.
    for (what, least) in [
        ("begin", 10_000),
        ("register", 200),
        ("nominate", 2_000),
        ("withdraw", 1_000),
        ("claim", 500),
        ("leave", 50),
        ("send", 1_000),
        ("vouch", 1_000),
        ("lie", 50),
        ("refute", 50),
        ("equivocate", 10),
        ("endow", 500),
        ("report", 20),
        ("return", 5),
        ("open a channel", 500),
        ("close a channel", 200),
        ("ask", 500),
        ("ask from an account", 200),
        ("relay", 400),
    ] {
        assert!(
            counts.get(what).copied().unwrap_or_default() >= least,
            "{what}: {counts:?}"
        );
    }
}
