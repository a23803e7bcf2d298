//! Every state within the bounds, and every property in it.

mod common;

use common::explore;
use decex_model::bounds::Bounds;
use std::time::Instant;

/// The bounds of this run; `DECEX_MODEL=full` asks for the larger ones.
fn settings() -> Vec<(&'static str, Bounds)> {
    let small = Bounds::small();
    let timed = Bounds {
        closed: small.inboxes,
        equivocation: false,
        leaving: false,
        inclusion: Some(1),
        ..small
    };
    vec![("small", small), ("timed", timed)]
}

#[test]
fn every_property_holds_in_every_state() {
    for (name, bounds) in settings() {
        let start = Instant::now();
        let size = explore(bounds);
        println!("{name}: {bounds:?}: {size:?} in {:?}", start.elapsed());
        assert!(size.states > 1_000, "the bounds leave something to explore");
    }
}
