//! The shape of a proof's bytes, checked before the library reads them.
//!
//! The library reserves memory for as many elements as the bytes say, and stops the program at some shapes. A verifier on a chain may
//! do neither, so everything it would trust is bounded here: the proof is walked through once, and only then handed over.

use crate::verifier::options;

/// Bytes of one hash of the proof system.
const NODE: usize = 32;

/// Returns whether the bytes have the shape of a proof over a table of so many rows.
pub(crate) fn has_shape(bytes: &[u8], rows: usize) -> bool {
    walk(bytes, rows).is_some_and(<[u8]>::is_empty)
}

fn walk(bytes: &[u8], rows: usize) -> Option<&[u8]> {
    let domain = rows.checked_mul(options().blowup_factor())?;
    let fri = options().to_fri_options();
    let (queries, rest) = bytes.split_first()?;
    // Each query that differs from the others.
    if !(1..=options().num_queries()).contains(&usize::from(*queries)) {
        return None;
    }
    let (_commitments, rest) = short(rest)?;
    // The table, and the constraints over it.
    let rest = opened(rest, domain)?;
    let rest = opened(rest, domain)?;
    // The rows out of the domain: two of each.
    let rest = pair_of_rows(rest)?;
    let mut rest = pair_of_rows(rest)?;
    let layers;
    (layers, rest) = rest.split_first()?;
    if usize::from(*layers) != fri.num_fri_layers(domain) {
        return None;
    }
    let mut folded = domain;
    for _ in 0..*layers {
        folded = folded.checked_div(fri.folding_factor())?;
        let (_values, after) = long(rest)?;
        let (paths, after) = long(after)?;
        check_paths(paths, folded)?;
        rest = after;
    }
    let (_remainder, rest) = short(rest)?;
    let (partitions, rest) = rest.split_first()?;
    // The logarithm of their number: there is one.
    if *partitions != 0 {
        return None;
    }
    let (_work, rest) = rest.split_first_chunk::<8>()?;
    Some(rest)
}

/// Passes over the values at the queried places, and checks their paths.
fn opened(bytes: &[u8], domain: usize) -> Option<&[u8]> {
    let (length, rest) = number(bytes)?;
    let (_values, rest) = rest.split_at_checked(length)?;
    let (length, rest) = number(rest)?;
    let (paths, rest) = rest.split_at_checked(length)?;
    check_paths(paths, domain)?;
    Some(rest)
}

/// Paths in a tree with so many leaves: its depth, and for each query at most a node per level.
fn check_paths(bytes: &[u8], leaves: usize) -> Option<()> {
    let (depth, rest) = bytes.split_first()?;
    if u32::from(*depth) != leaves.checked_ilog2()? {
        return None;
    }
    let (count, mut rest) = number(rest)?;
    if count > options().num_queries() {
        return None;
    }
    for _ in 0..count {
        let (nodes, after) = number(rest)?;
        let length = nodes.checked_mul(NODE).filter(|_| nodes <= usize::from(*depth))?;
        rest = after.split_at_checked(length)?.1;
    }
    rest.is_empty().then_some(())
}

/// Bytes behind a length of two.
fn short(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_le_bytes(*length).into())
}

/// Bytes behind a length of four.
fn long(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

fn pair_of_rows(bytes: &[u8]) -> Option<&[u8]> {
    let (rows, rest) = short(bytes)?;
    (rows.first() == Some(&2)).then_some(rest)
}

/// A number as the library writes it: the zeros at the low end of the first byte say how many bytes there are.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let zeros = bytes.first()?.trailing_zeros();
    let length = usize::try_from(zeros).ok()?.checked_add(1)?;
    // More bytes are more than any proof has.
    let (written, rest) = bytes.split_at_checked(length).filter(|_| length <= 4)?;
    let mut number = [0; 8];
    for (byte, written) in number.iter_mut().zip(written) {
        *byte = *written;
    }
    let number = u64::from_le_bytes(number).checked_shr(zeros.checked_add(1)?)?;
    Some((usize::try_from(number).ok()?, rest))
}
