//! What is refused when a receipt is submitted.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests over small constants"
)]

mod common;

use common::{World, any_corruption, any_world, claim, seed, summary};
use decex_shuffle::{Entry, InvalidOpenings, ScheduleClaim, check_openings};
use proptest::prelude::*;

fn world() -> World {
    let valid = (vec![summary(1, 0, 0), summary(2, 0, 0)], true);
    World::new(
        seed(1),
        vec![
            valid,
            (vec![summary(3, 0, 0)], false),
            (vec![summary(4, 0, 0)], true),
        ],
    )
}

fn check(claim: &ScheduleClaim, entries: &[Entry]) -> Result<(), InvalidOpenings> {
    check_openings(claim, &world().inbox(), entries)
}

#[test]
fn s6_another_count_is_refused() {
    let schedule = world().schedule();
    let right = schedule.claim();
    assert_eq!(check(&right, schedule.entries()), Ok(()));
    assert_eq!(
        check(&right, &schedule.entries()[1..]),
        Err(InvalidOpenings::Count {
            expected: 3,
            found: 2
        })
    );
    // The root binds three entries, the claim says four: no list of entries opens both.
    let lie = ScheduleClaim { count: 4, ..right };
    assert_eq!(
        check(&lie, schedule.entries()),
        Err(InvalidOpenings::Count {
            expected: 4,
            found: 3
        })
    );
    let mut longer = schedule.entries().to_vec();
    longer.push(longer[0]);
    assert_eq!(check(&lie, &longer), Err(InvalidOpenings::Root));
}

#[test]
fn s7_an_entry_that_names_nothing_valid_is_refused() {
    let mut entries = world().schedule().entries().to_vec();
    for (bundle, leaf) in [(0, 2), (1, 0), (3, 0), (u16::MAX, u32::MAX)] {
        entries[1] = Entry { bundle, leaf };
        assert_eq!(
            check(&claim(&entries), &entries),
            Err(InvalidOpenings::Entry { index: 1 })
        );
    }
    entries[1] = Entry { bundle: 0, leaf: 1 };
    assert_eq!(check(&claim(&entries), &entries), Ok(()));
}

#[test]
fn s8_entries_of_another_root_are_refused() {
    let schedule = world().schedule();
    let mut entries = schedule.entries().to_vec();
    entries.swap(0, 1);
    assert_eq!(check(&schedule.claim(), &entries), Err(InvalidOpenings::Root));
    assert_eq!(check(&claim(&entries), &entries), Ok(()));
}

proptest! {
    #[test]
    fn honest_openings_are_accepted_for_their_own_claim_only(
        world in any_world(),
        corruption in any_corruption(),
    ) {
        let schedule = world.schedule();
        prop_assert_eq!(check_openings(&schedule.claim(), &world.inbox(), schedule.entries()), Ok(()));
        let mut wrong = schedule.entries().to_vec();
        corruption.apply(&world, &mut wrong);
        let verdict = check_openings(&schedule.claim(), &world.inbox(), &wrong);
        prop_assert_eq!(verdict.is_ok(), wrong == schedule.entries());
    }
}

#[test]
fn codes_are_the_rules_numbers() {
    let count = InvalidOpenings::Count {
        expected: 1,
        found: 2,
    };
    assert_eq!(count.code(), 6);
    assert_eq!(InvalidOpenings::Entry { index: 0 }.code(), 7);
    assert_eq!(InvalidOpenings::Root.code(), 8);
}
