//! A16: when a sector expires.

use crate::common::{PARAMS, params, sector};
use decex_storage_audit::decex_core::hash::{Digest, Hash};
use decex_storage_audit::decex_core::id::ListRoot;
use decex_storage_audit::decex_core::label;
use decex_storage_audit::{AuditParams, HistorySize, Sector, checkpoint, expires_at};
use proptest::prelude::*;

fn root(byte: u8) -> ListRoot {
    ListRoot(Digest([byte; 32]))
}

#[test]
fn a16_the_length_is_drawn_from_sector_and_checkpoint() {
    let (id, history) = (sector().id(), HistorySize(10));
    let hash = Hash::new(&label::SECTOR_EXPIRY)
        .chain(id.0)
        .chain([4; 32])
        .finish();
    let draw = u64::from_le_bytes(*hash.0.first_chunk().unwrap());
    assert_eq!(expires_at(&params(), &id, history, &root(4)), 13 + draw % 30);
    let many = (0..100).map(|byte| expires_at(&params(), &id, history, &root(byte)));
    assert!(many.collect::<std::collections::BTreeSet<_>>().len() > 20);
}

#[test]
fn a16_the_checkpoint_is_the_last_segment_of_the_least_lifetime() {
    assert_eq!(checkpoint(&params(), HistorySize(10)), Some(12));
    let shortest = AuditParams {
        min_lifetime: 1,
        ..PARAMS
    }
    .check()
    .unwrap();
    // The segment right after those that were plotted from.
    assert_eq!(checkpoint(&shortest, HistorySize(10)), Some(10));
    let last = u32::MAX - 3;
    assert_eq!(checkpoint(&params(), HistorySize(last)), Some(u32::MAX - 1));
    assert_eq!(checkpoint(&params(), HistorySize(last + 1)), None);
    assert_eq!(checkpoint(&params(), HistorySize(u32::MAX)), None);
}

#[test]
fn a16_every_length_is_drawn_as_often() {
    for (size, sectors) in [(1_u32, 3_000_u64), (2, 6_000), (10, 30_000)] {
        let mut counts = vec![0_i64; 3 * size as usize];
        for index in 0..sectors {
            let id = Sector {
                index: index as u32,
                ..sector()
            }
            .id();
            let expiry = expires_at(&params(), &id, HistorySize(size), &root(4));
            counts[usize::try_from(expiry - u64::from(size) - 3).unwrap()] += 1;
        }
        let found: i64 = counts.iter().map(|count| (count - 1_000).pow(2)).sum::<i64>() / 1_000;
        // Up to 29 degrees of freedom.
        assert!(found < 80, "{found} of {}", 3 * size - 1);
        assert!(counts.iter().all(|count| *count > 0));
    }
}

proptest! {
    #[test]
    fn a16_no_sector_expires_before_the_least_lifetime_nor_lives_past_four_times(
        size in 1..=u32::MAX, index: u32, lifetime in 1..=u16::MAX, byte: u8,
    ) {
        let params = AuditParams { min_lifetime: lifetime, ..PARAMS }.check().unwrap();
        let history = HistorySize(size);
        let id = Sector { index, history, ..sector() }.id();
        let expiry = expires_at(&params, &id, history, &root(byte));
        let (size, lifetime) = (u64::from(size), u64::from(lifetime));
        prop_assert!(expiry >= size + lifetime);
        prop_assert!(expiry < 4 * size + lifetime);
        // History has the checkpoint before the sector can expire, so a verdict never needs what is not there.
        if let Some(checkpoint) = checkpoint(&params, history) {
            prop_assert_eq!(u64::from(checkpoint) + 1, size + lifetime);
        }
    }
}
