//! Exhaustive for small lists: every run of every length, and every way a proof can lie about one.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "small constants"
)]

use super::{
    Absence, Frontier, Full, InvalidAbsence, InvalidListProof, ListTree, RunProof, fold, root, root_of,
};
use crate::codec::{BoundedVec, decode_exact};
use crate::hash::{Digest, Hash, digest};
use crate::id::ListRoot;
use crate::label;
use alloc::vec::Vec;
use parity_scale_codec::Encode;

const MOST: u32 = 20;

fn leaf(value: &u32) -> Digest {
    digest(&label::TRACE, &value.to_le_bytes())
}

/// Even numbers, so that every odd number is absent.
fn items(length: u32) -> Vec<u32> {
    (0..length).map(|i| 2 * i + 2).collect()
}

fn tree(length: u32) -> ListTree {
    ListTree::new(items(length).iter().map(leaf).collect())
}

fn siblings(digests: Vec<Digest>) -> BoundedVec<Digest, 64> {
    BoundedVec::new(digests).unwrap()
}

/// The definition, top down: the left subtree is the largest full one.
fn top(leaves: &[Digest]) -> Digest {
    match leaves.len() {
        0 => Digest::ZERO,
        1 => leaves[0],
        length => {
            let (left, right) = leaves.split_at(length.next_power_of_two() / 2);
            Hash::new(&label::LIST_NODE)
                .chain(top(left))
                .chain(top(right))
                .finish()
        }
    }
}

#[test]
fn a_frontier_has_the_root_of_the_list() {
    let mut frontier = Frontier::default();
    for length in 0..=300 {
        assert_eq!(
            (frontier.length(), frontier.root()),
            (length, tree(length).root())
        );
        assert!(frontier.encode().len() <= 1_029);
        assert_eq!(frontier.append(leaf(&(2 * length + 2))), Ok(()));
    }
}

#[test]
fn a_frontier_holds_no_more_than_a_list_and_nothing_that_is_none() {
    let decode = |length: u32, tops: usize| {
        let bytes = (length, alloc::vec![Digest([1; 32]); tops]).encode();
        decode_exact::<Frontier>(&bytes, bytes.len()).unwrap()
    };
    let mut full = decode(u32::MAX, 32);
    assert_eq!(full.append(Digest::ZERO), Err(Full));
    assert_eq!(full, decode(u32::MAX, 32));
    // Three leaves have two full subtrees, not one.
    let mut wrong = decode(3, 1);
    assert_eq!(wrong.append(Digest::ZERO), Err(Full));
    assert_eq!(wrong, decode(3, 1));
}

#[test]
fn root_is_the_definitions() {
    for length in (0..=70).chain([127, 128, 129, 1000]) {
        let tree = tree(length);
        let expected = Hash::new(&label::LIST_ROOT)
            .chain(length.to_le_bytes())
            .chain(top(tree.leaves()))
            .finish();
        assert_eq!(tree.root(), ListRoot(expected));
        assert_eq!(root(tree.leaves()), ListRoot(expected));
    }
}

#[test]
fn every_run_of_every_list_verifies() {
    for length in 0..=MOST {
        let tree = tree(length);
        for start in 0..=length + 1 {
            for count in 0..=length + 2 {
                let proof = tree.prove(start, count);
                let fits = count > 0 && start + count <= length;
                assert_eq!(proof.is_some(), fits, "{length} {start} {count}");
                let Some(proof) = proof else { continue };
                let run = &tree.leaves()[start as usize..(start + count) as usize];
                let position = proof.verify(&tree.root(), run).unwrap();
                assert_eq!(
                    (position.start(), position.end(), position.length()),
                    (start, start + count, length)
                );
                assert_eq!(position.is_first(), start == 0);
                assert_eq!(position.is_last(), start + count == length);
                assert_eq!(decode_exact::<RunProof>(&proof.encode(), 4096), Ok(proof));
            }
        }
    }
}

