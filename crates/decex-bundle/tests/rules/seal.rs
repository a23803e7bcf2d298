//! Rules B36 to B39: the author's side.

use crate::world::*;
use decex_bundle::{SealError, Unsealable, seal_bundle, seal_heartbeat};
use decex_core::id::*;
use decex_core::params::{MAX_BUNDLE_TRANSACTIONS, MAX_RECEIPTS_PER_BUNDLE};

#[test]
fn b36_one_header_for_one_window() {
    let mut seals = Seals::default();
    let first = seal_bundle(&seals, &keypair(1), &draft(), vec![Note(1)], items(2)).unwrap();
    seals.0.insert(
        (first.domain(), first.operator(), first.window()),
        first.header_hash(),
    );
    // The same again, after a crash between recording and sending: the same bytes.
    let again = seal_bundle(&seals, &keypair(1), &draft(), vec![Note(1)], items(2)).unwrap();
    assert_eq!(again.bundle(), first.bundle());
    // Another one, after a re-org: refused.
    let other = seal_bundle(&seals, &keypair(1), &draft(), vec![Note(1)], items(3));
    let sealed = first.header_hash();
    assert_eq!(
        other.unwrap_err(),
        SealError::Unsealable(Unsealable::Sealed {
            window: WINDOW,
            sealed
        })
    );
    // Another window is free.
    let next = decex_bundle::Draft {
        election: election(Window(49), 1),
        ..draft()
    };
    assert!(seal_bundle::<Note, _>(&seals, &keypair(1), &next, vec![], items(3)).is_ok());
}

#[test]
fn b37_nothing_is_not_sealed() {
    let found = seal_bundle::<Note, _>(&Seals::default(), &keypair(1), &draft(), vec![], vec![]);
    assert_eq!(found.unwrap_err(), SealError::Unsealable(Unsealable::Empty));
}

/// A heartbeat is a header like any other: one for one window.
#[test]
fn b36_b37_a_heartbeat_is_sealed_once() {
    let mut seals = Seals::default();
    let first = seal_heartbeat::<Note, _>(&seals, &keypair(1), &draft()).unwrap();
    let key = (first.domain(), first.operator(), first.window());
    seals.0.insert(key, first.header_hash());
    let again = seal_heartbeat::<Note, _>(&seals, &keypair(1), &draft()).unwrap();
    assert_eq!(again.bundle(), first.bundle());
    let other = seal_bundle(&seals, &keypair(1), &draft(), vec![Note(1)], vec![]);
    let (window, sealed) = (WINDOW, first.header_hash());
    assert_eq!(
        other.unwrap_err(),
        SealError::Unsealable(Unsealable::Sealed { window, sealed })
    );
}

#[test]
fn b38_a_repeated_transaction_is_not_sealed() {
    let items = vec![item(1, 0, 0), item(2, 0, 0), item(1, 0, 0)];
    let found = seal_bundle::<Note, _>(&Seals::default(), &keypair(1), &draft(), vec![], items);
    assert_eq!(found.unwrap_err(), SealError::Unsealable(Unsealable::Repeated));
}

#[test]
fn b39_too_much_is_not_sealed() {
    let seal = |notes: u32, items| {
        let notes = (0..notes).map(Note).collect();
        seal_bundle(&Seals::default(), &keypair(1), &draft(), notes, items).map(drop)
    };
    let too_large = Err(SealError::Unsealable(Unsealable::TooLarge));
    assert_eq!(seal(MAX_RECEIPTS_PER_BUNDLE, vec![]), Ok(()));
    assert_eq!(seal(MAX_RECEIPTS_PER_BUNDLE + 1, vec![]), too_large);
    let many = (0..u64::from(MAX_BUNDLE_TRANSACTIONS) + 1)
        .map(|n| item(1, n, 0))
        .collect();
    assert_eq!(seal(0, many), too_large);
    let mut heavy = items(2);
    heavy[0].weight = Weight(u64::MAX);
    assert_eq!(seal(0, heavy), too_large);
}
