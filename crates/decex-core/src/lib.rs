//! Name the things every DecEx crate speaks of: ids, hashes, commitments, bounded decoding, and the trait by which a
//! domain executes.
//!
//! The crate decides nothing about the protocol. It holds what two sides must agree on to the byte: the labels under
//! which things are hashed ([`label`]), how a list and a state are committed to ([`list`], [`state`]), how untrusted
//! bytes become values ([`codec`]), and how one step of a domain is executed ([`execution`]) — by an operator over its
//! full state, by a verifier over a witness, with the same function.
#![no_std]

extern crate alloc;

pub mod codec;
pub mod execution;
pub mod hash;
pub mod host;
pub mod id;
pub mod label;
mod lanes;
pub mod list;
pub mod params;
pub mod schedule;
pub mod state;
pub mod transaction;

pub use codec::{BoundedBytes, BoundedVec, DecodeError, decode_exact};
pub use hash::{Digest, Hash};
pub use host::Host;
pub use id::*;
pub use label::Label;
