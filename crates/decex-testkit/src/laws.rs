//! What the consensus object takes for granted of a host's store and money, asked one by one.
//!
//! The laws are the contracts of [`Store`] and [`Ledger`], and what follows from them for the object's own keys and values.

use crate::chain::Money;
use alloc::vec;
use alloc::vec::Vec;
use decex_consensus::{HoldError, Ledger, Store};
use decex_core::hash::Hash;
use decex_core::{AccountId, Balance, label};

/// A law that a host breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken<E> {
    /// The law, in words.
    Law(&'static str),
    /// The host failed where it must not.
    Host(E),
}

impl<E> From<E> for Broken<E> {
    fn from(error: E) -> Self {
        Self::Host(error)
    }
}

fn law<E>(holds: bool, law: &'static str) -> Result<(), Broken<E>> {
    if holds { Ok(()) } else { Err(Broken::Law(law)) }
}

/// Asks a store for every law of stores. Leaves it empty of all that it wrote.
///
/// # Errors
/// The first law that it breaks.
pub fn store<S: Store>(store: &mut S) -> Result<(), Broken<S::Error>> {
    let key: &[u8] = &[7, 1, 2, 3];
    law(store.get(key)?.is_none(), "what was never set is absent")?;
    store.set(key, &[1, 2])?;
    law(holds(store, key, &[1, 2])?, "what was set is there")?;
    store.set(key, &[3])?;
    law(holds(store, key, &[3])?, "a shorter value replaces the value")?;
    store.set(key, &[4, 5, 6, 7])?;
    law(
        holds(store, key, &[4, 5, 6, 7])?,
        "a longer value replaces the value",
    )?;
    // `allow` writes such: it is there or not, and says no more.
    store.set(key, &[])?;
    law(holds(store, key, &[])?, "the empty value is a value")?;
    store.remove(key)?;
    law(store.get(key)?.is_none(), "what was removed is absent")?;
    store.remove(key)?;
    law(store.get(key)?.is_none(), "what is absent can be removed")?;
    store.set(key, &[8])?;
    law(holds(store, key, &[8])?, "what was removed can be set again")?;
    store.remove(key)?;
    apart(store)?;
    long(store)
}

fn holds<S: Store>(store: &S, key: &[u8], value: &[u8]) -> Result<bool, S::Error> {
    Ok(store.get(key)?.as_deref() == Some(value))
}

/// Keys that are alike are different keys.
fn apart<S: Store>(store: &mut S) -> Result<(), Broken<S::Error>> {
    let keys: [&[u8]; 9] = [
        &[7],
        &[7, 0],
        &[7, 0, 0],
        &[7, 1],
        &[0],
        &[0, 7],
        &[255],
        &[255, 255],
        &[7, 255],
    ];
    for (value, key) in (0_u8..).zip(keys) {
        store.set(key, &[value])?;
    }
    for (value, key) in (0_u8..).zip(keys) {
        law(
            holds(store, key, &[value])?,
            "keys that are alike hold values of their own",
        )?;
    }
    for (removed, key) in keys.iter().enumerate() {
        store.remove(key)?;
        for (value, other) in (0_u8..).zip(keys).skip(removed.saturating_add(1)) {
            law(
                holds(store, other, &[value])?,
                "the value alone goes that is removed",
            )?;
        }
        law(store.get(key)?.is_none(), "what was removed is absent")?;
    }
    Ok(())
}

/// Longer than any key and nearly as long as any value of the object.
fn long<S: Store>(store: &mut S) -> Result<(), Broken<S::Error>> {
    let mut key = vec![9; 256];
    let value: Vec<u8> = (0..=u8::MAX).cycle().take(0xFFFF).collect();
    store.set(&key, &value)?;
    law(holds(store, &key, &value)?, "long keys hold long values")?;
    let whole = key.clone();
    key.pop();
    law(store.get(&key)?.is_none(), "no key is cut short")?;
    store.remove(&whole)?;
    law(store.get(&whole)?.is_none(), "what was removed is absent")
}

/// All the money that a host has, as the laws look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Books {
    free: Vec<Balance>,
    custody: Balance,
    supply: u128,
}

/// Three accounts that nobody else uses.
fn accounts() -> [AccountId; 3] {
    [0_u8, 1, 2].map(|number| {
        let hash = Hash::new(&label::LEDGER_KEY).chain([5, number]);
        AccountId(hash.finish())
    })
}

fn books<L: Money>(ledger: &L) -> Result<Books, L::Error> {
    let free: Result<Vec<Balance>, L::Error> =
        accounts().iter().map(|account| ledger.free(account)).collect();
    Ok(Books {
        free: free?,
        custody: ledger.custody()?,
        supply: ledger.supply()?,
    })
}

