//! Rules R34 to R42.

use crate::world::*;
use decex_bundle::decex_election::{ElectionProof, InvalidSignature, Keypair};
use decex_bundle::{BodyCommitment, Header, ReceiptsCommitment, SealedHeader, VERSION as HEADER_VERSION};
use decex_core::codec::{BoundedVec, decode_exact};
use decex_core::id::*;
use decex_core::label;
use decex_core::list::{InvalidListProof, ListTree};
use decex_core::params::PROOF_OVERHEAD;
use decex_receipt::*;
use parity_scale_codec::{Encode, MaxEncodedLen};
use proptest::prelude::*;

fn keypair() -> Keypair {
    Keypair::from_seed(&[1; 32])
}

fn key_of(seed: u8) -> decex_bundle::decex_election::OperatorKey {
    *Keypair::from_seed(&[seed; 32]).key()
}

/// A receipt of block 1 that differs from others of this origin by `salt`.
fn receipt(salt: u64) -> Receipt {
    let world = World::new(1);
    world
        .with(DomainNumber(1), world.chain.head_hash, &[], salt)
        .receipt
}

fn header(window: u64, receipts: &[Receipt]) -> Header {
    let tree = tree(receipts);
    Header {
        version: HEADER_VERSION,
        domain: DOMAIN,
        operator: operator(7),
        election: ElectionProof {
            window: Window(window),
            preoutput: [0; 32],
            key_commitment: [0; 32],
            input_commitment: [0; 32],
            response: [0; 32],
        },
        base: ReceiptHash(named(5)),
        receipts: ReceiptsCommitment {
            root: tree.root(),
            count: tree.length(),
        },
        body: BodyCommitment::default(),
    }
}

fn tree(receipts: &[Receipt]) -> ListTree {
    ListTree::new(receipts.iter().map(|receipt| receipt.compute_hash().0).collect())
}

fn seal_under(keypair: &Keypair, header: Header) -> SealedHeader {
    let seal = keypair.sign(&label::BUNDLE_SEAL, &header.compute_hash().0);
    SealedHeader { header, seal }
}

/// The receipt at `index` of a bundle for `window` that carries these receipts.
fn vouched(window: u64, receipts: &[Receipt], index: u32) -> Vouched {
    Vouched {
        header: seal_under(&keypair(), header(window, receipts)),
        receipt: receipts[index as usize].clone(),
        place: tree(receipts).prove(index, 1).unwrap(),
    }
}

fn pair(first: Vouched, second: Vouched) -> ReceiptEquivocation {
    ReceiptEquivocation { first, second }
}

fn refusal(first: Vouched, second: Vouched) -> InvalidReceiptEquivocation {
    let error = pair(first, second).verify(keypair().key()).unwrap_err();
    assert!((34..=42).contains(&error.code()));
    error
}

/// Two receipts of one origin in bundles of two windows.
fn two() -> (Vouched, Vouched) {
    (vouched(50, &[receipt(1)], 0), vouched(60, &[receipt(2)], 0))
}

#[test]
fn r34_r35_r36_r37_r38_r39_r40_r41_r42_two_receipts_of_one_origin_prove_equivocation() {
    let (one, other) = two();
    let key = *keypair().key();
    let proven = pair(one.clone(), other.clone()).verify(&key).unwrap();
    assert_eq!((proven.domain(), proven.operator()), (DOMAIN, operator(7)));
    assert_eq!(*proven.origin(), receipt(3).origin());
    // One offence, whichever pair shows it and whichever header carries it.
    let third = vouched(50, &[receipt(8), receipt(3), receipt(9)], 1);
    for (first, second) in [(&other, &one), (&one, &third), (&third, &other)] {
        let again = pair(first.clone(), second.clone()).verify(&key).unwrap();
        assert_eq!(again, proven);
    }
    // Another origin is another offence.
    let mut world = World::new(2);
    world.extend(1, 50, 1);
    let later = |salt| {
        world
            .with(DomainNumber(2), world.chain.head_hash, &[], salt)
            .receipt
    };
    let (one, other) = (vouched(50, &[later(1)], 0), vouched(60, &[later(2)], 0));
    let second = pair(one, other).verify(&key).unwrap();
    assert_ne!(second.evidence(), proven.evidence());
}

#[test]
fn r39_r40_one_header_may_carry_both() {
    let both = [receipt(0), receipt(1), receipt(2)];
    let (one, other) = (vouched(50, &both, 0), vouched(50, &both, 2));
    assert_eq!(one.header, other.header);
    assert!(pair(one, other).verify(keypair().key()).is_ok());
}

#[test]
fn r34_two_domains_are_no_equivocation() {
    let (one, mut other) = two();
    other.header.header.domain = DomainId(4);
    other.header = seal_under(&keypair(), other.header.header);
    let expected = InvalidReceiptEquivocation::Domain {
        first: DOMAIN,
        second: DomainId(4),
    };
    assert_eq!(refusal(one, other), expected);
}

#[test]
fn r35_two_operators_are_no_equivocation() {
    let (one, mut other) = two();
    other.header.header.operator = operator(8);
    other.header = seal_under(&keypair(), other.header.header);
    let expected = InvalidReceiptEquivocation::Operator {
        first: operator(7),
        second: operator(8),
    };
    assert_eq!(refusal(one, other), expected);
}

type Change = fn(&mut Receipt);

