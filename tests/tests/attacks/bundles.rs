//! Bundles, seals and elections: once, by whom they are of, in their window.

use super::*;

#[test]
fn a_replayed_bundle_is_refused_at_once_and_for_ever() {
    let mut world = World::new(2, params());
    let bundle = include(&mut world, 0, &[transfer(0, 0)]);
    // In its own block, in every later one while the window is open, and after it.
    for _ in 0..30 {
        let refused = refuse(&mut world, &bundle);
        let used = matches!(
            refused,
            RefusedBundle::Bundle(InvalidBundle::WindowUsed { .. } | InvalidBundle::Window(_))
        );
        assert!(used, "{refused:?}");
        world.run(1);
    }
    assert_eq!(world.heads().0, DomainNumber(1));
}

#[test]
fn the_same_window_twice_is_refused_and_two_headers_cost_the_stake_once() {
    let mut world = World::new(3, params());
    unclaimed(&mut world, 1);
    let total = world.chain.host().total();
    let election = await_election(&mut world, 2);
    let base = head_hash(&world);
    let first = seal(&world, 2, election, base, Vec::new(), vec![item(&transfer(3, 0))]);
    let second = seal(&world, 2, election, base, Vec::new(), vec![item(&transfer(4, 0))]);
    let third = seal(&world, 2, election, base, Vec::new(), vec![item(&transfer(5, 0))]);
    let log = world.produce(std::slice::from_ref(&first), &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    assert!(matches!(
        refuse(&mut world, &second),
        RefusedBundle::Bundle(InvalidBundle::WindowUsed { .. })
    ));
    let pair = |a: &Bundle, b: &Bundle| {
        Equivocation {
            first: a.header.clone(),
            second: b.header.clone(),
        }
        .encode()
    };
    // Sealing again what was sealed is no offence, nor is another window.
    let same = world.chain.submit_equivocation(STRANGER, &pair(&first, &first));
    assert!(matches!(
        same,
        Err(CallError::Refused(RefusedEquivocation::Equivocation(
            InvalidEquivocation::Same
        )))
    ));
    let events = world
        .chain
        .submit_equivocation(STRANGER, &pair(&first, &second))
        .unwrap();
    assert_eq!(slashed(&events), [OperatorId(2)]);
    assert_eq!(world.at_stake(2), Balance::ZERO);
    let host = world.chain.host().clone();
    // Whatever pair is shown afterwards, in whatever order, by whomever.
    for (a, b) in [
        (&first, &second),
        (&second, &first),
        (&first, &third),
        (&third, &second),
    ] {
        let again = world.chain.submit_equivocation(operator_account(0), &pair(a, b));
        assert!(
            matches!(again, Err(CallError::Refused(RefusedEquivocation::NoStake))),
            "{again:?}"
        );
    }
    assert_eq!(world.chain.host().store, host.store);
    assert_eq!(world.chain.host().purses, host.purses);
    assert_eq!(world.chain.host().total(), total);
    // The receipts go on without it, and its bundle of this block is executed.
    world.run(30);
    assert_eq!(world.heads(), (DomainNumber(2), DomainNumber(2)));
}

#[test]
fn a_framed_operator_loses_nothing() {
    let mut world = World::new(3, params());
    let election = await_election(&mut world, 1);
    let base = head_hash(&world);
    let honest = seal(&world, 1, election, base, Vec::new(), vec![item(&transfer(3, 0))]);
    // Operator 2 seals another header that says it is operator 1's, under its own key.
    let mut forged = seal(&world, 2, election, base, Vec::new(), vec![item(&transfer(4, 0))]).header;
    forged.header.operator = OperatorId(1);
    forged.seal = operator_keypair(2).sign(&label::BUNDLE_SEAL, &forged.header.compute_hash().0);
    let host = world.chain.host().clone();
    for (first, second) in [(&honest.header, &forged), (&forged, &honest.header)] {
        let evidence = Equivocation {
            first: first.clone(),
            second: second.clone(),
        };
        let refused = world.chain.submit_equivocation(STRANGER, &evidence.encode());
        let seal = matches!(
            refused,
            Err(CallError::Refused(RefusedEquivocation::Equivocation(
                InvalidEquivocation::FirstSeal(_) | InvalidEquivocation::SecondSeal(_)
            )))
        );
        assert!(seal, "{refused:?}");
    }
    // Nor does a header of operator 1 beside one of operator 2 show anything.
    let own = seal(&world, 2, election, base, Vec::new(), vec![item(&transfer(4, 0))]).header;
    let evidence = Equivocation {
        first: own,
        second: honest.header,
    };
    assert!(
        world
            .chain
            .submit_equivocation(STRANGER, &evidence.encode())
            .is_err()
    );
    assert_eq!(world.chain.host().store, host.store);
    assert_eq!(world.chain.host().purses, host.purses);
}

#[test]
fn a_bundle_under_another_key_operator_or_domain_is_refused() {
    let mut world = World::new(3, params());
    let owner = AccountId(Digest([9; 32]));
    world.chain.host_mut().endow(owner, Balance(10));
    let (other, _) = world
        .chain
        .create_domain(owner, params(), Access::Open, Balance::ZERO)
        .unwrap();
    let election = await_election(&mut world, 0);
    world.produce(&[], &[]);
    let good = seal(
        &world,
        0,
        election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(0, 0))],
    );
    let reseal = |bundle: &Bundle, by: usize| {
        let mut bundle = bundle.clone();
        bundle.header.seal =
            operator_keypair(by).sign(&label::BUNDLE_SEAL, &bundle.header.header.compute_hash().0);
        bundle
    };
    // Sealed by another key.
    let refused = refuse(&mut world, &reseal(&good, 1));
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Seal(_))),
        "{refused:?}"
    );
    // Somebody else's election in an own bundle.
    let mut stolen = good.clone();
    stolen.header.header.operator = OperatorId(1);
    let refused = refuse(&mut world, &reseal(&stolen, 1));
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Election(_))),
        "{refused:?}"
    );
    // Carried into another domain: as it is, and sealed again. The operator is none there.
    let mut foreign = good.clone();
    foreign.header.header.domain = other;
    for bundle in [foreign.clone(), reseal(&foreign, 0)] {
        let refused = refuse(&mut world, &bundle);
        assert!(
            matches!(
                refused,
                RefusedBundle::Bundle(InvalidBundle::UnknownOperator { .. })
            ),
            "{refused:?}"
        );
    }
    let mut nowhere = good.clone();
    nowhere.header.header.domain = DomainId(99);
    let refused = refuse(&mut world, &reseal(&nowhere, 0));
    assert!(
        matches!(
            refused,
            RefusedBundle::Bundle(InvalidBundle::UnknownDomain { .. })
        ),
        "{refused:?}"
    );
    // The seal covers every field: any change of the header shows.
    let mut changed = good.clone();
    changed.header.header.base = ReceiptHash(Digest([1; 32]));
    let refused = refuse(&mut world, &changed);
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Seal(_))),
        "{refused:?}"
    );
    world
        .chain
        .submit_bundle(&good.encode())
        .expect("and untouched it is accepted");
}

