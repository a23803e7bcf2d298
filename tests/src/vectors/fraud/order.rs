//! The cases of the schedule family.

use super::steps;
use crate::vectors::Draft;
use decex_core::BoundedVec;
use decex_core::ConsensusNumber;
use decex_fraud::{Claim, Evidence, prove};
use decex_receipt::decex_shuffle::Entry;
use decex_receipt::{Openings, Receipt};

fn reorder(change: impl FnOnce(&mut Vec<Entry>)) -> impl FnOnce(&mut Receipt, &mut Openings) {
    move |_, openings| {
        let mut entries = openings.schedule.to_vec();
        change(&mut entries);
        openings.schedule = BoundedVec::new(entries).expect("short");
    }
}

pub(super) fn drafts() -> Vec<Draft> {
    let mut world = steps::world();
    let right = world.right.openings.schedule.to_vec();
    let copies = steps::copies(&world);
    let later = move |entries: &mut Vec<Entry>| {
        let entry = entries.iter_mut().find(|entry| **entry == copies.0);
        *entry.expect("the shared transaction") = copies.1;
    };
    let repeated = right.get(1).copied().expect("an entry");
    let mut drafts = vec![
        world.caught("two_swapped", "F14 S12", reorder(|entries| entries.swap(0, 1))),
        world.caught(
            "one_repeated",
            "F14 S12",
            reorder(move |entries| entries.insert(1, repeated)),
        ),
        world.caught("one_omitted", "F14 S13", reorder(|entries| _ = entries.remove(2))),
        world.caught("all_omitted", "F14 S13", reorder(Vec::clear)),
        world.caught("a_later_copy", "F14 S15 S16", reorder(later)),
    ];
    // What refutes a wrong schedule says nothing of the right one.
    let (receipt, openings) = world.lie(reorder(|entries| entries.swap(0, 1)));
    let at = ConsensusNumber(super::world::INCLUDED_AT);
    let claim = Claim::new(&world.params, receipt, at, world.parent(), world.inbox.clone()).expect("a claim");
    let found = prove(
        &crate::vectors::common::ENGINE,
        &claim,
        &openings,
        &mut world,
        Default::default(),
    );
    let evidence = found.expect("a proof").expect("a lie").evidence;
    assert!(
        matches!(evidence, Evidence::Schedule(_)),
        "of the schedule family"
    );
    drafts.push(world.refused(
        "against_the_right_schedule",
        "F14 S11",
        &world.right.receipt,
        evidence,
    ));
    drafts
}
