//! Rules R21 to R25.

use crate::world::*;
use decex_bundle::{Fault, Illegal, Verdict};
use decex_core::codec::BoundedVec;
use decex_core::id::*;
use decex_core::schedule::Entry;
use decex_receipt::*;
use decex_shuffle::InvalidOpenings;

fn invalid(index: u32) -> Verdict {
    Verdict::Invalid(Fault {
        index,
        rule: Illegal::Signature,
    })
}

#[test]
fn r21_a_new_receipt_needs_its_openings_and_a_known_one_does_not() {
    let mut world = World::new(1);
    let whole = world.next();
    let bare = Submission {
        openings: None,
        ..whole.clone()
    };
    assert_eq!(world.refusal(&bare), InvalidReceipt::NoOpenings);
    assert!(world.submit(1, 500, &whole).is_ok());
    assert!(matches!(
        world.submit(2, 500, &bare),
        Ok(Accepted::Endorsed { .. })
    ));
}

#[test]
fn r43_openings_beside_a_known_receipt_are_no_longer_than_it_claims() {
    let mut world = World::new(1);
    let whole = world.next();
    assert!(world.submit(1, 500, &whole).is_ok());
    let (claimed, openings) = (&whole.receipt, whole.openings.as_ref().unwrap());
    let expected = (claimed.schedule.count, claimed.trace.length);
    let padded = |entries: usize, roots: usize| {
        let (mut schedule, mut trace) = (openings.schedule.to_vec(), openings.trace.to_vec());
        schedule.resize(entries, Entry::default());
        trace.resize(roots, StateRoot::default());
        Submission {
            receipt: claimed.clone(),
            openings: Some(Openings {
                schedule: BoundedVec::new(schedule).unwrap(),
                trace: BoundedVec::new(trace).unwrap(),
            }),
        }
    };
    let (entries, roots) = (openings.schedule.len(), openings.trace.len());
    for confirmed in [0, 1] {
        world.chain.confirmed = DomainNumber(confirmed);
        for (entries, roots) in [
            (entries + 1, roots),
            (entries, roots + 1),
            (entries - 1, roots),
            (0, roots),
            (entries, 0),
            (entries, 50_000),
        ] {
            let found = (u32::try_from(entries).unwrap(), u32::try_from(roots).unwrap());
            let refused = world.refusal(&padded(entries, roots));
            assert_eq!(refused, InvalidReceipt::OpeningsLength { expected, found });
        }
        // A bundle that comes late brings what it was sealed with.
        assert!(world.submit(2, 500, &whole).is_ok());
    }
    // What they say is not looked at: the chain has opened them before.
    let mut other = whole.clone();
    let garbage = vec![StateRoot(named(7)); roots];
    other.openings.as_mut().unwrap().trace = BoundedVec::new(garbage).unwrap();
    assert_eq!(world.submit(3, 501, &other), Ok(Accepted::Known));
}

#[test]
fn r22_the_published_schedule_is_the_committed_one() {
    let world = World::new(1);
    let with = |change: fn(&mut Vec<Entry>)| {
        let mut submission = world.next();
        let openings = submission.openings.as_mut().unwrap();
        let mut entries = openings.schedule.to_vec();
        change(&mut entries);
        openings.schedule = BoundedVec::new(entries).unwrap();
        world.refusal(&submission)
    };
    let wrong = InvalidReceipt::ScheduleOpenings;
    let count = InvalidOpenings::Count {
        expected: 5,
        found: 4,
    };
    assert_eq!(with(|entries| entries.truncate(4)), wrong(count));
    assert_eq!(with(|entries| entries.swap(0, 1)), wrong(InvalidOpenings::Root));
    assert_eq!(
        with(|entries| entries[1].leaf = 3),
        wrong(InvalidOpenings::Entry { index: 1 })
    );
}

#[test]
fn r22_entries_of_invalid_bundles_are_refused() {
    let world = World::new(1);
    let mut submission = world.with(
        DomainNumber(1),
        world.chain.head_hash,
        &[Verdict::Valid, invalid(0)],
        0,
    );
    let mut entries = submission.openings.as_ref().unwrap().schedule.to_vec();
    entries[0] = Entry { bundle: 1, leaf: 0 };
    open(
        &mut submission,
        entries,
        (0..4).map(|n| StateRoot(named(n))).collect(),
    );
    let refusal = InvalidReceipt::ScheduleOpenings(InvalidOpenings::Entry { index: 0 });
    assert_eq!(world.refusal(&submission), refusal);
}

#[test]
fn r23_r24_r25_the_published_trace_is_the_committed_one() {
    let world = World::new(1);
    let with = |change: fn(&mut Vec<StateRoot>)| {
        let mut submission = world.next();
        let openings = submission.openings.as_mut().unwrap();
        let mut trace = openings.trace.to_vec();
        change(&mut trace);
        openings.trace = BoundedVec::new(trace).unwrap();
        world.refusal(&submission)
    };
    assert_eq!(
        with(|trace| trace.truncate(4)),
        InvalidReceipt::TraceCount {
            expected: 5,
            found: 4
        }
    );
    assert_eq!(
        with(|trace| trace.push(StateRoot::default())),
        InvalidReceipt::TraceCount {
            expected: 5,
            found: 6
        }
    );
    assert_eq!(with(|trace| trace.swap(1, 2)), InvalidReceipt::TraceRoot);
    let mut submission = world.next();
    submission.receipt.state = StateRoot(named(77));
    assert_eq!(world.refusal(&submission), InvalidReceipt::FinalState);
}