#[test]
fn an_election_proof_is_good_for_one_window_of_one_domain() {
    let mut world = World::new(2, params());
    // The same operator's key, in another domain, is refused (K13), so one proof never serves two.
    let owner = AccountId(Digest([9; 32]));
    world.chain.host_mut().endow(owner, Balance(10));
    let (other, _) = world
        .chain
        .create_domain(owner, params(), Access::Open, Balance::ZERO)
        .unwrap();
    let account = operator_account(0);
    world.chain.host_mut().endow(account, deposit_for(STAKE));
    let key = *operator_keypair(0).key().as_bytes();
    let possession =
        operator_keypair(0).sign(&label::REGISTRATION, &registration_message(other, &account, &key));
    assert!(
        world
            .chain
            .register_operator(account, other, &key, &possession, deposit_for(STAKE), TERMS)
            .is_err()
    );
    // A won proof moved to every other open window.
    let election = await_election(&mut world, 0);
    world.produce(&[], &[]);
    for _ in 0..3 {
        world.produce(&[], &[]);
    }
    let window = election.window.0;
    for moved in [window - 2, window - 1, window + 1, window + 2, window + 3] {
        let mut election = election;
        election.window.0 = moved;
        let bundle = seal(
            &world,
            0,
            election,
            head_hash(&world),
            Vec::new(),
            vec![item(&transfer(0, 0))],
        );
        let refused = refuse(&mut world, &bundle);
        assert!(
            matches!(refused, RefusedBundle::Bundle(InvalidBundle::Election(_))),
            "{moved}: {refused:?}"
        );
    }
}

#[test]
fn stale_and_future_windows_are_closed() {
    let mut world = World::new(2, params());
    let election = await_election(&mut world, 0);
    let bundle = seal(
        &world,
        0,
        election,
        head_hash(&world),
        Vec::new(),
        vec![item(&transfer(0, 0))],
    );
    // One block early.
    assert_eq!(world.blocks.last().unwrap().info.slot.0 + 1, election.window.0);
    let refused = refuse(&mut world, &bundle);
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Window(_))),
        "future: {refused:?}"
    );
    // As late as the longevity allows; then no more. The stake of its epoch is kept as long.
    let longevity = params().election.longevity;
    for _ in 0..=longevity {
        world.produce(&[], &[]);
    }
    let mut last = world.chain.clone();
    last.submit_bundle(&bundle.encode()).unwrap();
    world.produce(&[], &[]);
    let refused = refuse(&mut world, &bundle);
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Window(_))),
        "stale: {refused:?}"
    );
}
