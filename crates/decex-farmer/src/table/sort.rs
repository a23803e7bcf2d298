//! Put the entries of a table in order of bucket, keeping the order in which they came.

use super::size;
use alloc::vec::Vec;
use decex_storage_audit::space::Entry;
use decex_storage_audit::space::function::{BC, EXTRA_BITS, low};

/// Where the entries of each bucket begin, and after the last one the number of entries.
pub(super) type Starts = Vec<u32>;

/// Returns the bucket of an entry.
pub(super) fn bucket(entry: &Entry) -> u32 {
    entry.y.checked_div(BC).unwrap_or(0)
}

/// Returns the buckets of a table before the last: y has k + 6 bits.
fn buckets(k: u8) -> u32 {
    let most = low(k.saturating_add(EXTRA_BITS)).checked_div(BC).unwrap_or(0);
    most.saturating_add(1)
}

/// Puts entries, and what comes with each, in order of bucket.
pub(super) fn by_bucket<T: Copy + Default>(
    k: u8,
    entries: &[Entry],
    with: &[T],
) -> (Vec<Entry>, Vec<T>, Starts) {
    let starts = starts(k, entries);
    let mut next = starts.clone();
    let mut sorted = alloc::vec![Entry::default(); entries.len()];
    let mut sorted_with = alloc::vec![T::default(); with.len()];
    for (entry, with) in entries.iter().zip(with) {
        let Some(place) = next.get_mut(size(bucket(entry))) else {
            continue;
        };
        let to = size(*place);
        if let (Some(to_entry), Some(to_with)) = (sorted.get_mut(to), sorted_with.get_mut(to)) {
            (*to_entry, *to_with) = (*entry, *with);
        }
        *place = place.wrapping_add(1);
    }
    (sorted, sorted_with, starts)
}

fn starts(k: u8, entries: &[Entry]) -> Starts {
    let mut starts = alloc::vec![0_u32; size(buckets(k)).saturating_add(1)];
    for entry in entries {
        if let Some(count) = starts.get_mut(size(bucket(entry))) {
            *count = count.wrapping_add(1);
        }
    }
    let mut total = 0_u32;
    for start in &mut starts {
        let count = core::mem::replace(start, total);
        total = total.wrapping_add(count);
    }
    starts
}
