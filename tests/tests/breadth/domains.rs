//! Two domains of one chain.

use super::*;

/// Two domains, three operators each: 0 to 2 in the first, 3 to 5 in the second.
fn two_domains() -> (World, DomainId, DomainId) {
    let busy = Config {
        work_per_block: 64,
        ..config()
    };
    let mut world = World::with_config(3, params(), busy);
    let first = world.domain;
    let election = ElectionParams {
        numerator: 1,
        denominator: 2,
        interval: 4,
        longevity: 3,
        epoch: 3,
        max_factor: 1,
        absence: 0,
    };
    let second = world.add_domain(3, DomainParams { election, ..params() });
    world.focus(first);
    world.await_epoch();
    (world, first, second)
}

/// The domain that an event speaks of.
fn domain_of(event: &Event, first: DomainId, second: DomainId) -> DomainId {
    match event {
        Event::BundleIncluded { domain, .. }
        | Event::InboxClosed { domain, .. }
        | Event::ReceiptAccepted { domain, .. }
        | Event::ReceiptEndorsed { domain, .. }
        | Event::ReceiptConfirmed { domain, .. }
        | Event::FeesPaid { domain, .. }
        | Event::ReceiptsRemoved { domain, .. } => *domain,
        Event::OperatorSlashed { operator, .. } if operator.0 < 3 => first,
        Event::OperatorSlashed { .. } => second,
        other => panic!("{other:?}"),
    }
}

/// Runs both domains; operator 2 of the first lies once if it is asked to. Returns the logs and what was lied about.
fn run_two(world: &mut World, lies: bool) -> (Vec<Log>, Option<DomainNumber>) {
    let (mut told, mut logs) = (None, Vec::new());
    for block in 0..100 {
        if block < 60 && block % 4 == 0 {
            feed(world, block / 4);
        }
        let before = told;
        logs.push(world.step(&mut |world, index, bundle| {
            if !lies || index != 2 || told.is_some() || block < 20 {
                return Some(bundle);
            }
            let Some((number, wrong)) = lie(world, 2, &bundle, Mutant::TraceFrom(1)) else {
                return Some(bundle);
            };
            told = Some(number);
            Some(wrong)
        }));
        // Somebody was faster with the right receipt: the lie is to be told again.
        if logs.last().is_some_and(|log| !log.refused.is_empty()) {
            told = before;
        }
    }
    (logs, told)
}

#[test]
fn a_liar_in_one_domain_does_not_touch_the_other() {
    let (mut quiet, first, second) = two_domains();
    let (undisturbed, _) = run_two(&mut quiet, false);
    let (mut world, ..) = two_domains();
    let total = world.chain.host().total();
    let (logs, told) = run_two(&mut world, true);
    let number = told.expect("the lie was told");
    let of = |logs: &[Log], domain| -> Vec<(usize, Event)> {
        let all = logs.iter().enumerate();
        let all = all.flat_map(|(block, log)| log.events.iter().map(move |event| (block, event.clone())));
        all.filter(|(_, event)| domain_of(event, first, second) == domain)
            .collect()
    };
    // The other domain goes on, block by block, as if nothing had happened.
    assert_eq!(of(&logs, second), of(&undisturbed, second));
    let events = events(&logs);
    let removed: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::ReceiptsRemoved { domain, from, .. } => Some((*domain, *from)),
            _ => None,
        })
        .collect();
    assert_eq!(removed, [(first, number)]);
    assert_eq!(slashed(&events), [OperatorId(2)]);
    assert_eq!(world.chain.host().total(), total);
    for domain in [first, second] {
        let (head, confirmed) = world.heads_of(domain);
        assert_eq!(head, confirmed);
        assert!(head >= DomainNumber(5), "{head:?}");
    }
    // Windows are the domain's own, used once each.
    let mut used = BTreeSet::new();
    for (block, log) in logs.iter().enumerate() {
        let slot = world.blocks[world.blocks.len() - logs.len() + block].info.slot;
        for event in &log.events {
            if let Event::BundleIncluded {
                domain,
                operator,
                window,
                ..
            } = event
            {
                let interval = if *domain == first { 1 } else { 4 };
                assert_eq!(*window, Window(slot.0 / interval));
                assert_eq!(*domain == first, operator.0 < 3);
                assert!(used.insert((*operator, *window)));
            }
        }
    }
}