#[test]
fn c4_a_run_outside_the_list_is_refused() {
    let tree = tree(5);
    let proof = tree.prove(4, 1).unwrap();
    let refuse = |proof: &RunProof, leaves: &[Digest]| {
        assert_eq!(
            proof.verify(&tree.root(), leaves),
            Err(InvalidListProof::OutOfBounds)
        );
    };
    refuse(&proof, &[]);
    refuse(&proof, &tree.leaves()[3..5]);
    refuse(
        &RunProof {
            start: 5,
            ..proof.clone()
        },
        &tree.leaves()[4..],
    );
    refuse(
        &RunProof {
            start: u32::MAX,
            length: u32::MAX,
            ..proof.clone()
        },
        &tree.leaves()[4..],
    );
    refuse(&RunProof { length: 0, ..proof }, &tree.leaves()[4..]);
}

#[test]
fn c5_too_few_or_too_many_siblings_are_refused() {
    for length in 1..=MOST {
        let tree = tree(length);
        for start in 0..length {
            for count in 1..=length - start {
                let proof = tree.prove(start, count).unwrap();
                let run = &tree.leaves()[start as usize..(start + count) as usize];
                let longer = proof.siblings.iter().copied().chain([Digest::ZERO]).collect();
                let longer = RunProof {
                    siblings: siblings(longer),
                    ..proof.clone()
                };
                assert_eq!(longer.verify(&tree.root(), run), Err(InvalidListProof::Siblings));
                if let Some((_, shorter)) = proof.siblings.split_last() {
                    let shorter = RunProof {
                        siblings: siblings(shorter.to_vec()),
                        ..proof.clone()
                    };
                    assert_eq!(shorter.verify(&tree.root(), run), Err(InvalidListProof::Siblings));
                }
            }
        }
    }
}

/// One proof per statement: the honest one verifies for no other start, length, leaves or root, and no other siblings
/// verify for the honest statement. A lie about the length is among them, also where the shape asks for equally many
/// siblings.
#[test]
fn c6_no_other_statement_verifies() {
    for length in 1..=MOST {
        let tree = tree(length);
        let root = tree.root();
        for start in 0..length {
            for count in 1..=length - start {
                let proof = tree.prove(start, count).unwrap();
                let run = &tree.leaves()[start as usize..(start + count) as usize];
                for other_start in 0..=MOST {
                    for other_length in 0..=2 * MOST {
                        let lie = RunProof {
                            start: other_start,
                            length: other_length,
                            ..proof.clone()
                        };
                        let honest = (other_start, other_length) == (start, length);
                        assert_eq!(lie.verify(&root, run).is_ok(), honest);
                    }
                }
                for i in 0..run.len() {
                    let mut other = run.to_vec();
                    other[i].0[7] ^= 1;
                    assert_eq!(proof.verify(&root, &other), Err(InvalidListProof::Root));
                }
                for i in 0..proof.siblings.len() {
                    let mut other = proof.siblings.to_vec();
                    other[i].0[31] ^= 0x80;
                    let lie = RunProof {
                        siblings: siblings(other),
                        ..proof.clone()
                    };
                    assert_eq!(lie.verify(&root, run), Err(InvalidListProof::Root));
                }
                let other_root = self::tree(length + 1).root();
                assert_eq!(proof.verify(&other_root, run), Err(InvalidListProof::Root));
            }
        }
    }
}

#[test]
fn c6_the_length_is_bound_even_where_the_shape_is_the_same() {
    // Leaf 0 of 5 leaves and of 8 leaves: three siblings each. The top node may be the attacker's choice.
    for (length, claimed) in [(5, 6), (5, 8), (6, 7), (9, 16), (16, 9)] {
        let tree = tree(length);
        let proof = tree.prove(0, 1).unwrap();
        let lie = RunProof {
            length: claimed,
            ..proof
        };
        assert_eq!(
            lie.verify(&tree.root(), &tree.leaves()[..1]),
            Err(InvalidListProof::Root)
        );
    }
    // "This is the last leaf" is such a lie about the length.
    let tree = tree(8);
    let proof = tree.prove(3, 1).unwrap();
    for claimed in 0..=MOST {
        let lie = RunProof {
            length: claimed,
            ..proof.clone()
        };
        assert!(
            !lie.verify(&tree.root(), &tree.leaves()[3..4])
                .is_ok_and(|position| position.is_last())
        );
    }
}

