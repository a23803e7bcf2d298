//! SCALE, bounded: untrusted bytes never cause more work or memory than their own stated limit.
//!
//! `parity-scale-codec` already refuses non-minimal compact integers and bad tags. What it accepts and the protocol must
//! not: trailing bytes ([`decode_exact`] refuses them), and collections longer than the protocol allows
//! ([`BoundedVec`] and [`BoundedBytes`] check the count before anything is allocated).

use alloc::vec::Vec;
use core::ops::Deref;
use parity_scale_codec::{Compact, Decode, DecodeLimit, Encode, Error, Input, MaxEncodedLen};

/// Nesting that no protocol type comes near; guards decoders of recursive types.
pub const MAX_DEPTH: u32 = 16;

/// Why bytes are not the value they claim to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// C1: longer than the limit of its type.
    #[error("{found} bytes exceed the limit of {limit}")]
    TooLong {
        /// The most bytes allowed.
        limit: usize,
        /// The bytes given.
        found: usize,
    },
    /// C2: truncated, non-canonical, or a collection over its bound.
    #[error("not a canonical encoding")]
    Malformed,
    /// C3: a whole value, and then more.
    #[error("{found} bytes after the end of the value")]
    Trailing {
        /// How many bytes are left over.
        found: usize,
    },
}

impl DecodeError {
    /// Returns the stable code of this error.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::TooLong { .. } => 1,
            Self::Malformed => 2,
            Self::Trailing { .. } => 3,
        }
    }
}

/// Decodes all of `bytes`, which may be at most `limit` long.
///
/// # Errors
/// When the bytes are over the limit (C1), are not one canonical value (C2), or go on after it (C3).
pub fn decode_exact<T: Decode>(mut bytes: &[u8], limit: usize) -> Result<T, DecodeError> {
    if bytes.len() > limit {
        return Err(DecodeError::TooLong {
            limit,
            found: bytes.len(),
        });
    }
    let value = T::decode_with_depth_limit(MAX_DEPTH, &mut bytes).map_err(|_| DecodeError::Malformed)?;
    if bytes.is_empty() {
        Ok(value)
    } else {
        Err(DecodeError::Trailing { found: bytes.len() })
    }
}

/// A list of at most `MAX` elements. The bound is part of the type: decoding refuses a longer one before allocating.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode)]
pub struct BoundedVec<T, const MAX: u32>(Vec<T>);

impl<T, const MAX: u32> Default for BoundedVec<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: u32> BoundedVec<T, MAX> {
    /// Returns the list, or `None` if it has more than `MAX` elements.
    #[must_use]
    pub fn new(items: Vec<T>) -> Option<Self> {
        (u32::try_from(items.len()).ok()? <= MAX).then_some(Self(items))
    }

    /// Returns the elements.
    #[must_use]
    pub fn into_inner(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: u32> Deref for BoundedVec<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T, const MAX: u32> IntoIterator for &'a BoundedVec<T, MAX> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Decode, const MAX: u32> Decode for BoundedVec<T, MAX> {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        let Compact(count) = Compact::<u32>::decode(input)?;
        if count > MAX {
            return Err("over its bound".into());
        }
        // Grows as elements arrive: a count without content behind it allocates nothing.
        let mut items = Vec::new();
        input.descend_ref()?;
        for _ in 0..count {
            items.push(T::decode(input)?);
        }
        input.ascend_ref();
        Ok(Self(items))
    }
}

impl<T: MaxEncodedLen, const MAX: u32> MaxEncodedLen for BoundedVec<T, MAX> {
    fn max_encoded_len() -> usize {
        let count = usize::try_from(MAX).unwrap_or(usize::MAX);
        T::max_encoded_len().saturating_mul(count).saturating_add(5)
    }
}

/// A byte string of at most `MAX` bytes.
pub type BoundedBytes<const MAX: u32> = BoundedVec<u8, MAX>;
