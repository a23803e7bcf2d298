//! Hold users' transactions until they are executed.
//!
//! A transaction enters if legality would pass it at the operator's newest state, so that what is bundled from here
//! makes no bundle invalid. The pool is bounded in transactions, per sender, and in how far a nonce may run ahead.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::ops::Bound;
use decex_bundle::Item;
use decex_core::codec::BoundedBytes;
use decex_core::execution::{Account, Engine, NotATransaction};
use decex_core::hash::Digest;
use decex_core::id::{Balance, Nonce, SenderId, TransactionHash, Weight};
use decex_core::params::BundleLimits;
use decex_core::transaction::{self, Summary};

/// Bounds of the pool. Local policy: operators may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Transactions in all.
    pub transactions: usize,
    /// Transactions of one sender.
    pub per_sender: usize,
    /// How far a nonce may run ahead of the account's.
    pub nonce_lead: u64,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            transactions: 100_000,
            per_sender: 256,
            nonce_lead: 256,
        }
    }
}

/// Why a transaction does not enter the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPooled {
    /// O1: longer than the domain's limit.
    #[error("{found} bytes exceed the limit of {limit}")]
    TooLong {
        /// The most bytes allowed.
        limit: u32,
        /// The bytes given.
        found: usize,
    },
    /// O2: not a transaction of this domain.
    #[error(transparent)]
    NotATransaction(#[from] NotATransaction),
    /// O3: heavier than a whole bundle may be.
    #[error("weight {} exceeds a bundle's limit of {}", found.0, limit.0)]
    TooHeavy {
        /// The most weight allowed.
        limit: Weight,
        /// The transaction's weight.
        found: Weight,
    },
    /// O4: its nonce was used already.
    #[error("nonce {} is used, the next is {}", found.0, expected.0)]
    Stale {
        /// The account's next nonce.
        expected: Nonce,
        /// The transaction's nonce.
        found: Nonce,
    },
    /// O5: its nonce runs too far ahead.
    #[error("nonce {} is more than {lead} ahead of {}", found.0, expected.0)]
    TooFarAhead {
        /// The account's next nonce.
        expected: Nonce,
        /// The transaction's nonce.
        found: Nonce,
        /// The lead allowed.
        lead: u64,
    },
    /// O6: the sender cannot pay for its blockspace.
    #[error("balance {} does not cover {} for blockspace", found.0, needed.0)]
    CannotPay {
        /// The price of its blockspace.
        needed: Balance,
        /// The sender's balance.
        found: Balance,
    },
    /// O7: this sender and nonce are in the pool. The first stays.
    #[error("a transaction with this sender and nonce is in the pool")]
    Occupied,
    /// O8: the pool, or the sender's share of it, is full.
    #[error("the pool is full")]
    Full,
}

impl NotPooled {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::TooLong { .. } => 1,
            Self::NotATransaction(_) => 2,
            Self::TooHeavy { .. } => 3,
            Self::Stale { .. } => 4,
            Self::TooFarAhead { .. } => 5,
            Self::CannotPay { .. } => 6,
            Self::Occupied => 7,
            Self::Full => 8,
        }
    }
}

/// Transactions by sender and nonce.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    limits: PoolLimits,
    senders: BTreeMap<SenderId, BTreeMap<Nonce, (Summary, Item)>>,
    count: usize,
}

/// What a transaction is checked against on entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) limits: &'a BundleLimits,
    pub(crate) byte_price: Balance,
}

