//! Rules B30 to B35.

use crate::world::*;
use decex_bundle::{Draft, Equivocation, InvalidEquivocation, SealedHeader};
use decex_core::id::*;
use decex_election::InvalidSignature;

fn header(draft: &Draft, count: u64) -> SealedHeader {
    sealed(draft, vec![], items(count)).header
}

fn pair(first: SealedHeader, second: SealedHeader) -> Equivocation {
    Equivocation { first, second }
}

#[test]
fn b30_b31_b32_b33_b34_b35_two_headers_for_one_window_prove_equivocation() {
    let (one, two, three) = (header(&draft(), 1), header(&draft(), 2), header(&draft(), 3));
    let key = *keypair(1).key();
    let proven = pair(one.clone(), two.clone()).verify(&key).unwrap();
    assert_eq!(
        (proven.domain(), proven.operator(), proven.window()),
        (DOMAIN, OPERATOR, WINDOW)
    );
    // One offence, whichever pair shows it.
    let swapped = pair(two.clone(), one).verify(&key).unwrap();
    assert_eq!(swapped, proven);
    assert_eq!(
        pair(two, three).verify(&key).unwrap().evidence(),
        proven.evidence()
    );
    // Another window is another offence.
    let elsewhere = Draft {
        election: election(Window(51), 1),
        ..draft()
    };
    let other = pair(header(&elsewhere, 1), header(&elsewhere, 2))
        .verify(&key)
        .unwrap();
    assert_ne!(other.evidence(), proven.evidence());
}

#[test]
fn b30_two_domains_are_no_equivocation() {
    let there = header(
        &Draft {
            domain: DomainId(4),
            ..draft()
        },
        1,
    );
    let found = pair(header(&draft(), 1), there).verify(keypair(1).key());
    assert_eq!(
        found.unwrap_err(),
        InvalidEquivocation::Domain {
            first: DOMAIN,
            second: DomainId(4)
        }
    );
}

#[test]
fn b31_two_operators_are_no_equivocation() {
    let second = OperatorId(8);
    let found = pair(
        header(&draft(), 1),
        header(
            &Draft {
                operator: second,
                ..draft()
            },
            1,
        ),
    )
    .verify(keypair(1).key());
    assert_eq!(
        found.unwrap_err(),
        InvalidEquivocation::Operator {
            first: OPERATOR,
            second
        }
    );
}

#[test]
fn b32_two_windows_are_no_equivocation() {
    let later = Draft {
        election: election(Window(51), 1),
        ..draft()
    };
    let found = pair(header(&draft(), 1), header(&later, 2)).verify(keypair(1).key());
    assert_eq!(
        found.unwrap_err(),
        InvalidEquivocation::Window {
            first: WINDOW,
            second: Window(51)
        }
    );
}

#[test]
fn b33_the_same_header_twice_is_no_equivocation() {
    let one = header(&draft(), 1);
    let mut other_seal = one.clone();
    other_seal.seal.0[0] ^= 1;
    assert_eq!(
        pair(one.clone(), one.clone()).verify(keypair(1).key()),
        Err(InvalidEquivocation::Same)
    );
    assert_eq!(
        pair(one, other_seal).verify(keypair(1).key()),
        Err(InvalidEquivocation::Same)
    );
}

#[test]
fn b34_b35_nobody_else_can_make_an_operator_equivocate() {
    let (one, two) = (header(&draft(), 1), header(&draft(), 2));
    let mut forged = two.clone();
    let hash = forged.header.compute_hash();
    forged.seal = keypair(2).sign(&decex_core::label::BUNDLE_SEAL, &hash.0);
    let mismatch = InvalidSignature::Mismatch;
    let key = *keypair(1).key();
    assert_eq!(
        pair(forged.clone(), one.clone()).verify(&key),
        Err(InvalidEquivocation::FirstSeal(mismatch))
    );
    assert_eq!(
        pair(one.clone(), forged).verify(&key),
        Err(InvalidEquivocation::SecondSeal(mismatch))
    );
    let found = pair(one, two).verify(keypair(2).key());
    assert_eq!(found, Err(InvalidEquivocation::FirstSeal(mismatch)));
}

#[test]
fn b35_a_header_that_could_never_be_included_equivocates_all_the_same() {
    let mut lost = draft();
    lost.election.response = [0; 32];
    let found = pair(header(&draft(), 1), header(&lost, 1)).verify(keypair(1).key());
    assert!(found.is_ok());
}
