//! Domains whose farmers enforce legality.

use super::*;

fn enforced() -> DomainParams {
    DomainParams {
        legality: LegalityMode::Enforced,
        ..params()
    }
}

#[test]
fn an_enforced_domain_includes_and_confirms_honest_bundles() {
    let mut world = World::new(3, enforced());
    let mut logs = Vec::new();
    for nonce in 0..5 {
        feed(&mut world, nonce);
        logs.extend(world.run(6));
    }
    logs.extend(world.run(30));
    assert!(refused(&logs).is_empty(), "{:?}", refused(&logs));
    let (head, confirmed) = world.heads();
    assert_eq!(head, confirmed);
    assert!(head >= DomainNumber(5));
    assert!(world.operators.iter().all(|operator| operator.pool().is_empty()));
    for number in 1..=head.0 {
        let receipt = world.operators[0].receipt(DomainNumber(number)).unwrap();
        assert!(receipt.verdicts.iter().all(|verdict| *verdict == Verdict::Valid));
    }
}

/// An enforced domain whose users 0 to 7 have used nonce 0, and user 150 has enough for one transaction.
fn enforced_world() -> World {
    let mut world = World::new(3, enforced());
    feed(&mut world, 0);
    world.send(&transfer(9, 0, 150, 250));
    world.run(30);
    assert!(world.heads().0 > DomainNumber(0) && world.heads().0 == world.heads().1);
    world
}

/// Bodies with one illegal transaction each, and its place.
fn illegal() -> Vec<(Vec<Item>, u32, Illegal)> {
    let good = item(&transfer(0, 1, 10, 5));
    let bytes = |bytes: Vec<u8>| BoundedVec::new(bytes).unwrap();
    let mut unsigned = transfer(0, 1, 10, 5);
    *unsigned.last_mut().unwrap() ^= 1;
    let twice = vec![item(&transfer(150, 0, 10, 1)), item(&transfer(150, 1, 10, 1))];
    vec![
        (
            vec![Item {
                bytes: bytes(vec![1, 2, 3]),
                ..good.clone()
            }],
            0,
            Illegal::Malformed,
        ),
        (vec![item(&unsigned)], 0, Illegal::Signature),
        (
            vec![Item {
                sender: user(1),
                ..good.clone()
            }],
            0,
            Illegal::Claim,
        ),
        (
            vec![Item {
                nonce: Nonce(2),
                ..good.clone()
            }],
            0,
            Illegal::Claim,
        ),
        (
            vec![Item {
                weight: Weight(good.weight.0 - 1),
                ..good.clone()
            }],
            0,
            Illegal::Claim,
        ),
        (vec![item(&transfer(0, 0, 10, 5))], 0, Illegal::Nonce),
        (
            vec![good.clone(), item(&transfer(0, 1, 10, 6)), item(&unsigned)],
            2,
            Illegal::Signature,
        ),
        (vec![item(&transfer(151, 0, 10, 0))], 0, Illegal::Fees),
        (twice, 1, Illegal::Fees),
    ]
}

#[test]
fn an_enforced_domain_refuses_illegal_transactions_at_inclusion() {
    let mut world = enforced_world();
    // A domain block that nobody has claimed: its receipt travels with the illegal body, and must not get in with it.
    include(&mut world, 0, &[transfer(0, 1, 10, 7)]);
    let base = head_hash(&world);
    let election = await_election(&mut world, 1);
    world.produce(&[], &[]);
    let right = extend(&world, 1, 16, &mut |_| None);
    assert_eq!(right.len(), 1);
    for (mut items, index, rule) in illegal() {
        items.sort_by_key(|item| item.compute_summary().body_key());
        // Where sorting put the bad signature among transactions with one nonce.
        let index = if items.len() == 3 {
            let bad = |item: &Item| item.bytes == illegal()[1].0[0].bytes;
            u32::try_from(items.iter().position(bad).unwrap()).unwrap()
        } else {
            index
        };
        let fault = Fault { index, rule };
        let expected = RefusedBundle::Bundle(InvalidBundle::Illegal { fault });
        for receipts in [Vec::new(), right.clone()] {
            let bundle = seal(&world, 1, election, base, receipts, items.clone());
            assert_eq!(refuse(&mut world, &bundle, &Way::WithAccounts), expected);
            // Without the accounts nothing is judged, and nothing is skipped.
            assert_eq!(
                refuse(&mut world, &bundle, &Way::Plain),
                RefusedBundle::Unenforceable
            );
        }
    }
    // The window is still unused: what is legal gets in under the same election, with its receipt, which is its base.
    let base = right[0].receipt.compute_hash();
    let stale = seal(
        &world,
        1,
        election,
        base,
        right.clone(),
        vec![item(&transfer(0, 1, 10, 5))],
    );
    let fault = Fault {
        index: 0,
        rule: Illegal::Nonce,
    };
    let expected = RefusedBundle::Bundle(InvalidBundle::Illegal { fault });
    assert_eq!(
        refuse(&mut world, &stale, &Way::WithAccounts),
        expected,
        "used up by the receipt it carries"
    );
    let legal = vec![item(&transfer(150, 0, 10, 1)), item(&transfer(0, 2, 10, 5))];
    let good = seal(&world, 1, election, base, right, legal);
    assert_eq!(
        refuse(&mut world, &good, &Way::Plain),
        RefusedBundle::Unenforceable
    );
    world
        .chain
        .submit_bundle_enforced(&good.encode(), &world.states)
        .expect("legal");
}

#[test]
fn legality_is_enforced_at_the_base_not_at_the_head() {
    let mut world = enforced_world();
    let genesis = world
        .chain
        .hash_at(world.domain, DomainNumber(0))
        .unwrap()
        .unwrap();
    let election = await_election(&mut world, 1);
    let used = vec![item(&transfer(0, 0, 10, 5))];
    let at_genesis = seal(&world, 1, election, genesis, Vec::new(), used);
    // Legal there, and paid for; it does nothing when it is executed.
    let before = world.heads().0;
    let log = world.produce(&[at_genesis], &[]);
    assert!(log.refused.is_empty(), "{:?}", log.refused);
    world.run(30);
    let number = before.next().unwrap();
    assert_eq!(world.heads(), (number, number));
    let receipt = world.operators[0].receipt(number).unwrap();
    assert_eq!(receipt.verdicts.to_vec(), [Verdict::Valid]);
    // What user 150 got after genesis does not count at genesis.
    let election = await_election(&mut world, 1);
    let poor = seal(
        &world,
        1,
        election,
        genesis,
        Vec::new(),
        vec![item(&transfer(150, 0, 10, 1))],
    );
    world.produce(&[], &[]);
    let fault = Fault {
        index: 0,
        rule: Illegal::Fees,
    };
    let expected = RefusedBundle::Bundle(InvalidBundle::Illegal { fault });
    assert_eq!(refuse(&mut world, &poor, &Way::WithAccounts), expected);
}

#[test]
fn an_enforced_domain_takes_receipts_alone_without_accounts() {
    let mut world = enforced_world();
    let before = world.heads().0;
    include(&mut world, 0, &[transfer(0, 1, 10, 7)]);
    world.produce(&[], &[]);
    let election = await_election(&mut world, 1);
    world.produce(&[], &[]);
    let right = extend(&world, 1, 16, &mut |_| None);
    let bundle = seal(&world, 1, election, head_hash(&world), right, Vec::new());
    world
        .chain
        .submit_bundle(&bundle.encode())
        .expect("there is nothing to enforce");
    assert_eq!(Some(world.heads().0), before.next());
}
