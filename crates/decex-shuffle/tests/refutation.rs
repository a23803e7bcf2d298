//! Every wrong schedule has evidence that is found and verifies; the right one has none, whatever is put together.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests over small constants"
)]

mod common;

use common::{World, any_corruption, any_world, claim, seed, summary, tree};
use decex_core::decode_exact;
use decex_core::list::{Absence, InvalidAbsence, InvalidListProof};
use decex_shuffle::{Entry, Fault, InvalidRefutation, Refutation, Refuted, find, key};
use parity_scale_codec::{Encode, MaxEncodedLen};
use proptest::prelude::*;

fn verify(world: &World, entries: &[Entry], refutation: &Refutation) -> Result<Refuted, InvalidRefutation> {
    refutation.verify(&claim(entries), &world.seed, &world.inbox())
}

fn fault(world: &World, wrong: &[Entry]) -> Fault {
    let refutation = find(&world.seed, &world.contents(), wrong).expect("wrong");
    let refuted = verify(world, wrong, &refutation).expect("refuted");
    assert_eq!(refuted.claim(), &claim(wrong));
    refuted.fault()
}

/// Seven transactions of three senders in three valid bundles, two of them in two bundles, and one invalid bundle.
fn world() -> World {
    let a = vec![summary(1, 0, 0), summary(1, 1, 0), summary(2, 0, 0)];
    let b = vec![summary(1, 1, 0), summary(2, 0, 1), summary(3, 0, 0)];
    let c = vec![summary(2, 0, 0), summary(3, 1, 0)];
    World::new(
        seed(5),
        vec![(a, true), (b, true), (vec![summary(9, 0, 0)], false), (c, true)],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_wrong_schedule_is_refuted(
        world in any_world(),
        corruptions in prop::collection::vec(any_corruption(), 1..4),
    ) {
        let schedule = world.schedule();
        let mut wrong = schedule.entries().to_vec();
        corruptions.into_iter().for_each(|corruption| corruption.apply(&world, &mut wrong));
        let found = find(&world.seed, &world.contents(), &wrong);
        if wrong == schedule.entries() {
            prop_assert_eq!(found, None);
        } else {
            let found = found.expect("a wrong schedule has a refutation");
            prop_assert!(verify(&world, &wrong, &found).is_ok());
            prop_assert!(found.encode().len() <= Refutation::max_encoded_len());
            prop_assert_eq!(decode_exact(&found.encode(), Refutation::max_encoded_len()), Ok(found));
        }
    }

    /// Evidence against one claim, one seed or one inbox is worth nothing against a right claim, and no bit of it can be
    /// turned so that it is.
    #[test]
    fn no_right_schedule_is_refuted_by_what_refutes_another(
        world in any_world(),
        other in any_world(),
        corruption in any_corruption(),
        flip in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let right = world.schedule();
        let mut wrong = right.entries().to_vec();
        corruption.apply(&world, &mut wrong);
        let reseeded = World::new(other.seed, world.bodies.clone());
        let found = [
            find(&world.seed, &world.contents(), &wrong),
            find(&other.seed, &other.contents(), &wrong),
            find(&other.seed, &other.contents(), right.entries()),
            find(&other.seed, &world.contents(), right.entries()),
            find(&world.seed, &world.contents(), other.schedule().entries()),
            find(&world.seed, &world.contents(), reseeded.schedule().entries()),
        ];
        for refutation in found.iter().flatten() {
            prop_assert!(verify(&world, right.entries(), refutation).is_err());
            let mut bytes = refutation.encode();
            let at = flip.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(mutant) = decode_exact::<Refutation>(&bytes, bytes.len()) {
                prop_assert!(verify(&world, right.entries(), &mutant).is_err());
            }
        }
    }
}

/// Everything that can be put together from a right schedule's own proofs and the bodies' own proofs, exhaustively.
#[test]
fn no_combination_of_honest_parts_refutes_a_right_schedule() {
    let world = world();
    let schedule = world.schedule();
    let shown: Vec<_> = world
        .references()
        .into_iter()
        .map(|entry| world.show(entry))
        .collect();
    let runs: Vec<_> = (0..schedule.count())
        .flat_map(|start| (1..=2).map(move |count| (start, count)))
        .filter_map(|(start, count)| schedule.tree().prove(start, count))
        .collect();
    let mut tried = 0u32;
    let mut refuse = |refutation: Refutation| {
        assert!(
            verify(&world, schedule.entries(), &refutation).is_err(),
            "{refutation:?}"
        );
        tried += 1;
    };
    for a in &shown {
        refuse(Refutation::Omission {
            omitted: a.clone(),
            gap: Absence::Empty,
        });
        for proof in &runs {
            refuse(Refutation::Invention {
                entry: a.entry(),
                proof: proof.clone(),
            });
            for b in &shown {
                let proof = proof.clone();
                refuse(Refutation::Disorder {
                    proof: proof.clone(),
                    left: a.clone(),
                    right: b.clone(),
                });
                refuse(Refutation::LaterCopy {
                    proof: proof.clone(),
                    copy: a.clone(),
                    lower: b.clone(),
                });
                let gap = Absence::Before {
                    first: b.clone(),
                    proof: proof.clone(),
                };
                refuse(Refutation::Omission {
                    omitted: a.clone(),
                    gap,
                });
                let gap = Absence::After {
                    last: b.clone(),
                    proof: proof.clone(),
                };
                refuse(Refutation::Omission {
                    omitted: a.clone(),
                    gap,
                });
                for c in &shown {
                    let gap = Absence::Between {
                        left: b.clone(),
                        right: c.clone(),
                        proof: proof.clone(),
                    };
                    refuse(Refutation::Omission {
                        omitted: a.clone(),
                        gap,
                    });
                }
            }
        }
    }
    assert!(tried > 5_000);
}

#[test]
fn each_fault_is_named() {
    let world = world();
    let right = world.schedule().entries().to_vec();
    assert_eq!(find(&world.seed, &world.contents(), &right), None);
    let with = |change: &dyn Fn(&mut Vec<Entry>)| {
        let mut wrong = right.clone();
        change(&mut wrong);
        fault(&world, &wrong)
    };
    assert_eq!(with(&|wrong| wrong.swap(2, 3)), Fault::Disorder { index: 2 });
    assert_eq!(
        with(&|wrong| wrong.insert(4, wrong[4])),
        Fault::Disorder { index: 4 }
    );
    for (dropped, omitted) in right.iter().enumerate() {
        let found = with(&|wrong| {
            wrong.remove(dropped);
        });
        assert_eq!(found, Fault::Omission { entry: *omitted });
    }
    assert_eq!(with(&Vec::clear), Fault::Omission { entry: right[0] });
    let invented = [(2, 0), (0, 3), (4, 0), (u16::MAX, u32::MAX)];
    for (bundle, leaf) in invented {
        assert_eq!(
            with(&|wrong| wrong[1] = Entry { bundle, leaf }),
            Fault::Invention { index: 1 }
        );
        assert_eq!(
            with(&|wrong| wrong.push(Entry { bundle, leaf })),
            Fault::Invention {
                index: right.len() as u32
            }
        );
    }
    // Both copies in one schedule repeat a key.
    let copies = copies(&world);
    let at = right.iter().position(|entry| *entry == copies[0]).unwrap();
    assert_eq!(
        with(&|wrong| wrong[at] = copies[1]),
        Fault::LaterCopy { index: at as u32 }
    );
    assert_eq!(
        with(&|wrong| wrong.insert(at + 1, copies[1])),
        Fault::Disorder { index: at as u32 }
    );
}

/// The two references to the transaction (1, 1, 0), lowest first.
fn copies(world: &World) -> Vec<Entry> {
    let wanted = summary(1, 1, 0);
    world
        .references()
        .into_iter()
        .filter(|entry| world.show(*entry).summary == wanted)
        .collect()
}

#[test]
fn an_inbox_without_valid_bundles_has_the_empty_schedule_only() {
    for bodies in [vec![], vec![(vec![summary(1, 0, 0)], false)]] {
        let world = World::new(seed(0), bodies);
        assert_eq!(find(&world.seed, &world.contents(), &[]), None);
        assert_eq!(
            fault(&world, &[Entry { bundle: 0, leaf: 0 }]),
            Fault::Invention { index: 0 }
        );
    }
}

#[test]
fn a_copy_with_other_content_cannot_take_the_place_of_the_lowest() {
    let honest = summary(1, 0, 0);
    let mut heavier = honest;
    heavier.weight.0 += 1;
    let world = World::new(seed(3), vec![(vec![honest], true), (vec![heavier], true)]);
    assert_eq!(
        fault(&world, &[Entry { bundle: 1, leaf: 0 }]),
        Fault::LaterCopy { index: 0 }
    );
}

#[test]
fn s9_transactions_of_no_valid_bundle_are_no_evidence() {
    let world = world();
    let wrong = &world.schedule().entries()[1..].to_vec();
    let Some(Refutation::Omission { omitted, gap }) = find(&world.seed, &world.contents(), wrong) else {
        panic!()
    };
    for bundle in [2, 4, u16::MAX] {
        let mut omitted = omitted.clone();
        omitted.bundle = bundle;
        let evidence = Refutation::Omission {
            omitted,
            gap: gap.clone(),
        };
        assert_eq!(
            verify(&world, wrong, &evidence),
            Err(InvalidRefutation::Bundle { bundle })
        );
    }
    let illegal = world.show(Entry { bundle: 2, leaf: 0 });
    let evidence = Refutation::Omission {
        omitted: illegal,
        gap,
    };
    assert_eq!(
        verify(&world, wrong, &evidence),
        Err(InvalidRefutation::Bundle { bundle: 2 })
    );
}

#[test]
fn s10_transactions_that_are_not_in_the_body_are_no_evidence() {
    let world = world();
    let right = world.schedule().entries().to_vec();
    // Nobody's transaction, shown where another one stands.
    let mut omitted = world.show(Entry { bundle: 0, leaf: 1 });
    omitted.summary.nonce.0 += 7;
    let place = key(&world.seed, &omitted.summary);
    let shown: Vec<_> = right.iter().map(|entry| world.show(*entry)).collect();
    let gap = Absence::prove(&shown, &tree(&right), &place, |shown| {
        key(&world.seed, &shown.summary)
    })
    .unwrap();
    let evidence = Refutation::Omission { omitted, gap };
    assert_eq!(
        verify(&world, &right, &evidence),
        Err(InvalidRefutation::Body(InvalidListProof::Root))
    );
}

#[test]
fn s10_neighbours_with_another_content_are_no_evidence() {
    let world = world();
    let right = world.schedule().entries().to_vec();
    let (left, middle) = (world.show(right[0]), world.show(right[1]));
    // The second entry's summary is falsified so that the second transaction seems to be missing.
    let mut falsified = middle.clone();
    falsified.summary = world.show(right[2]).summary;
    let gap = Absence::Between {
        left,
        right: falsified,
        proof: tree(&right).prove(0, 2).unwrap(),
    };
    let evidence = Refutation::Omission { omitted: middle, gap };
    assert_eq!(
        verify(&world, &right, &evidence),
        Err(InvalidRefutation::Body(InvalidListProof::Root))
    );
}

#[test]
fn s11_entries_that_are_not_in_the_schedule_are_no_evidence() {
    let world = world();
    let right = world.schedule().entries().to_vec();
    let (one, two) = (world.show(right[0]), world.show(right[1]));
    let not_there = Err(InvalidRefutation::Schedule(InvalidListProof::Root));
    let proof = tree(&right).prove(0, 2).unwrap();
    let swapped = Refutation::Disorder {
        proof,
        left: two,
        right: one,
    };
    assert_eq!(verify(&world, &right, &swapped), not_there);
    let proof = tree(&right).prove(0, 1).unwrap();
    let invented = Refutation::Invention {
        entry: Entry { bundle: 2, leaf: 0 },
        proof,
    };
    assert_eq!(verify(&world, &right, &invented), not_there);
    let copies = copies(&world);
    let at = right.iter().position(|entry| *entry == copies[0]).unwrap();
    let proof = tree(&right).prove(at as u32, 1).unwrap();
    let copy = Refutation::LaterCopy {
        proof,
        copy: world.show(copies[1]),
        lower: world.show(copies[0]),
    };
    assert_eq!(verify(&world, &right, &copy), not_there);
}

#[test]
fn s12_a_pair_in_order_is_no_evidence() {
    let world = world();
    let right = world.schedule().entries().to_vec();
    let proof = tree(&right).prove(2, 2).unwrap();
    let evidence = Refutation::Disorder {
        proof,
        left: world.show(right[2]),
        right: world.show(right[3]),
    };
    assert_eq!(verify(&world, &right, &evidence), Err(InvalidRefutation::Ordered));
}

#[test]
fn s13_a_gap_elsewhere_is_no_evidence() {
    let world = world();
    let right = world.schedule().entries().to_vec();
    let gap = |start: usize| Absence::Between {
        left: world.show(right[start]),
        right: world.show(right[start + 1]),
        proof: tree(&right).prove(start as u32, 2).unwrap(),
    };
    for (index, start) in [(0, 1), (1, 1), (2, 1), (3, 1)] {
        let evidence = Refutation::Omission {
            omitted: world.show(right[index]),
            gap: gap(start),
        };
        assert_eq!(
            verify(&world, &right, &evidence),
            Err(InvalidRefutation::Gap(InvalidAbsence::Key))
        );
    }
    let last = Absence::After {
        last: world.show(right[1]),
        proof: tree(&right).prove(1, 1).unwrap(),
    };
    let evidence = Refutation::Omission {
        omitted: world.show(right[3]),
        gap: last,
    };
    assert_eq!(
        verify(&world, &right, &evidence),
        Err(InvalidRefutation::Gap(InvalidAbsence::NotAtEnd))
    );
    let evidence = Refutation::Omission {
        omitted: world.show(right[3]),
        gap: Absence::Empty,
    };
    let not_empty = InvalidAbsence::Proof(InvalidListProof::Root);
    assert_eq!(
        verify(&world, &right, &evidence),
        Err(InvalidRefutation::Gap(not_empty))
    );
}

#[test]
fn s14_an_entry_that_names_something_is_no_evidence() {
    let world = world();
    let right = world.schedule().entries().to_vec();
    let evidence = Refutation::Invention {
        entry: right[1],
        proof: tree(&right).prove(1, 1).unwrap(),
    };
    assert_eq!(verify(&world, &right, &evidence), Err(InvalidRefutation::Named));
}

#[test]
fn s15_s16_only_a_lower_copy_of_the_same_transaction_is_evidence() {
    let world = world();
    let right = world.schedule().entries().to_vec();
    let copies = copies(&world);
    let at = right.iter().position(|entry| *entry == copies[0]).unwrap();
    let proof = tree(&right).prove(at as u32, 1).unwrap();
    let evidence = |lower| Refutation::LaterCopy {
        proof: proof.clone(),
        copy: world.show(copies[0]),
        lower: world.show(lower),
    };
    let different = Entry { bundle: 0, leaf: 0 };
    assert!(different < copies[0]);
    assert_eq!(
        verify(&world, &right, &evidence(different)),
        Err(InvalidRefutation::Different)
    );
    assert_eq!(
        verify(&world, &right, &evidence(copies[0])),
        Err(InvalidRefutation::NotLower)
    );
    assert_eq!(
        verify(&world, &right, &evidence(copies[1])),
        Err(InvalidRefutation::NotLower)
    );
}

#[test]
fn codes_are_stable() {
    let proof = InvalidListProof::Root;
    let errors = [
        InvalidRefutation::Bundle { bundle: 0 },
        InvalidRefutation::Body(proof),
        InvalidRefutation::Schedule(proof),
        InvalidRefutation::Ordered,
        InvalidRefutation::Gap(InvalidAbsence::Key),
        InvalidRefutation::Named,
        InvalidRefutation::Different,
        InvalidRefutation::NotLower,
    ];
    assert!(errors.iter().map(InvalidRefutation::code).eq(9..=16));
}
