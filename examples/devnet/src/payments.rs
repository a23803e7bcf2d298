//! What users of the proven ledger pay each other, and what has to come of it.

use crate::chance::{Draw, draw};
use crate::domains::PROVEN_LEDGER;
use crate::problem::Problem;
use decex_core::Balance;
use decex_core::state::Changes;
use decex_election::Keypair;
use decex_proven_ledger::Transaction;

/// Who pays in the proven ledger, each from a slot of its own.
const USERS: u64 = 6;
/// What each of them begins with.
const PURSE: u64 = 1_000_000_000_000;
/// Payments that they make.
const PAYMENTS: u64 = 24;

fn slots() -> u16 {
    u16::try_from(USERS).unwrap_or(u16::MAX)
}

fn user(seed: u64, slot: u16) -> Keypair {
    Keypair::from_seed(draw(seed, Draw::Key, slot.into(), 6).as_bytes())
}

/// Returns what the proven ledger begins with.
///
/// # Errors
/// When the accounts are none that it can begin with.
pub fn genesis(seed: u64) -> Result<Changes, Problem> {
    let users = (0..slots()).map(|slot| (*user(seed, slot).key().as_bytes(), PURSE));
    let changes = decex_proven_ledger::genesis(&users.collect::<Vec<_>>());
    changes.ok_or_else(|| Problem::new("the proven ledger", "its users have too much"))
}

/// Returns what the proven ledger's users have together.
#[must_use]
pub fn backing() -> Balance {
    Balance(u128::from(PURSE).saturating_mul(USERS.into()))
}

/// Returns what users of the proven ledger send, in order.
#[must_use]
pub fn transfers(seed: u64) -> Vec<Vec<u8>> {
    let transfer = |place: u64| {
        let from = u16::try_from(place % USERS).unwrap_or(0);
        // Round the table, and in each round one place further.
        let to = (place % USERS).saturating_add(1).saturating_add(place / USERS) % USERS;
        let to = u16::try_from(to).unwrap_or(0);
        let amount = place.saturating_add(1).saturating_mul(1_000);
        Transaction::sign(
            PROVEN_LEDGER.id,
            &user(seed, from),
            from,
            place / USERS,
            to,
            amount,
        )
        .to_bytes()
    };
    (0..PAYMENTS).map(transfer).collect()
}

/// Returns what each slot has after these transactions, each once, by plain arithmetic in another form than the ledger's. `None` if one of them is not a
/// transaction of a user or pays more than is there: none that [`transfers`] makes does, in any order.
#[must_use]
pub fn add_up<'a>(transactions: impl IntoIterator<Item = &'a Vec<u8>>) -> Option<Vec<u64>> {
    let mut balances = vec![PURSE; usize::from(slots())];
    for bytes in transactions {
        let transaction = Transaction::from_bytes(bytes).ok()?;
        let from = balances.get_mut(usize::from(transaction.slot))?;
        *from = from.checked_sub(transaction.amount)?;
        let to = balances.get_mut(usize::from(transaction.to))?;
        *to = to.checked_add(transaction.amount)?;
    }
    Some(balances)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn nobody_pays_itself_and_nothing_is_lost() {
        let transfers = transfers(1);
        for bytes in &transfers {
            let transaction = Transaction::from_bytes(bytes).unwrap();
            transaction.check_signature(PROVEN_LEDGER.id).unwrap();
            assert_ne!(transaction.slot, transaction.to);
        }
        let after = add_up(&transfers).unwrap();
        assert_eq!(
            after.iter().map(|balance| u128::from(*balance)).sum::<u128>(),
            backing().0
        );
        assert_ne!(after, add_up(&[]).unwrap());
    }
}