#[test]
fn an_inner_node_is_not_a_leaf_of_a_shorter_list() {
    let tree = tree(4);
    let row = super::tree::parents(tree.leaves());
    let proof = RunProof {
        start: 0,
        length: 2,
        siblings: siblings(row[1..].to_vec()),
    };
    assert_eq!(proof.verify(&tree.root(), &row[..1]), Err(InvalidListProof::Root));
}

#[test]
fn longest_lists_are_bounded_work() {
    let proof = RunProof {
        start: u32::MAX - 1,
        length: u32::MAX,
        siblings: siblings(Vec::new()),
    };
    assert_eq!(
        proof.verify(&ListRoot::default(), &[Digest::ZERO]),
        Err(InvalidListProof::Siblings)
    );
    let full = RunProof {
        start: 1 << 30,
        length: u32::MAX,
        siblings: siblings([Digest::ZERO; 32].to_vec()),
    };
    assert_eq!(
        full.verify(&ListRoot::default(), &[Digest::ZERO]),
        Err(InvalidListProof::Root)
    );
}

fn absent(evidence: &Absence<u32>, tree: &ListTree, key: u32) -> Result<(), InvalidAbsence> {
    evidence.verify(&tree.root(), &key, |item| *item, leaf)
}

/// Every statement of every form, honest or not, about every key: accepted exactly if the key is absent and the form
/// shows the gap it falls into.
#[test]
fn absence_verifies_exactly_where_the_gap_is() {
    for length in 0..=9u32 {
        let (tree, items) = (tree(length), items(length));
        let mut forms = Vec::from([Absence::Empty]);
        for start in 0..length {
            let (item, proof) = (items[start as usize], tree.prove(start, 1).unwrap());
            forms.push(Absence::Before {
                first: item,
                proof: proof.clone(),
            });
            forms.push(Absence::After { last: item, proof });
            if let (Some(right), Some(proof)) = (items.get(start as usize + 1), tree.prove(start, 2)) {
                forms.push(Absence::Between {
                    left: item,
                    right: *right,
                    proof,
                });
            }
        }
        for key in 0..=2 * length + 4 {
            let accepted: Vec<_> = forms
                .iter()
                .filter(|form| absent(form, &tree, key).is_ok())
                .cloned()
                .collect();
            let proven = Absence::prove(&items, &tree, &key, |item| *item);
            assert_eq!(proven.is_none(), items.contains(&key));
            assert_eq!(accepted, proven.into_iter().collect::<Vec<_>>(), "{length} {key}");
        }
    }
}

#[test]
fn c4_c5_c6_absence_with_a_broken_proof_is_refused() {
    let tree = tree(6);
    let between = |left, right, proof| Absence::Between { left, right, proof };
    let proof = tree.prove(1, 2).unwrap();
    assert_eq!(absent(&between(4, 6, proof.clone()), &tree, 5), Ok(()));
    // Not adjacent: 4 and 8 enclose 6, which is in the list.
    assert_eq!(
        absent(&between(4, 8, proof.clone()), &tree, 6),
        Err(InvalidListProof::Root.into())
    );
    // Leaf 0 has three siblings, leaves 0 and 1 together two.
    let single = tree.prove(0, 1).unwrap();
    assert_eq!(
        absent(&between(2, 4, single), &tree, 3),
        Err(InvalidListProof::Siblings.into())
    );
    let outside = RunProof { start: 5, ..proof };
    assert_eq!(
        absent(&between(4, 6, outside), &tree, 5),
        Err(InvalidListProof::OutOfBounds.into())
    );
    assert_eq!(
        absent(&Absence::Empty, &tree, 5),
        Err(InvalidListProof::Root.into())
    );
}

