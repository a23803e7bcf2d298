//! What a slot holds, and who owns it.

use crate::hash::{Felt, SLOTS, limbs};
use alloc::vec::Vec;
use decex_core::hash::digest;
use decex_core::id::{Nonce, SenderId};
use decex_core::state::{Changes, StateKey, Value};
use decex_core::{Digest, label};
use winter_verifier::math::FieldElement;

/// What a slot holds. All zero: nobody's, with nothing in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Names the key that controls the slot ([`owner_of`]).
    pub owner: [Felt; 3],
    /// The next nonce.
    pub nonce: Felt,
    /// How much.
    pub balance: Felt,
}

impl Holding {
    /// Nobody's, with nothing in it.
    pub const EMPTY: Self = Self {
        owner: [Felt::ZERO; 3],
        nonce: Felt::ZERO,
        balance: Felt::ZERO,
    };

    /// Returns the elements that are hashed.
    #[must_use]
    pub const fn content(&self) -> [Felt; 5] {
        let [a, b, c] = self.owner;
        [a, b, c, self.nonce, self.balance]
    }

    /// Returns the value that stands in the state, `None` for an empty slot.
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        if *self == Self::EMPTY {
            return None;
        }
        let mut bytes = Vec::with_capacity(40);
        for element in self.content() {
            bytes.extend_from_slice(&element.as_int().to_le_bytes());
        }
        Some(bytes.into())
    }

    /// Reads a value. `None` if it is not one of this ledger.
    #[must_use]
    pub fn from_value(value: Option<&[u8]>) -> Option<Self> {
        let Some(bytes) = value else {
            return Some(Self::EMPTY);
        };
        let [a, b, c, nonce, balance] = limbs(bytes)?;
        let owner = [a, b, c];
        let holding = Self {
            owner,
            nonce,
            balance,
        };
        // One encoding: an empty slot has no value.
        (holding != Self::EMPTY).then_some(holding)
    }
}

/// Returns the key of a slot in the state.
#[must_use]
pub fn key_of_slot(slot: u16) -> StateKey {
    let mut bytes = [0; 32];
    let [.., a, b] = &mut bytes;
    [*a, *b] = slot.to_be_bytes();
    StateKey(Digest(bytes))
}

/// Returns the slot that a key is of, `None` for a key of none.
pub(crate) fn slot_of_key(key: &StateKey) -> Option<u16> {
    let [zeros @ .., a, b] = key.0.as_bytes();
    let slot = u16::from_be_bytes([*a, *b]);
    (zeros.iter().all(|byte| *byte == 0) && slot < SLOTS).then_some(slot)
}

/// Returns what names the owner of a key: 189 bits of its hash, three elements of 63.
#[must_use]
pub fn owner_of(key: &[u8; 32]) -> [Felt; 3] {
    let hash = digest(&label::PROVEN_LEDGER, &[&b"owner"[..], key].concat());
    let mut owner = [Felt::ZERO; 3];
    let (chunks, _) = hash.as_bytes().as_chunks::<8>();
    for (element, chunk) in owner.iter_mut().zip(chunks) {
        // Without the top bit: always less than the field's order.
        *element = Felt::new(u64::from_le_bytes(*chunk) & (u64::MAX >> 1));
    }
    owner
}

/// Returns the sender that a key in a slot is: owner and slot.
#[must_use]
pub fn sender_of(key: &[u8; 32], slot: u16) -> SenderId {
    let mut bytes = [0; 32];
    let numbers = owner_of(key).map(|element| element.as_int());
    let [a, b, c] = numbers;
    for (chunk, number) in bytes.chunks_exact_mut(8).zip([a, b, c, slot.into()]) {
        chunk.copy_from_slice(&number.to_le_bytes());
    }
    SenderId(Digest(bytes))
}

/// Returns owner and slot of a sender, `None` if no key in a slot is this sender.
pub(crate) fn parts_of_sender(sender: &SenderId) -> Option<([Felt; 3], u16)> {
    let [a, b, c, slot] = limbs(sender.0.as_bytes())?;
    let slot = u16::try_from(slot.as_int()).ok().filter(|slot| *slot < SLOTS)?;
    Some(([a, b, c], slot))
}

/// Most that all slots together may hold at genesis: below it no sum passes the field's order, and transfers keep the sum.
pub const MAX_SUPPLY: u64 = 1 << 62;

/// Returns a genesis state: keys with what they hold, from slot 0 on. `None` if there are more than slots, or the sum is
/// [`MAX_SUPPLY`] or more.
#[must_use]
pub fn genesis(accounts: &[([u8; 32], u64)]) -> Option<Changes> {
    let sum = accounts
        .iter()
        .try_fold(0_u64, |sum, (_, balance)| sum.checked_add(*balance))?;
    if sum >= MAX_SUPPLY {
        return None;
    }
    let holding = |(index, (key, balance)): (usize, &([u8; 32], u64))| {
        let slot = u16::try_from(index).ok().filter(|slot| *slot < SLOTS)?;
        let held = Holding {
            owner: owner_of(key),
            nonce: Felt::new(Nonce::default().0),
            balance: Felt::new(*balance),
        };
        Some((key_of_slot(slot), held.to_value()))
    };
    accounts.iter().enumerate().map(holding).collect()
}
