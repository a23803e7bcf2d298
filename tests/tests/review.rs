//! Attacks that a reviewer tried, each over the whole path.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use decex_consensus::Event;
use decex_core::Balance;
use decex_receipt::Bundle;
use decex_testkit::ledger::Call;
use decex_tests::world::{World, params, transaction, user};

fn feed(world: &mut World, nonce: u64) {
    for from in 0..6 {
        let call = Call::Transfer {
            to: user(from + 10),
            amount: Balance(5),
        };
        world.send(&transaction(from, nonce, call));
    }
}

/// The seed of an inbox comes from a later block than the one that included it. Two branches can share the including
/// block and differ in the seed: an honest receipt of one branch, carried to the other, must not pass for a lie there.
#[test]
fn r33_a_receipt_of_another_branch_slashes_nobody() {
    let mut world = World::new(3, params());
    feed(&mut world, 0);
    let included = (0..20).any(|_| {
        let log = world.run(1).remove(0);
        log.events
            .iter()
            .any(|event| matches!(event, Event::BundleIncluded { number: Some(_), .. }))
    });
    assert!(included);
    // The next block closes the inbox; all execute it and bundle their receipts.
    world.produce(&[], &[]);
    let honest: Vec<Bundle> = world.propose().into_iter().map(|(_, bundle)| bundle).collect();
    assert!(honest.iter().any(|bundle| !bundle.receipts.is_empty()));
    // Another branch replaces just that block, and includes what was sealed on the first.
    world.retract(1);
    world.branch = 1;
    world.produce(&[], &[]);
    let log = world.produce(&honest, &[]);
    let wrong_seed = log
        .refused
        .iter()
        .any(|refused| refused.contains("the seed is not the block's"));
    assert!(wrong_seed, "{:?}", log.refused);
    let logs = world.run(30);
    let events = logs.iter().flat_map(|log| &log.events);
    assert!(!events.into_iter().any(|event| matches!(
        event,
        Event::ReceiptsRemoved { .. } | Event::OperatorSlashed { .. }
    )));
}