#[test]
fn each_domain_elects_at_its_own_odds_and_interval() {
    let (mut world, first, second) = two_domains();
    let mut wins = BTreeMap::new();
    for (domain, operators, interval) in [(first, 0..3, 1), (second, 3..6, 4)] {
        world.focus(domain);
        for window in 1_000..1_150 {
            for index in operators.clone() {
                let at = |slot| elected(&world, index, Slot(slot));
                let proof = at(window * interval);
                // One election for all the slots of a window.
                let last = at(window * interval + interval - 1);
                assert_eq!(
                    proof.map(|proof| proof.preoutput),
                    last.map(|proof| proof.preoutput)
                );
                assert!(proof.is_none_or(|proof| proof.window == Window(window)));
                *wins.entry(domain).or_insert(0_u32) += u32::from(proof.is_some());
            }
        }
    }
    // One expected in each window of the first, one in two of the second: 150 and 75.
    assert!((120..=180).contains(&wins[&first]), "{wins:?}");
    assert!((52..=98).contains(&wins[&second]), "{wins:?}");
}

#[test]
fn what_belongs_to_one_domain_is_refused_by_the_other() {
    let (mut world, first, second) = two_domains();
    unclaimed(&mut world, 1);
    let foreign_base = world.operators[0].head().unwrap().1;
    let receipts = extend(&world, 0, 16, &mut |_| None);
    let own_election = await_election(&mut world, 0);
    // An operator of the first in the second, with its own election, and the other way round.
    world.focus(second);
    let body = || vec![item(&transfer(0, 0, 10, 5))];
    let base = head_hash(&world);
    let stranger = seal(&world, 0, own_election, base, Vec::new(), body());
    let election = await_election(&mut world, 3);
    world.produce(&[], &[]);
    let refused = refuse(&mut world, &stranger, &Way::Plain);
    assert!(
        matches!(
            refused,
            RefusedBundle::Bundle(InvalidBundle::UnknownOperator { .. })
        ),
        "{refused:?}"
    );
    // A receipt of the first in a bundle of the second.
    let carried = seal(&world, 3, election, base, receipts.clone(), Vec::new());
    let refused = refuse(&mut world, &carried, &Way::Plain);
    let expected = InvalidReceipt::Domain {
        expected: second,
        found: first,
    };
    assert_eq!(
        refused,
        RefusedBundle::Receipt {
            index: 0,
            invalid: expected
        }
    );
    // One that says it is the second's is no receipt of it either: no such block has been made there.
    let mut disguised = receipts;
    disguised[0].receipt.domain = second;
    let carried = seal(&world, 3, election, base, disguised, Vec::new());
    assert!(matches!(
        refuse(&mut world, &carried, &Way::Plain),
        RefusedBundle::Receipt { .. }
    ));
    // A base of the first, pending and final.
    let genesis = world.chain.hash_at(first, DomainNumber(0)).unwrap().unwrap();
    for base in [foreign_base, genesis] {
        let based = seal(&world, 3, election, base, Vec::new(), body());
        let refused = refuse(&mut world, &based, &Way::Plain);
        assert_eq!(
            refused,
            RefusedBundle::Bundle(InvalidBundle::UnknownBase { base })
        );
    }
    let good = seal(&world, 3, election, base, Vec::new(), body());
    let other = seal(
        &world,
        3,
        election,
        base,
        Vec::new(),
        vec![item(&transfer(1, 0, 10, 5))],
    );
    // The second's bundle is none of the first: the seal is not for it, and the operator none of its own.
    let mut moved = good.clone();
    moved.header.header.domain = first;
    let refused = refuse(&mut world, &moved, &Way::Plain);
    assert!(
        matches!(
            refused,
            RefusedBundle::Bundle(InvalidBundle::UnknownOperator { .. })
        ),
        "{refused:?}"
    );
    world
        .chain
        .submit_bundle(&good.encode())
        .expect("in its own domain it is accepted");
    // Two headers that operator 3 sealed for the first, where it is nobody.
    world.focus(first);
    let sealed = |items| seal(&world, 3, election, base, Vec::new(), items).header;
    let foreign = Equivocation {
        first: sealed(body()),
        second: sealed(other.body.to_vec()),
    };
    let refused = world
        .chain
        .submit_equivocation(operator_account(0), &foreign.encode());
    let expected = RefusedEquivocation::Domain {
        expected: second,
        found: first,
    };
    assert_eq!(refused, Err(CallError::Refused(expected)));
}

#[test]
fn a_proof_holds_in_its_own_domain_only() {
    let (mut world, first, second) = two_domains();
    unclaimed(&mut world, 2);
    let log = vouch(&mut world, 2, 16, Some(1));
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    let proof = world.proofs().remove(0);
    assert_eq!(proof.domain, first);
    let mut moved = proof.clone();
    moved.domain = second;
    let host = world.chain.host().clone();
    let refused = world.chain.submit_proof(&moved.encode());
    assert_eq!(refused, Err(CallError::Refused(RefusedProof::NotPending)));
    assert_eq!(world.chain.host().store, host.store);
    let events = world.chain.submit_proof(&proof.encode()).unwrap();
    assert_eq!(slashed(&events), [OperatorId(2)]);
}
