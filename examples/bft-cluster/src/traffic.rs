//! The users of one operator of one domain, played: each pays the next one.

use crate::host::Genesis;
use decex_core::state::Halt;
use decex_core::{Balance, DomainId, Nonce, OperatorId, SenderId};
use decex_election::Keypair;
use decex_operator::Operator;
use decex_testkit::ledger::{Call, LedgerEngine, Transaction, sender_of};

/// A user has at most this many transactions under way: as many as fit into one bundle.
const UNDER_WAY: u64 = 16;
/// A user none of whose transactions got anywhere for this many blocks begins again where its account is.
const PATIENCE: u32 = 64;

/// A user, and how far it is.
#[derive(Debug)]
struct User {
    keypair: Keypair,
    sender: SenderId,
    next: u64,
    seen: u64,
    idle: u32,
}

/// The users.
#[derive(Debug)]
pub struct Traffic {
    operator: OperatorId,
    load: u32,
    users: Vec<User>,
    turn: usize,
}

impl Traffic {
    /// Makes the users of operator `index` of `domain`, who send `load` transactions with each block together.
    #[must_use]
    pub fn new(genesis: &Genesis, domain: DomainId, index: u32, load: u32) -> Self {
        let users = (0..genesis.users).map(|user| {
            let keypair = genesis.user(domain, index, user);
            let sender = sender_of(keypair.key());
            User {
                keypair,
                sender,
                next: 0,
                seen: 0,
                idle: 0,
            }
        });
        Self {
            operator: genesis.operator(domain, index),
            load,
            users: users.collect(),
            turn: 0,
        }
    }

    /// Returns whose users they are.
    #[must_use]
    pub const fn operator(&self) -> Option<OperatorId> {
        Some(self.operator)
    }

    /// Puts the next transactions into the operator's pool. A transaction is determined by its user and nonce, so one that is made
    /// again after a restart is the same.
    ///
    /// # Errors
    /// When the operator's state cannot be read.
    pub fn feed(&mut self, operator: &mut Operator<LedgerEngine>) -> Result<(), Halt> {
        let Some((head, _)) = operator.head() else {
            return Ok(());
        };
        let count = self.users.len();
        let mut left = self.load;
        for step in 0..count {
            if left == 0 {
                break;
            }
            let place = self.turn.wrapping_add(step) % count;
            let to = self
                .users
                .get(place.wrapping_add(1) % count)
                .map(|user| user.sender);
            let (Some(user), Some(to)) = (self.users.get_mut(place), to) else {
                break;
            };
            let account = operator.account_after(head, &user.sender)?.unwrap_or_default();
            user.catch_up(account.nonce.0);
            while left > 0 && user.next < account.nonce.0.saturating_add(UNDER_WAY) {
                let call = Call::Transfer {
                    to,
                    amount: Balance(1),
                };
                let transaction = Transaction::sign(&user.keypair, Nonce(user.next), call);
                // Refused where it is in the pool already, after a restart.
                let _ = operator.add_transaction(&transaction.to_bytes())?;
                user.next = user.next.saturating_add(1);
                left = left.saturating_sub(1);
                // Users take turns: a load is spread over senders, as far as there are any.
                if user.next.is_multiple_of(4) {
                    break;
                }
            }
            self.turn = place.wrapping_add(1) % count;
        }
        Ok(())
    }
}

impl User {
    fn catch_up(&mut self, nonce: u64) {
        if nonce > self.seen || self.next <= nonce {
            self.idle = 0;
        } else {
            self.idle = self.idle.saturating_add(1);
        }
        self.seen = nonce;
        if self.next < nonce || self.idle > PATIENCE {
            self.next = nonce;
            self.idle = 0;
        }
    }
}
