//! The hash of the state: Rescue-Prime over the field of the proof, so that a path costs the prover a few rows.

use decex_core::Digest;
use decex_core::id::StateRoot;
use winter_verifier::crypto::hashers::Rp64_256;
use winter_verifier::math::fields::f64::BaseElement;
use winter_verifier::math::{FieldElement, StarkField};

/// An element of the field with 2^64 − 2^32 + 1 elements.
pub type Felt = BaseElement;
/// A hash: 256 bits of which the field leaves about 255.999.
pub type Node = [Felt; 4];
/// Levels between a leaf and the root.
pub const DEPTH: u32 = 15;
/// Slots of the ledger.
pub const SLOTS: u16 = 1 << DEPTH;

/// Returns the element with this number, `None` for a number that is not less than the field's order: every element has one
/// encoding.
#[must_use]
pub(crate) fn felt(number: u64) -> Option<Felt> {
    (number < Felt::MODULUS).then(|| Felt::new(number))
}

/// Returns the root that a hash is.
#[must_use]
pub fn to_root(node: &Node) -> StateRoot {
    let mut bytes = [0; 32];
    for (chunk, element) in bytes.chunks_exact_mut(8).zip(node) {
        chunk.copy_from_slice(&element.as_int().to_le_bytes());
    }
    StateRoot(Digest(bytes))
}

/// Returns the hash that a root is, `None` if it is not one.
#[must_use]
pub fn from_root(root: &StateRoot) -> Option<Node> {
    limbs(root.0.as_bytes())
}

/// Reads elements, eight bytes each.
pub(crate) fn limbs<const N: usize>(bytes: &[u8]) -> Option<[Felt; N]> {
    let mut elements = [Felt::ZERO; N];
    let (chunks, rest) = bytes.as_chunks::<8>();
    if chunks.len() != N || !rest.is_empty() {
        return None;
    }
    for (element, chunk) in elements.iter_mut().zip(chunks) {
        *element = felt(u64::from_le_bytes(*chunk))?;
    }
    Some(elements)
}

/// The state of the permutation before a leaf is hashed. The second element sets leaves apart from inner nodes.
#[must_use]
pub(crate) fn leaf_input(content: &[Felt; 5]) -> [Felt; 12] {
    let [a, b, c, d, e] = *content;
    let (eight, zero, one) = (Felt::new(8), Felt::ZERO, Felt::ONE);
    [eight, one, zero, zero, a, b, c, d, e, zero, zero, zero]
}

/// The state of the permutation before two nodes are hashed.
#[must_use]
pub(crate) fn merge_input(left: &Node, right: &Node) -> [Felt; 12] {
    let ([a, b, c, d], [e, f, g, h]) = (*left, *right);
    let zero = Felt::ZERO;
    [Felt::new(8), zero, zero, zero, a, b, c, d, e, f, g, h]
}

fn permuted(mut state: [Felt; 12]) -> Node {
    Rp64_256::apply_permutation(&mut state);
    let [_, _, _, _, a, b, c, d, ..] = state;
    [a, b, c, d]
}

/// Hashes what a slot holds.
#[must_use]
pub fn leaf(content: &[Felt; 5]) -> Node {
    permuted(leaf_input(content))
}

/// Hashes two nodes.
#[must_use]
pub fn merge(left: &Node, right: &Node) -> Node {
    permuted(merge_input(left, right))
}