/// Moves numbers of the books: free money of an account, custody, supply.
impl Books {
    fn less(mut self, account: usize, amount: u128) -> Self {
        if let Some(free) = self.free.get_mut(account) {
            free.0 = free.0.saturating_sub(amount);
        }
        self
    }

    fn more(mut self, account: usize, amount: u128) -> Self {
        if let Some(free) = self.free.get_mut(account) {
            free.0 = free.0.saturating_add(amount);
        }
        self
    }

    const fn held(mut self, amount: u128) -> Self {
        self.custody.0 = self.custody.0.saturating_add(amount);
        self
    }

    const fn let_go(mut self, amount: u128) -> Self {
        self.custody.0 = self.custody.0.saturating_sub(amount);
        self
    }

    const fn destroyed(mut self, amount: u128) -> Self {
        self.supply = self.supply.saturating_sub(amount);
        self
    }
}

/// What the first account gets, and the second.
const GIVEN: [u128; 2] = [10_000, 500];

/// Asks a ledger for every law of ledgers. It gives money to three accounts of its own, and leaves in custody what it found there.
///
/// # Errors
/// The first law that it breaks.
pub fn ledger<L: Ledger + Money>(ledger: &mut L) -> Result<(), Broken<L::Error>> {
    for (account, amount) in accounts().into_iter().zip(GIVEN) {
        ledger.endow(account, Balance(amount))?;
    }
    holding(ledger)?;
    paying(ledger)
}

fn holding<L: Ledger + Money>(ledger: &mut L) -> Result<(), Broken<L::Error>> {
    let [rich, other, poor] = accounts();
    let before = books(ledger)?;
    let has = before.free.first().copied().unwrap_or_default();
    for (account, amount) in [(rich, has.0.saturating_add(1)), (rich, u128::MAX), (poor, 1)] {
        let refused = ledger.hold(&account, Balance(amount));
        law(
            matches!(refused, Err(HoldError::Insufficient)),
            "more than an account has is not held",
        )?;
        law(books(ledger)? == before, "a refused hold takes nothing")?;
    }
    for account in [rich, poor] {
        hold(ledger, &account, 0)?;
        law(books(ledger)? == before, "to hold nothing changes nothing")?;
    }
    hold(ledger, &rich, 700)?;
    let held = before.less(0, 700).held(700);
    law(books(ledger)? == held, "what is held is in custody, and not free")?;
    let rest = has.0.saturating_sub(700);
    hold(ledger, &rich, rest)?;
    let held = held.less(0, rest).held(rest);
    law(
        books(ledger)? == held,
        "the last of an account's money can be held",
    )?;
    let refused = ledger.hold(&rich, Balance(1));
    law(
        matches!(refused, Err(HoldError::Insufficient)),
        "what is held is not held twice",
    )?;
    hold(ledger, &other, 200)?;
    law(books(ledger)? == held.less(1, 200).held(200), "holds add up")
}

fn hold<L: Ledger + Money>(
    ledger: &mut L,
    account: &AccountId,
    amount: u128,
) -> Result<(), Broken<L::Error>> {
    match ledger.hold(account, Balance(amount)) {
        Ok(()) => Ok(()),
        Err(HoldError::Insufficient) => Err(Broken::Law("what an account has can be held")),
        Err(HoldError::Host(error)) => Err(Broken::Host(error)),
    }
}

/// Lets go of what [`holding`] held: 10 200.
fn paying<L: Ledger + Money>(ledger: &mut L) -> Result<(), Broken<L::Error>> {
    let [rich, other, poor] = accounts();
    let before = books(ledger)?;
    ledger.release(&rich, Balance(0))?;
    ledger.burn(Balance(0))?;
    law(books(ledger)? == before, "to let go of nothing changes nothing")?;
    ledger.release(&poor, Balance(300))?;
    let paid = before.more(2, 300).let_go(300);
    law(books(ledger)? == paid, "custody pays whoever it is told to, once")?;
    ledger.release(&poor, Balance(4_000))?;
    ledger.release(&other, Balance(900))?;
    let paid = paid.more(2, 4_000).more(1, 900).let_go(4_900);
    law(books(ledger)? == paid, "payments add up")?;
    ledger.burn(Balance(3_000))?;
    let burned = paid.let_go(3_000).destroyed(3_000);
    law(
        books(ledger)? == burned,
        "what is burned is nobody's, and is not there any more",
    )?;
    hold(ledger, &poor, 4_300)?;
    let again = burned.less(2, 4_300).held(4_300);
    law(books(ledger)? == again, "what was paid can be held again")?;
    ledger.release(&rich, Balance(6_300))?;
    law(
        books(ledger)? == again.more(0, 6_300).let_go(6_300),
        "all that is held can be paid",
    )
}
