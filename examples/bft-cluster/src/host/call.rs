//! What a block carries, and what can be said of it without any state.

use decex_core::codec::{DecodeError, decode_exact};
use parity_scale_codec::{Decode, Encode};

/// Most calls in a block.
pub const MAX_CALLS: usize = 128;

/// Most bytes of calls in a block: one message of the greatest length that a domain may need fits, with room.
pub const MAX_BLOCK_BYTES: usize = 2 * 1024 * 1024;

/// One call of the consensus object, as it travels and as it stands in a block. Both are of everybody: they say themselves on whose
/// behalf they speak, and are paid for by whom they name.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Call {
    /// A bundle, with its receipts.
    Bundle(Vec<u8>),
    /// A fraud proof.
    Proof(Vec<u8>),
}

impl Call {
    /// Decodes a call as it travels.
    ///
    /// # Errors
    /// When the bytes are not one canonical call, or more than a block takes.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_exact(bytes, MAX_BLOCK_BYTES)
    }
}

/// Why no state could accept a block's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBody {
    /// More calls than [`MAX_CALLS`].
    #[error("{found} calls, at most {MAX_CALLS}")]
    Calls {
        /// How many.
        found: usize,
    },
    /// More bytes than [`MAX_BLOCK_BYTES`].
    #[error("{found} bytes of calls, at most {MAX_BLOCK_BYTES}")]
    Bytes {
        /// How many.
        found: usize,
    },
    /// A call that does not decode.
    #[error("call {index} does not decode")]
    Call {
        /// Which.
        index: usize,
    },
    /// A call that stands there twice.
    #[error("call {index} stands there before")]
    Repeated {
        /// The second one.
        index: usize,
    },
}

/// Checks what every validator can check of a body alone, before it votes: the same verdict everywhere, whatever block a validator
/// has applied last.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_body<C: AsRef<[u8]>>(calls: &[C]) -> Result<(), InvalidBody> {
    if calls.len() > MAX_CALLS {
        return Err(InvalidBody::Calls { found: calls.len() });
    }
    let found = calls
        .iter()
        .fold(0_usize, |sum, call| sum.saturating_add(call.as_ref().len()));
    if found > MAX_BLOCK_BYTES {
        return Err(InvalidBody::Bytes { found });
    }
    let mut seen = std::collections::BTreeSet::new();
    for (index, call) in calls.iter().enumerate() {
        if Call::read(call.as_ref()).is_err() {
            return Err(InvalidBody::Call { index });
        }
        if !seen.insert(call.as_ref()) {
            return Err(InvalidBody::Repeated { index });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_bounded_and_canonical() {
        let call = |byte: u8| Call::Bundle(vec![byte]).encode();
        assert_eq!(check_body::<Vec<u8>>(&[]), Ok(()));
        assert_eq!(check_body(&[call(1), call(2)]), Ok(()));
        assert_eq!(
            check_body(&[call(1), call(1)]),
            Err(InvalidBody::Repeated { index: 1 })
        );
        assert_eq!(
            check_body(&[call(1), vec![9]]),
            Err(InvalidBody::Call { index: 1 })
        );
        let mut trailing = call(1);
        trailing.push(0);
        assert_eq!(check_body(&[trailing]), Err(InvalidBody::Call { index: 0 }));
        let many: Vec<_> = (0..=MAX_CALLS)
            .map(|index| Call::Proof(index.to_le_bytes().to_vec()).encode())
            .collect();
        assert_eq!(
            check_body(&many),
            Err(InvalidBody::Calls { found: MAX_CALLS + 1 })
        );
        let half = Call::Bundle(vec![0; MAX_BLOCK_BYTES / 2]).encode();
        let other = Call::Bundle(vec![1; MAX_BLOCK_BYTES / 2]).encode();
        let found = half.len() + other.len();
        assert_eq!(check_body(&[half, other]), Err(InvalidBody::Bytes { found }));
    }
}