impl Pool {
    /// Starts empty.
    #[must_use]
    pub fn new(limits: PoolLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Returns how many transactions wait.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Returns whether none waits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns every waiting transaction, by sender and nonce.
    pub fn iter(&self) -> impl Iterator<Item = &Item> {
        self.senders
            .values()
            .flat_map(BTreeMap::values)
            .map(|(_, item)| item)
    }

    pub(crate) fn add<E>(
        &mut self,
        engine: &dyn Engine,
        entry: Entry<'_>,
        account: impl FnOnce(&SenderId) -> Result<Account, E>,
    ) -> Result<Result<TransactionHash, NotPooled>, E> {
        let (summary, item) = match inspect(engine, entry) {
            Ok(inspected) => inspected,
            Err(refused) => return Ok(Err(refused)),
        };
        let account = account(&summary.sender)?;
        Ok(self.admit(&summary, &account, entry.byte_price).map(|()| {
            self.senders
                .entry(summary.sender)
                .or_default()
                .insert(summary.nonce, (summary, item));
            self.count = self.count.saturating_add(1);
            summary.hash
        }))
    }

    fn admit(&self, summary: &Summary, account: &Account, byte_price: Balance) -> Result<(), NotPooled> {
        // O4, O5: the nonce is within reach.
        let lead = summary.nonce.0.checked_sub(account.nonce.0);
        let lead = lead.ok_or(NotPooled::Stale {
            expected: account.nonce,
            found: summary.nonce,
        })?;
        if lead > self.limits.nonce_lead {
            let (expected, found) = (account.nonce, summary.nonce);
            return Err(NotPooled::TooFarAhead {
                expected,
                found,
                lead: self.limits.nonce_lead,
            });
        }
        // O6: legality's fee rule, for this transaction alone; `select` applies it to a sender's transactions together.
        let needed = byte_price
            .checked_mul(summary.bytes.into())
            .unwrap_or(Balance(u128::MAX));
        if needed > account.balance {
            return Err(NotPooled::CannotPay {
                needed,
                found: account.balance,
            });
        }
        // O7, O8: there is room.
        let waiting = self.senders.get(&summary.sender);
        if waiting.is_some_and(|waiting| waiting.contains_key(&summary.nonce)) {
            return Err(NotPooled::Occupied);
        }
        let own = waiting.map_or(0, BTreeMap::len);
        if own >= self.limits.per_sender || self.count >= self.limits.transactions {
            return Err(NotPooled::Full);
        }
        Ok(())
    }

    /// Drops what a sender can no longer execute.
    pub(crate) fn drop_stale(&mut self, sender: &SenderId, next: Nonce) {
        let Some(waiting) = self.senders.get_mut(sender) else {
            return;
        };
        let kept = waiting.split_off(&next);
        self.count = self.count.saturating_sub(waiting.len());
        *waiting = kept;
        if waiting.is_empty() {
            self.senders.remove(sender);
        }
    }

    /// Chooses a body: within the limits, legal together, each sender's nonces without a gap from the account's on.
    /// Starts at `start` on the ring of senders, so that a full bundle does not always serve the same ones first.
    pub(crate) fn select<E>(
        &self,
        limits: &BundleLimits,
        start: &Digest,
        byte_price: Balance,
        eligible: impl Fn(&SenderId) -> bool,
        skip: &BTreeSet<TransactionHash>,
        mut account: impl FnMut(&SenderId) -> Result<Account, E>,
    ) -> Result<Vec<Item>, E> {
        let mut room = Room::new(limits);
        let mut chosen = Vec::new();
        let start = SenderId(*start);
        let from_start = self.senders.range(start..);
        let to_start = self.senders.range((Bound::Unbounded, Bound::Excluded(start)));
        for (sender, waiting) in from_start.chain(to_start) {
            if !eligible(sender) {
                continue;
            }
            let account = account(sender)?;
            let mut purse = Purse {
                next: account.nonce,
                balance: account.balance,
                count: 0,
            };
            for (summary, item) in waiting.range(account.nonce..).map(|(_, waiting)| waiting) {
                if summary.nonce != purse.next || purse.count >= limits.sender_transactions {
                    break;
                }
                purse.next = Nonce(purse.next.0.saturating_add(1));
                if skip.contains(&summary.hash) {
                    continue;
                }
                let cost = byte_price.checked_mul(summary.bytes.into());
                let Some(rest) = cost.and_then(|cost| purse.balance.checked_sub(cost)) else {
                    break;
                };
                let Some(smaller) = room.take(summary) else { break };
                room = smaller;
                purse.balance = rest;
                purse.count = purse.count.saturating_add(1);
                chosen.push(item.clone());
            }
        }
        Ok(chosen)
    }
}

/// What a sender can still do in the body being chosen.
struct Purse {
    next: Nonce,
    balance: Balance,
    count: u32,
}

/// What still fits in the body being chosen.
struct Room {
    transactions: u32,
    bytes: u32,
    weight: u64,
}

impl Room {
    const fn new(limits: &BundleLimits) -> Self {
        Self {
            transactions: limits.transactions,
            bytes: limits.bytes,
            weight: limits.weight.0,
        }
    }

    fn take(&self, summary: &Summary) -> Option<Self> {
        Some(Self {
            transactions: self.transactions.checked_sub(1)?,
            bytes: self.bytes.checked_sub(summary.bytes)?,
            weight: self.weight.checked_sub(summary.weight.0)?,
        })
    }
}

fn inspect(engine: &dyn Engine, entry: Entry<'_>) -> Result<(Summary, Item), NotPooled> {
    // O1: within the length that farmers accept.
    let too_long = NotPooled::TooLong {
        limit: entry.limits.transaction_bytes,
        found: entry.bytes.len(),
    };
    let length = u32::try_from(entry.bytes.len()).map_err(|_| too_long)?;
    if length > entry.limits.transaction_bytes {
        return Err(too_long);
    }
    // O2: the engine knows whose it is.
    let facts = engine.inspect(entry.bytes)?;
    // O3: it can be bundled at all.
    if facts.weight > entry.limits.weight {
        return Err(NotPooled::TooHeavy {
            limit: entry.limits.weight,
            found: facts.weight,
        });
    }
    let bytes = BoundedBytes::new(entry.bytes.to_vec()).ok_or(too_long)?;
    let item = Item {
        sender: facts.sender,
        nonce: facts.nonce,
        weight: facts.weight,
        bytes,
    };
    let hash = transaction::hash(entry.bytes);
    let summary = Summary {
        sender: facts.sender,
        nonce: facts.nonce,
        hash,
        weight: facts.weight,
        bytes: length,
    };
    Ok((summary, item))
}
