//! The users of one operator of one domain, played: each pays the next one, on an EVM domain now and then calls a contract.

use crate::host::{Genesis, GenesisError, Rules, TALLY};
use crate::wallet::{Order, Wallet};
use decex_core::state::Halt;
use decex_core::{Balance, DomainId, Nonce, OperatorId, SenderId};
use decex_election::Keypair;
use decex_evm::{Address, Bytes, TxKind, sender_of as sender_of_address};
use decex_operator::Operator;
use decex_testkit::ledger::{Call, Transaction, sender_of};

/// A user has at most this many transactions under way: as many as fit into one bundle.
const UNDER_WAY: u64 = 16;
/// A user none of whose transactions got anywhere for this many blocks begins again where its account is.
const PATIENCE: u32 = 64;
/// Gas of a payment, and of a call that writes a slot for the first time.
const PAYMENT_GAS: u64 = 21_000;
const CALL_GAS: u64 = 60_000;

/// Whom a user pays, and what it signs with.
#[derive(Debug)]
enum Purse {
    Ledger { keypair: Box<Keypair>, to: SenderId },
    Evm { wallet: Wallet, to: Address },
}

/// A user, and how far it is.
#[derive(Debug)]
struct User {
    purse: Purse,
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
    ///
    /// # Errors
    /// When the genesis file is broken.
    pub fn new(genesis: &Genesis, domain: DomainId, index: u32, load: u32) -> Result<Self, GenesisError> {
        let (purses, senders): (Vec<_>, Vec<_>) = purses(genesis, domain, index)?.into_iter().unzip();
        let users = purses.into_iter().zip(senders).map(|(purse, sender)| User {
            purse,
            sender,
            next: 0,
            seen: 0,
            idle: 0,
        });
        Ok(Self {
            operator: genesis.operator(domain, index),
            load,
            users: users.collect(),
            turn: 0,
        })
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
    pub fn feed(&mut self, operator: &mut Operator<Rules>) -> Result<(), Halt> {
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
            let Some(user) = self.users.get_mut(place) else {
                break;
            };
            let account = operator.account_after(head, &user.sender)?.unwrap_or_default();
            user.catch_up(account.nonce.0);
            while left > 0 && user.next < account.nonce.0.saturating_add(UNDER_WAY) {
                if let Some(transaction) = user.purse.spend(user.next) {
                    // Refused where it is in the pool already, after a restart.
                    let _ = operator.add_transaction(&transaction)?;
                }
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

/// The purses of an operator's users, each with the name of its account: each pays the next one.
fn purses(genesis: &Genesis, domain: DomainId, index: u32) -> Result<Vec<(Purse, SenderId)>, GenesisError> {
    if !genesis.is_evm(domain) {
        let keypair = |user| genesis.user(domain, index, user);
        let sender = |user| sender_of(keypair(user).key());
        let purses = (0..genesis.users).map(|user| {
            let purse = Purse::Ledger {
                keypair: Box::new(keypair(user)),
                to: sender(next_of(user, genesis.users)),
            };
            (purse, sender(user))
        });
        return Ok(purses.collect());
    }
    let mut wallets = Vec::new();
    for user in 0..genesis.users {
        wallets.extend(genesis.wallet(domain, index, user)?);
    }
    let mut addresses: Vec<Address> = wallets.iter().map(Wallet::address).collect();
    let senders: Vec<SenderId> = addresses.iter().map(sender_of_address).collect();
    if !addresses.is_empty() {
        addresses.rotate_left(1);
    }
    let purses = wallets.into_iter().zip(addresses);
    let purses = purses.map(|(wallet, to)| Purse::Evm { wallet, to });
    Ok(purses.zip(senders).collect())
}

const fn next_of(user: u32, count: u32) -> u32 {
    match user.wrapping_add(1).checked_rem(count) {
        Some(next) => next,
        None => 0,
    }
}

impl Purse {
    /// Signs the transaction with this nonce. `None` only where a key cannot sign.
    fn spend(&self, nonce: u64) -> Option<Vec<u8>> {
        match self {
            Self::Ledger { keypair, to } => {
                let call = Call::Transfer {
                    to: *to,
                    amount: Balance(1),
                };
                Some(Transaction::sign(keypair, Nonce(nonce), call).to_bytes())
            }
            Self::Evm { wallet, to } => {
                let is_call = nonce % 4 == 3;
                let (to, gas) = if is_call {
                    (TALLY, CALL_GAS)
                } else {
                    (*to, PAYMENT_GAS)
                };
                wallet.sign(&Order {
                    nonce,
                    gas,
                    to: TxKind::Call(to),
                    value: u64::from(!is_call),
                    data: Bytes::new(),
                })
            }
        }
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
