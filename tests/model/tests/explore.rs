//! Every state within the bounds, and every property in it.
#![allow(clippy::panic, clippy::arithmetic_side_effects, reason = "tests")]

mod common;

use common::{explore, explore_by_name, is_full};
use decex_model::bounds::Bounds;
use std::time::Instant;

const SMALL: Bounds = Bounds::small();

/// What every run explores: each varies another respect, because all of them together are too many states.
const ALWAYS: [(&str, Bounds); 8] = [
    ("small", SMALL),
    ("several lies", Bounds { lies: 2, ..SMALL }),
    ("more work per block", Bounds { work: 2, ..SMALL }),
    (
        "longer period",
        Bounds {
            challenge: 3,
            unlock: 4,
            censorship: 2,
            ..SMALL
        },
    ),
    (
        "longer chain",
        Bounds {
            inboxes: 3,
            leaving: false,
            ..SMALL
        },
    ),
    ("short period", Bounds::short()),
    (
        "more operators",
        Bounds {
            operators: 4,
            leaving: false,
            lies: 2,
            ..SMALL
        },
    ),
    (
        "timed",
        Bounds {
            operators: 4,
            ..SMALL
        }
        .timed(2),
    ),
];

/// What `DECEX_MODEL=full` explores besides.
const FULL: [(&str, Bounds); 4] = [
    (
        "all operators leave",
        Bounds {
            operators: 4,
            ..SMALL
        },
    ),
    (
        "longer chain, all leave",
        Bounds {
            inboxes: 3,
            equivocation: false,
            ..SMALL
        },
    ),
    (
        "longer chain, more operators",
        Bounds {
            inboxes: 3,
            operators: 4,
            leaving: false,
            lies: 2,
            ..SMALL
        },
    ),
    (
        "timed, longer",
        Bounds {
            inboxes: 3,
            operators: 4,
            challenge: 3,
            unlock: 4,
            censorship: 2,
            ..SMALL
        }
        .timed(2),
    ),
];

#[test]
fn every_property_holds_in_every_state() {
    let more = if is_full() { &FULL[..] } else { &[] };
    for (name, bounds) in ALWAYS.iter().chain(more) {
        let start = Instant::now();
        let size = explore(*bounds);
        println!("{name}: {size:?} in {:?}; {bounds:?}", start.elapsed());
        assert!(size.states > 1_000, "the bounds leave something to explore");
    }
}

/// Two dishonest operators have two orders: symmetry leaves out a half of the states at most, and hides none that is wrong.
#[test]
fn what_symmetry_leaves_out_holds_too() {
    let (all, different) = (explore_by_name(SMALL), explore(SMALL).states);
    println!("small: {all} states by name, {different} up to names");
    assert!(different < all && all <= 2 * different);
}