#[test]
fn c7_absence_at_an_end_that_is_none_is_refused() {
    let tree = tree(6);
    let before = Absence::Before {
        first: 4,
        proof: tree.prove(1, 1).unwrap(),
    };
    assert_eq!(absent(&before, &tree, 3), Err(InvalidAbsence::NotAtEnd));
    let after = Absence::After {
        last: 10,
        proof: tree.prove(4, 1).unwrap(),
    };
    assert_eq!(absent(&after, &tree, 11), Err(InvalidAbsence::NotAtEnd));
}

#[test]
fn c8_absence_of_a_key_outside_the_gap_is_refused() {
    let tree = tree(6);
    let between = Absence::Between {
        left: 4,
        right: 6,
        proof: tree.prove(1, 2).unwrap(),
    };
    for key in [3, 4, 6, 7] {
        assert_eq!(absent(&between, &tree, key), Err(InvalidAbsence::Key));
    }
    let before = Absence::Before {
        first: 2,
        proof: tree.prove(0, 1).unwrap(),
    };
    assert_eq!(absent(&before, &tree, 1), Ok(()));
    assert_eq!(absent(&before, &tree, 2), Err(InvalidAbsence::Key));
    let after = Absence::After {
        last: 12,
        proof: tree.prove(5, 1).unwrap(),
    };
    assert_eq!(absent(&after, &tree, 13), Ok(()));
    assert_eq!(absent(&after, &tree, 12), Err(InvalidAbsence::Key));
}

#[test]
fn c4_c5_c6_a_folded_path_says_what_a_run_of_one_says() {
    for length in 0..=MOST {
        let tree = tree(length);
        for index in 0..length {
            let proof = tree.prove(index, 1).unwrap();
            let leaf = tree.leaves()[index as usize];
            assert_eq!(fold(index, length, &leaf, &proof.siblings), Ok(tree.root()));
            // C6: another leaf, place, length or sibling is another root or no path at all.
            assert_ne!(
                fold(index, length, &Digest::ZERO, &proof.siblings),
                Ok(tree.root())
            );
            for other in (0..=MOST).filter(|other| *other != index) {
                assert_ne!(fold(other, length, &leaf, &proof.siblings), Ok(tree.root()));
            }
            for other in (0..=MOST).filter(|other| *other != length) {
                assert_ne!(fold(index, other, &leaf, &proof.siblings), Ok(tree.root()));
            }
            for changed in 0..proof.siblings.len() {
                let mut path = proof.siblings.to_vec();
                path[changed].0[0] ^= 1;
                assert_ne!(fold(index, length, &leaf, &path), Ok(tree.root()));
            }
            // C5: a path of every other length is refused before anything is hashed.
            for count in (0..=33).filter(|count| *count != proof.siblings.len()) {
                let path = proof
                    .siblings
                    .iter()
                    .copied()
                    .cycle()
                    .take(count)
                    .collect::<Vec<_>>();
                if path.len() == count {
                    assert_eq!(fold(index, length, &leaf, &path), Err(InvalidListProof::Siblings));
                }
            }
        }
        // C4: no place after the end.
        assert_eq!(
            fold(length, length, &Digest::ZERO, &[]),
            Err(InvalidListProof::OutOfBounds)
        );
    }
}

#[test]
fn a_tree_kept_in_parts_of_sixteen_has_the_root_and_the_paths_of_its_list() {
    for length in (1..=70).chain([255, 256, 257, 300]) {
        let whole = tree(length);
        let parts = whole.leaves().chunks(16).map(|part| ListTree::new(part.to_vec()));
        let parts: Vec<ListTree> = parts.collect();
        // As many as sixteen parts of sixteen, or some more: two storeys, and the upper one whole.
        let above = ListTree::new(parts.iter().map(|part| *part.top().unwrap()).collect());
        assert_eq!(root_of(length, above.top()), whole.root());
        for index in [0, length / 2, length - 1] {
            let path = |tree: &ListTree, index| tree.prove(index, 1).unwrap().siblings.into_inner();
            let within = path(&parts[index as usize / 16], index % 16);
            assert_eq!([within, path(&above, index / 16)].concat(), path(&whole, index));
        }
    }
    assert_eq!(root_of(0, ListTree::new(Vec::new()).top()), root(&[]));
}
