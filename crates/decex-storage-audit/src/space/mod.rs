//! Proof of space: a function that is slow to invert without large tables, and inversions of it that are fast to check.
//!
//! Seven tables, as in Chia's proof of space 1.0 (after Abusalah et al., 2017, "Beyond Hellman's time-memory trade-offs"): an
//! entry of a table is made of two of the table before that *match*. A proof of space for a target is the 64 inputs from
//! which an entry of the last table with that value is made. [`function`] is all that prover and verifier share; the tables
//! are in `decex-farmer`. Rules M1 to M7: `spec/space.md`.

pub mod function;
mod proof;

pub use function::Entry;
pub use proof::{InvalidSpaceProof, mask, pack, verify};
