//! The functions of which the tables are made (M4–M6): one place for prover and verifier.

use decex_core::hash::{BlockHasher, Digest};

/// Tables; the last has the values that proofs are asked for.
pub const TABLES: u8 = 7;
/// Inputs of a proof: 2^([`TABLES`] - 1).
pub const INPUTS: usize = 64;
/// Bits that `y` has more than k: 2^this entries of the next bucket are tried per entry.
pub const EXTRA_BITS: u8 = 6;
/// Rows of a bucket.
pub const B: u32 = 119;
/// Columns of a bucket.
pub const C: u32 = 127;
/// Values of `y` in one bucket.
pub const BC: u32 = B * C;
/// Ways in which an entry can match one of the next bucket: 2^[`EXTRA_BITS`].
pub const WAYS: u32 = 64;
/// Inputs whose first-table values come from one hash.
pub const GROUP: u32 = 8;

/// An entry of a table: what is compared, and what is hashed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// k + 6 bits; in the last table k bits.
    pub y: u32,
    /// Up to four values of k bits; the rest is zero.
    pub meta: [u32; 4],
}

/// Returns the low `bits` bits set.
#[must_use]
pub const fn low(bits: u8) -> u32 {
    let bits = bits as u32; // widening in a constant
    match 1_u32.checked_shl(bits) {
        Some(over) => over.wrapping_sub(1),
        None => u32::MAX,
    }
}

/// The eight 32-bit words of a digest, little-endian.
fn words(digest: &Digest) -> [u32; 8] {
    let mut words = [0; 8];
    let (bytes, _) = digest.0.as_chunks::<4>();
    words
        .iter_mut()
        .zip(bytes)
        .for_each(|(word, bytes)| *word = u32::from_le_bytes(*bytes));
    words
}

/// Writes the words of a block, little-endian. The last one is the number of the table, so no hash is another table's.
fn block(words: [u32; 16]) -> [u8; 64] {
    let mut block = [0; 64];
    let (fields, _) = block.as_chunks_mut::<4>();
    fields
        .iter_mut()
        .zip(words)
        .for_each(|(field, word)| *field = word.to_le_bytes());
    block
}

/// Returns what is hashed for the first-table values of [`GROUP`] inputs: `group · 8` and the seven after it (M4).
#[must_use]
pub fn first_block(group: u32) -> [u8; 64] {
    block([group, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
}

/// Returns the first-table entries of the inputs of a group, given the hash of its block (M4).
#[must_use]
pub fn first_entries(k: u8, group: u32, digest: &Digest) -> [Entry; 8] {
    // M4: k bits of hash, then the top six bits of the input.
    let mut entries = [Entry::default(); 8];
    let first = group.wrapping_mul(GROUP);
    for ((entry, word), lane) in entries.iter_mut().zip(words(digest)).zip(0..GROUP) {
        let x = first.wrapping_add(lane);
        let high = (word & low(k)).wrapping_shl(EXTRA_BITS.into());
        let top = x.wrapping_shr(k.saturating_sub(EXTRA_BITS).into());
        *entry = Entry {
            y: high | top,
            meta: [x, 0, 0, 0],
        };
    }
    entries
}

/// Returns the first-table entry of an input (M4).
#[must_use]
pub fn first(k: u8, hasher: &BlockHasher, x: u32) -> Entry {
    let group = x.wrapping_shr(3);
    let entries = first_entries(k, group, &hasher.one(&first_block(group)));
    let lane = usize::try_from(x & 7).unwrap_or(0);
    entries.get(lane).copied().unwrap_or_default()
}

/// Returns whether an entry with `left` and one with `right` of one table make an entry of the next (M5): the right one is in
/// the bucket after the left one's, and for some `m < 64` its row is `m` further, its column `(2m + parity)²` further, where
/// `parity` is that of the left bucket. Rows and columns go round.
#[must_use]
pub fn matches(left: u32, right: u32) -> bool {
    // M5. Nothing overflows: rows and columns are below 127, and 2 · 63 + 1 squared is 16129.
    let (bucket, l) = split(left);
    let (next, r) = split(right);
    if next != bucket.wrapping_add(1) {
        return false;
    }
    let rows = B.wrapping_add(r.0).wrapping_sub(l.0).checked_rem(B);
    rows.is_some_and(|m| m < WAYS && column(l.1, m, bucket & 1) == r.1)
}

/// Returns the column that an entry in column `left` matches `m` rows further (M5).
#[must_use]
pub fn column(left: u32, m: u32, parity: u32) -> u32 {
    let shift = m.wrapping_mul(2).wrapping_add(parity);
    shift
        .wrapping_mul(shift)
        .wrapping_add(left)
        .checked_rem(C)
        .unwrap_or(0)
}

/// Splits `y` into bucket, and row and column in it.
#[must_use]
pub fn split(y: u32) -> (u32, (u32, u32)) {
    let bucket = y.checked_div(BC).unwrap_or(0);
    let rest = y.checked_rem(BC).unwrap_or(0);
    (
        bucket,
        (rest.checked_div(C).unwrap_or(0), rest.checked_rem(C).unwrap_or(0)),
    )
}

/// Returns how many values an entry of `table` carries on (M6).
#[must_use]
pub const fn meta_words(table: u8) -> usize {
    match table {
        1 => 1,
        2 | 6 => 2,
        3 | 4 => 4,
        5 => 3,
        _ => 0,
    }
}

/// Returns what is hashed for the entry that `left` and `right` of `table - 1` make in `table` (M6).
#[must_use]
pub fn next_block(table: u8, left: &Entry, right: &Entry) -> [u8; 64] {
    let ([a, b, c, d], [e, f, g, h]) = (left.meta, right.meta);
    block([left.y, a, b, c, d, e, f, g, h, 0, 0, 0, 0, 0, 0, table.into()])
}

/// Returns the entry of `table` that `left` and `right` make, given the hash of their block (M6).
#[must_use]
pub fn next_entry(k: u8, table: u8, left: &Entry, right: &Entry, digest: &Digest) -> Entry {
    // M6: the first word is compared; the values of small tables go on as they are, those of large ones are hashed.
    let [first, a, b, c, d, ..] = words(digest);
    let value = low(k);
    let bits = if table == TABLES {
        k
    } else {
        k.saturating_add(EXTRA_BITS)
    };
    let ([l0, l1, ..], [r0, r1, ..]) = (left.meta, right.meta);
    let meta = match table {
        2 => [l0, r0, 0, 0],
        3 => [l0, l1, r0, r1],
        4 => [a & value, b & value, c & value, d & value],
        5 => [a & value, b & value, c & value, 0],
        6 => [a & value, b & value, 0, 0],
        _ => [0; 4],
    };
    Entry {
        y: first & low(bits),
        meta,
    }
}
