//! Judge transactions: one code path for author, farmer, operator, challenger and verifier.
//!
//! Rules L1 to L3 depend on a transaction's bytes and its claimed summary, L4 and L5 on summaries and on the sender's
//! account at the bundle's base. Nothing else counts: not the head, not other bundles, not the order of execution. A
//! bundle's verdict is therefore fixed at inclusion, and each rule can be judged at each index alone.

use crate::inbox::Base;
use crate::verdict::{Fault, Illegal, Verdict};
use decex_core::execution::{Account, Engine, NotATransaction};
use decex_core::id::{Balance, SenderId};
use decex_core::transaction::Summary;

/// Checks a transaction by itself.
///
/// # Errors
/// The rule that is broken: L1, L2 or L3, which exclude each other. L3 speaks of what the engine reads from a
/// well-formed, signed transaction, so it is not broken where L1 or L2 is.
pub fn check_transaction(engine: &dyn Engine, bytes: &[u8], claimed: &Summary) -> Result<(), Illegal> {
    match engine.inspect(bytes) {
        // L1: a transaction of this domain.
        Err(NotATransaction::Malformed) => Err(Illegal::Malformed),
        // L2: signed.
        Err(NotATransaction::Signature) => Err(Illegal::Signature),
        // L3: the author's claims are what the engine reads.
        Ok(facts)
            if facts.sender != claimed.sender
                || facts.nonce != claimed.nonce
                || facts.weight != claimed.weight =>
        {
            Err(Illegal::Claim)
        }
        Ok(_) => Ok(()),
    }
}

/// Checks that a transaction is not one that the sender has used up at the base.
///
/// # Errors
/// L4: the claimed nonce is below the account's.
pub fn check_nonce(account: &Account, claimed: &Summary) -> Result<(), Illegal> {
    // L4: nonce >= the sender's nonce at the base.
    if claimed.nonce < account.nonce {
        Err(Illegal::Nonce)
    } else {
        Ok(())
    }
}

/// Checks that the sender can pay for the blockspace of `bytes`: the lengths of all its transactions in this body, up
/// to and including the judged one.
///
/// # Errors
/// L5: the cost passes the account's balance (or the range of amounts).
pub fn check_fees(account: &Account, byte_price: Balance, bytes: u64) -> Result<(), Illegal> {
    // L5: bytes × price at the base <= balance at the base.
    match byte_price.checked_mul(bytes.into()) {
        Some(cost) if cost <= account.balance => Ok(()),
        Some(_) | None => Err(Illegal::Fees),
    }
}

/// Judges a whole body: pairs of a transaction's bytes and its summary, in the body's order.
///
/// The caller has checked that the body is the committed one. `accounts` returns what the engine reads of a sender in
/// the state after `base`; it is asked once per sender, and not at all for senders behind the first fault.
///
/// # Errors
/// Only what `accounts` returns.
pub fn judge<'a, E>(
    engine: &dyn Engine,
    base: &Base,
    body: impl IntoIterator<Item = (&'a [u8], &'a Summary)>,
    mut accounts: impl FnMut(&SenderId) -> Result<Account, E>,
) -> Result<Verdict, E> {
    let mut run: Option<(SenderId, Account, u64)> = None;
    for (index, (bytes, claimed)) in (0_u32..).zip(body) {
        if let Err(rule) = check_transaction(engine, bytes, claimed) {
            return Ok(Verdict::Invalid(Fault { index, rule }));
        }
        // A sender's transactions are adjacent, because the body ascends by sender first.
        let (account, before) = match run {
            Some((sender, account, sum)) if sender == claimed.sender => (account, sum),
            Some(_) | None => (accounts(&claimed.sender)?, 0),
        };
        // At most 2^16 lengths of 32 bits: the sum fits.
        let sum = before.saturating_add(claimed.bytes.into());
        let legal = check_nonce(&account, claimed).and_then(|()| check_fees(&account, base.byte_price, sum));
        if let Err(rule) = legal {
            return Ok(Verdict::Invalid(Fault { index, rule }));
        }
        run = Some((claimed.sender, account, sum));
    }
    Ok(Verdict::Valid)
}

/// What a single rule is judged on.
#[derive(Clone, Copy, Debug)]
pub enum Grounds<'a> {
    /// For L1, L2 and L3.
    Transaction {
        /// Bytes with the hash and length of `claimed`; the caller has checked both.
        bytes: &'a [u8],
        /// The body's leaf.
        claimed: &'a Summary,
    },
    /// For L4 and L5.
    Account {
        /// The sender's account in the state after the base.
        account: &'a Account,
        /// What a byte costs by the base.
        byte_price: Balance,
        /// All leaves of the sender in this body from its first up to the judged one, which is the last.
        run: &'a [Summary],
    },
}

/// A rule was asked on grounds that it does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rule cannot be judged on these grounds")]
pub struct WrongGrounds;

/// Returns whether `rule` is broken on these grounds, whatever other rules say. [`judge`] finds a fault exactly where
/// this returns `true` for the least (index, rule).
///
/// # Errors
/// When the grounds are not the rule's, or an account's run is empty.
pub fn breaks(engine: &dyn Engine, rule: Illegal, grounds: &Grounds<'_>) -> Result<bool, WrongGrounds> {
    match (rule, grounds) {
        (
            Illegal::Malformed | Illegal::Signature | Illegal::Claim,
            Grounds::Transaction { bytes, claimed },
        ) => Ok(check_transaction(engine, bytes, claimed) == Err(rule)),
        (Illegal::Nonce, Grounds::Account { account, run, .. }) => {
            let claimed = run.last().ok_or(WrongGrounds)?;
            Ok(check_nonce(account, claimed).is_err())
        }
        (
            Illegal::Fees,
            Grounds::Account {
                account,
                byte_price,
                run,
            },
        ) => {
            if run.is_empty() {
                return Err(WrongGrounds);
            }
            let sum = run
                .iter()
                .fold(0_u64, |sum, leaf| sum.saturating_add(leaf.bytes.into()));
            Ok(check_fees(account, *byte_price, sum).is_err())
        }
        (Illegal::Malformed | Illegal::Signature | Illegal::Claim, Grounds::Account { .. })
        | (Illegal::Nonce | Illegal::Fees, Grounds::Transaction { .. }) => Err(WrongGrounds),
    }
}
