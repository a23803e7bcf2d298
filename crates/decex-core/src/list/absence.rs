//! Verify that a strictly ascending list does not hold an element.

use super::run::{InvalidListProof, RunProof};
use super::tree::{ListTree, seal};
use crate::hash::Digest;
use crate::id::ListRoot;
use parity_scale_codec::{Decode, Encode, MaxEncodedLen};

/// Evidence that a strictly ascending list holds no element with a given key: the place where it would stand.
///
/// For a list and an absent key exactly one form holds.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[allow(clippy::as_conversions, reason = "the codec's derive casts variant indices")]
pub enum Absence<T> {
    /// The list is empty.
    Empty,
    /// The first element is already greater.
    Before {
        /// The first element.
        first: T,
        /// Its proof.
        proof: RunProof,
    },
    /// Two adjacent elements stand on both sides.
    Between {
        /// The nearest smaller element.
        left: T,
        /// The nearest greater element.
        right: T,
        /// One proof for both.
        proof: RunProof,
    },
    /// The last element is still smaller.
    After {
        /// The last element.
        last: T,
        /// Its proof.
        proof: RunProof,
    },
}

/// Why an absence proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAbsence {
    /// The elements shown are not where the proof says.
    #[error(transparent)]
    Proof(#[from] InvalidListProof),
    /// C7: the elements shown are not an end of the list, as this form of evidence requires.
    #[error("the elements are not at the end of the list")]
    NotAtEnd,
    /// C8: the key does not fall in the gap that was shown.
    #[error("the key is not in the gap")]
    Key,
}

impl InvalidAbsence {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::Proof(error) => error.code(),
            Self::NotAtEnd => 7,
            Self::Key => 8,
        }
    }
}

impl<T> Absence<T> {
    /// Verifies that no element with `key` is in the list, given that the list is strictly ascending by `key_of`.
    ///
    /// If the list is not strictly ascending, what was verified is only that the shown neighbours stand where they are
    /// shown. Callers say why that is enough for them.
    ///
    /// # Errors
    /// When a proof fails (C4–C6), the elements are not at the end they must be at (C7), or the key is not strictly
    /// inside the gap (C8).
    pub fn verify<K: Ord>(
        &self,
        root: &ListRoot,
        key: &K,
        key_of: impl Fn(&T) -> K,
        leaf_of: impl Fn(&T) -> Digest,
    ) -> Result<(), InvalidAbsence> {
        let inside = match self {
            Self::Empty => {
                if seal(0, None) != *root {
                    return Err(InvalidListProof::Root.into());
                }
                true
            }
            Self::Before { first, proof } => {
                // C7
                if !proof.verify(root, &[leaf_of(first)])?.is_first() {
                    return Err(InvalidAbsence::NotAtEnd);
                }
                *key < key_of(first)
            }
            Self::Between { left, right, proof } => {
                proof.verify(root, &[leaf_of(left), leaf_of(right)])?;
                key_of(left) < *key && *key < key_of(right)
            }
            Self::After { last, proof } => {
                // C7
                if !proof.verify(root, &[leaf_of(last)])?.is_last() {
                    return Err(InvalidAbsence::NotAtEnd);
                }
                key_of(last) < *key
            }
        };
        // C8: strictly inside, so the shown elements themselves are not the key's.
        if inside { Ok(()) } else { Err(InvalidAbsence::Key) }
    }
}

impl<T: Clone> Absence<T> {
    /// Returns the evidence that `items`, committed to by `tree` and strictly ascending by `key_of`, hold no element
    /// with `key`; `None` if they do hold one, or are not what `tree` commits to.
    #[must_use]
    pub fn prove<K: Ord>(items: &[T], tree: &ListTree, key: &K, key_of: impl Fn(&T) -> K) -> Option<Self> {
        let place = items.partition_point(|item| key_of(item) < *key);
        let (smaller, greater) = items.split_at_checked(place)?;
        if greater.first().is_some_and(|item| key_of(item) == *key) {
            return None;
        }
        let place = u32::try_from(place).ok()?;
        Some(match (smaller.last().cloned(), greater.first().cloned()) {
            (None, None) => (tree.length() == 0).then_some(Self::Empty)?,
            (None, Some(first)) => Self::Before {
                first,
                proof: tree.prove(0, 1)?,
            },
            (Some(left), Some(right)) => Self::Between {
                left,
                right,
                proof: tree.prove(place.checked_sub(1)?, 2)?,
            },
            (Some(last), None) => Self::After {
                last,
                proof: tree.prove(place.checked_sub(1)?, 1)?,
            },
        })
    }
}

impl<T> Absence<T> {
    /// Puts what `show` makes of each shown element in its place; `None` if `show` has nothing for one.
    #[must_use]
    pub fn try_map<U>(self, show: impl Fn(T) -> Option<U>) -> Option<Absence<U>> {
        Some(match self {
            Self::Empty => Absence::Empty,
            Self::Before { first, proof } => Absence::Before {
                first: show(first)?,
                proof,
            },
            Self::Between { left, right, proof } => Absence::Between {
                left: show(left)?,
                right: show(right)?,
                proof,
            },
            Self::After { last, proof } => Absence::After {
                last: show(last)?,
                proof,
            },
        })
    }
}
