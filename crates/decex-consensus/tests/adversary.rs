//! Random play with two honest operators and three that lie, build on lies, endorse them and equivocate: no wrong receipt
//! becomes final, no honest operator loses anything, no money is made or lost.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use common::{Net, REPORTER, account, config, params, transfer};
use decex_bundle::Equivocation;
use decex_core::*;
use decex_receipt::Submission;
use decex_staking::PoolStatus;
use parity_scale_codec::Encode;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug)]
enum Move {
    Begin,
    Send(usize),
    Vouch(usize),
    Lie(usize, u8),
    Endorse(usize),
    Equivocate(usize),
    Refute,
    Leave(usize),
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        6 => Just(Move::Begin),
        4 => (0..5_usize).prop_map(Move::Send),
        4 => (0..2_usize).prop_map(Move::Vouch),
        3 => (2..5_usize, 1..4_u8).prop_map(|(member, salt)| Move::Lie(member, salt)),
        2 => (2..5_usize).prop_map(Move::Endorse),
        1 => (2..5_usize).prop_map(Move::Equivocate),
        2 => Just(Move::Refute),
        1 => (2..5_usize).prop_map(Move::Leave),
    ]
}

struct Play {
    net: Net,
    domain: DomainId,
    lies: BTreeMap<ReceiptHash, Submission>,
    nonce: u64,
    /// Blocks since the honest challengers last looked.
    unwatched: u32,
}

impl Play {
    fn first_wrong(&self) -> Option<ReceiptHash> {
        let (net, domain) = (&self.net, self.domain);
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
        while let Some(wrong) = self.first_wrong() {
            let proof = self.net.refute(self.domain, &self.lies[&wrong]);
            self.net.consensus.submit_proof(&proof).unwrap();
        }
    }

    fn submit(&mut self, member: usize, receipts: Vec<Submission>, items: Vec<decex_bundle::Item>) {
        let id = self.net.members[member].id;
        if self.net.consensus.is_eligible(id).unwrap() && self.net.elected(member).is_some() {
            let bundle = self
                .net
                .seal(member, self.net.head_hash(self.domain), receipts, items);
            let before = self.net.consensus.host().clone();
            if self.net.submit(&bundle).is_err() {
                assert_eq!(*self.net.consensus.host(), before);
            }
        }
    }

    fn play(&mut self, step: Move) {
        let domain = self.domain;
        match step {
            Move::Begin => {
                self.unwatched += 1;
                if self.unwatched == 5 {
                    self.refute();
                    self.unwatched = 0;
                }
                self.net.begin();
            }
            Move::Send(member) => {
                self.nonce += 1;
                self.submit(member, Vec::new(), vec![transfer(0, self.nonce, 1)]);
            }
            Move::Vouch(member) => {
                let missing = self.net.missing(domain);
                if self.first_wrong().is_none() && !missing.is_empty() {
                    self.submit(member, missing, Vec::new());
                }
            }
            Move::Lie(member, salt) => {
                let next = self.net.head(domain) + 1;
                if (next as usize) < self.net.chains[&domain].len() {
                    let lie = self.net.lie(domain, next, self.net.head_hash(domain), salt);
                    self.lies.insert(lie.receipt.compute_hash(), lie.clone());
                    self.submit(member, vec![lie], Vec::new());
                }
            }
            Move::Endorse(member) => {
                if let Some(lie) = self.lies.get(&self.net.head_hash(domain)).cloned() {
                    self.submit(member, vec![lie], Vec::new());
                }
            }
            Move::Equivocate(member) => {
                if self.net.elected(member).is_some() {
                    let base = self.net.head_hash(domain);
                    let seal = |amount| {
                        self.net
                            .seal(member, base, Vec::new(), vec![transfer(1, 0, amount)])
                            .header
                    };
                    let evidence = Equivocation {
                        first: seal(1),
                        second: seal(2),
                    };
                    let _ = self
                        .net
                        .consensus
                        .submit_equivocation(REPORTER, &evidence.encode());
                }
            }
            Move::Refute => self.refute(),
            Move::Leave(member) => {
                let id = self.net.members[member].id;
                let _ = self
                    .net
                    .consensus
                    .deregister_operator(account(u8::try_from(member).unwrap()), id);
            }
        }
    }

    fn check(&self, total: u128) {
        let (net, domain) = (&self.net, self.domain);
        for member in &net.members[..2] {
            let pool = net.consensus.pool(member.id).unwrap().unwrap();
            assert_eq!(pool.status, PoolStatus::Active, "an honest operator is slashed");
        }
        let last = net.consensus.finalized(domain).unwrap().unwrap().into_inner();
        assert_eq!(
            last,
            net.right(domain, last.number.0).receipt,
            "a wrong receipt is final"
        );
        assert_eq!(net.consensus.host().total(), total);
        net.check_books();
        // The check in one step agrees with the records: who vouches for what is not on the chain is out.
        for key in net.consensus.host().store.keys().filter(|key| key[0] == 6) {
            let hash = ReceiptHash(Digest(key[5..].try_into().unwrap()));
            let record = net.consensus.record(domain, &hash).unwrap().unwrap();
            if net.consensus.hash_at(domain, record.receipt.number).unwrap() != Some(hash) {
                assert!(
                    record
                        .backers
                        .iter()
                        .all(|id| !net.consensus.is_eligible(*id).unwrap())
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn lies_are_caught_and_the_honest_keep_their_stake(
        work in 1..4_u32,
        steps in prop::collection::vec(moves(), 120),
    ) {
        let mut config = config();
        config.work_per_block = work;
        let mut net = Net::new(config);
        let domain = net.domain(params());
        (0..5).for_each(|n| { net.register(n, domain); });
        net.begin_many(58);
        let total = net.consensus.host().total();
        let mut play = Play { net, domain, lies: BTreeMap::new(), nonce: 0, unwatched: 0 };
        for step in steps {
            play.play(step);
            play.check(total);
        }
        // Afterwards the honest ones finish what was begun.
        play.refute();
        for _ in 0..60 {
            play.play(Move::Vouch(0));
            play.play(Move::Vouch(1));
            play.play(Move::Begin);
            play.check(total);
        }
        let made = play.net.chains[&domain].len() as u64 - 1;
        prop_assert_eq!(play.net.confirmed(domain), made);
    }
}
