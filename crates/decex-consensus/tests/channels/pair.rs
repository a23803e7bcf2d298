//! Two domains with an operator each, and a relayer.

use crate::common::*;
use decex_core::execution::Account;
use decex_core::message::*;
use decex_core::state::StateTree;
use decex_core::*;
use decex_testkit::ledger::{Call, Transaction, account_key, answer_slot, sender_of, slot_key};
use parity_scale_codec::Decode;
use std::collections::BTreeMap;

pub const FEE: Balance = Balance(7);

pub struct Pair {
    pub net: Net,
    pub a: DomainId,
    pub b: DomainId,
    /// How much of each outbox was relayed.
    pub relayed: BTreeMap<DomainId, usize>,
    nonces: BTreeMap<(DomainId, u8), u64>,
}

pub fn chain(domain: DomainId) -> ChainId {
    ChainId::Domain(domain)
}

pub fn party(n: u8) -> PartyId {
    PartyId(sender_of(user(n).key()).0)
}

impl Pair {
    /// Two domains that list each other and the consensus chain.
    pub fn new() -> Self {
        let mut net = Net::new(config());
        let (a, b) = (net.domain(params()), net.domain(params()));
        net.register(0, a);
        net.register(1, b);
        net.begin_many(30);
        for (domain, peer) in [
            (a, chain(b)),
            (b, chain(a)),
            (a, ChainId::Consensus),
            (b, ChainId::Consensus),
        ] {
            net.consensus.list_peer(OWNER, domain, peer, Some(FEE)).unwrap();
        }
        for domain in [a, b] {
            net.consensus.list_peer_of_consensus(domain, true).unwrap();
        }
        Self {
            net,
            a,
            b,
            relayed: BTreeMap::new(),
            nonces: BTreeMap::new(),
        }
    }

    /// The same, with a channel from A to B, settled.
    pub fn open() -> (Self, ChannelId) {
        let mut pair = Self::new();
        let (channel, _) = pair
            .net
            .consensus
            .open_channel(OWNER, pair.a, chain(pair.b), 4)
            .unwrap();
        pair.settle();
        (pair, channel)
    }

    fn member(&self, domain: DomainId) -> usize {
        usize::from(domain == self.b)
    }

    /// A bundle with a transaction of a user.
    pub fn transact(&mut self, domain: DomainId, from: u8, call: Call) {
        let member = self.member(domain);
        while self.net.elected(member).is_none() {
            self.net.begin();
        }
        let nonce = self.nonces.entry((domain, from)).or_default();
        let transaction = Transaction::sign(&user(from), Nonce(*nonce), call);
        *nonce += 1;
        self.net.send(member, vec![item(&transaction)]);
    }

    /// A user sends a request in the next block of its domain.
    pub fn send(&mut self, domain: DomainId, channel: ChannelId, value: u128, data: &[u8]) {
        let call = Call::Send {
            channel,
            to: party(5),
            value: Balance(value),
            deadline: ConsensusNumber(10_000),
            data: BoundedVec::new(data.to_vec()).unwrap(),
        };
        self.transact(domain, 0, call);
    }

    /// Executes what there is to execute and posts the receipts.
    pub fn post(&mut self) {
        self.net.begin();
        for domain in [self.a, self.b] {
            let missing = self.net.missing(domain);
            let member = self.member(domain);
            if !missing.is_empty() && self.net.elected(member).is_some() {
                self.net.vouch(member, missing);
            }
        }
    }

    /// Lets the receipts become final and relays what they show, until nothing is left to do.
    pub fn settle(&mut self) {
        let mut idle = 0;
        while idle < 14 {
            self.post();
            idle += 1;
            for domain in [self.a, self.b] {
                let sent = self.net.outbox(domain, self.net.confirmed(domain)).len();
                let relayed = self.relayed.get(&domain).copied().unwrap_or_default();
                if relayed < sent {
                    idle = 0;
                    let shown = self.net.shown(domain, relayed);
                    if self.net.relay(&shown).is_ok() {
                        self.relayed.insert(domain, relayed + 1);
                    }
                }
            }
            self.net.check_books();
        }
    }

    /// What an account has in the last block of a domain.
    pub fn balance(&self, domain: DomainId, party: PartyId) -> u128 {
        let tree = &self.net.chains[&domain].last().unwrap().tree;
        let value = tree.get(&account_key(&SenderId(party.0))).unwrap();
        value.map_or(0, |value| Account::decode(&mut &*value).unwrap().balance.0)
    }

    /// What became of a request, as the ledger noted it: 1 delivered, 2 refused.
    pub fn answered(&self, domain: DomainId, number: u64) -> u64 {
        let tree = &self.net.chains[&domain].last().unwrap().tree;
        let value = tree.get(&slot_key(answer_slot(MessageNumber(number)))).unwrap();
        value.map_or(0, |value| u64::from_le_bytes(value[..].try_into().unwrap()))
    }

    /// All that the accounts of a domain have.
    pub fn inside(&self, domain: DomainId) -> u128 {
        (0..8).map(|n| self.balance(domain, party(n))).sum()
    }

    /// What consensus keeps for a domain.
    pub fn kept(&self, domain: DomainId) -> u128 {
        self.net.consensus.balance(domain).unwrap().0
    }

    /// With everything settled, what is in each domain is what consensus keeps for it.
    pub fn check_settled(&self) {
        for domain in [self.a, self.b] {
            assert_eq!(self.inside(domain), self.kept(domain), "domain {}", domain.0);
        }
        self.net.check_books();
    }
}
