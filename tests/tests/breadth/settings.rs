//! Seeds at once and late, traces fine and coarse.

use super::*;

/// Runs a domain with these parameters until a lie of operator 2 is told, refuted and paid for.
fn lie_is_caught(params: &DomainParams, mutant: Mutant) {
    let mut world = World::new(3, params.clone());
    let total = world.chain.host().total();
    let (mut told, mut logs) = (None, Vec::new());
    let mut included = BTreeMap::new();
    for block in 0..70 {
        if block < 32 && block % 4 == 0 {
            feed(&mut world, block / 4);
        }
        let mut attempt = None;
        let proposed = world.propose().into_iter().map(|(index, bundle)| {
            let lies = index == 2 && told.is_none() && !bundle.receipts.is_empty();
            match lies.then(|| lie(&world, 2, &bundle, mutant)).flatten() {
                Some((number, wrong)) => {
                    attempt = Some(number);
                    wrong
                }
                None => bundle,
            }
        });
        // The liar comes first.
        let bundles: Vec<Bundle> = proposed.rev().collect();
        let log = world.produce(&bundles, &world.proofs());
        let first = |event: &Event| match event {
            Event::ReceiptAccepted { operator, number, .. } => {
                (*operator == OperatorId(2)).then_some(*number)
            }
            _ => None,
        };
        let accepted: BTreeSet<DomainNumber> = log.events.iter().filter_map(first).collect();
        told = told.or(attempt.filter(|number| accepted.contains(number)));
        let now = world.blocks.last().unwrap().info.number;
        for event in &log.events {
            match event {
                Event::BundleIncluded {
                    number: Some(number), ..
                } => {
                    included.insert(*number, now);
                }
                // As soon as its hash and its seed are known, and not before.
                Event::InboxClosed {
                    number, consensus, ..
                } => {
                    assert_eq!(included[number], *consensus);
                    assert_eq!(now.0, consensus.0 + u64::from(params.seed_delay.max(1)));
                }
                _ => {}
            }
        }
        logs.push(log);
    }
    let context = (mutant, params.seed_delay, params.trace_interval);
    let number = told.unwrap_or_else(|| panic!("{context:?}: the lie was not told"));
    let events = events(&logs);
    let removed = events.iter().find_map(|event| match event {
        Event::ReceiptsRemoved { from, .. } => Some(*from),
        _ => None,
    });
    assert_eq!(removed, Some(number), "{context:?}");
    assert_eq!(slashed(&events), [OperatorId(2)], "{context:?}");
    let (head, confirmed) = world.heads();
    assert!(
        confirmed >= number && head == confirmed,
        "{context:?}: {head:?} {confirmed:?}"
    );
    assert_eq!(world.chain.host().total(), total);
    for number in 1..=head.0 {
        let receipt = world.operators[0].receipt(DomainNumber(number)).unwrap();
        let length = trace_length(
            InputCounts {
                messages: 0,
                transactions: receipt.schedule.count,
            },
            world.params.trace_interval(),
        );
        assert_eq!(receipt.trace.length, length);
        let coarse = params.trace_interval > receipt.schedule.count;
        assert!(
            params.trace_interval == 1 || coarse,
            "{context:?}: larger than the block"
        );
    }
}

/// Lies of each family of proof: the steps of a trace, its end, the effects, the schedule, the inbox.
const LIES: [Mutant; 6] = [
    Mutant::TraceFrom(0),
    Mutant::TraceFrom(1),
    Mutant::TraceFrom(2),
    Mutant::Burned,
    Mutant::Swap(0),
    Mutant::Reject(0, 0, Illegal::Signature),
];

#[test]
fn a_lie_is_caught_with_a_seed_at_once_and_a_late_one() {
    for seed_delay in [0, 3] {
        for mutant in LIES {
            lie_is_caught(&DomainParams { seed_delay, ..fine() }, mutant);
        }
    }
}

#[test]
fn a_lie_is_caught_in_a_trace_of_every_input_and_in_one_of_whole_blocks() {
    for mutant in [Mutant::TraceFrom(3), Mutant::TraceEntry(2)]
        .into_iter()
        .chain(LIES)
    {
        lie_is_caught(&fine(), mutant);
    }
    for mutant in [Mutant::TraceEntry(1)].into_iter().chain(LIES) {
        lie_is_caught(&coarse(), mutant);
    }
}

/// Two branches share the block that includes a bundle, and differ in every block after it.
#[test]
fn a_seed_is_settled_with_its_own_block_or_so_many_after_it() {
    for seed_delay in [0, 1, 3] {
        let mut world = World::new(
            3,
            DomainParams {
                seed_delay,
                ..params()
            },
        );
        include(&mut world, 0, &[transfer(0, 0, 10, 5)]);
        let after = usize::try_from(seed_delay.max(1)).unwrap();
        let mut seeds = Vec::new();
        for branch in 0..2 {
            world.branch = branch;
            for _ in 1..after {
                world.produce(&[], &[]);
                assert_eq!(world.chain.inbox(world.domain, DomainNumber(1)).unwrap(), None);
            }
            world.produce(&[], &[]);
            seeds.push(
                world
                    .chain
                    .inbox(world.domain, DomainNumber(1))
                    .unwrap()
                    .unwrap()
                    .seed,
            );
            if branch == 0 {
                world.retract(after);
            }
        }
        assert_eq!(seeds[0] == seeds[1], seed_delay == 0);
        world.run(40);
        assert_eq!(world.heads(), (DomainNumber(1), DomainNumber(1)));
    }
}

/// A trace entry after every input.
fn fine() -> DomainParams {
    DomainParams {
        trace_interval: 1,
        ..params()
    }
}

/// More inputs to a trace entry than a block of these tests has.
fn coarse() -> DomainParams {
    DomainParams {
        trace_interval: 20,
        witness_limit: 10_000,
        ..params()
    }
}
