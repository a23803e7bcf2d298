//! Verdicts: whatever is said of a bundle, and wrong, is refuted, in both directions and for every rule.

use crate::{accepted, await_all, claims, head_hash, refuse, slashed, transfer, unclaimed, vouch};
use decex_bundle::{Fault, Illegal, InvalidBundle, Item, Verdict};
use decex_consensus::RefusedBundle;
use decex_core::{BoundedVec, DomainNumber, Nonce, OperatorId, Weight};
use decex_fraud::Family;
use decex_receipt::Submission;
use decex_testkit::mutant::{Mutant, mutate};
use decex_tests::liar::{await_election, item, seal};
use decex_tests::world::{World, params};
use parity_scale_codec::Encode;

const RULES: [Illegal; 5] = [
    Illegal::Malformed,
    Illegal::Signature,
    Illegal::Claim,
    Illegal::Nonce,
    Illegal::Fees,
];

/// A transaction that breaks this rule and none before it. Nonce 0 of user 0 is used, user 150 has nothing.
fn misfit(rule: Illegal) -> Item {
    let good = item(&transfer(7, 0));
    match rule {
        Illegal::Malformed => Item {
            bytes: BoundedVec::new(vec![1, 2, 3]).unwrap(),
            ..good
        },
        Illegal::Signature => {
            let mut bytes = transfer(7, 0);
            *bytes.last_mut().unwrap() ^= 1;
            item(&bytes)
        }
        Illegal::Claim => Item {
            nonce: Nonce(good.nonce.0 + 1),
            ..good
        },
        Illegal::Nonce => item(&transfer(0, 0)),
        Illegal::Fees => item(&transfer(150, 0)),
    }
}

/// A chain whose block 2 has an honest bundle of operator 0 and one of operator 1 with this body. Returns their indices in
/// the inbox.
fn two_bundles(body: Vec<Item>) -> (World, u16, u16) {
    let mut world = World::new(3, params());
    unclaimed(&mut world, 1);
    let first = claims(&world, 1, None);
    accepted(&vouch(&mut world, 0, first));
    let [honest, other] = await_all(&mut world, [0, 1]);
    let base = head_hash(&world);
    let mut items = vec![item(&transfer(4, 0)), item(&transfer(5, 0))];
    items.sort_by_key(|item| item.compute_summary().body_key());
    let bundles = [
        seal(&world, 0, honest, base, Vec::new(), items),
        seal(&world, 1, other, base, Vec::new(), body),
    ];
    accepted(&world.produce(&bundles, &[]));
    world.produce(&[], &[]);
    let inbox = world.chain.inbox(world.domain, DomainNumber(2)).unwrap().unwrap();
    let place = |id: u64| {
        let found = inbox
            .bundles
            .iter()
            .position(|bundle| bundle.operator == OperatorId(id));
        u16::try_from(found.unwrap()).unwrap()
    };
    (world, place(0), place(1))
}

/// Tells each lie about block 2 on a branch of its own; each is taken by consensus and refuted. Then the right receipt is
/// claimed, and none of the proofs touches it.
fn each_is_refuted(world: &mut World, lies: &[Mutant]) {
    let number = DomainNumber(2);
    let receipt = world.operators[0].receipt(number).unwrap().clone();
    let openings = world.operators[0].openings(number).unwrap().clone();
    let inbox = world.chain.inbox(world.domain, number).unwrap().unwrap();
    let election = await_election(world, 2);
    let mut proofs = Vec::new();
    for mutant in lies {
        let Some((wrong, opened)) = mutate(*mutant, &receipt, &openings, &inbox, &world.params) else {
            panic!("{mutant:?} cannot be told");
        };
        let submission = Submission {
            receipt: wrong,
            openings: Some(opened),
        };
        let base = submission.receipt.compute_hash();
        let bundle = seal(world, 2, election, base, vec![submission], Vec::new());
        let log = world.produce(&[bundle], &[]);
        assert!(log.refused.is_empty(), "{mutant:?}: {:?}", log.refused);
        let proof = world
            .proofs()
            .pop()
            .unwrap_or_else(|| panic!("{mutant:?}: no proof"));
        let events = world.chain.submit_proof(&proof.encode()).unwrap();
        assert_eq!(slashed(&events), [OperatorId(2)], "{mutant:?}");
        let inbox_family = events.iter().any(|event| {
            matches!(
                event,
                decex_consensus::Event::ReceiptsRemoved {
                    family: Family::Inbox,
                    ..
                }
            )
        });
        assert!(inbox_family, "{mutant:?}");
        proofs.push(proof);
        world.retract(1);
    }
    let right = claims(world, 1, None);
    let hash = right[0].receipt.compute_hash();
    accepted(&vouch(world, 0, right));
    for mut proof in proofs {
        proof.receipt = hash;
        assert!(world.chain.submit_proof(&proof.encode()).is_err(), "{proof:?}");
    }
    world.run(30);
    assert_eq!(world.heads(), (DomainNumber(2), DomainNumber(2)));
}

