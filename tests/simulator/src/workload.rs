//! What users do in a domain, and what its dishonest operators bundle.

use crate::chance::Chance;
use decex_bundle::Item;
use decex_core::execution::Engine;
use decex_core::hash::digest;
use decex_core::message::{ChannelId, PartyId};
use decex_core::state::Changes;
use decex_core::{Balance, BoundedVec, ConsensusNumber, Nonce, SenderId, label};
use decex_election::Keypair;
use decex_testkit::ledger::{Call, LedgerEngine, Transaction, genesis, sender_of};

/// A domain that the simulator can run: an engine with users.
pub trait Workload {
    /// The engine.
    type Engine: Engine + Clone;
    /// Returns the engine.
    fn engine(&self) -> Self::Engine;
    /// Returns the genesis state.
    fn genesis(&self) -> Changes;
    /// Returns what all accounts of the genesis state have together: what the domain is backed with.
    fn supply(&self) -> Balance;
    /// Returns a user's transaction, `number` being how many that user has sent before.
    fn transaction(&self, chance: &mut Chance, user: u64, number: u64) -> Vec<u8>;
    /// Returns a bundled transaction that is illegal in some way, or legal and useless.
    fn misfit(&self, chance: &mut Chance, author: u64, number: u64) -> Item;
}

/// Users of [`Ledger`] that exist.
pub const USERS: u64 = 16;

/// The toy ledger of the test kit, with every kind of call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ledger;

fn keypair(user: u64) -> Keypair {
    let name = [b"simulated user", &user.to_le_bytes()[..]].concat();
    Keypair::from_seed(digest(&label::LEDGER_KEY, &name).as_bytes())
}

fn account(user: u64) -> SenderId {
    sender_of(keypair(user).key())
}

/// Returns a transaction as a bundle carries it.
fn item(user: u64, nonce: u64, call: Call) -> Item {
    let transaction = Transaction::sign(&keypair(user), Nonce(nonce), call);
    Item {
        sender: account(user),
        nonce: Nonce(nonce),
        weight: transaction.weight(),
        bytes: BoundedVec::new(transaction.to_bytes()).unwrap_or_default(),
    }
}

impl Workload for Ledger {
    type Engine = LedgerEngine;

    fn engine(&self) -> LedgerEngine {
        LedgerEngine { version: 0 }
    }

    fn genesis(&self) -> Changes {
        // Users, and one purse for the mischief of each dishonest operator.
        let all = (0..USERS).chain(100..110);
        let balances: Vec<_> = all.map(|user| (account(user), Balance(1_000_000))).collect();
        genesis(&balances)
    }

    fn supply(&self) -> Balance {
        Balance(1_000_000 * u128::from(USERS + 10))
    }

    fn transaction(&self, chance: &mut Chance, user: u64, number: u64) -> Vec<u8> {
        let call = match chance.below(9) {
            0 => Call::Fail,
            // Over a channel that there is not: fails.
            1 | 2 => Call::Send {
                channel: ChannelId(7),
                to: PartyId::default(),
                value: Balance(3),
                deadline: ConsensusNumber(u64::MAX),
                data: BoundedVec::default(),
            },
            3 => Call::Write {
                first: chance.below(50),
                count: 3,
                value: chance.below(9),
            },
            // More than a step may touch: fails in the operator's run and in the verifier's alike.
            4 => Call::Write {
                first: 0,
                count: 900,
                value: 1,
            },
            _ => Call::Transfer {
                to: account(chance.below(USERS)),
                amount: Balance(chance.below(100).into()),
            },
        };
        Transaction::sign(&keypair(user), Nonce(number), call).to_bytes()
    }

    fn misfit(&self, chance: &mut Chance, author: u64, number: u64) -> Item {
        // An account with money, or one without.
        let broke = if chance.once_in(5) { 100 } else { 0 };
        let user = author.saturating_add(100).saturating_add(broke);
        let mut item = item(user, number, Call::Fail);
        match chance.below(6) {
            0 => {
                let mut bytes = item.bytes.to_vec();
                if let Some(last) = bytes.last_mut() {
                    *last ^= 1;
                }
                item.bytes = BoundedVec::new(bytes).unwrap_or_default();
            }
            1 => item.bytes = BoundedVec::new(vec![1, 2, 3]).unwrap_or_default(),
            2 => item.weight.0 = item.weight.0.saturating_add(1),
            3 => item.nonce.0 = item.nonce.0.saturating_add(1),
            _ => {}
        }
        item
    }
}