/// All that an honest operator sees change: another branch of the consensus chain, another seed, another parent.
const ORIGINS: &[(&str, Change)] = &[
    ("version", |receipt| receipt.version = 9),
    ("rules", |receipt| receipt.rules = RuleSet(named(9))),
    ("domain", |receipt| receipt.domain = DomainId(9)),
    ("number", |receipt| receipt.number = DomainNumber(9)),
    ("parent", |receipt| receipt.parent = ReceiptHash(named(9))),
    ("consensus_number", |receipt| {
        receipt.consensus_number = ConsensusNumber(9);
    }),
    ("consensus_hash", |receipt| {
        receipt.consensus_hash = ConsensusHash(named(9));
    }),
    ("seed", |receipt| receipt.seed = Seed(named(9))),
];

#[test]
fn r36_receipts_of_two_origins_can_both_be_right() {
    let (one, _) = two();
    for (field, change) in ORIGINS {
        let mut changed = receipt(2);
        change(&mut changed);
        let other = vouched(60, &[changed], 0);
        for (first, second) in [(&one, &other), (&other, &one)] {
            assert_eq!(
                refusal(first.clone(), second.clone()),
                InvalidReceiptEquivocation::Origin,
                "{field}"
            );
        }
    }
}

#[test]
fn r36_whatever_else_differs_is_equivocation() {
    let claims: [fn(&mut Receipt); 9] = [
        |receipt| receipt.verdicts = BoundedVec::default(),
        |receipt| receipt.schedule.root = ListRoot(named(9)),
        |receipt| receipt.schedule.count = 9,
        |receipt| receipt.trace.root = ListRoot(named(9)),
        |receipt| receipt.trace.length = 9,
        |receipt| receipt.state = StateRoot(named(9)),
        |receipt| receipt.effects.outbox = ListRoot(named(9)),
        |receipt| receipt.effects.fees.execution = Balance(9),
        |receipt| receipt.effects.fees.burned = Balance(9),
    ];
    for claim in claims {
        let mut changed = receipt(1);
        claim(&mut changed);
        let evidence = pair(vouched(50, &[receipt(1)], 0), vouched(60, &[changed], 0));
        assert!(evidence.verify(keypair().key()).is_ok());
    }
}

#[test]
fn r37_receipts_of_another_domain_than_the_headers_show_nothing() {
    let elsewhere = |salt| Receipt {
        domain: DomainId(4),
        ..receipt(salt)
    };
    let expected = InvalidReceiptEquivocation::Foreign {
        expected: DOMAIN,
        found: DomainId(4),
    };
    let found = refusal(vouched(50, &[elsewhere(1)], 0), vouched(60, &[elsewhere(2)], 0));
    assert_eq!(found, expected);
}

#[test]
fn r38_vouching_for_one_receipt_twice_is_no_equivocation() {
    let (one, _) = two();
    let again = vouched(60, &[receipt(8), receipt(1)], 1);
    assert_eq!(refusal(one.clone(), again), InvalidReceiptEquivocation::Same);
    assert_eq!(refusal(one.clone(), one), InvalidReceiptEquivocation::Same);
}

#[test]
fn r39_r40_a_receipt_that_a_header_does_not_carry_counts_for_nothing() {
    let (one, other) = two();
    // The liar's words put into the mouth of an honest header.
    let put = |vouched: &Vouched| Vouched {
        receipt: receipt(3),
        ..vouched.clone()
    };
    let root = InvalidListProof::Root;
    assert_eq!(
        refusal(put(&one), other.clone()),
        InvalidReceiptEquivocation::FirstPlace(root)
    );
    assert_eq!(
        refusal(one.clone(), put(&other)),
        InvalidReceiptEquivocation::SecondPlace(root)
    );
    // Nor does a place beyond the list.
    let mut beyond = other;
    beyond.place.start = 1;
    assert_eq!(
        refusal(one, beyond),
        InvalidReceiptEquivocation::SecondPlace(InvalidListProof::OutOfBounds)
    );
}

#[test]
fn r41_r42_nobody_else_can_make_an_operator_equivocate() {
    let (one, other) = two();
    let forge = |vouched: &Vouched| Vouched {
        header: seal_under(&Keypair::from_seed(&[2; 32]), vouched.header.header.clone()),
        ..vouched.clone()
    };
    let mismatch = InvalidSignature::Mismatch;
    assert_eq!(
        refusal(forge(&one), other.clone()),
        InvalidReceiptEquivocation::FirstSeal(mismatch)
    );
    assert_eq!(
        refusal(one.clone(), forge(&other)),
        InvalidReceiptEquivocation::SecondSeal(mismatch)
    );
    let found = pair(one, other).verify(&key_of(2));
    assert_eq!(found, Err(InvalidReceiptEquivocation::FirstSeal(mismatch)));
}

#[test]
fn evidence_has_a_largest_size_that_every_host_carries() {
    let most = ReceiptEquivocation::max_encoded_len();
    let (one, other) = two();
    assert!(pair(one, other).encoded_size() < most);
    // No domain is created on a host that does not carry a proof's overhead (P4).
    assert!(most <= PROOF_OVERHEAD as usize, "{most}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn changed_evidence_proves_nothing(at in any::<prop::sample::Index>(), byte in 1..=255_u8) {
        let both = [receipt(0), receipt(1), receipt(2)];
        let evidence = pair(vouched(50, &both, 0), vouched(60, &both, 2));
        let mut bytes = evidence.encode();
        prop_assert!(evidence.verify(keypair().key()).is_ok());
        let at = at.index(bytes.len());
        bytes[at] ^= byte;
        if let Ok(changed) = decode_exact::<ReceiptEquivocation>(&bytes, bytes.len()) {
            prop_assert!(changed.verify(keypair().key()).is_err(), "byte {}", at);
        }
    }
}
