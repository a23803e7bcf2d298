//! Windows of several slots, and bundles that are late.

use super::*;

const INTERVAL: u64 = 4;

const LONGEVITY: u64 = 3;

/// Windows of several slots, in stake epochs that are longer than a proof lives.
fn long_windows() -> World {
    let election = ElectionParams {
        numerator: 1,
        denominator: 1,
        interval: INTERVAL,
        longevity: LONGEVITY,
        epoch: 5,
        max_factor: 1,
        absence: 0,
    };
    World::with_config(3, DomainParams { election, ..params() }, config())
}

#[test]
fn a_window_of_several_slots_is_used_once_and_late_bundles_are_taken_for_a_while() {
    let mut world = long_windows();
    let mut logs: Vec<(Slot, Log)> = Vec::new();
    // Bundles of operator 0 that the network holds back, by window: one until the last slot, one a slot longer.
    let mut held: Vec<(Window, Bundle)> = Vec::new();
    let (mut outcomes, mut fed) = (Vec::new(), 0);
    let mut included: Vec<Bundle> = Vec::new();
    for block in 0..190 {
        // Without a pause at first; later so rarely that an elected operator may have nothing until its window's end.
        if (block < 84 && block % 7 == 0) || [102, 123, 141, 160].contains(&block) {
            feed(&mut world, fed);
            fed += 1;
        }
        let now = world.next_slot();
        let window = now.0 / INTERVAL;
        let due = |index: usize, held: &[(Window, Bundle)]| {
            let (of, bundle) = held.get(index)?;
            let first_closed = (of.0 + LONGEVITY + 1) * INTERVAL;
            let slot = if index == 0 {
                first_closed - 1
            } else {
                first_closed
            };
            (now == Slot(slot)).then(|| bundle.clone())
        };
        let late: Vec<Bundle> = (0..2).filter_map(|index| due(index, &held)).collect();
        let mut bundles = Vec::new();
        for (index, bundle) in world.propose() {
            let wanted = held.is_empty() || (held.len() == 1 && window > held[0].0.0 + 6);
            if index == 0 && wanted && block > 10 && !bundle.body.is_empty() {
                held.push((bundle.header.header.election.window, bundle));
            } else {
                bundles.push(bundle);
            }
        }
        bundles.extend(late.iter().cloned());
        let log = world.produce(&bundles, &world.proofs());
        outcomes.extend(late.iter().map(|_| log.refused.clone()));
        // Whatever was included is refused for as long as its window is open, and after it.
        included.extend(world.blocks.last().unwrap().bundles.iter().cloned());
        let recent = |bundle: &Bundle| bundle.header.header.election.window.0 + LONGEVITY + 1 >= window;
        included.retain(recent);
        for bundle in &included {
            let refused = refuse(&mut world, bundle, &Way::Plain);
            let spent = matches!(
                refused,
                RefusedBundle::Bundle(InvalidBundle::WindowUsed { .. } | InvalidBundle::Window(_))
            );
            assert!(spent, "{refused:?}");
        }
        if late.is_empty() {
            assert!(log.refused.is_empty(), "{:?}", log.refused);
        }
        logs.push((now, log));
    }
    assert_eq!(held.len(), 2, "operator 0 won often enough");
    let limit = Window(held[1].0.0 + 1);
    let stale = InvalidBundle::Window(InvalidWindow::Stale {
        limit,
        found: held[1].0,
    });
    assert_eq!(outcomes, [vec![], vec![RefusedBundle::Bundle(stale).to_string()]]);
    let mut used = BTreeMap::new();
    for (slot, log) in &logs {
        for event in &log.events {
            if let Event::BundleIncluded { operator, window, .. } = event {
                assert!(
                    used.insert((*operator, *window), *slot).is_none(),
                    "once per window"
                );
            }
        }
    }
    let (late, others): (Vec<_>, Vec<_>) = used
        .iter()
        .partition(|((_, window), slot)| slot.0 / INTERVAL != window.0);
    assert_eq!(late.len(), 1);
    assert_eq!(*late[0].0, (OperatorId(0), held[0].0));
    // It came after newer windows of the same operator.
    let between = |key: &(OperatorId, Window)| {
        key.0 == OperatorId(0) && key.1 > held[0].0 && key.1.0 <= held[0].0.0 + LONGEVITY
    };
    assert!(others.iter().any(|(key, _)| between(key)));
    // Not only in the first slot of a window.
    assert!(others.iter().any(|(_, slot)| slot.0 % INTERVAL != 0));
    // The operators went on.
    let (head, confirmed) = world.heads();
    assert_eq!(head, confirmed);
    assert!(head >= DomainNumber(12), "{head:?}");
    assert!(world.operators.iter().all(|operator| operator.pool().is_empty()));
    let all = logs
        .iter()
        .flat_map(|(_, log)| log.events.clone())
        .collect::<Vec<_>>();
    assert!(slashed(&all).is_empty());
}