#[test]
fn n2660_every_flag_is_refuted_where_it_is_false_and_where_it_is_missing() {
    for rule in RULES {
        let (mut world, honest, guilty) = two_bundles(vec![misfit(rule)]);
        let verdicts = world.operators[0]
            .receipt(DomainNumber(2))
            .unwrap()
            .verdicts
            .to_vec();
        assert_eq!(verdicts[usize::from(honest)], Verdict::Valid);
        let fault = Fault { index: 0, rule };
        assert_eq!(verdicts[usize::from(guilty)], Verdict::Invalid(fault));
        // The valid bundle falsely flagged at each place and for each rule, the invalid one not flagged, or for
        // something else.
        let mut lies = vec![Mutant::Accept(guilty)];
        for other in RULES {
            lies.extend([0, 1].map(|index| Mutant::Reject(honest, index, other)));
            lies.extend((other != rule).then_some(Mutant::OtherFault(guilty, 0, other)));
        }
        each_is_refuted(&mut world, &lies);
    }
}

#[test]
fn n2609_the_weight_of_a_bundle_is_proven_transaction_by_transaction() {
    let good = item(&transfer(7, 0));
    for claimed in [0, 1, good.weight.0 - 1, good.weight.0 + 1, 500_000] {
        let heavy = Item {
            weight: Weight(claimed),
            ..good.clone()
        };
        let (mut world, honest, guilty) = two_bundles(vec![heavy]);
        let verdicts = world.operators[0]
            .receipt(DomainNumber(2))
            .unwrap()
            .verdicts
            .to_vec();
        let fault = Fault {
            index: 0,
            rule: Illegal::Claim,
        };
        assert_eq!(
            verdicts[usize::from(guilty)],
            Verdict::Invalid(fault),
            "{claimed}"
        );
        each_is_refuted(
            &mut world,
            &[Mutant::Accept(guilty), Mutant::Reject(honest, 1, Illegal::Claim)],
        );
    }
    // The sum is what the header commits to, within the limit: refused by counting.
    let mut world = World::new(2, params());
    let election = await_election(&mut world, 0);
    world.produce(&[], &[]);
    let base = head_hash(&world);
    let limit = world.params.bundle_limits().weight.0;
    let over = Item {
        weight: Weight(limit + 1),
        ..good.clone()
    };
    let bundle = seal(&world, 0, election, base, Vec::new(), vec![over]);
    let refused = refuse(&mut world, &bundle);
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::Weight { .. })),
        "{refused:?}"
    );
    let mut light = seal(&world, 0, election, base, Vec::new(), vec![good]);
    light.header.header.body.weight = Weight(1);
    let hash = light.header.header.compute_hash();
    let keypair = decex_tests::world::operator_keypair(0);
    light.header.seal = keypair.sign(&decex_core::label::BUNDLE_SEAL, &hash.0);
    let refused = refuse(&mut world, &light);
    assert!(
        matches!(refused, RefusedBundle::Bundle(InvalidBundle::BodyWeight { .. })),
        "{refused:?}"
    );
}
